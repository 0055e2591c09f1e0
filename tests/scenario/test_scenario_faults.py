"""A table of broken missions, each with the whole list of what is told about it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenario_builders import PAGE, SMALL, faults, read, small

from payload.errors import Fault, MissionError


def table() -> list[tuple[str, str, list[str]]]:
    """(old text, new text, faults) of each block of faults.txt."""
    rows = []
    for block in Path(__file__).with_name("faults.txt").read_text().split("\n\n")[1:]:
        lines = [line for line in block.strip("\n").split("\n") if not line.startswith("# ")]
        old = "\n".join(line[2:] for line in lines if line.startswith("- "))
        new = "\n".join(line[2:] for line in lines if line.startswith("+ "))
        if old:
            rows.append((old, new, [line for line in lines if line[:2] not in ("- ", "+ ")]))
    return rows


@pytest.mark.parametrize(("old", "new", "expected"), table())
def test_everything_that_is_wrong_is_told_once(tmp_path, old, new, expected):
    assert faults(tmp_path, small((old, new))) == expected


def test_the_small_mission_itself_is_valid(tmp_path):
    assert read(tmp_path, SMALL).id == "small"


def test_faults_of_all_sections_come_together_in_the_order_of_the_file(tmp_path):
    text = small(
        ("[biology]", "[Biology]"),
        ("1 kW", "1 kX"),
        ("8 h 30 min", "soon"),
        ("of: sessions", "of: weeds"),
        ("crew: 1", "crew: 1, during: dusk, uses: {swabs: 1.5}"),
        ("value: 3", "valeu: 3"),
    )
    assert [line.split(": ", 2)[1] for line in faults(tmp_path, text)] == [
        "crew[0].skills[0]",
        "resources.power.capacity",
        "routine[0].duration",
        "rules[0].of",
        "experiments[0].valeu",
        "experiments[0].sessions[0].steps[0].during",
        "experiments[0].sessions[0].steps[0].uses.swabs",
    ]


def test_a_fault_is_data(tmp_path):
    with pytest.raises(MissionError) as error:
        read(tmp_path, small(("duration: 8 h 30 min", "duraton: 8 h 30 min"), ("crew: 1", "crew: 7")))
    unknown, many = error.value.faults
    assert (unknown.line, unknown.column, unknown.path) == (7, 30, "routine[0].duraton")
    assert (unknown.value, unknown.hint) == ("duraton", "did you mean 'duration'?")
    assert (many.path, many.value) == ("experiments[0].sessions[0].steps[0].crew", "7")


@settings(max_examples=150, deadline=None)
@given(raw=st.binary(max_size=300))
def test_any_bytes_are_read_or_told(raw, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bytes")
    with pytest.raises(MissionError) as error:
        read(folder, raw)
    assert error.value.faults


_ODD = [
    "null",
    "true",
    "[]",
    "{}",
    "-1",
    "1e5",
    '"x"',
    "[[]]",
    "{a: 1}",
    "2..7",
    "999999999999999999999",
    "PT1H",
    "day",
]
_ODD += ["x/y/z", "seeds/sow", "all", '"21:30"', "é", '"\\0"']


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_page_with_odd_values_is_read_or_told(data, tmp_path_factory):
    words = PAGE.read_text().split(" ")
    for _ in range(data.draw(st.integers(1, 3))):
        words[data.draw(st.integers(0, len(words) - 1))] = data.draw(st.sampled_from(_ODD))
    told = told_about(tmp_path_factory.mktemp("odd"), " ".join(words))
    assert all(fault.line and fault.message for fault in told)


def told_about(folder: Path, text: str) -> tuple[Fault, ...]:
    try:
        read(folder, text)
    except MissionError as error:
        return error.faults
    return ()


def test_nothing_is_judged_by_a_calendar_that_cannot_be_read(tmp_path):
    text = small(
        ("2026-10-26T06:00:00+08:00", "2026-10-26T06:00:00"),
        ('at: "21:30"', "at: 2026-10-27T21:30:00+08:00"),
        ("value: 3", "value: 3\n    days: 2..3\n    between: [2026-10-27T10:00:00Z, day 3 10:00]"),
        ("{id: bob}", "{id: bob, aboard: {from: 2026-10-27T10:00:00Z, to: day 3 10:00}}"),
    )
    assert faults(tmp_path, text) == [
        "2:29: mission.start: an instant needs 'Z' or an offset such as '+08:00', not '2026-10-26T06:00:00'"
    ]


def test_what_a_terminal_would_obey_is_refused_and_never_shown_raw(tmp_path):
    text = small(("value: 3", 'title: "a\\e[2Jb"\n    "x\\ny": 1'))
    assert faults(tmp_path, text) == [
        r"12:12: experiments[0].title: expected text without control characters, not 'a\x1b[2Jb'",
        r"13:5: experiments[0].x\ny: unknown key 'x\ny'",
    ]


def test_a_name_that_is_a_window_and_a_duty_can_mean_either(tmp_path):
    text = small(
        ("routine:", 'routine:\n  - {id: night, at: "01:00", duration: 1 h}'),
        ("- id: sow", "- id: sow\n        covers: [sleep, night]"),
    )
    assert faults(tmp_path, text) == [
        "16:25: experiments[0].sessions[0].covers[1]: 'night' is a window and a duty: one of them needs another id"
    ]
