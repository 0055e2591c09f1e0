"""What becomes of a wild mission when it is planned: `verdict(seed)`; and of many, from the shell:

python tests/planning/wild_verdict.py FIRST LAST [ITERATIONS]
"""

from __future__ import annotations

import re
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

if __name__ == "__main__":
    sys.path += [str(Path(__file__).parent), str(Path(__file__).parent.parent / "rules")]

from wild_missions import wild
from wild_rules import activities

from payload.errors import PlanningError
from payload.model import Mission, Plan
from payload.planning import make_plan
from payload.rules import check, waiver_of, worth

#: process time that a plan of three neighbourhoods, and a checked one, may take
MOST_S = 30.0


@dataclass(frozen=True)
class Verdict:
    """`ending` is the plan's status, or `unproven`; `faults` are what must not be."""

    ending: str
    faults: tuple[str, ...] = ()


def verdict(seed: int, iterations: int | None = None) -> Verdict:
    """The plan of `wild(seed)` against the checker."""
    mission, windows = wild(seed)
    began = time.process_time()
    try:
        plan = make_plan(mission, windows, iterations=iterations, seed=seed)
    except PlanningError as error:
        return Verdict("unproven", () if "not proven" in str(error) else (str(error),))
    taken_s = time.process_time() - began
    faults = [*(of_infeasible if plan.status == "infeasible" else of_plan)(mission, plan)]
    if taken_s > MOST_S:
        faults.append(f"it took {taken_s:.0f} s of the processor")
    return Verdict(plan.status, tuple(faults))


def of_plan(mission: Mission, plan: Plan) -> list[str]:
    """What is wrong with a plan that is not infeasible."""
    found = [
        f"{one.rule}: {one.text}" for one in check(mission, plan) if one.weight is None and not waiver_of(mission, one)
    ]
    if worth(mission, plan) != plan.value:
        found.append(f"it says {plan.value}, and is worth {worth(mission, plan)}")
    if plan.bound < plan.value:
        found.append(f"the bound {plan.bound} is below the value {plan.value}")
    if not mission.shares and (plan.status == "optimal") != (plan.value == plan.bound):
        found.append(f"it is called {plan.status} at {plan.value} of {plan.bound}")
    if any(rule.id.startswith("bad") for rule in mission.rules) or is_spoilt(mission):
        found.append("it stands, though nobody can plan this mission")
    found += [f"{left.id} is left out without a word" for left in plan.unscheduled if not left.conflict]
    return found


def of_infeasible(mission: Mission, plan: Plan) -> list[str]:
    """What is wrong with a plan that says why there is none: it must name what clashes."""
    found = [f"{one.rule}: {one.text}" for one in check(mission, plan)]
    ids = {*activities(mission), *(rule.id for rule in mission.rules), *(one.id for one in mission.experiments)}
    words = {word for line in plan.conflict for word in re.findall(r"[a-z0-9/-]+", line)}
    if not words & ids:
        found.append(f"no id of the mission in {plan.conflict}")
    return found


def is_spoilt(mission: Mission) -> bool:
    return any(one.id.startswith("bad") for one in (*mission.rules, *mission.experiments, *mission.routine))


def main() -> None:
    first, last = int(sys.argv[1]), int(sys.argv[2])
    iterations = int(sys.argv[3]) if len(sys.argv) > 3 else None
    endings: Counter[str] = Counter()
    for seed in range(first, last):
        began = time.process_time()
        try:
            found = verdict(seed, iterations)
        except Exception as error:  # any other is a defect of ours: named with its seed, and the next one goes on
            found = Verdict("broken", (f"{type(error).__name__}: {error}",))
        endings[found.ending] += 1
        taken_s = time.process_time() - began
        if found.faults or taken_s > 5 or found.ending == "unproven":
            print(f"{seed} {found.ending} ({taken_s:.1f} s)", *found.faults[:3], sep="\n    ", flush=True)
    print(dict(endings))


if __name__ == "__main__":
    main()
