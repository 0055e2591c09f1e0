"""What an instrument of somebody else's needs to be a rig: one class, named by an entry point of `payload.rigs`.

    class Bath(Adapter):
        kind = instrument("bath", channels=(...), commands=(...))
        schemes = ("scpi",)
        def open(self): ...                                 the port, and who is there
        def carry_out(self, command, arguments): ...        one command; for a long one, its beginning
        def read(self, channel): ...                        one channel, now
        def make_safe(self): ...                            outputs harmless, proven so

All of it is called from one thread, which may wait in it; none of it needs to think of time, leases, limits or the
run. What went wrong is told by exceptions: RigFault, the instrument said no and did nothing; `Uncertain`, it may or may
not have done it; PortError and `Lost`, it does not answer any more.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random, SystemRandom
from typing import ClassVar

from payload.errors import LinkError, PortError
from payload.rigs.adapters.simulated.whims import Instrument
from payload.rigs.kinds.dictionary import (
    ARM,
    CANCEL,
    DISARM,
    OWN_OPCODES,
    READ,
    SAFE,
    Argument,
    Channel,
    Command,
    Kind,
)
from payload.rigs.ports.transport import Transport, monotonic_ns

DAY_MS = 86_400_000
COMMON = {
    "arm": (ARM, "SR"),
    "disarm": (DISARM, "SR"),
    "safe": (SAFE, "SRX"),
    "read": (READ, "SRX"),
    "cancel": (CANCEL, "SRX"),
}
"""The commands that every instrument has: opcode, and the states in which it is obeyed."""
DURATION = Argument(name="duration", unit="ms", low=1_000, high=7 * DAY_MS)
"""The last argument of a command that goes on for as long as its step: the station ends it, by its own clock."""


class Uncertain(LinkError):
    """The instrument may or may not have done what it was told, and reading it back did not say."""


class Hurried(LinkError):
    """What was under way was left where it stood: the outputs are to be made safe now."""


class Lost(PortError):
    """The instrument does not answer any more, though its port is there."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where an adapter's instrument is. `url` is `scheme:rest`; `options` are the URL's and the rig's wiring's, as
    written, the URL's first. `hurry` tells that outputs are to be made safe now: what waits gives up.
    `pipe` opens something else in place of the port: an instrument that lives in virtual time. `chance` is what fences
    are made of, which no earlier run must have made."""

    rig: str
    scheme: str
    rest: str
    options: Mapping[str, str] = field(default_factory=dict)
    clock: Callable[[], int] = monotonic_ns
    hurry: Callable[[], bool] = lambda: False
    pipe: Callable[[], Transport] | None = None
    chance: Random = field(default_factory=SystemRandom, compare=False)

    @property
    def url(self) -> str:
        return f"{self.scheme}:{self.rest}"

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        """An option that is a whole number, `low` to `high`. Raises PortError."""
        text = self.options.get(name, str(default))
        if not text.isdecimal() or not low <= int(text) <= high:
            raise PortError(self.rig, f"{self.url}: {name} is a whole number from {low} to {high}, not {text!r}")
        return int(text)

    def choice(self, name: str, *allowed: str) -> str:
        """An option that is one of a few words; the first is the default. Raises PortError."""
        text = self.options.get(name, allowed[0])
        if text not in allowed:
            raise PortError(self.rig, f"{self.url}: {name} is one of {', '.join(allowed)}, not {text!r}")
        return text

    def only(self, *names: str) -> None:
        """Raises PortError for an option that is none of `names` (and not one of every wiring)."""
        for name in self.options:
            if name not in (*names, "speed"):
                raise PortError(self.rig, f"{self.url}: there is no option {name}; there are {', '.join(names)}")


class Adapter(ABC):
    """An instrument as a rig. A subclass is made for each rig of a run, opened, and opened again after a loss."""

    kind: ClassVar[Kind]
    schemes: ClassVar[tuple[str, ...]] = ()
    """The URLs it opens, beside `NAME:` with its entry point's own name."""
    simulated: ClassVar[type[Instrument] | None] = None
    """What `twin:` and `pty:` start in the instrument's place."""
    ends: ClassVar[frozenset[str]] = frozenset()
    """The commands that end a long one at work, which is CANCELLED then."""

    def __init__(self, site: Site) -> None:
        self.site = site

    @abstractmethod
    def open(self) -> None:
        """Opens the port and proves who is there; commands no output. Raises PortError and ProtocolError."""

    @abstractmethod
    def close(self) -> None:
        """Never raises; twice is once."""

    @abstractmethod
    def carry_out(self, command: Command, arguments: tuple[int, ...]) -> None:
        """One command of the kind's own, its arguments in range. A long one is only begun here."""

    @abstractmethod
    def read(self, channel: Channel) -> int:
        """What a channel measures now, in its unit."""

    @abstractmethod
    def make_safe(self) -> None:
        """Outputs to their safe values, read back; returns only when they are. Must do no harm when repeated."""

    def stands(self, command: Command, arguments: tuple[int, ...]) -> bool:
        """After a loss of the line: whether the long command's settings are still as it made them. False: its outputs
        are made safe, and it fails."""
        return False

    def renew(self) -> None:  # noqa: B027  # most instruments have no watchdog
        """With each heartbeat: for an instrument that has a watchdog of its own on its line."""


def command(
    name: str, *arguments: Argument, hazardous: bool = True, idempotent: bool = True, value: str = ""
) -> Command:
    """A command of an instrument; one whose last argument is `DURATION` is long. `value` is the channel that the
    reports of a long one tell. `hazardous` is what needs the rig to be armed, `idempotent` what may be repeated when
    its first try has no known end."""
    return Command(
        opcode=0,
        name=name,
        hazardous=hazardous,
        idempotent=idempotent,
        states="R" if hazardous else "SRX",
        arguments=arguments,
        value=value,
        long=bool(arguments) and arguments[-1] == DURATION,
    )


def instrument(name: str, *, channels: Sequence[Channel], commands: Sequence[Command]) -> Kind:
    """A kind for an instrument: its own commands after those that every instrument has (`COMMON`).

    Raises ValueError for names that occur twice, that every instrument has anyway, or of a value or of an argument's
    channel that there is not, or is in another unit.
    """
    units = {channel.name: channel.unit for channel in channels}
    names = [*COMMON, *(each.name for each in commands)]
    if len(set(names)) < len(names) or len(units) < len(channels):
        raise ValueError(f"{name}: a command or a channel occurs twice; every instrument has {', '.join(COMMON)}")
    own = []
    for number, each in enumerate(commands):
        if each.value and each.value not in units:
            raise ValueError(f"{name}: {each.name} tells {each.value}, which is no channel; it has {', '.join(units)}")
        for argument in each.arguments:
            if argument.channel and units.get(argument.channel) != argument.unit:
                raise ValueError(f"{name}: {each.name}: there is no channel {argument.channel} in {argument.unit}")
        own.append(replace(each, opcode=OWN_OPCODES[number], unit=units.get(each.value, "")))
    channel = Argument(name="channel", unit="channel", low=0, high=len(channels) - 1)
    common = [
        Command(opcode, each, hazardous=False, idempotent=True, states=states, arguments=(channel,) * (each == "read"))
        for each, (opcode, states) in COMMON.items()
    ]
    return Kind(number=0, name=name, channels=tuple(channels), commands=(*common, *own))


def renamed(kind: Kind, name: str) -> Kind:
    """The same kind under another name: for an instrument that differs in its registers alone."""
    return replace(kind, name=name)
