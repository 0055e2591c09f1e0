"""Time as one big integer: bit i says something of tick i (free, allowed, forbidden).

Everything here is exact integer arithmetic on such masks; a mask never has bits below 0.
"""

from __future__ import annotations

from collections.abc import Iterator


def span(start: int, end: int) -> int:
    """Bits `start` to `end - 1`; none when that is empty. A negative `start` is taken as 0."""
    start = max(start, 0)
    return ((1 << (end - start)) - 1) << start if end > start else 0


def room(free: int, length: int) -> int:
    """The bits from which `length` bits in a row are set, in log2(length) shift-ands."""
    have = 1
    while have < length:
        step = min(have, length - have)
        free &= free >> step
        have += step
    return free


def lowest(mask: int) -> int:
    """The number of the lowest set bit; -1 for an empty mask."""
    return (mask & -mask).bit_length() - 1


def highest(mask: int) -> int:
    """The number of the highest set bit; -1 for an empty mask."""
    return mask.bit_length() - 1


def shifted(mask: int, low: int, high: int | None, full: int) -> int:
    """All i + k with i in `mask` and low <= k <= high (no upper end when None), cut to `full`."""
    if not mask:
        return 0
    if high is None:
        first = max(lowest(mask) + low, 0)
        return (full >> first) << first
    if high < low:
        return 0
    width, have = high - low + 1, 1
    while have < width:
        step = min(have, width - have)
        mask |= mask << step
        have += step
    return (mask << low if low >= 0 else mask >> -low) & full


def reaching(mask: int, low: int, high: int | None, full: int) -> int:
    """All j from which some i of `mask` is reached by low <= i - j <= high: the reverse of `shifted`."""
    if not mask:
        return 0
    if high is None:
        return full & span(0, highest(mask) - low + 1)
    return shifted(mask, -high, -low, full)


def ones(mask: int) -> Iterator[int]:
    """The numbers of the set bits, ascending."""
    while mask:
        bit = mask & -mask
        yield bit.bit_length() - 1
        mask ^= bit


def runs(mask: int) -> Iterator[tuple[int, int]]:
    """The runs of set bits as half-open intervals, ascending."""
    at = 0
    while mask:
        skip = (mask & -mask).bit_length() - 1
        mask >>= skip
        length = (~mask & (mask + 1)).bit_length() - 1
        at += skip
        yield at, at + length
        mask >>= length
        at += length


def heads(mask: int, stride: int, most: int) -> list[int]:
    """The first bit of each run, ascending, at most `most`; bits up to `stride` apart are one run."""
    near, have = mask, 1
    while have < stride:
        step = min(have, stride - have)
        near |= near << step
        have += step
    first = mask & ~(near << 1)
    found: list[int] = []
    for bit in ones(first):
        found.append(bit)
        if len(found) == most:
            break
    return found


def tails(mask: int, stride: int, most: int) -> list[int]:
    """The last bit of each run, descending, at most `most`."""
    near, have = mask, 1
    while have < stride:
        step = min(have, stride - have)
        near |= near >> step
        have += step
    last = mask & ~(near >> 1)
    found: list[int] = []
    while last and len(found) < most:
        bit = highest(last)
        found.append(bit)
        last ^= 1 << bit
    return found
