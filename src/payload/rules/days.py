"""The mission's own rules; each violation bears the rule's id, and its weight where the rule is soft.

Silence of the page, as read here. `for` counts only with `per: crew`. `days` are those of the start of b (`gap`,
`order`), of the beginning of the overlap (`exclude`), of the start (`different_day`, `same_day`), of the time itself
(`limit`) or of the taking (`limit` of an amount). With `per: crew` any rule but `limit` looks at activities that share
a person (of `for`), with `per: day` at those that start on one local date. A breach is: of `gap`, `order` and `exclude`
a pair of activities (once, whoever shares it); of `limit` a person and day (or what `per` leaves of these); of
`different_day` a date that holds two; of `same_day` each date after the first. `limit` of a renewable resource sums
what is taken at the start of each use. A breach among facts alone is none.

A waiver takes one activity out of one rule, and the others keep the rule among themselves: so where a breach is of more
than two activities (`limit`, `different_day`, `same_day`) it is looked for once with the waived ones, and once without.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction

from payload.met import Window, format_duration
from payload.model import AmountLimit, Buffer, DifferentDay, Exclude, Gap, Limit, Order, SameDay, Violation
from payload.model import Rule as MissionRule
from payload.rules.case import Case, Placed, in_time
from payload.rules.resources import amount_told, demands, productions

Key = tuple[str | None, date | None]
Out = frozenset[str]  # activities that a rule does not look at


def mission_rules(case: Case) -> Iterator[Violation]:
    """Every rule of the mission, in its order."""
    for rule in case.mission.rules:
        out = _waived(case, rule)
        for found in CHECKS[type(rule)](case, rule, frozenset()):
            if not out or out & set(found.activities) or isinstance(rule, Gap | Order | Exclude):
                yield found
        if out and not isinstance(rule, Gap | Order | Exclude):
            yield from CHECKS[type(rule)](case, rule, out)


def _waived(case: Case, rule: MissionRule) -> frozenset[str]:
    """The activities that waivers take out of a rule; of a soft rule none, which costs what it costs."""
    if rule.weight is not None:
        return frozenset()
    return frozenset(waiver.of for waiver in case.mission.waivers if waiver.rule == rule.id)


def soft_rules(case: Case) -> Iterator[Violation]:
    """Breaches of soft rules alone: what they cost is part of the plan's value."""
    for rule in case.mission.rules:
        if rule.weight is not None:
            yield from CHECKS[type(rule)](case, rule, frozenset())


def _groups(case: Case, rule: MissionRule, *lists: Iterable[Placed]) -> Iterator[tuple[list[Placed], ...]]:
    """The lists apart by person and by date, as `per` asks; groups in which one is empty are left out."""
    found: dict[Key, tuple[list[Placed], ...]] = {}
    for which, activities in enumerate(lists):
        for placed in activities:
            on = case.date_of(placed.start) if rule.per_day else None
            for person in _counted(rule, placed.people):
                found.setdefault((person, on), tuple([] for _ in lists))[which].append(placed)
    return (group for group in found.values() if all(group))


def _counted(rule: MissionRule, people: tuple[str, ...]) -> tuple[str | None, ...]:
    """The people that a rule counts by: (None,) where it is not per crew."""
    if not rule.per_crew:
        return (None,)
    return tuple(person for person in dict.fromkeys(people) if rule.people is None or person in rule.people)


def _on_days(case: Case, rule: MissionRule, at: int) -> bool:
    return rule.days is None or case.date_of(at) in rule.days


