"""Small missions with their plans, made by hand, and the story that a run tells of them.

Missions here start at a local midnight (UTC), so that `2 * HOUR` is 02:00 of day 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fractions import Fraction

from payload.journal import Event, kind_of
from payload.met import DAY, HOUR, MINUTE, Calendar, Window
from payload.model import (
    Consumable,
    Duty,
    Experiment,
    Mission,
    Person,
    Plan,
    Quantity,
    Renewable,
    Repeat,
    Reservation,
    ReservedStep,
    RigCall,
    Role,
    Session,
    Step,
)

CALENDAR = Calendar(datetime(2026, 10, 26, tzinfo=UTC), "UTC")
DATE = "2026-10-26"


def step(do: str, length_ms: int, *people: str, **more: object) -> Step:
    """A step done by these people (role i is the i-th of them)."""
    roles = tuple(Role(number, is_=person) for number, person in enumerate(people, start=1))
    return Step(do, length_ms, length_ms, crew=roles, **more)  # type: ignore[arg-type]


def rig_step(do: str, length_ms: int, rig: str, call: str = "run", **arguments: int | Quantity) -> Step:
    return Step(do, length_ms, length_ms, rig=RigCall(rig, call, arguments))


def session(id_: str, *steps: Step, **more: object) -> Session:
    return Session(id_, tuple(steps), **more)  # type: ignore[arg-type]


def experiment(id_: str, *sessions: Session, value: int = 10, **more: object) -> Experiment:
    return Experiment(id_, id_, id_.title(), "us", Fraction(value), more.pop("minimum", 1), sessions, **more)  # type: ignore[arg-type]


@dataclass
class Flight:
    """A mission and a plan under construction: `place` puts an activity at an instant, in the order of the calls."""

    people: Sequence[str] = ("ada", "bo")
    experiments: Sequence[Experiment] = ()
    routine: Sequence[Duty] = ()
    days: int = 1
    resources: dict[str, Renewable | Consumable] = field(default_factory=dict)
    windows: dict[str, tuple[Window, ...]] = field(default_factory=dict)
    guests: Sequence[str] = ()
    placed: list[Reservation] = field(default_factory=list)

    def place(self, id_: str, at: int) -> Flight:
        name = id_.split("/")
        duty = next((each for each in self.routine if each.id == name[0]), None)
        if duty is not None:
            self.placed.append(Reservation(id_, "duty", duty.id, at, at + duty.duration_ms, (name[1],)))
            return self
        found = next(each for each in self.experiments if each.id == name[0])
        sitting = next(each for each in found.sessions if each.id == name[1])
        steps, people, end = [], {}, at
        for each in sitting.steps:
            crew = tuple(role.is_ or "" for role in each.crew)
            people.update({role.number: role.is_ or "" for role in each.crew})
            steps.append(ReservedStep(each.do, end, end + each.min_ms, crew, each.uses))
            end += each.min_ms
        crew = tuple(people[number] for number in sorted(people))
        self.placed.append(Reservation(id_, "session", found.title, at, end, crew, tuple(steps)))
        return self

    @property
    def mission(self) -> Mission:
        whole = Window(0, self.days * DAY)
        crew = tuple(
            Person(id_, {}, whole, {"prime": {}} if id_ in self.guests else {}, "prime" if id_ in self.guests else None)
            for id_ in self.people
        )
        return Mission(
            "test",
            "Test",
            CALENDAR,
            whole.end,
            5 * MINUTE,
            crew,
            tuple(self.experiments),
            tuple(self.routine),
            dict(self.resources),
            sha256="5e55",
        )

    @property
    def plan(self) -> Plan:
        reservations = tuple(sorted(self.placed, key=lambda each: (each.start, each.id)))
        plan = Plan(
            "test", "5e55", "Test", CALENDAR, self.days * DAY, "feasible", Fraction(0), Fraction(0), reservations
        )
        return replace(plan, windows=dict(self.windows))


class Story(list[Event]):
    """A journal in memory."""

    def commit(self) -> None:
        pass

    def append(self, event: Event) -> int:  # type: ignore[override]
        super().append(event)
        return len(self)


QUIET = {"step-started", "step-ended", "activity-late", "run-started", "telemetry"}


def story(events: Sequence[Event], leave_out: Sequence[str] = tuple(QUIET)) -> list[tuple[object, ...]]:
    """The events as `(at in minutes, kind, id, state or code)`, shortest form first: empty places are left out."""
    lines = []
    for event in events:
        if kind_of(event) in leave_out:
            continue
        facts = (getattr(event, name, "") for name in ("id", "rig", "word", "state", "stage", "code", "how", "step"))
        minutes, rest = divmod(event.at, MINUTE)
        at: object = minutes if not rest else event.at / MINUTE
        lines.append((at, kind_of(event), *(fact for fact in facts if fact not in ("", 0))))
    return lines


def duty(id_: str, length_ms: int, at_ms: int | None = None, **more: object) -> Duty:
    """A fixed duty where `at_ms` is given, a movable one otherwise."""
    between = None if at_ms is not None else (0, 24 * HOUR)
    return Duty(id_, length_ms, ("ada", "bo"), at_ms=at_ms, between_ms=between, **more)  # type: ignore[arg-type]


def busy_flight(days: int = 14, people: int = 4, experiments: int = 30) -> Flight:
    """A synthetic mission of the size of the shipped one: people × days × 7 or so duties, and sessions two a day, in
    three steps, on racks and power."""
    names = [f"p{number}" for number in range(people)]
    routine = (
        Duty("sleep", 8 * HOUR, tuple(names), at_ms=0),
        Duty("post-sleep", 45 * MINUTE, tuple(names), at_ms=8 * HOUR),
        Duty("breakfast", 30 * MINUTE, tuple(names), at_ms=8 * HOUR + 45 * MINUTE),
        Duty("lunch", HOUR, tuple(names), between_ms=(12 * HOUR, 14 * HOUR)),
        Duty("exercise", 2 * HOUR, tuple(names), between_ms=(10 * HOUR, 20 * HOUR)),
        Duty("dinner", 45 * MINUTE, tuple(names), at_ms=20 * HOUR),
        Duty("pre-sleep", 2 * HOUR, tuple(names), at_ms=21 * HOUR),
        Duty("review", 15 * MINUTE, tuple(names), at_ms=9 * HOUR + 15 * MINUTE),
    )
    found = []
    slots = [day * DAY + wall_ms for day in range(days) for wall_ms in (570 * MINUTE, 13 * HOUR, 15 * HOUR)]
    used = dict.fromkeys(names, 0)
    where: list[tuple[str, int]] = []
    for number in range(experiments):
        who = names[number % people]
        steps = (
            step("set up", 30 * MINUTE, who, uses={"power": 50_000}),
            Step("run", HOUR, HOUR, uses={"power": 200_000}),
            step("stow", 15 * MINUTE, who),
        )
        count = 3 if number % 4 else 2
        found.append(
            experiment(f"e{number}", Session("s", steps, Repeat(count)), holds={"power": 1_000}, minimum=1 + number % 2)
        )
        for repeat in range(1, count + 1):
            where.append((f"e{number}/s/{repeat}", slots[used[who]]))
            used[who] += 1
    flight = Flight(names, tuple(found), routine, days, {"power": Renewable("power", "power", 2_000_000)})
    for id_, at in where:
        flight.place(id_, at)
    lunch = {"lunch": 12 * HOUR, "exercise": 17 * HOUR}
    for each in routine:
        for day in range(days):
            at = day * DAY + (each.at_ms if each.at_ms is not None else lunch[each.id])
            date = CALENDAR.date_of(day * DAY).isoformat()
            for name in names:
                flight.place(f"{each.id}/{name}/{date}", at)
    return flight
