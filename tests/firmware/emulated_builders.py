"""The firmware in emulators, and what a test says to it: PROTOCOL.md's words, on a virtual line, a socket, a PTY."""

from __future__ import annotations

import fcntl
import os
import select
import shutil
import socket
import struct
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

import pytest
from firmware_builders import FIRMWARE, Heard, hear, wire

from payload.rigs.programs.avr import LockstepAvr

MS = 1_000_000
PATIENCE_S = 30.0  # for what a correct program does within milliseconds, on a machine that may be busy

HELLO, OPEN, COMMAND, BEAT, ABORT, DICTIONARY, PING, RESEND, COMMAND_AT = range(0x01, 0x0A)
(HELLO_REPLY, OPENED, STAGE, BEAT_REPLY, ABORTED, HOUSEKEEPING, TELEMETRY, DICTIONARY_PART, PONG, GONE) = range(
    0x81, 0x8B
)
NAK = 0x8F
PREPARE, ARM, DISARM, SAFE, READ, LIMIT, CANCEL, LONG, OFF, AGITATE = (*range(1, 8), 16, 17, 18)
DONE = 5
LEASE_MS = 3_000
BYTE_NS = 85_000
"""Of the AVR's line: 17 * 8 cycles of the divisor a bit, 10 bits."""
KINDS = ("incubator", "fluid-loop", "camera", "power-switch", "recorder")
AVR_KINDS = KINDS[:4]

NEEDS = {
    "host": ("cc", "gcc"),
    "asan": ("cc", "gcc"),
    "avr": ("avr-gcc", "gcc-avr avr-libc"),
    "arm": ("clang", "clang lld"),
    "runner": ("cc", "gcc libsimavr-dev libelf-dev"),
}


