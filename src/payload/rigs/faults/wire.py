"""A wire that goes wrong on purpose: bytes and times in, bytes and times out; nothing here waits or reads a clock.

Each way draws from a generator of its own, and what befalls a frame is drawn when its end has come: the same seed and
the same frames meet the same faults, in whatever pieces the bytes came and however the ways took turns.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter
from dataclasses import dataclass, replace

from payload.rigs.faults.passage import Passage
from payload.rigs.faults.plan import BANNER, LASTING, Fault, Happening, Lane, Plan, Way


@dataclass(frozen=True, slots=True)
class Arrival:
    """Bytes at their end of the wire, at `at`."""

    at: int
    way: Way
    data: bytes


@dataclass(frozen=True, slots=True)
class Struck:
    """A happening's beginning, or its end (`over`): an unplugged port is back. The owner acts on RESET and UNPLUG,
    which are about the rig and the port; the wire itself sees to all others."""

    at: int
    fault: Fault
    over: bool = False
    length: int = 0


class Faults:
    """The faults of one wire. `seed` None takes the plan's. `counts` is what has befallen it so far, by name."""

    def __init__(self, plan: Plan, seed: int | None = None) -> None:
        self.plan = plan
        self.seed = plan.seed if seed is None else seed
        self.counts: Counter[str] = Counter()
        self.plugged = True
        self._ways = {way: Passage(plan, way, self.seed, self._arrive, self.counts) for way in Way}
        self._times = random.Random(f"{self.seed}/times")
        self._deaf = 0
        self._queue: list[tuple[int, int, Arrival | Struck | Happening]] = []
        self._pushed = 0
        for happening in plan.happenings:
            self._push(happening.at + self._times.randint(0, happening.spread), happening)

    # -- the owner's side ----------------------------------------------------------------------------------------

    def take(self, way: Way, data: bytes, now: int) -> None:
        """Bytes onto the wire."""
        if self.plugged and now >= self._deaf:
            self._ways[way].take(data, now)
        else:
            self._ways[way].lose()

    def due(self, now: int) -> list[Arrival | Struck]:
        """All that happens up to `now`, in order of time. What a happening does to bytes is done by now."""
        told: list[Arrival | Struck] = []
        for passage in self._ways.values():
            passage.due(now)
        while self._queue and self._queue[0][0] <= now:
            at, place, what = heapq.heappop(self._queue)
            match what:
                case Arrival(way=way) if at < self._ways[way].stall:
                    later = self._ways[way].stall
                    heapq.heappush(self._queue, (later, place, Arrival(later, way, what.data)))
                case Happening():
                    told += self.strike(what, at)
                case Struck(fault=Fault.UNPLUG):
                    self.plugged = True
                    told.append(what)
                case Arrival() | Struck():
                    told.append(what)
        return told

    @property
    def next(self) -> int | None:
        """When `due` is wanted next; None: not before more bytes have come."""
        times = [passage.next for passage in self._ways.values() if passage.next is not None]
        if self._queue:
            times.append(self._queue[0][0])
        return min(times, default=None)

    def stalled_until(self, way: Way) -> int:
        """The end of a stall of this way; in the past when there is none."""
        return self._ways[way].stall

    def calm(self) -> None:
        """From now on nothing goes wrong any more; what lasts, and what is under way, still ends as it was to."""
        self.plan = replace(self.plan, to_rig=Lane(), to_host=Lane(), happenings=(), reset_on_open=None)
        for passage in self._ways.values():
            passage.calm()
        self._queue = [entry for entry in self._queue if not isinstance(entry[2], Happening)]
        heapq.heapify(self._queue)

    def strike(self, happening: Happening, at: int) -> list[Struck]:
        """A happening, now: one whose time has come, the opening of a port whose DTR resets the rig, a tester's own
        hand. Empty when it cannot happen: what is unplugged cannot be unplugged again."""
        fault, until = happening.fault, at + happening.length
        if happening.every is not None:
            later = max(happening.every, 1) + self._times.randint(0, happening.spread)
            self._push(at + later, happening)
        if fault is Fault.UNPLUG and not self.plugged:
            return []
        self.counts[fault.value] += 1
        match fault:
            case Fault.UNPLUG:
                self._clear()
                self.plugged = False
                self._push(until, Struck(until, fault, over=True))
            case Fault.RESET:
                self._clear()
                self._deaf = until
                if happening.data and self.plugged:
                    self._ways[Way.TO_HOST].send(happening.data, until)
            case Fault.BANNER if self.plugged:
                self._ways[Way.TO_HOST].send(happening.data or BANNER, at)
            case Fault.GARBAGE if self.plugged:
                for way in happening.ways:
                    self._ways[way].send(self._ways[way].rng.randbytes(happening.count), at)
            case _:
                for way in happening.ways if fault in LASTING else ():
                    setattr(self._ways[way], fault.value, max(getattr(self._ways[way], fault.value), until))
        return [Struck(at, fault, length=happening.length)]

    # -- the queue -----------------------------------------------------------------------------------------------

    def _clear(self) -> None:
        """All that is under way is lost; what is to happen still happens."""
        self._queue = [entry for entry in self._queue if not isinstance(entry[2], Arrival)]
        heapq.heapify(self._queue)
        for passage in self._ways.values():
            passage.clear()

    def _arrive(self, at: int, way: Way, data: bytes) -> None:
        self._push(at, Arrival(at, way, data))

    def _push(self, at: int, what: Arrival | Struck | Happening) -> None:
        self._pushed += 1
        heapq.heappush(self._queue, (at, self._pushed, what))
