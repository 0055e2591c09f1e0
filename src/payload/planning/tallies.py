"""Crewed time under a limit, day by day, and the starts that it closes: kept from one question to the next."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from payload.planning.bits import span
from payload.planning.problem import Problem, Range

#: so many changes are remembered before all masks are made anew
MOST_CHANGES = 4000

Left = Callable[[int], int]  # a day's number -> the ms that the limit leaves there


class Tally:
    """What one person (or the crew) has used of one limit, ms per local day; one entry where it counts no days.

    `known` has, per stretch of crewed time, a mask of closed starts and how many of `changes` it has seen.
    """

    __slots__ = ("changes", "known", "used")

    def __init__(self, days: int) -> None:
        self.used = [0] * days
        self.changes: list[int] = []
        self.known: dict[tuple[Sequence[Range], bool], tuple[int, int]] = {}

    def __getitem__(self, day: int) -> int:
        return self.used[day]

    def __iter__(self) -> Iterator[int]:
        return iter(self.used)

    def charge(self, day: int, amount: int) -> None:
        self.used[day] += amount
        if self.known:
            self.changes.append(day)
            if len(self.changes) > MOST_CHANGES:
                self.changes.clear()
                self.known.clear()

    def closed_days(self, times: tuple[Range, ...], total_ms: int, left: Left, wholly: Sequence[int]) -> int:
        """Starts from which all `times` lie in one day (those of day d are `wholly[d]`) that has less left than these
        take."""
        key = (times, False)
        closed, seen = self.known.get(key, (0, -1))
        for day in range(len(self.used)) if seen < 0 else set(self.changes[seen:]):
            if left(day) < total_ms:
                closed |= wholly[day]
            elif seen >= 0:
                closed &= ~wholly[day]
        self.known[key] = closed, len(self.changes)
        return closed

    def closed_nights(self, problem: Problem, times: tuple[Range, ...], total_ms: int, left: Left) -> int:
        """Starts from which `times` reach over a midnight and take more than the day before it, or after it, has left.
        What lies in more than two local days is not judged."""
        key, days = (times, True), len(self.used)
        closed, seen = self.known.get(key, (0, -1))
        nights: Sequence[int] = range(1, days)
        if seen >= 0:
            nights = sorted({night for day in self.changes[seen:] for night in (day, day + 1) if 0 < night < days})
        for night in nights:
            before_ms, after_ms = left(night - 1), left(night)
            tight = before_ms < total_ms or after_ms < total_ms
            if tight or seen >= 0:
                over, held = _over_midnight(problem, night, times, before_ms, after_ms)
                closed = closed & ~over | (held if tight else 0)
        self.known[key] = closed, len(self.changes)
        return closed


def _over_midnight(
    problem: Problem, day: int, times: Sequence[Range], before_ms: int, after_ms: int
) -> tuple[int, int]:
    """The starts from which some of `times` lies before the midnight that begins a day and some after it; and those of
    them from which more than `before_ms` lies before, or more than `after_ms` after it."""
    edges = problem.days.starts
    first, last = min(start for start, _ in times), max(end for _, end in times)
    if any(after - edge < last - first for edge, after in pairwise(edges[day - 1 : day + 2])):
        return 0, 0

    def early(past_ms: int) -> int:
        return sum(min(max(past_ms - start, 0), end - start) for start, end in times)

    midnight, total = edges[day], early(last)
    most = bisect_right(range(last + 1), max(before_ms, 0), key=early) - 1
    least = bisect_left(range(last + 1), total - max(after_ms, 0), key=early)
    over = span(problem.down(midnight - last) + 1, problem.up(midnight - first))
    return over, over & ~span(problem.up(midnight - most), problem.down(midnight - least) + 1)
