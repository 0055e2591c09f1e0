"""The meeting of host and rig: PROTOCOL.md §4, and its clock. Nothing here moves anything."""

from __future__ import annotations

import zlib
from dataclasses import replace

from payload.rigs.conform.check import Check
from payload.rigs.conform.talk import Inapplicable, Talk
from payload.rigs.kinds.dictionary import KINDS, READ
from payload.rigs.kinds.fetched import fetched_kind
from payload.rigs.wire.frame import Frame
from payload.rigs.wire.packet import (
    VERSION,
    AskDictionary,
    Beat,
    Call,
    DictionaryPart,
    HelloReply,
    NakCode,
    Open,
    Opened,
    Ping,
    Pong,
    Resend,
    Type,
)


def hello(talk: Talk) -> None:
    talk.hello = talk.greet()
    talk.must(talk.hello.version == VERSION, f"version {VERSION}", f"version {talk.hello.version}")


def hello_fields(talk: Talk) -> None:
    facts = talk.facts
    talk.must(facts.kind > 0, "a kind's number from 1 (128 to 255 are free for your own)", facts.kind)
    talk.must(facts.boot != 0, "a boot id other than 0", facts.boot)
    talk.must(1 <= facts.cause <= 5, "a reset cause from 1 to 5", facts.cause)
    talk.must(facts.state <= 2 and (facts.state == 0) == (facts.reason != 0), "a reason exactly in SAFE", facts)
    talk.must(1 <= facts.window <= 32, "a window from 1 to 32", facts.window)
    talk.must(56 <= facts.max_body <= 240, "max_body from 56 to 240", facts.max_body)
    talk.must(facts.queue >= 1, "at least one place for timed commands in bits 4 to 7 of capabilities", facts.queue)
    talk.must(facts.ring >= 1, "at least one kept sample a stream", facts.ring)
    talk.must(1 <= facts.speed_milli <= 100_000_000, "a speed from 1 to 100,000,000", facts.speed_milli)


def hello_changes_nothing(talk: Talk) -> None:
    before = talk.look()
    for body in (b"", b"\x01", b"\x63" * talk.facts.max_body):
        heard = talk.ask(Frame(Type.HELLO, 0x1234, 0x4321, body))
        reply = talk.one(heard, HelloReply, f"HELLO answered whatever its body ({len(body)} bytes)")
        same = replace(reply, tag=before.tag, tick=before.tick)
        talk.must(same == before, f"the same answer but for id and tick: {before}", reply)


def wrong_session(talk: Talk) -> None:
    talk.open()
    other = talk.session + 5
    for packet in (Call(other, 1, READ, (0,)), Beat(other, 1, 0), Resend(other, 1, 0, 1, 1)):
        nak = talk.refused(talk.ask(packet), NakCode.SESSION, f"SESSION to {packet}")
        told = (nak.expected, nak.current)
        talk.must(told == (1, talk.session), f"expected 1 and the current session {talk.session} in the NAK", nak)
    talk.must(talk.look().last_id == 0, "last_id still 0: a NAK changes nothing", talk.look().last_id)


def dictionary(talk: Talk) -> None:
    facts, read = talk.facts, b""
    most = facts.max_body - 4
    while True:
        tag = talk.tag()
        part = talk.one(talk.ask(AskDictionary(tag, len(read))), DictionaryPart, f"DICTIONARY_PART from {len(read)} on")
        talk.must((part.tag, part.offset) == (tag, len(read)), "the request's id and offset", part)
        left = part.total - len(read)
        talk.must(len(part.data) == max(0, min(most, left)), f"{max(0, min(most, left))} bytes", f"{len(part.data)}")
        if not part.data:
            break
        read += part.data
    try:
        text = zlib.decompress(read)
    except zlib.error as error:
        talk.must(False, "a zlib stream", f"{len(read)} bytes: {error}")
        return
    hashed = zlib.crc32(text)
    talk.must(hashed == facts.dictionary, f"text with HELLO's hash {facts.dictionary:08x}", f"{hashed:08x}")
    try:
        kind = fetched_kind(text.decode("ascii"))
    except ValueError as error:  # UnicodeDecodeError is one
        talk.must(False, "a text that follows §9", error)
        return
    talk.known = kind
    talk.must(kind.number == facts.kind, f"HELLO's kind {facts.kind}", kind.number)
    ours = next((own for own in KINDS.values() if own.number == kind.number), None)
    talk.must(
        ours is None or ours.hash == kind.hash,
        f"the dictionary of {ours.name if ours else ''}, as number {kind.number} is that kind's (128 to 255 are free)",
        f"the dictionary of {kind.name}, another text",
    )


def ping(talk: Talk) -> None:
    talk.fenced = False
    tag = talk.tag()
    pong = talk.one(talk.ask(Ping(tag), ms=300), Pong, "PONG")
    talk.must(pong.tag == tag and pong.stamp.thousandths < 1000, "the PING's id, thousandths below 1000", pong)
    talk.fenced = True


