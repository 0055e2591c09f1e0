"""What a link meant to send, on disk before its first byte leaves: so that a host that died knows what it had begun.

A link hands out a batch of items (`Link.intents`), the owner writes it and only then sends (`Link.outgoing`). Many
commands share one batch, and so one sync. The ends of earlier commands ride along, so that a host that begins anew asks
for nothing whose result the rig may have dropped.

    I TOKEN BOOT SESSION NUMBER OPCODE ARGUMENTS AT RECORD      a command is about to leave
    W TOKEN OPCODE ARGUMENTS                                    it waits again for a number: it surely has not begun
    E TOKEN STAGE CODE TICK PROGRESS VALUE                      its end

One line each, with the CRC-32 of the rest in front (8 hex digits); `-` for what there is not. A last line that is not
whole was being written when the host died: nothing of it had been sent.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import quote, unquote
from zlib import crc32

from payload.errors import JournalError
from payload.rigs.wire.packet import Record


class Intent(NamedTuple):
    """A command with its number. `record` is what the rig's own journal said before it, for a journaled one."""

    token: str
    boot: int
    session: int
    number: int
    opcode: int
    arguments: tuple[int, ...]
    at: int | None = None
    record: Record | None = None


class Again(NamedTuple):
    """A command that has lost its number and has surely not begun, or may begin twice."""

    token: str
    opcode: int
    arguments: tuple[int, ...]


class End(NamedTuple):
    """How a command ended. `tick` is None where the host says so, not the rig."""

    token: str
    stage: str
    code: str | None
    tick: int | None
    progress: int
    value: int


Item = Intent | Again | End


class Intents(Protocol):
    """Where a link's intents go."""

    def write(self, batch: Sequence[Item]) -> None:
        """Returns when all of it would survive the power going off. Raises JournalError."""


@dataclass(frozen=True, slots=True)
class Left:
    """What a host that died has left: the session of its last numbered command (0: none), that command's number, and
    the commands without a known end, in order."""

    boot: int = 0
    session: int = 0
    number: int = 0
    items: tuple[Intent | Again, ...] = ()


def lines_of(batch: Iterable[Item]) -> str:
    """A batch as text, one line an item."""
    written = []
    for item in batch:
        match item:
            case Intent(token, boot, session, number, opcode, arguments, at, record):
                row = (
                    f"I {_word(token)} {boot} {session} {number} {opcode} {_packed(arguments)} "
                    f"{'-' if at is None else at} {_packed(record) if record is not None else '-'}"
                )
            case Again(token, opcode, arguments):
                row = f"W {_word(token)} {opcode} {_packed(arguments)}"
            case End(token, stage, code, tick, progress, value):
                row = f"E {_word(token)} {stage} {code or '-'} {'-' if tick is None else tick} {progress} {value}"
        written.append(f"{crc32(row.encode()):08x} {row}\n")
    return "".join(written)


def item_of(line: str) -> Item:
    """One line's item. Raises ValueError for what `lines_of` has not written."""
    checked, _, row = line.partition(" ")
    if int(checked, 16) != crc32(row.encode()):
        raise ValueError("its checksum is another one")
    match row.split(" "):
        case ["I", token, boot, session, number, opcode, arguments, at, record]:
            return Intent(
                unquote(token), int(boot), int(session), int(number), int(opcode), _unpacked(arguments),
                None if at == "-" else int(at), None if record == "-" else Record(*_unpacked(record)),
            )  # fmt: skip
        case ["W", token, opcode, arguments]:
            return Again(unquote(token), int(opcode), _unpacked(arguments))
        case ["E", token, stage, code, tick, progress, value]:
            named = None if code == "-" else code
            return End(unquote(token), stage, named, None if tick == "-" else int(tick), int(progress), int(value))
    raise ValueError("it is no item")


def left_of(items: Iterable[Item]) -> Left:
    """What the items of one rig, in order, leave open. A token stands for one command."""
    boot = session = number = 0
    open_: dict[str, Intent | Again] = {}
    for item in items:
        if isinstance(item, End):
            open_.pop(item.token, None)
            continue
        open_.pop(item.token, None)  # the newest word on it counts, in its new place
        open_[item.token] = item
        if isinstance(item, Intent):
            boot, session, number = item.boot, item.session, item.number
    return Left(boot, session, number, tuple(open_.values()))


