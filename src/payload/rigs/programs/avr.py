"""The AVR firmware in virtual time: simavr stepped by whoever holds the clock. The same calls, the same bits.

The library under it is `libavrrig.so` (`emulators.shim`); it is loaded when the first part is made.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from payload.errors import PortError
from payload.rigs.programs.emulators import image, shim

CYCLES_PER_US = 16
ROOM = 4096
EEPROM_LENGTH = 1024
UNIT_AT, BOOTS_AT, SPEED_AT = 64, 72, 76
"""Where the firmware keeps who it is in its EEPROM: ports/avr/stored.h."""
TIMSK0 = 0x6E
CAUSES = {"power-on": 0, "reset-pin": 1, "brown-out": 2, "watchdog": 3}


@dataclass(frozen=True, slots=True)
class Edge:
    """A change of an output pin, such as B0, in the part's own time. A pin that drives nothing is low."""

    at_ns: int
    pin: str
    level: int


class _Edge(ctypes.Structure):
    _fields_ = (
        ("cycle", ctypes.c_uint64),
        ("port", ctypes.c_uint8),
        ("pin", ctypes.c_uint8),
        ("level", ctypes.c_uint8),
    )


_u32, _u64, _size, _int = ctypes.c_uint32, ctypes.c_uint64, ctypes.c_size_t, ctypes.c_int
_bytes, _rig = ctypes.c_char_p, ctypes.c_void_p
_FUNCTIONS = {
    "new": (_rig, (_bytes, _bytes, _size, _bytes, _size)),
    "free": (None, (_rig,)),
    "push": (_int, (_rig, _u64, _bytes, _size)),
    "run": (_u64, (_rig, _u64, _int)),
    "pull": (_size, (_rig, _bytes, ctypes.POINTER(_u64), _size)),
    "edges": (_size, (_rig, ctypes.POINTER(_Edge), _size)),
    "reset": (None, (_rig, _int)),
    "resets": (_u32, (_rig,)),
    "overruns": (_u32, (_rig,)),
    "alive": (_int, (_rig,)),
    "poke": (_int, (_rig, ctypes.c_uint16, ctypes.c_uint8)),
    "eeprom": (ctypes.POINTER(ctypes.c_uint8), (_rig, ctypes.POINTER(_size))),
    "hash": (_u64, (_rig,)),
}
"""Of each avr_rig_NAME what it returns and takes: runner/avr_rig.h."""


@cache
def _library(path: Path) -> ctypes.CDLL:
    library = ctypes.CDLL(str(path))
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(library, f"avr_rig_{name}")
        function.restype, function.argtypes = result, arguments
    return library


def identified(
    eeprom: bytes | None, *, unit: int | None = None, boot: int | None = None, speed_milli: int = 1000
) -> bytes:
    """An EEPROM that makes the firmware this unit, with this id of its next boot, at this speed; the rest as it was."""
    image = bytearray(eeprom if eeprom is not None else b"\xff" * EEPROM_LENGTH)
    if unit is not None:
        struct.pack_into("<Q", image, UNIT_AT, unit)
    if boot is not None:
        struct.pack_into("<I", image, BOOTS_AT, -boot % (1 << 32))  # the complement of the one before
    struct.pack_into("<I", image, SPEED_AT, speed_milli)
    return bytes(image)


