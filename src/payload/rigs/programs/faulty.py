"""Another rig's program behind a wire that goes wrong: `python -m payload.rigs.programs.faulty --faults FILE COMMAND…`.

The command is one of PROTOCOL.md §11: the firmware's host build, or an emulator with its bridge. Its own port is opened
here, and a port of ours is served in its place. `--link` of the command is where ours is put; `--tether` is ours too.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tty
from pathlib import Path

from payload.errors import MissionError
from payload.rigs.faults import Faults
from payload.rigs.faults.file import read_faults
from payload.rigs.programs.terminal import serve

IDLE = 60_000_000_000
"""When nothing is due: it is its descriptor that wakes the loop."""


class ProgramSource:
    """A program with a PTY of its own. A reset ends it and starts it again. `command` prints its port's name."""

    def __init__(self, command: list[str]) -> None:
        """Raises OSError when it does not start."""
        self._command = command
        self.fd: int | None = None
        self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [*self._command, "--tether"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for us
        )
        assert self._process.stdout is not None
        name = self._process.stdout.readline().decode().strip()
        if not name:
            self.close()
            raise OSError(0, f"{self._command[0]} printed no port")
        self.fd = os.open(name, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self.fd)

    def update(self, now: int, data: bytes) -> tuple[bytes, int]:
        if self.fd is None:
            return b"", now + IDLE
        if data:
            with contextlib.suppress(BlockingIOError):  # what it does not take is lost, as on a line
                os.write(self.fd, data)
        said = b""
        with contextlib.suppress(BlockingIOError, OSError):
            while piece := os.read(self.fd, 65_536):
                said += piece
        if not said and self._process.poll() is not None:
            self._part()
        return said, now + IDLE

    def reset(self, now: int) -> None:
        self.close()
        self._start()

    def close(self) -> None:
        """As if its power were cut: nothing is told to it."""
        self._process.kill()
        self._process.wait()
        self._part()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _part(self) -> None:
        if self.fd is not None:
            os.close(self.fd)
            self.fd = None


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="payload.rigs.programs.faulty",
        description="A rig's program behind a wire that goes wrong.",
        allow_abbrev=False,
    )
    parser.add_argument("--faults", type=Path, required=True, help="what is to go wrong: docs/faults.md")
    parser.add_argument("--seed", type=int, help="chance of the faults; default: the faults file's")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND", help="the program and its options")
    options = parser.parse_args(arguments)
    command = options.command[options.command[:1] == ["--"] :]
    if not command:
        parser.error("expected the program and its options after --")
    tether = "--tether" in command
    command = [word for word in command if word != "--tether"]
    link = None
    if "--link" in command:
        at = command.index("--link")
        link = Path(*command[at + 1 : at + 2])
        del command[at : at + 2]
    try:
        faults = Faults(read_faults(options.faults), options.seed)
        serve(ProgramSource(command), link, tether=tether, faults=faults)
    except MissionError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"rig: {error.strerror}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
