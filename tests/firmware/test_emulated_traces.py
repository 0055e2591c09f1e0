"""Twin, host build, its sanitized build, AVR and ARM answer any history alike, byte for byte.

A short slice here; `bench/emulated_soak.py` plays long ones. Each history follows from its kind and seed: when a case
fails, its name gives it back.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from emulated_builders import AVR_KINDS, OnAvr, built
from emulated_traces import (
    arm_untimed,
    avr_timed,
    program_timed,
    program_untimed,
    stampless,
    talk_untimed,
    timed,
    timeless,
    twin_timed,
    twin_untimed,
    untimed,
)
from emulated_words import KINDS
from firmware_builders import FIRMWARE, Heard

from payload.rigs.programs.avr import LockstepAvr
from payload.rigs.twins.size import FULL, SMALL

BOOT = 0x5EED
UNTIMED, TIMED = 250, 60
SMALL_BUILDS = ("host/rig-small",)
FULL_BUILDS = ("host/rig", "asan/rig")


@pytest.fixture(scope="module", autouse=True)
def _built() -> None:
    built("host", "asan", "avr", "arm", "runner")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(2))
def test_untimed_on_small_parts(kind: str, seed: int, tmp_path: Path) -> None:
    words = untimed(kind, seed, UNTIMED, BOOT, SMALL)
    expected = timeless(twin_untimed(kind, words, BOOT, SMALL))
    for build in SMALL_BUILDS:
        assert timeless(program_untimed(FIRMWARE / "build" / build, tmp_path / "nvm", kind, words, BOOT)) == expected
    if kind not in AVR_KINDS:
        return
    avr = LockstepAvr(kind, unit=1, boot=BOOT)
    assert timeless(talk_untimed(OnAvr(avr).boots(), words)) == expected
    assert (avr.overruns, avr.resets) == (0, 0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(2))
def test_untimed_on_full_parts(kind: str, seed: int, tmp_path: Path) -> None:
    words = untimed(kind, seed, UNTIMED, BOOT, FULL)
    expected = timeless(twin_untimed(kind, words, BOOT, FULL))
    for build in FULL_BUILDS:
        nvm = tmp_path / build.replace("/", "-")
        assert timeless(program_untimed(FIRMWARE / "build" / build, nvm, kind, words, BOOT)) == expected
    assert timeless(arm_untimed(kind, words, BOOT)) == expected


@pytest.mark.parametrize("kind", AVR_KINDS)
@pytest.mark.parametrize("seed", range(2))
def test_timed(kind: str, seed: int, tmp_path: Path) -> None:
    """To the tick: the twin, the host build in virtual time, and the AVR in lockstep."""
    history = timed(kind, seed, TIMED, BOOT, SMALL)
    expected = stampless(twin_timed(history, BOOT, SMALL))
    rig = FIRMWARE / "build/host/rig-small"
    assert stampless(program_timed(rig, tmp_path / "nvm", history, BOOT)) == expected
    assert stampless(avr_timed(history, BOOT)) == expected


def test_histories_reach_everything() -> None:
    """They are worth their name: between them they bring about every stage but INDETERMINATE, and every NAK."""
    stages, naks = set(), set()
    frames: list[Heard] = []
    for kind in KINDS:
        for seed in range(4):
            frames += twin_untimed(kind, untimed(kind, seed, 400, BOOT, SMALL), BOOT, SMALL)
            frames += twin_timed(timed(kind, seed, 150, BOOT, SMALL), BOOT, SMALL)
    for frame in frames:
        if frame.type == 0x83:
            stages.add(frame.body[0])
        if frame.type == 0x8F:
            naks.add(frame.body[0])
    assert stages == set(range(1, 9))
    assert naks == set(range(0x40, 0x46))
    codes = {frame.body[1] for frame in frames if frame.type == 0x83 and frame.body[0] == 2}
    assert codes >= {1, 2, 3, 4, 5, 6, 9, 10, 11}
