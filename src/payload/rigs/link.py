"""The host's side of the conversation with one rig: bytes in, events out, the clock handed in (PROTOCOL.md §10).

Nothing here waits or reads a port. After every call the owner sends `outgoing()`, and calls `tick` at `deadline` at the
latest. Times are ns of one monotonic wall clock.

The phases, and what leads from one to the next. Whatever the table does not name leaves the phase as it is. A link that
is CLOSED keeps what it has to do; `connected` starts the greeting, which finds out what became of it:

* the same boot and session: every command's fate is stored in the rig, so the same numbers are asked again;
* another boot, or somebody else's session: idempotent commands are sent anew, all other sent ones are INDETERMINATE.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum

from payload.errors import LinkError, LinkTimeout, ProtocolError
from payload.met import to_ns
from payload.rigs.dictionary import ARM, Command, Kind
from payload.rigs.events import Down, Event, Met, Sampled, Seen, Up
from payload.rigs.frame import Deframer, encode
from payload.rigs.greeting import silence, why_not
from payload.rigs.orders import Order, Orders
from payload.rigs.packet import (
    BEAT_MS,
    LEASE_MS,
    Abort,
    Aborted,
    Beat,
    BeatReply,
    Call,
    Hello,
    HelloReply,
    Housekeeping,
    Nak,
    NakCode,
    Open,
    Opened,
    Packet,
    Reason,
    Stage,
    StageReply,
    State,
    Status,
    Telemetry,
    ToRig,
    name_of,
    pack,
    unpack,
)
from payload.rigs.roundtrip import TRIES, Asked, RoundTrip

HELLO_EVERY_MS = 250
GREETING_MS = 5_000
CREDIT = 8
QUIET_MS = LEASE_MS + BEAT_MS
"""Beats unanswered for this long: the link is down. The rig's own lease is over by then."""


class Phase(Enum):
    CLOSED = "closed"
    GREETING = "greeting"
    OPENING = "opening"
    UP = "up"


TRANSITIONS = {
    (Phase.CLOSED, "connected"): Phase.GREETING,
    (Phase.GREETING, "another session"): Phase.OPENING,
    (Phase.GREETING, "our session"): Phase.UP,
    (Phase.GREETING, "lost"): Phase.CLOSED,
    (Phase.OPENING, "opened"): Phase.UP,
    (Phase.OPENING, "stale"): Phase.GREETING,
    (Phase.OPENING, "lost"): Phase.CLOSED,
    (Phase.UP, "stale"): Phase.GREETING,
    (Phase.UP, "lost"): Phase.CLOSED,
}