def clock(talk: Talk) -> None:
    def stamp() -> tuple[int, int, int]:
        tag, before = talk.tag(), talk.line.now()
        talk.send(Ping(tag))
        until = before + 1_000_000_000
        heard = talk.hear(until, lambda one: isinstance(one.packet, Pong) and one.packet.tag == tag)
        pong = talk.one([one for one in heard if isinstance(one.packet, Pong)][-1:], Pong, "PONG")
        return before, talk.line.now(), pong.stamp.tick * 1000 + pong.stamp.thousandths

    first = stamp()
    for _ in range(5):
        last = stamp()
        talk.must((last[2] - first[2]) % 2**41 < 2**40, "stamps that never go back", f"{first[2]} then {last[2]}")
    talk.stay(500, beating=False)
    last = stamp()
    went = (last[2] - first[2]) * 1_000_000 // talk.facts.speed_milli  # ns of wall time, by the rig's clock
    low, high = last[0] - first[1], last[1] - first[0]
    slack = high // 50 + 2_000_000 + 2_000_000_000 // talk.facts.speed_milli
    talk.must(
        low - slack <= went <= high + slack,
        f"its clock to go on by {low / 1e6:.1f} to {high / 1e6:.1f} ms, within 2 %",
        f"{went / 1e6:.1f} ms",
    )


def open_version(talk: Talk) -> None:
    hello = talk.look()
    frame = Frame(Type.OPEN, hello.session + 1, talk.tag(), bytes((VERSION + 1, 1)))
    talk.refused(talk.ask(frame), NakCode.VERSION, "VERSION to OPEN of another version")
    talk.must(talk.look().session == hello.session, "the session unchanged", talk.look().session)


def open_new(talk: Talk) -> None:
    opened = talk.open()
    status = opened.status
    talk.must(opened.session == talk.session and opened.boot == talk.facts.boot, "the session and the boot id", opened)
    talk.must((status.state, status.armed) == (0, 0), "SAFE with nothing armed", status)
    talk.must((status.last_id, status.queued, status.finished) == (0, 0, 0), "no command of before", status)


def open_repeated(talk: Talk) -> None:
    opened = talk.open()
    talk.numbered(READ, 0)
    again = talk.one(talk.ask(Open(talk.session, opened.tag)), Opened, "OPENED again")
    talk.must(again.status.last_id == 1, "last_id 1: OPEN of the current session changes nothing", again)


def open_old(talk: Talk) -> None:
    talk.open()
    for session in {0, talk.session - 1}:
        talk.refused(talk.ask(Open(session, talk.tag())), NakCode.SESSION, f"SESSION to OPEN of session {session}")
    talk.must(talk.look().session == talk.session, "the session unchanged", talk.look().session)


def journal(talk: Talk) -> None:
    facts = talk.look()
    if facts.journals:
        raise Inapplicable("it has non-volatile memory")
    talk.must(tuple(facts.journal) == (0, 0, 0, 0), "a record of zeros: bit 0 of capabilities is 0", facts.journal)


HELLO = (
    Check("hello", "4.1", "HELLO is answered", hello,
          "look at baud rate and wiring first; a frame is COBS with the CRC low byte first (vectors/frames.json)"),
    Check("hello-fields", "4.1", "HELLO_REPLY's fields are in range", hello_fields,
          "compare the 56 bytes of the body with the table, offset by offset"),
    Check("ping", "4.4", "PING is answered with a stamp", ping,
          "PONG needs no session; its body is tick u32, thousandths u16"),
    Check("hello-quiet", "4.1", "HELLO changes nothing, whatever its body", hello_changes_nothing,
          "HELLO only asks: do not look at its body, session or id"),
)  # fmt: skip
"""The first of all."""

CHECKS = (
    Check("open-version", "4.2", "OPEN of another version gets NAK VERSION", open_version, "rule 1 of OPEN"),
    Check("open", "4.2", "OPEN begins a session with nothing of before", open_new, "rule 4 of OPEN"),
    Check("open-again", "4.2", "OPEN of the current session changes nothing", open_repeated, "rule 2 of OPEN"),
    Check("open-old", "4.2", "OPEN of an older session gets NAK SESSION", open_old, "rule 3 of OPEN"),
    Check("session", "3", "frames of another session get NAK SESSION", wrong_session, "rule 3 of a good frame"),
    Check("dictionary", "4.3", "the dictionary can be fetched and has its hash", dictionary,
          "make the tables with 'payload rig describe FILE --c' and serve its bytes as they are"),
    Check("clock", "4.4", "stamps go on with the clock, at the speed told", clock,
          "a tick is 1 ms at speed 1000; is the timer's divisor right for this crystal?"),
    Check("journal-none", "5.4", "without non-volatile memory the record is zeros", journal,
          "offsets 47 to 55 of HELLO_REPLY"),
)  # fmt: skip
