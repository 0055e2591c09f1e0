"""The frame: PROTOCOL.md's vectors, and its laws."""

import json
from binascii import crc_hqx
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from payload.rigs.wire.frame import Deframer, Frame, decode, encode

VECTORS = json.loads((Path(__file__).parents[2] / "firmware_stubs" / "vectors" / "frames.json").read_text())

u16 = st.integers(0, 0xFFFF)
frames = st.builds(Frame, st.integers(0, 255), u16, u16, st.binary(max_size=240))


def frame_of(vector):
    return Frame(vector["type"], vector["session"], vector["id"], bytes.fromhex(vector["body_hex"]))


def test_the_crc_is_ibm_3740_with_its_check_value():
    assert crc_hqx(b"123456789", 0xFFFF) == 0x29B1  # https://reveng.sourceforge.io/crc-catalogue/16.htm
    assert [crc_hqx(bytes.fromhex(v["hex"]), 0xFFFF) for v in VECTORS["crc"]] == [v["crc"] for v in VECTORS["crc"]]


def test_good_vectors_both_ways():
    wires = [bytes.fromhex(v["wire_hex"]) for v in VECTORS["good"]]
    expected = [frame_of(v) for v in VECTORS["good"]]
    assert [encode(frame) for frame in expected] == wires
    assert [decode(wire[:-1]) for wire in wires] == expected


def test_bad_vectors_yield_nothing_and_count_one_each():
    for vector in VECTORS["bad"]:
        deframer = Deframer()
        assert (deframer.feed(bytes.fromhex(vector["wire_hex"])), deframer.bad) == ([], 1), vector["why"]


def test_stream_vectors_in_one_piece_and_byte_by_byte():
    for vector in VECTORS["streams"]:
        data = bytes.fromhex(vector["wire_hex"])
        for size in (len(data), 1, 7):
            deframer, found = Deframer(), []
            for at in range(0, len(data), size):
                found += deframer.feed(data[at : at + size])
            expected = ([frame_of(v) for v in vector["frames"]], vector["bad_frames"])
            assert (found, deframer.bad) == expected, (vector["why"], size)


@given(frames, st.integers(0, 240))
@settings(max_examples=200, deadline=None)
def test_what_is_encoded_decodes_to_itself_where_its_body_has_room(frame, room):
    wire = encode(frame)
    assert wire.count(0) == 1
    assert decode(wire[:-1]) == frame
    assert decode(wire[:-1], room) == (frame if len(frame.body) <= room else None)


@given(st.lists(st.binary(max_size=300), max_size=6), st.sampled_from([56, 240]))
@settings(max_examples=200, deadline=None)
def test_any_bytes_in_any_pieces_are_the_same_frames_and_never_raise(pieces, room):
    whole, cut = Deframer(room), Deframer(room)
    expected = whole.feed(b"".join(pieces))
    found = [frame for piece in pieces for frame in cut.feed(piece)]
    assert (found, cut.bad) == (expected, whole.bad)


@given(st.lists(frames, min_size=4, max_size=8), st.data())
@settings(max_examples=200, deadline=None)
def test_after_any_corruption_at_most_two_frames_are_lost(sent, data):
    wire = bytearray(b"".join(encode(frame) for frame in sent))
    at = data.draw(st.integers(0, len(wire) - 1))
    match data.draw(st.sampled_from(["flip", "cut", "put"])):
        case "flip":
            wire[at] ^= data.draw(st.integers(1, 255))
        case "cut":
            del wire[at]
        case _:
            wire.insert(at, data.draw(st.integers(0, 255)))
    found = Deframer().feed(bytes(wire))
    rest = iter(sent)
    assert all(frame in rest for frame in found), "what is found was sent, in this order"
    assert len(found) >= len(sent) - 2


def test_endless_noise_without_a_delimiter_takes_no_memory():
    deframer = Deframer()
    for _ in range(1000):
        assert deframer.feed(b"\xaa" * 1000) == []
    assert len(deframer._part) < 300
    assert (deframer.feed(b"\0"), deframer.bad) == ([], 1)


def test_a_small_rig_takes_65_coded_bytes_for_overlong_and_64_not():
    for length, body in ((64, 56), (65, 57)):
        wire = encode(Frame(1, 2, 3, b"\5" * body))
        assert len(wire) - 1 == length
        small = Deframer(56)
        assert (len(small.feed(wire)), small.bad) == ((1, 0) if body == 56 else (0, 1))
