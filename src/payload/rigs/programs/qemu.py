"""The Cortex-M3 firmware in QEMU: the emulator and its monitor, and, as a program, a bridge from its line to a PTY.

    python -m payload.rigs.programs.qemu --firmware FILE --link PATH [--unit HEX] [--boot HEX] [--speed 1] [--tether]

Options and behaviour are those of the firmware's host build (PROTOCOL.md §11); SIGUSR1 presses the reset pin. The
emulator's clock is the wall's: it has no other speed. Its line is a socket, not a terminal of its own, which takes a
second to open.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import json
import os
import re
import secrets
import select
import signal
import socket
import subprocess
import sys
import tempfile
import tty
from collections.abc import Callable
from pathlib import Path

from payload.rigs.programs.terminal import OUT_ROOM, place_link, remove_link

HANDED_AT, HANDED_WORD = 0x2000_F000, 0x5249_4748
"""Where the firmware looks for its unit (u64) and its first boot id (u32), and the word (u32) that says that the boot
id is there, or, one higher, both: ports/cortexm/main.c."""
PROGRAM = "qemu-system-arm"
MACHINE = ("-M", "lm3s6965evb", "-nodefaults", "-nic", "none", "-display", "none")


class Qemu:
    """The firmware in an emulator of its own, running. `line` is the rig's serial line, a stream socket.

    `boot` is the id of its first boot, and counts on with every reset; `unit` is the firmware's own when None. Raises
    OSError when the emulator is missing or does not start.
    """

    def __init__(self, firmware: Path, *, unit: int | None = None, boot: int = 1) -> None:
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 -- ours until `close`
        self.line, its_line = socket.socketpair()
        self._monitor, its_monitor = socket.socketpair()
        with its_line, its_monitor:
            self._process = subprocess.Popen(
                [
                    *(PROGRAM, *MACHINE, "-kernel", str(firmware)),
                    *("-chardev", f"socket,id=line,fd={its_line.fileno()}", "-serial", "chardev:line"),
                    *("-chardev", f"socket,id=monitor,fd={its_monitor.fileno()}"),
                    *("-mon", "chardev=monitor,mode=control"),
                    *_handed(unit, boot),
                ],
                stdin=subprocess.DEVNULL,
                stderr=self._complaints,
                pass_fds=[its_line.fileno(), its_monitor.fileno()],
                start_new_session=True,
                preexec_fn=_ending_with_us(),  # one system call, no lock
            )
        self._words = b""
        try:
            self._hear()  # its greeting
            self._order("qmp_capabilities")
        except OSError:
            self.close()
            raise

    def _hear(self) -> dict[str, object]:
        while b"\n" not in self._words:
            try:
                words = self._monitor.recv(4096)
            except ConnectionError:
                words = b""
            if not words:
                self._complaints.seek(0)
                last = self._complaints.read().decode(errors="replace").strip().rpartition("\n")[2]
                raise OSError(f"{PROGRAM} did not start, or ended by itself: {last}")
            self._words += words
        line, _, self._words = self._words.partition(b"\n")
        heard = json.loads(line)
        assert isinstance(heard, dict)
        return heard

    def _order(self, order: str, event: str = "") -> None:
        """Returns when it has been obeyed, and when the event that tells of its effect has come."""
        self._monitor.sendall(json.dumps({"execute": order}).encode() + b"\n")
        returned, happened = False, not event
        while not (returned and happened):
            heard = self._hear()
            if "error" in heard:
                raise OSError(f"{PROGRAM} refused {order}: {heard['error']}")
            returned = returned or "return" in heard
            happened = happened or heard.get("event") == event

    def reset(self) -> None:
        """Presses the reset pin, and returns when it has been pressed. What is sent while it boots may be lost."""
        self._order("system_reset", "RESET")

    def stop(self) -> None:
        """Its time stands still until `cont`."""
        self._order("stop")

    def cont(self) -> None:
        self._order("cont")

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def close(self) -> None:
        """Ends it; kills it after 2 s."""
        with contextlib.suppress(OSError):
            self._order("quit")
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for end in (self.line, self._monitor, self._complaints):
            end.close()


def _ending_with_us() -> Callable[[], object] | None:
    """What the emulator does before it begins: it asks the kernel to end it with us. By itself it would live on when we
    are killed, which is how a wire with faults cuts a rig's power. None where the kernel cannot do that."""
    if sys.platform != "linux":
        return None
    prctl, set_death_signal = ctypes.CDLL(None).prctl, 1  # PR_SET_PDEATHSIG of <sys/prctl.h>
    return lambda: prctl(set_death_signal, int(signal.SIGKILL))


