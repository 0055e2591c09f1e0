"""Delimited bytes: COBS, CRC-16/IBM-3740 and resynchronisation (PROTOCOL.md §1).

Nothing here knows what a frame means. A bad frame is dropped and counted, never raised: the wire is noisy by nature.
"""

from __future__ import annotations

import struct
from binascii import crc_hqx
from collections.abc import Iterator
from typing import NamedTuple

from cobs import cobs

MAX_BODY = 240
"""Of a rig of full size, and of the host; a small one takes and sends less."""
_HEAD = struct.Struct("<BHH")
_MIN_RAW = _HEAD.size + 2
_OVER = _MIN_RAW + 1  # how much longer than its body the longest coding is: COBS adds one byte to anything below 254


class Frame(NamedTuple):
    """What stands between two delimiters, CRC checked and removed."""

    type: int
    session: int
    id: int
    body: bytes = b""


def encode(frame: Frame) -> bytes:
    """The bytes on the wire, with the closing delimiter and without a leading one. Raises ValueError above 240 B."""
    return encode_parts(frame.type, frame.session, frame.id, frame.body)


def encode_parts(kind: int, session: int, number: int, body: bytes) -> bytes:
    """`encode` of a frame that need not be made first."""
    if len(body) > MAX_BODY:
        raise ValueError(f"a body has at most {MAX_BODY} bytes, not {len(body)}")
    raw = _HEAD.pack(kind, session, number) + body
    coded: bytes = cobs.encode(raw + crc_hqx(raw, 0xFFFF).to_bytes(2, "little"))
    return coded + b"\0"


def decode(coded: bytes, max_body: int = MAX_BODY) -> Frame | None:
    """What stood between two delimiters, or None when it is bad: length, COBS or CRC."""
    if len(coded) > max_body + _OVER:
        return None
    try:
        raw: bytes = cobs.decode(coded)
    except cobs.DecodeError:
        return None
    # The CRC of a message with its own CRC behind it is 0 only high byte first; this wire sends it low byte first.
    if not _MIN_RAW <= len(raw) <= max_body + _MIN_RAW or crc_hqx(raw[:-2], 0xFFFF) != raw[-2] | raw[-1] << 8:
        return None
    kind, session, number = _HEAD.unpack_from(raw)
    return Frame(kind, session, number, raw[_HEAD.size : -2])


class Deframer:
    """Cuts a stream of bytes, in pieces of any size, into frames with bodies of at most `max_body` bytes. `bad` counts
    the dropped ones."""

    __slots__ = ("_max_body", "_part", "_room", "bad")

    def __init__(self, max_body: int = MAX_BODY) -> None:
        self._max_body = max_body
        self._room = max_body + _OVER + 1  # what is too long already need only be remembered as being too long
        self._part = b""
        self.bad = 0

    def feed(self, data: bytes) -> list[Frame]:
        """The good frames that `data` completes, in order."""
        return list(self.each(data))

    def each(self, data: bytes) -> Iterator[Frame]:
        """The same, one by one: when one comes, `bad` counts those before it. To be taken to its end."""
        *whole, rest = data.split(b"\0")
        if not whole:
            self._part = (self._part + rest)[: self._room]
            return
        whole[0] = self._part + whole[0]
        self._part = rest[: self._room]
        for coded in whole:
            if not coded:
                continue
            frame = decode(coded, self._max_body)
            if frame is None:
                self.bad += 1
            else:
                yield frame
