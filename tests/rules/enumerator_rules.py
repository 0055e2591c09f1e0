"""How often a choice breaks a rule of the mission, by comparing everything with everything."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from itertools import combinations, permutations

from enumerator_choices import DAY, Tiny, Tried
from enumerator_page import is_inside, work_of
from enumerator_resources import produced_by, taken_by

from payload.model import (
    AmountLimit,
    Buffer,
    DifferentDay,
    Exclude,
    Gap,
    Limit,
    Order,
    Reservation,
    Rule,
    SameDay,
)


def mission_rules_kept(tried: Tried) -> bool:
    return all(breaches(tried, rule) == 0 for rule in tried.mission.rules if rule.weight is None)


def seen_by(tried: Tried, rule: Rule) -> tuple[Reservation, ...]:
    """What a rule looks at: all but what a waiver takes out of it. A soft rule costs, waived or not."""
    return tuple(one for one in tried.placed if rule.weight is not None or not tried.waived(rule.id, one))


# The mission's rules.


def names_of(tiny: Tiny, one: Reservation) -> set[str]:
    if one.kind == "duty":
        return {"duties", one.id.split("/")[0]}
    experiment, session, _ = tiny.sessions[one.id]
    return {"sessions"} | {
        name for word in (experiment.id, experiment.written_id) for name in (word, f"{word}/{session.id}")
    }


def breaches(tried: Tried, rule: Rule) -> int:
    """How often a rule is broken: pairs, people and days, or dates."""
    dates = tried.mission.calendar.date_of
    placed = seen_by(tried, rule)

    def shared(a: Reservation, b: Reservation) -> bool:
        if rule.per_day and dates(a.start) != dates(b.start):
            return False
        who = set(a.crew) & set(b.crew) & (set(a.crew) if rule.people is None else set(rule.people))
        return bool(who) or not rule.per_crew

    def on(at: int) -> bool:
        return rule.days is None or dates(at) in rule.days

    def any_of(one: Reservation, names: Iterable[str]) -> bool:
        return bool(names_of(tried.tiny, one) & set(names))

    def hosted(host: Reservation, guest: Reservation) -> bool:
        if host.kind != "duty" or not is_inside(tried, guest) or host.crew[0] not in guest.crew:
            return False
        duty = tried.tiny.sessions[guest.id][1].inside
        return host.id.split("/")[0] == duty and host.start <= guest.start and guest.end <= host.end

    if isinstance(rule, Gap):
        broken = {
            frozenset((a.id, b.id))
            for a, b in permutations(placed, 2)
            if any_of(a, rule.after) and any_of(b, rule.before) and shared(a, b) and on(b.start)
            if a.start <= b.start < a.end + rule.gap_ms and not hosted(a, b) and not hosted(b, a)
        }
        return len(broken)
    if isinstance(rule, Order):
        return sum(
            b.start < a.end + rule.gap_ms
            for a, b in permutations(placed, 2)
            if any_of(a, rule.first) and any_of(b, rule.then) and not any_of(b, rule.first)
            if shared(a, b) and on(b.start)
        )
    if isinstance(rule, Exclude):
        return sum(
            any(any_of(a, [x]) and any_of(b, [y]) for x, y in permutations(rule.entries, 2))
            for a, b in combinations(placed, 2)
            if a.start < b.end and b.start < a.end and shared(a, b) and on(max(a.start, b.start))
        )
    if isinstance(rule, Limit):
        return _over_limit(tried, rule)
    if isinstance(rule, AmountLimit):
        return _over_amount(tried, rule)
    if isinstance(rule, DifferentDay | SameDay):
        found = [one for one in placed if any_of(one, rule.of) and on(one.start)]
        groups = [found]
        if rule.per_crew:
            people = [p.id for p in tried.mission.crew if rule.people is None or p.id in rule.people]
            groups = [[one for one in found if person in one.crew] for person in people]
        total = 0
        for group in groups:
            days = [dates(one.start) for one in group]
            if isinstance(rule, DifferentDay):
                total += sum(days.count(day) > 1 for day in set(days))
            elif not rule.per_day:  # within one date all start on one
                total += max(0, len(set(days)) - 1)
        return total
    raise NotImplementedError(type(rule).__name__)


def _over_limit(tried: Tried, rule: Limit) -> int:
    calendar = tried.mission.calendar
    days = [
        (d, calendar.at(d, 0), calendar.at(d + DAY, 0))
        for d in (*tried.mission.dates(), tried.mission.dates()[-1] + DAY)
    ]
    spent: dict[tuple[str | None, date | None], int] = {}
    for one in seen_by(tried, rule):
        if is_inside(tried, one) or not names_of(tried.tiny, one) & set(rule.of):
            continue
        for start, end, who in work_of(one):
            for on, opens, closes in days:
                part = max(0, min(end, closes) - max(start, opens))
                if rule.days is not None and on not in rule.days:
                    continue
                if rule.per_crew and rule.people is not None and who not in rule.people:
                    continue
                key = (who if rule.per_crew else None, on if rule.per_day else None)
                spent[key] = spent.get(key, 0) + part
    return sum(time > rule.limit_ms for time in spent.values())


def _over_amount(tried: Tried, rule: AmountLimit) -> int:
    """What flows into a buffer counts when it flows, all else when it is taken."""
    calendar = tried.mission.calendar
    seen = {one.id for one in seen_by(tried, rule)}
    spent: dict[date | None, Fraction] = {}

    def count(on: date, amount: Fraction) -> None:
        if rule.days is None or on in rule.days:
            key = on if rule.per_day else None
            spent[key] = spent.get(key, Fraction(0)) + amount

    if isinstance(tried.mission.resources[rule.resource], Buffer):
        for name, start, end, rate, of in produced_by(tried):
            for on in (*tried.mission.dates(), tried.mission.dates()[-1] + DAY):
                opens, closes = calendar.at(on, 0), calendar.at(on + DAY, 0)
                if name == rule.resource and of in seen and max(start, opens) < min(end, closes):
                    count(on, rate * (min(end, closes) - max(start, opens)))
    else:
        for name, start, _, amount, of in taken_by(tried):
            if name == rule.resource and of in seen:
                count(calendar.date_of(start), Fraction(amount))
    return sum(amount > rule.amount for amount in spent.values())
