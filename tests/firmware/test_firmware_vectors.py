"""The firmware answers the golden vectors, byte for byte: as a program, and its core linked to the C tests."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from firmware_builders import FIRMWARE, VECTORS, play

CONVERSATIONS = sorted(VECTORS.glob("conversation_*.json"))


def test_there_are_vectors_for_every_kind() -> None:
    assert {json.loads(path.read_text())["kind"] for path in CONVERSATIONS} == {"incubator", "fluid-loop", "camera"}


@pytest.mark.parametrize("path", CONVERSATIONS, ids=lambda path: path.stem.removeprefix("conversation_"))
def test_conversation(path: Path, rig: Path) -> None:
    vector = json.loads(path.read_text())
    steps = vector["steps"]
    said = play(
        rig,
        [f"{step['at_ms']} {step['in_hex'] or '-'}" for step in steps],
        vector["kind"],
        *("--unit", vector["unit"], "--boot", vector["boot"], "--speed", vector["speed"]),
    )
    frames = [(int(at), hexed) for at, hexed in (line.split() for line in said)]
    assert "".join(hexed for _, hexed in frames) == "".join(step["out_hex"] for step in steps)
    assert [at for at, _ in frames] == sorted(at for at, _ in frames)
    assert all(at <= steps[-1]["at_ms"] for at, _ in frames)


def test_c_tests(builds: dict[str, Path]) -> None:
    """`make test`: CRC, COBS, frames, clocks, dictionaries, random histories, and the vectors again."""
    vectors = sorted(VECTORS.glob("*.json"))
    done = subprocess.run(
        [FIRMWARE / "build/asan/test", *vectors], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(f"{len(vectors)} vector files, 0 failures\n")
