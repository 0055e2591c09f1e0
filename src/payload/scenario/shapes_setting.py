"""The shapes of mission.yaml, first half: the mission itself, people, resources, environment, rigs.

One pydantic model for each mapping of the format, alternatives as optional keys of one model (which of them exclude
each other is said in `choices`), so that a fault is told once. They are also the source of the JSON Schema.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, cast
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, model_validator

from payload.met import DAY, parse_utc
from payload.model import Orbit, Quantity
from payload.scenario.amounts import Amount, Data, Distance, Rate, angle, number, quantity
from payload.scenario.scope import Scope, nearest
from payload.scenario.times import Duration, Instant, InstantInside, Intervals, LocalPair, NominalDays, length
from payload.scenario.tree import shown
from payload.scenario.values import ReadWith, each_of, pair, wrong
from payload.scenario.words import Flag, Id, Skills, Text, Windows, one_of

LONGEST_MS = 3 * 366 * DAY


class Shape(BaseModel):
    """A mapping of the format: every key that is not a field is unknown."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


# -- the mission itself ------------------------------------------------------------------------------------------------


def read_start(value: Any, scope: Scope) -> datetime:
    """The mission's start: an instant with an offset (there is no day 1 before it)."""
    if not isinstance(value, str):
        raise wrong(f"expected an instant such as '2026-10-26T06:00:00+08:00', not {shown(value)}")
    try:
        start = parse_utc(value)
    except ValueError as error:
        raise wrong(f"{error}, not {shown(value)}") from None
    if not datetime(1950, 1, 1, tzinfo=UTC) <= start < datetime(2150, 1, 1, tzinfo=UTC):
        raise wrong(f"expected a start between 1950 and 2150, not {shown(value)}")
    return start


def read_clock(value: Any, scope: Scope) -> str:
    """An IANA time zone that this machine (or the tzdata package) knows."""
    if not isinstance(value, str):
        raise wrong(f"expected a time zone such as 'Asia/Shanghai', not {shown(value)}")
    try:
        return ZoneInfo(value).key
    except (ValueError, OSError, KeyError):
        hint = nearest(value, available_timezones())
        raise wrong(f"expected a time zone such as 'Asia/Shanghai', not {shown(value)}", hint) from None


def _grid(value: Any, scope: Scope) -> int:
    grid_ms = length(value)
    if DAY % grid_ms or grid_ms < 1_000:
        raise wrong(f"expected a grid of 1 s or more that divides a day, not {shown(value)}")
    return grid_ms


def _payload(value: Any, scope: Scope) -> int:
    if value != 1 or isinstance(value, bool):
        raise wrong(f"expected 1, the version of the format, not {shown(value)}")
    return 1


Version = Annotated[int, ReadWith(_payload, {"const": 1})]
FirstDay = Annotated[int, number(-100_000, 100_000)]


class MissionShape(Shape):
    id: Id
    start: Annotated[datetime, ReadWith(read_start, {"type": "string", "format": "date-time"})]
    end: Instant
    title: Text = ""
    clock: Annotated[str, ReadWith(read_clock, {"type": "string"})] = "UTC"
    grid: Annotated[int, ReadWith(_grid, {"type": "string", "description": "a duration that divides a day"})] = 300_000
    first_day: FirstDay = 1


def from_before_to(start: int, end: int, info: ValidationInfo) -> None:
    if start >= end and cast(Scope, info.context).sure:
        raise wrong("expected 'from' before 'to'")


# -- people ------------------------------------------------------------------------------------------------------------


class AboardShape(Shape):
    from_: Instant | None = Field(None, alias="from")
    to: Instant | None = None

    @model_validator(mode="after")
    def in_order(self, info: ValidationInfo) -> AboardShape:
        if self.from_ is not None and self.to is not None:
            from_before_to(self.from_, self.to, info)
        return self


class CandidateShape(Shape):
    skills: Skills = Field(default_factory=dict)


class PersonShape(Shape):
    id: Id
    skills: Skills = Field(default_factory=dict)
    candidates: Annotated[dict[Id, CandidateShape], Field(min_length=1)] | None = None
    flies: Text | None = None
    aboard: AboardShape | None = None


# -- resources ---------------------------------------------------------------------------------------------------------


class ExceptionShape(Shape):
    from_: Instant = Field(alias="from")
    to: Instant
    capacity: Amount

    @model_validator(mode="after")
    def in_order(self, info: ValidationInfo) -> ExceptionShape:
        from_before_to(self.from_, self.to, info)
        return self


class ResupplyShape(Shape):
    at: InstantInside
    amount: Amount


class ResourceShape(Shape):
    capacity: Amount | None = None
    except_: list[ExceptionShape] = Field(default_factory=list, alias="except")
    stock: Amount | None = None
    resupply: list[ResupplyShape] = Field(default_factory=list)
    buffer: Data | None = None
    drain: Rate = 0
    during: Windows = ()


# -- environment -------------------------------------------------------------------------------------------------------


