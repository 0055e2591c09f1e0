"""The outside truth: Skyfield with JPL's DE421 (https://rhodesmill.org/skyfield/), nothing downloaded."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from environment_builders import ISS_4, TIANGONG, mission, utc

from payload.environment import windows_of
from payload.met import Window
from payload.model import Mission, Orbit, Site, Stations, Sunlit, Targets, WindowRule

skyfield = pytest.importorskip("skyfield.api", reason="skyfield is not installed: pip install 'payload[dev]'")
skyfield_data = pytest.importorskip("skyfield_data", reason="skyfield-data (DE421) is not installed")

HALF_STEP = timedelta(seconds=1)
ORBITS = pytest.mark.parametrize(
    ("orbit", "start"), [(TIANGONG, "2026-10-25T00:00:00"), (ISS_4, "2025-07-01T00:00:00")], ids=["Tiangong", "ISS"]
)


class Truth:
    def __init__(self, flight: Mission, orbit: Orbit) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", RuntimeWarning
            )  # it says that the file of polar motion, unused here, is old
            folder = Path(skyfield_data.get_skyfield_data_path())
        self.calendar = flight.calendar
        self.scale = skyfield.load.timescale(builtin=True)
        self.bodies = skyfield.load_file(str(folder / "de421.bsp"))
        self.satellite = skyfield.EarthSatellite(orbit.line1, orbit.line2, "", self.scale)

    def time(self, at: int) -> Any:
        return self.scale.from_datetime(self.calendar.utc(at))

    def sunlit(self, at: int) -> bool:
        return bool(self.satellite.at(self.time(at)).is_sunlit(self.bodies))

    def up(self, at: int, site: Site) -> float:
        place = skyfield.wgs84.latlon(site.lat, site.lon)
        return float((self.satellite - place).at(self.time(at)).altaz()[0].degrees)

    def sun_up(self, at: int, site: Site) -> float:
        place = self.bodies["earth"] + skyfield.wgs84.latlon(site.lat, site.lon)
        return float(place.at(self.time(at)).observe(self.bodies["sun"]).apparent().altaz()[0].degrees)


def agree(windows: tuple[Window, ...], flight: Mission, inside: Callable[[int], bool]) -> None:
    """Within a second of each edge, the outside truth changes as we say it does."""
    assert windows
    for window in windows:
        for edge, after in ((window.start, True), (window.end, False)):
            if 1_000 < edge < flight.end - 1_000:
                assert (inside(edge - 1_000), inside(edge + 1_000)) == (not after, after)


@ORBITS
def test_edges_of_contacts(orbit: Orbit, start: str) -> None:
    sites = [Site(33.7, 73.1, 5.0), Site(-33.0, 140.0, 0.0), Site(39.0, -76.8, 30.0)]
    flight = mission(utc(start), 4, {f"site{n}": Stations((site,)) for n, site in enumerate(sites)}, orbit)
    truth = Truth(flight, orbit)
    for site, windows in zip(sites, windows_of(flight).values(), strict=True):
        agree(windows, flight, lambda at, site=site: truth.up(at, site) >= site.elevation)  # type: ignore[misc]


@ORBITS
def test_edges_of_sunlight(orbit: Orbit, start: str) -> None:
    flight = mission(utc(start), 4, {"sunlit": Sunlit(True)}, orbit)
    truth = Truth(flight, orbit)
    agree(windows_of(flight)["sunlit"], flight, truth.sunlit)


@ORBITS
def test_no_contact_and_no_eclipse_is_missed(orbit: Orbit, start: str) -> None:
    site = Site(33.7, 73.1, 10.0)
    flight = mission(utc(start), 7, {"site": Stations((site,)), "dark": Sunlit(False)}, orbit)
    truth, found = Truth(flight, orbit), windows_of(flight)
    place = skyfield.wgs84.latlon(site.lat, site.lon)
    times, events = truth.satellite.find_events(place, truth.time(0), truth.time(flight.end), altitude_degrees=10.0)
    peaks = [flight.calendar.met(time.utc_datetime()) for time, event in zip(times, events, strict=True) if event == 1]
    assert len(peaks) == len(found["site"])
    assert all(window.start <= peak < window.end for window, peak in zip(found["site"], peaks, strict=True))
    minutes = truth.scale.utc(*flight.calendar.start.timetuple()[:4], range(0, flight.end // 60_000, 2))
    lit = truth.satellite.at(minutes).is_sunlit(truth.bodies)
    dark = [any(w.start <= m * 120_000 < w.end for w in found["dark"]) for m in range(len(lit))]
    assert sum(bool(here) == there for here, there in zip(lit, dark, strict=True)) == 0


def test_edges_of_the_suns_elevation() -> None:
    """A gate that opens or closes within a pass: the Sun rises through it at the target."""
    site = Site(33.7, 73.1, 0.0)
    found: list[tuple[Window, float]] = []
    for tenths in range(0, 600, 7):
        gate = tenths / 10
        day: dict[str, WindowRule] = {"seen": Stations((site,)), "lit": Targets((site,), (0.0,), (gate,), (None,))}
        flight = mission(utc("2026-10-25T00:00:00"), 4, day)
        windows = windows_of(flight)
        edges = {edge for window in windows["seen"] for edge in (window.start, window.end)}
        found += [(w, gate) for w in windows["lit"] if w.start not in edges or w.end not in edges]
        if len(found) > 8:
            break
    truth = Truth(flight, TIANGONG)
    assert found
    for window, gate in found:
        for edge in (window.start, window.end):
            before, after = truth.sun_up(edge - 1_000, site) - gate, truth.sun_up(edge + 1_000, site) - gate
            if edge not in edges and min(abs(before), abs(after)) < 0.05:
                assert before * after < 0


@pytest.mark.parametrize("year", [2005, 2015, 2026, 2035, 2045])
def test_the_sun_stands_where_jpl_has_it(year: int) -> None:
    """Within 18 arc seconds on every tenth day of a year (apparent place, seen from the turning Earth)."""
    import numpy as np

    from payload.environment.almanac import sidereal_angle, sun, turned

    truth = Truth(mission(utc(f"{year}-01-01T12:00:00"), 1, {}), TIANGONG)
    days = np.arange((year - 2000) * 365.25, (year - 1999) * 365.25, 10.0)
    ours = turned(sun(days), sidereal_angle(days))
    times = truth.scale.ut1_jd(2_451_545.0 + days)
    from skyfield.framelib import itrs

    apparent = truth.bodies["earth"].at(times).observe(truth.bodies["sun"]).apparent()
    theirs = apparent.frame_xyz(itrs).km.T
    cosines = np.sum(ours * theirs, axis=1) / np.linalg.norm(ours, axis=1) / np.linalg.norm(theirs, axis=1)
    assert np.degrees(np.arccos(np.clip(cosines, -1, 1))).max() * 3_600 < 18
