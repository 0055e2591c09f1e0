"""Delimited bytes: COBS, CRC-16/IBM-3740 and resynchronisation (PROTOCOL.md §1).

Nothing here knows what a frame means. A bad frame is dropped and counted, never raised: the wire is noisy by nature.
"""

from __future__ import annotations

import struct
from binascii import crc_hqx
from typing import NamedTuple

from cobs import cobs

MAX_BODY = 240
_HEAD = struct.Struct("<BHH")
_MIN_RAW = _HEAD.size + 2
_MAX_RAW = _MIN_RAW + MAX_BODY
_MAX_CODED = _MAX_RAW + 1  # COBS adds one byte to anything below 254


class Frame(NamedTuple):
    """What stands between two delimiters, CRC checked and removed."""

    type: int
    session: int
    id: int
    body: bytes = b""


def encode(frame: Frame) -> bytes:
    """The bytes on the wire, with the closing delimiter and without a leading one. Raises ValueError above 240 B."""
    if len(frame.body) > MAX_BODY:
        raise ValueError(f"a body has at most {MAX_BODY} bytes, not {len(frame.body)}")
    raw = _HEAD.pack(frame.type, frame.session, frame.id) + frame.body
    coded: bytes = cobs.encode(raw + crc_hqx(raw, 0xFFFF).to_bytes(2, "little"))
    return coded + b"\0"


def decode(coded: bytes) -> Frame | None:
    """What stood between two delimiters, or None when it is bad: length, COBS or CRC."""
    if len(coded) > _MAX_CODED:
        return None
    try:
        raw: bytes = cobs.decode(coded)
    except cobs.DecodeError:
        return None
    # The CRC of a message with its own CRC behind it is 0 only high byte first; this wire sends it low byte first.
    if not _MIN_RAW <= len(raw) <= _MAX_RAW or crc_hqx(raw[:-2], 0xFFFF) != raw[-2] | raw[-1] << 8:
        return None
    kind, session, number = _HEAD.unpack_from(raw)
    return Frame(kind, session, number, raw[_HEAD.size : -2])


class Deframer:
    """Cuts a stream of bytes, in pieces of any size, into frames. `bad` counts the dropped ones."""

    __slots__ = ("_part", "bad")

    def __init__(self) -> None:
        self._part = b""
        self.bad = 0

    def feed(self, data: bytes) -> list[Frame]:
        """The good frames that `data` completes, in order."""
        *whole, rest = data.split(b"\0")
        if not whole:
            # What is too long already needs to be remembered only as being too long.
            self._part = (self._part + rest)[: _MAX_CODED + 1]
            return []
        whole[0] = self._part + whole[0]
        self._part = rest[: _MAX_CODED + 1]
        frames = []
        for coded in whole:
            if not coded:
                continue
            frame = decode(coded)
            if frame is None:
                self.bad += 1
            else:
                frames.append(frame)
        return frames
