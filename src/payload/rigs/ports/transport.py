"""A pipe of bytes: the only place that opens a port, and the only clock of the room.

Who owns a transport waits in it (`wait`), is woken by others (`wake`), and is the only one to write. pyserial
configures and names the port; waiting, reading and writing is our own poll, `os.read` and `os.write` on its descriptor,
which is quicker than pyserial's reader thread and its readline (bench/bench_roundtrip.py compares it with the floor),
and does not spin on a full port. A port without a descriptor (`loop://`, `rfc2217://`) is read in short slices.
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
from pathlib import Path
from typing import Any, Protocol

import serial

from payload.errors import PortBusy, PortError
from payload.rigs.ports.listing import holders, strangers

BAUD = 115_200
WRITE_TIMEOUT_S = 1.0
"""Finite and positive: pyserial 3.5 spins for ever on a full port with 0 or None (pyserial issue 280)."""

LOOK_AGAIN_S = (0.01, 0.02, 0.04, 0.08)
"""How long a stranger on a port of ours is given to go: one like us opens it, finds our lock, and closes it."""

_LOW_LATENCY = 1 << 13

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
    """A serial port, PTY or pyserial URL, held exclusively. `rig` is its name in messages; `parity` is N, E or O."""

    def __init__(self, rig: str, url: str, baud: int = BAUD, *, parity: str = "N", stopbits: int = 1) -> None:
        self.name = url
        self._rig = rig
        self._port = _open(rig, url, baud, parity, stopbits)
        self._wake_out, self._wake_in = os.pipe()
        os.set_blocking(self._wake_in, False)
        os.set_blocking(self._wake_out, False)
        try:
            self._fd: int | None = self._port.fileno()
        except (AttributeError, OSError):  # io.UnsupportedOperation is an OSError
            self._fd = None
        self._writes_itself = self._fd is not None and ("://" not in url or url.startswith("socket://"))
        self._poll = select.poll()
        self._poll.register(self._wake_out, select.POLLIN)
        if self._fd is not None:
            self._poll.register(self._fd, select.POLLIN)
        # What comes after the close must not reach a descriptor that was given away anew.
        self._guard = threading.Lock()
        self._closed = False

    def write(self, data: bytes) -> None:
        try:
            if self._writes_itself and self._fd is not None:
                self._write_all(self._fd, data)
            else:
                self._port.write(data)
        except serial.SerialTimeoutException:
            raise PortError(self._rig, f"{self.name} takes no more bytes: what is behind it does not read") from None
        except (serial.SerialException, OSError, TypeError) as error:  # TypeError: closed under pyserial's feet
            raise self._lost(error) from None

    def _write_all(self, fd: int, data: bytes) -> None:
        """Raises SerialTimeoutException after `WRITE_TIMEOUT_S`; how much of it has left is then unknown."""
        until, room = monotonic_ns() + int(WRITE_TIMEOUT_S * 1e9), None
        while data:
            try:
                with self._guard:
                    self._require_open()
                    data = data[os.write(fd, data) :]
                continue
            except BlockingIOError:
                if monotonic_ns() >= until:
                    raise serial.SerialTimeoutException from None
            if room is None:
                room = select.poll()
                room.register(fd, select.POLLOUT)
            else:
                time.sleep(0.001)  # a PTY may say that it has room and take nothing
            room.poll(max((until - monotonic_ns()) // 1_000_000, 0))

    def wait(self, until: int | None) -> bytes:
        left_ns = None if until is None else max(until - monotonic_ns(), 0)
        if self._fd is None:
            return self._read_slice(left_ns)
        left_ms = None if left_ns is None else -(-left_ns // 1_000_000)
        data = b""
        try:
            for fd, event in self._poll.poll(left_ms):
                with self._guard:
                    self._require_open()
                    if fd == self._wake_out:
                        os.read(fd, 4096)
                    else:
                        data = os.read(fd, 65_536) if event & select.POLLIN else b""
                        if not data:
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
            if self._fd is not None:  # a close waits for what has not left, up to 30 s on a port that does not take it
                with contextlib.suppress(OSError, termios.error):
                    termios.tcflush(self._fd, termios.TCOFLUSH)
            with contextlib.suppress(serial.SerialException, OSError, termios.error):
                self._port.close()
            os.close(self._wake_in)
            os.close(self._wake_out)

    def _require_open(self) -> None:
        if self._closed:
            raise self._lost("it was closed")

    def _lost(self, why: object) -> PortError:
        return PortError(self._rig, f"{self.name} was lost: {why}")


class Updating(Protocol):
    """What lives by being told the time: a twin, a simulated instrument."""

    def update(self, now: int, data: bytes, /) -> tuple[bytes, int]: ...


class Loopback:
    """A twin in the same process: its time goes by while the owner waits. `clock` is ns of wall time."""

    def __init__(self, twin: Updating, booted_at: int, clock: Callable[[], int] = monotonic_ns) -> None:
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


def _open(rig: str, url: str, baud: int, parity: str, stopbits: int) -> serial.Serial:
    plain = "://" not in url
    options: dict[str, Any] = {"baudrate": baud, "timeout": _SLICE_S, "write_timeout": WRITE_TIMEOUT_S}
    options |= {"parity": parity, "stopbits": stopbits}
    if plain:
        options["exclusive"] = True
    try:
        port = serial.serial_for_url(url, **options)
    except (serial.SerialException, OSError, ValueError, OverflowError, termios.error) as error:
        if plain and parity != "N" and os.path.realpath(url).startswith("/dev/pts/"):
            raise PortError(rig, f"{url} is a pseudo-terminal, which knows no parity: say 'parity: N'") from None
        raise _refused(rig, url, error) from None
    # flock holds programs like ours off, TIOCEXCL all others but root's. A PTY would keep it after a crash of ours, as
    # its device never closes the slave.
    if plain and not os.path.realpath(url).startswith("/dev/pts/"):
        with contextlib.suppress(OSError):
            fcntl.ioctl(port.fileno(), termios.TIOCEXCL)
        _hurry(port.fileno())
    if plain and not _alone(url):
        port.close()
        raise _busy(rig, url)
    return port


def _alone(url: str) -> bool:
    """Whether no other program has the port open: many do not lock it, and would take half of the answers."""
    for pause_s in LOOK_AGAIN_S:
        if not strangers(url):
            return True
        time.sleep(pause_s)
    return not strangers(url)


def _hurry(fd: int) -> None:
    """Has the adapter hand over bytes as they come; an FTDI keeps them for 16 ms else. The port stays so. A system that
    knows nothing of it is left as it is."""
    with contextlib.suppress(OSError):
        fcntl.ioctl(fd, termios.TIOCSSERIAL, hurried(fcntl.ioctl(fd, termios.TIOCGSERIAL, bytes(72))))


def hurried(settings: bytes) -> bytes:
    """Linux's `struct serial_struct` with low latency: a bit of the int at byte 16."""
    flags = int.from_bytes(settings[16:20], sys.byteorder) | _LOW_LATENCY
    return settings[:16] + flags.to_bytes(4, sys.byteorder) + settings[20:]


