"""Small parts of the plan to be searched exactly: days, people, experiments that compete, users of a resource.

Each gives activities that stand and are freed, and missing ones that may come in, with the starts each may take.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from random import Random

from payload.met import HOUR, MINUTE
from payload.planning.bits import heads, lowest, shifted, span
from payload.planning.problem import Work
from payload.planning.search.scope import Scope
from payload.planning.state import State

Boxes = list[tuple[int, int, frozenset[int] | None]]  # from tick, to tick, people (None: all)

#: of the activities in a neighbourhood, those that are missing in the plan
MISSING_SHARE = 0.4
#: activities drawn to find one that a stretch of time can begin with
MOST_DRAWS = 50
#: how often scattered experiments are chosen by what they share
RELATED = 0.7
#: how often an experiment that takes from the same stock is freed with one that is wanted
SHARED_STOCK = 0.15
#: missing activities that are looked at, for each that may come in
LOOKED_AT = 4


@dataclass(slots=True)
class Free:
    """`standing` are freed, `missing` may come in, but no more than `most` of them, the first ones that have a start.
    Both are items with masks of starts."""

    standing: dict[int, int] = field(default_factory=dict)
    missing: dict[int, int] = field(default_factory=dict)
    most: int = 0

    def __contains__(self, index: int) -> bool:
        return index in self.standing or index in self.missing

    def __len__(self) -> int:
        return len(self.standing) + len(self.missing)


def days(state: State, scope: Scope, rng: Random, size: int) -> Free:
    """A stretch of time, of all people; as long as holds so many activities."""
    return _stretch(state, scope, rng, size, None)


def crew(state: State, scope: Scope, rng: Random, size: int) -> Free:
    """A longer stretch of some people."""
    count = len(state.problem.people)
    some = rng.sample(range(count), min(count, rng.choice((1, 2, 2, 3))))
    return _stretch(state, scope, rng, size, frozenset(some))


def resources(state: State, scope: Scope, rng: Random, size: int) -> Free:
    """A longer stretch of all that uses one resource."""
    meters = sorted(scope.users)
    if not meters:
        return days(state, scope, rng, size)
    users = scope.users[rng.choice(meters)]
    return _stretch(state, scope, rng, size, None, users)


def experiments(state: State, scope: Scope, rng: Random, size: int) -> Free:
    """A missing experiment, and what stands where it could."""
    work = _wanted(state, scope, rng)
    anchors = {} if work is None else _anchors(state, scope, work, rng)
    if work is None or not anchors:
        return days(state, scope, rng, size)
    return _around(state, scope, rng, size, work, anchors)


def trades(state: State, scope: Scope, rng: Random, size: int) -> Free:
    """An experiment that stands, rather one of little worth, with all its sessions, and what else could stand there."""
    standing = [
        work
        for work in state.problem.works
        if state.planned[work.index] and not work.model.required and work.model.value
    ]
    if not standing:
        return days(state, scope, rng, size)
    work = rng.choices(standing, [1 / scope.density[work.index] for work in standing])[0]
    return _around(state, scope, rng, size, work, {})


def _around(state: State, scope: Scope, rng: Random, size: int, work: Work, anchors: Mapping[int, int]) -> Free:
    """All sessions of an experiment, those missing near `anchors`, with what stands near them and the same people."""
    problem = state.problem
    people = frozenset(p for i in work.items for part in problem.items[i].form.parts for p in part.eligible)
    standing = sorted(index for index in state.planned[work.index] if index not in scope.facts)
    count = max(len(anchors) + len(standing), 1)
    near = max(int(size * 30 * MINUTE / count / max(len(people), 1)), HOUR) // problem.tick_ms
    free = Free(most=max(int(size * MISSING_SHARE), 2))
    boxes: Boxes = []
    for index, at in (*anchors.items(), *((index, state.at[index]) for index in standing)):
        first, after = max(at - near, 0), at + state.length(problem.items[index]) + near
        boxes.append((first, after, people or None))
        (free.standing if state.on[index] else free.missing)[index] = span(first, after)
    for index in _rivals(state, scope, rng, work, anchors, people):
        if index not in free:
            item = problem.items[index]
            at, length = state.at[index], state.length(item)
            free.standing[index] = span(at - near, at + near + 1)
            boxes.append((at, at + length, frozenset()))
    rng.shuffle(boxes)
    _standing(state, scope, boxes, free, max(size - free.most, len(standing)))
    _missing(state, scope, boxes, free, rng)
    return free


def _rivals(
    state: State, scope: Scope, rng: Random, work: Work, anchors: Mapping[int, int], people: Collection[int]
) -> list[int]:
    """What stands in the way of an experiment at its anchors: who is busy then, users of what it needs alone, holders
    of what it needs from one session to another, and some of those who take from the stocks that it takes from."""
    problem, found = state.problem, []
    mine = scope.scarce(work.index)
    stocks = {stock for index in work.items for stock, *_ in problem.items[index].form.takes}
    first = min(anchors.values(), default=0)
    after = max((at + problem.items[index].length for index, at in anchors.items()), default=0)
    for other in problem.works if anchors else ():
        held = state.spans[other.index]
        if held is None or other is work or other.model.required:
            continue
        meters = mine & {meter for meter, _ in other.holds}
        if (meters and held[0] < after and first < held[1]) or (
            stocks & scope.stocks(other.index) and rng.random() < SHARED_STOCK
        ):
            found += [index for index in sorted(state.planned[other.index]) if index not in scope.facts]
    cores = [(at, at + problem.items[index].length) for index, at in anchors.items()]
    near = dict.fromkeys(index for since, until in cores for index in scope.standing.meeting(state, since, until))
    for index in near:
        item = problem.items[index]
        if item.exp < 0 and any(state.tied.get((item.duty, person)) for person in item.people):
            continue
        busy = any(person in people for person in state.crew[index])
        if busy or any(meter in mine for meter, *_ in item.form.demands):
            found.append(index)
    return found


def scattered(state: State, scope: Scope, rng: Random, size: int) -> Free:
    """Some experiments with all their sessions, wherever there is room: any, or those that share people or resources
    with one that is missing."""
    works = [work for work in state.problem.works if work.model.value]
    rng.shuffle(works)
    wanted = _wanted(state, scope, rng) if rng.random() < RELATED else None
    if wanted is not None:
        works.sort(key=lambda work: (work is not wanted, -scope.kinship(wanted, work) * rng.uniform(0.5, 1)))
    free = Free(most=size)
    full = state.problem.full
    for work in works:
        if len(free) + len(work.items) > size // 2 and len(free):
            break
        for index in work.items:
            if index not in scope.facts:
                (free.standing if state.on[index] else free.missing)[index] = full
    return free


KINDS: dict[str, Callable[[State, Scope, Random, int], Free]] = {
    "days": days,
    "crew": crew,
    "experiments": experiments,
    "trades": trades,
    "resources": resources,
    "random": scattered,
}


def _stretch(
    state: State,
    scope: Scope,
    rng: Random,
    size: int,
    people: frozenset[int] | None,
    users: Collection[int] | None = None,
) -> Free:
    problem = state.problem
    placed = max(int(size * (1 - MISSING_SHARE)), 1)

    def fits(index: int) -> bool:
        return (people is None or people.issuperset(state.crew[index])) and (users is None or index in users)

    choice = scope.movable if users is None else sorted(users)
    tried = (rng.choice(choice) for _ in range(MOST_DRAWS if choice else 0))
    first = next((state.at[index] for index in tried if state.on[index] and fits(index)), rng.randrange(problem.ticks))
    width = 12 * HOUR // problem.tick_ms
    while True:
        near = sorted(
            (state.at[index], index) for index in scope.standing.within(state, first, first + width) if fits(index)
        )
        if len(near) >= placed or first + width >= problem.ticks:
            break
        width *= 2
    after = first + width
    if near:
        last = near[min(placed, len(near)) - 1]
        after = last[0] + state.length(problem.items[last[1]])
    boxes: Boxes = [(first, after, people)]
    free = Free(most=size - placed)
    _standing(state, scope, boxes, free, size, users)
    _missing(state, scope, boxes, free, rng, users)
    return free


def _standing(
    state: State, scope: Scope, boxes: Boxes, free: Free, most: int, users: Collection[int] | None = None
) -> None:
    """Adds what stands in the boxes, each to move within its own."""
    problem = state.problem
    for first, after, people in boxes:
        for index in list(scope.standing.within(state, first, after)):
            if index in free or (users is not None and index not in users):
                continue
            if state.at[index] + state.length(problem.items[index]) > after:
                continue
            if people is not None and not people.issuperset(state.crew[index]):
                continue
            item = problem.items[index]
            if item.exp < 0 and any(state.tied.get((item.duty, person)) for person in item.people):
                continue
            free.standing[index] = span(first, after - state.length(item) + 1)
            if len(free.standing) >= most:
                return


def _missing(
    state: State, scope: Scope, boxes: Boxes, free: Free, rng: Random, users: Collection[int] | None = None
) -> None:
    """Adds missing sessions that could start in the boxes: rather those worth much for the crew's time."""
    problem = state.problem
    where = 0
    for first, after, _ in boxes:
        where |= span(first, after)
    ranked = [
        (scope.density[work.index] * rng.uniform(0.4, 1.6), work)
        for work in problem.works
        if len(state.planned[work.index]) < len(work.items) and scope.weights[work.index]
    ]
    ranked.sort(key=lambda one: (-one[0], one[1].index))
    for _, work in ranked:
        alike = 0
        for index in work.items:
            if state.on[index] or index in free or (users is not None and index not in users):
                continue
            needed = problem.needs.get(index, -1)
            if needed >= 0 and not state.on[needed] and needed not in free:
                break
            if not problem.items[index].static & where:
                continue
            free.missing[index] = where
            alike += 1
            if len(free.missing) >= LOOKED_AT * free.most:
                return
            if alike >= 3:
                break


