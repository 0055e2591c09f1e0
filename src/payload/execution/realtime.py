"""Mission time on a clock of its own, the wall's or a virtual one: simulated time that waits.

A variation of SimPy's environment in the manner of its own `simpy.rt`, with two differences: the wait for the next
event is handed in, so that it can block on the rigs and wake up for a report or a word; and being late is told, not an
error (SimPy's strict mode tolerates one unit of time, which would be one millisecond here).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from simpy import Environment
from simpy.core import Infinity

from payload.met import NS_PER_MS

BEHIND_MS = 1_000  # wall time; what is less late is not worth a word


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a live run looks after what is outside, in ms of its clock: `tick_ms` is the longest wait, `beat_ms` is
    between renewals of the rigs' leases (heartbeat 1 s, lease 3 s), `commit_ms` how long an event which nothing waits
    for may stay in memory, `listen_ms` is between looks at the table of words; None: nobody can say any."""

    tick_ms: int
    beat_ms: int
    commit_ms: int
    listen_ms: int | None


ON_THE_WALL = Pace(tick_ms=200, beat_ms=500, commit_ms=500, listen_ms=100)
IN_LOCKSTEP = Pace(tick_ms=60_000, beat_ms=1_000, commit_ms=60_000, listen_ms=None)


class Clock(Protocol):
    """Time that only moves forward, and a way to let it pass. KeyboardInterrupt may come out of `sleep_ms`."""

    @property
    def virtual(self) -> bool:
        """Whether it passes only by being waited on: then nothing is ever late, and nobody outside can keep up."""
        ...

    def now_ns(self) -> int: ...

    def sleep_ms(self, wall_ms: int) -> None: ...


class WallClock:
    """The machine's own: this room's one look at the wall."""

    virtual = False

    def now_ns(self) -> int:
        return time.monotonic_ns()

    def sleep_ms(self, wall_ms: int) -> None:
        time.sleep(wall_ms / 1000)


class RealTime(Environment):
    """SimPy's environment with mission time as the clock's × speed, from `start` (ms MET) at the moment it is made.

    `wait(wall_ms)` is called again and again, at least every `tick_ms` of the clock's time, and blocks at most that
    long; when something has come in it calls `advance` and may then fire events, which are handled at once.
    `behind(wall_ms)` is called once each time the loop falls behind by more than BEHIND_MS. All of it is whole numbers.
    """

    def __init__(
        self,
        start: int,
        speed: float,
        clock: Clock,
        wait: Callable[[int], None],
        behind: Callable[[int], None],
        tick_ms: int = ON_THE_WALL.tick_ms,
    ) -> None:
        super().__init__(start)
        self._start = start
        self._num, self._den = Fraction(str(speed)).as_integer_ratio()
        self._tick_ms = tick_ms
        self._clock = clock
        self._wait = wait
        self._behind = behind
        self._late = False
        self._began_ns = self._tended_ns = clock.now_ns()

    def mission_now(self) -> int:
        """The mission instant that it is on the wall, rounded down."""
        return self._start + (self._clock.now_ns() - self._began_ns) * self._num // (self._den * NS_PER_MS)

    def advance(self) -> None:
        """Moves `now` up to the wall's mission time, but never past an event that is due."""
        self._now = max(self._now, min(self.mission_now(), self.peek()))

    def step(self) -> None:
        """Handles the next event when it is due; waits for one while there is none."""
        if self._clock.now_ns() - self._tended_ns > self._tick_ms * NS_PER_MS:
            self._tend(0)  # a burst of events must not starve the rigs
        while True:
            due = self.peek()
            if due is Infinity:  # only a report or a word can bring something about
                self._tend(self._tick_ms)
                continue
            ahead_ms = -((self.mission_now() - int(due)) * self._den // self._num)  # the clock's time, rounded up
            if ahead_ms <= 0:
                break
            self._tend(min(self._tick_ms, ahead_ms))
        late = -ahead_ms > BEHIND_MS
        if late and not self._late:
            self._now = due
            self._behind(-ahead_ms)
        self._late = late
        super().step()

    def _tend(self, wall_ms: int) -> None:
        self._wait(wall_ms)
        self._tended_ns = self._clock.now_ns()
