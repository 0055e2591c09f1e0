"""Who has a port, and a port that is held, stuck or cut off."""

import os
import select
import subprocess
import sys
import threading
import tty

import pytest

from payload.errors import PortBusy, PortError
from payload.rigs.ports import transport
from payload.rigs.ports.listing import Port, holders, strangers
from payload.rigs.ports.transport import SerialPort, hurried, monotonic_ns

SECOND = 1_000_000_000
HOLD = "import os,sys;os.open(sys.argv[1],os.O_RDWR|os.O_NOCTTY);print(1,flush=True);input()"


@pytest.fixture
def pty():
    master, slave = os.openpty()
    tty.setraw(slave)
    yield master, slave, os.ttyname(slave)
    for fd in (master, slave):
        os.close(fd)


@pytest.fixture
def stranger(pty):
    """Another program that has the port open and does not lock it, as most terminal programs do not."""
    with subprocess.Popen([sys.executable, "-c", HOLD, pty[2]], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        yield other
        other.kill()


def test_a_stranger_without_a_lock_is_seen_and_named(pty, stranger):
    assert strangers(pty[2]) == [stranger.pid]
    with pytest.raises(PortBusy, match=rf"is busy, held by python\S* \(pid {stranger.pid}\): end that program, or"):
        SerialPort("rig-1", pty[2])
    assert not select.select([pty[0]], [], [], 0)[0], "nothing was written"
    stranger.kill()
    stranger.wait()
    SerialPort("rig-1", pty[2]).close()


def test_a_stranger_that_goes_at_once_was_only_looking(pty, stranger, monkeypatch):
    monkeypatch.setattr(transport, "LOOK_AGAIN_S", [0.01] * 3_000)  # "at once" is long on a busy machine
    leaving = threading.Timer(0.03, stranger.kill)
    leaving.start()
    SerialPort("rig-1", pty[2]).close()
    leaving.join()


def test_the_device_at_the_other_end_is_no_stranger(pty, tmp_path):
    code = (
        "import os,sys,tty;m,s=os.openpty();tty.setraw(s);print(os.ttyname(s),flush=True);"
        "sys.stdin.readline();os.write(m,b'pong');sys.stdin.readline()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as device:
        name = device.stdout.readline().decode().strip()
        assert (strangers(name), holders(name)) == ([], [])
        port = SerialPort("rig-1", name)
        device.stdin.write(b"\n")
        device.stdin.flush()
        assert port.wait(monotonic_ns() + 10 * SECOND)[:1] == b"p"
        port.close()
        device.communicate(b"\n")


def wait_for_ever(port):
    while True:
        port.wait(monotonic_ns() + 10 * SECOND)


def test_a_hang_up_over_unread_bytes_is_a_lost_port(pty):
    port = SerialPort("rig-1", pty[2])
    os.write(pty[0], b"never read")
    master, slave = os.dup(pty[0]), os.dup(pty[1])
    os.dup2(os.open(os.devnull, os.O_RDWR), pty[0])
    os.dup2(pty[0], pty[1])
    os.close(master)
    os.close(slave)
    with pytest.raises(PortError, match="was lost"):
        wait_for_ever(port)
    with pytest.raises(PortError, match="was lost"):
        port.write(b"x")
    port.close()


def test_a_port_that_takes_nothing_is_closed_at_once(pty):
    port = SerialPort("rig-1", pty[2])
    with pytest.raises(PortError, match="takes no more bytes: what is behind it does not read"):
        port.write(bytes(1_000_000))
    began = monotonic_ns()
    port.close()
    assert monotonic_ns() - began < 10 * SECOND  # the kernel's own patience is 30 s


def test_low_latency_is_asked_for_and_nothing_else_is_changed():
    before = bytes(range(72))
    after = hurried(before)
    flags = int.from_bytes(after[16:20], sys.byteorder)
    assert flags == int.from_bytes(before[16:20], sys.byteorder) | 1 << 13
    assert (after[:16], after[20:]) == (before[:16], before[20:])


def test_a_port_tells_its_facts():
    adapter = Port("/dev/ttyUSB0", "FT232R", "", "0403:6001", "A5XK3RJT", latency_ms=16)
    assert str(adapter) == "/dev/ttyUSB0 (0403:6001, serial number A5XK3RJT, FT232R)"
    assert str(Port("/dev/ttyS0", "")) == "/dev/ttyS0"