def _wanted(state: State, scope: Scope, rng: Random) -> Work | None:
    missing = [
        work
        for work in state.problem.works
        if scope.weights[work.index] and len(state.planned[work.index]) < len(work.items)
    ]
    return rng.choices(missing, [scope.density[work.index] for work in missing])[0] if missing else None


def _anchors(state: State, scope: Scope, work: Work, rng: Random) -> dict[int, int]:
    """A start for each missing session, as if nothing but the fixed duties stood; chance chooses the first."""
    problem = state.problem
    found: dict[int, int] = {}
    for index in work.items:
        if state.on[index]:
            continue
        item = problem.items[index]
        mask = scope.alone(item)
        for earlier, later, low, high in problem.links_by_item.get(index, ()):
            if later == index:
                at = found.get(earlier, state.at[earlier] if state.on[earlier] else -1)
                if at >= 0:
                    mask &= shifted(1 << at, low, high, problem.full)
        needed = problem.needs.get(index, -1)
        if needed in found:
            mask &= span(found[needed] + problem.items[needed].length, problem.ticks)
        elif needed >= 0 and not state.on[needed]:
            break
        if not mask:
            break
        if needed in found:
            found[index] = lowest(mask)
        else:
            found[index] = rng.choice(heads(mask, problem.stride, 40))
    return found
