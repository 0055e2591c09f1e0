"""A faults file: what is to go wrong with one wire, as YAML. docs/faults.md describes it.

Every key is checked; whatever is wrong is told with its place, all of it at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from payload.rigs.faults.plan import LASTING, ONE_WAY, RATES, Fault, Happening, Lane, Plan, Rates
from payload.rigs.faults.words import HAPPENING, LANE, Unlike, delimiter, one_of, whole
from payload.rigs.kinds.describe import Node, Section, read_yaml

_NAMES = {fault.value: fault for fault in Fault}


def read_faults(path: Path) -> Plan:
    """Raises MissionError with everything that is wrong, and where."""
    top = read_yaml(path)
    shared = _settings(top, "both")
    on_open = top.section("on_open")
    resets = _happening(on_open, scripted=False) if on_open else None
    if on_open and resets and resets.fault is not Fault.RESET:
        on_open.note("fault", "expected 'reset': that is what opening a port may do")
    plan = Plan(
        _lane(top, "to_rig", shared),
        _lane(top, "to_host", shared),
        tuple(found for section in top.sections("happenings") if (found := _happening(section, scripted=True))),
        _read(top, "delimiter", delimiter, b"\0"),
        resets,
        _read(top, "seed", whole, 0),
    )
    top.end()
    return plan


def _read(section: Section, key: str, form: Callable[[Node], Any], default: Any = None) -> Any:
    node = section.get(key)
    if node is None:
        return default
    try:
        return form(node)
    except Unlike as unlike:
        section.note(key, f"expected {unlike}, not {node.shown}")
        return default


def _settings(top: Section, name: str) -> dict[str, Any]:
    section = top.section(name)
    if section is None:
        return {}
    found = {key: _read(section, key, form) for key, form in LANE.items()}
    section.close()
    return {key: value for key, value in found.items() if value is not None}


def _lane(top: Section, name: str, shared: dict[str, Any]) -> Lane:
    told = shared | _settings(top, name)
    rates = Rates(**{key: told.pop(key) for key in RATES if key in told})
    if rates.total > 1 + 1e-9:
        text = f"at most one fault befalls a frame: these chances, {rates.total:.0%} in all, go beyond 100 %"
        top.note(name if name in top else "both", text)
    return replace(Lane(rates), **told)


def _takes(fault: Fault, scripted: bool) -> list[str]:
    """The keys that go with a fault."""
    return [
        *["at", "every", "spread"] * scripted,
        *["for"] * (fault in LASTING or fault is Fault.RESET),
        *["way"] * (fault in ONE_WAY),
        *["text", "hex"] * (fault in (Fault.BANNER, Fault.RESET)),
        *["count"] * (fault is Fault.GARBAGE),
    ]


def _happening(section: Section, *, scripted: bool) -> Happening | None:
    fault = _read(section, "fault", one_of(_NAMES))
    if fault is None:
        if "fault" not in section:
            section.note("fault", "fault is missing", f"expected one of {', '.join(_NAMES)}")
        list(section.items())  # which keys go with it is not known
        return None
    takes = _takes(fault, scripted)
    for key in ["at"] * scripted + ["for"] * (fault in LASTING):
        if key not in section:
            section.note(key, f"{key} is missing", "expected a length, such as 2 s")
    told = {key: found for key in takes if (found := _read(section, key, HAPPENING[key])) is not None}
    if "text" in told and "hex" in told:
        section.note("hex", "text stands here too: expected one of the two")
    section.close()
    data = told.pop("text", b"") or told.pop("hex", b"")
    told.pop("hex", None)
    named = {{"for": "length", "way": "ways"}.get(key, key): value for key, value in told.items()}
    return Happening(fault, **{"at": 0, "data": data} | named)
