"""The integer problem that a mission compiles to: what may start when, who can do it, and what it takes.

Time counts in ticks from the grid's origin (the first day's local midnight): the coarsest unit in which every movable
start and every length is whole, so that nothing is rounded. Only when that would be too fine (`Problem.exact` is then
False) lengths are rounded outwards, which can lose a plan but never makes a wrong one. Thresholds that are not whole
ticks (orbit windows, fixed duties off the grid) are compared in ms before they become bits.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from payload.met import Window
from payload.model import (
    AmountLimit,
    Buffer,
    Consumable,
    DifferentDay,
    Exclude,
    Experiment,
    Gap,
    Limit,
    Mission,
    Order,
    Reservation,
    SameDay,
    Session,
)

Clause = Gap | Order | Exclude | DifferentDay | SameDay
Constraint = tuple[str, int]  # ("clause" | "limit" | "amount" | "meter" | "buffer" | "tie", number)
Range = tuple[int, int]
Key = tuple[int, int]  # (experiment, session), by their numbers
Link = tuple[int, int, int, int | None]  # (earlier, later, low, high): items, and ticks from start to start


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
class Charge:
    """What counts under a limit of an amount: all of `amount` at `start_ms` after the activity's start, or, into a
    buffer, evenly until `end_ms`. `parts` are the places, among the activity's parts, of those whom a limit per crew
    counts."""

    amount_limit: int
    start_ms: int
    end_ms: int
    amount: int
    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """What all repeats of a session, or all instances of one person's duty, have in common: one shape of it, where
    waits may be stretched.

    `demands` are (meter, from tick, to tick, amount); `takes` are (stock, tick, amount), in order of time. `enrols` and
    `asks` are (clause, side): where an activity of this form is listed once placed, and which lists bind its start.
    `waits` are the ms of each step of a session. `covers` are (duty, from ms, length in ms): a whole instance of the
    duty of role 1's person lies in this stretch.
    `charges` count under limits of amounts, but not under those that a waiver has `spared` it. `flows` are (buffer,
    from ms, to ms, amount), in ms from the start.
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
    charges: tuple[Charge, ...] = ()
    flows: tuple[tuple[int, int, int, int], ...] = ()
    spared: frozenset[int] = frozenset()
    waits: tuple[int, ...] = ()
    covers: tuple[tuple[str, int, int], ...] = ()

    @property
    def crew_ms(self) -> int:
        """Crew time: people × step time."""
        return sum(part.time_ms for part in self.parts)


@dataclass(frozen=True, slots=True)
class Item:
    """One activity to place. `static` are the starts that its own keys allow. `exp` is the number of its experiment
    (-1 for a duty), `rank` its place in that experiment's list. `soft` marks a movable duty. `fixed` has the exact
    interval of a fixed duty, or of a fact. `optional` marks a repeat of `each: day`.

    `people` are those of a duty or a fact, one a part; a duty held `together` is one item for all of its people.
    `names` are the ids of its reservations, one a person for a duty. `shapes` are the same activity with longer waits:
    items of the same `index` with a form and starts of their own, shorter ones first. `fact` is what a plan to keep
    says of it.
    """

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
    people: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    shapes: tuple[Item, ...] = ()
    fact: Reservation | None = None

    @property
    def length(self) -> int:
        """Of its shortest shape; a placed one has `State.length`."""
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
    charges: tuple[tuple[int, int], ...] = ()  # (limit of an amount, amount) of what it holds
    steady: frozenset[int] = frozenset()  # those of these limits that count it whichever session is the first, and when

    @property
    def unsteady(self) -> bool:
        return any(limit not in self.steady for limit, _ in self.charges)

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
    amounts: list[AmountLimit] = field(default_factory=list)
    amount_days: list[frozenset[int] | None] = field(default_factory=list)
    amount_people: list[frozenset[int] | None] = field(default_factory=list)
    buffers: list[Buffer] = field(default_factory=list)
    drains: list[tuple[Window, ...]] = field(default_factory=list)  # when each buffer is drained, merged
    soft: frozenset[Constraint] = frozenset()  # what may be broken, at a cost
    loose: frozenset[Constraint] = frozenset()  # limits that a waiver takes an activity out of
    unsure: bool = False  # a waiver is not made use of: what is not found is no proof
    freed: frozenset[str] = frozenset()  # the experiments and duties that such waivers speak of
    rounded: bool = False  # some lengths are no whole ticks
    sponsors: tuple[str, ...] = ()  # those with a share, and what is promised to each, ms of crew time
    promises: tuple[int, ...] = ()
    sponsor_of: list[int] = field(default_factory=list)  # of each experiment; -1: none with a share
    items: list[Item] = field(default_factory=list)
    works: list[Work] = field(default_factory=list)
    soft_of: list[list[int]] = field(default_factory=list)
    soft_users: dict[int, list[int]] = field(default_factory=dict)
    soft_asks: set[tuple[int, int]] = field(default_factory=set)  # the (clause, side) that movable duties ask
    #: movable duties by (person, nominal date)
    soft_on: dict[tuple[int, date | None], list[int]] = field(default_factory=dict)
    #: per person, movable duties by their first possible tick: these ticks, the duties, the longest way to a last end
    soft_near: list[tuple[list[int], list[int], int]] = field(default_factory=list)
    needs: dict[int, int] = field(default_factory=dict)
    hosted: frozenset[int] = frozenset()
    #: for links from sessions of several shapes: the exact distances by the number of the shape's form
    exact_links: dict[Link, dict[int, tuple[int, int | None]]] = field(default_factory=dict)
    facts: bool = False  # whether any item is a fact
    #: where a plan to keep has what it plans: per item its tick, its people and how many reservations it is
    kept: dict[int, tuple[int, tuple[int, ...], int]] = field(default_factory=dict)
    shapes_kept: dict[int, Form] = field(default_factory=dict)  # of these, the shape that it has there
    price: Fraction = Fraction(0)  # the value that each costs that stands elsewhere, with others, or not at all
    #: forms of sessions that have more shapes than are tried
    thinned: set[int] = field(default_factory=set)
    late: frozenset[int] = frozenset()
    longest_reach: int = 0
    reaches: list[int] = field(default_factory=list)  # of each clause, in ticks
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

    def first_tick(self, window: Window) -> int:
        """The tick in which what is fixed off the ticks begins."""
        return max(self.down(window.start), 0)

    def sure_of(self, items: Iterable[Item]) -> bool:
        """Whether what the search does not find for these cannot be: all their shapes are tried, in whole ticks, and no
        waiver frees them more than it does here; nor can a session yet to come take what the experiment holds to
        another day, under a limit of amounts."""
        return not self.rounded and not any(
            item.form.index in self.thinned
            or (item.duty if item.exp < 0 else self.works[item.exp].model.id) in self.freed
            or (item.exp >= 0 and self.works[item.exp].unsteady)
            for item in items
        )

    def possible(self, item: Item) -> int:
        """The starts that the item's own keys allow in any shape; all that there are where its shapes are not all."""
        if item.form.index in self.thinned:
            return self.full
        mask = item.static
        for shape in item.shapes:
            mask |= shape.static
        return mask

    def ms(self, tick: int) -> int:
        return self.origin + tick * self.tick_ms

    def start_of(self, item: Item, tick: int) -> int:
        """The exact start, ms MET: fixed duties may lie off the ticks."""
        return item.fixed.start if item.fixed else self.ms(tick)
