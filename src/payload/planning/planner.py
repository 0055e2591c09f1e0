"""Mission in, plan out: refuse, compile, construct, bound, improve, explain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from payload.met import Window
from payload.model import Mission, Plan
from payload.planning.assemble import assembled, infeasible
from payload.planning.bound import most_sessions, relaxed, upper_bound
from payload.planning.clash import Clash
from payload.planning.compile import compile_mission
from payload.planning.construct import fixed_duties
from payload.planning.improve import Progress, improve
from payload.planning.reasons import reasons
from payload.planning.refuse import refuse
from payload.planning.score import value_of
from payload.planning.whole import whole_plan


def make_plan(
    mission: Mission,
    windows: Mapping[str, tuple[Window, ...]],
    *,
    budget_ms: int = 0,
    iterations: int | None = None,
    seed: int = 0,
    progress: Callable[[Progress], None] | None = None,
) -> Plan:
    """A plan that keeps every constraint of the mission, with a proven bound on its value.

    `windows` are merged and cut to the horizon. Without budget and iterations it is constructed once; with one of them
    it is improved until that is used up or its value reaches the bound. Where both are given the iterations count, and
    the budget does not: for the same mission, windows, seed and iterations the plan is the same, on any machine.

    A mission of which it is proven that its duties and required sessions cannot all stand gives a plan with status
    `infeasible` that names a clash. Raises NotPlannedYet for keys that the planner would have to ignore, and
    PlanningError when duties or required sessions found no place within the search's limits, without a proof.
    """
    refuse(mission)
    problem = compile_mission(mission, windows)
    base = relaxed(fixed_duties(problem))
    most = most_sessions(base)
    try:
        bound = upper_bound(base, most)
        state = whole_plan(problem, base, most, bound)
    except Clash as clash:
        return infeasible(problem, clash.reasons)
    if (iterations if iterations is not None else budget_ms > 0) and value_of(state) < bound:
        improve(state, base, bound, Random(seed), budget_ms=budget_ms, iterations=iterations, progress=progress)
    return assembled(state, bound, reasons(state, base, most))
