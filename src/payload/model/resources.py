"""What activities take: renewable capacity, consumable stock, and buffers that fill and drain.

Amounts are integers in the base unit of their `dimension`: see `BASE_UNITS`.
"""

from __future__ import annotations

from dataclasses import dataclass

from payload.met import Window

#: dimension -> the unit that its integers count
BASE_UNITS = {
    "count": "",
    "power": "mW",
    "energy": "mJ",
    "data": "bit",
    "rate": "bit/s",
    "volume": "uL",
    "mass": "mg",
    "temperature": "mdegC",
}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A whole number of the base unit of `dimension`."""

    amount: int
    dimension: str


@dataclass(frozen=True, slots=True)
class Renewable:
    """The sum of demands at any instant is at most the capacity then: `capacity`, or that of the window of `exceptions`
    that holds the instant (the smallest, where several do)."""

    id: str
    dimension: str
    capacity: int
    exceptions: tuple[tuple[Window, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Consumable:
    """Taken at the start of what uses it, never below 0; `resupply` adds an amount at an instant (and is there for
    what starts at that very instant)."""

    id: str
    dimension: str
    stock: int
    resupply: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Buffer:
    """Filled evenly over the steps that produce into it, drained at `drain` (bit/s) inside the windows named by
    `during` (always, when empty); starts at 0, never above `size`."""

    id: str
    dimension: str
    size: int
    drain: int
    during: tuple[str, ...] = ()


Resource = Renewable | Consumable | Buffer
