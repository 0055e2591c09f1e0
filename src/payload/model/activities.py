"""What is to be done: routine duties, and experiments with their sessions and steps.

All lengths are ms, all instants ms MET, all `days` local dates. Repeats and duty instances are *not* expanded here:
the planner and the checker each do that by themselves, so that they cannot share a mistake.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from payload.met import Window
from payload.model.people import Role
from payload.model.resources import Quantity

Amounts = Mapping[str, int]
Days = frozenset[date] | None  # None: every day


@dataclass(frozen=True, slots=True)
class Duty:
    """A routine duty: mandatory, one instance per person of `people` and per nominal date.

    Exactly one of these says when: `at_ms` (fixed, local time of day), `at` (fixed, once, an instant), `between_ms`
    (movable, two local times of day; an end not after its start is on the next day), `between` (movable, once, an
    interval). `except_days` are left out of `days`. `uses` counts per person.
    """

    id: str
    duration_ms: int
    people: tuple[str, ...]
    at_ms: int | None = None
    at: int | None = None
    between_ms: tuple[int, int] | None = None
    between: Window | None = None
    days: Days = None
    except_days: frozenset[date] = frozenset()
    uses: Amounts = field(default_factory=dict)
    together: bool = False
    during: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()

    @property
    def fixed(self) -> bool:
        return self.at_ms is not None or self.at is not None


@dataclass(frozen=True, slots=True)
class RigCall:
    """One telecommand to a rig: `call` is the command's name in the rig kind's dictionary."""

    rig: str
    call: str
    arguments: Mapping[str, int | float | str | bool | Quantity] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a procedure. `max_ms` is above `min_ms` only for an uncrewed wait that the planner may choose."""

    do: str
    min_ms: int
    max_ms: int
    crew: tuple[Role, ...] = ()
    uses: Amounts = field(default_factory=dict)
    produces: Amounts = field(default_factory=dict)
    during: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()  # windows or duties
    rig: RigCall | None = None


@dataclass(frozen=True, slots=True)
class Repeat:
    """How often a session is held.

    `every_ms`: each start lies within `tolerance_ms` of `every_ms` after the previous start. `min_ms`, `max_ms`: from
    end to start. `each_day`: one on each day of the session's `days`, in date order, each optional by itself; `count`
    is then the number of these days.
    """

    count: int = 1
    every_ms: int | None = None
    tolerance_ms: int = 0
    min_ms: int | None = None
    max_ms: int | None = None
    each_day: bool = False


@dataclass(frozen=True, slots=True)
class After:
    """From the end of the last planned repeat of the sessions `reference` to this session's first: at least `min_ms`,
    at most `max_ms`. `reference` is `experiment/session`."""

    reference: str
    min_ms: int = 0
    max_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Relative:
    """Tied to role 1's person's instance of `duty`.

    `before`: the session's end lies in `[start - within_ms, start]` of the next instance that starts at or after that
    end. Otherwise: its start lies in `[end, end + within_ms]` of the last instance that ends at or before that start.
    """

    duty: str
    before: bool
    within_ms: int


@dataclass(frozen=True, slots=True)
class Session:
    """One sitting of an experiment, held `repeat.count` times.

    What the experiment says for all its sessions (`days`, `between`, `during`, `avoid`) is already merged in, both
    holding. `days` are of the start. `at`: the allowed starts, exempt from the grid. `between`: the whole session lies
    in one of these. `during`: the whole session lies in one interval of the intersection of the named windows.
    """

    id: str
    steps: tuple[Step, ...]
    repeat: Repeat = Repeat()
    days: Days = None
    at: tuple[int, ...] | None = None
    between: tuple[Window, ...] | None = None
    during: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
    after: tuple[After, ...] = ()
    relative: Relative | None = None
    inside: str | None = None
    uses: Amounts = field(default_factory=dict)

    @property
    def min_ms(self) -> int:
        """Its shortest length."""
        return sum(step.min_ms for step in self.steps)

    @property
    def max_ms(self) -> int:
        """Its longest length."""
        return sum(step.max_ms for step in self.steps)


@dataclass(frozen=True, slots=True)
class Experiment:
    """What is worth doing. `written_id` is the id in the file: it differs from `id` in the copies that `for` makes,
    one a person, each worth its exact share of `value`.

    With N sessions of which k are planned it is worth `value * k / N` if k >= `minimum`, else 0. `same_people`: role i
    is the same person in all planned sessions. `holds`: from the start of the first to the end of the last planned
    session.
    """

    id: str
    written_id: str
    title: str
    sponsor: str
    value: Fraction
    minimum: int
    sessions: tuple[Session, ...]
    unordered: bool = False
    required: bool = False
    same_people: bool = False
    holds: Amounts = field(default_factory=dict)

    @property
    def session_count(self) -> int:
        """N: how many sessions there are, repeats counted."""
        return sum(session.repeat.count for session in self.sessions)
