"""What was last seen of a rig's state, whichever frame told of it."""

from __future__ import annotations

from payload.rigs.link.events import Event, Moved, Seen
from payload.rigs.wire.packet import WRAP, Reason, State, Status

LATE_MS = 60_000
"""No wire keeps a frame for longer."""


class Sight:
    """`status` is the newest one of this boot. What is new in it is put behind `events`."""

    __slots__ = ("_events", "_late_ticks", "status")

    def __init__(self, events: list[Event]) -> None:
        self.status: Status | None = None
        self._events = events
        self._late_ticks = 0

    def begin(self, speed_milli: int) -> None:
        """A boot that had not been met before."""
        self.status = None
        self._late_ticks = min(LATE_MS * speed_milli // 1000 + 1, WRAP // 2)

    def is_late(self, status: Status) -> bool:
        """Whether newer ones have overtaken it. What lies further back has not: then the rig's clock has jumped."""
        return self.status is not None and 0 < (self.status.tick - status.tick) % WRAP < self._late_ticks

    def see(self, status: Status) -> bool:
        """False: it was late, and says nothing."""
        if self.is_late(status):
            return False
        before, self.status = self.status, status
        if before is None or (before.state, before.reason) != (status.state, status.reason):
            self._events.append(Seen(status))
        return True

    def armed(self, moved: Moved) -> None:
        """`arm` has ended so: its DONE tells of the state as well as a status does."""
        before = self.status
        if before is None or before.state != State.SAFE or moved.stage != "DONE" or moved.tick is None:
            return
        armed = before.armed | moved.arguments[0]
        self.see(Status(State.READY, Reason.NONE, armed, 0, before.last_id, before.finished, moved.tick))
