"""The words of a faults file: one function per form. Each raises Unlike, with what was expected."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from payload.rigs.faults.plan import RATES, Range, Way
from payload.rigs.kinds.describe import Node

_UNITS = {"ns": 1, "us": 1_000, "ms": 10**6, "s": 10**9, "min": 60 * 10**9, "h": 3_600 * 10**9}
LONGEST = 366 * 24 * _UNITS["h"]
WAYS = {"to_rig": (Way.TO_RIG,), "to_host": (Way.TO_HOST,), "both": (Way.TO_RIG, Way.TO_HOST)}


class Unlike(Exception):
    """What was expected in place of a value."""


def length(node: Node) -> int:
    """A length in ns."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?([a-z]+)", node.value) if isinstance(node.value, str) else None
    if not found or found[2] not in _UNITS:
        raise Unlike("a length with its unit, as in 20 ms, 2 s or 1.5 min")
    exact = Decimal(found[1]) * _UNITS[found[2]]
    if exact != int(exact) or exact > LONGEST:
        raise Unlike("a length of whole nanoseconds and at most a year")
    return int(exact)


def some(node: Node) -> int:
    """At least a millisecond."""
    if (found := length(node)) < _UNITS["ms"]:
        raise Unlike("a length of 1 ms or more")
    return found


def span(node: Node) -> Range:
    """One length, or the shortest and the longest."""
    if not isinstance(node.value, list):
        return (length(node),) * 2
    if len(node.value) != 2:
        raise Unlike("one length, or the shortest and the longest, as in [20 ms, 2 s]")
    low, high = (length(item) for item in node.value)
    if low > high:
        raise Unlike("the shorter length first")
    return low, high


def chance(node: Node) -> float:
    """0 to 1."""
    if isinstance(node.value, str) and (found := re.fullmatch(r"(\d+(?:\.\d+)?) ?%", node.value)):
        share = Decimal(found[1]) / 100
    elif isinstance(node.value, int | Decimal) and not isinstance(node.value, bool):
        share = Decimal(node.value)
    else:
        raise Unlike("a chance, as in 5 % or 0.05")
    if not 0 <= share <= 1:
        raise Unlike("a chance of 0 to 100 %")
    return float(share)


def whole(node: Node) -> int:
    if not isinstance(node.value, int) or isinstance(node.value, bool) or node.value < 0:
        raise Unlike("a whole number, 0 or more")
    return node.value


def count(node: Node) -> int:
    if not 1 <= whole(node) <= 65_536:
        raise Unlike("a number of bytes, 1 to 65536")
    return whole(node)


def text(node: Node) -> bytes:
    if not isinstance(node.value, str):
        raise Unlike("text, in quotes")
    return node.value.encode()


def octets(node: Node) -> bytes:
    try:
        return bytes.fromhex(node.value if isinstance(node.value, str) else "-")
    except ValueError:
        raise Unlike("bytes as hexadecimal digits, in quotes, as in '00 ff 1a'") from None


def delimiter(node: Node) -> bytes | None:
    """What ends a frame: one byte."""
    if node.value == "none":
        return None
    try:
        found = octets(node)
    except Unlike:
        found = b""
    if len(found) != 1:
        raise Unlike("one byte as two hexadecimal digits, in quotes, as in '0a', or none")
    return found


def one_of(table: dict[str, Any]) -> Callable[[Node], Any]:
    def read(node: Node) -> Any:
        if not isinstance(node.value, str) or node.value not in table:
            raise Unlike(f"one of {', '.join(table)}")
        return table[node.value]

    return read


LANE: dict[str, Callable[[Node], Any]] = {
    **dict.fromkeys(RATES, chance),
    "flip_byte": chance,
    "drop_byte": chance,
    "latency": length,
    "jitter": span,
    "duplicate_by": span,
    "delay_by": span,
    "late_by": span,
    "merge_within": some,
    "split_by": span,
}
HAPPENING: dict[str, Callable[[Node], Any]] = {
    "at": length,
    "for": length,
    "way": one_of(WAYS),
    "text": text,
    "hex": octets,
    "count": count,
    "every": some,
    "spread": length,
}
