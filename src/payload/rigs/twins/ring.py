"""The last samples of one stream, until the host grants the credit to send them (PROTOCOL.md §7)."""

from __future__ import annotations

from payload.rigs.packet import Telemetry

SIZE = 32


class Ring:
    """Samples `interval_ms` apart on the device clock. When it is full the oldest is dropped and counted in `lost`."""

    def __init__(self, stream: int, interval_ms: int) -> None:
        self.stream, self.interval_ms = stream, interval_ms
        self.values: list[int] = []
        self.lost = 0
        self._sequence = 0
        self._newest = 0

    def add(self, value: int, tick: int) -> None:
        if len(self.values) == SIZE:
            del self.values[0]
            self.lost += 1
        self.values.append(value)
        self._newest = tick

    def drain(self, session: int) -> Telemetry:
        """All of its samples, oldest first, as one packet; it is empty then."""
        first = self._newest - (len(self.values) - 1) * self.interval_ms
        packet = Telemetry(session, self._sequence, self.stream, self.interval_ms, first, self.lost, tuple(self.values))
        self._sequence = self._sequence + 1 & 0xFFFF
        self.values.clear()
        return packet
