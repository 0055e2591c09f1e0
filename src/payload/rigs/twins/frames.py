"""What a rig does with each frame that reaches it (PROTOCOL.md §3 and §4)."""

from __future__ import annotations

import struct
from collections.abc import Callable

from payload.rigs.twins import commands, telemetry
from payload.rigs.twins.rig import U32, Rig
from payload.rigs.twins.safety import go_safe
from payload.rigs.wire.frame import Frame
from payload.rigs.wire.packet import (
    HAS_JOURNAL,
    LEASE_MS,
    NO_RECORD,
    VERSION,
    HelloReply,
    NakCode,
    Reason,
    State,
    Type,
    pack,
)

_BOOT = struct.Struct("<I")
_STAMP = struct.Struct("<IH")
_PART = struct.Struct("<HH")
_IN_SESSION = frozenset({Type.COMMAND, Type.COMMAND_AT, Type.BEAT, Type.RESEND})
_LENGTHS: dict[int, range] = {
    Type.OPEN: range(2, 3),
    Type.COMMAND: range(1, 14),
    Type.COMMAND_AT: range(5, 18),
    Type.BEAT: range(2, 3),
    Type.DICTIONARY: range(2, 3),
    Type.RESEND: range(7, 8),
}


def handle(rig: Rig, frame: Frame) -> None:
    kind = frame.type
    if kind >= 0x80:
        return
    act = _ACTS.get(kind)
    if act is None:
        rig.refuse(frame, NakCode.TYPE)
    elif kind in _LENGTHS and len(frame.body) not in _LENGTHS[kind]:
        rig.refuse(frame, NakCode.MALFORMED)
    elif kind in _IN_SESSION and (frame.session != rig.session or not rig.session):
        rig.refuse(frame, NakCode.SESSION)
    else:
        act(rig, frame)


def _stamp(rig: Rig) -> bytes:
    return _STAMP.pack(rig.tick & U32, rig.thousandths)


def _hello(rig: Rig, frame: Frame) -> None:
    size, journal = rig.size, rig.journal
    reply = HelloReply(
        frame.id, VERSION, rig.kind.number, rig.unit, rig.boot, rig.cause, rig.state, rig.reason,
        (HAS_JOURNAL if journal else 0) | size.queue << 4, rig.session, rig.last_id,
        rig.results.finished(rig.last_id), size.window, size.body, rig.kind.hash, rig.tick & U32, rig.speed_milli,
        rig.deframer.bad & 0xFFFF, rig.naks, size.ring, rig.armed, journal.record if journal else NO_RECORD,
    )  # fmt: skip
    rig.send(Type.HELLO_REPLY, frame.id, pack(reply).body)


def _open(rig: Rig, frame: Frame) -> None:
    version, flush = frame.body
    if version != VERSION:
        rig.refuse(frame, NakCode.VERSION)
        return
    if frame.session < rig.session or frame.session == 0:
        rig.refuse(frame, NakCode.SESSION)
        return
    if frame.session > rig.session:
        _begin_session(rig, frame.session, flush)
    rig.send(Type.OPENED, frame.id, _BOOT.pack(rig.boot) + rig.status())


def _begin_session(rig: Rig, session: int, flush: int) -> None:
    if rig.state is not State.SAFE:
        go_safe(rig, Reason.SESSION)
    rig.session, rig.last_id = session, 0
    rig.results.clear()
    rig.waiting.clear()
    rig.nonce = None
    rig.limits = [(channel.low, channel.high) for channel in rig.kind.channels]
    telemetry.open_streams(rig)
    rig.hk_sequence = rig.credit = rig.hk_count = 0
    rig.flush = flush or 1
    rig.lease, rig.lease_until = True, rig.tick + rig.wall_ticks(LEASE_MS)
    rig.hk_due = rig.tick + rig.wall_ticks(telemetry.HOUSEKEEPING_MS)


def _command(rig: Rig, frame: Frame) -> None:
    commands.take(rig, frame, None, frame.body)


def _command_at(rig: Rig, frame: Frame) -> None:
    commands.take(rig, frame, int.from_bytes(frame.body[:4], "little"), frame.body[4:])


def _beat(rig: Rig, frame: Frame) -> None:
    if not rig.lease:
        telemetry.catch_up(rig)
    rig.lease, rig.lease_until = True, rig.tick + rig.wall_ticks(LEASE_MS)
    rig.credit = int.from_bytes(frame.body, "little")
    rig.send(Type.BEAT_REPLY, frame.id, rig.status() + _stamp(rig))


def _abort(rig: Rig, frame: Frame) -> None:
    go_safe(rig, Reason.ABORT)
    rig.send(Type.ABORTED, frame.id, rig.status())


def _dictionary(rig: Rig, frame: Frame) -> None:
    offset, whole = int.from_bytes(frame.body, "little"), rig.kind.zlib
    part = whole[offset : offset + rig.size.body - _PART.size]
    rig.send(Type.DICTIONARY_PART, frame.id, _PART.pack(offset, len(whole)) + part)


def _ping(rig: Rig, frame: Frame) -> None:
    rig.send(Type.PONG, frame.id, _stamp(rig))


_ACTS: dict[int, Callable[[Rig, Frame], None]] = {
    Type.HELLO: _hello,
    Type.OPEN: _open,
    Type.COMMAND: _command,
    Type.BEAT: _beat,
    Type.ABORT: _abort,
    Type.DICTIONARY: _dictionary,
    Type.PING: _ping,
    Type.RESEND: telemetry.resend,
    Type.COMMAND_AT: _command_at,
}
