"""Instruments that speak Modbus RTU: what an adapter for one of them is built on.

    modbus:/dev/ttyUSB1?unit=3&parity=E

Options: unit (1), baud (9600), parity (E as the standard has it; N on a pseudo-terminal, which has none), stopbits,
answer_ms (500), slowest_ms (1500), fence (loopback, read, none; when not said the instrument is asked whether it has
the loopback).

Reads are repeated. Writes are read back, always: when they stand, they are done; when they were not answered and do not
stand, they are repeated if they may be, and `Uncertain` else.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from payload.errors import RigFault
from payload.rigs.adapters.conversation import Conversation, Patience
from payload.rigs.adapters.dialogue import Dialogue, NoAnswer, port
from payload.rigs.adapters.extras import require
from payload.rigs.adapters.face import Adapter, Lost, Uncertain
from payload.rigs.adapters.frames import Fence, Frames, Read, Refusal, Span, Write
from payload.rigs.ports.transport import Transport

TRIES = 3
_BUSY = (5, 6)


class ModbusAdapter(Adapter):
    """A subclass says which registers may be read in one piece (`spans`, the wider the better a late reply is known)
    and does its work with `registers`, `register` and `write`. The first span is also what the line is proven with."""

    schemes: ClassVar[tuple[str, ...]] = ("modbus",)
    spans: ClassVar[tuple[Span, ...]]
    options: ClassVar[tuple[str, ...]] = (
        "unit",
        "baud",
        "parity",
        "stopbits",
        "answer_ms",
        "slowest_ms",
        "fence",
    )
    _transport: Transport | None = None
    _dialogue: Dialogue

    # -- what a subclass works with ------------------------------------------------------------------------------

    def registers(self, address: int, count: int = 1, table: int = 3) -> tuple[int, ...]:
        """Registers as they are, 0 to 65535. Raises RigFault when the instrument refuses, Lost, PortError."""
        span = self._span(address, count, table)
        said = self._dialogue.read(Read(address, count, span), TRIES)
        if isinstance(said, Refusal):
            raise self._refused(f"reading register {address}", said)
        return tuple(said)

    def register(self, address: int, table: int = 3) -> int:
        """One register as a signed number."""
        (value,) = self.registers(address, 1, table)
        return value - 0x10000 if value >= 0x8000 else value

    def write(self, address: int, values: Sequence[int], *, repeat: bool = True, many: bool = False) -> None:
        """Holding registers, negative ones as two's complement; returns when they read back so.

        Raises RigFault when the instrument refuses them or reads back others; Uncertain when they were not answered,
        read back as others, and may not be repeated: they may have been taken and be over. Lost, PortError.
        """
        wanted = tuple(value & 0xFFFF for value in values)
        text = f"register {address} = {', '.join(map(str, values))}"
        for _ in range(TRIES):
            try:
                said = self._dialogue.exchange(Write(address, wanted, many))
            except NoAnswer as error:
                if self.registers(address, len(wanted)) == wanted:
                    return
                if repeat:
                    continue
                raise Uncertain(self.site.rig, f"{text} may or may not have been done: {error}") from None
            if isinstance(said, Refusal):
                raise self._refused(text, said)
            if (found := self.registers(address, len(wanted))) != wanted:
                raise RigFault(self.site.rig, "VERIFY", f"{text} was taken, but reads back as {found}")
            return
        raise RigFault(self.site.rig, "UNANSWERED", f"{text} reads back as not done, after {TRIES} tries")

    # -- the face ------------------------------------------------------------------------------------------------

    def open(self) -> None:
        site = self.site
        require("modbus", "pymodbus", rig=site.rig)
        site.only(*self.options)
        unit = site.whole("unit", 1, 1, 247)
        baud = site.whole("baud", 9_600, 50, 4_000_000)
        patience = Patience(
            answer_ms=site.whole("answer_ms", 500, 10, 60_000),
            slowest_ms=site.whole("slowest_ms", 1_500, 10, 600_000),
            quiet_ms=50,
            gap_ms=gap_ms(baud),
        )
        wanted = site.choice("fence", "ask", *(fence.value for fence in Fence))
        default = "NEO" if os.path.realpath(site.rest).startswith("/dev/pts/") else "ENO"
        parity, stopbits = site.choice("parity", *default), site.whole("stopbits", 1, 1, 2)
        self._transport = port(site, baud=baud, parity=parity, stopbits=stopbits)
        for fence in (Fence.LOOPBACK, Fence.READ) if wanted == "ask" else (Fence(wanted),):
            frames = Frames(unit, fence, self.spans[0], site.chance)
            conversation = Conversation(frames, replace(patience, rounds=1), site.clock())
            self._dialogue = Dialogue(site, self._transport, conversation)
            if self._dialogue.in_step(unless=frames.has_no_loopback):
                conversation.patience = patience
                break
        else:
            text = (
                f"{site.url} does not answer as unit {unit} at {baud} baud, parity {parity}: is the instrument on, and "
                "are its unit, speed and parity right?"
            )
            raise Lost(site.rig, text)

    def close(self) -> None:
        if self._transport:
            self._transport.close()

    def _span(self, address: int, count: int, table: int) -> Span:
        for span in self.spans:
            if span.table == table and span.start <= address and address + count <= span.start + span.length:
                return span
        return Span(address, count, table)

    def _refused(self, what: str, said: Any) -> RigFault:
        code = "BUSY" if said.code in _BUSY else "INSTRUMENT"
        return RigFault(self.site.rig, code, f"{what} was refused: {said}")


def gap_ms(baud: int) -> int:
    """3.5 characters of 11 bits between frames, at least 1.75 ms, in whole ms (Modbus over serial line 1.02, 2.5.1)."""
    return max(2, -(-35 * 11 * 1000 // (10 * baud)))
