"""What an instrument does by the clock: its long command, and its samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from payload.errors import ProtocolError, RigFault
from payload.met import NS_PER_MS, to_ns
from payload.rigs.adapters.face import Hurried
from payload.rigs.kinds.dictionary import Channel, Command
from payload.rigs.stations.keeper import Fact


@dataclass(slots=True)
class Long:
    """The long command at work; instants in ns of the clock. `mark`: the next PROGRESS in tenths, 10 when there is none
    left."""

    token: str
    command: Command
    arguments: tuple[int, ...]
    start: int
    length: int
    mark: int = 1

    @property
    def end(self) -> int:
        return self.start + self.length

    @property
    def due(self) -> int:
        return self.start + self.length * self.mark // 10

    def pass_mark(self, now: int) -> None:
        self.mark = (now - self.start) * 10 // self.length + 1

    def facts(self, now: int, value: int | None = None) -> dict[str, Fact]:
        """`value` is left out where it could not be had."""
        facts: dict[str, Fact] = {"progress": min(max((now - self.start) * 100 // self.length, 0), 100)}
        if value is not None:
            facts |= {"value": value, "of": self.command.value, "unit": self.command.unit}
        return facts


@dataclass(slots=True)
class Samples:
    """One channel's samples, each `interval_ms`; `lost` are those that were due and could not be had."""

    channel: Channel
    born: int
    due: int
    sequence: int = 0
    lost: int = 0

    def take(self, read: Callable[[Channel], int], clock: Callable[[], int]) -> int | None:
        """The value, when one is due and can be had. Raises as `read` does, but for what does not mend the line."""
        every, now = to_ns(self.channel.interval_ms), clock()
        if now < self.due:
            return None
        missed = (now - self.due) // every
        self.due += (missed + 1) * every
        self.lost += missed
        try:
            return read(self.channel)
        except (RigFault, ProtocolError, Hurried):
            self.lost += 1
            return None

    def facts(self, value: int, now: int) -> Mapping[str, Fact]:
        self.sequence += 1
        return {
            "channel": self.channel.name,
            "unit": self.channel.unit,
            "first_tick_ms": (now - self.born) // NS_PER_MS,
            "interval_ms": self.channel.interval_ms,
            "values": (value,),
            "lost": self.lost,
            "seq": self.sequence - 1,
        }


class Queue:
    """Commands in the order in which they came, and the aborts between them."""

    def __init__(self) -> None:
        self._words: list[tuple[str, Command, tuple[int, ...]] | None] = []

    def __len__(self) -> int:
        return len(self._words)

    def put(self, token: str, command: Command, arguments: tuple[int, ...]) -> None:
        self._words.append((token, command, arguments))

    def abort(self) -> None:
        self._words.append(None)

    def before_abort(self) -> Iterator[str]:
        """Takes out all that came before the last abort: their tokens."""
        while None in self._words:
            word = self._words.pop(0)
            if word:
                yield word[0]

    def take(self) -> tuple[str, Command, tuple[int, ...]] | None:
        """The first command; None when an abort is to be obeyed first, or there is none."""
        return self._words.pop(0) if self._words and self._words[0] else None
