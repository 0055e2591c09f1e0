"""Arming: PROTOCOL.md §5.1 and §5.2. Outputs may be armed here; none is driven."""

from __future__ import annotations

from payload.rigs.conform.check import Check, Needs
from payload.rigs.conform.talk import Inapplicable, Talk
from payload.rigs.kinds.dictionary import ARM, PREPARE
from payload.rigs.wire.packet import NONCE_MS, Code, HelloReply, Reason, Stage, StageReply, State

LATE_MS = 500
"""How late the line may bring what the rig sends by itself."""


def staged(talk: Talk, stage: StageReply, wanted: Stage, code: int = 0) -> None:
    talk.must((stage.stage, stage.code) == (wanted, code), f"{wanted.name}, code 0x{code:02x}", stage)


def nonce(talk: Talk, mask: int) -> int:
    """A prepare that must succeed."""
    stage, _ = talk.numbered(PREPARE, mask)
    staged(talk, stage, Stage.DONE)
    return stage.value


def make_ready(talk: Talk, mask: int | None = None) -> None:
    """Opens a session and arms these outputs, all if not told."""
    talk.open()
    mask = talk.kind.all_outputs if mask is None else mask
    stage, _ = talk.numbered(ARM, mask, nonce(talk, mask))
    staged(talk, stage, Stage.DONE)


def status(talk: Talk, state: State, reason: Reason, armed: int = 0) -> HelloReply:
    reply = talk.look()
    found = (reply.state, reply.reason, reply.armed)
    talk.must(found == (state, reason, armed), f"{state.name}, reason {reason.name}, armed {armed:#x}", reply.status)
    return reply


def prepares(talk: Talk) -> None:
    talk.open()
    mask = talk.kind.all_outputs
    for _ in range(2):
        value = nonce(talk, mask)
        wanted = (talk.facts.boot ^ 40503 * talk.number) & 0xFFFF
        talk.must(value == wanted, f"nonce {wanted}: (boot xor 40503 x {talk.number}) mod 65536", value)


def arms(talk: Talk) -> None:
    make_ready(talk)
    status(talk, State.READY, Reason.NONE, talk.kind.all_outputs)


def arm_unprepared(talk: Talk) -> None:
    talk.open()
    mask = talk.kind.all_outputs
    stage, _ = talk.numbered(ARM, mask, 4711)
    staged(talk, stage, Stage.REJECTED, Code.NONCE)
    wrong = nonce(talk, mask) ^ 1
    stage, _ = talk.numbered(ARM, mask, wrong)
    staged(talk, stage, Stage.REJECTED, Code.NONCE)
    talk.must(talk.look().state == State.SAFE, "SAFE still", talk.look().status)


def arm_others(talk: Talk) -> None:
    if len(talk.kind.outputs) < 2:
        raise Inapplicable("it has fewer than two outputs")
    talk.open()
    value = nonce(talk, 1)
    stage, _ = talk.numbered(ARM, 3, value)
    staged(talk, stage, Stage.REJECTED, Code.NONCE)
    stage, _ = talk.numbered(ARM, 1, value)
    staged(talk, stage, Stage.DONE)
    status(talk, State.READY, Reason.NONE, 1)
    stage, _ = talk.numbered(ARM, 2, nonce(talk, 2))
    staged(talk, stage, Stage.DONE)
    status(talk, State.READY, Reason.NONE, 3)


def nonce_once(talk: Talk) -> None:
    talk.open()
    mask = talk.kind.all_outputs
    value = nonce(talk, mask)
    talk.numbered(ARM, mask, value)
    stage, _ = talk.numbered(ARM, mask, value)
    staged(talk, stage, Stage.REJECTED, Code.NONCE)


def nonce_newest(talk: Talk) -> None:
    talk.open()
    mask = talk.kind.all_outputs
    older = nonce(talk, mask)
    nonce(talk, mask)
    stage, _ = talk.numbered(ARM, mask, older)
    staged(talk, stage, Stage.REJECTED, Code.NONCE)


def nonce_void(talk: Talk) -> None:
    talk.open()
    mask = talk.kind.all_outputs
    value = nonce(talk, mask)
    talk.command("safe")
    stage, _ = talk.numbered(ARM, mask, value)
    staged(talk, stage, Stage.REJECTED, Code.NONCE)


def nonce_expires(talk: Talk) -> None:
    talk.open()
    mask = talk.kind.all_outputs
    value = nonce(talk, mask)
    talk.stay(NONCE_MS + LATE_MS)
    stage, _ = talk.numbered(ARM, mask, value)
    staged(talk, stage, Stage.REJECTED, Code.NONCE)


CHECKS = (
    Check("prepare", "5.2", "prepare gives the nonce of the formula", prepares,
          "40503 x id, the boot id's low 16 bits xored"),
    Check("arm", "5.2", "prepare and arm lead to READY", arms, "nothing but arm leaves SAFE"),
    Check("arm-nonce", "5.1", "arm without the right nonce is REJECTED", arm_unprepared,
          "code 10; the state stays SAFE"),
    Check("arm-scope", "5.2", "a nonce is for exactly its outputs; arming adds up", arm_others,
          "compare the mask as well"),
    Check("nonce-once", "5.2", "a nonce is taken once", nonce_once, "it is void as soon as arm has taken it"),
    Check("nonce-newest", "5.2", "a newer prepare makes the older nonce void", nonce_newest,
          "one nonce is out at most"),
    Check("nonce-safe", "6", "going SAFE makes a nonce void", nonce_void,
          "in SAFE too, at each event that would go SAFE"),
    Check("nonce-expires", "5.2", "a nonce is void after 10 s", nonce_expires, "L(10000) ticks", Needs.TIME),
)  # fmt: skip
