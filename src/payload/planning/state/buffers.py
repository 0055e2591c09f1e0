"""The level of one buffer: what activities produce flows in evenly, and is drained inside windows.

With In(t) and Drain(t) what has flowed in, and what could have been drained, until t, and N = In - Drain, the level is
N(t) - min of N up to t: a drain finds nothing in an empty buffer. So the buffer is never above its size exactly when
In(u, v) - Drain(u, v) <= size for all u <= v; what more is produced only raises the level.

A further flow of A from s to e adds all of A between any u <= s and v >= e, so that
`max of N from e on + A - min of N until s <= size` is needed. `max of N from s on + A - min of N until e <= size` is
enough. Between the two stand few starts, near the edges of drains and flows: for these the pairs with u or v inside the
flow are looked at, where N has its edges.

N is kept at every tick and every edge of a drain, in floats; where these come too near to the size to tell, `over` adds
up what stands in whole numbers.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from math import lcm

import numpy as np
from numpy.typing import NDArray

from payload.met import Window
from payload.model import Buffer

#: sums of floats are exact but for this part of all that flows
ROUNDING = 1e-9
#: so many edges of drains and flows are looked at within one flow
MOST_EDGES = 8

_Floats = NDArray[np.float64]


class Level:
    """What flows into one buffer. `drains` are the windows (ms MET, merged) in which it is drained."""

    __slots__ = (
        "_drained", "_edges", "_flows", "_full", "_instants", "_known", "_net", "_odd", "_of_tick", "_scale",
        "_tick_ms", "_ticks", "_views", "buffer", "drains",
    )  # fmt: skip

    def __init__(self, buffer: Buffer, drains: Sequence[Window], times: tuple[int, int, int]) -> None:
        """`times` are the instants of the ticks: the first (ms MET), the length of a tick (ms), and how many."""
        origin, self._tick_ms, ticks = times
        self.buffer = buffer
        self.drains = drains
        self._ticks: _Floats = origin + np.arange(ticks, dtype=np.float64) * self._tick_ms
        self._drained: _Floats = np.array(
            [edge for window in drains for edge in (window.start, window.end)], dtype=np.float64
        )
        edges = self._drained
        self._instants: _Floats = np.unique(np.concatenate((self._ticks, edges, [0.0])))
        self._of_tick = np.searchsorted(self._instants, self._ticks)
        self._net: _Floats = np.zeros(self._instants.size)
        if len(drains):
            lengths = np.array([window.end - window.start for window in drains], dtype=np.float64)
            drained = np.concatenate(([0.0], np.repeat(np.cumsum(lengths), 2)[:-1]))
            self._net -= np.interp(self._instants, edges, drained) * (buffer.drain / 1000)
        self._flows: list[tuple[int, int, int]] = []  # from ms, to ms, amount
        self._odd = 0  # flows that begin or end between the instants at which N is kept
        self._scale = float(np.abs(self._net).max(initial=0.0)) + buffer.size
        self._full: bool | None = None
        self._edges: _Floats | None = None
        self._views: tuple[_Floats, _Floats, _Floats, _Floats] | None = None
        self._known: dict[tuple[int, int, int, bool], int] = {}

    def add(self, start: int, end: int, amount: int) -> None:
        """`amount` flows in from `start` to `end` (ms MET)."""
        self._flows.append((start, end, amount))
        self._scale += amount
        self._change(start, end, amount)

    def remove(self, start: int, end: int, amount: int) -> None:
        self._flows.remove((start, end, amount))
        self._scale -= amount
        self._change(start, end, -amount)

    def _change(self, start: int, end: int, amount: int) -> None:
        at = self._instants
        first, last = np.searchsorted(at, (start, end))
        self._net[first:last] += (at[first:last] - start) * (amount / (end - start))
        self._net[last:] += amount
        if last >= at.size or at[first] != start or at[last] != end:
            self._odd += 1 if amount > 0 else -1
        self._full = self._views = self._edges = None
        self._known.clear()

    def over(self) -> bool:
        """Whether the level is above the buffer's size anywhere: exact."""
        if self._full is None:
            self._full = bool(self._flows) and self._is_over()
        return self._full

    def _is_over(self) -> bool:
        if self._odd:
            return self._counted_over(0, max(int(self._instants[-1]), *(end for _, end, _ in self._flows)))
        slack, size = ROUNDING * self._scale, self.buffer.size
        level = self._net - self._looked()[0]
        near = np.flatnonzero(level >= size - slack)
        if not near.size or level[near].max() > size + slack:
            return bool(near.size)
        # too near to tell: counted from where the buffer is empty without a doubt, as it is drained there in vain
        falls = self._net[:-1] - self._net[1:] > 4 * slack
        empty = np.concatenate(([0], 1 + np.flatnonzero((level[1:] == 0) & (level[:-1] <= slack) & falls)))
        begins = empty[np.searchsorted(empty, near, "right") - 1]
        spans = {int(begin): int(end) for begin, end in zip(begins, near, strict=True)}
        return any(self._counted_over(int(self._instants[a]), int(self._instants[b])) for a, b in spans.items())

    def lacking(self) -> int:
        """How much larger the buffer would have to be for all that flows in: exact."""
        if not self._flows:
            return 0
        peak, scale = self._peak(0, max(end for _, end, _ in self._flows))
        return max(-(-peak // scale) - self.buffer.size, 0)

    def _counted_over(self, first: int, last: int) -> bool:
        """Whether the level is above the size between two instants, being 0 at the first; in whole numbers."""
        peak, scale = self._peak(first, last)
        return peak > self.buffer.size * scale

    def _peak(self, first: int, last: int) -> tuple[int, int]:
        """The highest level between two instants, being 0 at the first, in units of which so many are one."""
        flows = [flow for flow in self._flows if flow[0] < last and first < flow[1]]
        scale = lcm(1000, *(end - start for start, end, _ in flows))
        slopes: dict[int, int] = {}
        for start, end, amount in flows:
            rate = amount * (scale // (end - start))
            slopes[start] = slopes.get(start, 0) + rate
            slopes[end] = slopes.get(end, 0) - rate
        drain = self.buffer.drain * (scale // 1000)
        place = bisect_right(self.drains, first, key=_end)
        while place < len(self.drains) and self.drains[place].start < last:
            window = self.drains[place]
            slopes[window.start] = slopes.get(window.start, 0) - drain
            slopes[window.end] = slopes.get(window.end, 0) + drain
            place += 1
        peak, level, slope, before = 0, 0, 0, first
        for at in sorted({*slopes, last}):
            if at > last:
                break
            if at > first:
                level = max(0, level + slope * (at - before))
                before = at
            peak = max(peak, level)
            slope += slopes.get(at, 0)
        return peak, scale

    def _looked(self) -> tuple[_Floats, _Floats, _Floats, _Floats]:
        """The least N until each instant, the most from each on; the same at the ticks."""
        if self._views is None:
            least: _Floats = np.minimum.accumulate(self._net)
            most: _Floats = np.maximum.accumulate(self._net[::-1])[::-1]
            self._views = least, most, least[self._of_tick], most[self._of_tick]
        return self._views

    def starts(self, first_ms: int, last_ms: int, amount: int, evenly: bool = True) -> int:
        """The ticks from which on `amount` could flow in, from `first_ms` to `last_ms` after them; where it does so not
        evenly, some at which it cannot are among them."""
        key = (first_ms, last_ms, amount, evenly)
        if key not in self._known:
            size = self.buffer.size + ROUNDING * (self._scale + amount)
            least, most = self._at(first_ms, 2), self._at(last_ms, 3)
            enough = most + amount - least <= size
            if evenly:
                asked = np.flatnonzero(enough & (self._at(first_ms, 3) + amount - self._at(last_ms, 2) > size))
                if asked.size:
                    begins = self._ticks[asked] + first_ms
                    enough[asked] = self._inside(begins, least[asked], most[asked], (last_ms - first_ms, amount, size))
            self._known[key] = int.from_bytes(np.packbits(enough, bitorder="little").tobytes(), "little")
        return self._known[key]

    def _at(self, offset_ms: int, view: int) -> _Floats:
        """The least N until so long after each tick (view 2), or the most from then on (3)."""
        found = self._looked()[view]
        ticks, rest = divmod(offset_ms, self._tick_ms)
        if not rest:
            after: _Floats = np.concatenate((found[ticks:], np.full(min(ticks, found.size), found[-1])))
            return after
        when, at = self._ticks + offset_ms, self._instants
        there = np.interp(when, at, self._net)
        if view == 2:
            least: _Floats = np.minimum(there, self._looked()[0][np.searchsorted(at, when, "right") - 1])
            return least
        most: _Floats = np.maximum(there, self._looked()[1][np.minimum(np.searchsorted(at, when), at.size - 1)])
        return most

    def _inside(
        self, begins: _Floats, before: _Floats, from_end: _Floats, flow: tuple[int, int, float]
    ) -> NDArray[np.bool_]:
        """Whether a flow (its length in ms, its amount, the size to keep) keeps the size at the edges within it, from
        each of these instants on; `before` is the least N until there, `from_end` the most from its end on."""
        length_ms, amount, size = flow
        if self._edges is None:
            flows = np.array([edge for start, end, _ in self._flows for edge in (start, end)], dtype=np.float64)
            self._edges = np.unique(np.concatenate((self._drained, flows)))
        at = self._edges
        kept = np.ones(begins.size, dtype=np.bool_)
        net = np.interp(at, self._instants, self._net)
        first = np.searchsorted(at, begins, "right")
        seen: list[tuple[_Floats, _Floats, NDArray[np.bool_]]] = []
        for more in range(min(MOST_EDGES, at.size)):
            place = np.minimum(first + more, at.size - 1)
            here = (first + more < at.size) & (at[place] < begins + length_ms)
            if not here.any():
                break
            come, there = amount * (at[place] - begins) / length_ms, net[place]
            kept &= ~here | ((there + come - before <= size) & (from_end + amount - come - there <= size))
            for earlier, was, inside in seen:
                kept &= ~(here & inside) | (there + come - earlier - was <= size)
            seen.append((there, come, here))
        return kept


def _end(window: Window) -> int:
    return window.end
