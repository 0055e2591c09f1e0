"""Samples and periodic frames (PROTOCOL.md §7)."""

from __future__ import annotations

import struct

from payload.rigs.twins.rig import NEVER, U32, Rig
from payload.rigs.twins.streams import Stream
from payload.rigs.wire.frame import Frame
from payload.rigs.wire.packet import NakCode, Type

HOUSEKEEPING_MS = 1_000
_RANGE = struct.Struct("<BIH")


def due(rig: Rig) -> int:
    """The tick of the next sample that must be taken, or after which a frame of samples is sent."""
    tick = rig.tick
    at = frame_due(rig) if rig.lazy else NEVER
    if not rig.lazy:
        for interval in rig.intervals:
            following = tick - tick % interval + interval
            if following < at:
                at = following
    return at


def frame_due(rig: Rig) -> int:
    """The tick of the next sample after which a frame is sent, as things stand."""
    if not rig.credit or not rig.session or not rig.lease:
        return NEVER
    full, tick, at = rig.size.samples, rig.tick, NEVER
    for stream in rig.streams:
        last = stream.unsent + full - 1
        newest = tick // stream.interval
        found = (last if last > newest else newest + 1) * stream.interval
        if found < at:
            at = found
    return at


def visit(rig: Rig) -> None:
    """Each stream's sample of this tick, if it has one, and the frames that are full then."""
    tick, full = rig.tick, rig.size.samples
    may_send = bool(rig.session) and rig.lease
    for stream in rig.streams:
        if tick % stream.interval:
            continue
        stream.reach(tick)
        while may_send and rig.credit and stream.newest - stream.unsent >= full - 1:
            _send(rig, stream, full)


def visit_periodic(rig: Rig) -> None:
    """What is sent at `hk_due`, while the lease runs."""
    rig.hk_due += rig.wall_ticks(HOUSEKEEPING_MS)
    rig.hk_count += 1
    if rig.hk_count >= rig.flush:
        rig.hk_count = 0
        for stream in rig.streams:
            if not rig.credit:
                break
            if rig.lazy:
                stream.reach(rig.tick)
            unsent = stream.newest - stream.unsent + 1
            if unsent:
                _send(rig, stream, min(unsent, rig.size.samples))
    rig.send_housekeeping()


def catch_up(rig: Rig) -> None:
    """The lease runs again: the times that passed without it have gone by in silence."""
    behind = rig.tick - rig.hk_due
    if behind >= 0:
        every = rig.wall_ticks(HOUSEKEEPING_MS)
        rig.hk_due += (behind // every + 1) * every


def open_streams(rig: Rig) -> None:
    for stream in rig.streams:
        if rig.lazy:
            stream.reach(rig.tick)
        stream.open()


def resend(rig: Rig, frame: Frame) -> None:
    index, first, count = _RANGE.unpack(frame.body)
    if index >= len(rig.streams) or not count:
        rig.refuse(frame, NakCode.MALFORMED)
        return
    stream = rig.streams[index]
    if rig.lazy:
        stream.reach(rig.tick)
    gone, start = stream.find(first, count)
    if gone or start > stream.newest:
        rig.send(Type.GONE, frame.id, _RANGE.pack(index, first & U32, gone))
    else:
        there = min(count, stream.newest - start + 1, rig.size.samples)
        rig.send(Type.TELEMETRY, frame.id, stream.body_from(start, there))


def _send(rig: Rig, stream: Stream, count: int) -> None:
    rig.credit -= 1
    rig.send(Type.TELEMETRY, 0, stream.body(count))
