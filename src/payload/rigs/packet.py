"""What frames say: typed values to bytes and back (PROTOCOL.md §3 to §7).

`pack` gives the frame of a packet, `unpack` the packet of a frame. `unpack` raises ValueError for a frame type that
version 1 does not know and for a body of a wrong length: the caller decides whose fault that is.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from payload.rigs.frame import Frame

VERSION = 1
WINDOW = 32
"""K: how many results a rig keeps."""

LEASE_MS = 3_000
BEAT_MS = 1_000


class Type(IntEnum):
    HELLO = 0x01
    OPEN = 0x02
    COMMAND = 0x03
    BEAT = 0x04
    ABORT = 0x05
    HELLO_REPLY = 0x81
    OPENED = 0x82
    STAGE = 0x83
    BEAT_REPLY = 0x84
    ABORTED = 0x85
    HOUSEKEEPING = 0x86
    TELEMETRY = 0x87
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
    STOPPED = 0x10
    COMMAND = 0x22
    LEASE = 0x23
    ABORT = 0x24
    LIMIT = 0x25
    SESSION = 0x26


class NakCode(IntEnum):
    TYPE = 0x40
    SESSION = 0x41
    GAP = 0x42
    FORGOTTEN = 0x43
    VERSION = 0x44
    MALFORMED = 0x45
    WINDOW = 0x46


def name_of(kind: type[IntEnum], number: int) -> str:
    """The table's name for a number off the wire; a number this version does not know as `0x99`."""
    try:
        return kind(number).name
    except ValueError:
        return f"0x{number:02X}"


_STATUS = struct.Struct("<BBHIQ")
_HELLO_REPLY = struct.Struct("<BBQIBBBBHHIBBIQIHH")
_STAGE = struct.Struct("<BBBBQi")
_TELEMETRY = struct.Struct("<BBIQI")
_NAK = struct.Struct("<BHH")
_COUNTERS = struct.Struct("<HH")
_BOOT = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Status:
    """What a rig says of itself in most replies. `tick` is ms of its own clock; bit i of `finished`: the result of the
    command `last_id - i` is stored and at an end."""

    state: int
    reason: int
    last_id: int
    finished: int
    tick: int

    def has_finished(self, number: int) -> bool:
        age = (self.last_id - number) & 0xFFFF
        return age < WINDOW and bool(self.finished >> age & 1)


@dataclass(frozen=True, slots=True)
class Hello:
    tag: int
    version: int = VERSION


@dataclass(frozen=True, slots=True)
class Open:
    session: int
    tag: int
    version: int = VERSION


@dataclass(frozen=True, slots=True)
class Call:
    """A numbered command."""

    session: int
    number: int
    opcode: int
    arguments: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Beat:
    session: int
    tag: int
    credit: int


@dataclass(frozen=True, slots=True)
class Abort:
    pass


@dataclass(frozen=True, slots=True)
class HelloReply:
    tag: int
    version: int
    kind: int
    unit: int
    boot: int
    cause: int
    state: int
    reason: int
    capabilities: int
    session: int
    last_id: int
    finished: int
    window: int
    max_body: int
    dictionary: int
    tick: int
    speed_milli: int
    bad_frames: int
    naks: int

    @property
    def status(self) -> Status:
        return Status(self.state, self.reason, self.last_id, self.finished, self.tick)


@dataclass(frozen=True, slots=True)
class Opened:
    session: int
    tag: int
    boot: int
    status: Status


@dataclass(frozen=True, slots=True)
class StageReply:
    session: int
    number: int
    stage: int
    code: int
    progress: int
    tick: int
    value: int


@dataclass(frozen=True, slots=True)
class BeatReply:
    session: int
    tag: int
    status: Status


@dataclass(frozen=True, slots=True)
class Aborted:
    session: int
    tag: int
    status: Status


@dataclass(frozen=True, slots=True)
class Housekeeping:
    session: int
    sequence: int
    status: Status
    bad_frames: int
    naks: int


@dataclass(frozen=True, slots=True)
class Telemetry:
    """Sample j was taken at tick `first_tick + j * interval_ms`; `lost` is cumulative since OPEN."""

    session: int
    sequence: int
    stream: int
    interval_ms: int
    first_tick: int
    lost: int
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Nak:
    session: int
    id: int
    code: int
    expected: int
    current: int


ToRig = Hello | Open | Call | Beat | Abort
FromRig = HelloReply | Opened | StageReply | BeatReply | Aborted | Housekeeping | Telemetry | Nak
Packet = ToRig | FromRig


def _status(status: Status) -> bytes:
    return _STATUS.pack(status.state, status.reason, status.last_id, status.finished, status.tick)


