"""The lease and safe mode: PROTOCOL.md §6. Outputs are armed here; none is driven."""

from __future__ import annotations

from payload.met import to_ns
from payload.rigs.conform.arming import LATE_MS, make_ready, nonce, staged, status
from payload.rigs.conform.check import Check, Needs
from payload.rigs.conform.talk import Heard, Inapplicable, Talk
from payload.rigs.kinds.dictionary import ARM, LIMIT, PREPARE, READ
from payload.rigs.wire.frame import Frame
from payload.rigs.wire.packet import (
    LEASE_MS,
    Aborted,
    Code,
    Housekeeping,
    Packet,
    Reason,
    Stage,
    State,
    Status,
    Type,
)

ABORT = bytes.fromhex("000205010101035b3200")
"""PROTOCOL.md §3: the fixed string that can be burnt into a button."""


def went_safe(talk: Talk, heard: list[Heard], reason: Reason) -> Status:
    """HOUSEKEEPING at once, saying so."""
    for one in heard:
        if isinstance(one.packet, Housekeeping) and one.packet.status.state == State.SAFE:
            told = one.packet.status
            talk.must(
                (told.reason, told.armed) == (reason, 0), f"SAFE, reason {reason.name}, nothing armed", one.packet
            )
            return told
    talk.must(False, f"a HOUSEKEEPING frame at once, SAFE with reason {reason.name}", heard or "nothing")
    raise AssertionError


def goes_safe(talk: Talk) -> None:
    for name in ("disarm", "safe"):
        make_ready(talk)
        stage, heard = talk.numbered(talk.kind.by_name[name].opcode)
        staged(talk, stage, Stage.DONE)
        went_safe(talk, heard, Reason.COMMAND)
        status(talk, State.SAFE, Reason.COMMAND)


def latched(talk: Talk) -> None:
    make_ready(talk)
    talk.command("safe")
    talk.ask(ABORT)
    status(talk, State.SAFE, Reason.COMMAND)
    talk.open()
    status(talk, State.SAFE, Reason.COMMAND)


def aborts(talk: Talk) -> None:
    make_ready(talk)
    heard = talk.ask(ABORT)
    talk.one(heard, Aborted, "ABORTED")
    went_safe(talk, heard, Reason.ABORT)
    talk.must(isinstance(heard[-1].packet, Aborted), "HOUSEKEEPING first, ABORTED behind it", heard)
    status(talk, State.SAFE, Reason.ABORT)


def aborts_always(talk: Talk) -> None:
    make_ready(talk)
    for frame in (Frame(Type.ABORT, 0xABCD, 0x1234, b"button"), Frame(Type.ABORT, 0, 0)):
        answer = talk.one(talk.ask(frame), Aborted, "ABORTED whatever session, id and body")
        talk.must(answer.tag == frame.id, f"the request's id {frame.id}", answer)
    status(talk, State.SAFE, Reason.ABORT)


def open_safes(talk: Talk) -> None:
    make_ready(talk)
    talk.open()
    status(talk, State.SAFE, Reason.SESSION)


def beats(talk: Talk) -> None:
    talk.open()
    answer = talk.beat()
    talk.must(answer.stamp.thousandths < 1000, "thousandths below 1000", answer)
    talk.must(
        answer.stamp.tick == answer.status.tick, "the stamp's tick that of the status: it is answered at once", answer
    )


def lease_ends(talk: Talk) -> None:
    make_ready(talk)
    reply = talk.beat()
    talk.sent.append(f"nothing for {LEASE_MS + LATE_MS} ms")
    heard = talk.stay(LEASE_MS + LATE_MS, beating=False)
    told = went_safe(talk, heard, Reason.LEASE)
    wanted = (reply.stamp.tick + talk.ticks(LEASE_MS)) & 0xFFFFFFFF
    talk.must(told.tick == wanted, f"SAFE at tick {wanted}, {talk.ticks(LEASE_MS)} after the BEAT", told)
    talk.sent.append("nothing for 2000 ms more")
    talk.none(talk.stay(2_000, beating=False), Packet, "silence once the lease is over")
    stage, _ = talk.numbered(PREPARE, talk.kind.all_outputs)
    staged(talk, stage, Stage.REJECTED, Code.NO_LEASE)
    talk.beat()
    stage, _ = talk.numbered(PREPARE, talk.kind.all_outputs)
    staged(talk, stage, Stage.DONE)


