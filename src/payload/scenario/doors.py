"""The room's face. yaml and pydantic are imported when a file is read, not before."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from payload.model import Mission, Plan


def read_mission(path: Path, seats: Mapping[str, str] | None = None, *, merged: bool = False) -> Mission:
    """The mission in a file, or in a folder that holds mission.yaml, with other people in its `seats` if given.

    `merged`: the file holds what `mission_text` gave, which may have been a variant; like one it may speak of days that
    its horizon leaves out. Raises MissionError with all faults of its files, in the order of the file.
    """
    from payload.scenario.reading import read_mission as read

    return read(path, seats, merged=merged)


def mission_text(path: Path) -> str:
    """The mission as read, with its includes and bases merged: the canonical JSON whose hash is its `sha256`. It reads
    back as the same mission. Raises MissionError where the files cannot be read."""
    from payload.scenario.reading import canonical_text as text

    return text(path)


def read_plan(path: Path) -> Plan:
    """The plan in a file. Raises MissionError with all its faults. Whether it is one of a certain mission is not
    looked at: compare `mission_sha256`."""
    from payload.scenario.plan_reading import read_plan as read

    return read(path)


def plan_text(plan: Plan, mission: Mission) -> str:
    """plan.json: the same text for the same plan, ending in a newline. Values are rounded down and the bound up, to 6
    decimals; amounts are in the units of the mission's resources."""
    from payload.scenario.plan_writing import plan_text as text

    return text(plan, mission)


def schema(name: Literal["mission", "plan", "event"]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a mission file, a plan file, or the events of a run."""
    from payload.scenario.schemas import schema as made

    return made(name)
