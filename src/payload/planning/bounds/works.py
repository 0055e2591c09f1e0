"""What one experiment is worth at most beside given prices: the best number of its sessions, each as cheap as can be.

What consecutive sessions of a chain ask of each other's starts is kept from piece to piece: a piece is reached from
another when some start of the one is at the right distance from some start of the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from payload.planning.bounds.pieces import NEVER, Kind, Paid, Role, Stands
from payload.planning.bounds.prices import Ints, Prices
from payload.planning.problem import Work

Link = tuple[int, int | None]  # least and most ticks from start to start
Held = tuple[int, int]  # lane, amount
Costs = Callable[[Kind], Ints]  # the least cost at each point of a kind


class Reach:
    """From which pieces of an earlier session each piece of the next one is reached: from `left` up to `right` - 1."""

    def __init__(self, earlier: Kind, later: Kind, low: int, high: int | None) -> None:
        self.right = np.searchsorted(earlier.first, later.last - low, side="right")
        self.left = np.zeros_like(self.right)
        if high is not None:
            self.left = np.minimum(np.searchsorted(earlier.last, later.first - high, side="left"), self.right)
        self.open = high is None
        self.none = self.right <= self.left
        width = np.maximum(self.right - self.left, 1)
        self.power = np.zeros_like(width) if self.open else np.frexp(width)[1].astype(np.int64) - 1
        self.deep = int(self.power.max(initial=0))
        self.here = np.minimum(self.left, max(len(earlier.first) - 1, 0))
        self.back = np.maximum(self.right - (1 << self.power), 0)

    def least(self, cost: Ints) -> Ints:
        """The least of `cost`, which is of the earlier one's pieces, from which each piece is reached."""
        if self.open:
            found = np.minimum.accumulate(cost)[np.maximum(self.right - 1, 0)]
        elif not self.deep:
            found = cost[self.here]
        else:
            table = np.empty((self.deep + 1, len(cost)), dtype=np.int64)
            table[0] = cost
            for power in range(self.deep):
                step = 1 << power
                table[power + 1] = table[power]
                np.minimum(table[power, :-step], table[power, step:], out=table[power + 1, :-step])
            found = np.minimum(table[self.power, self.here], table[self.power, self.back])
        return np.where(self.none, NEVER, found)

    def source(self, cost: Ints, piece: int) -> int:
        """The cheapest of the pieces from which this piece is reached."""
        left, right = int(self.left[piece]), int(self.right[piece])
        return left + int(cost[left:right].argmin())


class Hold:
    """What an experiment that holds resources pays from its first start to its last end."""

    def __init__(self, meters: Sequence[Held], stocks: Sequence[Held], paid: Ints) -> None:
        self.ended = np.zeros(paid.shape[1], dtype=np.int64)
        for lane, amount in meters:
            self.ended += paid[lane] * amount
        self.begun = -self.ended
        for lane, amount in stocks:
            self.begun += (paid[lane, -1] - paid[lane]) * amount
        self.meters, self.stocks = meters, stocks

    def starting(self, kind: Kind) -> Ints:
        """What begins at each point: to be added to what ends."""
        return self.begun[kind.points]

    def ending(self, kind: Kind) -> Ints:
        return self.ended[np.minimum(kind.points + kind.length, len(self.ended) - 1)]

    def paid(self, start: int, end: int) -> list[Paid]:
        found = [(lane, start, end, amount) for lane, amount in self.meters]
        return found + [(lane, start, len(self.ended) - 1, amount) for lane, amount in self.stocks]


@dataclass(frozen=True, slots=True)
class Course:
    """The least costs of a chain, up to each session and by its piece: as far as it (`steps`), and with what is held to
    its end, were it the last one (`ends`)."""

    steps: list[Ints]
    ends: list[Ints]


class Chain:
    """Sessions of which each is planned only if the one before it is, at the right distance from it."""

    def __init__(self, kinds: Sequence[Kind], links: Sequence[Link]) -> None:
        self.kinds, self.links = kinds, links
        self.reaches: list[Reach] = []

    def cut(self, known: dict[tuple[int, int, Link], Reach]) -> None:
        """To be called whenever its kinds have been cut anew; equal reaches are shared."""
        self.reaches = []
        for a, b, link in zip(self.kinds, self.kinds[1:], self.links, strict=False):
            key = (id(a), id(b), link)
            if key not in known:
                known[key] = Reach(a, b, *link)
            self.reaches.append(known[key])

    def course(self, cost: Costs, hold: Hold | None) -> Course:
        first = self.kinds[0]
        at_points = cost(first)
        if hold is None:
            steps = ends = [first.by_piece(at_points)]
        else:
            steps = [first.by_piece(at_points + hold.starting(first))]
            ends = [first.by_piece(at_points + hold.starting(first) + hold.ending(first))]
        for kind, reach in zip(self.kinds[1:], self.reaches, strict=True):
            at_points, before = cost(kind), reach.least(steps[-1])
            steps.append(np.minimum(kind.by_piece(at_points) + before, NEVER))
            if hold is not None:
                ends.append(kind.by_piece(at_points + hold.ending(kind)) + before)
        return Course(steps, ends)

    def chosen(self, course: Course, count: int) -> list[tuple[Kind, int]]:
        """The pieces in which the `count` first sessions start at the least cost."""
        piece = int(course.ends[count - 1].argmin())
        found = [(self.kinds[count - 1], piece)]
        for place in range(count - 2, -1, -1):
            piece = self.reaches[place].source(course.steps[place], piece)
            found.append((self.kinds[place], piece))
        return found[::-1]


