"""Crewed time under a limit, day by day, and the starts that it closes: kept from one question to the next."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

from payload.planning.bits import span
from payload.planning.problem import Problem, Range

#: so many changes are remembered before all masks are made anew
MOST_CHANGES = 4000

Left = Callable[[int], int]  # a day's number -> the ms that the limit leaves there


class Stretch:
    """Crewed time of one role from an activity's start on (ms), with the starts that keep it in one day or not."""

    __slots__ = ("apart", "first_ms", "last_ms", "nights", "times", "total_ms", "wholly")

    def __init__(self, problem: Problem, times: tuple[Range, ...]) -> None:
        self.times = times
        self.total_ms = sum(end - start for start, end in times)
        self.first_ms = first = min(start for start, _ in times)
        self.last_ms = last = max(end for _, end in times)
        #: whether the times are ascending and none overlaps another
        self.apart = all(one[1] <= other[0] for one, other in pairwise(times))
        edges = problem.days.starts
        #: per local day, the starts from which all of it lies in that day; and those from which it does in none
        self.wholly = [span(problem.up(day - first), problem.down(after - last) + 1) for day, after in pairwise(edges)]
        self.wholly.append(0)
        self.nights = problem.full
        for starts in self.wholly:
            self.nights &= ~starts


class Tally:
    """What one person (or the crew) has used of one limit, ms per local day; one entry where it counts no days.

    `known` has, per stretch of crewed time, a mask of starts still open and how many of `changes` it has seen.
    """

    __slots__ = ("changes", "known", "used")

    def __init__(self, days: int) -> None:
        self.used = [0] * days
        self.changes: list[int] = []
        self.known: dict[tuple[tuple[Range, ...], bool], tuple[int, int]] = {}

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

    def by_day(self, problem: Problem, stretch: Stretch, left: Left) -> int:
        """All starts but those from which the stretch lies in one day that has less left than it takes."""
        key, changes = (stretch.times, False), self.changes
        found = self.known.get(key)
        if found is not None and found[1] == len(changes):
            return found[0]
        open_ = problem.full
        days: Iterable[int] = range(len(self.used))
        if found is not None:
            open_, days = found[0], set(changes[found[1] :])
        for day in days:
            if left(day) < stretch.total_ms:
                open_ &= ~stretch.wholly[day]
            elif found is not None:
                open_ |= stretch.wholly[day]
        self.known[key] = open_, len(changes)
        return open_

    def by_night(self, problem: Problem, stretch: Stretch, left: Left) -> int:
        """All starts but those from which the stretch reaches over a midnight and takes more than the day before it, or
        after it, has left. What lies in more than two local days is not judged."""
        key, changes, days = (stretch.times, True), self.changes, len(self.used)
        found = self.known.get(key)
        if found is not None and found[1] == len(changes):
            return found[0]
        open_, nights = problem.full, list(range(1, days))
        if found is not None:
            open_ = found[0]
            nights = sorted({night for day in changes[found[1] :] for night in (day, day + 1) if 0 < night < days})
        for night in nights:
            before_ms, after_ms = left(night - 1), left(night)
            tight = before_ms < stretch.total_ms or after_ms < stretch.total_ms
            if tight or found is not None:
                over, held = _over_midnight(problem, night, stretch, before_ms, after_ms)
                open_ = (open_ | over) & ~held if tight else open_ | over
        self.known[key] = open_, len(changes)
        return open_


def _over_midnight(problem: Problem, day: int, stretch: Stretch, before_ms: int, after_ms: int) -> tuple[int, int]:
    """The starts from which some of the stretch lies before the midnight that begins a day and some after it; and those
    of them from which more than `before_ms` lies before, or more than `after_ms` after it."""
    edges, times, first, last = problem.days.starts, stretch.times, stretch.first_ms, stretch.last_ms
    if any(after - edge < last - first for edge, after in pairwise(edges[day - 1 : day + 2])):
        return 0, 0
    midnight, total = edges[day], stretch.total_ms
    over = span(problem.down(midnight - last) + 1, problem.up(midnight - first))
    if stretch.apart:
        most, least = _longest(times, max(before_ms, 0), last), _shortest(times, total - max(after_ms, 0))
    else:

        def early(past_ms: int) -> int:
            return sum(min(max(past_ms - start, 0), end - start) for start, end in times)

        most = bisect_right(range(last + 1), max(before_ms, 0), key=early) - 1
        least = bisect_left(range(last + 1), total - max(after_ms, 0), key=early)
    return over, over & ~span(problem.up(midnight - most), problem.down(midnight - least) + 1)


def _longest(times: Sequence[Range], most_ms: int, last: int) -> int:
    """How far from the start no more than `most_ms` of the times lies; at most `last`."""
    for start, end in times:
        if end - start > most_ms:
            return start + most_ms
        most_ms -= end - start
    return last


def _shortest(times: Sequence[Range], least_ms: int) -> int:
    """How far from the start `least_ms` of the times lies."""
    for start, end in times if least_ms > 0 else ():
        if end - start >= least_ms:
            return start + least_ms
        least_ms -= end - start
    return 0
