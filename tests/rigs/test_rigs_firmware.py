"""The firmware's host build against the twin: the same bytes, and the same bench."""

import os
import random
import subprocess

import pytest
from random_host import random_talk

from payload.model import Quantity, Rig, RigCall
from payload.rigs import Bench, firmware, probe
from payload.rigs.kinds.dictionary import KINDS
from payload.rigs.twins import script

pytestmark = pytest.mark.firmware


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


@pytest.mark.parametrize("kind", KINDS)
def test_firmware_and_twin_answer_random_traces_alike(binary, kind):
    for seed in range(6):
        speed = random.Random(seed).choice(["1", "0.3"] if kind == "recorder" else ["1", "2.5", "1200", "0.3", "60"])
        talk = random_talk(seed, kind, speed)
        text = "".join(f"{talk.shown(at)} {data.hex() or '-'}\n" for at, data in talk.steps)
        lines = answers(binary, kind, f"{talk.unit:x}", f"{talk.boot:x}", speed, text)
        assert lines == list(script(talk.twin(), text.splitlines())), (seed, speed)


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