class Lines(Protocol):
    """A store of lines, such as a run's record has for each rig (`payload.journal.IntentTable`)."""

    def append(self, lines: Sequence[str]) -> None:
        """Returns when they would survive the power going off."""


class LineIntents:
    """Intents in somebody else's store."""

    def __init__(self, store: Lines) -> None:
        self._store = store

    def write(self, batch: Sequence[Item]) -> None:
        self._store.append(lines_of(batch).splitlines())


class FileIntents:
    """One rig's intents in a file of their own: append and sync. `synced=False` leaves the sync to the system: then a
    dead process loses nothing, a dead machine what the system had not written yet."""

    def __init__(self, path: Path, *, synced: bool = True) -> None:
        """Opens or makes it. What stands in it already: `items`. Raises JournalError."""
        self.path, self._synced = path, synced
        self._fd = -1
        try:
            self._fd = self._opened(path, os.O_CREAT)
            _sync_folder(path)
            self.items = self._read()
        except OSError as error:
            self.close()
            raise self._refusal(error) from None
        except JournalError:
            self.close()
            raise

    def _opened(self, path: Path, more: int) -> int:
        """For this program alone: two would give the same numbers to different commands."""
        fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | more, 0o644)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(fd)
            if isinstance(error, BlockingIOError):
                text = "another program has it open: one rig's intents are one program's; end that one first"
                raise JournalError(f"{path}: {text}") from None
            raise
        return fd

    @property
    def left(self) -> Left:
        """What the items that stood in it when it was opened leave open."""
        return left_of(self.items)

    def write(self, batch: Sequence[Item]) -> None:
        data, size = lines_of(batch).encode(), os.fstat(self._fd).st_size
        try:
            while data:
                data = data[os.write(self._fd, data) :]
            if self._synced:
                os.fdatasync(self._fd)
        except OSError as error:
            with contextlib.suppress(OSError):  # a piece of a line would spoil the one that comes behind it
                os.ftruncate(self._fd, size)
            raise self._refusal(error) from None

    def compact(self) -> None:
        """Forgets the commands that had ended when it was opened. Only before the first `write`."""
        kept: list[Item] = list(self.left.items)
        last = next((each for each in reversed(self.items) if isinstance(each, Intent)), None)
        if last is not None and last not in kept:  # which session it was, and how far its numbers had come
            word = next(each for each in reversed(self.items) if each.token == last.token)
            kept = [each for each in kept if each is not word] + [last, word]
        beside = self.path.with_name(f"{self.path.name}.new")
        try:
            fd = self._opened(beside, os.O_CREAT | os.O_TRUNC)
        except OSError as error:
            raise self._refusal(error) from None
        try:
            data = lines_of(kept).encode()
            while data:
                data = data[os.write(fd, data) :]
            os.fsync(fd)
            os.replace(beside, self.path)
            _sync_folder(self.path)
        except OSError as error:
            os.close(fd)
            raise self._refusal(error) from None
        self.close()
        self._fd, self.items = fd, kept

    def close(self) -> None:
        """Twice is once."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _read(self) -> list[Item]:
        whole, _, torn = os.pread(self._fd, os.fstat(self._fd).st_size, 0).rpartition(b"\n")
        if torn:
            os.ftruncate(self._fd, len(whole) + 1 if whole else 0)
        items = []
        for number, line in enumerate(whole.split(b"\n") if whole else [], 1):
            try:
                items.append(item_of(line.decode("ascii")))
            except (ValueError, TypeError) as error:
                raise JournalError(
                    f"{self.path}: line {number} cannot be read ({error}): what this rig was told is not certain; look "
                    f"at the rig, then move the file away"
                ) from None
        return items

    def _refusal(self, error: OSError) -> JournalError:
        return JournalError(f"{self.path}: {error.strerror}; intents need a local disk with room that you can write")


def _word(token: str) -> str:
    return token if token.isascii() and token.isalnum() else quote(token)


def _packed(numbers: Iterable[int]) -> str:
    return ",".join(map(str, numbers)) or "-"


def _unpacked(text: str) -> tuple[int, ...]:
    return () if text == "-" else tuple(map(int, text.split(",")))


def _sync_folder(path: Path) -> None:
    """A new name is on disk only once its folder is."""
    with contextlib.suppress(PermissionError):
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
