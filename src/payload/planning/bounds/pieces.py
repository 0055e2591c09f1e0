"""Where the activities of one form could start, cut into pieces on which all prices run straight.

Between two starts of a piece the cost of an activity is a straight line, whoever does it, so the cheapest start is one
of its two ends. A piece is kept as the hull of its starts: this may let in starts that are not possible,
and leaves none out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, product

import numpy as np
from numpy.typing import NDArray

from payload.met import HOUR
from payload.planning.bounds.prices import Charge, Ints, Prices, bools
from payload.planning.problem import Form, Item
from payload.planning.state import Options, State, options

#: the cost of what is not possible
NEVER = 1 << 50
#: of how many people each part's are tried when the cheapest different ones are looked for, and in how many parts
MOST_PEOPLE = 4

#: the pieces of sessions between which something is held are no longer than this
HELD_MS = HOUR

Paid = tuple[int, int, int, int]  # lane, from tick, to tick, amount
Start = tuple[int, tuple[int, ...], Iterator[Paid]]  # tick, people, what is paid
Stands = tuple[tuple[int, int, tuple[int, ...]], ...]  # number of a form, tick, people
Role = tuple[int, int]  # (number of a role, its person)


class Variant:
    """One shape of an activity: what it pays whoever does it, and, per part and person, for that person's time."""

    def __init__(self, prices: Prices, form: Form, found: Options) -> None:
        self.form, self.found = form, found
        self.shared = [Charge(prices.of_meter(m), a, b, prices.units[m].taken(q)) for m, a, b, q in form.demands]
        self.shared += [Charge(prices.of_stock(s), a, None, prices.stock_units[s].taken(q)) for s, a, q in form.takes]
        self.shared = [charge for charge in self.shared if charge.amount]
        self.parts: list[list[tuple[int, list[Charge]]]] = []
        self.closed: list[NDArray[np.bool_] | None] = []
        inside = form.session is not None and form.session.inside is not None
        for part, able in zip(form.parts, found.parts, strict=True):
            people = sorted(able)
            lanes = [prices.of_host(p) if inside else prices.of_person(p, form.limits) for p in people]
            ranges = [(0, form.length)] if inside else part.ranges
            pays = [[Charge(lane, a, b, 1) for a, b in ranges] for lane in lanes]
            self.parts.append(list(zip(people, pays, strict=True)))
        for charge in self.rows():
            prices.reach(charge, found.starts)

    def offsets(self) -> Iterator[int]:
        for charge in self.charges():
            yield charge.start
            if charge.end is not None:
                yield charge.end

    def charges(self) -> Iterator[Charge]:
        """What it pays, of each part one person's."""
        yield from self.shared
        for able in self.parts:
            yield from able[0][1]

    def rows(self) -> Iterator[Charge]:
        """All charges in the order in which `cost` reads them."""
        yield from self.shared
        for able in self.parts:
            for _, charges in able:
                yield from charges

    def cut(self, firsts: Ints, starts: Ints, ticks: int) -> None:
        """Notes who cannot do it anywhere in each piece; `starts` are all starts, `firsts` where each piece begins."""
        self.here: NDArray[np.bool_] | None = self._somewhere(self.found.starts, firsts, starts, ticks)
        self.closed = []
        for able, there in zip(self.parts, self.found.parts, strict=False):
            closed = np.stack([~self._somewhere(there[person], firsts, starts, ticks) for person, _ in able])
            self.closed.append(closed if closed.any() else None)
        if self.here.all():
            self.here = None

    @staticmethod
    def _somewhere(mask: int, firsts: Ints, starts: Ints, ticks: int) -> NDArray[np.bool_]:
        return np.logical_or.reduceat(bools(mask, ticks)[starts], firsts)

    def cost(self, block: Ints, kind: Kind) -> tuple[Ints, list[Ints]]:
        """The least cost at each point, and per part what each person costs there. `block` has a row per charge."""
        points = block.shape[1]
        row = len(self.shared)
        total = block[:row].sum(axis=0) if row else np.zeros(points, dtype=np.int64)
        people: list[Ints] = []
        for able, closed in zip(self.parts, self.closed, strict=True):
            width = len(able[0][1])
            mine = block[row : row + len(able) * width]
            row += len(able) * width
            if width > 1:
                mine = mine.reshape(len(able), width, points).sum(axis=1)
            if closed is not None:
                mine = np.where(kind.at_points(closed), NEVER, mine)
            people.append(mine)
        total = total + self._together(people) if people else total
        if self.here is not None:
            total = np.where(kind.at_points(self.here), total, NEVER)
        return total, people

    def _together(self, people: list[Ints]) -> Ints:
        if len(people) == 1:
            return np.asarray(people[0].min(axis=0) if len(people[0]) > 1 else people[0][0])
        names = [[person for person, _ in able] for able in self.parts]
        if len(set(chain(*names))) == sum(map(len, names)):
            return np.asarray(np.sum([mine.min(axis=0) for mine in people], axis=0))
        if len(people) == 2:
            return _pair(names[0], people[0], names[1], people[1])
        if all(len(names[0]) == len(other) and set(names[0]) == set(other) for other in names):
            # one person for each part: no cheaper than the cheapest person of some part each time
            least = np.sort(np.min(people, axis=0), axis=0)
            return np.asarray(least[: len(people)].sum(axis=0)) if len(least) >= len(people) else least[0] + NEVER
        return np.asarray(np.sum([mine.min(axis=0) for mine in people], axis=0))

    def with_role(self, number: int, person: int, cost: Ints, people: list[Ints]) -> Ints:
        """The least cost at each point where the role of this number is this person's; all others may be anyone's."""
        for place, part in enumerate(self.form.parts[: len(self.parts)]):
            if part.number == number:
                names = [name for name, _ in self.parts[place]]
                if person not in names:
                    return np.full_like(cost, NEVER)
                mine = people[place]
                return cost + mine[names.index(person)] - mine.min(axis=0) if len(people) == 1 else cost
        return cost

    def cheapest(self, costs: list[list[int]], role: Role | None) -> list[int]:
        """Of each part the place, among those able, of who does it: different people, together as cheap as can be."""
        ways: list[list[tuple[int, int, int]]] = []
        for part, able, mine in zip(self.form.parts, self.parts, costs, strict=False):
            way = [(cost, place, person) for place, (cost, (person, _)) in enumerate(zip(mine, able, strict=True))]
            if role is not None and part.number == role[0]:
                way = [one for one in way if one[2] == role[1]] or way
            ways.append(sorted(way)[:MOST_PEOPLE])
        best = [way[0][1] for way in ways]
        if len(ways) < 2 or len(ways) > MOST_PEOPLE:
            return best
        least = None
        for crew in product(*ways):
            if len({person for _, _, person in crew}) == len(crew):
                cost = sum(cost for cost, _, _ in crew)
                if least is None or cost < least:
                    least, best = cost, [place for _, place, _ in crew]
        return best

    def paid(self, at: int, who: Sequence[int], ticks: int) -> Iterator[Paid]:
        """What is paid by the people with these places among each part's able ones, from a start on."""
        mine = [charge for able, place in zip(self.parts, who, strict=True) for charge in able[place][1]]
        for charge in (*self.shared, *mine):
            start, end = at + charge.start, ticks if charge.end is None else min(at + charge.end, ticks)
            if start < end:
                yield charge.lane, start, end, charge.amount


