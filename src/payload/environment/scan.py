"""When a smooth quantity is at or above zero: a coarse scan, then its turning points, then its zeros, to the ms.

The scan sees the quantity at `times` only, so it must be fine enough that no two turning points (a peak and a trough)
lie within two neighbouring steps. Every peak that stays below zero at the scanned instants, and could reach it in
between, is then looked up by itself: a pass or an eclipse is found however short it is, down to 1 ms.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from payload.environment.almanac import Floats
from payload.met import Window

Instants = NDArray[np.int64]
#: a quantity of instants in ms MET; must take any number of them
Quantity = Callable[[Instants], Floats]

#: how many instants one look asks for, about: with fewer, the overhead of the call is the larger part
_BATCH = 128
#: half of the distance over which a slope is taken
_SLOPE_MS = 500


def windows_above(quantity: Quantity, times: Instants) -> list[Window]:
    """Where `quantity` is at least 0, cut to `[times[0], times[-1])`: sorted, half-open.

    A window starts at the first ms at which the quantity is not below 0 and ends at the first at which it is.
    """
    values = quantity(times)
    peaks = _reachable(values)
    troughs = _reachable(-values)
    extra = turning_points(quantity, times, np.concatenate((peaks, troughs)))
    instants = np.concatenate((times, extra))
    heights = np.concatenate((values, quantity(extra))) if len(extra) else values
    order = np.argsort(instants, kind="stable")
    instants, inside = instants[order], heights[order] >= 0
    changes = np.flatnonzero(inside[1:] != inside[:-1])
    edges = first_true(
        lambda at, rows: (quantity(at) >= 0) == inside[changes + 1][rows], instants[changes], instants[changes + 1]
    ).tolist()
    starts = ([int(times[0])] if inside[0] else []) + [
        edge for edge, index in zip(edges, changes, strict=True) if inside[index + 1]
    ]
    ends = [edge for edge, index in zip(edges, changes, strict=True) if not inside[index + 1]]
    if inside[-1]:
        ends.append(int(times[-1]))
    return [Window(start, end) for start, end in zip(starts, ends, strict=True) if start < end]


def highest(quantity: Quantity, times: Instants, windows: list[Window]) -> list[float]:
    """The greatest value that `quantity` takes in each window, its edges included."""
    values = quantity(times)
    near = np.union1d(_peaks(values, values[1:-1] >= 0), _reachable(values))
    instants = turning_points(quantity, times, near)
    heights = quantity(instants) if len(instants) else np.array([])
    found = []
    for window in windows:
        edges = quantity(np.array([window.start, window.end - 1], dtype=np.int64))
        inside = heights[(instants >= window.start) & (instants < window.end)]
        found.append(float(max(edges.max(), inside.max(initial=-np.inf))))
    return found


def _reachable(values: Floats) -> NDArray[np.int64]:
    """Indices of the scanned peaks below 0 whose true height may be above: a parabola rises above its highest sample
    by at most an eighth of the larger step next to it, and we allow eight times that."""
    step = np.abs(np.diff(values))
    here = values[1:-1]
    return _peaks(values, (here < 0) & (here + np.maximum(step[:-1], step[1:]) >= 0))


def _peaks(values: Floats, wanted: NDArray[np.bool_]) -> NDArray[np.int64]:
    left, here, right = values[:-2], values[1:-1], values[2:]
    return np.flatnonzero((here >= left) & (here > right) & wanted) + 1


def turning_points(quantity: Quantity, times: Instants, indices: NDArray[np.int64]) -> Instants:
    """The instants at which the quantity turns, one for each index, looked for between that sample's neighbours."""
    if not len(indices):
        return np.array([], dtype=np.int64)
    left, right = times[indices - 1], times[indices + 1]

    def slope(at: Instants) -> Floats:
        both = quantity(np.concatenate((at - _SLOPE_MS, at + _SLOPE_MS)))
        return both[len(at) :] - both[: len(at)]

    rising = slope(left) > 0
    return first_true(lambda at, rows: (slope(at) > 0) != rising[rows], left, right)


def first_true(
    holds: Callable[[Instants, NDArray[np.int64]], NDArray[np.bool_]], low: Instants, high: Instants
) -> Instants:
    """The first ms at which `holds` in each bracket `(low, high]`, where it is false at `low` and true at `high`.

    `holds` gets instants and the number of the bracket each belongs to. Many brackets are halved; few are cut into more
    parts at once, since a look at a hundred instants costs little more than one at ten.
    """
    low, high = low.copy(), high.copy()
    count = len(low)
    if not count:
        return high
    cuts = max(1, min(63, _BATCH // count))
    rows = np.arange(count)
    while int((high - low).max()) > 1:
        parts = low[:, None] + (high - low)[:, None] * np.arange(1, cuts + 1) // (cuts + 1)
        true = holds(parts.ravel(), np.repeat(rows, cuts)).reshape(count, cuts)
        true |= parts == high[:, None]
        true &= parts != low[:, None]
        first = np.where(true.any(axis=1), true.argmax(axis=1), cuts)
        edges = np.concatenate((low[:, None], parts, high[:, None]), axis=1)
        low, high = edges[rows, first], edges[rows, first + 1]
    return high
