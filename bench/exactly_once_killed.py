"""Commands to the real firmware on a PTY, from a host that is killed again and again: how often did each run?

    python bench/exactly_once_killed.py [--commands 20000] [--seed 1] [--durable]

The host is a process of its own: it opens the port and its intents file, restores what the one before it left, and
goes on with the list of jobs. SIGKILL comes at a random instant, some before it has met the rig. Half of the jobs are
`agitate 1`: the firmware's count of turns must be the number of those that were told DONE.
"""

from __future__ import annotations

import argparse
import os
import random
import select
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from payload.errors import PortError
from payload.rigs.kinds.dictionary import KINDS, Command
from payload.rigs.link.events import Event, Moved, Seen
from payload.rigs.link.intents import End, FileIntents, Intent
from payload.rigs.link.link import Link, Phase
from payload.rigs.ports.transport import SerialPort, monotonic_ns
from payload.rigs.programs.programs import Program, firmware_command
from payload.rigs.wire.packet import State

KIND = KINDS["incubator"]
AHEAD = 24
BEAT_NS = 500_000_000


def job(number: int, seed: int) -> tuple[Command, tuple[int, ...]]:
    """The jobs are known to every host that is to do them."""
    drawn = random.Random(f"{seed}/{number}").randrange(4)
    if drawn < 2:
        return KIND.by_name["agitate"], (1,)
    return (KIND.by_name["read"], (0,)) if drawn == 2 else (KIND.by_name["limit"], (0, -5_000, 50_000))


class Host:
    """One life of the host."""

    def __init__(self, port: str, path: Path, commands: int, seed: int, synced: bool) -> None:
        self.commands, self.seed = commands, seed
        self.intents = FileIntents(path, synced=synced)
        left = self.intents.left
        mine = [item for item in self.intents.items if item.token.isdigit()]
        self.next = max((int(item.token) for item in mine), default=-1) + 1
        self.under_way = {item.token for item in left.items if item.token.isdigit()}
        self.arming = any(not item.token.isdigit() for item in left.items)
        self.armed = False
        self.link = Link("rig", KIND, durable=True)
        self.link.restore(left)
        self.line = _open(port)

    def live(self, say: int) -> None:
        """Until all is done; a byte to `say` once the rig has been met."""
        link, line = self.link, self.line
        now = monotonic_ns()
        self._hear(link.connected(now), now)
        beat_at, said = now, False
        while self.next < self.commands or self.under_way:
            if link.phase is Phase.UP:
                if not said:
                    os.write(say, b"!")
                    said = True
                if now >= beat_at:
                    self._hear(link.beat(now), now)
                    beat_at = now + BEAT_NS
                self._fill(now)
            items = link.intents()
            if items:
                self.intents.write(items)
            data = link.outgoing()
            if data:
                line.write(data)
            heard = line.wait(min(link.deadline or now, beat_at) if link.phase is Phase.UP else link.deadline)
            now = monotonic_ns()
            self._hear(link.receive(heard, now) if heard else link.tick(now), now)
        self.intents.write(link.intents())

    def _fill(self, now: int) -> None:
        if not self.armed:
            if not self.arming:
                self.arming = True
                self._hear(self.link.submit("prepare", KIND.by_name["prepare"], (1,), now), now)
            return
        while len(self.under_way) < AHEAD and self.next < self.commands:
            command, arguments = job(self.next, self.seed)
            self.under_way.add(str(self.next))
            self._hear(self.link.submit(str(self.next), command, arguments, now), now)
            self.next += 1

    def _hear(self, events: list[Event], now: int) -> None:
        for event in events:
            match event:
                case Moved(token="prepare", stage="DONE", value=nonce):
                    self._hear(self.link.submit("arm", KIND.by_name["arm"], (1, nonce), now), now)
                case Moved(token="prepare" | "arm") if event.ended:
                    self.arming = False
                case Moved() if event.ended:
                    self.under_way.discard(event.token)
                case Seen(status):
                    self.armed = status.state != State.SAFE


def _open(port: str) -> SerialPort:
    """The one before us may still be on its way out."""
    until = time.monotonic() + 10
    while True:
        try:
            return SerialPort("rig", port)
        except PortError:
            if time.monotonic() > until:
                raise
            time.sleep(0.005)


def killed_again_and_again(commands: int, seed: int, synced: bool, folder: Path) -> dict[str, int]:
    """What came of it; every count that is called bad should be 0."""
    rng = random.Random(seed)
    path = folder / "intents"
    program = Program("rig", [*firmware_command("rig", KIND.name), "--nvm", str(folder / "nvm")], folder, 1000)
    program.ready()
    kills = lives = 0
    try:
        while True:
            lives += 1
            reads, says = os.pipe()
            child = os.fork()
            if child == 0:
                os.close(reads)
                try:
                    Host(str(program.link), path, commands, seed, synced).live(says)
                except BaseException as error:
                    print(f"life {lives}: {error!r}", file=sys.stderr, flush=True)
                    os._exit(1)
                os._exit(0)
            os.close(says)
            early = rng.random() < 0.2
            if not early:
                select.select([reads], [], [], 60)  # it is up, or has ended
            # It dies in the middle of something, however fast the machine is: after so much that it wrote.
            _let(child, path, rng.randrange(min(60_000, 40 * commands)), 0.05 if early else 60)
            os.kill(child, signal.SIGKILL)
            os.close(reads)
            _, status = os.waitpid(child, 0)
            if os.WIFSIGNALED(status):
                kills += 1
            elif os.WEXITSTATUS(status):
                raise SystemExit("a host failed")
            else:
                break
    finally:
        program.close()
    return verdict(FileIntents(path), commands, seed) | {"kills": kills}


def _let(child: int, path: Path, more: int, seconds: float) -> None:
    """Until the file has grown by so many bytes, the child has ended, or that long."""
    until = time.monotonic() + seconds
    began = path.stat().st_size if path.exists() else 0
    while time.monotonic() < until:
        if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            return
        if path.exists() and path.stat().st_size - began >= more:
            return
        time.sleep(0.0005)


def verdict(intents: FileIntents, commands: int, seed: int) -> dict[str, int]:
    ends: dict[str, set[tuple[str, str | None, int]]] = {}
    numbers: dict[str, set[int]] = {}
    for item in intents.items:
        if isinstance(item, End):
            ends.setdefault(item.token, set()).add((item.stage, item.code, item.value))
        elif isinstance(item, Intent):
            numbers.setdefault(item.token, set()).add(item.number)
    intents.close()
    done = {token for token, told in ends.items() if {stage for stage, _, _ in told} == {"DONE"}}
    tokens = [str(number) for number in range(commands)]
    turned = [token for token in tokens if token in done and job(int(token), seed)[0].name == "agitate"]
    turns = sorted(value for token in turned for _, _, value in ends[token])
    stages = Counter(stage for token in tokens for stage, _, _ in ends.get(token, ()))
    return {
        "commands": commands,
        **dict(sorted(stages.items())),
        "turns by the firmware": turns[-1] if turns else 0,
        "bad: no end": sum(token not in ends for token in tokens),
        "bad: two ends": sum(len(ends.get(token, ())) > 1 for token in tokens),
        "bad: turns": 0 if turns == list(range(1, len(turned) + 1)) else 1,
        "bad: indeterminate": stages["INDETERMINATE"],
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commands", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--durable", action="store_true", help="sync every batch, as against a power cut")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        found = killed_again_and_again(given.commands, given.seed, given.durable, Path(temporary))
    for name, count in found.items():
        print(f"{name:24} {count:>10,}")
    sys.exit(any(count for name, count in found.items() if name.startswith("bad")))
