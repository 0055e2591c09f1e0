"""plan.json to a `Plan`."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from payload.errors import Fault, MissionError
from payload.met import Calendar
from payload.model import Plan, Reservation, ReservedStep, Unscheduled
from payload.scenario.faults import Faults
from payload.scenario.json_text import json_tree, load_json
from payload.scenario.scope import Scope
from payload.scenario.shapes_plan import PlanFile, ReservationShape
from payload.scenario.shapes_setting import read_clock, read_start
from payload.scenario.yaml_text import load_bytes

MAX_BYTES = 64_000_000


def read_plan(path: Path) -> Plan:
    """The plan in a file, its entries in the order of the file. Raises MissionError with all its faults."""
    raw = load_bytes(path, str(path), MAX_BYTES)
    plan = load_json(raw, str(path))
    scope = Scope()
    try:
        block = plan["mission"]
        scope.calendar = Calendar(
            read_start(block["start"], scope), read_clock(block["clock"], scope), int(block.get("first_day", 1))
        )
    except (TypeError, KeyError, ValueError, AttributeError, PydanticCustomError):
        pass  # told with the rest, by the shape
    try:
        return _plan(PlanFile.model_validate(plan, context=scope), scope.calendar)
    except ValidationError:
        faults = Faults(json_tree(raw, str(path)), scope)
        faults.read(PlanFile, ())
        faults.end()
        raise MissionError([Fault(str(path), 0, 0, "", "not a plan")]) from None  # not reached: the shape has faults


def _plan(file: PlanFile, calendar: Calendar) -> Plan:
    return Plan(
        mission_id=file.mission.id,
        mission_sha256=file.mission.sha256,
        title=file.mission.title,
        calendar=calendar,
        end=file.mission.end,
        status=file.status,
        value=file.value,
        bound=file.bound,
        reservations=tuple(map(_reservation, file.reservations)),
        unscheduled=tuple(
            Unscheduled(one.id, one.value, tuple(one.conflict), one.relaxation) for one in file.unscheduled
        ),
        seats=file.seats,
        windows={name: tuple(windows) for name, windows in file.windows.items()},
        shares={name: (one.promised_min, one.planned_min) for name, one in file.shares.items()},
        conflict=tuple(file.conflict),
    )


def _reservation(shape: ReservationShape) -> Reservation:
    steps = tuple(ReservedStep(one.do, one.start, one.end, tuple(one.crew), one.uses) for one in shape.steps or ())
    return Reservation(shape.id, shape.kind, shape.title, shape.start, shape.end, tuple(shape.crew), steps, shape.state)
