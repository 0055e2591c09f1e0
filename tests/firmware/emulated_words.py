"""A random host: what it says follows from kind, seed and boot id, never from an answer."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from emulated_builders import (
    ABORT,
    AGITATE,
    ARM,
    BEAT,
    CANCEL,
    COMMAND,
    COMMAND_AT,
    DICTIONARY,
    DISARM,
    HELLO,
    LIMIT,
    LONG,
    OFF,
    OPEN,
    PING,
    PREPARE,
    READ,
    RESEND,
    SAFE,
)
from firmware_builders import wire

from payload.rigs.twins.size import Size

ABORT_BUTTON = bytes.fromhex("000205010101035b3200")


@dataclass(frozen=True, slots=True)
class About:
    """What a history has to know of a kind: its outputs, its own commands' arguments, its channels' limits."""

    outputs: int  # mask
    own: dict[int, tuple[tuple[int, int], ...]]
    limits: tuple[tuple[int, int], ...]
    timeless: tuple[int, ...]  # own commands whose outcome does not depend on time


DURATION = (1000, 604_800_000)
KINDS = {
    "incubator": About(
        1,
        {LONG: ((4000, 45_000), DURATION), OFF: (), AGITATE: ((1, 1000),)},
        ((-5000, 50_000), (-1000, 1000)),
        (17, 18),
    ),
    "fluid-loop": About(1, {LONG: ((1, 200), DURATION), OFF: ()}, ((0, 250_000), (80_000, 130_000)), (17,)),
    "camera": About(1, {LONG: ((1, 1_000_000), DURATION), OFF: (), 18: ()}, ((0, 1_000_000), (0, 1_000_000)), (17, 18)),
    "power-switch": About(15, {16: ((0, 3),), OFF: ((0, 3),)}, ((0, 15), (0, 6000)), (16, 17)),
    "recorder": About(0, {}, ((-2000, 2000),) * 10, ()),
}


@dataclass
class Host:
    """A host that mostly knows what it is doing. `session` and `number` are what it believes the rig to hold."""

    kind: str
    boot: int
    rng: Random
    size: Size
    timed: bool
    session: int = 0
    number: int = 0
    nonce: tuple[int, int] = (0, 0)  # the number of the last `prepare` and its outputs
    before: int = 0  # the last opcode
    at: int = 0  # the tick at which it speaks, for timed commands

    def word(self) -> bytes:
        """The next frame, or what was meant to be one."""
        choices = {
            self._numbered: 50,
            self._timed: 8,
            self._beat: 16 if self.timed else 0,
            self._open: 3,
            self._hello: 3,
            self._ask: 8,
            self._abort: 1,
            self._again: 5,
            self._nonsense: 4,
        }
        return self.rng.choices(list(choices), list(choices.values()))[0]()

    def beat(self) -> bytes:
        credit = self.rng.choice((0, 1, 3, 64)) if self.timed and self.kind != "recorder" else 0
        return wire(BEAT, self.session, self.rng.randrange(65536), struct.pack("<H", credit))

    _beat = beat

    def opening(self) -> bytes:
        self.session, self.number = self.session + 1, 0
        return wire(OPEN, self.session, 0, b"\2\1")

    def _open(self) -> bytes:
        rng = self.rng
        version = 3 if rng.random() < 0.1 else 2
        session = (self.session + (1 if rng.random() < 0.85 else rng.randrange(-1, 3))) % 65536
        if session > self.session and version == 2:
            self.session, self.number = session, 0
        return wire(OPEN, session, rng.randrange(65536), bytes([version, rng.choice((0, 1, 2, 7))]))

    def _hello(self) -> bytes:
        return wire(
            HELLO, self.rng.randrange(65536), self.rng.randrange(65536), self.rng.randbytes(self.rng.randrange(3))
        )

    def _ask(self) -> bytes:
        """What needs no number."""
        rng = self.rng
        far = rng.choice((1 << 30, 1 << 31, (1 << 31) - 1))
        first = rng.choice((rng.randrange(200), max(self.at // 1000 - 5, 0), far)) if self.timed else 1 << 30
        stream = rng.randrange(len(KINDS[self.kind].limits) + 1)
        return rng.choice(
            (
                wire(PING, rng.randrange(9), 65535, rng.randbytes(rng.randrange(5))),
                wire(DICTIONARY, 0, rng.randrange(9), struct.pack("<H", rng.choice((0, 52, 300, 65535)))),
                wire(RESEND, self.session, rng.randrange(9), struct.pack("<BIH", stream, first, rng.randrange(0, 20))),
            )
        )

    def _abort(self) -> bytes:
        return ABORT_BUTTON if self.rng.random() < 0.5 else wire(ABORT, 9, 9, b"x")

    def _order(self) -> tuple[int, ...]:
        rng, about = self.rng, KINDS[self.kind]
        orders = {PREPARE: 12, ARM: 16, DISARM: 2, SAFE: 3, READ: 14, LIMIT: 6, CANCEL: 4, 77: 1}
        orders |= dict.fromkeys(about.own, 16)
        opcode = rng.choices(list(orders), list(orders.values()))[0]
        if rng.random() < 0.5:  # what belongs together
            opcode = {PREPARE: ARM, ARM: LONG if LONG in about.own else opcode}.get(self.before, opcode)
        self.before = opcode
        if opcode == READ and self.kind == "recorder" and not self.timed:
            return opcode, len(about.limits)  # its channels run with the time
        if rng.random() < 0.03:
            return opcode, *(rng.randrange(-5, 5) for _ in range(rng.randrange(4)))
        if opcode == PREPARE:
            outputs = rng.choice((about.outputs, about.outputs, rng.randrange(18)))
            self.nonce = (self.number, outputs)
            return opcode, outputs
        if opcode == ARM:
            number, outputs = self.nonce
            nonce = (self.boot ^ 40503 * number) % 65536
            return opcode, outputs, nonce if rng.random() < 0.9 else rng.randrange(65536)
        if opcode == READ:
            return opcode, rng.randrange(-1, len(about.limits) + 1) if rng.random() < 0.2 else rng.randrange(
                len(about.limits)
            )
        if opcode == LIMIT:
            channel = rng.randrange(len(about.limits))
            low, high = about.limits[channel]
            if self.timed and rng.random() < 0.3:
                low = rng.randint(low, high)
            return (
                opcode,
                channel,
                rng.choice((low, low, low, low - 1)),
                rng.choice((high, high, high, high + 1, low - 1)),
            )
        if opcode in about.own:
            return opcode, *self._arguments(about, opcode)
        return (opcode,)

    def _arguments(self, about: About, opcode: int) -> Iterator[int]:
        rng = self.rng
        ranges = about.own[opcode]
        bad = rng.random() < 0.1 or not (self.timed or opcode in about.timeless)
        wrong = rng.randrange(len(ranges)) if bad and ranges else -1
        for place, (low, high) in enumerate(ranges):
            if place == wrong:
                yield rng.choice((low - 1, high + 1))
            elif (low, high) == DURATION:
                yield rng.choice((1000, 1001, 9999, 10_000, 10_007, 60_000, 86_400_000))
            else:
                yield rng.choice((low, high, rng.randint(low, high)))

    def _numbered(self) -> bytes:
        self.number = (self.number + 1) % 65536
        return wire(COMMAND, self.session, self.number, pack(self._order()))

    def _timed(self) -> bytes:
        self.number = (self.number + 1) % 65536
        rng = self.rng
        ahead = rng.choice((1, 100, 900, 2500, 20_000)) if self.timed else 1 << 30
        at = (
            rng.choice((self.at + ahead, self.at + ahead, self.at - 5000))
            if self.timed
            else rng.choice((ahead, 3 << 30))
        )
        return wire(COMMAND_AT, self.session, self.number, struct.pack("<I", at % (1 << 32)) + pack(self._order()))

    def _again(self) -> bytes:
        """A number that was used, or one too far on."""
        number = self.number + self.rng.choice((0, 0, 0, -1, -3, -5, -31, -32, -40, 2, 33, 32768, 32769))
        return wire(COMMAND, self.session, number % 65536, pack((CANCEL,)))

    def _nonsense(self) -> bytes:
        rng, most = self.rng, self.size.body
        good = wire(PING, 1, 65535, b"abc")
        cut = rng.randrange(1, len(good) - 1)
        return rng.choice(
            (
                bytes(rng.randrange(1, 256) for _ in range(rng.randrange(1, most + 30))),
                b"\0" * rng.randrange(1, 4),
                good[:cut] + bytes([good[cut] ^ 1 << rng.randrange(8)]) + good[cut + 1 :],
                good[:cut] + good[cut + 1 :],
                wire(
                    rng.choice((0x0A, 0x40, 0x7F, 0x80, 0x83, 0xFF)),
                    self.session,
                    5,
                    rng.randbytes(rng.randrange(most + 1)),
                ),
                wire(COMMAND, self.session, self.number, b""),
                wire(BEAT, self.session, 1, b"abc"),
                wire(COMMAND, self.session, self.number, rng.randbytes(18)),
            )
        )


def pack(order: tuple[int, ...]) -> bytes:
    return struct.pack(f"<B{len(order) - 1}i", *order)
