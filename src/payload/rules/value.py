"""What a plan is worth, and what it gives each sponsor: the checker's own exact reckoning."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

from payload.model import Mission, Plan
from payload.rules.case import WORTH, Case
from payload.rules.days import soft_rules

#: The last decimal of a value in a file.
MICRO = Fraction(1, 1_000_000)


def worth(mission: Mission, plan: Plan) -> Fraction:
    """The plan's exact value: the sum over experiments, less what breaches of soft rules cost.

    A session counts when it is planned or done; one that is running, has failed or was skipped does not. An infeasible
    plan is worth 0. Waivers do not lessen what a soft rule costs.
    """
    return worth_of(Case(mission, plan))


def worth_of(case: Case) -> Fraction:
    """As `worth`, of a case."""
    counted: dict[str, int] = defaultdict(int)
    for placed in case.sessions:
        if placed.sitting is not None and placed.reservation.state in WORTH:
            counted[placed.sitting.experiment.id] += 1
    total = Fraction(0)
    for experiment in case.mission.experiments:
        k = counted[experiment.id]
        if k and k >= experiment.minimum:
            total += experiment.value * k / experiment.session_count
    return total - sum((breach.weight or Fraction(0) for breach in soft_rules(case)), Fraction(0))


def printed(exact: Fraction) -> Fraction:
    """A value as a file prints it: rounded down to 6 decimals."""
    return (exact // MICRO) * MICRO


def promised(case: Case) -> dict[str, tuple[int, int]]:
    """Per sponsor with a share: (promised ms, planned ms) of crew time, people × step time, what is done included."""
    planned: dict[str, int] = defaultdict(int)
    for placed in case.sessions:
        if placed.sitting is not None and placed.reservation.state in WORTH:
            time_ms = sum(window.length_ms * len(people) for window, people in placed.shifts())
            planned[placed.sitting.experiment.sponsor] += time_ms
    return {sponsor: (asked_ms, planned[sponsor]) for sponsor, asked_ms in case.mission.shares.items()}
