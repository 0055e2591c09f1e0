"""A simulated instrument on a pseudo-terminal, whose name is printed."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from random import Random

from payload.rigs.adapters import adapter, instruments
from payload.rigs.adapters.simulated import Simulated, Whims
from payload.rigs.kinds.amounts import milli
from payload.rigs.programs.terminal import serve


def _chance(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise ValueError
    return value


def _speed(text: str) -> int:
    return milli(float(text))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="payload.rigs.adapters.simulated", description="A simulated instrument on a PTY.", allow_abbrev=False
    )
    parser.add_argument("kind", choices=instruments())
    parser.add_argument("--link", type=Path, help="where to put a symbolic link to the port")
    parser.add_argument("--tether", action="store_true", help="end with standard input")
    parser.add_argument("--speed", type=_speed, default=1_000, help="how fast its time goes by; default: 1")
    parser.add_argument("--seed", type=int, default=0, help="of the chances below, each 0 to 1 per reply")
    for name, text in (
        ("late", "a reply comes seconds late"),
        ("twice", "a reply comes again, later"),
        ("split", "a reply comes in pieces"),
        ("never", "a reply does not come"),
    ):
        parser.add_argument(f"--{name}", type=_chance, default=0.0, help=text)
    given = parser.parse_args(arguments)
    make = adapter(given.kind).simulated
    if make is None:
        print(f"instrument: there is no simulated {given.kind}", file=sys.stderr)
        return 1
    whims = Whims(late=given.late, twice=given.twice, split=given.split, never=given.never)
    try:
        serve(Simulated(make, whims, Random(given.seed), given.speed), given.link, tether=given.tether)
    except OSError as error:
        print(f"instrument: {given.link or 'pseudo-terminal'}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
