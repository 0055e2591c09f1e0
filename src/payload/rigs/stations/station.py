"""One rig of a bench: its wire, its link, and the thread that joins them.

The thread is the only one to touch the transport. Others speak to the link under the lock and wake the thread; they
never wait for the rig. After a loss the thread opens the port again with growing pauses for `reconnect_ms`; then the
link stays down, and what was in flight is INDETERMINATE.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence

from payload.errors import JournalError, LinkTimeout, PortError
from payload.met import to_ns
from payload.model import Rig
from payload.rigs.kinds.dictionary import Command, Kind
from payload.rigs.link.events import Event
from payload.rigs.link.intents import Intents
from payload.rigs.link.link import Phase
from payload.rigs.ports.backoff import Backoff
from payload.rigs.ports.transport import Transport, monotonic_ns
from payload.rigs.stations.keeper import REGREETING_MS, Keeper, Report
from payload.rigs.stations.wiring import Wire
from payload.rigs.wire.packet import HelloReply

RECONNECT_MS = 5_000
PARTING_MS = 1_000


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
        intents: Intents | None = None,
        kind: Kind | None = None,
    ) -> None:
        self.rig = rig
        self._keeper = Keeper(rig, inbox.put, intents, kind)
        self._link = self._keeper.link
        self._wire, self._clock = wire, clock
        self._reconnect_ms = reconnect_ms
        self._lock = threading.Condition()
        self._transport: Transport | None = None
        self._thread = threading.Thread(target=self._run, name=f"rig {rig.id}", daemon=True)
        self._pause = threading.Event()

    # -- the bench's side ----------------------------------------------------------------------------------------

    @property
    def hello(self) -> HelloReply | None:
        """What the rig last said of itself."""
        return self._keeper.hello

    def start(self) -> None:
        """Opens the port and greets. Raises PortError."""
        self._transport = self._wire.open()
        with self._lock:
            self._tell(self._link.connected(self._clock()))
        self._thread.start()

    def is_ready(self) -> bool:
        """Whether the rig has been met, has its limits, and is armed. Raises what stood against it."""
        with self._lock:
            return self._keeper.is_ready()

    def wait_ready_ms(self, length_ms: int) -> None:
        """Waits for something to happen, at most so long."""
        with self._lock:
            self._lock.wait(length_ms / 1000)

    def late(self) -> LinkTimeout:
        return self._keeper.late()

    def release(self, token: str, command: Command, arguments: tuple[int, ...]) -> None:
        with self._lock:
            self._keeper.release(token, command, arguments, self._clock())
        self._wake()

    def abort(self) -> None:
        with self._lock:
            self._keeper.abort(self._clock())
        self._wake()

    def beat(self) -> None:
        with self._lock:
            self._keeper.beat(self._clock())
        self._wake()

    def arm(self, token: str) -> None:
        """Out of safe mode, on purpose."""
        with self._lock:
            self._keeper.arm(token, self._clock())
        self._wake()

    def part(self) -> None:
        """Asks the rig to be safe; `retire` waits for it."""
        with self._lock:
            self._keeper.part(self._clock())
        self._wake()

    def retire(self) -> None:
        """Ends the conversation, the rig safe if it still answers; closes the port and ends what was started."""
        until = self._clock() + to_ns(PARTING_MS)
        with self._lock:
            while self._keeper.parting and self._clock() < until:
                self._lock.wait(max(until - self._clock(), 0) / 1e9)
            self._keeper.closing = True
        self._pause.set()
        self._wake()
        if self._thread.ident is not None:
            self._thread.join(3)
        if self._transport:
            self._transport.close()
        with self._lock:
            self._tell(self._link.give_up())
        self._keeper.write_last()
        self._wire.close()

    def _wake(self) -> None:
        transport = self._transport
        if transport:
            transport.wake()

    # -- the thread's side ---------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._keeper.closing:
                try:
                    self._converse()
                except PortError as error:
                    with self._lock:
                        self._tell(self._link.lost(error))
                except JournalError as error:  # nothing may leave that is not on record
                    self._keeper.error = error
                    break
                if self._keeper.closing or not self._open_again():
                    break
        finally:  # whatever ended it: nobody may wait for this rig
            with self._lock:
                self._keeper.end(self._keeper.error, self._clock())
                self._lock.notify_all()

    def _converse(self) -> None:
        """Until the link is down or the station closes. Raises PortError when the port is lost."""
        assert self._transport is not None
        while True:
            with self._lock:
                if self._keeper.closing or self._link.phase is Phase.CLOSED:
                    return
                urgent = self._link.outgoing()  # beats and ABORT wait for no disk
                intents, data, deadline = self._keeper.to_write(), self._link.outgoing(), self._link.deadline
            if urgent:
                self._transport.write(urgent)
            if intents:
                self._keeper.write(intents)
            if data:
                self._transport.write(data)
            heard = self._transport.wait(deadline)
            now = self._clock()
            with self._lock:
                events = self._link.receive(heard, now) if heard else []
                self._tell(events + self._link.tick(now))

    def _open_again(self) -> bool:
        """Opens the port again after a loss; False when that is not to be."""
        pauses, keeper = Backoff(), self._keeper
        while not keeper.closing:
            now = self._clock()
            keeper.lost_at = now if keeper.lost_at is None else keeper.lost_at
            over = now - keeper.lost_at >= to_ns(self._reconnect_ms)
            if keeper.dead or over or self._wire.gone or not keeper.reported:
                break
            self._pause.wait(pauses.next_ms() / 1000)
            if self._transport:
                self._transport.close()
            try:
                transport = self._wire.open()
            except PortError as error:
                keeper.error = error
                continue
            with self._lock:
                if keeper.closing:  # `retire` has closed the one before, and will not look again
                    transport.close()
                    return False
                self._transport = transport
                self._link.greeting_ms = REGREETING_MS
                self._tell(self._link.connected(self._clock()))
            return True
        return False

    def _tell(self, events: Sequence[Event]) -> None:
        """Under the lock."""
        if events:
            self._keeper.tell(events, self._clock())
            self._lock.notify_all()
