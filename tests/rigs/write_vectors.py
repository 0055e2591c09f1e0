"""Writes firmware_stubs/vectors/*.json from the twin: run by hand when PROTOCOL.md changes, then read the difference.

`.venv/bin/python tests/rigs/write_vectors.py`
"""

from __future__ import annotations

import json
import random
from binascii import crc_hqx
from pathlib import Path

from cobs import cobs

from payload.rigs.frame import Frame, encode
from payload.rigs.packet import Abort, Beat, Call, Hello, Open, ToRig, pack
from payload.rigs.twins import Twin

VECTORS = Path(__file__).parents[2] / "firmware_stubs" / "vectors"


def wire(*packets: ToRig | Frame) -> bytes:
    """As the host sends them: each with its leading delimiter."""
    return b"".join(b"\0" + encode(p if isinstance(p, Frame) else pack(p)) for p in packets)


def raw_wire(raw: bytes) -> bytes:
    return cobs.encode(raw) + b"\0"


def with_crc(raw: bytes) -> bytes:
    return raw + crc_hqx(raw, 0xFFFF).to_bytes(2, "little")


def described(frame: Frame) -> dict[str, object]:
    return {"type": frame.type, "session": frame.session, "id": frame.id, "body_hex": frame.body.hex()}


def frames() -> dict[str, object]:
    rng = random.Random(1)
    good = [Frame(1, 0, 1, b"\1"), Frame(5, 0, 0), Frame(3, 1, 1, b"\1"), Frame(0xFF, 0xFFFF, 0xFFFF, b"\xff" * 240)]
    good += [Frame(0, 0, 0, bytes(240)), Frame(0x87, 0x0100, 0x00FF, bytes(range(240)))]
    good += [
        Frame(rng.randrange(256), rng.randrange(65536), rng.randrange(65536), rng.randbytes(n)) for n in (1, 9, 64, 239)
    ]
    one = encode(Frame(3, 1, 1, b"\1"))
    flipped = bytearray(one)
    flipped[4] ^= 0x40
    swapped = with_crc(b"\3\1\0\1\0\1")
    bad = [
        ("a flipped bit", bytes(flipped)),
        ("CRC high byte first", raw_wire(swapped[:-2] + swapped[:-3:-1])),
        ("one byte alone", b"\1\0"),
        ("six bytes with a good CRC", raw_wire(with_crc(b"\1\0\0\1"))),
        ("cut in front", one[3:]),
        ("cut behind", one[:-3] + b"\0"),
        ("a code byte that points past the end", b"\x09abc\0"),
        ("a body of 241 bytes", raw_wire(with_crc(b"\3\1\0\1\0" + b"\x55" * 241))),
        ("249 bytes", b"\x02" * 249 + b"\0"),
        ("2000 bytes", b"\xaa" * 2000 + b"\0"),
    ]
    a, b, c = Frame(1, 0, 1, b"\1"), Frame(2, 1, 2, b"\1"), Frame(3, 1, 1, b"\1")
    streams = [
        ("delimiters alone", b"\0\0\0", [], 0),
        ("three in a row, doubled delimiters", b"\0" + encode(a) + b"\0" + encode(b) + encode(c), [a, b, c], 0),
        ("a banner, then a frame", b"boot v1.2\r\n\0" + encode(a), [a], 1),
        ("a banner glued to a frame costs that frame", b"boot\r\n" + encode(a) + encode(b), [b], 1),
        ("a lost delimiter costs two", encode(a) + encode(b)[:-1] + encode(c) + encode(a), [a, a], 1),
        ("a stray delimiter costs one", encode(a) + encode(b)[:4] + b"\0" + encode(b)[4:] + encode(c), [a, c], 2),
        ("overlong, then a frame", b"\x11" * 700 + b"\0" + encode(c), [c], 1),
        ("an unfinished frame is not bad yet", encode(a) + encode(b)[:-1], [a], 0),
    ]
    return {
        "crc": [
            {"hex": text.hex(), "crc": crc_hqx(text, 0xFFFF)} for text in (b"123456789", b"", b"\0", bytes(range(256)))
        ],
        "good": [{**described(frame), "wire_hex": encode(frame).hex()} for frame in good],
        "bad": [{"why": why, "wire_hex": data.hex()} for why, data in bad],
        "streams": [
            {"why": why, "wire_hex": data.hex(), "frames": [described(f) for f in found], "bad_frames": count}
            for why, data, found, count in streams
        ],
    }


