"""What a link tells its owner, in the order in which it happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from payload.errors import LinkError
from payload.rigs.kinds.dictionary import Command, Kind
from payload.rigs.wire.packet import AT_AN_END, WRAP, HelloReply, Status

ENDS = frozenset({stage.name for stage in AT_AN_END} | {"INDETERMINATE"})
"""The stages after which nothing more is heard of a command."""


@dataclass(frozen=True, slots=True)
class Met:
    """A rig of the right kind answered HELLO. `again`: it had been met before, `rebooted` since."""

    hello: HelloReply
    again: bool
    rebooted: bool


@dataclass(frozen=True, slots=True)
class Known:
    """The rig's dictionary is known: it is that of a kind of ours, or was fetched from the rig."""

    kind: Kind


@dataclass(frozen=True, slots=True)
class Up:
    """Commands go out. `fresh`: in a new session, which starts without limits of its own and without results."""

    fresh: bool


class Moved(NamedTuple):
    """A command reached a stage. `tick` is None where the host says so, not the rig: of what can only be concluded
    (ACCEPTED of what is done), or is not known. PROGRESS may be skipped when its frame was lost, all else never is."""

    token: str
    command: Command
    stage: str
    code: str | None = None
    tick: int | None = None
    progress: int = 0
    value: int = 0
    arguments: tuple[int, ...] = ()

    @property
    def ended(self) -> bool:
        return self.stage in ENDS


@dataclass(frozen=True, slots=True)
class Seen:
    """The rig's state or reason is another one than before."""

    status: Status


@dataclass(frozen=True, slots=True)
class Sampled:
    """The next samples of a stream, each told once and in order: sample number `first + k` is of tick
    `(first + k) * interval`. `lost`: how many so far the rig no longer had, since it was met after a boot."""

    stream: int
    first: int
    interval: int
    values: tuple[int, ...]
    lost: int

    @property
    def first_tick(self) -> int:
        return self.first * self.interval % WRAP


@dataclass(frozen=True, slots=True)
class Down:
    """The link is CLOSED. `final`: trying again cannot help (another kind, another version)."""

    error: LinkError
    final: bool = False


Event = Met | Known | Up | Moved | Seen | Sampled | Down
