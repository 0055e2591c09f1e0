"""Missions that cannot be planned, from the shell: what clashes, and the exit code of docs/cli.md."""

import json

import pytest
from cli_builders import payload

HEAD = """payload: 1
mission: {id: t, start: '2026-06-01T00:00:00Z', end: END, clock: UTC, grid: 5 min}
crew: [{id: ann}, {id: bob}]
"""
WORK = "{id: s, steps: [{do: work, for: 30 min, crew: 1}]}"
MUST = f"experiments: [{{id: a, required: true, sessions: [{WORK}]}}, {{id: b, required: true, sessions: [{WORK}]}}]\n"


@pytest.mark.parametrize(
    ("end", "more", "told"),
    [
        ("day 2 00:00", "rules: [{id: x, order: [a], then: b}, {id: y, order: [b], then: a}]\n" + MUST, "rule y"),
        ("day 2 00:00", "rules: [{id: x, limit: 0 min, of: sessions}]\n" + MUST, "rule x: at most 0 min"),
        (
            "day 2 00:00",
            "rules: [{id: x, gap: 3 d, after: [a, b], before: [a, b]}]\n" + MUST,
            "b/s/1 takes 30 min between day 1 00:00 and day 2 00:00",
        ),
        (
            "day 1 01:00",
            "experiments: [{id: a, required: true, sessions: [{id: s, steps: [{do: w, for: 61 min, crew: 1}]}]}]\n",
            "a/s/1 takes 1 h 1 min; its own keys",
        ),
        (
            "day 2 00:00",
            (
                "experiments: [{id: a, required: true, crew: {skills: [surgery]}, sessions: ["
                "{id: s, steps: [{do: w, for: 5 min, crew: 1}]}]}]\n"
            ),
            "a/s/1 takes 5 min; nobody aboard can fill its role 1",
        ),
        (
            "day 2 00:00",
            (
                "routine: [{id: x, at: '07:00', duration: 2 h}, {id: y, between: ['07:00', '09:30'], duration: 1 h}]\n"
                "experiments: []\n"
            ),
            "x/ann/2026-06-01 is fixed at day 1 07:00 to day 1 09:00",
        ),
    ],
)
def test_what_clashes_is_told_with_exit_code_3(capsys, tmp_path, end, more, told):
    mission, plan = tmp_path / "mission.yaml", tmp_path / "plan.json"
    mission.write_text(HEAD.replace("END", end) + more)
    answer = payload(capsys, "plan", mission, "-o", plan, "--budget", "0")
    assert answer.code == 3
    assert told in answer.out + answer.err
    assert "Traceback" not in answer.err
    written = json.loads(plan.read_text())
    assert (written["status"], written["reservations"]) == ("infeasible", [])
    assert any(told in line for line in written["conflict"])
    assert payload(capsys, "verify", mission, plan).code == 0


def test_a_mission_without_a_crew_is_planned_as_far_as_nobody_is_needed(capsys, tmp_path):
    mission, plan = tmp_path / "mission.yaml", tmp_path / "plan.json"
    nobody = HEAD.replace("END", "day 2 00:00").replace("crew: [{id: ann}, {id: bob}]", "crew: []")
    mission.write_text(nobody + "experiments: [{id: a, sessions: [{id: s, steps: [{do: w, for: 30 min, crew: 0}]}]}]\n")
    assert payload(capsys, "plan", mission, "-o", plan, "--budget", "0").code == 0
    assert [one["id"] for one in json.loads(plan.read_text())["reservations"]] == ["a/s/1"]
    mission.write_text(nobody + MUST)
    refused = payload(capsys, "plan", mission, "-o", plan, "--budget", "0")
    assert refused.code == 2
    assert "expected at most 0, not 1: there are 0 people" in refused.err
