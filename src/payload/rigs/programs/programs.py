"""Rigs as programs of their own: the twin on a PTY (`programs.serve`), the firmware's host build, and emulators.

All speak the command line of PROTOCOL.md §11. They are tethered: when this program ends, in whatever way, their
standard input does too, and they put their outputs to safe values and go.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO

from payload.errors import PortError
from payload.rigs.kinds.dictionary import KINDS
from payload.rigs.ports.transport import monotonic_ns
from payload.rigs.programs.emulators import emulator_command

START_MS = 15_000
"""How long a program may take to print the name of its port (an interpreter on a busy machine)."""


def firmware() -> Path | None:
    """The host build of the firmware: what $PAYLOAD_FIRMWARE names, else the source tree's, else None."""
    named = os.environ.get("PAYLOAD_FIRMWARE")
    path = Path(named) if named else Path(__file__).parents[4] / "firmware_stubs" / "build" / "host" / "rig"
    return path if path.is_file() and os.access(path, os.X_OK) else None


def firmware_command(rig: str, kind: str) -> list[str]:
    """How the firmware of a kind is started. Raises PortError when it has not been built, and for a kind of
    the user's own."""
    path = firmware()
    if path is None:
        named = os.environ.get("PAYLOAD_FIRMWARE")
        text = f"$PAYLOAD_FIRMWARE names {named}, which is no program" if named else "the host firmware is not built"
        raise PortError(
            rig, f"{text}: run 'make firmware' in the source tree (it needs a C compiler), or use 'pty:' or 'twin:'"
        )
    from payload.rigs.kinds.description import OWN_NUMBERS  # yaml is not imported before it is needed

    if kind in KINDS and KINDS[kind].number in OWN_NUMBERS and "PAYLOAD_FIRMWARE" not in os.environ:
        raise PortError(
            rig, f"the host firmware has no kind {kind}: use 'pty:' or 'twin:', or serve firmware of your own"
        )
    return [str(path), "--kind", kind]


def twin_command(kind: str) -> list[str]:
    """How a twin of a kind is served on a PTY."""
    return [sys.executable, "-m", "payload.rigs.programs.serve", kind]


COMMANDS: dict[str, Callable[[str, str], list[str]]] = {
    "pty:": lambda rig, kind: twin_command(kind),
    "host:": firmware_command,
    "simavr:": lambda rig, kind: emulator_command(rig, kind, "simavr"),
    "qemu:": lambda rig, kind: emulator_command(rig, kind, "qemu"),
}
"""Per URL how the program is started: from the rig's name in messages and its kind. Raises PortError."""


def command_of(url: str, rig: str, kind: str, faults: str | None = None) -> list[str]:
    """How the program behind a URL is started; with `faults`, a file's path, behind a wire that goes wrong. Raises
    PortError when it has not been built."""
    command = COMMANDS[url](rig, kind)
    if faults is None:
        return command
    return [*command, "--faults", faults] if url == "pty:" else faulty_command(command, Path(faults))


def faulty_command(command: list[str], faults: Path, seed: int | None = None) -> list[str]:
    """How a rig's program is started behind a wire that goes wrong."""
    words = [sys.executable, "-m", "payload.rigs.programs.faulty", "--faults", str(faults)]
    return [*words, *(["--seed", str(seed)] if seed is not None else []), "--", *command]


class Program:
    """A started rig: its port is at `link` once `ready` has returned. Its messages go to `log`."""

    def __init__(self, rig: str, command: list[str], folder: Path, speed_milli: int) -> None:
        self._rig = rig
        folder.mkdir(parents=True, exist_ok=True)
        self.link = folder / f"{rig or 'rig'}.port"
        self.log = folder / f"{rig or 'rig'}.log"
        speed = f"{speed_milli // 1000}.{speed_milli % 1000:03d}"
        arguments = ["--link", str(self.link), "--speed", speed, "--tether"]
        try:
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(
                    [*command, *arguments],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    start_new_session=True,  # Ctrl-C is ours to handle: the rig is told, in order
                )
        except OSError as error:
            raise PortError(rig, f"cannot start {command[0]}: {error}") from None

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def ready(self) -> None:
        """Waits until it serves its port. Raises PortError, with its last words, when it does not."""
        assert self._process.stdout is not None
        until = monotonic_ns() + START_MS * 1_000_000
        line = _line(self._process.stdout, until)
        if not line.endswith(b"\n"):
            self.close()
            with contextlib.suppress(OSError):
                words = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:]
            why = "; ".join(words) or f"it printed no port within {START_MS} ms"
            raise PortError(self._rig, f"the rig's program did not start: {why} (see {self.log})")

    def close(self) -> None:
        """Ends it: outputs safe, link gone. Kills it after 2 s."""
        process = self._process
        with contextlib.suppress(OSError):
            process.terminate()
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            with contextlib.suppress(OSError):
                self.link.unlink()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()


def _line(stream: IO[bytes], until: int) -> bytes:
    """What the stream says up to its first newline, its end, or `until`."""
    line, fd = b"", stream.fileno()
    while not line.endswith(b"\n"):
        left_s = (until - monotonic_ns()) / 1e9
        if left_s <= 0 or not select.select([fd], [], [], left_s)[0]:
            break
        piece = os.read(fd, 1)
        if not piece:
            break
        line += piece
    return line
