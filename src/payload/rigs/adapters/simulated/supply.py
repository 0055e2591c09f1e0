"""A simulated bench supply with a resistor on its output."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from payload.rigs.adapters.simulated.whims import Instrument

MAX_VOLTS, MAX_AMPERES = Decimal(32), Decimal(3)
_NO_HEADER = '-113,"Undefined header"'
_RANGE = '-222,"Data out of range"'
_SYNTAX = '-104,"Data type error"'


class SimulatedSupply(Instrument):
    """Takes compound messages, unless it is told to be simple."""

    compound = True

    def __init__(self) -> None:
        self.volts, self.amperes = Decimal(0), Decimal("0.1")
        self.ohms = Decimal(10)
        self.on = False
        self.mask, self.clear_at_power_on = 0, 0
        self.errors: list[str] = []
        self._buffer = bytearray()

    def hear(self, data: bytes, now: int) -> list[bytes]:
        self._buffer += data
        replies = []
        while (at := self._buffer.find(b"\n")) >= 0:
            message = bytes(self._buffer[:at]).decode("ascii", "replace").strip()
            del self._buffer[: at + 1]
            said = [each for part in self._parts(message) if (each := self._obey(part)) is not None]
            if said:
                replies.append((";".join(said) + "\r\n").encode("ascii"))
        return replies

    def _parts(self, message: str) -> list[str]:
        if ";" in message and not self.compound:
            self.errors.append(_NO_HEADER)
            return []
        return [part.strip().removeprefix(":") for part in message.split(";") if part.strip()]

    def measure(self, what: str) -> str:
        """VOLT or CURR at the output."""
        volts = min(self.volts, self.amperes * self.ohms) if self.on else Decimal(0)
        return f"{float(volts if what == 'VOLT' else volts / self.ohms):+.6E}"

    def _obey(self, part: str) -> str | None:
        header, _, value = part.upper().partition(" ")
        match header:
            case "*IDN?":
                return "PAYLOAD,SIMULATED SUPPLY,0,1.0"
            case "*CLS":
                self.errors.clear()
            case "*ESE?":
                return str(self.mask)
            case "*PSC?":
                return str(self.clear_at_power_on)
            case "*OPC?":
                return "1"
            case "SYST:ERR?":
                return self.errors.pop(0) if self.errors else '0,"No error"'
            case "VOLT?":
                return f"{self.volts:.3f}"
            case "CURR?":
                return f"{self.amperes:.3f}"
            case "OUTP?":
                return str(int(self.on))
            case "MEAS:VOLT?" | "MEAS:CURR?":
                return self.measure(header[5:9])
            case "OUTP" if value in ("ON", "1", "OFF", "0"):
                self.on = value in ("ON", "1")
            case "*ESE" | "*PSC" | "VOLT" | "CURR":
                self._set(header, value)
            case _:
                self.errors.append(_NO_HEADER)
        return None

    def _set(self, header: str, text: str) -> None:
        try:
            value = Decimal(text.strip())
        except InvalidOperation:
            self.errors.append(_SYNTAX)
            return
        highest = {"VOLT": MAX_VOLTS, "CURR": MAX_AMPERES}.get(header, Decimal(255))
        if not 0 <= value <= highest:
            self.errors.append(_RANGE)
        elif header == "VOLT":
            self.volts = value
        elif header == "CURR":
            self.amperes = value
        elif header == "*PSC":
            self.clear_at_power_on = int(value)
        else:
            self.mask = int(value)
