"""A simulated instrument in the place of the real one, where a rig's URL says `twin:` or `pty:`.

twin:   in this process
pty:    a process that we start, on a pseudo-terminal: the bytes take the way that they would take
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Protocol

from payload.errors import PortError
from payload.rigs.adapters.face import Adapter
from payload.rigs.adapters.simulated.whims import Instrument, Simulated, Whims
from payload.rigs.ports.transport import Loopback, SerialPort, Transport
from payload.rigs.programs.programs import Program

URLS = ("twin:", "pty:")


class StandIn(Protocol):
    """An instrument that we start, and whose clock is ours to speed up."""

    def pipe(self) -> Transport:
        """The way to it, started when it is first asked for. Raises PortError."""

    def close(self) -> None: ...


class Twin:
    def __init__(self, make: Callable[[], Instrument], speed_milli: int, clock: Callable[[], int]) -> None:
        self._simulated = Simulated(make, Whims(), Random(0), speed_milli)
        self._born, self._clock = clock(), clock

    def pipe(self) -> Transport:
        return Loopback(self._simulated, self._born, self._clock)

    def close(self) -> None:
        pass


class Served:
    def __init__(self, rig: str, kind: str, folder: Path, speed_milli: int) -> None:
        self._rig, self._kind, self._folder, self._speed_milli = rig, kind, folder, speed_milli
        self._program: Program | None = None

    def pipe(self) -> Transport:
        if self._program is None:
            command = [sys.executable, "-m", "payload.rigs.adapters.simulated", self._kind]
            self._program = Program(self._rig, command, self._folder, self._speed_milli)
            self._program.ready()
        return SerialPort(self._rig, str(self._program.link))

    def close(self) -> None:
        if self._program:
            self._program.close()


def stand_in(
    rig: str, url: str, made: type[Adapter], folder: Path, speed_milli: int, clock: Callable[[], int]
) -> StandIn | None:
    """What a URL starts; None when it names a real instrument. Raises PortError when the adapter has no simulated
    one."""
    if url not in URLS:
        return None
    if made.simulated is None:
        raise PortError(rig, f"{url}: there is no simulated {made.kind.name}: name the port of a real one")
    if url == "twin:":
        return Twin(made.simulated, speed_milli, clock)
    return Served(rig, made.kind.name, folder, speed_milli)
