"""Fixed duties among themselves: they stand where they are fixed, and what that breaks shows without a search."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise

from payload.met import DAY, Window, format_duration
from payload.model import DifferentDay, Exclude, Gap, Order, Renewable, SameDay
from payload.planning.construct import fixed_duties
from payload.planning.problem import Item, Problem
from payload.planning.state import State


def fixed_against_fixed(problem: Problem, sure: bool = True) -> Iterator[str]:
    """Fixed duties that break a constraint where they stand, judged in ms; those that a waiver may free, which the
    planner makes no use of, only where it need not be `sure`."""
    fixed = [item for item in problem.items if item.fixed is not None]
    if sure:
        fixed = [item for item in fixed if item.fact is not None or item.duty not in problem.freed]
    everything, fixed = fixed, [item for item in fixed if item.fact is None]
    yield from _against_facts(problem, everything)
    for item in fixed:
        if not item.static:
            yield f"{item.id} is fixed at {when(problem, item)}, against its own during or avoid, or its lock"
    by_person: dict[int, list[Item]] = {}
    for item in fixed:
        by_person.setdefault(item.people[0], []).append(item)
    for mine in by_person.values():
        mine.sort(key=_start)
        for one, other in pairwise(mine):
            if one.fixed and other.fixed and one.fixed.overlaps(other.fixed):
                pair = f"{one.id} ({when(problem, one)}) and {other.id} ({when(problem, other)})"
                yield f"{pair} are fixed at the same time"
    yield from _fixed_over_capacity(problem, fixed)
    yield from _fixed_against_rules(problem, everything)


class _Standing:
    """Fixed duties and facts by their starts."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = sorted(items, key=_start)
        self.longest_ms = max((item.fixed.length_ms for item in items if item.fixed), default=0)

    def between(self, start: int, end: int) -> Sequence[Item]:
        """All that may reach into [start, end), by start; some of these end before it."""
        first = bisect_left(self.items, start - self.longest_ms, key=_start)
        return self.items[first : bisect_left(self.items, end, key=_start)]


def _against_facts(problem: Problem, fixed: Sequence[Item]) -> Iterator[str]:
    """Fixed duties that are still to come, beside what is fact: facts stand, whatever they break among themselves."""
    by_person: dict[int, _Standing] = {}
    for person in sorted({person for item in fixed for person in item.people}):
        by_person[person] = _Standing([item for item in fixed if item.fact is None and person in item.people])
    for fact in (item for item in fixed if item.fact is not None):
        for part, person in zip(fact.form.parts, fact.people, strict=True):
            if fact.form.session is not None and fact.form.session.inside is not None:
                continue
            held = [Window(_start(fact) + a, _start(fact) + b) for a, b in part.times]
            for duty in by_person[person].between(held[0].start, held[-1].end) if held else ():
                if duty.fixed and any(window.overlaps(duty.fixed) for window in held):
                    who = problem.people[person]
                    yield f"{duty.id} is fixed at {when(problem, duty)}, when {who} is held by {fact.id}, which is fact"


def _fixed_over_capacity(problem: Problem, fixed: Sequence[Item]) -> Iterator[str]:
    for number, supply in enumerate(problem.supplies):
        users = [item for item in fixed if any(demand[0] == number for demand in item.form.demands)]
        resource = problem.mission.resources.get(supply.id)
        if not users or not isinstance(resource, Renewable):
            continue
        edges = {item.fixed.start for item in users if item.fixed} | {window.start for window, _ in resource.exceptions}
        standing = _Standing(users)
        for at in sorted(edges):
            there = [user for user in standing.between(at, at + 1) if user.fixed and at < user.fixed.end]
            asked = sum(demand[3] for user in there for demand in user.form.demands if demand[0] == number)
            lowered = [capacity for window, capacity in resource.exceptions if window.start <= at < window.end]
            if asked > min(lowered, default=resource.capacity):
                names = ", ".join(user.id for user in there)
                yield f"{supply.id} is short at {problem.mission.calendar.format_day(at)}: {names} are fixed there"
                break
    for store in State(problem).stores if problem.exact else ():
        for item in fixed:
            for stock, tick, amount in item.form.takes:
                if problem.consumables[stock] is store.consumable:
                    store.take(tick + problem.down(item.fixed.start if item.fixed else 0), amount)
        if store.short():
            yield f"fixed duties take more {store.consumable.id} than there is"


