"""The long command at work in a rig, and the timed ones that wait (PROTOCOL.md §5). Ticks in here do not wrap."""

from __future__ import annotations

from dataclasses import dataclass

from payload.rigs.kinds.dictionary import Command

_OVERFLOW = 42_949_672
"""From here on 100 times as much does not fit into 32 bits."""


@dataclass(slots=True)
class Running:
    """`drives` is the mask of its outputs, `mark` the next PROGRESS, in tenths; 10 when there is none left."""

    number: int
    command: Command
    drives: int
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
        elapsed = t - self.start
        part = elapsed * 100 // self.duration if elapsed < _OVERFLOW else elapsed // (self.duration // 100)
        return min(part, 100)


@dataclass(frozen=True, slots=True)
class Timed:
    """A command that waits for its tick; it has been judged as far as that can be done beforehand."""

    number: int
    at: int
    command: Command
    arguments: tuple[int, ...]
