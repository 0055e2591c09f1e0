"""Activities that together need more than there is: seen by adding up, without a search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from payload.planning.bits import highest, lowest, span
from payload.planning.problem import Item, Problem
from payload.planning.state import State

#: with more stretches of time than this only those are looked at that begin with the first start of all
MOST_LOOKS = 250_000

_Need = tuple[int, int, int, Item]  # from tick, to tick, how much, of whom


def overload(problem: Problem, base: State, wanted: Sequence[Item]) -> list[Item] | None:
    """Activities that need more of one person's time, or of one resource, than there is between the first start and
    the last end of them."""
    if not problem.sure_of(wanted):
        return None
    for person in range(len(problem.people)):
        free = problem.full & ~base.firm_busy[person]
        entries = []
        for item in wanted:
            session = item.form.session
            for place, part in enumerate(item.form.parts if session is None or session.inside is None else ()):
                if part.eligible == (person,) and possible(item):
                    busy = sum(end - start for start, end in part.ranges)
                    entries.append((*_reach(item, partial(_part_span, place)), busy, item))
        found = _beyond(entries, partial(_free_ticks, free))
        if found:
            return found
    for meter, store in enumerate(base.meters):
        if ("meter", meter) in base.ignored:
            continue
        entries = []
        for item in wanted:
            asked = [demand for demand in item.form.demands if demand[0] == meter]
            if asked and possible(item):  # the shortest shape takes least
                amount = sum((end - start) * amount for _, start, end, amount in asked)
                entries.append((*_reach(item, partial(_demand_span, meter)), amount, item))
        found = _beyond(entries, store.left)
        if found:
            return found
    over = _over_limit(problem, base, wanted) or _over_limits(problem, base, wanted)
    return over or _over_amount(base, wanted) or _over_stock(base, wanted)


def _over_amount(base: State, wanted: Sequence[Item]) -> list[Item] | None:
    """Activities that take more of a resource than a limit for all of the mission allows."""
    problem = base.problem
    for number, limit in enumerate(problem.amounts):
        if ("amount", number) in base.ignored or limit.per_day or limit.per_crew or limit.days is not None:
            continue
        taken = [
            (sum(charge.amount for charge in item.form.charges if charge.amount_limit == number), item)
            for item in wanted
        ]
        found = _first_over(taken, limit.amount)
        if found:
            return found
    return None


def _over_stock(base: State, wanted: Sequence[Item]) -> list[Item] | None:
    """Activities that take more of a consumable than there is in all."""
    for number, consumable in enumerate(base.problem.consumables):
        there = consumable.stock + sum(amount for _, amount in consumable.resupply)
        found = _first_over(
            [(sum(take[2] for take in item.form.takes if take[0] == number), item) for item in wanted], there
        )
        if found:
            return found
    return None


def _first_over(taken: Sequence[tuple[int, Item]], most: int) -> list[Item] | None:
    """The largest takers, as many as are more than there is."""
    asked, found = 0, []
    for amount, item in sorted(taken, key=lambda one: (-one[0], one[1].index)):
        if not amount:
            return None
        asked += amount
        found.append(item)
        if asked > most:
            return found
    return None


def possible(item: Item) -> list[Item]:
    """The shapes of an activity that its own keys leave a start."""
    return [shape for shape in (item, *item.shapes) if shape.static]


def _reach(item: Item, span_of: Callable[[Item], tuple[int, int]]) -> tuple[int, int]:
    """From when to when an activity can need what it needs, in a shape, from one to another of its ticks."""
    spans = [(shape, *span_of(shape)) for shape in possible(item)]
    return min(lowest(shape.static) + first for shape, first, _ in spans), max(
        highest(shape.static) + last for shape, _, last in spans
    )


def _part_span(place: int, item: Item) -> tuple[int, int]:
    ranges = item.form.parts[place].ranges
    return ranges[0][0], ranges[-1][1]


def _demand_span(meter: int, item: Item) -> tuple[int, int]:
    asked = [demand for demand in item.form.demands if demand[0] == meter]
    return asked[0][1], asked[-1][2]


def _free_ticks(free: int, start: int, end: int) -> int:
    return (free >> start & span(0, end - start)).bit_count()


def _beyond(entries: Sequence[_Need], left: Callable[[int, int], int]) -> list[Item] | None:
    """Activities within one stretch of time that need more than is `left` in it."""
    starts, by_end = sorted({entry[0] for entry in entries}), sorted(entries, key=lambda e: (e[1], e[3].index))
    if len(starts) * len(entries) > MOST_LOOKS:
        starts = starts[:1]
    for start in starts:
        asked, inside = 0, []
        for entry in by_end:
            if entry[0] < start:
                continue
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
            for place, part in enumerate(item.form.parts if number in item.form.limits else ()):
                if limit.per_crew and len(part.eligible) != 1:
                    continue
                person = part.eligible[0] if limit.per_crew else -1
                if limit.per_crew and people is not None and person not in people:
                    continue
                day = _only_day(base, item, place) if limit.per_day else 0
                if day is None or (days is not None and day not in days):
                    continue
                key = (person, day)
                taken.setdefault(key, []).append(item)
                spent[key] = spent.get(key, base.tally(number, person)[day]) + part.time_ms
                if spent[key] > limit.limit_ms:
                    return list({one.index: one for one in taken[key]}.values())
    return None


def _over_limits(problem: Problem, base: State, wanted: Sequence[Item]) -> list[Item] | None:
    """Activities that take more of all days together than a limit allows all those who could be in them."""
    starts, end = problem.days.starts, problem.mission.end
    days_of = enumerate(zip(starts, (*starts[1:], end), strict=True))
    flown = [day for day, (at, until) in days_of if at < end and until > 0]
    for number, limit in enumerate(problem.limits):
        days, people = problem.limit_days[number], problem.limit_people[number]
        if ("limit", number) in base.ignored or days is not None:
            continue
        counted = flown if limit.per_day else [0]
        taken: list[tuple[int, Item]] = []
        able: set[int] = set() if limit.per_crew else {-1}
        for item in wanted:
            asked = 0
            for part in item.form.parts if number in item.form.limits else ():
                if limit.per_crew and people is not None and not people.issuperset(part.eligible):
                    continue
                asked += part.time_ms
                able |= set(part.eligible) if limit.per_crew else set()
            taken.append((asked, item))
        there = sum(max(limit.limit_ms - base.tally(number, person)[day], 0) for person in able for day in counted)
        found = _first_over(taken, there)
        if found:
            return found
    return None


def _only_day(base: State, item: Item, place: int) -> int | None:
    """The local day in which all of a part lies wherever the activity starts; None when there is no such day."""
    found: set[int | None] = set()
    for shape in possible(item):
        times = shape.form.parts[place].times
        wholly = base.starts_in_day(times[0][0], times[-1][1])
        found.add(next((day for day, starts in enumerate(wholly) if not shape.static & ~starts), None))
    return found.pop() if len(found) == 1 else None
