"""What the kinds do, in whole numbers only, so that a twin and the firmware agree to the bit (PROTOCOL.md §8).

A plant steps once per 1000 ticks. `t` is the tick at hand, which here does not wrap.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from payload.rigs.kinds.dictionary import Command, Kind
from payload.rigs.wire.packet import Code


def quotient(a: int, b: int) -> int:
    """`a / b` truncated toward zero, as C divides; b > 0."""
    return a // b if a >= 0 else -(-a // b)


class Plant:
    """The physics and outputs of one kind. This one has neither: derive from it what a kind needs.

    `steps`: a step does something. `lazy`: channels depend on the tick alone, so that samples need not be taken before
    they are asked for.
    """

    steps = False
    lazy = False

    def step(self) -> None:
        """1000 ticks go by."""

    def channel(self, index: int, t: int) -> int:
        raise NotImplementedError

    def series(self, index: int, t: int, interval: int, count: int) -> Sequence[int]:
        """The channel at `t`, `t + interval` and so on: what a lazy one is asked for."""
        return [self.channel(index, at) for at in range(t, t + count * interval, interval)]

    def outputs(self, t: int) -> Sequence[int]:
        return ()

    def value(self, t: int) -> int:
        """What the stages of the long command at work report."""
        return 0

    def refuse(self, command: Command, arguments: tuple[int, ...]) -> Code:
        """Why the kind's own rules forbid it; OK when they do not."""
        return Code.OK

    def start(self, command: Command, arguments: tuple[int, ...], t: int) -> None:
        """A long command begins; its outputs go on."""

    def stop(self, t: int) -> None:
        """It ends, in whatever way; all outputs go to their safe values. Also called when none is at work."""

    def carry_out(self, command: Command, arguments: tuple[int, ...], t: int) -> int:
        """The effect of an instant command of the kind's own; the value of its DONE."""
        return 0


class Incubator(Plant):
    """A chamber that relaxes to ambient with a time constant of 600 s; full drive is 40 degC above or below it."""

    AMBIENT = 22_000  # mdegC
    steps = True

    def __init__(self) -> None:
        self._temp_u = self.AMBIENT * 1000
        self._heating = False
        self._target = self._drive = self._turns = 0

    def step(self) -> None:
        self._drive = 0
        if self._heating:
            error = self._target - quotient(self._temp_u, 1000)
            drive = quotient(error, 5) + quotient(self._target - self.AMBIENT, 40)
            self._drive = max(-1000, min(1000, drive))
        self._temp_u += quotient(self.AMBIENT * 1000 + self._drive * 40_000 - self._temp_u, 600)

    def channel(self, index: int, t: int) -> int:
        return self._drive if index else quotient(self._temp_u, 1000)

    def outputs(self, t: int) -> Sequence[int]:
        return (self._drive,)

    def value(self, t: int) -> int:
        return quotient(self._temp_u, 1000)

    def start(self, command: Command, arguments: tuple[int, ...], t: int) -> None:
        self._heating, self._target = True, arguments[0]

    def stop(self, t: int) -> None:
        self._heating, self._drive = False, 0

    def carry_out(self, command: Command, arguments: tuple[int, ...], t: int) -> int:
        self._turns = (self._turns + arguments[0]) & 0x7FFFFFFF
        return self._turns


class FluidLoop(Plant):
    """A pump whose flow follows its rate with a time constant of 5 s, and the pressure that the flow makes."""

    steps = True

    def __init__(self) -> None:
        self._flow_n = self._rate = self._pumped_n = 0

    def step(self) -> None:
        self._flow_n += quotient(self._rate * 1_000_000 - self._flow_n, 5)
        self._pumped_n += self._flow_n // 60

    def channel(self, index: int, t: int) -> int:
        flow = self._flow_n // 1000
        return 101_325 + flow // 25 if index else flow

    def outputs(self, t: int) -> Sequence[int]:
        return (self._rate,)

    def value(self, t: int) -> int:
        return self._pumped_n // 1000

    def start(self, command: Command, arguments: tuple[int, ...], t: int) -> None:
        self._rate, self._pumped_n = arguments[0], 0

    def stop(self, t: int) -> None:
        self._rate = 0


