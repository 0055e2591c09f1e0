"""The JSON Schemas say what the readers read."""

from __future__ import annotations

import json

import pytest
from scenario_builders import PAGE, PLAN_TEXT

from payload.journal import EVENT_TYPES
from payload.scenario import schema
from payload.scenario.tree import data
from payload.scenario.yaml_text import read_yaml


def breaches(value, rule, defs, at=""):
    """Where `value` breaks a schema: as much of JSON Schema as ours use."""
    if "$ref" in rule:
        yield from breaches(value, defs[rule["$ref"].removeprefix("#/$defs/")], defs, at)
    for choice in ("oneOf", "anyOf"):
        if choice in rule and not any(not list(breaches(value, one, defs, at)) for one in rule[choice]):
            yield at
    if "const" in rule and value != rule["const"]:
        yield at
    if "enum" in rule and value not in rule["enum"]:
        yield at
    kinds = rule.get("type", [])
    names = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", type(None): "null"}
    kind = names.get(type(value), "number")
    if kinds and kind not in kinds and not (kind == "integer" and "number" in kinds):
        yield at
    if isinstance(value, dict) and ("properties" in rule or "additionalProperties" in rule):
        known = rule.get("properties", {})
        yield from (f"{at}.{key}" for key in rule.get("required", ()) if key not in value)
        for key, one in value.items():
            other = rule.get("additionalProperties", True)
            if key in known:
                yield from breaches(one, known[key], defs, f"{at}.{key}")
            elif other is False:
                yield f"{at}.{key}"
            elif isinstance(other, dict):
                yield from breaches(one, other, defs, f"{at}.{key}")
    if isinstance(value, list) and isinstance(rule.get("items"), dict):
        for n, one in enumerate(value):
            yield from breaches(one, rule["items"], defs, f"{at}[{n}]")


def test_the_page_s_mission_keeps_the_schema():
    mission = data(read_yaml(PAGE.read_bytes(), "page").node)
    made = schema("mission")
    assert list(breaches(mission, made, made["$defs"])) == []
    mission["experiments"][0]["sessions"][0]["steps"][0]["fro"] = 1
    mission["experiments"][1]["required"] = "yes"
    del mission["routine"][0]["duration"]
    assert list(breaches(mission, made, made["$defs"])) == [
        ".routine[0].duration",
        ".experiments[0].sessions[0].steps[0].fro",
        ".experiments[1].required",
    ]


def test_a_written_plan_keeps_the_schema():
    made = schema("plan")
    plan = json.loads(PLAN_TEXT)
    assert list(breaches(plan, made, made["$defs"])) == []
    plan["unscheduled"][0]["relaxation"] = 3
    plan["status"] = "fine"
    assert list(breaches(plan, made, made["$defs"])) == [".status", ".unscheduled[0].relaxation"]


def test_the_event_schema_has_a_branch_for_every_kind():
    made = schema("event")
    kinds = [branch["properties"]["kind"]["const"] for branch in made["oneOf"]]
    assert kinds == list(EVENT_TYPES)
    ended = {"kind": "activity-ended", "at": 5, "id": "a/b/1", "state": "done"}
    assert list(breaches(ended, made, made["$defs"])) == []
    assert list(breaches(ended | {"state": "gone"}, made, made["$defs"])) == [""]


@pytest.mark.parametrize("name", ["mission", "plan", "event"])
def test_schemas_are_json_and_closed(name):
    made = schema(name)
    assert json.loads(json.dumps(made)) == made
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    for shape in (made, *made["$defs"].values()):
        if "properties" in shape:
            assert shape["additionalProperties"] is False


def test_an_unknown_schema():
    with pytest.raises(KeyError):
        schema("report")  # type: ignore[arg-type]
