"""All movable duties, date by date, before any session stands."""

from __future__ import annotations

from collections.abc import Sequence

from payload.met import MINUTE
from payload.planning.bits import heads, lowest
from payload.planning.construct.exhaust import exhaust
from payload.planning.construct.place import settle
from payload.planning.problem import Item
from payload.planning.state import State, options

#: placements tried for one date's duties: the tightest first, person by person, and through everything
QUICK_TRIES = 400
PERSON_TRIES = 3000
PLACEMENTS = 4000
#: the distance of the starts that are tried person by person
SPACING_MS = 30 * MINUTE


def place_duties(state: State) -> list[Item]:
    """Places all movable duties. Returns what is left when that fails: the duties of one date."""
    dates: dict[int, list[Item]] = {}
    for item in state.problem.items:
        if item.soft:
            assert item.on is not None
            dates.setdefault(item.on.toordinal(), []).append(item)
    before: list[Item] = []
    for day in sorted(dates):
        waiting, mark = [item for item in dates[day] if not state.on[item.index]], state.mark()
        if waiting and not settle(state, waiting, QUICK_TRIES):
            state.back_to(mark)
            if not _thoroughly(state, dates[day]) and not (before and _thoroughly(state, [*before, *dates[day]])):
                return dates[day]
        before = dates[day]
    return []


def _thoroughly(state: State, duties: list[Item]) -> bool:
    for item in duties:
        if state.on[item.index]:
            state.drop(item)
    return _by_person(state, duties, -1, [PERSON_TRIES]) or bool(exhaust(state, duties, PLACEMENTS))


def _by_person(state: State, waiting: Sequence[Item], person: int, left: list[int]) -> bool:
    """One person's day after the other's, what needs a shared resource first, each as early as it goes."""
    if not waiting:
        return True
    mine = [item for item in waiting if person in item.people]
    if not mine:
        person = waiting[0].people[0]
        mine = [item for item in waiting if person in item.people]
    found = [(item, options(state, item).starts) for item in mine]
    if not all(starts for _, starts in found):
        return False
    item, starts = min(found, key=lambda one: (-_needed(one[0]), one[1].bit_count(), one[0].index))
    rest = [other for other in waiting if other is not item]
    for tick in _spaced(state, starts):
        if left[0] <= 0:
            return False
        left[0] -= 1
        mark = state.mark()
        state.put(item, tick, item.people)
        if not state.broken(item) and _by_person(state, rest, person, left):
            return True
        state.back_to(mark)
    return False


def _needed(item: Item) -> int:
    """How much of shared resources it takes."""
    return sum((end - start) * amount for _, start, end, amount in item.form.demands)


def _spaced(state: State, starts: int) -> list[int]:
    """The starts of free stretches, and others not too near to each other, ascending."""
    problem = state.problem
    spacing = max(SPACING_MS // problem.tick_ms, problem.stride)
    found = set(heads(starts, problem.stride, 12))
    while starts:
        tick = lowest(starts)
        found.add(tick)
        starts = starts >> (tick + spacing) << (tick + spacing)
    return sorted(found)
