"""Packets, and the dictionaries as PROTOCOL.md spells them."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payload.rigs.wire.frame import Frame, encode
from payload.rigs.wire.packet import (
    Abort,
    Aborted,
    AskDictionary,
    Beat,
    BeatReply,
    Call,
    CallAt,
    DictionaryPart,
    Gone,
    Hello,
    HelloReply,
    Housekeeping,
    Nak,
    Open,
    Opened,
    Ping,
    Pong,
    Record,
    Resend,
    StageReply,
    Stamp,
    Status,
    Telemetry,
    pack,
    unpack,
)

PROTOCOL = (Path(__file__).parents[2] / "firmware_stubs" / "PROTOCOL.md").read_text()
u8, u16 = st.integers(0, 0xFF), st.integers(0, 0xFFFF)
u32, u64 = st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1)
i32 = st.integers(-(2**31), 2**31 - 1)
arguments = st.lists(i32, max_size=3).map(tuple)
status = st.builds(Status, u8, u8, u8, u8, u16, u32, u32)
stamp = st.builds(Stamp, u32, u16)
record = st.builds(Record, u32, u16, u16, u8)
packets = st.one_of(
    st.builds(Hello, u16, u8),
    st.builds(Open, u16, u16, u8, u8),
    st.builds(Call, u16, u16, u8, arguments),
    st.builds(CallAt, u16, u16, u32, u8, arguments),
    st.builds(Beat, u16, u16, u16),
    st.just(Abort()),
    st.builds(AskDictionary, u16, u16),
    st.builds(Ping, u16),
    st.builds(Resend, u16, u16, u8, u32, u16),
    st.builds(
        HelloReply, u16, u8, u8, u64, u32, u8, u8, u8, u8, u16, u16, u32, u8, u8, u32, u32, u32, u16, u16, u16, u8,
        record,
    ),
    st.builds(Opened, u16, u16, u32, status),
    st.builds(StageReply, u16, u16, u8, u8, u8, u32, i32),
    st.builds(BeatReply, u16, u16, status, stamp),
    st.builds(Aborted, u16, u16, status),
    st.builds(Housekeeping, u16, u16, status, u16, u16),
    st.builds(Telemetry, u16, u16, u8, u32, u32, u32, st.lists(i32, max_size=56).map(tuple)),
    st.builds(DictionaryPart, u16, u16, u16, u16, st.binary(max_size=236)),
    st.builds(Pong, u16, u16, stamp),
    st.builds(Gone, u16, u16, u8, u32, u16),
    st.builds(Nak, u16, u16, u8, u16, u16),
)  # fmt: skip


@given(packets)
@settings(max_examples=400, deadline=None)
def test_what_is_packed_unpacks_to_itself(packet):
    assert unpack(pack(packet)) == packet


@given(st.builds(Frame, u8, u16, u16, st.binary(max_size=240)))
@settings(max_examples=400, deadline=None)
def test_any_frame_is_a_packet_or_a_clear_refusal(frame):
    try:
        packet = unpack(frame)
    except ValueError:
        return
    assert pack(packet).type == frame.type


def test_hello_reply_has_56_bytes_as_written():
    reply = HelloReply(
        7, 2, 2, 0x1122334455667788, 0xC0FFEE01, 1, 0, 1, 0x81, 3, 4, 5, 32, 240, 6, 1000, 1200, 8, 9, 256, 3,
        Record(0xAABBCCDD, 10, 11, 5),
    )  # fmt: skip
    assert pack(reply).body.hex(" ", 4) == (
        "02028877 66554433 221101ee ffc00100 01810300 04000500 000020f0 06000000 e8030000 b0040000 08000900 000103dd "
        "ccbbaa0a 000b0005"
    )
    assert (reply.queue, reply.journals, reply.status) == (8, True, Status(0, 1, 3, 0, 4, 5, 1000))


def test_a_rig_of_another_version_is_understood_as_far_as_all_versions_agree():
    v1 = bytes.fromhex("0102887766554433221101eeffc0010001000300") + bytes(28)
    reply = unpack(Frame(0x81, 3, 7, v1))
    assert (reply.version, reply.kind, reply.unit, reply.boot) == (1, 2, 0x1122334455667788, 0xC0FFEE01)
    with pytest.raises(ValueError, match="HELLO_REPLY has a body of 56 bytes, not 48"):
        unpack(Frame(0x81, 3, 7, b"\2" + v1[1:]))


def test_the_abort_that_can_be_burnt_into_a_button():
    written = re.search(r"`(00 02 05[0-9a-f ]*00)`", PROTOCOL)
    assert written
    assert b"\0" + encode(pack(Abort())) == bytes.fromhex(written[1])


def test_the_status_tells_which_commands_have_ended():
    told = Status(1, 0, 0, 0, last_id=3, finished=0b1011, tick=0)
    assert [number for number in (3, 2, 1, 0, 65_535, 4) if told.has_finished(number)] == [3, 2, 0]
