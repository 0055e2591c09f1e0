"""What stands behind a rig's line in virtual time: a twin, or its own firmware in an emulator.

All times are whole ns.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Protocol, runtime_checkable

from payload.errors import PortError
from payload.model import Rig
from payload.rigs.faults import Plan
from payload.rigs.faults.file import read_faults
from payload.rigs.kinds.dictionary import KINDS
from payload.rigs.ports.transport import BAUD
from payload.rigs.programs.avr import avr_maker
from payload.rigs.programs.emulators import image
from payload.rigs.stations.calls import kind_of
from payload.rigs.stations.wiring import OPTIONS
from payload.rigs.twins import Twin
from payload.rigs.twins.memory import Bytes

VIRTUAL = ("twin:", "simavr:")
"""The URLs of rigs that have a virtual time."""


class Device(Protocol):
    """A rig's firmware, or what behaves like it, advanced in virtual time. Its time counts from its boot; a rig that is
    switched off and on is a new device. The same calls give the same answers, to the bit."""

    def advance(self, until_ns: int, data: bytes) -> tuple[int, bytes]:
        """Takes `data` at its own now, then runs on to `until_ns` (never before its now) or a few cycles past it; stops
        early at the end of the first whole frame that it sends. Where it stopped, and what it sent."""
        ...

    def close(self) -> None:
        """Gives back what it holds. Never raises; twice is once."""
        ...


@runtime_checkable
class Foreseen(Protocol):
    """A device that knows when it will next act by itself: it need not be run until then."""

    @property
    def due_ns(self) -> int:
        """Before this instant of its own time it sends nothing unless it is sent something."""
        ...


class TwinDevice:
    """A twin, asked only when it has something to do. Frames of one instant come together."""

    def __init__(self, twin: Twin) -> None:
        self._twin = twin
        self._now = 0
        self.due_ns = twin.update(0)[1]

    def advance(self, until_ns: int, data: bytes) -> tuple[int, bytes]:
        sent = b""
        if data:
            sent, self.due_ns = self._twin.update(self._now, data)
        while not sent and self._now < until_ns:
            if self.due_ns > until_ns:
                self._now = until_ns
            else:
                self._now = max(self.due_ns, self._now + 1)
                sent, self.due_ns = self._twin.update(self._now)
        return self._now, sent

    def close(self) -> None:
        pass


Maker = Callable[[], Device]
"""Switches a rig on: a device at the beginning of its time. What outlives a power cycle is the maker's to keep."""


class TwinMaker:
    """Twins of one rig, each with a boot id of its own by chance, and the same non-volatile memory."""

    def __init__(self, kind: str, unit: int, speed_milli: int, chance: Random) -> None:
        self._kind, self._unit, self._speed_milli, self._chance = kind, unit, speed_milli, chance
        self._memory = Bytes()

    def __call__(self) -> TwinDevice:
        boot = self._chance.randrange(1, 1 << 32)
        twin = Twin(self._kind, unit=self._unit, boot=boot, speed_milli=self._speed_milli, nvm=self._memory)
        return TwinDevice(twin)


def maker(rig: Rig, url: str, number: int, speed_milli: int, chance: Random) -> Maker:
    """How the `number`-th rig of a run is switched on. Raises PortError for a URL that has no virtual time."""
    kind = kind_of(rig)
    if rig.kind not in KINDS:
        raise PortError(rig.id, f"kind {rig.kind} is an instrument, which no lockstep has: only rigs with a twin do")
    unit = kind.default_unit + (number << 8)
    if url == "twin:":
        return TwinMaker(kind.name, unit, speed_milli, chance)
    if url == "simavr:":
        return avr_maker(kind.name, rig=rig.id, unit=unit, boot=chance.randrange(1, 1 << 32), speed_milli=speed_milli)
    text = f"{url or 'its URL'} lives on the wall's clock and cannot be flown in lockstep; {' and '.join(VIRTUAL)} can"
    raise PortError(rig.id, f"{text} (--rig {rig.id}=twin:)")


def binary_of(rig: Rig, url: str) -> str | None:
    """SHA-256, in hexadecimal, of the binary that such a rig runs; None for a twin. Raises PortError when it has not
    been built."""
    if url != "simavr:":
        return None
    return hashlib.sha256(image(rig.id, kind_of(rig).name, "simavr").read_bytes()).hexdigest()


def require_options(rig: Rig) -> None:
    """Raises PortError for an option that there is not."""
    for option in rig.options:
        if option not in OPTIONS:
            raise PortError(rig.id, f"there is no wiring option {option}; there are {', '.join(OPTIONS)}")


def faults_of(rig: Rig) -> Plan | None:
    """What is to go wrong on its wire. Raises PortError for what is no path, MissionError for what the file says."""
    faults = rig.options.get("faults")
    if faults is None:
        return None
    if not isinstance(faults, str):
        raise PortError(rig.id, f"faults is a file's path, not {faults!r}")
    return read_faults(Path(faults))


def baud_of(rig: Rig, url: str) -> int | None:
    """What its line's time is reckoned with; None for an emulator, which reckons by itself. Raises PortError."""
    baud = rig.options.get("baud", BAUD)
    if not isinstance(baud, int) or isinstance(baud, bool) or baud <= 0:
        raise PortError(rig.id, f"baud is a whole number above 0, not {baud!r}")
    return baud if url == "twin:" else None
