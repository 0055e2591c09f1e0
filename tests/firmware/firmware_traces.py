"""Random traces: what a host, mostly sane, says to a rig over some time.

Built from PROTOCOL.md alone; all of it follows from `rng`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from struct import pack

from firmware_builders import (
    ABORT,
    ABORT_BUTTON,
    ARM,
    BEAT,
    CANCEL,
    COMMAND,
    COMMAND_AT,
    DICTIONARY,
    DISARM,
    HELLO,
    LIMIT,
    OWN,
    PING,
    PREPARE,
    READ,
    RESEND,
    SAFE,
    STOP,
    THIRD,
    beat,
    command,
    command_at,
    nonce,
    opening,
    wire,
)

OUTPUTS = {"incubator": 1, "fluid-loop": 1, "camera": 1, "power-switch": 4, "recorder": 0}
CHANNELS = {"incubator": 2, "fluid-loop": 2, "camera": 2, "power-switch": 2, "recorder": 10}
LONG_ARGUMENT = {"incubator": (4000, 45000), "fluid-loop": (1, 200), "camera": (1, 1_000_000)}
LIMITS_AROUND = {
    "incubator": ((21_000, 30_000), (-500, 1000)),
    "fluid-loop": ((0, 150_000), (101_000, 108_000)),
    "camera": ((0, 1000), (0, 2000)),
    "power-switch": ((0, 7), (0, 2000)),
    "recorder": ((-2000, 2000), (-1999, 1999)),
}
DURATIONS = (1000, 1001, 9999, 10_000, 10_007, 60_000, 86_400_000, 604_800_000, 999)
I32 = 2**31 - 1


class Host:
    """A host that mostly knows what it is doing. `session` and `number` are what it believes the rig to hold."""

    def __init__(self, kind: str, boot: int, rng: random.Random) -> None:
        self.kind, self.boot, self.rng = kind, boot, rng
        self.session = self.number = self.tick = 0
        self.nonce = 0
        self.masks = (1 << OUTPUTS[kind]) - 1

    def words(self) -> bytes:
        """The next thing it says."""
        choices = {
            self._numbered: 45,
            self._arming: 8,
            self._timed: 8,
            self._beat: 20,
            self._open: 5,
            self._hello: 3,
            self._dictionary: 2,
            self._ping: 3,
            self._resend: 6,
            self._abort: 1,
            self._again: 6,
            self._storm: 2,
            self._nonsense: 5,
        }
        return self.rng.choices(list(choices), list(choices.values()))[0]()

    def _tag(self) -> int:
        return self.rng.randrange(65536)

    def _open(self) -> bytes:
        rng = self.rng
        version = 1 if rng.random() < 0.1 else 2
        session = self.session + (1 if rng.random() < 0.85 else rng.randrange(-1, 3))
        if self.session < session < 65536 and version == 2:
            self.session, self.number = session, 0
        return opening(session % 65536, self._tag(), rng.choice((0, 1, 1, 2, 5)), version)

    def _hello(self) -> bytes:
        return wire(HELLO, self._tag(), self._tag(), self.rng.randbytes(self.rng.randrange(3)))

    def _dictionary(self) -> bytes:
        return wire(DICTIONARY, self._tag(), self._tag(), pack("<H", self.rng.choice((0, 52, 236, 300, 1000, 65535))))

    def _ping(self) -> bytes:
        return wire(PING, self._tag(), self._tag(), self.rng.randbytes(self.rng.randrange(20)))

    def _resend(self) -> bytes:
        rng = self.rng
        newest = self.tick // 1000 if self.kind != "recorder" else self.tick
        first = rng.choice((0, 1, newest, newest + 1, newest - 5, newest - 14, newest - 17, newest - 300, 2**32 - 1))
        count = rng.choice((0, 1, 3, 10, 16, 60, 65535))
        return wire(RESEND, self.session, self._tag(), pack("<BIH", rng.randrange(11), first % 2**32, count))

    def _beat(self) -> bytes:
        return beat(self.session, self.rng.choice((0, 1, 2, 8, 255, 65535)), self._tag())

    def _abort(self) -> bytes:
        return ABORT_BUTTON if self.rng.random() < 0.5 else wire(ABORT, 9, 9, b"x")

    def _again(self) -> bytes:
        """A number that was used, or one too far on."""
        number = self.number + self.rng.choice((0, 0, -1, -2, -4, -5, -31, -32, -40, 2, 33, 32768, 32769))
        order = self._order()
        return self.rng.choice((command, lambda s, n, *o: command_at(s, n, self.tick, *o)))(
            self.session, number % 65536, *order
        )

    def _numbered(self, *order: int) -> bytes:
        self.number = (self.number + 1) % 65536
        return command(self.session, self.number, *(order or self._order()))

    def _timed(self, *order: int) -> bytes:
        self.number = (self.number + 1) % 65536
        rng = self.rng
        at = self.tick + rng.choice((0, 1, 2, 50, 500, 1000, 3000, 20_000, rng.randrange(2000), -1, 2**31 - 1, 2**31))
        return command_at(self.session, self.number, at, *(order or self._order()))

    def _arming(self) -> bytes:
        """Both steps at once, mostly right."""
        outputs = self.rng.choice((self.masks, self.masks, self.rng.randint(min(1, self.masks), self.masks)))
        said = self._numbered(PREPARE, outputs)
        self.nonce = nonce(self.boot, self.number)
        if self.rng.random() < 0.1:
            outputs = 1
        return said + self._numbered(ARM, outputs, self.nonce)

    def _storm(self) -> bytes:
        """More numbers at once than a rig keeps results of."""
        return b"".join(self.rng.choice((self._numbered, self._numbered, self._timed))() for _ in range(40))

    def _order(self) -> tuple[int, ...]:
        rng = self.rng
        orders = {
            PREPARE: 3,
            ARM: 3,
            DISARM: 3,
            SAFE: 3,
            READ: 18,
            LIMIT: 8,
            CANCEL: 4,
            OWN: 30,
            STOP: 10,
            THIRD: 8,
            77: 2,
        }
        opcode = rng.choices(list(orders), list(orders.values()))[0]
        arguments = tuple(self._arguments(opcode))
        if rng.random() < 0.04:
            arguments += (rng.randrange(-5, 5),)
        return (opcode, *arguments)

    def _arguments(self, opcode: int) -> Iterator[int]:
        rng = self.rng
        if opcode == PREPARE:
            yield rng.choice((self.masks, self.masks + 1, 0))
        elif opcode == ARM:
            yield self.masks
            yield rng.choice((self.nonce, 0, 65536))
        elif opcode == READ:
            yield rng.choice((0, 1, 0, 1, CHANNELS[self.kind], -1))
        elif opcode == LIMIT:
            channel = rng.randrange(2)
            low, high = LIMITS_AROUND[self.kind][channel]
            yield channel
            yield rng.choice((low, low, low - 200_000))
            yield rng.choice((high, high, low - 1, I32))
        elif opcode == OWN and self.kind in LONG_ARGUMENT:
            low, high = LONG_ARGUMENT[self.kind]
            yield rng.choice((low, high, rng.randint(low, high), low - 1, high + 1))
            yield rng.choice(DURATIONS)
        elif opcode in (OWN, STOP) and self.kind == "power-switch":
            yield rng.randrange(4) if rng.random() < 0.9 else 4
        elif opcode == THIRD and self.kind == "incubator":
            yield rng.choice((1, 1000, 500, 0))

    def _nonsense(self) -> bytes:
        rng, session = self.rng, self.session
        return rng.choice(
            (
                lambda: rng.randbytes(rng.randrange(1, 400)),
                lambda: b"\0" * rng.randrange(1, 4),
                lambda: wire(
                    rng.randrange(256), session, self._tag(), rng.randbytes(rng.choice((240, 241, 56, 57, 7)))
                ),
                lambda: wire(COMMAND, session, self.number, b""),
                lambda: wire(BEAT, session, 1, b"a"),
                lambda: wire(COMMAND, session, self.number, rng.randbytes(18)),
                lambda: wire(COMMAND_AT, session, self.number + 1 & 0xFFFF, rng.randbytes(4)),
                lambda: wire(RESEND, session + 1 & 0xFFFF, 1, bytes(7)),
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


def trace(kind: str, boot: int, speed: float, rng: random.Random, length: int) -> Iterator[str]:
    """Script lines: what a host says over some wall seconds, cut anywhere into reads."""
    host = Host(kind, boot, rng)
    for _ in range(length):
        pause_ms = rng.choice((0, 1, 3, 20, 130, 400, 900, 1000, rng.choice((1500, 2999, 3000, 3001, 7000, 10_000))))
        host.tick += round(pause_ms * speed) if rng.random() < 0.8 else rng.randrange(3000)
        data = b"".join(host.words() for _ in range(rng.choice((1, 1, 1, 2, 4))))
        if rng.random() < 0.04:
            data = garbled(data, rng)
        cut = rng.randrange(len(data)) if data and rng.random() < 0.1 else len(data)
        for piece in (data[:cut], data[cut:]):
            yield f"{host.tick}{rng.choice(('', '.5', '.25', '.999'))} {piece.hex() or '-'}"
            host.tick += 1
    yield f"{host.tick + round(10_000 * speed)} -"
