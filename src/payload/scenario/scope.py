"""What a value may refer to: the calendar, and every name that the mission's files define.

Gathered before anything is checked, from the names as they stand there, so that a broken entry is one fault and not
one more for everything that names it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from heapq import nsmallest
from operator import ne

from payload.met import DAY, Calendar

_MANY_NAMES = 200
#: stands in while the mission's own start or clock cannot be read; nothing is judged by it
NO_CALENDAR = Calendar(datetime(2026, 1, 1, tzinfo=UTC), "UTC")


@dataclass(slots=True)
class Scope:
    """`sure` says whether the calendar and the horizon are those of the mission: without them, nothing is outside.

    A variant (`extends`) is lenient: what its base placed outside its shorter horizon is left out in silence.
    `resources` maps a name to its form (capacity, stock, buffer) and dimension, "" where the entry itself is broken.
    `copies` maps the id of each copy that `for` makes of an experiment to its id as written. `own_sessions` are those
    of the experiment that is being read.
    """

    calendar: Calendar = NO_CALENDAR
    end: int = DAY
    sure: bool = False
    lenient: bool = False
    people: tuple[str, ...] = ()
    resources: dict[str, tuple[str, str]] = field(default_factory=dict)
    windows: Collection[str] = ()
    duties: Collection[str] = ()
    experiments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rules: Collection[str] = ()
    rigs: Collection[str] = ()
    copies: Mapping[str, str] = field(default_factory=dict)
    sponsors: Collection[str] = ()
    own_sessions: tuple[str, ...] = ()

    @property
    def strict(self) -> bool:
        """Whether what lies wholly outside the horizon is a fault."""
        return self.sure and not self.lenient

    def nominal_dates(self) -> tuple[date, date]:
        """The first and last nominal date of a duty: the day before the start, the day of the end."""
        return self.calendar.first_date - timedelta(days=1), self.calendar.date_of(self.end)

    def horizon_dates(self) -> tuple[date, date]:
        """The first and last local date that the horizon touches."""
        return self.calendar.first_date, self.calendar.date_of(max(self.end - 1, 0))

    def horizon(self) -> str:
        """The horizon as a message names it."""
        return f"{self.calendar.format_day(0)} to {self.calendar.format_day(self.end)}"


def nearest(word: str, known: Collection[str]) -> str:
    """`did you mean 'relay'?`, or what there is to choose from; "" where neither helps."""
    same = [name for name in known if name.casefold() == word.casefold()]
    found = same or get_close_matches(word, _likely(word, known), n=1, cutoff=0.6)
    if found:
        return f"did you mean {found[0]!r}?"
    return f"known: {', '.join(sorted(known))}" if 0 < len(known) <= 8 else ""


def _likely(word: str, known: Collection[str]) -> Collection[str]:
    """The names worth a slow comparison, where there are very many: those that differ in the fewest places."""
    if len(known) <= _MANY_NAMES:
        return known

    def differ(name: str) -> int:
        ends = sum(map(ne, word, name)) + sum(map(ne, reversed(word), reversed(name)))
        return int(ends) + abs(len(word) - len(name))

    return nsmallest(_MANY_NAMES // 4, known, key=differ)


def find_circles(below: Mapping[str, Collection[str]]) -> list[tuple[str, ...]]:
    """Circles in what each name is made of, each once, from the name that stands first."""
    circles: list[tuple[str, ...]] = []
    done: set[str] = set()
    for first in below:
        trail: dict[str, None] = {}
        todo: list[tuple[str, bool]] = [(first, True)]
        while todo:
            name, enter = todo.pop()
            if not enter:
                del trail[name]
                done.add(name)
            elif name in trail:
                names = list(trail)
                circles.append(tuple(names[names.index(name) :]))
            elif name not in done:
                trail[name] = None
                todo.append((name, False))
                todo += [(one, True) for one in reversed(list(below.get(name, ())))]
    return circles
