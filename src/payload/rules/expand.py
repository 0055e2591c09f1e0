"""Which sessions and duties the mission speaks of: the checker's own expansion.

Nothing here is shared with the planner: a mistake in one expansion shows up against the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from payload.met import Window
from payload.model import Duty, Experiment, Mission, Session

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sitting:
    """One repeat of a session. `number` counts from 1; `day` is the date of a repeat of `each: day`, else None."""

    id: str
    experiment: Experiment
    session: Session
    number: int
    day: date | None


@dataclass(frozen=True, slots=True)
class Instance:
    """One person's duty of one nominal date. `allowed` is already cut by the horizon; a fixed duty fills all of it."""

    id: str
    duty: Duty
    person: str
    on: date
    allowed: Window


def sittings(mission: Mission) -> dict[str, Sitting]:
    """Every session id of the mission, experiment by experiment in the order of its list."""
    found: dict[str, Sitting] = {}
    for experiment in mission.experiments:
        for session in experiment.sessions:
            days: list[date | None] = [None] * session.repeat.count
            if session.repeat.each_day:
                days = list(sorted(session.days) if session.days is not None else mission.dates())
            for number, day in enumerate(days, start=1):
                name = f"{experiment.id}/{session.id}/{number}"
                found[name] = Sitting(name, experiment, session, number, day)
    return found


def instances(mission: Mission) -> dict[str, Instance]:
    """Every duty instance that a plan must hold, duty by duty, date by date.

    There is none where the horizon leaves nothing of the allowed interval, where `aboard` cuts a fixed duty, and where
    no start on the grid leaves a movable one its duration inside both.
    """
    aboard = {person.id: person.aboard for person in mission.crew}
    found: dict[str, Instance] = {}
    for duty in mission.routine:
        for on, whole in _occasions(duty, mission):
            if on in duty.except_days or (duty.days is not None and on not in duty.days):
                continue
            allowed = whole.cut(mission.horizon)
            if allowed is None:
                continue
            for person in duty.people:
                if duty.fixed:
                    exists = aboard[person].contains(allowed)
                else:
                    room = allowed.cut(aboard[person])
                    exists = room is not None and _first_on_grid(mission, room.start) + duty.duration_ms <= room.end
                if exists:
                    name = f"{duty.id}/{person}/{on.isoformat()}"
                    found[name] = Instance(name, duty, person, on, allowed)
    return found


def _occasions(duty: Duty, mission: Mission) -> Iterator[tuple[date, Window]]:
    """Each nominal date with the interval that the duty may take there, not yet cut."""
    calendar = mission.calendar
    if duty.at is not None:
        yield calendar.date_of(duty.at), Window(duty.at, duty.at + duty.duration_ms)
        return
    if duty.between is not None:
        yield calendar.date_of(duty.between.start), duty.between
        return
    on, last = calendar.first_date - ONE_DAY, calendar.date_of(mission.end)
    while on <= last:
        if duty.at_ms is not None:
            start = calendar.at(on, duty.at_ms)
            yield on, Window(start, start + duty.duration_ms)
        elif duty.between_ms is not None:
            opens, closes = duty.between_ms
            yield on, Window(calendar.at(on, opens), calendar.at(on if closes > opens else on + ONE_DAY, closes))
        on += ONE_DAY


def _first_on_grid(mission: Mission, at: int) -> int:
    """The first instant of the grid that is not before `at`."""
    return at + (mission.grid_origin - at) % mission.grid_ms
