"""The plan: every activity's reservation, and what was left out.

Instants are ms MET of the mission it belongs to. Ids: `experiment/session/n` with n from 1; `duty/person/D` with D the
nominal local date.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal

from payload.met import Calendar, Window
from payload.model.activities import Amounts

Kind = Literal["session", "duty"]
State = Literal["planned", "running", "done", "failed", "skipped"]
Status = Literal["optimal", "feasible", "infeasible"]


@dataclass(frozen=True, slots=True)
class ReservedStep:
    """A step placed: `uses` in base units; `crew` in role order."""

    do: str
    start: int
    end: int
    crew: tuple[str, ...] = ()
    uses: Amounts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reservation:
    """An activity placed. `crew` is in role order (role 1 first); `steps` is empty for a duty."""

    id: str
    kind: Kind
    title: str
    start: int
    end: int
    crew: tuple[str, ...]
    steps: tuple[ReservedStep, ...] = ()
    state: State = "planned"

    @property
    def window(self) -> Window:
        return Window(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Unscheduled:
    """A session left out: the value it would have added by itself, what stood against it, and, once verified, the
    smallest change that lets it in."""

    id: str
    value: Fraction
    conflict: tuple[str, ...] = ()
    relaxation: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """All reservations, sorted by (start, id), and all that was left out, sorted by id.

    `value` and `bound` are exact. `windows` are those the plan was made against, merged and cut to the horizon.
    `shares` maps a sponsor to (promised ms, planned ms). `conflict` is filled only when `status` is infeasible.
    """

    mission_id: str
    mission_sha256: str
    title: str
    calendar: Calendar
    end: int
    status: Status
    value: Fraction
    bound: Fraction
    reservations: tuple[Reservation, ...]
    unscheduled: tuple[Unscheduled, ...] = ()
    seats: Mapping[str, str] = field(default_factory=dict)
    windows: Mapping[str, tuple[Window, ...]] = field(default_factory=dict)
    shares: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    conflict: tuple[str, ...] = ()

    @property
    def gap(self) -> Fraction:
        """(bound - value) / bound; 0 for a bound of 0."""
        return (self.bound - self.value) / self.bound if self.bound else Fraction(0)

    def find(self, activity: str) -> Reservation | None:
        return next((reservation for reservation in self.reservations if reservation.id == activity), None)

    def with_reservations(self, reservations: Iterable[Reservation]) -> Plan:
        """The same plan with other reservations, put in order."""
        return replace(self, reservations=tuple(sorted(reservations, key=lambda r: (r.start, r.id))))
