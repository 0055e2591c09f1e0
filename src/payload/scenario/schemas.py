"""The JSON Schemas (2020-12) of a mission, a plan, and the events of a run.

The first two come from the shapes that read the files. They say what a schema can say: which keys there are, which are
needed, what form each value has. Names, exclusive keys and everything that depends on other values is told by reading.
"""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from payload import journal
from payload.scenario.shapes_plan import PlanFile
from payload.scenario.shapes_work import MissionFile

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(name: str) -> dict[str, Any]:
    """The schema of `mission`, `plan` or `event`; raises KeyError for another name."""
    return {"$schema": DIALECT, **_MADE[name]()}


def _mission() -> dict[str, Any]:
    made = _plain(MissionFile.model_json_schema(by_alias=True))
    whole = {"required": made.pop("required")}
    made["anyOf"] = [whole, {"required": ["extends"]}]
    return {**made, "title": "A mission of payload (mission.yaml)"}


def _plan() -> dict[str, Any]:
    made = _plain(PlanFile.model_json_schema(by_alias=True))
    unscheduled = made["$defs"]["UnscheduledShape"]["properties"]
    unscheduled["relaxation"] = {"type": ["string", "null"]}
    return {**made, "title": "A plan of payload (plan.json)"}


def _event() -> dict[str, Any]:
    """One line of a run's record: its kind, its instant in ms MET, and the facts of that kind."""
    definitions: dict[str, Any] = {}
    branches = []
    for kind, type_ in journal.EVENT_TYPES.items():
        made = TypeAdapter(type_).json_schema(ref_template="#/$defs/{model}")
        definitions |= made.pop("$defs", {})
        properties = {"kind": {"const": kind}, **made.get("properties", {})}
        required = ["kind", *made.get("required", [])]
        branches.append(
            {**made, "title": kind, "properties": properties, "required": required, "additionalProperties": False}
        )
    return {"title": "An event of a run of payload", "oneOf": branches, "$defs": definitions}


_MADE = {"mission": _mission, "plan": _plan, "event": _event}


def _plain(made: Any) -> Any:
    """Without what pydantic adds and the format does not mean: titles of fields, and null as a value."""
    if isinstance(made, list):
        return [_plain(one) for one in made]
    if not isinstance(made, dict):
        return made
    kept = {key: _plain(one) for key, one in made.items() if not (key == "title" and isinstance(one, str))}
    if kept.get("default", 0) is None:
        del kept["default"]
    choices = kept.get("anyOf")
    if isinstance(choices, list) and {"type": "null"} in choices:
        rest = [one for one in choices if one != {"type": "null"}]
        del kept["anyOf"]
        kept |= rest[0] if len(rest) == 1 else {"anyOf": rest}
    return kept