def _gap(case: Case, rule: Gap, out: Out) -> Iterator[Violation]:
    told: set[frozenset[str]] = set()
    for before, after in _groups(case, rule, case.named(rule.before), case.named(rule.after)):
        starts = [b.start for b in before]
        for a in after:
            until = a.end + rule.gap_ms
            for b in before[bisect_left(starts, a.start) : bisect_left(starts, max(until, a.start))]:
                pair = frozenset((a.id, b.id))
                if a.id == b.id or pair in told or not (a.planned or b.planned):
                    continue
                if not _on_days(case, rule, b.start) or _hosted(case, a, b) or _hosted(case, b, a):
                    continue
                told.add(pair)
                text = (
                    f"{b.id} starts at {case.when(b.start)}, but not before {case.when(until)}: "
                    f"{format_duration(rule.gap_ms)} after {a.id} ends at {case.when(a.end)}."
                )
                yield Violation(rule.id, (a.id, b.id), b.start, text, rule.weight)


def _hosted(case: Case, host: Placed, guest: Placed) -> bool:
    """Whether the guest is a session inside the host."""
    if host.instance is None or guest.sitting is None or guest.session.inside != host.duty.id:
        return False
    return host.instance.person in guest.people and host.window.contains(guest.window)


def _order(case: Case, rule: Order, out: Out) -> Iterator[Violation]:
    first = case.named(rule.first)
    named = {a.id for a in first}
    told: set[tuple[str, str]] = set()
    then = (b for b in case.named(rule.then) if b.id not in named and _on_days(case, rule, b.start))
    for ahead, later in _groups(case, rule, first, then):
        by_end = sorted(ahead, key=lambda a: (-a.end, a.id))
        for b in later:
            for a in by_end:
                if b.start >= a.end + rule.gap_ms:
                    break
                if (a.planned or b.planned) and (a.id, b.id) not in told:
                    told.add((a.id, b.id))
                    gap = f"{format_duration(rule.gap_ms)} after" if rule.gap_ms else "after"
                    text = f"{b.id} starts at {case.when(b.start)}; it comes {gap} {case.named_span(a)}."
                    yield Violation(rule.id, (a.id, b.id), b.start, text, rule.weight)


def _limit(case: Case, rule: Limit, out: Out) -> Iterator[Violation]:
    totals: dict[Key, int] = defaultdict(int)
    by: dict[Key, dict[str, Placed]] = defaultdict(dict)
    for placed in case.named(rule.of):
        if placed.id in out or (placed.sitting is not None and placed.session.inside is not None):
            continue
        for window, people in placed.shifts():
            spent: Iterable[tuple[date | None, int]] = [(None, window.length_ms)]
            if rule.per_day or rule.days is not None:
                spent = case.split(window)
            for on, length_ms in spent:
                if rule.days is not None and on not in rule.days:
                    continue
                for person in _counted(rule, people):
                    key = (person, on if rule.per_day else None)
                    totals[key] += length_ms if rule.per_crew else length_ms * len(people)
                    by[key][placed.id] = placed
    for key, total in totals.items():
        if total > rule.limit_ms and any(placed.planned for placed in by[key].values()):
            told = f"{format_duration(total)} of {', '.join(rule.of)}"
            text = f"{_whose(case, key)}: {told}, limited to {format_duration(rule.limit_ms)}."
            yield _of_key(case, rule, key, by[key].values(), text)


def _amount_limit(case: Case, rule: AmountLimit, out: Out) -> Iterator[Violation]:
    resource = case.mission.resources.get(rule.resource)
    flowing = isinstance(resource, Buffer)
    totals: dict[Key, Fraction] = defaultdict(Fraction)
    by: dict[Key, dict[str, Placed]] = defaultdict(dict)
    for demand in (productions(case) if flowing else demands(case)).get(rule.resource, []):
        if demand.of.id in out:
            continue
        whole_ms = demand.end - demand.start
        parts: Iterable[tuple[date, int]] = [(case.date_of(demand.start), whole_ms)]
        if flowing:
            parts = case.split(Window(demand.start, demand.end))
        for on, part_ms in parts:
            if rule.days is not None and on not in rule.days:
                continue
            for person in _counted(rule, demand.people):
                key = (person, on if rule.per_day else None)
                totals[key] += Fraction(demand.amount * part_ms, whole_ms) if flowing else demand.amount
                by[key][demand.of.id] = demand.of
    dimension = resource.dimension if resource else "count"
    for key, total in totals.items():
        if total > rule.amount and any(placed.planned for placed in by[key].values()):
            told = f"{amount_told(total, dimension)} of {rule.resource}"
            text = f"{_whose(case, key)}: {told}, limited to {amount_told(rule.amount, dimension)}."
            yield _of_key(case, rule, key, by[key].values(), text)


