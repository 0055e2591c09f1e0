"""Writes docs/kinds.md from the description files: run by hand when one of them changes.

`.venv/bin/python tests/rigs/write_kinds.py`
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from payload.met import format_duration
from payload.rigs.kinds.description import Description, shipped
from payload.rigs.kinds.dictionary import Argument, Command, Kind

PAGE = Path(__file__).parents[2] / "docs" / "kinds.md"
STATES = {"S": "safe", "R": "ready", "X": "running"}
HEAD = """\
# The kinds of rigs

This page is written from the description files in `src/payload/rigs/kinds/` by `tests/rigs/write_kinds.py`; a test
compares. What the commands that all kinds have do, and when a command is refused, is said in
[PROTOCOL.md](../firmware_stubs/PROTOCOL.md), sections 5 and 6; how a mission calls them, in [rigs.md](rigs.md).
"""
OWN = """
## A kind of your own

One such file describes your rig: from it come the dictionary that its firmware carries, its C tables, a twin to
rehearse with (channels in the middle of their ranges, long commands that last), and what is checked before anything is
sent. `payload rig serve --description my-rig.yaml` serves its twin. What is wrong with the file is told with line and
column.

"""
KEYS = (
    ("key", "what it is"),
    (
        "`kind`, `number`, `about`",
        (
            "its name (a lower-case letter, then letters, digits and `-`), a number of your own from 128 to 255, one "
            "line about it"
        ),
    ),
    ("`enums`", "words and their numbers: `speed: {still: 0, slow: 1}`"),
    (
        "`outputs`",
        (
            "what it drives, 8 at most: `name`, `unit`, `safe` (value in safe mode), `longest` (it goes safe when an "
            "output has been on for so long)"
        ),
    ),
    (
        "`channels`",
        (
            "what it measures: `name`, `unit`, `low` and `high` (it goes safe outside), `interval` between samples "
            "(1 ms to 60 s; 1 s where it is left out)"
        ),
    ),
    ("`commands`", "`name`, `opcode` (16 to 255), `states` in which it is obeyed, and as follows"),
    (
        "`arguments`",
        (
            "3 at most: `name`, `unit`, `min`, `max` (closed). Units with a meaning: `ms` (a length of time), "
            "`channel`, `output`, `mask` (of outputs), `enum.NAME`; of these but `ms` the range may be left out. "
            "`channel` names a channel whose limits, as a mission sets them, hold for the argument too"
        ),
    ),
    (
        "`long: true`",
        "it lasts: its last argument is its duration, in ms. It is obeyed in `[ready]` alone and tells a `value`",
    ),
    ("`value`", "what its stages tell: `{name, unit}`"),
    (
        "`hazardous: true`",
        (
            "it needs the lease. `drives` says which outputs it drives, and so what must be armed: a list of names, or "
            "the name of the argument that says which"
        ),
    ),
    ("`idempotent: true`", "a host may send it again after a reboot"),
    (
        "`journaled: true`",
        "it must not run twice: a rig with non-volatile memory writes down that it began, and that it ended",
    ),
)


def page() -> str:
    return HEAD + "".join(_kind(description) for description in shipped()) + OWN + "".join(_table(*KEYS))


def _table(*rows: tuple[str, ...]) -> Iterator[str]:
    for index, row in enumerate(rows):
        yield "| " + " | ".join(row) + " |\n"
        if index == 0:
            yield "|" + "---|" * len(row) + "\n"


def _kind(description: Description) -> str:
    kind, texts = description.kind, description.texts
    parts = [f"\n## {kind.name}\n\n{description.about}\n\nNumber {kind.number}, dictionary 0x{kind.hash:08X}.\n"]
    if kind.outputs:
        rows = [
            (str(i), f"`{o.name}`", o.unit, str(o.safe), format_duration(o.max_on_ms), texts[f"outputs.{o.name}"])
            for i, o in enumerate(kind.outputs)
        ]
        parts += ["\n", *_table(("output", "name", "unit", "safe", "longest", "about"), *rows)]
    rows = [
        (str(i), f"`{c.name}`", c.unit, f"{c.low} to {c.high}", format_duration(c.interval_ms))
        for i, c in enumerate(kind.channels)
    ]
    parts += ["\n", *_table(("channel", "name", "unit", "limits", "every"), *rows)]
    own = [command for command in kind.commands if command.opcode > 15]
    if own:
        commands = [_row(kind, command, texts[f"commands.{command.name}"]) for command in own]
        head = ("opcode", "command", "arguments", "obeyed when", "drives", "tells", "about")
        parts += ["\n", *_table(head, *commands)]
    for name, words in kind.enums.items():
        parts.append(f"\nWords of `{name}`: {', '.join(f'{word} ({number})' for number, word in words.items())}.\n")
    return "".join(parts)


def _row(kind: Kind, command: Command, about: str) -> tuple[str, ...]:
    kinds = ("hazardous", "idempotent", "journaled", "long")
    words = [word for word in kinds if getattr(command, word)]
    drives = ", ".join(kind.outputs[output].name for output in command.drives)
    if command.drives_argument is not None:
        drives = f"the {command.arguments[command.drives_argument].name}"
    return (
        str(command.opcode),
        f"`{command.name}`",
        "; ".join(_argument(kind, argument) for argument in command.arguments),
        ", ".join(STATES[letter] for letter in command.states),
        drives,
        f"{command.value} ({command.unit})" if command.value else "",
        f"{about} {', '.join(words).capitalize()}{'.' if words else ''}".strip(),
    )


def _argument(kind: Kind, argument: Argument) -> str:
    if argument.unit == "ms":
        return f"`{argument.name}` {format_duration(argument.low)} to {format_duration(argument.high)}"
    if argument.unit.startswith("enum."):
        return f"`{argument.name}` {', '.join(kind.enums[argument.unit[5:]].values())}"
    within = f", within the limits of `{argument.channel}`" if argument.channel else ""
    return f"`{argument.name}` {argument.low} to {argument.high} {argument.unit}{within}"


if __name__ == "__main__":
    PAGE.write_text(page())
