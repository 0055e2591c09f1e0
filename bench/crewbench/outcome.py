"""What the two baselines share: how CP-SAT is run, and what is kept of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm

from ortools.sat.python import cp_model

from crewbench.answer import Answer

#: Values are scaled to integers by their common denominator, or by this where that is larger.
SCALE_MOST = 10**6

#: The value of a variable in a solution.
Reader = Callable[[cp_model.IntVar], int]


def scale_of(values: Sequence[Fraction]) -> tuple[int, Fraction]:
    """By how much values are multiplied to be integers, and how much rounding them may hide from a bound."""
    whole = lcm(*(value.denominator for value in values))
    return (whole, Fraction(0)) if whole <= SCALE_MOST else (SCALE_MOST, Fraction(len(values), 2 * SCALE_MOST))


@dataclass(slots=True)
class Outcome:
    """What a baseline found: the best answer at each budget (seconds of solving), and what it cost."""

    answers: dict[float, Answer] = field(default_factory=dict)
    first_s: float | None = None
    build_s: float = 0.0
    solve_s: float = 0.0
    bound: Fraction | None = None
    status: str = ""
    variables: int = 0


def solved(
    model: cp_model.CpModel, answer: Callable[[Reader], Answer], budgets: list[float], *, workers: int, seed: int
) -> tuple[cp_model.CpSolver, Outcome]:
    """One solve as long as the longest budget; `answer` reads each solution that it finds.

    Probing is left out of the presolve: on these models it takes longer than all the rest of a short budget.
    """
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = workers
    solver.parameters.random_seed = seed
    solver.parameters.max_time_in_seconds = max(budgets)
    solver.parameters.cp_model_probing_level = 0
    outcome = Outcome(variables=len(model.proto.variables))
    began = time.perf_counter()
    status = solver.solve(model, _Watch(answer, budgets, outcome))
    outcome.solve_s = time.perf_counter() - began
    outcome.status = solver.status_name(status)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        last = answer(solver.value)
        for budget in budgets:
            if budget >= outcome.solve_s or budget == max(budgets):
                outcome.answers[budget] = last
    return solver, outcome


class _Watch(cp_model.CpSolverSolutionCallback):
    """Keeps the last solution found before each budget ends."""

    def __init__(self, answer: Callable[[Reader], Answer], budgets: list[float], outcome: Outcome) -> None:
        super().__init__()
        self.answer, self.budgets, self.outcome = answer, budgets, outcome
        self.began = time.perf_counter()

    def on_solution_callback(self) -> None:
        now = time.perf_counter() - self.began
        if self.outcome.first_s is None:
            self.outcome.first_s = now
        found = self.answer(self.value)
        for budget in self.budgets:
            if now <= budget:
                self.outcome.answers[budget] = found
