"""The shapes of plan.json. Instants are UTC with `Z`; what a plan may say, the checker judges, not this room."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, model_validator

from payload.met import MINUTE, Window, parse_utc
from payload.scenario.amounts import exact, quantity
from payload.scenario.scope import Scope
from payload.scenario.shapes_setting import LONGEST_MS, FirstDay, Shape, Version, read_clock, read_start
from payload.scenario.tree import shown
from payload.scenario.values import ReadWith, each_of, pair, wrong
from payload.scenario.words import one_of

_FIRST_YEAR, _LAST_YEAR = 1900, 2200
_ACTIVITY = re.compile(r"[^/\s]+/[^/\s]+/[^/\s]+")
_HASH = re.compile(r"[0-9a-f]{64}")
_UTC = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,3})?Z")


def utc(value: Any, scope: Scope) -> int:
    """An instant in UTC with `Z`, in ms MET."""
    if not isinstance(value, str) or not _UTC.fullmatch(value):
        raise wrong(f"expected an instant in UTC such as '2026-10-25T22:00:00Z', not {shown(value)}")
    try:
        instant = parse_utc(value)
    except ValueError as error:
        raise wrong(f"{error}, not {shown(value)}") from None
    if not _FIRST_YEAR <= instant.year <= _LAST_YEAR:  # calendars end not far beyond
        raise wrong(f"expected an instant between {_FIRST_YEAR} and {_LAST_YEAR}, not {shown(value)}")
    return scope.calendar.met(instant)


def _start(value: Any, scope: Scope) -> int:
    """The mission's start: what a mission may have."""
    at = utc(value, scope)
    read_start(value, scope)
    return at


def _text(value: Any, scope: Scope) -> str:
    if not isinstance(value, str):
        raise wrong(f"expected text, not {shown(value)}")
    return value


def _activity(value: Any, scope: Scope) -> str:
    if not isinstance(value, str) or not _ACTIVITY.fullmatch(value):
        raise wrong(f"expected an id such as 'seeds/sow/1' or 'lunch/commander/2026-10-26', not {shown(value)}")
    return value


def _hash(value: Any, scope: Scope) -> str:
    if not isinstance(value, str) or not _HASH.fullmatch(value):
        raise wrong(f"expected the 64 hexadecimal digits of a SHA-256, not {shown(value)}")
    return value


def _number(value: Any, scope: Scope) -> Fraction:
    number = exact(value)
    if number is None:
        raise wrong(f"expected a number, not {shown(value)}")
    return number


def _minutes(value: Any, scope: Scope) -> int:
    number = exact(value)
    if number is None or number < 0:
        raise wrong(f"expected a number of minutes, 0 or more, not {shown(value)}")
    return round(number * MINUTE)


def _span(value: Any, scope: Scope) -> Window:
    ends = pair(value, "two instants [start, end]")
    return Window(*each_of(enumerate(ends), lambda one: utc(one, scope)))


def _uses(value: Any, scope: Scope) -> dict[str, int]:
    if not isinstance(value, dict):
        raise wrong(f"expected resources with their amounts, not {shown(value)}")
    return dict(zip(value, each_of(value.items(), lambda one: quantity(one).amount), strict=True))


def _in_order(start: int, end: int) -> None:
    if end < start:
        raise wrong("expected an end that is not before the start")


_KINDS = {"session": "session", "duty": "duty"}
_STATES = {word: word for word in ("planned", "running", "done", "failed", "skipped")}
_STATUSES = {word: word for word in ("optimal", "feasible", "infeasible")}
_INSTANT_SCHEMA = {"type": "string", "pattern": f"^{_UTC.pattern}$"}
_SPAN_SCHEMA = {"type": "array", "items": _INSTANT_SCHEMA, "minItems": 2, "maxItems": 2}

Utc = Annotated[int, ReadWith(utc, _INSTANT_SCHEMA)]
Word = Annotated[str, ReadWith(_text, {"type": "string"})]
ActivityId = Annotated[str, ReadWith(_activity, {"type": "string", "pattern": f"^{_ACTIVITY.pattern}$"})]
Number = Annotated[Fraction, ReadWith(_number, {"type": "number"})]
Minutes = Annotated[int, ReadWith(_minutes, {"type": "number", "minimum": 0})]
Span = Annotated[Window, ReadWith(_span, _SPAN_SCHEMA)]
Uses = Annotated[
    dict[str, int], ReadWith(_uses, {"type": "object", "additionalProperties": {"type": ["string", "integer"]}})
]


class PlannedMissionShape(Shape):
    id: Word
    sha256: Annotated[str, ReadWith(_hash, {"type": "string", "pattern": "^[0-9a-f]{64}$"})]
    title: Word
    start: Annotated[int, ReadWith(_start, _INSTANT_SCHEMA)]
    end: Utc
    clock: Annotated[str, ReadWith(read_clock, {"type": "string"})]
    first_day: FirstDay = 1

    @model_validator(mode="after")
    def of_a_mission(self, info: ValidationInfo) -> PlannedMissionShape:
        if not 0 < self.end - self.start <= LONGEST_MS:
            raise wrong("expected an end after the start, at most 3 years later")
        return self


class PromiseShape(Shape):
    promised_min: Minutes
    planned_min: Minutes


class ReservedStepShape(Shape):
    do: Word
    start: Utc
    end: Utc
    crew: list[Word]
    uses: Uses

    @model_validator(mode="after")
    def in_order(self, info: ValidationInfo) -> ReservedStepShape:
        _in_order(self.start, self.end)
        return self


class ReservationShape(Shape):
    id: ActivityId
    kind: Annotated[Literal["session", "duty"], one_of(_KINDS, "session or duty")]
    title: Word
    state: Annotated[
        Literal["planned", "running", "done", "failed", "skipped"],
        one_of(_STATES, "planned, running, done, failed or skipped"),
    ]
    start: Utc
    end: Utc
    crew: list[Word]
    steps: list[ReservedStepShape] | None = None

    @model_validator(mode="after")
    def in_order(self, info: ValidationInfo) -> ReservationShape:
        _in_order(self.start, self.end)
        if self.kind == "session" and self.steps is None:
            raise wrong("'steps' is missing: a session has steps")
        if self.kind == "duty" and self.steps is not None:
            raise wrong("a duty has no 'steps'")
        return self


class UnscheduledShape(Shape):
    id: ActivityId
    value: Number
    conflict: list[Word] = Field(default_factory=list)
    relaxation: Word | None = None


class PlanFile(Shape):
    """plan.json: what `payload schema plan` describes."""

    payload_plan: Version
    mission: PlannedMissionShape
    seats: dict[str, Word]
    windows: dict[str, list[Span]]
    status: Annotated[
        Literal["optimal", "feasible", "infeasible"], one_of(_STATUSES, "optimal, feasible or infeasible")
    ]
    value: Number
    bound: Number
    shares: dict[str, PromiseShape]
    reservations: list[ReservationShape]
    unscheduled: list[UnscheduledShape]
    conflict: list[Word] = Field(default_factory=list)
