"""From shapes to the model, second half: duties and experiments.

What an experiment says for all its sessions is merged into each of them; `for` makes copies; counts in `crew` become
roles. All of it as mission-format says; where that is silent, the docstrings here do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any

from payload.met import Calendar, Window
from payload.model import After, Days, Duty, Experiment, Relative, Repeat, RigCall, Role, Session, Step
from payload.scenario.choices import Choices
from payload.scenario.faults import Faults, Steps
from payload.scenario.scope import Scope, find_circles
from payload.scenario.shapes_work import (
    AfterShape,
    CrewShape,
    DutyShape,
    ExperimentShape,
    RelativeShape,
    RepeatShape,
    RoleShape,
    SessionShape,
    StepShape,
)

_Span = tuple[tuple[int, int] | None, Window | None]


def duty(faults: Faults, steps: Steps, raw: Any) -> Duty | None:
    Choices(faults).duty(raw, steps)
    shape = faults.read(DutyShape, steps)
    if shape is None:
        return None
    at_ms, at = shape.at or (None, None)
    between_ms, between = shape.between or (None, None)
    if at is not None or between is not None:
        for key in ("days", "except"):
            if key in raw:
                faults.add(
                    (*steps, key), f"{key!r} has no meaning for a duty given as instants: it is held once", key=True
                )
    people = faults.scope.people if shape.for_ is None else shape.for_
    return Duty(
        shape.id, shape.duration, people, at_ms, at, between_ms, between, shape.days, shape.except_, shape.uses,
        shape.together, shape.during, shape.avoid,
    )  # fmt: skip


def experiment(faults: Faults, steps: Steps, raw: Any) -> list[Experiment]:
    """The experiment, or the copies that its `for` makes of it; empty where anything in it is wrong."""
    Choices(faults).experiment(raw, steps)
    sessions = raw.get("sessions") if isinstance(raw, dict) else None
    ids = (one.get("id") for one in (sessions if isinstance(sessions, list) else []) if isinstance(one, dict))
    faults.scope.own_sessions = tuple(one for one in ids if isinstance(one, str))
    before = len(faults.found)
    shape = faults.read(ExperimentShape, steps)
    if shape is None or len(faults.found) > before:
        return []
    people: tuple[str | None, ...] = (None,) if shape.for_ is None else shape.for_
    made = [_Copy(faults, steps, shape, person).made() for person in people]
    return made if len(faults.found) == before else []


class _Copy:
    """One experiment in the making: as written, or for one `person` of its `for`."""

    def __init__(self, faults: Faults, steps: Steps, shape: ExperimentShape, person: str | None) -> None:
        self.faults, self.scope, self.steps, self.shape, self.person = faults, faults.scope, steps, shape, person
        self.id = shape.id if person is None else f"{shape.id}-{person}"
        crew = shape.crew if isinstance(shape.crew, list) else [shape.crew or CrewShape.model_validate({})]
        self.roles, self.any_number = crew, not isinstance(shape.crew, list)
        if len({role.same for role in crew}) > 1:
            faults.add((*steps, "crew"), "'same' is for the whole crew: give it to every role or to none")

    def made(self) -> Experiment:
        shape = self.shape
        sessions = tuple(self.session(n, one) for n, one in enumerate(shape.sessions))
        total = sum(one.repeat.count for one in sessions)
        if shape.minimum is not None and shape.minimum > total:
            self.faults.add(
                (*self.steps, "minimum"), f"expected at most {total}, the number of sessions, not {shape.minimum}"
            )
        return Experiment(
            id=self.id,
            written_id=shape.id,
            title=shape.title or shape.id,
            sponsor=shape.sponsor,
            value=shape.value / Fraction(len(shape.for_)) if shape.for_ else shape.value,
            minimum=total if shape.minimum is None else shape.minimum,
            sessions=sessions,
            unordered=shape.unordered,
            required=shape.required,
            same_people=any(role.same for role in self.roles),
            holds=shape.holds,
        )

    def session(self, n: int, shape: SessionShape) -> Session:
        own, here = self.shape, (*self.steps, "sessions", n)
        days = own.days if shape.days is None else shape.days if own.days is None else shape.days & own.days
        if not days and own.days and shape.days and self.scope.strict:
            self.faults.add((*here, "days"), "the session's 'days' and the experiment's have no day in common")
        return Session(
            id=shape.id,
            steps=tuple(self.step(one, shape, (*here, "steps", m)) for m, one in enumerate(shape.steps)),
            repeat=self.repeat(shape.repeat, days, (*here, "repeat")),
            days=days,
            at=self.starts(shape, days, here),
            between=self.spans(shape, days, here),
            during=_both(own.during, shape.during),
            avoid=_both(own.avoid, shape.avoid),
            covers=shape.covers,
            after=tuple(self.after(shape, here)),
            relative=_relative(shape.relative) if shape.relative else None,
            inside=shape.inside,
            uses=shape.uses,
        )

    def spans(self, shape: SessionShape, days: Days, here: Steps) -> tuple[Window, ...] | None:
        """Where the whole session may lie: its own `between` and the experiment's, both holding."""
        both = (self.shape.between, shape.between)
        spans = [_windows(span, self.scope, days) for span in both if span is not None]
        if not spans:
            return None
        found = (
            spans[0]
            if len(spans) == 1
            else tuple(cut for one in spans[0] for other in spans[1] if (cut := one.cut(other)))
        )
        if not found and (days is None or days) and self.scope.strict:
            where = here if shape.between else self.steps
            self.faults.add((*where, "between"), "no time is left inside the horizon, on an allowed day")
        return found

    def starts(self, shape: SessionShape, days: Days, here: Steps) -> tuple[int, ...] | None:
        """The allowed starts where the session says `at`: one instant, or a local time on every date."""
        if shape.at is None:
            return None
        local, instant = shape.at
        calendar, end = self.scope.calendar, self.scope.end
        starts = [instant] if instant is not None else [calendar.at(day, local or 0) for day in _dates(calendar, end)]
        allowed = tuple(
            start
            for start in sorted({one for one in starts if one is not None})
            if 0 <= start < end and (days is None or calendar.date_of(start) in days)
        )
        if not allowed and (days is None or days) and self.scope.strict:
            self.faults.add((*here, "at"), "expected a start inside the horizon and on an allowed day")
        return allowed

    def repeat(self, shape: RepeatShape | None, days: Days, here: Steps) -> Repeat:
        if shape is None:
            return Repeat()
        if shape.each:
            if days is not None and not days and self.scope.sure:
                self.faults.add((*here, "each"), "no day is left to hold it on")
            return Repeat(count=max(len(days or ()), 1), each_day=True)
        return Repeat(shape.count or 1, shape.every, shape.tolerance, shape.min, shape.max)

    def after(self, shape: SessionShape, here: Steps) -> Iterator[After]:
        """References made whole. One to an experiment of which there are copies means this person's copy."""
        entries: list[AfterShape] = (
            shape.after if isinstance(shape.after, list) else [shape.after] if shape.after else []
        )
        for n, one in enumerate(entries):
            place = (*here, "after", n) if isinstance(shape.after, list) else (*here, "after")
            experiment, slash, session = one.session.rpartition("/")
            if not slash or experiment == self.shape.id:
                experiment = self.id
            elif experiment in self.scope.copies.values() and experiment not in self.scope.copies:
                copy = f"{experiment}-{self.person}"
                if copy not in self.scope.copies:
                    copies = [name for name, of in self.scope.copies.items() if of == experiment]
                    self.faults.add(
                        (*place, "session"),
                        f"{experiment!r} has one copy a person: name one",
                        f"known: {', '.join(copies)}",
                    )
                experiment = copy
            if experiment == self.id and session == shape.id:
                self.faults.add((*place, "session"), "a session cannot come after itself")
            yield After(f"{experiment}/{session}", one.min, one.max)

    # -- steps and their crew ------------------------------------------------------------------------------------------

    def step(self, shape: StepShape, session: SessionShape, here: Steps) -> Step:
        call = RigCall(shape.rig.id, shape.rig.call, shape.rig.with_) if shape.rig else None
        return Step(
            shape.do, *shape.for_, self.crew(shape, session, (*here, "crew")), shape.uses, shape.produces, shape.during,
            shape.avoid, shape.covers, call,
        )  # fmt: skip

    def crew(self, shape: StepShape, session: SessionShape, here: Steps) -> tuple[Role, ...]:
        """The step's roles: so many of the experiment's, or its own list, which replaces those."""
        if isinstance(shape.crew, int):
            most = len(self.scope.people) if self.any_number else len(self.roles)
            if shape.crew > most:
                whose = f"there are {most} people" if self.any_number else f"the experiment's crew has {most} roles"
                self.faults.add(here, f"expected at most {most}, not {shape.crew}: {whose}")
                return ()
            return tuple(self.role(n) for n in range(1, shape.crew + 1))
        roles: list[Role] = []
        for position, entry in enumerate(shape.crew, 1):
            number = entry.role or position
            if entry.role and not self.has_role(entry.role, session):
                self.faults.add((*here, position - 1, "role"), f"no step of this session has a role {entry.role}")
            if any(role.number == number for role in roles):
                self.faults.add((*here, position - 1), f"role {number} stands twice in this step")
            roles.append(_role(number, entry))
        return tuple(roles)

    def role(self, number: int) -> Role:
        """Role `number` of the experiment's crew; in a copy, role 1 is its person."""
        role = _role(number, self.roles[0 if self.any_number else number - 1])
        return replace(role, is_=self.person) if self.person and number == 1 else role

    def has_role(self, number: int, session: SessionShape) -> bool:
        """Whether a step of the session has this role by itself, and not only refers to it."""
        return any(
            step.crew >= number
            if isinstance(step.crew, int)
            else len(step.crew) >= number and step.crew[number - 1].role is None
            for step in session.steps
        )


