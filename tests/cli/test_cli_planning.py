"""init, check, plan, verify, show, diff, schema: from the shell, with good and with bad input."""

import json
import re

import pytest
from cli_builders import payload

BUILTIN = "builtin:quickstart"


@pytest.fixture
def planned(capsys, tmp_path):
    plan = tmp_path / "plan.json"
    assert payload(capsys, "plan", BUILTIN, "-o", plan, "--budget", "0").code == 0
    return plan


def test_a_newcomer_starts_from_a_shipped_mission(capsys, tmp_path):
    assert "tiangong-payload-expert" in payload(capsys, "init", "--list").out
    made = payload(capsys, "init", tmp_path / "mine", "--from", "quickstart")
    again = payload(capsys, "init", tmp_path / "mine")
    checked = payload(capsys, "check", tmp_path / "mine")
    assert (made.code, again.code, checked.code) == (0, 2, 0)
    assert "is there already" in again.err
    assert "4 duties" in checked.out


def test_check_says_what_a_mission_holds_for_programs_too(capsys):
    facts = json.loads(payload(capsys, "check", "builtin:tiangong-payload-expert", "--json").out)
    assert facts["people"] == 6
    assert facts["windows"]["imaging"][0] == 4
    assert facts["tle_age_days"] > 14
    assert any("orbital elements" in warning for warning in facts["warnings"])


def test_a_plan_is_verified_and_drawn(capsys, planned):
    verified = payload(capsys, "verify", BUILTIN, planned)
    shown = payload(capsys, "show", planned, "--width", "100")
    assert (verified.code, shown.code) == (0, 0)
    assert "0 violations" in verified.out
    assert "scientist" in shown.out


def test_the_same_seed_and_iterations_give_the_same_bytes(capsys, tmp_path):
    texts = []
    for name in ("a.json", "b.json"):
        payload(capsys, "plan", BUILTIN, "-o", tmp_path / name, "--iterations", "5", "--seed", "3")
        texts.append((tmp_path / name).read_bytes())
    assert texts[0] == texts[1]


def test_a_broken_plan_is_told_and_exits_1(capsys, planned):
    plan = json.loads(planned.read_text())
    plan["reservations"] = [r for r in plan["reservations"] if not r["id"].startswith("lunch/pilot")]
    planned.write_text(json.dumps(plan))
    answer = payload(capsys, "verify", BUILTIN, planned)
    assert answer.code == 1
    assert re.search(r"violation  missing: .*lunch/pilot/2026-06-01", answer.out)


def test_a_plan_with_strange_seats_is_told_and_not_flown(capsys, planned):
    plan = json.loads(planned.read_text())
    planned.write_text(json.dumps(plan | {"seats": {"pilot": "stowaway"}}))
    verified = payload(capsys, "verify", BUILTIN, planned)
    flown = payload(capsys, "simulate", BUILTIN, planned, "--runs", "1")
    assert (verified.code, flown.code) == (1, 2)
    assert "violation  seats:" in verified.out
    assert "pilot=stowaway" in flown.err


def test_a_plan_of_another_mission_is_refused(capsys, planned):
    for command in (["verify"], ["simulate"], ["run", "-o", planned.parent / "run.db"]):
        answer = payload(capsys, *command, "builtin:tiangong-payload-expert", planned)
        assert answer.code == 2
        assert "a plan of mission 'quickstart', not of 'tiangong-payload-expert'" in answer.err
    assert not (planned.parent / "run.db").exists()


def test_a_plan_of_an_older_text_is_refused(capsys, tmp_path, planned):
    payload(capsys, "init", tmp_path / "mine")
    mission = tmp_path / "mine" / "mission.yaml"
    mission.write_text(mission.read_text().replace("value: 10", "value: 11"))
    answer = payload(capsys, "verify", mission, planned)
    assert answer.code == 2
    assert "another text of mission 'quickstart'" in answer.err


def test_all_faults_of_a_mission_are_told_with_their_places(capsys, tmp_path):
    payload(capsys, "init", tmp_path)
    mission = tmp_path / "mission.yaml"
    mission.write_text(
        mission.read_text()
        .replace("duration: 1 h", "durations: 1 h")
        .replace("uses: {glovebox: 1, power: 120 W}", "uses: {glove-box: 1}")
    )
    answer = payload(capsys, "check", mission)
    assert answer.code == 2
    places = re.findall(r"mission\.yaml:\d+:\d+: (\S+): .*did you mean '(\S+)'", answer.err)
    assert places == [
        ("routine[1].durations", "duration"),
        ("experiments[1].sessions[0].steps[0].uses.glove-box", "glovebox"),
    ]


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["check", "builtin:tiangong"], 2, "tiangong-payload-expert"),
        (["check", "nowhere.yaml"], 2, "no such file or folder"),
        (["plan", BUILTIN, "--budget", "soon"], 2, "expected a duration"),
        (["plan", BUILTIN, "--seat", "pilot"], 2, "expected NAME=VALUE"),
        (["plan", BUILTIN, "--seat", "pilot=me"], 2, "pilot=me"),
        (["show", "nowhere.json"], 2, "nowhere.json"),
        (["schema", "crew"], 2, "expected mission, plan or event"),
        (["init"], 2, "say which folder"),
        (["plan", BUILTIN, "--keep", "nowhere.json"], 2, "nowhere.json"),
        (["plan", BUILTIN, "--price", "-1"], 2, "expected a number of 0 or more"),
        (["fly"], 2, "No such command"),
        (["plan", BUILTIN, "-o", "/dev/full", "--budget", "0"], 5, "the disk is full"),
        (["plan", BUILTIN, "-o", "/nowhere/plan.json"], 5, "/nowhere/plan.json: No such file or directory (is the"),
        (["plan", BUILTIN, "-o", "/tmp"], 5, "/tmp: Is a directory"),
        (["plan", BUILTIN, "-o", "/dev/null/plan.json"], 5, "/dev/null/plan.json: Not a directory"),
    ],
)
def test_bad_input_ends_in_a_message(capsys, words, code, text):
    answer = payload(capsys, *words)
    assert answer.code == code
    assert text in answer.err
    assert "Traceback" not in answer.err