#: https://celestrak.org/NORAD/documentation/tle-fmt.php
_TLE_COLUMNS = {
    1: re.compile(
        r"1 [0-9A-Z ]{5}[A-Z ] .{8} [0-9 ]{5}\.[0-9]{8} [ +-]\.[0-9]{8} [ +-][0-9 ]{5}[+-][0-9] [ +-][0-9 ]{5}[+-][0-9]"
        r" [0-9 ] [0-9 ]{4}[0-9]"
    ),
    2: re.compile(
        r"2 [0-9A-Z ]{5} [0-9 ]{3}\.[0-9]{4} [0-9 ]{3}\.[0-9]{4} [0-9 ]{7} [0-9 ]{3}\.[0-9]{4} [0-9 ]{3}\.[0-9]{4}"
        r" [0-9 ]{2}\.[0-9]{8}[0-9 ]{5}[0-9]"
    ),
}


def _checksum(line: str) -> int:
    """Modulo 10 of its digits, a minus counting 1 (https://celestrak.org/columns/v04n03/)."""
    return sum(int(char) if char.isdigit() else char == "-" for char in line[:68]) % 10


def _tle(value: Any, scope: Scope) -> Orbit:
    def line(numbered: tuple[int, Any]) -> str:
        n, text = numbered
        if not isinstance(text, str):
            raise wrong(f"expected line {n} of a two-line element set, not {shown(text)}")
        if not text.isascii() or len(text) != 69:
            raise wrong(f"line {n} of a two-line element set has 69 characters, not {len(text)}")
        if not text.startswith(f"{n} "):
            raise wrong(f"line {n} of a two-line element set starts with '{n} ', not {text[:2]!r}")
        if not _TLE_COLUMNS[n].fullmatch(text):
            raise wrong(f"line {n} of a two-line element set does not have its numbers in their columns")
        if text[68] != str(_checksum(text)):
            raise wrong(
                f"the checksum of line {n} is {_checksum(text)}, not {text[68]!r}", "a character was lost or changed"
            )
        return text

    lines = pair(value, "the two lines of an element set")
    line1, line2 = each_of(enumerate(enumerate(lines, 1)), line)
    if line1[2:7] != line2[2:7]:
        raise wrong(f"the two lines are of different satellites, {line1[2:7]} and {line2[2:7]}")
    return Orbit(line1, line2)


class OrbitShape(Shape):
    tle: Annotated[Orbit, ReadWith(_tle, {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2})]


class StationShape(Shape):
    lat: Annotated[float, angle(-90, 90)]
    lon: Annotated[float, angle(-180, 180)]
    elevation: Annotated[float, angle(0, 90)] = 0.0


class SunShape(Shape):
    min: Annotated[float, angle(-90, 90)] | None = None
    max: Annotated[float, angle(-90, 90)] | None = None

    @model_validator(mode="after")
    def in_order(self) -> SunShape:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise wrong(f"expected min at most max, not {self.min:g} and {self.max:g}")
        return self


class TargetShape(StationShape):
    peak: Annotated[float, angle(0, 90)] | None = None
    sun: SunShape | None = None


class WindowShape(Shape):
    relay_longitudes: Annotated[list[Annotated[float, angle(-180, 180)]], Field(min_length=1)] | None = None
    graze: Distance = 0
    station: StationShape | None = None
    stations: Annotated[list[StationShape], Field(min_length=1)] | None = None
    target: TargetShape | None = None
    targets: Annotated[list[TargetShape], Field(min_length=1)] | None = None
    sunlit: Flag | None = None
    daily: LocalPair | None = None
    days: NominalDays | None = None
    between: Intervals | None = None
    all_of: Windows | None = None
    any_of: Windows | None = None
    none_of: Windows | None = None


class EnvironmentShape(Shape):
    orbit: OrbitShape | None = None
    windows: dict[Id, WindowShape] = Field(default_factory=dict)


# -- shares and rigs ---------------------------------------------------------------------------------------------------


class ShareShape(Shape):
    crew_time: Duration


def _range(value: Any, scope: Scope) -> tuple[Quantity, Quantity]:
    ends = pair(value, "a range [lowest, highest] such as [4 degC, 45 degC]")
    low, high = each_of(enumerate(ends), quantity)
    if low.dimension != high.dimension:
        raise wrong(f"expected two values of one dimension, not {low.dimension} and {high.dimension}")
    if low.amount > high.amount:
        raise wrong(f"expected a range from low to high, not {shown(ends[0])} to {shown(ends[1])}")
    return low, high


def _option(value: Any, scope: Scope) -> str | int | float | bool:
    if not isinstance(value, (str, int, float)):
        raise wrong(f"expected text, a number, true or false, not {shown(value)}")
    return float(value) if isinstance(value, float) else value


Range = Annotated[tuple[Quantity, Quantity], ReadWith(_range, {"type": "array", "minItems": 2, "maxItems": 2})]
Option = Annotated[str | int | float | bool, ReadWith(_option, {"type": ["string", "number", "boolean"]})]


class RigShape(Shape):
    kind: Id
    url: Text = "twin:"
    limits: dict[str, Range] = Field(default_factory=dict)
    speed: Annotated[str, one_of({"any": "any"}, "'any'")] | None = None
    options: dict[str, Option] = Field(default_factory=dict)
