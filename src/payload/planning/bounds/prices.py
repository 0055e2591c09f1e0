"""Prices of what plans share: crew time, limits on it, renewable resources and stocks.

A *row* is one budget (a person's free ticks in one stretch of time, a limit's time on a day, a resource's amount times
ticks in a stretch, a stock up to a resupply) with a capacity and a price per unit. A *lane* is what an activity of some
form pays tick by tick: for an hour of a person the prices of that stretch and of all limits that count it. All is
integer: no rounding can make a price negative or a cost wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import gcd

import numpy as np
from numpy.typing import NDArray

from payload.planning.bits import highest, lowest, shifted, span
from payload.planning.problem import Problem
from payload.planning.state import State

Ints = NDArray[np.int64]

#: amounts of a resource are counted in at most so many units: finer ones are rounded so that more fits
MOST_UNITS = 1000


@dataclass(frozen=True, slots=True)
class Charge:
    """What is paid from `start` to `end` (ticks from the activity's start; None is the end of time) on a lane."""

    lane: int
    start: int
    end: int | None
    amount: int


@dataclass(frozen=True, slots=True)
class Unit:
    """In what a resource's amounts are counted. Where not all are whole in it, what is taken is rounded down and what
    there is rounded up."""

    size: int
    whole: bool

    def taken(self, amount: int) -> int:
        return amount // self.size

    def there(self, amount: int) -> int:
        return amount // self.size if self.whole else -(-amount // self.size)


def unit_of(amounts: Iterable[int]) -> Unit:
    """The largest common part of the amounts, or, where that is tiny, a part of the largest one."""
    seen = sorted({amount for amount in amounts if amount > 0}) or [1]
    common = gcd(*seen)
    if seen[-1] // common <= MOST_UNITS:
        return Unit(common, True)
    return Unit(-(-seen[-1] // MOST_UNITS), False)


@dataclass(slots=True)
class _Map:
    """Which row each tick pays, the last row of all being nobody's, and the rows' capacities."""

    rows: NDArray[np.int32]
    caps: list[int] = field(default_factory=list)
    left: Ints | None = None  # what there is at each tick, where rows are stretches
    reached: int = 0  # the ticks at which anything could take of it


class Prices:
    """The rows and lanes of one problem, stretches ending at `edges` (ticks, ascending, from 0 to the last tick)."""

    def __init__(self, base: State, edges: Sequence[int]) -> None:
        self.problem = base.problem
        self.base = base
        self.ticks = base.problem.ticks
        self.edges = np.asarray(edges, dtype=np.int64)
        self.stretch = (np.searchsorted(self.edges, np.arange(self.ticks), side="right") - 1).astype(np.int32)
        self.day = _days(base.problem)
        self.units, self.stock_units = _units(base.problem)
        self.lanes: dict[tuple[str, int, tuple[int, ...]], int] = {}
        self._maps: dict[tuple[str, int, int], int] = {}
        self._made: list[_Map] = []
        self._lane_maps: list[tuple[int, ...]] = []
        self.caps: Ints = np.zeros(0, dtype=np.int64)
        self.cuts: Ints = self.edges
        self.between: NDArray[np.int64] = self.day
        self._rows: NDArray[np.int32] = np.zeros((0, self.ticks), dtype=np.int32)

    # which lane

    def of_person(self, person: int, limits: Sequence[int]) -> int:
        """The lane of a person's time that counts under these limits."""
        problem, key = self.problem, ("person", person, tuple(limits))
        if key not in self.lanes:
            maps = [self._map(("hours", person, 0))]
            for limit in limits:
                rule, people = problem.limits[limit], problem.limit_people[limit]
                if ("limit", limit) in problem.soft | problem.loose:
                    continue
                if not rule.per_crew:
                    maps.append(self._map(("limit", limit, -1)))
                elif people is None or person in people:
                    maps.append(self._map(("limit", limit, person)))
            self._lane(key, maps)
        return self.lanes[key]

    def of_meter(self, meter: int) -> int:
        key = ("meter", meter, ())
        if key not in self.lanes:
            self._lane(key, [self._map(("meter", meter, 0))])
        return self.lanes[key]

    def of_stock(self, stock: int) -> int:
        key = ("stock", stock, ())
        if key not in self.lanes:
            self._lane(key, [self._map(("stock", stock, 0))])
        return self.lanes[key]

    def reach(self, charge: Charge, starts: int) -> None:
        """Notes that what starts at one of these may pay this."""
        if charge.end is not None:
            for number in self._lane_maps[charge.lane]:
                made = self._made[number]
                made.reached |= shifted(starts, charge.start, charge.end - 1, self.problem.full)

    def reach_all(self, lane: int) -> None:
        """Notes that this may be paid at any tick."""
        for number in self._lane_maps[lane]:
            self._made[number].reached = self.problem.full

    def of_host(self, person: int) -> int:
        """The lane of what a person does inside duties: one such session at a time."""
        key = ("host", person, ())
        if key not in self.lanes:
            self._lane(key, [self._map(("host", person, 0))])
        return self.lanes[key]

    def _lane(self, key: tuple[str, int, tuple[int, ...]], maps: list[int]) -> None:
        self.lanes[key] = len(self._lane_maps)
        self._lane_maps.append(tuple(maps))

    def _map(self, key: tuple[str, int, int]) -> int:
        if key not in self._maps:
            self._maps[key] = len(self._made)
            kind, number, person = key
            made = {"hours": self._hours, "host": self._host, "meter": self._meter, "stock": self._stock}
            self._made.append(self._limit(number, person) if kind == "limit" else made[kind](number))
        return self._maps[key]

    # the budgets

    def _hours(self, person: int) -> _Map:
        problem = self.problem
        aboard = problem.mission.crew[person].aboard
        here = span(problem.down(max(aboard.start, 0)), problem.up(min(aboard.end, problem.mission.end)))
        free = bools(problem.full & here & ~self.base.firm_busy[person], self.ticks)
        return self._by_stretch(free.astype(np.int64))

    def _host(self, person: int) -> _Map:
        problem, mask = self.problem, 0
        for item in problem.items:
            if item.duty and person in item.people and item.static:
                start = problem.down(item.fixed.start) if item.fixed else lowest(item.static)
                mask |= span(start, (start if item.fixed else highest(item.static)) + item.length)
        return self._by_stretch(bools(mask & problem.full, self.ticks).astype(np.int64))

    def _meter(self, meter: int) -> _Map:
        left = np.zeros(self.ticks, dtype=np.int64)
        for tick, amount in self.base.meters[meter].levels(0, self.ticks):
            left[tick:] = self.units[meter].there(max(amount, 0))
        return self._by_stretch(left)

    def _by_stretch(self, left: Ints) -> _Map:
        return _Map(self.stretch, left=left)

    def _limit(self, limit: int, person: int) -> _Map:
        problem, tick_ms = self.problem, self.problem.tick_ms
        rule, days = problem.limits[limit], problem.limit_days[limit]
        tally = self.base.tally(limit, person)
        counted = [day for day in range(len(problem.days.starts)) if days is None or day in days]
        rows = np.full(len(problem.days.starts) + 1, -1, dtype=np.int32)
        if not rule.per_day:
            rows[counted] = 0
            return _Map(rows[self.day], [max(rule.limit_ms - tally[0], 0) // tick_ms])
        rows[counted] = np.arange(len(counted))
        return _Map(rows[self.day], [max(rule.limit_ms - tally[day], 0) // tick_ms for day in counted])

    def _stock(self, stock: int) -> _Map:
        """Of what is taken at ticks before a resupply, no more than was there by then."""
        problem, unit = self.problem, self.stock_units[stock]
        consumable = problem.consumables[stock]
        moves = [(problem.up(at), amount) for at, amount in consumable.resupply]
        untils = sorted({at for at, _ in moves if 0 < at < self.ticks} | {self.ticks})
        for item in problem.items:
            if item.fixed:
                first = problem.down(item.fixed.start)
                moves += [(first + at, -amount) for taken, at, amount in item.form.takes if taken == stock]
        rows = np.full(self.ticks, -1, dtype=np.int32)
        caps = []
        for row, until in enumerate(untils):
            rows[until - 1] = row
            level = consumable.stock + sum(change for at, change in moves if at < until)
            caps.append(unit.there(max(level, 0)))
        return _Map(rows, caps)

    # all of them

    def close(self) -> None:
        """All lanes are known, and what could take of them: numbers the rows."""
        caps: list[int] = []
        rows = []
        for made in self._made:
            if made.left is not None:
                left = np.where(bools(made.reached & self.problem.full, self.ticks), made.left, 0)
                made.caps = [int(cap) for cap in np.bincount(self.stretch, left, len(self.edges) - 1)]
        nobody = sum(len(made.caps) for made in self._made)
        for made in self._made:
            rows.append(np.where(made.rows < 0, nobody, made.rows + len(caps)).astype(np.int32))
            caps += made.caps
        self.caps = np.asarray(caps, dtype=np.int64)
        self._rows = np.stack(rows) if rows else np.zeros((0, self.ticks), dtype=np.int32)
        changes = np.any(np.diff(self._rows, axis=1) != 0, axis=0)
        self.cuts = np.concatenate([[0], np.flatnonzero(changes) + 1, [self.ticks]])
        #: the number of the stretch of equal prices in which each tick lies, and one for all that is after the last
        self.between = np.append(np.concatenate([[0], np.cumsum(changes)]), len(self.cuts) - 1)
        self._closed()

    def paid(self, prices: Ints) -> Ints:
        """Per lane what all ticks before each tick cost, one lane after the other, `ticks + 1` numbers each."""
        by_map = np.append(prices, 0)[self._rows]
        sums = np.zeros((len(self._lane_maps), self.ticks + 1), dtype=np.int64)
        for lane, maps in enumerate(self._lane_maps):
            here = by_map[maps[0]] if len(maps) == 1 else by_map[list(maps)].sum(axis=0)
            np.cumsum(here, out=sums[lane, 1:])
        return sums

    def taken(self, charges: Iterable[tuple[int, int, int, int]]) -> dict[int, int]:
        """The same as `used` for a few, without the rows that are not touched."""
        found: dict[int, int] = {}
        for lane, start, end, amount in charges:
            first, last = self._between[start], self._between[end - 1]
            for number in range(first, last + 1):
                many = amount * (min(end, self._cuts[number + 1]) - max(start, self._cuts[number]))
                for row in self._paying[lane][number]:
                    found[row] = found.get(row, 0) + many
        return found

    def _closed(self) -> None:
        at = self._rows[:, self.cuts[:-1]].tolist()
        nobody = len(self.caps)
        self._cuts, self._between = self.cuts.tolist(), self.between.tolist()
        self._paying = [
            [
                tuple(at[number][cut] for number in maps if at[number][cut] != nobody)
                for cut in range(len(self._cuts) - 1)
            ]
            for maps in self._lane_maps
        ]

    def tightened(self, caps: Ints) -> Ints:
        """No row needs more than others together hold on whose lanes all of it is paid as well."""
        nobody = len(caps)
        found = caps.copy()
        on = [
            {lane for lane, maps in enumerate(self._lane_maps) if number in maps} for number in range(len(self._made))
        ]
        for number, mine in enumerate(self._rows):
            for other, theirs in enumerate(self._rows):
                if number == other or not on[number] <= on[other]:
                    continue
                pairs = np.unique(mine.astype(np.int64) * (nobody + 1) + theirs)
                rows, others = pairs // (nobody + 1), pairs % (nobody + 1)
                held = np.bincount(rows, weights=np.append(caps, 1 << 50)[others], minlength=nobody + 1)[:-1]
                touched = np.unique(rows[rows < nobody])
                found[touched] = np.minimum(found[touched], held[touched].astype(np.int64))
        return found

    def groups(self, length: int) -> Ints:
        """Rows of one budget that begin in the same so many ticks, numbered alike."""
        first = np.full(len(self.caps) + 1, -1, dtype=np.int64)
        owner = np.zeros(len(self.caps) + 1, dtype=np.int64)
        for number, rows in enumerate(self._rows):
            there, at = np.unique(rows, return_index=True)
            first[there], owner[there] = at, number
        keys = owner[:-1] * (self.ticks + 1) + np.maximum(first[:-1], 0) // max(length, 1)
        return np.asarray(np.unique(keys, return_inverse=True)[1], dtype=np.int64)

    def scarcest(self, caps: Ints) -> list[Ints]:
        """Per person the rows of that budget of theirs, counted tick by tick, which holds least."""
        found = []
        for person in range(len(self.problem.people)):
            mine = [
                np.unique(self._rows[number])
                for (kind, whose, who), number in self._maps.items()
                if (kind, whose) == ("hours", person) or (kind, who) == ("limit", person)
            ]
            rows = [some[some < len(caps)] for some in mine]
            if rows:
                found.append(min(rows, key=lambda some: int(caps[some].sum())))
        return found

    def carried(self, prices: Ints, older: Prices) -> Ints:
        """The prices that the same budgets had in `older`, whose stretches were longer."""
        found = np.zeros(len(self.caps), dtype=np.int64)
        before = np.append(prices, 0)
        for key, number in self._maps.items():
            if key in older._maps:
                rows, at = np.unique(self._rows[number], return_index=True)
                there = rows < len(self.caps)
                found[rows[there]] = before[older._rows[older._maps[key]][at[there]]]
        return found

    def used(self, charges: Sequence[tuple[int, int, int, int]]) -> Ints:
        """Per row what (lane, from tick, to tick, amount) take together."""
        width = self.ticks + 1
        steps = np.zeros(len(self._lane_maps) * width, dtype=np.int64)
        if charges:
            table = np.asarray(charges, dtype=np.int64)
            np.add.at(steps, table[:, 0] * width + table[:, 1], table[:, 3])
            np.add.at(steps, table[:, 0] * width + table[:, 2], -table[:, 3])
        taken = np.cumsum(steps.reshape(-1, width), axis=1)[:, :-1]
        by_map = np.zeros(self._rows.shape, dtype=np.int64)
        for lane, maps in enumerate(self._lane_maps):
            for number in maps:
                by_map[number] += taken[lane]
        rows = np.bincount(self._rows.ravel(), weights=by_map.ravel(), minlength=len(self.caps) + 1)
        return rows[:-1].astype(np.int64)


def bools(mask: int, ticks: int) -> NDArray[np.bool_]:
    """A mask as one truth per tick."""
    raw = np.frombuffer(mask.to_bytes(-(-ticks // 8), "little"), dtype=np.uint8)
    return np.unpackbits(raw, bitorder="little")[:ticks].astype(np.bool_)


def _days(problem: Problem) -> NDArray[np.int64]:
    """The local day that each tick lies in wholly; the number of days for one that a midnight cuts."""
    starts = problem.days.starts
    day = np.full(problem.ticks, len(starts), dtype=np.int64)
    for number, start in enumerate(starts):
        until = problem.down(starts[number + 1]) if number + 1 < len(starts) else problem.ticks
        day[max(problem.up(start), 0) : max(until, 0)] = number
    return day


def _units(problem: Problem) -> tuple[list[Unit], list[Unit]]:
    meters: list[set[int]] = [set() for _ in problem.supplies]
    stocks: list[set[int]] = [set() for _ in problem.consumables]
    for item in problem.items:
        for meter, _, _, amount in item.form.demands:
            meters[meter].add(amount)
        for stock, _, amount in item.form.takes:
            stocks[stock].add(amount)
    for work in problem.works:
        for meter, amount in work.holds:
            meters[meter].add(amount)
        for stock, amount in work.stocks:
            stocks[stock].add(amount)
    return [unit_of(amounts) for amounts in meters], [unit_of(amounts) for amounts in stocks]
