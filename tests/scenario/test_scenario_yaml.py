"""YAML 1.2 core, strict and bounded: what is text, what is refused, and what is said about it."""

from __future__ import annotations

import pytest
from scenario_builders import SMALL, faults, read, small

from payload.met import HOUR, MINUTE
from payload.scenario.tree import WrittenFloat, data
from payload.scenario.yaml_text import read_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("21:30", "21:30"),
        ("2026-10-26", "2026-10-26"),
        ("2026-10-26T06:00:00Z", "2026-10-26T06:00:00Z"),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("2..7", "2..7"),
        ("True", True),
        ("false", False),
        ("~", None),
        ("Null", None),
        ("", None),
        ("017", 17),
        ("+12", 12),
        ("0o17", 15),
        ("0x1F", 31),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("'5'", "5"),
        ("!!str 5", "5"),
        ("!!int 5", 5),
        ("!!float 5", 5),
        ("!!bool 'true'", True),
    ],
)
def test_the_core_schema(text, value):
    read_ = data(read_yaml(f"a: {text}\n".encode(), "x").node)["a"]
    assert (read_, isinstance(read_, bool)) == (value, isinstance(value, bool))


def test_a_number_is_exact_as_written():
    number = data(read_yaml(b"a: 0.1234567890123456789012", "x").node)["a"]
    assert isinstance(number, WrittenFloat)
    assert number.text == "0.1234567890123456789012"
    assert number.exact.denominator > 2**53


def test_an_unquoted_local_time_is_text(tmp_path):
    duty = read(tmp_path, small(('at: "21:30"', "at: 21:30"))).routine[0]
    assert duty.at_ms == 21 * HOUR + 30 * MINUTE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1:1: the file is empty (a mission starts with 'payload: 1')"),
        ("# nothing\n", "1:1: the file is empty (a mission starts with 'payload: 1')"),
        ("[1, 2]", "1:1: expected a mapping with 'payload', 'mission', ..., not a list"),
        ("payload: 1\n---\npayload: 1\n", "2:1: a second document starts here (one file holds one document)"),
        ("payload: 1\nmission:\n\tid: x\n", "3:1: a tab is used for indentation (indent with spaces)"),
        (b"payload: 1\ntitle: M\xe4rz\n", "2:9: not UTF-8 text: byte 0xE4 (save the file as UTF-8)"),
        (b"payload: 1\nti\x00", "2:3: a character that text cannot hold: U+0000"),
        (SMALL.encode("utf-16"), "1:1: not UTF-8 text: byte 0xFF (save the file as UTF-8)"),
        (
            "crew: [\n  a,\nrules: []\n",
            "4:1: not YAML: while parsing a flow sequence that starts at line 1: did not find expected ',' or ']'",
        ),
        ("a: b: c\n", "1:5: not YAML: mapping values are not allowed in this context"),
        ("a: *x\n", "1:4: not YAML: found undefined alias"),
        ("a: &a [*a]\n", "1:4: a[0]: an alias stands inside what it names"),
        ("a: " + "[" * 65 + "]" * 65, "1:66: nested deeper than 64 levels"),
        ("[" * 100_000, "1:64: nested deeper than 64 levels"),
        ("- " * 50_000, "1:127: nested deeper than 64 levels"),
    ],
)
def test_text_that_is_no_mission_at_all(tmp_path, text, expected):
    assert faults(tmp_path, text) == [expected]


def test_an_absent_file(tmp_path):
    assert faults_of_missing(tmp_path) == "mission.yaml: cannot be read: No such file or directory"


def faults_of_missing(folder):
    from payload.errors import MissionError
    from payload.scenario import read_mission

    with pytest.raises(MissionError) as error:
        read_mission(folder / "mission.yaml")
    return str(error.value).replace(f"{folder}/", "")


def test_a_file_that_is_too_large(tmp_path):
    assert faults(tmp_path, SMALL + "#" * 5_000_000) == ["the file is larger than 5 MB"]


def test_aliases_are_expanded_within_bounds(tmp_path):
    shared = small(
        ("      - id: sow\n", "      - id: reap\n        steps: &work [{do: x, for: 1 h, crew: 0}]\n      - id: sow\n"),
        ("[{do: sow, for: 30 min, crew: 1}]", "*work"),
    )
    reap, sow = read(tmp_path, shared).experiments[0].sessions
    assert reap.steps == sow.steps

    laughs = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
    )
    (fault,) = faults(tmp_path, laughs)
    assert fault == "1:1: more than 2,000,000 values once its aliases are expanded"

    deep = "a0: &a0 []\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 80))
    assert "nested deeper than 64 levels once its aliases are expanded" in faults(tmp_path, deep)[0]


def test_what_is_wrong_with_the_yaml_does_not_hide_the_rest(tmp_path):
    text = small(
        ("value: 3", "value: 3\n    value: .inf\n    <<: {title: x}"),
        ("duration: 8 h 30 min", "duration: !secret x"),
        ("{id: bob}", "{id: bob, aboard: {from: day 1 06:00, [1]: 2}}"),
        ("for: 30 min", "for: 0 min"),
    )
    assert faults(tmp_path, text) == [
        "3:76: crew[1].aboard: a key is text, not a list or a mapping",
        "7:40: routine[0].duration: the tag '!secret' does not fit 'x' (leave the tag out)",
        "13:5: experiments[0].value: duplicate key 'value' (it first stands at line 12)",
        "14:5: experiments[0].<<: merge keys are not read (write the keys out)",
        "17:32: experiments[0].sessions[0].steps[0].for: expected a duration longer than 0, not '0 min'",
    ]


def test_quotes_in_a_key_that_is_a_merge_key_make_it_an_unknown_one(tmp_path):
    assert faults(tmp_path, small(("value: 3", '"<<": 3'))) == ["12:5: experiments[0].<<: unknown key '<<'"]
