"""The host's side of the conversation with one rig: bytes in, events out, the clock handed in (PROTOCOL.md §10).

Nothing here waits, reads a port or writes a file. After every call the owner takes `intents()` and puts them on disk,
then sends `outgoing()`, and it calls `tick` at `deadline` at the latest. Times are ns of one monotonic wall clock.

A link that is CLOSED keeps what it has to do; `connected` starts the greeting, which finds out what became of it:

* the same boot and session: every command's fate is stored in the rig, so the same numbers are asked again;
* somebody else's session: what was sent is INDETERMINATE;
* another boot: of each command it is known whether it is sent anew or how it ended (`numbered`).
"""

from __future__ import annotations

from collections.abc import Sequence

from payload.errors import LinkError, LinkTimeout, ProtocolError
from payload.rigs.kinds.dictionary import ARM, Command, Kind
from payload.rigs.link import greeting as g
from payload.rigs.link.clock import RigClock
from payload.rigs.link.events import Down, Event, Known, Met, Moved, Sampled, Up
from payload.rigs.link.intents import Item, Left
from payload.rigs.link.numbered import Numbered
from payload.rigs.link.orders import Order
from payload.rigs.link.outbox import Outbox
from payload.rigs.link.phases import TRANSITIONS
from payload.rigs.link.phases import Phase as Phase
from payload.rigs.link.pulse import QUIET_MS, Pulse
from payload.rigs.link.roundtrip import TRIES, RoundTrip
from payload.rigs.link.sight import Sight
from payload.rigs.link.streams import Streams
from payload.rigs.wire import packet as p
from payload.rigs.wire.frame import Deframer, Frame

GREETING_MS = 5_000
_STAGE, _FROM_RIG = int(p.Type.STAGE), 0x80