def test_a_full_disk_leaves_nothing_behind(capsys, tmp_path):
    link = tmp_path / "link.json"
    link.symlink_to("/dev/full")
    assert payload(capsys, "plan", BUILTIN, "-o", link, "--budget", "0").code == 5
    assert [p.name for p in tmp_path.iterdir()] == ["link.json"]


def test_an_old_plan_is_kept_with_what_is_fact_in_it(capsys, tmp_path, planned):
    old = json.loads(planned.read_text())
    sessions = [one for one in old["reservations"] if one["kind"] == "session"]
    sessions[0]["state"], sessions[1]["state"] = "done", "failed"
    planned.write_text(json.dumps(old))
    new = tmp_path / "new.json"
    answer = payload(capsys, "plan", BUILTIN, "-o", new, "--keep", planned, "--price", "0.5", "--budget", "0")
    verified = payload(capsys, "verify", BUILTIN, new)
    assert (answer.code, verified.code) == (0, 0)
    assert json.loads(new.read_text())["reservations"] == old["reservations"]


def test_a_plan_of_something_else_cannot_be_kept(capsys, tmp_path, planned):
    other = "builtin:tiangong-payload-expert"
    text = planned.read_text().replace('"id": "', '"id": "un')
    planned.write_text(text)
    answer = payload(capsys, "plan", other, "-o", tmp_path / "new.json", "--keep", planned)
    assert answer.code == 2
    assert "is known to mission 'tiangong-payload-expert': keep another plan" in answer.err


def test_diff_tells_what_moved(capsys, tmp_path, planned):
    plan = json.loads(planned.read_text())
    other = tmp_path / "other.json"
    other.write_text(json.dumps(plan))
    assert payload(capsys, "diff", planned, other).code == 0
    dropped = plan["reservations"].pop()
    other.write_text(json.dumps(plan))
    answer = payload(capsys, "diff", planned, other)
    assert answer.code == 1
    assert dropped["id"] in answer.out


@pytest.mark.parametrize("name", ["mission", "plan", "event"])
def test_schemas_are_printed(capsys, name):
    assert json.loads(payload(capsys, "schema", name).out)["$schema"].startswith("https://json-schema.org/")


@pytest.mark.parametrize(
    ("old", "new", "path", "text"),
    [
        ("call: heat", "call: heet", "experiments[cress].sessions[sow].steps[1].rig", "did you mean heat?"),
        ("24 degC", "90 degC", "experiments[cress].sessions[sow].steps[1].rig", "allowed are 4 degC to 45 degC"),
        ("24 degC", "24 kg", "experiments[cress].sessions[sow].steps[1].rig", "target"),
        ("{target:", "{aim:", "experiments[cress].sessions[sow].steps[1].rig", "there is no argument aim"),
        ("kind: incubator", "kind: oven", "rigs.incubator", "there is no rig kind 'oven'"),
        ('url: "twin:"', "limits: {warmth: [4 degC, 30 degC]}", "rigs.incubator", "no channel warmth"),
        (
            'url: "twin:"',
            "limits: {temperature: [4 degC, 20 degC]}",
            "experiments[cress].sessions[sow].steps[1].rig",
            "20",
        ),
    ],
)
def test_what_a_rig_could_not_be_told_is_a_fault_of_the_mission(capsys, tmp_path, old, new, path, text):
    payload(capsys, "init", tmp_path)
    mission = tmp_path / "mission.yaml"
    assert old in mission.read_text()
    mission.write_text(mission.read_text().replace(old, new))
    answer = payload(capsys, "check", mission)
    assert answer.code == 2
    assert re.search(rf"mission\.yaml:\d+:\d+: {re.escape(path)}: .*{re.escape(text)}", answer.err), answer.err


def test_check_warns_of_what_cannot_be_planned(capsys, tmp_path):
    payload(capsys, "init", tmp_path)
    mission = tmp_path / "mission.yaml"
    text = mission.read_text()
    for old, new in (
        ('between: ["08:00", "19:00"], duration: 2 h', 'between: ["08:00", "09:00"], duration: 2 h'),
        ("power: 120 W", "power: 1200 W"),
        ("do: teach, for: 30 min", "do: teach, for: 50 min"),
        ("crew: {skills: [biology]}", "crew: {skills: [botany]}"),
    ):
        assert old in text
        text = text.replace(old, new)
    mission.write_text(text)
    warnings = json.loads(payload(capsys, "check", mission, "--json").out)["warnings"]
    assert warnings == [
        "duty 'exercise' never takes place: nobody aboard has room for it in the mission",
        "session 'cress/sow': role 1 cannot be filled: nobody has the skill botany",
        "session 'cress/harvest': role 1 cannot be filled: nobody has the skill botany",
        "session 'drops/film' asks for more of 'power' than there ever is",
        "session 'lesson/live' takes 50 min during contact, which is open 40 min at most",
    ]
