"""Amounts as people write them, and as whole numbers of a wire unit; speeds, too.

A temperature is a Quantity or `24 degC`, a duration `90 min` or whole ms; where a unit allows it, a plain number is
meant in the unit that messages use.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import isfinite

from payload.met import format_duration, parse_duration
from payload.model import Quantity

Written = int | float | str | bool | Quantity


@dataclass(frozen=True, slots=True)
class _Unit:
    """How values of a wire unit are written: the dimension of a Quantity, the wire's units in one of each written unit
    (the first is the one for messages), and how many a plain number stands for (None: a plain number is refused)."""

    dimension: str
    written: Mapping[str, int]
    plain: int | None


_UNITS = {
    "mdegC": _Unit("temperature", {"degC": 1000, "mdegC": 1}, None),
    "ml/min": _Unit("count", {"ml/min": 1}, 1),
    "ul/min": _Unit("count", {"ml/min": 1000, "ul/min": 1}, 1000),
    "Pa": _Unit("count", {"Pa": 1, "kPa": 1000}, 1),
    "permille": _Unit("count", {"permille": 1, "%": 10}, 1),
    "mV": _Unit("count", {"mV": 1, "V": 1000}, 1),
    "mA": _Unit("count", {"mA": 1, "A": 1000}, 1),
    "mW": _Unit("power", {"mW": 1, "W": 1000}, 1),
    "count": _Unit("count", {"": 1}, 1),
}
_NUMBER = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)\s*(.*?)\s*")


def duration(value: Written) -> int:
    """A written length of time, in ms. Raises ValueError."""
    if isinstance(value, str):
        return parse_duration(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError(f"expected a duration such as '90 min', not {shown(value)}")


def milli(speed: float | Decimal) -> int:
    """A speed in thousandths. Raises ValueError when it is not 0.001 to 100000 with at most three decimals."""
    exact = Decimal(str(speed)) * 1000
    if not exact.is_finite() or exact != int(exact) or not 1 <= exact <= 100_000_000:
        raise ValueError(f"a speed is 0.001 to 100000 with at most three decimals, not {speed}")
    return int(exact)


def converted(value: int, unit_name: str, other: str) -> int | None:
    """A whole number of one wire unit in another; None where it cannot be told."""
    factor = 1 if unit_name == other else _unit(other).written.get(unit_name)
    return None if factor is None else value * factor


def measured(value: Written, unit_name: str) -> int:
    """A written value as a whole number of a wire unit. Raises ValueError."""
    unit = _unit(unit_name)
    first = next(iter(unit.written))
    if unit.plain is None:
        expected = f"expected {first}, at most to the thousandth"
    else:
        expected = f"expected a whole number{' of ' + first if first else ''}"
    if isinstance(value, Quantity):
        if value.dimension != unit.dimension:
            raise ValueError(f"{expected}, not a quantity of {value.dimension}")
        return value.amount * (unit.plain or 1)
    if isinstance(value, bool) or (isinstance(value, float) and not isfinite(value)):
        raise ValueError(f"{expected}, not {shown(value)}")
    if isinstance(value, str):
        match = _NUMBER.fullmatch(value)
        factor = unit.written.get(match[2], unit.plain if match[2] == "" else None) if match else None
        if not match or factor is None:
            raise ValueError(f"{expected}, not {value!r}")
        amount = Fraction(match[1]) * factor
    elif unit.plain is None:
        raise ValueError(f"{expected}, written as '{value} {first}', not a plain number")
    else:
        amount = Fraction(value) * unit.plain
    if amount.denominator != 1:
        raise ValueError(f"{expected}, not {shown(value)}")
    return int(amount)


def spelled(value: int, unit_name: str) -> str:
    """A wire value as a person writes it, exactly: `measured` reads it back."""
    if unit_name == "ms":
        return format_duration(value)
    name, factor = next(iter(_unit(unit_name).written.items()))
    return f"{(Decimal(value) / factor).normalize():f} {name}".strip()


def shown(value: Written) -> str:
    """As it was written, for a message."""
    return f"{value.amount} of {value.dimension}" if isinstance(value, Quantity) else repr(value)


def _unit(name: str) -> _Unit:
    """How values of a unit are written; of one that is not in the table, in that unit alone."""
    return _UNITS.get(name) or _Unit("count", {name: 1}, 1)
