"""The variants of the payload expert's week change what they say they change, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import pytest

from payload import missions
from payload.environment import windows_of
from payload.met import DAY, MINUTE
from payload.model import Experiment, Limit, Mission, Session
from payload.scenario import read_mission

BASE = "tiangong-payload-expert"


@cache
def mission(variant: str = "") -> Mission:
    return read_mission(missions.path(f"{BASE}-{variant}" if variant else BASE))


def experiments(variant: str = "") -> dict[str, Experiment]:
    return {experiment.id: experiment for experiment in mission(variant).experiments}


def session(variant: str, name: str) -> Session:
    experiment, _, one = name.partition("/")
    return next(s for s in experiments(variant)[experiment].sessions if s.id == one)


def minutes(variant: str, required: bool) -> int:
    """The expert's crewed minutes in all sessions of experiments that are, or are not, required."""
    return sum(
        session.repeat.count * step.min_ms // MINUTE
        for experiment in mission(variant).experiments
        if experiment.required is required
        for session in experiment.sessions
        for step in session.steps
        for role in step.crew
        if role.is_ == "px"
    )


def days(variant: str, name: str) -> list[int]:
    found = session(variant, name).days
    return sorted(mission(variant).calendar.day_number(day) for day in found or ())


def test_swap_is_the_week_with_the_backup_in_the_seat() -> None:
    assert (mission().seats, mission("swap").seats) == ({"px": "prime"}, {"px": "backup"})
    assert mission("swap").experiments == mission().experiments
    assert mission("swap").rules == mission().rules


def test_delay_is_a_day_later_but_for_what_others_have_fixed() -> None:
    late = mission("delay")
    assert late.calendar.start - mission().calendar.start == timedelta(days=1)
    assert late.end == mission().end
    (whole,), (later,) = (session(v, "head-of-state-call/call").between or () for v in ("", "delay"))
    assert later.start == whole.start - DAY  # the same instant
    assert (days("", "student-lesson/lesson"), days("delay", "student-lesson/lesson")) == ([5], [4])
    assert (days("", "muscle-cells/exchange"), days("delay", "muscle-cells/exchange")) == ([2, 4, 6], [2, 4, 6])
    passes = [late.calendar.day_of(window.start) for window in windows_of(late)["indus"]]
    assert passes == [2, 4, 5, 6, 7]


def test_short_is_five_days_with_seven_tenths_of_the_sessions() -> None:
    assert set(experiments()) - set(experiments("short")) == {"containerless", "dosimeters", "school-contact"}
    assert mission("short").calendar.format_day(mission("short").end) == "day 6 16:00"
    shared = [e for e in experiments() if e in experiments("short")]
    counts = [sum(experiments(variant)[e].session_count for e in shared) for variant in ("", "short")]
    assert counts[1] / counts[0] == pytest.approx(0.7, abs=0.02)


def test_stranded_is_nine_days_longer_with_the_same_freezer_and_a_day_off_in_seven() -> None:
    long = mission("stranded")
    assert long.end - mission().end == 9 * DAY
    assert all(long.resources[name] == mission().resources[name] for name in ("freezer", "cold-bag"))
    off = next(rule for rule in long.rules if rule.id == "day-off")
    assert isinstance(off, Limit)
    assert (off.limit_ms, {long.calendar.day_number(day) for day in off.days or ()}) == (0, {8, 15})
    assert days("stranded", "seed-germination/harvest") == days("", "seed-germination/harvest") == [6, 7]
    assert days("stranded", "return-packing/pack") == [16]


def test_stress_asks_for_1_6_times_the_science_and_the_same_operations() -> None:
    assert minutes("stress", required=True) == minutes("", required=True)
    assert minutes("stress", required=False) / minutes("", required=False) == pytest.approx(1.55, abs=0.05)
    assert [e.session_count for e in mission("stress").experiments] == [e.session_count for e in mission().experiments]
    assert {e.id: e.value for e in mission("stress").experiments} == {e.id: e.value for e in mission().experiments}
