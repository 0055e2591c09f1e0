"""Orbits and missions of the environment's tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from payload.met import DAY, MINUTE, Calendar
from payload.model import Mission, Orbit, WindowRule

#: Tiangong's core module, epoch 2026-09-18
TIANGONG = Orbit(
    "1 48274U 21035A   26261.29773936  .00016929  00000+0  20659-3 0  9990",
    "2 48274  41.4677 116.6699 0002625 287.9042  72.1510 15.60068670307703",
)
#: the ISS, epochs 2025-07-02, 04 and 05 (the flight of Axiom 4)
ISS_2 = Orbit(
    "1 25544U 98067A   25183.17152840  .00005361  00000-0  10070-3 0  9993",
    "2 25544  51.6357 232.8024 0002162 321.8485 134.2034 15.50326686517486",
)
ISS_4 = Orbit(
    "1 25544U 98067A   25185.47485775  .00005492  00000+0  10282-3 0  9993",
    "2 25544  51.6344 221.3901 0002450 331.8120  28.2736 15.50368910517843",
)
ISS_5 = Orbit(
    "1 25544U 98067A   25186.50618345  .00006730  00000+0  12412-3 0  9992",
    "2 25544  51.6343 216.2777 0002492 336.9059  23.1817 15.50384048518002",
)
#: high and long: perigee 500 km, apogee 39,000 km (made up, on the lines of a Molniya)
MOLNIYA = Orbit(
    "1 40000U 14001A   26290.50000000  .00000000  00000-0  00000-0 0  9994",
    "2 40000  63.4000 100.0000 7370000 270.0000  10.0000  2.00600000 10003",
)
#: sinks fast: SGP4 calls it decayed some days after its epoch (made up)
SINKING = Orbit(
    "1 40001U 14001B   26290.50000000  .00000000  00000-0  10000-3 0  9990",
    "2 40001  51.6000 100.0000 0005000 270.0000  10.0000 16.40000000 10001",
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def mission(
    start: datetime, days: float, windows: Mapping[str, WindowRule], orbit: Orbit | None = TIANGONG, clock: str = "UTC"
) -> Mission:
    return Mission(
        id="sky",
        title="Sky",
        calendar=Calendar(start, clock),
        end=int(days * DAY),
        grid_ms=5 * MINUTE,
        crew=(),
        experiments=(),
        orbit=orbit,
        windows=windows,
    )
