"""A plan that another is to change little of."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

from payload.errors import PlanError, RunError
from payload.model import Mission, Plan


def on_the_clock_of(mission: Mission, plan: Plan) -> Plan:
    """The plan's reservations at the same instants on Earth, in ms MET of `mission`, which may start at another time.

    Raises PlanError for a plan of a mission without any activity of this one's.
    """
    known = {f"{duty.id}/{person}" for duty in mission.routine for person in duty.people}
    known |= {f"{one.id}/{session.id}" for one in mission.experiments for session in one.sessions}
    if plan.reservations and not any(one.id.rpartition("/")[0] in known for one in plan.reservations):
        raise PlanError(
            f"nothing of the plan of '{plan.mission_id}' is known to mission '{mission.id}': keep another plan"
        )
    later = mission.calendar.met(plan.calendar.start)
    if not later:
        return plan
    moved = [
        replace(
            one,
            start=one.start + later,
            end=one.end + later,
            steps=tuple(replace(step, start=step.start + later, end=step.end + later) for step in one.steps),
        )
        for one in plan.reservations
    ]
    return plan.with_reservations(moved)


def changed(mission: Mission, kept: Plan, made: Plan) -> tuple[int, int]:
    """Of the planned reservations of the plan that was kept: how many are not as they were (another start, other
    people, gone), and how many there are."""
    now = {one.id: (one.start, one.crew) for one in made.reservations}
    before = [one for one in on_the_clock_of(mission, kept).reservations if one.state == "planned"]
    return sum(now.get(one.id) != (one.start, one.crew) for one in before), len(before)


def parse_price(text: str) -> Fraction:
    """The value that a change costs: a plain number, 0 or more. Raises RunError."""
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", text):
        raise RunError(f"--price {text}: expected a number of 0 or more, the value that each changed reservation costs")
    return Fraction(text)
