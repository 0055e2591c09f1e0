"""Random histories of words to a rig, and their playing on every target. All follows from kind, seed and length.

Two sorts. *Untimed*: nothing that depends on when it is said, so that a target in real time can be compared; each word
is followed by a PING, whose PONG says that all answers have come; ticks and stamps are masked, periodic frames left
out. *Timed*: everything, each word at its own tick; whole frames are compared, but for the thousandths of stamps.
"""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from emulated_builders import (
    ABORTED,
    BEAT_REPLY,
    BYTE_NS,
    HELLO_REPLY,
    HOUSEKEEPING,
    MS,
    OPENED,
    PING,
    PONG,
    STAGE,
    TELEMETRY,
    OnAvr,
    OnWire,
    on_socket,
    tick_zero_ns,
)
from emulated_words import Host
from firmware_builders import Heard, hear, wire

from payload.rigs.programs.avr import LockstepAvr
from payload.rigs.programs.emulators import image
from payload.rigs.programs.qemu import Qemu
from payload.rigs.twins import Twin, script
from payload.rigs.twins.memory import Bytes
from payload.rigs.twins.size import Size

LATE = 7
BEAT_EVERY = 10  # words, in an untimed history


# -- untimed -----------------------------------------------------------------------------------------------------


def untimed(kind: str, seed: int, length: int, boot: int, size: Size) -> list[bytes]:
    """Words, each with its PING behind it, whose tag is the word's index; no other PING has such a tag."""
    host = Host(kind, boot, Random(f"untimed/{kind}/{seed}"), size, timed=False)
    words = [host.opening() + wire(PING, 9, 0)]
    for index in range(1, length):
        word = host.beat() if index % BEAT_EVERY == 5 else host.word()
        words.append(word + wire(PING, 9, index % 65535))
    return words


MASKED: dict[int, tuple[slice, ...]] = {
    HELLO_REPLY: (slice(32, 36),),
    OPENED: (slice(14, 18),),
    STAGE: (slice(3, 7),),
    BEAT_REPLY: (slice(10, 20),),
    ABORTED: (slice(10, 14),),
    PONG: (slice(0, 6),),
}
"""Where ticks and stamps lie in a body."""


def masked(heard: Heard) -> tuple[int, int, int, bytes]:
    body = bytearray(heard.body)
    for place in MASKED.get(heard.type, ()):
        body[place] = bytes(place.stop - place.start)
    if heard.type == STAGE and body[0] == LATE:
        body[7:11] = bytes(4)
    return heard.type, heard.session, heard.number, bytes(body)


def timeless(heard: list[Heard]) -> list[tuple[int, int, int, bytes]]:
    return [masked(frame) for frame in heard if frame.type not in (HOUSEKEEPING, TELEMETRY)]


def twin_untimed(kind: str, words: list[bytes], boot: int, size: Size) -> list[Heard]:
    twin = Twin(kind, unit=1, boot=boot, size=size, nvm=Bytes())
    frames = (frame for tick, word in enumerate(words, 1) for _, frame in twin.advance(tick, 500, word))
    return hear(b"".join(frames))


def program_untimed(rig: Path, nvm: Path, kind: str, words: list[bytes], boot: int) -> list[Heard]:
    lines = [f"{tick}.5 {word.hex()}" for tick, word in enumerate(words, 1)]
    return hear(bytes.fromhex("".join(line.split()[1] for line in play(rig, nvm, kind, lines, boot))))


