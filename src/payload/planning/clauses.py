"""`gap`, `order` and `exclude` as masks of forbidden starts."""

from __future__ import annotations

from collections.abc import Collection

from payload.met import Window
from payload.model import Exclude, Gap, Order
from payload.planning.bits import span
from payload.planning.problem import Form, Problem

Entries = dict[int, tuple[int, int, bool]]  # item -> start, end (ms MET), soft


class Roster:
    """The placed activities on one side of a clause, of one person where it counts per crew; and what they forbid.

    `known` has masks already made, and how many of `added` each holds: who comes is only put in, who goes makes all
    masks be made anew.
    """

    __slots__ = ("added", "entries", "known")

    def __init__(self) -> None:
        self.entries: Entries = {}
        self.added: list[int] = []
        self.known: dict[tuple[int, bool], tuple[int, int]] = {}

    def add(self, item: int, start: int, end: int, soft: bool) -> None:
        self.entries[item] = (start, end, soft)
        if self.known:
            self.added.append(item)

    def remove(self, item: int) -> None:
        del self.entries[item]
        self.added.clear()
        self.known.clear()


def forbidden(
    problem: Problem, clause: int, side: int, roster: Roster, form: Form, firm: bool, spare: Collection[int] = ()
) -> int:
    """Starts that an activity of `form` must not have because of who stands in the roster.

    `firm` looks past movable duties; `spare` are items that are exempt (a host and its guests).
    """
    if not roster.entries:
        return 0
    rule = problem.clauses[clause]
    length_ms = 0 if side == 0 and not isinstance(rule, Exclude) else form.length_ms
    key = (length_ms, firm)
    if spare:
        return _of_all(problem, clause, side, roster.entries, length_ms, firm, spare)
    if key in roster.known:
        mask, seen = roster.known[key]
        if seen == len(roster.added):
            return mask
        entries = {item: roster.entries[item] for item in roster.added[seen:]}
        mask |= _of_all(problem, clause, side, entries, length_ms, firm, spare)
    else:
        mask = _of_all(problem, clause, side, roster.entries, length_ms, firm, spare)
    roster.known[key] = mask, len(roster.added)
    return mask


def _of_all(
    problem: Problem, clause: int, side: int, entries: Entries, length_ms: int, firm: bool, spare: Collection[int]
) -> int:
    rule, mask = problem.clauses[clause], 0
    if isinstance(rule, Gap) and not rule.per_day and problem.clause_days[clause] is None:
        return _gaps(problem, rule, side, entries, length_ms, firm, spare)
    for item, (start, end, soft) in entries.items():
        if not (soft and firm) and item not in spare:
            mask |= _closed(problem, clause, side, Window(start, end), length_ms)
    return mask


def _closed(problem: Problem, clause: int, side: int, window: Window, length_ms: int) -> int:
    """What one activity forbids. With `per: day` only starts on its own date; `days` are those of the later one's start
    (`gap`, `order`: of b; `exclude`: of the one that begins the overlap)."""
    rule, days = problem.clauses[clause], problem.clause_days[clause]
    day = problem.days.of(window.start)
    if isinstance(rule, Gap):
        mask = _gap(problem, rule, side, window, length_ms)
    elif isinstance(rule, Order):
        mask = _order(problem, rule, side, window, length_ms)
    else:
        mask = span(problem.down(window.start - length_ms) + 1, problem.up(window.end))
    if rule.per_day:
        mask &= _starts_on(problem, (day,))
    if days is None:
        return mask
    if isinstance(rule, Exclude):
        earlier = span(0, problem.down(window.start) + 1)  # then the overlap begins with the window
        return (mask & earlier if day in days else 0) | (mask & ~earlier & _starts_on(problem, days))
    if side == 0:
        return mask & _starts_on(problem, days)
    return mask if day in days else 0


def _gap(problem: Problem, rule: Gap, side: int, window: Window, length_ms: int) -> int:
    if side == 0:  # the window is the `after`: it keeps the start from following too soon
        return span(problem.up(window.start), problem.up(window.end + rule.gap_ms))
    return span(problem.down(window.start - length_ms - rule.gap_ms) + 1, problem.down(window.start) + 1)


def _gaps(
    problem: Problem, rule: Gap, side: int, entries: Entries, length_ms: int, firm: bool, spare: Collection[int]
) -> int:
    """`_gap` of all these: written out, as the search asks for nothing more often."""
    origin, tick_ms, gap_ms, mask = problem.origin, problem.tick_ms, rule.gap_ms, 0
    for item, (start, end, soft) in entries.items():
        if (soft and firm) or item in spare:
            continue
        if side == 0:
            first, after = -((origin - start) // tick_ms), -((origin - end - gap_ms) // tick_ms)
        else:
            first = (start - length_ms - gap_ms - origin) // tick_ms + 1
            after = (start - origin) // tick_ms + 1
        if first < 0:
            first = 0
        if after > first:
            mask |= ((1 << (after - first)) - 1) << first
    return mask


def _order(problem: Problem, rule: Order, side: int, window: Window, length_ms: int) -> int:
    if side == 0:  # the window is a `first`
        return span(0, problem.up(window.end + rule.gap_ms))
    return span(problem.down(window.start - rule.gap_ms - length_ms) + 1, problem.ticks)


def _starts_on(problem: Problem, days: Collection[int]) -> int:
    mask, starts = 0, problem.days.starts
    for day in days:
        if 0 <= day < len(starts):
            until = problem.up(starts[day + 1]) if day + 1 < len(starts) else problem.ticks
            mask |= span(problem.up(starts[day]), until)
    return mask


def clause_sides(
    problem: Problem, names: frozenset[str]
) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]:
    """(enrols, asks) of an activity with these names: gap and order have sides 0 and 1, exclude one side per entry."""
    enrols: list[tuple[int, int]] = []
    asks: list[tuple[int, int]] = []
    for number, clause in enumerate(problem.clauses):
        if isinstance(clause, Exclude):
            mine = {side for side, entry in enumerate(clause.entries) if entry in names}
            enrols += [(number, side) for side in sorted(mine)]
            if mine:
                asks += [(number, side) for side in range(len(clause.entries)) if mine != {side}]
            continue
        if isinstance(clause, Gap):
            first, then = bool(names & set(clause.after)), bool(names & set(clause.before))
        else:
            first = bool(names & set(clause.first))
            then = bool(names & set(clause.then)) and not first
        if first:
            enrols.append((number, 0))
            asks.append((number, 1))
        if then:
            enrols.append((number, 1))
            asks.append((number, 0))
    return tuple(enrols), tuple(asks)
