"""The suite against whatever is behind a URL."""

from __future__ import annotations

from collections.abc import Callable

from payload.rigs.conform.check import Finding
from payload.rigs.conform.suite import CHECKS, conform
from payload.rigs.conform.talk import WallLine
from payload.rigs.ports.transport import BAUD
from payload.rigs.stations.reach import reached


def examine(
    url: str,
    kind: str | None = None,
    *,
    speed_milli: int = 1000,
    baud: int = BAUD,
    hazardous: bool = False,
    quick: bool = False,
    only: frozenset[str] | None = None,
    told: Callable[[Finding], None] | None = None,
) -> list[Finding]:
    """`conform` over a port of its own. Raises as `reached` does, and ValueError for an id in `only` that there is
    not."""
    unknown = (only or frozenset()) - {check.id for check in CHECKS}
    if unknown:
        known = ", ".join(check.id for check in CHECKS)
        raise ValueError(f"there is no check {', '.join(sorted(unknown))}; there are {known}")
    with reached(url, kind, speed_milli=speed_milli, baud=baud) as transport:
        return conform(WallLine(transport), hazardous=hazardous, quick=quick, only=only, told=told)
