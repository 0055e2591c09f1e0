"""A command's round trip over a PTY against its floor: pyserial's write and read(n) of as many bytes on a bare echo.

The rig is the firmware's host build where there is one, else the twin on a PTY.
"""

import os
import tempfile
import threading
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from payload.model import Rig, RigCall
from payload.rigs import Bench, firmware
from payload.rigs.kinds.dictionary import KINDS, READ
from payload.rigs.link.link import Link, Phase
from payload.rigs.ports.transport import SerialPort, monotonic_ns
from payload.rigs.programs.programs import Program, firmware_command, twin_command
from payload.rigs.wire.frame import encode
from payload.rigs.wire.packet import Call, pack

COMMAND = b"\0" + encode(pack(Call(1, 258, READ, (0,))))
REPLY_BYTES = 20  # DONE


@pytest.fixture
def echo() -> Iterator[str]:
    """A PTY whose far end answers each command's bytes with as many bytes as a rig does."""
    master, slave = os.openpty()
    tty.setraw(slave)

    def answer() -> None:
        while True:
            heard = os.read(master, 4096)
            if heard == b"end":
                return
            os.write(master, bytes(REPLY_BYTES))

    thread = threading.Thread(target=answer)
    thread.start()
    yield os.ttyname(slave)
    os.write(slave, b"end")
    thread.join()
    os.close(master)
    os.close(slave)


@pytest.fixture
def rig() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        command = firmware_command("eye", "camera") if firmware() else twin_command("camera")
        program = Program("eye", command, Path(folder), 1000)
        program.ready()
        yield str(program.link)
        program.close()


@pytest.mark.benchmark(group="command round trip over a PTY")
def test_floor_pyserial_write_and_read(benchmark, echo: str) -> None:
    with serial.Serial(echo, timeout=1, write_timeout=1) as port:

        def trip() -> bytes:
            port.write(COMMAND)
            return port.read(REPLY_BYTES)

        assert len(benchmark(trip)) == REPLY_BYTES


@pytest.mark.benchmark(group="command round trip over a PTY")
def test_transport_alone(benchmark, echo: str) -> None:
    port = SerialPort("eye", echo)

    def trip() -> int:
        port.write(COMMAND)
        count = 0
        while count < REPLY_BYTES:
            count += len(port.wait(None))
        return count

    assert benchmark(trip) == REPLY_BYTES
    port.close()


@pytest.mark.benchmark(group="command round trip over a PTY")
def test_link_and_transport(benchmark, rig: str) -> None:
    """Numbered, framed, acknowledged, DONE: in one thread."""
    port, link = SerialPort("eye", rig), Link("eye", None)
    link.connected(monotonic_ns())
    read = KINDS["camera"].by_name["read"]

    def turn() -> None:
        port.write(link.outgoing())
        link.receive(port.wait(link.deadline), monotonic_ns())

    while link.phase is not Phase.UP:
        turn()

    def trip() -> None:
        link.submit("look", read, (0,), monotonic_ns())
        while not link.idle:
            turn()

    benchmark(trip)
    port.close()


@pytest.mark.benchmark(group="command round trip over a PTY")
def test_bench_release_to_done(benchmark, rig: str) -> None:
    """The whole way: checked, translated, across the rig's thread and back as a report."""
    look = RigCall("eye", "read", {"channel": "stored"})
    with (
        tempfile.TemporaryDirectory() as folder,
        Bench({"eye": Rig("eye", "camera", rig)}, folder=Path(folder)) as bench,
    ):
        count = 0

        def trip() -> None:
            nonlocal count
            count += 1
            if count % 500 == 0:
                bench.beat()
            bench.release("look", look)
            while not any(report.stage == "DONE" for report in bench.reports(1000)):
                pass

        benchmark(trip)