def lease_kept(talk: Talk) -> None:
    make_ready(talk)
    talk.stay(LEASE_MS + 2 * LATE_MS)
    talk.must(talk.look().state == State.READY, "READY: the lease is renewed each second", talk.look().status)


def _outside(talk: Talk) -> tuple[int, int, int]:
    """A channel that stands still, and limits that it is outside of."""
    for index, channel in enumerate(talk.kind.channels):
        values = {talk.numbered(READ, index)[0].value for _ in range(3)}
        value = values.pop()
        if values or not channel.low <= value <= channel.high:
            continue
        above, below = value + (channel.high - value) // 2 + 1, value - (value - channel.low) // 2 - 1
        if above <= channel.high:
            return index, above, channel.high
        if below >= channel.low:
            return index, channel.low, below
    raise Inapplicable("no channel stands still within its limits")


def trips(talk: Talk) -> None:
    make_ready(talk)
    index, low, high = _outside(talk)
    stage, _ = talk.numbered(LIMIT, index, low, high)
    staged(talk, stage, Stage.DONE)
    talk.sent.append("BEATs while plant steps pass")
    heard = talk.stay(max(talk.wall_ms(3_000), 50) if talk.facts.speed_milli <= 60_000 else 1_000)
    went_safe(talk, heard, Reason.LIMIT)
    stage, _ = talk.numbered(ARM, talk.kind.all_outputs, nonce(talk, talk.kind.all_outputs))
    staged(talk, stage, Stage.REJECTED, Code.LIMIT_NOW)
    talk.must(stage.value == index, f"value {index}, the channel outside its limits", stage)
    talk.open()
    stage, _ = talk.numbered(ARM, talk.kind.all_outputs, nonce(talk, talk.kind.all_outputs))
    talk.must(stage.stage == Stage.DONE, "DONE: OPEN sets the limits back to the dictionary's", stage)


def safe_after_all(talk: Talk) -> None:
    """The last of all: however the others ended."""
    until = talk.line.now() + to_ns(5_000)
    heard: list[Heard] = []
    while talk.line.now() < until:
        heard = talk.ask(ABORT)
        if any(isinstance(one.packet, Aborted) and one.packet.status.state == State.SAFE for one in heard):
            return
        talk.hear(talk.line.now() + to_ns(LATE_MS))
    talk.must(False, "ABORTED, SAFE", heard or "nothing")


CHECKS = (
    Check("beat", "6", "BEAT is answered with a stamp", beats, "BEAT_REPLY is status and stamp, 20 bytes"),
    Check("safe", "6", "safe and disarm go SAFE, and say so at once", goes_safe,
          "one HOUSEKEEPING frame when it goes SAFE"),
    Check("latched", "6", "the first reason is kept", latched, "SAFE stays SAFE with its reason until arm is DONE"),
    Check("abort", "6", "the fixed ABORT makes it SAFE", aborts, "it needs no session, no lease, no number"),
    Check("abort-any", "3", "ABORT is obeyed whatever its session, id and body", aborts_always,
          "look at its type only"),
    Check("open-safe", "4.2", "OPEN of a new session goes SAFE first", open_safes,
          "another host must not inherit armed outputs"),
    Check("lease", "6", "without BEAT it is SAFE after 3 s, and silent", lease_ends,
          "the lease must end to the tick, by the rig's own clock", Needs.TIME),
    Check("lease-kept", "6", "BEAT renews the lease", lease_kept,
          "lease_until = t + L(3000) at every BEAT", Needs.TIME),
    Check("limit", "6", "a channel outside its limits trips, and keeps arm from arming", trips,
          "after each plant step, at every 1000th tick, in READY and RUNNING", Needs.TIME),
)  # fmt: skip

LAST = Check(
    "safe-at-last", "6", "it is SAFE when all is over", safe_after_all, "SWITCH IT OFF BY HAND: it does not obey ABORT"
)
