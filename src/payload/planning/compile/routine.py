"""The duty instances that a plan must hold: one per person and nominal date."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from payload.met import Window
from payload.model import Duty, Mission


@dataclass(frozen=True, slots=True)
class Occasion:
    """One person's duty on one nominal date. A fixed one fills `allowed`; a movable one lies in it."""

    duty: Duty
    person: str
    on: date
    allowed: Window

    @property
    def id(self) -> str:
        return f"{self.duty.id}/{self.person}/{self.on.isoformat()}"


def occasions(mission: Mission) -> Iterator[Occasion]:
    """Duty by duty, date by date, person by person; without those that horizon or `aboard` leave no room."""
    aboard = {person.id: person.aboard for person in mission.crew}
    for duty in mission.routine:
        for on, whole in _dates(mission, duty):
            allowed = whole.cut(mission.horizon)
            if allowed is None or on in duty.except_days or (duty.days is not None and on not in duty.days):
                continue
            for person in duty.people:
                if duty.fixed:
                    if aboard[person].contains(allowed):
                        yield Occasion(duty, person, on, allowed)
                    continue
                room = allowed.cut(aboard[person])
                if room is not None:
                    wait_ms = (mission.grid_origin - room.start) % mission.grid_ms
                    if room.start + wait_ms + duty.duration_ms <= room.end:
                        yield Occasion(duty, person, on, allowed)


def together(
    mission: Mission, occasions: Iterable[Occasion], facts: Collection[str] = ()
) -> Iterator[tuple[Occasion, ...]]:
    """The same occasions, those that start together as one: of a movable duty with `together`, a date's. Fixed ones do
    so by themselves, those that are `facts` stand already, and who is waived need not."""
    apart = {waiver.of for waiver in mission.waivers if waiver.rule == "together"}
    held: list[Occasion] = []
    for one in occasions:
        if held and (one.duty is not held[0].duty or one.on != held[0].on):
            yield tuple(held)
            held = []
        if one.duty.together and not one.duty.fixed and one.id not in apart and one.id not in facts:
            held.append(one)
        else:
            yield (one,)
    if held:
        yield tuple(held)


def _dates(mission: Mission, duty: Duty) -> Iterator[tuple[date, Window]]:
    calendar = mission.calendar
    if duty.at is not None:
        yield calendar.date_of(duty.at), Window(duty.at, duty.at + duty.duration_ms)
    elif duty.between is not None:
        yield calendar.date_of(duty.between.start), duty.between
    else:
        first, last = calendar.first_date - timedelta(days=1), calendar.date_of(mission.end)
        for number in range((last - first).days + 1):
            on = first + timedelta(days=number)
            if duty.at_ms is not None:
                start = calendar.at(on, duty.at_ms)
                yield on, Window(start, start + duty.duration_ms)
            elif duty.between_ms is not None:
                opens, closes = duty.between_ms
                end = calendar.at(on if closes > opens else on + timedelta(days=1), closes)
                yield on, Window(calendar.at(on, opens), end)
