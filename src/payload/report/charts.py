"""A channel's samples as a line that fits on the page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from payload.met import Calendar
from payload.report.flown import Channel

WIDTH, HEIGHT = 600, 90
_BUCKETS = 300
#: a channel's unit -> (how many of them, what people call that)
_READABLE = {"mdegC": (1_000, "°C"), "ul/min": (1_000, "ml/min"), "Pa": (1_000, "kPa"), "permille": (10, "%")}
#: a gap between samples longer than this share of the whole breaks the line
_BREAK = 0.02


@dataclass(frozen=True, slots=True)
class Chart:
    """`lines` are SVG points in a box of `WIDTH` by `HEIGHT`, one text for each unbroken stretch."""

    rig: str
    channel: str
    unit: str
    lines: tuple[str, ...]
    low: str
    high: str
    last: str
    start: str
    end: str
    samples: int
    lost: int


def chart(channel: Channel, calendar: Calendar) -> Chart:
    """At most a low and a high for each of some hundred parts of the time, so that no peak is lost. A channel has at
    least one sample."""
    scale, unit = _READABLE.get(channel.unit, (1, channel.unit))
    known = sorted((at, value / scale) for at, value in channel.samples if value is not None)
    start, end = min(at for at, _ in channel.samples), max(at for at, _ in channel.samples)
    low, high = min((v for _, v in known), default=0.0), max((v for _, v in known), default=0.0)
    span_ms, height = max(end - start, 1), (high - low) or 1.0

    def point(at: int, value: float) -> str:
        return f"{(at - start) / span_ms * WIDTH:.1f},{HEIGHT - (value - low) / height * HEIGHT:.1f}"

    lines: list[list[str]] = []
    before: int | None = None
    for at, value in _thinned(known, start, span_ms):
        if before is None or at - before > _BREAK * span_ms:
            lines.append([])
        lines[-1].append(point(at, value))
        before = at
    return Chart(
        rig=channel.rig,
        channel=channel.name,
        unit="" if unit == "count" else unit,
        lines=tuple(" ".join(line) for line in lines),
        low=f"{low:.6g}",
        high=f"{high:.6g}",
        last=f"{known[-1][1]:.6g}" if known else "–",
        start=calendar.format_day(start - start % 1000),
        end=calendar.format_day(end - end % 1000),
        samples=len(channel.samples),
        lost=channel.lost,
    )


def _thinned(known: list[tuple[int, float]], start: int, span_ms: int) -> Iterator[tuple[int, float]]:
    buckets: dict[int, list[tuple[int, float]]] = {}
    for at, value in known:
        buckets.setdefault((at - start) * _BUCKETS // span_ms, []).append((at, value))
    for bucket in buckets.values():
        yield from sorted({min(bucket, key=lambda s: s[1]), max(bucket, key=lambda s: s[1])})
