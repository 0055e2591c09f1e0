"""Mission Elapsed Time: the one clock of the house.

An instant is an `int` of milliseconds since the mission's start (negative before it); a length is an `int` of
milliseconds whose name ends in `_ms`. Only a `Calendar` knows which instant that is on Earth and in the
mission's local clock. Intervals are half-open everywhere: `[start, end)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo

MS = 1
SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

NS_PER_MS = 1_000_000


def to_ns(met_ms: int) -> int:
    """Milliseconds of the mission as the nanoseconds used inside rigs: the one converter, with `to_ms`."""
    return met_ms * NS_PER_MS


def to_ms(time_ns: int) -> int:
    """Nanoseconds as whole milliseconds, rounded down."""
    return time_ns // NS_PER_MS


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """The half-open interval `[start, end)` in ms MET."""

    start: int
    end: int

    @property
    def length_ms(self) -> int:
        return self.end - self.start

    def contains(self, other: Window) -> bool:
        """Whether all of `other` lies inside; touching an edge from within is inside."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Window) -> bool:
        """Whether the two share an instant; two that only touch do not."""
        return self.start < other.end and other.start < self.end

    def cut(self, other: Window) -> Window | None:
        """What the two share, or None when that is empty."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Window(start, end) if start < end else None


def merge(windows: Iterable[Window]) -> tuple[Window, ...]:
    """Their union: sorted and disjoint, touching ones joined, empty ones dropped."""
    merged: list[Window] = []
    for window in sorted(windows):
        if window.start >= window.end:
            continue
        if merged and window.start <= merged[-1].end:
            if window.end > merged[-1].end:
                merged[-1] = Window(merged[-1].start, window.end)
        else:
            merged.append(window)
    return tuple(merged)


def intersect(one: Sequence[Window], other: Sequence[Window]) -> tuple[Window, ...]:
    """What two merged lists share, merged."""
    found: list[Window] = []
    i = j = 0
    while i < len(one) and j < len(other):
        shared = one[i].cut(other[j])
        if shared:
            found.append(shared)
        if one[i].end <= other[j].end:
            i += 1
        else:
            j += 1
    return merge(found)


def complement(windows: Sequence[Window], within: Window) -> tuple[Window, ...]:
    """`within` without a merged list, merged."""
    free: list[Window] = []
    at = within.start
    for window in windows:
        if window.end <= within.start or window.start >= within.end:
            continue
        if window.start > at:
            free.append(Window(at, window.start))
        at = max(at, window.end)
    if at < within.end:
        free.append(Window(at, within.end))
    return tuple(free)


_UNITS = {
    "ms": MS,
    "s": SECOND,
    "sec": SECOND,
    "min": MINUTE,
    "h": HOUR,
    "d": DAY,
}
#: units as people say them -> as they are written
_SPOKEN = {
    **dict.fromkeys(("second", "seconds", "secs"), "s"),
    **dict.fromkeys(("m", "mins", "minute", "minutes"), "min"),
    **dict.fromkeys(("hr", "hrs", "hour", "hours"), "h"),
    **dict.fromkeys(("day", "days"), "d"),
}
_PART = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*")
_ISO_DURATION = re.compile(
    r"P(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?"
    r"(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)


def parse_duration(text: str) -> int:
    """`90 min`, `2 h 30 min`, `1.5 h`, `1 d`, `250 ms` or ISO 8601 (`PT90M`) as whole milliseconds, 0 or more.

    Raises ValueError, with what was expected, for anything else, for a unit given twice, and for a fraction of a
    millisecond.
    """
    expected = "expected a duration such as '90 min', '2 h 30 min', '1.5 h', '1 d', '250 ms' or 'PT90M'"
    total = Fraction(0)
    iso = _ISO_DURATION.fullmatch(text)
    if iso and any(iso.groups()) and not text.endswith("T"):
        for amount, unit_ms in zip(iso.groups(), (7 * DAY, DAY, HOUR, MINUTE, SECOND), strict=True):
            total += Fraction(amount or 0) * unit_ms
    else:
        at, seen = 0, set()
        while at < len(text):
            part = _PART.match(text, at)
            if part and part[2] in _SPOKEN:
                raise ValueError(f"write {_SPOKEN[part[2]]!r} for {part[2]!r}: {expected}")
            if not part or part[2] not in _UNITS or part[2] in seen:
                raise ValueError(expected)
            seen.add(part[2])
            total += Fraction(part[1]) * _UNITS[part[2]]
            at = part.end()
        if not seen:
            raise ValueError(expected)
    if total.denominator != 1:
        raise ValueError("a duration is a whole number of milliseconds")
    return int(total)


def format_duration(length_ms: int) -> str:
    """A length in the words `parse_duration` reads: `2 h 30 min`. Hours are not folded into days."""
    if length_ms < 0:
        return "-" + format_duration(-length_ms)
    parts = []
    for unit, unit_ms in (("h", HOUR), ("min", MINUTE), ("s", SECOND), ("ms", MS)):
        amount, length_ms = divmod(length_ms, unit_ms)
        if amount:
            parts.append(f"{amount} {unit}")
    return " ".join(parts) or "0 min"


_WALL = re.compile(r"([01]\d|2[0-4]):([0-5]\d)(?::([0-5]\d))?")
_DAY_TIME = re.compile(r"day\s+(-?\d+)\s+(\S+)")
_INSTANT = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|z|[+-]\d{2}:?\d{2})?")


def parse_wall(text: str) -> int:
    """A local time of day, `21:30` or `21:30:15`, as ms after midnight; `24:00` is the midnight that ends the day."""
    match = _WALL.fullmatch(text)
    wall_ms = int(match[1]) * HOUR + int(match[2]) * MINUTE + int(match[3] or 0) * SECOND if match else DAY + 1
    if wall_ms > DAY:
        raise ValueError("expected a local time such as '21:30'")
    return wall_ms


def parse_utc(text: str) -> datetime:
    """An ISO 8601 instant with `Z` or an offset, in UTC. Raises ValueError when it has no offset."""
    match = _INSTANT.fullmatch(text.strip())
    if not match:
        raise ValueError("expected an instant such as '2026-10-26T06:00:00+08:00' or '2026-10-25T22:00:00Z'")
    if not match[3]:
        raise ValueError("an instant needs 'Z' or an offset such as '+08:00'")
    zone = "+00:00" if match[3] in "Zz" else match[3]
    try:
        return datetime.fromisoformat(f"{match[1]}T{match[2]}{zone}").astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"no such instant: {error}") from None


@dataclass(frozen=True, slots=True)
class Calendar:
    """Where the mission's time lies on Earth.

    `start` is MET 0, in UTC and whole milliseconds; `zone` the IANA name of the mission's local clock; `first_day`
    the number of the local date on which the mission starts. A local time that does not exist moves forward by the
    gap; one that occurs twice is the first.
    """

    start: datetime
    zone: str
    first_day: int = 1

    @property
    def first_date(self) -> date:
        """The local date of the start: mission day `first_day`."""
        return self.date_of(0)

    def met(self, instant: datetime) -> int:
        """An aware datetime as ms MET, rounded down."""
        return (instant - self.start) // timedelta(milliseconds=1)

    def utc(self, at: int) -> datetime:
        return self.start + timedelta(milliseconds=at)

    def local(self, at: int) -> datetime:
        """The instant in the mission's clock (aware)."""
        return self.utc(at).astimezone(_zone(self.zone))

    def date_of(self, at: int) -> date:
        """The local date in which the instant lies."""
        return self.local(at).date()

    def day_of(self, at: int) -> int:
        """The mission-day number in which the instant lies."""
        return self.day_number(self.date_of(at))

    def day_number(self, on: date) -> int:
        return (on - self.first_date).days + self.first_day

    def date_of_day(self, number: int) -> date:
        return self.first_date + timedelta(days=number - self.first_day)

    def at(self, on: date, wall_ms: int) -> int:
        """The instant of a local time of day on a local date; 24:00 is the next midnight."""
        return _local_ms(self, on, wall_ms)

    def midnight(self, on: date) -> int:
        return self.at(on, 0)

    def parse(self, text: str) -> int:
        """An instant with an offset, or `day 3 20:00` in the mission's clock, as ms MET. Raises ValueError."""
        match = _DAY_TIME.fullmatch(text.strip())
        if match:
            try:
                return self.at(self.date_of_day(int(match[1])), parse_wall(match[2]))
            except OverflowError:
                raise ValueError("this day is out of range") from None
        return self.met(parse_utc(text))

    def format_utc(self, at: int) -> str:
        """ISO 8601 with `Z`; milliseconds only where there are some."""
        instant = self.utc(at)
        text = instant.strftime("%Y-%m-%dT%H:%M:%S")
        return f"{text}.{instant.microsecond // 1000:03d}Z" if instant.microsecond else text + "Z"

    def format_day(self, at: int) -> str:
        """`day 3 20:00`, in the mission's clock; seconds only where there are some."""
        local = self.local(at)
        text = local.strftime("%H:%M:%S" if local.second or local.microsecond else "%H:%M")
        return f"day {self.day_number(local.date())} {text}"


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=65536)
def _local_ms(calendar: Calendar, on: date, wall_ms: int) -> int:
    zone = _zone(calendar.zone)
    # fold=0: the first of two; in a gap it is the offset before the gap, which moves the time forward by the gap.
    wall = datetime(on.year, on.month, on.day, tzinfo=zone) + timedelta(milliseconds=wall_ms)
    return calendar.met(wall.astimezone(UTC))