class LockstepAvr:
    """An ATmega328P with the firmware of a kind, advanced in virtual time. Times are whole ns since it was made.

    `eeprom` is what its memory holds, None for the one that is built with the program. At a speed other than 1000 the
    part is clocked so much faster, its line with it, and the firmware says so: what is wall time to the link stays.
    """

    def __init__(
        self,
        kind: str,
        *,
        rig: str = "",
        firmware: Path | None = None,
        eeprom: bytes | None = None,
        unit: int | None = None,
        boot: int | None = None,
        speed_milli: int = 1000,
    ) -> None:
        """Raises PortError when library or firmware are missing or are none."""
        self._rig, self._speed_milli = rig, speed_milli
        self._firmware = firmware or image(rig, kind, "simavr")
        self._library = _library(shim(rig))
        self._handle: int | None = None
        self._before_ns = 0  # of the time since it was made, what lies before the last power cycle
        self._before: list[Edge] = []
        self._left = b""  # of the EEPROM, once it is off
        self._make(eeprom)
        self._store(unit, boot)

    def _make(self, eeprom: bytes | None) -> None:
        why = ctypes.create_string_buffer(512)
        self._handle = self._library.avr_rig_new(
            str(self._firmware).encode(), eeprom, len(eeprom or b""), why, len(why)
        )
        if self._handle is None:
            raise PortError(self._rig, why.value.decode(errors="replace"))
        self._now_ns = 0
        self._bytes = ctypes.create_string_buffer(ROOM)

    def _store(self, unit: int | None, boot: int | None) -> None:
        length = _size()
        memory = self._library.avr_rig_eeprom(self._handle, ctypes.byref(length))
        stored = identified(bytes(memory[: length.value]), unit=unit, boot=boot, speed_milli=self._speed_milli)
        ctypes.memmove(memory, stored, len(stored))

    def _cycle(self, ns: int) -> int:
        return ns * CYCLES_PER_US * self._speed_milli // 1_000_000

    def _ns(self, cycle: int) -> int:
        return -(-cycle * 1_000_000 // (CYCLES_PER_US * self._speed_milli))

    @property
    def now_ns(self) -> int:
        return self._before_ns + self._now_ns

    def advance(self, until_ns: int, data: bytes) -> tuple[int, bytes]:
        """Puts `data` on its line now, then runs to `until_ns`, or to the end of the first whole frame that it sends.
        Returns where it stopped and what it sent on the way. `until_ns` may be now: nothing runs then."""
        until = until_ns - self._before_ns
        if data and not self._library.avr_rig_push(self._handle, self._cycle(self._now_ns), data, len(data)):
            raise MemoryError
        target = self._cycle(until)
        stopped = self._library.avr_rig_run(self._handle, target, 1)
        self._now_ns = max(self._now_ns, until if stopped >= target else min(until, self._ns(stopped)))
        length = self._library.avr_rig_pull(self._handle, self._bytes, None, ROOM)
        return self.now_ns, ctypes.string_at(self._bytes, length)

    def stamped(self, until_ns: int, data: bytes = b"") -> list[tuple[int, bytes]]:
        """Runs to `until_ns`: each frame it sent, with the instant of the end of its closing 0x00."""
        frames, rest = [], b""
        while True:
            now, sent = self.advance(until_ns, data)
            data, rest = b"", rest + sent
            if rest.endswith(b"\0"):
                frames.append((now, rest))
                rest = b""
            if now >= until_ns:
                return frames

    # -- what befalls it -----------------------------------------------------------------------------------------

    @property
    def eeprom(self) -> bytes:
        if self._handle is None:
            return self._left
        length = _size()
        memory = self._library.avr_rig_eeprom(self._handle, ctypes.byref(length))
        return bytes(memory[: length.value])

    def reset(self, cause: str = "reset-pin") -> None:
        """Begins anew, now, of one of CAUSES; SRAM and EEPROM stay, and what is on its line arrives."""
        self._library.avr_rig_reset(self._handle, CAUSES[cause])

    def stop_ticks(self) -> None:
        """Its timer's interrupt comes no more: it hangs, until its watchdog notices."""
        self._library.avr_rig_poke(self._handle, TIMSK0, 0)

    def power_cycle(self) -> None:
        """Off and on again, now: only the EEPROM stays."""
        self.pin_log()
        high = {edge.pin: edge.level for edge in self._before}
        self._before += [Edge(self.now_ns, pin, 0) for pin, level in sorted(high.items()) if level]
        self.close()
        self._before_ns = self.now_ns
        self._make(self._left)

    def close(self) -> None:
        """Off for good. Its EEPROM and what its pins did can still be read."""
        if self._handle is not None:
            self._left = self.eeprom
            self.pin_log()
            self._library.avr_rig_free(self._handle)
            self._handle = None

    def __del__(self) -> None:
        if getattr(self, "_handle", None) is not None:
            self.close()

    # -- what can be seen ----------------------------------------------------------------------------------------

    def pin_log(self) -> list[Edge]:
        """Every change of its pins so far, in order."""
        edges = (_Edge * 256)()
        while self._handle is not None and (count := self._library.avr_rig_edges(self._handle, edges, len(edges))):
            for edge in edges[:count]:
                at_ns = self._before_ns + self._ns(edge.cycle)
                self._before.append(Edge(at_ns, f"{chr(edge.port)}{edge.pin}", edge.level))
        return list(self._before)

    def state_hash(self) -> int:
        """Of all that its future depends on: memories, program counter, cycle."""
        return int(self._library.avr_rig_hash(self._handle))

    @property
    def alive(self) -> bool:
        """Does it still execute anything? Not after a crash."""
        return bool(self._library.avr_rig_alive(self._handle))

    @property
    def resets(self) -> int:
        """How often it began anew since power came: by `reset`, by its watchdog."""
        return int(self._library.avr_rig_resets(self._handle))

    @property
    def overruns(self) -> int:
        """Bytes that were lost because it did not fetch them in time."""
        return int(self._library.avr_rig_overruns(self._handle))


def avr_maker(
    kind: str, *, rig: str = "", unit: int | None = None, boot: int | None = None, speed_milli: int = 1000
) -> Callable[[], LockstepAvr]:
    """Switches the part on, again and again: each time a new device, with the EEPROM that the one before left. `boot`
    is the id of the first boot; the firmware counts on."""
    last: LockstepAvr | None = None

    def make() -> LockstepAvr:
        nonlocal last
        if last is None:
            last = LockstepAvr(kind, rig=rig, unit=unit, boot=boot, speed_milli=speed_milli)
        else:
            last.close()
            last = LockstepAvr(kind, rig=rig, eeprom=last.eeprom, speed_milli=speed_milli)
        return last

    return make
