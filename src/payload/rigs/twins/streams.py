"""The last samples of one channel, sent or not (PROTOCOL.md §7). Samples are numbered from 1 at boot; numbers and ticks
in here do not wrap."""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Sequence

from payload.rigs.twins.plants import Plant
from payload.rigs.twins.size import Size

_HEAD = struct.Struct("<BBIII")
_U32 = 0xFFFFFFFF


class Stream:
    """Sample j is the channel's value at tick `j * interval`. `unsent` is the number of the next one to be sent by
    itself.

    Samples of a plant whose channels depend on the tick alone are not taken before they are asked for.
    """

    __slots__ = ("_plant", "_ring", "_values", "index", "interval", "lazy", "lost", "newest", "unsent")

    def __init__(self, index: int, interval: int, size: Size, plant: Plant) -> None:
        self.index, self.interval = index, interval
        self.newest, self.unsent, self.lost = 0, 1, 0
        self.lazy = plant.lazy
        self._plant, self._ring = plant, size.ring
        self._values: deque[int] = deque(maxlen=size.ring)

    def reach(self, tick: int) -> None:
        """Every sample up to `tick` has been taken; one that is not lazy must be told of each."""
        if self.lazy:
            self.newest = tick // self.interval
        elif tick // self.interval > self.newest:
            self.newest += 1
            self._values.append(self._plant.channel(self.index, tick))
        over = self.newest - self._ring + 1 - self.unsent
        if over > 0:
            self.unsent += over
            self.lost += over

    def open(self) -> None:
        """A new session: what was sampled before it is not sent by itself."""
        self.unsent, self.lost = self.newest + 1, 0

    def body(self, count: int) -> bytes:
        """TELEMETRY of the `count` oldest unsent samples, which are sent then."""
        first = self.unsent
        self.unsent += count
        return self.body_from(first, count)

    def body_from(self, first: int, count: int) -> bytes:
        """TELEMETRY of kept samples."""
        values: Sequence[int]
        if self.lazy:
            values = self._plant.series(self.index, first * self.interval, self.interval, count)
        else:
            start = first - (self.newest - len(self._values) + 1)
            values = [self._values[i] for i in range(start, start + count)]
        head = _HEAD.pack(self.index, count, first & _U32, self.interval, self.lost & _U32)
        return head + struct.pack(f"<{count}i", *values)

    def find(self, first: int, count: int) -> tuple[int, int]:
        """A RESEND's samples, `first` as on the wire: how many of them are gone, and from where on (not wrapped) the
        rest is there; (0, newest + 1) when the first is not there yet."""
        age = self.newest - first & _U32
        if age >= 1 << 31:
            return 0, self.newest + 1
        start = self.newest - age
        oldest = max(self.newest - self._ring, 0) + 1
        return min(max(oldest - start, 0), count), max(start, oldest)
