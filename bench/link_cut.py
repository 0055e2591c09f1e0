"""A rig whose host is gone: how long until its outputs are safe, in the rig's own time.

    python bench/link_cut.py [--instants 1000] [--kills 20]

The lease is 3 s from the last BEAT's arrival. In virtual time a link and a twin are cut apart at random instants and
the twin runs on. Then the firmware's host build on a PTY, its host killed by SIGKILL; read off its own log of pins.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import tempfile
import time
from pathlib import Path

from payload.rigs.kinds.dictionary import KINDS
from payload.rigs.link.events import Event, Moved
from payload.rigs.link.link import Link, Phase
from payload.rigs.ports.transport import SerialPort, monotonic_ns
from payload.rigs.programs.programs import Program, firmware_command
from payload.rigs.twins import Twin
from payload.rigs.wire.frame import Deframer, encode
from payload.rigs.wire.packet import LEASE_MS, BeatReply, Ping, Pong, Stamp, pack, unpack

MS = 1_000_000
WORK = {
    "power-switch": [("on", (0,)), ("on", (3,))],
    "fluid-loop": [("profile", (120, 600_000))],
    "incubator": [("heat", (37_000, 600_000))],
    "camera": [("capture", (100, 600_000))],
}


class Busy:
    """A host that arms its rig and lets it do something. Sans-I/O; `beats`: the tick at which each BEAT arrived, as far
    as the rig has said so."""

    def __init__(self, kind: str) -> None:
        self.kind = KINDS[kind]
        self.link = Link("rig", self.kind)
        self.at_work = False
        self.beats: list[Stamp] = []
        self._work = list(WORK[kind])

    def hear(self, events: list[Event], now: int) -> None:
        link, names = self.link, self.kind.by_name
        for event in events:
            match event:
                case Moved(token="prepare", stage="DONE", value=nonce):
                    self.hear(link.submit("arm", names["arm"], (self.kind.all_outputs, nonce), now), now)
                case Moved(token="arm", stage="DONE"):
                    for name, arguments in self._work:
                        self.hear(link.submit(name, names[name], arguments, now), now)
                case Moved(stage="STARTED" | "DONE", token="on" | "profile" | "heat" | "capture"):
                    self.at_work = True

    def begin(self, now: int) -> None:
        self.hear(self.link.submit("prepare", self.kind.by_name["prepare"], (self.kind.all_outputs,), now), now)


def cut_at(kind: str, cut_ms: int, seed: int) -> int:
    """How long after the last BEAT's arrival the outputs were safe, in ticks; the wire is cut `cut_ms` after the rig
    has begun to work, in virtual time with up to 2 ms on each way."""
    rng = random.Random(seed)
    pins: list[tuple[int, int, int, int]] = []
    twin = Twin(kind, unit=1, boot=1, drive=lambda *change: pins.append(change))
    host = Busy(kind)
    now = last_beat = begun = 0
    call_at = 0
    to_rig: list[tuple[int, bytes]] = []
    to_host: list[tuple[int, bytes]] = []
    host.hear(host.link.connected(0), 0)
    beat_at, started = rng.randrange(1000) * MS, False
    while True:
        data = host.link.outgoing()
        if data:
            to_rig.append((now + rng.randrange(2 * MS), data))
        if host.at_work and not begun:
            begun = now
        cut = begun + cut_ms * MS if begun else None
        due = [at for at, _ in to_rig[:1] + to_host[:1]] + [beat_at, call_at]
        due += [host.link.deadline] if host.link.deadline is not None else []
        now = max(now + 1, min(due))
        if cut is not None and now >= cut:
            break
        while to_rig and to_rig[0][0] <= now:
            _, data = to_rig.pop(0)
            if b"\x04" in data and host.link.phase is Phase.UP and started:
                last_beat = _beat_in(data, now, last_beat)
            sent, call_at = twin.update(now, data)
            if sent:
                to_host.append((now + rng.randrange(2 * MS), sent))
        if now >= call_at:
            sent, call_at = twin.update(now)
            if sent:
                to_host.append((now + rng.randrange(2 * MS), sent))
        while to_host and to_host[0][0] <= now:
            host.hear(host.link.receive(to_host.pop(0)[1], now), now)
        if host.link.deadline is not None and host.link.deadline <= now:
            host.hear(host.link.tick(now), now)
        if host.link.phase is Phase.UP and now >= beat_at:
            host.hear(host.link.beat(now), now)
            beat_at = now + 1000 * MS
            if not started:
                started = True
                host.begin(now)
        elif now >= beat_at:
            beat_at = now + 50 * MS
    twin.update(now + 5_000 * MS)
    values: dict[int, int] = {}
    safe_at = 0
    for tick, _, output, value in pins:
        values[output] = value
        if not any(values.values()):
            safe_at = tick
    assert not any(values.values()), f"{kind} cut after {cut_ms} ms: {pins}"
    return safe_at - last_beat // MS if safe_at else 0


def _beat_in(data: bytes, now: int, before: int) -> int:
    """When the last BEAT among these bytes arrived."""
    return now if any(frame.type == 0x04 for frame in Deframer().feed(data)) else before


def virtual(instants: int, seed: int = 0) -> int:
    """The longest of so many, in ticks (ms) after the last BEAT."""
    rng = random.Random(seed)
    kinds = list(WORK)
    return max(cut_at(kinds[i % len(kinds)], rng.randrange(6_000), rng.randrange(1 << 30)) for i in range(instants))


def _live(port: str, kind: str, told: int) -> None:
    """A host's life; each stamp of a BEAT is told, and "?" before each is sent."""
    host, line = Busy(kind), SerialPort("rig", port)
    now = monotonic_ns()
    host.hear(host.link.connected(now), now)
    deframer, beat_at, begun, said = Deframer(), now, False, False
    while True:
        if host.link.phase is Phase.UP and now >= beat_at:
            os.write(told, b"?\n")
            host.hear(host.link.beat(now), now)
            beat_at = now + 200 * MS
            if not begun:
                begun = True
                host.begin(now)
        if host.at_work and not said:
            said = True
            os.write(told, b"work\n")
        data = host.link.outgoing()
        if data:
            line.write(data)
        heard = line.wait(min(host.link.deadline or beat_at, beat_at))
        now = monotonic_ns()
        host.hear(host.link.receive(heard, now) if heard else host.link.tick(now), now)
        for frame in deframer.feed(heard):
            packet = unpack(frame)
            if isinstance(packet, BeatReply):
                os.write(told, b"%d.%03d\n" % packet.stamp)


