"""What the stories of `explain` share: a judge, an explanation by name, and how it is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from payload import rules
from payload.met import HOUR, MINUTE, Window
from payload.model import (
    Mission,
    Plan,
)
from payload.planning import make_plan
from payload.planning.explain import Explanation, explain

Windows = dict[str, tuple[Window, ...]]

#: what is told of more than one session, or of what only shows once the session stands
BESIDE = {"before", "minimum", "holds", "other", "busy", "reservations"}


def judge(mission: Mission, plan: Plan) -> bool:
    found = rules.check(mission, plan)
    return all(one.weight is not None or rules.waiver_of(mission, one) for one in found)


def explained(of: Mission, name: str, windows: Windows | None = None) -> Explanation:
    return explain(of, windows or {}, make_plan(of, windows or {}), name, judge)


def reasons(found: Explanation) -> list[tuple[str, str]]:
    return [(one.kind, one.id) for one in found.conflict]


def said(found: Explanation) -> tuple[str, bool]:
    assert found.relaxation is not None
    return found.relaxation.text, found.relaxation.verified


def hours(first: int, last: int) -> tuple[Window, ...]:
    return (Window(first * HOUR, last * HOUR),)


def replaced(reservation, start):  # type: ignore[no-untyped-def]
    from dataclasses import replace

    later = start - reservation.start
    steps = tuple(replace(one, start=one.start + later, end=one.end + later) for one in reservation.steps)
    return replace(reservation, start=start, end=reservation.end + later, steps=steps)


def replaced_crew(reservation, crew):  # type: ignore[no-untyped-def]
    from dataclasses import replace

    return replace(reservation, crew=crew)


def on(*days: int) -> frozenset[date]:
    return frozenset(date(2026, 3, 1 + day) for day in days)


def standing(of: Mission, start: int, minutes: tuple[int, ...]) -> Plan:
    """The plan with its only session, in steps of so many minutes, at another start."""
    plan, at = make_plan(of, {}), start
    stands = next(one for one in plan.reservations if one.kind == "session")
    steps = []
    for one, length in zip(stands.steps, minutes, strict=True):
        steps.append(replace(one, start=at, end=at + length * MINUTE))
        at += length * MINUTE
    moved = replace(stands, start=start, end=at, steps=tuple(steps))
    return plan.with_reservations(moved if one.kind == "session" else one for one in plan.reservations)
