"""The image for the ATmega328P keeps within its gate: flash and static RAM, read off the built file."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from firmware_builders import FIRMWARE


def test_gate() -> None:
    if shutil.which("avr-gcc") is None:
        reason = "the AVR's image cannot be built: avr-gcc not found (Debian: apt-get install gcc-avr avr-libc)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    done = subprocess.run(["make", "-s", "-C", FIRMWARE, "firmware"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("flash ")
