"""The AVR firmware in virtual time: instants are exact, and the same every time."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from emulated_builders import (
    AGITATE,
    AVR_KINDS,
    DONE,
    HELLO,
    LEASE_MS,
    LONG,
    MS,
    OPENED,
    PING,
    PONG,
    STAGE,
    OnAvr,
    ask,
    beat,
    built,
    fresh,
    greet,
    heating,
    opening,
    order,
    safe_after_lease_ns,
)
from firmware_builders import wire

from payload.errors import PortError
from payload.rigs.programs.avr import LockstepAvr, avr_maker, identified
from payload.rigs.programs.emulators import BUILD_VARIABLE


@pytest.fixture(scope="module", autouse=True)
def _built() -> None:
    built("avr", "runner")


@pytest.mark.parametrize(("number", "kind"), list(enumerate(AVR_KINDS, 1)))
def test_hello(number: int, kind: str) -> None:
    talk = fresh(kind, unit=0x1122_3344_5566_7788, boot=0xCAFE)
    met = greet(talk)
    assert (met.version, met.kind, met.unit, met.boot, met.cause) == (2, number, 0x1122_3344_5566_7788, 0xCAFE, 1)
    assert (met.state, met.reason, met.window, met.body, met.speed) == (0, 1, 4, 56, 1000)
    assert (talk.avr.overruns, talk.avr.resets, talk.avr.alive) == (0, 0, True)


def test_a_new_part_is_its_own_unit_and_counts_its_boots() -> None:
    make = avr_maker("camera")
    boots = []
    for _ in range(3):
        avr = make()
        met = greet(OnAvr(avr).boots())
        boots.append((met.unit, met.boot, met.cause))
        avr.close()
    assert boots == [(0x5249470000000003, n, 1) for n in (1, 2, 3)]


def test_an_erased_eeprom_is_no_harm() -> None:
    met = greet(OnAvr(LockstepAvr("incubator", eeprom=b"\xff" * 1024)).boots())
    assert (met.unit, met.boot, met.speed, met.journal) == (2**64 - 1, 1, 1000, (0, 0, 0, 0))


def test_the_boot_id_never_comes_again_even_if_the_power_fails_while_it_is_written() -> None:
    """0x1FF is followed by 0x200: whichever byte was written last, what stands there was never used."""
    seen = []
    for cut_us in range(0, 20_000, 700):
        avr = LockstepAvr("incubator", eeprom=identified(None, unit=1, boot=0x200))
        avr.advance(cut_us * 1000, b"")
        avr.power_cycle()
        seen.append(greet(OnAvr(avr).boots()).boot)
    assert min(seen) >= 0x200
    assert set(seen) >= {0x200, 0x201}


def test_reset_and_power_cycle_are_other_boots() -> None:
    talk = fresh(boot=0x100)
    ask(talk, opening(1), OPENED)
    story = [greet(talk)]
    talk.avr.reset()
    story.append(greet(talk.boots()))
    talk.avr.reset("brown-out")
    story.append(greet(talk.boots()))
    talk.avr.power_cycle()
    story.append(greet(talk.boots()))
    assert [(met.boot, met.cause, met.tick < 100) for met in story] == [
        (0x100, 1, True),
        (0x101, 5, True),
        (0x102, 3, True),
        (0x103, 1, True),
    ]


def test_the_watchdog_ends_a_hang() -> None:
    talk = fresh(boot=0x10)
    heating(talk)
    talk.pass_ms(1_500)
    before = talk.avr.pin_log()[-1]
    talk.avr.stop_ticks()
    began = talk.avr.now_ns
    talk.pass_ms(400)
    after = talk.avr.pin_log()[-1]
    met = greet(talk)
    assert (met.boot, met.cause, met.state, met.reason) == (0x11, 2, 0, 1)
    assert (before.pin, before.level, after.pin, after.level) == ("B0", 1, "B0", 0)
    assert after.at_ns - began < 300 * MS


def test_half_a_frame_before_a_reset_does_not_eat_the_next() -> None:
    talk = fresh()
    greet(talk)
    talk.say(order(1, 1, LONG, 30_000, 60_000)[:9])
    talk.avr.reset()
    met = greet(talk.boots())
    assert (met.boot, met.bad_frames <= 1) == (8, True)


def test_a_journaled_command_outlives_the_power() -> None:
    talk = fresh(boot=0x31)
    heating(talk)
    talk.say(order(1, 4, AGITATE, 5))
    talk.until(lambda heard: heard.type == STAGE and heard.number == 4)
    talk.avr.power_cycle()
    assert greet(talk.boots()).journal == (0x31, 1, 4, DONE)


def test_the_stamp_of_a_ping_is_that_of_its_delimiter() -> None:
    """In virtual time the end of each byte is known, so the stamp is too, up to the timer's 4 us and some cycles."""
    talk = fresh()
    greet(talk)
    byte_ns = 85_000  # 17 * 8 bits of the divisor * 10 bits / 16 MHz
    rng = Random(4)
    offsets = []
    for tag in range(200):
        talk.pass_ms(rng.randrange(1, 4))
        talk.avr.advance(talk.avr.now_ns + rng.randrange(1_000_000), b"")
        words = wire(PING, 0, tag, rng.randbytes(rng.randrange(20)))
        arrived = talk.avr.now_ns + len(words) * byte_ns
        tick, thousandths = struct.unpack("<IH", ask(talk, words, PONG).body)
        offsets.append(arrived - (tick * 1000 + thousandths) * 1000)
    assert max(offsets) - min(offsets) < 16_000


