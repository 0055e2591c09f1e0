"""The dialect of Modbus RTU: registers read and written, one frame each way. pymodbus makes and judges the frames.

A Modbus RTU reply says neither which question it answers nor which address it was read from. What tells a late one:

    shape  a read asks for more registers around the wanted ones, as far as the instrument's map allows (`span`), and
           each read for another number of them than the reads before it: a reply of another length is a stranger
    fence  after each reply one more exchange that only this moment can have: a loopback of a random number (function 8,
           sub-function 0) where the instrument has it, else two reads of other shapes. An instrument answers in order:
           if the reply was an older one, its own comes next, in place of the fence's, and both are thrown away

Any surprise is quarantine: the line is drained for longer than the slowest reply.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import TYPE_CHECKING, Any

from payload.rigs.adapters.conversation import Answer, Heard, More, Stray
from payload.rigs.adapters.extras import require

if TYPE_CHECKING:
    from pymodbus.framer import FramerRTU

HOLDING, INPUT = 3, 4
_WRITE_ONE, _LOOPBACK, _WRITE_MANY = 6, 8, 16
_LONGEST = 125  # registers in one read, Modbus Application Protocol 1.1b3, 6.3

REASONS = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
    5: "acknowledge: it is still at work",
    6: "device busy",
    8: "memory parity error",
}


class Fence(Enum):
    LOOPBACK = "loopback"
    READ = "read"
    NONE = "none"


_FENCES = {Fence.LOOPBACK: 1, Fence.READ: 2, Fence.NONE: 0}
"""How many exchanges follow each reply."""


@dataclass(frozen=True, slots=True)
class Span:
    """Registers that may be read in one piece: `length` of them from `start` in `table` (3 holding, 4 input)."""

    start: int
    length: int
    table: int = HOLDING


@dataclass(frozen=True, slots=True)
class Read:
    """`count` registers from `address`, which lie in `span`."""

    address: int
    count: int
    span: Span


@dataclass(frozen=True, slots=True)
class Write:
    """Holding registers from `address` on; `many` asks for function 16 even for one of them."""

    address: int
    values: tuple[int, ...]
    many: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """The instrument's exception reply."""

    code: int

    def __str__(self) -> str:
        return REASONS.get(self.code, f"exception {self.code}")


class Frames:
    """Frames to one unit of a line. `ground` is a span that may always be read, for fences and challenges."""

    numbered = False

    def __init__(self, unit: int, fence: Fence, ground: Span, rng: Random) -> None:
        self.fence = fence
        self._unit, self._ground, self._rng = unit, ground, rng
        self._framer = _framer()
        self._buffer = bytearray()
        self._wanted: _Wanted | None = None
        self._result: Any = None
        self._fences, self._fencing = 0, False  # how many are still to come; whether this is one
        self._last_width = 0
        self._refused = False

    def has_no_loopback(self) -> bool:
        """Whether the instrument has said that it does not know function 8."""
        return self._refused

    @property
    def partial(self) -> bool:
        return bool(self._buffer)

    def drop(self) -> None:
        self._buffer.clear()
        self._wanted, self._fences = None, 0

    def silent(self, query: Read | Write) -> bool:
        return False

    def compose(self, query: Read | Write) -> bytes:
        self._fences, self._fencing = _FENCES[self.fence], False
        if isinstance(query, Read):
            return self._read(query)
        if len(query.values) == 1 and not query.many:
            pdu = bytes([_WRITE_ONE, *query.address.to_bytes(2, "big"), *query.values[0].to_bytes(2, "big")])
            self._wanted = _Wanted(_WRITE_ONE, pdu)
        else:
            head = bytes([_WRITE_MANY, *query.address.to_bytes(2, "big"), *len(query.values).to_bytes(2, "big")])
            values = b"".join(value.to_bytes(2, "big") for value in query.values)
            pdu = head + bytes([len(values)]) + values
            self._wanted = _Wanted(_WRITE_MANY, head)
        return self._frame(pdu)

    def challenge(self) -> bytes:
        self._fences, self._fencing, self._result = 0, True, None
        return self._fence()

    def hear(self, data: bytes) -> Iterator[Heard]:
        self._buffer += data
        while len(self._buffer) >= 4:
            used, unit, _, pdu = self._framer.decode(bytes(self._buffer))
            if not used:
                return
            size = len(pdu) + 3
            clean = bool(pdu) and self._buffer[0] == unit and self._buffer[1 : size - 2] == pdu
            del self._buffer[: size if clean else used]
            if not clean:
                yield Stray("bytes that are no frame")
            elif unit != self._unit:
                yield Stray(f"a reply of unit {unit}")
            else:
                yield self._judge(pdu)

    def _judge(self, pdu: bytes) -> Heard:
        wanted = self._wanted
        if wanted is None:
            return Stray("a reply that nobody asked for")
        refused = pdu[0] == wanted.function | 0x80 and len(pdu) == 2
        if not refused and not wanted.fits(pdu):
            return Stray(f"a reply of another shape: function {pdu[0]}, {len(pdu)} bytes")
        self._wanted = None
        if not self._fencing:
            self._result = Refusal(pdu[1]) if refused else wanted.values(self._registers(pdu))
        elif refused:
            self._refused = wanted.function == _LOOPBACK
            return Stray(f"the fence was refused: {Refusal(pdu[1])}")
        if not self._fences:
            return Answer(self._result)
        self._fencing = True
        self._fences -= 1
        return More(self._fence())

    def _registers(self, pdu: bytes) -> list[int]:
        if pdu[0] not in (HOLDING, INPUT):
            return []
        decoded: Any = self._framer.decoder.decode(pdu)
        return list(decoded.registers)

    def _fence(self) -> bytes:
        if self.fence is Fence.LOOPBACK:
            pdu = bytes([_LOOPBACK, 0, 0, *self._rng.randrange(0x10000).to_bytes(2, "big")])
            self._wanted = _Wanted(_LOOPBACK, pdu)
            return self._frame(pdu)
        return self._read(Read(self._ground.start, 1, self._ground))

    def _read(self, query: Read) -> bytes:
        """A window of the span with the wanted registers in it, of another width than the one before."""
        span = query.span
        widest = min(span.length, _LONGEST)
        room = widest - query.count + 1
        width = query.count + self._rng.randrange(room)
        if width == self._last_width:
            width = query.count + (width - query.count + 1) % room
        self._last_width = width
        start = max(span.start, query.address + query.count - width)
        self._wanted = _Wanted(span.table, bytes([span.table, 2 * width]), query.address - start, query.count, width)
        return self._frame(bytes([span.table, *start.to_bytes(2, "big"), *width.to_bytes(2, "big")]))

    def _frame(self, pdu: bytes) -> bytes:
        return bytes(self._framer.encode(pdu, self._unit, 0))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The reply that is waited for: it begins with `head`; of a read, `count` registers from `skip` on are wanted."""

    function: int
    head: bytes
    skip: int = 0
    count: int = 0
    width: int = 0

    def fits(self, pdu: bytes) -> bool:
        return pdu.startswith(self.head) and len(pdu) == len(self.head) + 2 * self.width

    def values(self, registers: list[int]) -> tuple[int, ...]:
        return tuple(registers[self.skip : self.skip + self.count])


def _framer() -> FramerRTU:
    """pymodbus's frames, its logger silenced: it calls every late reply an error, on stderr."""
    require("modbus", "pymodbus")
    from pymodbus.framer import FramerRTU
    from pymodbus.pdu import DecodePDU

    for name in ("pymodbus", "pymodbus.logging", "pymodbus_internal"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    return FramerRTU(DecodePDU(False))
