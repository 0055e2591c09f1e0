"""`gap`, `order`, `exclude`, `different_day` and `same_day` as masks of forbidden starts."""

from __future__ import annotations

from collections.abc import Collection

from payload.met import Window
from payload.model import DifferentDay, Exclude, Gap, Order, SameDay
from payload.planning.bits import span
from payload.planning.problem import Form, Problem

Entries = dict[int, tuple[int, int, bool]]  # item -> start, end (ms MET), soft


class Roster:
    """The placed activities on one side of a clause, of one person where it counts per crew; and what they forbid.

    `known` has masks already made, and how many of `added` each holds: who comes is only put in, who goes makes all
    masks be made anew, but for `gaps`, which know what each activity forbids. `stamp` counts the changes.
    """

    __slots__ = ("added", "entries", "gaps", "known", "stamp")

    def __init__(self) -> None:
        self.entries: Entries = {}
        self.added: list[int] = []
        self.known: dict[tuple[int, bool], tuple[int, int]] = {}
        self.gaps: dict[tuple[int, bool], Forbidden] = {}
        self.stamp = 0

    def add(self, item: int, start: int, end: int, soft: bool) -> None:
        self.entries[item] = (start, end, soft)
        self.stamp += 1
        if self.known:
            self.added.append(item)
        for gaps in self.gaps.values():
            gaps.fresh[item] = None

    def remove(self, item: int) -> None:
        del self.entries[item]
        self.stamp += 1
        self.added.clear()
        self.known.clear()
        for gaps in self.gaps.values():
            gaps.remove(item)


class Forbidden:
    """The starts that a gap forbids to activities of one length: kept while activities come and go.

    `spans` has the ticks that each activity forbids, half-open; `fresh` those that are not put in yet.
    """

    __slots__ = ("fresh", "mask", "spans")

    def __init__(self, entries: Entries) -> None:
        self.mask = 0
        self.spans: dict[int, tuple[int, int]] = {}
        self.fresh: dict[int, None] = dict.fromkeys(entries)

    def remove(self, item: int) -> None:
        self.fresh.pop(item, None)
        first, after = self.spans.pop(item, (0, 0))
        if first < after:
            self.mask &= ~(((1 << (after - first)) - 1) << first)
            for other, last in self.spans.values():
                if other < after and first < last:
                    self.mask |= ((1 << (last - other)) - 1) << other


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
    if isinstance(rule, Gap) and not rule.per_day and problem.clause_days[clause] is None:
        return _of_gaps(problem, rule, side, roster, key, spare)
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


def _of_gaps(
    problem: Problem, rule: Gap, side: int, roster: Roster, key: tuple[int, bool], spare: Collection[int]
) -> int:
    """`_gap` of all entries: written out, as the search asks for nothing more often."""
    gaps = roster.gaps.get(key)
    if gaps is None:
        gaps = roster.gaps[key] = Forbidden(roster.entries)
    length_ms, firm = key
    if gaps.fresh:
        origin, tick_ms, gap_ms = problem.origin, problem.tick_ms, rule.gap_ms
        for item in gaps.fresh:
            start, end, soft = roster.entries[item]
            if soft and firm:
                continue
            if side == 0:
                first, after = -((origin - start) // tick_ms), -((origin - end - gap_ms) // tick_ms)
            else:
                first = (start - length_ms - gap_ms - origin) // tick_ms + 1
                after = (start - origin) // tick_ms + 1
            first = max(first, 0)
            if after > first:
                gaps.spans[item] = first, after
                gaps.mask |= ((1 << (after - first)) - 1) << first
        gaps.fresh.clear()
    if not any(item in gaps.spans for item in spare):
        return gaps.mask
    mask = 0
    for item, (first, after) in gaps.spans.items():
        if item not in spare:
            mask |= ((1 << (after - first)) - 1) << first
    return mask


def _of_all(
    problem: Problem, clause: int, side: int, entries: Entries, length_ms: int, firm: bool, spare: Collection[int]
) -> int:
    mask = 0
    for item, (start, end, soft) in entries.items():
        if not (soft and firm) and item not in spare:
            mask |= _closed(problem, clause, side, Window(start, end), length_ms)
    return mask


def _closed(problem: Problem, clause: int, side: int, window: Window, length_ms: int) -> int:
    """What one activity forbids. With `per: day` only starts on its own date; `days` are those of the later one's start
    (`gap`, `order`: of b; `exclude`: of the one that begins the overlap)."""
    rule, days = problem.clauses[clause], problem.clause_days[clause]
    day = problem.days.of(window.start)
    if isinstance(rule, DifferentDay | SameDay):
        return _dates(problem, rule, day, days)
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


def _dates(problem: Problem, rule: DifferentDay | SameDay, day: int, days: Collection[int] | None) -> int:
    """The starts on the same date, or on any other; dates that the rule does not name are free."""
    if days is not None and day not in days:
        return 0
    mask = _starts_on(problem, (day,))
    if isinstance(rule, DifferentDay):
        return mask
    counted = span(0, problem.ticks) if days is None else _starts_on(problem, days)
    return counted & ~mask


def _gap(problem: Problem, rule: Gap, side: int, window: Window, length_ms: int) -> int:
    if side == 0:  # the window is the `after`: it keeps the start from following too soon
        return span(problem.up(window.start), problem.up(window.end + rule.gap_ms))
    return span(problem.down(window.start - length_ms - rule.gap_ms) + 1, problem.down(window.start) + 1)


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
    problem: Problem, names: frozenset[str], exempt: Collection[int] = ()
) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]:
    """(enrols, asks) of an activity with these names, but for the clauses that it is `exempt` from: gap and order have
    sides 0 and 1, exclude one side per entry, the rules of days one side."""
    enrols: list[tuple[int, int]] = []
    asks: list[tuple[int, int]] = []
    for number, clause in enumerate(problem.clauses):
        if number in exempt:
            continue
        if isinstance(clause, DifferentDay | SameDay):
            # within one date, as `per: day` asks, all activities start on one
            if names & set(clause.of) and not (isinstance(clause, SameDay) and clause.per_day):
                enrols.append((number, 0))
                asks.append((number, 0))
            continue
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
