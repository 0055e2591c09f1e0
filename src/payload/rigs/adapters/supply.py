"""A bench supply with one output that speaks SCPI, as the 1999 standard names its commands.

    rigs:
      heater-power: {kind: bench-supply, url: "scpi:/dev/serial/by-id/usb-…", options: {baud: 9600}}

Calls: set-voltage voltage=5V, set-current current=500mA, output-on, output-off, and `power voltage=5V current=500mA
duration=10min`, which sets both, switches on, and off again when its time is over.
"""

from __future__ import annotations

from payload.rigs.adapters.face import DURATION, command, instrument
from payload.rigs.adapters.scpi import ScpiAdapter
from payload.rigs.adapters.simulated.supply import SimulatedSupply
from payload.rigs.kinds.dictionary import Argument, Channel, Command

_VOLTAGE = Argument(name="voltage", unit="mV", low=0, high=60_000, channel="voltage")
_CURRENT = Argument(name="current", unit="mA", low=0, high=20_000, channel="current")


class BenchSupply(ScpiAdapter):
    """Any supply that has VOLT, CURR, OUTP and MEAS; which one it is, is not asked: `*IDN?` only has to be answered."""

    kind = instrument(
        "bench-supply",
        channels=(
            Channel(name="voltage", unit="mV", low=-1_000, high=65_000),
            Channel(name="current", unit="mA", low=-1_000, high=25_000),
        ),
        commands=(
            command("set-voltage", _VOLTAGE),
            command("set-current", _CURRENT),
            command("output-on"),
            command("output-off", hazardous=False),
            command("power", _VOLTAGE, _CURRENT, DURATION, value="voltage"),
        ),
    )
    ends = frozenset({"output-off"})
    simulated = SimulatedSupply

    def identity(self, answer: str) -> bool:
        return answer.count(",") >= 2  # maker, model, serial number, firmware: IEEE 488.2, 10.14

    def carry_out(self, command: Command, arguments: tuple[int, ...]) -> None:
        match command.name, arguments:
            case "set-voltage", (volts,):
                self._set("VOLT", volts)
            case "set-current", (amperes,):
                self._set("CURR", amperes)
            case "output-on", _:
                self._switch(True)
            case "output-off", _:
                self._switch(False)
            case "power", (volts, amperes, _):
                self._set("VOLT", volts)
                self._set("CURR", amperes)
                self._switch(True)

    def read(self, channel: Channel) -> int:
        return self.number("MEAS:VOLT?" if channel.name == "voltage" else "MEAS:CURR?", per_unit=1_000)

    def make_safe(self) -> None:
        self.blind("OUTP OFF")
        self._switch(False)

    def stands(self, command: Command, arguments: tuple[int, ...]) -> bool:
        if command.name != "power":
            return False
        return self._is("VOLT", arguments[0]) and self._is("CURR", arguments[1]) and self._is_on(True)

    def _set(self, what: str, thousandths: int) -> None:
        self.set(f"{what} {thousandths / 1000:.3f}", lambda: self._is(what, thousandths))

    def _switch(self, on: bool) -> None:
        self.set(f"OUTP {'ON' if on else 'OFF'}", lambda: self._is_on(on))

    def _is(self, what: str, thousandths: int) -> bool:
        """Within a step of 10 mV or 10 mA: cheap supplies round to it."""
        return abs(self.number(f"{what}?", per_unit=1_000) - thousandths) <= 10

    def _is_on(self, on: bool) -> bool:
        return self.ask("OUTP?").upper() in (("1", "+1", "ON") if on else ("0", "+0", "OFF"))
