"""simulate, run, tell, report, rig: from the shell, when all goes well and when it does not."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from cli_builders import payload

from payload import api
from payload.journal import Journal, RigSafe, RigStage, RunEnded, StepEnded, replay

BUILTIN = "builtin:quickstart"
FAST = 28_800  # mission time per wall time: the 16 h of the quickstart in two seconds


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    mission = api.load(BUILTIN)
    path = tmp_path_factory.mktemp("planned") / "plan.json"
    api.save(api.plan_text(api.plan(mission), mission), path)
    return path


def _events(path, *kinds):
    with Journal.open(path) as journal:
        return list(journal.events(kinds=kinds))


def test_a_campaign_does_not_depend_on_the_number_of_processes(capsys, planned):
    one, two = (
        payload(capsys, "simulate", BUILTIN, planned, "--runs", "60", "--jobs", jobs, "--json") for jobs in (1, 2)
    )
    assert (one.code, one.out) == (0, two.out)
    assert json.loads(one.out)["runs"] == 60


def test_a_plan_is_flown_and_recorded(capsys, tmp_path, planned):
    record = tmp_path / "run.db"
    flown = payload(capsys, "run", BUILTIN, planned, "-o", record, "--speed", FAST)
    assert flown.code == 0
    assert "completed: 15 done" in flown.out
    with Journal.open(record) as journal:
        state = replay(journal.events())
        assert set(journal.header) >= {"mission", "plan", "wiring", "seed", "speed", "versions"}
    assert state.how == "completed"
    assert len(state.only("done")) == 15
    stages = [event.stage for event in _events(record, RigStage) if event.stage != "PROGRESS"]
    assert stages == ["RELEASED", "ACCEPTED", "STARTED", "DONE"]
    page = tmp_path / "report.html"
    assert payload(capsys, "report", record, "-o", page).code == 0
    assert "A day in orbit" in page.read_text(encoding="utf-8")


def test_a_record_is_never_overwritten(capsys, tmp_path, planned):
    record = tmp_path / "run.db"
    record.write_text("mine")
    answer = payload(capsys, "run", BUILTIN, planned, "-o", record, "--speed", FAST)
    assert answer.code == 5
    assert "never overwritten" in answer.err
    assert record.read_text() == "mine"


def test_a_plan_with_violations_is_not_flown(capsys, tmp_path, planned):
    plan = json.loads(planned.read_text())
    plan["reservations"] = [r for r in plan["reservations"] if not r["id"].startswith("lunch/pilot")]
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps(plan))
    answer = payload(capsys, "run", BUILTIN, broken, "-o", tmp_path / "run.db", "--speed", FAST)
    assert answer.code == 2
    assert "violations that no waiver covers" in answer.err
    assert not (tmp_path / "run.db").exists()


@pytest.fixture
def served(tmp_path):
    """An incubator of somebody's, on a port of its own; the mission that names the port; and its plan."""
    link = tmp_path / "port"
    command = [sys.executable, "-m", "payload.rigs.serve", "incubator", "--link", str(link), "--speed", "7200"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        folder = tmp_path / "mine"
        folder.mkdir()
        text = (api.locate(BUILTIN) / "mission.yaml").read_text(encoding="utf-8")
        (folder / "mission.yaml").write_text(
            text.replace('url: "twin:"', f'url: "{link}", speed: any'), encoding="utf-8"
        )
        mission = api.load(folder)
        yield process, mission, api.plan(mission)
        process.kill()


def test_a_port_that_is_pulled_ends_in_a_named_fate(tmp_path, served):
    process, mission, plan = served

    def pull(event):
        if isinstance(event, RigStage) and event.stage == "STARTED":
            process.kill()

    outcome = api.run(mission, plan, tmp_path / "run.db", speed=7200, on_event=pull)
    stages = [event.stage for event in _events(tmp_path / "run.db", RigStage) if event.stage != "PROGRESS"]
    steps = [event for event in _events(tmp_path / "run.db", StepEnded) if event.id == "cress/sow/1"]
    assert outcome.how == "completed"
    assert stages[:3] == ["RELEASED", "ACCEPTED", "STARTED"]
    assert stages[-1] == "INDETERMINATE"
    assert [step.state for step in steps] == ["done", "failed"]
    assert outcome.find("cress/harvest/1").state == "skipped"


def test_ctrl_c_leaves_the_rig_safe_and_the_record_whole(tmp_path, served):
    _, mission, plan = served

    def interrupt(event):
        if isinstance(event, RigStage) and event.stage == "STARTED":
            raise KeyboardInterrupt

    outcome = api.run(mission, plan, tmp_path / "run.db", speed=7200, on_event=interrupt)
    ended = _events(tmp_path / "run.db", RunEnded)
    assert (outcome.how, [end.how for end in ended]) == ("interrupted", ["interrupted"])
    assert [event.rig for event in _events(tmp_path / "run.db", RigSafe)] == ["incubator"]
    assert outcome.find("cress/sow/1").state == "failed"
    from payload import rigs

    hello = rigs.probe(mission.rigs["incubator"].url)
    assert rigs.name_of(rigs.State, hello.state) == "SAFE"


def test_a_busy_port_is_told(capsys, tmp_path, served):
    _, mission, _ = served
    from payload.rigs.transport import SerialPort

    port = SerialPort("holder", mission.rigs["incubator"].url)
    try:
        answer = payload(capsys, "rig", "probe", mission.rigs["incubator"].url)
    finally:
        port.close()
    assert answer.code == 4
    assert f"process {os.getpid()}" in answer.err or str(os.getpid()) in answer.err


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["--rig", "oven=twin:"], 2, "this mission has no such rig; it has: incubator"),
        (["--rig", "incubator=/dev/nowhere"], 4, "/dev/nowhere is absent"),
        (["--rig", "incubator=/dev/nowhere", "--speed", "1"], 4, "/dev/nowhere is absent"),
        (["--speed", "0"], 2, "expected from 0.001 to 100000"),
        (["--day", "3"], 2, "this mission has days 1 to 1"),
        (["--crew", "robots"], 2, "expected auto or ask"),
        (["--rigs", "pigeon:"], 4, "'pigeon:' is no rig URL"),
    ],
)
def test_a_run_that_cannot_start_says_why(capsys, tmp_path, planned, words, code, text):
    if words[0] == "--rig" and "nowhere" in words[1] and "--speed" not in words:
        text = "is not ours to speed up"
        words = [*words, "--speed", "2"]
    answer = payload(capsys, "run", BUILTIN, planned, "-o", tmp_path / "run.db", *words)
    assert answer.code == code
    assert text in answer.err
    assert "Traceback" not in answer.err
    assert not (tmp_path / "run.db").exists()