def _whose(case: Case, key: Key) -> str:
    person, on = key
    told = [person] if person else []
    if on is not None:
        told.append(f"day {case.calendar.day_number(on)}")
    return ", ".join(told) or "the mission"


def _of_key(case: Case, rule: MissionRule, key: Key, placed: Iterable[Placed], text: str) -> Violation:
    by = in_time(placed)
    at = by[0].start if key[1] is None else max(by[0].start, case.calendar.midnight(key[1]))
    return Violation(rule.id, tuple(one.id for one in by), at, text, rule.weight)


def _exclude(case: Case, rule: Exclude, out: Out) -> Iterator[Violation]:
    entries = [{placed.id for placed in case.named([name])} for name in rule.entries]
    told: set[tuple[str, str]] = set()
    for (group,) in _groups(case, rule, case.named(rule.entries)):
        active: list[Placed] = []
        for now in group:
            active = [earlier for earlier in active if earlier.end > now.start]
            for earlier in active:
                pair = (earlier.id, now.id)
                if pair in told or not (earlier.planned or now.planned) or now.end <= now.start:
                    continue
                if _in_different(entries, *pair) and _on_days(case, rule, now.start):
                    told.add(pair)
                    text = f"{case.named_span(now)} overlaps {case.named_span(earlier)}."
                    yield Violation(rule.id, pair, now.start, text, rule.weight)
            active.append(now)


def _in_different(entries: list[set[str]], one: str, other: str) -> bool:
    return any(
        one in of and other in another for i, of in enumerate(entries) for j, another in enumerate(entries) if i != j
    )


def _dates(case: Case, rule: DifferentDay | SameDay, out: Out) -> Iterator[Mapping[date, list[Placed]]]:
    """The activities of a group on each local date, by date."""
    named = [one for one in case.named(rule.of) if one.id not in out and _on_days(case, rule, one.start)]
    for (group,) in _groups(case, rule, named):
        on: dict[date, list[Placed]] = defaultdict(list)
        for placed in group:
            on[case.date_of(placed.start)].append(placed)
        yield on


def _different_day(case: Case, rule: DifferentDay, out: Out) -> Iterator[Violation]:
    for dates in _dates(case, rule, out):
        for day, placed in dates.items():
            if len(placed) > 1 and any(one.planned for one in placed):
                names = tuple(one.id for one in placed)
                text = f"{', '.join(names)} all start on day {case.calendar.day_number(day)}; they need different days."
                yield Violation(rule.id, names, placed[1].start, text, rule.weight)


def _same_day(case: Case, rule: SameDay, out: Out) -> Iterator[Violation]:
    for dates in _dates(case, rule, out):
        first, *rest = dates
        for day in rest:
            names = tuple(one.id for one in [*dates[first], *dates[day]])
            if any(one.planned for one in [*dates[first], *dates[day]]):
                there = ", ".join(one.id for one in dates[day])
                text = (
                    f"{there} start on day {case.calendar.day_number(day)}, others on day "
                    f"{case.calendar.day_number(first)}; they need one day."
                )
                yield Violation(rule.id, names, dates[day][0].start, text, rule.weight)


CHECKS: dict[type[MissionRule], Callable[..., Iterator[Violation]]] = {
    Gap: _gap,
    Order: _order,
    Limit: _limit,
    AmountLimit: _amount_limit,
    Exclude: _exclude,
    DifferentDay: _different_day,
    SameDay: _same_day,
}
