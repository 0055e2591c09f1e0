"""The dictionaries: as PROTOCOL.md spells them, and read back from what a rig sends."""

import json
import re
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payload.rigs.kinds.dictionary import KIND_NAMES, KINDS, Argument, Channel, Command, Kind, Output, common_commands
from payload.rigs.kinds.fetched import fetched_kind

STUBS = Path(__file__).parents[2] / "firmware_stubs"
PROTOCOL = (STUBS / "PROTOCOL.md").read_text()

names = st.from_regex(r"[a-z][a-z0-9-]{0,7}", fullmatch=True)
units = st.from_regex(r"[A-Za-z%][A-Za-z0-9%/^.-]{0,5}", fullmatch=True)
i32 = st.integers(-(2**31), 2**31 - 1)
flags = st.booleans()


def unique(strategy, **sizes):
    return st.lists(strategy, unique_by=lambda each: each.name, **sizes)


@st.composite
def kinds(draw):
    """Any kind that a rig might tell of."""
    outputs = draw(unique(st.builds(Output, names, units, i32, st.integers(1, 2**31 - 1)), max_size=8))
    channels = draw(unique(st.builds(Channel, names, units, i32, i32, st.integers(1, 60_000)), min_size=1, max_size=5))
    argument = st.builds(Argument, names, units, i32, i32)
    drives = st.sets(st.integers(0, len(outputs) - 1)).map(sorted).map(tuple) if outputs else st.just(())
    own = st.builds(
        Command, st.integers(16, 255), names, flags, flags, st.sampled_from(["R", "SR", "RX", "SRX"]),
        st.lists(argument, max_size=3).map(tuple), st.just("told"), units, flags, st.just(False), drives,
    )  # fmt: skip
    common = common_commands(len(outputs), len(channels))
    taken = {command.name for command in common}
    commands = draw(
        st.lists(
            own.filter(lambda c: c.name not in taken), max_size=4, unique_by=(lambda c: c.name, lambda c: c.opcode)
        )
    )
    words = draw(st.dictionaries(names, st.dictionaries(i32, names, min_size=1, max_size=3), max_size=2))
    number, name = draw(st.integers(1, 255)), draw(names)
    return Kind(number, name, tuple(channels), (*common, *commands), tuple(outputs), words)


@given(kinds())
@settings(max_examples=100, deadline=None)
def test_a_dictionary_read_back_is_the_same_kind(kind):
    assert fetched_kind(kind.text) == kind
    assert zlib.decompress(kind.zlib).decode() == kind.text


@given(st.sampled_from(list(KINDS)), st.data())
@settings(max_examples=200, deadline=None)
def test_a_damaged_dictionary_is_refused_or_says_just_what_it_says(name, data):
    text = KINDS[name].text
    at = data.draw(st.integers(0, len(text) - 1))
    damaged = text[:at] + data.draw(st.text(max_size=3)) + text[at + data.draw(st.integers(0, 3)) :]
    try:
        kind = fetched_kind(damaged)
    except ValueError:
        return
    assert kind.text == damaged
    assert damaged.replace("\n", "").isprintable()


def test_what_cannot_be_a_dictionary_says_where():
    text = KINDS["power-switch"].text
    for old, new, message in (
        ("clock 1000", "clock fast", "line 2 of the dictionary cannot be read: 'clock fast'"),
        ("payload-rig/2", "payload-rig/3", "line 1 of the dictionary cannot be read"),
        ("h-j- R @0", "h-j- R @1", "command on: it drives the output of an argument that it does not have"),
        (
            "outlet:enum.outlet:0:3 = outlets:mask",
            "outlet:enum.outlet:0:4 = outlets:mask",
            "an output that there is not",
        ),
        ("prepare -i--", "prepare ----", "the dictionary's common commands are not those"),
        ("command 17 off", "command 16 off", "two commands of one opcode or name"),
        ("enum outlet 0=lamp", "enum outlets 0=lamp", "command on: there is no enum outlet"),
        ("current mA 0 6000 1000", "current mA 0 6000 0", "a number of the dictionary is out of its range: interval 0"),
        ("command 17 off", "command 256 off", "a number of the dictionary is out of its range: opcode 256"),
        ("enum outlet 0=lamp", "enum outlet 0=l\xe4mp", "the dictionary is not ASCII"),
        ("current mA", "cur\x1b[2Jrent mA", r"a word of the dictionary is none that may stand there: 'cur\x1b[2Jrent'"),
        ("off -i-- SRX", "off -i-- SOS", "a word of the dictionary is none that may stand there: 'SOS'"),
        ("output 0 lamp", "output 7 lamp", "the dictionary's lines are not in their order"),
    ):
        with pytest.raises(ValueError, match=re.escape(message)):
            fetched_kind(text.replace(old, new))


def test_the_shipped_dictionaries_are_those_of_the_protocol():
    """The incubator stands there whole, of the others their own lines."""
    texts = re.findall(r"^```\n(payload-rig/2 .*?)```", PROTOCOL, re.MULTILINE | re.DOTALL)
    whole, others = (
        next(text for text in texts if "incubator 1" in text),
        next(text for text in texts if "camera 3" in text),
    )
    assert KINDS["incubator"].text == whole
    for text in others.split("\n\n")[:3]:
        head, *lines = text.strip().split("\n")
        kind = KINDS[head.split()[1]]
        found = kind.text.splitlines()
        assert found[0] == head
        assert [line for line in found[2:] if not re.match(r"command [1-7] ", line)] == lines
    recorder = KINDS["recorder"]
    assert (recorder.number, [c.name for c in recorder.channels]) == (5, [f"in{i}" for i in range(10)])
    assert {(c.unit, c.low, c.high, c.interval_ms) for c in recorder.channels} == {("count", -2000, 2000, 1)}
    assert list(KIND_NAMES.items()) == [
        (1, "incubator"),
        (2, "fluid-loop"),
        (3, "camera"),
        (4, "power-switch"),
        (5, "recorder"),
    ]


def test_the_vectors_hold_what_the_firmware_holds():
    """Another build of zlib may compress otherwise, and tell the same."""
    written = json.loads((STUBS / "vectors" / "dictionaries.json").read_text())
    assert {name: (kind.text, kind.hash) for name, kind in KINDS.items()} == {
        name: (vector["text"], vector["hash"]) for name, vector in written.items()
    }
    for vector in written.values():
        assert zlib.decompress(bytes.fromhex(vector["zlib_hex"])).decode() == vector["text"]


def test_what_a_command_drives():
    switch = KINDS["power-switch"]
    assert [switch.by_name["on"].outputs((outlet,)) for outlet in range(4)] == [1, 2, 4, 8]
    assert (switch.by_name["off"].outputs((3,)), KINDS["incubator"].by_name["heat"].outputs((1, 2))) == (0, 1)
    assert (switch.all_outputs, KINDS["recorder"].all_outputs) == (15, 0)
