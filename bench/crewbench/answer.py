"""From a baseline's starts and people to a plan, and to the figure that counts: what the checker finds it worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from crewbench.flat import Flat
from payload.met import Window
from payload.model import Mission, Plan, Reservation, ReservedStep, Unscheduled
from payload.rules import check, worth
from payload.rules.expand import instances, sittings


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model says: job -> (start, role -> person) for what it plans, and the start of every chore."""

    jobs: Mapping[int, tuple[int, Mapping[int, int]]]
    chores: Sequence[int]


@dataclass(frozen=True, slots=True)
class Judged:
    """A plan as the checker sees it. `dropped`: how many sessions a repair left out to make it valid."""

    plan: Plan
    value: Fraction
    violations: int
    dropped: int = 0


def plan_of(flat: Flat, answer: Answer, windows: Mapping[str, tuple[Window, ...]]) -> Plan:
    """The answer as a plan of the mission; nothing is judged here."""
    mission, tick = flat.mission, flat.tick_ms
    where = {job.id: number for number, job in enumerate(flat.jobs)}
    movable = {chore.id: start for chore, start in zip(flat.chores, answer.chores, strict=True)}
    found: list[Reservation] = []
    left: list[Unscheduled] = []
    for one in instances(mission).values():
        start = movable[one.id] * tick if one.id in movable else one.allowed.start
        end = start + one.duty.duration_ms if one.id in movable else one.allowed.end
        found.append(Reservation(one.id, "duty", one.duty.id, start, end, (one.person,)))
    for name, sitting in sittings(mission).items():
        placed = answer.jobs.get(where[name])
        if placed is None:
            left.append(Unscheduled(name, sitting.experiment.value / sitting.experiment.session_count, ("left out",)))
            continue
        start, roles = placed
        at, steps = start * tick, []
        for step in sitting.session.steps:
            crew = tuple(flat.people[roles[role.number]] for role in sorted(step.crew, key=lambda role: role.number))
            steps.append(ReservedStep(step.do, at, at + step.min_ms, crew, step.uses))
            at += step.min_ms
        people = tuple(dict.fromkeys(flat.people[roles[number]] for number in sorted(roles)))
        title = sitting.experiment.title
        found.append(Reservation(name, "session", title, start * tick, at, people, tuple(steps)))
    found.sort(key=lambda reservation: (reservation.start, reservation.id))
    left.sort(key=lambda out: out.id)
    most = sum((experiment.value for experiment in mission.experiments), Fraction(0))
    plan = Plan(
        mission.id,
        mission.sha256,
        mission.title,
        mission.calendar,
        mission.end,
        "feasible",
        Fraction(0),
        most,
        tuple(found),
        tuple(left),
        seats=mission.seats,
        windows=windows,
    )
    return replace(plan, value=worth(mission, plan))


def judged(mission: Mission, plan: Plan) -> Judged:
    """The checker's word on a plan."""
    return Judged(plan, worth(mission, plan), sum(1 for _ in check(mission, plan)))


def repaired(flat: Flat, answer: Answer, windows: Mapping[str, tuple[Window, ...]]) -> Judged:
    """The answer without the sessions that the checker finds at fault, the least valuable of each fault first.

    Of a violation's sessions the one worth least goes, with those of its experiment that need it; then the plan is
    judged anew, until there is no fault. A fault among duties alone cannot be mended: its violations are told.
    """
    kept = dict(answer.jobs)
    where = {job.id: number for number, job in enumerate(flat.jobs)}
    needed_by: dict[int, list[int]] = {}
    for number, job in enumerate(flat.jobs):
        if job.before is not None:
            needed_by.setdefault(job.before, []).append(number)
    dropped = 0
    while True:
        plan = plan_of(flat, Answer(kept, answer.chores), windows)
        violations = [found for found in check(flat.mission, plan) if found.rule not in {"status", "bound"}]
        gone: set[int] = set()
        for found in violations:
            at_fault = [where[name] for name in found.activities if name in where and where[name] in kept]
            if at_fault and gone.isdisjoint(at_fault):
                gone.add(min(at_fault, key=lambda number: (flat.works[flat.jobs[number].experiment].value, number)))
        if not gone:
            return Judged(plan, worth(flat.mission, plan), len(violations), dropped)
        waiting = list(gone)
        while waiting:
            number = waiting.pop()
            if kept.pop(number, None) is not None:
                dropped += 1
                waiting += needed_by.get(number, [])
