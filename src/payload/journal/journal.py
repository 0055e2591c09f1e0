"""One SQLite file per run: what happened, written before it is acted on.

The file is in write-ahead mode, so that readers (`report`, a live page) and a teller (`payload tell`) work while the
run writes. Every commit is synced to the disk (`synchronous=FULL`): the cheaper `NORMAL` keeps the file whole too, but
may lose the last commits when the power fails (https://www.sqlite.org/pragma.html#pragma_synchronous), and then a
rig could have done what no record knows of. What that costs is kept low by committing in groups: events wait in memory
until `commit`, which the executive calls before each act that leaves the house and otherwise a few times a second. No
lock is held between commits. Write-ahead mode needs a local disk (https://www.sqlite.org/wal.html).

Tables: `header(key, value)`, JSON text or bytes; `event(seq, at, wall, kind, facts)`; `word(seq, wall, word, id)`, the
only one that another process writes; where rigs lived on the wall's clock `intent(seq, wall, rig, line)`, which their
threads write (`intents`). `wall` is Unix time in ms, from the clock that was handed in.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Self

from payload.errors import JournalError
from payload.journal.events import EVENT_TYPES, Event, decode, encode, kind_of

APPLICATION = 0x50594C44  # "PYLD", in the file's application_id
VERSION = 1
BUSY_MS = 5_000  # how long one process waits for another one's commit

_SCHEMA = f"""
BEGIN;
CREATE TABLE header (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE event (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, wall INTEGER NOT NULL, kind TEXT NOT NULL,
                    facts TEXT NOT NULL);
CREATE TABLE word (seq INTEGER PRIMARY KEY AUTOINCREMENT, wall INTEGER NOT NULL, word TEXT NOT NULL, id TEXT NOT NULL);
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};
"""


def wall_ms() -> int:
    """Unix time in ms: this room's one look at the wall."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Told:
    """One row of the table of words: what another process told the run, and when (Unix ms)."""

    seq: int
    wall: int
    word: str
    id: str


