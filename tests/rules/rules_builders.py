"""Small missions and hand-made plans for the checker's tests: model objects, no files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

from enumerator import plan_of
from enumerator_choices import duty_ids, sat, session_ids

from payload.met import HOUR, MINUTE, Calendar, Window
from payload.model import Duty, Experiment, Level, Mission, Person, Plan, Reservation, Role, Session, Step
from payload.rules import check

#: The first mission day of every mission built here; the clock is UTC, the start is midnight.
DAY_1 = date(2026, 3, 2)
CALENDAR = Calendar(datetime(2026, 3, 2, tzinfo=UTC), "UTC")


def at(hours: float, day: int = 1) -> int:
    """An instant: hours after the local midnight of a mission day."""
    return (day - 1) * 24 * HOUR + round(hours * HOUR)


def span(start: float, end: float, day: int = 1) -> Window:
    return Window(at(start, day), at(end, day))


def days(*numbers: int) -> frozenset[date]:
    return frozenset(DAY_1 + timedelta(days=number - 1) for number in numbers)


def person(name: str, aboard: Window | None = None, **skills: Level) -> Person:
    return Person(name, skills, aboard or Window(0, 10**12))


def step(minutes: float = 60, *roles: Role, **more: Any) -> Step:
    """A step of a fixed length; give `max_ms` for a wait."""
    length_ms = round(minutes * MINUTE)
    return Step(**{"do": "work", "min_ms": length_ms, "max_ms": length_ms, "crew": roles, **more})


def session(name: str, *steps: Step, **more: Any) -> Session:
    return Session(name, steps or (step(60, Role(1)),), **more)


def experiment(name: str, *sessions: Session, **more: Any) -> Experiment:
    known = {"written_id": name, "title": name.title(), "sponsor": "", "value": Fraction(6), "minimum": 1}
    return Experiment(id=name, sessions=sessions or (session("s"),), **{**known, **more})


def duty(name: str, **more: Any) -> Duty:
    """A duty of an hour of everybody in the crew unless told otherwise (see `mission`)."""
    return Duty(name, **{"duration_ms": HOUR, "people": (), **more})


def mission(*experiments: Experiment, end: int = at(24), **more: Any) -> Mission:
    """One local day from midnight, a grid of 30 min, two people; `aboard` is cut to the mission."""
    crew: Sequence[Person] = more.pop("crew", (person("ann"), person("bob")))
    crew = tuple(replace(who, aboard=who.aboard.cut(Window(0, end)) or who.aboard) for who in crew)
    routine = tuple(
        one if one.people else replace(one, people=tuple(who.id for who in crew)) for one in more.pop("routine", ())
    )
    known = {"calendar": CALENDAR, "grid_ms": 30 * MINUTE, "sha256": "0123"}
    built = {**known, **more}
    return Mission("tiny", "Tiny", end=end, crew=crew, experiments=experiments, routine=routine, **built)


def sit(of: Mission, name: str, start: int, *people: str, waits: Iterable[int] = ()) -> Reservation:
    """A session reserved; people in role order, each step at its shortest unless `waits` gives all lengths."""
    its, what, _ = session_ids(of)[name]
    numbers = sorted({role.number for one in what.steps for role in one.crew})
    lengths = tuple(waits) or tuple(one.min_ms for one in what.steps)
    return sat(name, its, what, start, dict(zip(numbers, people, strict=True)), lengths)


def serve(of: Mission, name: str, start: int | None = None) -> Reservation:
    """A duty reserved; a fixed one, and one without a start, at the beginning of its allowed interval."""
    what, who, allowed = duty_ids(of)[name]
    length_ms = allowed.length_ms if what.fixed else what.duration_ms
    begins = allowed.start if start is None else start
    return Reservation(name, "duty", what.id, begins, begins + length_ms, (who,))


def plan(of: Mission, *placed: Reservation, windows: Mapping[str, tuple[Window, ...]] | None = None) -> Plan:
    """The plan with these reservations; duties that are not given stand at the beginning of their interval."""
    there = {one.id for one in placed}
    rest = [serve(of, name) for name in duty_ids(of) if name not in there]
    return plan_of(of, windows or {}, [*placed, *rest])


@dataclass(frozen=True)
class Story:
    """A valid plan, and the same plan broken in several ways, each against the same rule.

    `also` are rules that a break cannot help breaking as well.
    """

    rule: str
    mission: Mission
    valid: Plan
    broken: tuple[Plan, ...]
    also: frozenset[str] = frozenset()


def story(rule: str, of: Mission, valid: Plan, *broken: Plan, also: Iterable[str] = ()) -> Story:
    return Story(rule, of, valid, broken, frozenset(also))


def swap(whole: Plan, *placed: Reservation, of: Mission) -> Plan:
    """The plan with these reservations in place of those of the same id (or added), its value reckoned anew."""
    there = {one.id: one for one in (*whole.reservations, *placed)}
    return plan_of(of, whole.windows, there.values())


def drop(whole: Plan, *names: str, of: Mission) -> Plan:
    """The plan without some sessions, which are then unscheduled, its value reckoned anew."""
    return plan_of(of, whole.windows, [one for one in whole.reservations if one.id not in names])


def as_is(whole: Plan, name: str, **changes: Any) -> Plan:
    """The plan with one reservation changed as told, and nothing put in order again."""
    reservations = tuple(replace(one, **changes) if one.id == name else one for one in whole.reservations)
    return replace(whole, reservations=reservations)


def with_step(whole: Plan, name: str, index: int, **changes: Any) -> Plan:
    """The plan with one step of a reservation changed as told, and nothing else."""
    steps = list(next(one for one in whole.reservations if one.id == name).steps)
    steps[index] = replace(steps[index], **changes)
    return as_is(whole, name, steps=tuple(steps))


def hard(of: Mission, whole: Plan) -> set[str]:
    """The names of all rules that the plan breaks, soft ones left out."""
    return {found.rule for found in check(of, whole) if found.weight is None}


def ids_of_stories(stories: Iterable[Story]) -> list[str]:
    """A readable name for each story, numbered where a rule has several."""
    names: list[str] = []
    for one in stories:
        names.append(f"{one.rule}-{1 + sum(name.startswith(one.rule + '-') for name in names)}")
    return names


def judge(told: Story) -> None:
    """The valid plan has no violation; each broken one breaks the rule, and nothing but what it must."""
    assert [str(found) for found in check(told.mission, told.valid)] == []
    assert len(told.broken) >= 3
    for whole in told.broken:
        found = hard(told.mission, whole)
        assert told.rule in found
        assert found <= {told.rule} | told.also
