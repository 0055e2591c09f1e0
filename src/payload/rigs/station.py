"""One rig of a bench: its wire, its link, and the thread that joins them.

The thread is the only one to touch the transport. Others speak to the link under the lock and wake the thread; they
never wait for the rig. After a loss the thread opens the port again with growing pauses for `reconnect_ms`; then the
link stays down, and what was in flight is INDETERMINATE.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from payload.errors import LinkTimeout, PayloadError, PortError, RigFault
from payload.met import to_ns
from payload.model import Rig
from payload.rigs.calls import kind_of, limits_of
from payload.rigs.dictionary import READ, Command
from payload.rigs.events import Down, Event, Met, Moved, Sampled, Seen, Up
from payload.rigs.link import Link, Phase
from payload.rigs.packet import HelloReply, Reason, State, Telemetry, name_of
from payload.rigs.transport import Transport, monotonic_ns
from payload.rigs.wiring import Wire

RECONNECT_MS = 5_000
REGREETING_MS = 3_000
"""How long a reopened port may be silent: some boards reset when it is opened, and sit in a boot loader first."""
READY_MS = 15_000
PARTING_MS = 1_000

Fact = int | float | str | bool | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What a rig did. `token` is the command's; None for the rig itself (TELEMETRY, SAFE, LINK_DOWN, LINK_UP).

    `at_ns` is the rig's own clock, None where the host says so. `facts` of a command: `progress` (percent), `value`,
    `of` and `unit` (what the value is); of TELEMETRY: channel, unit, first_tick_ms, interval_ms, values, lost, seq; of
    SAFE: reason; of LINK_DOWN: why; of LINK_UP: rebooted.
    """

    rig: str
    token: str | None
    stage: str
    code: str | None = None
    at_ns: int | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)


class Inbox:
    """Reports of all rigs, in the order in which they came in."""

    def __init__(self) -> None:
        self._reports: deque[Report] = deque()
        self._some = threading.Condition()

    def put(self, report: Report) -> None:
        with self._some:
            self._reports.append(report)
            self._some.notify_all()

    def take(self, wait_ms: int) -> list[Report]:
        """All there are; waits for the first at most `wait_ms`."""
        with self._some:
            if not self._reports and wait_ms > 0:
                self._some.wait(wait_ms / 1000)
            taken = list(self._reports)
            self._reports.clear()
        return taken


