"""The mission's windows, from their definitions.

How exact they are: edges are those of our model to the ms, and the model agrees with Skyfield (which knows UT1 and
nutation and reads JPL's ephemeris) to within 1 s; tests/environment measures it. The orbit itself is only as good as
its elements: a set two to three weeks old may be minutes off along its track.

Shadow is where the Earth, taken as a sphere of its equatorial radius, hides the Sun's centre from the spacecraft: no
penumbra, no air. Skyfield's `is_sunlit` means the same. The true Earth is
flattened: its shadow is up to some seconds shorter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import reduce
from typing import TYPE_CHECKING

from payload.errors import PlanningError
from payload.met import DAY, Calendar, Window, complement, intersect, merge
from payload.model import AllOf, AnyOf, Between, Daily, Mission, NoneOf, Orbit, Relay, Site, Stations, Sunlit, Targets

if TYPE_CHECKING:
    from payload.environment.sky import Sky

Windows = tuple[Window, ...]


def windows_of(mission: Mission) -> dict[str, Windows]:
    """Every window of the mission by name, in the mission's order: merged, cut to the horizon, exact to the ms.

    Raises PlanningError, naming the window and the reason, when one needs an orbit that the mission has not, or the
    orbit cannot be followed over the horizon.
    """
    horizon = (mission.horizon,)
    sky: Sky | None = None
    found: dict[str, Windows] = {}

    def find(name: str) -> Windows:
        nonlocal sky
        if name in found:
            return found[name]
        match mission.windows[name]:
            case Relay() | Stations() | Targets() | Sunlit() as rule:
                sky = sky or _sky(name, mission)
                windows = merge(sky.windows(rule))
            case Daily() as rule:
                windows = merge(_daily(rule, mission))
            case Between(given):
                windows = merge(given)
            case AllOf(names):
                windows = reduce(intersect, (find(other) for other in names), horizon)
            case AnyOf(names):
                windows = _union(find, names)
            case NoneOf(names):
                windows = complement(_union(find, names), mission.horizon)
        found[name] = intersect(windows, horizon)
        return found[name]

    return {name: find(name) for name in mission.windows}


def contacts(orbit: Orbit, site: Site, calendar: Calendar, within: Window) -> list[tuple[Window, float]]:
    """The passes over a site: when the spacecraft is at least `site.elevation` up, and its culmination (degrees).

    Cut to `within`; the culmination is that of the whole pass. Raises PlanningError where SGP4 fails in `within`.
    """
    from payload.environment.sky import Sky

    passes = ((window.cut(within), peak) for window, peak in Sky(orbit, calendar, within).passes(site))
    return [(window, peak) for window, peak in passes if window]


def subpoint(orbit: Orbit, at: datetime) -> tuple[float, float, float, float]:
    """Where the spacecraft is at an aware instant: geodetic latitude and longitude of the point below it (degrees,
    WGS84, east positive), its height above the ellipsoid in metres, and its speed in m/s in the frame that does not
    turn with the Earth. Raises PlanningError where SGP4 fails."""
    from payload.environment.sky import Sky

    return Sky(orbit, Calendar(at, "UTC"), Window(0, 1)).subpoint(0)


def tle_age_days(mission: Mission) -> float | None:
    """How far the horizon's farthest instant is from the epoch of the orbit's elements, in days; None without orbit."""
    if mission.orbit is None:
        return None
    from payload.environment.orbit import Track

    epoch = Track(mission.orbit, mission.calendar).epoch
    return max(abs(epoch), abs(mission.end - epoch)) / DAY


def _sky(name: str, mission: Mission) -> Sky:
    if mission.orbit is None:
        raise PlanningError(
            f"window {name}: needs the spacecraft's orbit, and the mission has none; "
            "give environment.orbit.tle its two lines"
        )
    from payload.environment.sky import Sky

    try:
        return Sky(mission.orbit, mission.calendar, mission.horizon)
    except PlanningError as error:
        raise PlanningError(f"window {name}: {error}") from None


def _union(find: Callable[[str], Windows], names: Iterable[str]) -> Windows:
    return merge(window for name in names for window in find(name))


def _daily(rule: Daily, mission: Mission) -> Iterable[Window]:
    """One on each date from the day before the horizon's first, whose window may reach into it."""
    overnight = timedelta(days=1 if rule.end_ms <= rule.start_ms else 0)
    calendar, dates = mission.calendar, mission.dates()
    for on in (dates[0] - timedelta(days=1), *dates):
        if rule.days is None or on in rule.days:
            yield Window(calendar.at(on, rule.start_ms), calendar.at(on + overnight, rule.end_ms))
