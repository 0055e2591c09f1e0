"""Windows of the clock, and windows made of windows."""

from __future__ import annotations

from datetime import date

from environment_builders import mission, utc
from hypothesis import given, settings
from hypothesis import strategies as st

from payload.environment import windows_of
from payload.met import DAY, HOUR, MINUTE, Window, complement, intersect, merge
from payload.model import AllOf, AnyOf, Between, Daily, NoneOf, WindowRule

SLEEP = Daily(22 * HOUR, 5 * HOUR + 30 * MINUTE)


def hours(*pairs: tuple[float, float]) -> tuple[Window, ...]:
    return tuple(Window(int(start * HOUR), int(end * HOUR)) for start, end in pairs)


def test_a_night_reaches_over_midnight_and_into_the_horizon() -> None:
    flight = mission(utc("2026-10-25T22:00:00"), 2, {"night": SLEEP}, clock="Asia/Shanghai")  # 06:00 local
    assert windows_of(flight)["night"] == hours((16, 23.5), (40, 47.5))
    early = mission(utc("2026-10-25T20:00:00"), 1, {"night": SLEEP}, clock="Asia/Shanghai")  # 04:00 local
    assert windows_of(early)["night"] == hours((0, 1.5), (18, 24))


def test_days_are_those_on_which_the_window_opens() -> None:
    rule = Daily(22 * HOUR, 6 * HOUR, frozenset({date(2026, 10, 25), date(2026, 10, 27)}))
    flight = mission(utc("2026-10-26T00:00:00"), 3, {"night": rule})
    assert windows_of(flight)["night"] == hours((0, 6), (46, 54))


def test_the_whole_day_is_one_window_and_the_same_time_twice_is_a_day() -> None:
    rules: dict[str, WindowRule] = {"day": Daily(0, 24 * HOUR), "round": Daily(9 * HOUR, 9 * HOUR)}
    assert windows_of(mission(utc("2026-10-26T00:00:00"), 3, rules)) == {"day": hours((0, 72)), "round": hours((0, 72))}


def test_local_time_follows_the_clock_when_it_is_set_back_and_forward() -> None:
    autumn = mission(utc("2026-10-23T22:00:00"), 2, {"work": Daily(8 * HOUR, 17 * HOUR)}, clock="Europe/Berlin")
    assert windows_of(autumn)["work"] == hours((8, 17), (33, 42))  # 25 October has 25 hours
    spring = mission(utc("2026-03-27T23:00:00"), 2, {"work": Daily(8 * HOUR, 17 * HOUR)}, clock="Europe/Berlin")
    assert windows_of(spring)["work"] == hours((8, 17), (31, 40))  # 29 March has 23
    skipped = mission(utc("2026-03-28T23:00:00"), 1, {"gone": Daily(2 * HOUR, 3 * HOUR)}, clock="Europe/Berlin")
    assert windows_of(skipped)["gone"] == ()  # 02:00 becomes 03:00, and nothing is left


def test_windows_made_of_windows() -> None:
    rules: dict[str, WindowRule] = {
        "quiet": NoneOf(("dock", "burn")),
        "both": AllOf(("dock", "burn")),
        "either": AnyOf(("dock", "burn")),
        "deep": AllOf(("either", "quiet")),
        "dock": Between(hours((-3, 4), (30, 40))),
        "burn": Between(hours((3, 5), (5, 6), (5.5, 7))),
    }
    assert windows_of(mission(utc("2026-10-26T00:00:00"), 1.5, rules)) == {
        "quiet": hours((7, 30)),
        "both": hours((3, 4)),
        "either": hours((0, 7), (30, 36)),
        "deep": (),
        "dock": hours((0, 4), (30, 36)),
        "burn": hours((3, 7)),
    }


intervals = st.lists(
    st.tuples(st.integers(-HOUR, 2 * DAY), st.integers(1, 12 * HOUR)).map(lambda pair: Window(pair[0], sum(pair))),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(one=intervals, two=intervals)
def test_laws_of_sets(one: list[Window], two: list[Window]) -> None:
    rules: dict[str, WindowRule] = {
        "a": Between(tuple(one)),
        "b": Between(tuple(two)),
        "and": AllOf(("a", "b")),
        "or": AnyOf(("a", "b")),
        "nor": NoneOf(("a", "b")),
        "not-a": NoneOf(("a",)),
        "not-b": NoneOf(("b",)),
        "both-not": AllOf(("not-a", "not-b")),
    }
    flight = mission(utc("2026-10-26T00:00:00"), 1, rules, orbit=None)
    found = windows_of(flight)
    assert list(found) == list(rules)
    assert found["nor"] == found["both-not"] == complement(found["or"], flight.horizon)
    assert found["and"] == intersect(found["a"], found["b"])
    for windows in found.values():
        assert windows == merge(windows)
        assert all(flight.horizon.contains(window) for window in windows)
