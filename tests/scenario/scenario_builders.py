"""A small valid mission as text, what reading a text tells, and a plan of the page's mission with its text."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from payload.errors import MissionError
from payload.met import HOUR, MINUTE, Window
from payload.model import Mission, Plan, Reservation, ReservedStep, Unscheduled
from payload.scenario import read_mission

PAGE = Path(__file__).with_name("mission_page.yaml")

SMALL = """\
payload: 1
mission: {id: small, start: 2026-10-26T06:00:00+08:00, end: day 3 22:00, clock: Asia/Shanghai}
crew: [{id: ann, skills: [biology]}, {id: bob}]
resources: {power: {capacity: 1 kW}, swabs: {stock: 9}, disk: {buffer: 2 GB, drain: 1 Mbit/s}}
environment: {windows: {night: {daily: ["22:00", "05:30"]}}}
routine:
  - {id: sleep, at: "21:30", duration: 8 h 30 min}
rules:
  - {id: workday, limit: 2 h, of: sessions, per: [crew, day]}
experiments:
  - id: seeds
    value: 3
    sessions:
      - id: sow
        steps: [{do: sow, for: 30 min, crew: 1}]
"""


def small(*changes: tuple[str, str]) -> str:
    """`SMALL` with each first text replaced by the second, once."""
    text = SMALL
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def read(folder: Path, text: str | bytes, **others: str) -> Mission:
    """The mission of this text; `others` are files beside it, by name with `__` for `/` and without `.yaml`."""
    for name, content in others.items():
        file = folder / (name.replace("__", "/") + ".yaml")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
    file = folder / "mission.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_mission(folder)


def faults(folder: Path, text: str | bytes, **others: str) -> list[str]:
    """What is told about a broken mission, one line a fault, without the folder."""
    with pytest.raises(MissionError) as error:
        read(folder, text, **others)
    return [
        str(fault).replace(f"{folder}/mission.yaml:", "").lstrip().replace(f"{folder}/", "")
        for fault in error.value.faults
    ]


MISSION = read_mission(PAGE)


def plan(mission: Mission = MISSION, **other) -> Plan:
    facts = {
        "status": "feasible",
        "value": Fraction(63, 2),
        "bound": Fraction(32),
        "seats": {"payload-expert": "prime"},
        "windows": {"relay": (Window(0, HOUR), Window(2 * HOUR, 2 * HOUR + 250)), "sunlit": ()},
        "shares": {"SUPARCO": (120 * MINUTE, 155 * MINUTE)},
        "reservations": (
            Reservation(
                "seeds/sow/1",
                "session",
                "Seed germination",
                2 * HOUR,
                3 * HOUR,
                ("payload-expert",),
                (
                    ReservedStep("set up", 2 * HOUR, 150 * MINUTE, ("payload-expert",), {"swabs": 2}),
                    ReservedStep("soak", 150 * MINUTE, 3 * HOUR, (), {"power": 180_000, "video-link": 8_000_000}),
                ),
            ),
            Reservation("lunch/commander/2026-10-26", "duty", "lunch", 5 * HOUR, 6 * HOUR, ("commander",), (), "done"),
        ),
        "unscheduled": (Unscheduled("glaciers/pass/3", Fraction(4, 3), ("no pass is left",)),),
    } | other
    return Plan(mission.id, mission.sha256, mission.title, mission.calendar, mission.end, **facts)


PLAN_TEXT = f"""\
{{"payload_plan": 1,
 "mission": {{"id": "example", "sha256": "{MISSION.sha256}", "title": "Five days of a payload expert", \
"start": "2026-10-25T22:00:00Z", "end": "2026-10-30T14:00:00Z", "clock": "Asia/Shanghai", "first_day": 1}},
 "seats": {{"payload-expert": "prime"}},
 "windows": {{
  "relay": [["2026-10-25T22:00:00Z", "2026-10-25T23:00:00Z"], ["2026-10-26T00:00:00Z", "2026-10-26T00:00:00.250Z"]],
  "sunlit": []}},
 "status": "feasible",
 "value": 31.5,
 "bound": 32.0,
 "shares": {{"SUPARCO": {{"promised_min": 120, "planned_min": 155}}}},
 "reservations": [
  {{"id": "seeds/sow/1", "kind": "session", "title": "Seed germination", "state": "planned", \
"start": "2026-10-26T00:00:00Z", "end": "2026-10-26T01:00:00Z", "crew": ["payload-expert"], "steps": [\
{{"do": "set up", "start": "2026-10-26T00:00:00Z", "end": "2026-10-26T00:30:00Z", "crew": ["payload-expert"], \
"uses": {{"swabs": 2}}}}, \
{{"do": "soak", "start": "2026-10-26T00:30:00Z", "end": "2026-10-26T01:00:00Z", "crew": [], \
"uses": {{"power": "180 W", "video-link": "8 Mbit/s"}}}}]}},
  {{"id": "lunch/commander/2026-10-26", "kind": "duty", "title": "lunch", "state": "done", \
"start": "2026-10-26T03:00:00Z", "end": "2026-10-26T04:00:00Z", "crew": ["commander"]}}],
 "unscheduled": [
  {{"id": "glaciers/pass/3", "value": 1.333333, "conflict": ["no pass is left"], "relaxation": null}}]}}
"""
