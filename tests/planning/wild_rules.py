"""The rules, waivers and locks of a wild mission."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from random import Random
from typing import Any

from payload.met import HOUR, MINUTE
from payload.model import (
    AmountLimit,
    DifferentDay,
    Exclude,
    Gap,
    Limit,
    Mission,
    Order,
    Renewable,
    Rule,
    SameDay,
    Waiver,
)

#: how often a rule takes a key
OFTEN = {"weight": 0.35, "days": 0.2, "for": 0.25}
#: constraints of the format that a waiver may cover
WORDS = (
    "role", "same", "inside", "lock", "at", "days", "between", "during", "avoid", "covers", "allowed", "sequence",
    "predecessor", "after", "repeat", "relative", "together", "required", "minimum", "grid",
)  # fmt: skip


def rules(rng: Random, mission: Mission) -> tuple[Rule, ...]:
    """Two to six rules, of each kind."""
    return tuple(_rule(rng, f"r{number}", mission) for number in range(rng.randrange(2, 7)))


def _rule(rng: Random, name: str, mission: Mission) -> Rule:
    more: dict[str, Any] = {"id": name}
    if rng.random() < OFTEN["weight"]:
        more["weight"] = Fraction(rng.choice([1, 2, 10]), 4)
    kind = rng.randrange(7)
    duties = "weight" in more or kind not in (2, 5, 6) or rng.random() < 0.05
    names = _names(mission, duties)

    def some(most: int = 2) -> tuple[str, ...]:
        return tuple(rng.sample(names, rng.randint(1, most)))

    per: dict[str, Any] = {"per_crew": rng.random() < 0.6}
    if per["per_crew"] and rng.random() < OFTEN["for"]:
        per["people"] = (rng.choice(mission.crew).id,)
    if rng.random() < OFTEN["days"]:
        more["days"] = frozenset(rng.sample(mission.dates(), 1))
    per_day = rng.random() < 0.6
    if kind == 0:
        return Gap(gap_ms=rng.choice([0, 30 * MINUTE, 3 * HOUR]), after=some(), before=some(), **per, **more)
    if kind == 1:
        gap_ms = rng.choice([0, 0, HOUR])
        return Order(first=some(1), then=some(), gap_ms=gap_ms, per_day=per["per_crew"] and per_day, **per, **more)
    if kind == 2:
        of = some(1) if rng.random() < 0.4 else ("sessions",)
        return Limit(limit_ms=rng.choice([0, 45, 120, 240]) * MINUTE, of=of, per_day=per_day, **per, **more)
    if kind == 3:
        return _amount(rng, mission, per_day, more)
    if kind == 4:
        return Exclude(entries=tuple(rng.sample(names, rng.choice([2, 2, 3]))), **per, **more)
    same_per = per if rng.random() < 0.3 else {}
    return (DifferentDay if kind == 5 else SameDay)(of=some(), **same_per, **more)


def _amount(rng: Random, mission: Mission, per_day: bool, more: dict[str, Any]) -> AmountLimit:
    resource = rng.choice([one for one in mission.resources.values() if one.id != "treadmill"])
    amount = {"swabs": rng.choice([1, 4]), "rack": 2}.get(resource.id, 30_000_000)
    if isinstance(resource, Renewable) and resource.id == "power":
        amount = 3000
    return AmountLimit(amount=amount, resource=resource.id, per_day=per_day, **more)


def _names(mission: Mission, duties: bool) -> list[str]:
    """What a rule may name. Duties cannot be left out, so hard limits and days of them are rarely kept."""
    found = ["sessions", "duties", *(duty.id for duty in mission.routine)] if duties else ["sessions"]
    for experiment in mission.experiments:
        found += [experiment.written_id, *(f"{experiment.written_id}/{session.id}" for session in experiment.sessions)]
    return list(dict.fromkeys(found))


def waivers(rng: Random, mission: Mission) -> tuple[Waiver, ...]:
    """Half of them of the mission's own rules, half of the format's words."""
    words = [rng.choice([rule.id for rule in mission.rules]), rng.choice([rng.choice(WORDS), mission.rules[0].id])]
    return tuple(Waiver(word, rng.choice(activities(mission)), "asked for", "flight director") for word in words)


def locks(rng: Random, mission: Mission) -> dict[str, int]:
    """A session or two keep their starts, and a movable duty, now and then, where it may stand."""
    sessions = [name for name in activities(mission) if "/2026-" not in name]
    found = {rng.choice(sessions): rng.randrange(0, mission.end, MINUTE) for _ in range(rng.choice([1, 2]))}
    movable = [duty for duty in mission.routine if duty.between_ms is not None]
    if movable and rng.random() < 0.5:
        duty, on = rng.choice(movable), rng.choice(mission.dates())
        at = mission.calendar.at(on, duty.between_ms[0] + 20 * MINUTE) if duty.between_ms else 0
        if 0 <= at < mission.end:
            found[f"{duty.id}/{duty.people[0]}/{on.isoformat()}"] = at
    return found


def activities(mission: Mission) -> list[str]:
    """Ids of sessions, and of duties as they would be called on each date."""
    sessions = [
        f"{experiment.id}/{session.id}/{number}"
        for experiment in mission.experiments
        for session in experiment.sessions
        for number in range(1, session.repeat.count + 1)
    ]
    duties = [
        f"{duty.id}/{person}/{on.isoformat()}"
        for duty in mission.routine
        for person in duty.people
        for on in (mission.dates()[0] - timedelta(days=1), *mission.dates())
    ]
    return sessions + duties
