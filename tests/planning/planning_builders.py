"""Missions for the planner's tests, from a person and a step up to weeks of work."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction
from random import Random
from typing import Any

from payload.met import DAY, HOUR, MINUTE, Calendar, Window
from payload.model import (
    Duty,
    Experiment,
    Gap,
    Level,
    Limit,
    Mission,
    Order,
    Person,
    Renewable,
    Repeat,
    Resource,
    Role,
    Rule,
    Session,
    Step,
)

START = datetime(2026, 3, 2, tzinfo=UTC)


def person(name: str = "ann", *, end: int = DAY, **skills: Level) -> Person:
    return Person(name, skills, Window(0, end))


def step(minutes: int = 30, crew: int = 1, **more: Any) -> Step:
    """A step of so many bare roles; `is_` makes role 1 a certain person."""
    roles = tuple(Role(number) for number in range(1, crew + 1))
    if "is_" in more:
        roles = (Role(1, is_=more.pop("is_")),)
    length_ms = minutes * MINUTE
    return Step(more.pop("do", "work"), length_ms, length_ms, more.pop("roles", roles), **more)


def session(name: str = "run", *steps: Step, **more: Any) -> Session:
    return Session(name, steps or (step(),), **more)


def experiment(name: str, *sessions: Session, value: int = 1, minimum: int = 1, **more: Any) -> Experiment:
    return Experiment(name, name, name.title(), "", Fraction(value), minimum, sessions or (session(),), **more)


def duty(name: str, minutes: int, *people: str, **when: Any) -> Duty:
    return Duty(name, minutes * MINUTE, people or ("ann",), **when)


def mission(
    *experiments: Experiment,
    crew: tuple[Person, ...] | None = None,
    routine: tuple[Duty, ...] = (),
    rules: tuple[Rule, ...] = (),
    resources: Mapping[str, Resource] | None = None,
    end: int = DAY,
    grid: int = 10,
    start: datetime = START,
    **more: Any,
) -> Mission:
    """A day of UTC from midnight, one person, a grid of ten minutes, unless said otherwise."""
    calendar = Calendar(start, more.pop("zone", "UTC"))
    people = crew or (person(end=end),)
    return Mission(
        "test", "Test", calendar, end, grid * MINUTE, people, experiments, routine, resources or {}, rules=rules, **more
    )


def increment(days: int = 18, people: int = 4, sessions: int = 500, seed: int = 1) -> Mission:
    """Weeks of a whole crew's work: meals and exercise that move, a shared machine, chains, pairs and singles."""
    rng, end = Random(seed), days * DAY
    names = [f"p{number}" for number in range(people)]
    crew = tuple(
        Person(name, {"biology": Level.OPERATOR} if number % 2 else {"fluids": Level.OPERATOR}, Window(0, end))
        for number, name in enumerate(names)
    )
    hour = HOUR
    routine = (
        Duty("sleep", 8 * hour + 30 * MINUTE, tuple(names), at_ms=21 * hour + 30 * MINUTE),
        Duty("post-sleep", 45 * MINUTE, tuple(names), at_ms=6 * hour),
        Duty("breakfast", 30 * MINUTE, tuple(names), at_ms=6 * hour + 45 * MINUTE),
        Duty("lunch", hour, tuple(names), between_ms=(11 * hour + 30 * MINUTE, 14 * hour)),
        Duty("exercise", 150 * MINUTE, tuple(names), between_ms=(8 * hour, 19 * hour), uses={"treadmill": 1}),
        Duty("dinner", 45 * MINUTE, tuple(names), between_ms=(18 * hour, 20 * hour + 30 * MINUTE)),
    )
    meals = ("breakfast", "lunch", "dinner")
    rules: tuple[Rule, ...] = (
        Gap(id="meals", per_crew=True, gap_ms=4 * hour, after=meals, before=meals),
        Gap(id="digest", per_crew=True, gap_ms=hour, after=meals, before=("exercise",)),
        Limit(id="workday", per_crew=True, per_day=True, limit_ms=6 * hour + 30 * MINUTE, of=("sessions",)),
    )
    resources: dict[str, Resource] = {
        "treadmill": Renewable("treadmill", "count", max(1, (people + 1) // 2)),
        "power": Renewable("power", "power", 3_000_000),
        "glovebox": Renewable("glovebox", "count", 1),
    }
    experiments: list[Experiment] = []
    left, number = sessions, 0
    while left > 0:
        made = _drawn(rng, f"e{number}", names, days, left)
        experiments.append(made)
        left -= made.session_count
        number += 1
    return mission(*experiments, crew=crew, routine=routine, rules=rules, resources=resources, end=end, grid=5)


def _drawn(rng: Random, name: str, names: list[str], days: int, left: int) -> Experiment:
    minutes = rng.choice([20, 30, 45, 60, 90])
    value = rng.randrange(10, 100)
    roles: tuple[Role, ...] = (Role(1, skills={rng.choice(["biology", "fluids"]): Level.USER}),)
    if rng.random() < 0.3:
        roles = (Role(1, is_=rng.choice(names)),)
    if rng.random() < 0.2:
        roles = (*roles, Role(2))
    uses = {"power": 200_000} if rng.random() < 0.5 else {"glovebox": 1} if rng.random() < 0.4 else {}
    work = Step("work", minutes * MINUTE, minutes * MINUTE, roles, uses)
    wait = Step("wait", 90 * MINUTE, 90 * MINUTE, (), {"power": 100_000})
    kind = rng.random()
    if kind < 0.4:
        count = min(left, rng.randrange(3, 8))
        repeat = Repeat(count, every_ms=DAY * rng.choice([1, 2]), tolerance_ms=4 * HOUR)
        return experiment(name, Session("run", (work,), repeat), value=value, minimum=min(2, count))
    if kind < 0.7:
        count = min(left, rng.randrange(2, 6))
        return experiment(name, Session("run", (work,), Repeat(count)), value=value, unordered=True)
    if kind < 0.9 or left < 2:
        count = min(left, rng.randrange(1, 4))
        return experiment(name, Session("run", (work, wait, work), Repeat(count, min_ms=12 * HOUR)), value=value)
    return experiment(name, Session("start", (work,)), Session("stop", (work,)), value=value, holds={"power": 50_000})


__all__ = ["Order", "duty", "experiment", "increment", "mission", "person", "session", "step"]
