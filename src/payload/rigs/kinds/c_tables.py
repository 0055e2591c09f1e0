"""The firmware's tables, written from the kinds: `python -m payload.rigs.kinds.c_tables firmware_stubs`.

One header a kind, `kinds/NAME_tables.h`, included by the C file of that kind. What C needs to judge a command is in the
tables; names and units are in the compressed dictionary only, so that a small part has room for them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from payload.rigs.kinds.description import shipped
from payload.rigs.kinds.dictionary import ARM, CANCEL, DISARM, LIMIT, OWN_OPCODES, PREPARE, READ, SAFE, Command, Kind

Range = tuple[int, int]

CARRY_OUT = {
    PREPARE: "do_prepare",
    ARM: "do_arm",
    DISARM: "do_safe",
    SAFE: "do_safe",
    READ: "do_read",
    LIMIT: "do_limit",
    CANCEL: "do_cancel",
}
"""The core's functions for the commands that every kind has (core/command.h)."""

STOPPING = ("off", "stop")
"""What a kind with a long command calls the command that ends it: that is the core's, too."""

STATES = {"S": "IN_SAFE", "R": "IN_READY", "X": "IN_RUNNING"}
BYTES_PER_LINE = 20


def header(kind: Kind, dictionary: bytes) -> str:
    """The header's text. `dictionary` is the kind's text as a zlib stream, as the shipped firmware holds it."""
    file = kind.name.replace("-", "_")
    guard = f"RIG_{file.upper()}_TABLES_H"
    ranges = _shared([[(a.low, a.high) for a in command.arguments] for command in kind.commands])
    own = [function for command in kind.commands if (function := _function(kind, command)) not in _core_functions()]
    lines = [
        f"/* The tables of the {kind.name}, made from its description, {kind.name}.yaml. */",
        f"/* Room for it: -DRIG_CHANNELS={len(kind.channels)} -DRIG_OUTPUTS={max(len(kind.outputs), 1)} */",
        f"#ifndef {guard}",
        f"#define {guard}",
        "",
        '#include "../core/command.h" /* do_prepare .. do_stop */',
        '#include "../core/kind.h"    /* the types */',
        "",
        *(f"static void {function}(struct rig *rig);" for function in own),
        *([""] if own else []),
        "static const struct channel CHANNELS[] = {",
        *(f"    {{{_range((c.low, c.high))}, {c.interval_ms}}}," for c in kind.channels),
        "};",
        "",
    ]
    if kind.outputs:
        lines += ["static const struct output OUTPUTS[] = {"]
        lines += [f"    {{{o.safe}, {o.max_on_ms}}}," for o in kind.outputs]
        lines += ["};", ""]
    lines += [
        "/* Of arguments; commands share what is alike. */",
        "static const struct range RANGES[] = {",
        *(f"    {_range(pair)}," for pair in ranges),
        "};",
        "",
        "static const struct command COMMANDS[] = {",
        *(_row(kind, command, ranges) for command in kind.commands),
        "};",
        "",
        "static const RIG_FLASH uint8_t DICTIONARY[] = {",
        *_bytes(dictionary),
        "};",
        "",
        "#define KIND_TABLES \\",
        *_members(kind),
        "",
        "#endif",
        "",
    ]
    return "\n".join(lines)


def _members(kind: Kind) -> Iterator[str]:
    """The initializers of what the tables say about `struct kind`."""
    counts = f".channels = {len(kind.channels)}, .outputs = {len(kind.outputs)}, .commands = {len(kind.commands)}"
    yield f"    .number = {kind.number}, {counts}, \\"
    outputs = ".output = OUTPUTS, " if kind.outputs else ""
    yield f"    .channel = CHANNELS, {outputs}.ranges = RANGES, .command = COMMANDS, \\"
    yield f"    .dictionary = DICTIONARY, .dictionary_length = sizeof DICTIONARY, .dictionary_hash = 0x{kind.hash:08X}"


def _core_functions() -> set[str]:
    return {*CARRY_OUT.values(), "do_stop"}


def _function(kind: Kind, command: Command) -> str:
    if command.opcode in CARRY_OUT:
        return CARRY_OUT[command.opcode]
    if command.name in STOPPING and not command.arguments and any(other.long for other in kind.commands):
        return "do_stop"
    return "do_" + command.name.replace("-", "_")