def _refused(rig: str, url: str, error: Exception) -> PortError:
    """Why a port could not be opened, and what to do about it."""
    code = getattr(error, "errno", None)
    if code is None and isinstance(error.__context__, termios.error | OSError):
        code = error.__context__.args[0]  # pyserial's "Could not configure port" keeps the cause to itself
    if "exclusively lock" in str(error) or code in (errno.EBUSY, errno.EAGAIN):
        return _busy(rig, url)
    if code in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        return PortError(rig, f"{url} is absent: is the rig plugged in? 'payload rig list' shows the ports there are")
    if code in (errno.EACCES, errno.EPERM):
        return PortError(rig, f"{url} may not be opened by this user{_group(url)}")
    if code in (errno.ENOTTY, errno.EINVAL, errno.EISDIR):
        return PortError(rig, f"{url} is not a serial port")
    return PortError(rig, f"{url} cannot be opened: {error}")


def _busy(rig: str, url: str) -> PortBusy:
    who = holders(url)
    held = f", held by {', '.join(who)}" if who else ""
    return PortBusy(rig, f"{url} is busy{held}: end that program, or name another port")


def _group(url: str) -> str:
    try:
        return f": add yourself to the group {Path(url).group()} and log in again"
    except (OSError, KeyError):
        return ""