def pack(packet: Packet) -> Frame:
    """The frame of a packet. Raises struct.error when a value does not fit its field."""
    match packet:
        case Call(session, number, opcode, arguments):
            return Frame(Type.COMMAND, session, number, struct.pack(f"<B{len(arguments)}i", opcode, *arguments))
        case StageReply(session, number, stage, code, progress, tick, value):
            return Frame(Type.STAGE, session, number, _STAGE.pack(stage, code, progress, 0, tick, value))
        case Beat(session, tag, credit):
            return Frame(Type.BEAT, session, tag, bytes((credit,)))
        case BeatReply(session, tag, status):
            return Frame(Type.BEAT_REPLY, session, tag, _status(status))
        case Telemetry(session, sequence, stream, interval_ms, first_tick, lost, values):
            head = _TELEMETRY.pack(stream, len(values), interval_ms, first_tick, lost)
            return Frame(Type.TELEMETRY, session, sequence, head + struct.pack(f"<{len(values)}i", *values))
        case Housekeeping(session, sequence, status, bad_frames, naks):
            body = _status(status) + _COUNTERS.pack(bad_frames, naks)
            return Frame(Type.HOUSEKEEPING, session, sequence, body)
        case Hello(tag, version):
            return Frame(Type.HELLO, 0, tag, bytes((version,)))
        case Open(session, tag, version):
            return Frame(Type.OPEN, session, tag, bytes((version,)))
        case Abort():
            return Frame(Type.ABORT, 0, 0)
        case Opened(session, tag, boot, status):
            return Frame(Type.OPENED, session, tag, _BOOT.pack(boot) + _status(status))
        case Aborted(session, tag, status):
            return Frame(Type.ABORTED, session, tag, _status(status))
        case Nak(session, number, code, expected, current):
            return Frame(Type.NAK, session, number, _NAK.pack(code, expected, current))
        case HelloReply(tag, version, kind, unit, boot, cause, state, reason, capabilities, session, last_id):
            p = packet
            body = _HELLO_REPLY.pack(
                version, kind, unit, boot, cause, state, reason, capabilities, session, last_id,
                p.finished, p.window, p.max_body, p.dictionary, p.tick, p.speed_milli, p.bad_frames, p.naks,
            )  # fmt: skip
            return Frame(Type.HELLO_REPLY, session, tag, body)


_LENGTHS = {
    Type.OPEN: 1,
    Type.BEAT: 1,
    Type.HELLO_REPLY: _HELLO_REPLY.size,
    Type.OPENED: _BOOT.size + _STATUS.size,
    Type.STAGE: _STAGE.size,
    Type.BEAT_REPLY: _STATUS.size,
    Type.ABORTED: _STATUS.size,
    Type.HOUSEKEEPING: _STATUS.size + _COUNTERS.size,
    Type.NAK: _NAK.size,
}


def unpack(frame: Frame) -> Packet:
    """The packet of a frame; ValueError when the type is unknown or the body's length is not its type's."""
    kind, session, number, body = frame
    length = _LENGTHS.get(kind)  # type: ignore[call-overload]  # an IntEnum key is found by its number
    if length is not None and len(body) != length:
        raise ValueError(f"{Type(kind).name} has a body of {length} bytes, not {len(body)}")
    match kind:
        case Type.COMMAND:
            # Bytes that are no whole argument are the rig's to judge (ARGUMENTS); here they have no meaning.
            if len(body) % 4 != 1 or len(body) > 17:
                raise ValueError(f"COMMAND has a body of 1 + 4 n bytes, at most 17, not {len(body)}")
            return Call(session, number, body[0], struct.unpack_from(f"<{len(body) // 4}i", body, 1))
        case Type.STAGE:
            stage, code, progress, _, tick, value = _STAGE.unpack(body)
            return StageReply(session, number, stage, code, progress, tick, value)
        case Type.BEAT:
            return Beat(session, number, body[0])
        case Type.BEAT_REPLY:
            return BeatReply(session, number, Status(*_STATUS.unpack(body)))
        case Type.TELEMETRY:
            if len(body) < _TELEMETRY.size or len(body) != _TELEMETRY.size + 4 * body[1]:
                raise ValueError("TELEMETRY has a body of 18 + 4 n bytes")
            stream, count, interval_ms, first_tick, lost = _TELEMETRY.unpack_from(body)
            values = struct.unpack_from(f"<{count}i", body, _TELEMETRY.size)
            return Telemetry(session, number, stream, interval_ms, first_tick, lost, values)
        case Type.HOUSEKEEPING:
            return Housekeeping(
                session, number, Status(*_STATUS.unpack_from(body)), *_COUNTERS.unpack_from(body, _STATUS.size)
            )
        case Type.HELLO:
            return Hello(number, body[0] if body else 0)
        case Type.OPEN:
            return Open(session, number, body[0])
        case Type.ABORT:
            return Abort()
        case Type.HELLO_REPLY:
            return HelloReply(number, *_HELLO_REPLY.unpack(body))
        case Type.OPENED:
            return Opened(session, number, _BOOT.unpack_from(body)[0], Status(*_STATUS.unpack_from(body, _BOOT.size)))
        case Type.ABORTED:
            return Aborted(session, number, Status(*_STATUS.unpack(body)))
        case Type.NAK:
            return Nak(session, number, *_NAK.unpack(body))
    raise ValueError(f"frame type 0x{kind:02X} is not of version {VERSION}")
