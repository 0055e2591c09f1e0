"""Modbus RTU replies, late, twice, refused and in pieces: no port, no clock."""

import logging
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payload.rigs.adapters.conversation import (
    Answer,
    Answered,
    Conversation,
    InStep,
    More,
    Patience,
    Phase,
    Stray,
    Unanswered,
)
from payload.rigs.adapters.frames import Fence, Frames, Read, Refusal, Span, Write
from payload.rigs.adapters.modbus import gap_ms
from payload.rigs.adapters.simulated.controller import SimulatedController, crc

MS = 1_000_000
SPAN = Span(0, 8)


def framed(text: str) -> bytes:
    data = bytes.fromhex(text)
    return data + crc(data).to_bytes(2, "little")


def frames(fence=Fence.NONE, seed=1):
    return Frames(1, fence, SPAN, Random(seed))


def test_the_frames_are_those_of_the_standard():
    """Modbus Application Protocol 1.1b3, 6.3, 6.6 and 6.12: the examples, their CRC by our simulated instrument's."""
    bare = Frames(0x11, Fence.NONE, Span(0x6B, 3), Random(1))
    assert bare.compose(Read(0x6B, 3, Span(0x6B, 3))) == framed("11 03 006B 0003")
    assert list(bare.hear(framed("11 03 06 022B 0000 0064"))) == [Answer((0x022B, 0, 0x64))]
    assert bare.compose(Write(1, (3,))) == framed("11 06 0001 0003")
    assert list(bare.hear(framed("11 06 0001 0003"))) == [Answer(())]
    assert bare.compose(Write(1, (10, 0x102))) == framed("11 10 0001 0002 04 000A 0102")
    assert list(bare.hear(framed("11 10 0001 0002"))) == [Answer(())]
    assert bare.compose(Write(1, (3,), many=True)) == framed("11 10 0001 0001 02 0003")
    assert list(bare.hear(framed("11 90 03"))) == [Answer(Refusal(3))]


def test_each_read_has_another_shape_and_holds_what_was_asked_for():
    asked = frames()
    instrument = SimulatedController()
    instrument.registers = lambda: list(range(100, 108))
    lengths = []
    for number in range(200):
        reply = instrument.hear(asked.compose(Read(number % 8, 1, SPAN)), 0)[0]
        lengths.append(len(reply))
        assert list(asked.hear(reply)) == [Answer((100 + number % 8,))]
    assert all(one != other for one, other in pairwise(lengths))
    assert len(set(lengths)) == 8


def test_what_is_not_the_answer_is_a_stray():
    asked = frames()
    for reply in ("01 03 14" + "00" * 20, "02 03 02 0000", "01 04 02 0000", "01 06 0001 0001", "01 83 02 00"):
        asked.drop()
        asked.compose(Read(0, 1, Span(0, 1)))
        assert [type(each) for each in asked.hear(framed(reply))] == [Stray], reply
    asked.compose(Read(0, 1, Span(0, 1)))
    assert list(asked.hear(framed("01 03 02 0007"))) == [Answer((7,))]
    assert list(asked.hear(framed("01 03 02 0007"))) == [Stray("a reply that nobody asked for")]
    asked.compose(Read(0, 1, Span(0, 1)))
    heard = list(asked.hear(b"\x01\x03\x02\x00\x07\x00\x00"))
    assert heard in ([], [Stray("bytes that are no frame")]), "a wrong CRC: pymodbus 3.8 waits for more"


def test_a_reply_in_pieces_is_whole_at_its_last_byte():
    asked = frames()
    asked.compose(Read(0, 1, Span(0, 1)))
    reply = framed("01 03 02 0007")
    assert [list(asked.hear(reply[at : at + 1])) for at in range(7)] == [[]] * 6 + [[Answer((7,))]]


def test_the_reply_before_the_fence_is_not_believed_without_it():
    """The fence tells: a late reply of the same shape is followed by this question's own, and not by the loopback."""
    asked = frames(Fence.LOOPBACK)
    asked.compose(Read(0, 1, Span(0, 1)))
    (more,) = asked.hear(framed("01 03 02 0007"))
    assert isinstance(more, More)
    assert more.message[:4] == bytes.fromhex("01 08 0000")
    assert [type(each) for each in asked.hear(framed("01 03 02 0008"))] == [Stray]
    asked.drop()
    asked.compose(Read(0, 1, Span(0, 1)))
    (more,) = asked.hear(framed("01 03 02 0008"))
    assert list(asked.hear(more.message)) == [Answer((8,))]


def test_quarantine_after_a_time_out_and_in_step_again_by_two_loopbacks():
    talk = Conversation(frames(Fence.LOOPBACK), Patience(answer_ms=500, slowest_ms=1_500, quiet_ms=50, gap_ms=4), 0)
    instrument, told = SimulatedController(), []

    def until_idle():
        """Lets time pass, the instrument answering within a ms."""
        while talk.phase is not Phase.IDLE:
            now = talk.deadline
            told.extend(talk.tick(now))
            for reply in instrument.hear(talk.outgoing(), now):
                told.extend(talk.receive(reply, now + MS))
        return now + MS

    asked_at = until_idle() + 10 * MS
    assert told == [InStep()]
    talk.ask(Read(0, 1, SPAN), asked_at)
    assert talk.outgoing()
    told.extend(talk.tick(asked_at + 500 * MS))
    assert told[1:] == [Unanswered("no answer within 500 ms")]
    talk.ask(Read(1, 1, SPAN), asked_at + 600 * MS)
    assert talk.receive(framed("01 03 02 0007"), asked_at + 700 * MS) == []
    assert (talk.tally.drained, talk.outgoing(), talk.deadline) == (7, b"", asked_at + 1_500 * MS)
    until_idle()
    assert told[2:] == [InStep(), Answered((210,))]
    assert talk.tally.quarantines == 1


@pytest.mark.parametrize(("baud", "gap"), [(1_200, 33), (9_600, 5), (19_200, 3), (115_200, 2)])
def test_frames_are_three_and_a_half_characters_apart(baud, gap):
    assert gap_ms(baud) == gap


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=30), max_size=15))
def test_no_bytes_break_it(pieces):
    asked = frames(Fence.LOOPBACK)
    asked.compose(Read(0, 1, SPAN))
    answers = [each for piece in pieces for each in asked.hear(piece) if isinstance(each, Answer)]
    assert answers == [], "a frame by chance is 1 in 65,536, and needs the fence besides"


def test_the_library_is_silent(caplog, capfd):
    asked = frames()
    asked.compose(Read(0, 1, SPAN))
    with caplog.at_level(logging.DEBUG):
        list(asked.hear(b"\x01\x03\x02\x00\x07\x00\x00\xff" * 5))
    assert (caplog.text, capfd.readouterr()) == ("", ("", ""))
