"""`payload check`: crew hours and load, against sums made by hand."""

import json
from pathlib import Path

import pytest
from cli_builders import payload

from payload.met import HOUR, MINUTE

PAGE = Path(__file__).parents[1] / "scenario" / "mission_page.yaml"

MISSION = """\
payload: 1
mission: {id: t, start: '2026-06-01T06:00:00Z', end: day 2 06:00, clock: UTC, grid: 10 min}
crew: [{id: ann, skills: [x]}, {id: bob, aboard: {from: day 1 08:00, to: day 2 06:00}}]
"""


def facts(capsys, path):
    answer = payload(capsys, "check", path, "--json")
    assert answer.code == 0, answer.err
    return json.loads(answer.out)


def test_the_page_s_mission_in_figures(capsys):
    """112 h, of which the commander sleeps 4 × 8.5 h and 0.5 h; the payload expert, 110 h aboard, 4 × 8.5 h. Both
    have 5 × (45 + 30 + 60 + 150 + 45) min and the briefing, the commander the review. Saliva is inside post-sleep."""
    found = facts(capsys, PAGE)
    common = 5 * 330 * MINUTE + HOUR + 34 * HOUR
    assert found["supply_ms"] == {
        "commander": 112 * HOUR - common - 30 * MINUTE - 30 * MINUTE,
        "payload-expert": 110 * HOUR - common,
    }
    seeds, blood, diary, lesson, glaciers, packing = 135, 80, 60, 30, 30, 60
    assert found["demand_ms"] == (seeds + blood + diary + lesson + glaciers + packing) * MINUTE
    assert found["bound_demand_ms"] == {  # the bare role 2 of blood is who drew it
        "commander": (50 + 30) * MINUTE,
        "payload-expert": (seeds + 30 + 30 + lesson + glaciers + packing) * MINUTE,
    }
    assert found["sponsor_demand_ms"]["SUPARCO"] == seeds * MINUTE


@pytest.mark.parametrize(
    ("duty", "ann_h", "bob_h"),
    [
        ("{id: d, at: '07:30', duration: 1 h}", 1, 0),  # cut by bob's coming aboard
        ("{id: d, between: ['07:00', '09:00'], duration: 1 h}", 1, 1),
        ("{id: d, between: ['07:00', '09:00'], duration: 61 min}", 61 / 60, 0),
        ("{id: d, between: ['08:05', '09:05'], duration: 1 h, for: [ann]}", 0, 0),  # no start on the grid
        ("{id: d, at: '22:00', duration: 10 h}", 10, 8),  # 06:00 to 08:00, bob not aboard, and 22:00 to 06:00
        ("{id: d, at: '22:00', duration: 10 h, days: [2]}", 0, 0),
    ],
)
def test_duties_take_what_they_take(capsys, tmp_path, duty, ann_h, bob_h):
    (tmp_path / "mission.yaml").write_text(f"{MISSION}routine: [{duty}]\nexperiments: []\n")
    found = facts(capsys, tmp_path)
    assert found["supply_ms"] == {"ann": (24 - ann_h) * HOUR, "bob": (22 - bob_h) * HOUR}
    never = [warning for warning in found["warnings"] if "duty 'd' never takes place" in warning]
    assert len(never) == (ann_h == bob_h == 0)


def test_a_role_that_asks_for_two_people_in_one_is_warned_of(capsys, tmp_path):
    steps = "[{do: a, for: 30 min, crew: [{is: ann}]}, {do: b, for: 30 min, crew: [{is: bob}]}]"
    (tmp_path / "mission.yaml").write_text(
        f"{MISSION}experiments: [{{id: e, value: 1, sessions: [{{id: s, steps: {steps}}}]}}]\n"
    )
    assert facts(capsys, tmp_path)["warnings"] == [
        "session 'e/s': role 1 cannot be filled: nobody holds all that it asks for"
    ]
