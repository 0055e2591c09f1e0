"""Times as options say them."""

from __future__ import annotations

from payload.errors import RunError
from payload.met import DAY, SECOND, Window, parse_duration
from payload.model import Mission


def parse_budget(text: str) -> int:
    """`10s`, `1 min`, `0` or a plain number of seconds, as ms. Raises RunError."""
    try:
        if text.strip().isdecimal():
            return int(text) * SECOND
        return parse_duration(text)
    except ValueError as error:
        raise RunError(f"--budget {text}: {error}, or a number of seconds") from None


def day_span(mission: Mission, day: int) -> Window:
    """A mission day, from local midnight to midnight, cut to the horizon. Raises RunError for one outside it."""
    calendar = mission.calendar
    first, last = calendar.day_of(0), calendar.day_of(mission.end - 1)
    span = None
    if first <= day <= last:
        date = calendar.date_of_day(day)
        span = Window(calendar.midnight(date), calendar.at(date, DAY)).cut(mission.horizon)
    if span is None:
        raise RunError(f"--day {day}: this mission has days {first} to {last}")
    return span
