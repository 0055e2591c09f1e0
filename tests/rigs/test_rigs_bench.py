"""The bench: twins in process and on PTYs, and what happens when a rig goes away."""

import os
import select
import signal
import subprocess
import sys
import threading
import time

import pytest

from payload.errors import PortError, ProtocolError, RigFault, RunError
from payload.model import Quantity, Rig, RigCall
from payload.rigs import Bench, CallRefused, call, info, probe, twin_command
from payload.rigs.ports.transport import Loopback
from payload.rigs.programs.programs import Program
from payload.rigs.programs.serve import main
from payload.rigs.stations.station import Inbox, Station
from payload.rigs.twins import Twin
from payload.rigs.wire.frame import Deframer, encode
from payload.rigs.wire.packet import Hello, pack

ENDS = {"DONE", "FAILED", "REJECTED", "LATE", "CANCELLED", "INDETERMINATE"}


def degrees(amount):
    return Quantity(amount, "temperature")


RIGS = {
    "chamber": Rig("chamber", "incubator", "twin:", {"temperature": (degrees(4_000), degrees(45_000))}),
    "loop": Rig("loop", "fluid-loop", "twin:"),
    "eye": Rig("eye", "camera", "twin:"),
}
HEAT = RigCall("chamber", "heat", {"target": degrees(24_000)})


def collect(bench, until, limit_s=10.0):
    """Reports until `until(report)` holds for one, beating meanwhile; fails after `limit_s`."""
    found, start, beat = [], time.monotonic(), 0.0
    while time.monotonic() - start < limit_s:
        if time.monotonic() - beat > 0.5:
            bench.beat()
            beat = time.monotonic()
        for report in bench.reports(50):
            found.append(report)
            if until(report):
                return found
    raise AssertionError(f"not seen: {[(r.rig, r.token, r.stage, r.code) for r in found]}")


def ends_of(*tokens):
    left = set(tokens)

    def seen(report):
        if report.stage in ENDS:
            left.discard(report.token)
        return not left

    return seen


def story(reports, token):
    return [(r.stage, r.code) for r in reports if r.token == token]


WHOLE = [(stage, None) for stage in ("RELEASED", "ACCEPTED", "STARTED", *["PROGRESS"] * 9, "DONE")]