class Link:
    """One rig's link; `rig` is its name in messages. `kind` None takes whatever kind answers: its dictionary is fetched
    when it is none of ours. `durable`: commands are held back until `intents` has been called."""

    def __init__(
        self, rig: str, kind: Kind | None, greeting_ms: int = GREETING_MS, *, durable: bool = False, flush: int = 1
    ) -> None:
        self.rig, self.kind, self.greeting_ms = rig, kind, greeting_ms
        self.phase = Phase.CLOSED
        self.hello: p.HelloReply | None = None
        self._flush = flush
        self._deframer = Deframer()
        self._events: list[Event] = []
        self._round_trip = RoundTrip()
        self._outbox = Outbox(rig, self._round_trip)
        self._numbered = Numbered(rig, self._outbox, self._round_trip, self._events, durable)
        self._streams = Streams(self._round_trip)
        self._greeting = g.Greeting()
        self._fetch: g.Fetch | None = None
        self._pulse = Pulse(self._outbox, self._round_trip)
        self._sight = Sight(self._events)
        self._denied = 0  # how often the rig has denied our session since it last spoke in it

    # -- what the owner says -------------------------------------------------------------------------------------

    def restore(self, left: Left) -> None:
        """What a host that died has left, before the first `connected`; tokens and commands as they were. Raises
        ValueError for a command that the kind does not have."""
        assert self.kind is not None, "only the link of a known kind can be restored"
        self._numbered.restore(left, self.kind)

    def begin_with(self, commands: Sequence[tuple[str, Command, tuple[int, ...]]]) -> None:
        """What every new session begins with, ahead of all that has waited for it: token, command, arguments."""
        self._numbered.first = list(commands)

    def connected(self, now: int) -> list[Event]:
        """A port is open: greet."""
        self._deframer, self._denied = Deframer(), 0
        self._greet("connected", now)
        if self._outbox.abort:
            self._outbox.ask_abort(now, is_open=True)
        return self._told(now)

    def lost(self, error: LinkError) -> list[Event]:
        """The port is gone."""
        self._close(error)
        return self._take()

    def give_up(self) -> list[Event]:
        """The link stays down: what was sent is INDETERMINATE, what was not is FAILED with code LINK_DOWN."""
        self._numbered.give_up()
        return self._take()

    def submit(
        self, token: str, command: Command, arguments: tuple[int, ...], now: int, at: int | None = None
    ) -> list[Event]:
        """A command to be numbered and sent as soon as the rig can take it, after those before it. `at`: the tick of
        the rig's `clock` at which it is to be carried out; too late is LATE, and not carried out."""
        self._numbered.submit(Order(token, command, arguments, at))
        return self._told(now)

    def arm(self, token: str, outputs: int, now: int) -> list[Event]:
        """Out of safe mode, in two steps: `prepare`, and `arm` of the same mask of outputs with the nonce that it
        brings. `token` is told what becomes of either. Never done on a rig that has booted since."""
        assert self.kind is not None, "what is to be armed has been met, or is known"
        self._numbered.arm(token, self.kind, outputs)
        return self._told(now)

    def abort(self, now: int) -> list[Event]:
        """ABORT, at once and until it is answered; what has not been sent yet is CANCELLED."""
        self._numbered.drop_waiting("CANCELLED", "ABORT")
        self._outbox.ask_abort(now, self.phase is not Phase.CLOSED)
        return self._told(now)

    def beat(self, now: int) -> list[Event]:
        """Renews the lease and grants credit for the telemetry of two seconds. Beats are never repeated: they must come
        from a loop that is alive."""
        if self.phase is Phase.UP:
            self._pulse.beat(self._numbered.session, now)
        return self._told(now)

    def ping(self, now: int) -> list[Event]:
        """One more look at the rig's clock; it renews nothing, and needs no session."""
        if self.phase is Phase.UP:
            self._pulse.ping(now)
        return self._told(now)

    def receive(self, data: bytes, now: int) -> list[Event]:
        """What the bytes mean. Frames that this version does not know, or of another session, are dropped: a CRC
        can be right by chance, and after a reboot old frames may still be on the line."""
        self._greeting.heard_bytes += len(data)
        for frame in self._deframer.feed(data):
            if self.phase is Phase.CLOSED:
                break
            self._greeting.heard_frames += 1
            if frame.type >= _FROM_RIG:  # our own words may come back: that does not make the rig alive
                self._pulse.due = None
            if frame.type == _STAGE:
                self._staged(frame, now)
            else:
                self._hear(frame, now)
        return self._told(now)

    def tick(self, now: int) -> list[Event]:
        """Whatever is due at `now`."""
        greeting = self._greeting
        if self.phase is Phase.GREETING and now >= greeting.until:
            self._close(greeting.silence(self.rig, self.greeting_ms))
        elif self.phase is Phase.GREETING and now >= greeting.due:
            greeting.say(now, self._outbox)
        try:
            if self.phase is not Phase.CLOSED:
                self._outbox.repeat(now)
            window = self._numbered.window
            if self.phase is Phase.UP and window.due is not None and now >= window.due:
                self._numbered.send(window.late(now), now)
        except LinkTimeout as error:
            self._close(error)
        if self._pulse.due is not None and now >= self._pulse.due:
            self._close(LinkTimeout(self.rig, "BEAT", QUIET_MS))
        return self._told(now)

    def intents(self) -> list[Item]:
        """What must be on disk before the next `outgoing()` is sent. Ends are among it: what was told must not be asked
        for again, of a rig that may have forgotten it, by a host that begins anew."""
        return self._numbered.items()

    def outgoing(self) -> bytes:
        """What is to be sent now; empty when there is nothing."""
        return self._outbox.taken()

    @property
    def deadline(self) -> int | None:
        """When `tick` must be called at the latest; None while nothing is due."""
        phase = self.phase
        if phase is Phase.CLOSED:
            return None
        due = self._outbox.due
        if phase is Phase.UP:
            for at in (self._numbered.window.due, self._streams.due, self._pulse.due):
                if at is not None and (due is None or at < due):
                    due = at
        elif phase is Phase.GREETING:
            at = min(self._greeting.due, self._greeting.until)
            due = at if due is None or at < due else due
        return due

    @property
    def clock(self) -> RigClock | None:
        """The rig's clock on ours, since it was met in this boot of its."""
        return self._pulse.clock

    @property
    def aborting(self) -> bool:
        """An ABORT has not been answered yet."""
        return self._outbox.abort is not None

    @property
    def idle(self) -> bool:
        """No command is waiting or without a known end."""
        return not self._numbered

    # -- phases --------------------------------------------------------------------------------------------------

    def _move(self, cause: str) -> None:
        self.phase = TRANSITIONS.get((self.phase, cause), self.phase)

    def _greet(self, cause: str, now: int) -> None:
        """Not without end: a greeting that led to no session goes on, and a session that is denied is lost."""
        goes_on = self.phase is Phase.OPENING
        self._denied += self.phase is Phase.UP
        if self._denied > TRIES or (goes_on and now >= self._greeting.until):
            self._close(ProtocolError(self.rig, g.NO_SESSION))
            return
        self._move(cause)
        self._cut()
        self._greeting.begin(now, None if goes_on else self.greeting_ms, self._outbox)

    def _close(self, error: LinkError, final: bool = False) -> None:
        if self.phase is Phase.CLOSED:
            return
        self._move("lost")
        self._cut()
        self._events.append(Down(error, final))

    def _cut(self) -> None:
        """What was asked is asked anew when the rig has been met again."""
        self._fetch = None
        self._outbox.clear()
        self._pulse.cut()
        self._streams.forget_questions()

    def _meet(self, reply: p.HelloReply, now: int) -> None:
        asked_at = self._greeting.asked_at(reply.tag)
        if asked_at is None:
            return
        if self.phase is not Phase.GREETING:
            if self.hello and reply.unit != self.hello.unit:
                self._close(g.two_rigs(self.rig, self.hello, reply))
            return
        refusal = g.why_not(reply, self.kind, self.hello)
        if refusal:  # a stranger where ours was (a kernel gives a port's number away anew) may go as it came
            self._close(ProtocolError(self.rig, refusal), final=self.hello is None)
            return
        self._round_trip.sample(now - asked_at)
        before, self.hello = self.hello, reply
        rebooted = before is not None and before.boot != reply.boot
        if before is None or rebooted:
            self._pulse.clock = RigClock(reply.speed_milli)
            self._sight.begin(reply.speed_milli)
            self._streams.begin(reply.tick)
        assert self.clock is not None
        self.clock.greeted(asked_at, now, reply.tick)
        self._numbered.window.size(reply)
        self._events.append(Met(reply, before is not None, rebooted))
        self.kind = self.kind or g.known(reply)
        if self.kind is None:
            self._move("unknown dictionary")
            self._fetch = g.Fetch(self.rig, reply.dictionary)
            self._outbox.ask(self._fetch.ask(self._outbox.tag()), "DICTIONARY", now)
            return
        if before is None:
            self._events.append(Known(self.kind))
        self._reconcile(reply, now)

    def _fetched(self, part: p.DictionaryPart, now: int) -> None:
        if self._fetch is None or self.hello is None or self.phase is not Phase.FETCHING:
            return
        try:
            self.kind = self._fetch.take(part)
        except ProtocolError as error:
            self._close(error, final=True)
            return
        if self.kind is None:
            self._outbox.ask(self._fetch.ask(self._outbox.tag()), "DICTIONARY", now)
        else:
            self._fetch = self._outbox.asked = None
            self._events.append(Known(self.kind))
            self._reconcile(self.hello, now)

    def _reconcile(self, reply: p.HelloReply, now: int) -> None:
        """What became of the commands that were sent before (PROTOCOL.md §10)."""
        assert self.kind is not None
        self._pulse.credit = g.credit_for(self.kind, reply)
        numbered = self._numbered
        if numbered.continues(reply):
            self._move("our session")
            self._events.append(Up(fresh=False))
            self._sight.see(reply.status)
            numbered.go_on(reply, now)
            return
        if reply.session == g.LAST_SESSION:
            self._close(ProtocolError(self.rig, g.USED_UP), final=not numbered.boot)
            return
        self._move("another session")
        numbered.settle(reply)
        # Above our own last one too: then a stray frame of the boot before fits nowhere.
        own = numbered.last_session if numbered.last_session < g.LAST_SESSION else 0
        self._outbox.ask(p.Open(max(reply.session, own) + 1, self._outbox.tag(), self._flush), "OPEN", now)

    def _begin_session(self, opened: p.Opened, now: int) -> None:
        asked = self._outbox.asked
        if self.phase is not Phase.OPENING or not asked or not isinstance(asked.packet, p.Open) or not self.hello:
            return
        if opened.session != asked.packet.session:
            return
        if opened.boot != self.hello.boot:
            self._greet("stale", now)
        else:
            self._outbox.answered(now)
            self._numbered.begin(opened.boot, opened.session)
            self._move("opened")
            self._events.append(Up(fresh=True))
            self._see(opened.status, now)
            self._pulse.beat(opened.session, now)  # no samples come without credit; the lease began with OPEN

    # -- frames --------------------------------------------------------------------------------------------------

    def _hear(self, frame: Frame, now: int) -> None:
        try:
            packet = p.unpack(frame)
        except ValueError:
            return
        match packet:
            case p.BeatReply() | p.Housekeeping() | p.Telemetry() | p.Gone():
                if self.phase is Phase.UP and packet.session == self._numbered.session:
                    self._hear_in_session(packet, now)
            case p.Pong(stamp=stamp):
                self._pulse.answered(packet.tag, stamp, now)
            case p.HelloReply():
                self._meet(packet, now)
            case p.DictionaryPart():
                self._fetched(packet, now)
            case p.Opened():
                self._begin_session(packet, now)
            case p.Aborted(session=session, status=status):
                if session == self._numbered.session and self._sight.is_late(status):
                    return  # the answer to one before
                self._outbox.abort = None
                if self.phase is Phase.UP:
                    self._see(status, now)
            case p.Nak():
                self._refused(packet, now)

    def _hear_in_session(self, packet: p.BeatReply | p.Housekeeping | p.Telemetry | p.Gone, now: int) -> None:
        match packet:
            case p.BeatReply(tag=tag, status=status, stamp=stamp):
                self._denied = 0
                self._pulse.answered(tag, stamp, now)
                self._see(status, now)
            case p.Housekeeping(status=status):
                self._see(status, now)
            case p.Telemetry():
                self._sampled(self._streams.take(packet, now), now)
            case p.Gone():
                self._sampled(self._streams.gone(packet), now)

    def _sampled(self, sampled: list[Sampled], now: int) -> None:
        """Tells them, and asks for those that are missing."""
        self._events += sampled
        for resend in self._streams.ask(self._numbered.session, self._outbox.tag, now):
            self._outbox.say(resend)

    def _see(self, status: p.Status, now: int) -> None:
        if self._sight.see(status):
            self._numbered.send(self._numbered.window.seen(status), now)

    def _staged(self, frame: Frame, now: int) -> None:
        order = self._numbered.staged(frame, now) if self.phase is Phase.UP else None
        if order is not None and order.command.opcode == ARM and isinstance(moved := self._events[-1], Moved):
            self._sight.armed(moved)

    def _refused(self, nak: p.Nak, now: int) -> None:
        if self.phase is Phase.UP:
            if nak.session != self._numbered.session:
                return
            if nak.code == p.NakCode.SESSION:
                self._greet("stale", now)  # whatever it answers, a beat too: the rig has rebooted, or has another host
            elif nak.code == p.NakCode.GAP:
                self._numbered.send(self._numbered.window.wanted(nak.expected, now), now)
            elif nak.code == p.NakCode.FORGOTTEN:
                self._numbered.forgotten(nak.id)
            return  # another one answers a frame that was not ours: a CRC can be right by chance
        asked = self._outbox.asked
        if asked and isinstance(asked.packet, p.Open) and nak.session == asked.packet.session:
            if nak.code == p.NakCode.SESSION:
                self._greet("stale", now)
                return
            self._close(g.refused(self.rig, nak), final=True)

    def _told(self, now: int) -> list[Event]:
        if self.phase is Phase.UP:
            self._numbered.pump(now)
            due = self._streams.due
            if due is not None and now >= due:
                self._sampled([], now)
        return self._take()

    def _take(self) -> list[Event]:
        events = self._events[:]
        self._events.clear()
        return events
