"""Limits of amounts: what activities take of a resource, or let flow into a buffer, all together or per local day.

A renewable or a consumable counts whole at the start of each use, on that day; what an experiment holds, at the start
of its first planned session. What flows into a buffer is split at local midnight, evenly over its step.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence, Set
from fractions import Fraction

from payload.model import Amounts, Buffer, Experiment, Session
from payload.planning.bits import span
from payload.planning.problem import Charge, Form, Problem, Work

_Key = tuple[int, int]  # limit, person or -1
_Sum = int | Fraction
InDay = Callable[[int, int], Sequence[int]]  # State.starts_in_day
#: amounts, from ms, to ms, the places of those in it, whether they are produced
Uses = tuple[Amounts, int, int, tuple[int, ...], bool]
Booked = tuple[int, int, int, _Sum]  # limit, person or -1, day or 0, how much


def charges_of(problem: Problem, uses: Sequence[Uses], exempt: Set[str]) -> tuple[Charge, ...]:
    """What these count under the limits of amounts, but for those that a waiver makes the activity `exempt` from."""
    found = []
    for number, rule in enumerate(problem.amounts):
        flowing = isinstance(problem.mission.resources.get(rule.resource), Buffer)
        for amounts, start, end, parts, produced in uses:
            amount = amounts.get(rule.resource, 0)
            if amount and produced == flowing and rule.id not in exempt:
                found.append(Charge(number, start, end if flowing else start, amount, parts))
    return tuple(found)


def charges_of_holds(problem: Problem, experiment: Experiment) -> tuple[tuple[int, int], ...]:
    """(limit, amount) of what an experiment holds; a limit per crew finds nobody in it."""
    return tuple(
        (number, experiment.holds[rule.resource])
        for number, rule in enumerate(problem.amounts)
        if not rule.per_crew and experiment.holds.get(rule.resource)
    )


def steady_limits(problem: Problem, items: Sequence[int]) -> frozenset[int]:
    """The limits of amounts that count what an experiment of these items holds alike, whichever of them is planned
    first, and on whatever day."""
    spared = frozenset[int]().union(*(problem.items[index].form.spared for index in items))
    return frozenset(
        number
        for number, rule in enumerate(problem.amounts)
        if len(items) == 1 or (not rule.per_day and problem.amount_days[number] is None and number not in spared)
    )


def session_uses(session: Session, lengths: Iterable[int]) -> list[Uses]:
    """What a session takes and produces, its steps being so long (ms), as `charges_of` reads it."""
    places = {number: place for place, number in enumerate(_roles(session))}
    found: list[Uses] = []
    at = 0
    for step, length_ms in zip(session.steps, lengths, strict=True):
        there = tuple(sorted(places[role.number] for role in step.crew))
        if step.uses:
            found.append((step.uses, at, at + length_ms, there, False))
        if step.produces and length_ms:
            found.append((step.produces, at, at + length_ms, there, True))
        at += length_ms
    if session.uses:
        found.append((session.uses, 0, at, tuple(range(len(places))), False))
    return found


def _roles(session: Session) -> list[int]:
    return sorted({role.number for step in session.steps for role in step.crew})


class Spending:
    """What the placed activities have used up of each limit of an amount."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.spent: dict[_Key, list[_Sum]] = {}

    def of(self, limit: int, person: int) -> list[_Sum]:
        """So far, per local day (one entry where the limit does not count per day)."""
        key = (limit, person)
        if key not in self.spent:
            days = len(self.problem.days.starts) if self.problem.amounts[limit].per_day else 1
            self.spent[key] = [0] * days
        return self.spent[key]

    def book(self, booked: Iterable[Booked], sign: int) -> None:
        for limit, person, day, amount in booked:
            self.of(limit, person)[day] += sign * amount

    def bookings(self, form: Form, start: int, crew: tuple[int, ...]) -> Iterator[Booked]:
        """What an activity of this form counts when it starts at `start` (ms MET) with these people."""
        problem = self.problem
        for charge in form.charges:
            rule, people = problem.amounts[charge.amount_limit], problem.amount_people[charge.amount_limit]
            whose = [crew[part] for part in charge.parts] if rule.per_crew else [-1]
            for day, amount in self._by_day(charge, start):
                for person in whose:
                    if not rule.per_crew or people is None or person in people:
                        yield charge.amount_limit, person, day if rule.per_day else 0, amount

    def _by_day(self, charge: Charge, start: int) -> Iterator[tuple[int, _Sum]]:
        days, edges = self.problem.amount_days[charge.amount_limit], self.problem.days.starts
        at, until = start + charge.start_ms, start + charge.end_ms
        whole = until - at
        day = self.problem.days.of(at)
        if not whole or day + 1 >= len(edges) or until <= edges[day + 1]:
            if days is None or day in days:
                yield day, charge.amount
            return
        while at < until:
            day = self.problem.days.of(at)
            stop = min(until, edges[day + 1]) if day + 1 < len(edges) else until
            if days is None or day in days:
                yield day, Fraction(charge.amount * (stop - at), whole)
            at = stop

    def of_holds(self, work: Work, form: Form, start: int) -> Iterator[Booked]:
        """What an experiment that holds something counts: with its first session, of this form, which starts at `start`
        (ms MET)."""
        day = self.problem.days.of(start)
        for limit, amount in work.charges:
            days = self.problem.amount_days[limit]
            if limit not in form.spared and (days is None or day in days):
                yield limit, -1, day if self.problem.amounts[limit].per_day else 0, amount

    def over(self, booked: Iterable[Booked], ignored: Collection[tuple[str, int]]) -> bool:
        """Whether a limit is exceeded for any of these people and days."""
        amounts = self.problem.amounts
        return any(
            self.of(limit, person)[day] > amounts[limit].amount and ("amount", limit) not in ignored
            for limit, person, day, _ in booked
        )

    def starts(self, form: Form, work: Work | None, in_day: InDay, ignored: Collection[tuple[str, int]]) -> int:
        """Starts that the limits still have room for; flows over midnight, and limits per crew, are left to `over`.
        `work` is the experiment that would begin with the activity."""
        problem, mask = self.problem, self.problem.full
        by_limit: dict[int, list[tuple[int, int, int]]] = {}
        for charge in form.charges:
            if not problem.amounts[charge.amount_limit].per_crew:
                end_ms = max(charge.end_ms, charge.start_ms + 1)
                by_limit.setdefault(charge.amount_limit, []).append((charge.start_ms, end_ms, charge.amount))
        for limit, amount in work.charges if work is not None else ():
            # an earlier session may still take it to another day: then this loses a start, and is no proof
            sure = work is not None and (limit in work.steady or ("held", limit) not in ignored)
            if sure and limit not in form.spared:
                by_limit.setdefault(limit, []).append((0, 1, amount))
        for limit, asked in by_limit.items():
            if ("amount", limit) not in ignored:
                mask &= ~self._closed(limit, asked, in_day)
        return mask

    def _closed(self, limit: int, asked: list[tuple[int, int, int]], in_day: InDay) -> int:
        problem, rule, days = self.problem, self.problem.amounts[limit], self.problem.amount_days[limit]
        spent, total = self.of(limit, -1), sum(amount for _, _, amount in asked)
        if days is None and not rule.per_day:
            return span(0, problem.ticks) if spent[0] + total > rule.amount else 0
        together = (min(start for start, _, _ in asked), max(end for _, end, _ in asked), total)
        closed = 0
        for start_ms, end_ms, amount in {together, *asked}:
            starts = in_day(start_ms, end_ms)
            for day in range(len(problem.days.starts)) if days is None else days:
                if 0 <= day < len(starts) and spent[day if rule.per_day else 0] + amount > rule.amount:
                    closed |= starts[day]
        return closed
