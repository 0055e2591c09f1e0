"""The literature's project scheduling instances on our engine: PSPLIB `.sm` and RCPSP/max `.sch` files.

    python bench/crewbench/literature.py FOLDER [--budget 10] [--best FILE]

An instance becomes a mission without people: one unordered, `required` experiment, a session for each activity (a
minute for each unit of time), renewable resources as they are, precedence as `after`. What is measured is the makespan:
all activities are planned (the engine puts them as early as it can), then the horizon is cut to one less than what was
reached and all are planned again, until the engine finds nothing, says that nothing exists, or the budget is used up.

`.sm` is said exactly. The lags of `.sch` run from start to start; `after` runs from end to start and is never negative:

    a lag of at least the first activity's length      said exactly, with the lag back between the two as its `max`
    a shorter one                                      made longer, up to that length: told as `tightened`
    a longest lag without a lag forward                left out: told as `left out`

Each answer is held against the instance itself, so that what was left out is judged too (`broken`), and a makespan
counts only without a fault. FILE holds lines of `name makespan`, the best known ones.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

from payload.errors import PlanningError
from payload.met import MINUTE, Calendar
from payload.model import After, Experiment, Mission, Renewable, Session, Step

#: The format of a file, by the end of its name, in psplib's words.
FORMATS = {".sm": "psplib", ".sch": "rcpsp_max"}

Lag = tuple[int, int, int]  # start of the second >= start of the first + this


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance in its own units: what is taken of each resource, and lags from start to start."""

    name: str
    lengths: tuple[int, ...]
    demands: tuple[tuple[int, ...], ...]
    capacities: tuple[int, ...]
    lags: tuple[Lag, ...]

    def faults(self, starts: Sequence[int]) -> int:
        """How many lags and instants of a resource the starts break."""
        broken = sum(starts[j] < starts[i] + lag for i, j, lag in self.lags)
        for at in sorted(set(starts)):
            running = [i for i, start in enumerate(starts) if start <= at < start + self.lengths[i]]
            for resource, capacity in enumerate(self.capacities):
                broken += sum(self.demands[i][resource] for i in running) > capacity
        return broken

    def critical_path(self) -> int:
        """The least makespan that the lags alone allow. Raises ValueError where they contradict each other."""
        starts = [0] * len(self.lengths)
        for _ in range(len(starts) + 1):
            moved = False
            for i, j, lag in self.lags:
                if starts[j] < starts[i] + lag:
                    starts[j] = starts[i] + lag
                    moved = True
            if not moved:
                return max(start + length for start, length in zip(starts, self.lengths, strict=True))
        raise ValueError(f"{self.name}: its lags contradict each other")


def read_instance(path: Path) -> Instance:
    """A file of either format, by the end of its name. Raises ValueError for several modes or resources used up."""
    from psplib import parse

    read = parse(path, FORMATS[path.suffix])
    if any(not resource.renewable for resource in read.resources):
        raise ValueError(f"{path.name}: it has resources that are used up")
    if any(len(activity.modes) != 1 for activity in read.activities):
        raise ValueError(f"{path.name}: it has activities of several modes")
    modes = [activity.modes[0] for activity in read.activities]
    lags: list[Lag] = []
    for i, activity in enumerate(read.activities):
        delays = activity.delays if activity.delays is not None else [modes[i].duration] * len(activity.successors)
        lags += [(i, j, lag) for j, lag in zip(activity.successors, delays, strict=True)]
    return Instance(
        path.stem,
        tuple(mode.duration for mode in modes),
        tuple(tuple(mode.demands) for mode in modes),
        tuple(resource.capacity for resource in read.resources),
        tuple(lags),
    )


@dataclass(slots=True)
class Said:
    """An instance as a mission can say it."""

    instance: Instance
    ties: dict[int, list[tuple[int, int, int | None]]]  # second -> (first, least, most) from end to start
    tightened: int = 0
    left_out: int = 0
    active: list[int] = field(default_factory=list)  # activities that last

    def mission(self, horizon: int) -> Mission:
        """The mission that must plan every activity within the horizon (units of time)."""
        instance = self.instance
        names = [f"a{number}" for number in range(len(instance.lengths))]
        sessions = []
        for number in self.active:
            uses = {f"r{r}": amount for r, amount in enumerate(instance.demands[number]) if amount}
            length_ms = instance.lengths[number] * MINUTE
            after = tuple(
                After(f"all-of-it/{names[first]}", least * MINUTE, None if most is None else most * MINUTE)
                for first, least, most in self.ties.get(number, [])
            )
            sessions.append(Session(names[number], (Step("run", length_ms, length_ms, uses=uses),), after=after))
        whole = Experiment(
            "all-of-it",
            "all-of-it",
            instance.name,
            "",
            Fraction(1),
            1,
            tuple(sessions),
            unordered=True,
            required=True,
        )
        calendar = Calendar(datetime(2027, 1, 1, tzinfo=UTC), "UTC")
        resources = {f"r{r}": Renewable(f"r{r}", "count", most) for r, most in enumerate(instance.capacities)}
        end = horizon * MINUTE
        return Mission("literature", instance.name, calendar, end, MINUTE, (), (whole,), resources=resources)