def _fixed_against_rules(problem: Problem, fixed: Sequence[Item]) -> Iterator[str]:
    for number, clause in enumerate(problem.clauses):
        if ("clause", number) in problem.soft:
            continue
        sides: dict[int, list[Item]] = {}
        for item in fixed:
            for enrolled, side in item.form.enrols:
                if enrolled == number:
                    sides.setdefault(side, []).append(item)
        pairs = [(0, 0) if isinstance(clause, DifferentDay | SameDay) else (0, 1)]
        if isinstance(clause, Exclude):
            pairs = [(i, j) for i in range(len(clause.entries)) for j in range(len(clause.entries)) if i < j]
        for first, second in pairs:
            broken = next(_broken(problem, number, sides.get(first, ()), sides.get(second, ())), None)
            if broken is not None:
                a, b = broken
                yield (
                    f"rule {clause.id} forbids the fixed {a.id} ({when(problem, a)}) and {b.id} ({when(problem, b)})"
                )
                break


def _broken(problem: Problem, number: int, ones: Sequence[Item], others: Sequence[Item]) -> Iterator[tuple[Item, Item]]:
    """Pairs of fixed duties on two sides of a clause that break it."""
    clause, people = problem.clauses[number], problem.clause_people[number]
    by_person: dict[int, list[Item]] = {}
    for b in sorted(others, key=_start):
        for person in dict.fromkeys(b.people) if clause.per_crew else (-1,):
            by_person.setdefault(person, []).append(b)
    longest = max((b.form.length_ms for b in others), default=0)
    for a, person in ((one, who) for one in ones for who in (dict.fromkeys(one.people) if clause.per_crew else (-1,))):
        if a.fixed is None or (clause.per_crew and people is not None and person not in people):
            continue
        if isinstance(clause, Exclude):
            first, after = a.fixed.start - longest, a.fixed.end
        elif isinstance(clause, DifferentDay | SameDay):
            near = isinstance(clause, DifferentDay)
            first, after = a.fixed.start, a.fixed.start + 2 * DAY if near else problem.mission.end
        else:
            first, after = a.fixed.start, a.fixed.end + clause.gap_ms
            if isinstance(clause, Order):
                first = problem.days.starts[problem.days.of(a.fixed.start)] if clause.per_day else 0
        listed = by_person.get(person, [])
        for b in listed[bisect_left(listed, first, key=_start) : bisect_left(listed, after, key=_start)]:
            if (a.fact and (b.fact or _host(b, a))) or (b.fact and _host(a, b)):
                continue
            if a is not b and b.fixed is not None and _forbidden(problem, number, a.fixed, b.fixed):
                yield a, b


def _host(host: Item, guest: Item) -> bool:
    """Whether a fact was held inside a fixed duty: rules spare the two."""
    session = guest.form.session
    if session is None or session.inside != host.duty or host.fixed is None or guest.fixed is None:
        return False
    return host.fixed.contains(guest.fixed)


def _forbidden(problem: Problem, number: int, a: Window, b: Window) -> bool:
    clause, days = problem.clauses[number], problem.clause_days[number]
    one, other = problem.days.of(a.start), problem.days.of(b.start)
    if isinstance(clause, DifferentDay | SameDay):
        counted = days is None or (one in days and other in days)
        return counted and (one == other) == isinstance(clause, DifferentDay)
    later = max(one, other) if isinstance(clause, Exclude) else other
    if (days is not None and later not in days) or (clause.per_day and one != other):
        return False
    if isinstance(clause, Gap):
        return a.start <= b.start < a.end + clause.gap_ms
    if isinstance(clause, Order):
        return b.start < a.end + clause.gap_ms
    return a.overlaps(b)


def fixed_over_limits(problem: Problem, base: State) -> Iterator[str]:
    """Limits that the fixed duties take more than; what facts do so by themselves is no clash."""
    facts = {item.index for item in problem.items if item.fact is not None}
    planned = fixed_duties(problem, facts) if facts else base
    for (number, person), tally in list(base.tallies.items()):
        limit = problem.limits[number]
        for day, used_ms in enumerate(tally):
            own_ms = planned.tally(number, person)[day]
            if own_ms and used_ms > limit.limit_ms and ("limit", number) not in problem.soft:
                who = problem.people[person] if person >= 0 else "the crew"
                when = f" on {problem.days.dates[day].isoformat()}" if limit.per_day else ""
                told = f"{format_duration(used_ms)} of {who}'s time{when}"
                yield f"rule {limit.id}: fixed duties take {told}, where {format_duration(limit.limit_ms)} are allowed"
    for (number, person), spent in list(base.spending.spent.items()) if base.spending is not None else ():
        rule = problem.amounts[number]
        own = planned.spending.of(number, person) if planned.spending is not None else spent
        over = any(used > rule.amount and mine for used, mine in zip(spent, own, strict=True))
        if over and ("amount", number) not in problem.soft:
            yield f"rule {rule.id}: fixed duties use more of {rule.resource} than it allows"


def _start(item: Item) -> int:
    return item.fixed.start if item.fixed else 0


def when(problem: Problem, item: Item) -> str:
    """The interval of a fixed duty, in words."""
    assert item.fixed is not None
    calendar = problem.mission.calendar
    return f"{calendar.format_day(item.fixed.start)} to {calendar.format_day(item.fixed.end)}"
