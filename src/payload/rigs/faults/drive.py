"""A link and a rig on a wire that goes wrong, in virtual time: for soaks and for the catalogue of faults.

`VirtualWire` is the rig's end, the wire and the port; `Drive` is the host's end: a `Link` that opens, converses, loses
and opens again as a station does, without its threads. Both step from event to event, so an idle hour costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from payload.errors import PortError
from payload.met import to_ns
from payload.rigs.faults.plan import SECOND, Fault, Happening, Way
from payload.rigs.faults.wire import Arrival, Faults, Struck
from payload.rigs.link.events import Down, Event
from payload.rigs.link.intents import Intents
from payload.rigs.link.link import Link, Phase
from payload.rigs.ports.backoff import Backoff
from payload.rigs.wire.packet import BEAT_MS


class Device(Protocol):
    """A rig from one boot on, as a twin is one. Times are ns since that boot."""

    def update(self, now_ns: int, data: bytes = b"") -> tuple[bytes, int]:
        """What it sends, having got `data` now, and when it wants to be called at the latest."""


class VirtualWire:
    """A rig behind a port in virtual time. `boot` makes the rig anew, told the how many-eth boot it is, from 1: it is
    called once at the start and for every RESET. `now` is ns of wall time and moves in `advance` alone."""

    def __init__(self, boot: Callable[[int], Device], faults: Faults, rig: str = "") -> None:
        self.now = 0
        self.faults = faults
        self.boots = 0
        self.names = 1
        """How many names the port has had: one more for each time that it came back."""
        self.is_open = False
        self._lost = False  # while it was open, and nobody has been told
        self._boot, self._rig = boot, rig
        self._call_at = 0
        self.device: Device
        self.power_up()

    @property
    def name(self) -> str:
        return f"virtual-{self.names}"

    @property
    def booted_at(self) -> int:
        return self._booted_at

    def power_up(self) -> None:
        """The rig boots anew, now. What is under way on the wire stays there: see `strike` for a RESET."""
        self.boots += 1
        self._booted_at = self._call_at = self.now
        self.device = self._boot(self.boots)

    def open(self) -> None:
        """Raises PortError while it is unplugged."""
        if not self.faults.plugged:
            raise PortError(self._rig, f"{self.name} is absent: is the rig plugged in?")
        self.is_open, self._lost = True, False
        if self.faults.plan.reset_on_open:
            self.strike(self.faults.plan.reset_on_open)

    def close(self) -> None:
        self.is_open = self._lost = False

    def write(self, data: bytes) -> None:
        """Raises PortError when the port is not open."""
        if not self.is_open:
            raise PortError(self._rig, f"{self.name} was lost: it is not open")
        if data:
            self.faults.take(Way.TO_RIG, data, self.now)

    def strike(self, happening: Happening) -> None:
        """A happening out of turn, now. After an UNPLUG the next `write` or `advance` raises PortError."""
        self._act(self.faults.strike(happening, self.now))

    def advance(self, until: int) -> bytes:
        """Runs on to `until`, or to the first bytes for an open port, whichever is first, and returns those bytes. The
        rig runs on while the port is closed. Raises PortError when an open port was lost on the way."""
        while True:
            if self._lost:
                self._lost = False
                raise PortError(self._rig, f"{self.name} was lost: it was hung up")
            at = min(until, self._call_at)
            due = self.faults.next
            if due is not None and due < at:
                at = due
            self.now = max(at, self.now)
            to_rig = to_host = b""
            if due is not None and due <= self.now:
                to_rig, to_host = self._act(self.faults.due(self.now))
            if to_rig or self.now >= self._call_at:
                sent, call_at = self.device.update(self.now - self._booted_at, to_rig)
                self._call_at = max(call_at + self._booted_at, self.now + 1)
                if sent:
                    self.faults.take(Way.TO_HOST, sent, self.now)
            if to_host and self.is_open:
                return to_host
            if self.now >= until and not self._lost:
                return b""

    def _act(self, told: Sequence[Arrival | Struck]) -> tuple[bytes, bytes]:
        """Bytes for the rig and for the host. What came at the instant of a reset is lost with it."""
        to_rig = to_host = b""
        for what in told:
            match what:
                case Arrival(way=Way.TO_RIG, data=data):
                    to_rig += data
                case Arrival(data=data):
                    to_host += data
                case Struck(fault=Fault.RESET):
                    to_rig = b""
                    self.power_up()
                case Struck(fault=Fault.UNPLUG, over=over):
                    self._lost = self._lost or self.is_open
                    self.is_open = False
                    self.names += over
        return to_rig, to_host


class Drive:
    """The host's end: beats each second, and opens the port again with growing pauses whenever the link is down, until
    the link says that this cannot help (`ended`). `told` is given every event, with the time at which it was told."""

    def __init__(
        self,
        link: Link,
        wire: VirtualWire,
        told: Callable[[int, Event], None] = lambda now, event: None,
        *,
        beat_ns: int | None = SECOND,
        backoff: Backoff | None = None,
        intents: Intents | None = None,
    ) -> None:
        self.link, self.wire, self._told = link, wire, told
        self._intents = intents
        self.beat_ns = beat_ns
        self.ended = False
        self._beat_at = wire.now
        self._open_at = wire.now
        self._backoff = backoff or Backoff()

    def say(self, events: list[Event]) -> None:
        """Tells what a call of the link returned, and sends what the link wants sent: after `submit` and `abort` by
        hand, `drive.say(link.submit(...))`. `told` may call it."""
        for event in events:
            if isinstance(event, Down):
                self.ended = self.ended or event.final
            self._told(self.wire.now, event)
        items = self.link.intents()
        if items and self._intents is not None:
            self._intents.write(items)
        if self.wire.is_open:
            self.wire.write(self.link.outgoing())

    def run(self, until: int) -> None:
        """On to `until`, ns of virtual wall time."""
        wire = self.wire
        while wire.now < until:
            link = self.link
            if not wire.is_open and not self.ended and wire.now >= self._open_at:
                self._open()
            stop = min(until, self._next())
            try:
                heard = wire.advance(stop)
            except PortError as error:
                self.say(link.lost(error))
                self._down()
                continue
            now = wire.now
            if heard:
                self.say(link.receive(heard, now))
            deadline = link.deadline
            if deadline is not None and now >= deadline:
                self.say(link.tick(now))
            if self.beat_ns is not None and now >= self._beat_at:
                self._beat_at = now + self.beat_ns
                self.say(link.beat(now))
            if wire.is_open and link.phase is Phase.CLOSED:
                wire.close()
                self._down()

    def crash(self, link: Link, intents: Intents | None = None) -> None:
        """The host died and began anew, now, with this link: the port is closed, and all that the old link knew is
        gone but its intents."""
        self.wire.close()
        self.link, self._intents = link, intents
        self.ended = False
        self._open_at = self._beat_at = self.wire.now
        self._backoff.start_again()

    def _next(self) -> int:
        times = [] if self.beat_ns is None else [self._beat_at]
        if self.link.deadline is not None:
            times.append(self.link.deadline)
        if not self.wire.is_open and not self.ended:
            times.append(self._open_at)
        return max(min(times, default=self.wire.now + to_ns(BEAT_MS)), self.wire.now)

    def _open(self) -> None:
        try:
            self.wire.open()
        except PortError:
            self._down()
            return
        self._backoff.start_again()
        self.say(self.link.connected(self.wire.now))

    def _down(self) -> None:
        self._open_at = self.wire.now + to_ns(self._backoff.next_ms())
