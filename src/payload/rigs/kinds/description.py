"""A kind of rig as its description file tells of it: `kinds/*.yaml`, or one that somebody wrote for a rig of their own.

From one such file come the dictionary that rig and host agree on, the firmware's C tables, the twin's interface, the
host's checks and the page docs/kinds.md.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from payload.errors import Fault, MissionError
from payload.rigs.kinds.amounts import converted
from payload.rigs.kinds.describe import Section, read_text, read_yaml, shipped_files
from payload.rigs.kinds.dictionary import (
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

NAME = r"[a-z][a-z0-9-]{0,23}"
UNIT = r"[A-Za-z%][A-Za-z0-9%/^.-]{0,15}"
LOW, HIGH = I32.start, I32.stop - 1
LAST_INTERVAL_MS = 60_000
"""At the highest speed of a twin an interval is 12,500 times as long, and still below 2^31 ticks."""
STATES = {"safe": "S", "ready": "R", "running": "X"}
INDICES = ("channel", "output")
OWN_NUMBERS = range(128, 256)


@dataclass(frozen=True, slots=True)
class Description:
    """A kind, and what its file says about it in words: by `outputs.NAME`, `channels.NAME`, `commands.NAME`."""

    kind: Kind
    about: str
    texts: Mapping[str, str] = field(default_factory=dict)


def read_kind(path: Path) -> Description:
    """The kind that a file describes. Raises MissionError with all that is wrong with it, each with its place; its
    number must be one of those that are free, 128 to 255, and its name none of the shipped ones."""
    top = read_yaml(path)
    shipped_names = {description.kind.name for description in shipped()}
    description = _Reader(top, OWN_NUMBERS, shipped_names).read()
    top.end()
    return description


OWN_VARIABLE = "PAYLOAD_KINDS"


def own() -> tuple[Description, ...]:
    """The kinds of the user's own: of the description files that $PAYLOAD_KINDS names, and of those in the folders that
    it names (as PATH does it). Raises MissionError as `read_kind` does, and for two of one name or number."""
    found: list[Description] = []
    for word in filter(None, os.environ.get(OWN_VARIABLE, "").split(os.pathsep)):
        path = Path(word)
        for file in sorted(path.glob("*.yaml")) if path.is_dir() else [path]:
            description = read_kind(file)
            if any(d.kind.name == description.kind.name or d.kind.number == description.kind.number for d in found):
                text = f"another file that ${OWN_VARIABLE} names has this kind's name or number"
                raise MissionError([Fault(str(file), 1, 1, "kind", text, description.kind.name)])
            found.append(description)
    return tuple(found)


@cache
def shipped() -> tuple[Description, ...]:
    """The kinds that come with the program, in order of their numbers."""
    found = []
    for name, raw in shipped_files():
        top = read_text(raw, name)
        found.append(_Reader(top, range(1, OWN_NUMBERS.start), set()).read())
        top.end()
    return tuple(sorted(found, key=lambda description: description.kind.number))


class _Reader:
    """One file's reading: outputs, channels and enums first, because commands speak of them."""

    def __init__(self, top: Section, numbers: range, taken: set[str]) -> None:
        self.top, self.numbers, self.taken = top, numbers, taken
        self.texts: dict[str, str] = {}
        self.outputs: list[Output] = []
        self.channels: list[Channel] = []
        self.enums: dict[str, dict[int, str]] = {}

    def read(self) -> Description:
        top = self.top
        name = _name(top, "kind")
        if name in self.taken:
            top.note("kind", f"{name} is a kind that comes with the program", "choose another name")
        number = top.whole("number", self.numbers.start, self.numbers.stop - 1, what="the kind's number")
        about = _text(top)
        self._enums()
        for section in top.sections("outputs"):
            self._output(section)
        _at_most(top, "outputs", len(self.outputs), MAX_OUTPUTS)
        for section in top.sections("channels", required=True):
            self._channel(section)
        if not self.channels and "channels" in top:
            top.note("channels", "a rig has at least one channel")
        _at_most(top, "channels", len(self.channels), MAX_CHANNELS)
        common = common_commands(len(self.outputs), len(self.channels))
        commands = list(common)
        for section in top.sections("commands"):
            self._command(section, commands)
        kind = Kind(number, name, tuple(self.channels), tuple(commands), tuple(self.outputs), self.enums)
        if not top.faults and len(kind.zlib) > 0xFFFF:
            top.note("commands", "the dictionary is longer than 65,535 bytes, compressed")
        return Description(kind, about, self.texts)

    def _enums(self) -> None:
        section = self.top.section("enums")
        for name, node in section.items() if section else ():
            words: dict[int, str] = {}
            inner = Section(node, self.top.faults)
            if not isinstance(node.value, dict) or not node.value:
                self.top.faults.append(node.fault("expected words with their numbers, such as {off: 0, slow: 1}"))
            for word in inner.names():
                number = inner.whole(word, LOW, HIGH)
                if not re.fullmatch(NAME, word):
                    inner.note(word, "a word is a lower-case letter, then letters, digits and -, 24 at most")
                if number in words:
                    inner.note(word, f"{number} is {words[number]} already")
                words[number] = word
            if not re.fullmatch(NAME, name):
                self.top.faults.append(node.fault("a name is a lower-case letter, then letters, digits and -"))
            self.enums[name] = words

    def _output(self, section: Section) -> None:
        name = self._fresh(section, "outputs", [output.name for output in self.outputs])
        unit = _unit(section)
        safe = section.whole("safe", LOW, HIGH)
        longest = section.length_ms("longest", 1, HIGH)
        self.outputs.append(Output(name, unit, safe, longest))
        section.close()

    def _channel(self, section: Section) -> None:
        name = self._fresh(section, "channels", [channel.name for channel in self.channels])
        unit = _unit(section)
        low, high = section.whole("low", LOW, HIGH), section.whole("high", LOW, HIGH)
        if low > high:
            section.note("high", f"high ({high}) is below low ({low})")
        interval = section.length_ms("interval", 1, LAST_INTERVAL_MS, 1000)
        self.channels.append(Channel(name, unit, low, high, interval))
        section.close()

    def _command(self, section: Section, commands: list[Command]) -> None:
        name = self._fresh(section, "commands", [command.name for command in commands])
        opcode = section.whole("opcode", OWN_OPCODES.start, OWN_OPCODES.stop - 1, what="an opcode")
        twin = next((command for command in commands if command.opcode == opcode), None)
        node = section.get("opcode")
        if twin and node and node.value == opcode:
            section.note("opcode", f"{opcode} is the opcode of {twin.name} already")
        hazardous, idempotent = section.flag("hazardous"), section.flag("idempotent")
        journaled, long = section.flag("journaled"), section.flag("long")
        states = section.words("states", STATES)
        arguments = [self._argument(inner) for inner in section.sections("arguments")]
        _at_most(section, "arguments", len(arguments), MAX_ARGUMENTS)
        names = [argument.name for argument in arguments]
        if len(set(names)) < len(names):
            section.note("arguments", "two arguments of one name")
        drives, drives_argument = self._drives(section, arguments)
        value, unit = "", ""
        told = section.section("value")
        if told:
            value, unit = _name(told), _unit(told)
            told.close()
        if long and (states != ("ready",) or not arguments or arguments[-1].unit != "ms" or arguments[-1].low < 1):
            hint = "a long command is obeyed in [ready] alone; its last argument is its duration, in ms, min 1 or more"
            section.note("long", "this cannot be a long command", hint)
        if long and not value:
            section.note("long", "a long command tells a value", "value: {name: temperature, unit: mdegC}")
        if "ready" not in states and "states" in section:
            section.note("states", "every command is obeyed in the state ready")
        if (drives or drives_argument is not None) and not hazardous:
            section.note("drives", "what drives an output needs the lease", "hazardous: true")
        if (drives or drives_argument is not None) and "safe" in states:
            section.note("states", "what drives an output is not obeyed in the state safe: nothing is armed then")
        if idempotent and journaled:
            section.note("journaled", "what may be sent again needs no journal", "idempotent or journaled, not both")
        commands.append(
            Command(
                opcode, name, hazardous, idempotent, "".join(STATES[word] for word in STATES if word in states),
                tuple(arguments), value, unit, journaled, long, drives, drives_argument,
            )
        )  # fmt: skip
        section.close()

    def _argument(self, section: Section) -> Argument:
        name = _name(section)
        unit = _unit(section)
        low, high = LOW, HIGH
        if unit.startswith("enum."):
            words = self.enums.get(unit.removeprefix("enum."))
            if words is None:
                section.note("unit", f"there is no enum {unit.removeprefix('enum.')}", "list its words under enums:")
            low, high = min(words or (0,)), max(words or (0,))
            if words and len(words) != high - low + 1:
                section.note("unit", f"the numbers of {unit} have gaps: an argument's range is closed")
        elif unit in INDICES:
            low, high = 0, max(len(self.channels if unit == "channel" else self.outputs) - 1, 0)
        elif unit == "mask":
            low, high = 0, (1 << len(self.outputs)) - 1
        if unit == "ms":
            low, high = section.length_ms("min", 0, HIGH), section.length_ms("max", 0, HIGH)
        else:
            plain = (low, high) == (LOW, HIGH)
            low, high = (
                section.whole("min", low, high, None if plain else low),
                section.whole("max", low, high, None if plain else high),
            )
        if low > high:
            section.note("max", f"max ({high}) is below min ({low})")
        channel = self._driven(section, unit)
        section.close()
        return Argument(name, unit, low, high, channel)

    def _driven(self, section: Section, unit: str) -> str:
        """The channel that the argument is about: a mission's limits of it hold for the argument too."""
        if "channel" not in section:
            return ""
        units = {channel.name: channel.unit for channel in self.channels}
        name = section.word("channel", None, "|".join(units) or NAME, f"one of {', '.join(units)}")
        if name in units and converted(1, unit, units[name]) is None:
            section.note("channel", f"{name} is in {units[name]}, which {unit} cannot be told in")
        return name

    def _drives(self, section: Section, arguments: list[Argument]) -> tuple[tuple[int, ...], int | None]:
        """Outputs by their names, or the name of the argument that says which."""
        node = section.get("drives")
        if node is None:
            return (), None
        if isinstance(node.value, list):
            names = [output.name for output in self.outputs]
            return tuple(sorted(names.index(word) for word in section.words("drives", names))), None
        for index, argument in enumerate(arguments):
            if argument.name == node.value:
                if not 0 <= argument.low <= argument.high < len(self.outputs):
                    section.note("drives", f"{argument.name} is no output's index: it goes beyond those that there are")
                return (), index
        section.note("drives", f"expected a list of outputs, or the name of an argument, not {node.shown}")
        return (), None

    def _fresh(self, section: Section, room: str, before: list[str]) -> str:
        """The section's name, which none before it has; its words are kept."""
        name = _name(section)
        if name in before:
            section.note("name", f"there is another {name} in {room}")
        self.texts[f"{room}.{name}"] = _text(section)
        return name


def _name(section: Section, key: str = "name") -> str:
    return section.word(key, None, NAME, "a name: a lower-case letter, then letters, digits and -, 24 at most")


def _unit(section: Section) -> str:
    return section.word("unit", None, UNIT, "a unit: a letter or %, then letters, digits and / ^ . - %, 16 at most")


def _text(section: Section) -> str:
    return section.word("about", "", r"[^\n]{1,300}\n?", "one line of text").strip()


def _at_most(section: Section, key: str, amount: int, most: int) -> None:
    if amount > most:
        section.note(key, f"{amount} {key} are more than {most}")
