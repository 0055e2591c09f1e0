"""The twin: the golden conversations, its laws, and what it does by itself."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_host import random_talk
from talking import armed, wire
from talks import CONVERSATIONS
from twin_builders import heard, ready, stages
from write_vectors import VECTORS, conversation, frames

from payload.met import NS_PER_MS
from payload.rigs.kinds.dictionary import KINDS
from payload.rigs.twins import FULL, SIZES, SMALL, Bytes, Twin
from payload.rigs.wire.frame import Deframer, Frame
from payload.rigs.wire.packet import (
    Beat,
    Call,
    HelloReply,
    Open,
    pack,
)

FILES = sorted(VECTORS.glob("conversation_*.json"))
LONG_OF = {"incubator": 30_000, "fluid-loop": 20, "camera": 10}


def twin_of(vector):
    speed_milli, nvm = round(float(vector["speed"]) * 1000), vector["nvm_hex"]
    memory = Bytes(bytearray.fromhex(nvm)) if nvm else None
    unit, boot, size = int(vector["unit"], 16), int(vector["boot"], 16), SIZES[vector["size"]]
    return Twin(vector["kind"], unit=unit, boot=boot, speed_milli=speed_milli, size=size, nvm=memory)


# -- the vectors -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_twin_answers_the_vectors_byte_for_byte(path):
    vector = json.loads(path.read_text())
    twin = twin_of(vector)
    for step in vector["steps"]:
        whole, _, part = step["at"].partition(".")
        sent = twin.advance(int(whole), int(part.ljust(3, "0")), bytes.fromhex(step["in_hex"]))
        assert [[tick, data.hex()] for tick, data in sent] == step["out"], step["at"]


def test_the_vectors_on_disk_are_those_that_the_writer_writes():
    assert [path.stem.removeprefix("conversation_") for path in FILES] == sorted(CONVERSATIONS)
    for path in FILES:
        name = path.stem.removeprefix("conversation_")
        assert json.loads(path.read_text()) == conversation(name, CONVERSATIONS[name]())
    assert json.loads((VECTORS / "frames.json").read_text()) == json.loads(json.dumps(frames()))


# -- laws --------------------------------------------------------------------------------------------------------------


@given(
    st.integers(0, 10**6),
    st.sampled_from(list(KINDS)),
    st.sampled_from(["1", "0.5", "60", "1200"]),
    st.sampled_from(["full", "small"]),
    st.randoms(use_true_random=False),
)
@settings(max_examples=40, deadline=None)
def test_looking_in_between_changes_nothing(seed, kind, speed, size, rng):
    """A twin that is run to an instant in many steps, and handed its bytes in pieces, says the same at the same
    ticks."""
    if kind == "recorder":
        speed = "0.5"
    talk = random_talk(seed, kind, speed, size, length=25, memory=True)
    once, often = talk.twin(), talk.twin()
    for at, data in talk.steps:
        tick, thousandths = divmod(at, 1000)
        expected, found = once.advance(tick, thousandths, data), []
        for _ in range(min(tick - often.tick, rng.randrange(4))):
            found += often.advance(rng.randint(often.tick, tick))
        cut = rng.randrange(len(data) + 1)
        found += often.advance(tick, thousandths, data[:cut])
        found += often.advance(tick, thousandths, data[cut:])
        assert found == expected


@given(st.integers(0, 10**6), st.sampled_from(list(KINDS)), st.sampled_from([500, 1_000, 7_001]))
@settings(max_examples=25, deadline=None)
def test_a_twin_called_when_it_wants_says_the_same_and_nothing_late(seed, kind, speed_milli):
    talk = random_talk(seed, kind, f"{speed_milli / 1000}", length=25)
    asked, driven = talk.twin(), talk.twin()
    said, expected, call_at = [], [], 0
    for at, data in talk.steps:
        now = -(-at * 1_000_000 // speed_milli)
        while call_at < now:
            sent, following = asked.update(call_at)
            said.append(sent)
            assert following > call_at
            call_at = following
        sent, call_at = asked.update(now, data)
        said.append(sent)
        emitted = driven.advance(at // 1000, at % 1000, data)
        expected.append(b"".join(data for _, data in emitted))
    assert b"".join(said) == b"".join(expected)


pieces = st.lists(
    st.tuples(
        st.integers(0, 4_000),
        st.binary(max_size=40)
        | st.builds(
            lambda kind, session, number, body: wire(Frame(kind, session, number, body)),
            st.integers(0, 12) | st.integers(0, 255),
            st.integers(0, 2),
            st.integers(0, 5) | st.integers(0, 65_535),
            st.binary(max_size=20)
            | st.builds(
                lambda c, a: pack(Call(1, 1, c, tuple(a))).body,
                st.integers(0, 19),
                st.lists(st.integers(-2, 5), max_size=3),
            ),
        ),
    ),
    max_size=30,
)


@given(st.sampled_from(list(KINDS)), pieces, st.sampled_from([FULL, SMALL]), st.booleans())
@settings(max_examples=150, deadline=None)
def test_no_bytes_make_a_twin_stumble(kind, spoken, size, has_memory):
    """Whatever comes, what it says is well formed, fits its size, and is of its session."""
    twin = Twin(kind, unit=1, boot=1, size=size, nvm=Bytes() if has_memory else None)
    twin.advance(0, 0, wire(Open(1, 1), *armed(mask=KINDS[kind].all_outputs, boot=1), Beat(1, 1, 3)))
    tick = 0
    for later, data in spoken:
        tick += later
        for packet in heard(twin.advance(tick, 0, data)):
            assert len(pack(packet).body) <= size.body
            if isinstance(packet, HelloReply):
                assert (packet.queue, packet.window, packet.ring) == (size.queue, size.window, size.ring)
        assert len(twin.waiting) <= size.queue


@given(st.integers(0, 10**6), st.sampled_from(["power-switch", "incubator", "camera"]))
@settings(max_examples=20, deadline=None)
def test_outputs_are_safe_whenever_the_rig_says_it_is(seed, kind):
    talk, driven = random_talk(seed, kind, length=40), {}
    safe = [output.safe for output in KINDS[kind].outputs]
    twin = talk.twin(drive=lambda tick, thousandths, output, value: driven.__setitem__(output, value))
    for at, data in talk.steps:
        twin.advance(at // 1000, at % 1000, data)
        if twin.state.name == "SAFE":
            assert [driven.get(output, safe[output]) for output in range(len(safe))] == safe
            assert (twin.armed, twin.running, twin.on_since) == (0, None, {})


# -- time --------------------------------------------------------------------------------------------------------------


def test_a_twin_says_when_it_wants_to_be_called_and_nothing_is_late_then():
    twin, sent, now = ready("incubator", speed_milli=60_000), [], 0
    data, call_at = twin.update(0, wire(Call(1, 3, 16, (30_000, 120_000))))
    while now < 2_500 * NS_PER_MS:
        now = call_at
        data, call_at = twin.update(now)
        sent += [(now // NS_PER_MS, stage.progress) for stage in stages([(0, data)])]
        assert call_at > now
    assert sent == [(200 * n, 10 * n) for n in range(1, 11)]  # 120 s at x60 is 2 s


def test_a_calm_twin_is_called_twice_a_second_at_most():
    twin, calls, call_at = ready("incubator"), 0, 0
    for second in range(60):
        beat_at = second * 1_000 * NS_PER_MS + 500 * NS_PER_MS
        while call_at < beat_at:
            _, call_at = twin.update(call_at)
            calls += 1
        _, call_at = twin.update(beat_at, wire(Beat(1, second, 8)))
    assert calls <= 61  # and once per beat


@pytest.mark.parametrize("kind", LONG_OF)
def test_without_a_beat_outputs_are_off_after_three_seconds(kind):
    pins = []
    twin = ready(kind, drive=lambda *change: pins.append(change))
    twin.advance(0, 0, wire(Call(1, 3, 16, (LONG_OF[kind], 60_000))))
    twin.advance(500, 0, wire(Beat(1, 1, 0)))
    before = twin.state.name
    told, at_last = stages(twin.advance(3_499)), stages(twin.advance(3_500))
    assert (before, told, twin.state.name, twin.reason.name) == ("RUNNING", [], "SAFE", "LEASE")
    assert [(s.number, s.stage, s.code, s.tick) for s in at_last] == [(3, 6, 0x23, 3_500)]
    assert pins[-1] == (3_500, 0, 0, 0)


def test_the_lease_is_wall_time_at_every_speed():
    twin = ready("incubator", speed_milli=1_200_000)
    twin.advance(0, 0, wire(Call(1, 3, 16, (30_000, 86_400_000))))
    twin.update(2_999 * NS_PER_MS)
    assert (twin.state.name, twin.tick) == ("RUNNING", 2_999 * 1_200)
    twin.update(3_000 * NS_PER_MS)
    assert (twin.state.name, twin.reason.name) == ("SAFE", "LEASE")


def test_an_hour_of_heat_settles_within_a_tenth_of_a_degree():
    twin = ready("incubator", speed_milli=3_600_000)
    twin.advance(0, 0, wire(Call(1, 3, 16, (37_000, 3_600_000))))
    (done,) = (stage for stage in stages(twin.advance(3_600_000)) if stage.stage == 5)
    assert abs(done.value - 37_000) < 100


@pytest.mark.parametrize("speed_milli", [1_000, 60_000, 1_200_000, 100_000_000])
def test_no_speed_floods_the_wire(speed_milli):
    """At most 3 unasked frames per wall second, and 240 bytes (a line of 9600 baud carries 960)."""
    twin = Twin("camera", unit=1, boot=1, speed_milli=speed_milli)
    twin.advance(0, 0, wire(Open(1, 1)))
    for second in range(1, 6):
        sent, _ = twin.update(second * 1_000 * NS_PER_MS, wire(Beat(1, second, 8)))
        unasked = [frame for frame in Deframer().feed(sent) if frame.type != 0x84]
        assert len(unasked) <= 3
        assert len(sent) <= 240


def since(packet, start, interval):
    """What a packet says, its ticks and sample numbers counted from `start`."""

    def less(tick):
        return tick - start & 0xFFFFFFFF

    changes = {}
    if hasattr(packet, "status") and not isinstance(packet, HelloReply):
        changes["status"] = replace(packet.status, tick=less(packet.status.tick))
    if hasattr(packet, "tick"):
        changes["tick"] = less(packet.tick)
    if hasattr(packet, "stamp"):
        changes["stamp"] = (less(packet.stamp.tick), packet.stamp.thousandths)
    if hasattr(packet, "first"):
        changes["first"] = packet.first - start // interval & 0xFFFFFFFF
    return replace(packet, **changes)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ["power-switch", "camera"])
def test_a_talk_across_the_wrap_of_the_tick_is_the_one_before_it(kind, seed):
    interval, told = 125_000, []
    for start in ((1 << 32) - 4_000_000, (1 << 32) - 4_000_000 - 24_000 * interval):
        talk = random_talk(seed, kind, "1000", length=30, start=start)
        twin = talk.twin()
        found = [packet for at, data in talk.steps for packet in heard(twin.advance(at // 1000, at % 1000, data))]
        told.append([since(packet, start, interval) for packet in found])
        assert (twin.tick > 1 << 32) == (start > 3 << 30)
    assert told[0] == told[1]
