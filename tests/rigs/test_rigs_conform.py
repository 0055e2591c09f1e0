"""The conformance suite: a good rig passes, and for each check there is a broken one that only it finds out."""

from __future__ import annotations

import pytest
from conform_builders import BOOT, Broken, TwinLine, change, drop, stage, status, told, twice, twin

from payload.errors import PortError
from payload.rigs.conform import CHECKS, Needs, Verdict, conform
from payload.rigs.wire.frame import Frame
from payload.rigs.wire.packet import (
    Aborted,
    BeatReply,
    DictionaryPart,
    Gone,
    HelloReply,
    Housekeeping,
    Nak,
    NakCode,
    Opened,
    Pong,
    Record,
    Stage,
    StageReply,
    Stamp,
    Telemetry,
    Type,
)

KINDS = ("incubator", "fluid-loop", "camera", "power-switch", "recorder")


@pytest.mark.parametrize("kind", KINDS)
def test_the_twins_conform(kind):
    findings = conform(TwinLine(twin(kind)), hazardous=True)
    failed = [finding for finding in findings if finding.verdict is Verdict.FAIL]
    assert failed == []
    assert [finding.id for finding in findings] == [*(check.id for check in CHECKS), "safe-at-last"]


def test_without_memory_too():
    findings = conform(TwinLine(twin("incubator", nvm=False)), hazardous=True)
    assert [finding.id for finding in findings if finding.verdict is Verdict.FAIL] == []


def test_nothing_that_drives_is_sent_unless_asked_for():
    sent = []

    def hears(line, data):
        sent.extend(line.opcodes.values())
        return data

    line = Broken(twin("power-switch"), hears=hears)
    findings = conform(line)
    skipped = {finding.id for finding in findings if "--hazardous" in finding.came}
    assert skipped == {check.id for check in CHECKS if Needs.HAZARD in check.needs}
    assert max(opcode for opcode in sent if opcode != 255) < 16  # 255 is no command of its: it must be refused


def _swallow_delimiter(line, data):
    return data.replace(b"\0", b"", 1) if data[:1] != b"\0" else data


def _version(line, frame):
    return frame._replace(body=b"\x02\x01") if frame.type == Type.OPEN and len(frame.body) == 2 else frame


def _any_session(line, frame):
    return frame._replace(session=line.session) if frame.type in (Type.COMMAND, Type.BEAT, Type.RESEND) else frame


def _answers_echo(line, frame):
    return frame._replace(type=Type.HELLO) if frame.type == 0x81 else frame


def _any_open(line, frame):
    if frame.type != Type.OPEN or len(frame.body) != 2 or frame.body[0] != 2:
        return frame
    line.count += 1
    return frame._replace(session=max(frame.session, line.count + 100))


def _no_timed(line, frame):
    if frame.type == Type.COMMAND_AT and len(frame.body) > 4:
        return frame._replace(type=Type.COMMAND, body=frame.body[4:])
    return frame


def _helpful_nonce(line, frame):
    """Arms whatever nonce it is told, as long as one is out."""
    if frame.type == Type.COMMAND and len(frame.body) == 9 and frame.body[0] == 2:
        prepared = next((n for n in range(frame.id - 1, 0, -1) if line.opcodes.get(n) == 1), 0)
        nonce = (BOOT ^ 40503 * prepared) & 0xFFFF
        return frame._replace(body=frame.body[:5] + nonce.to_bytes(4, "little"))
    return frame


def _read_for(opcode):
    def edit(line, frame):
        if frame.type == Type.COMMAND and frame.body[:1] == bytes((opcode,)):
            return frame._replace(body=b"\x05\0\0\0\0")
        return frame

    return edit


def _deaf_abort(line, frame):
    return None if frame.type == Type.ABORT and frame.session else frame


def _no_abort(line, frame):
    return None if frame.type == Type.ABORT else frame


def _no_beat(line, frame):
    return Frame(Type.PING, 0, frame.id) if frame.type == Type.BEAT else frame


def _generous(line, frame):
    return frame._replace(body=b"\x64\x00") if frame.type == Type.BEAT and len(frame.body) == 2 else frame


def _no_single_bytes(line, data):
    return b"" if len(data) == 1 else data


def _last_of_many(line, data):
    return data if data.count(b"\0") < 8 else b"\0".join(data.split(b"\0")[-4:])


def _ticking(line, packet):
    """Old results with the time of now."""
    if isinstance(packet, StageReply):
        line.count += 1
        return [change(StageReply, tick=packet.tick + line.count)(line, packet)[0]]
    return [packet]


def _after_session(packet_type, **fields):
    """Only once a session is open."""

    def says(line, packet):
        return change(packet_type, **fields)(line, packet) if line.session else [packet]

    return says


