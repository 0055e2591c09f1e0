"""What a run's rigs were about to be told, in the run's own record: a table beside the events, one line of text each.

Each rig's thread writes its own, while the executive writes events: every batch is one synced commit over a connection
of its own. What the lines say is the business of whoever wrote them (`payload.rigs.link.intents`).
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from payload.journal.journal import connect, refusal, wall_ms

_TABLE = """
CREATE TABLE IF NOT EXISTS intent (seq INTEGER PRIMARY KEY, wall INTEGER NOT NULL, rig TEXT NOT NULL,
                                   line TEXT NOT NULL)
"""


class IntentTable:
    """One rig's lines in a record that is there. Any thread may use it, also while others write the record. The first
    `append` opens it, `close` closes it: before the record itself, which tidies up behind the last one."""

    def __init__(self, path: Path | str, rig: str, clock: Callable[[], int] = wall_ms) -> None:
        self.path, self._rig, self._clock = Path(path), rig, clock
        self._connection: sqlite3.Connection | None = None
        self._one = threading.Lock()

    def append(self, lines: Sequence[str]) -> None:
        """Returns when they would survive the power going off; all of them, or (JournalError) none."""
        rows = [(self._clock(), self._rig, line) for line in lines]
        try:
            with self._one, self._open() as connection:  # rolls back what it could not commit
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany("INSERT INTO intent (wall, rig, line) VALUES (?, ?, ?)", rows)
                connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise refusal(self.path, error) from None

    def close(self) -> None:
        """Twice is once."""
        with self._one:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = connect(self.path, read_only=False, one_thread=False)
            self._connection.execute(_TABLE)
        return self._connection

    def lines(self) -> list[str]:
        """In the order in which they were written; none where none ever was."""
        try:
            with contextlib.closing(connect(self.path, read_only=True)) as connection:
                if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'intent'").fetchone():
                    return []
                query = "SELECT line FROM intent WHERE rig = ? ORDER BY seq"
                return [line for (line,) in connection.execute(query, (self._rig,))]
        except sqlite3.Error as error:
            raise refusal(self.path, error) from None
