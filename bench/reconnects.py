"""Ports opened, lost and opened again, at full speed: what it costs, and whether anything is left behind.

`python bench/reconnects.py [TIMES]`, 10,000 unless said otherwise. The rig is a twin on a PTY that is pulled out
after each greeting and comes back under another name at the same link; a second round starts and retires whole benches.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from payload.errors import PortError
from payload.model import Rig
from payload.rigs import Bench
from payload.rigs.kinds.dictionary import KINDS
from payload.rigs.link.events import Up
from payload.rigs.link.link import Link
from payload.rigs.ports.transport import Transport, monotonic_ns
from payload.rigs.programs.terminal import Terminal
from payload.rigs.stations.wiring import wire
from payload.rigs.twins import Twin

SECOND = 1_000_000_000


@dataclass(frozen=True)
class Left:
    """What is there beyond what was there before."""

    descriptors: int
    threads: int


def standing() -> tuple[int, int]:
    return len(os.listdir("/proc/self/fd")), threading.active_count()


def beyond(before: tuple[int, int]) -> Left:
    descriptors, threads = standing()
    return Left(descriptors - before[0], threads - before[1])


def replugs(times: int, folder: Path) -> tuple[int, int, set[str]]:
    """Greets a twin so often, each time on a new port at the same link. How often the link came up, how often in a
    fresh session, and the names that the port had."""
    link_path = folder / "rig.port"
    rig = Rig("oven", "incubator", str(link_path))
    terminal = Terminal(link_path)
    twin, booted_at = Twin("incubator", unit=7, boot=1), monotonic_ns()
    way = wire(rig, rig.url, speed_milli=1000, folder=folder)
    link = Link(rig.id, KINDS["incubator"])
    ups = fresh = 0
    names = set()
    for _ in range(times):
        port = way.open()
        names.add(terminal.name)
        events = link.connected(monotonic_ns())
        while not (up := [event for event in events if isinstance(event, Up)]):
            _answer(terminal, twin, booted_at, port, link)
            heard = port.wait(monotonic_ns() + 10 * SECOND)
            now = monotonic_ns()
            events = link.receive(heard, now) + link.tick(now)
        ups, fresh = ups + len(up), fresh + up[0].fresh
        terminal.unplug()
        _lose(port, link)
        port.close()
        terminal.plug_in()
    terminal.close()
    way.close()
    return ups, fresh, names


def _answer(terminal: Terminal, twin: Twin, booted_at: int, port: Transport, link: Link) -> None:
    port.write(link.outgoing())
    sent, _ = twin.update(monotonic_ns() - booted_at, terminal.read())
    terminal.write(sent)


def _lose(port: Transport, link: Link) -> None:
    """The owner finds out that its port is gone."""
    try:
        while True:
            port.wait(monotonic_ns() + 10 * SECOND)
    except PortError as error:
        link.lost(error)


def benches(times: int, folder: Path) -> None:
    """Starts and retires a bench of two rigs so often."""
    rigs = {name: Rig(name, "incubator", "twin:") for name in ("oven", "chamber")}
    for _ in range(times):
        with Bench(rigs, folder=folder):
            pass


def main() -> None:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for what, count, run in (("replugs", times, replugs), ("benches", max(times // 10, 1), benches)):
            run(2, folder)
            before, began, spent = standing(), time.monotonic(), time.process_time()
            run(count, folder)
            left = beyond(before)
            took, cpu = time.monotonic() - began, time.process_time() - spent
            print(f"{count} {what}: {took:.1f} s, {cpu / count * 1e3:.2f} ms of CPU each; left behind: {left}")


if __name__ == "__main__":
    main()