def play(rig: Path, nvm: Path, kind: str, lines: list[str], boot: int) -> list[str]:
    done = subprocess.run(
        [rig, "--kind", kind, "--script", "--unit", "1", "--boot", f"{boot:x}", "--nvm", nvm],
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def talk_untimed(talk: OnAvr | OnWire, words: list[bytes]) -> list[Heard]:
    """Says one after the other, each when all answers to the one before have come."""
    heard = []
    for index, word in enumerate(words):
        talk.say(word)
        heard += talk.until(ends_with(index % 65535))
    return heard


def ends_with(tag: int) -> Callable[[Heard], bool]:
    return lambda frame: frame.type == PONG and frame.number == tag


def arm_untimed(kind: str, words: list[bytes], boot: int, again: int = 5) -> list[Heard]:
    """In real time: played anew when the machine was so busy that a lease ended between two words."""
    for _ in range(again):
        qemu = Qemu(image("", kind, "qemu"), unit=1, boot=boot)
        try:
            heard = talk_untimed(on_socket(qemu.line), words)
        finally:
            qemu.close()
        if kept_its_lease(heard):
            break
    return heard


def kept_its_lease(heard: list[Heard], most_ms: int = 2_500) -> bool:
    """Did the words come as close together as they were meant to? A busy machine may have kept the host waiting."""
    ticks = [struct.unpack_from("<I", frame.body)[0] for frame in heard if frame.type == PONG]
    return all(after - before < most_ms for before, after in zip(ticks, ticks[2 * BEAT_EVERY :], strict=False))


# -- timed -------------------------------------------------------------------------------------------------------

PAUSES = (8, 9, 15, 40, 130, 400, 900, 1000, 1500, 2999, 3000, 3001, 7000)
JOURNALING_MS = 150
"""More than an AVR needs to write its record twice: what comes meanwhile fills its ring."""


@dataclass
class History:
    """Words with the tick in whose middle their last byte comes."""

    kind: str
    words: list[tuple[int, bytes]] = field(default_factory=list)


def timed(kind: str, seed: int, length: int, boot: int, size: Size) -> History:
    host = Host(kind, boot, Random(f"timed/{kind}/{seed}"), size, timed=True, at=100)
    history = History(kind, [(host.at, host.opening())])
    for _ in range(length):
        if host.rng.random() < 0.6:  # most hosts do not let a lease end
            host.at += host.rng.choice(PAUSES[:6])
            history.words.append((host.at, host.beat()))
        host.at += host.rng.choice(PAUSES if host.rng.random() < 0.4 else PAUSES[:7]) + (
            JOURNALING_MS if kind in ("incubator", "fluid-loop", "power-switch") else 0
        )
        history.words.append((host.at, host.word()))
    history.words.append((host.at + 10_000, b""))
    return history


def stampless(frames: list[Heard]) -> list[Heard]:
    """Without the thousandths of stamps: a byte's end is known to some microseconds only."""
    return [
        Heard(frame.type, frame.session, frame.number, frame.body[:-2]) if frame.type in (PONG, BEAT_REPLY) else frame
        for frame in frames
    ]


def twin_timed(history: History, boot: int, size: Size) -> list[Heard]:
    twin = Twin(history.kind, unit=1, boot=boot, size=size, nvm=Bytes())
    return hear(bytes.fromhex("".join(line.split()[1] for line in script(twin, lines_of(history)))))


def lines_of(history: History) -> list[str]:
    return [f"{at}.5 {word.hex() or '-'}" for at, word in history.words]


def program_timed(rig: Path, nvm: Path, history: History, boot: int) -> list[Heard]:
    lines = play(rig, nvm, history.kind, lines_of(history), boot)
    return hear(bytes.fromhex("".join(line.split()[1] for line in lines)))


def avr_timed(history: History, boot: int) -> list[Heard]:
    """The words go on the line so that their last byte ends in the middle of its tick."""
    zero_ns = tick_zero_ns(OnAvr(LockstepAvr(history.kind, unit=1, boot=boot)).boots())  # its like to the bit
    avr = LockstepAvr(history.kind, unit=1, boot=boot)
    sent = b""
    for at, word in history.words:
        begin_ns = zero_ns + at * MS + MS // 2 - len(word) * BYTE_NS
        while avr.now_ns < begin_ns:
            sent += avr.advance(begin_ns, b"")[1]
        avr.advance(avr.now_ns, word)
    sent += b"".join(frame for _, frame in avr.stamped(avr.now_ns + 50 * MS))
    assert (avr.overruns, avr.resets, avr.alive) == (0, 0, True)
    whole, _, _ = sent.rpartition(b"\0")
    return hear(whole + b"\0")