def _row(kind: Kind, command: Command, ranges: Sequence[Range]) -> str:
    flags = [STATES[state] for state in command.states]
    flags += ["NEEDS_LEASE"] * (command.hazardous or command.opcode in (PREPARE, ARM))
    flags += ["JOURNALED"] * command.journaled + ["LONG"] * command.long
    drives = sum(1 << output for output in command.drives)
    if command.drives_argument is not None:
        flags.append("DRIVES_ARGUMENT")
        drives = command.drives_argument
    first = _find(ranges, [(a.low, a.high) for a in command.arguments])
    words = [str(command.opcode), " | ".join(flags), str(drives), str(len(command.arguments)), str(first)]
    return f"    {{{', '.join(words)}, {_function(kind, command)}}}, /* {command.name} */"


def _range(pair: Range) -> str:
    return (
        "{" + ", ".join({-(2**31): "INT32_MIN", 2**31 - 1: "INT32_MAX"}.get(bound, str(bound)) for bound in pair) + "}"
    )


def _find(ranges: Sequence[Range], part: Sequence[Range]) -> int:
    """Where `part` stands in `ranges`, or -1."""
    return next((i for i in range(len(ranges) - len(part) + 1) if list(ranges[i : i + len(part)]) == list(part)), -1)


def _shared(parts: Sequence[Sequence[Range]]) -> list[Range]:
    """A list in which each of `parts` stands somewhere in one piece."""
    ranges: list[Range] = []
    for part in sorted(parts, key=len, reverse=True):
        if _find(ranges, part) < 0:
            ranges += part
    return ranges


def _bytes(data: bytes) -> Iterator[str]:
    for at in range(0, len(data), BYTES_PER_LINE):
        yield "    " + " ".join(f"0x{byte:02X}," for byte in data[at : at + BYTES_PER_LINE])


def facts(kinds: Iterable[Kind]) -> str:
    """What the fuzzer's oracle knows of the kinds (fuzz/oracle.h, `struct facts`), the text of a header."""
    rows = [f"    {_facts(kind)}, /* {kind.name} */ \\" for kind in kinds]
    lines = ["/* Facts of the kinds, made from their descriptions (`make tables`). */", "#define ORACLE_FACTS \\"]
    return "\n".join([*lines, *rows, ""]).rstrip("\\\n ") + "\n"


def _facts(kind: Kind) -> str:
    """Raises ValueError for a kind that the oracle has no words for."""
    own = kind.commands[CANCEL:]
    driving = [command for command in own if command.drives or command.drives_argument is not None]
    intervals = {channel.interval_ms for channel in kind.channels}
    longest = {output.max_on_ms for output in kind.outputs} or {0}
    if len(intervals) > 1 or len(longest) > 1 or len(driving) > 1:
        raise ValueError(f"{kind.name}: the oracle knows one interval, one longest time and one driving command a kind")
    lasting = "true" if any(not command.long for command in driving) else "false"
    journaled = sum(1 << command.opcode - OWN_OPCODES.start for command in own if command.journaled)
    drives = driving[0].opcode if driving else 0
    words = [kind.number, len(kind.outputs), len(kind.channels), *intervals, *longest, lasting, drives, journaled]
    return "{" + ", ".join(map(str, words)) + "}"


def tables(firmware: Path) -> dict[Path, str]:
    """The headers of all kinds by the files they belong into, below the firmware's folder."""
    streams = json.loads((firmware / "vectors/dictionaries.json").read_text())
    kinds = [description.kind for description in shipped()]
    written = {
        firmware / f"kinds/{kind.name.replace('-', '_')}_tables.h": header(
            kind, bytes.fromhex(streams[kind.name]["zlib_hex"])
        )
        for kind in kinds
    }
    return written | {firmware / "fuzz/facts.h": facts(kinds)}


def main(words: Sequence[str]) -> None:
    """Writes the headers anew. `words`: the firmware's folder."""
    (folder,) = words
    for path, text in tables(Path(folder)).items():
        path.write_text(text)


if __name__ == "__main__":
    main(sys.argv[1:])
