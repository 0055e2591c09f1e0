"""The firmware's host build against the twin: the same bytes, and the same bench."""

import json
import os
import random
import subprocess
from pathlib import Path

import pytest
from write_vectors import random_trace

from payload.model import Quantity, Rig, RigCall
from payload.rigs import Bench, firmware, probe
from payload.rigs.dictionary import KINDS
from payload.rigs.twins import Twin, script

pytestmark = pytest.mark.firmware
VECTORS = Path(__file__).parents[2] / "firmware_stubs" / "vectors"


@pytest.fixture(scope="module")
def binary():
    path = firmware()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("the host firmware is not built: run 'make firmware'")
        pytest.skip("the host firmware is not built: run 'make firmware'")
    return path


def answers(binary, kind, unit, boot, speed, text):
    command = [binary, "--kind", kind, "--script", "--unit", unit, "--boot", boot, "--speed", speed]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.mark.parametrize("path", sorted(VECTORS.glob("conversation_*.json")), ids=lambda path: path.stem)
def test_the_firmware_answers_the_vectors_byte_for_byte(binary, path):
    vector = json.loads(path.read_text())
    text = "".join(f"{step['at_ms']} {step['in_hex'] or '-'}\n" for step in vector["steps"])
    lines = answers(binary, vector["kind"], vector["unit"], vector["boot"], vector["speed"], text)
    sent = "".join(line.split()[1] for line in lines)
    assert sent == "".join(step["out_hex"] for step in vector["steps"])


@pytest.mark.parametrize("kind", KINDS)
def test_firmware_and_twin_answer_random_traces_alike(binary, kind):
    for seed in range(12):
        speed = random.Random(seed).choice(["1", "2.5", "1200", "0.3", "60", "9.001"])
        trace = random_trace(seed, kind, speed)
        text = "".join(f"{at} {data.hex() or '-'}\n" for at, data in trace)
        twin = Twin(kind, unit=0xABC, boot=0x77, speed_milli=round(float(speed) * 1000))
        assert answers(binary, kind, "abc", "77", speed, text) == list(script(twin, text.splitlines())), (seed, speed)


def test_the_bench_flies_the_firmware(binary, tmp_path):
    rigs = {
        "chamber": Rig("chamber", "incubator", "host:"),
        "loop": Rig("loop", "fluid-loop", "host:"),
        "eye": Rig("eye", "camera", "host:"),
    }
    with Bench(rigs, speed=600, folder=tmp_path) as bench:
        bench.release("soak", RigCall("chamber", "heat", {"target": Quantity(24_000, "temperature")}), 300_000)
        bench.release("run", RigCall("loop", "profile", {"rate": 20}), 300_000)
        bench.release("film", RigCall("eye", "capture", {"frames": 7}), 300_000)
        told, ended = {}, 0
        for _ in range(100):
            bench.beat()
            for report in bench.reports(100):
                if report.token:
                    told.setdefault(report.token, []).append(report.stage)
                    ended += report.stage == "DONE"
            if ended == 3:
                break
    whole = ["RELEASED", "ACCEPTED", "STARTED", *["PROGRESS"] * 9, "DONE"]
    assert told == {"soak": whole, "run": whole, "film": whole}
    assert {r.rig: r.facts["reason"] for r in bench.reports(0) if r.stage == "SAFE"} == dict.fromkeys(rigs, "COMMAND")


def test_the_firmware_can_be_probed(binary):
    hello = probe("host:", "camera")
    assert (hello.kind, hello.dictionary, hello.state) == (3, KINDS["camera"].hash, 0)
