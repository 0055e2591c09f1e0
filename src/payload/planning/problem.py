"""The integer problem that a mission compiles to: what may start when, who can do it, and what it takes.

Time counts in ticks from the grid's origin (the first day's local midnight): the coarsest unit in which every movable
start and every length is whole, so that nothing is rounded. Only when that would be too fine (`Problem.exact` is then
False) lengths are rounded outwards, which can lose a plan but never makes a wrong one. Thresholds that are not whole
ticks (orbit windows, fixed duties off the grid) are compared in ms before they become bits.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from payload.met import Window
from payload.model import Consumable, Exclude, Experiment, Gap, Limit, Mission, Order, Session

Clause = Gap | Order | Exclude
Range = tuple[int, int]
Key = tuple[int, int]  # (experiment, session), by their numbers


@dataclass(frozen=True, slots=True)
class Tie:
    """One `after` of a session: its references, and least and most ms from the latest end of these to its start."""

    references: tuple[Key, ...]
    min_ms: int
    max_ms: int | None


@dataclass(frozen=True, slots=True)
class Part:
    """One role of a session, or the one person of a duty.

    `eligible` are people's numbers, best suited first. `ranges` are the ticks, from the activity's start, for which
    the person is held; `times` the same in ms. `aboard` has, per eligible person, the starts that keep these aboard.
    """

    number: int
    eligible: tuple[int, ...]
    ranges: tuple[Range, ...]
    times: tuple[Range, ...]
    aboard: Mapping[int, int]

    @property
    def time_ms(self) -> int:
        return sum(end - start for start, end in self.times)


@dataclass(frozen=True, slots=True)
class Form:
    """What all repeats of a session, or all instances of one person's duty, have in common.

    `demands` are (meter, from tick, to tick, amount); `takes` are (stock, tick, amount), in order of time. `enrols` and
    `asks` are (clause, side): where an activity of this form is listed once placed, and which lists bind its start.
    """

    index: int
    name: str
    length: int
    length_ms: int
    parts: tuple[Part, ...]
    demands: tuple[tuple[int, int, int, int], ...]
    takes: tuple[tuple[int, int, int], ...]
    enrols: tuple[tuple[int, int], ...]
    asks: tuple[tuple[int, int], ...]
    limits: tuple[int, ...]
    session: Session | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One activity to place. `static` are the starts that its own keys allow. `exp` is the number of its experiment
    (-1 for a duty), `rank` its place in that experiment's list. `soft` marks a movable duty. `fixed` has the exact
    interval of a fixed duty. `optional` marks a repeat of `each: day`."""

    index: int
    id: str
    form: Form
    static: int
    exp: int = -1
    rank: int = 0
    session: int = -1
    number: int = 1
    soft: bool = False
    optional: bool = False
    fixed: Window | None = None
    duty: str = ""
    on: date | None = None

    @property
    def length(self) -> int:
        return self.form.length


@dataclass(frozen=True, slots=True)
class Work:
    """An experiment, compiled. `items` are its list, repeats expanded. `chains` are the parts of it that are placed
    together, in order: all of it, or, when unordered, each session's linked repeats and each free repeat alone.
    `holds` are (meter, amount), `stocks` (stock, amount) held from first to last planned session. `links` are, between
    two items of one chain, (earlier, later, low, high): low <= start(later) - start(earlier) <= high, in ticks.
    `worths` are its exact values by the number of sessions planned, from 0 on."""

    index: int
    model: Experiment
    items: tuple[int, ...]
    chains: tuple[tuple[int, ...], ...]
    holds: tuple[tuple[int, int], ...]
    stocks: tuple[tuple[int, int], ...]
    links: tuple[tuple[int, int, int, int | None], ...]
    worths: tuple[Fraction, ...]

    @property
    def worth_each(self) -> Fraction:
        return self.model.value / len(self.items) if self.items else Fraction(0)

    def worth(self, planned: int) -> Fraction:
        """The exact value of the experiment with so many sessions planned."""
        return self.worths[planned]


@dataclass(frozen=True, slots=True)
class Supply:
    """A renewable resource, or a rig (capacity 1). `steps` are (tick, capacity from there on)."""

    id: str
    steps: tuple[Range, ...]
    rig: bool = False


@dataclass(frozen=True, slots=True)
class Days:
    """The local days that the horizon and its neighbourhood touch: `starts` are their midnights in ms, ascending."""

    dates: tuple[date, ...]
    starts: tuple[int, ...]

    def of(self, at: int) -> int:
        """The number of the local day in which an instant lies."""
        return bisect_right(self.starts, at) - 1


@dataclass(slots=True)
class Problem:
    """Everything the search reads; nothing in it changes once it is compiled."""

    mission: Mission
    windows: Mapping[str, tuple[Window, ...]]
    tick_ms: int
    origin: int
    ticks: int
    stride: int
    exact: bool
    days: Days
    full: int = 0
    grid: int = 0
    people: tuple[str, ...] = ()
    supplies: list[Supply] = field(default_factory=list)
    consumables: list[Consumable] = field(default_factory=list)
    clauses: list[Clause] = field(default_factory=list)
    clause_days: list[frozenset[int] | None] = field(default_factory=list)
    clause_people: list[frozenset[int] | None] = field(default_factory=list)
    limits: list[Limit] = field(default_factory=list)
    limit_days: list[frozenset[int] | None] = field(default_factory=list)
    limit_people: list[frozenset[int] | None] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    works: list[Work] = field(default_factory=list)
    soft_of: list[list[int]] = field(default_factory=list)
    soft_users: dict[int, list[int]] = field(default_factory=dict)
    needs: dict[int, int] = field(default_factory=dict)
    hosted: frozenset[int] = frozenset()
    late: frozenset[int] = frozenset()
    longest_reach: int = 0
    scale: int = 1  # every value times this is a whole number
    points: list[tuple[int, ...]] = field(default_factory=list)  # `worths` of each experiment, times `scale`
    links_by_item: dict[int, list[tuple[int, int, int, int | None]]] = field(default_factory=dict)
    ties: dict[Key, list[Tie]] = field(default_factory=dict)
    followers: dict[Key, list[tuple[Key, Tie]]] = field(default_factory=dict)

    def up(self, at: int) -> int:
        """The first tick that is not before an instant (ms MET)."""
        return -((self.origin - at) // self.tick_ms)

    def down(self, at: int) -> int:
        """The last tick that is not after an instant (ms MET)."""
        return (at - self.origin) // self.tick_ms

    def ms(self, tick: int) -> int:
        return self.origin + tick * self.tick_ms

    def start_of(self, item: Item, tick: int) -> int:
        """The exact start, ms MET: fixed duties may lie off the ticks."""
        return item.fixed.start if item.fixed else self.ms(tick)
