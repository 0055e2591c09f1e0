"""Non-volatile memory, and the record of the last journaled command in it (PROTOCOL.md §5.4)."""

from __future__ import annotations

import struct
from binascii import crc_hqx
from pathlib import Path
from typing import Protocol

from payload.rigs.wire.packet import NO_RECORD, Record

SIZE = 64
_RECORD = struct.Struct("<BIHHB")
_PLACES = (0, 12)


class Memory(Protocol):
    """What outlives a reset, byte by byte: 64 of them, 0xFF where nothing was ever written."""

    def read(self, at: int) -> int: ...

    def write(self, at: int, byte: int) -> None: ...


class Bytes:
    """Memory that outlives the twin, not the program. `data` is 64 bytes, kept, not copied."""

    def __init__(self, data: bytearray | None = None) -> None:
        self.data = bytearray(b"\xff" * SIZE) if data is None else data

    def read(self, at: int) -> int:
        return self.data[at]

    def write(self, at: int, byte: int) -> None:
        self.data[at] = byte


class FileBytes:
    """Memory in a file, written through at every byte; made, or filled up, where it is absent or too short. Raises
    OSError."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("r+b" if path.exists() else "w+b", buffering=0)
        data = self._file.read(SIZE)
        self._data = bytearray(data.ljust(SIZE, b"\xff"))
        if len(data) < SIZE:
            self._file.seek(0)
            self._file.write(self._data)

    def read(self, at: int) -> int:
        return self._data[at]

    def write(self, at: int, byte: int) -> None:
        self._data[at] = byte
        self._file.seek(at)
        self._file.write(bytes((byte,)))


class Journal:
    """The record, in two places in turn, so that a write that is cut off leaves the one before it."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._place, self._count, self.record = 1, 0, NO_RECORD
        for place in (0, 1):
            raw = bytes(memory.read(_PLACES[place] + i) for i in range(_RECORD.size + 2))
            if crc_hqx(raw[:-2], 0xFFFF) != raw[-2] | raw[-1] << 8:
                continue
            count, *fields = _RECORD.unpack(raw[:-2])
            if self.record is NO_RECORD or 0 < count - self._count & 0xFF < 0x80:
                self._place, self._count, self.record = place, count, Record(*fields)

    def write(self, record: Record) -> None:
        self._place, self._count, self.record = 1 - self._place, self._count + 1 & 0xFF, record
        raw = _RECORD.pack(self._count, *record)
        raw += crc_hqx(raw, 0xFFFF).to_bytes(2, "little")
        for i, byte in enumerate(raw):
            self._memory.write(_PLACES[self._place] + i, byte)
