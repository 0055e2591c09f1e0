"""The rig kinds, one literal table each: the same rows as PROTOCOL.md §9 and the firmware's `const` tables.

`Kind.hash` is what a rig sends in HELLO; a rig whose table differs from ours is refused before anything is commanded.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from zlib import crc32

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Argument:
    """One i32 of a command; `low` to `high` is closed, in `unit`."""

    name: str
    unit: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Command:
    """One telecommand. `states`: S safe, R ready, X running. A long command has a duration and runs until it is over.

    `value` and `unit` name what its stages report.
    """

    opcode: int
    name: str
    hazardous: bool
    idempotent: bool
    states: str
    arguments: tuple[Argument, ...] = ()
    value: str = ""
    unit: str = ""

    @property
    def long(self) -> bool:
        return any(argument.name == "duration" for argument in self.arguments)


@dataclass(frozen=True, slots=True)
class Channel:
    """One telemetry channel; `low` to `high` is closed: outside of it the rig trips to safe mode."""

    name: str
    unit: str
    low: int
    high: int


@dataclass(frozen=True)
class Kind:
    """A type of rig. A channel's index is its stream id."""

    number: int
    name: str
    channels: tuple[Channel, ...]
    commands: tuple[Command, ...]

    @cached_property
    def by_opcode(self) -> dict[int, Command]:
        return {command.opcode: command for command in self.commands}

    @cached_property
    def by_name(self) -> dict[str, Command]:
        return {command.name: command for command in self.commands}

    @property
    def default_unit(self) -> int:
        """The unit id of a rig that has not been given one: "RIG" and the kind's number."""
        return 0x5249470000000000 + self.number

    @cached_property
    def text(self) -> str:
        """The dictionary as PROTOCOL.md §9 spells it, each line ended."""
        lines = [f"payload-rig/1 {self.name}"]
        lines += [f"channel {i} {c.name} {c.unit} {c.low} {c.high}" for i, c in enumerate(self.channels)]
        for c in self.commands:
            flags = ("h" if c.hazardous else "-") + ("i" if c.idempotent else "-")
            arguments = "".join(f" {a.name}:{a.unit}:{a.low}:{a.high}" for a in c.arguments)
            lines.append(f"command {c.opcode} {c.name} {flags} {c.states}{arguments}")
        return "".join(line + "\n" for line in lines)

    @cached_property
    def hash(self) -> int:
        return crc32(self.text.encode("ascii"))


_CHANNEL = Argument("channel", "index", 0, 1)
_LOW = Argument("low", "value", -(2**31), 2**31 - 1)
_HIGH = Argument("high", "value", -(2**31), 2**31 - 1)
_TARGET = Argument("target", "mdegC", 4_000, 45_000)
_RATE = Argument("rate", "ml/min", 1, 200)
_FRAMES = Argument("frames", "count", 1, 1_000_000)
_DURATION = Argument("duration", "ms", 1_000, 7 * DAY_MS)

ARM, DISARM, SAFE, READ, LIMIT = 1, 2, 3, 4, 5

#                opcode   name       hazard idemp  states  arguments                   reports
_COMMON = (
    Command(ARM,    "arm",     False, True,  "SR"),
    Command(DISARM, "disarm",  False, True,  "SR"),
    Command(SAFE,   "safe",    False, True,  "SRX"),
    Command(READ,   "read",    False, True,  "SRX", (_CHANNEL,)),
    Command(LIMIT,  "limit",   False, True,  "SR",  (_CHANNEL, _LOW, _HIGH)),
)  # fmt: skip

INCUBATOR = Kind(
    1,
    "incubator",
    (Channel("temperature", "mdegC", -5_000, 50_000), Channel("heater", "permille", -1_000, 1_000)),
    (
        *_COMMON,
        Command(16, "heat", True, False, "R", (_TARGET, _DURATION), "temperature", "mdegC"),
        Command(17, "off", False, True, "SRX"),
    ),
)

FLUID_LOOP = Kind(
    2,
    "fluid-loop",
    (Channel("flow", "ul/min", 0, 250_000), Channel("pressure", "Pa", 80_000, 130_000)),
    (
        *_COMMON,
        Command(16, "profile", True, False, "R", (_RATE, _DURATION), "pumped", "ul"),
        Command(17, "stop", False, True, "SRX"),
    ),
)

CAMERA = Kind(
    3,
    "camera",
    (Channel("frames", "count", 0, 1_000_000), Channel("stored", "count", 0, 1_000_000)),
    (
        *_COMMON,
        Command(16, "capture", True, False, "R", (_FRAMES, _DURATION), "frames", "count"),
        Command(17, "stop", False, True, "SRX"),
        Command(18, "erase", True, True, "R", (), "frames", "count"),
    ),
)

KINDS = {kind.name: kind for kind in (INCUBATOR, FLUID_LOOP, CAMERA)}
KIND_NAMES = {kind.number: kind.name for kind in KINDS.values()}
