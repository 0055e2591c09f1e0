"""The twin: the golden conversations, and what it does by itself."""

import json
import random
from pathlib import Path

import pytest
from write_vectors import CONVERSATIONS, conversation, wire

from payload.met import NS_PER_MS
from payload.rigs.dictionary import KINDS
from payload.rigs.frame import Deframer
from payload.rigs.packet import Beat, Call, Hello, Open, StageReply, unpack
from payload.rigs.twins import Twin, script

VECTORS = Path(__file__).parents[2] / "firmware_stubs" / "vectors"
FILES = sorted(VECTORS.glob("conversation_*.json"))


def twin_of(vector):
    speed_milli = round(float(vector["speed"]) * 1000)
    return Twin(vector["kind"], unit=int(vector["unit"], 16), boot=int(vector["boot"], 16), speed_milli=speed_milli)


def stages(data):
    return [p for p in map(unpack, Deframer().feed(data)) if isinstance(p, StageReply)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_twin_answers_the_vectors_byte_for_byte(path):
    vector = json.loads(path.read_text())
    twin = twin_of(vector)
    for step in vector["steps"]:
        sent = b"".join(data for _, data in twin.advance(step["at_ms"], bytes.fromhex(step["in_hex"])))
        assert sent.hex() == step["out_hex"], step["at_ms"]


def test_the_vectors_on_disk_are_those_that_the_writer_writes():
    for name, (kind, speed, inputs) in CONVERSATIONS.items():
        on_disk = json.loads((VECTORS / f"conversation_{name}.json").read_text())
        assert on_disk == conversation(name, kind, speed, inputs)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_looking_in_between_changes_nothing(path):
    """Calling a twin more often than needed, or handing it bytes in pieces, gives the same bytes at the same ms."""
    vector, rng = json.loads(path.read_text()), random.Random(5)
    once, often = twin_of(vector), twin_of(vector)
    for step in vector["steps"]:
        data = bytes.fromhex(step["in_hex"])
        expected = once.advance(step["at_ms"], data)
        found, left = [], step["at_ms"] - often.wall
        for _ in range(min(left, 5)):
            found += often.advance(often.wall + rng.randrange(1 + (step["at_ms"] - often.wall)))
        cut = rng.randrange(len(data) + 1)
        found += often.advance(step["at_ms"], data[:cut])
        found += often.advance(step["at_ms"], data[cut:])
        assert found == expected


def test_a_twin_says_when_it_wants_to_be_called_and_nothing_is_late_then():
    twin, sent, now = Twin("incubator", unit=1, boot=1, speed_milli=60_000), [], 0
    start = wire(Hello(1), Open(1, 2), Call(1, 1, 1), Call(1, 2, 16, (30_000, 120_000)))
    data, call_at = twin.update(0, start)
    while now < 2_500 * NS_PER_MS:
        now = call_at
        data, call_at = twin.update(now)
        sent += [(now // NS_PER_MS, stage.progress) for stage in stages(data)]
        assert call_at > now
    assert sent == [(200 * n, 10 * n) for n in range(1, 11)]  # 120 s at x60 is 2 s


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_beat_outputs_are_off_after_three_seconds(kind):
    twin = Twin(kind, unit=1, boot=1)
    twin.advance(0, wire(Open(1, 1), Call(1, 1, 1), Call(1, 2, 16, (10_000 if kind == "incubator" else 10, 60_000))))
    twin.advance(500, wire(Beat(1, 1, 0)))
    before = twin.state
    told = stages(b"".join(data for _, data in twin.advance(3_499)))
    at_last = stages(b"".join(data for _, data in twin.advance(3_500)))
    assert (before.name, told, twin.state.name, twin.reason.name) == ("RUNNING", [], "SAFE", "LEASE")
    assert [(s.number, s.stage, s.code, s.tick) for s in at_last] == [(2, 6, 0x23, 3_500)]


def test_the_lease_is_wall_time_at_every_speed():
    twin = Twin("incubator", unit=1, boot=1, speed_milli=1_200_000)
    twin.advance(0, wire(Open(1, 1), Call(1, 1, 1), Call(1, 2, 16, (30_000, 86_400_000))))
    twin.advance(2_999)
    assert (twin.state.name, twin.tick) == ("RUNNING", 2_999 * 1_200)
    twin.advance(3_000)
    assert (twin.state.name, twin.reason.name) == ("SAFE", "LEASE")


def test_an_hour_of_heat_settles_within_a_tenth_of_a_degree():
    twin = Twin("incubator", unit=1, boot=1, speed_milli=3_600_000)
    twin.advance(0, wire(Open(1, 1), Call(1, 1, 1), Call(1, 2, 16, (37_000, 3_600_000))))
    (done,) = (stage for stage in stages(b"".join(d for _, d in twin.advance(1_000))) if stage.stage == 5)
    assert abs(done.value - 37_000) < 100


@pytest.mark.parametrize("speed_milli", [1_000, 60_000, 1_200_000, 100_000_000])
def test_no_speed_floods_the_wire(speed_milli):
    """At most 3 unasked frames per wall second, and 240 bytes (a line of 9600 baud carries 960)."""
    twin = Twin("camera", unit=1, boot=1, speed_milli=speed_milli)
    twin.advance(0, wire(Open(1, 1)))
    for second in range(1, 6):
        sent = twin.advance(second * 1_000, wire(Beat(1, second, 8)))
        unasked = [data for _, data in sent if unpack(Deframer().feed(data)[0]).__class__.__name__ != "BeatReply"]
        assert len(unasked) <= 3
        assert sum(map(len, unasked)) <= 240


def test_command_numbers_wrap_after_65535():
    twin = Twin("camera", unit=1, boot=1)
    twin.advance(0, wire(Open(1, 1)))
    for number in [*range(1, 65_536), 0, 1]:
        twin.advance(0, wire(Call(1, number, 4, (0,))))
    assert (twin.last_id, twin.naks) == (1, 0)


def test_a_script_line_that_cannot_be_read_says_which():
    with pytest.raises(ValueError, match=r"line 2: expected 'AT_MS HEX', not '5 zz'"):
        list(script(Twin("camera", unit=1, boot=1), ["0 -", "5 zz"]))
    with pytest.raises(ValueError, match=r"line 3: 4 ms is before 5 ms"):
        list(script(Twin("camera", unit=1, boot=1), ["5 -", "", "4 -"]))