def _counts_empty(line, packet):
    if isinstance(packet, HelloReply):
        return change(HelloReply, bad_frames=lambda p: p.bad_frames + line.count)(line, packet)
    return [packet]


def _sees_empty(line, data):
    line.count += b"\0\0\0\0" in data
    return data


HEARD = [
    ("power-switch", "resync", _swallow_delimiter),
    ("power-switch", "pieces", _no_single_bytes),
    ("power-switch", "open-version", told(_version)),
    ("power-switch", "session", told(_any_session)),
    ("power-switch", "own-types", told(_answers_echo)),
    ("power-switch", "open-old", told(_any_open)),
    ("power-switch", "timed", told(_no_timed)),
    ("power-switch", "timed-judged", told(lambda line, f: None if f.type == Type.COMMAND_AT else f)),
    ("power-switch", "arm-nonce", told(_helpful_nonce)),
    ("power-switch", "nonce-newest", told(_helpful_nonce)),
    ("power-switch", "limit", told(_read_for(6))),
    ("power-switch", "limit-range", told(_read_for(6))),
    ("power-switch", "abort-any", told(_deaf_abort)),
    ("power-switch", "abort", told(_no_abort)),
    ("power-switch", "timed-abort", told(_no_abort)),
    ("power-switch", "safe-at-last", told(_no_abort)),
    ("power-switch", "lease-kept", told(_no_beat)),
    ("power-switch", "beat", told(_no_beat)),
    ("power-switch", "credit", told(_generous)),
    ("power-switch", "burst", _last_of_many),
]

