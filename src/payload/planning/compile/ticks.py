"""Of which length a tick is, and what is counted in ticks from the start."""

from __future__ import annotations

from math import gcd

from payload.errors import PlanningError
from payload.met import format_duration
from payload.model import Mission, Renewable
from payload.planning.bits import span
from payload.planning.compile.routine import occasions
from payload.planning.problem import Problem, Range

#: above this many ticks masks get too long to be quick: lengths are then rounded outwards to coarser ticks
MOST_TICKS = 300_000
#: above this many ticks, which only the grid and every `at` can ask for, a plan would take gigabytes: it is refused
MOST_POSSIBLE = 5_000_000


def tick(mission: Mission, length_ms: int) -> tuple[int, bool]:
    """The tick in ms, and whether every movable start and every length is a whole number of it.

    Raises PlanningError where the starts alone are too finely spread over the mission.
    """
    coarse = mission.grid_ms
    _possible(length_ms, coarse, "a grid")
    for experiment in mission.experiments:
        for session in experiment.sessions:
            for at in session.at or ():
                coarse = gcd(coarse, at - mission.grid_origin)
                when = mission.calendar.format_utc(at)
                _possible(length_ms, coarse, f"{experiment.id}/{session.id}: beside the other starts, its at ({when})")
    for name, at in mission.locks.items():
        coarse = gcd(coarse, at - mission.grid_origin)
        when = mission.calendar.format_utc(at)
        _possible(length_ms, coarse, f"{name}: beside the other starts, its lock ({when})")
    fine = coarse
    for experiment in mission.experiments:
        for session in experiment.sessions:
            for step in session.steps:
                fine = gcd(fine, step.min_ms, step.max_ms)
    for duty in mission.routine:
        if not duty.fixed:
            fine = gcd(fine, duty.duration_ms)
    for occasion in occasions(mission):
        if occasion.duty.fixed and occasion.duty.uses:
            fine = gcd(fine, occasion.allowed.start - mission.grid_origin, occasion.allowed.length_ms)
    if length_ms // fine <= MOST_TICKS:
        return fine, True
    return coarse, coarse == fine


def _possible(length_ms: int, tick_ms: int, what: str) -> None:
    if length_ms // tick_ms > MOST_POSSIBLE:
        raise PlanningError(
            f"{what} needs ticks of {format_duration(tick_ms)}, which are {length_ms // tick_ms:,} over the mission, "
            f"where {MOST_POSSIBLE:,} can be planned: put it on a whole minute, or plan a part of the mission"
        )


def comb(stride: int, ticks: int) -> int:
    """Every `stride`-th bit."""
    mask, have = 1, 1
    while have * stride < ticks:
        mask |= mask << (have * stride)
        have *= 2
    return mask & span(0, ticks)


def capacity(problem: Problem, resource: Renewable) -> tuple[Range, ...]:
    """Capacity from tick to tick; a tick that an exception only touches has the exception's."""
    edges = {0}
    cuts = []
    for window, capacity in resource.exceptions:
        start, end = max(problem.down(window.start), 0), problem.up(window.end)
        cuts.append((start, end, capacity))
        edges |= {start, max(end, 0)}
    steps = []
    for at in sorted(edges):
        inside = [capacity for start, end, capacity in cuts if start <= at < end]
        steps.append((at, min(inside) if inside else resource.capacity))
    return tuple(steps)
