"""The serial ports of this computer, and who has them. None is opened here."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from serial.tools import list_ports


@dataclass(frozen=True, slots=True)
class Port:
    """A serial port of this computer. `by_id` is its stable name where there is one; `latency_ms` how long its adapter
    keeps bytes to itself, where the system tells (an FTDI's timer: 16 unless somebody has set it)."""

    path: str
    text: str
    by_id: str = ""
    vid_pid: str = ""
    serial_number: str = ""
    holder: str = ""
    latency_ms: int | None = None

    def __str__(self) -> str:
        facts = [self.vid_pid, f"serial number {self.serial_number}" if self.serial_number else "", self.text]
        told = ", ".join(fact for fact in facts if fact)
        return f"{self.path} ({told})" if told else self.path


def ports(*, with_holders: bool = True) -> list[Port]:
    """The serial ports there are, sorted by path; none of them is opened. Without holders it is quicker."""
    stable = {}
    with contextlib.suppress(OSError):
        stable = {str(link.resolve()): str(link) for link in sorted(Path("/dev/serial/by-id").iterdir())}
    found = []
    for port in sorted(list_ports.comports(), key=lambda port: port.device):
        vid_pid = f"{port.vid:04X}:{port.pid:04X}" if port.vid is not None and port.pid is not None else ""
        text = port.description if port.description != "n/a" else ""
        who = ", ".join(holders(port.device)) if with_holders else ""
        by_id = stable.get(str(Path(port.device).resolve()), "")
        latency = _latency_ms(port.device)
        found.append(Port(port.device, text, by_id, vid_pid, port.serial_number or "", who, latency))
    return found


def _latency_ms(path: str) -> int | None:
    try:
        name = Path(path).resolve().name
        return int(Path(f"/sys/class/tty/{name}/device/latency_timer").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def holders(path: str) -> list[str]:
    """Who has a port locked or open, as far as this system tells (Linux): `name (pid n)` each, in order of pid. Of
    programs of other users only root is told."""
    return [_name(pid) for pid in sorted({*_lockers(path), *_leavers(path), *strangers(path)})]


def strangers(path: str) -> list[int]:
    """The pids of other programs that have a port open, in order. Who holds the other end of a pseudo-terminal is the
    device itself, and is not told."""
    real = os.path.realpath(path)
    index = real.removeprefix("/dev/pts/") if real.startswith("/dev/pts/") else None
    found, devices = set(), set()
    for pid, fd, target in _descriptors():
        if target == real:
            found.add(pid)
        elif index and target.endswith("ptmx") and _pty_of(pid, fd) == index:
            devices.add(pid)
    return sorted(found - devices)


def _descriptors() -> Iterator[tuple[int, str, str]]:
    """Every descriptor of every other program that we may see: pid, number, what it is open on."""
    try:
        pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return
    for pid in pids:
        if pid == os.getpid():
            continue
        with contextlib.suppress(OSError):
            for fd in os.listdir(f"/proc/{pid}/fd"):
                with contextlib.suppress(OSError):
                    yield pid, fd, os.readlink(f"/proc/{pid}/fd/{fd}")


def _pty_of(pid: int, fd: str) -> str | None:
    """The number of the pseudo-terminal that a master is of."""
    try:
        told = Path(f"/proc/{pid}/fdinfo/{fd}").read_text(encoding="ascii")
    except OSError:
        return None
    found = re.search(r"^tty-index:\s*(\d+)$", told, re.MULTILINE)
    return found[1] if found else None


def _lockers(path: str) -> set[int]:
    """Who has it under flock, as we do."""
    try:
        inode = os.stat(path).st_ino
        rows = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except OSError:
        return set()
    return {int(row.split()[4]) for row in rows if "FLOCK" in row and row.split()[5].endswith(f":{inode}")}


def _leavers(path: str) -> set[int]:
    """Who has left a lock file for it, as terminal programs do, and still runs."""
    name = os.path.basename(os.path.realpath(path))
    found = set()
    for folder in ("/run/lock", "/var/lock"):
        with contextlib.suppress(OSError, ValueError):
            pid = int(Path(folder, f"LCK..{name}").read_text(encoding="ascii").split()[0])
            if os.path.exists(f"/proc/{pid}"):
                found.add(pid)
    return found


def _name(pid: int) -> str:
    try:
        name = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
    except OSError:
        name = "a program"
    return f"{name} (pid {pid}{', this program itself' if pid == os.getpid() else ''})"
