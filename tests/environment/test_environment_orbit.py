"""The orbit against figures published by others, and against looking at every second."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from environment_builders import ISS_2, ISS_4, ISS_5, MOLNIYA, SINKING, TIANGONG, mission, utc

from payload.environment import contacts, subpoint, tle_age_days, windows_of
from payload.environment.earth import elevation, geodetic, ground
from payload.environment.orbit import Track
from payload.errors import PlanningError
from payload.met import DAY, HOUR, MINUTE, SECOND, Calendar, Window, complement
from payload.model import NoneOf, Orbit, Relay, Site, Stations, Sunlit, Targets, WindowRule

ISS_SETS = pytest.mark.parametrize("orbit", [ISS_2, ISS_4, ISS_5], ids=["2 July", "4 July", "5 July"])


@pytest.mark.parametrize(
    ("at", "lat", "lon", "height_km", "speed_km_s"),
    [("2025-07-04T19:09:14", 4.156, 12.700, 414.72, 7.6645), ("2025-07-04T20:27:46", -37.181, -47.194, 426.14, None)],
)
def test_sub_points_are_those_stored_with_the_elements(
    at: str, lat: float, lon: float, height_km: float, speed_km_s: float | None
) -> None:
    found = subpoint(ISS_4, utc(at))
    assert found[:2] == pytest.approx((lat, lon), abs=0.1)
    assert found[2] / 1_000 == pytest.approx(height_km, abs=0.5)
    if speed_km_s:
        assert found[3] / 1_000 == pytest.approx(speed_km_s, abs=0.001)


@ISS_SETS
def test_the_school_contact_of_4_july_2025_is_found(orbit: Orbit) -> None:
    """ARISS announced 10:17 UTC through the telebridge K6DUE at Greenbelt, Maryland (https://www.ariss.org)."""
    calendar = Calendar(utc("2025-07-04T09:30:00"), "UTC")
    ((contact, peak),) = contacts(orbit, Site(39.0, -76.8, 0.0), calendar, Window(0, 90 * MINUTE))
    assert abs(calendar.utc(contact.start) - utc("2025-07-04T10:17:00")) < timedelta(minutes=2)
    assert calendar.utc(contact.start) == pytest.approx(utc("2025-07-04T10:18:12"), abs=timedelta(seconds=5))
    assert calendar.utc(contact.end) == pytest.approx(utc("2025-07-04T10:29:03"), abs=timedelta(seconds=5))
    assert 87 < peak < 89


@ISS_SETS
def test_the_station_has_no_night_for_five_days_in_july_2025(orbit: Orbit) -> None:
    flight = mission(utc("2025-07-02T00:00:00"), 14, {"sunlit": Sunlit(True), "night": Sunlit(False)}, orbit)
    found = windows_of(flight)
    longest = max(found["sunlit"], key=lambda window: window.length_ms)
    minute = timedelta(minutes=1)
    assert flight.calendar.utc(longest.start) == pytest.approx(utc("2025-07-06T14:41:00"), abs=minute)
    assert flight.calendar.utc(longest.end) == pytest.approx(utc("2025-07-11T09:27:00"), abs=minute)
    assert found["night"] == complement(found["sunlit"], flight.horizon)


def test_four_daylight_passes_over_the_indus_in_the_last_week_of_october_2026() -> None:
    targets = Targets((Site(30.4, 69.3, 0.0),), (30.0,), (15.0,), (None,))
    flight = mission(utc("2026-10-24T16:00:00"), 7, {"indus": targets}, clock="Asia/Shanghai")
    starts = [flight.calendar.format_day(window.start)[:11] for window in windows_of(flight)["indus"]]
    assert starts == ["day 3 19:06", "day 5 18:42", "day 6 17:42", "day 7 18:19"]


@pytest.mark.parametrize(
    ("longitudes", "graze_m", "share", "longest_gap_min"),
    [((10.5, 77.0, 171.0), 0, 1.0, 0), ((10.5, 77.0, 171.0), 100_000, 0.995, 1.5), ((77.0, 171.0), 100_000, 0.81, 24)],
)
def test_relay_coverage(longitudes: tuple[float, ...], graze_m: int, share: float, longest_gap_min: float) -> None:
    flight = mission(utc("2026-10-25T00:00:00"), 7, {"relay": Relay(longitudes, graze_m)})
    relay = windows_of(flight)["relay"]
    gaps = complement(relay, flight.horizon)
    assert sum(window.length_ms for window in relay) / flight.end == pytest.approx(share, abs=0.005)
    assert max((gap.length_ms for gap in gaps), default=0) <= longest_gap_min * MINUTE


def test_two_relays_leave_one_gap_of_17_minutes_a_revolution() -> None:
    flight = mission(utc("2026-10-25T00:00:00"), 7, {"relay": Relay((77.0, 171.0), 100_000)})
    gaps = complement(windows_of(flight)["relay"], flight.horizon)
    revolutions = 7 * 15.6
    assert len(gaps) == pytest.approx(revolutions, abs=8)
    assert sum(gap.length_ms for gap in gaps) / revolutions == pytest.approx(17 * MINUTE, abs=MINUTE)


def test_no_relay_below_the_grazing_height() -> None:
    """Tiangong flies 377 to 387 km above the equatorial radius that day: no line from below a graze stays above it."""
    rules = {f"{graze} km": Relay((10.5, 77.0, 171.0), graze * 1_000) for graze in (100, 360, 382, 390)}
    flight = mission(utc("2026-10-25T00:00:00"), 1, rules)
    found = windows_of(flight)
    lengths = [sum(window.length_ms for window in windows) for windows in found.values()]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[2] > 0 == lengths[3]
    track = Track(TIANGONG, flight.calendar)
    for window in found["382 km"]:
        heights = np.linalg.norm(track.fixed(np.arange(window.start, window.end, SECOND)), axis=-1) - 6_378.137
        assert heights.min() >= 382


def test_age_of_the_elements_at_the_farthest_instant() -> None:
    week = mission(utc("2026-10-25T00:00:00"), 7, {})
    assert tle_age_days(week) == pytest.approx(37 - 0.2977 + 7, abs=0.01)
    assert tle_age_days(mission(utc("2026-09-10T00:00:00"), 7, {})) == pytest.approx(8.2977, abs=0.01)
    assert tle_age_days(mission(utc("2026-09-10T00:00:00"), 7, {}, orbit=None)) is None


def test_a_decayed_orbit_is_refused_with_the_window_and_the_instant() -> None:
    flight = mission(utc("2026-10-18T00:00:00"), 60, {"sunlit": Sunlit(True)}, SINKING)
    with pytest.raises(PlanningError) as refused:
        windows_of(flight)
    assert str(refused.value).startswith("window sunlit: the orbit cannot be followed beyond day ")
    assert "give elements from nearer to the mission" in str(refused.value)


def test_a_window_of_the_orbit_without_an_orbit_is_refused_by_name() -> None:
    with pytest.raises(PlanningError, match="window dark: needs the spacecraft's orbit"):
        windows_of(mission(utc("2026-10-18T00:00:00"), 1, {"dark": Sunlit(False)}, orbit=None))


@pytest.mark.parametrize("orbit", [TIANGONG, MOLNIYA], ids=["Tiangong", "Molniya"])
@pytest.mark.parametrize("up", [0.0, 10.0, 40.0, 70.0])
def test_the_scan_finds_what_a_look_at_every_second_finds(orbit: Orbit, up: float) -> None:
    """Every contact, however short; edges to the second, which is all that the slow look can tell."""
    flight = mission(utc("2026-10-20T00:00:00"), 2, {}, orbit)
    sites = [
        Site(lat, lon, up) for lat, lon in [(33.7, 73.1), (41.4, -120.0), (-40.0, 10.0), (2.0, 150.0), (85.0, 0.0)]
    ]
    track = Track(orbit, flight.calendar)
    seconds = np.arange(0, flight.end, SECOND, dtype=np.int64)
    places = track.fixed(seconds)
    for site in sites:
        found = [window for window, _ in contacts(orbit, site, flight.calendar, flight.horizon)]
        seen = elevation(places, site) >= up
        inside = np.zeros(len(seconds), dtype=bool)
        for window in found:
            inside[-(-window.start // SECOND) : -(-window.end // SECOND)] = True
        assert np.array_equal(seen, inside)


@pytest.mark.parametrize("up", np.linspace(0, 85, 18).tolist())
def test_a_pass_that_barely_culminates_is_found_and_one_that_barely_fails_is_not(up: float) -> None:
    calendar, day = Calendar(utc("2026-10-20T00:00:00"), "UTC"), Window(0, 2 * DAY)
    peaks = [peak for _, peak in contacts(TIANGONG, Site(33.7, 73.1, up), calendar, day)]
    for peak in peaks:
        barely = contacts(TIANGONG, Site(33.7, 73.1, peak - 1e-5), calendar, day)
        fails = contacts(TIANGONG, Site(33.7, 73.1, peak + 1e-5), calendar, day)
        assert len(barely) == len(fails) + 1
        assert min(window.length_ms for window, _ in barely) < 5 * SECOND


def test_a_pass_that_the_horizon_cuts_is_judged_by_its_whole_culmination() -> None:
    calendar = Calendar(utc("2025-07-04T10:26:00"), "UTC")
    ((contact, peak),) = contacts(ISS_4, Site(39.0, -76.8, 0.0), calendar, Window(0, HOUR))
    assert contact.start == 0
    assert peak > 87


def test_stations_are_a_union_and_edges_are_exact_to_the_ms() -> None:
    one, two = Site(33.7, 73.1, 5.0), Site(30.2, 67.0, 5.0)
    rules: dict[str, WindowRule] = {
        "both": Stations((one, two)),
        "one": Stations((one,)),
        "two": Stations((two,)),
        "none": NoneOf(("both",)),
    }
    flight = mission(utc("2026-10-25T00:00:00"), 3, rules)
    found = windows_of(flight)
    track = Track(TIANGONG, flight.calendar)
    for window in found["one"]:
        instants = np.array([window.start - 1, window.start, window.end - 1, window.end], dtype=np.int64)
        assert (elevation(track.fixed(instants), one) >= 5.0).tolist() == [False, True, True, False]
    assert sum(w.length_ms for w in found["both"]) < sum(w.length_ms for w in found["one"] + found["two"])
    assert found["none"] == complement(found["both"], flight.horizon)


@pytest.mark.parametrize(("lat", "lon"), [(0.0, 0.0), (33.7, 73.1), (-89.9, -179.5), (90.0, 0.0)])
def test_a_place_on_the_ground_is_found_again(lat: float, lon: float) -> None:
    assert geodetic(ground(lat, lon)) == pytest.approx((lat, lon, 0.0), abs=1e-6)