ARM, DISARM, SAFE, READ, LIMIT, LONG, STOP, ERASE = 1, 2, 3, 4, 5, 16, 17, 18
READY = [(0, wire(Hello(1))), (5, wire(Open(1, 2))), (10, wire(Call(1, 1, ARM)))]


def beats(start: int, end: int, session: int = 1, credit: int = 8) -> list[tuple[int, bytes]]:
    """One each second, at odd instants, so that they do not fall together with housekeeping."""
    return [(at, wire(Beat(session, at // 1000 + 100, credit))) for at in range(start, end, 1000)]


def merged(*parts: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    return sorted((step for part in parts for step in part), key=lambda step: step[0])


RANGES = {"incubator": (3_900, 45_100), "fluid-loop": (0, 202), "camera": (1, 400_000)}


def random_trace(seed: int, kind: str, speed: str) -> list[tuple[int, bytes]]:
    """A host without manners: commands at random, lost, repeated, damaged, with and without beats. A twin goes along,
    so that most numbers are the ones that the rig expects."""
    rng = random.Random(seed)
    twin = Twin(kind, unit=1, boot=1, speed_milli=round(float(speed) * 1000))
    at, steps = 0, []
    for _ in range(160):
        at += rng.choice((0, 1, 7, 90, 400, 900, 1500, 1500, 3100))
        session, number = twin.session, twin.last_id + 1 & 0xFFFF
        match rng.choice("hobbbbbbbcccccccccccrgxan" if session else "ooh"):
            case "h":
                data = wire(Hello(rng.randrange(65536)))
            case "o":
                data = wire(Open(session + rng.choice((0, 1, 1, 3)), 9, rng.choice((1, 1, 1, 1, 2))))
            case "b":
                data = wire(Beat(session, rng.randrange(65536), rng.randrange(5)))
            case "c":
                opcode = rng.choice((ARM, ARM, ARM, DISARM, SAFE, READ, READ, LIMIT, LONG, LONG, LONG, STOP, ERASE, 99))
                arguments = {
                    READ: (rng.randrange(3),),
                    LIMIT: (rng.randrange(2), rng.randrange(-6000, 30000), rng.randrange(20000, 60000)),
                    LONG: (rng.randrange(*RANGES[kind]), rng.choice((999, 1000, 9_999, 10_000, 33_333, 3_600_000))),
                }.get(opcode, ())
                data = wire(Call(session, number, opcode, arguments if rng.random() < 0.95 else arguments[1:]))
            case "r":
                data = wire(Call(session, number - rng.randrange(1, 40) & 0xFFFF, READ, (0,)))
            case "g":
                data = wire(Call(session, number + rng.randrange(1, 9) & 0xFFFF, READ, (1,)))
            case "x":
                damaged = bytearray(wire(Beat(session, 1, 3), Call(session, number, ARM)))
                damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
                data = bytes(damaged)
            case "a":
                data = wire(Abort())
            case _:
                data = wire(Frame(rng.choice((0, 6, 0x7F, 0x80, 0x83)), session, 1, rng.randbytes(rng.randrange(3))))
        twin.advance(at, data)
        steps.append((at, data))
    return [*steps, (at + 10_000, b"")]


def heat(number: int, target: int, duration: int, session: int = 1) -> bytes:
    return wire(Call(session, number, LONG, (target, duration)))


def call(number: int, opcode: int, *arguments: int, session: int = 1) -> bytes:
    return wire(Call(session, number, opcode, arguments))


CONVERSATIONS = {
    "incubator_heat": (
        "incubator",
        "1",
        merged(
            READY,
            [(20, heat(2, 30_000, 30_000)), (21, call(3, LONG, 31_000, 5_000)), (22, heat(2, 30_000, 30_000))],
            beats(500, 33_500),
            [(15_003, call(4, READ, 0)), (15_003, call(5, READ, 1))],
            [(33_000, call(6, READ, 0)), (33_001, heat(2, 30_000, 30_000)), (33_010, call(7, SAFE))],
            [(40_000, wire(Hello(77)))],
        ),
    ),
    "incubator_refusals": (
        "incubator",
        "1",
        merged(
            [(0, wire(Call(0, 1, ARM))), (1, wire(Beat(0, 1, 4))), (2, wire(Open(0, 1))), (3, wire(Open(7, 1, 2)))],
            [(4, wire(Open(7, 3))), (5, wire(Open(7, 4))), (6, wire(Open(6, 5)))],
            [(10, heat(1, 30_000, 30_000, 7)), (11, call(2, 99, session=7)), (12, call(3, READ, session=7))],
            [
                (13, wire(Frame(3, 7, 4, b"\x04\0\0"))),
                (14, call(5, READ, 2, session=7)),
                (15, call(6, READ, -1, session=7)),
            ],
            [(16, call(9, ARM, session=7)), (17, wire(Call(6, 7, ARM))), (18, call(0xFFF0, ARM, session=7))],
            [(19, wire(Frame(3, 7, 7))), (20, wire(Frame(3, 7, 7, bytes(18)))), (21, wire(Frame(4, 7, 7, b"\0\0")))],
            [(22, wire(Frame(2, 8, 7))), (23, wire(Frame(6, 7, 7))), (24, wire(Frame(0x83, 7, 7, bytes(16))))],
            [(30, call(7, ARM, session=7)), (31, heat(8, 3_999, 1_000, 7)), (32, heat(9, 45_000, 604_800_001, 7))],
            [(33, call(10, LIMIT, 0, -5_001, 0, session=7)), (34, call(11, LIMIT, 0, 0, 50_001, session=7))],
            [
                (35, call(12, LIMIT, 0, 9, 8, session=7)),
                (36, call(13, LIMIT, 2, 0, 0, session=7)),
                (37, call(14, ERASE, session=7)),
            ],
            [(40, call(1, SAFE, session=7)), (5_000, call(15, ARM, session=7)), (5_001, wire(Beat(7, 1, 0)))],
            [(5_002, call(16, ARM, session=7)), (5_003, wire(Hello(3)))],
        ),
    ),
    "incubator_limit": (
        "incubator",
        "1",
        merged(
            READY,
            [(20, call(2, LIMIT, 0, 4_000, 22_300)), (30, heat(3, 40_000, 60_000))],
            beats(500, 12_500),
            [(11_600, call(4, ARM)), (11_700, heat(3, 40_000, 60_000)), (11_800, wire(Open(2, 1)))],
            [(11_900, wire(Call(2, 1, ARM)))],
        ),
    ),
    "incubator_lease": (
        "incubator",
        "1",
        merged(
            READY,
            [(20, heat(2, 10_000, 60_000)), (1_500, wire(Beat(1, 1, 255))), (9_000, wire(Hello(2)))],
            [(9_001, call(3, ARM)), (9_002, wire(Beat(1, 2, 255))), (9_003, call(4, ARM))],
            [(9_004, call(5, DISARM)), (9_005, heat(2, 10_000, 60_000)), (10_000, b"")],
        ),
    ),
    "incubator_speed_1200": (
        "incubator",
        "1200",
        merged(
            READY,
            [(20, heat(2, 37_000, 7_200_000))],
            beats(500, 9_000),
            [(8_900, call(3, READ, 0))],
        ),
    ),
    "incubator_window": (
        "incubator",
        "1",
        merged(
            READY,
            [(20, heat(2, 25_000, 100_000))],
            [(30 + n, call(3 + n, READ, 0)) for n in range(33)],
            [(100, heat(2, 25_000, 100_000)), (101, call(1, ARM)), (102, call(33, STOP))],
            [(103, wire(Beat(1, 1, 1))), (104, call(34, STOP)), (105, wire(Hello(5)))],
        ),
    ),
    "fluid_profile": (
        "fluid-loop",
        "1",
        merged(
            READY,
            [(20, call(2, LONG, 20, 12_345))],
            beats(500, 20_500),
            [(13_000, call(3, LONG, 200, 100_000)), (17_777, call(4, STOP)), (17_778, call(5, STOP))],
            [(18_000, call(6, LONG, 5, 1_000)), (18_500, wire(Abort())), (18_501, wire(Abort()))],
            [(18_600, call(7, LONG, 5, 1_000)), (18_700, call(8, ARM)), (18_800, call(9, LONG, 7, 9_000))],
            [
                (20_100, wire(Open(2, 1))),
                (20_200, wire(Call(2, 1, READ, (1,)))),
                (20_600, wire(Beat(2, 1, 8))),
                (23_000, b""),
            ],
        ),
    ),
    "fluid_speed_600": (
        "fluid-loop",
        "600",
        merged(
            READY,
            [(20, call(2, LONG, 60, 3_600_000))],
            beats(500, 8_000),
            [(7_000, call(3, LONG, 1, 604_800_000))],
        ),
    ),
    "camera_capture": (
        "camera",
        "1",
        merged(
            READY,
            [(20, call(2, LONG, 7, 20_000))],
            beats(500, 30_500),
            [(5_555, call(3, READ, 0)), (5_556, call(4, READ, 1)), (21_000, call(5, LONG, 999_994, 5_000))],
            [(21_001, call(6, LONG, 999_993, 5_000)), (23_001, call(7, STOP)), (23_002, call(8, READ, 1))],
            [(23_003, call(9, ERASE)), (23_004, call(10, READ, 1)), (23_005, call(11, READ, 0))],
            [(24_000, call(12, LONG, 1_000_000, 1_000)), (26_000, call(13, DISARM)), (26_001, call(14, ERASE))],
        ),
    ),
    "camera_half_speed": (
        "camera",
        "0.5",
        merged(
            READY,
            [(20, call(2, LONG, 3, 10_001))],
            beats(500, 22_500, credit=1),
        ),
    ),
    "camera_noise": (
        "camera",
        "1",
        merged(
            [(0, b"\xff\xfe boot noise"), (1, wire(Hello(1))), (2, b"\x11" * 700), (3, wire(Hello(2)))],
            [(4, wire(Open(1, 1))[:5]), (5, wire(Open(1, 1))[5:]), (6, wire(Open(1, 1))[1:4] + wire(Hello(3)))],
            [(7, b"\0\0\0"), (8, encode(pack(Call(1, 1, ARM))) + encode(pack(Call(1, 2, READ, (0,)))))],
            [(9, wire(Hello(4), Hello(5)) + b"\x05x\0" + wire(Hello(6)))],
        ),
    ),
    "incubator_random": ("incubator", "37.5", random_trace(11, "incubator", "37.5")),
    "fluid_random": ("fluid-loop", "3", random_trace(12, "fluid-loop", "3")),
    "camera_random": ("camera", "1200", random_trace(13, "camera", "1200")),
}


def conversation(name: str, kind: str, speed: str, inputs: list[tuple[int, bytes]]) -> dict[str, object]:
    unit, boot = 0x1122334455667788, 0xC0FFEE01
    twin = Twin(kind, unit=unit, boot=boot, speed_milli=round(float(speed) * 1000))
    steps = [
        {"at_ms": at, "in_hex": data.hex(), "out_hex": b"".join(sent for _, sent in twin.advance(at, data)).hex()}
        for at, data in inputs
    ]
    return {"name": name, "kind": kind, "unit": f"{unit:x}", "boot": f"{boot:x}", "speed": speed, "steps": steps}


def main() -> None:
    VECTORS.mkdir(exist_ok=True)
    (VECTORS / "frames.json").write_text(json.dumps(frames(), indent=1) + "\n")
    for name, (kind, speed, inputs) in CONVERSATIONS.items():
        text = json.dumps(conversation(name, kind, speed, inputs), indent=1)
        (VECTORS / f"conversation_{name}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
