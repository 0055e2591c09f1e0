"""A twin on a PTY, in a process of its own: `python -m payload.rigs.serve KIND --link PATH --speed N`.

Options and behaviour are those of the firmware's host build (PROTOCOL.md §11).
"""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import select
import signal
import sys
import tty
from decimal import Decimal, InvalidOperation
from pathlib import Path

from payload.met import NS_PER_MS
from payload.rigs.dictionary import KINDS
from payload.rigs.transport import monotonic_ns
from payload.rigs.twins import Twin, script
from payload.rigs.wiring import milli


def place_link(link: Path, target: str) -> None:
    """Makes `link` point to `target` in one step, over whatever link was there."""
    beside = link.with_name(f".{link.name}.{os.getpid()}")
    with contextlib.suppress(FileNotFoundError):
        beside.unlink()
    beside.symlink_to(target)
    beside.replace(link)


def remove_link(link: Path, target: str) -> None:
    """Removes `link` if it is still ours."""
    with contextlib.suppress(OSError):
        if os.readlink(link) == target:
            link.unlink()


def serve(twin: Twin, link: Path | None, *, tether: bool = False) -> None:
    """Serves the twin until SIGTERM, SIGINT or, with `tether`, the end of standard input. Prints the port's name."""
    stop_out, stop_in = os.pipe()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os.write(stop_in, b"!"))
    master, slave = os.openpty()  # the slave stays open here: without one, reading the master fails while no host is on
    tty.setraw(slave)
    os.set_blocking(master, False)
    name = os.ttyname(slave)
    if link:
        place_link(link, name)
    print(name, flush=True)
    try:
        _loop(twin, master, [stop_out] + ([sys.stdin.fileno()] if tether else []))
    finally:
        if link:
            remove_link(link, name)
        os.close(master)
        os.close(slave)


def _loop(twin: Twin, master: int, stops: list[int]) -> None:
    poll = select.poll()
    poll.register(master, select.POLLIN)
    for fd in stops:
        poll.register(fd, select.POLLIN | select.POLLHUP)
    booted_at, data = monotonic_ns(), b""
    while True:
        now = monotonic_ns() - booted_at
        sent, call_at = twin.update(now, data)
        data = b""
        for frame in sent.split(b"\0")[:-1]:
            with contextlib.suppress(BlockingIOError):  # nobody reads: the frame is dropped, as on a real line
                os.write(master, frame + b"\0")
        for fd, _ in poll.poll(max(-(-(call_at - now) // NS_PER_MS), 0)):
            if fd == master:
                data = os.read(master, 65_536)
            elif fd != stops[0] and os.read(fd, 4096):
                continue  # words on standard input mean nothing; its end does
            else:
                return


def _unit(text: str) -> int:
    return _hex(text, 0, 2**64 - 1)


def _boot(text: str) -> int:
    return _hex(text, 1, 2**32 - 1)


def _hex(text: str, low: int, high: int) -> int:
    try:
        value = int(text, 16)
    except ValueError:
        value = -1
    if not low <= value <= high:
        raise argparse.ArgumentTypeError(f"expected a hexadecimal number from {low:x} to {high:x}, not {text!r}")
    return value


def _speed(text: str) -> int:
    try:
        return milli(Decimal(text))
    except (InvalidOperation, ValueError) as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="payload.rigs.serve", description="A rig's twin on a PTY.")
    parser.add_argument("kind", choices=sorted(KINDS))
    parser.add_argument("--link", type=Path, help="where to put a symbolic link to the port")
    parser.add_argument("--unit", type=_unit, help="64-bit unit id, hexadecimal")
    parser.add_argument("--boot", type=_boot, help="boot id, hexadecimal, not 0; default: random")
    parser.add_argument("--speed", type=_speed, default=1000, help="how fast the device clock runs; default: 1")
    parser.add_argument("--seed", type=int, default=0, help="taken for the firmware's sake; no effect in version 1")
    parser.add_argument("--tether", action="store_true", help="end with standard input")
    parser.add_argument("--script", action="store_true", help="virtual time: lines 'AT_MS HEX' on standard input")
    options = parser.parse_args(arguments)
    unit = options.unit if options.unit is not None else KINDS[options.kind].default_unit
    boot = options.boot or secrets.randbelow(2**32 - 1) + 1
    twin = Twin(options.kind, unit=unit, boot=boot, speed_milli=options.speed)
    if not options.script:
        serve(twin, options.link, tether=options.tether)
        return 0
    try:
        for line in script(twin, sys.stdin):
            print(line)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