def test_the_crew_ends_its_steps_by_word(tmp_path, planned):
    mission = api.load(BUILTIN)
    plan = api.load_plan(planned, mission)
    record = tmp_path / "run.db"
    told = []

    def answer(waits):
        told.append(waits.id)
        api.tell(record, "failed" if waits.id.startswith("drops") else "done", waits.id)

    outcome = api.run(mission, plan, record, speed=FAST, crew="ask", on_wait=answer)
    assert outcome.how == "completed"
    assert {flown.id for flown in outcome.activities if flown.state == "failed"} == {"drops/film/1"}
    assert "cress/harvest/1" in told


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["cheer"], "'cheer' is no word for a run"),
        (["done"], "'done' needs the id of an activity"),
        (["done", "cress/sow/1"], "this run has ended (completed)"),
    ],
)
def test_words_that_a_run_cannot_take_are_refused(capsys, tmp_path, planned, words, text):
    mission = api.load(BUILTIN)
    api.run(mission, api.load_plan(planned, mission), tmp_path / "run.db", speed=100_000)
    answer = payload(capsys, "tell", tmp_path / "run.db", *words)
    assert (answer.code, text in answer.err) == (2, True), answer.err


def test_what_is_no_record_is_said_to_be_none(capsys, tmp_path, planned):
    assert payload(capsys, "tell", planned, "hold").code == 5
    assert payload(capsys, "report", tmp_path / "run.db").code == 5
    assert payload(capsys, "tell", tmp_path / "absent.db", "hold").code == 5


def test_rigs_are_listed_asked_and_called(capsys):
    listed = payload(capsys, "rig", "list", BUILTIN)
    asked = payload(capsys, "rig", "info", "twin:", "--kind", "camera")
    called = payload(
        capsys, "rig", "call", "twin:", "capture", "frames=20", "duration=20s", "--kind", "camera", "--speed", "20"
    )
    refused = payload(capsys, "rig", "call", "twin:", "heat", "target=90degC", "--kind", "incubator")
    assert (listed.code, asked.code, called.code, refused.code) == (0, 0, 0, 2)
    assert called.out.splitlines()[-1].startswith("DONE")
    assert "allowed are 4 degC to 45 degC" in refused.err
