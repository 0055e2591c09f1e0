"""The linear program over the ways seen so far to fly each experiment: its duals are the next prices to try.

Column by column in the manner of Dantzig and Wolfe (Operations Research 8, 1960): a column is one way, with its worth
and what it takes of each row. Rows may be counted in groups, which then have one price; only rows that are, or were,
short stand in the program. Its answers are floats and prove nothing: what prices prove is reckoned elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from ortools.linear_solver import pywraplp

from payload.planning.bounds.pieces import Stands
from payload.planning.bounds.prices import Ints

Floats = NDArray[np.float64]
Use = Mapping[int, int]  # row -> amount

#: pivots of one part of a solution: so many, or so much work shared among rows and columns. A count, not seconds, so
#: that it is the same everywhere. A program that takes more parts than this is left as it is: its prices will do
LEAST_PIVOTS, WORK = 50, 2_000_000
MOST_PARTS = 40
#: how much more than its capacity a group's rows must be used to stand in the program
SHORT = 1e-6


@dataclass(frozen=True, slots=True)
class Column:
    """One way: whose (the number of a task), its worth, what it takes, where its sessions stand."""

    task: int
    worth: float
    use: Use
    stands: Stands = ()


class Master:
    """`caps` are the rows' capacities, `group_of` has the group of each row; `least` how many ways of each task must be
    taken (1 for a duty), where one at most may be. `penalty` is the cost of leaving out a duty."""

    def __init__(self, caps: Ints, group_of: Ints, least: Sequence[int], penalty: float) -> None:
        self.group_of = group_of
        self.columns: list[Column] = []
        self.seen: set[object] = set()
        self.groups = int(self.group_of.max(initial=-1)) + 1
        self.room: Floats = np.bincount(group_of, caps.astype(np.float64), self.groups).astype(np.float64)
        self.lp = pywraplp.Solver.CreateSolver("GLOP")
        self.value = 0.0
        self.prices: Floats = np.zeros(len(group_of))
        self.goal = self.lp.Objective()
        self.goal.SetMaximization()
        self.whole = []
        for number in least:
            row = self.lp.Constraint(float(number), 1.0)
            if number:
                spare = self.lp.NumVar(0.0, 1.0, "")
                row.SetCoefficient(spare, 1.0)
                self.goal.SetCoefficient(spare, -penalty)
            self.whole.append(row)
        self.rows: dict[int, pywraplp.Constraint] = {}
        self.vars: list[pywraplp.Variable] = []
        self.uses: list[dict[int, int]] = []

    def add(self, column: Column) -> bool:
        """Whether it is a new one."""
        key = (column.task, column.worth, *sorted(column.use.items()))
        if key in self.seen:
            return False
        self.seen.add(key)
        self.columns.append(column)
        taken = self.lp.NumVar(0.0, self.lp.infinity(), "")
        self.goal.SetCoefficient(taken, column.worth)
        self.whole[column.task].SetCoefficient(taken, 1.0)
        use: dict[int, int] = {}
        for row, amount in sorted(column.use.items()):
            group = int(self.group_of[row])
            use[group] = use.get(group, 0) + amount
        for group, amount in use.items():
            if group in self.rows:
                self.rows[group].SetCoefficient(taken, float(amount))
        self.vars.append(taken)
        self.uses.append(use)
        return True

    def open(self, groups: Sequence[int]) -> None:
        """Puts these groups into the program."""
        new = [group for group in groups if group not in self.rows]
        for group in new:
            self.rows[group] = self.lp.Constraint(-self.lp.infinity(), float(self.room[group]))
        wanted = set(new)
        for taken, use in zip(self.vars, self.uses, strict=True):
            for group, amount in use.items():
                if group in wanted:
                    self.rows[group].SetCoefficient(taken, float(amount))

    def solve(self) -> Iterator[None]:
        """Leaves the program's `value` and a price for each row (`prices`), a part of the work at each step.

        Groups that prove short are opened on the way.
        """
        while True:
            pivots = max(LEAST_PIVOTS, WORK // (len(self.vars) + len(self.rows) + len(self.whole)))
            text = f"use_preprocessing: false max_number_of_iterations: {pivots}"
            self.lp.SetSolverSpecificParametersAsString(text)
            for _ in range(MOST_PARTS):
                if self.lp.Solve() == pywraplp.Solver.OPTIMAL:
                    break
                yield
            fresh = self._short()
            if not fresh:
                break
            self.open(fresh)
            yield
        prices = np.zeros(self.groups)
        for group, row in self.rows.items():
            prices[group] = max(row.dual_value(), 0.0)
        self.value, self.prices = self.goal.Value(), prices[self.group_of]

    def shares(self) -> Iterator[tuple[Column, float]]:
        """The ways that the program's answer takes, each with its part of 1."""
        for column, taken in zip(self.columns, self.vars, strict=True):
            if (part := taken.solution_value()) > SHORT:
                yield column, part

    def _short(self) -> list[int]:
        """The groups outside the program that its answer uses more of than there is."""
        used = np.zeros(self.groups)
        for taken, use in zip(self.vars, self.uses, strict=True):
            share = taken.solution_value()
            if share > SHORT:
                for group, amount in use.items():
                    used[group] += share * amount
        short = np.flatnonzero(used > self.room * (1 + SHORT) + SHORT)
        return [int(group) for group in short if int(group) not in self.rows]
