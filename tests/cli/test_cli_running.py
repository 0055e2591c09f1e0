"""simulate, run, tell, report, rig: from the shell, when all goes well and when it does not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest
from cli_builders import payload

from payload import api
from payload.cli.telling import ending_in_order
from payload.errors import RunError
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


def test_ctrl_c_in_a_campaign_leaves_the_runs_that_are_done(tmp_path):
    script = (
        "from payload.cli import main, running; import sys\n"
        "running._counter = lambda: lambda done, runs: print(done, flush=True)\n"
        "main()"
    )
    plan = tmp_path / "plan.json"
    mission = api.load("builtin:tiangong-payload-expert")
    api.save(api.plan_text(api.plan(mission), mission), plan)
    words = ["simulate", "builtin:tiangong-payload-expert", str(plan), "--runs", "1000000"]
    with subprocess.Popen(
        [sys.executable, "-c", script, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "interrupted\n")
    assert "runs with seed 0 of 1000000, interrupted" in out


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
    with Journal.open(record) as journal:
        assert list(journal.events())[-1] == RigSafe(state.at, "incubator", "COMMAND")
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
    command = [sys.executable, "-m", "payload.rigs.programs.serve", "incubator", "--link", str(link), "--speed", "7200"]
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


@pytest.fixture
def started(tmp_path, planned):
    """A run with the crew asked, as a process of its own, and the activity for which it waits for a word."""
    command = [sys.executable, "-c", "from payload.cli import main; main()", "run", BUILTIN, str(planned)]
    command += ["-o", str(tmp_path / "run.db"), "--speed", str(FAST), "--crew", "ask"]
    own = {**os.environ, "TMPDIR": str(tmp_path)}  # what a killed run leaves in the folder for such things goes with it
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=own) as process:
        waits = next(line for line in process.stdout if "waits" in line)
        yield process, waits.rstrip(")\n").rpartition(" ")[2]
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_whatever_signal_ends_a_run_ends_it_in_order(tmp_path, started, number):
    process, _ = started
    process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    (end,) = _events(tmp_path / "run.db", RunEnded)
    assert (process.returncode, end.how) == (130, "interrupted")
    assert ("Ctrl-C" if number == signal.SIGINT else number.name) in end.why
    assert [event.rig for event in _events(tmp_path / "run.db", RigSafe)] == ["incubator"]
    assert f"interrupted ({end.why})" in out


def test_the_second_signal_is_answered_and_the_third_obeyed(capfd):
    with ending_in_order():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGHUP)
        with pytest.raises(KeyboardInterrupt, match="ended by SIGTERM"):
            signal.raise_signal(signal.SIGTERM)
    assert "the rigs are being put in safe state" in capfd.readouterr().err


def test_a_reader_that_goes_away_does_not_end_the_run(tmp_path, planned):
    run = f"{sys.executable} -c 'from payload.cli import main; main()' run {BUILTIN} {planned}"
    script = f"set -o pipefail; {run} -o {tmp_path / 'run.db'} --speed {FAST} | head -1"
    assert "start" in subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout
    assert [end.how for end in _events(tmp_path / "run.db", RunEnded)] == ["completed"]


def test_a_word_is_answered_by_the_run(capsys, tmp_path, started):
    process, activity = started
    record = tmp_path / "run.db"
    told = [
        payload(capsys, "tell", record, *words)
        for words in (["done", activity], ["done", "lesson/live/1"], ["go"], ["abort"], ["hold"])
    ]
    assert [answer.code for answer in told] == [0, 2, 2, 0, 2]
    assert "it fits nothing now" in told[1].err
    assert "this run has ended (aborted)" in told[4].err
    assert process.wait(60) == 6


def test_a_word_to_a_dead_run_is_not_thought_heard(tmp_path, started):
    process, _ = started
    process.kill()
    process.wait(60)
    number = api.tell(tmp_path / "run.db", "hold")
    with pytest.raises(RunError, match="nobody heard word 1"):
        api.answered(tmp_path / "run.db", number, wait_ms=0)


def test_a_busy_port_is_told(capsys, tmp_path, served):
    _, mission, _ = served
    from payload.rigs.ports.transport import SerialPort

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
        (["--speed", "0.0015"], 2, "at most three decimals"),
        (["--day", "3"], 2, "this mission has days 1 to 1"),
        (["--day", "99999999"], 2, "this mission has days 1 to 1"),
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
    served = payload(capsys, "rig", "serve", "oven")
    assert (listed.code, asked.code, called.code, refused.code, served.code) == (0, 0, 0, 2, 2)
    assert "expected incubator, fluid-loop, camera" in served.err
    assert called.out.splitlines()[-1].startswith("DONE")
    assert "allowed are 4 degC to 45 degC" in refused.err


def test_the_run_of_a_variant_can_be_reported(capsys, tmp_path):
    (tmp_path / "base.yaml").write_text((api.locate(BUILTIN) / "mission.yaml").read_text(encoding="utf-8"))
    (tmp_path / "mission.yaml").write_text(
        "payload: 1\nextends: base.yaml\nmission: {id: half-day, end: day 1 14:00}\n"
        "drop: [exercise]\nrules: [{id: digest, after: [breakfast], before: [lunch]}]\n"
    )
    planned = payload(capsys, "plan", tmp_path, "-o", tmp_path / "plan.json", "--budget", "0")
    flown = payload(capsys, "run", tmp_path, tmp_path / "plan.json", "-o", tmp_path / "run.db", "--speed", FAST, "-q")
    reported = payload(capsys, "report", tmp_path / "run.db", "-o", tmp_path / "report.html")
    assert (planned.code, flown.code, reported.code) == (0, 0, 0), planned.err + flown.err + reported.err
