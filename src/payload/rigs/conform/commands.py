"""Numbered commands: numbering, judging and waiting, PROTOCOL.md §5. Only the common commands that move nothing."""

from __future__ import annotations

from payload.rigs.conform.check import Check, Needs
from payload.rigs.conform.talk import Heard, Talk
from payload.rigs.kinds.dictionary import CANCEL, LIMIT, READ, SAFE
from payload.rigs.wire.frame import Frame
from payload.rigs.wire.packet import Abort, Call, CallAt, Code, Nak, NakCode, Stage, StageReply, Type

SOON_MS = 300
LATER_MS = 60_000


def _done(talk: Talk, stage: StageReply, words: str = "DONE") -> None:
    talk.must((stage.stage, stage.progress) == (Stage.DONE, 100), words, stage)


def _rejected(talk: Talk, stage: StageReply, code: Code, value: int) -> None:
    talk.must(
        (stage.stage, stage.code, stage.value) == (Stage.REJECTED, code, value),
        f"REJECTED {code.name} (code {code.value}) with value {value}",
        stage,
    )


def first(talk: Talk) -> None:
    talk.open()
    stage, heard = talk.numbered(READ, 0)
    talk.must(len(heard) == 1, "one answer", heard)
    _done(talk, stage)
    status = talk.look().status
    talk.must((status.last_id, status.finished) == (1, 1), "last_id 1 and bit 0 of finished", status)


def repeated(talk: Talk) -> None:
    talk.open()
    _, heard = talk.numbered(READ, 0)
    once = heard[0].frame
    for packet in (
        Call(talk.session, 1, READ, (0,)),
        Call(talk.session, 1, SAFE, ()),
        CallAt(talk.session, 1, 5, READ, (0,)),
    ):
        again = talk.ask(packet)
        same = [one.frame for one in again] == [once]
        talk.must(same, f"the same bytes again, and nothing else: {heard[0]}", again or "nothing")
    talk.must(talk.look().last_id == 1, "last_id 1 still", talk.look().last_id)


def repeated_refusal(talk: Talk) -> None:
    talk.open()
    _, heard = talk.numbered(255)
    again = talk.ask(Call(talk.session, 1, READ, (0,)))
    talk.must([one.frame for one in again] == [heard[0].frame], "a refusal is a result too: its bytes again", again)


def gap(talk: Talk) -> None:
    talk.open()
    talk.numbered(READ, 0)
    for number in (3, 500, 1 + 32768):
        nak = talk.refused(
            talk.ask(Call(talk.session, number, READ, (0,))), NakCode.GAP, f"GAP to number {number} after 1"
        )
        talk.must(nak.expected == 2, "expected 2 in the NAK", nak)
    _done(talk, talk.numbered(READ, 0)[0], "number 2 taken after the gaps")


def never_was(talk: Talk) -> None:
    talk.open()
    talk.numbered(READ, 0)
    for number in (0, 2 + 32768, 0xFFFF):
        heard = talk.ask(Call(talk.session, number, READ, (0,)))
        talk.refused(heard, NakCode.FORGOTTEN, f"FORGOTTEN to number {number} after 1: it is old (RFC 1982)")


def window(talk: Talk) -> None:
    talk.open()
    keeps = talk.facts.window
    results: list[Heard] = []
    for _ in range(keeps + 1):
        results += talk.numbered(READ, 0)[1][:1]
    for number in (2, keeps + 1):
        again = talk.ask(Call(talk.session, number, READ, (0,)))
        talk.must(
            [one.frame for one in again] == [results[number - 1].frame],
            f"the result of number {number} of {keeps + 1}: the last {keeps} are kept",
            again or "nothing",
        )
    talk.refused(talk.ask(Call(talk.session, 1, READ, (0,))), NakCode.FORGOTTEN, f"FORGOTTEN after {keeps} more")
    finished = talk.look().finished
    kept = (1 << keeps) - 1
    talk.must(finished == kept, f"finished {kept:#x}: the last {keeps} are stored and at an end", f"{finished:#x}")


def burst(talk: Talk) -> None:
    talk.open()
    count = min(talk.facts.window, 4)
    heard = talk.ask(*(Call(talk.session, number, READ, (0,)) for number in range(1, count + 1)))
    numbers = [one.packet.number for one in heard if isinstance(one.packet, StageReply)]
    talk.must(
        numbers == list(range(1, count + 1)), f"{count} commands sent together answered in order", heard or "nothing"
    )


