"""What a kind of rig has and can do: commands, channels, outputs, and the text that rig and host agree on by its hash.

`KINDS` are those that come with the program, read from their description files (`kinds/*.yaml`, through `description`);
`Kind.parse` reads the text that a rig of another kind carries in its flash (PROTOCOL.md §9).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NoReturn
from zlib import compress, crc32

PREPARE, ARM, DISARM, SAFE, READ, LIMIT, CANCEL = range(1, 8)
OWN_OPCODES = range(16, 256)
MAX_ARGUMENTS, MAX_OUTPUTS, MAX_CHANNELS = 3, 8, 255
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
    """

    name: str
    unit: str
    low: int
    high: int


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

    @classmethod
    def parse(cls, text: str) -> Kind:
        """The kind that a dictionary's text tells of. Raises ValueError, with the line, for what is not such a text:
        the kind's own text is exactly `text`, or it is refused."""
        return _parse(text)


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


def _parse(text: str) -> Kind:
    if not text.isascii():
        raise ValueError("the dictionary is not ASCII")
    outputs: list[Output] = []
    channels: list[Channel] = []
    commands: list[Command] = []
    enums: dict[str, dict[int, str]] = {}
    head: tuple[str, int] | None = None
    clock_hz = 0
    for number, line in enumerate(text.split("\n")[:-1], 1):
        try:
            match line.split(" "):
                case ["payload-rig/2", name, its_number] if number == 1:
                    head = name, int(its_number)
                case ["clock", hertz] if number == 2:
                    clock_hz = int(hertz)
                case ["enum", name, *words]:
                    pairs = (word.split("=") for word in words)
                    enums[name] = {int(value): word for value, word in pairs}
                case ["output", _, name, unit, safe, longest]:
                    outputs.append(Output(name, unit, int(safe), int(longest)))
                case ["channel", _, name, unit, low, high, interval]:
                    channels.append(Channel(name, unit, int(low), int(high), int(interval)))
                case ["command", opcode, name, flags, states, drives, *rest]:
                    commands.append(_command(opcode, name, flags, states, drives, rest))
                case _:
                    _no(number, line)
        except ValueError:
            _no(number, line)
    if head is None or not channels:
        raise ValueError("it is not a dictionary of the rig link, version 2, or has no channels")
    kind = Kind(head[1], head[0], tuple(channels), tuple(commands), tuple(outputs), enums, clock_hz)
    if kind.text != text:
        raise ValueError("the dictionary's lines are not in their order, or written in another way")
    _check(kind)
    return kind


def _no(number: int, line: str) -> NoReturn:
    raise ValueError(f"line {number} of the dictionary cannot be read: {line[:60]!r}") from None


def _command(opcode: str, name: str, flags: str, states: str, drives: str, rest: list[str]) -> Command:
    value, unit = "", ""
    if len(rest) >= 2 and rest[-2] == "=":
        value, unit = rest[-1].split(":")
        rest = rest[:-2]
    arguments = []
    for word in rest:
        argument, its_unit, low, high = word.split(":")
        arguments.append(Argument(argument, its_unit, int(low), int(high)))
    by_argument = drives.startswith("@")
    driven = () if drives == "-" or by_argument else tuple(int(output) for output in drives.split(","))
    drives_argument = int(drives[1:]) if by_argument else None
    h, i, j, long = (letter != "-" for letter in flags)
    return Command(
        int(opcode), name, h, i, states, tuple(arguments), value, unit, j, long, driven, drives_argument
    )  # fmt: skip


def _check(kind: Kind) -> None:
    """What a rig or a host could stumble over. Raises ValueError."""
    if kind.commands[:CANCEL] != common_commands(len(kind.outputs), len(kind.channels)):
        raise ValueError("the dictionary's common commands are not those of the rig link, version 2")
    for what, amount, allowed in _numbers(kind):
        if amount not in allowed:
            raise ValueError(f"a number of the dictionary is out of its range: {what} {amount}")
    if len(kind.by_opcode) < len(kind.commands) or len(kind.by_name) < len(kind.commands):
        raise ValueError("the dictionary has two commands of one opcode or name")
    for what, amount, most in (
        ("outputs", len(kind.outputs), MAX_OUTPUTS),
        ("channels", len(kind.channels), MAX_CHANNELS),
    ):
        if amount > most:
            raise ValueError(f"the dictionary has {amount} {what}; there are at most {most}")
    for command in kind.commands:
        driven = command.drives
        if command.drives_argument is not None:
            if command.drives_argument >= len(command.arguments):
                raise ValueError(f"command {command.name}: it drives the output of an argument that it does not have")
            argument = command.arguments[command.drives_argument]
            driven = (argument.low, argument.high)
        if any(not 0 <= output < len(kind.outputs) for output in driven):
            raise ValueError(f"command {command.name}: it drives an output that there is not")
        if len(command.arguments) > MAX_ARGUMENTS or (command.long and not command.arguments):
            raise ValueError(f"command {command.name}: it has {len(command.arguments)} arguments")
        for argument in command.arguments:
            if argument.unit.startswith("enum.") and argument.unit[5:] not in kind.enums:
                raise ValueError(f"command {command.name}: there is no enum {argument.unit[5:]}")


def _numbers(kind: Kind) -> Iterator[tuple[str, int, range]]:
    """All that goes into a field of the wire or of a table, with what fits there."""
    yield "kind", kind.number, range(1, 256)
    for output in kind.outputs:
        yield "safe", output.safe, I32
        yield "longest", output.max_on_ms, range(1, I32.stop)
    for channel in kind.channels:
        yield "interval", channel.interval_ms, range(1, I32.stop)
        yield from (("limit", bound, I32) for bound in (channel.low, channel.high))
    for command in kind.commands[CANCEL:]:
        yield "opcode", command.opcode, OWN_OPCODES
        for argument in command.arguments:
            yield from (("range", bound, I32) for bound in (argument.low, argument.high))


class _Kinds(Mapping[str, Kind]):
    """The kinds that come with the program, in order of their numbers, then those that $PAYLOAD_KINDS names. Their
    files are read when first asked for, which raises MissionError for one of the user's own that is wrong."""

    @cached_property
    def _read(self) -> dict[str, Kind]:
        from payload.rigs.description import own, shipped  # yaml is not imported before it is needed

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
