"""An emulator ends with the program that has started it, however that ends."""

import os
import select
import subprocess
from pathlib import Path

import pytest
from emulated_builders import built

from payload.rigs.programs.emulators import emulator_command


@pytest.fixture(scope="module", autouse=True)
def firmware():
    built("arm")


def test_a_bridge_that_is_killed_takes_its_emulator_along():
    """As a wire with faults kills it, to cut the rig's power."""
    command = emulator_command("oven", "incubator", "qemu")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as bridge:
        bridge.stdout.readline()
        emulator = int(Path(f"/proc/{bridge.pid}/task/{bridge.pid}/children").read_text(encoding="ascii"))
        ended = os.pidfd_open(emulator)
        bridge.kill()
        assert select.select([ended], [], [], 60)[0] == [ended]
        os.close(ended)