def test_safe_within_the_lease_and_a_millisecond() -> None:
    """The link is cut at any instant; the pin falls 3 s after the last BEAT, in the part's own time."""
    late_ns = [safe_after_lease_ns(Random(f"cut/{cut}")) for cut in range(24)]
    assert all(0 <= late <= MS for late in late_ns), late_ns


STORY = """
import sys
sys.path[:0] = [{here!r}]
import random, hashlib
from emulated_builders import *
from payload.rigs.programs.avr import LockstepAvr
rng = random.Random(11)
avr = LockstepAvr("incubator", boot=3)
said = hashlib.sha256()
for step in range(300):
    words = rng.choice([opening(step % 7), order(step % 7, rng.randrange(9), rng.randrange(1, 20), rng.randrange(60)),
                        beat(step % 7), wire(PING, 0, step), wire(HELLO, 0, step), rng.randbytes(rng.randrange(30))])
    for at, frame in avr.stamped(avr.now_ns + rng.randrange(60_000_000), words):
        said.update(f"{{at}} {{frame.hex()}};".encode())
    if step % 90 == 50:
        avr.reset()
print(said.hexdigest(), f"{{avr.state_hash():x}}", avr.now_ns, avr.pin_log()[-1:])
"""


def test_the_same_words_give_the_same_bits_in_another_process() -> None:
    story = STORY.format(here=str(Path(__file__).parent))
    told = [
        subprocess.run([sys.executable, "-c", story], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert told[0] == told[1]
    assert len(told[0].split()[0]) == 64


@pytest.mark.parametrize("step_us", [1, 10, 777, 40_000])
def test_how_the_time_is_cut_changes_nothing(step_us: int) -> None:
    whole, cut = fresh(), fresh()
    for talk in (whole, cut):
        heating(talk)
        talk.say(beat(1))
    end = whole.avr.now_ns + (40 if step_us < 10 else 3_200) * MS
    frames = whole.avr.stamped(end)
    told, rest = [], b""
    while cut.avr.now_ns < end:
        now, sent = cut.avr.advance(min(end, cut.avr.now_ns + step_us * 1000), b"")
        rest += sent
        if rest.endswith(b"\0"):
            told.append((now, rest))
            rest = b""
    assert told == frames
    assert cut.avr.state_hash() == whole.avr.state_hash()
    assert cut.avr.pin_log() == whole.avr.pin_log()


def test_faster_than_real_time_the_lease_stays_wall_time() -> None:
    """At speed 20 the firmware counts 20,000 ticks a second, and its lease of 3 s is 60,000 of them."""
    talk = fresh(speed_milli=20_000)
    heating(talk)
    began = talk.avr.now_ns
    assert greet(talk).speed == 20_000
    talk.pass_ms(4_000)
    last = talk.avr.pin_log()[-1]
    assert (last.pin, last.level) == ("B0", 0)
    assert abs(last.at_ns - began - LEASE_MS * MS) < 100 * MS


def test_what_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = tmp_path / "program.elf"
    nothing.write_bytes(b"no program")
    with pytest.raises(PortError, match=r"rig x: .*program.elf is no AVR program"):
        LockstepAvr("incubator", rig="x", firmware=nothing)
    monkeypatch.setenv(BUILD_VARIABLE, str(tmp_path))
    with pytest.raises(PortError, match=r"make -C firmware_stubs avr.*apt-get install gcc-avr"):
        LockstepAvr("incubator", rig="x")
    with pytest.raises(PortError, match=r"make -C firmware_stubs runner.*libsimavr-dev"):
        LockstepAvr("incubator", rig="x", firmware=nothing)


def test_nothing_runs_when_no_time_passes() -> None:
    talk = fresh()
    now = talk.avr.now_ns
    assert talk.avr.advance(now, wire(HELLO, 0, 4)) == (now, b"")
    assert talk.until(lambda heard: True)[0].number == 4
