"""What a test says to a rig and hears from it, built from PROTOCOL.md alone: no code of `payload.rigs` is used here."""

from __future__ import annotations

import binascii
import struct
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cobs import cobs

FIRMWARE = Path(__file__).parents[2] / "firmware_stubs"
VECTORS = FIRMWARE / "vectors"

HELLO, OPEN, COMMAND, BEAT, ABORT, DICTIONARY, PING, RESEND, COMMAND_AT = range(0x01, 0x0A)
HELLO_REPLY, OPENED, STAGE, BEAT_REPLY, ABORTED, HOUSEKEEPING, TELEMETRY, DICTIONARY_PART, PONG, GONE = range(
    0x81, 0x8B
)
NAK = 0x8F

PREPARE, ARM, DISARM, SAFE, READ, LIMIT, CANCEL = range(1, 8)
OWN = 16  # the first of the kind's own: the long one, or `on`
STOP = 17  # off, stop
THIRD = 18  # agitate, erase
ABORT_BUTTON = bytes.fromhex("000205010101035b3200")
"""The one ABORT that needs no encoder, as printed in PROTOCOL.md."""

KINDS = {"incubator": 1, "fluid-loop": 2, "camera": 3, "power-switch": 4, "recorder": 5}
BODY_MAX = {"rig": 240, "rig-small": 56}
HELLO_BODY = struct.Struct("<BBQIBBBBHHIBBIIIHHHBIHHB")
STATUS = struct.Struct("<BBBBHII")


def wire(type_: int, session: int = 0, number: int = 0, body: bytes = b"") -> bytes:
    """A frame as the host sends it: with the extra 0x00 ahead."""
    raw = struct.pack("<BHH", type_, session, number) + body
    coded: bytes = cobs.encode(raw + struct.pack("<H", binascii.crc_hqx(raw, 0xFFFF)))
    return b"\0" + coded + b"\0"


def opening(session: int, tag: int = 0, flush: int = 1, version: int = 2) -> bytes:
    return wire(OPEN, session, tag, bytes((version, flush)))


def beat(session: int, credit: int, tag: int = 0) -> bytes:
    return wire(BEAT, session, tag, struct.pack("<H", credit))


def command(session: int, number: int, opcode: int, *arguments: int) -> bytes:
    return wire(COMMAND, session, number, struct.pack(f"<B{len(arguments)}i", opcode, *arguments))


def command_at(session: int, number: int, at: int, opcode: int, *arguments: int) -> bytes:
    body = struct.pack(f"<IB{len(arguments)}i", at % 2**32, opcode, *arguments)
    return wire(COMMAND_AT, session, number, body)


def nonce(boot: int, number: int) -> int:
    """What `prepare` of this number answers."""
    return (boot ^ 40503 * number) & 0xFFFF


def armed(session: int, boot: int, number: int = 1, outputs: int = 1) -> bytes:
    """`prepare` and `arm`, as the commands of this number and the next."""
    return command(session, number, PREPARE, outputs) + command(session, number + 1, ARM, outputs, nonce(boot, number))


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

    @property
    def value(self) -> int:
        """Of a STAGE frame."""
        return int(struct.unpack_from("<i", self.body, 7)[0])


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


def heard_in(lines: Iterable[str]) -> list[Heard]:
    """The frames in the output of a script."""
    return hear(b"".join(bytes.fromhex(line.split()[1]) for line in lines))


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
