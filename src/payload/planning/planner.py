"""Mission in, plan out: compile, construct, bound, improve, explain."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from random import Random

from payload.errors import PlanningError
from payload.met import Window
from payload.model import Mission, Plan
from payload.planning.assemble import assembled, infeasible
from payload.planning.bounds import Bound, most_sessions, relaxed, upper_bound
from payload.planning.clashes import Clash, certain_clash
from payload.planning.compile import compile_mission
from payload.planning.construct import fixed_duties, orders, with_breaches
from payload.planning.improve import repair
from payload.planning.keep import kept_plan, put_nearer
from payload.planning.problem import Problem
from payload.planning.progress import Progress
from payload.planning.reasons import reasons
from payload.planning.score import perfect, score_of, value_of
from payload.planning.state import State
from payload.planning.whole import whole_plan


def make_plan(
    mission: Mission,
    windows: Mapping[str, tuple[Window, ...]],
    *,
    budget_ms: int = 0,
    iterations: int | None = None,
    seed: int = 0,
    progress: Callable[[Progress], None] | None = None,
    keep: Plan | None = None,
    price: Fraction = Fraction(0),
) -> Plan:
    """A plan that keeps every constraint of the mission, with a proven bound on its value.

    `windows` are merged and cut to the horizon. Without budget and iterations it is constructed once; with one of them
    it is improved until that is used up or its value reaches the bound. Where both are given the iterations count, and
    the budget does not: for the same mission, windows, seed and iterations the plan is the same, on any machine.

    With a plan to `keep`, what is fact in it (of a state other than planned) stands as it is, unjudged, and holds
    people and resources; among plans of equal value the one with fewest of its planned reservations changed (another
    start, other people, or left out) is wanted, and with a `price` each such change costs that value. Ids that the
    mission does not have are ignored. The bound is that of the mission without it, and never below the plan's value.

    A mission of which it is proven that its duties and required sessions cannot all stand gives a plan with status
    `infeasible` that names a clash. Raises
    PlanningError when duties or required sessions found no place within the search's limits, without a proof.
    """
    problem = compile_mission(mission, windows, keep, price)
    base = relaxed(fixed_duties(problem))
    most = most_sessions(base)
    try:
        proven = Bound(base, most)
        bound = proven.value
        state = _constructed(problem, base, most, bound)
    except Clash as clash:
        return infeasible(problem, clash.reasons)
    if (iterations if iterations is not None else budget_ms > 0) and not (perfect(state, bound) and not state.changed):
        from payload.planning.search import improve  # the solver is loaded where it is used

        improve(state, base, proven, Random(seed), budget_ms=budget_ms, iterations=iterations, progress=progress)
        bound = proven.value
        with_breaches(state, problem.works)
    if problem.kept:
        put_nearer(state)
    if problem.facts:  # the bound leaves these out
        bound = max(_bound_of(mission, windows), value_of(state))
    return assembled(state, bound, reasons(state, base, most))


def _constructed(problem: Problem, base: State, most: Sequence[int], bound: Fraction) -> State:
    """The first whole plan: with a plan to keep, from that or anew, whichever is better."""
    if not problem.kept:
        return whole_plan(problem, base, most, bound)
    certain_clash(problem, base, most)
    kept = kept_plan(problem)
    if kept is not None:
        if not perfect(kept, bound):
            repair(kept, base, orders(kept)[1])
        put_nearer(kept)
        if perfect(kept, bound):
            return kept
    try:
        state = whole_plan(problem, base, most, bound)
    except PlanningError:
        if kept is None:
            raise
        return kept
    put_nearer(state)
    return state if kept is None or score_of(state) > score_of(kept) else kept


def _bound_of(mission: Mission, windows: Mapping[str, tuple[Window, ...]]) -> Fraction:
    """The bound of the mission itself; 0 when it has no plan but with what is fact."""
    base = relaxed(fixed_duties(compile_mission(mission, windows)))
    try:
        return upper_bound(base, most_sessions(base))
    except Clash:
        return Fraction(0)