def _pair(ones: list[int], first: Ints, others: list[int], second: Ints) -> Ints:
    """The least cost of two different people for two parts."""
    best = np.full(first.shape[1], 2 * NEVER, dtype=np.int64)
    order = np.sort(second, axis=0) if len(others) > 1 else second
    for place, person in enumerate(ones):
        if person not in others:
            rest = order[0]
        elif len(others) == 1:
            continue
        else:
            mine = second[others.index(person)]
            rest = np.where(mine > order[0], order[0], order[1])
        np.minimum(best, first[place] + rest, out=best)
    return best


class Kind:
    """All activities of one form (and its longer shapes) with the same starts: their pieces, ascending."""

    def __init__(self, prices: Prices, base: State, item: Item, more: Sequence[int] = ()) -> None:
        """`more` are ticks from the start at which the cost may bend besides those of its own steps."""
        self.more = more
        self.form, self.length = item.form.index, item.form.length
        if item.form.index in base.problem.thinned:
            # not all of its shapes are known: it may start anywhere, for nothing
            nothing = replace(item.form, parts=(), demands=(), takes=())
            self.variants = [Variant(prices, nothing, Options(base.problem.full, ()))]
        else:
            found = [(shape.form, options(base, shape, True, alone=False)) for shape in (item, *item.shapes)]
            self.variants = [Variant(prices, form, one) for form, one in found if one.starts]
        self.counts = [sum(1 for _ in variant.rows()) for variant in self.variants]
        self.first = self.last = self.bent = self.points = np.zeros(0, dtype=np.int64)
        self.offset = 0
        self.costs: list[tuple[Ints, list[Ints]]] = []

    def cut(self, prices: Prices) -> None:
        """Cuts the starts into pieces where these prices change."""
        ticks, mask = prices.ticks, 0
        for variant in self.variants:
            mask |= variant.found.starts
        starts = np.flatnonzero(bools(mask, ticks))
        offsets = sorted({offset for variant in self.variants for offset in variant.offsets()} | set(self.more))
        cuts = np.unique(np.concatenate([prices.cuts - offset for offset in offsets or [0]]))
        if self.more:
            fine = max(HELD_MS // prices.problem.tick_ms, 1)
            cuts = np.unique(np.concatenate([cuts, np.arange(0, ticks, fine)]))
        firsts = np.flatnonzero(np.diff(np.searchsorted(cuts, starts, side="right"), prepend=-1))
        lasts = np.append(firsts[1:], len(starts)) - 1
        self.first, self.last = starts[firsts], starts[lasts]
        bends = np.zeros(len(self.first), dtype=bool)
        for variant in self.variants:
            variant.cut(firsts, starts, ticks)
            for charge in variant.charges():
                if charge.end is not None:
                    # how the cost goes on from the first start: with a price more at the end, and one less at the start
                    begun = np.minimum(self.first + charge.start, ticks)
                    bends |= prices.between[begun] != prices.between[np.minimum(self.first + charge.end, ticks)]
        self.bent = np.flatnonzero((bends | bool(self.more)) & (self.first < self.last))
        self.points = np.concatenate([self.first, self.last[self.bent]])

    def at_points(self, by_piece: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """What is known per piece, for each point: the first starts of all pieces, then the last ones of bent ones."""
        return np.concatenate([by_piece, by_piece[..., self.bent]], axis=-1) if len(self.bent) else by_piece

    def gathers(self, width: int) -> Iterator[tuple[Ints, Ints, int]]:
        """Per charge and point: where, among what lanes have cost so far, its end and its start stand; its amount."""
        for variant in self.variants:
            for charge in variant.rows():
                base = charge.lane * width
                # a longer shape may reach past the end from where only a shorter one can start
                start = np.minimum(self.points + charge.start, width - 1)
                end = np.full_like(start, width - 1)
                if charge.end is not None:
                    end = np.minimum(self.points + charge.end, width - 1)
                yield end + base, start + base, charge.amount

    def price(self, flat: Ints) -> Ints:
        """The least cost at each point, from what each charge costs there; remembered for `chosen`."""
        points, row = len(self.points), 0
        block = flat[self.offset : self.offset + sum(self.counts) * points].reshape(-1, points)
        self.costs = []
        for variant, count in zip(self.variants, self.counts, strict=True):
            self.costs.append(variant.cost(block[row : row + count], self))
            row += count
        return _least([cost for cost, _ in self.costs])

    def with_role(self, number: int, person: int) -> Ints:
        """The least cost at each point where the role of this number is this person's."""
        return _least(
            [
                variant.with_role(number, person, cost, people)
                for variant, (cost, people) in zip(self.variants, self.costs, strict=True)
            ]
        )

    def by_piece(self, cost: Ints) -> Ints:
        """The least cost in each piece, from that at each point."""
        if not len(self.bent):
            return cost
        least = cost[: len(self.first)].copy()
        least[self.bent] = np.minimum(least[self.bent], cost[len(self.first) :])
        return least

    def chosen(self, piece: int, ticks: int, role: Role | None = None, extra: Ints | None = None) -> Start:
        """The cheapest start in a piece, who does it, and what is then paid; `role` is (number of a role, its
        person), `extra` what else each point costs."""
        points = [piece]
        place = int(np.searchsorted(self.bent, piece))
        if place < len(self.bent) and self.bent[place] == piece:
            points.append(len(self.first) + place)
        ways = [
            (int(cost[p] if extra is None else cost[p] + extra[p]), v, p)
            for v, (cost, _) in enumerate(self.costs)
            for p in points
        ]
        _, number, point = min(ways)
        variant = self.variants[number]
        who = variant.cheapest([mine[:, point].tolist() for mine in self.costs[number][1]], role)
        at = int(self.points[point])
        people = tuple(able[place][0] for able, place in zip(variant.parts, who, strict=False))
        return at, people, variant.paid(at, who, ticks)


def _least(costs: list[Ints]) -> Ints:
    return costs[0] if len(costs) == 1 else np.asarray(np.minimum.reduce(costs))
