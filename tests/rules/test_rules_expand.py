"""Which duties and sessions a mission speaks of, by the checker's own expansion."""

from __future__ import annotations

from datetime import UTC, datetime

from rules_builders import at, days, duty, experiment, mission, person, session, span

from payload.met import HOUR, MINUTE, Calendar, Window
from payload.model import Duty, Mission, Repeat
from payload.rules.expand import instances, sittings


def of_ann(
    *routine: Duty, end: int = at(24), calendar: Calendar | None = None, aboard: Window | None = None
) -> Mission:
    more = {"calendar": calendar} if calendar else {}
    return mission(routine=routine, end=end, crew=(person("ann", aboard),), **more)


def there(of: Mission) -> dict[str, tuple[int, int]]:
    """Each instance with its allowed interval in minutes of the mission."""
    return {
        name: (instance.allowed.start // MINUTE, instance.allowed.end // MINUTE)
        for name, instance in instances(of).items()
    }


def test_one_instance_a_person_and_date_from_the_day_before_to_the_day_of_the_end() -> None:
    sleep = duty("sleep", at_ms=22 * HOUR, duration_ms=8 * HOUR)
    assert there(of_ann(sleep, end=at(23, 2))) == {
        "sleep/ann/2026-03-01": (0, 6 * 60),
        "sleep/ann/2026-03-02": (22 * 60, 30 * 60),
        "sleep/ann/2026-03-03": (46 * 60, 47 * 60),
    }


def test_days_and_except_are_of_the_nominal_date() -> None:
    sleep = duty("sleep", at_ms=22 * HOUR, duration_ms=8 * HOUR, days=days(0, 1, 2), except_days=days(1))
    assert list(there(of_ann(sleep, end=at(24, 3)))) == ["sleep/ann/2026-03-01", "sleep/ann/2026-03-03"]


def test_an_end_not_after_its_start_is_on_the_next_day() -> None:
    watch = duty("watch", between_ms=(20 * HOUR, 20 * HOUR), duration_ms=HOUR)
    assert there(of_ann(watch)) == {"watch/ann/2026-03-01": (0, 20 * 60), "watch/ann/2026-03-02": (20 * 60, 24 * 60)}


def test_instants_give_one_instance_named_after_the_date_on_which_it_opens() -> None:
    once = duty("brief", between=span(23, 26))
    fixed = duty("dock", at=at(1, 2))
    assert there(of_ann(once, fixed, end=at(24, 2))) == {
        "brief/ann/2026-03-02": (23 * 60, 26 * 60),
        "dock/ann/2026-03-03": (25 * 60, 26 * 60),
    }


def test_aboard_cuts_fixed_duties_out_and_leaves_movable_ones_that_still_fit_on_the_grid() -> None:
    fixed = duty("wake", at_ms=6 * HOUR)
    free = duty("run", between_ms=(6 * HOUR, 9 * HOUR))
    half_past_six = Window(at(6) + 20 * MINUTE, at(20))
    assert list(there(of_ann(fixed, free, aboard=half_past_six))) == ["run/ann/2026-03-02"]
    from_seven = Window(at(7.6), at(20))  # the next start on the grid is 08:00, and 09:00 its end
    assert list(there(of_ann(free, aboard=from_seven))) == ["run/ann/2026-03-02"]
    too_late = Window(at(8.1), at(20))
    assert there(of_ann(free, aboard=too_late)) == {}


def test_a_local_time_that_the_clock_skips_moves_forward_and_one_that_comes_twice_is_the_first() -> None:
    """Berlin skips 02:00 to 03:00 on 29 March 2026, and has 02:00 to 03:00 twice on 25 October 2026."""
    look = duty("look", at_ms=2 * HOUR + 30 * MINUTE)
    spring = Calendar(datetime(2026, 3, 28, 23, tzinfo=UTC), "Europe/Berlin")
    autumn = Calendar(datetime(2026, 10, 24, 22, tzinfo=UTC), "Europe/Berlin")
    assert there(of_ann(look, calendar=spring, end=at(12))) == {"look/ann/2026-03-29": (150, 210)}  # 03:30 summer time
    assert there(of_ann(look, calendar=autumn, end=at(12))) == {"look/ann/2026-10-25": (150, 210)}


def test_repeats_are_numbered_from_1_and_those_of_each_day_bear_its_date() -> None:
    daily = session("day", days=days(3, 1), repeat=Repeat(2, each_day=True))
    found = sittings(mission(experiment("a", session("s", repeat=Repeat(2)), daily), end=at(24, 3)))
    first, third = sorted(days(1, 3))
    assert [(one.id, one.number, one.day) for one in found.values()] == [
        ("a/s/1", 1, None),
        ("a/s/2", 2, None),
        ("a/day/1", 1, first),
        ("a/day/2", 2, third),
    ]
