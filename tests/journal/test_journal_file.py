"""The journal's file: what is kept through readers, tellers, crashes, full disks and strangers' files."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import pytest

from payload.errors import JournalError
from payload.journal import ActivityStarted, Journal, Note, RunEnded, Told, Word

HEADER = {"mission": "payload: 1\n", "plan": {"value": 1.5}, "seed": 7, "speed": 60.0, "raw": b"\x00\xff"}


def fixed_clock() -> int:
    return 1_792_000_000_000


@pytest.fixture
def plain_folder() -> Iterator[Path]:
    """A folder whose permissions hold: root gives up its rights for the length of the test."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    root = os.geteuid() == 0
    if root:
        os.chown(folder, 65534, 65534)
        os.seteuid(65534)
    try:
        yield folder
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_a_run_is_kept_whole(tmp_path: Path) -> None:
    story = [ActivityStarted(10, "lunch/ada/2026-10-26", 5, ("ada",)), Note(20, "später"), RunEnded(30, "completed")]
    with Journal.create(tmp_path / "run.db", HEADER, fixed_clock) as journal:
        assert [journal.append(event) for event in story] == [1, 2, 3]
    with Journal.open(tmp_path / "run.db") as journal:
        assert dict(journal.header) == HEADER
        assert list(journal.events()) == story
        assert list(journal.events(after=1)) == story[1:]
        assert list(journal.events(kinds=[Note])) == [story[1]]
        assert [(seq, wall) for seq, wall, _ in journal.rows()] == [(seq, fixed_clock()) for seq in (1, 2, 3)]
        assert journal.kept == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run.db"]


