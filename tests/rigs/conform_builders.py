"""A twin behind a virtual line, and twins that are broken on purpose: frames are changed on their way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from payload.rigs.twins import Bytes, Twin
from payload.rigs.wire.frame import Deframer, Frame, decode, encode
from payload.rigs.wire.packet import (
    Abort,
    Call,
    CallAt,
    Open,
    Packet,
    StageReply,
    pack,
    unpack,
)

BOOT = 0x12345678


@dataclass
class TwinLine:
    """A twin in virtual time: waiting costs nothing."""

    twin: Twin
    at: int = 0
    heard: bytes = b""

    def now(self) -> int:
        return self.at

    def write(self, data: bytes) -> None:
        self.heard += self.twin.update(self.at, data)[0]

    def wait(self, until: int) -> bytes:
        while not self.heard:
            sent, call_at = self.twin.update(self.at, b"")
            self.heard = sent
            if sent or self.at >= until:
                break
            self.at = max(self.at, min(call_at, until))
        data, self.heard = self.heard, b""
        return data


def twin(kind: str, nvm: bool = True) -> Twin:
    return Twin(kind, unit=1, boot=BOOT, nvm=Bytes() if nvm else None)


ToRig = Callable[["Broken", bytes], bytes]
FromRig = Callable[["Broken", Packet], list[Packet]]


@dataclass
class Broken(TwinLine):
    """`hears` changes what the rig is told, write by write; `says` what it answers, frame by frame."""

    hears: ToRig = lambda line, data: data
    says: FromRig = lambda line, packet: [packet]
    session: int = 0
    opcodes: dict[int, int] = field(default_factory=dict)
    count: int = 0
    abort: bool = False

    def write(self, data: bytes) -> None:
        for packet in packets(data):
            if isinstance(packet, Open):
                self.session = packet.session
            if isinstance(packet, Call | CallAt):
                self.opcodes.setdefault(packet.number, packet.opcode)
            self.abort = isinstance(packet, Abort)
        self._hear(self.twin.update(self.at, self.hears(self, data))[0])

    def wait(self, until: int) -> bytes:
        while not self.heard:
            sent, call_at = self.twin.update(self.at, b"")
            self._hear(sent)
            if self.heard or self.at >= until:
                break
            self.at = max(self.at, min(call_at, until))
        data, self.heard = self.heard, b""
        return data

    def _hear(self, data: bytes) -> None:
        for coded in data.split(b"\0")[:-1]:
            frame = decode(coded)
            assert frame is not None
            for packet in self.says(self, unpack(frame)):
                self.heard += encode(pack(packet))


def packets(data: bytes) -> list[Packet]:
    found = []
    for frame in Deframer().feed(data):
        try:
            found.append(unpack(frame))
        except ValueError:
            continue
    return found


# -- what can be wrong -----------------------------------------------------------------------------------------------


def change(kind: type, **fields: object) -> FromRig:
    """Every packet of this type has these fields instead; a function gets the packet."""

    def says(line: Broken, packet: Packet) -> list[Packet]:
        if not isinstance(packet, kind):
            return [packet]
        new = {name: value(packet) if callable(value) else value for name, value in fields.items()}
        return [replace(packet, **new)]

    return says


def drop(kind: type, **fields: object) -> FromRig:
    """No packet of this type, with these fields, is sent."""

    def says(line: Broken, packet: Packet) -> list[Packet]:
        fits = isinstance(packet, kind) and all(getattr(packet, name) == value for name, value in fields.items())
        return [] if fits else [packet]

    return says


def twice(kind: type) -> FromRig:
    return lambda line, packet: [packet, packet] if isinstance(packet, kind) else [packet]


def stage(opcode: int, wanted: int | None = None, **fields: object) -> FromRig:
    """Stages of this opcode, perhaps of one stage only, have these fields instead."""

    def says(line: Broken, packet: Packet) -> list[Packet]:
        if isinstance(packet, StageReply) and line.opcodes.get(packet.number) == opcode:
            new = {name: value(packet) if callable(value) else value for name, value in fields.items()}
            return [replace(packet, **new) if wanted in (None, packet.stage) else packet]
        return [packet]

    return says


def told(edit: Callable[[Broken, Frame], Frame | None]) -> ToRig:
    """Each good frame on its way to the rig is edited; None drops it. Everything else goes as it is."""

    def hears(line: Broken, data: bytes) -> bytes:
        out = b""
        for part in data.split(b"\0"):
            frame = decode(part) if part else None
            edited = edit(line, frame) if frame is not None else None
            if frame is None:
                out += part + b"\0"
            elif edited is not None:
                out += encode(edited)
            else:
                out += b"\0"
        return out[: -1 if not data.endswith(b"\0") or out.endswith(b"\0\0") else None]

    return hears


def status(kind: type, **fields: object) -> FromRig:
    def says(line: Broken, packet: Packet) -> list[Packet]:
        if not isinstance(packet, kind):
            return [packet]
        new = {name: value(packet.status) if callable(value) else value for name, value in fields.items()}  # type: ignore[attr-defined]  # packets with a status
        return [replace(packet, status=replace(packet.status, **new))]  # type: ignore[attr-defined]  # the same

    return says
