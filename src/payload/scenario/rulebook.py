"""From shapes to the model, third part: rules, and what names single activities: waivers and locks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from payload.model import (
    AmountLimit,
    DifferentDay,
    Exclude,
    Experiment,
    Gap,
    Limit,
    Order,
    Quantity,
    Rule,
    SameDay,
    Waiver,
)
from payload.scenario.choices import Choices
from payload.scenario.faults import Faults, Steps
from payload.scenario.scope import nearest
from payload.scenario.shapes_work import LockShape, RuleShape, WaiverShape

_COUNT = re.compile(r"[1-9][0-9]{0,5}")
#: constraints of the checker, besides the mission's own rules, that a waiver may cover (mission-format: people in two
#: places, `aboard` and capacities cannot be waived; nor can what the plan says about itself)
_WAIVABLE = (
    "role", "same", "inside", "horizon", "fixed", "allowed", "length", "grid", "lock", "at", "days", "between",
    "during", "avoid", "covers", "sequence", "predecessor", "after", "repeat", "relative",
    "together", "required", "minimum",
)  # fmt: skip
_NEVER_WAIVED = ("crew-overlap", "aboard", "capacity", "stock", "buffer", "rig")


def rule(faults: Faults, steps: Steps, raw: Any) -> Rule | None:
    kind = Choices(faults).rule(raw, steps)
    before = len(faults.found)
    shape = faults.read(RuleShape, steps)
    if shape is None or kind is None:
        return None
    made = _rule(kind, shape, faults, steps)
    return made if len(faults.found) == before else None


def _rule(kind: str, shape: RuleShape, faults: Faults, steps: Steps) -> Rule | None:
    head: dict[str, Any] = {
        "id": shape.id,
        "per_crew": "crew" in shape.per,
        "per_day": "day" in shape.per,
        "people": shape.for_,
        "days": shape.days,
        "weight": shape.weight,
    }
    if kind == "gap" and shape.gap is not None and shape.after and shape.before:
        if head["per_day"]:
            faults.add((*steps, "per"), "a gap counts per crew or for all, not per day")
        return Gap(**head, gap_ms=shape.gap, after=shape.after, before=shape.before)
    if kind == "order" and shape.order and shape.then:
        return Order(**head, first=shape.order, then=shape.then, gap_ms=shape.gap or 0)
    if kind == "limit" and shape.limit is not None and shape.of:
        return _limit(shape, head, shape.limit, shape.of, faults, steps)
    if kind == "exclude" and shape.exclude:
        if len(shape.exclude) < 2:
            faults.add((*steps, "exclude"), "expected two or more entries, of which none overlaps another")
        return Exclude(**head, entries=shape.exclude)
    if kind == "different_day" and shape.different_day:
        return DifferentDay(**head, of=shape.different_day)
    if kind == "same_day" and shape.same_day:
        return SameDay(**head, of=shape.same_day)
    return None


def _limit(
    shape: RuleShape, head: dict[str, Any], limit: int | Quantity, of: tuple[str, ...], faults: Faults, steps: Steps
) -> Rule | None:
    """A limit of time where it is a duration, of an amount where `of` is a resource; a plain 0 is either."""
    resource = faults.scope.resources.get(of[0]) if len(of) == 1 and of[0] not in faults.scope.duties else None
    activity = of[0] in (*faults.scope.duties, *faults.scope.experiments, "sessions", "duties") or "/" in of[0]
    if isinstance(limit, Quantity) and resource is not None:
        _, dimension = resource
        if dimension and dimension != limit.dimension:
            faults.add((*steps, "limit"), f"{of[0]!r} is counted in {dimension}, not in {limit.dimension}")
        if head["per_crew"]:
            faults.add((*steps, "per"), "a limit of an amount counts per day or for all, not per crew")
        return AmountLimit(**head, amount=limit.amount, resource=of[0])
    if isinstance(limit, Quantity) and limit == Quantity(0, "count"):
        limit = 0
    if isinstance(limit, Quantity):
        faults.add((*steps, "limit"), "expected a duration: what is limited here is time")
        return None
    if resource is not None and not activity:
        faults.add((*steps, "limit"), f"expected an amount of {of[0]!r}, not a duration")
        return None
    return Limit(**head, limit_ms=limit, of=of)


# -- single activities -------------------------------------------------------------------------------------------------


def waiver(faults: Faults, steps: Steps, experiments: Mapping[str, Experiment | None]) -> Waiver | None:
    shape = faults.read(WaiverShape, steps)
    if shape is None:
        return None
    if shape.rule in _NEVER_WAIVED and shape.rule not in faults.scope.rules:
        faults.add((*steps, "rule"), f"{shape.rule!r} cannot be waived")
    elif shape.rule not in (*faults.scope.rules, *_WAIVABLE):
        faults.add((*steps, "rule"), f"unknown rule {shape.rule!r}", nearest(shape.rule, faults.scope.rules))
    _activity(faults, (*steps, "of"), shape.of, experiments)
    return Waiver(shape.rule, shape.of, shape.reason, shape.by)


def lock(faults: Faults, steps: Steps, experiments: Mapping[str, Experiment | None]) -> tuple[str, int] | None:
    shape = faults.read(LockShape, steps)
    if shape is None:
        return None
    _activity(faults, (*steps, "id"), shape.id, experiments)
    if faults.scope.strict and not 0 <= shape.at < faults.scope.end:
        faults.add((*steps, "at"), f"expected an instant inside the horizon, {faults.scope.horizon()}")
    return shape.id, shape.at


def _activity(faults: Faults, steps: Steps, name: str, experiments: Mapping[str, Experiment | None]) -> None:
    """A fault unless `name` is `duty/person/date` or `experiment/session/n` of something that can be held."""
    scope, parts = faults.scope, name.split("/")
    expected = "expected 'duty/person/date' or 'experiment/session/n'"
    if len(parts) != 3:
        faults.add(steps, f"{expected}, not {name!r}")
    elif parts[0] in scope.duties:
        try:
            day = date.fromisoformat(parts[2])
        except ValueError:
            faults.add(steps, f"{expected}: no date {parts[2]!r}")
            return
        first, last = scope.nominal_dates()
        if parts[1] not in scope.people:
            faults.add(steps, f"unknown person {parts[1]!r} in {name!r}", nearest(parts[1], scope.people))
        elif scope.strict and not first <= day <= last:
            faults.add(steps, f"{parts[2]} is not in the mission", f"its days are {first} to {last}")
    elif parts[0] in experiments:
        experiment = experiments[parts[0]]
        if experiment is None:  # it has faults of its own
            return
        session = next((one for one in experiment.sessions if one.id == parts[1]), None)
        if session is None:
            ids = [one.id for one in experiment.sessions]
            faults.add(steps, f"experiment {parts[0]!r} has no session {parts[1]!r}", nearest(parts[1], ids))
        elif not (_COUNT.fullmatch(parts[2]) and 1 <= int(parts[2]) <= session.repeat.count):
            faults.add(steps, f"expected a number from 1 to {session.repeat.count} at the end, not {parts[2]!r}")
    else:
        known = (*scope.duties, *experiments)
        faults.add(steps, f"unknown duty or experiment {parts[0]!r} in {name!r}", nearest(parts[0], known))
