"""The firmware, built once for all tests of this folder."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path
from typing import Literal

import pytest
from firmware_builders import FIRMWARE

Build = Literal["host", "asan"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.firmware)


@pytest.fixture(scope="session")
def builds() -> dict[Build, Path]:
    """The program `rig`, plain and with AddressSanitizer and UndefinedBehaviorSanitizer."""
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
            ["make", "-C", FIRMWARE, "host", "asan", "build/asan/test"], capture_output=True, text=True, check=False
        )
    if made.returncode != 0:
        pytest.fail(f"the firmware does not build:\n{made.stdout}{made.stderr}", pytrace=False)
    return {"host": FIRMWARE / "build/host/rig", "asan": FIRMWARE / "build/asan/rig"}


@pytest.fixture(params=["host", "asan"])
def rig(request: pytest.FixtureRequest, builds: dict[Build, Path]) -> Path:
    """Each build in turn."""
    return builds[request.param]
