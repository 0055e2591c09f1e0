"""One contender on one mission in one process: prints what it found as JSON, a line for each budget.

Run by `run.py`, as a process of its own, so that peak memory and imports are each contender's own.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from fractions import Fraction
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

#: When this process began to import what it needs.
BORN = time.perf_counter()

CONTENDERS = ("payload", "cpsat", "cpsat-hinted", "pyjobshop", "pyjobshop-days")


#: Above so many modes PyJobShop's model with day limits is not tried: building it takes longer than the patience.
MOST_MODES = 60_000


def peak_mib() -> float:
    """The most memory that this process had, and the largest of its workers."""
    return sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024


def tell(budget: float, value: Fraction | None, violations: int, bound: Fraction | None, **facts: object) -> None:
    """One line: what is judged, and what it cost."""
    line = {
        "budget_s": budget,
        "value": None if value is None else float(value),
        "violations": violations,
        "bound": None if bound is None else float(bound),
        "peak_mib": round(peak_mib(), 1),
        **facts,
    }
    print(json.dumps(line), flush=True)


def payload(mission_file: str, budgets: list[float], seed: int) -> None:
    """`payload.plan`, once for one budget: `budgets` has one entry."""
    import payload as engine

    mission = engine.load(mission_file)
    read_s = time.perf_counter() - BORN
    began, cpu = time.perf_counter(), time.process_time()
    plan = engine.plan(mission, budget_ms=round(budgets[0] * 1000), seed=seed)
    wall_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu
    peak = peak_mib()
    verdict = engine.verify(mission, plan)
    from payload.rules import worth

    tell(
        budgets[0],
        worth(mission, plan),
        len(verdict.violations),
        plan.bound,
        wall_s=round(wall_s, 3),
        cpu_s=round(cpu_s, 3),
        read_s=round(read_s, 3),
        plan_mib=round(peak, 1),
        status=plan.status,
    )


def baseline(name: str, mission_file: str, budgets: list[float], seed: int) -> None:
    """A baseline, once for all budgets; each answer is repaired where it needs that, and judged."""
    import payload as engine
    from crewbench.answer import Answer, repaired
    from crewbench.flat import flat
    from payload.environment import windows_of

    mission = engine.load(mission_file)
    windows = windows_of(mission)
    began = time.perf_counter()
    flattened = flat(mission, windows)
    hint: Answer | None = None
    if name.startswith("cpsat"):
        from crewbench.baseline_cpsat import Monolith

        model = Monolith(flattened)
        build_s = time.perf_counter() - began
        if name == "cpsat-hinted":
            hint = model.hint(engine.plan(mission))
        outcome = model.solve(budgets, seed=seed)
    else:
        from crewbench.baseline_pyjobshop import Shop

        shop = Shop(flattened, day_limits=name == "pyjobshop-days")
        if len(shop.model.modes) > MOST_MODES and shop.day_limits:
            for budget in budgets:
                tell(budget, None, 0, None, status=f"not tried: {len(shop.model.modes):,} modes")
            return
        described_s = time.perf_counter() - began
        outcome = shop.solve(budgets, seed=seed)
        build_s = described_s + outcome.build_s
    for budget in budgets:
        answer = outcome.answers.get(budget, hint)
        found = repaired(flattened, answer, windows) if answer is not None else None
        tell(
            budget,
            found.value if found else None,
            found.violations if found else 0,
            outcome.bound,
            wall_s=round(min(budget, outcome.solve_s), 3),
            build_s=round(build_s, 3),
            first_s=None if outcome.first_s is None else round(outcome.first_s, 3),
            dropped=found.dropped if found else 0,
            variables=outcome.variables,
            status=outcome.status,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("contender", choices=CONTENDERS)
    parser.add_argument("mission")
    parser.add_argument("--budgets", default="10")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--most-mib", type=int, default=0, help="refuse to grow beyond this much memory")
    chosen = parser.parse_args()
    if chosen.most_mib:
        resource.setrlimit(resource.RLIMIT_AS, (chosen.most_mib << 20, chosen.most_mib << 20))
    budgets = [float(one) for one in chosen.budgets.split(",")]
    if chosen.contender == "payload":
        payload(chosen.mission, budgets, chosen.seed)
    else:
        baseline(chosen.contender, chosen.mission, budgets, chosen.seed)


if __name__ == "__main__":
    main()
