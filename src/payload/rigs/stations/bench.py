"""All rigs of a run behind one object."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from payload.met import to_ns
from payload.model import Rig
from payload.rigs.kinds.dictionary import KINDS, Kind
from payload.rigs.link.intents import Intents
from payload.rigs.ports.transport import monotonic_ns
from payload.rigs.stations.calls import kind_of
from payload.rigs.stations.face import Face
from payload.rigs.stations.instrument import AdapterStation
from payload.rigs.stations.keeper import READY_MS, Report
from payload.rigs.stations.station import RECONNECT_MS, Inbox, Station
from payload.rigs.stations.wiring import Wire, wire
from payload.rigs.wire.packet import BEAT_MS


class Bench(Face[Station | AdapterStation]):
    """The rigs of a run, each by its own thread, behind one face.

    Entering starts what is to be started, opens and proves every rig (HELLO, kind, dictionary), gives it the mission's
    limits and arms it; leaving puts every rig in safe state, closes it and ends what was started. `urls` says per rig
    id where it is today, in place of the mission's word. `speed` scales the clock of every rig that we start; leases
    and time-outs are wall time. `folder` takes links to ports and logs of programs. A lost port is tried again for
    `reconnect_ms`; then LINK_DOWN is reported, once, and the other rigs go on.

    With `intents`, a place on disk for each rig by its id, no command leaves before it is written there. `kinds` has
    those of rigs that are of none of ours, by rig id.

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
        intents: Callable[[str], Intents] | None = None,
        kinds: Mapping[str, Kind] | None = None,
    ) -> None:
        """Raises RunError for a URL of a rig that there is not or a speed out of range, CallRefused for an unknown
        kind or impossible limits."""
        super().__init__(rigs, speed, urls, kinds)
        self._folder = folder
        self._reconnect_ms, self._intents = reconnect_ms, intents
        self._inbox = Inbox()

    def __enter__(self) -> Bench:
        with ExitStack() as undo:
            wires: dict[str, Wire] = {}
            for number, (name, rig) in enumerate(self._rigs.items()):
                if rig.kind not in KINDS and name not in self._kinds:  # an instrument by its adapter
                    continue
                unit = kind_of(rig, self._kinds.get(name)).default_unit + (number << 8)
                way = wire(rig, self._urls[name], speed_milli=self._speed_milli, folder=self._folder, unit=unit)
                undo.callback(way.close)
                wires[name] = way
            for way in wires.values():  # all of them before the first lease begins to run
                way.ready()
            undo.callback(self._retire)
            for name, rig in self._rigs.items():
                station = self._places[name] = self._seat(rig, wires.get(name))
                station.start()
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

    def _seat(self, rig: Rig, way: Wire | None) -> Station | AdapterStation:
        if way is not None:
            intents = self._intents(rig.id) if self._intents is not None else None
            kind, patience = self._kinds.get(rig.id), self._reconnect_ms
            return Station(rig, way, self._inbox, reconnect_ms=patience, intents=intents, kind=kind)
        return AdapterStation(
            rig,
            self._urls[rig.id],
            self._inbox.put,
            folder=self._folder,
            speed_milli=self._speed_milli,
            reconnect_ms=self._reconnect_ms,
        )

    def _retire(self) -> None:
        """All at once: each that is stuck takes some seconds, and each is retired whatever the others do."""
        if self._places:
            with ThreadPoolExecutor(len(self._places), "retiring") as pool:
                retired = [pool.submit(station.retire) for station in self._places.values()]
            for one in retired:
                one.result()

    def _part(self) -> None:
        for station in self._places.values():
            station.part()

    def _await_ready(self) -> None:
        now = monotonic_ns()
        until, beat_at = now + to_ns(READY_MS), now + to_ns(BEAT_MS)
        for station in self._places.values():
            while not station.is_ready():
                station.wait_ready_ms(20)
                now = monotonic_ns()
                if now >= until:
                    raise station.late()
                if now >= beat_at:
                    self.beat()
                    beat_at = now + to_ns(BEAT_MS)
        self.beat()

    def reports(self, wait_ms: int) -> list[Report]:
        """What came in, in order; waits at most `wait_ms` of wall time for the first. Also after leaving."""
        return self._inbox.take(wait_ms)
