"""A folder for the ports and logs of rigs that are started, gone when they are."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

RUN = "payload-run-"
_LOCK = ".lock"


@contextlib.contextmanager
def run_folder(prefix: str = RUN) -> Iterator[Path]:
    """Empty, ours, and removed at the end. Those that were left behind by programs that were killed are removed first:
    a lock on a file within tells whether its owner lives."""
    sweep(prefix)
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def sweep(prefix: str = RUN) -> list[Path]:
    """Removes what killed programs of this user left in the temporary directory, and says what that was."""
    gone = []
    for folder in sorted(Path(tempfile.gettempdir()).glob(f"{prefix}*")):
        with contextlib.suppress(OSError):
            if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
                continue
            lock = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW)  # one without is being made, or is not ours
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder)
                gone.append(folder)
            finally:
                os.close(lock)
    return gone