class Journal:
    """The record of one run. Only one process appends events; any may read, and any may `tell`.

    All methods raise JournalError, with the file and what to do, for whatever the file or the disk refuses.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, clock: Callable[[], int], read_only: bool) -> None:
        """Use `create` or `open`."""
        self.path = path
        self.read_only = read_only
        self._connection = connection
        self._clock = clock
        self._pending: list[tuple[int, int, int, str, str]] = []
        self._kept = self._one("SELECT coalesce(max(seq), 0) FROM event")
        self._header: Mapping[str, Any] | None = None

    @classmethod
    def create(cls, path: Path | str, header: Mapping[str, Any], clock: Callable[[], int] = wall_ms) -> Journal:
        """A new, empty journal. `header` is anything that JSON can say, or bytes, by name; it is never written again.

        Refuses a file that is there: a record is not overwritten. Leaves no file behind when it fails.
        """
        path = Path(path)
        rows = [(key, _header_value(path, key, value)) for key, value in header.items()]
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
        except FileExistsError:
            raise JournalError(
                f"{path}: there is a file of this name already, and a run's record is never overwritten; "
                f"choose another name or move it away"
            ) from None
        except OSError as error:
            raise JournalError(f"{path}: cannot be created: {error.strerror}; choose a folder you can write") from None
        try:
            connection = connect(path, read_only=False)
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(_SCHEMA)
                connection.executemany("INSERT INTO header VALUES (?, ?)", rows)
                connection.execute("COMMIT")
                return cls(path, connection, clock, read_only=False)
            except BaseException:
                connection.close()
                raise
        except BaseException as error:
            for name in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
                name.unlink(missing_ok=True)
            if isinstance(error, sqlite3.Error):
                raise JournalError(f"{path}: cannot be created: {error}; choose a local disk with room") from None
            raise

    @classmethod
    def open(cls, path: Path | str, *, read_only: bool = True, clock: Callable[[], int] = wall_ms) -> Journal:
        """A journal that is there. Read-only by default, which never disturbs a live run; `tell` and `append` need
        `read_only=False`."""
        path = Path(path)
        if not path.is_file():
            what = "is not a file" if path.exists() else "there is no such file"
            raise JournalError(f"{path}: {what}; a run's record is what `payload run -o` wrote")
        if not _allowed(path, os.R_OK if read_only else os.R_OK | os.W_OK):
            raise JournalError(f"{path}: you may not {'read' if read_only else 'write'} it; change its permissions")
        connection = None
        try:
            connection = connect(path, read_only)
            application = connection.execute("PRAGMA application_id").fetchone()[0]
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if application == APPLICATION and version == VERSION:
                return cls(path, connection, clock, read_only)
        except sqlite3.DatabaseError as error:
            if connection is not None:
                connection.close()
            raise refusal(path, error) from None
        except BaseException:
            if connection is not None:
                connection.close()
            raise
        connection.close()
        if application != APPLICATION:
            raise JournalError(f"{path}: this is not a run's record; it is what `payload run -o` wrote that is wanted")
        raise JournalError(
            f"{path}: written by a newer payload (record version {version}, this one reads {VERSION}); upgrade payload"
        )

    @property
    def header(self) -> Mapping[str, Any]:
        """What `create` was given; read once."""
        if self._header is None:
            with self._guard("header"):
                rows = self._connection.execute("SELECT key, value FROM header ORDER BY key").fetchall()
                self._header = MappingProxyType(
                    {key: value if isinstance(value, bytes) else json.loads(value) for key, value in rows}
                )
        return self._header

    @property
    def kept(self) -> int:
        """The number of the last event that is safely in the file."""
        return self._kept

    def append(self, event: Event) -> int:
        """Takes the event, stamps it with the wall clock, and returns its number (from 1). It is in the file after
        `commit`."""
        seq = (self._pending[-1][0] if self._pending else self._kept) + 1
        self._pending.append((seq, event.at, self._clock(), kind_of(event), encode(event)))
        return seq

    def commit(self) -> None:
        """Puts all appended events on the disk, as one: all of them, or (JournalError) none of them.

        After an error what was appended is still pending: free what is missing and commit again, or close.
        """
        if not self._pending:
            return
        with self._guard("event"):
            if self._connection.in_transaction:  # Ctrl-C came between two statements of the last commit
                self._connection.execute("ROLLBACK")
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.executemany("INSERT INTO event VALUES (?, ?, ?, ?, ?)", self._unkept())
                self._connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):  # a full disk has rolled back by itself
                    self._connection.execute("ROLLBACK")
                raise
        self._kept = self._pending[-1][0]
        self._pending.clear()

    def _unkept(self) -> list[tuple[int, int, int, str, str]]:
        """What is pending and not in the file. Ctrl-C may come when a commit has reached the disk and that is not noted
        here yet: the very same rows are then there already."""
        query = "SELECT seq, at, wall, kind, facts FROM event WHERE seq >= ? ORDER BY seq LIMIT ?"
        there = self._connection.execute(query, (self._pending[0][0], len(self._pending))).fetchall()
        return self._pending[len(there) :] if there == self._pending[: len(there)] else self._pending

    def events(self, after: int = 0, kinds: Iterable[type[Event]] = ()) -> Iterator[Event]:
        """The committed events numbered above `after`, in order; only those of `kinds`, where some are named."""
        for _, _, event in self.rows(after, kinds):
            yield event

    def rows(self, after: int = 0, kinds: Iterable[type[Event]] = ()) -> Iterator[tuple[int, int, Event]]:
        """As `events`, each with its number and the Unix ms at which it was appended."""
        wanted = [kind for kind, type_ in EVENT_TYPES.items() if type_ in set(kinds)]
        only = f" AND kind IN ({','.join('?' * len(wanted))})" if wanted else ""
        query = f"SELECT seq, at, wall, kind, facts FROM event WHERE seq > ?{only} ORDER BY seq"
        with self._guard("event"):
            for seq, at, wall, kind, facts in self._connection.execute(query, (after, *wanted)):
                yield seq, wall, decode(kind, at, facts)

    def digest(self) -> str:
        """SHA-256, in hexadecimal, of the committed events in order: number, instant, kind and facts, one line each.
        The wall's stamps and the header are not in it, so that runs which went alike have the same."""
        found = hashlib.sha256()
        with self._guard("event"):
            for row in self._connection.execute("SELECT seq, at, kind, facts FROM event ORDER BY seq"):
                found.update("{}\t{}\t{}\t{}\n".format(*row).encode())
        return found.hexdigest()

    def tell(self, word: str, activity: str = "") -> int:
        """Leaves a word for the run, at once and on disk; returns its number. Another process may do so at any time."""
        with self._guard("word"):
            cursor = self._connection.execute(
                "INSERT INTO word (wall, word, id) VALUES (?, ?, ?)", (self._clock(), word, activity)
            )
            return cursor.lastrowid or 0

    def words(self, after: int = 0) -> list[Told]:
        """What was told since word number `after`, in order."""
        with self._guard("word"):
            query = "SELECT seq, wall, word, id FROM word WHERE seq > ? ORDER BY seq"
            return [Told(*row) for row in self._connection.execute(query, (after,))]

    def close(self) -> None:
        """Commits what is pending and closes; closing twice is harmless. Raises JournalError when the commit fails, and
        is closed all the same."""
        if self._connection is None:
            return
        try:
            self.commit()
        finally:
            self._connection.close()
            self._connection = None  # type: ignore[assignment]  # every use after this is a broken promise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, type_: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if type_ is None:
            self.close()
        else:
            with contextlib.suppress(JournalError):  # the first error is the one to hear of
                self.close()

    def _one(self, query: str) -> int:
        with self._guard("event"):
            return int(self._connection.execute(query).fetchone()[0])

    @contextlib.contextmanager
    def _guard(self, table: str) -> Iterator[None]:
        """SQLite's words as ours."""
        if self._connection is None:
            raise JournalError(f"{self.path}: this record is closed")
        try:
            yield
        except sqlite3.IntegrityError:
            raise JournalError(
                f"{self.path}: another process is writing this record; its events up to number {self._kept} are ours"
            ) from None
        except sqlite3.OperationalError as error:
            if "full" in str(error) or "disk I/O" in str(error):
                raise JournalError(
                    f"{self.path}: the disk is full or failing ({error}); events up to number {self._kept} are kept, "
                    f"{len(self._pending)} later ones are not; make room before the next run"
                ) from None
            raise refusal(self.path, error) from None
        except (sqlite3.Error, KeyError, ValueError, TypeError) as error:
            raise JournalError(
                f"{self.path}: damaged: the table {table} cannot be read ({error}); "
                f"work on a copy, `sqlite3 COPY .recover` saves what can be saved"
            ) from None