@pytest.mark.parametrize("url", ["twin:", "pty:"])
def test_three_rigs_do_their_steps_sped_up_and_are_safe_at_the_end(url, tmp_path):
    threads = threading.active_count()
    descriptors = len(os.listdir("/proc/self/fd"))
    urls = dict.fromkeys(RIGS, url)
    with Bench(RIGS, speed=1200, urls=urls, folder=tmp_path) as bench:
        bench.release("soak", HEAT, 7_200_000 // 20)
        bench.release("run", RigCall("loop", "profile", {"rate": 20}), 300_000)
        bench.release("film", RigCall("eye", "capture", {"frames": 10, "interval": "20 s"}), 300_000)
        bench.release("look", RigCall("eye", "read", {"channel": "stored"}))
        reports = collect(bench, ends_of("soak", "run", "film", "look"))
        rest = collect(bench, lambda report: report.stage == "TELEMETRY")
    for token in ("soak", "run", "film"):
        assert story(reports, token) == WHOLE
    assert story(reports, "look") == [("RELEASED", None), ("ACCEPTED", None), ("DONE", None)]
    last = {r.token: r for r in reports if r.stage == "DONE"}
    assert last["film"].facts == {"progress": 100, "value": 10, "of": "frames", "unit": "count"}
    assert last["look"].facts == {"progress": 100, "value": 0, "of": "stored", "unit": "count"}
    first = {r.token: r for r in reports if r.stage == "STARTED"}
    assert last["soak"].at_ns - first["soak"].at_ns == 360_000 * 1_000_000, "the rig's own clock says how long it was"
    assert rest[-1].facts["interval_ms"] == 150_000
    safe = {r.rig: r.facts["reason"] for r in bench.reports(0) if r.stage == "SAFE"}
    assert safe == dict.fromkeys(RIGS, "COMMAND")
    assert threading.active_count() == threads
    assert len(os.listdir("/proc/self/fd")) == descriptors
    assert not list(tmp_path.glob("*.port"))


def test_a_call_that_must_not_be_sent_is_refused_before_it_leaves(tmp_path):
    bench = Bench(RIGS, folder=tmp_path)
    with pytest.raises(CallRefused, match=r"target: 60 degC is out of range"):
        bench.check(RigCall("chamber", "heat", {"target": "60 degC"}), 60_000)
    with pytest.raises(RunError, match="there is no rig oven; there are chamber, loop, eye"):
        bench.check(RigCall("oven", "heat", {}), 60_000)
    with pytest.raises(RunError, match="rig chamber is not open"):
        bench.release("soak", HEAT, 60_000)


def test_a_bench_that_cannot_be_built_says_why(tmp_path):
    with pytest.raises(RunError, match="--rig oven=pty:: there is no rig oven; there are chamber, loop, eye"):
        Bench(RIGS, urls={"oven": "pty:"}, folder=tmp_path)
    with pytest.raises(RunError, match=r"--speed: a speed is 0\.001 to 100000"):
        Bench(RIGS, speed=0, folder=tmp_path)
    with pytest.raises(CallRefused, match="there is no rig kind 'toaster'"):
        Bench({"t": Rig("t", "toaster", "twin:")}, folder=tmp_path)
    cases = {
        "host:camera": "'host:camera' is no rig URL: nothing stands behind host:",
        "serial:": "'serial:' is no rig URL: expected twin:, pty:, host:, ",
        "/dev/ttyUSB77": "/dev/ttyUSB77 is absent: is the rig plugged in",
    }
    for url, message in cases.items():
        with pytest.raises(PortError, match=message), Bench({"eye": Rig("eye", "camera", url)}, folder=tmp_path):
            pass
    fast = {"eye": Rig("eye", "camera", "/dev/ttyUSB77")}
    with pytest.raises(PortError, match="is not ours to speed up: run with --speed 1, or say 'speed: any'"):
        Bench(fast, speed=60, folder=tmp_path).__enter__()
    any_speed = {"eye": Rig("eye", "camera", "/dev/ttyUSB77", options={"speed": "any"})}
    with pytest.raises(PortError, match="is absent"):
        Bench(any_speed, speed=60, folder=tmp_path).__enter__()
    odd = {"eye": Rig("eye", "camera", "/dev/ttyUSB77", options={"parity": "even"})}
    with pytest.raises(PortError, match="there is no wiring option parity; there are baud, faults, speed"):
        Bench(odd, folder=tmp_path).__enter__()


def test_without_firmware_the_way_out_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PAYLOAD_FIRMWARE", str(tmp_path / "none"))
    with pytest.raises(PortError, match=r"names .*none, which is no program: run 'make firmware'"):
        Bench({"eye": Rig("eye", "camera", "host:")}, folder=tmp_path).__enter__()


def test_a_program_that_does_not_start_leaves_its_last_words(tmp_path, monkeypatch):
    fake = tmp_path / "rig"
    fake.write_text("#!/bin/sh\necho no pseudo-terminals left >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PAYLOAD_FIRMWARE", str(fake))
    with pytest.raises(PortError, match="did not start: no pseudo-terminals left"):
        Bench({"eye": Rig("eye", "camera", "host:")}, folder=tmp_path).__enter__()


def test_abort_ends_what_runs_and_the_rig_stays_safe_until_armed(tmp_path):
    with Bench({"chamber": RIGS["chamber"]}, folder=tmp_path) as bench:
        bench.release("soak", HEAT, 60_000)
        collect(bench, lambda report: report.stage == "STARTED")
        bench.abort()
        reports = collect(bench, lambda report: report.stage == "SAFE")
        bench.release("again", HEAT, 60_000)
        reports += collect(bench, ends_of("again"))
        bench.arm("chamber", "arm")
        bench.release("third", HEAT, 60_000)
        reports += collect(bench, lambda report: report.token == "third" and report.stage == "STARTED")
    assert story(reports, "soak") == [("FAILED", "ABORT")]
    assert [r.facts["reason"] for r in reports if r.stage == "SAFE"] == ["ABORT"]
    assert story(reports, "again") == [("RELEASED", None), ("REJECTED", "SAFE_MODE")]
    assert story(bench.reports(0), "third") == [("FAILED", "ABORT")], "leaving ends what still runs"


def test_without_beats_the_rig_goes_safe_by_itself(tmp_path):
    with Bench({"chamber": RIGS["chamber"]}, folder=tmp_path) as bench:
        bench.release("soak", HEAT, 60_000)
        reports, until = [], time.monotonic() + 6
        while not any(report.stage == "SAFE" for report in reports) and time.monotonic() < until:
            reports += bench.reports(200)
    assert story(reports, "soak")[-1] == ("FAILED", "LEASE")
    assert [r.facts["reason"] for r in reports if r.stage == "SAFE"] == ["LEASE"]


def test_the_missions_limits_trip_on_the_rig(tmp_path):
    """Ambient is 22 degC: a chamber that must stay below 20 cannot be armed."""
    cold = Rig("chamber", "incubator", "twin:", {"temperature": (degrees(4_000), degrees(20_000))})
    with pytest.raises(RigFault, match=r"rig chamber: refused arm while it was being set up \[LIMIT_NOW\]"):
        Bench({"chamber": cold}, folder=tmp_path).__enter__()


def served(tmp_path, *options):
    """A twin served on a PTY by a program that is not the bench's."""
    link = tmp_path / "by-hand"
    command = [
        sys.executable,
        "-m",
        "payload.rigs.programs.serve",
        "incubator",
        "--link",
        str(link),
        "--tether",
        *options,
    ]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline().startswith(b"/dev/pts/")
    return process, link


def end(process):
    process.stdin.close()
    process.stdout.close()
    return process.wait(5)


def test_a_pulled_port_is_indeterminate_and_the_other_rigs_go_on(tmp_path):
    process, link = served(tmp_path)
    rigs = {"chamber": Rig("chamber", "incubator", str(link)), "eye": RIGS["eye"]}
    with Bench(rigs, folder=tmp_path, reconnect_ms=700) as bench:
        bench.release("soak", HEAT, 60_000)
        collect(bench, lambda report: report.stage == "STARTED")
        process.send_signal(signal.SIGKILL)
        pulled = time.monotonic()
        reports = collect(bench, lambda report: report.stage == "LINK_DOWN")
        assert 0.7 <= time.monotonic() - pulled < 5, "it was tried for a bounded time"
        bench.release("late", HEAT, 60_000)
        bench.release("look", RigCall("eye", "read", {"channel": "stored"}))
        reports += collect(bench, ends_of("late", "look"))
    end(process)
    assert story(reports, "soak") == [("INDETERMINATE", "LINK_DOWN")]
    assert story(reports, "late") == [("RELEASED", None), ("FAILED", "LINK_DOWN")]
    assert story(reports, "look")[-1] == ("DONE", None)


def test_a_rig_that_comes_back_rebooted_is_met_again_and_stays_safe(tmp_path):
    process, link = served(tmp_path)
    with Bench({"chamber": Rig("chamber", "incubator", str(link))}, folder=tmp_path) as bench:
        bench.release("soak", HEAT, 60_000)
        collect(bench, lambda report: report.stage == "STARTED")
        process.kill()
        end(process)
        process, _ = served(tmp_path)
        reports = collect(bench, lambda report: report.stage == "SAFE")
        assert [(r.stage, dict(r.facts)) for r in reports if r.stage == "LINK_UP"] == [("LINK_UP", {"rebooted": True})]
        assert story(reports, "soak") == [("INDETERMINATE", "REBOOT")]
        bench.read_back("chamber", "soak/now")
        read = collect(bench, ends_of("soak/now/temperature", "soak/now/heater"))
        values = {r.token: (r.facts["value"], r.facts["unit"]) for r in read if r.stage == "DONE"}
        assert values == {"soak/now/temperature": (22_000, "mdegC"), "soak/now/heater": (0, "permille")}
        bench.release("again", HEAT, 60_000)
        assert story(collect(bench, ends_of("again")), "again")[-1] == ("REJECTED", "SAFE_MODE")
    assert end(process) == 0
    assert not link.is_symlink()


def test_a_program_of_ours_that_dies_does_not_come_back(tmp_path):
    with Bench({"chamber": RIGS["chamber"]}, urls={"chamber": "pty:"}, folder=tmp_path) as bench:
        bench.release("soak", HEAT, 60_000)
        collect(bench, lambda report: report.stage == "STARTED")
        bench._places["chamber"]._wire._program._process.kill()
        reports = collect(bench, lambda report: report.stage == "LINK_DOWN", limit_s=3)
    assert story(reports, "soak") == [("INDETERMINATE", "LINK_DOWN")]


def test_probe_info_and_call_by_hand(tmp_path):
    process, link = served(tmp_path, "--unit", "abc", "--speed", "60")
    hello = probe(str(link))
    assert (hello.unit, hello.kind, hello.session, hello.speed_milli) == (0xABC, 1, 0, 60_000)
    assert info(str(link))[1].name == "incubator"
    with pytest.raises(ProtocolError, match="is of kind incubator, wanted is camera: check the wiring"):
        probe(str(link), "camera")
    heard = []
    last = call(str(link), "heat", {"target": "25 degC", "duration": "30 s"}, heard=heard.append)
    assert (last.stage, heard[-1], last.facts["unit"]) == ("DONE", last, "mdegC")
    with pytest.raises(CallRefused, match="no such call"):
        call(str(link), "bake", {})
    after = probe(str(link))
    assert (after.session, after.state, after.reason) == (1, 0, 2)
    assert end(process) == 0


def test_probing_a_rig_that_we_start_needs_its_kind():
    assert probe("twin:", "camera").kind == 3
    with pytest.raises(RunError, match="say which kind of rig it is to be"):
        probe("twin:")


def test_the_served_twin_answers_scripts_and_refuses_nonsense():
    command = [sys.executable, "-m", "payload.rigs.programs.serve", "camera"]
    done = subprocess.run(
        [*command, "--script", "--boot", "1", "--unit", "2"],
        input="0 0002050101010" + "35b3200\n",
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert (done.returncode, done.stdout.split()[0], len(done.stdout.split()[1])) == (0, "0", 46)
    assert (
        subprocess.run([*command, "--script"], input="x\n", capture_output=True, text=True, timeout=20).returncode == 2
    )
    odd = (
        ["--boot", "0x1f"],
        ["--unit", "1_0"],
        ["--unit", "0" * 17],
        ["--speed", "1e3"],
        ["--sp", "2"],
        ["--script", "--tether"],
    )
    for wrong in (["--speed", "0"], ["--boot", "xyz"], ["--boot", "0"], ["--colour"], *odd):
        with pytest.raises(SystemExit, match="2"):
            main(["camera", *wrong])


def test_serving_never_replaces_a_file(tmp_path):
    notes = tmp_path / "notes.txt"
    notes.write_text("precious")
    command = [sys.executable, "-m", "payload.rigs.programs.serve", "camera", "--link"]
    for place, why in ((notes, "File exists"), (tmp_path / "none" / "rig", "No such file or directory")):
        done = subprocess.run([*command, place], capture_output=True, text=True, timeout=20)
        assert (done.returncode, done.stdout, done.stderr) == (1, "", f"rig: {place}: {why}\n")
    assert notes.read_text() == "precious"
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_whoever_does_not_read_loses_whole_frames(tmp_path):
    process, link = served(tmp_path)
    fd = os.open(link, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    asked = b"".join(b"\0" + encode(pack(Hello(tag))) for tag in range(1, 4_001))
    while asked:
        assert select.select([], [fd], [], 20)[1]
        asked = asked[os.write(fd, asked) :]
    deframer, heard, until = Deframer(), [], time.monotonic() + 20
    while not heard or heard[-1].id != 0xFFFF:
        assert time.monotonic() < until, f"no answer to the last word after {len(heard)} frames"
        os.write(fd, b"\0" + encode(pack(Hello(0xFFFF))))
        while select.select([fd], [], [], 0.1)[0]:
            heard += deframer.feed(os.read(fd, 65_536))
    os.close(fd)
    assert end(process) == 0
    numbers = [frame.id for frame in heard if frame.id != 0xFFFF]
    assert deframer.bad == 0
    assert 0 < len(numbers) < 4_000
    assert numbers == sorted(numbers)


def test_a_program_that_must_be_killed_leaves_no_link(tmp_path):
    program = Program("eye", twin_command("camera"), tmp_path, 1000)
    program.ready()
    program._process.send_signal(signal.SIGSTOP)
    program.close()
    assert (program.ended, program.link.is_symlink()) == (True, False)


def test_an_abort_does_not_take_the_missions_limits_from_a_new_session(tmp_path):
    cool = Rig(
        "chamber", "incubator", "twin:", {"temperature": (degrees(10_000), degrees(30_000)), "heater": (-500, 500)}
    )
    with Bench({"chamber": cool}, folder=tmp_path) as bench:
        station = bench._places["chamber"]
        twin = station._wire._twin
        with station._lock:  # a new session begins, and is aborted before its limits are all on the wire
            twin.limits = [(channel.low, channel.high) for channel in twin.kind.channels]
            station._link._numbered.put_first()
            station._keeper.set_up(station._clock())
            bench.abort()
        bench.arm("chamber", "arm")
        reports = collect(bench, ends_of("arm"))
        assert story(reports, "arm")[-1] == ("DONE", None)
        assert twin.limits == [(10_000, 30_000), (-500, 500)]


class Board:
    """A wire to a board that resets when its port is opened, and is deaf in its boot loader for a while."""

    gone = False

    def __init__(self, boot_s):
        self.boot_s, self.opened, self.pulled = boot_s, 0, False

    def open(self):
        self.opened += 1
        self.pulled = False
        self.ready_at = time.monotonic_ns() + int(self.boot_s * 1e9)
        self.loopback = Loopback(Twin("camera", unit=1, boot=self.opened), time.monotonic_ns())
        self.name, self.wake = "board", self.loopback.wake
        return self

    def write(self, data):
        if time.monotonic_ns() > self.ready_at:
            self.loopback.write(data)

    def wait(self, until):
        if self.pulled:
            raise PortError("eye", "pulled")
        return self.loopback.wait(until)

    def close(self):
        pass


def test_a_board_that_resets_when_it_is_opened_comes_back():
    board, inbox = Board(0), Inbox()
    station = Station(RIGS["eye"], board, inbox)
    station.start()
    while not station.is_ready():
        station.wait_ready_ms(20)
    board.boot_s, board.pulled = 1.5, True
    station.beat()
    reports, until = [], time.monotonic() + 10
    while not any(report.stage == "SAFE" for report in reports) and time.monotonic() < until:
        reports += inbox.take(100)
    station.part()
    station.retire()
    assert board.opened == 2
    assert [(report.stage, dict(report.facts)) for report in reports if report.stage != "TELEMETRY"] == [
        ("LINK_UP", {"rebooted": True}),
        ("SAFE", {"reason": "BOOT"}),
    ]
