"""A rig of a kind that nobody here has heard of: its own dictionary says what it can do."""

import pytest

from payload.rigs import CallRefused, call, info
from payload.rigs.kinds.description import read_kind
from payload.rigs.programs.programs import Program, twin_command

KETTLE = """\
kind: kettle
number: 200
about: A kettle with two outlets.
outputs:
  - {name: plate, unit: "on", safe: 0, longest: 1 h}
channels:
  - {name: water, unit: mdegC, low: -1000, high: 101000}
"""


@pytest.fixture
def kettle(tmp_path):
    path = tmp_path / "kettle.yaml"
    path.write_text(KETTLE, encoding="utf-8")
    program = Program("kettle", twin_command(str(path)), tmp_path, 1000)
    program.ready()
    yield str(program.link), read_kind(path).kind
    program.close()


def test_it_is_examined_and_commanded_by_its_own_words(kettle):
    port, kind = kettle
    assert info(port)[1] == kind
    report = call(port, "read", {"channel": "water"})
    assert (report.stage, report.facts["of"], report.facts["unit"]) == ("DONE", "water", "mdegC")
    with pytest.raises(CallRefused, match="it has prepare, arm, disarm, safe, read, limit, cancel"):
        call(port, "sing", {})
