"""What frames say: typed values to bytes and back (PROTOCOL.md §3 to §7). The face of `codes` and `packets` too.

`pack` gives the frame of a packet, `unpack` the packet of a frame. `unpack` raises ValueError for a frame type that
version 2 does not know and for a body of a wrong length: the caller decides whose fault that is.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from payload.rigs.wire.codes import AT_AN_END as AT_AN_END
from payload.rigs.wire.codes import BEAT_MS as BEAT_MS
from payload.rigs.wire.codes import HAS_JOURNAL as HAS_JOURNAL
from payload.rigs.wire.codes import LEASE_MS as LEASE_MS
from payload.rigs.wire.codes import MAX_ARGUMENTS as MAX_ARGUMENTS
from payload.rigs.wire.codes import NONCE_MS as NONCE_MS
from payload.rigs.wire.codes import VERSION as VERSION
from payload.rigs.wire.codes import WRAP as WRAP
from payload.rigs.wire.codes import Cause as Cause
from payload.rigs.wire.codes import Code as Code
from payload.rigs.wire.codes import NakCode as NakCode
from payload.rigs.wire.codes import Reason as Reason
from payload.rigs.wire.codes import Stage as Stage
from payload.rigs.wire.codes import State as State
from payload.rigs.wire.codes import Type as Type
from payload.rigs.wire.codes import name_of as name_of
from payload.rigs.wire.frame import Frame
from payload.rigs.wire.packets import NO_RECORD as NO_RECORD
from payload.rigs.wire.packets import Abort as Abort
from payload.rigs.wire.packets import Aborted as Aborted
from payload.rigs.wire.packets import AskDictionary as AskDictionary
from payload.rigs.wire.packets import Beat as Beat
from payload.rigs.wire.packets import BeatReply as BeatReply
from payload.rigs.wire.packets import Call as Call
from payload.rigs.wire.packets import CallAt as CallAt
from payload.rigs.wire.packets import DictionaryPart as DictionaryPart
from payload.rigs.wire.packets import FromRig as FromRig
from payload.rigs.wire.packets import Gone as Gone
from payload.rigs.wire.packets import Hello as Hello
from payload.rigs.wire.packets import HelloReply as HelloReply
from payload.rigs.wire.packets import Housekeeping as Housekeeping
from payload.rigs.wire.packets import Nak as Nak
from payload.rigs.wire.packets import Open as Open
from payload.rigs.wire.packets import Opened as Opened
from payload.rigs.wire.packets import Packet as Packet
from payload.rigs.wire.packets import Ping as Ping
from payload.rigs.wire.packets import Pong as Pong
from payload.rigs.wire.packets import Record as Record
from payload.rigs.wire.packets import Resend as Resend
from payload.rigs.wire.packets import StageReply as StageReply
from payload.rigs.wire.packets import Stamp as Stamp
from payload.rigs.wire.packets import Status as Status
from payload.rigs.wire.packets import Telemetry as Telemetry
from payload.rigs.wire.packets import ToRig as ToRig

_STATUS = struct.Struct("<BBBBHII")
_HELLO_REPLY = struct.Struct("<BBQIBBBBHHIBBIIIHHHBIHHB")
_HELLO_HEAD = struct.Struct("<BBQIBBBBHH")
_TELEMETRY = struct.Struct("<BBIII")
_NAK = struct.Struct("<BHH")
_COUNTERS = struct.Struct("<HH")
_BOOT = struct.Struct("<I")
_STAMP = struct.Struct("<IH")
_RANGE = struct.Struct("<BIH")
_PART = struct.Struct("<HH")
_AT = struct.Struct("<IB")

STAGE_BODY = struct.Struct("<BBBIi")
"""stage, code, progress, tick, value"""


def _status(status: Status) -> bytes:
    return _STATUS.pack(
        status.state, status.reason, status.armed, status.queued, status.last_id, status.finished, status.tick
    )


def pack(packet: Packet) -> Frame:
    """The frame of a packet. Raises struct.error when a value does not fit its field."""
    match packet:
        case Call(session, number, opcode, arguments):
            return Frame(Type.COMMAND, session, number, struct.pack(f"<B{len(arguments)}i", opcode, *arguments))
        case StageReply(session, number, stage, code, progress, tick, value):
            return Frame(Type.STAGE, session, number, STAGE_BODY.pack(stage, code, progress, tick, value))
        case Beat(session, tag, credit):
            return Frame(Type.BEAT, session, tag, credit.to_bytes(2, "little"))
        case BeatReply(session, tag, status, stamp):
            return Frame(Type.BEAT_REPLY, session, tag, _status(status) + _STAMP.pack(*stamp))
        case Telemetry(session, tag, stream, first, interval, lost, values):
            head = _TELEMETRY.pack(stream, len(values), first, interval, lost)
            return Frame(Type.TELEMETRY, session, tag, head + struct.pack(f"<{len(values)}i", *values))
        case Housekeeping(session, sequence, status, bad_frames, naks):
            body = _status(status) + _COUNTERS.pack(bad_frames, naks)
            return Frame(Type.HOUSEKEEPING, session, sequence, body)
        case CallAt(session, number, at, opcode, arguments):
            body = struct.pack(f"<IB{len(arguments)}i", at, opcode, *arguments)
            return Frame(Type.COMMAND_AT, session, number, body)
        case Resend(session, tag, stream, first, count):
            return Frame(Type.RESEND, session, tag, _RANGE.pack(stream, first, count))
        case Gone(session, tag, stream, first, count):
            return Frame(Type.GONE, session, tag, _RANGE.pack(stream, first, count))
        case Hello(tag, version):
            return Frame(Type.HELLO, 0, tag, bytes((version,)))
        case Open(session, tag, flush, version):
            return Frame(Type.OPEN, session, tag, bytes((version, flush)))
        case Abort():
            return Frame(Type.ABORT, 0, 0)
        case Ping(tag):
            return Frame(Type.PING, 0, tag)
        case Pong(session, tag, stamp):
            return Frame(Type.PONG, session, tag, _STAMP.pack(*stamp))
        case AskDictionary(tag, offset):
            return Frame(Type.DICTIONARY, 0, tag, offset.to_bytes(2, "little"))
        case DictionaryPart(session, tag, offset, total, data):
            return Frame(Type.DICTIONARY_PART, session, tag, _PART.pack(offset, total) + data)
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
                p.ring, p.armed, *p.journal,
            )  # fmt: skip
            return Frame(Type.HELLO_REPLY, session, tag, body)


_LENGTHS: dict[int, int] = {
    Type.OPEN: 2,
    Type.BEAT: 2,
    Type.DICTIONARY: 2,
    Type.RESEND: _RANGE.size,
    Type.OPENED: _BOOT.size + _STATUS.size,
    Type.STAGE: STAGE_BODY.size,
    Type.BEAT_REPLY: _STATUS.size + _STAMP.size,
    Type.ABORTED: _STATUS.size,
    Type.HOUSEKEEPING: _STATUS.size + _COUNTERS.size,
    Type.PONG: _STAMP.size,
    Type.GONE: _RANGE.size,
    Type.NAK: _NAK.size,
}


def unpack(frame: Frame) -> Packet:
    """The packet of a frame; ValueError when the type is unknown or the body's length is not its type's."""
    kind, session, number, body = frame
    length = _LENGTHS.get(kind)
    if length is not None and len(body) != length:
        raise ValueError(f"{Type(kind).name} has a body of {length} bytes, not {len(body)}")
    reader = _READERS.get(kind)
    if reader is None:
        raise ValueError(f"frame type 0x{kind:02X} is not of version {VERSION}")
    return reader(session, number, body)


def _beat_reply(session: int, number: int, body: bytes) -> BeatReply:
    return BeatReply(
        session, number, Status(*_STATUS.unpack_from(body)), Stamp(*_STAMP.unpack_from(body, _STATUS.size))
    )


def _housekeeping(session: int, number: int, body: bytes) -> Housekeeping:
    bad_frames, naks = _COUNTERS.unpack_from(body, _STATUS.size)
    return Housekeeping(session, number, Status(*_STATUS.unpack_from(body)), bad_frames, naks)


def _telemetry(session: int, number: int, body: bytes) -> Telemetry:
    if len(body) < _TELEMETRY.size or len(body) != _TELEMETRY.size + 4 * body[1]:
        raise ValueError("TELEMETRY has a body of 14 + 4 n bytes")
    stream, count, first, interval, lost = _TELEMETRY.unpack_from(body)
    values = struct.unpack_from(f"<{count}i", body, _TELEMETRY.size)
    return Telemetry(session, number, stream, first, interval, lost, values)


def _opened(session: int, number: int, body: bytes) -> Opened:
    (boot,) = _BOOT.unpack_from(body)
    return Opened(session, number, boot, Status(*_STATUS.unpack_from(body, _BOOT.size)))


def _command(session: int, number: int, body: bytes) -> Call:
    return Call(session, number, body[0] if body else 0, _arguments(Type.COMMAND, body, 1))


def _command_at(session: int, number: int, body: bytes) -> CallAt:
    arguments = _arguments(Type.COMMAND_AT, body, _AT.size)
    at, opcode = _AT.unpack_from(body)
    return CallAt(session, number, at, opcode, arguments)


def _dictionary_part(session: int, number: int, body: bytes) -> DictionaryPart:
    if len(body) < _PART.size:
        raise ValueError(f"DICTIONARY_PART has a body of at least {_PART.size} bytes, not {len(body)}")
    offset, total = _PART.unpack_from(body)
    return DictionaryPart(session, number, offset, total, body[_PART.size :])


def _arguments(kind: Type, body: bytes, head: int) -> tuple[int, ...]:
    """Bytes that are no whole argument are the rig's to judge (ARGUMENTS); here they have no meaning."""
    count, over = divmod(len(body) - head, 4)
    if over or not 0 <= count <= MAX_ARGUMENTS:
        raise ValueError(f"{kind.name} has a body of {head} + 4 n bytes, n at most {MAX_ARGUMENTS}, not {len(body)}")
    return struct.unpack_from(f"<{count}i", body, head)