SAID = [
    ("power-switch", "hello", drop(HelloReply)),
    ("power-switch", "hello", change(HelloReply, version=1)),
    ("power-switch", "hello-fields", change(HelloReply, boot=0)),
    ("power-switch", "hello-fields", change(HelloReply, window=0)),
    ("power-switch", "hello-fields", change(HelloReply, capabilities=1)),
    ("power-switch", "hello-quiet", change(HelloReply, last_id=lambda p: p.tag & 0xFF)),
    ("power-switch", "ping", change(Pong, tag=0)),
    ("power-switch", "ping", change(Pong, stamp=Stamp(0, 1000))),
    ("power-switch", "bad-crc", change(HelloReply, bad_frames=0)),
    ("power-switch", "crc-order", change(HelloReply, bad_frames=0)),
    ("power-switch", "bad-cobs", change(HelloReply, bad_frames=lambda p: 2 * p.bad_frames)),
    ("power-switch", "too-short", change(HelloReply, bad_frames=0)),
    ("power-switch", "overlong", change(HelloReply, bad_frames=lambda p: 2 * p.bad_frames)),
    ("power-switch", "too-long", change(HelloReply, bad_frames=0)),
    ("power-switch", "unknown-type", drop(Nak, code=NakCode.TYPE)),
    ("power-switch", "malformed", change(HelloReply, naks=0)),
    ("power-switch", "open", status(Opened, armed=1)),
    ("power-switch", "open-again", status(Opened, last_id=0)),
    ("power-switch", "dictionary", change(HelloReply, dictionary=1)),
    ("power-switch", "dictionary", change(DictionaryPart, offset=0)),
    ("power-switch", "clock", change(Pong, stamp=lambda p: Stamp(p.stamp.tick * 2, p.stamp.thousandths))),
    ("power-switch", "number-first", change(HelloReply, finished=0)),
    ("power-switch", "repeat", _ticking),
    ("power-switch", "repeat-refusal", _ticking),
    ("power-switch", "gap", drop(Nak, code=NakCode.GAP)),
    ("power-switch", "old", change(Nak, code=NakCode.GAP)),
    ("power-switch", "window", drop(Nak, code=NakCode.FORGOTTEN)),
    ("power-switch", "opcode", stage(255, stage=Stage.DONE)),
    ("power-switch", "arguments", stage(5, Stage.REJECTED, value=1)),
    ("power-switch", "range", stage(5, Stage.REJECTED, value=1)),
    ("power-switch", "read", stage(5, progress=0)),
    ("power-switch", "timed-late", stage(5, Stage.LATE, value=0)),
    ("power-switch", "timed-full", drop(StageReply, stage=Stage.CANCELLED)),
    ("power-switch", "timed-open", drop(Nak, code=NakCode.GAP)),
    ("power-switch", "prepare", stage(1, value=7)),
    ("power-switch", "arm", change(HelloReply, armed=0)),
    ("power-switch", "arm-scope", change(HelloReply, armed=15)),
    ("power-switch", "nonce-once", stage(2, Stage.REJECTED, stage=Stage.DONE)),
    ("power-switch", "nonce-safe", stage(2, Stage.REJECTED, stage=Stage.DONE)),
    ("power-switch", "nonce-expires", stage(2, Stage.REJECTED, stage=Stage.DONE)),
    ("power-switch", "safe", drop(Housekeeping)),
    ("power-switch", "latched", _after_session(HelloReply, reason=lambda p: 4 if p.reason else 0)),
    ("power-switch", "abort", status(Housekeeping, reason=2)),
    ("power-switch", "abort", drop(Aborted)),
    ("power-switch", "open-safe", _after_session(HelloReply, reason=2)),
    ("power-switch", "beat", change(BeatReply, tag=0)),
    ("power-switch", "lease", status(Housekeeping, tick=lambda s: s.tick + 1)),
    ("power-switch", "housekeeping", change(Housekeeping, sequence=0)),
    ("power-switch", "housekeeping", status(Housekeeping, tick=lambda s: s.tick + s.tick // 1000)),
    ("power-switch", "samples", twice(Telemetry)),
    ("power-switch", "samples", change(Telemetry, interval=1)),
    ("power-switch", "resend", change(Telemetry, values=lambda p: tuple(v + bool(p.tag) for v in p.values))),
    ("power-switch", "resend-later", change(Gone, count=1)),
    ("recorder", "resend-gone", change(Gone, count=0)),
    ("power-switch", "resend-wrong", drop(Nak)),
    ("power-switch", "safe-mode", stage(16, Stage.REJECTED, code=0)),
    ("power-switch", "not-armed", stage(16, Stage.REJECTED, value=0)),
    ("incubator", "long", stage(16, Stage.DONE, tick=lambda p: p.tick + 1)),
    ("incubator", "long", stage(16, Stage.REJECTED, stage=Stage.STARTED)),
    ("incubator", "long-safed", stage(16, Stage.FAILED, code=0)),
    ("incubator", "long-lease", stage(16, Stage.FAILED, stage=Stage.DONE)),
    ("power-switch", "drive", stage(16, Stage.DONE, stage=Stage.STARTED)),
    ("power-switch", "journal", change(HelloReply, journal=Record(0, 0, 0, 0))),
    ("camera", "journal-none", change(HelloReply, journal=Record(1, 2, 3, 4))),
]  # fmt: skip


def _found(line, check):
    findings = conform(line, hazardous=True, only=frozenset({check}))
    found = {finding.id: finding for finding in findings}
    return found[check]


@pytest.mark.parametrize(("kind", "check", "hears"), HEARD, ids=[f"{row[1]}-{i}" for i, row in enumerate(HEARD)])
def test_a_rig_that_hears_wrong_is_found_out(kind, check, hears):
    finding = _found(Broken(twin(kind), hears=hears), check)
    assert finding.verdict is Verdict.FAIL, finding
    assert finding.expected
    assert finding.came
    assert finding.advice


@pytest.mark.parametrize(("kind", "check", "says"), SAID, ids=[f"{row[1]}-{i}" for i, row in enumerate(SAID)])
def test_a_rig_that_answers_wrong_is_found_out(kind, check, says):
    finding = _found(Broken(twin(kind, nvm=kind != "camera"), says=says), check)
    assert finding.verdict is Verdict.FAIL, finding
    assert finding.expected
    assert finding.came
    assert finding.advice


def test_empty_stretches_that_are_counted_are_found_out():
    finding = _found(Broken(twin("camera"), hears=_sees_empty, says=_counts_empty), "empty")
    assert (finding.verdict, finding.expected) == (
        Verdict.FAIL,
        "bad_frames to go up by 0 for empty stretches between 0x00",
    )


def test_every_check_finds_something():
    found = {row[1] for row in (*HEARD, *SAID)} | {"empty"}
    assert found == {check.id for check in CHECKS} | {"safe-at-last"}


def test_a_silent_rig_fails_once_and_the_rest_is_skipped():
    findings = conform(Broken(twin("camera"), says=lambda line, packet: []))
    failed = [finding.id for finding in findings if finding.verdict is Verdict.FAIL]
    assert failed == ["hello"]
    assert all(f.verdict is Verdict.SKIPPED for f in findings if f.id not in failed)


def test_a_port_that_is_lost_ends_the_suite():
    def hears(line, data):
        line.count += 1
        if line.count > 40:
            raise PortError("", "it was unplugged")
        return data

    findings = conform(Broken(twin("camera"), hears=hears))
    verdicts = [finding.verdict for finding in findings]
    first = verdicts.index(Verdict.FAIL)
    assert set(verdicts[:first]) == {Verdict.PASS}
    assert set(verdicts[first + 1 :]) == {Verdict.SKIPPED}
    assert findings[-1].came == "the port was lost"
