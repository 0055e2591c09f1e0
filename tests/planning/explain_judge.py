"""What the independent checker says of a left-out session at every start with every crew, in the words of `explain`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations

from payload import rules
from payload.model import Mission, Plan, Reservation, ReservedStep, Violation
from payload.planning.explain import Told

Blame = frozenset[tuple[str, str]]  # the reasons as which a violation may be told

#: kinds of which the checker does not say the id
ANY = "*"
BY_ID = {"rule", "reservation", "rig", "order", "before"}
#: what a session put into a plan as it is breaks beside the constraints: facts of the file, and how many there are
OF_THE_FILE = {"value", "bound", "status", "shares", "missing", "sorted", "minimum", "required", "unknown"}


def of(told: Told) -> tuple[str, str]:
    """A reason as it is compared here."""
    if told.kind in ("holds", "stock", "resource"):
        return "resource", ANY
    return told.kind, told.id if told.kind in BY_ID else ANY


def blames(mission: Mission, violation: Violation, name: str) -> Blame:
    experiment = name.partition("/")[0]
    others = [activity for activity in violation.activities if activity != name]
    if any(rule.id == violation.rule for rule in mission.rules):
        return frozenset({("rule", violation.rule)})
    if violation.rule == "crew-overlap":
        return frozenset(("reservation", other) for other in others)
    if violation.rule in ("capacity", "stock"):
        return frozenset({("resource", ANY)})
    if violation.rule == "rig":
        return frozenset({("rig", violation.text.split()[1])})
    if violation.rule == "predecessor":
        return frozenset(("before", other) for other in others)
    if violation.rule in ("sequence", "repeat", "after"):
        alone = violation.rule == "repeat" and not others  # of `each: day`
        kinds = {("order", experiment)} | ({("days", ANY)} if alone else set())
        return frozenset(kinds | ({("after", ANY)} if violation.rule == "after" else set()))
    return frozenset({(violation.rule, ANY)})


def everywhere(mission: Mission, plan: Plan, name: str) -> Iterator[list[Blame]]:
    """Per start on the grid (and of `at`) and crew: what it breaks to put the session there, all else as it is."""
    wanted, repeat, _ = name.split("/")
    experiment = next(one for one in mission.experiments if one.id == wanted)
    session = next(one for one in experiment.sessions if one.id == repeat)
    numbers = sorted({role.number for step in session.steps for role in step.crew})
    starts = {*range(mission.grid_origin, mission.end, mission.grid_ms), *(session.at or ()), *mission.locks.values()}
    left = tuple(one for one in plan.unscheduled if one.id != name)
    for start in sorted(at for at in starts if at >= 0 and at + session.min_ms <= mission.end):
        for crew in permutations([person.id for person in mission.crew], len(numbers)):
            who, steps, at = dict(zip(numbers, crew, strict=True)), [], start
            for step in session.steps:
                there = tuple(who[number] for number in sorted(role.number for role in step.crew))
                steps.append(ReservedStep(step.do, at, at + step.min_ms, there, dict(step.uses)))
                at += step.min_ms
            put = Reservation(name, "session", experiment.title, start, at, crew, tuple(steps))
            tried = replace(plan, unscheduled=left).with_reservations([*plan.reservations, put])
            yield [
                blames(mission, found, name)
                for found in rules.check(mission, tried)
                if found.rule not in OF_THE_FILE and found.weight is None and not rules.waiver_of(mission, found)
            ]
