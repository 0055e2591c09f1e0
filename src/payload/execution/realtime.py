"""Mission time on a wall clock: simulated time that waits.

A variation of SimPy's environment in the manner of its own `simpy.rt`, with two differences: the wait for the next
event is handed in, so that it can block on the rigs and wake up for a report or a word; and being late is told, not an
error (SimPy's strict mode tolerates one unit of time, which would be one millisecond here).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from math import ceil
from typing import Protocol

from simpy import Environment
from simpy.core import Infinity

from payload.met import NS_PER_MS

TICK_MS = 200  # the longest wait, in wall time: how late a word or a renewed lease may be
BEHIND_MS = 1_000  # wall time; what is less late is not worth a word


class Clock(Protocol):
    """Wall time that only moves forward, and a way to let it pass. KeyboardInterrupt may come out of `sleep_ms`."""

    def now_ns(self) -> int: ...

    def sleep_ms(self, wall_ms: int) -> None: ...


class WallClock:
    """The machine's own: this room's one look at the wall."""

    def now_ns(self) -> int:
        return time.monotonic_ns()

    def sleep_ms(self, wall_ms: int) -> None:
        time.sleep(wall_ms / 1000)


class RealTime(Environment):
    """SimPy's environment with mission time as wall time × speed, from `start` (ms MET) at the moment it is made.

    `wait(wall_ms)` is called again and again, at least every TICK_MS of wall time, and blocks at most that long; when
    something has come in it calls `advance` and may then fire events, which are handled at once. `behind(wall_ms)` is
    called once each time the loop falls behind by more than BEHIND_MS.
    """

    def __init__(
        self,
        start: int,
        speed: float,
        clock: Clock,
        wait: Callable[[int], None],
        behind: Callable[[int], None],
    ) -> None:
        super().__init__(start)
        self._start = start
        self._speed = speed
        self._clock = clock
        self._wait = wait
        self._behind = behind
        self._late = False
        self._began_ns = self._tended_ns = clock.now_ns()

    def mission_now(self) -> int:
        """The mission instant that it is on the wall, rounded down."""
        return self._start + int((self._clock.now_ns() - self._began_ns) * self._speed / NS_PER_MS)

    def advance(self) -> None:
        """Moves `now` up to the wall's mission time, but never past an event that is due."""
        self._now = max(self._now, min(self.mission_now(), self.peek()))

    def step(self) -> None:
        """Handles the next event when it is due; waits for one while there is none."""
        if self._clock.now_ns() - self._tended_ns > TICK_MS * NS_PER_MS:
            self._tend(0)  # a burst of events must not starve the rigs
        while True:
            due = self.peek()
            if due is Infinity:  # only a report or a word can bring something about
                self._tend(TICK_MS)
                continue
            ahead_ms = -((self.mission_now() - due) / self._speed)  # wall time until then
            if ahead_ms <= 0:
                break
            self._tend(min(TICK_MS, ceil(ahead_ms)))
        late = -ahead_ms > BEHIND_MS
        if late and not self._late:
            self._now = due
            self._behind(int(-ahead_ms))
        self._late = late
        super().step()

    def _tend(self, wall_ms: int) -> None:
        self._wait(wall_ms)
        self._tended_ns = self._clock.now_ns()
