"""The search for the prices at which the bound is lowest, from coarse to fine.

First one price for all days of a budget, then one a week, then one a day, then for shorter stretches: each stage begins
with the prices of the one before. In a stage the linear program over the ways seen so far gives new prices; the
relaxation at these gives new ways, and a bound. Prices are held back towards the best ones known, after Wentges,
"Weighted Dantzig-Wolfe decomposition for linear mixed-integer programming" (1997).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from payload.met import DAY, HOUR
from payload.planning.bounds.prices import Ints
from payload.planning.bounds.relaxation import LARGEST, Relaxation
from payload.planning.problem import Problem
from payload.planning.state import State

if TYPE_CHECKING:
    from payload.planning.bounds.master import Column, Master

#: how much of the best prices known stays in the next ones
HELD_BACK = 0.35
#: a stage ends when the linear program shows that not more than this part of the bound can be gained
NEAR = 2e-4
#: rounds of one stage at most
MOST_ROUNDS = 60
#: stretches of time, from stage to stage; a finer one is not begun with more numbers to gather than this
STRETCHES_MS = (DAY, 4 * HOUR, HOUR, HOUR // 2)
MOST_NUMBERS = 1_500_000


@dataclass(frozen=True, slots=True)
class Flown:
    """A way to fly an experiment that the program takes in part: the number of the experiment, the `part` (of 1), what
    the whole way is worth, and its sessions as (number of the form, start tick, people)."""

    work: int
    part: float
    worth: float
    stands: tuple[tuple[int, int, tuple[int, ...]], ...]


class Ascent:
    """`best` is the least bound found so far, `flown` the last answer of the linear program, `stages` how many stages
    are over; `run` does a part of the work at each step."""

    def __init__(self, base: State, most: Sequence[int]) -> None:
        self.base, self.most = base, most
        self.best: Fraction | None = None
        self.flown: list[Flown] = []
        self.stages = 0

    def run(self) -> Iterator[None]:
        problem = self.base.problem
        relaxation: Relaxation | None = None
        prices: Ints | None = None
        for stretch_ms in STRETCHES_MS:
            before = relaxation
            relaxation = Relaxation(self.base, self.most)
            yield from relaxation.build(edges(problem, stretch_ms))
            if before is not None and len(relaxation.ends) > MOST_NUMBERS:
                return
            tick_ms = problem.tick_ms
            lengths = [problem.ticks, 7 * DAY // tick_ms, 1] if before is None else [1]
            if prices is None or before is None:
                prices = relaxation.begin()
            else:
                prices = relaxation.prices.carried(prices, before.prices)
            columns: list[Column] = []
            for length in lengths:
                prices = yield from self._stage(relaxation, prices, relaxation.prices.groups(length), columns)

    def _stage(
        self, relaxation: Relaxation, prices: Ints, groups: Ints, columns: list[Column]
    ) -> Generator[None, None, Ints]:
        from payload.planning.bounds.master import Column, Master

        unit = float(relaxation.unit)
        least = [0] * len(relaxation.tasks) + [1] * len(relaxation.duties)
        largest = max((float(worth) for work in self.base.problem.works for worth in work.worths), default=1.0)
        master = Master(relaxation.caps, groups, least, 10 * largest + 1)
        for column in columns:
            master.add(column)
        master.open(sorted(set(groups[np.flatnonzero(prices)].tolist())))
        bound, best = None, prices
        for _ in range(MOST_ROUNDS):
            total, ways = yield from relaxation.solve(prices)
            self._reach(relaxation, total)
            if bound is None or total < bound:
                bound, best = total, prices
            fresh = sum(master.add(Column(task, worth / unit, use, stands)) for task, worth, use, stands in ways)
            yield
            yield from master.solve()
            reached, wanted = master.value, master.prices
            self.flown = self._flown(relaxation, master)
            if bound - reached * unit <= NEAR * bound:
                break
            held = HELD_BACK if fresh else 0.0
            mixed = held * best + (1 - held) * wanted * unit
            prices = np.rint(np.clip(mixed, 0, LARGEST)).astype(np.int64)
            yield
        columns[:] = master.columns
        self.stages += 1
        return best

    def _flown(self, relaxation: Relaxation, master: Master) -> list[Flown]:
        tasks = relaxation.tasks
        return [
            Flown(tasks[column.task].work.index, part, column.worth, column.stands)
            for column, part in master.shares()
            if column.task < len(tasks)
        ]

    def _reach(self, relaxation: Relaxation, total: int) -> None:
        value = total / relaxation.unit
        if self.best is None or value < self.best:
            self.best = value


def edges(problem: Problem, stretch_ms: int) -> list[int]:
    """The ticks at which stretches end: every so often from each local midnight on."""
    found = {0, problem.ticks}
    step = max(stretch_ms // problem.tick_ms, 1)
    for start in problem.days.starts:
        first = problem.up(start)
        found.update(at for at in range(first, first + DAY // problem.tick_ms, step) if 0 < at < problem.ticks)
    return sorted(found)
