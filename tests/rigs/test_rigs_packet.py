"""Packets, and the dictionaries as PROTOCOL.md spells them."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payload.rigs.dictionary import KINDS
from payload.rigs.frame import Frame
from payload.rigs.packet import (
    Abort,
    Aborted,
    Beat,
    BeatReply,
    Call,
    Hello,
    HelloReply,
    Housekeeping,
    Nak,
    Open,
    Opened,
    StageReply,
    Status,
    Telemetry,
    pack,
    unpack,
)

u8, u16 = st.integers(0, 0xFF), st.integers(0, 0xFFFF)
u32, u64 = st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1)
i32 = st.integers(-(2**31), 2**31 - 1)
status = st.builds(Status, u8, u8, u16, u32, u64)
packets = st.one_of(
    st.builds(Hello, u16, u8),
    st.builds(Open, u16, u16, u8),
    st.builds(Call, u16, u16, u8, st.lists(i32, max_size=4).map(tuple)),
    st.builds(Beat, u16, u16, u8),
    st.just(Abort()),
    st.builds(HelloReply, u16, u8, u8, u64, u32, u8, u8, u8, u8, u16, u16, u32, u8, u8, u32, u64, u32, u16, u16),
    st.builds(Opened, u16, u16, u32, status),
    st.builds(StageReply, u16, u16, u8, u8, u8, u64, i32),
    st.builds(BeatReply, u16, u16, status),
    st.builds(Aborted, u16, u16, status),
    st.builds(Housekeeping, u16, u16, status, u16, u16),
    st.builds(Telemetry, u16, u16, u8, u32, u64, u32, st.lists(i32, max_size=32).map(tuple)),
    st.builds(Nak, u16, u16, u8, u16, u16),
)


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


def test_hello_reply_has_48_bytes_as_written():
    reply = HelloReply(7, 1, 2, 0x1122334455667788, 0xC0FFEE01, 1, 0, 1, 0, 3, 4, 5, 32, 240, 6, 7, 1000, 8, 9)
    assert pack(reply).body.hex(" ", 4) == (
        "01028877 66554433 221101ee ffc00100 01000300 04000500 000020f0 06000000 07000000 00000000 e8030000 08000900"
    )


def test_the_abort_that_can_be_burnt_into_a_button():
    from payload.rigs.frame import encode

    text = (Path(__file__).parents[2] / "firmware_stubs" / "PROTOCOL.md").read_text()
    written = re.search(r"`(00 02 05[0-9a-f ]*00)`", text)
    assert written
    assert b"\0" + encode(pack(Abort())) == bytes.fromhex(written[1])


@pytest.mark.parametrize("name", KINDS)
def test_our_tables_are_the_dictionaries_of_the_protocol(name):
    text = (Path(__file__).parents[2] / "firmware_stubs" / "PROTOCOL.md").read_text()
    written = re.search(rf"^{name}, (0x[0-9A-F]{{8}}):\n```\n(.*?)```", text, re.MULTILINE | re.DOTALL)
    assert written
    assert (KINDS[name].text, KINDS[name].hash) == (written[2], int(written[1], 16))
