"""Putting one session where it fits, movable duties giving way, and finding movable duties a place again.

A plan stays whole: either the session stands and every duty that had to give way stands again, or nothing changed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from payload.planning.bits import heads, lowest, span, tails
from payload.planning.problem import Form, Item
from payload.planning.state import Crew, State, options

#: duties tried in one re-placement, and starts tried per duty
MOST_TRIES = 40
MOST_STARTS = 6


def insert(state: State, item: Item, tick: int, crew: Crew, moving: bool, form: Form | None = None) -> bool:
    """Places a session, in a shape of its own or in this; with `moving`, movable duties in its way are placed anew.
    False: nothing has changed."""
    mark = state.mark()
    state.put(item, tick, crew, form)
    if (not moving or make_room(state, item)) and not state.broken(item):
        return True
    state.back_to(mark)
    return False


def make_room(state: State, item: Item) -> bool:
    """Finds new places for the movable duties that the session just put collides with. On False the caller undoes."""
    waiting = []
    for duty in _nearby(state, item):
        tick, crew = state.at[duty.index], state.crew[duty.index]
        state.drop(duty)
        if options(state, duty, within=1 << tick).starts:
            state.put(duty, tick, crew)
        else:
            waiting.append(duty)
    waiting += _overdrawn(state, item)
    return not waiting or settle(state, waiting)


def _nearby(state: State, item: Item) -> list[Item]:
    """Movable duties that the session could collide with, in order."""
    problem = state.problem
    tick, crew = state.at[item.index], state.crew[item.index]
    everyone = any(not problem.clauses[clause].per_crew for clause, _ in item.form.enrols)
    found = []
    ends = tick + state.length(item)
    # the lists it stands in now, and how far each reaches: a duty that asks one of them may have to give way
    enrols = [(enrol, problem.reaches[enrol[0]]) for enrol in item.form.enrols if enrol in problem.soft_asks]
    reach = max((reach for _, reach in enrols), default=0)
    first, last = tick - reach, ends + reach
    seen: set[int] = set()  # a duty held together is one of each of its people
    for person in range(len(problem.people)) if everyone else sorted(crew):
        lows, duties, longest = problem.soft_near[person]
        for index in sorted(duties[bisect_left(lows, first - longest) : bisect_left(lows, last)]):
            if not state.on[index] or index in seen:
                continue
            at, duty = state.at[index], problem.items[index]
            touching = at < ends and tick < at + duty.length
            after = at + duty.length
            if touching or any(
                at < ends + reach and tick - reach < after and enrol in duty.form.asks for enrol, reach in enrols
            ):
                found.append(duty)
                seen.add(index)
    return found


def _overdrawn(state: State, item: Item) -> list[Item]:
    """Drops movable duties until no resource that the session takes is overdrawn by them."""
    problem, dropped = state.problem, []
    tick = state.at[item.index]
    asked = [(meter, tick + a, tick + b) for meter, a, b, _ in state.form[item.index].demands]
    held = state.spans[item.exp]
    if held is not None:
        asked += [(meter, held[0], held[1]) for meter, _ in problem.works[item.exp].holds]
    for meter, start, end in asked:
        while (at := state.meters[meter].over(start, end)) >= 0:
            users = [
                problem.items[index]
                for index in problem.soft_users.get(meter, ())
                if state.on[index] and state.at[index] <= at < state.at[index] + state.form[index].length
            ]
            if not users:
                break
            duty = max(users, key=lambda user: (state.at[user.index], user.index))
            state.drop(duty)
            dropped.append(duty)
    return dropped


def settle(state: State, waiting: Sequence[Item], tries: int = MOST_TRIES) -> bool:
    """Places all waiting duties, the tightest first; others of the same person and day may move once. On False the
    caller undoes."""
    mark = state.mark()
    if _settle(state, list(waiting), [tries]):
        return True
    state.back_to(mark)
    more = []
    for index in _company(state, waiting):
        state.drop(state.problem.items[index])
        more.append(state.problem.items[index])
    return bool(more) and _settle(state, [*waiting, *more], [tries * 2])


def _company(state: State, waiting: Sequence[Item]) -> list[int]:
    """Other movable duties of the same people on the same dates; of all who hold one of these together, too."""
    problem = state.problem
    there = {duty.index for duty in waiting}
    found: list[int] = []
    asked = dict.fromkeys((person, duty.on) for duty in waiting for person in duty.people)
    todo = list(asked)
    for person, on in todo:
        for index in problem.soft_on[person, on]:
            if index in there or not state.on[index]:
                continue
            there.add(index)
            found.append(index)
            people = problem.items[index].people
            if len(people) > 1:  # held together: it only moves where the others' duties make way, too
                todo += [one for other in people if (one := (other, on)) not in asked]
                asked.update(dict.fromkeys(todo))
    return found


def _settle(state: State, waiting: list[Item], left: list[int]) -> bool:
    if not waiting:
        return True
    best: Item | None = None
    starts = fewest = 0
    for duty in waiting:
        mask = options(state, duty).starts
        count = mask.bit_count()
        if not count:
            return False
        if best is None or count < fewest:
            best, starts, fewest = duty, mask, count
    assert best is not None
    rest = [duty for duty in waiting if duty is not best]
    for tick in choices(state, best, starts):
        if left[0] <= 0:
            return False
        left[0] -= 1
        mark = state.mark()
        state.put(best, tick, best.people)
        if not state.broken(best) and _settle(state, rest, left):
            return True
        state.back_to(mark)
    return False


def choices(state: State, duty: Item, starts: int) -> list[int]:
    """A few starts worth trying: where a plan to keep has it, nearest to where it stood, then where free stretches
    begin and end."""
    stride = state.problem.stride
    found = []
    kept = state.problem.kept.get(duty.index) if state.problem.kept else None
    if kept is not None and starts >> max(kept[0], 0) & 1:
        found.append(max(kept[0], 0))
    before = state.at[duty.index]
    if before >= 0:
        later = starts >> before
        if later:
            found.append(before + lowest(later))
        earlier = starts & span(0, before)
        if earlier:
            found.append(earlier.bit_length() - 1)
    found += heads(starts, stride, MOST_STARTS)
    found += tails(starts, stride, 3)
    return list(dict.fromkeys(found))[: MOST_STARTS + 2]
