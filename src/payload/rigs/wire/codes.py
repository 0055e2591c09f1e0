"""The numbers of the rig link, by their names (PROTOCOL.md §3 to §6)."""

from __future__ import annotations

from enum import IntEnum

VERSION = 2
WRAP = 1 << 32
"""Ticks and sample numbers are u32 and wrap."""

MAX_ARGUMENTS = 3
"""Of a command; each is an i32."""

LEASE_MS = 3_000
BEAT_MS = 1_000
NONCE_MS = 10_000


class Type(IntEnum):
    HELLO = 0x01
    OPEN = 0x02
    COMMAND = 0x03
    BEAT = 0x04
    ABORT = 0x05
    DICTIONARY = 0x06
    PING = 0x07
    RESEND = 0x08
    COMMAND_AT = 0x09
    HELLO_REPLY = 0x81
    OPENED = 0x82
    STAGE = 0x83
    BEAT_REPLY = 0x84
    ABORTED = 0x85
    HOUSEKEEPING = 0x86
    TELEMETRY = 0x87
    DICTIONARY_PART = 0x88
    PONG = 0x89
    GONE = 0x8A
    NAK = 0x8F


class State(IntEnum):
    SAFE = 0
    READY = 1
    RUNNING = 2


class Reason(IntEnum):
    """Why a rig is in safe mode."""

    NONE = 0
    BOOT = 1
    COMMAND = 2
    LEASE = 3
    ABORT = 4
    LIMIT = 5
    SESSION = 6
    ON_TIME = 7


class Cause(IntEnum):
    """Why a rig booted."""

    POWER_ON = 1
    WATCHDOG = 2
    BROWN_OUT = 3
    SOFTWARE = 4
    RESET_PIN = 5


HAS_JOURNAL = 0x01
"""The capability of a rig with non-volatile memory: its journaled commands are journaled."""


class Stage(IntEnum):
    ACCEPTED = 1
    REJECTED = 2
    STARTED = 3
    PROGRESS = 4
    DONE = 5
    FAILED = 6
    LATE = 7
    CANCELLED = 8


AT_AN_END = frozenset({Stage.REJECTED, Stage.DONE, Stage.FAILED, Stage.LATE, Stage.CANCELLED})


class Code(IntEnum):
    """Why a command was rejected, cancelled or failed; from 0x20 on it is 0x20 + a `Reason`."""

    OK = 0
    OPCODE = 1
    ARGUMENTS = 2
    RANGE = 3
    NO_LEASE = 4
    SAFE_MODE = 5
    BUSY = 6
    LIMIT_NOW = 7
    NO_ROOM = 8
    QUEUE = 9
    NONCE = 10
    NOT_ARMED = 11
    STOPPED = 0x10
    COMMAND = 0x22
    LEASE = 0x23
    ABORT = 0x24
    LIMIT = 0x25
    SESSION = 0x26
    ON_TIME = 0x27


class NakCode(IntEnum):
    TYPE = 0x40
    SESSION = 0x41
    GAP = 0x42
    FORGOTTEN = 0x43
    VERSION = 0x44
    MALFORMED = 0x45


def name_of(kind: type[IntEnum], number: int) -> str:
    """The table's name for a number off the wire; a number this version does not know as `0x99`."""
    try:
        return kind(number).name
    except ValueError:
        return f"0x{number:02X}"
