"""What a link has to say: bytes that may leave now, bytes that wait for their intents, and questions that are repeated
until they are answered."""

from __future__ import annotations

from payload.errors import LinkTimeout
from payload.met import NS_PER_MS
from payload.rigs.link.roundtrip import TRIES, Asked, RoundTrip
from payload.rigs.wire.frame import encode
from payload.rigs.wire.packet import Abort, ToRig, pack


class Outbox:
    """`held` waits for what is to be put on disk. `asked`: OPEN or DICTIONARY, `abort`: ABORT, while unanswered."""

    __slots__ = ("_rig", "_round_trip", "_tag", "abort", "asked", "held", "out")

    def __init__(self, rig: str, round_trip: RoundTrip) -> None:
        self.out, self.held = bytearray(), bytearray()
        self.asked: Asked | None = None
        self.abort: Asked | None = None
        self._rig, self._round_trip = rig, round_trip
        self._tag = 0

    def say(self, packet: ToRig) -> None:
        self.out += b"\0" + encode(pack(packet))

    def begin(self, now: int) -> None:
        """The first tag of all follows from the clock, about one a ms: an answer to a host that died a moment ago has
        another one than what is asked now."""
        self._tag = self._tag or now >> 20 & 0xFFFF

    def taken(self) -> bytes:
        """What may leave now."""
        data = bytes(self.out)
        self.out.clear()
        return data

    def tag(self) -> int:
        """The next one, never 0: that is the tag of what nobody asked for."""
        self._tag = self._tag + 1 & 0xFFFF or 1
        return self._tag

    def clear(self) -> None:
        """The line is cut. An ABORT is kept for the next one."""
        self.out.clear()
        self.held.clear()
        self.asked = None

    def ask(self, packet: ToRig, what: str, now: int) -> None:
        self.asked = Asked(packet, what, now, now, tries=0)
        self._send(self.asked, now)

    def ask_abort(self, now: int, is_open: bool) -> None:
        """As if for the first time. A closed link keeps it for the next connection."""
        self.abort = Asked(Abort(), "ABORT", now, now, tries=0)
        if is_open:
            self._send(self.abort, now)

    def answered(self, now: int) -> None:
        """`asked` has its answer; Karn's rule: no sample from one that was repeated."""
        if self.asked and self.asked.tries == 1:
            self._round_trip.sample(now - self.asked.first_sent)
        self.asked = None

    @property
    def due(self) -> int | None:
        """When `repeat` has something to do."""
        asked, abort = self.asked, self.abort
        if asked is None:
            return abort.due if abort is not None else None
        return asked.due if abort is None else min(asked.due, abort.due)

    def repeat(self, now: int) -> None:
        """What was not answered in time, once more. Raises LinkTimeout when it was for nothing too often."""
        for asked in (self.asked, self.abort):
            if asked and now >= asked.due:
                if asked.tries >= TRIES:
                    raise LinkTimeout(self._rig, asked.what, (now - asked.first_sent) // NS_PER_MS)
                self._send(asked, now)

    def _send(self, asked: Asked, now: int) -> None:
        asked.tries += 1
        asked.due = now + self._round_trip.timeout_ns(asked.tries)
        self.say(asked.packet)
