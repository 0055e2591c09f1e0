"""The door to the solver: a model in plain integers, solved by one worker up to a deterministic effort.

Only the solver's own extension is imported, as its usual Python face takes half a second more to load. A literal is the
number of a variable of 0 and 1; its negation is `-literal - 1`. Domains are flat: [first, last, first, last, ...].
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ortools.sat.python.cp_model_helper import CpModelProto, CpSolverStatus, SatParameters, SolveWrapper

#: no upper or lower end of a sum
NO_END = 1 << 40


@dataclass(frozen=True, slots=True)
class Answer:
    """The values of the variables (none when no solution was found), whether it is proven that no better one exists,
    and the deterministic effort spent on it."""

    values: tuple[int, ...]
    proven: bool
    effort: float


class Model:
    """A model under construction. Variables are numbered from 0 in the order of their making."""

    def __init__(self) -> None:
        self.proto: Any = CpModelProto()
        self._variables = self.proto.variables
        self._constraints = self.proto.constraints
        self._count = self._made = 0

    def number(self, domain: Sequence[int]) -> int:
        self._variables.add().domain.extend(domain)
        self._count += 1
        return self._count - 1

    def choice(self) -> int:
        return self.number((0, 1))

    def certain(self) -> int:
        return self.number((1, 1))

    def _next(self) -> Any:
        self._made += 1
        return self._constraints.add()

    def within(
        self, terms: Sequence[int], weights: Sequence[int], domain: Sequence[int], when: Sequence[int] = ()
    ) -> None:
        """The weighted sum lies in the domain, when all literals of `when` hold."""
        made = self._next()
        if when:
            made.enforcement_literal.extend(when)
        linear = made.linear
        linear.vars.extend(terms)
        linear.coeffs.extend(weights)
        linear.domain.extend(domain)

    def any_of(self, literals: Iterable[int]) -> None:
        self._next().bool_or.literals.extend(list(literals))

    def one_of(self, literals: Iterable[int]) -> None:
        self._next().exactly_one.literals.extend(list(literals))

    def most_one_of(self, literals: Iterable[int]) -> None:
        self._next().at_most_one.literals.extend(list(literals))

    def implies(self, one: int, other: int) -> None:
        self._next().bool_or.literals.extend([-one - 1, other])

    def interval(self, start: int, offset: int, size: int, when: int | None) -> int:
        """[start + offset, start + offset + size), where `when` holds. Its number is that of its constraint."""
        made = self._next()
        if when is not None:
            made.enforcement_literal.append(when)
        interval = made.interval
        for end, shift in ((interval.start, offset), (interval.end, offset + size)):
            end.vars.append(start)
            end.coeffs.append(1)
            end.offset = shift
        interval.size.offset = size
        return self._made - 1

    def stretch(self, start: int, end: int, most: int, when: int) -> int:
        """The interval between two variables, at most so long, where `when` holds."""
        size = self.number((0, most))
        self.within((end, start, size), (1, -1, -1), (0, 0), (when,))
        made = self._next()
        made.enforcement_literal.append(when)
        for end_of, variable in ((made.interval.start, start), (made.interval.end, end), (made.interval.size, size)):
            end_of.vars.append(variable)
            end_of.coeffs.append(1)
        return self._made - 1

    def block(self, start: int, size: int) -> int:
        """An interval that stands."""
        interval = self._next().interval
        interval.start.offset, interval.size.offset, interval.end.offset = start, size, start + size
        return self._made - 1

    def apart(self, intervals: Sequence[int]) -> None:
        self._next().no_overlap.intervals.extend(intervals)

    def cumulative(self, intervals: Sequence[int], demands: Sequence[int], capacity: int) -> None:
        made = self._next().cumulative
        made.intervals.extend(intervals)
        made.capacity.offset = capacity
        for demand in demands:
            made.demands.add().offset = demand

    def maximise(self, terms: Sequence[int], weights: Sequence[int]) -> None:
        objective = self.proto.objective
        objective.vars.extend(terms)
        objective.coeffs.extend([-weight for weight in weights])
        objective.scaling_factor = -1.0

    def hint(self, variables: Sequence[int], values: Sequence[int]) -> None:
        self.proto.solution_hint.vars.extend(variables)
        self.proto.solution_hint.values.extend(values)


class Solve:
    """One solving of a model, which may be stopped from another thread."""

    def __init__(self, model: Model, seed: int, effort: float, most_s: float | None = None) -> None:
        self._model = model
        self._wrapper: Any = SolveWrapper()
        asked = SatParameters()
        asked.num_workers = 1
        asked.random_seed = seed
        asked.max_deterministic_time = effort
        asked.cp_model_probing_level = 0
        asked.symmetry_level = 0
        asked.catch_sigint_signal = False  # Ctrl-C is the search's affair
        # small models without much to add up: what follows costs more there than it brings (measured)
        asked.linearization_level = 0
        asked.max_presolve_iterations = 1
        asked.inprocessing_probing_dtime = asked.inprocessing_minimization_dtime = 0.0
        if most_s is not None:
            asked.max_time_in_seconds = max(most_s, 0.001)
        self._wrapper.set_parameters(asked)

    def run(self) -> Answer:
        answer = self._wrapper.solve(self._model.proto)
        found = answer.status in (CpSolverStatus.OPTIMAL, CpSolverStatus.FEASIBLE)
        proven = answer.status in (CpSolverStatus.OPTIMAL, CpSolverStatus.INFEASIBLE)
        return Answer(tuple(answer.solution) if found else (), proven, answer.deterministic_time)

    def stop(self) -> None:
        self._wrapper.stop_search()
