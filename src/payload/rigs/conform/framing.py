"""Frames, good, bad and unknown: PROTOCOL.md §1 and §3. Nothing here moves anything."""

from __future__ import annotations

from binascii import crc_hqx

from cobs import cobs

from payload.rigs.conform.check import Check
from payload.rigs.conform.talk import Talk
from payload.rigs.wire.frame import Frame, encode
from payload.rigs.wire.packet import Hello, HelloReply, NakCode, Packet, Type, pack


def _counted(talk: Talk, wire: bytes, frames: int, words: str) -> None:
    before = talk.look().bad_frames
    heard = talk.ask(b"\0" + wire)
    talk.none(heard, Packet, f"no answer to {words}")
    after = talk.look().bad_frames
    talk.must(
        (after - before) & 0xFFFF == frames,
        f"bad_frames to go up by {frames} for {words}",
        f"from {before} to {after}",
    )


def resync(talk: Talk) -> None:
    for noise in (b"\x55\xaa\xff\x01\x02", b"U-Boot 2026.01\r\n", encode(pack(Hello(1)))[:5]):
        tag = talk.tag()
        heard = talk.ask(noise, Hello(tag))
        talk.must(
            any(isinstance(one.packet, HelloReply) and one.packet.tag == tag for one in heard),
            "HELLO answered right behind noise: its leading 0x00 ends what came before",
            heard or "nothing",
        )


def in_pieces(talk: Talk) -> None:
    tag = talk.tag()
    talk.sent.append("HELLO, one byte at a time")
    for byte in b"\0" + encode(pack(Hello(tag))):
        talk.line.write(bytes((byte,)))
    talk.one(talk.ask(), HelloReply, "HELLO answered that came byte by byte")


def empty(talk: Talk) -> None:
    _counted(talk, b"\0\0\0\0", 0, "empty stretches between 0x00")


def bad_crc(talk: Talk) -> None:
    raw = bytes((Type.HELLO, 0, 0, 1, 0))
    wrong = crc_hqx(raw, 0xFFFF) ^ 0x0100
    _counted(talk, cobs.encode(raw + wrong.to_bytes(2, "little")) + b"\0", 1, "a frame with a wrong CRC")


def crc_order(talk: Talk) -> None:
    raw = bytes((Type.HELLO, 0, 0, 2, 0))
    swapped = crc_hqx(raw, 0xFFFF).to_bytes(2, "big")
    _counted(talk, cobs.encode(raw + swapped) + b"\0", 1, "a frame with its CRC high byte first")


def bad_cobs(talk: Talk) -> None:
    _counted(talk, b"\x09\x01\x02\0", 1, "a frame whose code byte points past its end")


def too_short(talk: Talk) -> None:
    raw = b"\x01\x00\x00\x01"
    _counted(talk, cobs.encode(raw + crc_hqx(raw, 0xFFFF).to_bytes(2, "little")) + b"\0", 1, "a frame of 6 bytes")


def overlong(talk: Talk) -> None:
    longest = talk.facts.max_body + 8
    _counted(talk, b"\x02" * (longest + 40) + b"\0", 1, f"{longest + 40} bytes without a 0x00")


def too_long(talk: Talk) -> None:
    raw = bytes((Type.HELLO, 0, 0, 3, 0)) + b"\x07" * (talk.facts.max_body + 1)
    _counted(talk, cobs.encode(raw + crc_hqx(raw, 0xFFFF).to_bytes(2, "little")) + b"\0", 1, "a body one byte too long")


def unknown_type(talk: Talk) -> None:
    for number in (0x0A, 0x40, 0x7F):
        nak = talk.refused(talk.ask(Frame(number, 7, 0x2222)), NakCode.TYPE, f"TYPE to frame type 0x{number:02x}")
        talk.must((nak.session, nak.id) == (7, 0x2222), "the request's session and id in the NAK", nak)


def rigs_own_types(talk: Talk) -> None:
    before = talk.look().naks
    for number in (0x81, 0x83, 0x8F, 0xFF):
        heard = talk.ask(Frame(number, 0, 1, b"\0" * 5))
        talk.none(heard, Packet, f"silence to frame type 0x{number:02x}")
    after = talk.look().naks
    talk.must(before == after, "naks unchanged", f"from {before} to {after}")


def malformed(talk: Talk) -> None:
    before = talk.look().naks
    wrong = (
        Frame(Type.OPEN, 9, 1, b"\x02"),
        Frame(Type.OPEN, 9, 1, b"\x02\x01\x00"),
        Frame(Type.COMMAND, 0, 1, b""),
        Frame(Type.COMMAND, 0, 1, bytes(14)),
        Frame(Type.BEAT, 0, 1, b"\x08"),
        Frame(Type.DICTIONARY, 0, 1, b""),
        Frame(Type.RESEND, 0, 1, b"\0" * 6),
        Frame(Type.COMMAND_AT, 0, 1, b"\0" * 4),
        Frame(Type.COMMAND_AT, 0, 1, b"\0" * 18),
    )
    for frame in wrong:
        talk.refused(
            talk.ask(frame), NakCode.MALFORMED, f"MALFORMED to {Type(frame.type).name} of {len(frame.body)} bytes"
        )
    after = talk.look().naks
    talk.must((after - before) & 0xFFFF == len(wrong), f"naks to go up by {len(wrong)}", f"from {before} to {after}")


CHECKS = (
    Check("resync", "1", "a frame behind noise is understood", resync,
          "0x00 ends whatever came before, and begins anew"),
    Check("pieces", "1", "a frame may come byte by byte", in_pieces,
          "keep the bytes of an unfinished frame between reads"),
    Check("empty", "1", "empty stretches are no bad frames", empty, "skip 0x00 after 0x00 without counting"),
    Check("bad-crc", "1", "a wrong CRC is dropped and counted", bad_crc, "never answer a frame whose CRC differs"),
    Check("crc-order", "1", "the CRC comes low byte first", crc_order,
          "check value of '123456789' is 0x29B1, low byte first"),
    Check("bad-cobs", "1", "a code byte past the end is a bad frame", bad_cobs,
          "check each code byte against what is left"),
    Check("too-short", "1", "fewer than 7 bytes are a bad frame", too_short, "type, session, id and CRC are 7 bytes"),
    Check("overlong", "1", "an overlong frame is dropped whole, counted once", overlong,
          "past the longest frame drop everything up to the next 0x00, then count it once"),
    Check("too-long", "1", "a body above max_body is a bad frame", too_long, "compare with max_body as HELLO tells it"),
    Check("unknown-type", "3", "an unknown frame type gets NAK TYPE", unknown_type,
          "types below 0x80 outside of the table"),
    Check("own-types", "3", "frame types from 0x80 on are ignored", rigs_own_types,
          "an echo on the line must not be answered"),
    Check("malformed", "3", "a body of a wrong length gets NAK MALFORMED, counted", malformed,
          "the length is judged before session and number; each NAK adds 1 to naks"),
)  # fmt: skip
