"""Project scheduling instances in the literature's two formats, read and planned; both files are our own."""

import sys
from pathlib import Path

import pytest

psplib = pytest.importorskip("psplib")

import crewbench  # noqa: E402  # only where psplib is there
from crewbench.literature import Instance, Result, main, measure, read_instance, said  # noqa: E402

SAMPLES = Path(crewbench.__file__).parent / "samples"


def _measured(name):
    found = measure(read_instance(SAMPLES / name), 10)
    return Result(*(getattr(found, field) for field in list(Result.__dataclass_fields__)[:-1]), seconds=0.0)


def test_a_project_is_planned_at_its_shortest():
    """Jobs 2 and 3 want two of three each and follow one another; 9 is the least by enumeration."""
    assert _measured("five.sm") == Result("five", 5, 9, 9, 0, 0, 0, 0.0)


def test_a_project_with_lags_from_start_to_start():
    """Its critical path is 5 + 2; the lag of 1 after an activity of 4 is made longer, and does no harm here."""
    assert _measured("four.sch") == Result("four", 4, 7, 7, 0, 1, 0, 0.0)


def test_what_a_mission_cannot_say_of_lags_is_told():
    lags = ((0, 1, 5), (1, 0, -7), (0, 2, 1), (3, 2, -4))
    told = said(Instance("lags", (3, 2, 4, 1), ((1,),) * 4, (2,), lags))
    assert told.ties == {1: [(0, 2, 4)], 2: [(0, 0, None)]}
    assert (told.tightened, told.left_out) == (1, 1)


def test_faults_are_counted_against_the_instance():
    instance = Instance("two", (3, 2), ((2,), (2,)), (3,), ((0, 1, 1),))
    assert [instance.faults(starts) for starts in ([0, 3], [0, 1], [3, 0])] == [0, 1, 1]


def test_lags_that_contradict_each_other_are_told():
    with pytest.raises(ValueError, match="contradict"):
        Instance("circle", (1, 1), ((0,), (0,)), (1,), ((0, 1, 3), (1, 0, -2))).critical_path()


def test_without_the_reader_of_these_files_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "psplib", None)  # as where it was never installed
    monkeypatch.setattr(sys, "argv", ["literature.py", str(SAMPLES)])
    with pytest.raises(SystemExit, match=r"pip install -e '\.\[bench\]'"):
        main()