def killed(kind: str, after_s: float, folder: Path) -> tuple[float, float | None]:
    """How long after the host's death the outputs were safe, in ms of the firmware: by a PING sent at once after it,
    and by the last BEAT's stamp where that had been told."""
    folder.mkdir(parents=True, exist_ok=True)
    pins = folder / "pins"
    program = Program("rig", [*firmware_command("rig", kind), "--pins", str(pins)], folder, 1000)
    program.ready()
    try:
        reads, tells = os.pipe()
        child = os.fork()
        if child == 0:
            _live(str(program.link), kind, tells)
            os._exit(1)
        os.close(tells)
        said = b""
        while b"work" not in said:
            said += os.read(reads, 4096)
        time.sleep(after_s)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        while more := os.read(reads, 4096):
            said += more
        os.close(reads)
        death = _ask_time(str(program.link))
        while (safe := _safe_at(pins)) is None:
            time.sleep(0.05)
        words = said.decode().split()
        last = float(words[-1]) if words[-1] not in ("?", "work") else None
        return safe - death, None if last is None else safe - last
    finally:
        program.close()


def _ask_time(port: str) -> float:
    """The firmware's own time now. A PING needs no session and renews nothing."""
    line, deframer = SerialPort("rig", port), Deframer()
    line.write(b"\0" + encode(pack(Ping(1))))
    until = monotonic_ns() + 5_000 * MS
    while monotonic_ns() < until:
        for frame in deframer.feed(line.wait(until)):
            packet = unpack(frame)
            if isinstance(packet, Pong):
                line.close()
                return packet.stamp.tick + packet.stamp.thousandths / 1000
    raise SystemExit("the firmware did not answer a PING")


def _safe_at(pins: Path) -> float | None:
    """When the outputs have become safe, by the log; None while one is on."""
    values: dict[str, int] = {}
    at: float | None = None
    for row in pins.read_text().splitlines():
        tick, output, value = row.split()
        values[output] = int(value)
        at = float(tick) if not any(values.values()) else None
    return at


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--instants", type=int, default=1_000)
    parser.add_argument("--kills", type=int, default=20)
    given = parser.parse_args()
    if given.instants:
        worst = virtual(given.instants)
        print(f"{given.instants:,} virtual instants: safe at most {worst} ms after the last BEAT (lease {LEASE_MS})")
    rng = random.Random(1)
    by_ping, by_beat = [], []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(given.kills):
            kind = list(WORK)[number % 2]  # whose outputs are on at once
            since_death, since_beat = killed(kind, rng.random() * 0.4, Path(folder) / str(number))
            by_ping.append(since_death)
            by_beat += [] if since_beat is None else [since_beat]
    if by_ping:
        print(f"{given.kills} SIGKILLs: safe at most {max(by_ping):.3f} ms after a PING sent once the host was dead")
    if by_beat:
        heard = f"{len(by_beat)} whose answer the host had heard"
        print(f"and at most {max(by_beat):.3f} ms after the last BEAT ({heard})")


if __name__ == "__main__":
    main()
