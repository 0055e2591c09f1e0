"""The firmware and the Python twin give the same answer to anything: random traces, in virtual time.

A trace follows from its seed: when a case fails, its name gives it back. FIRMWARE_TRACES=N plays N traces of each kind
and size in place of the few that every run plays.
"""

from __future__ import annotations

import os
import random
import struct
from pathlib import Path

import pytest
from firmware_builders import (
    HELLO,
    HOUSEKEEPING,
    KINDS,
    NAK,
    OPENED,
    OWN,
    READ,
    STAGE,
    TELEMETRY,
    armed,
    beat,
    command,
    command_at,
    heard_in,
    opening,
    play,
    wire,
)
from firmware_traces import trace

from payload.rigs.twins import SIZES, Bytes, Twin, script

SPEEDS = ("1", "0.5", "0.001", "7.001", "60", "1200")
SLOW = {"recorder": 4}
"""Kinds that sample at every tick are not played at the highest speeds: how many of them are."""
SEEDS = range(int(os.environ.get("FIRMWARE_TRACES", "6")))
LENGTH = 100
PROGRAMS = {"full": "rig", "small": "rig-small"}

Lives = list[tuple[int, list[str]]]


def lives(kind: str, speed: str, rng: random.Random) -> Lives:
    """Three boots of one rig, what is said to it in each of them: (boot, lines)."""
    return [
        (boot := rng.randrange(1, 2**32), list(trace(kind, boot, float(speed), rng, LENGTH // 3))) for _ in range(3)
    ]


def firmware(program: Path, kind: str, speed: str, told: Lives, folder: Path) -> tuple[list[str], bytes, str]:
    """What it says in all its lives, what its memory holds at the end, and every change of an output."""
    said = []
    for boot, lines in told:
        options = ("--unit", "5eed", "--boot", f"{boot:x}", "--speed", speed)
        said += play(program, lines, kind, *options, "--nvm", str(folder / "nvm"), "--pins", str(folder / "pins"))
    return said, (folder / "nvm").read_bytes(), (folder / "pins").read_text()


def twin(size: str, kind: str, speed: str, told: Lives) -> tuple[list[str], bytes, str]:
    memory, pins = Bytes(), []

    def drive(tick: int, thousandths: int, output: int, value: int) -> None:
        pins.append(f"{tick}.{thousandths:03d} {output} {value}\n")

    said = []
    for boot, lines in told:
        milli = round(float(speed) * 1000)
        one = Twin(kind, unit=0x5EED, boot=boot, speed_milli=milli, size=SIZES[size], nvm=memory, drive=drive)
        said += list(script(one, lines))
        one.halt()
    return said, bytes(memory.data), "".join(pins)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("size", PROGRAMS)
@pytest.mark.parametrize("kind", KINDS)
def test_any_trace(kind: str, size: str, seed: int, builds: dict[str, Path], tmp_path: Path) -> None:
    rng = random.Random(f"{kind}/{size}/{seed}")
    speed = SPEEDS[seed % SLOW.get(kind, len(SPEEDS))]
    told = lives(kind, speed, rng)
    build = "asan" if seed % 2 else "host"
    assert firmware(builds[f"{build}/{PROGRAMS[size]}"], kind, speed, told, tmp_path) == twin(size, kind, speed, told)


def test_traces_reach_everything(builds: dict[str, Path]) -> None:
    """The traces are worth their name: between them they bring about every frame, stage, code, NAK and reason."""
    seen: dict[str, set[int]] = {"type": set(), "stage": set(), "code": set(), "nak": set(), "reason": set()}
    for kind in KINDS:
        for seed in range(14):
            speed = SPEEDS[seed % SLOW.get(kind, len(SPEEDS))]
            rng = random.Random(f"reach/{kind}/{seed}")
            lines = list(trace(kind, 7, float(speed), rng, 150))
            for frame in heard_in(play(builds["host/rig"], lines, kind, "--speed", speed, "--boot", "7")):
                seen["type"].add(frame.type)
                if frame.type == STAGE:
                    seen["stage"].add(frame.body[0])
                    seen["code"].add(frame.body[1])
                elif frame.type == NAK:
                    seen["nak"].add(frame.body[0])
                elif frame.type == HOUSEKEEPING:
                    seen["reason"].add(frame.body[1])
    assert seen == {
        "type": {*range(0x81, 0x8B), NAK},
        "stage": set(range(1, 9)),
        "code": {*range(12), 0x10, *range(0x22, 0x27)},  # ON_TIME takes longer: a vector has it
        "nak": set(range(0x40, 0x46)),
        "reason": set(range(7)),
    }


def test_numbers_and_sessions_at_their_ends(builds: dict[str, Path]) -> None:
    """Command numbers go on from 65535 to 0; a session is never followed by a smaller one, nor knows the one before."""
    taken = [number % 65536 for number in range(1, 65536 + 20)]  # ends with 19
    said = [
        opening(65534),
        *(command(65534, number, READ, 0) for number in taken),
        *(command(65534, number, READ, 0) for number in (19, 0, 65524, 65523, 19 + 32768, 19 + 32769)),
        *(opening(session, 7) for session in (65534, 65533, 65535, 1, 0)),
        command(65535, 0, READ, 0),
        wire(HELLO),
    ]
    frames = heard_in(play(builds["host/rig"], [f"1 {data.hex()}" for data in said], "camera"))
    assert [frame.number for frame in frames if frame.type == STAGE and frame.body[0] == 5] == [*taken, 19, 0, 65524]
    assert [(frame.session, frame.number, frame.body[0]) for frame in frames if frame.type == NAK] == [
        (65534, 65523, 0x43),  # 33 numbers back: forgotten
        (65534, 19 + 32768, 0x42),  # RFC 1982 leaves it open which comes first; the protocol says a gap
        (65534, 19 + 32769, 0x43),
        (65533, 7, 0x41),
        (1, 7, 0x41),
        (0, 7, 0x41),
        (65535, 0, 0x43),  # a number of the session before
    ]
    assert [(frame.session, frame.number) for frame in frames if frame.type == OPENED] == [
        (65534, 0),
        (65534, 7),
        (65535, 7),
    ]
    assert struct.unpack_from("<HHI", frames[-1].body, 18) == (65535, 0, 0)  # session, last number, finished


@pytest.mark.parametrize("size", PROGRAMS)
def test_ticks_wrap(size: str, builds: dict[str, Path]) -> None:
    """A timed command, a long one with its marks, samples and leases across tick 2^32, as if it were any other."""
    wrap, boot = 2**32, 0xB007
    said = [
        (wrap - 60_000, opening(1) + beat(1, 65535) + armed(1, boot)),
        (wrap - 59_000, command(1, 3, OWN, 37_000, 120_000)),
        (wrap - 58_000, command_at(1, 4, wrap + 5, READ, 0) + beat(1, 65535)),
        *((at, beat(1, 65535)) for at in range(wrap - 40_000, wrap + 100_000, 20_000)),
        (wrap + 200_000, b""),
    ]
    lines = [f"{at} {data.hex() or '-'}" for at, data in said]
    options = ("--speed", "10", "--unit", "1", "--boot", f"{boot:x}")
    program = play(builds[f"host/{PROGRAMS[size]}"], lines, "incubator", *options)
    one = Twin("incubator", unit=1, boot=boot, speed_milli=10_000, size=SIZES[size])
    one.tick = wrap - wrap % 1000 - 100_000  # nothing has happened to it before: the firmware visits all of that
    for stream in one.streams:
        stream.newest = one.tick // stream.interval
        stream.unsent = stream.newest + 1
    assert program == list(script(one, lines))
    frames = heard_in(program)
    assert [frame.body[0] for frame in frames if frame.type == STAGE and frame.number == 3] == [3, *([4] * 9), 5]
    assert [frame.stage for frame in frames if frame.type == STAGE and frame.number == 4] == [(4, 1, 0), (4, 5, 0)]
    assert sum(frame.type == TELEMETRY for frame in frames) > 10
