"""What a run may ask of its rigs, the same whichever clock they live on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, Protocol, TypeVar

from payload.errors import RunError
from payload.model import Rig, RigCall
from payload.rigs.kinds.amounts import milli
from payload.rigs.kinds.dictionary import Command, Kind
from payload.rigs.stations.calls import kind_of, limits_of, translate
from payload.rigs.wire.packet import HelloReply


class Place(Protocol):
    """One rig of a bench, at work."""

    @property
    def hello(self) -> HelloReply | None: ...

    def release(self, token: str, command: Command, arguments: tuple[int, ...]) -> None: ...

    def arm(self, token: str) -> None: ...

    def abort(self) -> None: ...

    def beat(self) -> None: ...


P = TypeVar("P", bound=Place)


class Face(Generic[P]):
    """The rigs by their ids, and one place for each while the bench is entered."""

    def __init__(
        self,
        rigs: Mapping[str, Rig],
        speed: float,
        urls: Mapping[str, str] | None,
        kinds: Mapping[str, Kind] | None = None,
    ) -> None:
        """Raises RunError for a URL of a rig that there is not or a speed out of range, CallRefused for an unknown
        kind or impossible limits."""
        urls = urls or {}
        for name, url in urls.items():
            if name not in rigs:
                raise RunError(f"--rig {name}={url}: there is no rig {name}; there are {', '.join(rigs) or 'none'}")
        try:
            self._speed_milli = milli(speed)
        except ValueError as error:
            raise RunError(f"--speed: {error}") from None
        self._kinds = dict(kinds or {})
        for name, rig in rigs.items():
            kind_of(rig, self._kinds.get(name))
            limits_of(rig, self._kinds.get(name))
        self._rigs = dict(rigs)
        self._urls = {name: urls.get(name, rig.url) for name, rig in rigs.items()}
        self._places: dict[str, P] = {}

    def check(self, call: RigCall, length_ms: int | None = None) -> None:
        """Whether the call may be sent at all; nothing is sent. Raises CallRefused: unknown rig or call, an argument
        missing, out of range or outside the mission's limits."""
        translate(self._rig(call.rig), call, length_ms, self._kinds.get(call.rig))

    def release(self, token: str, call: RigCall, length_ms: int | None = None) -> None:
        """Sends a call as the next numbered command of its rig; never waits for the rig. What becomes of it comes as
        reports with this `token`: RELEASED at once, and exactly one of DONE, FAILED, REJECTED, LATE, CANCELLED and
        INDETERMINATE at the end. Raises CallRefused as `check` does, and then nothing was sent."""
        telecommand = translate(self._rig(call.rig), call, length_ms, self._kinds.get(call.rig))
        self._place(call.rig).release(token, telecommand.command, telecommand.arguments)

    def arm(self, rig: str, token: str) -> None:
        """Takes a rig out of safe mode, as a command with this token."""
        self._place(rig).arm(token)

    def read_back(self, rig: str, token: str) -> None:
        """Reads every channel of a rig, as commands TOKEN/CHANNEL: what it looks like when nobody knows what it did."""
        kind, place = kind_of(self._rig(rig), self._kinds.get(rig)), self._place(rig)
        if (read := kind.by_name.get("read")) is not None:
            for index, channel in enumerate(kind.channels):
                place.release(f"{token}/{channel.name}", read, (index,))

    def abort(self, rig: str | None = None) -> None:
        """ABORT to one rig or all: outputs safe at once, whatever runs FAILED with code ABORT."""
        for place in self._places.values() if rig is None else (self._place(rig),):
            place.abort()

    def beat(self) -> None:
        """Renews every rig's lease."""
        for place in self._places.values():
            place.beat()

    def facts(self) -> dict[str, HelloReply]:
        """Per rig what it said of itself when it was last met."""
        return {name: place.hello for name, place in self._places.items() if place.hello is not None}

    def _rig(self, name: str) -> Rig:
        if name not in self._rigs:
            raise RunError(f"there is no rig {name}; there are {', '.join(self._rigs) or 'none'}")
        return self._rigs[name]

    def _place(self, name: str) -> P:
        self._rig(name)
        if name not in self._places:
            raise RunError(f"rig {name} is not open: the bench has not been entered")
        return self._places[name]
