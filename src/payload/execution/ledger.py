"""Who and what is taken: people, rigs, racks and power as one ledger of items.

A request names all it needs at once and gets all or nothing, so that two activities never wait for what the other
holds in the same step. Those who wait are served in rank order (planned start), each as soon as all its items are
free.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter

from simpy import Environment, Event

from payload.execution.program import Claims, Store
from payload.met import Window

Rank = tuple[int, int]  # planned start, index in the plan
Takes = tuple[tuple[str, int], ...]


class Waiter:
    """A request that waits or has been granted; `event` fires with True when granted, False when its time is over."""

    __slots__ = ("claims", "event", "granted", "rank")

    def __init__(self, claims: Claims, rank: Rank) -> None:
        self.claims = claims
        self.rank = rank
        self.granted = False
        self.event: Event | None = None


class Ledger:
    """All items of a run, by number. `changes` gives an item's other capacities, each within a window.

    A claim is held once at a time and told from an equal one by its identity.
    """

    def __init__(
        self,
        env: Environment,
        capacities: Sequence[int],
        changes: Mapping[int, tuple[tuple[Window, int], ...]],
        after: Callable[[int], Event],
    ) -> None:
        """`after` makes an event that fires that many ms from now."""
        self._env = env
        self._free = list(capacities)
        self._capacities = capacities
        self._changes = changes
        self._after = after
        self._queue: list[Waiter] = []
        # Of items whose capacity changes: each claim that is held, by its identity, with its planned end and amount.
        self._ends: dict[int, dict[int, tuple[int, int]]] = {item: {} for item in changes}
        for item, exceptions in changes.items():  # judged by `_fits_later` alone
            self._free[item] = max(capacities[item], *(capacity for _, capacity in exceptions))
        for window in {window for exceptions in changes.values() for window, _ in exceptions}:
            for edge in (window.start, window.end):
                if edge > env.now:
                    self._after(edge - int(env.now)).callbacks.append(lambda _: self._serve())

    def request(self, claims: Claims, rank: Rank, held: Claims = ()) -> Waiter:
        """Asks for `claims`, giving back `held` in the same breath: the asker is in the queue before others are served.
        When `granted` is False, `wait` for it or `withdraw` it."""
        waiter = Waiter(claims, rank)
        if held:
            self._return(held)
        if self._queue:
            insort(self._queue, waiter, key=_rank)
            self._serve()
        elif self._fits(claims):
            self._take(claims)
            waiter.granted = True
        else:
            self._queue.append(waiter)
        return waiter

    def wait(self, waiter: Waiter, until: int | None) -> Event:
        """The event of a request that was not granted at once; it gives up at `until`."""
        waiter.event = self._env.event()
        if until is not None:
            self._after(max(0, until - int(self._env.now))).callbacks.append(lambda _: self._expire(waiter))
        return waiter.event

    def give(self, claims: Claims) -> None:
        if claims:
            self._return(claims)
            if self._queue:
                self._serve()

    def withdraw(self, waiter: Waiter) -> None:
        """Takes back a request: it leaves the queue, or what it was granted is free again."""
        if waiter.granted:
            self.give(waiter.claims)
        elif waiter in self._queue:
            self._queue.remove(waiter)

    def lacking(self, claims: Claims) -> list[int]:
        """The items of these claims that could not be had now."""
        return [claim[0] for claim in claims if not self._fits((claim,))]

    def _expire(self, waiter: Waiter) -> None:
        if waiter.event is not None and not waiter.granted and waiter in self._queue:
            self._queue.remove(waiter)
            waiter.event.succeed(False)

    def _serve(self) -> None:
        served = [waiter for waiter in self._queue if self._grant(waiter)]
        for waiter in served:
            self._queue.remove(waiter)
            if waiter.event is not None:
                waiter.event.succeed(True)

    def _grant(self, waiter: Waiter) -> bool:
        if not self._fits(waiter.claims):
            return False
        self._take(waiter.claims)
        waiter.granted = True
        return True

    def _fits(self, claims: Claims) -> bool:
        free = self._free
        for item, amount, _ in claims:
            if amount > free[item]:
                return False
        return not self._ends or all(self._fits_later(*claim) for claim in claims if claim[0] in self._ends)

    def _fits_later(self, item: int, amount: int, length_ms: int) -> bool:
        """Whether a claim stays within an item's changing capacity, going by the planned lengths of the others."""
        now = int(self._env.now)
        claim = Window(now, now + length_ms)
        changes = [(window, capacity) for window, capacity in self._changes[item] if window.overlaps(claim)]
        edges = {now, *(window.start for window, _ in changes if window.start > now)}
        edges |= {window.end for window, _ in changes if window.end < claim.end}
        for edge in edges:
            taken = sum(taken for end, taken in self._ends[item].values() if end > edge or edge == now)
            holding = [
                (window.length_ms, capacity) for window, capacity in changes if window.start <= edge < window.end
            ]
            capacity = min(holding)[1] if holding else self._capacities[item]
            if taken + amount > capacity:
                return False
        return True

    def _take(self, claims: Claims) -> None:
        for claim in claims:
            item, amount, length_ms = claim
            if item in self._ends:
                self._ends[item][id(claim)] = (int(self._env.now) + length_ms, amount)
            else:
                self._free[item] -= amount

    def _return(self, claims: Claims) -> None:
        for claim in claims:
            item, amount, _ = claim
            if item in self._ends:
                del self._ends[item][id(claim)]
            else:
                self._free[item] += amount


class Stores:
    """What has been taken of each consumable."""

    def __init__(self, stores: Mapping[str, Store]) -> None:
        self._stores = stores
        self._taken = dict.fromkeys(stores, 0)

    def has(self, takes: Takes, at: int) -> bool:
        """Whether that much is left; a resupply counts from its very instant on."""
        for name, amount in takes:
            store = self._stores[name]
            if self._taken[name] + amount > store.stock + sum(more for when, more in store.resupply if when <= at):
                return False
        return True

    def take(self, takes: Takes) -> None:
        for name, amount in takes:
            self._taken[name] += amount


_rank = attrgetter("rank")
