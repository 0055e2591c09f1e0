"""A conversation in the open: frames sent one by one, and everything that comes back, for checks to look at.

Unlike the link, nothing here repeats, numbers or forgives: what a rig's author has got wrong must show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import UnionType
from typing import Protocol, TypeVar

from payload.met import to_ns
from payload.rigs.kinds.dictionary import Kind
from payload.rigs.ports.transport import Transport, monotonic_ns
from payload.rigs.wire.frame import Deframer, Frame, encode
from payload.rigs.wire.packet import (
    BEAT_MS,
    Beat,
    BeatReply,
    Call,
    CallAt,
    Hello,
    HelloReply,
    Nak,
    Open,
    Opened,
    Packet,
    Ping,
    Pong,
    StageReply,
    ToRig,
    pack,
    unpack,
)

ANSWER_MS = 1_000
"""An answer that has not come by then does not come."""
GREETING_MS = 5_000
HELLO_EVERY_MS = 250
KEPT = 6
"""Frames of each way that a finding shows."""

P = TypeVar("P")


class Line(Protocol):
    """A way to a rig with a clock of its own, ns: `wait` gives what came, empty at `until`."""

    def now(self) -> int: ...

    def write(self, data: bytes) -> None: ...

    def wait(self, until: int) -> bytes: ...


@dataclass(slots=True)
class WallLine:
    """An open transport."""

    transport: Transport

    def now(self) -> int:
        return monotonic_ns()

    def write(self, data: bytes) -> None:
        self.transport.write(data)

    def wait(self, until: int) -> bytes:
        return self.transport.wait(until)


class Wrong(Exception):
    """The rig did not do what it must. Made by `Talk.must` and `Talk.one`."""

    def __init__(self, expected: str, came: str) -> None:
        super().__init__(f"expected {expected}; came {came}")
        self.expected, self.came = expected, came


class Inapplicable(Exception):
    """The check says nothing about this rig; the message says why."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A frame from the rig: as it came, and read; `packet` is None for one that cannot be read."""

    frame: Frame
    packet: Packet | None

    def __str__(self) -> str:
        return str(self.packet) if self.packet is not None else f"unreadable {_told(self.frame)}"


