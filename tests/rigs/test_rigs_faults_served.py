"""Faults on real pseudo-terminals: the served twin, and another program behind the bridge."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from payload.errors import LinkError, PortError
from payload.model import Rig, RigCall
from payload.rigs import Bench, faulty_command, firmware, probe, twin_command
from payload.rigs.link.events import ENDS
from payload.rigs.ports.transport import SerialPort, monotonic_ns
from payload.rigs.stations.wiring import wire

SECOND = 1_000_000_000
PATIENCE = 60 * SECOND


@contextlib.contextmanager
def served(command, *more):
    """A rig's program; its standard error is read at its end. Yields the process."""
    process = subprocess.Popen(
        [*command, *more, "--tether"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            pipe.close()


def faults(folder, text):
    path = folder / "faults.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def met(link):
    """Who is behind the link, once somebody is."""
    until = monotonic_ns() + PATIENCE
    while True:
        try:
            return probe(str(link), timeout_ms=2_000)
        except LinkError:
            if monotonic_ns() > until:
                raise


@pytest.fixture(params=["twin", "bridge"])
def start(request, tmp_path):
    """Starts an incubator behind the faults of a text, at a link: by itself, or another program that is bridged."""

    def begin(text, *more):
        file, link = faults(tmp_path, text), tmp_path / "rig.port"
        command = twin_command("incubator")
        command = faulty_command(command, file) if request.param == "bridge" else [*command, "--faults", str(file)]
        return link, served(command, "--link", str(link), *more)

    return begin


def opened(link):
    """A port at the link, once it can be had."""
    until = monotonic_ns() + PATIENCE
    while True:
        try:
            return SerialPort("rig-1", str(link))
        except PortError:
            if monotonic_ns() > until:
                raise


def listen(port):
    until = monotonic_ns() + PATIENCE
    while monotonic_ns() < until:
        port.wait(until)


def test_unplugged_and_back_under_a_new_name_at_the_same_link_with_the_same_boot(start):
    link, program = start("happenings: [{fault: unplug, at: 500 ms, for: 50 ms, every: 3 s}]")
    with program as process:
        name = process.stdout.readline().decode().strip()
        port = opened(link)
        with pytest.raises(PortError, match="was lost: it was hung up"):
            listen(port)
        port.close()
        assert met(link).boot == met(link).boot
        process.send_signal(signal.SIGTERM)
        told = process.communicate()[1].decode()
    new_name = told.partition("back as ")[2].splitlines()[0]
    assert told.splitlines()[0].endswith(" s: unplug")
    assert new_name.startswith("/dev/pts/")
    assert new_name != name
    assert "faults: unplug " in told
    assert not os.path.lexists(link)


def test_a_reset_is_another_boot_on_the_same_port(start):
    link, program = start("happenings: [{fault: reset, at: 1 s, for: 10 ms, every: 3 s, text: 'booting\\r\\n'}]")
    with program as process:
        process.stdout.readline()
        first = met(link)
        port = opened(link)
        heard = b""
        while b"booting" not in heard:
            heard += port.wait(monotonic_ns() + PATIENCE)
        port.close()
        second = met(link)
    assert (second.unit, second.kind) == (first.unit, first.kind)
    assert second.boot != first.boot


def test_a_port_that_resets_its_rig_when_it_is_opened_is_another_boot_each_time(start):
    link, program = start("on_open: {fault: reset, for: 20 ms, text: 'bootloader'}")
    with program as process:
        process.stdout.readline()
        boots, until = set(), monotonic_ns() + PATIENCE
        while len(boots) < 3 and monotonic_ns() < until:
            boots.add(met(link).boot)
    assert len(boots) == 3


def test_a_rig_that_stalls_does_not_read(start):
    link, program = start("happenings: [{fault: stall, at: 0 s, for: 1 h, way: to_rig}]")
    with program as process:
        process.stdout.readline()
        port = SerialPort("rig-1", str(link))
        with pytest.raises(PortError, match="takes no more bytes: what is behind it does not read"):
            port.write(bytes(1_000_000))
        port.close()


def test_frames_suffer_and_the_greeting_gets_through(start):
    link, program = start("{seed: 5, both: {drop: 30 %, flip: 20 %, split: 20 %}}")
    with program as process:
        process.stdout.readline()
        for _ in range(3):
            met(link)
        process.send_signal(signal.SIGTERM)
        told = process.communicate()[1].decode()
    assert told.startswith("faults: ")
    assert "to_rig drop" in told


def test_a_program_that_is_bridged_ends_with_the_bridge(tmp_path):
    file, link = faults(tmp_path, "{}"), tmp_path / "rig.port"
    with served(faulty_command(twin_command("incubator"), file, 3), "--link", str(link)) as process:
        process.stdout.readline()
        unit = met(link).unit
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        process.stdin.close()  # the tether
        assert process.wait(60) == 0
    assert unit
    assert not os.path.lexists(link)
    assert len(children) == 1
    assert not any(os.path.exists(f"/proc/{pid}") for pid in children)


@pytest.mark.parametrize("module", ["serve", "faulty"])
def test_a_faults_file_that_is_wrong_says_where(module, tmp_path):
    file = faults(tmp_path, "both:\n  dorp: 5 %\n")
    command = [sys.executable, "-m", f"payload.rigs.programs.{module}", "--faults", str(file)]
    command += ["incubator"] if module == "serve" else ["--", *twin_command("incubator")]
    ended = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"{file}:2:9: both.dorp: unknown key (did you mean drop?)")


@pytest.mark.parametrize("url", ["pty:", "host:"])
def test_a_mission_flies_over_a_wire_that_goes_wrong(url, tmp_path):
    if url == "host:" and firmware() is None:
        pytest.skip("the host firmware is not built: make firmware")
    file = faults(tmp_path, "both: {drop: 5 %, flip: 5 %, truncate: 5 %, duplicate: 5 %}")
    rig = Rig("eye", "camera", url, options={"faults": str(file)})
    tokens, reports = [f"look-{index}" for index in range(20)], []
    with Bench({"eye": rig}, folder=tmp_path) as bench:
        for token in tokens:
            bench.release(token, RigCall("eye", "read", {"channel": "stored"}))
        until = monotonic_ns() + PATIENCE
        while len(_ends(reports)) < len(tokens) and monotonic_ns() < until:
            bench.beat()
            reports += bench.reports(200)
    assert sorted(_ends(reports)) == sorted((token, "DONE") for token in tokens)


def test_a_bench_goes_on_through_an_unplug_and_knows_every_fate(tmp_path):
    file, link = faults(tmp_path, "happenings: [{fault: unplug, at: 3 s, for: 50 ms, every: 3 s}]"), tmp_path / "port"
    with served([*twin_command("incubator"), "--faults", str(file), "--link", str(link)]) as process:
        process.stdout.readline()
        tokens, reports = turns_over_an_unplug(str(link), tmp_path / "bench")
    assert _ends(reports) == [(token, "DONE") for token in tokens]
    assert not any(report.facts["rebooted"] for report in reports if report.stage == "LINK_UP")
    values = [report.facts["value"] for report in reports if report.stage == "DONE" and report.token]
    assert values == list(range(values[0], values[0] + len(tokens))), "each ran once"


def turns_over_an_unplug(url, folder):
    """One turn after the other until the link has been down and up; again where the unplug came while it was set up."""
    until = monotonic_ns() + PATIENCE
    while True:
        tokens, reports = [], []
        try:
            with Bench({"oven": Rig("oven", "incubator", url)}, folder=folder) as bench:
                while not any(report.stage == "LINK_UP" for report in reports) and monotonic_ns() < until:
                    if len(_ends(reports)) == len(tokens):
                        tokens.append(f"turn-{len(tokens)}")
                        bench.release(tokens[-1], RigCall("oven", "agitate", {"turns": 1}))
                    bench.beat()
                    reports += bench.reports(50)
                while len(_ends(reports)) < len(tokens) and monotonic_ns() < until:
                    bench.beat()
                    reports += bench.reports(50)
            return tokens, reports
        except LinkError:
            if monotonic_ns() > until:
                raise


def _ends(reports):
    """The ends of the commands, in order; each has one."""
    return [(report.token, report.stage) for report in reports if report.token and report.stage in ENDS]


def test_faults_need_a_program_that_is_started(tmp_path):
    for url in ("twin:", "/dev/ttyUSB7"):
        rig = Rig("eye", "camera", url, options={"faults": "faults.yaml"})
        with pytest.raises(PortError, match=f"rig eye: faults is a file's path, for a rig at pty:, .* at {url}"):
            wire(rig, url, speed_milli=1000, folder=tmp_path)


def test_a_program_that_does_not_start_behind_the_bridge_says_so(tmp_path):
    command = faulty_command([sys.executable, "-c", "pass"], faults(tmp_path, "{}"))
    ended = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert ended.returncode == 1
    assert ended.stderr.endswith("printed no port\n")