@dataclass(frozen=True, slots=True)
class _Choice:
    """How many sessions of the free ones and of each chain, and what they were chosen by."""

    worth: int
    counts: tuple[int, ...]
    free: list[tuple[Kind, int]]
    courses: list[Course]
    role: Role | None


class Task:
    """One experiment: its chains, and the sessions that are free of each other."""

    def __init__(self, work: Work, chains: Sequence[Chain], free: Sequence[Kind], most: int, worths: Ints) -> None:
        """`most` is how many sessions fit at most, `worths` (index: sessions) what they are worth, never too little."""
        self.work = work
        self.chains, self.free, self.worths, self.most = chains, free, worths, most
        kinds = [*free, *(kind for chain in chains for kind in chain.kinds)]
        self.kinds = list({id(kind): kind for kind in kinds}.values())
        self.required = work.model.required
        self.meters: list[Held] = []
        self.stocks: list[Held] = []
        self.roles: list[Role | None] = [None]
        parts = [part for kind in self.kinds for variant in kind.variants for part in variant.form.parts]
        if work.model.same_people and parts:
            number = parts[0].number
            able = {person for part in parts if part.number == number for person in part.eligible}
            self.roles = [(number, person) for person in sorted(able)]

    def hold(self, work: Work, prices: Prices) -> None:
        """Notes what is held and on which lanes it is paid: only where it is known who is first and who is last."""
        if len(self.chains) + len(self.free) == 1:
            self.meters = [(prices.of_meter(m), prices.units[m].taken(q)) for m, q in work.holds]
            self.stocks = [(prices.of_stock(s), prices.stock_units[s].taken(q)) for s, q in work.stocks]
            for lane, _ in self.meters:
                prices.reach_all(lane)

    def solve(self, costs: dict[int, Ints], paid: Ints) -> tuple[int, int, list[Paid], Stands]:
        """The most it is worth less what it pays, what it is worth then, what is paid, and where its sessions stand.

        `costs` are the least costs at each kind's points, by identity; `paid` is what lanes have cost before each tick.
        """
        hold = Hold(self.meters, self.stocks, paid) if self.meters or self.stocks else None
        best, choice = 0, None
        for role in self.roles:
            mine = costs if role is None else {id(kind): kind.with_role(*role) for kind in self.kinds}
            value, found = self._best(partial(_known, mine), hold, role)
            if found is not None and (value > best or (choice is None and self.required)):
                best, choice = value, found
        if choice is None:
            return 0, 0, [], ()
        return best, choice.worth, *self._paid(choice, hold, paid.shape[1] - 1)

    def _best(self, cost: Costs, hold: Hold | None, role: Role | None) -> tuple[int, _Choice | None]:
        courses = [chain.course(cost, hold) for chain in self.chains]
        free: list[tuple[int, int, int]] = []
        for place, kind in enumerate(self.free):
            mine = kind.by_piece(cost(kind) if hold is None else cost(kind) + hold.starting(kind) + hold.ending(kind))
            piece = int(mine.argmin())
            free.append((int(mine[piece]), place, piece))
        free.sort()
        least = [0]
        made: list[tuple[int, ...]] = [(0,)]
        for number, (value, _, _) in enumerate(free, start=1):
            least.append(least[-1] + value)
            made.append((number,))
        for course in courses:
            least, made = _joined(least, made, [0, *(int(end.min()) for end in course.ends)])
        value, best = 0, 0
        last = len(self.worths) - 1
        for count in range(last if self.required else 1, min(len(least), last + 1 if self.required else self.most + 1)):
            if least[count] < NEVER and (
                int(self.worths[count]) - least[count] > value or (self.required and not best)
            ):
                value, best = int(self.worths[count]) - least[count], count
        if not best:
            return 0, None
        chosen = [(self.free[place], piece) for _, place, piece in free[: made[best][0]]]
        return value, _Choice(int(self.worths[best]), made[best], chosen, courses, role)

    def _paid(self, choice: _Choice, hold: Hold | None, ticks: int) -> tuple[list[Paid], Stands]:
        some = list(choice.free)
        for chain, course, count in zip(self.chains, choice.courses, choice.counts[1:], strict=True):
            if count:
                some += chain.chosen(course, count)
        found: list[Paid] = []
        spans = []
        stands = []
        for place, (kind, piece) in enumerate(some):
            extra = None
            if hold is not None and place in (0, len(some) - 1):
                ends = hold.ending(kind) if place else np.zeros_like(kind.points)
                extra = ends if place else ends + hold.starting(kind) + (hold.ending(kind) if len(some) == 1 else 0)
            at, people, pays = kind.chosen(piece, ticks, choice.role, extra)
            found += pays
            stands.append((kind.form, at, people))
            spans.append((at, at + kind.length))
        if hold is not None:
            found += hold.paid(min(at for at, _ in spans), max(end for _, end in spans))
        return found, tuple(stands)


def _known(costs: dict[int, Ints], kind: Kind) -> Ints:
    return costs[id(kind)]


def _joined(least: list[int], made: list[tuple[int, ...]], sums: list[int]) -> tuple[list[int], list[tuple[int, ...]]]:
    """The least costs of so many sessions in all, when one more chain gives some of them; and how many each gives."""
    if least == [0]:
        return sums, [(*made[0], count) for count in range(len(sums))]
    together: list[int] = []
    parts: list[tuple[int, ...]] = []
    for count in range(len(least) + len(sums) - 1):
        ways = range(max(0, count - len(least) + 1), min(count, len(sums) - 1) + 1)
        cost, taken = min((least[count - some] + sums[some], some) for some in ways)
        together.append(cost)
        parts.append((*made[count - taken], taken))
    return together, parts
