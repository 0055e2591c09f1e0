"""One rig in virtual time: its keeper, its line and its device; and one whose line goes wrong on purpose."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from payload.errors import PortError
from payload.met import to_ns
from payload.model import Rig
from payload.rigs.faults import Arrival, Fault, Faults, Struck, Way
from payload.rigs.kinds.dictionary import Command
from payload.rigs.link.link import Phase
from payload.rigs.lockstep.devices import Foreseen, Maker
from payload.rigs.lockstep.virtual import NEVER, Line, VirtualClock
from payload.rigs.ports.backoff import Backoff
from payload.rigs.stations.keeper import REGREETING_MS, Keeper, Report
from payload.rigs.stations.station import RECONNECT_MS
from payload.rigs.wire.packet import HelloReply


class Seat:
    """One rig in virtual time: its keeper, its line and its device. Instants are the bench's, not the device's own."""

    def __init__(
        self, rig: Rig, make: Maker, clock: VirtualClock, put: Callable[[Report], None], baud: int | None
    ) -> None:
        self.keeper = Keeper(rig, put)
        self.due = 0  # when something is to be done here, as far as can be foreseen
        self._link = self.keeper.link
        self._make, self._clock = make, clock
        self._down, self._up = Line(baud), Line(baud, bursts=True)
        self._link_due = NEVER
        self._reopen_at: int | None = None
        self._pauses = Backoff()
        self._switch_on()

    def _switch_on(self) -> None:
        self._born = self._at = self._clock.at
        self._device = self._make()
        self._foreseen = self._device if isinstance(self._device, Foreseen) else None

    # -- the bench's side ----------------------------------------------------------------------------------------

    @property
    def blind(self) -> bool:
        """Whether its device cannot say when it will act."""
        return self._foreseen is None

    @property
    def hello(self) -> HelloReply | None:
        return self.keeper.hello

    def start(self) -> None:
        """Greets."""
        self.keeper.tell(self._link.connected(self._clock.at), self._clock.at)
        self._post()

    def release(self, token: str, command: Command, arguments: tuple[int, ...]) -> None:
        self.keeper.release(token, command, arguments, self._clock.at)
        self._post()

    def arm(self, token: str) -> None:
        self.keeper.arm(token, self._clock.at)
        self._post()

    def abort(self) -> None:
        self.keeper.abort(self._clock.at)
        self._post()

    def beat(self) -> None:
        self.keeper.beat(self._clock.at)
        self._post()

    def part(self) -> None:
        self.keeper.part(self._clock.at)
        self._post()

    def retire(self) -> None:
        self.keeper.closing = True
        self.keeper.tell(self._link.give_up(), self._clock.at)
        self._device.close()

    def restart(self, make: Maker | None) -> None:
        """Off and on again: the device begins anew, and what was on its way to it is lost."""
        before = self._device
        self._make = make or self._make
        self._down.cut()
        self._switch_on()
        before.close()
        self._foresee()

    # -- time ----------------------------------------------------------------------------------------------------

    def run(self, until: int) -> int:
        """Runs a device that cannot say when it will act; the instant until which nothing happened here."""
        if self._foreseen is not None or self._at >= until:
            return until
        self._step(until, b"")
        self._foresee()
        return min(until, self.due)

    def act(self, now: int) -> None:
        """Whatever is due here: what arrives at the rig, what it does, what arrives here, what the link does."""
        self._give(self._down.arrived(now), now)
        self._hear(self._up.arrived(now), now)

    def _give(self, data: bytes, now: int) -> None:
        """Bytes for the device, and what it does by itself until now."""
        if data or (self._foreseen is not None and self._born + self._foreseen.due_ns <= now):
            while self._at < now:  # for all that it says before then has its own instant
                self._step(now, b"")
            if data:
                self._step(self._at, data)

    def _hear(self, data: bytes, now: int) -> None:
        """Bytes for the link, and what is due there."""
        due = self._link_due <= now
        if not data and not due:
            self._foresee()
            return
        link, keeper = self._link, self.keeper
        if data:
            keeper.tell(link.receive(data, now), now)
        if due:
            keeper.tell(link.tick(now), now)
        if link.phase is Phase.CLOSED:
            self._open_again(now)
        self._post()

    def _step(self, until: int, data: bytes) -> None:
        before = self._at
        stopped, sent = self._device.advance(until - self._born, data)
        self._at = self._born + stopped
        if sent:
            self._up.send(sent, self._at)
        elif self._at <= before < until:
            raise PortError(self.keeper.rig.id, f"its device does not move on from {stopped} ns of its time")

    def _post(self) -> None:
        data = self.keeper.outgoing()
        if data:
            self._down.send(data, self._clock.at)
        due = self._link.deadline if self._reopen_at is None else self._reopen_at
        self._link_due = NEVER if due is None else due
        self._foresee()

    def _foresee(self) -> None:
        """When something is next due here; of a device that cannot say, only what is known of it."""
        due = self._link_due
        if self._foreseen is not None:
            acts = self._born + self._foreseen.due_ns
            if acts <= self._at:  # whatever it says: time goes on
                acts = self._at + 1
            if acts < due:
                due = acts
        if self._down.due < due:
            due = self._down.due
        if self._up.due < due:
            due = self._up.due
        self.due = due

    def _open_again(self, now: int) -> None:
        """After a loss, with growing pauses, as long as a bench tries."""
        keeper = self.keeper
        if keeper.dead or keeper.closing or not keeper.reported:
            self._reopen_at = None
            return
        if keeper.lost_at is None:
            keeper.lost_at, self._pauses = now, Backoff()
        if self._reopen_at is not None and now >= self._reopen_at:
            self._reopen_at = None
            if now - keeper.lost_at >= to_ns(RECONNECT_MS):
                keeper.end(keeper.error, now)
                return
            if self._open(now):
                return
        if self._reopen_at is None:
            self._reopen_at = now + to_ns(self._pauses.next_ms())

    def _open(self, now: int) -> bool:
        """The port, once more; whether it is there."""
        self._link.greeting_ms = REGREETING_MS
        self.keeper.tell(self._link.connected(now), now)
        return True


class FaultySeat(Seat):
    """A rig on a wire with `faults`: between the line's end and whoever is there, both ways."""

    def __init__(
        self,
        rig: Rig,
        make: Maker,
        clock: VirtualClock,
        put: Callable[[Report], None],
        baud: int | None,
        faults: Faults,
    ) -> None:
        self._faults = faults
        super().__init__(rig, make, clock, put, baud)

    def start(self) -> None:
        self._strike_on_open(self._clock.at)
        super().start()

    def act(self, now: int) -> None:
        faults = self._faults
        for way, line in ((Way.TO_RIG, self._down), (Way.TO_HOST, self._up)):
            if data := line.arrived(now):
                faults.take(way, data, now)
        to_rig, to_host = self._befall(faults.due(now), now)
        self._give(to_rig, now)
        self._hear(to_host, now)

    def _befall(self, told: Sequence[Arrival | Struck], now: int) -> tuple[bytes, bytes]:
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
                    self.restart(None)
                case Struck(fault=Fault.UNPLUG, over=False):
                    to_host = b""
                    self._up.cut()
                    self._down.cut()
                    name = self.keeper.rig.id
                    self.keeper.tell(self._link.lost(PortError(name, "was lost: it was unplugged")), now)
                    self._open_again(now)
                    self._post()
        return to_rig, to_host

    def _foresee(self) -> None:
        super()._foresee()
        due = self._faults.next
        if due is not None and due < self.due:
            self.due = due

    def _open(self, now: int) -> bool:
        if not self._faults.plugged:
            self.keeper.error = PortError(self.keeper.rig.id, "is absent: is the rig plugged in?")
            return False
        self._strike_on_open(now)
        return super()._open(now)

    def _strike_on_open(self, now: int) -> None:
        if self._faults.plan.reset_on_open is not None:
            self._befall(self._faults.strike(self._faults.plan.reset_on_open, now), now)
