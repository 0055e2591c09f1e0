"""The twin and the firmware answer alike, byte for byte and to the millisecond, whatever a host says or garbles.

Every trace follows from its seed: when a case fails, its name gives it back.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from firmware_builders import (
    ABORT,
    ABORT_BUTTON,
    ARM,
    BEAT,
    COMMAND,
    DISARM,
    ERASE,
    HELLO,
    HOUSEKEEPING,
    KINDS,
    LIMIT,
    LONG,
    NAK,
    OPEN,
    OPENED,
    READ,
    SAFE,
    STAGE,
    STOP,
    command,
    hear,
    play,
    wire,
)

from payload.rigs.twins import Twin, script

SPEEDS = ("1", "0.5", "0.001", "7.001", "60", "1200")
LONG_ARGUMENT = {"incubator": (4000, 45000), "fluid-loop": (1, 200), "camera": (1, 1_000_000)}
LIMIT_AROUND = {"incubator": ((21_000, 30_000), (-500, 1000)), "fluid-loop": ((0, 150_000), (101_000, 108_000))}


class Host:
    """A host that mostly knows what it is doing. `session` and `number` are what it believes the rig to hold."""

    def __init__(self, kind: str, rng: random.Random) -> None:
        self.kind, self.rng = kind, rng
        self.session = self.number = 0

    def words(self) -> bytes:
        """The next thing it says."""
        choices = {
            self._numbered: 55,
            self._beat: 20,
            self._open: 7,
            self._hello: 5,
            self._abort: 2,
            self._again: 6,
            self._storm: 2,
            self._nonsense: 5,
        }
        return self.rng.choices(list(choices), list(choices.values()))[0]()

    def _open(self) -> bytes:
        rng = self.rng
        version = b"\2" if rng.random() < 0.1 else b"\1"
        session = self.session + (1 if rng.random() < 0.85 else rng.randrange(-1, 3))
        if session > self.session and session < 65536 and version == b"\1":
            self.session, self.number = session, 0
        return wire(OPEN, session % 65536, rng.randrange(65536), version)

    def _hello(self) -> bytes:
        return wire(
            HELLO, self.rng.randrange(65536), self.rng.randrange(65536), self.rng.randbytes(self.rng.randrange(3))
        )

    def _beat(self) -> bytes:
        return wire(BEAT, self.session, self.rng.randrange(65536), bytes([self.rng.choice((0, 1, 2, 8, 255))]))

    def _abort(self) -> bytes:
        return ABORT_BUTTON if self.rng.random() < 0.5 else wire(ABORT, 9, 9, b"x")

    def _again(self) -> bytes:
        """A number that was used, or one too far on."""
        number = self.number + self.rng.choice((0, 0, -1, -5, -31, -32, -40, 2, 33, 32768, 32769))
        return command(self.session, number % 65536, *self._order())

    def _numbered(self) -> bytes:
        self.number = (self.number + 1) % 65536
        return command(self.session, self.number, *self._order())

    def _storm(self) -> bytes:
        """More numbers at once than the window has room for, should a long command run."""
        return b"".join(self._numbered() for _ in range(40))

    def _order(self) -> tuple[int, ...]:
        rng = self.rng
        orders = {ARM: 25, DISARM: 3, SAFE: 4, READ: 18, LIMIT: 8, LONG: 30, STOP: 10, ERASE: 4, 77: 2}
        opcode = rng.choices(list(orders), list(orders.values()))[0]
        if opcode == READ:
            return opcode, rng.choice((0, 1, 0, 1, 2, -1))
        if opcode == LIMIT:
            channel = rng.randrange(2)
            low, high = LIMIT_AROUND.get(self.kind, ((0, 1000), (0, 2000)))[channel]
            return opcode, channel, rng.choice((low, low, low - 200_000)), rng.choice((high, high, low - 1, 2**31 - 1))
        if opcode == LONG:
            low, high = LONG_ARGUMENT[self.kind]
            length = rng.choice((1000, 1001, 9999, 10_000, 10_007, 60_000, 86_400_000, 604_800_000, 999))
            return opcode, rng.choice((low, high, rng.randint(low, high), low - 1, high + 1)), length
        if rng.random() < 0.05:
            return opcode, rng.randrange(-5, 5)
        return (opcode,)

    def _nonsense(self) -> bytes:
        rng = self.rng
        return rng.choice(
            (
                lambda: rng.randbytes(rng.randrange(1, 400)),
                lambda: b"\0" * rng.randrange(1, 4),
                lambda: wire(rng.randrange(256), self.session, rng.randrange(65536), rng.randbytes(rng.randrange(241))),
                lambda: wire(COMMAND, self.session, self.number, b""),
                lambda: wire(BEAT, self.session, 1, b"ab"),
                lambda: wire(COMMAND, self.session, self.number, rng.randbytes(18)),
            )
        )()


def garbled(data: bytes, rng: random.Random) -> bytes:
    """A flipped bit, a lost byte, a byte twice, or the end cut off."""
    at = rng.randrange(len(data))
    return rng.choice(
        (
            data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :],
            data[:at] + data[at + 1 :],
            data[:at] + data[at : at + 1] + data[at:],
            data[:at],
        )
    )


def trace(kind: str, rng: random.Random, length: int) -> Iterator[str]:
    """Script lines: what a host says over some wall seconds, cut anywhere into reads."""
    host = Host(kind, rng)
    at = 0
    for _ in range(length):
        at += rng.choice((0, 1, 3, 20, 130, 400, 900, 1000, rng.choice((1500, 2999, 3000, 3001, 7000))))
        data = b"".join(host.words() for _ in range(rng.choice((1, 1, 1, 2, 4))))
        if rng.random() < 0.04:
            data = garbled(data, rng)
        cut = rng.randrange(len(data)) if data and rng.random() < 0.1 else len(data)
        for piece in (data[:cut], data[cut:]):
            yield f"{at} {piece.hex() or '-'}"
        if rng.random() < 0.05:
            yield f"{at} -"
    yield f"{at + 10_000} -"


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("kind", KINDS)
def test_any_trace(kind: str, seed: int, rig: Path) -> None:
    rng = random.Random(f"{kind}/{seed}")
    speed = SPEEDS[seed % len(SPEEDS)]
    boot, unit = rng.randrange(1, 2**32), rng.randrange(2**64)
    lines = list(trace(kind, rng, 250))
    twin = Twin(kind, unit=unit, boot=boot, speed_milli=round(float(speed) * 1000))
    assert play(rig, lines, kind, "--unit", f"{unit:x}", "--boot", f"{boot:x}", "--speed", speed) == list(
        script(twin, lines)
    )


def test_traces_reach_everything(builds: dict[str, Path]) -> None:
    """The traces are worth their name: between them they bring about every stage, every NAK and every reason."""
    seen: dict[str, set[int]] = {"type": set(), "stage": set(), "code": set(), "nak": set(), "reason": set()}
    for kind in KINDS:
        for seed in range(12):
            lines = list(trace(kind, random.Random(f"reach/{kind}/{seed}"), 250))
            said = play(builds["host"], lines, kind, "--speed", SPEEDS[seed % len(SPEEDS)])
            for frame in hear(b"".join(bytes.fromhex(line.split()[1]) for line in said)):
                seen["type"].add(frame.type)
                if frame.type == STAGE:
                    seen["stage"].add(frame.body[0])
                    seen["code"].add(frame.body[1])
                elif frame.type == NAK:
                    seen["nak"].add(frame.body[0])
                elif frame.type == HOUSEKEEPING:
                    seen["reason"].add(frame.body[1])
    assert seen == {
        "type": {*range(0x81, 0x88), NAK},
        "stage": {1, 2, 3, 4, 5, 6, 8},  # 7 LATE is reserved
        "code": {*range(9), 0x10, 0x22, 0x23, 0x24, 0x25, 0x26},
        "nak": set(range(0x40, 0x47)),
        "reason": set(range(7)),
    }


def test_numbers_and_sessions_at_their_ends(builds: dict[str, Path]) -> None:
    """Command numbers go on from 65535 to 0; a session is never followed by a smaller one, nor knows the one before."""
    taken = [number % 65536 for number in range(1, 65536 + 20)]  # ends with 19
    said = [
        wire(OPEN, 65534, 0, b"\1"),
        *(command(65534, number, READ, 0) for number in taken),
        *(command(65534, number, READ, 0) for number in (19, 0, 65524, 65523, 19 + 32768, 19 + 32769)),
        *(wire(OPEN, session, 7, b"\1") for session in (65534, 65533, 65535, 1, 0)),
        command(65535, 0, READ, 0),
        wire(HELLO),
    ]
    lines = [f"1 {data.hex()}" for data in said]
    frames = hear(b"".join(bytes.fromhex(line.split()[1]) for line in play(builds["host"], lines, "camera")))
    assert [frame.number for frame in frames if frame.type == STAGE and frame.body[0] == 5] == [*taken, 19, 0, 65524]
    assert [(frame.session, frame.number, frame.body[0]) for frame in frames if frame.type == NAK] == [
        (65534, 65523, 0x43),  # 33 numbers back: forgotten
        (65534, 19 + 32768, 0x42),  # RFC 1982 leaves it open which comes first; the protocol says a gap
        (65534, 19 + 32769, 0x43),
        (65533, 7, 0x41),
        (1, 7, 0x41),
        (0, 7, 0x41),
        (65535, 0, 0x43),  # a number of the session before
    ]
    assert [(frame.session, frame.number) for frame in frames if frame.type == OPENED] == [
        (65534, 0),
        (65534, 7),
        (65535, 7),
    ]
    assert struct.unpack_from("<HHI", frames[-1].body, 18) == (65535, 0, 0)  # session, last number, finished
