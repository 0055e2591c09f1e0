"""No command runs twice, none is lost without a word: short slices of the soaks in bench/."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from exactly_once import Soak
from link_cut import virtual
from payload.rigs import firmware
from payload.rigs.twins import FULL, SMALL

BENCH = Path(__file__).parents[2] / "bench"


@pytest.fixture
def built():
    if firmware() is None:
        if os.environ.get("CI") == "true":
            pytest.fail("the host firmware is not built")
        pytest.skip("the host firmware is not built: run 'make firmware' (it needs a C compiler)")


@pytest.mark.parametrize(
    ("seed", "size", "timed", "faults"),
    [
        (1, FULL, 0.0, {"unplugs": 8, "crashes": 6, "resets": 6}),
        (2, FULL, 0.3, {"crashes": 40}),
        (3, SMALL, 0.0, {"resets": 40}),
        (4, SMALL, 0.3, {"unplugs": 10, "crashes": 10, "resets": 10}),
    ],
)
def test_at_twenty_percent_of_faulty_frames(tmp_path, seed, size, timed, faults):
    soak = Soak(tmp_path / "intents", 5_000, seed, heat_every=25, size=size, timed=timed, **faults).run()
    found = soak.verdict()
    assert {name: count for name, count in found.items() if name.startswith("bad") and count} == {}
    assert found["DONE"] > 1_500
    assert soak.wire.boots == 1 + faults.get("resets", 0)


@pytest.mark.firmware
def test_a_host_that_is_killed_again_and_again(built):
    told = subprocess.run(
        [sys.executable, str(BENCH / "exactly_once_killed.py"), "--commands", "200"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (told.returncode, told.stderr) == (0, "")
    assert "200" in told.stdout


def test_a_rig_whose_wire_is_cut_is_safe_when_its_lease_is_over():
    assert 2_999 <= virtual(120, seed=3) <= 3_001


@pytest.mark.firmware
def test_a_rig_whose_host_is_killed_is_safe_when_its_lease_is_over(built):
    told = subprocess.run(
        [sys.executable, str(BENCH / "link_cut.py"), "--instants", "0", "--kills", "1"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (told.returncode, told.stderr) == (0, "")
    assert "1 SIGKILLs: safe at most " in told.stdout
    assert float(told.stdout.split("safe at most ")[1].split()[0]) <= 3_001
