"""A host without manners: commands at random, lost, repeated, damaged, timed, with and without beats."""

from __future__ import annotations

import random

from talking import BOOT, Talk, nonce, wire

from payload.rigs.kinds.dictionary import ARM, CANCEL, DISARM, KINDS, LIMIT, PREPARE, READ, SAFE
from payload.rigs.twins import Twin
from payload.rigs.wire.frame import Frame
from payload.rigs.wire.packet import (
    Abort,
    AskDictionary,
    Beat,
    Call,
    CallAt,
    Hello,
    Open,
    Ping,
    Resend,
    ToRig,
)

LENGTHS = (999, 1000, 9_999, 10_000, 33_333, 3_600_000)
LIMITS = {"incubator": (-6_000, 60_000), "fluid-loop": (0, 150_000), "recorder": (-2_000, 2_000)}


class RandomHost:
    """Speaks to a twin that goes along, so that most numbers are the ones that the rig expects."""

    def __init__(self, rng: random.Random, twin: Twin) -> None:
        self.rng, self.twin = rng, twin
        self.kind = twin.kind
        self.prepared = (self.kind.all_outputs, 0)

    def words(self) -> bytes:
        rng, twin = self.rng, self.twin
        session, number = twin.session, twin.last_id + 1 & 0xFFFF
        match rng.choices("hobcatrgxAnpds", (2, 2, 14, 22, 8, 5, 4, 3, 4, 1, 2, 1, 1, 4))[0] if session else "o":
            case "h":
                return wire(Hello(rng.randrange(65536)))
            case "o":
                flush, version = rng.choice((0, 1, 1, 3)), rng.choice((2, 2, 2, 2, 1))
                return wire(Open(session + rng.choice((0, 1, 1, 3)), 9, flush, version))
            case "b":
                return wire(Beat(session, rng.randrange(65536), rng.choice((0, 1, 2, 5, 300))))
            case "c":
                return wire(Call(session, number, *self.order(number)))
            case "a":
                self.prepared = (rng.randrange(self.kind.all_outputs + 1) or self.kind.all_outputs, number)
                words: list[ToRig] = [Call(session, number, PREPARE, self.prepared[:1])]
                if rng.random() < 0.9:
                    arguments = (self.prepared[0], nonce(number) ^ (rng.random() < 0.1))
                    words.append(Call(session, number + 1 & 0xFFFF, ARM, arguments))
                return wire(*words)
            case "t":
                delay = rng.choice((0, 1, 5, 400, 1_000, 1_000, 60_000, -1, -3_000, 1 << 31))
                return wire(CallAt(session, number, twin.tick + delay & 0xFFFFFFFF, *self.order(number)))
            case "r":
                return wire(Call(session, number - rng.randrange(1, 40) & 0xFFFF, READ, (0,)))
            case "g":
                return wire(Call(session, number + rng.randrange(1, 9) & 0xFFFF, READ, (1,)))
            case "x":
                damaged = bytearray(wire(Beat(session, 1, 3), Call(session, number, SAFE)))
                damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
                return bytes(damaged)
            case "A":
                return wire(Abort())
            case "p":
                return wire(Ping(rng.randrange(65536)))
            case "d":
                return wire(AskDictionary(rng.randrange(65536), rng.choice((0, 52, 236, 5_000, 65_535))))
            case "s":
                stream = rng.randrange(len(self.kind.channels) + 1)
                newest = twin.tick // twin.streams[0].interval
                first = newest - rng.choice((0, 3, 15, 16, 40, 300, -1)) & 0xFFFFFFFF
                return wire(Resend(session, rng.randrange(65536), stream, first, rng.choice((0, 1, 4, 60, 400))))
        kind = rng.choice((0, 0x0A, 0x7F, 0x80, 0x83, 2, 3, 4, 6, 8, 9))
        return wire(Frame(kind, session, number, rng.randbytes(rng.randrange(20))))

    def order(self, number: int) -> tuple[int, tuple[int, ...]]:
        """An opcode and its arguments, mostly in their ranges."""
        rng = self.rng
        own = [command.opcode for command in self.kind.commands if command.opcode > 15]
        opcode = rng.choice((DISARM, SAFE, READ, READ, LIMIT, CANCEL, ARM, 99, *own, *own, *own, *own))
        command = self.kind.by_opcode.get(opcode)
        if command is None:
            return opcode, ()
        arguments: list[int] = []
        for argument in command.arguments:
            low, high = argument.low, argument.high
            if argument.unit == "value":
                low, high = LIMITS.get(self.kind.name, (0, 100))
                low, high = (low, (low + high) // 2) if argument.name == "low" else ((low + high) // 2, high)
            if argument.unit == "ms":
                arguments.append(rng.choice(LENGTHS))
            elif argument.unit == "nonce":
                arguments.append(nonce(self.prepared[1]))
            else:
                arguments.append(rng.randint(low, high) + rng.choice((0,) * 20 + (-1, 1)))
        if rng.random() < 0.03:
            arguments = [*arguments, 7][: rng.randrange(4)]
        return opcode, tuple(max(-(2**31), min(2**31 - 1, value)) for value in arguments)


def random_talk(
    seed: int, kind: str, speed: str = "1", size: str = "full", length: int = 160, memory: bool = False, start: int = 0
) -> Talk:
    """`start`: the tick at which it begins, for talks across the wrap."""
    rng = random.Random(seed)
    talk = Talk(kind, speed, size, b"\xff" * 64 if memory else None, BOOT)
    twin = talk.twin()
    host = RandomHost(rng, twin)
    milli = twin.speed_milli
    at = start * 1000
    for _ in range(length):
        wall_ms = rng.choice((0, 0, 1, 7, 90, 400, 900, 1500, 1500, 3100))
        at += wall_ms * milli + rng.choice((0, 0, 1, 500, 999))
        twin.advance(at // 1000)
        data = host.words()
        twin.advance(at // 1000, at % 1000, data)
        talk.put(at, data)
    return talk.put(at + 10_000 * milli, b"")


def random_trace(seed: int, kind: str, speed: str, size: str = "full", memory: bool = False) -> list[str]:
    """Such a talk as script lines."""
    assert kind in KINDS
    talk = random_talk(seed, kind, speed, size, memory=memory)
    return [f"{talk.shown(at)} {data.hex() or '-'}" for at, data in talk.steps]
