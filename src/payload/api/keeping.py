"""A plan that another is to change little of."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from payload.errors import PlanError, RunError
from payload.model import Mission, Plan


def on_the_clock_of(mission: Mission, plan: Plan) -> Plan:
    """The plan's reservations at the same instants on Earth, in ms MET of `mission`, which may start at another time.

    Raises PlanError for a plan of a mission without any activity of this one's.
    """
    known = {duty.id for duty in mission.routine} | {experiment.id for experiment in mission.experiments}
    if plan.reservations and not any(one.id.partition("/")[0] in known for one in plan.reservations):
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


def parse_price(text: str) -> Fraction:
    """The value that a change costs: a plain number, 0 or more. Raises RunError."""
    try:
        price = Fraction(text)
    except (ValueError, ZeroDivisionError):
        price = Fraction(-1)
    if price < 0 or len(text) > 20:
        raise RunError(f"--price {text}: expected a number of 0 or more, the value that each changed reservation costs")
    return price
