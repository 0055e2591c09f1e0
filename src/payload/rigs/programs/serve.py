"""A twin on a PTY, in a process of its own: `python -m payload.rigs.programs.serve KIND --link PATH --speed N`.

Options and behaviour are those of the firmware's host build (PROTOCOL.md §11).
"""

from __future__ import annotations

import argparse
import re
import secrets
import sys
from collections.abc import Callable
from decimal import Decimal
from itertools import count
from pathlib import Path

from payload.errors import MissionError
from payload.rigs.faults import Faults
from payload.rigs.faults.file import read_faults
from payload.rigs.kinds.amounts import milli
from payload.rigs.kinds.description import read_kind
from payload.rigs.kinds.dictionary import KINDS, Kind
from payload.rigs.programs.terminal import serve
from payload.rigs.twins import FileBytes, Twin, script


class TwinSource:
    """A twin behind a terminal, from its first boot on. `boot` makes it anew."""

    fd: int | None = None

    def __init__(self, boot: Callable[[], Twin]) -> None:
        self._boot = boot
        self._booted_at = 0
        self._twin = boot()

    def update(self, now: int, data: bytes) -> tuple[bytes, int]:
        sent, call_at = self._twin.update(now - self._booted_at, data)
        return sent, call_at + self._booted_at

    def reset(self, now: int) -> None:
        self._twin.halt()
        self._booted_at, self._twin = now, self._boot()

    def close(self) -> None:
        self._twin.halt()


def _unit(text: str) -> int:
    return int(_like(r"[0-9a-fA-F]{1,16}", text, "1 to 16 hexadecimal digits"), 16)


def _boot(text: str) -> int:
    return int(_like(r"(?!0+$)[0-9a-fA-F]{1,8}", text, "1 to 8 hexadecimal digits, not 0"), 16)


def _like(pattern: str, text: str, expected: str) -> str:
    """The text if it has this form; what `int` and `Decimal` take besides, the firmware refuses."""
    if not re.fullmatch(pattern, text):
        raise argparse.ArgumentTypeError(f"expected {expected}, not {text!r}")
    return text


def _kind(text: str) -> Kind:
    """A kind that comes with the program, or that of a description file."""
    if text in KINDS:
        return KINDS[text]
    if not text.endswith((".yaml", ".yml")):
        raise argparse.ArgumentTypeError(f"expected {', '.join(KINDS)}, or a description file (.yaml), not {text!r}")
    try:
        return read_kind(Path(text)).kind
    except MissionError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _speed(text: str) -> int:
    try:
        return milli(Decimal(_like(r"[0-9]+(\.[0-9]{1,3})?", text, "a decimal with at most three decimals")))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="payload.rigs.programs.serve", description="A rig's twin on a PTY.", allow_abbrev=False
    )
    parser.add_argument("kind", type=_kind, help=f"{', '.join(KINDS)}, or a description file of your own")
    parser.add_argument("--link", type=Path, help="where to put a symbolic link to the port")
    parser.add_argument("--unit", type=_unit, help="64-bit unit id, hexadecimal")
    parser.add_argument("--boot", type=_boot, help="boot id, hexadecimal, not 0; default: random")
    parser.add_argument("--speed", type=_speed, default=1000, help="how fast the device clock runs; default: 1")
    parser.add_argument("--seed", type=int, help="chance of the faults; default: the faults file's")
    parser.add_argument("--faults", type=Path, help="what is to go wrong on the wire: docs/faults.md")
    parser.add_argument("--nvm", type=Path, help="non-volatile memory, in a file; default: none")
    parser.add_argument("--pins", type=Path, help="file to append a line to for every change of an output")
    parser.add_argument("--tether", action="store_true", help="end with standard input")
    parser.add_argument("--script", action="store_true", help="virtual time: lines 'AT HEX' on standard input")
    options = parser.parse_args(arguments)
    if options.script and (options.link or options.tether):
        parser.error("--script takes neither --link nor --tether")
    if options.script and options.faults:
        parser.error("--script takes no --faults: it has no wire")
    try:
        return _serve(options)
    except OSError as error:
        where = error.filename or options.link or "pseudo-terminal"
        print(f"rig: {where}: {error.strerror}", file=sys.stderr)
        return 1


def _serve(options: argparse.Namespace) -> int:
    kind: Kind = options.kind
    unit = options.unit if options.unit is not None else kind.default_unit
    boots = count(options.boot or secrets.randbelow(2**32 - 1) + 1)
    memory = FileBytes(options.nvm) if options.nvm else None
    pins = options.pins.open("a", buffering=1) if options.pins else None

    def drive(tick: int, thousandths: int, output: int, value: int) -> None:
        print(f"{tick}.{thousandths:03} {output} {value}", file=pins)

    def boot() -> Twin:
        """The next boot id each time: of one seed, all boots are known."""
        return Twin(
            kind, unit=unit, boot=(next(boots) - 1) % (2**32 - 1) + 1, speed_milli=options.speed, nvm=memory,
            drive=drive if pins else None,
        )  # fmt: skip

    if not options.script:
        try:
            faults = Faults(read_faults(options.faults), options.seed) if options.faults else None
        except MissionError as error:
            print(error, file=sys.stderr)
            return 2
        serve(TwinSource(boot), options.link, tether=options.tether, faults=faults)
        return 0
    twin = boot()
    try:
        for line in script(twin, sys.stdin):
            print(line, flush=True)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    finally:
        twin.halt()
    return 0


if __name__ == "__main__":
    sys.exit(main())
