"""Description files: what a student writes, and what is said of every slip in it."""

from contextlib import suppress
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from talking import nonce, wire
from write_kinds import PAGE, page

from payload.errors import MissionError
from payload.rigs.kinds.describe import read_text
from payload.rigs.kinds.description import read_kind, shipped
from payload.rigs.kinds.dictionary import KINDS, Argument, Channel, Command, Output
from payload.rigs.kinds.fetched import fetched_kind
from payload.rigs.twins import Twin
from payload.rigs.wire.frame import Deframer
from payload.rigs.wire.packet import Beat, Call, Open, Resend, StageReply, Telemetry, unpack

OVEN = """\
kind: oven
number: 200
about: A small oven.
enums:
  speed: {still: 0, slow: 1, fast: 2}
outputs:
  - {name: coil, unit: permille, safe: 0, longest: 2 h}
  - {name: fan, unit: on, safe: 1, longest: 24 h}
channels:
  - {name: heat, unit: mdegC, low: 0, high: 200000, interval: 500 ms, about: In the middle.}
commands:
  - name: bake
    opcode: 16
    long: true
    hazardous: true
    journaled: true
    states: [ready]
    drives: [fan, coil]
    arguments:
      - {name: target, unit: mdegC, min: 30000, max: 180000, channel: heat}
      - {name: duration, unit: ms, min: 1 s, max: 1 h 30 min}
    value: {name: heat, unit: mdegC}
  - name: blow
    opcode: 17
    hazardous: true
    states: [ready, running]
    drives: which
    arguments:
      - {name: which, unit: output}
      - {name: speed, unit: enum.speed}
  - name: off
    opcode: 18
    idempotent: true
    states: [safe, ready, running]
"""


def written(tmp_path, text):
    path = tmp_path / "oven.yaml"
    path.write_text(text)
    return path


def faults(tmp_path, text):
    """All that is said of a file, without its name."""
    with pytest.raises(MissionError) as caught:
        read_kind(written(tmp_path, text))
    return [str(fault).partition("oven.yaml:")[2] for fault in caught.value.faults]


def slips(tmp_path, *changes):
    text = OVEN
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return faults(tmp_path, text)


def test_a_kind_of_ones_own(tmp_path):
    description = read_kind(written(tmp_path, OVEN))
    kind = description.kind
    assert (kind.number, kind.name, description.about) == (200, "oven", "A small oven.")
    assert kind.outputs == (Output("coil", "permille", 0, 7_200_000), Output("fan", "on", 1, 86_400_000))
    assert kind.channels == (Channel("heat", "mdegC", 0, 200_000, 500),)
    assert kind.commands[7:] == (
        Command(
            16, "bake", True, False, "R",
            (Argument("target", "mdegC", 30_000, 180_000), Argument("duration", "ms", 1_000, 5_400_000)),
            "heat", "mdegC", True, True, (0, 1),
        ),
        Command(
            17, "blow", True, False, "RX", (Argument("which", "output", 0, 1), Argument("speed", "enum.speed", 0, 2)),
            drives_argument=0,
        ),
        Command(18, "off", False, True, "SRX"),
    )  # fmt: skip
    assert [argument.channel for argument in kind.commands[7].arguments] == ["heat", ""]
    assert kind.commands[1].line == "command 2 arm ---- SR - outputs:mask:1:3 nonce:nonce:0:65535"
    assert kind.text.splitlines()[2] == "enum speed 0=still 1=slow 2=fast"
    assert fetched_kind(kind.text) == kind


