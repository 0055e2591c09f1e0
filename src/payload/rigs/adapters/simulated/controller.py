"""A simulated temperature controller with a bath: Modbus RTU, functions 3, 4, 6, 8 (sub-function 0) and 16.

Written from the Modbus Application Protocol 1.1b3 and Modbus over Serial Line 1.02, apart from pymodbus: so that two
readings of them meet.
"""

from __future__ import annotations

from payload.met import NS_PER_MS
from payload.rigs.adapters.simulated.whims import Instrument

AMBIENT = 210
"""Tenths of a degree, as all temperatures here."""
SECONDS = 60.0
"""The bath's time constant."""
REGISTERS = 8
_HIGHEST = 1_200
_SILENCE_NS = 50 * NS_PER_MS


class SimulatedController(Instrument):
    """Registers as `payload.rigs.adapters.controller` lists them."""

    loopback = True

    def __init__(self, unit: int = 1) -> None:
        self.unit = unit
        self.set_point, self.running = AMBIENT, 0
        self.temperature = float(AMBIENT)
        self._at = self._heard_at = 0
        self._buffer = bytearray()

    def hear(self, data: bytes, now: int) -> list[bytes]:
        self._pass(now)
        if now - self._heard_at > _SILENCE_NS:
            self._buffer.clear()  # half a frame before a silence is no frame
        self._heard_at = now
        self._buffer += data
        replies = []
        while (size := self._size()) and len(self._buffer) >= size:
            frame = bytes(self._buffer[:size])
            del self._buffer[:size]
            if crc(frame):
                self._buffer.clear()
            elif frame[0] == self.unit:
                pdu = self._obey(frame[1:-2])
                reply = bytes([self.unit]) + pdu
                replies.append(reply + crc(reply).to_bytes(2, "little"))
        return replies

    def registers(self) -> list[int]:
        """All of them, as they would be read now."""
        heating = max(-1000, min(1000, (self.set_point - round(self.temperature)) * 50)) if self.running else 0
        values = [round(self.temperature), self.set_point, self.running, heating, 0, 0, 0, 0]
        return [value & 0xFFFF for value in values]

    def _size(self) -> int:
        """How long the frame at the front is; 0 while that cannot be told."""
        if len(self._buffer) < 2:
            return 0
        if self._buffer[1] == 16:
            return 9 + self._buffer[6] if len(self._buffer) > 6 else 0
        return 8

    def _obey(self, pdu: bytes) -> bytes:
        function, first, second = pdu[0], int.from_bytes(pdu[1:3], "big"), int.from_bytes(pdu[3:5], "big")
        match function:
            case 3 | 4:
                if not 1 <= second <= REGISTERS or first + second > REGISTERS:
                    return bytes([function | 0x80, 2])
                values = self.registers()[first : first + second]
                return bytes([function, 2 * second]) + b"".join(value.to_bytes(2, "big") for value in values)
            case 6:
                code = self._write(first, second)
                return bytes([0x86, code]) if code else pdu
            case 8 if self.loopback and first == 0:
                return pdu
            case 16:
                values = [int.from_bytes(pdu[at : at + 2], "big") for at in range(6, 6 + 2 * second, 2)]
                for at, value in enumerate(values, first):
                    if code := self._write(at, value):
                        return bytes([0x90, code])
                return pdu[:5]
            case _:
                return bytes([function | 0x80, 1])

    def _write(self, at: int, value: int) -> int:
        """0, or the exception's code."""
        signed = value - 0x10000 if value >= 0x8000 else value
        match at:
            case 1 if -200 <= signed <= _HIGHEST:
                self.set_point = signed
            case 2 if value in (0, 1):
                self.running = value
            case 1 | 2:
                return 3
            case _:
                return 2
        return 0

    def _pass(self, now: int) -> None:
        """The bath drifts to the set point while it runs, else to the room."""
        goal = self.set_point if self.running else AMBIENT
        share = min((now - self._at) / 1e9 / SECONDS, 1.0)
        self.temperature += (goal - self.temperature) * share
        self._at = now


def _table() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ 0xA001 if byte & 1 else byte >> 1
        table.append(byte)
    return table


_CRC = _table()


def crc(data: bytes) -> int:
    """CRC-16/MODBUS; 0 over a frame with its own at the end."""
    value = 0xFFFF
    for byte in data:
        value = value >> 8 ^ _CRC[(value ^ byte) & 0xFF]
    return value
