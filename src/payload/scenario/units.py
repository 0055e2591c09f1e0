"""Quantities with units, as whole numbers of base units, and back.

Decimal SI: 1 GB is 10^9 B; GiB and its like are the binary ones (IEC 80000-13). A byte is 8 bits, a watt hour 3,600 J.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

from payload.model import BASE_UNITS, Quantity

_DECIMAL = {"": Fraction(1), "k": Fraction(10**3), "M": Fraction(10**6), "G": Fraction(10**9), "T": Fraction(10**12)}
_BINARY = {"Ki": Fraction(2**10), "Mi": Fraction(2**20), "Gi": Fraction(2**30), "Ti": Fraction(2**40)}
_SMALL = {"m": Fraction(1, 10**3), "u": Fraction(1, 10**6), "µ": Fraction(1, 10**6), "μ": Fraction(1, 10**6)}


def _units() -> dict[str, tuple[str, Fraction]]:
    """Unit -> its dimension, and how many base units it is."""
    units: dict[str, tuple[str, Fraction]] = {}

    def add(dimension: str, unit: str, size: int, *prefixes: Mapping[str, Fraction]) -> None:
        for table in prefixes:
            for prefix, factor in table.items():
                units[prefix + unit] = (dimension, size * factor)

    milli = {"": Fraction(1), "m": _SMALL["m"]}
    add("power", "W", 1_000, _DECIMAL, {"m": _SMALL["m"]})
    add("energy", "J", 1_000, _DECIMAL, {"m": _SMALL["m"]})
    add("energy", "Wh", 3_600_000, _DECIMAL, {"m": _SMALL["m"]})
    for name, size in (("bit", 1), ("B", 8)):
        add("data", name, size, _DECIMAL, _BINARY)
        add("rate", name + "/s", size, _DECIMAL, _BINARY)
    add("volume", "L", 1_000_000, milli, _SMALL)
    add("volume", "l", 1_000_000, milli, _SMALL)
    add("mass", "g", 1_000, {"": Fraction(1), "k": _DECIMAL["k"]}, {"m": _SMALL["m"]})
    add("temperature", "degC", 1_000, milli)
    add("temperature", "°C", 1_000, {"": Fraction(1)})
    return units


#: unit -> (dimension, base units in one)
UNITS: Mapping[str, tuple[str, Fraction]] = MappingProxyType(_units())
#: dimension -> an example, for messages
EXAMPLES: Mapping[str, str] = MappingProxyType(
    {
        "count": "'3'",
        "power": "'180 W'",
        "energy": "'2 kWh'",
        "data": "'2 GB'",
        "rate": "'100 Mbit/s'",
        "volume": "'3 L'",
        "mass": "'5 kg'",
        "temperature": "'37 degC'",
    }
)
#: what `format_quantity` writes, the largest that is a whole number first
_PRINTED: Mapping[str, tuple[str, ...]] = {
    "power": ("kW", "W", "mW"),
    "energy": ("kJ", "J", "mJ"),
    "data": ("TB", "GB", "MB", "kB", "B", "bit"),
    "rate": ("Gbit/s", "Mbit/s", "kbit/s", "bit/s"),
    "volume": ("L", "mL", "uL"),
    "mass": ("kg", "g", "mg"),
    "temperature": ("degC", "mdegC"),
}
_WRITTEN = re.compile(r"([-+]?[0-9]{1,30}(?:\.[0-9]{1,30})?)\s*([^\s0-9.+-]\S*)?", re.ASCII)
_LENGTHS = {"m": 1, "km": 1_000}


def parse_quantity(text: str | int | float) -> Quantity:
    """`180 W`, `2 GB`, `37 degC` or a plain count as a whole number of base units.

    Raises ValueError for an unknown unit, for an amount that is no whole number of base units, and for a negative
    amount of anything but temperature. Only a temperature may be written with a sign.
    """
    if isinstance(text, int):
        if text < 0:
            raise ValueError("expected a whole number of 0 or more")
        return Quantity(text, "count")
    match = _WRITTEN.fullmatch(text.strip()) if isinstance(text, str) else None
    if isinstance(text, float) or (match and not match[2] and "." in match[1]):
        raise ValueError("expected a quantity with a unit such as '180 W', or a whole number")
    if not match:
        raise ValueError(
            "expected a quantity such as '180 W', '2 GB', '100 Mbit/s', '3 L', '37 degC' or a whole number"
        )
    dimension, size = ("count", Fraction(1)) if not match[2] else UNITS.get(match[2], ("", Fraction(0)))
    if not dimension:
        raise ValueError(f"unknown unit {match[2]!r}{_near(match[2])}")
    amount = Fraction(match[1]) * size
    if amount < 0 and dimension != "temperature":
        raise ValueError("expected an amount of 0 or more")
    if amount.denominator != 1:
        raise ValueError(f"an amount of {dimension} is a whole number of {BASE_UNITS[dimension] or 'pieces'}")
    return Quantity(int(amount), dimension)


def _near(unit: str) -> str:
    same = [known for known in UNITS if known.casefold() == unit.casefold()]
    return f": did you mean {same[0]!r}?" if same else ""


def format_quantity(amount: int, dimension: str) -> str:
    """An amount in the largest unit that makes it a whole number, or else at least 1 with a few decimals: `180 W`,
    `1.2 kW`. `parse_quantity` reads it back exactly."""
    if dimension == "count":
        return str(amount)
    units = _PRINTED[dimension]
    for unit in units:
        number = Fraction(amount) / UNITS[unit][1]
        if abs(number) >= 1 and (1_000 * number).denominator == 1 and (unit != "degC" or amount % 1 == 0):
            return f"{_decimal(number)} {unit}"
    return (
        f"{amount} {BASE_UNITS[dimension]}" if amount else f"0 {units[1] if dimension != 'temperature' else units[0]}"
    )


def _decimal(number: Fraction) -> str:
    whole, thousandths = divmod(abs(int(number * 1_000)), 1_000)
    sign = "-" if number < 0 else ""
    return f"{sign}{whole}.{thousandths:03d}".rstrip("0").rstrip(".") if thousandths else f"{sign}{whole}"


def parse_distance(text: str) -> int:
    """`100 km` or `100000 m` as whole metres, 0 or more. Raises ValueError."""
    match = _WRITTEN.fullmatch(text.strip())
    if not match or match[2] not in _LENGTHS:
        raise ValueError("expected a distance such as '100 km'")
    metres = Fraction(match[1]) * _LENGTHS[match[2]]
    if metres < 0 or metres.denominator != 1:
        raise ValueError("expected a distance of whole metres, 0 or more")
    return int(metres)