def said(instance: Instance) -> Said:
    """The lags as ties from end to start; those through activities of no length (source, sink, milestones) joined."""
    lags = _without_milestones(instance)
    found = Said(instance, {}, active=[number for number, length in enumerate(instance.lengths) if length])
    forward = {(i, j): lag for (i, j), lag in lags.items() if lag >= 0}
    for (i, j), lag in sorted(lags.items()):
        if lag < 0:
            found.left_out += (j, i) not in forward
            continue
        back = lags.get((j, i))
        most = -back - instance.lengths[i] if back is not None and back < 0 else None
        least = lag - instance.lengths[i]
        if least < 0:
            found.tightened += 1
        if most is not None and most < 0:
            most = 0
        found.ties.setdefault(j, []).append((i, max(0, least), most))
    return found


def _without_milestones(instance: Instance) -> dict[tuple[int, int], int]:
    """The strongest lag of each pair of activities that last; lags through the others are added up."""
    lags: dict[tuple[int, int], int] = {}
    for i, j, lag in instance.lags:
        lags[i, j] = max(lag, lags.get((i, j), lag))
    for middle, length in enumerate(instance.lengths):
        if length:
            continue
        into = [(i, lag) for (i, j), lag in lags.items() if j == middle and i != middle]
        out = [(j, lag) for (i, j), lag in lags.items() if i == middle and j != middle]
        lags = {pair: lag for pair, lag in lags.items() if middle not in pair}
        for i, first in into:
            for j, second in out:
                if i != j:
                    lags[i, j] = max(first + second, lags.get((i, j), first + second))
    return lags


@dataclass(frozen=True, slots=True)
class Result:
    """`makespan` is None where no faultless answer was found; `below`: the least that is proven (critical path, or a
    horizon in which nothing exists)."""

    name: str
    activities: int
    makespan: int | None
    below: int
    broken: int
    tightened: int
    left_out: int
    seconds: float


def measure(instance: Instance, budget_s: float) -> Result:
    """The shortest makespan that the engine comes to within the budget."""
    import payload

    told, below = said(instance), instance.critical_path()
    horizon = sum(instance.lengths) + sum(max(0, lag) for _, _, lag in instance.lags) + 1
    began, best, broken = time.perf_counter(), None, 0
    while time.perf_counter() - began < budget_s:
        mission = told.mission(horizon)
        try:
            plan = payload.plan(mission)
        except PlanningError:
            break
        if plan.status == "infeasible":
            if not told.tightened:
                below = max(below, horizon + 1)
            break
        starts = _starts(instance, {one.id.split("/")[1]: one.start // MINUTE for one in plan.reservations})
        reached = max(start + length for start, length in zip(starts, instance.lengths, strict=True))
        broken = instance.faults(starts)
        if not broken:
            best = reached
        if reached <= below:
            break
        horizon = reached - 1
    took = time.perf_counter() - began
    return Result(
        instance.name, len(told.active), best, below, 0 if best else broken, told.tightened, told.left_out, took
    )


def _starts(instance: Instance, placed: dict[str, int]) -> list[int]:
    """All starts; activities of no length as early as their lags allow."""
    starts = [placed.get(f"a{number}", 0) for number in range(len(instance.lengths))]
    for _ in starts:
        for i, j, lag in instance.lags:
            if not instance.lengths[j]:
                starts[j] = max(starts[j], starts[i] + lag)
    return starts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--budget", type=float, default=10, help="seconds for each instance")
    parser.add_argument("--best", type=Path, help="lines of `name makespan`")
    chosen = parser.parse_args()
    if importlib.util.find_spec("psplib") is None:
        sys.exit("the package psplib, which reads these files, is not installed: pip install -e '.[bench]'")
    known = {}
    if chosen.best:
        known = {name: int(most) for name, most in map(str.split, chosen.best.read_text().splitlines())}
    print("| instance | activities | makespan | proven at least | best known | broken | tightened | left out | s |")
    print("|---" * 9 + "|")
    for path in sorted(one for one in chosen.folder.rglob("*") if one.suffix in FORMATS):
        try:
            found = measure(read_instance(path), chosen.budget)
        except ValueError as error:
            print(f"{path.name}: {error}", file=sys.stderr)
            continue
        cells = [found.makespan or "none", found.below, known.get(found.name, ""), found.broken, found.tightened]
        cells += [found.left_out, f"{found.seconds:.1f}"]
        print(f"| {found.name} | {found.activities} | " + " | ".join(map(str, cells)) + " |", flush=True)


if __name__ == "__main__":
    main()
