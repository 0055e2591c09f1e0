"""plan and verify: from a mission to a plan, and from a plan to a verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from payload.api.files import require_same
from payload.api.keeping import on_the_clock_of
from payload.met import Window
from payload.model import Mission, Plan, Violation, Waiver

if TYPE_CHECKING:
    from payload.planning import Progress


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the checker found.

    A plan is valid when `violations` is empty. `breaches` are those of soft rules, which cost value and break nothing;
    `waived` pairs a violation with the waiver that covers it.
    """

    violations: tuple[Violation, ...]
    waived: tuple[tuple[Violation, Waiver], ...]
    breaches: tuple[Violation, ...]

    @property
    def valid(self) -> bool:
        return not self.violations


def windows(mission: Mission) -> dict[str, tuple[Window, ...]]:
    """The mission's windows by name: merged, cut to the horizon, half-open, exact to the ms."""
    from payload import environment

    return environment.windows_of(mission)


def plan(
    mission: Mission,
    *,
    budget_ms: int = 0,
    iterations: int | None = None,
    seed: int = 0,
    progress: Callable[[Progress], None] | None = None,
    keep: Plan | None = None,
    price: Fraction = Fraction(0),
) -> Plan:
    """A plan that the checker finds no fault with.

    `budget_ms` of wall time to improve it (0: construction alone); with `iterations` instead, the same mission and
    seed give the same plan, byte for byte. A mission that cannot be planned at all gives a plan of status infeasible
    with its conflict.

    `keep` is a plan to change little of, of this mission or of another with activities of the same ids: what is fact in
    it (done, running, failed, skipped) stands as it is, and each planned reservation that starts at another time, has
    other people or is gone costs `price`; among plans of equal worth the one with fewest of these is taken.
    """
    from payload import planning

    return planning.make_plan(
        mission,
        windows(mission),
        budget_ms=budget_ms,
        iterations=iterations,
        seed=seed,
        progress=progress,
        keep=None if keep is None else on_the_clock_of(mission, keep),
        price=price,
    )


def verify(mission: Mission, plan: Plan) -> Verdict:
    """The independent checker's word: every rule of the mission and of the format, and the windows recomputed.

    Raises PlanError when the plan is not this mission's.
    """
    from payload import rules

    require_same(mission, plan)
    candidates = {person.id: person.candidates for person in mission.crew}
    known = {seat: who for seat, who in plan.seats.items() if who in candidates.get(seat, {})}
    seated = mission.with_seats(known)  # the checker tells of the others
    found = [*rules.check(seated, plan), *rules.check_windows(plan, windows(seated))]
    found.sort(key=lambda v: (v.at if v.at is not None else -1, v.rule, v.activities))
    breaches = tuple(v for v in found if v.weight is not None)
    hard = [v for v in found if v.weight is None]
    covered = [(v, waiver) for v in hard if (waiver := rules.waiver_of(seated, v))]
    waived = {id(v) for v, _ in covered}
    return Verdict(tuple(v for v in hard if id(v) not in waived), tuple(covered), breaches)
