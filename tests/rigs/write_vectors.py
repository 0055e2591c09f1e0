"""Writes firmware_stubs/vectors/*.json from the twin: run by hand when PROTOCOL.md changes, then read the difference.

`.venv/bin/python tests/rigs/write_vectors.py`
"""

from __future__ import annotations

import json
import random
from binascii import crc_hqx
from pathlib import Path

from cobs import cobs
from talks import CONVERSATIONS, Talk

from payload.rigs.kinds.dictionary import KINDS
from payload.rigs.wire.frame import Frame, encode

VECTORS = Path(__file__).parents[2] / "firmware_stubs" / "vectors"


def raw_wire(raw: bytes) -> bytes:
    return cobs.encode(raw) + b"\0"


def with_crc(raw: bytes) -> bytes:
    return raw + crc_hqx(raw, 0xFFFF).to_bytes(2, "little")


def described(frame: Frame) -> dict[str, object]:
    return {"type": frame.type, "session": frame.session, "id": frame.id, "body_hex": frame.body.hex()}


def frames() -> dict[str, object]:
    rng = random.Random(1)
    good = [Frame(1, 0, 1, b"\2"), Frame(5, 0, 0), Frame(3, 1, 1, b"\4"), Frame(0xFF, 0xFFFF, 0xFFFF, b"\xff" * 240)]
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


def dictionaries() -> dict[str, object]:
    return {name: {"text": kind.text, "hash": kind.hash, "zlib_hex": kind.zlib.hex()} for name, kind in KINDS.items()}


def conversation(name: str, talk: Talk) -> dict[str, object]:
    twin = talk.twin()
    steps = [
        {
            "at": talk.shown(at),
            "in_hex": data.hex(),
            "out": [[tick, sent.hex()] for tick, sent in twin.advance(at // 1000, at % 1000, data)],
        }
        for at, data in talk.steps
    ]
    return {
        "name": name,
        "kind": talk.kind,
        "size": talk.size,
        "unit": f"{talk.unit:x}",
        "boot": f"{talk.boot:x}",
        "speed": talk.speed,
        "nvm_hex": talk.nvm.hex() if talk.nvm else None,
        "steps": steps,
    }


def main() -> None:
    VECTORS.mkdir(exist_ok=True)
    written = {"frames.json": frames(), "dictionaries.json": dictionaries()}
    written |= {f"conversation_{name}.json": conversation(name, talk()) for name, talk in CONVERSATIONS.items()}
    for old in VECTORS.glob("*.json"):
        if old.name not in written:
            old.unlink()
    for name, content in written.items():
        (VECTORS / name).write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