def _hello_reply(session: int, tag: int, body: bytes) -> HelloReply:
    """Of a rig of another version what stands at the same place in all of them, so that it can be told which it is."""
    if len(body) == _HELLO_REPLY.size:
        fields = _HELLO_REPLY.unpack(body)
        return HelloReply(tag, *fields[:-4], Record(*fields[-4:]))  # type: ignore[call-arg]  # a Struct tells no lengths
    if len(body) < _HELLO_HEAD.size or body[0] == VERSION:
        raise ValueError(f"HELLO_REPLY has a body of {_HELLO_REPLY.size} bytes, not {len(body)}")
    return HelloReply(tag, *_HELLO_HEAD.unpack_from(body))


_READERS: dict[int, Callable[[int, int, bytes], Packet]] = {
    Type.HELLO: lambda session, tag, body: Hello(tag, body[0] if body else 0),
    Type.OPEN: lambda session, tag, body: Open(session, tag, body[1], body[0]),
    Type.COMMAND: _command,
    Type.COMMAND_AT: _command_at,
    Type.BEAT: lambda session, tag, body: Beat(session, tag, int.from_bytes(body, "little")),
    Type.ABORT: lambda session, tag, body: Abort(),
    Type.DICTIONARY: lambda session, tag, body: AskDictionary(tag, int.from_bytes(body, "little")),
    Type.PING: lambda session, tag, body: Ping(tag),
    Type.RESEND: lambda session, tag, body: Resend(session, tag, *_RANGE.unpack(body)),
    Type.HELLO_REPLY: _hello_reply,
    Type.OPENED: _opened,
    Type.STAGE: lambda session, number, body: StageReply(session, number, *STAGE_BODY.unpack(body)),
    Type.BEAT_REPLY: _beat_reply,
    Type.ABORTED: lambda session, tag, body: Aborted(session, tag, Status(*_STATUS.unpack(body))),
    Type.HOUSEKEEPING: _housekeeping,
    Type.TELEMETRY: _telemetry,
    Type.DICTIONARY_PART: _dictionary_part,
    Type.PONG: lambda session, tag, body: Pong(session, tag, Stamp(*_STAMP.unpack(body))),
    Type.GONE: lambda session, tag, body: Gone(session, tag, *_RANGE.unpack(body)),
    Type.NAK: lambda session, number, body: Nak(session, number, *_NAK.unpack(body)),
}
