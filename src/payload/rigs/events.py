"""What a link tells its owner, in the order in which it happened."""

from __future__ import annotations

from dataclasses import dataclass

from payload.errors import LinkError
from payload.rigs.dictionary import Command
from payload.rigs.packet import AT_AN_END, HelloReply, Status, Telemetry

ENDS = frozenset({stage.name for stage in AT_AN_END} | {"INDETERMINATE"})
"""The stages after which nothing more is heard of a command."""


@dataclass(frozen=True, slots=True)
class Met:
    """A rig of the right kind answered HELLO. `again`: it had been met before, `rebooted` since."""

    hello: HelloReply
    again: bool
    rebooted: bool


@dataclass(frozen=True, slots=True)
class Up:
    """Commands go out. `fresh`: in a new session, which starts without limits of its own and without results."""

    fresh: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """A command reached a stage. `tick` is None where the host says so, not the rig. A stage may be skipped when its
    frame was lost, the last one never is."""

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
    telemetry: Telemetry


@dataclass(frozen=True, slots=True)
class Down:
    """The link is CLOSED. `final`: trying again cannot help (another kind, another version)."""

    error: LinkError
    final: bool = False


Event = Met | Up | Moved | Seen | Sampled | Down