class Station:
    """One rig at work. `start` begins the conversation, `await_ready` ends the greeting, `retire` makes it safe."""

    def __init__(
        self,
        rig: Rig,
        wire: Wire,
        inbox: Inbox,
        *,
        reconnect_ms: int = RECONNECT_MS,
        clock: Callable[[], int] = monotonic_ns,
    ) -> None:
        self.rig = rig
        self._kind = kind_of(rig)
        self._wire, self._inbox, self._clock = wire, inbox, clock
        self._reconnect_ms = reconnect_ms
        self._link = Link(rig.id, self._kind)
        self._lock = threading.Condition()
        self._transport: Transport | None = None
        self._thread = threading.Thread(target=self._run, name=f"rig {rig.id}", daemon=True)
        self._setup = [("limit", (i, *limits)) for i, limits in enumerate(limits_of(rig).values())] + [("arm", ())]
        self._internal: dict[str, Moved | None] = {}
        self._reported = False  # what happens before the rig is ready is told by exceptions
        self._armed = False
        self._why_safe = "BOOT"
        self._error: PayloadError | None = None
        self._dead = self._closing = False
        self._lost_at: int | None = None
        self._pause = threading.Event()

    # -- the bench's side ----------------------------------------------------------------------------------------

    @property
    def hello(self) -> HelloReply | None:
        """What the rig last said of itself."""
        return self._link.hello

    def start(self) -> None:
        """Opens the port and greets. Raises PortError."""
        self._transport = self._wire.open()
        with self._lock:
            self._tell(self._link.connected(self._clock()))
        self._thread.start()

    def is_ready(self) -> bool:
        """Whether the rig has been met, has its limits, and is armed. Raises what stood against it."""
        with self._lock:
            if self._error:
                raise self._error
            if self._dead:
                raise PortError(self.rig.id, "was lost while it was being set up")
            for moved in self._internal.values():
                if moved and moved.stage != "DONE":
                    text = f"refused {moved.command.name} while it was being set up"
                    raise RigFault(self.rig.id, moved.code or moved.stage, text)
            if self._internal and all(self._internal.values()):
                if not self._armed:
                    raise RigFault(self.rig.id, self._why_safe, "went safe while it was being set up")
                self._reported = True
            return self._reported

    def wait_ready_ms(self, length_ms: int) -> None:
        """Waits for something to happen, at most so long."""
        with self._lock:
            self._lock.wait(length_ms / 1000)

    def late(self) -> LinkTimeout:
        return LinkTimeout(self.rig.id, "limits and arm", READY_MS)

    def release(self, token: str, command: Command, arguments: tuple[int, ...]) -> None:
        self._inbox.put(Report(self.rig.id, token, "RELEASED"))
        with self._lock:
            if self._dead:
                self._inbox.put(Report(self.rig.id, token, "FAILED", "LINK_DOWN"))
                return
            self._tell(self._link.submit(token, command, arguments, self._clock()))
        self._wake()

    def abort(self) -> None:
        with self._lock:
            if self._dead:
                return
            self._tell(self._link.abort(self._clock()))
        self._wake()

    def beat(self) -> None:
        with self._lock:
            self._tell(self._link.beat(self._clock()))
        self._wake()

    def arm(self, token: str) -> None:
        """Out of safe mode, on purpose."""
        self.release(token, self._kind.by_name["arm"], ())

    def part(self) -> None:
        """Asks the rig to be safe; `retire` waits for it."""
        with self._lock:
            if self._dead or self._link.phase is not Phase.UP:
                return
            if self._link.idle:
                self._internal["\0safe"] = None
                self._tell(self._link.submit("\0safe", self._kind.by_name["safe"], (), self._clock()))
            else:
                self._tell(self._link.abort(self._clock()))
        self._wake()

    def retire(self) -> None:
        """Ends the conversation, the rig safe if it still answers; closes the port and ends what was started."""
        until = self._clock() + to_ns(PARTING_MS)
        with self._lock:
            while self._parting() and self._clock() < until:
                self._lock.wait(max(until - self._clock(), 0) / 1e9)
            self._closing = True
        self._pause.set()
        self._wake()
        if self._thread.ident is not None:
            self._thread.join(3)
        if self._transport:
            self._transport.close()
        with self._lock:
            self._tell(self._link.give_up())
        self._wire.close()

    def _parting(self) -> bool:
        busy = self._link.aborting or self._internal.get("\0safe", True) is None
        return busy and not self._dead and self._link.phase is Phase.UP

    def _wake(self) -> None:
        transport = self._transport
        if transport:
            transport.wake()

    # -- the thread's side ---------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._closing:
                try:
                    self._converse()
                except PortError as error:
                    with self._lock:
                        self._tell(self._link.lost(error))
                if self._closing or not self._open_again():
                    break
        finally:  # whatever ended it: nobody may wait for this rig
            with self._lock:
                self._end(self._error)

    def _converse(self) -> None:
        """Until the link is down or the station closes. Raises PortError when the port is lost."""
        assert self._transport is not None
        while True:
            with self._lock:
                if self._closing or self._link.phase is Phase.CLOSED:
                    return
                data, deadline = self._link.outgoing(), self._link.deadline
            if data:
                self._transport.write(data)
            heard = self._transport.wait(deadline)
            now = self._clock()
            with self._lock:
                events = self._link.receive(heard, now) if heard else []
                self._tell(events + self._link.tick(now))

    def _open_again(self) -> bool:
        """Opens the port again after a loss; False when that is not to be."""
        pause_ms = 50
        while not self._closing:
            now = self._clock()
            self._lost_at = now if self._lost_at is None else self._lost_at
            over = now - self._lost_at >= to_ns(self._reconnect_ms)
            if self._dead or over or self._wire.gone or not self._reported:
                break
            self._pause.wait(pause_ms / 1000)
            pause_ms = min(2 * pause_ms, 1_000)
            if self._transport:
                self._transport.close()
            try:
                transport = self._wire.open()
            except PortError as error:
                self._error = error
                continue
            with self._lock:
                if self._closing:  # `retire` has closed the one before, and will not look again
                    transport.close()
                    return False
                self._transport = transport
                self._link.greeting_ms = REGREETING_MS
                self._tell(self._link.connected(self._clock()))
            return True
        return False

    def _end(self, error: PayloadError | None) -> None:
        if not self._dead and not self._closing:
            self._dead = True
            self._tell(self._link.give_up())
            if self._reported:
                self._inbox.put(Report(self.rig.id, None, "LINK_DOWN", facts={"why": str(error or "")}))
        self._lock.notify_all()

    # -- what the link tells -------------------------------------------------------------------------------------

    def _tell(self, events: list[Event]) -> None:
        """Events to reports. Under the lock."""
        for event in events:
            match event:
                case Moved():
                    self._moved(event)
                case Sampled(telemetry):
                    self._sampled(telemetry)
                case Seen(status):
                    self._why_safe = name_of(Reason, status.reason)
                    if self._armed and status.state == State.SAFE:
                        facts = {"reason": self._why_safe}
                        self._put(Report(self.rig.id, None, "SAFE", None, to_ns(status.tick), facts))
                    self._armed = status.state != State.SAFE
                case Met(again=True, rebooted=rebooted) if self._reported:
                    self._put(Report(self.rig.id, None, "LINK_UP", facts={"rebooted": rebooted}))
                case Up(fresh=fresh):
                    self._lost_at = None
                    if fresh:
                        self._set_up()
                case Down(error=error, final=final):
                    self._error = error
                    if final or not self._reported:
                        self._end(error)
        if events:
            self._lock.notify_all()

    def _set_up(self) -> None:
        """Limits in every new session; arm in the first alone: a rig that went safe stays so until it is armed."""
        now = self._clock()
        for index, (name, arguments) in enumerate(self._setup):
            if name == "arm" and self._reported:
                continue
            token = f"\0{name}{index}"
            self._internal[token] = None
            self._tell(self._link.submit(token, self._kind.by_name[name], arguments, now))

    def _moved(self, moved: Moved) -> None:
        if moved.token in self._internal:
            if moved.stage == "CANCELLED" and self._reported:
                # An abort took back limits that a new session needs: the rig must not be armed without them.
                self._tell(self._link.submit(moved.token, moved.command, moved.arguments, self._clock()))
            elif moved.ended:
                self._internal[moved.token] = moved
            return
        facts: dict[str, Fact] = {}
        if moved.stage in ("STARTED", "PROGRESS", "DONE", "FAILED", "CANCELLED") and moved.tick is not None:
            facts["progress"] = moved.progress
            channels = self._kind.channels
            if moved.code == "LIMIT":
                facts["of"] = channels[moved.value].name
            elif moved.command.opcode == READ:
                channel = channels[moved.arguments[0]]
                facts |= {"value": moved.value, "of": channel.name, "unit": channel.unit}
            elif moved.command.value:
                facts |= {"value": moved.value, "of": moved.command.value, "unit": moved.command.unit}
        at_ns = None if moved.tick is None else to_ns(moved.tick)
        self._put(Report(self.rig.id, moved.token, moved.stage, moved.code, at_ns, facts))

    def _sampled(self, telemetry: Telemetry) -> None:
        if telemetry.stream >= len(self._kind.channels):
            return
        channel = self._kind.channels[telemetry.stream]
        facts: dict[str, Fact] = {
            "channel": channel.name,
            "unit": channel.unit,
            "first_tick_ms": telemetry.first_tick,
            "interval_ms": telemetry.interval_ms,
            "values": telemetry.values,
            "lost": telemetry.lost,
            "seq": telemetry.sequence,
        }
        self._put(Report(self.rig.id, None, "TELEMETRY", None, to_ns(telemetry.first_tick), facts))

    def _put(self, report: Report) -> None:
        self._inbox.put(report)
