"""A host that is killed while its rig heats: what the rig's own pin log says of the end of its lease."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from random import Random

from emulated_builders import HELLO, LEASE_MS, MS, PATIENCE_S, OnWire, fresh, greet, tick_zero_ns
from firmware_builders import wire

from payload.rigs.programs.emulators import emulator_command

UNIT, BOOT = 0xABC, 0x77


class Killed:
    """Rig and host as processes of their own; the host is killed by SIGKILL after some BEATs."""

    def __init__(self, folder: Path, rng: Random) -> None:
        folder.mkdir()
        self._pins, link = folder / "pins", folder / "port"
        self._rig = subprocess.Popen(
            [
                *emulator_command("x", "incubator", "simavr"),
                *("--link", str(link), "--pins", str(self._pins), "--unit", f"{UNIT:x}", "--boot", f"{BOOT:x}"),
            ],
            stdout=subprocess.PIPE,
        )
        assert self._rig.stdout is not None
        self._rig.stdout.readline()
        host = Path(__file__).with_name("emulated_host.py")
        self._host = subprocess.Popen([sys.executable, str(host), str(link)], stdout=subprocess.PIPE, text=True)
        self._beats, self._link = rng.randrange(15, 35), link

    def kill(self) -> None:
        """Waits for some beats, so that the heater is on, then kills the host."""
        assert self._host.stdout is not None
        self._said = [self._host.stdout.readline() for _ in range(2 * self._beats)]
        self._host.send_signal(signal.SIGKILL)
        self._said += self._host.stdout.readlines()
        self._host.wait(PATIENCE_S)
        self._host.stdout.close()

    def late_ns(self) -> int | None:
        """How long after the end of the lease that the last BEAT began the pin fell, in the rig's own time; None when
        the host died between a BEAT and its answer: nobody knows which was the last then."""
        self._await_safe()
        self._rig.terminate()
        self._rig.communicate(timeout=PATIENCE_S)
        said = [line for line in self._said if line.endswith("\n")]
        if not said or said[-1] == "b\n":
            return None
        tick = int(said[-1].split()[0])
        ends_ns = tick_zero_ns(fresh(unit=UNIT, boot=BOOT)) + (tick + LEASE_MS) * MS
        at_ns, level = [self._edge(line) for line in self._pins.read_text().splitlines()][-1]
        assert level == 0
        return at_ns - ends_ns

    def _await_safe(self) -> None:
        """Asks, which gives no lease, until it is SAFE."""
        talk = OnWire(os.open(self._link, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK))
        talk.say(wire(HELLO, 0, 0))
        heard = b""
        while b"\0" not in heard:  # it may begin with half a frame that was for the one who died
            select.select([talk.fd], [], [], PATIENCE_S)
            heard += os.read(talk.fd, 4096)
        talk.rest = heard.partition(b"\0")[2]
        while greet(talk).state != 0:
            pass
        os.close(talk.fd)

    @staticmethod
    def _edge(line: str) -> tuple[int, int]:
        at, pin, level = line.split()
        assert pin == "B0"
        ms, _, us = at.partition(".")
        return (int(ms) * 1000 + int(us)) * 1000, int(level)


def kills(count: int, folder: Path, seed: str) -> list[int]:
    """Of so many hosts killed, all at work at once, how late the pin fell; some more are killed than can be counted."""
    counted: list[int] = []
    rounds = 0
    while len(counted) < count:
        rounds += 1
        rng = Random(f"{seed}/{rounds}")
        killed = [Killed(folder / f"{rounds}-{place}", rng) for place in range(min(count - len(counted), 10))]
        for each in killed:
            each.kill()
        counted += [late for each in killed if (late := each.late_ns()) is not None]
    return counted
