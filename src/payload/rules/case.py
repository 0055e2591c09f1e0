"""One plan laid beside its mission: what every rule reads, indexed once.

A rule is a function of a `Case`. Reservations with an id that the mission does not have, and second ones of the same
id, are in none of the lists here: `completeness` reports them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from payload.met import Window, intersect, merge
from payload.model import Duty, Mission, Plan, Reservation, ReservedStep, Session, Step, Violation
from payload.rules.expand import Instance, Sitting, instances, sittings

Rule = Callable[["Case"], Iterator[Violation]]

#: States that count towards an experiment's value: what is planned, and of the facts only what is done.
WORTH = frozenset({"planned", "done"})


@dataclass(frozen=True, slots=True)
class Placed:
    """A reservation whose id the mission knows. `planned` is False for a fact, which no rule judges by itself."""

    id: str
    start: int
    end: int
    people: tuple[str, ...]
    planned: bool
    reservation: Reservation
    sitting: Sitting | None = None
    instance: Instance | None = None
    steps: tuple[tuple[Step, ReservedStep], ...] = ()

    @property
    def window(self) -> Window:
        return Window(self.start, self.end)

    @property
    def session(self) -> Session:
        assert self.sitting is not None
        return self.sitting.session

    @property
    def duty(self) -> Duty:
        assert self.instance is not None
        return self.instance.duty

    def person_in(self, role: int) -> str | None:
        """Who has this role of the session, by its steps; None when no step has it."""
        for step, reserved in self.steps:
            numbers = sorted(place.number for place in step.crew)
            if role in numbers and len(reserved.crew) == len(numbers):
                return reserved.crew[numbers.index(role)]
        return None

    def shifts(self) -> Iterator[tuple[Window, tuple[str, ...]]]:
        """When it has people at work, and whom: all of a duty, each crewed step of a session."""
        if self.instance is not None:
            yield self.window, self.people
        else:
            for _, reserved in self.steps:
                if reserved.crew:
                    yield Window(reserved.start, reserved.end), reserved.crew


class Case:
    """A mission with the plan's people in its seats, and that plan."""

    def __init__(self, mission: Mission, plan: Plan) -> None:
        known = {person.id: person.candidates for person in mission.crew}
        seats = {seat: who for seat, who in plan.seats.items() if who in known.get(seat, {})}
        self.mission = mission.with_seats(seats)
        self.plan = plan
        self.calendar = mission.calendar
        self.crew = {person.id: person for person in self.mission.crew}
        self.sittings = sittings(mission)
        self.instances = instances(mission)
        self.windows: Mapping[str, tuple[Window, ...]] = {name: merge(of) for name, of in plan.windows.items()}
        self.sessions: list[Placed] = []
        self.duties: list[Placed] = []
        self.placed: dict[str, Placed] = {}
        self._shared: dict[tuple[str, ...], tuple[Window, ...]] = {}
        for reservation in plan.reservations:
            self._place(reservation)

    def _place(self, reservation: Reservation) -> None:
        sitting, instance = self.sittings.get(reservation.id), self.instances.get(reservation.id)
        if reservation.id in self.placed or (sitting is None and instance is None):
            return
        placed = Placed(
            reservation.id,
            reservation.start,
            reservation.end,
            reservation.crew,
            reservation.state == "planned",
            reservation,
            sitting,
            instance,
            tuple(zip(sitting.session.steps, reservation.steps, strict=False)) if sitting else (),
        )
        self.placed[placed.id] = placed
        (self.sessions if sitting else self.duties).append(placed)

    @property
    def activities(self) -> Iterable[Placed]:
        return self.placed.values()

    @cached_property
    def by_experiment(self) -> dict[str, list[Placed]]:
        """The reserved sessions of each experiment, by start; experiments without any are left out."""
        found: dict[str, list[Placed]] = defaultdict(list)
        for placed in sorted(self.sessions, key=_in_time):
            assert placed.sitting is not None
            found[placed.sitting.experiment.id].append(placed)
        return found

    @cached_property
    def copies(self) -> dict[str, list[str]]:
        """The experiments meant by a name: one by its own id, all copies that `for` made by the id in the file."""
        found: dict[str, list[str]] = defaultdict(list)
        for experiment in self.mission.experiments:
            for word in {experiment.id, experiment.written_id}:
                found[word].append(experiment.id)
        return found

    @cached_property
    def by_duty(self) -> dict[tuple[str, str], list[Placed]]:
        """The reserved instances of each duty and person, by start."""
        found: dict[tuple[str, str], list[Placed]] = defaultdict(list)
        for placed in sorted(self.duties, key=_in_time):
            assert placed.instance is not None
            found[placed.duty.id, placed.instance.person].append(placed)
        return found

    @cached_property
    def by_name(self) -> dict[str, list[Placed]]:
        """What each name of a mission rule stands for, by start; a name nothing is reserved for is left out."""
        found: dict[str, list[Placed]] = defaultdict(list)
        for placed in sorted(self.activities, key=_in_time):
            if placed.sitting is None:
                names = {"duties", placed.duty.id}
            else:
                experiment, session = placed.sitting.experiment, placed.sitting.session
                names = {"sessions"}
                for word in (experiment.id, experiment.written_id):
                    names |= {word, f"{word}/{session.id}"}
            for name in names:
                found[name].append(placed)
        return found

    def named(self, names: Iterable[str]) -> list[Placed]:
        """The activities that any of the names stands for, each once, by start."""
        found = {placed.id: placed for name in names for placed in self.by_name.get(name, ())}
        return sorted(found.values(), key=_in_time)

    def shared(self, names: tuple[str, ...]) -> tuple[Window, ...]:
        """The intersection of the named windows, merged; a window that the plan lacks is empty."""
        if names not in self._shared:
            common = (self.mission.horizon,) if not names else self.windows.get(names[0], ())
            for name in names[1:]:
                common = intersect(common, self.windows.get(name, ()))
            self._shared[names] = merge(common)
        return self._shared[names]

    def waived(self, word: str) -> frozenset[str]:
        """The activities for which a waiver of this constraint stands."""
        return frozenset(waiver.of for waiver in self.mission.waivers if waiver.rule == word)

    def date_of(self, at: int) -> date:
        return self.calendar.date_of(at)

    def split(self, span: Window) -> Iterator[tuple[date, int]]:
        """A span's length on each local date that it touches, in order."""
        at = span.start
        while at < span.end:
            on = self.calendar.date_of(at)
            until = min(span.end, self.calendar.midnight(on + timedelta(days=1)))
            yield on, until - at
            at = until

    def when(self, at: int) -> str:
        """An instant as a planner reads it: `day 3 20:00`."""
        return self.calendar.format_day(at)

    def span(self, window: Window) -> str:
        """`day 3 20:00 to day 3 20:30`."""
        return f"{self.when(window.start)} to {self.when(window.end)}"

    def named_span(self, placed: Placed) -> str:
        """`lesson/live/1 (day 3 20:00 to day 3 20:30)`."""
        return f"{placed.id} ({self.span(placed.window)})"


def _in_time(placed: Placed) -> tuple[int, str]:
    return placed.start, placed.id


def in_time(placed: Iterable[Placed]) -> list[Placed]:
    """By start, then by id."""
    return sorted(placed, key=_in_time)