def opcode(talk: Talk) -> None:
    talk.open()
    unknown = next(number for number in range(255, 15, -1) if number not in talk.kind.by_opcode)
    _rejected(talk, talk.numbered(unknown)[0], Code.OPCODE, 0)
    _rejected(talk, talk.numbered(0)[0], Code.OPCODE, 0)


def arguments(talk: Talk) -> None:
    talk.open()
    _rejected(talk, talk.numbered(READ)[0], Code.ARGUMENTS, 0)
    _rejected(talk, talk.numbered(READ, 0, 0)[0], Code.ARGUMENTS, 0)
    _rejected(talk, talk.numbered(SAFE, 0)[0], Code.ARGUMENTS, 0)
    number = talk.number + 1
    heard = talk.ask(Frame(Type.COMMAND, talk.session, number, bytes((READ, 0, 0))))
    _rejected(talk, talk.one(heard, StageReply, "a STAGE"), Code.ARGUMENTS, 0)


def ranges(talk: Talk) -> None:
    talk.open()
    for wrong in (len(talk.kind.channels), -1, 2**31 - 1, -(2**31)):
        _rejected(talk, talk.numbered(READ, wrong)[0], Code.RANGE, 0)
    _done(talk, talk.numbered(READ, len(talk.kind.channels) - 1)[0], "the last channel read")


def limits(talk: Talk) -> None:
    talk.open()
    channel = talk.kind.channels[0]
    if channel.low > -(2**31):
        _rejected(talk, talk.numbered(LIMIT, 0, channel.low - 1, channel.high)[0], Code.RANGE, 1)
    if channel.high < 2**31 - 1:
        _rejected(talk, talk.numbered(LIMIT, 0, channel.low, channel.high + 1)[0], Code.RANGE, 2)
    if channel.low < channel.high:
        _rejected(talk, talk.numbered(LIMIT, 0, channel.high, channel.low)[0], Code.RANGE, 2)
    _done(talk, talk.numbered(LIMIT, 0, channel.low, channel.high)[0])


def read_in_safe(talk: Talk) -> None:
    talk.open()
    before = talk.look().tick
    for index, _ in enumerate(talk.kind.channels):
        stage, _ = talk.numbered(READ, index)
        _done(talk, stage, f"channel {index} read")
        ago = (stage.tick - before) & 0xFFFFFFFF
        talk.must(ago <= talk.ticks(5_000), "a STAGE with the tick at which it was sent", stage)


def waits(talk: Talk) -> None:
    talk.open()
    at = talk.look().tick + talk.ticks(SOON_MS)
    stage, _ = talk.numbered(READ, 0, at=at)
    talk.must(stage.stage == Stage.ACCEPTED, "ACCEPTED: it waits", stage)
    status = talk.beat().status
    talk.must((status.queued, status.finished & 1) == (1, 0), "queued 1 and no end", status)
    talk.sent.append(f"nothing for {3 * SOON_MS} ms")
    done = talk.one(talk.stay(3 * SOON_MS), StageReply, "one STAGE when its tick has come")
    _done(talk, done)
    talk.must(done.tick == at & 0xFFFFFFFF, f"carried out at tick {at & 0xFFFFFFFF} exactly", done)


def late(talk: Talk) -> None:
    talk.open()
    before = talk.look().tick
    talk.stay(SOON_MS, beating=False)
    stage, _ = talk.numbered(READ, 0, at=before)
    by = (stage.tick - before) & 0xFFFFFFFF
    talk.must((stage.stage, stage.value) == (Stage.LATE, by), f"LATE by {by} ticks, not carried out", stage)


def full(talk: Talk) -> None:
    talk.open()
    places = talk.facts.queue
    at = talk.look().tick + talk.ticks(LATER_MS)
    for number in range(1, places + 1):
        stage, _ = talk.numbered(READ, 0, at=at)
        talk.must(stage.stage == Stage.ACCEPTED, f"ACCEPTED: {number} of {places} places", stage)
    _rejected(talk, talk.numbered(READ, 0, at=at)[0], Code.QUEUE, 0)
    stage, heard = talk.numbered(CANCEL)
    told = [
        (one.packet.number, one.packet.stage, one.packet.code) for one in heard if isinstance(one.packet, StageReply)
    ]
    wanted = [(number, Stage.CANCELLED, Code.STOPPED) for number in range(1, places + 1)]
    talk.must(told[:-1] == wanted, "CANCELLED (STOPPED) of each that waits, in order, then DONE of cancel", heard)
    _done(talk, stage)
    queued = talk.beat().status.queued
    talk.must(queued == 0, "queued 0", queued)