def test_the_shipped_kinds_have_words_for_all_that_is_theirs():
    for description in shipped():
        assert description.about
        own = [f"commands.{command.name}" for command in description.kind.commands[7:]]
        assert all(description.texts[name] for name in own)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "kind: oven",
            "kind: Oven",
            "1:7: kind: expected a name: a lower-case letter, then letters, digits and -, 24 at most, not",
        ),
        ("kind: oven", "kind: camera", "1:7: kind: camera is a kind that comes with the program (choose another name)"),
        ("number: 200", "number: 5", "2:9: number: expected the kind's number from 128 to 255, not 5"),
        ("number: 200", "number: on", "2:9: number: expected the kind's number from 128 to 255, not 'on'"),
        ("about: A small oven.", "abuot: A small oven.", "3:8: abuot: unknown key (did you mean about?)"),
        ("slow: 1", "slow: 0", "5:27: enums.speed.slow: 0 is still already"),
        (
            "slow: 1",
            "slow: 5",
            "30:29: commands[1].arguments[1].unit: the numbers of enum.speed have gaps: an argument's range is",
        ),
        (
            "unit: on, safe",
            "unit: a b, safe",
            "8:23: outputs[1].unit: expected a unit: a letter or %, then letters, digits and / ^ . - %, 16 at",
        ),
        ("name: fan", "name: coil", "8:12: outputs[1].name: there is another coil in outputs"),
        ("safe: 1, ", "", "8:5: outputs[1]: safe is missing (expected a whole number from -2147483648 to 2147483647)"),
        (
            "longest: 24 h",
            "longest: 30 d",
            "8:45: outputs[1].longest: expected a length of time from 1 ms to 2147483647 ms, such as '90 s',",
        ),
        ("low: 0, high: 200000", "low: 9, high: 8", "10:45: channels[0].high: high (8) is below low (9)"),
        (
            "interval: 500 ms",
            "interval: 2 min",
            "10:63: channels[0].interval: expected a length of time from 1 ms to 60000 ms, such as '90 s', not",
        ),
        ("opcode: 16", "opcode: 15", "13:13: commands[0].opcode: expected an opcode from 16 to 255, not 15"),
        ("opcode: 18", "opcode: 17", "32:13: commands[2].opcode: 17 is the opcode of blow already"),
        ("name: off", "name: read", "31:11: commands[2].name: there is another read in commands"),
        ("long: true", "long: yes", "14:11: commands[0].long: expected true or false, not 'yes'"),
        (
            "    states: [ready]\n",
            "    states: [ready, safe]\n",
            "17:13: commands[0].states: what drives an output is not obeyed in the state safe: nothing is",
        ),
        (
            "states: [ready, running]",
            "states: [running]",
            "26:13: commands[1].states: every command is obeyed in the state ready",
        ),
        (
            "states: [ready, running]",
            "states: [ready, runing]",
            "26:21: commands[1].states[1]: expected one of safe, ready, running, not 'runing'",
        ),
        (
            "drives: [fan, coil]",
            "drives: [fan, oil]",
            "18:19: commands[0].drives[1]: expected one of coil, fan, not 'oil'",
        ),
        (
            "drives: which",
            "drives: speed",
            "27:13: commands[1].drives: speed is no output's index: it goes beyond those that there are",
        ),
        (
            "drives: which",
            "drives: whom",
            "27:13: commands[1].drives: expected a list of outputs, or the name of an argument, not 'whom'",
        ),
        ("max: 1 h 30 min", "max: 500 ms", "21:51: commands[0].arguments[1].max: max (500) is below min (1000)"),
        (
            "unit: enum.speed",
            "unit: enum.spede",
            "30:29: commands[1].arguments[1].unit: there is no enum spede (list its words under enums:)",
        ),
        (
            "idempotent: true",
            "idempotent: true\n    journaled: true",
            "34:16: commands[2].journaled: what may be sent again needs no journal (idempotent or journaled,",
        ),
        (
            "{name: target, unit: mdegC, min: 30000, max: 180000, channel: heat}",
            "target",
            "20:9: commands[0].arguments[0]: expected a mapping, not 'target'",
        ),
        (
            "channel: heat",
            "channel: hot",
            "20:71: commands[0].arguments[0].channel: expected one of heat, not 'hot'",
        ),
        (
            "unit: mdegC, min: 30000",
            "unit: Pa, min: 30000",
            "20:68: commands[0].arguments[0].channel: heat is in mdegC, which Pa cannot be told in",
        ),
        (
            "min: 30000",
            "min: 3e4",
            "20:42: commands[0].arguments[0].min: expected a whole number from -2147483648 to 2147483647, not",
        ),
        (
            "value: {name: heat, unit: mdegC}",
            "value: {name: heat}",
            "22:12: commands[0].value: unit is missing (expected a unit: a letter or %, then letters, digits",
        ),
    ],
)
def test_a_slip_is_told_with_its_place(tmp_path, old, new, message):
    text = OVEN
    assert old in text
    assert any(fault.startswith(message) for fault in faults(tmp_path, text.replace(old, new, 1)))


def test_what_cannot_be_a_long_command(tmp_path):
    hint = "(a long command is obeyed in [ready] alone; its last argument is its duration, in ms, min 1 or more)"
    assert slips(tmp_path, ("unit: ms, min: 1 s, max: 1 h 30 min", "unit: s, min: 1, max: 90")) == [
        f"14:11: commands[0].long: this cannot be a long command {hint}"
    ]
    assert slips(tmp_path, ("    value: {name: heat, unit: mdegC}\n", "")) == [
        "14:11: commands[0].long: a long command tells a value (value: {name: temperature, unit: mdegC})"
    ]


