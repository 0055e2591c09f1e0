"""The one clock: instants, local days, durations, half-open windows."""

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payload.met import (
    DAY,
    HOUR,
    MINUTE,
    Calendar,
    Window,
    complement,
    format_duration,
    intersect,
    merge,
    parse_duration,
    parse_utc,
    parse_wall,
)

SHANGHAI = Calendar(datetime(2026, 10, 25, 22, tzinfo=UTC), "Asia/Shanghai")
BERLIN = Calendar(datetime(2026, 3, 28, 11, tzinfo=UTC), "Europe/Berlin", first_day=0)

windows = st.builds(lambda start, length: Window(start, start + length), st.integers(-50, 50), st.integers(0, 20))


def test_a_day_of_the_mission_is_a_local_date():
    assert SHANGHAI.first_date == date(2026, 10, 26)
    assert SHANGHAI.day_of(0) == 1
    assert SHANGHAI.parse("day 3 20:00") == SHANGHAI.parse("2026-10-28T20:00:00+08:00") == 62 * HOUR
    assert SHANGHAI.format_day(62 * HOUR) == "day 3 20:00"
    assert SHANGHAI.format_utc(62 * HOUR + 5) == "2026-10-28T12:00:00.005Z"
    assert SHANGHAI.midnight(date(2026, 10, 26)) == -6 * HOUR


def test_a_local_time_that_does_not_exist_moves_forward_by_the_gap():
    assert BERLIN.utc(BERLIN.at(date(2026, 3, 29), parse_wall("02:30"))) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_a_local_time_that_occurs_twice_is_the_first():
    assert BERLIN.utc(BERLIN.at(date(2026, 10, 25), parse_wall("02:30"))) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_the_day_of_a_clock_change_has_23_hours():
    day = date(2026, 3, 29)
    assert BERLIN.at(day, 24 * HOUR) - BERLIN.midnight(day) == 23 * HOUR
    assert BERLIN.day_number(day) == 1


@pytest.mark.parametrize(
    ("text", "length_ms"),
    [
        ("90 min", 90 * MINUTE),
        ("2 h 30 min", 150 * MINUTE),
        ("1.5 h", 90 * MINUTE),
        ("1 d", DAY),
        ("250 ms", 250),
        ("PT90M", 90 * MINUTE),
        ("P1DT12H", 36 * HOUR),
        ("0 min", 0),
    ],
)
def test_durations_are_read(text, length_ms):
    assert parse_duration(text) == length_ms


@pytest.mark.parametrize(
    "text", ["", "90", "90 minutes", "2 h 3 h", "PT", "P", "-1 h", "1 fortnight", "0.1 ms", "h", "1 h,"]
)
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


def test_a_unit_as_people_say_it_is_told_how_to_be_written():
    with pytest.raises(ValueError, match=r"write 'h' for 'hours': expected a duration such as '90 min'"):
        parse_duration("8 hours")


@settings(deadline=None)
@given(st.integers(0, 400 * DAY))
def test_a_printed_duration_reads_back(length_ms):
    assert parse_duration(format_duration(length_ms)) == length_ms


@settings(deadline=None)
@given(st.integers(-400 * DAY, 400 * DAY))
def test_a_printed_instant_reads_back(at):
    assert SHANGHAI.met(parse_utc(SHANGHAI.format_utc(at))) == at


def test_an_instant_needs_an_offset():
    with pytest.raises(ValueError, match="offset"):
        parse_utc("2026-10-26T06:00:00")


@settings(deadline=None)
@given(st.lists(windows), st.lists(windows))
def test_windows_are_sets_of_instants(one, other):
    def instants(found):
        return {at for w in found for at in range(w.start, w.end)}

    a, b = merge(one), merge(other)
    whole = Window(-100, 100)
    assert instants(a) == instants(one)
    assert all(x.end < y.start for x, y in pairwise(a))
    assert instants(intersect(a, b)) == instants(a) & instants(b)
    assert instants(complement(a, whole)) == set(range(-100, 100)) - instants(a)