def abort_cancels(talk: Talk) -> None:
    talk.open()
    at = talk.look().tick + talk.ticks(LATER_MS)
    talk.numbered(READ, 0, at=at)
    stage = talk.one(talk.ask(Abort()), StageReply, "CANCELLED of the command that waited")
    talk.must(
        (stage.number, stage.stage, stage.code) == (1, Stage.CANCELLED, Code.ABORT), "CANCELLED, code 0x24", stage
    )


def open_drops(talk: Talk) -> None:
    talk.open()
    at = talk.look().tick + talk.ticks(SOON_MS)
    talk.numbered(READ, 0, at=at)
    talk.open()
    talk.none(talk.stay(3 * SOON_MS), StageReply, "no word of a command of the session before")
    talk.refused(talk.ask(Call(talk.session, 2, READ, (0,))), NakCode.GAP, "GAP: numbers begin again at 1")


def judged_at_once(talk: Talk) -> None:
    talk.open()
    at = talk.look().tick + talk.ticks(LATER_MS)
    _rejected(talk, talk.numbered(READ, -1, at=at)[0], Code.RANGE, 0)
    heard = talk.numbered(READ, at=at)[1]
    talk.none(heard, Nak, "a STAGE")
    _rejected(talk, talk.one(heard, StageReply, "a STAGE"), Code.ARGUMENTS, 0)


CHECKS = (
    Check("number-first", "5", "number 1 is taken and answered once", first,
          "last_id and finished follow each command"),
    Check("repeat", "5", "a repeated number gets the same bytes, nothing runs", repeated,
          "look the number up before anything else of the frame; keep the whole STAGE body"),
    Check("repeat-refusal", "5.3", "a refusal is stored as a result", repeated_refusal, "REJECTED is stored like DONE"),
    Check("gap", "5", "a number too far ahead gets NAK GAP", gap, "d = (id - last_id) mod 65536; 2 to 32768 is a gap"),
    Check("old", "5", "a number that never was gets NAK FORGOTTEN", never_was, "compare by RFC 1982, with 16 bits"),
    Check("window", "5.3", "the last K results are kept", window,
          "K is `window` of HELLO_REPLY; the oldest goes first"),
    Check("burst", "5", "commands sent together are answered in order", burst,
          "is the receive buffer long enough for some frames behind each other?"),
    Check("opcode", "5.1", "an unknown opcode is REJECTED", opcode, "code 1, value 0"),
    Check("arguments", "5.1", "a wrong number of arguments is REJECTED", arguments, "code 2, value 0"),
    Check("range", "5.1", "an argument out of its range is REJECTED with its index", ranges,
          "code 3; arguments are signed 32-bit, low byte first"),
    Check("limit-range", "5.1", "limit keeps within the dictionary's range", limits,
          "value 1 for low, 2 for high or low > high"),
    Check("read", "5.2", "every channel is read in SAFE", read_in_safe,
          "read is an instant command: its only stage is DONE"),
    Check("timed", "5.2", "a timed command is carried out at its tick", waits,
          "visit the tick itself, not the next poll"),
    Check("timed-late", "5.2", "a timed command of the past is LATE", late,
          "w = (at - t) mod 2^32 of 2^31 or more is late"),
    Check("timed-full", "5.2", "the queue refuses when full, and cancel empties it", full,
          "code 9; Q stands in HELLO_REPLY"),
    Check("timed-abort", "6", "ABORT cancels what waits", abort_cancels, "going SAFE, step 6, happens in SAFE too"),
    Check("timed-open", "4.2", "OPEN drops what waits", open_drops, "rule 4 of OPEN: without a word", Needs.TIME),
    Check("timed-judged", "5.2", "OPCODE, ARGUMENTS and RANGE are judged on arrival", judged_at_once,
          "only NO_LEASE and what follows waits for the tick"),
)  # fmt: skip
