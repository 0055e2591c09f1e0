"""A twin on a PTY, in a process of its own: `python -m payload.rigs.serve KIND --link PATH --speed N`.

Options and behaviour are those of the firmware's host build (PROTOCOL.md §11).
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import re
import secrets
import select
import signal
import sys
import tty
from decimal import Decimal
from pathlib import Path

from payload.met import NS_PER_MS
from payload.rigs.dictionary import KINDS
from payload.rigs.transport import monotonic_ns
from payload.rigs.twins import Twin, script
from payload.rigs.wiring import milli

OUT_ROOM = 65_536
"""Bytes kept while nobody reads. A frame beyond that is dropped, whole, as on a real line."""


def place_link(link: Path, target: str) -> None:
    """Makes `link` point to `target` in one step, over whatever link was there. Raises OSError, FileExistsError for
    what is no link: somebody may want to keep that."""
    if os.path.lexists(link) and not link.is_symlink():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
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
    """Serves the twin until SIGTERM, SIGINT or, with `tether`, the end of standard input. Prints the port's name.
    Raises OSError when there is no pseudo-terminal to be had or the link cannot be placed."""
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
    booted_at, data, left = monotonic_ns(), b"", b""
    while True:
        now = monotonic_ns() - booted_at
        sent, call_at = twin.update(now, data)
        data = b""
        for frame in sent.split(b"\0")[:-1]:
            if len(left) + len(frame) < OUT_ROOM:
                left += frame + b"\0"
        with contextlib.suppress(BlockingIOError):
            left = left[os.write(master, left) :] if left else b""
        poll.modify(master, select.POLLIN | select.POLLOUT if left else select.POLLIN)
        for fd, event in poll.poll(max(-(-(call_at - now) // NS_PER_MS), 0)):
            if fd == master:
                data = os.read(master, 65_536) if event != select.POLLOUT else b""
            elif fd != stops[0] and os.read(fd, 4096):
                continue  # words on standard input mean nothing; its end does
            else:
                return


def _unit(text: str) -> int:
    return int(_like(r"[0-9a-fA-F]{1,16}", text, "1 to 16 hexadecimal digits"), 16)


def _boot(text: str) -> int:
    return int(_like(r"(?!0+$)[0-9a-fA-F]{1,8}", text, "1 to 8 hexadecimal digits, not 0"), 16)


def _like(pattern: str, text: str, expected: str) -> str:
    """The text if it has this form; what `int` and `Decimal` take besides, the firmware refuses."""
    if not re.fullmatch(pattern, text):
        raise argparse.ArgumentTypeError(f"expected {expected}, not {text!r}")
    return text


def _speed(text: str) -> int:
    try:
        return milli(Decimal(_like(r"[0-9]+(\.[0-9]{1,3})?", text, "a decimal with at most three decimals")))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="payload.rigs.serve", description="A rig's twin on a PTY.", allow_abbrev=False
    )
    parser.add_argument("kind", choices=sorted(KINDS))
    parser.add_argument("--link", type=Path, help="where to put a symbolic link to the port")
    parser.add_argument("--unit", type=_unit, help="64-bit unit id, hexadecimal")
    parser.add_argument("--boot", type=_boot, help="boot id, hexadecimal, not 0; default: random")
    parser.add_argument("--speed", type=_speed, default=1000, help="how fast the device clock runs; default: 1")
    parser.add_argument("--seed", type=int, default=0, help="taken for the firmware's sake; no effect in version 1")
    parser.add_argument("--tether", action="store_true", help="end with standard input")
    parser.add_argument("--script", action="store_true", help="virtual time: lines 'AT_MS HEX' on standard input")
    options = parser.parse_args(arguments)
    if options.script and (options.link or options.tether):
        parser.error("--script takes neither --link nor --tether")
    unit = options.unit if options.unit is not None else KINDS[options.kind].default_unit
    boot = options.boot or secrets.randbelow(2**32 - 1) + 1
    twin = Twin(options.kind, unit=unit, boot=boot, speed_milli=options.speed)
    if not options.script:
        try:
            serve(twin, options.link, tether=options.tether)
        except OSError as error:
            print(f"rig: {options.link or 'pseudo-terminal'}: {error.strerror}", file=sys.stderr)
            return 1
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
