"""The firmware, built once for all tests of this folder."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from firmware_builders import FIRMWARE

Builds = dict[str, Path]
"""Programs by `BUILD/NAME`: host/rig, host/rig-small, asan/rig, asan/rig-small."""

PROGRAMS = ("host/rig", "host/rig-small", "asan/rig", "asan/rig-small")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.firmware)


@pytest.fixture(scope="session")
def builds() -> Builds:
    """The program `rig` in both sizes, plain and with AddressSanitizer and UndefinedBehaviorSanitizer."""
    missing = [tool for tool in ("make", os.environ.get("CC", "cc").split()[0]) if shutil.which(tool) is None]
    if missing:
        reason = f"the firmware cannot be built: {' and '.join(missing)} not found (Debian: apt-get install gcc make)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    (FIRMWARE / "build").mkdir(exist_ok=True)
    with open(FIRMWARE / "build" / ".lock", "w") as lock:  # several workers may want to build at the same time
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = subprocess.run(
            ["make", "-C", FIRMWARE, "host", "asan", "build/asan/test", "build/asan/test-small"],
            capture_output=True,
            text=True,
            check=False,
        )
    if made.returncode != 0:
        pytest.fail(f"the firmware does not build:\n{made.stdout}{made.stderr}", pytrace=False)
    return {name: FIRMWARE / "build" / name for name in PROGRAMS}


@pytest.fixture(params=["host", "asan"])
def rig(request: pytest.FixtureRequest, builds: Builds) -> Path:
    """The full size, each build in turn."""
    return builds[f"{request.param}/rig"]
