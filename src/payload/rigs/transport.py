"""A pipe of bytes: the only place that knows pyserial, and the only clock of the room.

Who owns a transport waits in it (`wait`), is woken by others (`wake`), and is the only one to write. pyserial
configures and names the port; waiting and reading is our own poll and `os.read` on its descriptor, which is quicker
than pyserial's reader thread and its readline (bench/bench_roundtrip.py compares it with the floor). A port without a
descriptor (`loop://`, `rfc2217://`) is read in short slices.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import select
import sys
import termios
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import serial
from serial.tools import list_ports

from payload.errors import PortBusy, PortError
from payload.rigs.twins import Twin

BAUD = 115_200
WRITE_TIMEOUT_S = 1.0
"""Finite and positive: pyserial 3.5 spins for ever on a full port with 0 or None (pyserial issue 280)."""

_SLICE_S = 0.01

monotonic_ns = time.monotonic_ns
"""Wall time for leases and time-outs."""


class Transport(Protocol):
    """One rig's pipe. Every method raises PortError once the pipe is lost."""

    name: str

    def write(self, data: bytes) -> None: ...

    def wait(self, until: int | None) -> bytes:
        """What came in; empty at `until` (ns of `monotonic_ns`; None: whenever) or when woken."""

    def wake(self) -> None:
        """Ends a `wait` of another thread early, now or the next one."""

    def close(self) -> None:
        """Never raises; twice is once."""


