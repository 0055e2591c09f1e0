"""Which rig is real today: the only place that knows.

    twin:          the Python twin, in this process
    pty:           the Python twin, served on a PTY by a process that we start
    host:          the firmware's host build, a process on a PTY that we start
    simavr: qemu:  the firmware of another processor in an emulator, a process on a PTY that we start
    usb: serial-number: by-id: or a pattern
                   whichever port fits when it is opened (naming.py)
    anything else  a port's path (/dev/ttyUSB0, a by-id name) or a pyserial URL (socket://, rfc2217://, loop://)

Options of a rig's wiring: `baud` (default 115200); `speed: any`, which lets a run go faster than real time on a rig
whose clock we do not scale; `faults: FILE`, which puts a wire that goes wrong before a program that we start.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Protocol

from payload.errors import PortBusy, PortError
from payload.met import to_ns
from payload.model import Rig
from payload.rigs.ports.listing import Port, ports
from payload.rigs.ports.naming import FORMS, Listing, find, wanted
from payload.rigs.ports.transport import BAUD, Loopback, SerialPort, Transport, monotonic_ns
from payload.rigs.programs.programs import COMMANDS, Program, command_of
from payload.rigs.stations.calls import kind_of
from payload.rigs.twins import Twin

STRANGER_MS = 6_000
"""How long another program may hold a port that we made: longer than ours look for a lost one."""
PASSING_MS = 1_500
"""How long a pseudo-terminal that was named may be held by somebody who is about to let go."""
OPTIONS = ("baud", "faults", "speed")
STARTED = ("twin:", *COMMANDS)
"""The URLs of rigs that we start ourselves, and whose clock `speed` therefore scales."""


class Wire(Protocol):
    """A way to one rig. `open` may be called again after a loss; `gone` says that this is useless."""

    def ready(self) -> None:
        """Waits for what was started. Raises PortError."""

    def open(self) -> Transport: ...

    @property
    def gone(self) -> bool: ...

    def close(self) -> None: ...


class TwinWire:
    """A twin of our own, from now on."""

    def __init__(self, kind: str, unit: int, speed_milli: int, clock: Callable[[], int] = monotonic_ns) -> None:
        self._booted_at, self._clock = clock(), clock
        self._twin = Twin(kind, unit=unit, boot=secrets.randbelow(2**32 - 1) + 1, speed_milli=speed_milli)
        self.gone = False

    def ready(self) -> None:
        pass

    def open(self) -> Transport:
        return Loopback(self._twin, self._booted_at, self._clock)

    def close(self) -> None:
        pass


class ProgramWire:
    """A program that we started, on its PTY. Once it has ended it does not come back."""

    def __init__(self, rig: str, program: Program) -> None:
        self._rig, self._program = rig, program
        self._closing = Event()

    def ready(self) -> None:
        self._program.ready()

    def open(self) -> Transport:
        """The port is ours alone, so who holds it has lost its own and will let go: the kernel gives the number of a
        PTY that is gone to the next one, and a program that tries to find the old one again opens the new."""
        until = monotonic_ns() + to_ns(STRANGER_MS)
        while True:
            try:
                return SerialPort(self._rig, str(self._program.link))
            except PortBusy:
                if monotonic_ns() >= until or self.gone:
                    raise
                self._closing.wait(0.02)

    @property
    def gone(self) -> bool:
        return self._program.ended

    def close(self) -> None:
        self._closing.set()
        self._program.close()


class PortWire:
    """Somebody's rig behind a port. Which port that is, is looked up at each `open`."""

    def __init__(self, rig: str, url: str, baud: int, listing: Listing) -> None:
        """Raises PortError for a URL of a form that there is not."""
        self._rig, self._url, self._baud, self._listing = rig, url, baud, listing
        self._pause = Event()
        try:
            self._wanted = wanted(url)
        except ValueError as error:
            raise PortError(rig, str(error)) from None
        self.gone = False

    def ready(self) -> None:
        pass

    def open(self) -> Transport:
        if self._wanted is None:
            return self._open_named()
        port = find(self._rig, self._url, self._wanted, self._listing)
        transport = SerialPort(self._rig, port.path, self._baud)
        try:  # names are dealt anew at once: what was opened may be another device than what was found
            again = find(self._rig, self._url, self._wanted, self._listing)
        except PortError:
            transport.close()
            raise
        if again.path != port.path:
            transport.close()
            raise PortError(self._rig, f"{self._url}: {port.path} became {again.path} while it was opened")
        return transport

    def _open_named(self) -> Transport:
        """The kernel gives the number of a pseudo-terminal that is gone to the next one, so a program that looks for
        its lost rig may hold this one for a moment."""
        until = monotonic_ns() + to_ns(PASSING_MS)
        while True:
            try:
                return SerialPort(self._rig, self._url, self._baud)
            except PortBusy:
                if monotonic_ns() >= until or not os.path.realpath(self._url).startswith("/dev/pts/"):
                    raise
                self._pause.wait(0.02)

    def close(self) -> None:
        pass


def wire(rig: Rig, url: str, *, speed_milli: int, folder: Path, unit: int = 0, listing: Listing | None = None) -> Wire:
    """The way to a rig, with whatever it needs started but nothing opened. `listing` says what ports there are; None
    asks the system.

    Raises PortError for an option that there is not, a URL of a form that there is not, and a speed that a rig by URL
    cannot keep.
    """
    for option in rig.options:
        if option not in OPTIONS:
            raise PortError(rig.id, f"there is no wiring option {option}; there are {', '.join(OPTIONS)}")
    faults = rig.options.get("faults")
    if faults is not None and (url not in COMMANDS or not isinstance(faults, str)):
        raise PortError(rig.id, f"faults is a file's path, for a rig at {', '.join(COMMANDS)}: not {faults!r} at {url}")
    if url in STARTED:
        kind = kind_of(rig)
        if url == "twin:":
            return TwinWire(kind.name, unit or kind.default_unit, speed_milli)
        if url == "qemu:" and speed_milli != 1000:
            raise PortError(rig.id, "qemu: runs in real time only: run with --speed 1, or on 'simavr:' or 'host:'")
        command = command_of(url, rig.id, kind.name, faults if isinstance(faults, str) else None)
        command += ["--unit", f"{unit:x}"] if unit else []
        return ProgramWire(rig.id, Program(rig.id, command, folder, speed_milli))
    if not url or (url.endswith(":") and "://" not in url and url not in FORMS):
        forms = ", ".join((*STARTED, *FORMS))
        text = f"{url!r} is no rig URL: expected {forms}, a port's path, or a pyserial URL"
        raise PortError(rig.id, text)
    scheme, _, rest = url.partition(":")
    if rest and f"{scheme}:" in STARTED:
        raise PortError(rig.id, f"{url!r} is no rig URL: nothing stands behind {scheme}: (--kind names a kind)")
    if f"{url}:" in STARTED:
        raise PortError(rig.id, f"{url!r} is no rig URL: did you mean '{url}:'?")
    if speed_milli != 1000 and rig.options.get("speed") != "any":
        raise PortError(
            rig.id,
            f"{url} is not ours to speed up: run with --speed 1, or say 'speed: any' in the mission beside its url if "
            f"it may be flown at {speed_milli / 1000:g} times real time",
        )
    baud = rig.options.get("baud", BAUD)
    if not isinstance(baud, int) or isinstance(baud, bool) or baud <= 0:
        raise PortError(rig.id, f"baud is a whole number above 0, not {baud!r}")
    return PortWire(rig.id, url, baud, listing or _ports)


def _ports() -> list[Port]:
    return ports(with_holders=False)
