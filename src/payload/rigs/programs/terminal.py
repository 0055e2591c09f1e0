"""A rig's end of a pseudo-terminal: a link to it, a loop that serves it, and the faults of the wire between."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import select
import signal
import sys
import tty
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from payload.met import NS_PER_MS
from payload.rigs.faults import Arrival, Fault, Faults, Plan, Way
from payload.rigs.ports.transport import monotonic_ns

OUT_ROOM = 65_536
"""Bytes kept while nobody reads. A frame beyond that is dropped, whole, as on a real line."""
LOOK_EVERY_MS = 10
"""How often a port that resets its rig when it is opened looks whether it has been."""


def place_link(link: Path, target: str) -> None:
    """Makes `link` point to `target` in one step, over whatever link was there. Raises OSError, FileExistsError for
    what is no link: somebody may want to keep that. The error names `link`."""
    try:
        _place(link, target)
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(link)) from None


def _place(link: Path, target: str) -> None:
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


class Terminal:
    """A pseudo-terminal, and `link` to it while it is plugged in. The slave stays open here: without one, reading the
    master fails while no host is on. With `watched` it does not, so that a host's opening can be seen."""

    def __init__(self, link: Path | None, *, watched: bool = False) -> None:
        """Raises OSError when there is none to be had or the link cannot be placed."""
        self._link, self._watched = link, watched
        self._master, self._slave, self.name = self._make()
        self.plugged = False
        self.plug_in()

    def _make(self) -> tuple[int, int, str]:
        master, slave = os.openpty()
        tty.setraw(slave)
        os.set_blocking(master, False)
        return master, slave, os.ttyname(slave)

    @property
    def fd(self) -> int:
        return self._master

    def plug_in(self) -> None:
        if self._watched and self._slave >= 0:
            os.close(self._slave)
            self._slave = -1
        if self._link:
            try:
                place_link(self._link, self.name)
            except OSError:
                self._close()
                raise
        self.plugged = True

    def unplug(self) -> None:
        """It is gone for all who had it open. The next one is made first: it gets another number."""
        following = self._make()
        self.close()
        self._master, self._slave, self.name = following

    def is_open(self) -> bool:
        """Whether a host has it open; for a watched one."""
        poll = select.poll()
        poll.register(self._master, 0)
        return not any(event & select.POLLHUP for _, event in poll.poll(0))

    def read(self) -> bytes:
        """What has come from the host; empty when nothing has, or nobody is there."""
        try:
            return os.read(self._master, 65_536)
        except OSError:
            return b""

    def write(self, data: bytes) -> int:
        with contextlib.suppress(BlockingIOError):
            return os.write(self._master, data)
        return 0

    def close(self) -> None:
        if self.plugged and self._link:
            remove_link(self._link, self.name)
        self.plugged = False
        self._close()

    def _close(self) -> None:
        os.close(self._master)
        if self._slave >= 0:
            os.close(self._slave)


class Source(Protocol):
    """What is behind the terminal. Times are ns since the loop began."""

    fd: int | None
    """Readable when it has something to say by itself; may change in `reset`."""

    def update(self, now: int, data: bytes) -> tuple[bytes, int]:
        """What it says, having got `data` now, and when it wants to be called at the latest."""

    def reset(self, now: int) -> None:
        """It boots anew, as after its power was cut."""

    def close(self) -> None: ...


def serve(source: Source, link: Path | None, *, tether: bool = False, faults: Faults | None = None) -> None:
    """Serves the source until SIGTERM, SIGINT or, with `tether`, the end of standard input. Prints the port's name, and
    to standard error each happening. Raises OSError when there is no pseudo-terminal or the link cannot be placed."""
    stop_out, stop_in = os.pipe()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os.write(stop_in, b"!"))
    faults = faults or Faults(Plan(delimiter=None))
    terminal = Terminal(link, watched=faults.plan.reset_on_open is not None)
    try:
        print(terminal.name, flush=True)
        _Loop(source, terminal, faults, [stop_out] + ([sys.stdin.fileno()] if tether else [])).run()
    finally:
        terminal.close()
        source.close()
        if faults.counts:
            told = ", ".join(f"{name} {number}" for name, number in sorted(faults.counts.items()))
            print(f"faults: {told}", file=sys.stderr, flush=True)


