"""Time in the mission files: durations, instants, local times, days."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import Annotated, Any

from pydantic_core import PydanticCustomError

from payload.met import DAY, Window, parse_duration, parse_wall
from payload.scenario.scope import Scope, nearest
from payload.scenario.tree import shown
from payload.scenario.values import ReadWith, each_of, pair, told, wrong

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MAX_LENGTH_MS = 100 * 366 * DAY
_DAY_RANGE = re.compile(r"(-?[0-9]{1,6})\s*\.\.\s*(-?[0-9]{1,6})")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FARTHEST_DAY = 10**6
_parsed = lru_cache(maxsize=4096)(parse_duration)  # a mission says "30 min" a thousand times


def length(value: Any, *, zero: bool = False) -> int:
    """A duration in ms; 0 only where `zero` says so."""
    if zero and value == 0 and not isinstance(value, bool):
        return 0
    if not isinstance(value, str) or len(value) > 100:
        raise wrong(f"expected a duration such as '90 min' or '2 h 30 min', not {shown(value)}")
    try:
        length_ms = _parsed(value)
    except ValueError as error:
        raise told(error, value) from None
    if not length_ms and not zero:
        raise wrong(f"expected a duration longer than 0, not {shown(value)}")
    if length_ms > MAX_LENGTH_MS:
        raise wrong(f"expected a duration of at most 100 years, not {shown(value)}")
    return length_ms


def _duration(value: Any, scope: Scope) -> int:
    return length(value)


def _duration_or_zero(value: Any, scope: Scope) -> int:
    return length(value, zero=True)


def instant(value: Any, scope: Scope) -> int:
    """An instant in ms MET."""
    if not isinstance(value, str) or len(value) > 100:
        expected = "expected an instant such as '2026-10-26T06:00:00+08:00' or 'day 3 20:00'"
        raise wrong(f"{expected}, not {shown(value)}")
    try:
        return scope.calendar.parse(value)
    except (ValueError, OverflowError) as error:
        raise told(ValueError(str(error)), value) from None


def _instant(value: Any, scope: Scope) -> int:
    return instant(value, scope)


def _instant_inside(value: Any, scope: Scope) -> int:
    at = instant(value, scope)
    if scope.strict and not 0 <= at < scope.end:
        raise wrong(f"expected an instant inside the horizon, {scope.horizon()}, not {shown(value)}")
    return at


def is_local(value: Any) -> bool:
    """Whether this reads as a local time of day (rather than an instant)."""
    return isinstance(value, str) and re.fullmatch(r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?", value) is not None


def local_time(value: Any) -> int:
    """A local time of day in ms after midnight."""
    if not isinstance(value, str):
        raise wrong(f"expected a local time such as '21:30', not {shown(value)}")
    try:
        return parse_wall(value)
    except ValueError as error:
        raise told(error, value) from None


def interval(value: Any, scope: Scope) -> Window:
    """Two instants, the first before the second."""
    ends = pair(value, "two instants [start, end]")
    start, end = each_of(enumerate(ends), lambda one: instant(one, scope))
    if start >= end and scope.sure:
        raise wrong(f"expected a start before the end, not {shown(ends[0])} to {shown(ends[1])}")
    return Window(start, end)


def _intervals(value: Any, scope: Scope) -> tuple[Window, ...]:
    if not isinstance(value, list) or not value:
        raise wrong(
            f"expected a list of intervals [[start, end], ...], not {shown(value) if value != [] else 'an empty list'}"
        )
    return tuple(each_of(enumerate(value), lambda one: interval(one, scope)))


def _local_pair(value: Any, scope: Scope) -> tuple[int, int]:
    start, end = each_of(enumerate(pair(value, "two local times such as ['22:00', '05:30']")), local_time)
    return start, end


def _at(value: Any, scope: Scope) -> tuple[int | None, int | None]:
    """When something starts: (local time, None) or (None, instant)."""
    if is_local(value):
        return local_time(value), None
    if not isinstance(value, str):
        raise wrong(f"expected a local time such as '21:30' or an instant such as 'day 3 20:00', not {shown(value)}")
    at = instant(value, scope)
    if scope.strict and not 0 <= at < scope.end:
        raise wrong(f"expected a start inside the horizon, {scope.horizon()}, not {shown(value)}")
    return None, at


def _between(value: Any, scope: Scope) -> tuple[tuple[int, int] | None, Window | None]:
    """Where something lies: (two local times, None) or (None, an interval)."""
    ends = pair(value, "two local times or two instants [start, end]")
    if is_local(ends[0]) and is_local(ends[1]):
        start, end = each_of(enumerate(ends), local_time)
        return (start, end), None
    if is_local(ends[0]) or is_local(ends[1]):
        raise wrong(f"expected two local times or two instants, not one of each: {shown(ends[0])}, {shown(ends[1])}")
    window = interval(value, scope)
    if scope.strict and not window.overlaps(Window(0, scope.end)):
        raise wrong(f"expected an interval that meets the horizon, {scope.horizon()}, not {ends[0]} to {ends[1]}")
    return None, window


def dates(value: Any, scope: Scope, first: date, last: date) -> frozenset[date]:
    """Mission-day numbers, dates, weekdays, ranges of day numbers, or a list of these, as dates of [first, last]."""
    calendar = scope.calendar

    def inside(day: date) -> bool:
        return first <= day <= last

    def no_such(one: Any) -> PydanticCustomError:
        days = f"{calendar.day_number(first)}..{calendar.day_number(last)}"
        return wrong(f"day {shown(one)} is not in the mission", f"its days are {days}, {first} to {last}")

    def every(one: Any) -> set[date]:
        if isinstance(one, int) and not isinstance(one, bool) and abs(one) < _FARTHEST_DAY:
            days = {calendar.date_of_day(one)}
        elif isinstance(one, str) and one in WEEKDAYS:
            span = (first + timedelta(days=n) for n in range((last - first).days + 1))
            return {day for day in span if day.weekday() == WEEKDAYS.index(one)}
        elif isinstance(one, str) and (match := _DAY_RANGE.fullmatch(one)):
            low, high = int(match[1]), int(match[2])
            if low > high:
                raise wrong(f"expected a range such as 2..7, from low to high, not {shown(one)}")
            base = calendar.day_number(first)
            bounds = max(low - base, 0), min(high - base, (last - first).days)
            days = {first + timedelta(days=n) for n in range(bounds[0], bounds[1] + 1)}
            if not days and scope.strict:
                raise no_such(one)
            return days
        elif isinstance(one, str) and _DATE.fullmatch(one):
            try:
                days = {date.fromisoformat(one)}
            except ValueError:
                raise wrong(f"no such date: {shown(one)}") from None
        else:
            hint = nearest(one, WEEKDAYS) if isinstance(one, str) and one.isalpha() else ""
            expected = (
                "expected a mission day such as 3, a date, a weekday such as mon, a range such as 2..7, or a list"
            )
            raise wrong(f"{expected}, not {shown(one)}", "" if hint.startswith("known") else hint)
        if scope.strict and not all(map(inside, days)):
            raise no_such(one)
        return {day for day in days if inside(day)}

    if not isinstance(value, list):
        return frozenset(every(value))
    if not value:
        raise wrong("expected at least one day, not an empty list")
    return frozenset[date]().union(*each_of(enumerate(value), every))


def _days(value: Any, scope: Scope) -> frozenset[date]:
    return dates(value, scope, *scope.horizon_dates())


def _nominal_days(value: Any, scope: Scope) -> frozenset[date]:
    return dates(value, scope, *scope.nominal_dates())


_DURATION_SCHEMA = {"type": "string", "description": "a duration: 90 min, 2 h 30 min, 1.5 h, 1 d, 250 ms, PT90M"}
_ZERO_SCHEMA = {
    **_DURATION_SCHEMA,
    "type": ["string", "integer"],
    "description": _DURATION_SCHEMA["description"] + "; or 0",
}
_INSTANT_SCHEMA = {"type": "string", "description": "ISO 8601 with Z or an offset, or: day 3 20:00"}
_LOCAL_SCHEMA = {"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9](:[0-5][0-9])?$", "description": "a local time"}
_AT_SCHEMA = {"type": "string", "description": "a local time such as 21:30, or an instant such as day 3 20:00"}
_TWO = {"type": "array", "minItems": 2, "maxItems": 2}
_DAY_SCHEMA = {"type": ["integer", "string"], "description": "a mission day, a date, a weekday, or a range 2..7"}
_DAYS_SCHEMA = {"oneOf": [_DAY_SCHEMA, {"type": "array", "items": _DAY_SCHEMA, "minItems": 1}]}

Duration = Annotated[int, ReadWith(_duration, _DURATION_SCHEMA)]
DurationOrZero = Annotated[int, ReadWith(_duration_or_zero, _ZERO_SCHEMA)]
Instant = Annotated[int, ReadWith(_instant, _INSTANT_SCHEMA)]
InstantInside = Annotated[int, ReadWith(_instant_inside, _INSTANT_SCHEMA)]
Intervals = Annotated[
    tuple[Window, ...], ReadWith(_intervals, {"type": "array", "items": {**_TWO, "items": _INSTANT_SCHEMA}})
]
LocalPair = Annotated[tuple[int, int], ReadWith(_local_pair, {**_TWO, "items": _LOCAL_SCHEMA})]
At = Annotated[tuple[int | None, int | None], ReadWith(_at, _AT_SCHEMA)]
Between = Annotated[tuple[tuple[int, int] | None, Window | None], ReadWith(_between, {**_TWO, "items": _AT_SCHEMA})]
Days = Annotated[frozenset[date], ReadWith(_days, _DAYS_SCHEMA)]
NominalDays = Annotated[frozenset[date], ReadWith(_nominal_days, _DAYS_SCHEMA)]