@dataclass(slots=True)
class Link:
    """One rig's link; `rig` is its name in messages. `kind` None takes whatever kind answers, for probing."""

    rig: str
    kind: Kind | None
    greeting_ms: int = GREETING_MS
    phase: Phase = Phase.CLOSED
    hello: HelloReply | None = None
    _deframer: Deframer = field(default_factory=Deframer)
    _round_trip: RoundTrip = field(default_factory=RoundTrip)
    _out: bytearray = field(default_factory=bytearray)
    _events: list[Event] = field(default_factory=list)
    _orders: Orders = field(default_factory=Orders)
    _asked: Asked | None = None
    _abort: Asked | None = None
    _session: int = 0
    _tag: int = 0
    _hello_sent: dict[int, int] = field(default_factory=dict)
    _hello_due: int = 0
    _greeting_until: int = 0
    _heard_bytes: int = 0
    _heard_frames: int = 0
    _beats: dict[int, int] = field(default_factory=dict)
    _quiet_since: int | None = None
    _status: Status | None = None

    # -- what the owner says -------------------------------------------------------------------------------------

    def connected(self, now: int) -> list[Event]:
        """A port is open: greet."""
        self._deframer = Deframer()
        self._greet("connected", now)
        if self._abort:
            self._ask_abort(now)
        return self._told(now)

    def lost(self, error: LinkError) -> list[Event]:
        """The port is gone."""
        self._close(error)
        return self._take()

    def give_up(self) -> list[Event]:
        """The link stays down: what was sent is INDETERMINATE, what was not is FAILED with code LINK_DOWN."""
        self._events += self._orders.give_up()
        return self._take()

    def submit(self, token: str, command: Command, arguments: tuple[int, ...], now: int) -> list[Event]:
        """A command to be numbered and sent as soon as the rig can take it, after those before it."""
        self._orders.submit(Order(token, command, arguments))
        return self._told(now)

    def abort(self, now: int) -> list[Event]:
        """ABORT, at once and until it is answered; what has not been sent yet is CANCELLED."""
        self._events += self._orders.cancel_waiting()
        self._ask_abort(now)
        return self._told(now)

    def beat(self, now: int) -> list[Event]:
        """Renews the lease and grants credit for a second's telemetry. Beats are never repeated: they must come from a
        loop that is alive."""
        if self.phase is Phase.UP:
            self._tag = self._tag + 1 & 0xFFFF
            self._beats = {**self._beats, self._tag: now} if len(self._beats) < 8 else {self._tag: now}
            if self._quiet_since is None:
                self._quiet_since = now
            self._send(Beat(self._session, self._tag, CREDIT))
        return self._told(now)

    def receive(self, data: bytes, now: int) -> list[Event]:
        """What the bytes mean. Frames that this version does not know, or of another session, are dropped: a CRC
        can be right by chance, and after a reboot old frames may still be on the line."""
        self._heard_bytes += len(data)
        for frame in self._deframer.feed(data):
            try:
                packet = unpack(frame)
            except ValueError:
                continue
            if self.phase is not Phase.CLOSED:
                self._heard_frames += 1
                if not isinstance(packet, ToRig):  # our own words may come back: that does not make the rig alive
                    self._quiet_since = None
                self._hear(packet, now)
        return self._told(now)

    def tick(self, now: int) -> list[Event]:
        """Whatever is due at `now`."""
        if self.phase is Phase.GREETING and now >= self._greeting_until:
            self._close(silence(self.rig, self.greeting_ms, self._heard_bytes, self._heard_frames))
        elif self.phase is Phase.GREETING and now >= self._hello_due:
            self._send_hello(now)
        for asked in (self._asked, self._abort):
            if asked and self.phase is not Phase.CLOSED and now >= asked.due:
                if asked.tries >= TRIES:
                    self._close(LinkTimeout(self.rig, asked.what, (now - asked.first_sent) // 1_000_000))
                else:
                    self._send_again(asked, now)
        if self._quiet_since is not None and now >= self._quiet_since + to_ns(QUIET_MS):
            self._close(LinkTimeout(self.rig, "BEAT", QUIET_MS))
        return self._told(now)

    def outgoing(self) -> bytes:
        """What is to be sent now; empty when there is nothing."""
        data = bytes(self._out)
        self._out.clear()
        return data

    @property
    def deadline(self) -> int | None:
        """When `tick` must be called at the latest; None while nothing is due."""
        if self.phase is Phase.CLOSED:
            return None
        due = [asked.due for asked in (self._asked, self._abort) if asked]
        if self.phase is Phase.GREETING:
            due += [self._hello_due, self._greeting_until]
        if self._quiet_since is not None:
            due.append(self._quiet_since + to_ns(QUIET_MS))
        return min(due, default=None)

    @property
    def aborting(self) -> bool:
        """An ABORT has not been answered yet."""
        return self._abort is not None

    @property
    def idle(self) -> bool:
        """No command is waiting or without a known end."""
        return not self._orders

    # -- phases --------------------------------------------------------------------------------------------------

    def _move(self, cause: str) -> None:
        self.phase = TRANSITIONS.get((self.phase, cause), self.phase)

    def _greet(self, cause: str, now: int) -> None:
        self._move(cause)
        self._asked = None
        self._hello_sent.clear()
        self._beats.clear()
        self._quiet_since = None
        self._heard_bytes = self._heard_frames = 0
        self._greeting_until = now + to_ns(self.greeting_ms)
        self._send_hello(now)

    def _close(self, error: LinkError, final: bool = False) -> None:
        if self.phase is Phase.CLOSED:
            return
        self._move("lost")
        self._asked, self._quiet_since = None, None
        self._out.clear()
        self._events.append(Down(error, final))

    def _send_hello(self, now: int) -> None:
        self._tag = self._tag + 1 & 0xFFFF
        self._hello_sent[self._tag] = now
        self._hello_due = now + to_ns(HELLO_EVERY_MS)
        self._send(Hello(self._tag))

    def _meet(self, reply: HelloReply, now: int) -> None:
        if self.phase is not Phase.GREETING or reply.tag not in self._hello_sent:
            return
        refusal = why_not(reply, self.kind, self.hello)
        if refusal:
            self._close(ProtocolError(self.rig, refusal), final=True)
            return
        self._round_trip.sample(now - self._hello_sent[reply.tag])
        before, self.hello = self.hello, reply
        rebooted = before is not None and before.boot != reply.boot
        self._events.append(Met(reply, before is not None, rebooted))
        if before and not rebooted and self._session and reply.session == self._session:
            self._move("our session")
            self._orders.ask_all()
            self._events.append(Up(fresh=False))
            self._see(reply.status)
            return
        self._move("another session")
        self._status = None if rebooted else self._status
        self._events += self._orders.settle_unknown()
        opening = Open(reply.session + 1, self._tag)
        self._asked = Asked(opening, "OPEN", now, now, tries=0)
        self._send_again(self._asked, now)

    def _begin_session(self, opened: Opened, now: int) -> None:
        asked = self._asked
        if self.phase is not Phase.OPENING or not asked or not isinstance(asked.packet, Open) or not self.hello:
            return
        if opened.session != asked.packet.session:
            return
        if opened.boot != self.hello.boot:
            self._greet("stale", now)
        else:
            self._answered(now)
            self._session = opened.session
            self._orders.begin_session()
            self._move("opened")
            self._events.append(Up(fresh=True))
            self._see(opened.status)

    # -- frames --------------------------------------------------------------------------------------------------

    def _hear(self, packet: Packet, now: int) -> None:
        match packet:
            case HelloReply():
                self._meet(packet, now)
            case Opened():
                self._begin_session(packet, now)
            case Aborted(status=status):
                self._abort = None
                self._see(status)
            case Nak():
                self._refused(packet, now)
            case StageReply() | BeatReply() | Housekeeping() | Telemetry() if (
                self.phase is Phase.UP and packet.session == self._session
            ):
                self._hear_in_session(packet, now)
            case _:  # of another session, or a host's frame: an echo on the line
                pass

    def _hear_in_session(self, packet: StageReply | BeatReply | Housekeeping | Telemetry, now: int) -> None:
        match packet:
            case StageReply():
                self._staged(packet, now)
            case BeatReply(tag=tag, status=status):
                sent = self._beats.pop(tag, None)
                if sent is not None:
                    self._round_trip.sample(now - sent)
                self._see(status)
            case Housekeeping(status=status):
                self._see(status)
            case Telemetry():
                self._events.append(Sampled(packet))

    def _see(self, status: Status) -> None:
        before = self._status
        if before and status.tick < before.tick:
            return  # a late duplicate
        self._status = status
        if before is None or (before.state, before.reason) != (status.state, status.reason):
            self._events.append(Seen(status))
        self._orders.ask_finished(status)

    def _staged(self, reply: StageReply, now: int) -> None:
        order = self._orders.find(reply.number)
        if order is None:
            return
        if self._asked and self._asked.order is order:
            self._answered(now)
        moved = self._orders.advance(order, reply)
        if moved:
            self._events.append(moved)
        if order.command.opcode == ARM and reply.stage == Stage.DONE and self._status:
            self._see(replace(self._status, state=State.READY, reason=Reason.NONE, tick=reply.tick))

    def _refused(self, nak: Nak, now: int) -> None:
        if self.phase is Phase.UP and (nak.code, nak.session) == (NakCode.SESSION, self._session):
            self._greet("stale", now)  # whatever it answers, a beat too: the rig has rebooted, or has another host
            return
        asked = self._asked
        if not asked:
            return
        match asked.packet:
            case Open(session=session) if nak.session == session and nak.code == NakCode.SESSION:
                self._greet("stale", now)
            case Call(session=session, number=number) if (nak.session, nak.id) == (session, number):
                if nak.code == NakCode.FORGOTTEN and asked.order:
                    self._events.append(self._orders.forget(asked.order))
                    self._answered(now)
                elif nak.code != NakCode.WINDOW:  # WINDOW: it will be taken later, the time-out asks again
                    self._break_off(nak)
            case Open(session=session) if nak.session == session:
                self._break_off(nak)

    def _break_off(self, nak: Nak) -> None:
        text = f"refused a frame of ours [{name_of(NakCode, nak.code)}]: its firmware does not keep to version 1"
        self._close(ProtocolError(self.rig, text), final=True)

    # -- sending -------------------------------------------------------------------------------------------------

    def _send(self, packet: ToRig) -> None:
        self._out += b"\0" + encode(pack(packet))

    def _ask_abort(self, now: int) -> None:
        """As if for the first time. A closed link keeps it for `connected`."""
        self._abort = Asked(Abort(), "ABORT", now, now, tries=0)
        if self.phase is not Phase.CLOSED:
            self._send_again(self._abort, now)

    def _send_again(self, asked: Asked, now: int) -> None:
        asked.tries += 1
        asked.due = now + self._round_trip.timeout_ns(asked.tries)
        self._send(asked.packet)

    def _answered(self, now: int) -> None:
        """The outstanding frame has its answer; Karn's rule: no sample from one that was repeated."""
        if self._asked and self._asked.tries == 1:
            self._round_trip.sample(now - self._asked.first_sent)
        self._asked = None

    def _pump(self, now: int) -> None:
        if self.phase is not Phase.UP or self._asked:
            return
        order = self._orders.next()
        if order and order.number is not None:
            order.ask = False
            call = Call(self._session, order.number, order.command.opcode, order.arguments)
            self._asked = Asked(call, f"{order.command.name} (command {order.number})", now, now, tries=0, order=order)
            self._send_again(self._asked, now)

    def _told(self, now: int) -> list[Event]:
        self._pump(now)
        return self._take()

    def _take(self) -> list[Event]:
        events, self._events = self._events, []
        return events
