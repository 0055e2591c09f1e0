"""Everything that a rig remembers, and how it speaks (PROTOCOL.md §3, §5.3). Nothing else in the twin holds state.

Ticks in here are whole and do not wrap; on the wire they are u32.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from payload.rigs.kinds.dictionary import Kind
from payload.rigs.twins.memory import Journal, Memory
from payload.rigs.twins.plants import Plant
from payload.rigs.twins.results import Results
from payload.rigs.twins.running import Running, Timed
from payload.rigs.twins.size import Size
from payload.rigs.twins.streams import Stream
from payload.rigs.wire.frame import Deframer, Frame, encode_parts
from payload.rigs.wire.packet import AT_AN_END, STAGE_BODY, Cause, NakCode, Reason, Record, Stage, State, Type

NEVER = 1 << 80
U32 = 0xFFFFFFFF
_STATUS = struct.Struct("<BBBBHII")
_COUNTERS = struct.Struct("<HH")
_NAK = struct.Struct("<BHH")

Drive = Callable[[int, int, int, int], None]
"""Told of every change of an output: tick, thousandths, output, value."""


class Rig:
    """One boot of a rig."""

    def __init__(
        self, kind: Kind, plant: Plant, unit: int, boot: int, speed_milli: int, size: Size, memory: Memory | None,
        cause: Cause | int, drive: Drive | None,
    ) -> None:  # fmt: skip
        self.kind, self.plant = kind, plant
        self.has_long = any(command.long for command in kind.commands)
        self.unit, self.boot, self.speed_milli, self.size, self.cause = unit, boot, speed_milli, size, cause
        self.journal = Journal(memory) if memory else None
        self.tick = self.thousandths = 0  # the moment at hand

        self.state, self.reason = State.SAFE, Reason.BOOT
        self.armed = 0
        self.nonce: tuple[int, int, int] | None = None  # outputs, nonce, until
        self.limits = [(channel.low, channel.high) for channel in kind.channels]
        self.on_since: dict[int, int] = {}  # output -> tick
        self.running: Running | None = None
        self.waiting: list[Timed] = []

        self.session = self.last_id = self.naks = 0
        self.results = Results(size)
        self.lease, self.lease_until = False, 0

        many = -(-speed_milli // 8000)
        self.streams = [Stream(i, c.interval_ms * many, size, plant) for i, c in enumerate(kind.channels)]
        self.intervals = sorted({stream.interval for stream in self.streams})
        self.lazy = plant.lazy
        self.credit = self.hk_due = self.hk_sequence = self.hk_count = 0
        self.flush = 1

        self.deframer = Deframer(size.body)
        self.out: list[tuple[int, bytes]] = []
        self.drive = drive
        self.driven = list(plant.outputs(0))

    def wall_ticks(self, length_ms: int) -> int:
        """L: so many ms of wall time in ticks."""
        return max(1, length_ms * self.speed_milli // 1000)

    # -- words ---------------------------------------------------------------------------------------------------

    def send(self, kind: Type, number: int, body: bytes) -> None:
        self.out.append((self.tick, encode_parts(kind, self.session, number, body)))

    def status(self) -> bytes:
        return _STATUS.pack(
            self.state, self.reason, self.armed, len(self.waiting), self.last_id,
            self.results.finished(self.last_id), self.tick & U32,
        )  # fmt: skip

    def send_housekeeping(self) -> None:
        counters = _COUNTERS.pack(self.deframer.bad & 0xFFFF, self.naks)
        self.send(Type.HOUSEKEEPING, self.hk_sequence, self.status() + counters)
        self.hk_sequence = self.hk_sequence + 1 & 0xFFFF

    def refuse(self, frame: Frame, code: NakCode) -> None:
        self.naks = self.naks + 1 & 0xFFFF
        body = _NAK.pack(code, self.last_id + 1 & 0xFFFF, self.session)
        self.out.append((self.tick, encode_parts(Type.NAK, frame.session, frame.id, body)))

    def stage(self, number: int, stage: Stage, code: int = 0, progress: int = 0, value: int = 0) -> None:
        """A STAGE, stored and sent."""
        body = STAGE_BODY.pack(stage, code, progress, self.tick & U32, value)
        wire = encode_parts(Type.STAGE, self.session, number, body)
        self.results.put(number, wire, stage in AT_AN_END)
        self.out.append((self.tick, wire))

    def record(self, number: int, stage: Stage) -> None:
        """Writes down how far a journaled command has got."""
        if self.journal:
            self.journal.write(Record(self.boot, self.session, number, stage))

    # -- outputs -------------------------------------------------------------------------------------------------

    def show_outputs(self) -> None:
        """Tells which outputs have changed."""
        if self.drive is None:
            return
        for index, value in enumerate(self.plant.outputs(self.tick)):
            if value != self.driven[index]:
                self.driven[index] = value
                self.drive(self.tick, self.thousandths, index, value)
