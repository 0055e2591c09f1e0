"""Housekeeping, samples and asking again: PROTOCOL.md §7."""

from __future__ import annotations

from payload.rigs.conform.check import Check, Needs
from payload.rigs.conform.talk import Heard, Inapplicable, Talk
from payload.rigs.wire.packet import (
    BEAT_MS,
    Gone,
    Housekeeping,
    NakCode,
    Resend,
    Telemetry,
)

CREDIT = 1_000
"""Frames a second: more than a line of 115,200 baud can bring."""


def _frames(heard: list[Heard]) -> list[Telemetry]:
    return [one.packet for one in heard if isinstance(one.packet, Telemetry)]


def _collect(talk: Talk, wall_ms: int = 3_500) -> list[Heard]:
    talk.open()
    talk.sent.append(f"BEATs with credit {CREDIT} for {wall_ms} ms")
    return talk.stay(wall_ms, credit=CREDIT)


def _interval(talk: Talk, stream: int) -> int:
    return talk.kind.channels[stream].interval_ms * -(-talk.facts.speed_milli // 8_000)


def housekeeping(talk: Talk) -> None:
    opened = talk.open()
    heard = talk.stay(3_500, credit=CREDIT)
    frames = [one.packet for one in heard if isinstance(one.packet, Housekeeping)]
    talk.must(len(frames) >= 3, "HOUSEKEEPING each second", f"{len(frames)} frames in 3500 ms")
    numbers = [frame.sequence for frame in frames]
    talk.must(numbers == list(range(len(frames))), "sequence 0, 1, 2, ... since OPEN", numbers)
    ticks = [(frame.status.tick - opened.status.tick) & 0xFFFFFFFF for frame in frames]
    wanted = [talk.ticks(BEAT_MS) * (i + 1) for i in range(len(frames))]
    talk.must(ticks == wanted, f"{wanted} ticks after OPEN, exactly", ticks)


def samples(talk: Talk) -> None:
    frames = _frames(_collect(talk))
    most = (talk.facts.max_body - 14) // 4
    for stream, channel in enumerate(talk.kind.channels):
        mine = [frame for frame in frames if frame.stream == stream]
        if not mine:
            talk.must(
                _interval(talk, stream) > 3 * talk.ticks(BEAT_MS), f"samples of {channel.name}", "none in 3500 ms"
            )
            continue
        following = mine[0].first - mine[0].lost
        lost = 0
        for frame in mine:
            talk.must(frame.tag == 0 and 1 <= len(frame.values) <= most, f"id 0 and 1 to {most} samples", frame)
            talk.must(
                frame.interval == _interval(talk, stream), f"interval {_interval(talk, stream)} ticks", frame.interval
            )
            following += frame.lost - lost
            lost = frame.lost
            talk.must(
                frame.first == following, f"sample {following} next: each once, in order, or counted as lost", frame
            )
            following += len(frame.values)


def credit(talk: Talk) -> None:
    talk.open()
    heard = talk.stay(2_500)
    talk.none(heard, Telemetry, "no samples by themselves without credit")
    talk.beat(credit=1)
    frames = _frames(talk.stay(2_500, beating=False))
    talk.must(len(frames) <= 1, "at most one frame for a credit of 1", f"{len(frames)} frames")


def resend(talk: Talk) -> None:
    frames = _frames(_collect(talk))
    if not frames:
        raise Inapplicable("it sent no samples in 3500 ms")
    known = {(f.stream, f.first + i): value for f in frames for i, value in enumerate(f.values)}
    last = frames[-1]
    number = last.first + len(last.values) - 1
    tag = talk.tag()
    answer = talk.one(
        talk.ask(Resend(talk.session, tag, last.stream, number, 1)), Telemetry, "TELEMETRY of that sample"
    )
    talk.must(
        (answer.tag, answer.stream, answer.first, len(answer.values)) == (tag, last.stream, number, 1),
        f"sample {number} of stream {last.stream} with the request's id {tag}",
        answer,
    )
    value = known[last.stream, number]
    talk.must(answer.values[0] == value, f"the value that it had: {value}", answer.values[0])


def resend_later(talk: Talk) -> None:
    talk.open()
    first = (talk.look().tick // _interval(talk, 0) + 1_000_000) & 0x7FFFFFFF
    gone = talk.one(talk.ask(Resend(talk.session, talk.tag(), 0, first, 5)), Gone, "GONE of what is not there yet")
    talk.must((gone.first, gone.count) == (first, 0), f"first {first}, n = 0", gone)


def resend_gone(talk: Talk) -> None:
    talk.open()
    newest = talk.look().tick // _interval(talk, 0)
    if newest <= talk.facts.ring:
        raise Inapplicable(f"its ring still holds every sample since boot ({newest})")
    gone = talk.one(talk.ask(Resend(talk.session, talk.tag(), 0, 1, 1)), Gone, "GONE of what was overwritten")
    talk.must((gone.stream, gone.first, gone.count) == (0, 1, 1), "stream 0, first 1, n = 1", gone)


def resend_wrong(talk: Talk) -> None:
    talk.open()
    streams = len(talk.kind.channels)
    if streams < 256:
        heard = talk.ask(Resend(talk.session, talk.tag(), streams, 1, 1))
        talk.refused(heard, NakCode.MALFORMED, f"MALFORMED to RESEND of stream {streams}, which there is not")
    heard = talk.ask(Resend(talk.session, talk.tag(), 0, 1, 0))
    talk.refused(heard, NakCode.MALFORMED, "MALFORMED to RESEND of 0 samples")


CHECKS = (
    Check("housekeeping", "7", "housekeeping comes each second, numbered", housekeeping,
          "hk_due is counted from OPEN, L(1000) apart, not from the last frame sent", Needs.TIME),
    Check("samples", "7", "samples come once, in order", samples,
          "sample j is the channel's value at tick j x interval since boot, session or not", Needs.TIME),
    Check("credit", "7", "samples wait for credit", credit,
          "each TELEMETRY frame costs one credit; OPEN sets it to 0", Needs.TIME),
    Check("resend", "7", "RESEND brings a sample again", resend, "the ring keeps what was sent, too", Needs.TIME),
    Check("resend-later", "7", "RESEND of the future is GONE with n = 0", resend_later, "second rule of RESEND"),
    Check("resend-gone", "7", "RESEND of what was overwritten is GONE", resend_gone, "first rule of RESEND"),
    Check("resend-wrong", "7", "RESEND of no stream, or of nothing, gets NAK MALFORMED", resend_wrong,
          "first bytes of RESEND"),
)  # fmt: skip
