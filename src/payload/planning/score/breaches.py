"""What the breaches of soft rules cost: each breach its rule's weight, counted exactly as the page says.

A breach of `gap`, `order` and `exclude` is a pair of activities, whoever shares it; of `different_day` a date that
holds two, of `same_day` each date after the first (per person, where the rule counts per crew); of a limit a person and
day, or what `per` leaves of these. A duty that several people hold together counts once for each of them. A waiver
lessens no cost, and facts cost nothing among themselves.

What one roster breaks is kept until it changes, so a score asks little where little was moved.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product

from payload.model import DifferentDay, Exclude, Gap, Order, Rule, SameDay
from payload.planning.problem import Item, Problem
from payload.planning.state import State

Charged = tuple[int, int, int, int | Fraction]  # rule, person or -1, day or 0, how much

_Entry = tuple[int, int, int]  # start, end (ms MET), item
_Pair = tuple[tuple[int, int], tuple[int, int]]  # two of (item, its person where it is a duty, else -1)


def cost_of(state: State) -> Fraction:
    """What all breaches of soft rules cost."""
    if not state.problem.soft:
        return Fraction(0)
    return sum((weight * count for weight, count in _counted(state)), Fraction(0))


def broken_rules(state: State) -> dict[str, int]:
    """How often each soft rule is broken, by its id; those that are kept are left out."""
    problem, found = state.problem, {}
    for kind, number in sorted(problem.soft):
        count = _breaches(state, kind, number)
        if count:
            found[_rule(problem, kind, number).id] = count
    return found


def _rule(problem: Problem, kind: str, number: int) -> Rule:
    if kind == "clause":
        return problem.clauses[number]
    return problem.limits[number] if kind == "limit" else problem.amounts[number]


def _counted(state: State) -> Iterator[tuple[Fraction, int]]:
    for kind, number in sorted(state.problem.soft):
        weight = _rule(state.problem, kind, number).weight
        assert weight is not None
        yield weight, _breaches(state, kind, number)


def _breaches(state: State, kind: str, number: int) -> int:
    if kind == "limit":
        return _over_limit(state, number)
    if kind == "amount":
        return _over_amount(state, number)
    rule = state.problem.clauses[number]
    found: list[frozenset[_Pair] | int] = []
    for person in range(len(state.problem.people)) if rule.per_crew else (-1,):
        sides = len(rule.entries) if isinstance(rule, Exclude) else 2 if isinstance(rule, Gap | Order) else 1
        rosters = [state.rosters.get((number, side, person)) for side in range(sides)]
        stamps = tuple(roster.stamp if roster else 0 for roster in rosters)
        known = state.broken_by.get((number, person))
        if known is None or known[0] != stamps:
            known = stamps, _of_person(state, number, person)
            state.broken_by[number, person] = known
        found.append(known[1])
    if isinstance(rule, DifferentDay | SameDay):
        return sum(count for count in found if isinstance(count, int))
    pairs = [some for some in found if not isinstance(some, int) and some]
    return len(pairs[0]) if len(pairs) == 1 else len(frozenset[_Pair]().union(*pairs))


def _of_person(state: State, number: int, person: int) -> frozenset[_Pair] | int:
    rule = state.problem.clauses[number]
    if isinstance(rule, DifferentDay):
        return _different_day(state, number, person)
    if isinstance(rule, SameDay):
        return _same_day(state, number, person)
    if isinstance(rule, Gap):
        pairs = _gap(state, number, rule, person)
    elif isinstance(rule, Order):
        pairs = _order(state, number, rule, person)
    else:
        pairs = _exclude(state, number, rule, person)
    each = (pair for found in pairs for pair in _each(state, person, *found))
    if isinstance(rule, Gap):
        each = (pair for pair in each if not _hosted(state, *pair) and not _hosted(state, *reversed(pair)))
    return frozenset(pair if pair[0] < pair[1] else (pair[1], pair[0]) for pair in each)


def _entries(state: State, number: int, side: int, person: int) -> list[_Entry]:
    roster = state.rosters.get((number, side, person))
    return sorted((start, end, item) for item, (start, end, _) in roster.entries.items()) if roster else []


def _each(state: State, person: int, a: int, b: int) -> Iterator[_Pair]:
    """The pairs of reservations that two items stand for; none where both are facts."""
    one, other = state.problem.items[a], state.problem.items[b]
    if one.fact is None or other.fact is None:
        for pair in product(_reserved(one, person), _reserved(other, person)):
            if pair[0] != pair[1]:
                yield pair


def _reserved(item: Item, person: int) -> Iterable[tuple[int, int]]:
    if item.exp >= 0:
        return ((item.index, -1),)
    return ((item.index, one) for one in (item.people if person < 0 else (person,)))


def _counts(state: State, number: int, at: int) -> bool:
    days = state.problem.clause_days[number]
    return days is None or state.problem.days.of(at) in days


def _gap(state: State, number: int, rule: Gap, person: int) -> Iterator[tuple[int, int]]:
    before = _entries(state, number, 1, person)
    for start, end, a in _entries(state, number, 0, person):
        first = bisect_left(before, (start, -1, -1))
        for place in range(first, len(before)):
            at, _, b = before[place]
            if at >= end + rule.gap_ms:
                break
            if _counts(state, number, at):
                yield a, b


def _hosted(state: State, host: tuple[int, int], guest: tuple[int, int]) -> bool:
    """Whether the guest is a session inside this very duty, of one who is in it."""
    duty, other, session = state.problem.items[host[0]], state.problem.items[guest[0]], state.form[guest[0]].session
    if duty.exp >= 0 or session is None or session.inside != duty.duty or host[1] not in state.crew[guest[0]]:
        return False
    return state.start_ms(duty) <= state.start_ms(other) and state.end_ms(other) <= state.end_ms(duty)


def _order(state: State, number: int, rule: Order, person: int) -> Iterator[tuple[int, int]]:
    first = _entries(state, number, 0, person)
    day = state.problem.days.of
    first.sort(key=lambda entry: (-entry[1], entry[2]))
    for at, _, b in _entries(state, number, 1, person):
        if not _counts(state, number, at):
            continue
        for start, end, a in first:
            if at >= end + rule.gap_ms:
                break
            if not rule.per_day or day(start) == day(at):
                yield a, b


def _exclude(state: State, number: int, rule: Exclude, person: int) -> Iterator[tuple[int, int]]:
    sides: dict[int, set[int]] = {}
    entries: set[_Entry] = set()
    for side in range(len(rule.entries)):
        for entry in _entries(state, number, side, person):
            sides.setdefault(entry[2], set()).add(side)
            entries.add(entry)
    day, active = state.problem.days.of, list[_Entry]()
    for now in sorted(entries):
        active = [earlier for earlier in active if earlier[1] > now[0]]
        for earlier in active:
            one, other = sides[earlier[2]], sides[now[2]]
            apart = len(one | other) > 1
            if apart and _counts(state, number, now[0]) and (not rule.per_day or day(earlier[0]) == day(now[0])):
                yield earlier[2], now[2]
        if len(sides[now[2]]) > 1 and _counts(state, number, now[0]):
            yield now[2], now[2]  # held together by several: each overlaps the other
        active.append(now)


def _dates(state: State, number: int, person: int) -> dict[int, list[Item]]:
    found: dict[int, list[Item]] = {}
    for start, _, item in _entries(state, number, 0, person):
        if _counts(state, number, start):
            found.setdefault(state.problem.days.of(start), []).append(state.problem.items[item])
    return found


def _different_day(state: State, number: int, person: int) -> int:
    dates = _dates(state, number, person).values()
    return sum(
        1
        for there in dates
        if sum(len(list(_reserved(item, person))) for item in there) > 1 and any(item.fact is None for item in there)
    )


def _same_day(state: State, number: int, person: int) -> int:
    dates = _dates(state, number, person)
    if not dates:
        return 0
    first, *rest = (any(item.fact is None for item in there) for there in dates.values())
    return sum(1 for planned in rest if planned or first)


def _over_limit(state: State, number: int) -> int:
    def charges(item: Item) -> Iterable[Charged]:
        return state.charges(item, state.at[item.index], state.crew[item.index])

    return _over(state, number, state.problem.limits[number].limit_ms, state.tallies, charges)


def _over_amount(state: State, number: int) -> int:
    assert state.spending is not None
    return _over(state, number, state.problem.amounts[number].amount, state.spending.spent, state.bookings)


def _over(
    state: State,
    number: int,
    most: int,
    spent: Mapping[tuple[int, int], Iterable[int | Fraction]],
    charges: Callable[[Item], Iterable[Charged]],
) -> int:
    """How many people and days have more than `most` under the rule `number`, something planned among it."""
    over = [
        (person, day)
        for (one, person), used in spent.items()
        if one == number
        for day, amount in enumerate(used)
        if amount > most
    ]

    def asked(item: Item) -> Iterator[tuple[int, int]]:
        return ((person, day) for one, person, day, _ in charges(item) if one == number)

    return _by_planned(state, over, asked)


def _by_planned(
    state: State, over: Sequence[tuple[int, int]], asked: Callable[[Item], Iterable[tuple[int, int]]]
) -> int:
    """How many of these (person, day) some planned activity has a part in, facts aside."""
    items = state.problem.items
    if not over or not any(item.fact is not None for item in items):
        return len(over)
    judged = {key for item in items if state.on[item.index] and item.fact is None for key in asked(item)}
    return len(judged.intersection(over))
