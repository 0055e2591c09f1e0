"""The image for the ATmega328P keeps within its gate: flash and static RAM, read off the built file."""

from __future__ import annotations

import subprocess

from emulated_builders import built
from firmware_builders import FIRMWARE


def test_gate() -> None:
    built("avr")
    done = subprocess.run(["make", "-s", "-C", FIRMWARE, "firmware"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("flash ")
