"""What a bench of rigs is to the executive, and its reports in the journal's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Protocol

from payload.journal import Fact, Telemetry
from payload.model import RigCall


class Report(Protocol):
    """What a rig said: a stage of a telecommand, or TELEMETRY, SAFE, LINK_DOWN, LINK_UP of the rig itself."""

    @property
    def rig(self) -> str: ...
    @property
    def token(self) -> str | None: ...
    @property
    def stage(self) -> str: ...
    @property
    def code(self) -> str | None: ...
    @property
    def at_ns(self) -> int | None: ...
    @property
    def facts(self) -> Mapping[str, object]: ...
    @property
    def host_ns(self) -> int | None: ...
    @property
    def error_ns(self) -> int | None: ...


class Bench(Protocol):
    """All rigs of a run, as `payload.rigs.Bench` has them; entered and left by whoever starts the run."""

    def check(self, call: RigCall, length_ms: int) -> object: ...

    def release(self, token: str, call: RigCall, length_ms: int) -> object: ...

    def arm(self, rig: str, token: str) -> object: ...

    def read_back(self, rig: str, token: str) -> object: ...

    def abort(self, rig: str | None = None) -> object: ...

    def beat(self) -> object: ...

    def reports(self, wait_ms: int) -> Sequence[Report]: ...


def telemetry(at: int, report: Report) -> Telemetry:
    said = report.facts
    values = said.get("values", ())
    return Telemetry(
        at=at,
        rig=report.rig,
        channel=str(said.get("channel", "")),
        first_tick_ms=_whole(said.get("first_tick_ms")),
        interval_ms=_whole(said.get("interval_ms")),
        values=tuple([_number(value) for value in values]) if isinstance(values, tuple | list) else (),
        lost=_whole(said.get("lost")),
        seq=_whole(said.get("seq")),
        unit=str(said.get("unit", "")),
    )


def _whole(value: object) -> int:
    return value if type(value) is int else int(value) if isinstance(value, int | float) else 0


def _number(value: object) -> int | float | None:
    return value if type(value) is int or (isinstance(value, int | float) and isfinite(value)) else None


def facts_of(report: Report) -> dict[str, Fact]:
    """A rig's facts as the journal can hold them; with `host_ns` and `error_ns`, when that was on the run's own wall
    clock and to within what, where the rig's clock is known."""
    facts = {name: _fact(value) for name, value in report.facts.items()}
    if report.host_ns is not None:
        facts |= {"host_ns": report.host_ns, "error_ns": report.error_ns}
    return facts


def _fact(value: object) -> Fact:
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, tuple | list):
        return tuple(each if each is None or isinstance(each, str | int) else _number(each) for each in value)
    return str(value)
