"""All rigs of a run in virtual time, in step with the executive: as fast as the machine allows, the same every time.

The whole stack is at work: the same links as on a wall clock, their frames on a serial line that takes its time, and
behind it twins or the firmware's own binary in an emulator. One thread, one clock (whole ns), no wall.

In what order things happen. The next instant is the earliest at which something is due: a frame's last byte at either
end of a line, a link's time-out, what a twin does by itself, or the caller's own limit. Until then an emulator, which
cannot say what it will do, is run; when it sends something before, that is the next instant. At one instant rigs come
in the mission's order, and for each rig what arrives at it, what it does, what arrives here, and what the link does.

With more than one emulator, one may have run on to an instant when another, run after it, turns out to have spoken
before. What the executive then says to the first reaches it when it has got to: at the later of the line's time and the
device's now, and that is at most AHEAD_MS too late. One emulator, and any number of twins, never run ahead.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from random import Random
from types import TracebackType

from payload.met import to_ns
from payload.model import Rig
from payload.rigs.faults import Faults, Plan
from payload.rigs.lockstep.devices import Maker, baud_of, binary_of, faults_of, maker, require_options
from payload.rigs.lockstep.seat import FaultySeat, Seat
from payload.rigs.lockstep.virtual import VirtualClock
from payload.rigs.stations.face import Face
from payload.rigs.stations.keeper import READY_MS, Report
from payload.rigs.stations.station import PARTING_MS
from payload.rigs.wire.packet import BEAT_MS

AHEAD_MS = 20
"""How far several emulators are run at once. Shorter steps cost time."""


class LockstepBench(Face[Seat]):
    """The rigs of a run in virtual time, with the face of `Bench`; `clock` is the one that they and the run live on.

    `urls` says per rig id where it is, in place of the mission's word: `twin:` or `simavr:`. `makers` switches on the
    devices of those rigs that it names, whatever their URL. Boot ids come from `seed`. `speed` scales the twins' device
    clocks, as on a wall. A rig's lines take the time of its wiring's `baud`, and go wrong as its `faults` say.

    As on a wall somebody has to `beat` each second: what passes in `reports` and `clock.sleep_ms` passes for the
    leases too.
    """

    def __init__(
        self,
        rigs: Mapping[str, Rig],
        *,
        speed: float = 1.0,
        urls: Mapping[str, str] | None = None,
        seed: int = 0,
        makers: Mapping[str, Maker] | None = None,
    ) -> None:
        """Raises what `Bench` raises, PortError for a rig whose URL lives on the wall's clock or whose binary is not
        built, MissionError for a faults file that says something it must not."""
        super().__init__(rigs, speed, urls)
        self.clock = VirtualClock(self._sleep)
        self._makers = dict(makers or {})
        self.binaries: dict[str, str] = {}
        """Which binary a rig runs, by its SHA-256; twins are not in it."""
        self._faults: dict[str, Plan] = {}
        for number, (name, rig) in enumerate(self._rigs.items()):
            require_options(rig)
            if (plan := faults_of(rig)) is not None:
                self._faults[name] = plan
            if name not in self._makers:
                chance = Random(f"{seed}/{name}")
                self._makers[name] = maker(rig, self._urls[name], number, self._speed_milli, chance)
                if (binary := binary_of(rig, self._urls[name])) is not None:
                    self.binaries[name] = binary
        self._reports: list[Report] = []
        self._seats: list[Seat] = []  # those whose time goes on
        self._crowded = False  # by several that cannot say when they will act

    def __enter__(self) -> LockstepBench:
        with ExitStack() as undo:
            undo.callback(self._retire)
            for name, rig in self._rigs.items():
                parts = (rig, self._makers[name], self.clock, self._reports.append, baud_of(rig, self._urls[name]))
                plan = self._faults.get(name)
                seat = FaultySeat(*parts, Faults(plan)) if plan else Seat(*parts)
                self._places[name] = seat
                self._seats.append(seat)
            self._count()
            for seat in self._seats:
                seat.start()
            undo.callback(self._part)
            self._await_ready()
            undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with ExitStack() as after:
            after.callback(self._retire)
            self._part()

    def _retire(self) -> None:
        """Each, whatever the others do."""
        with ExitStack() as every:
            while self._seats:
                every.callback(self._seats.pop().retire)

    def _await_ready(self) -> None:
        until, beat_at = self.clock.at + to_ns(READY_MS), self.clock.at + to_ns(BEAT_MS)
        for seat in self._seats:
            while not seat.keeper.is_ready():
                self._turn(beat_at)
                if self.clock.at >= until:
                    raise seat.keeper.late()
                if self.clock.at >= beat_at:
                    self.beat()
                    beat_at += to_ns(BEAT_MS)
        self.beat()

    def _part(self) -> None:
        for seat in self._seats:
            seat.part()
        until = self.clock.at + to_ns(PARTING_MS)
        while self.clock.at < until and any(seat.keeper.parting for seat in self._seats):
            self._turn(until)

    # -- time ----------------------------------------------------------------------------------------------------

    def reports(self, wait_ms: int) -> list[Report]:
        """What came in, in order; lets at most `wait_ms` pass for the first. Also after leaving."""
        until = self.clock.at + to_ns(wait_ms)
        while not self._reports and self.clock.at < until:
            self._turn(until)
        taken = self._reports.copy()
        self._reports.clear()
        return taken

    def restart(self, rig: str, make: Maker | None = None) -> None:
        """Switches a rig off and on again, now: the fault that a run must get over. `make` puts another device, dead or
        of another kind, in its place."""
        self._place(rig).restart(make)
        self._count()

    def _count(self) -> None:
        self._crowded = sum(seat.blind for seat in self._seats) > 1

    def _sleep(self, length_ms: int) -> None:
        until = self.clock.at + to_ns(length_ms)
        while self.clock.at < until:
            self._turn(until)

    def _turn(self, until: int) -> None:
        """Goes to the next instant at which something is due, `until` at the latest, and does it."""
        seats, at = self._seats, until
        if self._crowded:
            at = min(at, self.clock.at + to_ns(AHEAD_MS))
        for seat in seats:
            if seat.due < at:
                at = seat.due
        for seat in seats:
            at = seat.run(at)
        clock = self.clock
        if at > clock.at:  # what an emulator was sent while it was ahead may be due in the past
            clock.at = at
        for seat in seats:
            if seat.due <= clock.at:
                seat.act(clock.at)
