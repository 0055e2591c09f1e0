"""One rig watched: what it says of itself and measures, as it comes."""

from __future__ import annotations

from collections.abc import Iterator

from payload.met import to_ns
from payload.rigs.link.events import Down, Known, Met, Sampled, Up
from payload.rigs.link.link import Link
from payload.rigs.ports.transport import BAUD, Transport, monotonic_ns
from payload.rigs.stations.reach import reached
from payload.rigs.wire.frame import Deframer
from payload.rigs.wire.packet import BEAT_MS, Housekeeping, unpack

Seen = Met | Known | Up | Sampled | Housekeeping


def watch(url: str, kind: str | None = None, *, speed_milli: int = 1000, baud: int = BAUD) -> Iterator[Seen]:
    """Meets the rig, opens a session and keeps its lease, so that it tells: first `Met` and `Known`, then samples and
    housekeeping, until the caller has seen enough. A session of another host ends by that, and what runs goes safe.

    Raises as `reached` does, and LinkError when the link goes down.
    """
    with reached(url, kind, speed_milli=speed_milli, baud=baud) as transport:
        yield from _watch(url, transport)


def _watch(url: str, transport: Transport) -> Iterator[Seen]:
    link, deframer = Link(url, None), Deframer()
    events = link.connected(monotonic_ns())
    beat_at: int | None = None
    while True:
        for event in events:
            if isinstance(event, Down):
                raise event.error
            if isinstance(event, Up):
                beat_at = monotonic_ns()
            if isinstance(event, Met | Known | Up | Sampled):
                yield event
        now = monotonic_ns()
        if beat_at is not None and now >= beat_at:
            link.beat(now)
            beat_at = now + to_ns(BEAT_MS)
        transport.write(link.outgoing())
        due = [at for at in (link.deadline, beat_at) if at is not None]
        heard = transport.wait(min(due, default=None))
        now = monotonic_ns()
        events = link.receive(heard, now) + link.tick(now)
        for frame in deframer.feed(heard):
            try:
                packet = unpack(frame)
            except ValueError:
                continue
            if isinstance(packet, Housekeeping):
                yield packet
