"""Activities that together need more than there is: seen by adding up, without a search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from payload.planning.bits import highest, lowest, span
from payload.planning.problem import Item, Part, Problem
from payload.planning.state import State

_Need = tuple[int, int, int, Item]  # from tick, to tick, how much, of whom


def overload(problem: Problem, base: State, wanted: Sequence[Item]) -> list[Item] | None:
    """Activities that need more of one person's time, or of one resource, than there is between the first start and
    the last end of them."""
    if not problem.exact:
        return None
    for person in range(len(problem.people)):
        free = problem.full & ~base.firm_busy[person]
        entries = []
        for item in wanted:
            session = item.form.session
            for part in item.form.parts if session is None or session.inside is None else ():
                if part.eligible == (person,) and item.static:
                    busy = sum(end - start for start, end in part.ranges)
                    entries.append((*_reach(item, part.ranges[0][0], part.ranges[-1][1]), busy, item))
        found = _beyond(entries, partial(_free_ticks, free))
        if found:
            return found
    for meter, store in enumerate(base.meters):
        if ("meter", meter) in base.ignored:
            continue
        entries = []
        for item in wanted:
            asked = [demand for demand in item.form.demands if demand[0] == meter]
            if asked and item.static:
                amount = sum((end - start) * amount for _, start, end, amount in asked)
                entries.append((*_reach(item, asked[0][1], asked[-1][2]), amount, item))
        found = _beyond(entries, store.left)
        if found:
            return found
    return _over_limit(problem, base, wanted)


def _reach(item: Item, first: int, last: int) -> tuple[int, int]:
    """From when to when an activity can need what it needs from its `first` to its `last` tick."""
    return lowest(item.static) + first, highest(item.static) + last


def _free_ticks(free: int, start: int, end: int) -> int:
    return (free >> start & span(0, end - start)).bit_count()


def _beyond(entries: Sequence[_Need], left: Callable[[int, int], int]) -> list[Item] | None:
    """Activities within one stretch of time that need more than is `left` in it."""
    for start in sorted({entry[0] for entry in entries}):
        asked, inside = 0, []
        for entry in sorted((e for e in entries if e[0] >= start), key=lambda e: (e[1], e[3].index)):
            asked += entry[2]
            inside.append(entry[3])
            if asked > left(start, entry[1]):
                return inside
    return None


def _over_limit(problem: Problem, base: State, wanted: Sequence[Item]) -> list[Item] | None:
    """Activities that can only be in one local day, and take more of it than a limit allows."""
    for number, limit in enumerate(problem.limits):
        days, people = problem.limit_days[number], problem.limit_people[number]
        if ("limit", number) in base.ignored or (days is not None and not limit.per_day):
            continue
        taken: dict[tuple[int, int], list[Item]] = {}
        spent: dict[tuple[int, int], int] = {}
        for item in wanted:
            for part in item.form.parts if number in item.form.limits else ():
                if limit.per_crew and len(part.eligible) != 1:
                    continue
                person = part.eligible[0] if limit.per_crew else -1
                if limit.per_crew and people is not None and person not in people:
                    continue
                day = _only_day(base, item, part) if limit.per_day else 0
                if day is None or (days is not None and day not in days):
                    continue
                key = (person, day)
                taken.setdefault(key, []).append(item)
                spent[key] = spent.get(key, base.tally(number, person)[day]) + part.time_ms
                if spent[key] > limit.limit_ms:
                    return list({one.index: one for one in taken[key]}.values())
    return None


def _only_day(base: State, item: Item, part: Part) -> int | None:
    """The local day in which all of a part lies wherever the activity starts; None when there is no such day."""
    wholly = base.starts_in_day(part.times[0][0], part.times[-1][1])
    return next((day for day, starts in enumerate(wholly) if item.static and not item.static & ~starts), None)
