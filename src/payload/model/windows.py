"""How a window is defined; `environment` turns these into intervals.

Angles are degrees, WGS84, without refraction. Names of other windows have been checked to exist, without circles.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from payload.met import Window


@dataclass(frozen=True, slots=True)
class Orbit:
    """A two-line element set; `line1` and `line2` have correct checksums."""

    line1: str
    line2: str


@dataclass(frozen=True, slots=True)
class Relay:
    """A geostationary satellite at one of `longitudes` is seen along a line that stays `graze_m` metres above the
    ellipsoid's equatorial radius."""

    longitudes: tuple[float, ...]
    graze_m: int


@dataclass(frozen=True, slots=True)
class Site:
    """A ground site: the spacecraft stands at least `elevation` degrees up."""

    lat: float
    lon: float
    elevation: float


@dataclass(frozen=True, slots=True)
class Stations:
    """Contact with any of the stations."""

    sites: tuple[Site, ...]


@dataclass(frozen=True, slots=True)
class Targets:
    """A target is at least `elevation` up in a pass that culminates at `peak` or more, while the Sun's elevation at the
    target lies in the closed range `sun_min` to `sun_max`."""

    sites: tuple[Site, ...]
    peaks: tuple[float, ...]
    sun_min: tuple[float | None, ...]
    sun_max: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Sunlit:
    """The spacecraft is in sunlight (`sunlit`), or is not."""

    sunlit: bool


@dataclass(frozen=True, slots=True)
class Daily:
    """From one local time of day to another (ms after midnight) on each local date, or each of `days`; an end not
    after its start is on the next day. `days` is already resolved to dates."""

    start_ms: int
    end_ms: int
    days: frozenset[date] | None = None


@dataclass(frozen=True, slots=True)
class Between:
    """Intervals given as instants."""

    windows: tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """The intersection of other windows."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The union of other windows."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoneOf:
    """The horizon without the union of other windows."""

    names: tuple[str, ...]


WindowRule = Relay | Stations | Targets | Sunlit | Daily | Between | AllOf | AnyOf | NoneOf
