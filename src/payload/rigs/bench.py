"""All rigs of a run behind one object."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from payload.errors import RunError
from payload.met import to_ns
from payload.model import Rig, RigCall
from payload.rigs.calls import kind_of, limits_of, translate
from payload.rigs.packet import BEAT_MS, HelloReply
from payload.rigs.station import READY_MS, RECONNECT_MS, Inbox, Report, Station
from payload.rigs.transport import monotonic_ns
from payload.rigs.wiring import Wire, milli, wire


class Bench:
    """The rigs of a run, each by its own thread, behind one face.

    Entering starts what is to be started, opens and proves every rig (HELLO, kind, dictionary), gives it the mission's
    limits and arms it; leaving puts every rig in safe state, closes it and ends what was started. `urls` says per rig
    id where it is today, in place of the mission's word. `speed` scales the clock of every rig that we start; leases
    and time-outs are wall time. `folder` takes links to ports and logs of programs. A lost port is tried again for
    `reconnect_ms`; then LINK_DOWN is reported, once, and the other rigs go on.

    Between entering and leaving somebody has to `beat` at least each second: 3 s without, and the rigs go safe.
    A rig that went safe (its lease, a limit, an abort, a reboot) stays so until `arm`.
    """

    def __init__(
        self,
        rigs: Mapping[str, Rig],
        *,
        speed: float = 1.0,
        urls: Mapping[str, str] | None = None,
        folder: Path,
        reconnect_ms: int = RECONNECT_MS,
    ) -> None:
        """Raises RunError for a URL of a rig that there is not or a speed out of range, CallRefused for an unknown
        kind or impossible limits."""
        urls = urls or {}
        for name, url in urls.items():
            if name not in rigs:
                raise RunError(f"--rig {name}={url}: there is no rig {name}; there are {', '.join(rigs) or 'none'}")
        try:
            self._speed_milli = milli(speed)
        except ValueError as error:
            raise RunError(f"--speed: {error}") from None
        for rig in rigs.values():
            kind_of(rig)
            limits_of(rig)
        self._rigs = dict(rigs)
        self._urls = {name: urls.get(name, rig.url) for name, rig in rigs.items()}
        self._folder = folder
        self._reconnect_ms = reconnect_ms
        self._inbox = Inbox()
        self._stations: dict[str, Station] = {}

    def __enter__(self) -> Bench:
        with ExitStack() as undo:
            wires: dict[str, Wire] = {}
            for number, (name, rig) in enumerate(self._rigs.items()):
                unit = kind_of(rig).default_unit + (number << 8)
                way = wire(rig, self._urls[name], speed_milli=self._speed_milli, folder=self._folder, unit=unit)
                undo.callback(way.close)
                wires[name] = way
            for way in wires.values():  # all of them before the first lease begins to run
                way.ready()
            for name, rig in self._rigs.items():
                station = Station(rig, wires[name], self._inbox, reconnect_ms=self._reconnect_ms)
                self._stations[name] = station
                undo.callback(station.retire)
                station.start()
            undo.callback(self._part)
            self._await_ready()
            undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with ExitStack() as every:  # each is retired, whatever the others do
            for station in self._stations.values():
                every.callback(station.retire)
            self._part()

    def _part(self) -> None:
        for station in self._stations.values():
            station.part()

    def _await_ready(self) -> None:
        now = monotonic_ns()
        until, beat_at = now + to_ns(READY_MS), now + to_ns(BEAT_MS)
        for station in self._stations.values():
            while not station.is_ready():
                station.wait_ready_ms(20)
                now = monotonic_ns()
                if now >= until:
                    raise station.late()
                if now >= beat_at:
                    self.beat()
                    beat_at = now + to_ns(BEAT_MS)
        self.beat()

    # -- the run's side ------------------------------------------------------------------------------------------

    def check(self, call: RigCall, length_ms: int | None = None) -> None:
        """Whether the call may be sent at all; nothing is sent. Raises CallRefused: unknown rig or call, an argument
        missing, out of range or outside the mission's limits."""
        translate(self._rig(call.rig), call, length_ms)

    def release(self, token: str, call: RigCall, length_ms: int | None = None) -> None:
        """Sends a call as the next numbered command of its rig; never waits for the rig. What becomes of it comes as
        reports with this `token`: RELEASED at once, and exactly one of DONE, FAILED, REJECTED, LATE, CANCELLED and
        INDETERMINATE at the end. Raises CallRefused as `check` does, and then nothing was sent."""
        telecommand = translate(self._rig(call.rig), call, length_ms)
        self._station(call.rig).release(token, telecommand.command, telecommand.arguments)

    def arm(self, rig: str, token: str) -> None:
        """Takes a rig out of safe mode, as a command with this token."""
        self._station(rig).arm(token)

    def abort(self, rig: str | None = None) -> None:
        """ABORT to one rig or all: outputs safe at once, whatever runs FAILED with code ABORT."""
        for station in self._stations.values() if rig is None else (self._station(rig),):
            station.abort()

    def beat(self) -> None:
        """Renews every rig's lease."""
        for station in self._stations.values():
            station.beat()

    def reports(self, wait_ms: int) -> list[Report]:
        """What came in, in order; waits at most `wait_ms` of wall time for the first. Also after leaving."""
        return self._inbox.take(wait_ms)

    def facts(self) -> dict[str, HelloReply]:
        """Per rig what it said of itself when it was last met."""
        return {name: s.hello for name, s in self._stations.items() if s.hello is not None}

    def _rig(self, name: str) -> Rig:
        if name not in self._rigs:
            raise RunError(f"there is no rig {name}; there are {', '.join(self._rigs) or 'none'}")
        return self._rigs[name]

    def _station(self, name: str) -> Station:
        self._rig(name)
        if name not in self._stations:
            raise RunError(f"rig {name} is not open: the bench has not been entered")
        return self._stations[name]