def test_nothing_is_seen_before_it_is_committed_and_all_after(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    with Journal.create(path, {}) as writer, Journal.open(path) as reader:
        writer.append(Note(1, "one"))
        before = list(reader.events())
        writer.commit()
        assert (before, list(reader.events())) == ([], [Note(1, "one")])


def test_another_process_tells_a_live_run(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    teller = (
        "import sys; from payload.journal import Journal\n"
        "with Journal.open(sys.argv[1], read_only=False, clock=lambda: 9) as journal: journal.tell(*sys.argv[2:])"
    )
    with Journal.create(path, {}) as journal:
        journal.append(Note(1, "pending, and no lock is held for it"))
        for words in (["hold"], ["done", "seeds/sow/1"]):
            subprocess.run([sys.executable, "-c", teller, str(path), *words], check=True)
        told = journal.words()
        assert told == [Told(1, 9, "hold", ""), Told(2, 9, "done", "seeds/sow/1")]
        assert journal.words(after=1) == told[1:]
        journal.append(Word(2, "hold", seq=1))
        journal.commit()
        assert len(list(journal.events())) == 2


def test_a_killed_writer_leaves_every_committed_event(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    writer = (
        "import sys; from payload.journal import Journal, Note\n"
        "journal = Journal.create(sys.argv[1], {'seed': 1})\n"
        "n = 0\n"
        "while True:\n"
        "    for _ in range(7):\n"
        "        n += 1; journal.append(Note(n, 'x' * 200))\n"
        "    journal.commit()\n"
        "    print(n, flush=True)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", writer, str(path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    promised = 0
    while promised < 700:
        promised = int(child.stdout.readline())
    child.send_signal(signal.SIGKILL)
    promised = int((child.stdout.read().split() or [str(promised)])[-1])
    child.wait()
    child.stdout.close()
    with Journal.open(path) as journal:
        kept = [event.at for event in journal.events()]
        assert journal.header == {"seed": 1}
    assert kept == list(range(1, len(kept) + 1))
    assert len(kept) >= promised
    with Journal.open(path, read_only=False) as journal:
        assert journal.append(Note(0, "goes on")) == len(kept) + 1


def test_a_full_disk_says_what_is_kept_and_loses_nothing_of_it(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    journal = Journal.create(path, {})
    journal.append(Note(1, "kept"))
    journal.commit()
    pages = journal._connection.execute("PRAGMA page_count").fetchone()[0]
    journal._connection.execute(f"PRAGMA max_page_count = {pages}")  # SQLite's own answer to a disk without room
    for at in range(2, 102):
        journal.append(Note(at, "x" * 1000))
    with pytest.raises(JournalError, match=r"disk is full.*up to number 1 are kept, 100 later ones are not; make room"):
        journal.commit()
    assert list(journal.events()) == [Note(1, "kept")]
    journal._connection.execute("PRAGMA max_page_count = 100000")
    journal.close()
    with Journal.open(path) as journal:
        assert [event.at for event in journal.events()] == list(range(1, 102))


def test_a_commit_that_was_interrupted_after_the_disk_had_it_is_not_made_twice(tmp_path: Path) -> None:
    with Journal.create(tmp_path / "run.db", {}, fixed_clock) as journal:
        for at in (1, 2):
            journal.append(Note(at, "once"))
        pending = list(journal._pending)
        journal.commit()
        journal._pending[:], journal._kept = pending, 0  # as Ctrl-C between the disk and the next line leaves it
        assert journal.append(Note(3, "once")) == 3
        journal.commit()
        assert [event.at for event in journal.events()] == [1, 2, 3]


def test_ctrl_c_at_any_instant_of_a_commit_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    with Journal.create(tmp_path / "run.db", {}, fixed_clock) as journal:
        told, instant = 0, 0
        while True:
            instant += 1
            told += 2
            journal.append(Note(told - 1, "a"))
            journal.append(Note(told, "b"))
            if _interrupted(journal.commit, instant):
                break
            journal.append(Note(told := told + 1, "after"))
            journal.commit()
        assert [(seq, event.at) for seq, _, event in journal.rows()] == [(at, at) for at in range(1, told + 1)]
    assert instant > 50


def _interrupted(commit: Callable[[], None], instant: int) -> bool:
    """Calls `commit` with a Ctrl-C before so many bytecodes of the journal's; True when it is done before that."""
    left = instant

    def trace(frame: FrameType, event: str, _: object) -> Callable[..., object] | None:
        nonlocal left
        if frame.f_code.co_filename != Journal.commit.__code__.co_filename:
            return None
        frame.f_trace_opcodes = True
        left -= event == "opcode"
        if not left:
            raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        commit()
    except KeyboardInterrupt:
        return False
    finally:
        sys.settrace(before)
    return True


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    with Journal.create(path, {}) as one, Journal.open(path, read_only=False) as other:
        one.append(Note(1, "one"))
        one.commit()
        other.append(Note(1, "other"))
        with pytest.raises(JournalError, match="another process is writing this record"):
            other.commit()
        other._pending.clear()


def test_a_record_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    Journal.create(path, {"seed": 1}).close()
    with pytest.raises(JournalError, match="never overwritten"):
        Journal.create(path, {"seed": 2})
    with Journal.open(path) as journal:
        assert journal.header == {"seed": 1}


def test_what_cannot_be_opened_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("not a database, but long enough to be taken for one by its size " * 20)
    (tmp_path / "empty.db").touch()
    sqlite3.connect(tmp_path / "other.db").executescript("CREATE TABLE t (a); PRAGMA user_version = 1;").close()
    Journal.create(tmp_path / "newer.db", {}).close()
    sqlite3.connect(tmp_path / "newer.db").execute("PRAGMA user_version = 2").close()
    for name, message in {
        "absent.db": "there is no such file",
        ".": "is not a file",
        "text.db": "not a run's record",
        "empty.db": "not a run's record",
        "other.db": "not a run's record",
        "newer.db": "newer payload",
    }.items():
        with pytest.raises(JournalError, match=message) as caught:
            Journal.open(tmp_path / name)
        assert str(tmp_path) in str(caught.value)


def test_a_damaged_record_says_so(tmp_path: Path) -> None:
    whole, torn, foreign = tmp_path / "whole.db", tmp_path / "torn.db", tmp_path / "foreign.db"
    with Journal.create(whole, {}) as journal:
        for at in range(500):
            journal.append(Note(at, "x" * 100))
    content = whole.read_bytes()
    torn.write_bytes(content[: len(content) // 2] + b"\xa5" * (len(content) // 2))
    foreign.write_bytes(content)
    with sqlite3.connect(foreign) as connection:
        connection.execute("UPDATE event SET kind = 'unheard-of' WHERE seq = 3")
    connection.close()
    for path in (torn, foreign):
        with pytest.raises(JournalError, match="damaged"), Journal.open(path) as journal:
            list(journal.events())


def test_a_folder_that_cannot_be_written(plain_folder: Path) -> None:
    Journal.create(plain_folder / "old.db", {"seed": 3}).close()
    plain_folder.chmod(0o555)
    with pytest.raises(JournalError, match="Permission denied; choose a folder you can write"):
        Journal.create(plain_folder / "run.db", {})
    with Journal.open(plain_folder / "old.db") as journal:  # reading is possible
        assert journal.header == {"seed": 3}
    with (
        pytest.raises(JournalError, match="folder must be writable"),
        Journal.open(plain_folder / "old.db", read_only=False) as journal,
    ):
        journal.tell("hold")
    assert [path.name for path in plain_folder.iterdir()] == ["old.db"]
    (plain_folder / "old.db").chmod(0)
    with pytest.raises(JournalError, match="may not read"):
        Journal.open(plain_folder / "old.db")


def test_a_header_that_json_cannot_say_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="header's seed"):
        Journal.create(tmp_path / "run.db", {"seed": object()})
    assert list(tmp_path.iterdir()) == []


def test_a_closed_record_is_not_used(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path / "run.db", {})
    journal.close()
    journal.close()
    with pytest.raises(JournalError, match="closed"):
        journal.words()
