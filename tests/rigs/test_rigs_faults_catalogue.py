"""Every row of docs/faults.md is played, and the page says what the rows say."""

from pathlib import Path

import pytest
from faults_catalogue import EDGES, FIELD

from payload.rigs import link
from payload.rigs.faults import Fault
from payload.rigs.faults.plan import RATES

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"


@pytest.mark.parametrize("row", FIELD, ids=lambda row: row.story.__name__)
def test_what_bites_in_the_field(row, tmp_path):
    row.story(tmp_path)


class Passed(dict):
    """A table of transitions that remembers which were taken."""

    def __init__(self, table):
        super().__init__(table)
        self.seen = set()

    def get(self, key, default=None):
        if key in self:
            self.seen.add((key[0].name, key[1], self[key].name))
        return super().get(key, default)


@pytest.mark.parametrize("edge", EDGES, ids="-".join)
def test_every_transition(edge, tmp_path, monkeypatch):
    passed = Passed(link.TRANSITIONS)
    monkeypatch.setattr(link, "TRANSITIONS", passed)
    EDGES[edge].story(tmp_path)
    assert edge in passed.seen


def test_the_catalogue_has_every_transition_there_is():
    assert set(EDGES) == {(before.name, why, after.name) for (before, why), after in link.TRANSITIONS.items()}


def test_the_page_has_exactly_these_rows():
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    for rows in (FIELD, list(EDGES.values())):
        first = lines.index(rows[0].line)
        assert lines[first : first + len(rows)] == [row.line for row in rows]
        assert not lines[first + len(rows)].startswith("|")


def test_the_page_names_every_fault():
    page = PAGE.read_text(encoding="utf-8")
    for name in (*RATES, "flip_byte", "drop_byte", *(fault.value for fault in Fault)):
        assert f"| `{name}` |" in page
