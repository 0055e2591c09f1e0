"""Amounts: what is written is read back exactly."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payload.met import parse_duration
from payload.rigs.kinds.amounts import _UNITS, converted, measured, milli, shown, spelled
from payload.rigs.kinds.dictionary import I32

UNITS = (*_UNITS, "rpm")  # one of somebody's own, too


@given(st.integers(I32.start, I32.stop - 1), st.sampled_from(UNITS))
@settings(max_examples=200, deadline=None)
def test_a_value_that_a_message_spells_is_read_back(value, unit):
    assert measured(spelled(value, unit), unit) == value


@given(st.integers(0, I32.stop - 1))
@settings(max_examples=100, deadline=None)
def test_so_is_a_length_of_time(value):
    assert parse_duration(spelled(value, "ms")) == value


def test_units_are_told_in_each_other_where_that_is_known():
    assert converted(51, "ml/min", "ul/min") == 51_000
    assert converted(7, "rpm", "rpm") == 7
    assert converted(7, "rpm", "mV") is None
    assert converted(1, "ul/min", "ml/min") is None  # it would be no whole number


def test_what_is_no_amount_is_told_as_it_was_written():
    for wrong, text in (
        ("5 bar", "expected a whole number of Pa, not '5 bar'"),
        (0.5, "expected a whole number of Pa, not 0.5"),
        (True, "expected a whole number of Pa, not True"),
        (float("inf"), "expected a whole number of Pa, not inf"),
        (float("nan"), "expected a whole number of Pa, not nan"),
    ):
        with pytest.raises(ValueError, match=text):
            measured(wrong, "Pa")
    assert shown("5 bar") == "'5 bar'"


def test_speeds_have_three_decimals_at_most():
    assert [milli(speed) for speed in (1, 0.001, 1200.5, 100_000)] == [1_000, 1, 1_200_500, 100_000_000]
    for wrong in (0, 0.0005, 100_001, float("inf"), -1):
        with pytest.raises(ValueError, match=r"a speed is 0\.001 to 100000 with at most three decimals, not "):
            milli(wrong)