class _Loop:
    def __init__(self, source: Source, terminal: Terminal, faults: Faults, stops: list[int]) -> None:
        self._source, self._terminal, self._faults, self._stops = source, terminal, faults, stops
        self._started = monotonic_ns()
        self._left = b""
        self._is_open = False

    def run(self) -> None:
        while True:
            now = monotonic_ns() - self._started
            self._look(now)
            call_at = self._pass(now)
            if self._left and self._terminal.plugged:
                self._left = self._left[self._terminal.write(self._left) :]
            if not self._wait(now, call_at):
                return

    def _look(self, now: int) -> None:
        """Whether a host has opened the port, where that resets the rig."""
        resets = self._faults.plan.reset_on_open
        if resets is None or not self._terminal.plugged:
            return
        was_open, self._is_open = self._is_open, self._terminal.is_open()
        if self._is_open and not was_open:
            for struck in self._faults.strike(resets, now):
                self._act(struck.fault, struck.over, now)

    def _pass(self, now: int) -> int:
        """Bytes both ways, until nothing is due any more."""
        to_rig = b""
        while True:
            sent, call_at = self._source.update(now, to_rig)
            if sent:
                self._faults.take(Way.TO_HOST, sent, now)
            to_rig, due = b"", self._faults.due(now)
            for what in due:
                if not isinstance(what, Arrival):
                    to_rig = b"" if what.fault is Fault.RESET else to_rig
                    self._act(what.fault, what.over, what.at)
                elif what.way is Way.TO_RIG:
                    to_rig += what.data
                elif self._terminal.plugged:
                    for frame in _frames(what.data):
                        if len(self._left) + len(frame) <= OUT_ROOM:
                            self._left += frame
            if not due:
                return call_at

    def _act(self, fault: Fault, over: bool, at: int) -> None:
        if fault is Fault.RESET:
            self._source.reset(at)
        elif fault is Fault.UNPLUG and over:
            self._terminal.plug_in()
            self._is_open = False
        elif fault is Fault.UNPLUG:
            self._left = b""
            self._terminal.unplug()
        name = f", back as {self._terminal.name}" if over else ""
        print(f"{at / 1e9:.3f} s: {fault.value}{name}", file=sys.stderr, flush=True)

    def _wait(self, now: int, call_at: int) -> bool:
        """Until something is due or has come; False at the end."""
        until = [call_at]
        if self._faults.next is not None:
            until.append(self._faults.next)
        poll = select.poll()
        for fd in self._stops:
            poll.register(fd, select.POLLIN | select.POLLHUP)
        if self._source.fd is not None:
            poll.register(self._source.fd, select.POLLIN)
        terminal = self._terminal
        if terminal.plugged and self._faults.plan.reset_on_open is not None:
            until.append(now + LOOK_EVERY_MS * NS_PER_MS)
        if terminal.plugged and (self._is_open or self._faults.plan.reset_on_open is None):
            stalled_until = self._faults.stalled_until(Way.TO_RIG)
            reads = 0 if stalled_until > now else select.POLLIN  # a device that stalls does not read
            if not reads:
                until.append(stalled_until)
            poll.register(terminal.fd, reads | (select.POLLOUT if self._left else 0))
        for fd, event in poll.poll(max(-(-(min(until) - now) // NS_PER_MS), 0)):
            if fd in self._stops:
                if fd == self._stops[0] or not os.read(fd, 4096):
                    return False  # words on standard input mean nothing; its end does
            elif terminal.plugged and fd == terminal.fd and event & select.POLLIN:
                data = terminal.read()
                if data:
                    self._faults.take(Way.TO_RIG, data, monotonic_ns() - self._started)
        return True


def _frames(data: bytes) -> Iterator[bytes]:
    for found in re.finditer(rb"[^\0]*\0|[^\0]+", data):
        yield found[0]
