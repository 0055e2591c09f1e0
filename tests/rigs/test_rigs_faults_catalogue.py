"""Every row of docs/faults.md is played, and the page says what the rows say."""

import re
from pathlib import Path

import pytest
from faults_catalogue import EDGES, FIELD

from payload.rigs.faults import Fault
from payload.rigs.faults.file import read_faults
from payload.rigs.faults.plan import RATES
from payload.rigs.link import link

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


def _blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_the_pages_file_is_one(tmp_path):
    (tmp_path / "faults.yaml").write_text(_blocks("yaml")[0], encoding="utf-8")
    plan = read_faults(tmp_path / "faults.yaml")
    assert [happening.fault for happening in plan.happenings] == [Fault.UNPLUG, Fault.STALL]
    assert (plan.seed, plan.to_host.rates.drop, plan.reset_on_open is not None) == (7, 0.05, True)


def test_the_pages_program_runs(capsys):
    (program,) = _blocks("python")
    exec(program, {})
    told = [line.split()[1].partition("(")[0] for line in capsys.readouterr().out.splitlines()]
    assert told[:2] == ["Met", "Known"]
    assert told.count("Down") == 1, "one unplug in 20 s"
    assert told.count("Up") == 2


def test_the_page_names_every_fault():
    page = PAGE.read_text(encoding="utf-8")
    for name in (*RATES, "flip_byte", "drop_byte", *(fault.value for fault in Fault)):
        assert f"| `{name}` |" in page
