"""Quantities and durations: exact, and the same back again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payload.met import format_duration, parse_duration
from payload.model import BASE_UNITS, Quantity
from payload.scenario.units import UNITS, format_quantity, parse_distance, parse_quantity


@pytest.mark.parametrize(
    ("text", "amount", "dimension"),
    [
        ("180 W", 180_000, "power"),
        ("1.2 kW", 1_200_000, "power"),
        ("2 GB", 16_000_000_000, "data"),
        ("2 GiB", 2 * 8 * 2**30, "data"),
        ("0.1 kbit", 100, "data"),
        ("100 Mbit/s", 100_000_000, "rate"),
        ("1 MB/s", 8_000_000, "rate"),
        ("3 L", 3_000_000, "volume"),
        ("0.5 mL", 500, "volume"),
        ("5 kg", 5_000_000, "mass"),
        ("37 degC", 37_000, "temperature"),
        ("-80 degC", -80_000, "temperature"),
        ("1.5 Wh", 5_400_000, "energy"),
        ("2kJ", 2_000_000, "energy"),
        ("7", 7, "count"),
        (7, 7, "count"),
    ],
)
def test_quantities(text, amount, dimension):
    assert parse_quantity(text) == Quantity(amount, dimension)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("180 w", "unknown unit 'w': did you mean 'W'?"),
        ("3 furlong", "unknown unit 'furlong'"),
        ("0.5 bit", "an amount of data is a whole number of bit"),
        ("0.1 mW", "an amount of power is a whole number of mW"),
        ("-3 W", "expected an amount of 0 or more"),
        (-3, "expected a whole number of 0 or more"),
        (1.5, "expected a quantity with a unit such as '180 W', or a whole number"),
        ("1.5", "expected a quantity with a unit such as '180 W', or a whole number"),
        ("W", "expected a quantity such as '180 W', '2 GB', '100 Mbit/s', '3 L', '37 degC' or a whole number"),
        ("1 W 2", "expected a quantity such as '180 W', '2 GB', '100 Mbit/s', '3 L', '37 degC' or a whole number"),
        ("1e3 W", "expected a quantity such as '180 W', '2 GB', '100 Mbit/s', '3 L', '37 degC' or a whole number"),
    ],
)
def test_no_quantities(text, message):
    with pytest.raises(ValueError) as error:
        parse_quantity(text)
    assert str(error.value) == message


@given(st.integers(0, 10**18), st.sampled_from(sorted(BASE_UNITS)))
def test_a_quantity_is_read_back_as_it_was(amount, dimension):
    assert parse_quantity(format_quantity(amount, dimension)) == Quantity(amount, dimension)


@given(st.integers(-300_000, -1))
def test_so_is_a_temperature_below_zero(amount):
    assert parse_quantity(format_quantity(amount, "temperature")) == Quantity(amount, "temperature")


@given(st.sampled_from(sorted(UNITS)), st.integers(0, 10**6))
def test_every_unit_is_exact(unit, count):
    _, size = UNITS[unit]
    assert parse_quantity(f"{count * size.denominator} {unit}").amount == count * size.numerator


@pytest.mark.parametrize(
    ("amount", "dimension", "text"),
    [
        (180_000, "power", "180 W"),
        (1_200_000, "power", "1.2 kW"),
        (16_000_000_000, "data", "2 GB"),
        (3, "data", "3 bit"),
        (0, "power", "0 W"),
        (7, "count", "7"),
    ],
)
def test_quantities_as_written(amount, dimension, text):
    assert format_quantity(amount, dimension) == text


@given(st.integers(0, 10**12))
def test_a_duration_is_read_back_as_it_was(length_ms):
    assert parse_duration(format_duration(length_ms)) == length_ms


def test_distances():
    assert (parse_distance("100 km"), parse_distance("1.5km"), parse_distance("20 m")) == (100_000, 1_500, 20)
    for text in ("100", "1 mile", "-1 km", "0.0001 km"):
        with pytest.raises(ValueError):
            parse_distance(text)
