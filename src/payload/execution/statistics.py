"""What many runs say together. Nothing here depends on the order in which the runs came in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from typing import TypeVar

from payload.execution.program import Program
from payload.model import State

STATES: tuple[State, ...] = ("planned", "running", "done", "failed", "skipped")
DONE = STATES.index("done")
_T = TypeVar("_T")
Z95 = 1.959964  # two-sided 95 % of the normal distribution


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What a campaign keeps of one run: a state (index into STATES) for each session, in plan order, the largest
    lateness of each (person, mission day) in ms, and why sessions were not done, as (session number, code)."""

    states: bytes
    late_ms: tuple[int, ...]
    reasons: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `of` runs; `low` and `high` bound the probability behind it with 95 % confidence (Wilson's interval,
    J. Am. Stat. Assoc. 22, 1927, p. 209)."""

    count: int
    of: int

    @property
    def probability(self) -> float:
        return self.count / self.of if self.of else 0.0

    @property
    def low(self) -> float:
        return self._wilson(-1)

    @property
    def high(self) -> float:
        return self._wilson(1)

    def _wilson(self, side: int) -> float:
        if not self.of:
            return 0.0 if side < 0 else 1.0
        n, p = self.of, self.probability
        half = Z95 * sqrt(p * (1 - p) / n + Z95 * Z95 / (4 * n * n))
        return min(1.0, max(0.0, (p + Z95 * Z95 / (2 * n) + side * half) / (1 + Z95 * Z95 / n)))


@dataclass(frozen=True, slots=True)
class Distribution:
    """`sd` is that of the sample; percentiles are values that occurred (nearest rank)."""

    mean: float
    sd: float
    p5: float
    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class ExperimentOdds:
    """How often all planned sessions of an experiment were done, and its mean value over the runs."""

    id: str
    title: str
    sponsor: str
    sessions: int
    completed: Share
    planned_value: float
    mean_value: float


@dataclass(frozen=True, slots=True)
class SessionOdds:
    """How often a session was done, and why not: code -> runs."""

    id: str
    done: Share
    reasons: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late a person's worst start of a mission day was, over the runs, in ms."""

    person: str
    day: int
    mean_ms: float
    p50_ms: int
    p95_ms: int


@dataclass(frozen=True, slots=True)
class CampaignResult:
    """The statistics of `runs` runs (fewer than `asked` when it was interrupted)."""

    asked: int
    runs: int
    seed: int
    interrupted: bool
    planned_value: float
    value: Distribution
    experiments: tuple[ExperimentOdds, ...]
    sessions: tuple[SessionOdds, ...]
    lateness: tuple[Lateness, ...]
    reasons: Mapping[str, int]


def summarise(
    program: Program, records: Mapping[int, RunRecord], asked: int, seed: int, interrupted: bool = False
) -> CampaignResult:
    """The statistics of these runs, by run number. Experiments in mission order, sessions in plan order, lateness by
    person (as in the mission), then day."""
    runs = [records[number] for number in sorted(records)]
    flown = [each for each in program.activities if each.kind == "session" and each.fact is None]
    place = {each.index: number for number, each in enumerate(flown)}
    why: list[Counter[str]] = [Counter() for _ in flown]
    for record in runs:
        for number, code in record.reasons:
            why[number][code] += 1
    done = [sum(record.states[number] == DONE for record in runs) for number in range(len(flown))]
    values = [Fraction(0)] * len(runs)
    experiments = []
    for group in program.groups:
        before = sum(program.activities[index].fact == "done" for index in group.sessions)
        numbers = [place[index] for index in group.sessions if index in place]
        counts = [before + sum(record.states[number] == DONE for number in numbers) for record in runs]
        for run, count in enumerate(counts):
            values[run] += group.worth[count]
        if group.sessions:
            planned = len(group.sessions)
            experiments.append(
                ExperimentOdds(
                    group.id,
                    group.title,
                    group.sponsor,
                    planned,
                    Share(sum(count == planned for count in counts), len(runs)),
                    float(group.worth[planned]),
                    float(sum((group.worth[count] for count in counts), Fraction(0)) / max(1, len(runs))),
                )
            )
    return CampaignResult(
        asked=asked,
        runs=len(runs),
        seed=seed,
        interrupted=interrupted,
        planned_value=float(program.planned_value),
        value=_distribution(values),
        experiments=tuple(experiments),
        sessions=tuple(
            SessionOdds(each.id, Share(done[number], len(runs)), dict(sorted(why[number].items())))
            for number, each in enumerate(flown)
        ),
        lateness=tuple(_lateness(program, runs)),
        reasons=dict(sorted(sum(why, Counter[str]()).items())),
    )


def late_keys(program: Program) -> dict[tuple[str, int], int]:
    """Where each (person, mission day) stands in a run's `late_ms`: by person in the mission's order, then day."""
    order = {name: number for number, name in enumerate(program.items)}
    keys = {(person, each.day) for each in program.flown for person in each.crew}
    return {key: place for place, key in enumerate(sorted(keys, key=lambda key: (order[key[0]], key[1])))}


def _lateness(program: Program, runs: Sequence[RunRecord]) -> list[Lateness]:
    if not runs:
        return []
    found = []
    for (person, day), place in late_keys(program).items():
        late = sorted(record.late_ms[place] for record in runs)
        found.append(Lateness(person, day, sum(late) / len(late), _rank(late, 50), _rank(late, 95)))
    return found


def _distribution(values: Sequence[Fraction]) -> Distribution:
    if not values:
        return Distribution(0.0, 0.0, 0.0, 0.0, 0.0)
    ordered = sorted(values)
    mean = sum(ordered, Fraction(0)) / len(ordered)
    variance = sum(((value - mean) ** 2 for value in ordered), Fraction(0)) / max(1, len(ordered) - 1)
    p5, p50, p95 = (float(_rank(ordered, percent)) for percent in (5, 50, 95))
    return Distribution(float(mean), sqrt(variance), p5, p50, p95)


def _rank(ordered: Sequence[_T], percent: int) -> _T:
    """The nearest-rank percentile of what is sorted and not empty."""
    return ordered[max(0, -(-percent * len(ordered) // 100) - 1)]
