"""All valid plans of a tiny mission, by trying every one: the page read aloud, slow on purpose.

`valid_plans` yields them, `best_value` is the most that any is worth. Nothing here comes from `payload.rules` or
`payload.planning`, and nothing is clever: a planner's value and bound, and the checker's verdicts, are compared with
it.

What is tried: for each session, left out or at each instant of the grid within the horizon (or of its `at`, or where
it is locked), each length of its waits that is of the grid in some way (`stretches`; to the minute), each person in
each role; for each movable duty each instant of the grid, and where it is locked; a fixed duty where it stands. Every
key of the mission is read. Waivers of `horizon`, `length`, `grid` and `fixed` free nothing here; states other than
planned do not occur. Windows are handed in, merged. The seats are the mission's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from enumerator_choices import Tiny, Tried, Windows, choices, session_ids
from enumerator_page import ALONE, LASTING, WHOLE
from enumerator_rules import breaches, mission_rules_kept

from payload.model import Mission, Plan, Reservation, Unscheduled

# What is valid.


def valid_plans(mission: Mission, windows: Windows) -> Iterator[Plan]:
    """Every valid plan, each once; its bound is the sum of all experiments' values."""
    tiny = Tiny(mission, windows)
    options = [
        [one for one in tried if one is None or all(rule(Tried(tiny, (one,)), one) for rule in ALONE)]
        for tried in choices(mission).values()
    ]

    def extend(
        placed: tuple[Reservation, ...], left: list[list[Reservation | None]]
    ) -> Iterator[tuple[Reservation, ...]]:
        if not all(rule(Tried(tiny, placed)) for rule in (*LASTING, mission_rules_kept)):
            return  # no reservation that is added mends these
        if not left:
            yield placed
            return
        for one in left[0]:
            yield from extend(placed if one is None else (*placed, one), left[1:])

    for placed in extend((), options):
        if all(rule(Tried(tiny, placed)) for rule in WHOLE):
            yield plan_of(mission, windows, placed)


def best_value(mission: Mission, windows: Windows) -> Fraction | None:
    """What the best valid plan is worth; None when there is no valid plan at all. Shares do not count."""
    return max((plan.value for plan in valid_plans(mission, windows)), default=None)


def best_score(mission: Mission, windows: Windows) -> tuple[int, Fraction] | None:
    """The least shortfall of the shares (ms, as a negative number), and with it the most value; None without a plan."""
    return max(((-shortfall(plan), plan.value) for plan in valid_plans(mission, windows)), default=None)


def shortfall(plan: Plan) -> int:
    return sum(max(0, promised - planned) for promised, planned in plan.shares.values())


def is_valid(mission: Mission, windows: Windows, placed: tuple[Reservation, ...]) -> bool:
    """Whether a choice for each activity keeps every rule of the page."""
    tried = Tried(Tiny(mission, windows), placed)
    return all(rule(tried, one) for one in placed for rule in ALONE) and all(
        rule(tried) for rule in (*LASTING, *WHOLE, mission_rules_kept)
    )


def plan_of(mission: Mission, windows: Windows, placed: Iterable[Reservation]) -> Plan:
    """The plan file of a choice, with the value that the page gives it."""
    reserved = tuple(sorted(placed, key=lambda one: (one.start, one.id)))
    there = {one.id for one in reserved}
    value = value_of(Tried(Tiny(mission, windows), reserved))
    return Plan(
        mission.id,
        mission.sha256,
        mission.title,
        mission.calendar,
        mission.end,
        "feasible",
        value,
        max(value, sum((experiment.value for experiment in mission.experiments), Fraction(0))),
        reserved,
        tuple(Unscheduled(name, Fraction(0)) for name in sorted(session_ids(mission)) if name not in there),
        mission.seats,
        windows,
        {sponsor: (promised, crew_time(mission, reserved, sponsor)) for sponsor, promised in mission.shares.items()},
    )


def crew_time(mission: Mission, placed: Iterable[Reservation], sponsor: str) -> int:
    """People times step time of a sponsor's sessions."""
    of = {name for name, (experiment, _, _) in session_ids(mission).items() if experiment.sponsor == sponsor}
    return sum((step.end - step.start) * len(step.crew) for one in placed if one.id in of for step in one.steps)


def value_of(tried: Tried) -> Fraction:
    total = Fraction(0)
    for experiment in tried.mission.experiments:
        k, n = len(tried.sessions(experiment)), sum(session.repeat.count for session in experiment.sessions)
        if k >= experiment.minimum and n:
            total += experiment.value * k / n
    for rule in tried.mission.rules:
        if rule.weight is not None:
            total -= rule.weight * breaches(tried, rule)
    return total
