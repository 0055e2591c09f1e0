"""The mission: the validated input, in the house's own terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from payload.met import Calendar, Window
from payload.model.activities import Duty, Experiment
from payload.model.people import Person
from payload.model.resources import Quantity, Resource
from payload.model.rules import Rule, Waiver
from payload.model.windows import Orbit, WindowRule


@dataclass(frozen=True, slots=True)
class Rig:
    """How a rig is reached; `limits` are closed ranges per channel, in base units, checked before a command leaves."""

    id: str
    kind: str
    url: str
    limits: Mapping[str, tuple[Quantity, Quantity]] = field(default_factory=dict)
    options: Mapping[str, str | int | float | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a key path stands in the mission's files; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Mission:
    """The validated input. `end` is the horizon's end in ms MET (the horizon is `[0, end)`).

    `sha256` identifies the mission as read (mission-format: hash of its canonical JSON). `marks` maps key paths
    (`experiments[2].sessions[0].days`) to their places, for messages; two missions are equal without it.
    """

    id: str
    title: str
    calendar: Calendar
    end: int
    grid_ms: int
    crew: tuple[Person, ...]
    experiments: tuple[Experiment, ...]
    routine: tuple[Duty, ...] = ()
    resources: Mapping[str, Resource] = field(default_factory=dict)
    orbit: Orbit | None = None
    windows: Mapping[str, WindowRule] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    shares: Mapping[str, int] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()
    locks: Mapping[str, int] = field(default_factory=dict)
    rigs: Mapping[str, Rig] = field(default_factory=dict)
    sha256: str = ""
    marks: Mapping[str, Mark] = field(default_factory=dict, compare=False, repr=False)

    @property
    def horizon(self) -> Window:
        return Window(0, self.end)

    @property
    def grid_origin(self) -> int:
        """The first day's local midnight: planned starts of movable activities lie whole grid steps after it."""
        return self.calendar.midnight(self.calendar.first_date)

    @property
    def seats(self) -> dict[str, str]:
        """Who fills each seat that has candidates."""
        return {person.id: person.flies for person in self.crew if person.flies is not None}

    def with_seats(self, seats: Mapping[str, str]) -> Mission:
        """The same mission with other people in its seats. Raises KeyError for a seat or candidate it has not."""
        people = {person.id: person for person in self.crew}
        for seat, candidate in seats.items():
            if seat not in people or candidate not in people[seat].candidates:
                raise KeyError(f"{seat}={candidate}")
        crew = tuple(replace(person, flies=seats.get(person.id, person.flies)) for person in self.crew)
        return replace(self, crew=crew)

    def dates(self) -> tuple[date, ...]:
        """The local dates that the horizon touches, in order."""
        first = self.calendar.first_date
        last = self.calendar.date_of(max(self.end - 1, 0))
        return tuple(date.fromordinal(day) for day in range(first.toordinal(), last.toordinal() + 1))
