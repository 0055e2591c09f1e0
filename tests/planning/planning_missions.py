"""Random missions of a few days that meet most pairs of the keys planned so far: `drawn(seed)`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from random import Random
from typing import Any

from payload.met import DAY, HOUR, MINUTE, Calendar, Window, merge
from payload.model import (
    After,
    Between,
    Consumable,
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
    Resource,
    RigCall,
    Role,
    Rule,
    Session,
    Step,
)

Windows = Mapping[str, tuple[Window, ...]]
NAMES = ("ann", "bob", "cleo")


def drawn(seed: int) -> tuple[Mission, Windows]:
    """A mission and its windows; the same for the same seed. The horizon crosses midnights, once in a while also a
    change of the clock, and may start off the grid."""
    rng = Random(seed)
    zone, day = rng.choice([("UTC", 2), ("Europe/Berlin", 28)])
    start = datetime(2026, 3, day, tzinfo=UTC) + timedelta(hours=rng.randrange(24), minutes=rng.choice([0, 0, 7, 30]))
    calendar = Calendar(start, zone)
    end = rng.randrange(20, 72) * HOUR
    crew = tuple(_person(rng, name, end) for name in NAMES[: rng.randrange(1, 4)])
    windows = {name: _intervals(rng, end) for name in ("relay", "night", "work")}
    routine = tuple(_routine(rng, crew))
    resources: dict[str, Resource] = {
        "power": Renewable("power", "power", 3, ((Window(10 * HOUR, 15 * HOUR), 1),) if rng.random() < 0.3 else ()),
        "rack": Renewable("rack", "count", 1),
        "swabs": Consumable("swabs", "count", rng.randrange(0, 6), ((15 * HOUR, 2),)),
    }
    dates = [calendar.first_date + timedelta(days=number) for number in range(4)]
    experiments: list[Experiment] = []
    for number in range(rng.randrange(1, 7)):
        made = _experiment(rng, f"e{number}", crew, routine, dates, end, experiments)
        experiments += _copies(made, crew) if rng.random() < 0.1 else [made]
    names = ["sessions", "duties", *(e.written_id for e in experiments), *(d.id for d in routine)]
    names += [f"{e.written_id}/{s.id}" for e in experiments for s in e.sessions]
    rules = tuple(_rule(rng, f"r{number}", names, crew, dates) for number in range(rng.randrange(0, 5)))
    mission = Mission(
        f"drawn-{seed}",
        "Drawn",
        calendar,
        end,
        rng.choice([5, 10, 15, 30]) * MINUTE,
        crew,
        tuple(experiments),
        routine,
        resources,
        rules=rules,
        windows={name: Between(there) for name, there in windows.items()},
    )
    return mission, windows


def _person(rng: Random, name: str, end: int) -> Person:
    aboard = Window(0, end) if rng.random() < 0.8 else Window(rng.randrange(3) * HOUR, end - rng.randrange(4) * HOUR)
    return Person(name, {"biology": rng.choice(list(Level))} if rng.random() < 0.6 else {}, aboard)


def _intervals(rng: Random, end: int) -> tuple[Window, ...]:
    found, at = [], rng.randrange(-2 * HOUR, 4 * HOUR)
    while at < end:
        length = rng.randrange(HOUR, 9 * HOUR)
        found.append(Window(max(at, 0), min(at + length, end)))
        at += length + rng.randrange(MINUTE, 4 * HOUR)
    return merge(found)


def _routine(rng: Random, crew: tuple[Person, ...]) -> list[Duty]:
    people = tuple(person.id for person in crew)
    made = [
        Duty("sleep", 6 * HOUR, people, at_ms=22 * HOUR),
        Duty("wash", 20 * MINUTE, people, at_ms=6 * HOUR),
        Duty("lunch", HOUR, people, between_ms=(11 * HOUR, 14 * HOUR)),
        Duty("dinner", 45 * MINUTE, people, between_ms=(17 * HOUR, 20 * HOUR + 30 * MINUTE)),
        Duty("sport", rng.choice([90, 150]) * MINUTE, people, between_ms=(7 * HOUR, 19 * HOUR), uses={"rack": 1}),
        Duty("call", 25 * MINUTE, people[:1], between_ms=(8 * HOUR, 21 * HOUR), during=("relay",)),
    ]
    return [duty for duty in made if rng.random() < 0.6]


def _role(rng: Random, number: int, crew: tuple[Person, ...]) -> Role:
    kind = rng.random()
    if kind < 0.3:
        return Role(number, is_=rng.choice(crew).id)
    if kind < 0.4:
        return Role(number, any_of=tuple(person.id for person in crew[:2]))
    if kind < 0.6:
        return Role(number, skills={"biology": rng.choice([Level.USER, Level.OPERATOR])})
    return Role(number)


def _steps(rng: Random, crew: tuple[Person, ...]) -> tuple[Step, ...]:
    roles = [_role(rng, number, crew) for number in range(1, rng.choice([2, 2, 2, 3]))]
    steps = []
    for number in range(rng.randrange(1, 4)):
        minutes = rng.choice([5, 15, 20, 30, 45, 60])
        more: dict[str, Any] = {}
        if rng.random() < 0.25:
            more["uses"] = {rng.choice(["power", "rack", "swabs"]): 1}
        if rng.random() < 0.15:
            more["during"] = (rng.choice(["relay", "work"]),)
        if rng.random() < 0.1:
            more["avoid"] = ("night",)
        if rng.random() < 0.1:
            more["rig"] = RigCall("oven", "heat")
        mine = tuple(roles) if number == 0 else tuple(rng.sample(roles, rng.randrange(0, len(roles) + 1)))
        if number == 0 and rng.random() < 0.1:
            mine = ()
        steps.append(Step(f"s{number}", minutes * MINUTE, minutes * MINUTE, mine, **more))
    return tuple(steps)


def _repeat(rng: Random, days: int) -> Repeat:
    kind = rng.random()
    if kind < 0.5:
        return Repeat(rng.randrange(1, 4))
    if kind < 0.7:
        return Repeat(2, every_ms=rng.choice([6 * HOUR, DAY]), tolerance_ms=rng.choice([0, HOUR, 3 * HOUR]))
    if kind < 0.9:
        return Repeat(2, min_ms=rng.choice([0, 2 * HOUR]), max_ms=rng.choice([None, 10 * HOUR]))
    return Repeat(days, each_day=True)


def _experiment(
    rng: Random,
    name: str,
    crew: tuple[Person, ...],
    routine: tuple[Duty, ...],
    dates: list[date],
    end: int,
    earlier: list[Experiment],
) -> Experiment:
    sessions: list[Session] = []
    for number in range(rng.choice([1, 1, 2, 3])):
        days = frozenset(rng.sample(dates, rng.randrange(2, 5)))
        repeat = _repeat(rng, len(days))
        more: dict[str, Any] = {"repeat": repeat}
        if repeat.each_day or rng.random() < 0.2:
            more["days"] = days
        if rng.random() < 0.1:
            more["between"] = (Window(2 * HOUR, end - 3 * HOUR),)
        if rng.random() < 0.05:
            more["at"] = tuple(rng.randrange(0, end, 5 * MINUTE) for _ in range(3))
        if rng.random() < 0.15:
            more["during"] = tuple(rng.sample(["relay", "night", "work"], rng.randrange(1, 3)))
        if rng.random() < 0.1:
            more["avoid"] = ("night",)
        if routine and rng.random() < 0.12:
            within = rng.choice([0, 30 * MINUTE, 3 * HOUR])
            more["relative"] = Relative(rng.choice(routine).id, rng.random() < 0.5, within)
        if routine and rng.random() < 0.12:
            more["inside"] = rng.choice(routine).id
        if sessions and rng.random() < 0.3:
            more["after"] = (After(f"{name}/{sessions[-1].id}", rng.choice([0, HOUR]), rng.choice([None, 12 * HOUR])),)
        elif earlier and rng.random() < 0.15:
            other = rng.choice(earlier)
            more["after"] = (After(f"{other.written_id}/{other.sessions[0].id}", 0, rng.choice([None, 12 * HOUR])),)
        if rng.random() < 0.1:
            more["uses"] = {"swabs": 1, "power": 1}
        sessions.append(Session(f"s{number}", _steps(rng, crew), **more))
    count = sum(session.repeat.count for session in sessions)
    return Experiment(
        name,
        name,
        name,
        "",
        Fraction(rng.randrange(0, 20), rng.choice([1, 2])),
        rng.choice([1, 1, 1, count]),
        tuple(sessions),
        unordered=rng.random() < 0.3,
        required=rng.random() < 0.06,
        same_people=rng.random() < 0.3,
        holds=rng.choice([{}, {}, {}, {"power": 1}, {"swabs": 1, "rack": 1}]),
    )


def _copies(made: Experiment, crew: tuple[Person, ...]) -> list[Experiment]:
    """As `for: all` expands: one a person, who has role 1."""
    return [
        Experiment(
            f"{made.id}-{person.id}",
            made.id,
            made.title,
            "",
            made.value / len(crew),
            made.minimum,
            tuple(_of_person(session, person.id) for session in made.sessions),
            unordered=made.unordered,
            holds=made.holds,
        )
        for person in crew
    ]


def _of_person(session: Session, name: str) -> Session:
    steps = tuple(
        Step(step.do, step.min_ms, step.max_ms, (Role(1, is_=name),) if step.crew else (), step.uses)
        for step in session.steps
    )
    return Session(session.id, steps, session.repeat, session.days, after=session.after, inside=session.inside)


def _rule(rng: Random, name: str, names: list[str], crew: tuple[Person, ...], dates: list[date]) -> Rule:
    more: dict[str, Any] = {"id": name, "per_crew": rng.random() < 0.7}
    if more["per_crew"] and rng.random() < 0.2:
        more["people"] = (crew[0].id,)
    if rng.random() < 0.2:
        more["days"] = frozenset(rng.sample(dates, 2))
    some = tuple(rng.sample(names, min(len(names), rng.randrange(1, 3))))
    others = tuple(rng.sample(names, min(len(names), rng.randrange(1, 3))))
    kind = rng.randrange(4)
    if kind == 0:
        gap_ms = rng.choice([0, 30 * MINUTE, 2 * HOUR])
        return Gap(gap_ms=gap_ms, after=some, before=others, per_day=rng.random() < 0.2, **more)
    if kind == 1:
        per_day = rng.random() < 0.4
        return Order(first=some, then=others, gap_ms=rng.choice([0, HOUR]), per_day=per_day, **more)
    if kind == 2:
        entries = tuple(dict.fromkeys((*some, *others)))
        return Exclude(
            entries=entries if len(entries) > 1 else (*entries, "sessions"), per_day=rng.random() < 0.2, **more
        )
    limit = rng.choice([2, 4, 6]) * HOUR
    return Limit(limit_ms=limit, of=("sessions",) if rng.random() < 0.6 else some, per_day=rng.random() < 0.7, **more)