def built(*targets: str) -> None:
    """Makes these targets of the firmware. Skips where what they need is missing, but fails in CI."""
    missing = [NEEDS[target] for target in targets if shutil.which(NEEDS[target][0]) is None]
    if "runner" in targets and not os.path.exists("/usr/include/simavr/sim_avr.h"):
        missing.append(("simavr/sim_avr.h", NEEDS["runner"][1]))
    if "arm" in targets and shutil.which("qemu-system-arm") is None:
        missing.append(("qemu-system-arm", "qemu-system-arm"))
    if missing:
        reason = "; ".join(f"{tool} not found (Debian: apt-get install {packages})" for tool, packages in missing)
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    (FIRMWARE / "build").mkdir(exist_ok=True)
    with open(FIRMWARE / "build" / ".lock", "w") as lock:  # several workers may want to build at the same time
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = subprocess.run(["make", "-C", FIRMWARE, *targets], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        pytest.fail(f"the firmware does not build:\n{made.stdout}{made.stderr}", pytrace=False)


def order(session: int, number: int, opcode: int, *arguments: int) -> bytes:
    return wire(COMMAND, session, number, struct.pack(f"<B{len(arguments)}i", opcode, *arguments))


def beat(session: int, tag: int = 0, credit: int = 16) -> bytes:
    return wire(BEAT, session, tag, struct.pack("<H", credit))


def opening(session: int) -> bytes:
    return wire(OPEN, session, 0, bytes([2, 1]))


@dataclass(frozen=True, slots=True)
class Met:
    """What a HELLO_REPLY says, as far as tests ask."""

    version: int
    kind: int
    unit: int
    boot: int
    cause: int
    state: int
    reason: int
    window: int
    body: int
    tick: int
    speed: int
    bad_frames: int
    journal: tuple[int, int, int, int]  # boot, session, id, stage

    @staticmethod
    def of(heard: Heard) -> Met:
        assert (heard.type, len(heard.body)) == (HELLO_REPLY, 56)
        version, kind, unit, boot, cause, state, reason = struct.unpack_from("<BBQIBBB", heard.body)
        window, body = heard.body[26:28]
        tick, speed, bad = struct.unpack_from("<IIH", heard.body, 32)
        journal = struct.unpack_from("<IHHB", heard.body, 47)
        return Met(version, kind, unit, boot, cause, state, reason, window, body, tick, speed, bad, journal)


class Talk(Protocol):
    """A conversation with a rig: `say` puts bytes on its line, `until` gives all frames up to the first wanted one."""

    def say(self, data: bytes) -> None: ...

    def until(self, wanted: Callable[[Heard], bool], patience_s: float = ...) -> list[Heard]: ...


def ask(talk: Talk, words: bytes, answer: int, patience_s: float = PATIENCE_S) -> Heard:
    """Says it; the first frame of the type that answers it. Raises TimeoutError without one."""
    talk.say(words)
    return talk.until(lambda heard: heard.type == answer, patience_s)[-1]


def greet(talk: Talk, patience_s: float = PATIENCE_S) -> Met:
    return Met.of(ask(talk, wire(HELLO, 0, 1), HELLO_REPLY, patience_s))


def greet_as_hosts_do(talk: Talk) -> Met:
    """Says HELLO again each quarter second: a part that is booting may miss the first ones."""
    for tag in range(2, 2 + int(4 * PATIENCE_S)):
        talk.say(wire(HELLO, 0, tag))
        with suppress(TimeoutError):
            return Met.of(talk.until(lambda heard, tag=tag: (heard.type, heard.number) == (HELLO_REPLY, tag), 0.25)[-1])
    raise TimeoutError(f"no answer to HELLO within {PATIENCE_S} s")


@dataclass
class OnAvr:
    """A conversation in virtual time."""

    avr: LockstepAvr
    rest: bytes = b""

    def say(self, data: bytes) -> None:
        self.rest += self.avr.advance(self.avr.now_ns, data)[1]

    def until(self, wanted: Callable[[Heard], bool], patience_s: float = 2.0) -> list[Heard]:
        """Raises TimeoutError when that does not come."""
        heard: list[Heard] = []
        end = self.avr.now_ns + round(min(patience_s, 2.0) * 1000) * MS
        while not heard or not wanted(heard[-1]):
            if self.avr.now_ns >= end:
                raise TimeoutError(f"nothing more after {heard}")
            self.rest += self.avr.advance(end, b"")[1]
            if self.rest.endswith(b"\0"):
                heard += hear(self.rest)
                self.rest = b""
        return heard

    def boots(self) -> OnAvr:
        """Lets it begin: what comes before its line is set up is lost."""
        self.pass_ms(25)
        return self

    def pass_ms(self, length_ms: int) -> list[Heard]:
        """Lets time pass; what is heard meanwhile. Half a frame is heard with its end."""
        end = self.avr.now_ns + length_ms * MS
        heard = []
        while self.avr.now_ns < end:
            self.rest += self.avr.advance(end, b"")[1]
            if self.rest.endswith(b"\0"):
                heard += hear(self.rest)
                self.rest = b""
        return heard


@dataclass
class OnWire:
    """A conversation over a descriptor: a socket's, a PTY's."""

    fd: int
    rest: bytes = field(default=b"")

    def say(self, data: bytes) -> None:
        while data:
            select.select([], [self.fd], [], PATIENCE_S)
            data = data[os.write(self.fd, data) :]

    def until(self, wanted: Callable[[Heard], bool], patience_s: float = PATIENCE_S) -> list[Heard]:
        """Raises TimeoutError when that does not come."""
        heard: list[Heard] = []
        end = time.monotonic() + patience_s
        while not heard or not wanted(heard[-1]):
            whole, found, rest = self.rest.partition(b"\0")
            if found:
                self.rest = rest
                heard += hear(whole + b"\0")
                continue
            if not select.select([self.fd], [], [], max(0.0, end - time.monotonic()))[0]:
                raise TimeoutError(f"nothing more after {heard}")
            self.rest += os.read(self.fd, 4096)
        return heard


def on_socket(line: socket.socket) -> OnWire:
    return OnWire(line.fileno())


# -- stories on an AVR -------------------------------------------------------------------------------------------


def fresh(kind: str = "incubator", *, boot: int = 7, unit: int | None = None, speed_milli: int = 1000) -> OnAvr:
    return OnAvr(LockstepAvr(kind, boot=boot, unit=unit, speed_milli=speed_milli)).boots()


def heating(talk: Talk) -> int:
    """Opens, arms and heats, at full power from the next plant step on. The last number used."""
    ask(talk, opening(1), OPENED)
    nonce = struct.unpack_from("<i", ask(talk, order(1, 1, PREPARE, 1), STAGE).body, 7)[0]
    assert ask(talk, order(1, 2, ARM, 1, nonce), STAGE).body[0] == DONE
    talk.say(order(1, 3, LONG, 45_000, 600_000))
    talk.until(lambda heard: heard.type == STAGE and heard.number == 3)
    return 3


def tick_zero_ns(talk: OnAvr) -> int:
    """The instant of tick 0, from a PING whose delimiter's arrival is known."""
    words = wire(PING, 0, 9)
    arrived = talk.avr.now_ns + len(words) * BYTE_NS
    tick, thousandths = struct.unpack("<IH", ask(talk, words, PONG).body)
    return arrived - (int(tick) * 1000 + int(thousandths)) * 1000


def safe_after_lease_ns(rng: Random) -> int:
    """A heater at full power, BEATs for a while, then none, and perhaps a command that keeps the part busy with its
    EEPROM just when the lease ends: how long after its end the pin falls."""
    talk = fresh()
    zero_ns = tick_zero_ns(talk)
    number = heating(talk)
    talk.pass_ms(rng.randrange(1, 900))
    for _ in range(rng.randrange(1, 3)):
        talk.pass_ms(rng.randrange(1, 1000))
        stamp = struct.unpack_from("<I", ask(talk, beat(1), BEAT_REPLY).body, 14)
    if rng.random() < 0.4:
        talk.pass_ms(LEASE_MS - rng.randrange(5, 60))
        talk.say(order(1, number + 1, AGITATE, 1))
    talk.pass_ms(LEASE_MS + 100)
    last = talk.avr.pin_log()[-1]
    assert (last.pin, last.level) == ("B0", 0), last
    return last.at_ns - (zero_ns + (int(stamp[0]) + LEASE_MS) * MS)
