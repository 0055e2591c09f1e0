"""The firmware as a process behind a pseudo-terminal, as `payload` meets it."""

from __future__ import annotations

import os
import select
import signal
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from firmware_builders import (
    ABORT_BUTTON,
    ABORTED,
    HELLO,
    HELLO_BODY,
    HELLO_REPLY,
    HOUSEKEEPING,
    OPENED,
    OWN,
    PING,
    PONG,
    SAFE,
    STAGE,
    THIRD,
    Heard,
    armed,
    beat,
    command,
    hear,
    opening,
    wire,
)

PATIENCE_S = 20.0  # for what a correct program does within milliseconds, on a machine that may be busy

Start = Callable[..., "Served"]


class Served:
    """A running rig and the client's end of its wire."""

    def __init__(self, rig: Path, link: Path | None, *options: str, stdin: int = subprocess.DEVNULL) -> None:
        place = () if link is None else ("--link", str(link))
        self.process = subprocess.Popen(
            [rig, *place, *options], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert self.process.stdout is not None
        self.name = self.process.stdout.readline().decode().rstrip("\n")
        self.fd = os.open(self.name if link is None else link, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self._rest = b""

    def say(self, data: bytes) -> None:
        while data:
            select.select([], [self.fd], [], PATIENCE_S)
            data = data[os.write(self.fd, data) :]

    def until(self, wanted: Callable[[Heard], bool]) -> list[Heard]:
        """All frames up to and including the first that is wanted."""
        heard: list[Heard] = []
        end = time.monotonic() + PATIENCE_S
        while not heard or not wanted(heard[-1]):
            whole, found, self._rest = self._rest.partition(b"\0")
            if found:
                heard += hear(whole + b"\0")
                continue
            self._rest = whole
            assert select.select([self.fd], [], [], max(0.0, end - time.monotonic()))[0], f"nothing more after {heard}"
            self._rest += os.read(self.fd, 4096)
        return heard

    def all_there_is(self, silence_s: float = 0.3) -> list[Heard]:
        """The frames that have come, until nothing more comes for a while."""
        while select.select([self.fd], [], [], silence_s)[0]:
            self._rest += os.read(self.fd, 65536)
        whole, end, self._rest = self._rest.rpartition(b"\0")
        return hear(whole + end)

    def end(self) -> tuple[int, bytes]:
        """The exit code, and what it complained of."""
        os.close(self.fd)
        _, complaint = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, complaint


@pytest.fixture
def start(rig: Path) -> Iterator[Start]:
    started: list[Served] = []

    def start_one(link: Path | None, *options: str, **how: int) -> Served:
        started.append(Served(rig, link, *options, **how))
        return started[-1]

    yield start_one
    for served in started:
        if served.process.poll() is None:
            served.process.kill()
            served.process.communicate()


def test_says_hello(start: Start, tmp_path: Path) -> None:
    served = start(tmp_path / "rig", "--kind", "camera", "--unit", "c0ffee", "--boot", "1f", "--speed", "1.5")
    assert Path(tmp_path / "rig").readlink() == Path(served.name)
    served.say(wire(HELLO, 0, 77, b"\1"))
    (reply,) = served.until(lambda frame: frame.type == HELLO_REPLY)
    assert (reply.session, reply.number) == (0, 77)
    body = HELLO_BODY.unpack(reply.body)
    dictionary, tick = body[13:15]
    assert 0 <= tick < PATIENCE_S * 1500
    expected = (
        2,
        3,
        0xC0FFEE,
        0x1F,
        1,
        0,
        1,
        8 << 4,
        0,
        0,
        0,
        32,
        240,
        dictionary,
        tick,
        1500,
        0,
        0,
        256,
        0,
        0,
        0,
        0,
        0,
    )
    assert body == expected


def test_stamps_a_ping(start: Start) -> None:
    served = start(None, "--kind", "recorder", "--speed", "2")
    begun = time.monotonic()
    stamps = []
    for number in range(3):
        served.say(wire(PING, 0, number))
        (pong,) = served.until(lambda frame: frame.type == PONG)
        assert pong.number == number
        tick, thousandths = struct.unpack("<IH", pong.body)
        assert thousandths < 1000
        stamps.append(tick * 1000 + thousandths)
    assert stamps == sorted(set(stamps))
    assert stamps[-1] - stamps[0] <= (time.monotonic() - begun) * 2_000_000


def test_remembers_over_a_reset_and_shows_its_pins(start: Start, tmp_path: Path) -> None:
    """The record of a journaled command is in the next HELLO; outputs are told with their instants."""
    memory = ("--nvm", str(tmp_path / "nvm"))
    served = start(None, "--kind", "incubator", "--boot", "77", *memory, "--pins", str(tmp_path / "pins"))
    served.say(opening(1) + armed(1, 0x77) + command(1, 3, THIRD, 5) + command(1, 4, OWN, 37_000, 600_000))
    served.until(lambda frame: frame.type == STAGE and frame.stage == (4, 3, 0))
    served.until(lambda frame: frame.type == HOUSEKEEPING)
    served.say(command(1, 5, SAFE))
    served.until(lambda frame: frame.type == STAGE and frame.stage == (5, 5, 0))
    served.process.kill()
    served.process.wait()
    pins = [line.split() for line in (tmp_path / "pins").read_text().splitlines()]
    assert [(output, value != "0") for _, output, value in pins] == [("0", True), ("0", False)]
    assert [float(at) for at, _, _ in pins] == sorted(float(at) for at, _, _ in pins)

    again = start(None, "--kind", "incubator", *memory)
    again.say(wire(HELLO))
    (reply,) = again.until(lambda frame: frame.type == HELLO_REPLY)
    assert HELLO_BODY.unpack(reply.body)[-4:] == (0x77, 1, 3, 5)  # boot, session, number, DONE


def test_each_boot_has_its_own_id(start: Start) -> None:
    boots = []
    for _ in range(2):
        served = start(None, "--kind", "incubator")
        served.say(wire(HELLO))
        boots.append(struct.unpack_from("<I", served.until(lambda _: True)[0].body, 10)[0])
    assert 0 not in boots
    assert boots[0] != boots[1]


def test_runs_a_command_that_outlives_its_client(start: Start) -> None:
    served = start(None, "--kind", "incubator", "--boot", "9", "--speed", "60")
    served.say(opening(1, 5) + armed(1, 9) + command(1, 3, OWN, 37_000, 12_000))
    heard = served.until(lambda frame: frame.type == STAGE and frame.stage == (3, 3, 0))
    assert [frame.stage for frame in heard if frame.type == STAGE] == [(1, 5, 0), (2, 5, 0), (3, 3, 0)]
    assert heard[0].type == OPENED

    os.close(served.fd)  # the client goes, and comes back to the same boot
    served.fd = os.open(served.name, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    heard = served.until(lambda frame: frame.type == STAGE and frame.body[0] == 5)
    assert [frame.body[2] for frame in heard if frame.type == STAGE] == [*range(10, 100, 10), 100]
    started, *_, done = (struct.unpack_from("<I", frame.body, 3)[0] for frame in heard if frame.type == STAGE)
    assert done - started == 12_000 * 9 // 10


def test_goes_safe_when_the_lease_is_over(start: Start) -> None:
    served = start(None, "--kind", "fluid-loop", "--boot", "9")
    served.say(opening(1) + beat(1, 8) + armed(1, 9))
    served.say(command(1, 3, OWN, 120, 600_000))
    begun = time.monotonic()
    heard = served.until(lambda frame: frame.type == STAGE and frame.body[0] == 6)
    assert time.monotonic() - begun > 2.9
    assert heard[-1].stage == (3, 6, 0x23)
    (status,) = served.until(lambda frame: frame.type == HOUSEKEEPING)
    assert tuple(status.body[:2]) == (0, 3)  # SAFE, LEASE
    served.say(ABORT_BUTTON)
    (aborted,) = served.until(lambda frame: frame.type == ABORTED)
    assert tuple(aborted.body[:2]) == (0, 3)  # latched


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ends_when_told(start: Start, tmp_path: Path, number: signal.Signals) -> None:
    served = start(tmp_path / "rig", "--kind", "incubator", "--boot", "9")
    served.say(opening(1) + armed(1, 9) + command(1, 3, OWN, 37_000, 600_000))
    served.until(lambda frame: frame.type == STAGE and frame.stage == (3, 3, 0))
    served.process.send_signal(number)
    assert served.end() == (0, b"")
    assert list(tmp_path.iterdir()) == []


def test_ends_with_its_tether(start: Start, tmp_path: Path) -> None:
    served = start(tmp_path / "rig", "--kind", "camera", "--tether", stdin=subprocess.PIPE)
    assert served.process.stdin is not None
    served.process.stdin.write(b"what is said here is not for the rig\n")
    served.process.stdin.flush()
    served.say(wire(HELLO))
    served.until(lambda frame: frame.type == HELLO_REPLY)
    assert served.end() == (0, b"")  # communicate() closes its standard input
    assert list(tmp_path.iterdir()) == []


def test_a_link_goes_to_the_newest_and_stays_with_it(start: Start, tmp_path: Path) -> None:
    link = tmp_path / "rig"
    link.symlink_to("nowhere")
    old = start(link, "--kind", "incubator")
    new = start(link, "--kind", "camera")
    assert link.readlink() == Path(new.name) != Path(old.name)
    old.process.terminate()
    assert old.end() == (0, b"")
    assert link.readlink() == Path(new.name)
    new.process.terminate()
    assert new.end() == (0, b"")
    assert list(tmp_path.iterdir()) == []


def test_a_client_that_does_not_read_loses_whole_frames_only(start: Start) -> None:
    served = start(None, "--kind", "incubator")
    for first in range(0, 4000, 50):  # 4000 replies of 65 bytes: far beyond what the terminal and the rig keep
        served.say(b"".join(wire(HELLO, 0, number) for number in range(first, first + 50)))
    heard = served.all_there_is()
    served.say(wire(HELLO, 0, 9999))
    heard += served.until(lambda frame: frame.number == 9999)
    numbers = [frame.number for frame in heard if frame.number < 9999]
    assert numbers == sorted(numbers)
    assert len(numbers) < 4000
    assert {frame.type for frame in heard} == {HELLO_REPLY}
    assert all(HELLO_BODY.unpack(frame.body)[16] == 0 for frame in heard)  # bad_frames


def test_a_link_that_cannot_be_made_is_an_error(rig: Path, tmp_path: Path) -> None:
    kept = tmp_path / "notes.txt"
    kept.write_text("to be kept")
    for place, why in ((tmp_path / "no" / "folder", "No such file or directory"), (kept, "File exists")):
        done = subprocess.run(
            [rig, "--kind", "camera", "--link", place], capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
        assert (done.returncode, done.stdout, done.stderr) == (1, "", f"rig: {place}: {why}\n")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("notes.txt", "to be kept")]
