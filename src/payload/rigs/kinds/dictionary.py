"""What a kind of rig has and can do: commands, channels, outputs, and the text that rig and host agree on by its hash.

`KINDS` are those that come with the program, read from their description files (`kinds/*.yaml`, through `description`);
`fetched` reads the text that a rig of another kind carries in its flash (PROTOCOL.md §9).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from zlib import compress, crc32

PREPARE, ARM, DISARM, SAFE, READ, LIMIT, CANCEL = range(1, 8)
OWN_OPCODES = range(16, 256)
MAX_OUTPUTS, MAX_CHANNELS = 8, 255
I32 = range(-(2**31), 2**31)


@dataclass(frozen=True, slots=True)
class Output:
    """Something that a rig drives. `safe` is its value in safe mode, `max_on_ms` its longest on-time in ticks."""

    name: str
    unit: str
    safe: int
    max_on_ms: int


@dataclass(frozen=True, slots=True)
class Channel:
    """Something that a rig measures, every `interval_ms` ticks; `low` to `high` is closed: outside it goes safe."""

    name: str
    unit: str
    low: int
    high: int
    interval_ms: int = 1000


@dataclass(frozen=True, slots=True)
class Argument:
    """One i32 of a command; `low` to `high` is closed, in `unit`.

    Units with a meaning of their own: `ms`, `channel` and `output` (an index), `mask` (of outputs), `value` (in the
    unit of the channel named before it), `nonce`, `enum.NAME` (a word of `Kind.enums`).

    `channel` is the one whose limits, as a mission sets them, hold for the argument too. The dictionary's text does not
    tell it, only a description or an adapter does.
    """

    name: str
    unit: str
    low: int
    high: int
    channel: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Command:
    """One telecommand. `states`: S safe, R ready, X running. A long one has a duration, its last argument.

    `value` and `unit` name what its stages report. What must be armed for it: the outputs `drives` (indices), or the
    one whose index is argument number `drives_argument`.
    """

    opcode: int
    name: str
    hazardous: bool
    idempotent: bool
    states: str
    arguments: tuple[Argument, ...] = ()
    value: str = ""
    unit: str = ""
    journaled: bool = False
    long: bool = False
    drives: tuple[int, ...] = ()
    drives_argument: int | None = None

    def outputs(self, arguments: tuple[int, ...]) -> int:
        """The mask of the outputs that it drives when it is given these arguments."""
        if self.drives_argument is not None:
            return 1 << arguments[self.drives_argument]
        return sum(1 << output for output in self.drives)

    @property
    def line(self) -> str:
        """Its line of the dictionary's text, without the end."""
        flags = "".join(
            letter if is_so else "-"
            for letter, is_so in zip("hijl", (self.hazardous, self.idempotent, self.journaled, self.long), strict=True)
        )
        drives = ",".join(map(str, self.drives)) or "-"
        if self.drives_argument is not None:
            drives = f"@{self.drives_argument}"
        words = ["command", str(self.opcode), self.name, flags, self.states, drives]
        words += [f"{a.name}:{a.unit}:{a.low}:{a.high}" for a in self.arguments]
        words += ["=", f"{self.value}:{self.unit}"] if self.value else []
        return " ".join(words)


@dataclass(frozen=True)
class Kind:
    """A type of rig. A channel's index is its stream's number; `commands` has the common ones too, in their order.

    `enums`: the words of each enum by their numbers.
    """

    number: int
    name: str
    channels: tuple[Channel, ...]
    commands: tuple[Command, ...]
    outputs: tuple[Output, ...] = ()
    enums: Mapping[str, Mapping[int, str]] = field(default_factory=dict, hash=False)
    clock_hz: int = 1000

    @cached_property
    def by_opcode(self) -> dict[int, Command]:
        return {command.opcode: command for command in self.commands}

    @cached_property
    def by_name(self) -> dict[str, Command]:
        return {command.name: command for command in self.commands}

    @property
    def all_outputs(self) -> int:
        """The mask of all its outputs: what `prepare` and `arm` take for the whole rig."""
        return (1 << len(self.outputs)) - 1

    @property
    def default_unit(self) -> int:
        """The unit id of a rig that has not been given one: "RIG" and the kind's number."""
        return 0x5249470000000000 + self.number

    @cached_property
    def text(self) -> str:
        """The dictionary as PROTOCOL.md §9 spells it, each line ended."""
        lines = [f"payload-rig/2 {self.name} {self.number}", f"clock {self.clock_hz}"]
        for name, words in self.enums.items():
            lines.append(" ".join(["enum", name, *(f"{number}={word}" for number, word in words.items())]))
        lines += [f"output {i} {o.name} {o.unit} {o.safe} {o.max_on_ms}" for i, o in enumerate(self.outputs)]
        lines += [
            f"channel {i} {c.name} {c.unit} {c.low} {c.high} {c.interval_ms}" for i, c in enumerate(self.channels)
        ]
        lines += [command.line for command in self.commands]
        return "".join(line + "\n" for line in lines)

    @cached_property
    def hash(self) -> int:
        return crc32(self.text.encode("ascii"))

    @cached_property
    def zlib(self) -> bytes:
        """The text as DICTIONARY fetches it. Builds of zlib may differ: the firmware's bytes are those of
        vectors/dictionaries.json."""
        return compress(self.text.encode("ascii"), 9)


def common_commands(outputs: int, channels: int) -> tuple[Command, ...]:
    """The commands that every kind has, for a kind with so many outputs and channels."""
    mask = Argument("outputs", "mask", 1 if outputs else 0, (1 << outputs) - 1)
    channel = Argument("channel", "channel", 0, channels - 1)
    low, high = (Argument(name, "value", I32.start, I32.stop - 1) for name in ("low", "high"))
    nonce = Argument("nonce", "nonce", 0, 0xFFFF)
    #       opcode   name       hazard idemp  states arguments
    return (
        Command(PREPARE, "prepare", False, True,  "SR",  (mask,), "nonce", "nonce"),
        Command(ARM,     "arm",     False, False, "SR",  (mask, nonce)),
        Command(DISARM,  "disarm",  False, True,  "SR"),
        Command(SAFE,    "safe",    False, True,  "SRX"),
        Command(READ,    "read",    False, True,  "SRX", (channel,)),
        Command(LIMIT,   "limit",   False, True,  "SR",  (channel, low, high)),
        Command(CANCEL,  "cancel",  False, True,  "SRX"),
    )  # fmt: skip


class _Kinds(Mapping[str, Kind]):
    """The kinds that come with the program, in order of their numbers, then those that $PAYLOAD_KINDS names. Their
    files are read when first asked for, which raises MissionError for one of the user's own that is wrong."""

    @cached_property
    def _read(self) -> dict[str, Kind]:
        from payload.rigs.kinds.description import own, shipped  # yaml is not imported before it is needed

        return {description.kind.name: description.kind for description in (*shipped(), *own())}

    def __getitem__(self, name: str) -> Kind:
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read)

    def __len__(self) -> int:
        return len(self._read)


class _KindNames(Mapping[int, str]):
    @cached_property
    def _read(self) -> dict[int, str]:
        return {kind.number: kind.name for kind in KINDS.values()}

    def __getitem__(self, number: int) -> str:
        return self._read[number]

    def __iter__(self) -> Iterator[int]:
        return iter(self._read)

    def __len__(self) -> int:
        return len(self._read)


KINDS: Mapping[str, Kind] = _Kinds()
KIND_NAMES: Mapping[int, str] = _KindNames()
