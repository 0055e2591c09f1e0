"""A `Plan` to plan.json: one reservation a line, the same bytes for the same plan."""

from __future__ import annotations

import json
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor
from typing import Any

from payload.met import MINUTE, Calendar, Window
from payload.model import Mission, Plan, Reservation, ReservedStep, Unscheduled
from payload.scenario.units import format_quantity

_DECIMALS = 10**6


class _Number(str):
    """A number as it is to stand in the file."""

    __slots__ = ()


def plan_text(plan: Plan, mission: Mission) -> str:
    """plan.json as text that ends in a newline. Values are rounded down and the bound up, to 6 decimals."""
    writer = _Writer(plan.calendar, {name: one.dimension for name, one in mission.resources.items()})
    parts: dict[str, str] = {
        "payload_plan": "1",
        "mission": _json(writer.mission(plan)),
        "seats": _json(dict(plan.seats)),
        "windows": _lines(
            "{}", [f"{_json(name)}: {_json(writer.windows(all_))}" for name, all_ in plan.windows.items()]
        ),
        "status": _json(plan.status),
        "value": decimal(floor(plan.value * _DECIMALS)),
        "bound": decimal(ceil(plan.bound * _DECIMALS)),
        "shares": _json({name: _share(*both) for name, both in plan.shares.items()}),
        "reservations": _lines("[]", [_json(writer.reservation(one)) for one in plan.reservations]),
        "unscheduled": _lines("[]", [_json(_left_out(one)) for one in plan.unscheduled]),
    }
    if plan.status == "infeasible":
        parts["conflict"] = _lines("[]", [_json(line) for line in plan.conflict])
    return "{" + ",\n ".join(f'"{key}": {text}' for key, text in parts.items()) + "}\n"


class _Writer:
    def __init__(self, calendar: Calendar, dimensions: dict[str, str]) -> None:
        self.calendar, self.dimensions = calendar, dimensions
        self.instant = lru_cache(maxsize=None)(calendar.format_utc)

    def mission(self, plan: Plan) -> dict[str, Any]:
        return {
            "id": plan.mission_id,
            "sha256": plan.mission_sha256,
            "title": plan.title,
            "start": self.instant(0),
            "end": self.instant(plan.end),
            "clock": self.calendar.zone,
            "first_day": self.calendar.first_day,
        }

    def windows(self, windows: tuple[Window, ...]) -> list[list[str]]:
        return [[self.instant(one.start), self.instant(one.end)] for one in windows]

    def reservation(self, one: Reservation) -> dict[str, Any]:
        entry: dict[str, Any] = {
            "id": one.id,
            "kind": one.kind,
            "title": one.title,
            "state": one.state,
            "start": self.instant(one.start),
            "end": self.instant(one.end),
            "crew": list(one.crew),
        }
        if one.kind == "session":
            entry["steps"] = [self.step(step) for step in one.steps]
        return entry

    def step(self, step: ReservedStep) -> dict[str, Any]:
        return {
            "do": step.do,
            "start": self.instant(step.start),
            "end": self.instant(step.end),
            "crew": list(step.crew),
            "uses": {name: self.amount(name, amount) for name, amount in step.uses.items()},
        }

    def amount(self, name: str, amount: int) -> str | int:
        dimension = self.dimensions[name]
        return amount if dimension == "count" else format_quantity(amount, dimension)


def _share(promised_ms: int, planned_ms: int) -> dict[str, _Number]:
    return {"promised_min": _minutes(promised_ms), "planned_min": _minutes(planned_ms)}


def _minutes(length_ms: int) -> _Number:
    minutes = Fraction(length_ms, MINUTE)
    if minutes.denominator == 1:
        return _Number(minutes.numerator)
    return _Number(decimal(round(minutes * _DECIMALS)))


def _left_out(one: Unscheduled) -> dict[str, Any]:
    value = _Number(decimal(floor(one.value * _DECIMALS)))
    return {"id": one.id, "value": value, "conflict": list(one.conflict), "relaxation": one.relaxation}


def decimal(millionths: int) -> str:
    """A count of millionths as a JSON number with at least one decimal: `31.5`, `1.333333`, `32.0`."""
    whole, rest = divmod(abs(millionths), _DECIMALS)
    fraction = f"{rest:06d}".rstrip("0") or "0"
    return f"{'-' if millionths < 0 else ''}{whole}.{fraction}"


def _lines(brackets: str, entries: list[str]) -> str:
    """A collection with one entry a line."""
    if not entries:
        return brackets
    return brackets[0] + "\n  " + ",\n  ".join(entries) + brackets[1]


def _json(value: Any) -> str:
    match value:
        case _Number():
            return str(value)
        case dict():
            return "{" + ", ".join(f"{_json(key)}: {_json(one)}" for key, one in value.items()) + "}"
        case list():
            return "[" + ", ".join(_json(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False)