def after_circles(faults: Faults, experiments: list[Experiment], written: list[Any]) -> None:
    """A fault for sessions that wait for each other in a circle: none of them could ever be planned."""
    below: dict[str, list[str]] = {}
    places: dict[str, Steps] = {}
    index = {name: n for n, name in enumerate(written) if isinstance(name, str)}
    for experiment in experiments:
        for n, session in enumerate(experiment.sessions):
            name = f"{experiment.id}/{session.id}"
            below[name] = [one.reference for one in session.after]
            places[name] = ("experiments", index[experiment.written_id], "sessions", n, "after")
    for circle in find_circles(below):
        if len(circle) > 1:
            faults.add(places[circle[0]], f"sessions after each other in a circle: {' -> '.join((*circle, circle[0]))}")


def _role(number: int, shape: RoleShape) -> Role:
    return Role(number, shape.is_, shape.any_of, shape.skills)


def _relative(shape: RelativeShape) -> Relative:
    return Relative(shape.before or shape.after or "", shape.before is not None, shape.within)


def _both(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))


def _dates(calendar: Calendar, end: int) -> list[date]:
    """From the day before the start, on which a local time may open, to the day of the end."""
    last = calendar.date_of(end)
    return [calendar.first_date + timedelta(days=n) for n in range(-1, (last - calendar.first_date).days + 1)]


def _windows(span: _Span, scope: Scope, days: Days) -> tuple[Window, ...]:
    """A `between` as windows that meet the horizon: two local times give one on every allowed date."""
    local, window = span
    if local is not None:
        return _daily(scope.calendar, scope.end, *local, days)
    return (window,) if window and window.overlaps(Window(0, scope.end)) else ()


@lru_cache(maxsize=1024)
def _daily(calendar: Calendar, end: int, opens_ms: int, closes_ms: int, days: Days) -> tuple[Window, ...]:
    """An end that is not after its start is on the next day."""
    found = []
    for day in _dates(calendar, end):
        if days is None or day in days:
            closing = day if closes_ms > opens_ms else day + timedelta(days=1)
            window = Window(calendar.at(day, opens_ms), calendar.at(closing, closes_ms))
            if window.overlaps(Window(0, end)) and window.start < window.end:
                found.append(window)
    return tuple(found)
