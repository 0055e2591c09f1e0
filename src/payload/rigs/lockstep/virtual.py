"""Virtual time: a clock that passes only while it is waited on, and a serial line on it.

All times are whole ns. A length of time that is computed is rounded up, so that nothing is ever due again at the very
instant at which it has just been handled.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

NS_PER_S = 1_000_000_000
BITS_PER_BYTE = 10  # 8N1: a start bit, eight of data, a stop bit
NEVER = 1 << 63


class VirtualClock:
    """The face of a wall clock, in virtual time. `passes` lets time pass: it is the bench's."""

    virtual = True

    def __init__(self, passes: Callable[[int], None]) -> None:
        self.at = 0
        self._passes = passes

    def now_ns(self) -> int:
        return self.at

    def sleep_ms(self, wall_ms: int) -> None:
        self._passes(wall_ms)


class Line:
    """One direction of a serial line: frames arrive whole, each when its last byte does, behind those before it.

    `baud` None: what is sent has arrived (the device takes the line's time itself). `bursts`: what is sent without a
    pause arrives in one piece, at the time of its last byte, as through an adapter that hands bytes over in packets.
    `due` is when the next piece arrives, NEVER while there is none.
    """

    __slots__ = ("_bursts", "_byte_ns", "_free_at", "_on_way", "due")

    def __init__(self, baud: int | None, *, bursts: bool = False) -> None:
        self._bursts = bursts
        self.due = NEVER
        self._byte_ns = -(-BITS_PER_BYTE * NS_PER_S // baud) if baud else 0
        self._free_at = 0
        self._on_way: deque[tuple[int, bytes]] = deque()

    def send(self, data: bytes, now: int) -> None:
        at = max(now, self._free_at)
        start = 0
        while start < len(data):
            # A delimiter in front belongs to the frame behind it, as the one behind it does.
            end = 0 if self._bursts else data.find(b"\0", start + 1) + 1
            end = end or len(data)
            at += (end - start) * self._byte_ns
            self._on_way.append((at, data[start:end]))
            start = end
        self._free_at = at
        self.due = self._on_way[0][0]

    def arrived(self, now: int) -> bytes:
        """What has arrived until now, and has not been taken before."""
        if self.due > now:
            return b""
        on_way = self._on_way
        data = on_way.popleft()[1]
        while on_way and on_way[0][0] <= now:
            data += on_way.popleft()[1]
        self.due = on_way[0][0] if on_way else NEVER
        return data

    def cut(self) -> None:
        """What is on its way is lost."""
        self._on_way.clear()
        self.due = NEVER
