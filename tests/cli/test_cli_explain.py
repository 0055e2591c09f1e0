"""explain: from the shell, for what was left out, for what stands, and for what is not there."""

import json

import pytest
from cli_builders import payload

MISSION = """
payload: 1
mission: {id: short, title: A short day, start: 2026-06-01T06:00:00Z, end: day 1 12:00, clock: UTC}
crew: [{id: host}]
routine: [{id: meal, between: ["07:00", "09:00"], duration: 30 min}]
rules: [{id: hosts, limit: 60 min, of: sessions, per: [crew, day]}]
experiments:
  - {id: film, title: Film, value: 6, sessions: [{id: run, steps: [{do: film, for: 50 min, crew: 1}]}]}
  - id: scan
    title: Ultrasound
    value: 5
    sessions: [{id: run, between: [day 1 09:00, day 1 11:00], steps: [{do: scan, for: 25 min, crew: [{is: host}]}]}]
"""


@pytest.fixture
def mission(capsys, tmp_path):
    (tmp_path / "mission.yaml").write_text(MISSION)
    assert payload(capsys, "plan", tmp_path, "-o", tmp_path / "plan.json", "--budget", "0").code == 0
    return tmp_path


def test_a_session_that_was_left_out_has_its_conflict_and_the_smallest_change(capsys, mission):
    answer = payload(capsys, "explain", mission, mission / "plan.json", "scan/run/1")
    assert answer.code == 0
    change = "rule hosts allows host 1 h 15 min on day 1 (now 1 h)"
    assert answer.out.splitlines() == [
        "scan/run/1: Ultrasound, left out, worth 5",
        "  these together keep it out, and without any one of them the rest would not:",
        "    rule hosts: host has 50 min of 1 h on day 1, and it takes 25 min",
        f"  it fits on day 1 09:00 with host if {change} (verified; value +5)",
    ]


def test_json_has_the_same_facts_and_write_puts_the_relaxation_into_the_plan(capsys, mission):
    plan = mission / "plan.json"
    found = json.loads(payload(capsys, "explain", mission, plan, "scan/run/1", "--json", "--write").out)
    assert [(one["kind"], one["id"]) for one in found["conflict"]] == [("rule", "hosts")]
    assert (found["state"], found["relaxation"]["verified"], found["relaxation"]["gain"]) == ("left out", True, 5.0)
    written = json.loads(plan.read_text())["unscheduled"]
    assert [(one["id"], one["relaxation"]) for one in written] == [("scan/run/1", found["relaxation"]["text"])]
    assert payload(capsys, "verify", mission, plan).code == 0


def test_what_stands_says_what_binds_it_and_where_else_it_could_be(capsys, mission):
    answer = payload(capsys, "explain", mission, mission / "plan.json", "meal/host/2026-06-01")
    assert (answer.code, "meal/host/2026-06-01: meal, placed" in answer.out) == (0, True)
    assert "not at the next earlier start, day 1 06:55, because:" in answer.out
    assert "other starts" in answer.out


def test_write_says_what_it_wrote(capsys, mission):
    plan = mission / "plan.json"
    written = payload(capsys, "explain", mission, plan, "scan/run/1", "--write").out.splitlines()[-1]
    assert written == f"{plan}: the change that lets scan/run/1 in is written beside it"
    nothing = payload(capsys, "explain", mission, plan, "film/run/1", "--write").out.splitlines()[-1]
    assert nothing == f"{plan}: nothing is written, as there is no verified change"
    told = payload(capsys, "show", plan).out
    assert "it fits if" not in told
    assert told.count("it fits on") == 1


def test_a_search_that_was_cut_off_says_that_a_smaller_change_may_exist(capsys, mission, monkeypatch):
    plan = mission / "plan.json"
    whole = json.loads(payload(capsys, "explain", mission, plan, "scan/run/1", "--json").out)
    monkeypatch.setattr("payload.planning.explain.relax.MOST_MOVES", 0)
    cut = payload(capsys, "explain", mission, plan, "scan/run/1")
    facts = json.loads(payload(capsys, "explain", mission, plan, "scan/run/1", "--json").out)
    assert [one["relaxation"]["smaller_may_exist"] for one in (whole, facts)] == [False, True]
    assert cut.out.splitlines()[-1] == "    a smaller change may exist: the search was cut off"


def test_several_changes_are_told_one_a_line(capsys, tmp_path):
    chain = "{id: feed, days: [1], repeat: {count: 3, min: 30 h}, steps: [{do: feed, for: 10 min, crew: 1}]}"
    text = MISSION.replace("day 1 12:00", "day 4 12:00").partition("  - {id: film")[0]
    (tmp_path / "mission.yaml").write_text(f"{text}  - {{id: cells, value: 6, sessions: [{chain}]}}\n")
    plan = tmp_path / "plan.json"
    assert payload(capsys, "plan", tmp_path, "-o", plan, "--budget", "0").code == 0
    answer = payload(capsys, "explain", tmp_path, plan, "cells/feed/3").out.splitlines()
    first = next(number for number, line in enumerate(answer) if "it fits on" in line)
    assert answer[first].endswith("if")
    assert answer[first + 1].startswith("      cells/feed may also start on day ")
    assert answer[first + 2].startswith("      and cells/feed may also start on day ")


def test_what_is_not_there_and_what_is_broken_exit_2(capsys, mission):
    plan = mission / "plan.json"
    unknown = payload(capsys, "explain", mission, plan, "scan/rum/1")
    assert (unknown.code, "did you mean scan/run/1" in unknown.err) == (2, True)
    other = payload(capsys, "explain", "builtin:quickstart", plan, "scan/run/1")
    assert (other.code, "is a plan of mission 'short'" in other.err) == (2, True)
    broken = json.loads(plan.read_text())
    broken["reservations"] = [one for one in broken["reservations"] if one["kind"] == "session"]
    plan.write_text(json.dumps(broken))
    answer = payload(capsys, "explain", mission, plan, "scan/run/1")
    assert (answer.code, "payload verify" in answer.err) == (2, True)


def test_an_infeasible_plan_tells_its_clash_and_exits_3(capsys, mission):
    text = MISSION.replace("routine: [", 'routine: [{id: watch, at: "07:00", duration: 2 h}, ')
    (mission / "mission.yaml").write_text(text)
    plan = mission / "none.json"
    assert payload(capsys, "plan", mission, "-o", plan, "--budget", "0").code == 3
    answer = payload(capsys, "explain", mission, plan, "scan/run/1")
    assert (answer.code, "no plan of this mission can exist" in answer.out) == (3, True)
