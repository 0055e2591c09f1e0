"""A faults file: what it says, and what is wrong in it, with its place."""

import pytest

from payload.errors import MissionError
from payload.rigs.faults import Fault, Happening, Lane, Plan, Rates, Way
from payload.rigs.faults.file import read_faults
from payload.rigs.faults.plan import MS, SECOND

WHOLE = """\
seed: 7
delimiter: '0a'
both: {drop: 5 %, latency: 200 us, jitter: [0 ms, 0.2 ms]}
to_host:
  drop: 0
  duplicate: 0.1
  duplicate_by: 5 ms
  merge_within: 1 s
  flip_byte: 0.01 %
on_open: {fault: reset, for: 1.5 s, hex: '00 ff'}
happenings:
  - {fault: unplug, at: 10 s, for: 2 s, every: 1 min, spread: 5 s}
  - {fault: reset, at: 20 s, for: 300 ms, text: "boot\\r\\n"}
  - {fault: garbage, at: 0 s, count: 9, way: to_rig}
  - {fault: stall, at: 1 h, for: 1 ms, way: both}
  - {fault: banner, at: 1 s}
"""


def read(folder, text):
    (folder / "faults.yaml").write_text(text, encoding="utf-8")
    return read_faults(folder / "faults.yaml")


def test_a_whole_file(tmp_path):
    assert read(tmp_path, WHOLE) == Plan(
        Lane(Rates(drop=0.05), latency=200_000, jitter=(0, 200_000)),
        Lane(
            Rates(drop=0.0, duplicate=0.1),
            flip_byte=0.0001,
            latency=200_000,
            jitter=(0, 200_000),
            duplicate_by=(5 * MS, 5 * MS),
            merge_within=SECOND,
        ),
        (
            Happening(Fault.UNPLUG, 10 * SECOND, length=2 * SECOND, every=60 * SECOND, spread=5 * SECOND),
            Happening(Fault.RESET, 20 * SECOND, length=300 * MS, data=b"boot\r\n"),
            Happening(Fault.GARBAGE, 0, count=9, ways=(Way.TO_RIG,)),
            Happening(Fault.STALL, 3_600 * SECOND, length=MS),
            Happening(Fault.BANNER, SECOND),
        ),
        b"\n",
        Happening(Fault.RESET, 0, length=1_500 * MS, data=b"\0\xff"),
        7,
    )


def test_nothing_need_be_said(tmp_path):
    assert read(tmp_path, "{}\n") == Plan()
    assert read(tmp_path, "delimiter: none\n").delimiter is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("both: {dorp: 5 %}", "1:14: both.dorp: unknown key (did you mean drop?)"),
        ("both: {drop: 5}", "1:14: both.drop: expected a chance of 0 to 100 %, not 5"),
        ("both: {drop: often}", "1:14: both.drop: expected a chance, as in 5 % or 0.05, not 'often'"),
        ("both: {drop: 60 %, flip: 41 %}",
         "1:7: both: at most one fault befalls a frame: these chances, 101% in all, go beyond 100 %"),
        ("to_rig: {latency: 5}",
         "1:19: to_rig.latency: expected a length with its unit, as in 20 ms, 2 s or 1.5 min, not 5"),
        ("to_rig: {delay_by: [2 s, 1 s]}", "1:20: to_rig.delay_by: expected the shorter length first, not a list"),
        ("to_rig: {delay_by: [2 s]}",
         "1:20: to_rig.delay_by: expected one length, or the shortest and the longest, as in [20 ms, 2 s], not a list"),
        ("to_rig: {latency: 9000 h}",
         "1:19: to_rig.latency: expected a length of whole nanoseconds and at most a year"),
        ("seed: -1", "1:7: seed: expected a whole number, 0 or more, not -1"),
        ("delimiter: 0a0b", "1:12: delimiter: expected one byte as two hexadecimal digits, in quotes"),
        ("happenings: {fault: reset}", "1:13: happenings: expected a list, not a mapping"),
        ("happenings: [{at: 1 s}]", "1:14: happenings[0]: fault is missing (expected one of unplug, reset, "),
        ("happenings: [{fault: fire, at: 1 s}]",
         "1:22: happenings[0].fault: expected one of unplug, reset, banner, garbage, stall, "),
        ("happenings: [{fault: unplug, at: 1 s}]",
         "1:14: happenings[0]: for is missing (expected a length, such as 2 s)"),
        ("happenings: [{fault: reset}]", "1:14: happenings[0]: at is missing (expected a length, such as 2 s)"),
        ("happenings: [{fault: banner, at: 1 s, for: 1 s}]", "1:44: happenings[0].for: unknown key"),
        ("happenings: [{fault: banner, at: 1 s, text: a, hex: '00'}]",
         "1:53: happenings[0].hex: text stands here too: expected one of the two"),
        ("happenings: [{fault: reset, at: 1 s, every: 0 s}]",
         "1:45: happenings[0].every: expected a length of 1 ms or more, not '0 s'"),
        ("happenings: [{fault: garbage, at: 1 s, count: 0}]",
         "1:47: happenings[0].count: expected a number of bytes, 1 to 65536, not 0"),
        ("happenings: [{fault: stall, at: 1 s, for: 1 s, way: up}]",
         "1:53: happenings[0].way: expected one of to_rig, to_host, both, not 'up'"),
        ("on_open: {fault: unplug, for: 1 s}",
         "1:18: on_open.fault: expected 'reset': that is what opening a port may do"),
        ("on_open: {fault: reset, at: 1 s}", "1:29: on_open.at: unknown key"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place_and_what_was_expected(tmp_path, text, message):
    with pytest.raises(MissionError) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path}/faults.yaml:{message}")


def test_all_that_is_wrong_is_told_at_once(tmp_path):
    with pytest.raises(MissionError) as caught:
        read(tmp_path, "seed: x\nboth: {drop: x}\nhappenings: [{fault: x}, {}]\n")
    assert [fault.line for fault in caught.value.faults] == [1, 2, 3, 3]
