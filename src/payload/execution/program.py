"""The plan as the executive flies it: what each activity waits for, holds and may not miss, worked out once.

A campaign compiles its plan once and flies it a thousand times; everything that no run changes is here. People, rigs,
renewable resources and, for each person, the one place `inside` a duty are *items*, numbered; a claim is
`(item, amount, length_ms)`, the length being the planned one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from payload.met import Calendar, Window
from payload.model import Kind, RigCall, State

Claim = tuple[int, int, int]
Claims = tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """The latest start, and in a word (`code`) and a sentence what is missed after it."""

    at: int
    code: str
    why: str


@dataclass(frozen=True, slots=True)
class Before:
    """Activities (by index) that must be settled first. With `required` one of them must be done; then the start is at
    least `min_ms`, at most `max_ms`, after the last done one's end."""

    indices: tuple[int, ...]
    required: bool
    min_ms: int = 0
    max_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Tie:
    """`relative`: the duty's index, and whether the session comes before it."""

    duty: int
    before: bool
    within_ms: int


@dataclass(frozen=True, slots=True)
class StepProgram:
    """One step: `latest` start and `cut` (the end of the window that it must lie in; None where it is free)."""

    number: int
    do: str
    start: int
    length_ms: int
    crew: tuple[str, ...]
    claims: Claims
    takes: tuple[tuple[str, int], ...]
    latest: Limit | None
    cut: int | None
    rig: RigCall | None


@dataclass(frozen=True, slots=True)
class Activity:
    """One reservation. `fact` is set for what is not flown: its state as the plan has it, or `done` for what the span
    leaves behind. `group` is the experiment's number in the program (-1 for a duty), `day` the mission day."""

    index: int
    id: str
    kind: Kind
    start: int
    end: int
    crew: tuple[str, ...]
    day: int
    fact: State | None
    fixed: bool = False
    claims: Claims = ()
    takes: tuple[tuple[str, int], ...] = ()
    steps: tuple[StepProgram, ...] = ()
    latest: Limit | None = None
    befores: tuple[Before, ...] = ()
    tie: Tie | None = None
    hosts: tuple[int, ...] = ()
    inside: bool = False
    group: int = -1
    procedure: str = ""
    facility: tuple[str, ...] = ()

    @property
    def length_ms(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Group:
    """An experiment: what it holds from its first session's start to its last one's end, and what k done sessions are
    worth (`worth[k]`)."""

    id: str
    title: str
    sponsor: str
    holds: Claims
    sessions: tuple[int, ...]
    worth: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Store:
    """A consumable: what is there at the start, and what comes when."""

    stock: int
    resupply: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Program:
    """A plan made ready to fly: what starts within `span`. The clock starts at `start`, with the first of them."""

    mission: str
    calendar: Calendar
    span: Window
    start: int
    activities: tuple[Activity, ...]
    groups: tuple[Group, ...]
    items: tuple[str, ...]
    capacities: tuple[int, ...]
    changes: Mapping[int, tuple[tuple[Window, int], ...]]
    stores: Mapping[str, Store]
    guests: frozenset[str]
    planned_value: Fraction

    @property
    def flown(self) -> tuple[Activity, ...]:
        return tuple(activity for activity in self.activities if activity.fact is None)

    @property
    def rigs(self) -> tuple[str, ...]:
        """The rigs that the flown steps call, sorted."""
        return tuple(sorted({step.rig.rig for activity in self.flown for step in activity.steps if step.rig}))
