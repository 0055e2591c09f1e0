"""What becomes of a simulated instrument's replies on the way: they come late, twice, in pieces, or never.

An instrument answers in the order in which it was asked, so a late reply holds up those behind it; one that comes twice
comes the second time whenever it likes. Bytes of two replies never mix: they share a wire.
"""

from __future__ import annotations

import heapq
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from random import Random

from payload.met import to_ns

_FOREVER_NS = 3_600_000_000_000


class Instrument(ABC):
    """What an instrument does with what it hears, at once."""

    @abstractmethod
    def hear(self, data: bytes, now: int) -> list[bytes]:
        """Its replies, whole, to what has come to be whole. `now` is ns since it was switched on."""


@dataclass(frozen=True, slots=True)
class Whims:
    """Chances per reply, each 0 to 1, and lengths in ms, closed. `in_order`: a late reply holds up those behind it."""

    late: float = 0.0
    twice: float = 0.0
    split: float = 0.0
    never: float = 0.0
    latency_ms: tuple[int, int] = (1, 4)
    late_ms: tuple[int, int] = (200, 6_000)
    again_ms: tuple[int, int] = (0, 3_000)
    gap_ms: tuple[int, int] = (1, 30)
    in_order: bool = True


class Simulated:
    """An instrument and its wire, as `terminal.serve` takes it and as virtual time does: `update(now, data)` gives what
    it says now, and when it will have more to say. `speed_milli` is how fast the instrument's own time goes by."""

    fd: int | None = None

    def __init__(self, make: Callable[[], Instrument], whims: Whims, rng: Random, speed_milli: int = 1_000) -> None:
        self._make, self._whims, self._rng = make, whims, rng
        self._speed_milli = speed_milli
        self.instrument = make()
        self.late = self.twice = self.split = self.never = 0
        self._booted_at = 0
        self._ready_at = 0
        self._numbers = count()
        self._replies: list[tuple[int, int, bytes, bool]] = []  # when it may begin, number, bytes, in pieces
        self._pieces: list[tuple[int, bytes]] = []  # of the reply on the wire, in order

    def update(self, now: int, data: bytes) -> tuple[bytes, int]:
        if data:
            for reply in self.instrument.hear(data, (now - self._booted_at) * self._speed_milli // 1_000):
                self._post(reply, now)
        said = bytearray()
        while True:
            if not self._pieces:
                if not self._replies or self._replies[0][0] > now:
                    break
                self._begin()
            at, piece = self._pieces[0]
            if at > now:
                break
            said += piece
            del self._pieces[0]
        return bytes(said), self._next(now)

    def reset(self, now: int) -> None:
        self._booted_at, self.instrument = now, self._make()
        self._replies.clear()
        self._pieces.clear()

    def close(self) -> None:
        pass

    def _next(self, now: int) -> int:
        if self._pieces:
            return self._pieces[0][0]
        return self._replies[0][0] if self._replies else now + _FOREVER_NS

    def _post(self, reply: bytes, now: int) -> None:
        whims, rng = self._whims, self._rng
        at = now + to_ns(rng.randint(*whims.latency_ms))
        if rng.random() < whims.late:
            self.late += 1
            at += to_ns(rng.randint(*whims.late_ms))
        if whims.in_order:
            self._ready_at = at = max(at, self._ready_at)
        split = len(reply) > 1 and rng.random() < whims.split
        self.split += split
        if rng.random() < whims.never:
            self.never += 1
        else:
            heapq.heappush(self._replies, (at, next(self._numbers), reply, split))
        if rng.random() < whims.twice:
            self.twice += 1
            again = at + to_ns(rng.randint(*whims.again_ms))
            heapq.heappush(self._replies, (again, next(self._numbers), reply, False))

    def _begin(self) -> None:
        at, _, reply, split = heapq.heappop(self._replies)
        if not split:
            self._pieces = [(at, reply)]
            return
        cuts = sorted(self._rng.sample(range(1, len(reply)), min(self._rng.randint(1, 3), len(reply) - 1)))
        for start, end in zip((0, *cuts), (*cuts, len(reply)), strict=True):
            self._pieces.append((at, reply[start:end]))
            at += to_ns(self._rng.randint(*self._whims.gap_ms))
