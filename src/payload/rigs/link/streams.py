"""Samples on the host: in order, each once, and what is missing asked for until it has come or the rig says GONE
(PROTOCOL.md §7).

A stream starts with the first sample after the rig was met; over losses of the link and new sessions it goes on where
it was, until the rig boots anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from payload.rigs.link.events import Sampled
from payload.rigs.link.roundtrip import RoundTrip
from payload.rigs.wire.packet import WRAP, Gone, Resend, Telemetry

MOST = 0xFFFF
HALF = WRAP // 2


@dataclass(slots=True)
class _Stream:
    """`next` is the number of the next sample to tell; `ahead` is what came too early, by its first number."""

    next: int
    interval: int
    lost: int = 0
    ahead: dict[int, tuple[int, ...]] = field(default_factory=dict)
    tag: int = -1
    asked_at: int = 0
    due: int = 0
    tries: int = 0

    def behind(self, number: int) -> int:
        """By how many samples `number` is after the next one; below 0 when it was told already."""
        return (number - self.next + HALF) % WRAP - HALF

    def missing(self) -> int:
        """How many are missing before the first of those that are there."""
        return min(map(self.behind, self.ahead), default=0)


class Streams:
    """All streams of one rig. `met_at` is the tick at which it was met."""

    __slots__ = ("_gaps", "_met_at", "_round_trip", "_streams")

    def __init__(self, round_trip: RoundTrip) -> None:
        self._round_trip = round_trip
        self._streams: dict[int, _Stream] = {}
        self._gaps: dict[int, _Stream] = {}  # those that miss something
        self._met_at = 0

    def begin(self, tick: int) -> None:
        """A boot that had not been met before: samples count from 1 again, and those from now on are ours."""
        self._streams.clear()
        self._gaps.clear()
        self._met_at = tick

    def take(self, telemetry: Telemetry, now: int) -> list[Sampled]:
        """What can be told now."""
        number, values, interval = telemetry.first, telemetry.values, telemetry.interval
        stream = self._streams.get(telemetry.stream)
        if stream is None:
            if not interval:
                return []
            stream = self._streams[telemetry.stream] = _Stream(self._first(number, interval), interval)
        if telemetry.tag and telemetry.tag == stream.tag:
            stream.tag = -1
            if stream.tries == 1:
                self._round_trip.sample(now - stream.asked_at)
        if not values:
            return []
        behind = stream.behind(number)
        if behind > 0:
            there = stream.ahead.get(number, ())
            if len(values) > len(there):
                stream.ahead[number] = values
                self._gaps[telemetry.stream] = stream
            return []
        if behind + len(values) <= 0:
            return []
        return self._tell(telemetry.stream, stream, values[-behind:])

    def gone(self, gone: Gone) -> list[Sampled]:
        """Those are lost, as far as they are not here by now."""
        stream = self._streams.get(gone.stream)
        if stream is None:
            return []
        if gone.tag == stream.tag:
            stream.tag = -1
        if not gone.count and gone.first == stream.next:  # nothing is there yet: what seemed to be ahead of it is false
            stream.ahead.clear()
            self._gaps.pop(gone.stream, None)
            return []
        passed = min(stream.behind(gone.first) + gone.count, stream.missing())
        if stream.behind(gone.first) > 0 or passed <= 0:
            return []
        stream.lost += passed
        stream.next = (stream.next + passed) % WRAP
        return self._tell(gone.stream, stream, ())

    def ask(self, session: int, tag: Callable[[], int], now: int) -> list[Resend]:
        """What is to be asked for now, each with a tag of its own."""
        asked = []
        for number, stream in self._gaps.items():
            if stream.tag >= 0 and now < stream.due:
                continue
            stream.tries = stream.tries + 1 if stream.tag >= 0 else 1
            stream.tag = tag()
            stream.asked_at, stream.due = now, now + self._round_trip.short_ns(stream.tries)
            asked.append(Resend(session, stream.tag, number, stream.next, min(stream.missing(), MOST)))
        return asked

    @property
    def due(self) -> int | None:
        """When something is to be asked for again; what is missing newly is asked for at once."""
        return min([stream.due for stream in self._gaps.values()]) if self._gaps else None

    def forget_questions(self) -> None:
        """The line was cut: what was asked is asked anew."""
        for stream in self._streams.values():
            stream.tag, stream.due = -1, 0

    def _first(self, number: int, interval: int) -> int:
        """Frames before the first one that came may have been lost: it is the first sample after we met the rig that
        counts. A clock that has wrapped cannot tell which one that was."""
        after = (self._met_at // interval + 1) % WRAP
        missed = (number - after) % WRAP
        return after if missed * interval < HALF else number

    def _tell(self, number: int, stream: _Stream, values: tuple[int, ...]) -> list[Sampled]:
        first = stream.next
        stream.next = (first + len(values)) % WRAP
        while stream.ahead:
            early = min(stream.ahead, key=stream.behind)
            behind = stream.behind(early)
            if behind > 0:
                break
            fresh = stream.ahead.pop(early)[-behind:]
            stream.next = (stream.next + len(fresh)) % WRAP
            values += fresh
        if not stream.ahead:
            self._gaps.pop(number, None)
        return [Sampled(number, first, stream.interval, values, stream.lost)] if values else []
