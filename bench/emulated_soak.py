"""Long histories on every target, and many cut links.

    PYTHONPATH=tests/firmware python bench/emulated_soak.py [--words N] [--timed N] [--cuts N] [--kills N] [--kind KIND]

Prints for each kind how many words were answered alike and what it cost; stops with the first difference, named by kind
and seed. The build is that of `make -C firmware_stubs host asan avr arm runner`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from emulated_builders import AVR_KINDS, MS, OnAvr, fresh, safe_after_lease_ns
from emulated_kill import kills
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

from payload.rigs.programs.avr import LockstepAvr
from payload.rigs.programs.emulators import build_folder
from payload.rigs.twins.size import FULL, SMALL

BOOT = 0x5EED


def untimed_alike(kind: str, seed: int, length: int, folder: Path) -> None:
    """Raises AssertionError when targets differ."""
    small, full = untimed(kind, seed, length, BOOT, SMALL), untimed(kind, seed, length, BOOT, FULL)
    expected = timeless(twin_untimed(kind, small, BOOT, SMALL))
    build = build_folder()
    assert timeless(program_untimed(build / "host/rig-small", folder / f"s{seed}", kind, small, BOOT)) == expected
    if kind in AVR_KINDS:
        assert timeless(talk_untimed(OnAvr(LockstepAvr(kind, unit=1, boot=BOOT)).boots(), small)) == expected
    expected = timeless(twin_untimed(kind, full, BOOT, FULL))
    for name in ("host/rig", "asan/rig"):
        nvm = folder / f"{name.replace('/', '-')}{seed}"
        assert timeless(program_untimed(build / name, nvm, kind, full, BOOT)) == expected
    assert timeless(arm_untimed(kind, full, BOOT)) == expected


def timed_alike(kind: str, seed: int, length: int, folder: Path) -> None:
    history = timed(kind, seed, length, BOOT, SMALL)
    expected = stampless(twin_timed(history, BOOT, SMALL))
    rig = build_folder() / "host/rig-small"
    assert stampless(program_timed(rig, folder / f"t{seed}", history, BOOT)) == expected
    assert stampless(avr_timed(history, BOOT)) == expected


def played(what: str, kinds: list[str], words: int, length: int, alike: object) -> None:
    assert callable(alike)
    for kind in kinds:
        began, cpu = time.monotonic(), time.process_time()
        with tempfile.TemporaryDirectory() as folder:
            for seed in range(1000, 1000 + -(-words // length)):
                try:
                    alike(kind, seed, length, Path(folder))
                except AssertionError as error:
                    sys.exit(f"{what} {kind} seed {seed}: {str(error)[:400]}")
        print(
            f"{what:8} {kind:13} {words:6} words alike, {time.monotonic() - began:6.1f} s wall, "
            f"{time.process_time() - cpu:6.1f} s CPU here",
            flush=True,
        )


def idle() -> None:
    """How fast an AVR goes that has nothing to do, in one call and in steps of 100 ms."""
    for step_ms in (60_000, 100):
        talk = fresh()
        cpu = time.process_time()
        for at in range(step_ms, 60_001, step_ms):
            talk.avr.advance((25 + at) * MS, b"")
        print(f"idle AVR in steps of {step_ms} ms: {60 / (time.process_time() - cpu):.0f} s a second of CPU")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", type=int, default=10_000, help="untimed words for each kind")
    parser.add_argument("--timed", type=int, default=2_000, help="timed words for each kind")
    parser.add_argument("--cuts", type=int, default=1_000, help="cut links")
    parser.add_argument("--kills", type=int, default=20, help="killed hosts, on the wall's clock")
    parser.add_argument("--kind", choices=KINDS, action="append", help="only this kind; may be repeated")
    options = parser.parse_args()
    kinds = options.kind or list(KINDS)
    idle()
    played("untimed", kinds, options.words, 1_000, untimed_alike)
    played("timed", [kind for kind in kinds if kind in AVR_KINDS], options.timed, 200, timed_alike)
    if options.cuts:
        late = [safe_after_lease_ns(Random(f"soak/{cut}")) for cut in range(options.cuts)]
        print(
            f"{options.cuts} cut links: pin low {min(late) / MS:.3f} to {max(late) / MS:.3f} ms after the lease's end"
        )
        assert all(0 <= each <= MS for each in late)
    if options.kills:
        with tempfile.TemporaryDirectory() as folder:
            late = kills(options.kills, Path(folder), "soak")
        print(f"{options.kills} killed hosts: pin low {min(late) / MS:.3f} to {max(late) / MS:.3f} ms after that")
        assert all(0 <= each <= MS for each in late)
    return 0


if __name__ == "__main__":
    sys.exit(main())
