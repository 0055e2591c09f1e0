"""How fast commands go over a PTY: the link beside bare pyserial, to the same firmware, each on a processor of its own.

    python bench/link_speed.py [--rounds 7] [--seconds 1]

Bare: pyserial's write of a PING as long as a `read` command, and read(n) of its answer: no number, no stage, no CRC
checked, nothing on disk. Ours: `read` commands, numbered, framed, with CRC, stages and time-outs, in one thread; with
each on record before its first byte leaves where nothing else is said. `written` leaves the sync to the system,
`durable` syncs once for all that leave together, both in a file of the rig's own; `in the record` writes them where
`payload run` does, synced. The ways take turns, `rounds` times; medians.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import serial

from payload.journal import IntentTable, Journal
from payload.rigs.kinds.dictionary import KINDS
from payload.rigs.link.intents import FileIntents, Intents, LineIntents
from payload.rigs.link.link import Link, Phase
from payload.rigs.ports.transport import SerialPort, monotonic_ns
from payload.rigs.programs.programs import Program, firmware_command
from payload.rigs.wire.frame import encode_parts
from payload.rigs.wire.packet import Type

READ = KINDS["camera"].by_name["read"]
PING = b"\0" + encode_parts(Type.PING, 1, 1, bytes(5))  # 15 bytes, as a `read` command has
PONG_BYTES = 15
BEAT_NS = 500_000_000


def bare(port: str, folder: Path, seconds: float) -> float:
    with serial.Serial(port, timeout=1, write_timeout=1, exclusive=True) as line:
        until, count = time.monotonic() + seconds, 0
        while time.monotonic() < until:
            for _ in range(100):
                line.write(PING)
                if len(line.read(PONG_BYTES)) != PONG_BYTES:
                    raise SystemExit("the firmware did not answer a PING")
            count += 100
    return count / seconds


class Kept(Intents, Protocol):
    """A place on disk."""

    def close(self) -> None: ...


def written(path: Path) -> FileIntents:
    return FileIntents(path, synced=False)


class Recorded(LineIntents):
    """In the record of a run, which is open meanwhile."""

    def __init__(self, path: Path) -> None:
        self._record = Journal.create(path, {})
        self._table = IntentTable(path, "rig")
        super().__init__(self._table)

    def close(self) -> None:
        self._table.close()
        self._record.close()


def linked(window: int, keep: Callable[[Path], Kept] | None) -> Callable[[str, Path, float], float]:
    """Commands per second with `window` under way at most; `keep` None: nothing on disk."""

    def measure(port: str, folder: Path, seconds: float) -> float:
        line = SerialPort("rig", port)
        link = Link("rig", None, durable=keep is not None)
        intents = None if keep is None else keep(folder / f"{time.monotonic_ns()}")
        now = monotonic_ns()
        link.connected(now)
        while link.phase is not Phase.UP:
            line.write(link.outgoing())
            link.receive(line.wait(link.deadline), monotonic_ns())
        beat_at, until = now, monotonic_ns() + int(seconds * 1e9)
        count = under_way = 0
        while now < until:
            if now >= beat_at:
                link.beat(now)
                beat_at = now + BEAT_NS
            while under_way < window:
                link.submit("look", READ, (0,), now)
                under_way += 1
            if intents is not None:
                items = link.intents()
                if items:
                    intents.write(items)
            data = link.outgoing()
            if data:
                line.write(data)
            heard = line.wait(link.deadline)
            now = monotonic_ns()
            for event in link.receive(heard, now) if heard else link.tick(now):
                if getattr(event, "ended", False):
                    count += 1
                    under_way -= 1
        line.close()
        if intents is not None:
            intents.close()
        return count / seconds

    return measure


WAYS: dict[str, Callable[[str, Path, float], float]] = {
    "bare pyserial": bare,
    "one at a time, not on disk": linked(1, None),
    "one at a time, written": linked(1, written),
    "one at a time, durable": linked(1, FileIntents),
    "one at a time, in the record": linked(1, Recorded),
    "window 16, not on disk": linked(16, None),
    "window 16, written": linked(16, written),
    "window 16, durable": linked(16, FileIntents),
    "window 16, in the record": linked(16, Recorded),
    "window 32, durable": linked(32, FileIntents),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0)
    given = parser.parse_args()
    cpus = sorted(os.sched_getaffinity(0))
    found: dict[str, list[float]] = {name: [] for name in WAYS}
    # Not the memory file system that the temporary folder may be: intents are to reach a disk.
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        os.sched_setaffinity(0, {cpus[-1]})  # the firmware inherits it
        program = Program("rig", firmware_command("rig", "camera"), Path(folder), 1000)
        program.ready()
        os.sched_setaffinity(0, {cpus[0]})
        try:
            for _ in range(given.rounds):
                for name, way in WAYS.items():
                    found[name].append(way(str(program.link), Path(folder), given.seconds))
        finally:
            program.close()
    floor = statistics.median(found["bare pyserial"])
    print(f"{'':30}{'per second':>12}{'of bare':>9}{'lowest':>10}{'highest':>10}")
    for name, rates in found.items():
        rate = statistics.median(rates)
        print(f"{name:30}{rate:>12,.0f}{rate / floor:>9.0%}{min(rates):>10,.0f}{max(rates):>10,.0f}")
    print(f"processors {cpus[0]} (ours) and {cpus[-1]} (the firmware); medians of {given.rounds} turns")


if __name__ == "__main__":
    main()
