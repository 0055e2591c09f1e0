"""explain: why an activity stands where it stands, or was left out, and what would let it in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from payload.api.files import seated
from payload.api.verbs import verify, windows
from payload.errors import PlanError
from payload.model import Mission, Plan

if TYPE_CHECKING:
    from payload.planning.explain import Explanation


def explain(mission: Mission, plan: Plan, name: str) -> Explanation:
    """Why the activity `name` stands where it does in a plan of this mission, or why it was left out.

    A relaxation is marked as verified when the independent checker finds no fault with the new plan of the changed
    mission. Raises PlanError for an id that the mission does not have, with the nearest ones, and for a plan that is
    another mission's or that breaks something.
    """
    from payload.planning.explain import explain as explained

    verdict = verify(mission, plan)
    if not verdict.valid:
        first = verdict.violations[0]
        raise PlanError(
            f"the plan breaks {first.rule} ({first.text}): payload verify tells all; plan the mission again"
        )
    flown = seated(mission, plan)
    return explained(flown, windows(flown), plan, name, judge)


def judge(mission: Mission, plan: Plan) -> bool:
    """Whether the independent checker finds no violation that no waiver covers."""
    from payload import rules

    found = rules.check(mission, plan)
    return all(v.weight is not None or rules.waiver_of(mission, v) is not None for v in found)


def with_relaxation(plan: Plan, explanation: Explanation) -> Plan:
    """The plan with the explanation's verified relaxation beside the session that was left out; else the same plan."""
    found = explanation.relaxation
    if found is None or not found.verified:
        return plan
    told: Mapping[str, str] = {explanation.id: found.text}
    left = [replace(one, relaxation=told.get(one.id, one.relaxation)) for one in plan.unscheduled]
    return replace(plan, unscheduled=tuple(left))
