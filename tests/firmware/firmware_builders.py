"""What a test says to a rig and hears from it, built from PROTOCOL.md alone: no code of `payload.rigs` is used here."""

from __future__ import annotations

import binascii
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

from cobs import cobs

FIRMWARE = Path(__file__).parents[2] / "firmware_stubs"
VECTORS = FIRMWARE / "vectors"

HELLO, OPEN, COMMAND, BEAT, ABORT = 0x01, 0x02, 0x03, 0x04, 0x05
HELLO_REPLY, OPENED, STAGE, BEAT_REPLY, ABORTED, HOUSEKEEPING, TELEMETRY = range(0x81, 0x88)
NAK = 0x8F

ARM, DISARM, SAFE, READ, LIMIT, LONG, STOP, ERASE = 1, 2, 3, 4, 5, 16, 17, 18
ABORT_BUTTON = bytes.fromhex("000205010101035b3200")
"""The one ABORT that needs no encoder, as printed in PROTOCOL.md."""

KINDS = ("incubator", "fluid-loop", "camera")


def wire(type_: int, session: int = 0, number: int = 0, body: bytes = b"") -> bytes:
    """A frame as the host sends it: with the extra 0x00 ahead."""
    raw = struct.pack("<BHH", type_, session, number) + body
    coded: bytes = cobs.encode(raw + struct.pack("<H", binascii.crc_hqx(raw, 0xFFFF)))
    return b"\0" + coded + b"\0"


def command(session: int, number: int, opcode: int, *arguments: int) -> bytes:
    return wire(COMMAND, session, number, struct.pack(f"<B{len(arguments)}i", opcode, *arguments))


@dataclass(frozen=True, slots=True)
class Heard:
    """One good frame of the rig."""

    type: int
    session: int
    number: int
    body: bytes

    @property
    def stage(self) -> tuple[int, int, int]:
        """Of a STAGE frame: (number, stage, code)."""
        assert self.type == STAGE
        return self.number, self.body[0], self.body[1]


def hear(data: bytes) -> list[Heard]:
    """The frames in `data`, which must hold whole and good frames only."""
    *coded, rest = data.split(b"\0")
    assert rest == b"", f"half a frame at the end: {rest.hex()}"
    heard = []
    for piece in coded:
        raw = cobs.decode(piece)
        assert binascii.crc_hqx(raw[:-2], 0xFFFF) == int.from_bytes(raw[-2:], "little"), f"a bad frame: {piece.hex()}"
        type_, session, number = struct.unpack("<BHH", raw[:5])
        heard.append(Heard(type_, session, number, raw[5:-2]))
    return heard


def play(rig: Path, lines: list[str], kind: str, *options: str) -> list[str]:
    """The output lines of `rig --script`."""
    done = subprocess.run(
        [rig, "--kind", kind, "--script", *options],
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()
