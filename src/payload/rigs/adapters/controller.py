"""A temperature controller that speaks Modbus RTU, of the usual make: tenths of a degree in holding registers.

    rigs:
      bath: {kind: temperature-controller, url: "modbus:/dev/ttyUSB1?unit=3"}

Calls: set-point target=30degC, run, stop, and `hold target=30degC duration=10min`, which sets the set point, runs, and
stops when its time is over.

    register  0  process value, 0.1 degC      read only
              1  set point, 0.1 degC
              2  1 run, 0 stop
              3  heater output, permille      read only
              4  alarms, a bit each           read only
              5, 6, 7  reserved: read 0

Where yours has other registers, make a subclass with another `map` (docs/adapters.md).
"""

from __future__ import annotations

from dataclasses import dataclass

from payload.rigs.adapters.face import DURATION, command, instrument
from payload.rigs.adapters.frames import Span
from payload.rigs.adapters.modbus import ModbusAdapter
from payload.rigs.adapters.simulated.controller import SimulatedController
from payload.rigs.kinds.dictionary import Argument, Channel, Command

_TARGET = Argument(name="target", unit="mdegC", low=-20_000, high=120_000, channel="temperature")


@dataclass(frozen=True, slots=True)
class Map:
    """Where the controller has what; temperatures in `step` mdegC."""

    process_value: int = 0
    set_point: int = 1
    running: int = 2
    output: int = 3
    step: int = 100


class TemperatureController(ModbusAdapter):
    kind = instrument(
        "temperature-controller",
        channels=(
            Channel(name="temperature", unit="mdegC", low=-40_000, high=150_000),
            Channel(name="output", unit="permille", low=-1_000, high=1_000),
        ),
        commands=(
            command("set-point", _TARGET),
            command("run"),
            command("stop", hazardous=False),
            command("hold", _TARGET, DURATION, value="temperature"),
        ),
    )
    ends = frozenset({"stop"})
    simulated = SimulatedController
    spans = (Span(0, 8),)
    map = Map()

    def carry_out(self, command: Command, arguments: tuple[int, ...]) -> None:
        match command.name:
            case "set-point":
                self._set_point(arguments[0])
            case "run":
                self.write(self.map.running, (1,))
            case "stop":
                self.write(self.map.running, (0,))
            case "hold":
                self._set_point(arguments[0])
                self.write(self.map.running, (1,))

    def read(self, channel: Channel) -> int:
        if channel.name == "output":
            return self.register(self.map.output)
        return self.register(self.map.process_value) * self.map.step

    def make_safe(self) -> None:
        self.write(self.map.running, (0,))

    def stands(self, command: Command, arguments: tuple[int, ...]) -> bool:
        if command.name != "hold":
            return False
        wanted = round(arguments[0] / self.map.step)
        return self.register(self.map.set_point) == wanted and self.register(self.map.running) == 1

    def _set_point(self, mdegc: int) -> None:
        self.write(self.map.set_point, (round(mdegc / self.map.step),))
