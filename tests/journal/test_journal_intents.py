"""Rigs' intents beside the events of a run."""

import threading

import pytest

from payload.errors import JournalError
from payload.journal import IntentTable, Journal, Note


def test_threads_write_theirs_while_the_run_writes_events(tmp_path):
    path = tmp_path / "run.db"
    tables = {rig: IntentTable(path, rig, lambda: 5) for rig in ("a", "b")}
    with Journal.create(path, {}, lambda: 5) as journal:
        assert tables["a"].lines() == []

        def write(rig: str) -> None:
            for number in range(10):
                tables[rig].append([f"{rig}{number}", "and more"])

        threads = [threading.Thread(target=write, args=(rig,)) for rig in tables]
        for thread in threads:
            thread.start()
        for number in range(10):
            journal.append(Note(number, "meanwhile"))
            journal.commit()
        for thread in threads:
            thread.join()
        assert [event.at for event in journal.events()] == list(range(10))
        for table in tables.values():
            table.close()
    assert [each.name for each in tmp_path.iterdir()] == ["run.db"]  # who closes last tidies up
    for rig, table in tables.items():
        assert table.lines() == [line for number in range(10) for line in (f"{rig}{number}", "and more")]


def test_where_there_is_no_record_nothing_is_written(tmp_path):
    with pytest.raises(JournalError):
        IntentTable(tmp_path / "run.db", "a").append(["x"])
