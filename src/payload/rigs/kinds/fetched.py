"""The dictionary of a rig whose kind is none of ours, read from the text that it carries in its flash (PROTOCOL.md §9).

Whoever wrote that text is not trusted: every word and number of it is looked at before a kind is made of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NoReturn

from payload.rigs.kinds.dictionary import (
    CANCEL,
    I32,
    MAX_CHANNELS,
    MAX_OUTPUTS,
    OWN_OPCODES,
    Argument,
    Channel,
    Command,
    Kind,
    Output,
    common_commands,
)
from payload.rigs.wire.codes import MAX_ARGUMENTS

_NAME = re.compile(r"[a-z][a-z0-9-]*")
_UNIT = re.compile(r"[A-Za-z%][A-Za-z0-9%/^.-]*")
_STATES = re.compile(r"(?!$)S?R?X?")


def fetched_kind(text: str) -> Kind:
    """The kind that a dictionary's text tells of. Raises ValueError, with the line, for what is not such a text: the
    kind's own text is exactly `text`, or it is refused."""
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
    for pattern, word in _words(kind):
        if not pattern.fullmatch(word):
            raise ValueError(f"a word of the dictionary is none that may stand there: {word[:40]!r}")
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


def _words(kind: Kind) -> Iterator[tuple[re.Pattern[str], str]]:
    """All words of the kind's own, with what each has to look like: they are shown to people as they are."""
    yield _NAME, kind.name
    for output in kind.outputs:
        yield from ((_NAME, output.name), (_UNIT, output.unit))
    for channel in kind.channels:
        yield from ((_NAME, channel.name), (_UNIT, channel.unit))
    for name, words in kind.enums.items():
        yield from ((_NAME, word) for word in (name, *words.values()))
    for command in kind.commands[CANCEL:]:
        yield from ((_NAME, command.name), (_STATES, command.states))
        yield from ((_NAME, command.value), (_UNIT, command.unit)) if command.value else ()
        for argument in command.arguments:
            yield from ((_NAME, argument.name), (_UNIT, argument.unit))


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
