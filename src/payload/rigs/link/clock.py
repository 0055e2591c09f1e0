"""A rig's clock on the host's: at which instant of ours it was a tick of its, and by how much that may be wrong.

A question that leaves at `sent` and whose answer comes at `heard` brings the rig's stamp of the question's arrival.
That was somewhere between the two, whatever the wire did: this is all that can be *known*, and what the bound is made
of. Where in between is *estimated*: in the middle, as a line through all such middles says.

The line: weighted least squares, decayed with time, slower round trips weighing less than those near the shortest one
and far slower ones nothing. The bound: the intersection of all the intervals, each widened by its age times the most
by which the rig's rate can be off the line's slope. It holds for a clock within `RATE` of its nominal rate that has not
wandered by more than `WANDER` from its mean rate of the last `DECAY_S`.
"""

from __future__ import annotations

from math import ceil, exp, sqrt
from typing import NamedTuple

DECAY_S = 12.0
RATE = 0.01
"""What a trimmed RC oscillator or a ceramic resonator keeps; a crystal is a hundred times better."""
WANDER = 200e-6
SOFTEN_NS = 200_000.0
"""Round trips that differ by less are as good as each other."""
LEAK = 20e-6
"""How fast the shortest round trip is forgotten: a wire may become slower for good."""
GATE = 6.0
"""A round trip is an outlier when it takes longer than the shortest by more than so many times the usual excess."""


class Instant(NamedTuple):
    """An instant of the host's clock, known to within `error_ns` either way."""

    at_ns: int
    error_ns: int


class RigClock:
    """From ticks to instants and back, for one boot of a rig. Ticks are u32 and may wrap; two that are asked about lie
    less than 2^31 from the newest sample's."""

    __slots__ = (
        "_excess", "_high", "_host", "_low", "_mid", "_per", "_shortest", "_slope", "_spread", "_thousandths", "_w",
        "_whh", "_wx", "_wxx", "_wxy", "_wy", "samples",
    )  # fmt: skip

    def __init__(self, speed_milli: int) -> None:
        self.samples = 0
        """How many the line goes through; before the first one there is nothing but the greeting's own tick."""
        self._per = 1e6 / speed_milli  # ns in a thousandth of a tick
        self._thousandths = -1  # the newest sample's stamp since boot: the origin of what follows
        self._host = 0  # its middle
        # At the origin, ns after `_host`: the line, and what the truth lies between.
        self._mid = self._low = self._high = 0.0
        self._slope = 0.0  # ns of ours more than the nominal ones, each ns of the rig's
        self._spread = RATE  # how far the truth's slope may be off it
        self._w = self._wx = self._wy = self._wxx = self._wxy = self._whh = 0.0
        self._shortest = self._excess = 0.0

    def __bool__(self) -> bool:
        """Whether it can be asked at all."""
        return self._thousandths >= 0

    def sample(self, sent: int, heard: int, tick: int, thousandths: int) -> None:
        """An answer with a stamp. Only of a question that was sent once: of a repeated one nobody knows which it
        answers."""
        self._take(sent, heard, tick, thousandths)
        trip = float(heard - sent)
        if not self.samples:
            self._shortest, self._excess = trip, trip / 2
        over = trip - self._shortest
        limit = GATE * self._excess + SOFTEN_NS
        if over < 0:
            self._shortest, over = trip, 0.0
        self._excess += (min(over, 2 * limit) - self._excess) / 16
        if over <= limit:
            self.samples += 1
            weight = SOFTEN_NS**2 / (SOFTEN_NS**2 + over**2)
            self._w += weight
            self._whh += weight * (trip / 2) ** 2
        self._fit()

    def greeted(self, sent: int, heard: int, tick: int) -> None:
        """A first idea, from an answer that tells a whole tick only."""
        if not self:
            self._take(sent, heard, tick, 0, quantum=1000)
            self._mid = (self._low + self._high) / 2

    def at(self, tick: int, thousandths: int = 0) -> Instant:
        """When the rig's clock said so. Raises ValueError while nothing is known of it."""
        if not self:
            raise ValueError("nothing is known yet of this rig's clock")
        x = (self._unwrapped(tick, thousandths) - self._thousandths) * self._per
        error = max(self._high - self._mid, self._mid - self._low) + self._spread * abs(x)
        return Instant(self._host + round(x + self._mid + self._slope * x), ceil(error) + 1)

    def tick(self, at_ns: int) -> int:
        """The first tick that is not before an instant. Raises ValueError while nothing is known of the clock."""
        if not self:
            raise ValueError("nothing is known yet of this rig's clock")
        x = (at_ns - self._host - self._mid) / (1 + self._slope)
        return -(-(self._thousandths + round(x / self._per)) // 1000) & 0xFFFFFFFF

    def _unwrapped(self, tick: int, thousandths: int) -> int:
        near = self._thousandths // 1000
        return (near + ((tick - near + (1 << 31)) % (1 << 32)) - (1 << 31)) * 1000 + thousandths

    def _take(self, sent: int, heard: int, tick: int, thousandths: int, quantum: int = 1) -> None:
        """Moves the origin to this sample, and the truth's interval with it."""
        new = self._unwrapped(tick, thousandths) if self else tick * 1000 + thousandths
        middle = (sent + heard) // 2
        low, high = sent - middle - quantum * self._per, float(heard - middle)
        if self:
            dx = (new - self._thousandths) * self._per
            dy = middle - self._host - dx
            widened = self._spread * abs(dx)
            mean = self._slope * dx - dy
            low, high = max(low, self._low + mean - widened), min(high, self._high + mean + widened)
            if low > high:  # no clock within our promise does that: what was known is worth nothing
                low, high = sent - middle - quantum * self._per, float(heard - middle)
                self._w = self._wx = self._wy = self._wxx = self._wxy = self._whh = 0.0
                self.samples = 0
            kept = exp(-abs(dx) / 1e9 / DECAY_S)
            self._wxx = (self._wxx - 2 * dx * self._wx + dx * dx * self._w) * kept
            self._wxy = (self._wxy - dy * self._wx - dx * self._wy + dx * dy * self._w) * kept
            self._wx = (self._wx - dx * self._w) * kept
            self._wy = (self._wy - dy * self._w) * kept
            self._w *= kept
            self._whh *= kept
            self._shortest += LEAK * abs(dx)
            self._mid += mean
        self._thousandths, self._host, self._low, self._high = new, middle, low, high

    def _fit(self) -> None:
        """The line anew. Each middle is off by half its round trip at most, whichever way was the longer one. That puts
        the slope off by the root mean square of those halves over that of the span, at most (Cauchy and Schwarz)."""
        self._slope, self._spread = 0.0, RATE
        if self.samples:
            mean_x, mean_y = self._wx / self._w, self._wy / self._w
            square = self._wxx / self._w - mean_x * mean_x
            spread = WANDER + sqrt(self._whh / self._w / square) if square > 0 else RATE
            if spread < RATE / 2:
                self._spread = spread
                self._slope = (self._wxy / self._w - mean_x * mean_y) / square
            self._mid = mean_y - self._slope * mean_x
        self._mid = min(max(self._mid, self._low), self._high)
