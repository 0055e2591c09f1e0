"""One orbit over one horizon, looked at once and asked many times: what is seen from where, and when."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from payload.environment.almanac import EARTH_RADIUS_KM, Floats
from payload.environment.earth import EQUATORIAL_RADIUS_KM, clearance, elevation, geodetic, geostationary
from payload.environment.orbit import Track
from payload.environment.scan import Instants, Quantity, highest, windows_above
from payload.met import MINUTE, Calendar, Window, complement, intersect, merge
from payload.model import Orbit, Relay, Site, Stations, Sunlit, Targets

#: the Sun's elevation turns twice a day: ten minutes are fine enough by far
_SUN_STEP_MS = 10 * MINUTE


class Sky:
    """Windows of one orbit; all lists are sorted, cut to the scan (the horizon and a revolution around it).

    Raises PlanningError where SGP4 fails within the horizon.
    """

    def __init__(self, orbit: Orbit, calendar: Calendar, horizon: Window) -> None:
        self._track = Track(orbit, calendar)
        self._times = self._track.reach(horizon)

    def windows(self, rule: Relay | Stations | Targets | Sunlit) -> list[Window]:
        """Those of one definition; they may overlap (two stations), and are not yet cut to the horizon."""
        match rule:
            case Sunlit(sunlit):
                lit = windows_above(self._sunlight, self._times)
                return lit if sunlit else list(complement(lit, Window(int(self._times[0]), int(self._times[-1]))))
            case Relay(longitudes, graze_m):
                return [window for longitude in longitudes for window in self._relayed(longitude, graze_m / 1_000)]
            case Stations(sites):
                return [window for site in sites for window in windows_above(self._above(site), self._times)]
            case Targets():
                return [
                    window
                    for site, peak, low, high in zip(rule.sites, rule.peaks, rule.sun_min, rule.sun_max, strict=True)
                    for window in self._lit(site, [w for w, top in self.passes(site) if top >= peak], low, high)
                ]

    def passes(self, site: Site) -> list[tuple[Window, float]]:
        """When the spacecraft is at least `site.elevation` up, and how high each pass culminates, in degrees."""
        height = self._above(site)
        windows = windows_above(height, self._times)
        peaks = highest(height, self._times, windows)
        return [(window, peak + site.elevation) for window, peak in zip(windows, peaks, strict=True)]

    def subpoint(self, at: int) -> tuple[float, float, float, float]:
        """Latitude and longitude (degrees), height (m) above the ellipsoid, speed (m/s) in TEME."""
        now = np.array([at], dtype=np.int64)
        lat, lon, height_m = geodetic(self._track.fixed(now)[0])
        return lat, lon, height_m, float(np.linalg.norm(self._track.state(now)[1][0])) * 1_000.0

    def _sunlight(self, at: Instants) -> Floats:
        return clearance(self._track.state(at)[0], self._track.sun(at), EARTH_RADIUS_KM)

    @cached_property
    def _scanned(self) -> Floats:
        return self._track.fixed(self._times)

    def _fixed(self, at: Instants) -> Floats:
        return self._scanned if at is self._times else self._track.fixed(at)

    def _above(self, site: Site) -> Quantity:
        return lambda at: elevation(self._fixed(at), site) - site.elevation

    def _relayed(self, longitude: float, graze_km: float) -> list[Window]:
        satellite, radius_km = geostationary(longitude), EQUATORIAL_RADIUS_KM + graze_km
        seen = windows_above(lambda at: clearance(self._fixed(at), satellite, radius_km), self._times)
        # a spacecraft below the grazing height sends no line that stays above it
        high = windows_above(lambda at: np.linalg.norm(self._fixed(at), axis=-1) - radius_km, self._times)
        return list(intersect(merge(seen), merge(high)))

    def _lit(self, site: Site, passes: list[Window], low: float | None, high: float | None) -> list[Window]:
        """The parts of `passes` with the Sun's elevation at the site in the closed range `low` to `high`."""
        if not passes or (low is None and high is None):
            return passes
        days = np.arange(
            passes[0].start - _SUN_STEP_MS, passes[-1].end + 2 * _SUN_STEP_MS, _SUN_STEP_MS, dtype=np.int64
        )

        def sun(at: Instants) -> Floats:
            return elevation(self._track.sun_fixed(at), site)

        lit = merge(passes)
        if low is not None:
            lit = intersect(lit, windows_above(lambda at: sun(at) - low, days))
        if high is not None:
            lit = intersect(lit, windows_above(lambda at: high - sun(at), days))
        return list(lit)