class SerialPort:
    """A serial port, PTY or pyserial URL, held exclusively. `rig` is its name in messages."""

    def __init__(self, rig: str, url: str, baud: int = BAUD) -> None:
        self.name = url
        self._rig = rig
        self._port = _open(rig, url, baud)
        self._wake_out, self._wake_in = os.pipe()
        os.set_blocking(self._wake_in, False)
        os.set_blocking(self._wake_out, False)
        try:
            self._fd: int | None = self._port.fileno()
        except (AttributeError, OSError):  # io.UnsupportedOperation is an OSError
            self._fd = None
        self._poll = select.poll()
        self._poll.register(self._wake_out, select.POLLIN)
        if self._fd is not None:
            self._poll.register(self._fd, select.POLLIN)
        self._guard = threading.Lock()  # a wake after the close must not reach a descriptor that was given away anew
        self._closed = False

    def write(self, data: bytes) -> None:
        try:
            self._port.write(data)
        except serial.SerialTimeoutException:
            raise PortError(self._rig, f"{self.name} takes no more bytes: what is behind it does not read") from None
        except (serial.SerialException, OSError, TypeError) as error:  # TypeError: closed under pyserial's feet
            raise self._lost(error) from None

    def wait(self, until: int | None) -> bytes:
        left_ns = None if until is None else max(until - monotonic_ns(), 0)
        if self._fd is None:
            return self._read_slice(left_ns)
        left_ms = None if left_ns is None else -(-left_ns // 1_000_000)
        data = b""
        try:
            for fd, event in self._poll.poll(left_ms):
                if fd == self._wake_out:
                    os.read(fd, 4096)
                elif event & select.POLLIN:
                    data = os.read(fd, 65_536)
                    if not data:
                        raise self._lost("it was hung up")
                else:
                    raise self._lost("it was hung up")
        except OSError as error:
            raise self._lost(error) from None
        return data

    def _read_slice(self, left_ns: int | None) -> bytes:
        started = monotonic_ns()
        while True:
            try:
                data: bytes = self._port.read(max(self._port.in_waiting, 1))
            except (serial.SerialException, OSError, TypeError) as error:
                raise self._lost(error) from None
            with contextlib.suppress(BlockingIOError):
                if os.read(self._wake_out, 4096):
                    return data
            if data or (left_ns is not None and monotonic_ns() - started >= left_ns):
                return data

    def wake(self) -> None:
        with self._guard, contextlib.suppress(BlockingIOError):  # full: it is awake already
            if not self._closed:
                os.write(self._wake_in, b"!")

    def close(self) -> None:
        with self._guard:
            if self._closed:
                return
            self._closed = True
            with contextlib.suppress(serial.SerialException, OSError, termios.error):
                self._port.close()
            os.close(self._wake_in)
            os.close(self._wake_out)

    def _lost(self, why: object) -> PortError:
        return PortError(self._rig, f"{self.name} was lost: {why}")


class Loopback:
    """A twin in the same process: its time goes by while the owner waits. `clock` is ns of wall time."""

    def __init__(self, twin: Twin, booted_at: int, clock: Callable[[], int] = monotonic_ns) -> None:
        self.name = "twin:"
        self._twin, self._booted_at, self._clock = twin, booted_at, clock
        self._in = bytearray()
        self._woken = threading.Event()

    def write(self, data: bytes) -> None:
        self._in += data

    def wait(self, until: int | None) -> bytes:
        while True:
            now = self._clock()
            sent, call_at = self._twin.update(now - self._booted_at, bytes(self._in))
            self._in.clear()
            if sent:
                return sent
            due = call_at + self._booted_at if until is None else min(call_at + self._booted_at, until)
            woken = self._woken.wait(max(due - now, 0) / 1e9)
            if woken or (until is not None and self._clock() >= until):
                self._woken.clear()
                return b""

    def wake(self) -> None:
        self._woken.set()

    def close(self) -> None:
        pass


def _open(rig: str, url: str, baud: int) -> serial.Serial:
    plain = "://" not in url
    options: dict[str, Any] = {"baudrate": baud, "timeout": _SLICE_S, "write_timeout": WRITE_TIMEOUT_S}
    if plain:
        options["exclusive"] = True
    try:
        port = serial.serial_for_url(url, **options)
    except (serial.SerialException, OSError, ValueError, OverflowError, termios.error) as error:
        raise _refused(rig, url, error) from None
    # flock holds programs like ours off, TIOCEXCL all others but root's. A PTY would keep it after a crash of ours, as
    # its device never closes the slave.
    if plain and not os.path.realpath(url).startswith("/dev/pts/"):
        with contextlib.suppress(OSError):
            fcntl.ioctl(port.fileno(), termios.TIOCEXCL)
    return port


def _refused(rig: str, url: str, error: Exception) -> PortError:
    """Why a port could not be opened, and what to do about it."""
    code = getattr(error, "errno", None)
    if code is None and isinstance(error.__context__, termios.error | OSError):
        code = error.__context__.args[0]  # pyserial's "Could not configure port" keeps the cause to itself
    if "exclusively lock" in str(error) or code in (errno.EBUSY, errno.EAGAIN):
        who = holders(url)
        held = f", held by {', '.join(who)}" if who else ""
        return PortBusy(rig, f"{url} is busy{held}: end that program, or name another port")
    if code in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        return PortError(rig, f"{url} is absent: is the rig plugged in? 'payload rig list' shows the ports there are")
    if code in (errno.EACCES, errno.EPERM):
        return PortError(rig, f"{url} may not be opened by this user{_group(url)}")
    if code in (errno.ENOTTY, errno.EINVAL, errno.EISDIR):
        return PortError(rig, f"{url} is not a serial port")
    return PortError(rig, f"{url} cannot be opened: {error}")


def _group(url: str) -> str:
    try:
        return f": add yourself to the group {Path(url).group()} and log in again"
    except (OSError, KeyError):
        return ""


def holders(url: str) -> list[str]:
    """Who has a port locked, as far as this system tells (Linux): `name (pid n)` each, in order of pid."""
    try:
        inode = os.stat(url).st_ino
        locks = Path("/proc/locks").read_text(encoding="ascii")
    except OSError:
        return []
    pids = {
        int(row.split()[4]) for row in locks.splitlines() if "FLOCK" in row and row.split()[5].endswith(f":{inode}")
    }
    found = []
    for pid in sorted(pids):
        try:
            name = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
        except OSError:
            name = "a program"
        found.append(f"{name} (pid {pid}{', this program itself' if pid == os.getpid() else ''})")
    return found


@dataclass(frozen=True, slots=True)
class Port:
    """A serial port of this computer. `by_id` is its stable name where there is one."""

    path: str
    text: str
    by_id: str = ""
    vid_pid: str = ""
    serial_number: str = ""
    holder: str = ""


def ports() -> list[Port]:
    """The serial ports there are, sorted by path; none of them is opened."""
    stable = {}
    with contextlib.suppress(OSError):
        stable = {str(link.resolve()): str(link) for link in sorted(Path("/dev/serial/by-id").iterdir())}
    found = []
    for port in sorted(list_ports.comports(), key=lambda port: port.device):
        vid_pid = f"{port.vid:04X}:{port.pid:04X}" if port.vid is not None and port.pid is not None else ""
        text = port.description if port.description != "n/a" else ""
        who = ", ".join(holders(port.device)) if sys.platform == "linux" else ""
        by_id = stable.get(str(Path(port.device).resolve()), "")
        found.append(Port(port.device, text, by_id, vid_pid, port.serial_number or "", who))
    return found
