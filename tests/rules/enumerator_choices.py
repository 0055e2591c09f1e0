"""What a tiny mission speaks of, and everything that may be tried with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product

from payload.met import MINUTE, Window
from payload.model import (
    Duty,
    Experiment,
    Mission,
    Reservation,
    ReservedStep,
    Session,
)

Windows = Mapping[str, tuple[Window, ...]]
DAY = timedelta(days=1)


class Tiny:
    """A mission with its windows, and all that it speaks of."""

    def __init__(self, mission: Mission, windows: Windows) -> None:
        self.mission, self.windows = mission, windows
        self.sessions, self.duties = session_ids(mission), duty_ids(mission)


@dataclass(frozen=True)
class Tried:
    """One choice for some or all activities of a mission."""

    tiny: Tiny
    placed: tuple[Reservation, ...]

    @property
    def mission(self) -> Mission:
        return self.tiny.mission

    @property
    def windows(self) -> Windows:
        return self.tiny.windows

    def sessions(self, experiment: Experiment, session: Session | None = None) -> list[Reservation]:
        """The planned sessions of an experiment, or the repeats of one of its sessions, in the order of the list."""
        found = []
        for listed in experiment.sessions:
            for n in range(1, listed.repeat.count + 1):
                name = f"{experiment.id}/{listed.id}/{n}"
                if session is None or session is listed:
                    found += [one for one in self.placed if one.id == name]
        return found

    def waived(self, word: str, *some: Reservation | str) -> bool:
        """Whether a waiver of this constraint or rule names one of these."""
        ids = {one if isinstance(one, str) else one.id for one in some}
        return any(waiver.rule == word and waiver.of in ids for waiver in self.mission.waivers)

    def duties(self, duty: str, person: str | None) -> list[Reservation]:
        return [one for one in self.placed if one.kind == "duty" and one.id.split("/")[:2] == [duty, person]]


# What there is.


def session_ids(mission: Mission) -> dict[str, tuple[Experiment, Session, int]]:
    return {
        f"{experiment.id}/{session.id}/{n}": (experiment, session, n)
        for experiment in mission.experiments
        for session in experiment.sessions
        for n in range(1, session.repeat.count + 1)
    }


def duty_ids(mission: Mission) -> dict[str, tuple[Duty, str, Window]]:
    """Each instance with its allowed interval, cut by the horizon."""
    calendar = mission.calendar
    found: dict[str, tuple[Duty, str, Window]] = {}
    on = calendar.date_of(0) - DAY
    while on <= calendar.date_of(mission.end):
        for duty in mission.routine:
            allowed = _interval(mission, duty, on)
            if allowed is None or (duty.days is not None and on not in duty.days) or on in duty.except_days:
                continue
            start, end = max(allowed.start, 0), min(allowed.end, mission.end)
            if start >= end:
                continue
            for person in mission.crew:
                if person.id not in duty.people:
                    continue
                if duty.fixed:
                    there = person.aboard.start <= start and end <= person.aboard.end
                else:
                    there = any(
                        max(start, person.aboard.start) <= at and at + duty.duration_ms <= min(end, person.aboard.end)
                        for at in grid(mission)
                    )
                if there:
                    found[f"{duty.id}/{person.id}/{on}"] = (duty, person.id, Window(start, end))
        on += DAY
    return found


def _interval(mission: Mission, duty: Duty, on: date) -> Window | None:
    calendar = mission.calendar
    if duty.at_ms is not None:
        start = calendar.at(on, duty.at_ms)
        return Window(start, start + duty.duration_ms)
    if duty.between_ms is not None:
        first, last = duty.between_ms
        return Window(calendar.at(on, first), calendar.at(on + DAY if last <= first else on, last))
    whole = duty.between if duty.between is not None else Window(duty.at or 0, (duty.at or 0) + duty.duration_ms)
    return whole if calendar.date_of(whole.start) == on else None


def grid(mission: Mission) -> Iterator[int]:
    """The instants of the grid within the horizon."""
    at = mission.calendar.at(mission.calendar.date_of(0), 0)
    while at < mission.end:
        if at >= 0:
            yield at
        at += mission.grid_ms


# What can be tried.


def choices(mission: Mission) -> dict[str, list[Reservation | None]]:
    """For each activity what may be tried; None is to leave a session out."""
    found: dict[str, list[Reservation | None]] = {}
    on_grid = list(grid(mission))
    for name, (duty, person, allowed) in duty_ids(mission).items():
        starts = [allowed.start] if duty.fixed else with_lock(mission, name, on_grid)
        length = allowed.length_ms if duty.fixed else duty.duration_ms
        found[name] = [Reservation(name, "duty", duty.id, at, at + length, (person,)) for at in starts]
    for name, (experiment, session, _) in session_ids(mission).items():
        free = {(waiver.rule, waiver.of) for waiver in mission.waivers}
        exact = list(session.at if session.at is not None else on_grid)
        starts = with_lock(mission, name, sorted({*exact, *on_grid}) if ("at", name) in free else exact)
        numbers = sorted({role.number for step in session.steps for role in step.crew})
        people = [
            dict(zip(numbers, who, strict=True)) for who in product([p.id for p in mission.crew], repeat=len(numbers))
        ]
        lengths = {at: list(stretches(mission, session, at)) for at in starts}
        found[name] = [
            None,
            *(
                sat(name, experiment, session, at, who, taken)
                for at in starts
                for who in people
                for taken in lengths[at]
            ),
        ]
    return found


def stretches(mission: Mission, session: Session, start: int) -> Iterator[tuple[int, ...]]:
    """The lengths of all steps of a session that starts there. A wait may be as long as its shortest or longest, and
    between them where its length, what it adds to the shortest, or its end is on the grid."""
    origin, grid_ms = mission.calendar.at(mission.calendar.date_of(0), 0), mission.grid_ms

    def extend(taken: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if len(taken) == len(session.steps):
            yield taken
            return
        step, at = session.steps[len(taken)], start + sum(taken)
        least, most = step.min_ms, step.max_ms
        for length in {least, most, *(n for n in range(least, most, MINUTE))}:
            on_grid = (length % grid_ms, (length - least) % grid_ms, (at + length - origin) % grid_ms)
            if length in (least, most) or 0 in on_grid:
                yield from extend((*taken, length))

    yield from extend(())


def with_lock(mission: Mission, name: str, starts: list[int]) -> list[int]:
    """The starts, and where the activity is locked."""
    return sorted({*starts, mission.locks[name]}) if name in mission.locks else starts


def sat(
    name: str, experiment: Experiment, session: Session, at: int, who: Mapping[int, str], lengths: Iterable[int]
) -> Reservation:
    """The reservation of a session that starts at an instant with these people and step lengths."""
    steps, start = [], at
    for step, length in zip(session.steps, lengths, strict=True):
        crew = tuple(who[number] for number in sorted(role.number for role in step.crew))
        steps.append(ReservedStep(step.do, start, start + length, crew, dict(step.uses)))
        start += length
    crew = tuple(dict.fromkeys(who[number] for number in sorted(who)))
    return Reservation(name, "session", experiment.title, at, start, crew, tuple(steps))


def all_choices(mission: Mission) -> Iterator[tuple[Reservation, ...]]:
    """The whole space: one choice for each activity, valid or not."""
    for chosen in product(*choices(mission).values()):
        yield tuple(one for one in chosen if one is not None)
