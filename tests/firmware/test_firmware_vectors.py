"""The firmware answers the golden vectors, byte for byte: as a program, and its core linked to the C tests."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from firmware_builders import FIRMWARE, KINDS, VECTORS, play

CONVERSATIONS = sorted(VECTORS.glob("conversation_*.json"))
PROGRAM = {"full": "rig", "small": "rig-small"}


def test_there_are_vectors_for_every_kind_and_size() -> None:
    vectors = [json.loads(path.read_text()) for path in CONVERSATIONS]
    assert {vector["kind"] for vector in vectors} == set(KINDS)
    assert {vector["size"] for vector in vectors} == set(PROGRAM)


@pytest.mark.parametrize("build", ["host", "asan"])
@pytest.mark.parametrize("path", CONVERSATIONS, ids=lambda path: path.stem.removeprefix("conversation_"))
def test_conversation(path: Path, build: str, builds: dict[str, Path], tmp_path: Path) -> None:
    vector = json.loads(path.read_text())
    steps = vector["steps"]
    options = ["--unit", vector["unit"], "--boot", vector["boot"], "--speed", vector["speed"]]
    if vector["nvm_hex"] is not None:
        (tmp_path / "nvm").write_bytes(bytes.fromhex(vector["nvm_hex"]))
        options += ["--nvm", str(tmp_path / "nvm")]
    said = play(
        builds[f"{build}/{PROGRAM[vector['size']]}"],
        [f"{step['at']} {step['in_hex'] or '-'}" for step in steps],
        vector["kind"],
        *options,
    )
    assert said == [f"{tick} {hexed}" for step in steps for tick, hexed in step["out"]]


@pytest.mark.parametrize("program", ["test", "test-small"])
def test_c_tests(program: str, builds: dict[str, Path]) -> None:
    """`make test`: CRC, COBS, frames, random histories, and the vectors of that size again."""
    vectors = sorted(VECTORS.glob("*.json"))
    done = subprocess.run(
        [FIRMWARE / "build/asan" / program, *vectors], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(" 0 failures\n")
