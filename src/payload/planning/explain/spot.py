"""Where an activity is wanted, and one change of the mission that it would take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from payload.met import Calendar, Window
from payload.model import Mission
from payload.planning.problem import Item
from payload.planning.state import Crew

#: the kinds of changes, the cheapest first (docs/explain.md has the table); 0 is none
LIMIT, TIME, RESOURCE, WAIVER, DISTANCE, SKILL, ABOARD, TRADE = range(1, 9)

Apply = Callable[[Mission], Mission]


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the mission: how dear its kind is, how much of it (ms, base units, levels), what it says, and how
    to make it."""

    tier: int
    amount: int
    text: str
    apply: Apply


@dataclass(frozen=True, slots=True)
class Spot:
    """An activity in one of its shapes, at a start, with a crew."""

    item: Item
    tick: int
    crew: Crew


def when(calendar: Calendar, window: Window, joint: str = "to") -> str:
    """`day 4 10:15 to 12:00`: the day is said once where both lie on it."""
    first, last = calendar.format_day(window.start), calendar.format_day(window.end)
    day, _, clock = last.rpartition(" ")
    return f"{first} {joint} {clock if first.startswith(day + ' ') else last}"