def digest(path: Path | str) -> str:
    """`Journal.digest` of the record at `path`."""
    with Journal.open(path) as journal:
        return journal.digest()


def connect(path: Path, read_only: bool, *, one_thread: bool = True) -> sqlite3.Connection:
    """To a record that is there; every commit is synced. Not `one_thread`: several may use it, one at a time."""
    name = path.absolute().as_uri()
    folder = _allowed(path.absolute().parent, os.W_OK)
    if not read_only or (folder and _allowed(path, os.W_OK)):
        name += "?mode=rw"  # a reader too, so that the last one to close tidies up the -wal and -shm files
    elif folder or Path(f"{path}-wal").exists():
        name += "?mode=ro"
    else:
        name += "?immutable=1"  # no -shm file can be made, and no log is left: the file is read as it stands
    connection = sqlite3.connect(
        name, uri=True, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=one_thread
    )
    try:
        connection.execute("PRAGMA synchronous = FULL")
        if read_only:
            connection.execute("PRAGMA query_only = ON")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the first look at the file
    except BaseException:
        connection.close()
        raise
    return connection


def _allowed(path: Path, mode: int) -> bool:
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)


def _header_value(path: Path, key: str, value: Any) -> str | bytes:
    if isinstance(value, bytes):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise JournalError(f"{path}: the header's {key} is nothing that JSON can say: {error}") from None


def refusal(path: Path, error: sqlite3.Error) -> JournalError:
    """SQLite's word as ours."""
    text = str(error)
    if "not a database" in text:
        return JournalError(f"{path}: this is not a run's record; it is what `payload run -o` wrote that is wanted")
    if "locked" in text or "busy" in text:
        return JournalError(
            f"{path}: another process has held this record for more than {BUSY_MS / 1000:.0f} s; end it, then try again"
        )
    if "readonly" in text or "unable to open" in text:
        return JournalError(f"{path}: {text}; its folder must be writable while a record is open")
    if "malformed" in text:
        return JournalError(
            f"{path}: damaged ({text}); work on a copy, `sqlite3 COPY .recover` saves what can be saved"
        )
    return JournalError(f"{path}: {text}")
