"""What a plan is worth at most at given prices: Lagrangian relaxation.

Whatever the prices, `sum of prices x capacities + what each experiment is worth at most less what it pays - what
duties pay at least` is never below the value of a valid plan: a plan pays for no more than the capacities, each
experiment in it is worth no more than its best, less what it pays, and its duties pay no less than at their cheapest
places. All of it is counted in integers.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from math import ceil
from operator import mul

import numpy as np

from payload.planning.bounds.pieces import Kind, Paid, Stands
from payload.planning.bounds.prices import Ints, Prices
from payload.planning.bounds.works import Chain, Link, Reach, Task
from payload.planning.problem import Item, Work
from payload.planning.state import State

Way = tuple[int, int, dict[int, int], Stands]

#: of so many experiments the best ways are looked for in one part of the work
PART = 200
#: the largest worth is counted as a number of so many bits
BITS = 30
#: no price per tick is larger, so that all sums of a mission stay within 64 bits
LARGEST = 1 << BITS


class Relaxation:
    """The whole of it at one fineness: prices, the kinds' pieces, and the experiments' tasks."""

    def __init__(self, base: State, most: Sequence[int]) -> None:
        problem = base.problem
        self.base, self.problem, self.most = base, problem, most
        largest = max((worth for work in problem.works for worth in work.worths), default=Fraction(0))
        self.unit = Fraction(2) ** (BITS - ceil(largest).bit_length())

    def build(self, edges: Sequence[int]) -> Iterator[None]:
        """Everything for these stretches; a part of the work each time."""
        self.prices = Prices(self.base, edges)
        self.known: dict[tuple[int, int], Kind] = {}
        self.duties: list[Kind] = []
        self.tasks: list[Task] = []
        for number, item in enumerate(self.problem.items):
            if item.soft and item.static:
                kind = Kind(self.prices, self.base, item)
                if kind.variants:
                    self.duties.append(kind)
            if number % 400 == 399:
                yield
        for work in self.problem.works:
            if work.worths[-1] or work.model.required:
                self._task(work)
            if work.index % 60 == 59:
                yield
        self.prices.close()
        yield
        reaches: dict[tuple[int, int, Link], Reach] = {}
        kinds = [kind for kind in self.known.values() if kind.variants]
        for number, kind in enumerate((*kinds, *self.duties)):
            kind.cut(self.prices)
            if number % 200 == 199:
                yield
        for task in self.tasks:
            for chain in task.chains:
                chain.cut(reaches)
        yield
        self._certain()
        self._lay((*kinds, *self.duties))

    def _task(self, work: Work) -> None:
        items = self.problem.items
        optional = any(items[index].optional for index in work.items)
        links = {(a, b): (low, high) for a, b, low, high in work.links}
        chains, free = [], []
        more = (0,) if work.holds or work.stocks else ()
        for indexes in work.chains:
            kinds = [self._kind(items[index], bool(more)) for index in indexes]
            if len(indexes) == 1 or optional:
                free += [kind for kind in kinds if kind.variants]
                continue
            whole = next((place for place, kind in enumerate(kinds) if not kind.variants), len(kinds))
            if whole:
                pairs = pairwise(indexes[:whole])
                chains.append(Chain(kinds[:whole], [links[pair] for pair in pairs]))
        worths = np.asarray([ceil(worth * self.unit) for worth in work.worths], dtype=np.int64)
        task = Task(work, chains, free, self.most[work.index], worths)
        task.hold(work, self.prices)
        self.tasks.append(task)

    def _kind(self, item: Item, holds: bool) -> Kind:
        key = (item.form.index, item.static)
        if key not in self.known:
            self.known[key] = Kind(self.prices, self.base, item, (0, item.form.length) if holds else ())
        return self.known[key]

    def _certain(self) -> None:
        """Duties that cost the same wherever they stand are taken off the capacities once."""
        certain = [
            kind for kind in self.duties if len(kind.first) == 1 and not len(kind.bent) and len(kind.variants) == 1
        ]
        paid: list[Paid] = []
        for kind in certain:
            (variant,) = kind.variants
            paid += variant.paid(int(kind.first[0]), [0] * len(variant.parts), self.prices.ticks)
        self.caps = self.prices.tightened(np.maximum(self.prices.caps - self.prices.used(paid), 0))
        gone = set(map(id, certain))
        self.duties = [kind for kind in self.duties if id(kind) not in gone]

    def _lay(self, kinds: Sequence[Kind]) -> None:
        ends, starts, amounts = [], [], []
        here, width = 0, self.prices.ticks + 1
        for kind in kinds:
            kind.offset = here
            for end, start, amount in kind.gathers(width):
                ends.append(end.astype(np.int32))
                starts.append(start.astype(np.int32))
                amounts.append(np.full(len(end), amount, dtype=np.int32))
                here += len(end)
        none = np.zeros(0, dtype=np.int32)
        self.ends = np.concatenate(ends or [none])
        self.starts = np.concatenate(starts or [none])
        self.amounts = np.concatenate(amounts or [none])

    def begin(self) -> Ints:
        """One price for the crew's time: that at which it would just be used up, were it one stock."""
        prices = np.zeros(len(self.caps), dtype=np.int64)
        scarce = self.prices.scarcest(self.caps)
        left = sum(int(self.caps[rows].sum()) for rows in scarce)
        dense = []
        for work in self.problem.works:
            for index in work.items:
                form = self.problem.items[index].form
                time = sum(end - start for part in form.parts for start, end in part.ranges)
                if time and work.worth_each and (form.session is None or form.session.inside is None):
                    dense.append((work.worth_each / time, time))
        dense.sort(reverse=True)
        for price, time in dense:
            left -= time
            if left < 0:
                for rows in scarce:
                    prices[rows] = int(price * self.unit)
                break
        return prices

    def solve(self, prices: Ints) -> Generator[None, None, tuple[int, list[Way]]]:
        """The bound at these prices, in units; and the way that each experiment and each duty would then choose, as
        (its number, worth in units, what it takes of each row, where its sessions stand). A part of the work at
        each step."""
        paid = self.prices.paid(prices)
        flat = paid.ravel()
        flat = (flat[self.ends] - flat[self.starts]) * self.amounts
        total = sum(map(mul, prices.tolist(), self.caps.tolist()))
        ways: list[Way] = []
        for number, task in enumerate(self.tasks):
            costs = {id(kind): kind.price(flat) for kind in task.kinds}
            value, worth, pays, stands = task.solve(costs, paid)
            total += value
            if worth:
                ways.append((number, worth, self.prices.taken(pays), stands))
            if number % PART == PART - 1:
                yield
        for number, kind in enumerate(self.duties):
            cost = kind.by_piece(kind.price(flat))
            piece = int(cost.argmin())
            total -= int(cost[piece])
            _, _, paying = kind.chosen(piece, self.prices.ticks)
            ways.append((len(self.tasks) + number, 0, self.prices.taken(paying), ()))
            if number % (4 * PART) == 4 * PART - 1:
                yield
        return total, ways
