"""Beats and pings: whether the rig still answers, and what its clock says (PROTOCOL.md §4.4, §6)."""

from __future__ import annotations

from payload.met import to_ns
from payload.rigs.link.clock import RigClock
from payload.rigs.link.outbox import Outbox
from payload.rigs.link.roundtrip import RoundTrip
from payload.rigs.wire.packet import BEAT_MS, LEASE_MS, Beat, Ping, Stamp

QUIET_MS = LEASE_MS + BEAT_MS
"""Beats unanswered for this long: the link is down. The rig's own lease is over by then."""
MOST_ASKED = 8


class Pulse:
    """`credit` is what each beat grants, in frames; `due` is when an unanswered beat means that the link is down."""

    __slots__ = ("_asked", "_outbox", "_round_trip", "clock", "credit", "due")

    def __init__(self, outbox: Outbox, round_trip: RoundTrip) -> None:
        self.clock: RigClock | None = None
        self.credit = 0
        self.due: int | None = None
        self._outbox, self._round_trip = outbox, round_trip
        self._asked: dict[int, int] = {}

    def beat(self, session: int, now: int) -> None:
        if self.due is None:
            self.due = now + to_ns(QUIET_MS)
        self._outbox.say(Beat(session, self._tag(now), self.credit))

    def ping(self, now: int) -> None:
        self._outbox.say(Ping(self._tag(now)))

    def answered(self, tag: int, stamp: Stamp, now: int) -> None:
        """Each is sent once, so that the answer is that one's; a second answer to it says nothing."""
        sent = self._asked.pop(tag, None)
        if sent is not None and self.clock is not None:
            self._round_trip.sample(now - sent)
            self.clock.sample(sent, now, stamp.tick, stamp.thousandths)

    def cut(self) -> None:
        """The line is cut: nothing is answered any more."""
        self.due = None
        self._asked.clear()

    def _tag(self, now: int) -> int:
        tag = self._outbox.tag()
        if len(self._asked) >= MOST_ASKED:
            self._asked.clear()
        self._asked[tag] = now
        return tag
