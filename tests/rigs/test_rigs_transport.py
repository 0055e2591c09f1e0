"""The transport on real PTY pairs and pyserial URLs; what a port that is not right says."""

import contextlib
import errno
import os
import socket
import subprocess
import sys
import threading
import tty

import pytest
import serial
from serial.tools import list_ports_common

from payload.errors import LinkTimeout, PortError, ProtocolError
from payload.rigs import Port, ports, probe
from payload.rigs.ports.transport import SerialPort, _refused, holders, monotonic_ns

SECOND = 1_000_000_000


@pytest.fixture
def pty():
    """The device's end and the port's path; the device keeps the slave open, as a rig does."""
    master, slave = os.openpty()
    tty.setraw(slave)
    open_ends = {"master": master, "slave": slave}
    yield open_ends, os.ttyname(slave)
    for fd in open_ends.values():
        with contextlib.suppress(OSError):
            os.close(fd)


@pytest.fixture
def port(pty):
    port = SerialPort("rig-1", pty[1])
    yield port
    port.close()


def test_bytes_go_both_ways(pty, port):
    master = pty[0]["master"]
    port.write(b"\0ping\0")
    assert os.read(master, 100) == b"\0ping\0"
    os.write(master, bytes(range(256)))
    assert port.wait(monotonic_ns() + SECOND) == bytes(range(256))


def test_waiting_ends_at_its_time_or_when_woken(port):
    before = monotonic_ns()
    assert port.wait(before + 20_000_000) == b""
    assert monotonic_ns() >= before + 20_000_000
    port.wake()
    assert port.wait(None) == b""
    waker = threading.Timer(0.02, port.wake)
    waker.start()
    assert port.wait(None) == b""
    waker.join()


def test_a_hang_up_is_a_lost_port(pty, port):
    for end in ("slave", "master"):
        os.close(pty[0].pop(end))
    with pytest.raises(PortError, match=rf"rig rig-1: {pty[1]} was lost: "):
        port.wait(monotonic_ns() + SECOND)
    with pytest.raises(PortError, match="was lost"):
        port.write(b"x")
    port.close()
    port.close()
    port.wake()


def test_a_device_that_does_not_read_ends_in_an_error_not_in_a_hang(pty, port):
    with pytest.raises(PortError, match="takes no more bytes"):
        port.write(bytes(200_000))


def test_a_port_is_held_alone_and_the_holder_is_named(pty, port):
    with pytest.raises(PortError) as caught:
        SerialPort("rig-2", pty[1])
    own = f"(pid {os.getpid()}, this program itself)"
    assert str(caught.value).startswith(f"rig rig-2: {pty[1]} is busy, held by ")
    assert str(caught.value).endswith(f"{own}: end that program, or name another port")
    port.close()
    assert holders(pty[1]) == []
    SerialPort("rig-2", pty[1]).close()


def test_another_program_on_the_port_is_named(pty):
    code = f"import fcntl,os;f=os.open({pty[1]!r},os.O_RDWR|os.O_NOCTTY);fcntl.flock(f,2);print(1,flush=True);input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(PortError, match=rf"is busy, held by python\S* \(pid {other.pid}\): end that program"):
            probe(pty[1])
        other.communicate(b"\n")


def test_an_absent_port_says_so(tmp_path):
    with pytest.raises(PortError, match=r"tty-none is absent: is the rig plugged in\?"):
        probe(str(tmp_path / "tty-none"))


def test_a_line_speed_that_no_port_has_says_so(pty):
    with pytest.raises(PortError, match=f"{pty[1]} cannot be opened: "):
        probe(pty[1], baud=10**12)


def test_a_file_is_no_serial_port(tmp_path):
    (tmp_path / "notes.txt").write_text("no tty")
    with pytest.raises(PortError, match=r"notes.txt is not a serial port"):
        probe(str(tmp_path / "notes.txt"))


def test_a_port_that_is_not_permitted_names_the_group(pty):
    error = serial.SerialException(errno.EACCES, "Permission denied")
    assert str(_refused("rig-1", pty[1], error)).startswith(
        f"rig rig-1: {pty[1]} may not be opened by this user: add yourself to the group "
    )


def test_a_silent_port_is_a_time_out_with_a_hint(pty):
    with pytest.raises(LinkTimeout, match=r"no answer to HELLO \(is it a payload rig, .* within 120 ms"):
        probe(pty[1], timeout_ms=120)


def test_a_babbling_port_is_a_protocol_error(pty):
    enough = threading.Event()

    def babble():
        while not enough.wait(0.01):
            os.write(pty[0]["master"], b"login: \0\x04abc\0")

    babbler = threading.Thread(target=babble)
    babbler.start()
    with pytest.raises(ProtocolError, match=r"\d+ bytes came in 300 ms, none of them a frame of the rig link"):
        probe(pty[1], timeout_ms=300)
    enough.set()
    babbler.join()


def test_a_socket_url_carries_the_same_bytes():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = SerialPort("rig-1", f"socket://127.0.0.1:{server.getsockname()[1]}")
        device, _ = server.accept()
        with device:
            port.write(b"\0ping\0")
            assert device.recv(100) == b"\0ping\0"
            device.sendall(b"pong")
            assert port.wait(monotonic_ns() + SECOND) == b"pong"
        with pytest.raises(PortError, match="was lost"):
            port.wait(monotonic_ns() + SECOND)
        port.close()


def test_a_url_without_a_descriptor_is_read_in_slices():
    port = SerialPort("rig-1", "loop://")
    port.write(b"echo")
    assert port.wait(monotonic_ns() + SECOND) == b"echo"
    port.wake()
    assert port.wait(None) == b""
    assert port.wait(monotonic_ns() + 20_000_000) == b""
    port.close()


def test_nothing_behind_a_socket_url_is_a_port_error():
    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.getsockname()[1]
    with pytest.raises(PortError, match=f"socket://127.0.0.1:{number} cannot be opened"):
        probe(f"socket://127.0.0.1:{number}")


def test_listing_ports_opens_none_and_names_the_holder(pty, port, monkeypatch):
    adapter = list_ports_common.ListPortInfo("/dev/ttyUSB7")
    adapter.vid, adapter.pid, adapter.serial_number, adapter.description = 0x0403, 0x6001, "A5XK3RJT", "FT232R"
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: [list_ports_common.ListPortInfo(pty[1]), adapter])
    first, second = ports()
    assert (first.path, first.text, first.vid_pid) == (pty[1], "", "")
    assert first.holder.endswith(f"(pid {os.getpid()}, this program itself)")
    assert second == Port("/dev/ttyUSB7", "FT232R", "", "0403:6001", "A5XK3RJT", "")
