"""Lines to and from an instrument, late, twice and in pieces, in virtual time: no port, no clock."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from payload.rigs.adapters.conversation import Answered, Conversation, InStep, Muted, Patience, Phase, Unanswered
from payload.rigs.adapters.lines import Line, Lines, Tongue, Trust

MS = 1_000_000
PATIENCE = Patience(answer_ms=500, slowest_ms=1_500, quiet_ms=50)
VOLTS = Line("MEAS:VOLT?")


def digits(message: bytes) -> list[str]:
    return re.findall(r"\*ESE (\d+)", message.decode())


def in_step(trust: Trust) -> tuple[Conversation, int]:
    """A conversation that has just proven its line."""
    talk = Conversation(Lines(trust), PATIENCE, 0)
    now = 0
    while talk.phase is not Phase.IDLE:
        assert talk.deadline is not None
        now = talk.deadline
        talk.tick(now)
        said = talk.outgoing()
        if said:
            glue = ";" if trust is Trust.TAGGED else "\n"
            talk.receive((glue.join(digits(said)) + "\r\n").encode(), now)
            while said := talk.outgoing():
                talk.receive((glue.join(digits(said)) + "\r\n").encode(), now)
    return talk, now


def test_a_tagged_question_and_its_answer():
    talk, now = in_step(Trust.TAGGED)
    assert talk.ask(VOLTS, now) == []
    assert talk.outgoing() == b"*ESE 5;*ESE?;*ESE 0;*ESE?;:MEAS:VOLT?\n"
    assert talk.receive(b"5;0;+4.99", now + 1) == []
    assert talk.receive(b"8E+00\r\n", now + 2) == [Answered("+4.998E+00")]


def test_a_late_tagged_answer_is_a_stranger_to_every_later_question():
    talk, now = in_step(Trust.TAGGED)
    talk.ask(VOLTS, now)
    talk.outgoing()
    now += 500 * MS
    assert talk.tick(now) == [Unanswered("no answer within 500 ms")]
    assert talk.ask(VOLTS, now) == [], "waits for the end of the quarantine"
    now += 50 * MS
    talk.tick(now)
    assert talk.outgoing() == b"*ESE 8;*ESE?;*ESE 0;*ESE?\n"
    assert talk.receive(b"5;0;+1.0\n8;0\n", now) == [], "the late one, then the challenge's"
    assert talk.outgoing() == b"*ESE 9;*ESE?;*ESE 0;*ESE?\n"
    assert talk.receive(b"9;0\n", now) == [InStep()]
    assert talk.outgoing() == b"*ESE 12;*ESE?;*ESE 0;*ESE?;:MEAS:VOLT?\n"
    assert talk.receive(b"5;0;+1.0\n8;0\n12;0;+2.0\n12;0;+2.0\n", now) == [Answered("+2.0")]
    assert (talk.tally.strays, talk.tally.quarantines) == (4, 1)


def test_an_answer_in_quarantine_is_thrown_away_and_prolongs_it():
    talk, now = in_step(Trust.FENCED)
    talk.ask(VOLTS, now)
    talk.outgoing()
    asked = now
    now += 500 * MS
    talk.tick(now)
    assert talk.deadline == asked + 1_500 * MS, "until the slowest answer would have come"
    assert talk.receive(b"5\n+4.998E+00\n8\n", asked + 1_480 * MS) == []
    assert talk.deadline == asked + 1_530 * MS, "and 50 ms of silence"
    talk.tick(asked + 1_530 * MS)
    assert talk.phase is Phase.PROVING


def test_a_fenced_answer_is_believed_when_all_three_lines_come_in_order():
    talk, now = in_step(Trust.FENCED)
    talk.ask(VOLTS, now)
    assert talk.outgoing() == b"*ESE 5\n*ESE?\nMEAS:VOLT?\n*ESE 8\n*ESE?\n"
    assert talk.receive(b"5\n+1.5\n8\n", now) == [Answered("+1.5")]
    talk.ask(VOLTS, now)
    talk.outgoing()
    assert talk.receive(b"+1.5\n9\n+1.6\n12\n", now) == [Unanswered("something came that was not its answer")]


def test_half_a_line_that_nobody_asked_for_is_heard_out_before_the_next_question():
    talk, now = in_step(Trust.FENCED)
    talk.receive(b"+1.", now)
    assert talk.ask(VOLTS, now) == []
    assert (talk.outgoing(), talk.phase) == (b"", Phase.DRAINING)


def test_a_set_is_asked_about_in_the_same_breath():
    talk, now = in_step(Trust.TAGGED)
    talk.ask(Line("VOLT 5", set=True), now)
    assert talk.outgoing() == b"VOLT 5\n*ESE 5;*ESE?;*ESE 0;*ESE?;:SYST:ERR?\n"
    assert talk.receive(b'+5;+0;-222,"Data; out of range"\n', now) == [Answered('-222,"Data; out of range"')]


def test_a_plain_instrument_is_trusted_after_a_silence():
    talk = Conversation(Lines(Trust.PLAIN, Tongue(end="\r", check="")), PATIENCE, 0)
    assert talk.deadline == 1_500 * MS, "an old run's answer may still come"
    assert talk.tick(1_500 * MS) == [InStep()]
    assert talk.ask(Line("SET 5", set=True), 1_500 * MS) == [Answered("")], "nobody answers that"
    assert talk.outgoing() == b"SET 5\r"
    talk.ask(Line("T"), 1_600 * MS)
    assert talk.outgoing() == b"T\r"
    assert talk.receive(b"23.4\r", 1_700 * MS) == [Answered("23.4")]


def test_an_instrument_that_never_answers_is_mute_and_stays_so():
    talk = Conversation(Lines(Trust.TAGGED), PATIENCE, 0)
    told = []
    while talk.deadline is not None:
        told += talk.tick(talk.deadline)
        talk.outgoing()
    assert told == [Muted("its challenges were not answered")]
    assert talk.ask(VOLTS, 10_000 * MS) == [Muted("it has not answered before")]


def test_one_that_babbles_is_mute_too():
    talk = Conversation(Lines(Trust.FENCED), PATIENCE, 0)
    told, now = [], 0
    while not told and now < 60_000 * MS:
        now += 20 * MS
        talk.receive(b"23.4\n", now)
        told = talk.tick(now)
    assert told == [Muted("it has not been silent for 10000 ms")]


def test_numbers_keep_to_the_bits_that_every_instrument_keeps_and_come_round_late():
    lines = Lines(Trust.TAGGED, number=7)
    seen = [tuple(digits(lines.compose(VOLTS))) for _ in range(4_097)]
    assert all(int(digit) & 0b0100_0010 == 0 and int(digit) < 256 for pair in seen for digit in pair)
    assert (len(set(seen)), seen[0]) == (4_096, seen[-1])


def test_a_line_without_an_end_does_not_fill_the_memory():
    talk, now = in_step(Trust.TAGGED)
    for _ in range(20):
        talk.receive(b"x" * 4_096, now)
    assert talk.tally.strays == 10


@settings(max_examples=150, deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=20), st.sampled_from(list(Trust)))
def test_no_bytes_break_it(pieces, trust):
    """Whatever comes, each question has at most one end, and after silence the conversation is idle, waits, or is
    mute."""
    talk, now = Conversation(Lines(trust), PATIENCE, 0), 0
    ends = asked = 0
    for piece in pieces:
        now += 30 * MS
        if talk.phase is Phase.IDLE:
            asked += 1
            told = talk.ask(VOLTS, now)
        else:
            told = talk.receive(piece, now) + talk.tick(now)
        talk.outgoing()
        ends += sum(isinstance(each, Answered | Unanswered) for each in told)
    assert ends <= asked