def test_all_slips_are_told_at_once_in_the_files_order(tmp_path):
    assert slips(tmp_path, ("number: 200", "number: 0"), ("opcode: 18", "opcode: 3"), ("safe: 0", "safe: zero")) == [
        "2:9: number: expected the kind's number from 128 to 255, not 0",
        "7:40: outputs[0].safe: expected a whole number from -2147483648 to 2147483647, not 'zero'",
        "32:13: commands[2].opcode: expected an opcode from 16 to 255, not 3",
    ]


def test_what_is_no_such_file_at_all(tmp_path):
    assert faults(tmp_path, "") == ["1:1: expected a mapping, such as 'kind: oven'"]
    assert faults(tmp_path, "- 1\n") == ["1:1: expected a mapping, such as 'kind: oven'"]
    assert faults(tmp_path, "kind: oven\nkind: stove\n") == ["2:1: kind stands here twice"]
    assert faults(tmp_path, "kind: &a oven\nname: *a\n") == ["1:7: not YAML: anchors and aliases are not for this file"]
    assert faults(tmp_path, "kind: !!python/name:os.system oven\n") == ["1:7: not YAML: tags are not for this file"]
    assert faults(tmp_path, "a: " + "[" * 40 + "]" * 40)[0].endswith("not YAML: deeper than 16 levels")
    assert faults(tmp_path, "kind: [oven\n")[0].startswith("2:1: not YAML: ")
    with pytest.raises(MissionError, match="cannot be read: No such file or directory"):
        read_kind(tmp_path / "none.yaml")
    assert faults(tmp_path, dedent("""\
        kind: oven
        number: 200
    """)) == ["1:1: channels is missing (expected a list)"]  # fmt: skip


@given(st.binary(max_size=80) | st.text(alphabet="kind: oven[]{}\n-\"'#&*!|>%@`01.e", max_size=80).map(str.encode))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_a_mapping_or_refused(raw):
    with suppress(MissionError):
        top = read_text(raw, "any.yaml")
        top.word("kind", pattern=r"[a-z]+")
        top.end()


def test_a_twin_of_ones_own_kind_needs_its_description_alone(tmp_path):
    kind = read_kind(written(tmp_path, OVEN)).kind
    pins = []
    twin = Twin(kind, unit=1, boot=7, drive=lambda *change: pins.append(change))
    twin.advance(0, 0, wire(Open(1, 1), Beat(1, 1, 4)))
    armed = Call(1, 1, 1, (3,)), Call(1, 2, 2, (3, nonce(1, 7)))
    baking = Call(1, 3, 16, (150_000, 2_000)), Call(1, 4, 17, (1, 2)), Call(1, 5, 5, (0,))
    sent = twin.advance(100, 0, wire(*armed, *baking))
    sent += twin.advance(2_500, 0, wire(Call(1, 6, 17, (0, 1)), Call(1, 7, 18), Resend(1, 1, 0, 2, 3)))
    told = [unpack(frame) for _, data in sent for frame in Deframer().feed(data)]
    stages = [(p.number, p.stage, p.tick, p.value) for p in told if isinstance(p, StageReply)]
    assert stages == [
        (1, 5, 100, nonce(1, 7)),
        (2, 5, 100, 0),
        (3, 3, 100, 100_000),
        (4, 5, 100, 0),
        (5, 5, 100, 100_000),
        (3, 5, 2_100, 100_000),
        (6, 5, 2_500, 0),
        (7, 5, 2_500, 0),
    ]
    assert pins == [(100, 0, 0, 1), (100, 0, 1, 2), (2_100, 0, 0, 0), (2_100, 0, 1, 1), (2_500, 0, 0, 1)]
    assert [(p.first, p.interval, p.values) for p in told if isinstance(p, Telemetry)][-1] == (2, 500, (100_000,) * 3)


def test_a_power_switch_says_the_words_of_its_outlets():
    assert KINDS["power-switch"].enums == {"outlet": {0: "lamp", 1: "pump", 2: "fan", 3: "heater"}}


def test_the_page_of_the_kinds_is_what_the_descriptions_say():
    assert PAGE.read_text() == page(), "run tests/rigs/write_kinds.py"
