"""What goes differently by chance: the profile, and one run's draw from it.

The figures below are assumptions, anchored in what has been published: Apollo surface crews overran their planned task
times by 20 to 44 % (http://cognitiveengineering.gatech.edu/content/operational-assessment-apollo-lunar-surface-extravehicular-activity-timeline-execution),
Skylab's M151 shows the first trial in flight to be the slow one (https://ntrs.nasa.gov/search.jsp?R=19750052267), and
on Ax-1 a task planned for 2.5 h took 5 h
(https://www.galaxyreporters.com/private-astronaut-mission-to-iss-suffers-under-immense-work-load/).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from random import Random
from typing import TYPE_CHECKING, Literal

from payload.met import HOUR, MINUTE

if TYPE_CHECKING:
    from payload.execution.program import Activity, Program, StepProgram

Anomaly = Literal["retry", "lose", "down"]


@dataclass(frozen=True, slots=True)
class Disturbances:
    """A profile. Only crewed steps of sessions have noise; uncrewed ones last as planned, and so do duties.

    * D01: a crewed step's length is multiplied by a lognormal factor of median `noise_median` and shape `noise_sigma`.
    * D02: multiplied again by `first_guest` or `first_operator` the first time that a person does this session's
      procedure, by `second` the second time (the slowest of those in the step counts). `guests` are the people who are
      new to the station; None stands for every seat that has candidates.
    * D03: each session meets an anomaly of its hardware with probability `anomaly`. Of these the share `retry` costs
      from `trouble_min_ms` to `trouble_max_ms` on top of one of its steps, `lose` ends the session there, and the rest
      ends it and takes its rig, racks and experiment out of use for `down_ms`.
    """

    noise_median: float = 1.05
    noise_sigma: float = 0.25
    first_operator: float = 1.3
    first_guest: float = 1.5
    second: float = 1.1
    guests: tuple[str, ...] | None = None
    anomaly: float = 0.03
    retry: float = 0.6
    lose: float = 0.3
    trouble_min_ms: int = 30 * MINUTE
    trouble_max_ms: int = 60 * MINUTE
    down_ms: int = 24 * HOUR

    @classmethod
    def none(cls) -> Disturbances:
        """Everything lasts as planned and nothing breaks."""
        return cls(1.0, 0.0, 1.0, 1.0, 1.0, (), 0.0)


@dataclass(slots=True)
class Fate:
    """What chance has in store for one session: a factor for each step (1.0 where uncrewed), and at most one anomaly,
    in the step of index `step` after `fraction` of it, costing `trouble_ms`."""

    factors: list[float]
    anomaly: Anomaly | None = None
    step: int = 0
    fraction: float = 0.0
    trouble_ms: int = 0


def chance(seed: int, run: int) -> Random:
    """The generator of run number `run`: it depends on these two alone, on any machine."""
    return Random(f"payload {seed} {run}")


def draw(program: Program, profile: Disturbances, random: Random) -> list[Fate | None]:
    """One fate for each activity of the program, None for duties and facts. All are drawn beforehand in plan order, so
    that what happens to one session does not depend on when another ends."""
    mu, sigma = log(profile.noise_median), profile.noise_sigma
    uniform, lognormal = random.random, random.lognormvariate
    fates: list[Fate | None] = []
    for activity in program.activities:
        if activity.kind == "duty" or activity.fact is not None:
            fates.append(None)
            continue
        fate = Fate([lognormal(mu, sigma) if step.crew else 1.0 for step in activity.steps])
        struck, which, step, fraction, trouble = uniform(), uniform(), uniform(), uniform(), uniform()
        if struck < profile.anomaly:
            fate.anomaly = (
                "retry" if which < profile.retry else "lose" if which < profile.retry + profile.lose else "down"
            )
            fate.step = int(step * len(activity.steps))
            fate.fraction = fraction
            span_ms = profile.trouble_max_ms - profile.trouble_min_ms
            fate.trouble_ms = profile.trouble_min_ms + int(trouble * span_ms)
        fates.append(fate)
    return fates


@dataclass(frozen=True, slots=True)
class Struck:
    """The anomaly that meets a step: what it costs, and whether the session is `over` with it, its facility then out of
    use for `down_ms`."""

    text: str
    lost_ms: int
    over: bool
    down_ms: int = 0


class Luck:
    """One run's chance as it plays out: the fates that were drawn, and who has done which procedure how often."""

    def __init__(self, program: Program, profile: Disturbances, fates: Sequence[Fate | None]) -> None:
        self._profile = profile
        self._fates = fates
        self._guests = program.guests if profile.guests is None else frozenset(profile.guests)
        self._times: dict[tuple[str, str], int] = {}

    def length(self, activity: Activity, step: StepProgram, now: int) -> tuple[int, Struck | None]:
        """How long a step that starts now will take, cut at the end of its window, and what strikes it."""
        length_ms, fate = step.length_ms, self._fates[activity.index]
        if fate is None:
            return length_ms, None
        if step.crew:
            factor = fate.factors[step.number - 1] * max(self._newness(activity, person) for person in step.crew)
            length_ms = max(1, round(length_ms * factor))
        struck = None
        if fate.anomaly is not None and fate.step == step.number - 1:
            if fate.anomaly == "retry":
                struck = Struck("hardware trouble, tried again", fate.trouble_ms, False)
                length_ms += fate.trouble_ms
            else:
                length_ms = max(1, int(length_ms * fate.fraction))
                down_ms = self._profile.down_ms if fate.anomaly == "down" else 0
                text = "hardware failed and its facility is down" if down_ms else "hardware failed"
                struck = Struck(text, length_ms, True, down_ms)
        if step.cut is not None:
            length_ms = max(1, min(length_ms, step.cut - now))
        return length_ms, struck

    def learn(self, activity: Activity) -> None:
        """Its people have done this procedure once more."""
        for person in activity.crew:
            key = (activity.procedure, person)
            self._times[key] = self._times.get(key, 0) + 1

    def _newness(self, activity: Activity, person: str) -> float:
        times = self._times.get((activity.procedure, person), 0)
        if times > 1:
            return 1.0
        if times == 1:
            return self._profile.second
        return self._profile.first_guest if person in self._guests else self._profile.first_operator
