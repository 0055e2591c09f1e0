"""The spacecraft's way: SGP4 over many instants at once, and how finely it must be looked at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
from sgp4.api import SGP4_ERRORS, Satrec
from sgp4.conveniences import sat_epoch_datetime

from payload.environment.almanac import Floats, sidereal_angle, sun, turned
from payload.environment.scan import Instants
from payload.errors import PlanningError
from payload.met import DAY, MINUTE, Calendar, Window
from payload.model import Orbit

_J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)
_J2000_JULIAN = 2_451_545.0
#: looks per revolution, at perigee's pace
_LOOKS = 48
_LONGEST_STEP_MS = 2 * MINUTE
_SHORTEST_STEP_MS = 1_000


class Track:
    """An orbit against a mission's clock: places at instants in ms MET.

    `elements` are the mission's two lines; their checksums have been checked. Raises PlanningError when sgp4 cannot use
    them at all.
    """

    def __init__(self, orbit: Orbit, calendar: Calendar) -> None:
        self._satellite = Satrec.twoline2rv(orbit.line1, orbit.line2)
        self._calendar = calendar
        if self._satellite.error:
            raise PlanningError(
                f"the orbit's two-line elements: {SGP4_ERRORS[self._satellite.error]}; give a newer set"
            )
        self._days_at_start = (calendar.start - _J2000) / timedelta(days=1)
        radians_a_minute = float(self._satellite.no_kozai)
        self.period_ms = round(2 * np.pi / radians_a_minute * MINUTE)
        eccentricity = float(self._satellite.ecco)
        hurry = (1 + eccentricity) ** 2 / (1 - eccentricity**2) ** 1.5  # perigee's angular pace over the mean
        self.step_ms = int(np.clip(self.period_ms / hurry / _LOOKS, _SHORTEST_STEP_MS, _LONGEST_STEP_MS))

    @property
    def epoch(self) -> int:
        """The instant that the elements are of, in ms MET."""
        return self._calendar.met(sat_epoch_datetime(self._satellite))

    def days(self, at: Instants) -> Floats:
        """Days (UTC) since 2000-01-01 12:00."""
        return np.asarray(self._days_at_start + at / DAY)

    def state(self, at: Instants) -> tuple[Floats, Floats]:
        """Places (km) and velocities (km/s) in TEME, each of shape (n, 3); NaN where SGP4 fails: see `reach`."""
        _, places, velocities = self._propagate(at)
        return places, velocities

    def fixed(self, at: Instants) -> Floats:
        """Places seen from the turning Earth (ECEF), km; shape (n, 3)."""
        return turned(self.state(at)[0], sidereal_angle(self.days(at)))

    def sun(self, at: Instants) -> Floats:
        """The Sun in TEME, km; shape (n, 3)."""
        return sun(self.days(at))

    def sun_fixed(self, at: Instants) -> Floats:
        """The Sun seen from the turning Earth (ECEF), km; shape (n, 3)."""
        days = self.days(at)
        return turned(sun(days), sidereal_angle(days))

    def reach(self, horizon: Window) -> Instants:
        """The instants to scan: the horizon, and a revolution (at most a day) before and after it, so that a pass that
        the horizon cuts is still known whole.

        Raises PlanningError with the instant and the reason where SGP4 fails inside the horizon; where it fails only
        outside, the scan is shorter there.
        """
        margin = min(self.period_ms, DAY)
        around = np.arange(horizon.start - margin, horizon.end + margin, self.step_ms, dtype=np.int64)
        times = np.unique(np.concatenate((around, np.array([horizon.start, horizon.end], dtype=np.int64))))
        errors = self._propagate(times)[0]
        failed = times[errors > 0]
        inside = failed[(failed >= horizon.start) & (failed < horizon.end)]
        if len(inside):
            at, code = int(inside[0]), int(errors[times == inside[0]][0])
            place = f"{self._calendar.format_day(at)} ({self._calendar.format_utc(at)})"
            raise PlanningError(
                f"the orbit cannot be followed beyond {place}: SGP4 says '{SGP4_ERRORS[code]}'; "
                "give elements from nearer to the mission"
            )
        before, after = failed[failed < horizon.start], failed[failed >= horizon.end]
        first = int(before.max()) + 1 if len(before) else int(times[0])
        last = int(after.min()) - 1 if len(after) else int(times[-1])
        return np.asarray(times[(times >= min(first, horizon.start)) & (times <= max(last, horizon.end))])

    def _propagate(self, at: Instants) -> tuple[Instants, Floats, Floats]:
        whole = np.full(len(at), _J2000_JULIAN)
        errors, places, velocities = self._satellite.sgp4_array(whole, self.days(at))
        return errors.astype(np.int64), places, velocities
