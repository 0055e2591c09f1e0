"""A host's side of a talk with a rig, as (when, bytes) from its boot on: for the golden vectors and the twin's tests.

When is in thousandths of a tick. The talk knows what session and number come next, and what nonce a `prepare` brings.
"""

from __future__ import annotations

import struct
from binascii import crc_hqx
from dataclasses import dataclass, field

from payload.rigs.kinds.dictionary import ARM, KINDS, PREPARE
from payload.rigs.twins import SIZES, Bytes, Twin
from payload.rigs.wire.frame import Frame, encode
from payload.rigs.wire.packet import Beat, Call, CallAt, Hello, Open, ToRig, pack

UNIT, BOOT = 0x1122334455667788, 0xC0FFEE01


def wire(*packets: ToRig | Frame) -> bytes:
    """As the host sends them: each with its leading delimiter."""
    return b"".join(b"\0" + encode(p if isinstance(p, Frame) else pack(p)) for p in packets)


def nonce(number: int, boot: int = BOOT) -> int:
    return (boot ^ 40503 * number) & 0xFFFF


def armed(session: int = 1, mask: int = 1, boot: int = BOOT, number: int = 1) -> tuple[Call, Call]:
    """prepare and arm, as two commands from `number` on."""
    return (
        Call(session, number, PREPARE, (mask,)),
        Call(session, number + 1 & 0xFFFF, ARM, (mask, nonce(number, boot))),
    )


@dataclass
class Talk:
    """`speed` is a decimal; `at` of the methods is in ticks, whole or not."""

    kind: str
    speed: str = "1"
    size: str = "full"
    nvm: bytes | None = None
    boot: int = BOOT
    unit: int = UNIT
    session: int = 0
    number: int = 0
    steps: list[tuple[int, bytes]] = field(default_factory=list)

    @staticmethod
    def shown(at: int) -> str:
        return f"{at / 1000:.3f}".rstrip("0").rstrip(".") if at % 1000 else str(at // 1000)

    def twin(self, **more: object) -> Twin:
        memory = Bytes(bytearray(self.nvm)) if self.nvm else None
        speed_milli = round(float(self.speed) * 1000)
        size = SIZES[self.size]
        return Twin(self.kind, unit=self.unit, boot=self.boot, speed_milli=speed_milli, size=size, nvm=memory, **more)  # type: ignore[arg-type]  # named options

    def raw(self, at: float, data: bytes = b"") -> Talk:
        return self.put(round(at * 1000), data)

    def put(self, when: int, data: bytes) -> Talk:
        """Steps are kept in order of time; those of one moment as they were said. `when` is in thousandths."""
        place = len(self.steps)
        while place and self.steps[place - 1][0] > when:
            place -= 1
        self.steps.insert(place, (when, data))
        return self

    def say(self, at: float, *packets: ToRig | Frame) -> Talk:
        return self.raw(at, wire(*packets))

    def open(self, at: float = 5, flush: int = 1) -> Talk:
        self.session, self.number = self.session + 1, 0
        return self.say(at, Open(self.session, 2, flush))

    def call(self, at: float, opcode: int, *arguments: int) -> Talk:
        self.number = self.number + 1 & 0xFFFF
        return self.say(at, Call(self.session, self.number, opcode, arguments))

    def call_at(self, at: float, when: int, opcode: int, *arguments: int) -> Talk:
        """A command sent at `at` for the tick `when`."""
        self.number = self.number + 1 & 0xFFFF
        return self.say(at, CallAt(self.session, self.number, when & 0xFFFFFFFF, opcode, arguments))

    def arm(self, at: float = 10, mask: int | None = None) -> Talk:
        """prepare, and arm at the same moment."""
        mask = KINDS[self.kind].all_outputs if mask is None else mask
        self.call(at, PREPARE, mask)
        return self.call(at, ARM, mask, nonce(self.number, self.boot))

    def ready(self) -> Talk:
        """Greeted, opened and armed by tick 10."""
        return self.say(0, Hello(1)).open().arm()

    def beats(self, start: float, end: float, credit: int = 8, every: float = 1000) -> Talk:
        at, tag = start, 100
        while at < end:
            self.say(at, Beat(self.session, tag, credit))
            at, tag = at + every, tag + 1
        return self

    def record(self, *fields: int, place: int = 0, count: int = 1) -> Talk:
        """Non-volatile memory with a record in it: boot, session, id, stage."""
        memory = bytearray(self.nvm or b"\xff" * 64)
        raw = struct.pack("<BIHHB", count, *fields)
        memory[12 * place : 12 * place + 12] = raw + crc_hqx(raw, 0xFFFF).to_bytes(2, "little")
        self.nvm = bytes(memory)
        return self
