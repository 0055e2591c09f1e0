"""docs/make-your-own-rig.md is followed as it stands: its files are written, its commands run, but for the two that
need a board."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "make-your-own-rig.md"
BLOCK = re.compile(r"^```(sh|yaml|c)\n(.*?)^```", re.MULTILINE | re.DOTALL)
TOOLS = ("make", "gcc", "avr-gcc", "avr-objcopy", "avr-size")


def _needs() -> None:
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    missing += [] if Path("/usr/include/simavr").is_dir() else ["libsimavr-dev"]
    if missing:
        packages = "make gcc gcc-avr avr-libc libsimavr-dev libelf-dev"
        reason = f"{', '.join(missing)} not found (Debian: apt-get install {packages})"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.mark.firmware
def test_the_tutorial_can_be_followed(tmp_path):
    _needs()
    names = {"yaml": iter(["grow-lamp.yaml", "tray.yaml"]), "c": iter(["grow_lamp.c"])}
    script = ["set -e", "trap 'kill $(jobs -p) 2> /dev/null' EXIT"]
    for language, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if language == "sh":
            script.append(text)
        else:
            name = next(names[language])
            (tmp_path / name).write_text(text, encoding="utf-8")
            script.append(f"cp ../{name} .")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "SOURCE": str(ROOT), "NO_COLOR": "1"}
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    for expected in (
        "grow-lamp (128), 1 output, 2 channels",
        "grow-lamp, unit 5249470000000080",
        "DONE",
        "3 checks: 3 passed, 0 failed, 0 skipped",
        "run.db: completed: 1 done",
    ):
        assert expected in said, said
    assert not [line for line in said.splitlines() if line.startswith("FAIL")]
    lines = (tmp_path / "lamp" / "pins").read_text(encoding="ascii").splitlines()
    assert [line.split()[2] for line in lines][:2] == ["1", "0"]