class Camera(Plant):
    """A shutter that takes `frames` evenly over `duration`, and a store that holds a million of them."""

    STORE = 1_000_000

    def __init__(self) -> None:
        self._last = self._kept = 0
        self._run: tuple[int, int, int] | None = None  # start, frames, duration

    def _taken(self, t: int) -> int:
        if self._run is None:
            return 0
        start, frames, duration = self._run
        return (t - start) * frames // duration

    def channel(self, index: int, t: int) -> int:
        if index:
            return self._kept + self._taken(t)
        return self._last if self._run is None else self._taken(t)

    def outputs(self, t: int) -> Sequence[int]:
        return (int(self._run is not None),)

    def value(self, t: int) -> int:
        return self.channel(0, t)

    def refuse(self, command: Command, arguments: tuple[int, ...]) -> Code:
        full = command.name == "capture" and self._kept + arguments[0] > self.STORE
        return Code.NO_ROOM if full else Code.OK

    def start(self, command: Command, arguments: tuple[int, ...], t: int) -> None:
        self._run = (t, *arguments)  # type: ignore[assignment]  # the dictionary says how many there are

    def stop(self, t: int) -> None:
        if self._run is not None:
            self._last = self._taken(t)
            self._kept += self._last
            self._run = None

    def carry_out(self, command: Command, arguments: tuple[int, ...], t: int) -> int:
        kept, self._kept = self._kept, 0  # erase
        return kept


class PowerSwitch(Plant):
    """Four outlets, and the current that what hangs on them draws."""

    DRAWS = (250, 600, 1200, 3000)  # mA

    def __init__(self) -> None:
        self._on = [0, 0, 0, 0]

    def channel(self, index: int, t: int) -> int:
        weights = self.DRAWS if index else (1, 2, 4, 8)
        return sum(on * weight for on, weight in zip(self._on, weights, strict=True))

    def outputs(self, t: int) -> Sequence[int]:
        return self._on

    def stop(self, t: int) -> None:
        self._on = [0, 0, 0, 0]

    def carry_out(self, command: Command, arguments: tuple[int, ...], t: int) -> int:
        self._on = self._on.copy()
        self._on[arguments[0]] = int(command.name == "on")
        return self.channel(0, t)


class Recorder(Plant):
    """Ten inputs whose values tell their tick and their number, so that a sample in a wrong place is found."""

    lazy = True

    def channel(self, index: int, t: int) -> int:
        return (t & 0xFFFFFFFF) * (2 * index + 1) * 7 % 4001 - 2000

    def series(self, index: int, t: int, interval: int, count: int) -> Sequence[int]:
        factor = (2 * index + 1) * 7
        step = interval * factor % 4001
        if not step or (t & 0xFFFFFFFF) + count * interval > 0xFFFFFFFF:
            return super().series(index, t, interval, count)
        first = (t & 0xFFFFFFFF) * factor % 4001
        return [value % 4001 - 2000 for value in range(first, first + count * step, step)]


class Plain(Plant):
    """A plant for a kind of which only its description is known: channels stay in the middle of their ranges, long
    commands last, and outputs tell whether they are driven (their safe value plus 1)."""

    lazy = True

    def __init__(self, kind: Kind) -> None:
        self._middle = [(channel.low + channel.high) // 2 for channel in kind.channels]
        self._names = [channel.name for channel in kind.channels]
        self._safe = [output.safe for output in kind.outputs]
        self._now = self._safe.copy()
        self._value = 0

    def channel(self, index: int, t: int) -> int:
        return self._middle[index]

    def series(self, index: int, t: int, interval: int, count: int) -> Sequence[int]:
        return [self._middle[index]] * count

    def outputs(self, t: int) -> Sequence[int]:
        return self._now

    def value(self, t: int) -> int:
        return self._value

    def start(self, command: Command, arguments: tuple[int, ...], t: int) -> None:
        self._value = self._value_of(command)
        self._drive(command.outputs(arguments))

    def stop(self, t: int) -> None:
        self._now = self._safe.copy()

    def carry_out(self, command: Command, arguments: tuple[int, ...], t: int) -> int:
        self._drive(command.outputs(arguments))
        if command.name in ("off", "stop"):  # of one output where an argument says which, else of all
            if not arguments:
                self.stop(t)
            for argument, value in zip(command.arguments, arguments, strict=True):
                if (argument.unit == "output" or argument.unit.startswith("enum.")) and value < len(self._now):
                    self._now = [self._safe[i] if i == value else now for i, now in enumerate(self._now)]
        return self._value_of(command)

    def _value_of(self, command: Command) -> int:
        return self._middle[self._names.index(command.value)] if command.value in self._names else 0

    def _drive(self, mask: int) -> None:
        if mask:
            self._now = [safe + 1 if mask >> i & 1 else self._now[i] for i, safe in enumerate(self._safe)]


PLANTS: Mapping[str, Callable[[], Plant]] = {
    "incubator": Incubator,
    "fluid-loop": FluidLoop,
    "camera": Camera,
    "power-switch": PowerSwitch,
    "recorder": Recorder,
}


def plant_of(kind: Kind) -> Plant:
    """The plant of a shipped kind, or a plain one."""
    made = PLANTS.get(kind.name)
    return made() if made else Plain(kind)
