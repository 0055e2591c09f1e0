"""Sets of ticks as ints: bit t stands for tick t.

Written for the baselines alone, which share no code with the planner that they are compared with.
"""

from __future__ import annotations

import re
from collections.abc import Iterable


def spans(starts: int) -> list[tuple[int, int]]:
    """A bit set as closed intervals of ticks."""
    return [(found.start(), found.end() - 1) for found in re.finditer("1+", bin(starts)[:1:-1])]


def bits(start: int, end: int) -> int:
    """The ticks from start up to, not with, end."""
    return ((1 << max(0, end - start)) - 1) << start if end > start else 0


def erode(free: int, length: int) -> int:
    """The starts from which `length` ticks are all free."""
    have = 1
    while have < length:
        shift = min(have, length - have)
        free &= free >> shift
        have += shift
    return free


def union(masks: Iterable[int]) -> int:
    found = 0
    for mask in masks:
        found |= mask
    return found
