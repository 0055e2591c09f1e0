"""Random missions of a few hours, small enough to try every plan of: `tiny(seed)` for the checker's and others' tests.

A mission takes a handful of the format's keys at a time, so that a few hundred of them meet most pairs of keys.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from tiny_rich import enriched

from payload.met import HOUR, MINUTE, Calendar, Window, merge
from payload.model import (
    After,
    Consumable,
    DifferentDay,
    Duty,
    Exclude,
    Experiment,
    Gap,
    Level,
    Limit,
    Mission,
    Order,
    Person,
    Relative,
    Renewable,
    Repeat,
    RigCall,
    Role,
    Rule,
    SameDay,
    Session,
    Step,
)

Windows = Mapping[str, tuple[Window, ...]]


class Draw(random.Random):
    """Chance, and how many of the format's keys a mission takes: `rare(p)` is True with at most that probability."""

    density = 1.0

    def rare(self, probability: float) -> bool:
        return self.random() < probability * self.density


def tiny(seed: int, soft: bool = False, rich: bool = False) -> tuple[Mission, Windows]:
    """A mission and its windows, the same for the same seed.

    With `soft`, a rule may have a weight; with `rich`, the keys of `tiny_rich` are met too. The
    horizon may cross local midnight, and may start off the grid.
    """
    rng = Draw(seed)
    rng.density = rng.choice([0.15, 0.4, 0.8])
    grid_ms = rng.choice([30 * MINUTE, 60 * MINUTE])
    hours = rng.choice([4, 5]) if grid_ms == HOUR else rng.choice([3, 4])
    first_hour = rng.choice([9, 24 - hours // 2 - 1])
    start = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=first_hour, minutes=rng.choice([0, 0, 15]))
    calendar = Calendar(start, "UTC")
    end = hours * HOUR
    crew = tuple(_person(rng, name, end) for name in ("ann", "bob")[: rng.choice([1, 2, 2])])
    windows = {name: _intervals(rng, grid_ms, end) for name in ("clear", "open")}
    dusk = rng.randrange(0, end, grid_ms)
    windows["dark"] = (Window(dusk, min(end, dusk + grid_ms)),)
    routine = tuple(_duty(rng, crew, calendar, end, grid_ms) for _ in range(rng.choice([0, 1, 1])))
    resources = {
        "power": Renewable("power", "count", 2, ((Window(HOUR, 2 * HOUR), 1),) if rng.rare(0.4) else ()),
        "swabs": Consumable("swabs", "count", 1, ((HOUR, 1),) if rng.random() < 0.5 else ()),
    }
    experiments: list[Experiment] = []
    left = 3 if len(crew) == 1 else 2
    while left > 0 and (not experiments or rng.random() < 0.7):
        made = _experiment(rng, f"e{len(experiments)}", crew, routine, calendar, end, grid_ms, left)
        left -= made.session_count
        experiments.append(made)
    names = ["sessions", "duties", *(e.id for e in experiments), *(d.id for d in routine)]
    names += [f"{e.id}/{s.id}" for e in experiments for s in e.sessions]
    rules = tuple(_rule(rng, f"r{n}", names, crew, calendar, end, soft) for n in range(rng.choice([1, 1, 2])))
    mission = Mission(
        "tiny", "Tiny", calendar, end, grid_ms, crew, tuple(experiments), routine, resources, rules=rules, sha256="0123"
    )
    if rich:
        mission = enriched(random.Random(seed), mission, soft)
    # What a window is made of does not matter here: the intervals are handed in.
    return replace(mission, windows=dict.fromkeys(windows)), windows  # type: ignore[arg-type]


def _person(rng: Draw, name: str, end: int) -> Person:
    aboard = Window(0, end) if not rng.rare(0.3) else Window(0, end - HOUR)
    own = {"biology": rng.choice([Level.USER, Level.OPERATOR])} if rng.random() < 0.6 else {}
    return Person(name, own, aboard)


def _intervals(rng: Draw, grid_ms: int, end: int) -> tuple[Window, ...]:
    """Mostly there: the horizon without one interval."""
    cuts = sorted(rng.randrange(0, end + 1, grid_ms // 2) for _ in range(2))
    return merge([Window(0, cuts[0]), Window(cuts[1], end)])


def _duty(rng: Draw, crew: tuple[Person, ...], calendar: Calendar, end: int, grid_ms: int) -> Duty:
    opens = calendar.local(rng.randrange(-1, end // HOUR) * HOUR)
    opens_ms = opens.hour * HOUR + opens.minute * MINUTE
    more: dict[str, Any] = {"duration_ms": grid_ms, "people": tuple(person.id for person in crew)}
    if rng.random() < 0.5:
        more["at_ms"] = opens_ms
    else:
        more["between_ms"] = (opens_ms, (opens_ms + 2 * HOUR) % (24 * HOUR))
    if rng.rare(0.3):
        more["together"] = True
    if rng.rare(0.3):
        more["uses"] = {"power": 1}
    if rng.rare(0.2):
        more["avoid"] = ("dark",)
    return Duty("meal", **more)


def _role(rng: Draw, number: int, crew: tuple[Person, ...]) -> Role:
    kind = rng.random() / rng.density
    if kind < 0.25:
        return Role(number, is_=rng.choice(crew).id)
    if kind < 0.4:
        return Role(number, any_of=tuple(person.id for person in crew))
    return Role(number, skills={"biology": Level.OPERATOR} if kind < 0.6 else {})


def _experiment(
    rng: Draw,
    name: str,
    crew: tuple[Person, ...],
    routine: tuple[Duty, ...],
    calendar: Calendar,
    end: int,
    grid_ms: int,
    most: int,
) -> Experiment:
    sessions: list[Session] = []
    left = most
    while left > 0 and (not sessions or rng.random() < 0.4):
        made = _session(rng, f"s{len(sessions)}", name, sessions, crew, routine, calendar, end, grid_ms, left)
        left -= made.repeat.count
        sessions.append(made)
    count = sum(session.repeat.count for session in sessions)
    return Experiment(
        name, name, name.title(), "", Fraction(rng.choice([1, 3, 7])), rng.choice([1, 1, 1, 1, count]), tuple(sessions),
        unordered=rng.random() < 0.4, required=rng.rare(0.2), same_people=rng.rare(0.4),
        holds={"power": 1} if rng.rare(0.3) else {},
    )  # fmt: skip


def _session(
    rng: Draw,
    name: str,
    experiment: str,
    before: list[Session],
    crew: tuple[Person, ...],
    routine: tuple[Duty, ...],
    calendar: Calendar,
    end: int,
    grid_ms: int,
    most: int,
) -> Session:
    more: dict[str, Any] = {}
    roles = tuple(_role(rng, number, crew) for number in range(1, rng.choice([0, 1, 1, 1, 2]) + 1))[: len(crew)]
    steps = [_step(rng, "first", grid_ms, roles)]
    if rng.random() < 0.4:
        steps.append(_step(rng, "second", grid_ms, tuple(Role(role.number) for role in roles[-1:])))
    if rng.random() < 0.15:
        steps.append(Step("wait", grid_ms, 2 * grid_ms))
    dates = sorted({calendar.date_of(0), calendar.date_of(end - 1)})
    draw = rng.random() / rng.density
    if draw < 0.2:
        more["days"] = frozenset(rng.sample(dates, 1))
    elif draw < 0.35 and most >= len(dates):
        more |= {"days": frozenset(dates), "repeat": Repeat(len(dates), each_day=True)}
    elif draw < 0.5:
        more["at"] = tuple(sorted(rng.sample(range(0, end, 10 * MINUTE), 2)))
    elif draw < 0.65:
        more["between"] = (Window(rng.randrange(0, end // 2, grid_ms), end - rng.choice([0, grid_ms])),)
    if "repeat" not in more and most >= 2 and rng.random() < 0.5:
        kind = rng.random()
        if kind < 0.3:
            more["repeat"] = Repeat(2, every_ms=HOUR, tolerance_ms=rng.choice([0, grid_ms]))
        elif kind < 0.6:
            more["repeat"] = Repeat(2, min_ms=rng.choice([0, grid_ms]), max_ms=rng.choice([None, HOUR]))
        else:
            more["repeat"] = Repeat(2)
    draw = rng.random() / rng.density
    if draw < 0.2:
        more["during"] = rng.choice([("clear",), ("clear", "open")])
    elif draw < 0.4:
        more["avoid"] = ("dark",)
    elif draw < 0.5:
        more["covers"] = ("clear",)
    if before and rng.rare(0.7):
        tie = After(f"{experiment}/{before[-1].id}", rng.choice([0, grid_ms]), rng.choice([None, HOUR]))
        more["after"] = (tie,)
    if routine and roles and rng.rare(0.5):
        if rng.random() < 0.5:
            more["relative"] = Relative("meal", rng.random() < 0.5, rng.choice([0, grid_ms, HOUR]))
        else:
            more["inside"] = "meal"
    if rng.rare(0.3):
        more["uses"] = {rng.choice(["power", "swabs"]): 1}
    return Session(name, tuple(steps), **more)


def _step(rng: Draw, do: str, grid_ms: int, roles: tuple[Role, ...]) -> Step:
    length_ms = rng.choice([grid_ms // 2, grid_ms, grid_ms])
    more: dict[str, Any] = {}
    if rng.rare(0.4):
        more["uses"] = {rng.choice(["power", "swabs"]): rng.choice([1, 1, 2])}
    if rng.random() < 0.3:
        more["rig"] = RigCall("oven", "heat")
    if rng.rare(0.15):
        more["during"] = ("clear",)
    return Step(do, length_ms, length_ms, roles, **more)


def _rule(
    rng: Draw, name: str, names: list[str], crew: tuple[Person, ...], calendar: Calendar, end: int, soft: bool
) -> Rule:
    def some() -> tuple[str, ...]:
        return tuple(rng.sample(names, rng.choice([1, 1, 2])))

    more: dict[str, Any] = {"id": name}
    if rng.random() < 0.3:
        more["days"] = frozenset({calendar.date_of(rng.choice([0, end - 1]))})
    if soft and rng.random() < 0.5:
        more["weight"] = Fraction(1, 2)
    whose: dict[str, Any] = {"per_crew": rng.random() < 0.6}
    if whose["per_crew"] and rng.random() < 0.3:
        whose["people"] = (crew[0].id,)
    kind = rng.randrange(6)
    if kind == 0:
        return Gap(gap_ms=rng.choice([0, 30 * MINUTE, HOUR]), after=some(), before=some(), **whose, **more)
    if kind == 1:
        together = {**whose, "per_day": whose["per_crew"] and rng.random() < 0.5}
        return Order(first=some(), then=some(), gap_ms=rng.choice([0, 30 * MINUTE]), **together, **more)
    if kind == 2:
        counted = {**whose, "per_day": rng.random() < 0.6}
        return Limit(limit_ms=rng.choice([0, 30 * MINUTE, HOUR]), of=some(), **counted, **more)
    if kind == 3 and len(names) > 2:
        return Exclude(entries=tuple(rng.sample(names, 2)), **more)
    if kind == 4:
        return DifferentDay(of=some(), **more)
    return SameDay(of=some(), **more)