def _handed(unit: int | None, boot: int) -> tuple[str, ...]:
    """The options that put boot id and unit into the part's memory, eight bytes each; see HANDED_WORD."""
    words = {HANDED_AT + 8: HANDED_WORD + (unit is not None) << 32 | boot}
    if unit is not None:
        words[HANDED_AT] = unit
    return tuple(
        part
        for place, word in words.items()
        for part in ("-device", f"loader,addr={place:#x},data={word:#x},data-len=8")
    )


def bridge(qemu: Qemu, link: Path | None, *, tether: bool = False) -> None:
    """Joins the emulator's line to a PTY until SIGTERM, SIGINT, the emulator's end or, with `tether`, the end of
    standard input. Prints the port's name. Raises OSError when the PTY or its link cannot be had."""
    signals_out, signals_in = os.pipe()
    for number, word in ((signal.SIGTERM, b"!"), (signal.SIGINT, b"!"), (signal.SIGUSR1, b"r")):
        signal.signal(number, lambda *_, word=word: os.write(signals_in, word))
    master, slave = os.openpty()  # the slave stays open here: without one, reading the master fails while no host is on
    tty.setraw(slave)
    os.set_blocking(master, False)
    qemu.line.setblocking(False)
    name = os.ttyname(slave)
    if link:
        place_link(link, name)
    print(name, flush=True)
    try:
        _loop(qemu, master, signals_out, sys.stdin.fileno() if tether else -1)
    finally:
        if link:
            remove_link(link, name)
        os.close(master)
        os.close(slave)


def _loop(qemu: Qemu, master: int, signals: int, tether: int) -> None:
    line = qemu.line.fileno()
    heard = up = down = b""  # of a frame that has begun; for the host; for the rig
    poll = select.poll()
    for fd in (master, line, signals, tether):
        if fd >= 0:
            poll.register(fd, select.POLLIN)
    while True:
        poll.modify(master, select.POLLIN | (select.POLLOUT if up else 0))
        poll.modify(line, select.POLLIN | (select.POLLOUT if down else 0))
        events = dict(poll.poll())
        if signals in events:
            if b"!" in os.read(signals, 64):
                return
            qemu.reset()
        if tether in events and not os.read(tether, 4096):
            return
        if events.get(line, 0) & ~select.POLLOUT:
            data = qemu.line.recv(65_536)
            if not data:
                return
            *frames, heard = (heard + data).split(b"\0")
            for frame in frames:
                if len(up) + len(frame) < OUT_ROOM:  # else it is dropped, whole, as on a real line
                    up += frame + b"\0"
        if events.get(master, 0) & ~select.POLLOUT:
            down = (down + os.read(master, 65_536))[-OUT_ROOM:]
        with contextlib.suppress(BlockingIOError):
            up = up[os.write(master, up) :] if up else b""
        with contextlib.suppress(BlockingIOError):
            down = down[qemu.line.send(down) :] if down else b""


def _hex(digits: int, least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not re.fullmatch(f"[0-9a-fA-F]{{1,{digits}}}", text) or int(text, 16) < least:
            raise argparse.ArgumentTypeError(f"expected 1 to {digits} hexadecimal digits, {least} at least: {text!r}")
        return int(text, 16)

    return number


def _speed(text: str) -> None:
    if not re.fullmatch(r"1(\.0{1,3})?", text):
        raise argparse.ArgumentTypeError(f"QEMU keeps the wall's time: 1 only, not {text!r}; simavr can be sped up")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="payload.rigs.programs.qemu", description="The Cortex-M3 firmware in QEMU, on a PTY.", allow_abbrev=False
    )
    parser.add_argument("--firmware", type=Path, required=True, help="the program for the LM3S6965")
    parser.add_argument("--link", type=Path, help="where to put a symbolic link to the port")
    parser.add_argument("--unit", type=_hex(16, 0), help="64-bit unit id, hexadecimal")
    parser.add_argument("--boot", type=_hex(8, 1), help="first boot id, hexadecimal; default: random")
    parser.add_argument("--speed", type=_speed, help="1: the emulator keeps the wall's time")
    parser.add_argument("--tether", action="store_true", help="end with standard input")
    options = parser.parse_args(arguments)
    try:
        qemu = Qemu(options.firmware, unit=options.unit, boot=options.boot or secrets.randbelow(2**32 - 1) + 1)
        try:
            bridge(qemu, options.link, tether=options.tether)
        finally:
            qemu.close()
    except OSError as error:
        print(f"rig: {options.link or PROGRAM}: {error.strerror or error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
