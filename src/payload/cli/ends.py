"""How every command ends: what it prints when it fails, and its exit code. docs/cli.md shows the table."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Callable

from payload.errors import (
    JournalError,
    LinkError,
    MissionError,
    PayloadError,
    PlanError,
    PlanningError,
    RigFault,
    RunError,
)

DONE = 0
LEFT = 1  # done, but something is left: violations, failed or skipped activities
USAGE = 2  # the command line or a file says something it must not
UNPLANNED = 3  # no plan can exist, or none was found
RIG = 4  # a rig, its port or its answer
RECORD = 5  # the record or another file cannot be read or written; the disk is full
ABORTED = 6  # a run ended by the operator's word
BROKEN = 70  # our own mistake
INTERRUPTED = 130  # Ctrl-C

#: the first that fits
EXITS: tuple[tuple[type[BaseException], int], ...] = (
    (MissionError, USAGE),
    (PlanError, USAGE),
    (PlanningError, UNPLANNED),
    (LinkError, RIG),
    (RigFault, RIG),
    (JournalError, RECORD),
    (RunError, USAGE),
    (PayloadError, USAGE),
    (KeyboardInterrupt, INTERRUPTED),
    (OSError, RECORD),
)

_ADVICE = {
    errno.ENOENT: "is the folder there? make it, or write elsewhere with -o",
    errno.ENOSPC: "the disk is full: free some space or write elsewhere with -o",
    errno.EACCES: "not permitted: write elsewhere with -o, or change the folder's permissions",
    errno.EROFS: "the file system is read-only: write elsewhere with -o",
}


def guarded(command: Callable[[], int | None]) -> int:
    """Runs a command to its exit code; every foreseen failure ends in a message on stderr and no traceback.

    With PAYLOAD_DEBUG set the traceback is printed too.
    """
    try:
        code = command() or DONE
        if code == INTERRUPTED:  # typer turns Ctrl-C into this and is silent about it
            print("interrupted", file=sys.stderr)
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            _hush()
        return code
    except (BrokenPipeError, SystemExit) as error:  # typer turns the first into the second
        if not isinstance(error, BrokenPipeError) and not isinstance(error.__context__, BrokenPipeError):
            raise
        _hush()
        return DONE
    except (Exception, KeyboardInterrupt) as error:
        if hasattr(error, "show") and hasattr(error, "exit_code"):
            # A word of the command line that does not fit; its class is click's or typer's own copy of it, by version.
            error.show()
            return int(error.exit_code)
        if os.environ.get("PAYLOAD_DEBUG"):
            traceback.print_exc()
        code = next((code for family, code in EXITS if isinstance(error, family)), BROKEN)
        print(_message(error, code), file=sys.stderr)
        return code


def _hush() -> None:
    """The reader has gone (`payload show … | head`): nothing is left to say, not even by the interpreter at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _message(error: BaseException, code: int) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    if isinstance(error, MissionError):
        count = len(error.faults)
        return f"{error}\n{count} fault{'' if count == 1 else 's'}"
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        advice = _ADVICE.get(error.errno or 0, "")
        return f"payload: {where}{error.strerror or error}{f' ({advice})' if advice else ''}"
    if code == BROKEN:
        kind = type(error).__name__
        return f"payload: a mistake of ours: {kind}: {error}\nPlease report it; PAYLOAD_DEBUG=1 shows where."
    return f"payload: {error}"
