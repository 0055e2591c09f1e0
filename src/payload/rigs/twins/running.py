"""The long command at work in a rig: when it tells its progress, and when it ends (PROTOCOL.md §5)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Running:
    """Ticks are ms of the device clock. `mark` is the next PROGRESS, in tenths; 10 when there is none left."""

    number: int
    start: int
    duration: int
    mark: int

    @property
    def end(self) -> int:
        return self.start + self.duration

    @property
    def next_mark(self) -> int:
        """The tick of the next PROGRESS, or of the end."""
        return self.start - (-self.mark * self.duration // 10)

    def percent(self, t: int) -> int:
        return (t - self.start) * 100 // self.duration
