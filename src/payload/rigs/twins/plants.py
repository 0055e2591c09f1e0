"""What the kinds do, in whole numbers only, so that a twin and the firmware agree to the bit (PROTOCOL.md §8).

A plant steps once per 1000 ms of the device clock. `t` is the tick at hand, in device ms.
"""

from __future__ import annotations

from typing import Protocol


def quotient(a: int, b: int) -> int:
    """`a / b` truncated toward zero, as C divides; b > 0."""
    return a // b if a >= 0 else -(-a // b)


class Plant(Protocol):
    """One kind's physics and outputs."""

    def step(self) -> None:
        """One second of the device clock goes by."""

    def channel(self, index: int, t: int) -> int: ...

    def value(self, t: int) -> int:
        """What the stages of the kind's long command report."""

    def start(self, t: int, argument: int, duration: int) -> None:
        """The kind's long command begins; its outputs go on."""

    def stop(self, t: int) -> None:
        """It ends, in whatever way; all outputs go to their safe values. Also called when none runs."""


class Incubator:
    """A chamber that relaxes to ambient with a time constant of 600 s; full drive is 40 degC above or below it."""

    AMBIENT = 22_000  # mdegC

    def __init__(self) -> None:
        self._temp_u = self.AMBIENT * 1000
        self._heating = False
        self._target = 0
        self._drive = 0

    def step(self) -> None:
        self._drive = 0
        if self._heating:
            error = self._target - quotient(self._temp_u, 1000)
            drive = quotient(error, 5) + quotient(self._target - self.AMBIENT, 40)
            self._drive = max(-1000, min(1000, drive))
        self._temp_u += quotient(self.AMBIENT * 1000 + self._drive * 40_000 - self._temp_u, 600)

    def channel(self, index: int, t: int) -> int:
        return self._drive if index else quotient(self._temp_u, 1000)

    def value(self, t: int) -> int:
        return quotient(self._temp_u, 1000)

    def start(self, t: int, argument: int, duration: int) -> None:
        self._heating, self._target = True, argument

    def stop(self, t: int) -> None:
        self._heating, self._drive = False, 0


class FluidLoop:
    """A pump whose flow follows its rate with a time constant of 5 s, and the pressure that the flow makes."""

    def __init__(self) -> None:
        self._flow_n = 0
        self._rate = 0
        self._pumped_n = 0

    def step(self) -> None:
        self._flow_n += quotient(self._rate * 1_000_000 - self._flow_n, 5)
        self._pumped_n += self._flow_n // 60

    def channel(self, index: int, t: int) -> int:
        flow = self._flow_n // 1000
        return 101_325 + flow // 25 if index else flow

    def value(self, t: int) -> int:
        return self._pumped_n // 1000

    def start(self, t: int, argument: int, duration: int) -> None:
        self._rate, self._pumped_n = argument, 0

    def stop(self, t: int) -> None:
        self._rate = 0


class Camera:
    """A shutter that takes `frames` evenly over `duration`, and a store that holds a million of them."""

    STORE = 1_000_000

    def __init__(self) -> None:
        self._last = 0
        self._kept = 0
        self._run: tuple[int, int, int] | None = None  # start, frames, duration

    def step(self) -> None:
        pass

    def _taken(self, t: int) -> int:
        if self._run is None:
            return 0
        start, frames, duration = self._run
        return (t - start) * frames // duration

    def channel(self, index: int, t: int) -> int:
        if index:
            return self._kept + self._taken(t)
        return self._last if self._run is None else self._taken(t)

    def value(self, t: int) -> int:
        return self.channel(0, t)

    def start(self, t: int, argument: int, duration: int) -> None:
        self._run = (t, argument, duration)

    def stop(self, t: int) -> None:
        if self._run is not None:
            self._last = self._taken(t)
            self._kept += self._last
            self._run = None

    def has_room(self, frames: int) -> bool:
        return self._kept + frames <= self.STORE

    def erase(self) -> int:
        """Empties the store; how many frames it held."""
        kept, self._kept = self._kept, 0
        return kept


PLANTS: dict[str, type[Incubator] | type[FluidLoop] | type[Camera]] = {
    "incubator": Incubator,
    "fluid-loop": FluidLoop,
    "camera": Camera,
}