class Talk:
    """One rig that is being examined."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.hello: HelloReply | None = None
        self.known: Kind | None = None
        """Its dictionary, once it has been fetched."""
        self.fenced = True
        """PING is answered: what comes before its PONG is all that a frame brings about."""
        self.session = 0
        self.sent: list[str] = []
        """What the check under way has sent, in words."""
        self._deframer = Deframer()
        self._heard: list[Heard] = []
        self._tag = 0x5000

    # -- facts ---------------------------------------------------------------------------------------------------

    @property
    def facts(self) -> HelloReply:
        """The first HELLO_REPLY. Raises Inapplicable while there is none."""
        if self.hello is None:
            raise Inapplicable("HELLO was not answered")
        return self.hello

    @property
    def kind(self) -> Kind:
        if self.known is None:
            raise Inapplicable("its dictionary could not be read")
        return self.known

    def ticks(self, wall_ms: int) -> int:
        """L() of PROTOCOL.md §2."""
        return max(1, wall_ms * self.facts.speed_milli // 1000)

    def wall_ms(self, ticks: int) -> int:
        """At least as long as so many ticks last."""
        return -(-ticks * 1000 // self.facts.speed_milli)

    # -- sending and hearing -------------------------------------------------------------------------------------

    def tag(self) -> int:
        self._tag = (self._tag + 1) & 0xFFFF
        return self._tag

    def send(self, packet: ToRig | Frame) -> None:
        self.line.write(self._coded(packet))

    def _coded(self, packet: ToRig | Frame) -> bytes:
        """Its bytes; it is noted as sent."""
        frame = packet if isinstance(packet, Frame) else pack(packet)
        self.sent.append(_told(frame) if isinstance(packet, Frame) else str(packet))
        return b"\0" + encode(frame)

    def hear(self, until: int, enough: Callable[[Heard], bool] | None = None) -> list[Heard]:
        """Frames up to and with the one that is `enough`, or up to `until`; those after it wait for the next call."""
        taken: list[Heard] = []
        while True:
            while self._heard:
                taken.append(self._heard.pop(0))
                if enough and enough(taken[-1]):
                    return taken
            if self.line.now() >= until:
                return taken
            for frame in self._deframer.feed(self.line.wait(until)):
                self._heard.append(_read(frame))

    def ask(self, *packets: ToRig | Frame | bytes, ms: int = ANSWER_MS) -> list[Heard]:
        """Sends all in one go, and gives what came until a PING sent behind was answered, without that one's PONG."""
        data = b""
        for packet in packets:
            if isinstance(packet, bytes):
                self.sent.append(f"bytes {packet.hex(' ')}")
                data += packet
            else:
                data += self._coded(packet)
        until = self.line.now() + to_ns(ms)
        if not self.fenced:
            self.line.write(data)
            return self.hear(until)
        tag = self.tag()
        self.line.write(data + b"\0" + encode(pack(Ping(tag))))
        heard = self.hear(until, lambda one: isinstance(one.packet, Pong) and one.packet.tag == tag)
        return [one for one in heard if not (isinstance(one.packet, Pong) and one.packet.tag == tag)]

    def stay(self, wall_ms: int, *, credit: int = 0, beating: bool = True) -> list[Heard]:
        """Lets time pass with the lease renewed each second, or not; gives what came, answers to the beats left out."""
        heard: list[Heard] = []
        until = self.line.now() + to_ns(wall_ms)
        while (now := self.line.now()) < until:
            if beating and self.session:
                self.line.write(b"\0" + encode(pack(Beat(self.session, self.tag(), credit))))
            heard += self.hear(min(until, now + to_ns(BEAT_MS)) if beating else until)
        return [one for one in heard if not (beating and isinstance(one.packet, BeatReply))]

    def forget(self) -> None:
        """A new check begins: what came before is of no interest."""
        self.sent.clear()
        self.hear(self.line.now())

    # -- expectations --------------------------------------------------------------------------------------------

    def must(self, condition: bool, expected: str, came: object) -> None:
        if not condition:
            raise Wrong(expected, str(came))

    def one(self, heard: Iterable[Heard], kind: type[P], expected: str) -> P:
        """The only packet of this type among these."""
        heard = list(heard)
        found = [one.packet for one in heard if isinstance(one.packet, kind)]
        if len(found) != 1:
            raise Wrong(expected, _list(heard))
        return found[0]

    def none(self, heard: Iterable[Heard], kinds: type | UnionType, expected: str) -> None:
        found = [one for one in heard if isinstance(one.packet, kinds)]
        if found:
            raise Wrong(expected, _list(found))

    # -- what checks say often -----------------------------------------------------------------------------------

    def greet(self) -> HelloReply:
        """HELLO until it is answered: a board may still be booting."""
        until = self.line.now() + to_ns(GREETING_MS)
        heard: list[Heard] = []
        while self.line.now() < until:
            tag = self.tag()
            self.send(Hello(tag))
            heard += self.hear(self.line.now() + to_ns(HELLO_EVERY_MS), lambda one: isinstance(one.packet, HelloReply))
            if heard and isinstance(heard[-1].packet, HelloReply):
                self.hear(self.line.now() + to_ns(HELLO_EVERY_MS))  # late answers to the earlier ones
                return heard[-1].packet
        raise Wrong(f"HELLO_REPLY within {GREETING_MS} ms", _list(heard))

    def look(self) -> HelloReply:
        """One HELLO, one answer."""
        tag = self.tag()
        reply = self.one(self.ask(Hello(tag)), HelloReply, "one HELLO_REPLY")
        self.must(reply.tag == tag, f"HELLO_REPLY with the id of the HELLO, {tag}", reply)
        return reply

    def beat(self, credit: int = 0) -> BeatReply:
        tag = self.tag()
        reply = self.one(self.ask(Beat(self.session, tag, credit)), BeatReply, "BEAT_REPLY")
        self.must(reply.tag == tag, f"BEAT_REPLY with the id of the BEAT, {tag}", reply)
        return reply

    def open(self, flush: int = 1) -> Opened:
        """A new session."""
        hello = self.look()
        if hello.session == 0xFFFF:
            raise Inapplicable("it has used up its sessions: switch it off and on again")
        self.session = hello.session + 1
        self._number = 0
        return self.one(self.ask(Open(self.session, self.tag(), flush)), Opened, "OPENED")

    def command(self, name: str, *arguments: int) -> StageReply:
        """The next command, and its first stage."""
        return self.numbered(self.kind.by_name[name].opcode, *arguments)[0]

    def numbered(self, opcode: int, *arguments: int, at: int | None = None) -> tuple[StageReply, list[Heard]]:
        """The next command by its opcode: its own first stage, and all that came."""
        self._number = (self._number + 1) & 0xFFFF
        number = self._number
        if at is None:
            heard = self.ask(Call(self.session, number, opcode, arguments))
        else:
            heard = self.ask(CallAt(self.session, number, at & 0xFFFFFFFF, opcode, arguments))
        mine = [one for one in heard if isinstance(one.packet, StageReply) and one.packet.number == number]
        stage = self.one(mine or heard, StageReply, f"one STAGE of command {number}")
        return stage, heard

    @property
    def number(self) -> int:
        """The number of the last command."""
        return self._number

    def refused(self, heard: list[Heard], code: int, words: str) -> Nak:
        nak = self.one(heard, Nak, f"NAK {words}")
        self.must(nak.code == code, f"NAK {words} (0x{code:02x})", nak)
        return nak

    _number = 0


def _read(frame: Frame) -> Heard:
    try:
        return Heard(frame, unpack(frame))
    except ValueError:
        return Heard(frame, None)


def _told(frame: Frame) -> str:
    return f"frame type 0x{frame.type:02x} session {frame.session} id {frame.id} body [{frame.body.hex(' ')}]"


def _list(heard: list[Heard]) -> str:
    if not heard:
        return "nothing"
    more = f" and {len(heard) - KEPT} more" if len(heard) > KEPT else ""
    return "; ".join(str(one) for one in heard[:KEPT]) + more
