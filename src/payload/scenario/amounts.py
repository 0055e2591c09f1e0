"""Numbers of the mission files: counts, values, angles, and quantities of resources."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Annotated, Any

from payload.model import Quantity
from payload.scenario.scope import Scope, nearest
from payload.scenario.tree import WrittenFloat, shown
from payload.scenario.units import EXAMPLES, parse_distance, parse_quantity
from payload.scenario.values import KEY, Reader, ReadWith, each_of, told, wrong

_OUT_OF_RANGE = 10**6


def number(least: int, most: int = _OUT_OF_RANGE) -> ReadWith:
    """A whole number in the closed range."""
    return ReadWith(whole(least, most), {"type": "integer", "minimum": least, "maximum": most})


def angle(least: float, most: float) -> ReadWith:
    """An angle in the closed range."""
    return ReadWith(degrees(least, most), {"type": "number", "minimum": least, "maximum": most})


def whole(least: int, most: int = _OUT_OF_RANGE) -> Reader:
    """A whole number in the closed range."""

    def read(value: Any, scope: Scope) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong(f"expected a whole number, not {shown(value)}")
        if not least <= value <= most:
            limits = f"of {least} or more" if value < least else f"of at most {most}"
            raise wrong(f"expected a whole number {limits}, not {value}")
        return value

    return read


def exact(value: Any) -> Fraction | None:
    """A number exactly as written, or None for what is no number."""
    if isinstance(value, WrittenFloat):
        return value.exact
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return Fraction(repr(value))


def _value(value: Any, scope: Scope) -> Fraction:
    number = exact(value)
    if number is None:
        raise wrong(f"expected a number, not {shown(value)}")
    if number < 0 or (number * 1_000).denominator != 1:
        raise wrong(f"expected a number of 0 or more with at most 3 decimals, not {shown(value)}")
    if number > 10**9:
        raise wrong(f"expected a number of at most 1000000000, not {shown(value)}")
    return number


def degrees(least: float, most: float) -> Reader:
    """An angle in the closed range."""

    def read(value: Any, scope: Scope) -> float:
        if exact(value) is None:
            raise wrong(f"expected a number of degrees, not {shown(value)}")
        if not least <= value <= most:
            raise wrong(f"expected {least:g} to {most:g} degrees, not {shown(value)}")
        return float(value)

    return read


def quantity(value: Any, dimension: str = "") -> Quantity:
    """A quantity, of `dimension` where one is given."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise wrong(f"expected a quantity such as {EXAMPLES[dimension or 'power']}, not {shown(value)}")
    try:
        read = parse_quantity(value)
    except ValueError as error:
        raise told(error, value) from None
    if dimension and read.dimension != dimension:
        raise wrong(f"expected {a(dimension)} such as {EXAMPLES[dimension]}, not {a(read.dimension)}: {shown(value)}")
    return read


def a(dimension: str) -> str:
    """`a data amount`: a dimension as a message names it."""
    return {"count": "a plain count", "rate": "a data rate", "data": "an amount of data", "energy": "an energy"}.get(
        dimension, f"a {dimension}"
    )


def of_dimension(dimension: str) -> Reader:
    """A quantity of this dimension, as base units."""
    return lambda value, scope: quantity(value, dimension).amount


def _quantity(value: Any, scope: Scope) -> Quantity:
    read = quantity(value)
    if read.dimension == "temperature":
        raise wrong(f"a temperature cannot be shared out or used up: {shown(value)}")
    return read


def amounts(*forms: str) -> Reader:
    """What is taken, or produced: amounts of resources that have one of these forms (capacity, stock, buffer)."""

    def read(value: Any, scope: Scope) -> dict[str, int]:
        if not isinstance(value, dict):
            raise wrong(f"expected resources with their amounts, not {shown(value)}")

        def one(item: tuple[str, Any]) -> int:
            name, amount = item
            if name not in scope.resources:
                raise wrong(f"unknown resource {shown(name)}", nearest(name, scope.resources), (KEY,))
            form, dimension = scope.resources[name]
            if form and form not in forms:
                raise wrong(f"{name!r} has a {form}; expected a resource with a {' or a '.join(forms)}", below=(KEY,))
            return quantity(amount, dimension).amount

        return dict(zip(value, each_of(((name, (name, amount)) for name, amount in value.items()), one), strict=True))

    return read


def _distance(value: Any, scope: Scope) -> int:
    if not isinstance(value, str):
        raise wrong(f"expected a distance such as '100 km', not {shown(value)}")
    try:
        return parse_distance(value)
    except ValueError as error:
        raise told(error, value) from None


_QUANTITY_SCHEMA = {
    "type": ["string", "integer"],
    "description": "a quantity: 180 W, 2 GB, 100 Mbit/s, 3 L, or a count",
}
_AMOUNTS_SCHEMA = {"type": "object", "additionalProperties": _QUANTITY_SCHEMA}
_VALUE_SCHEMA = {"type": "number", "minimum": 0}

Value = Annotated[Fraction, ReadWith(_value, _VALUE_SCHEMA)]
Amounts = Annotated[dict[str, int], ReadWith(amounts("capacity", "stock"), _AMOUNTS_SCHEMA)]
Held = Annotated[dict[str, int], ReadWith(amounts("capacity"), _AMOUNTS_SCHEMA)]
Produced = Annotated[dict[str, int], ReadWith(amounts("buffer"), _AMOUNTS_SCHEMA)]
Amount = Annotated[Quantity, ReadWith(_quantity, _QUANTITY_SCHEMA)]
Data = Annotated[int, ReadWith(of_dimension("data"), _QUANTITY_SCHEMA)]
Rate = Annotated[int, ReadWith(of_dimension("rate"), _QUANTITY_SCHEMA)]
Distance = Annotated[int, ReadWith(_distance, {"type": "string", "description": "a distance: 100 km"})]
