"""Whole missions in lockstep: they end as on a wall clock, and every time the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from lockstep_builders import KINDS, Blind, an_hour, events, flown, rigs, stages

from cli.cli_builders import payload
from payload import api
from payload.errors import PortError, RunError
from payload.execution import Outcome, fly
from payload.journal import Journal, Note, RunEnded, Telemetry, digest
from payload.met import MINUTE
from payload.rigs import Bench, LockstepBench
from payload.rigs.lockstep.devices import TwinDevice
from payload.rigs.twins import Twin


@pytest.fixture(scope="module")
def hour(tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, Path]:
    """The hour as it goes when nothing goes wrong, and its record."""
    path = tmp_path_factory.mktemp("hour") / "run.db"
    mission, plan = an_hour()
    return flown(LockstepBench(mission.rigs), mission, plan, path), path


def test_an_hour_ends_in_lockstep_as_it_does_on_a_wall_clock(tmp_path: Path, hour: tuple[Outcome, Path]) -> None:
    mission, plan = an_hour()
    in_lockstep, path = hour
    speed = 1200.0
    with (
        Journal.create(tmp_path / "wall.db", {}) as journal,
        Bench(mission.rigs, speed=speed, folder=tmp_path) as bench,
    ):
        on_the_wall = fly(mission, plan, journal=journal, bench=bench, speed=speed)
    sped_up = LockstepBench(mission.rigs, speed=speed)
    with sped_up:
        fast = fly(mission, plan, bench=sped_up, clock=sped_up.clock, speed=speed)
    ends = {each.id: (each.state, each.code, each.why) for each in on_the_wall.activities}
    assert {each.id: (each.state, each.code, each.why) for each in in_lockstep.activities} == ends
    assert {each.id: (each.state, each.code, each.why) for each in fast.activities} == ends
    assert sorted(state for state, _, _ in ends.values()) == ["done"] * 4 + ["failed"]
    for token in ("seeds/soak/1#1", "fluid/run/1#1", "film/film/1#2", "spores/soak/1#1", "hot/run/1#1"):
        assert stages(path, token) == stages(tmp_path / "wall.db", token), token


def test_what_a_rig_does_takes_its_time_and_no_more(hour: tuple[Outcome, Path]) -> None:
    """At speed 1 the line and the protocol are milliseconds, and mission time is exact."""
    outcome, path = hour
    took = {each.id: each.end - each.start for each in outcome.activities if each.start is not None and each.end}
    late = {each.id: each.start - each.planned_start for each in outcome.activities if each.start is not None}
    assert set(late.values()) == {0}
    assert 20 * MINUTE < took["seeds/soak/1"] < 20 * MINUTE + 100
    assert 10 * MINUTE < took["fluid/run/1"] < 10 * MINUTE + 100
    said = [each for each in events(path) if isinstance(each, Telemetry) and each.rig == "oven"]
    temperature = [value for each in said if each.channel == "temperature" for value in each.values]
    # one sample a second, none lost, from before the run's first event to its last
    assert len(temperature) >= (outcome.at - 5 * MINUTE) // 1000
    assert {each.lost for each in said} == {0}


def test_the_same_run_is_the_same_to_the_last_byte_in_another_process(tmp_path: Path) -> None:
    mission = api.load("builtin:quickstart")
    plan = api.plan(mission, iterations=0)
    (tmp_path / "plan.json").write_text(api.plan_text(plan, mission), encoding="utf-8")
    told = []
    for number, seed in enumerate(("5", "5", "6")):
        command = [sys.executable, "-c", "from payload.cli import main; main()"]
        command += ["run", "builtin:quickstart", "plan.json", "--lockstep", "--seed", seed, "-o", f"{number}.db"]
        command += ["--speed", "200", "--json"]
        environment = {**os.environ, "PYTHONHASHSEED": str(number)}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        told.append(json.loads(done.stdout))
    files = [(tmp_path / f"{number}.db").read_bytes() for number in range(3)]
    assert (files[0] == files[1], files[0] == files[2]) == (True, False)
    assert told[0] == told[1]
    assert told[0]["sha256"] == digest(tmp_path / "1.db") != told[2]["sha256"]


def test_the_hash_leaves_the_walls_stamps_out(tmp_path: Path) -> None:
    found = set()
    for number in range(2):
        path = tmp_path / f"{number}.db"
        with Journal.create(path, {"number": number}, clock=lambda: number) as journal:  # noqa: B023  # used at once
            journal.append(Note(5, "here"))
            journal.append(RunEnded(7, "completed"))
        found.add(digest(path))
    with Journal.create(tmp_path / "other.db", {}) as journal:
        journal.append(RunEnded(7, "completed"))
        journal.append(Note(5, "here"))
    assert len(found) == 1
    assert digest(tmp_path / "other.db") not in found


def test_the_hash_is_printed_at_the_end_and_on_request(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mission = api.load("builtin:quickstart")
    plan = tmp_path / "plan.json"
    plan.write_text(api.plan_text(api.plan(mission, iterations=0), mission), encoding="utf-8")
    record = tmp_path / "run.db"
    ran = payload(capsys, "run", "builtin:quickstart", plan, "-o", record, "--lockstep", "--speed", "600", "-q")
    told = payload(capsys, "report", record, "--hash")
    sha256 = digest(record)
    assert (ran.code, ran.out.splitlines()[-1]) == (0, f"  events sha256 {sha256}")
    assert (told.code, told.out) == (0, f"{record}: events sha256 {sha256}\n")
    refused = payload(capsys, "tell", record, "hold")
    assert (refused.code, refused.err) == (
        2,
        f"payload: {record}: a run in lockstep takes no words: it is over before they are said\n",
    )


def a_twin(kind: str) -> TwinDevice:
    return TwinDevice(Twin(kind, unit=1, boot=1))


def test_a_rig_that_cannot_say_what_it_will_do_is_in_step_to_the_nanosecond(tmp_path: Path) -> None:
    """Beside rigs that can: it is run on only to where something else is due, and each frame has its own instant."""
    mission, plan = an_hour(minute=3_000)
    seen = LockstepBench(mission.rigs, makers={"oven": lambda: a_twin("incubator")})
    unseen = LockstepBench(mission.rigs, makers={"oven": lambda: Blind(a_twin("incubator"))})
    flown(seen, mission, plan, tmp_path / "seen.db")
    flown(unseen, mission, plan, tmp_path / "unseen.db")
    assert (tmp_path / "seen.db").read_bytes() == (tmp_path / "unseen.db").read_bytes()
    assert seen.clock.now_ns() == unseen.clock.now_ns()


def test_three_of_them_fly_alike_each_time_and_as_those_that_can_say(tmp_path: Path) -> None:
    mission, plan = an_hour(minute=3_000)
    makers = {rig: lambda kind=kind: Blind(a_twin(kind)) for rig, kind in KINDS.items()}
    ends = []
    for number in range(2):
        outcome = flown(LockstepBench(mission.rigs, makers=makers), mission, plan, tmp_path / f"{number}.db")
        ends.append([(each.id, each.state, each.why) for each in outcome.activities])
    seen = flown(LockstepBench(mission.rigs), mission, plan, tmp_path / "seen.db")
    assert ends == [[(each.id, each.state, each.why) for each in seen.activities]] * 2
    assert (tmp_path / "0.db").read_bytes() == (tmp_path / "1.db").read_bytes()


def test_rigs_on_the_walls_clock_are_refused_by_name() -> None:
    with pytest.raises(PortError, match=r"rig oven: pty: lives on the wall's clock .*\(--rig oven=twin:\)"):
        LockstepBench(rigs("pty:"))
    with pytest.raises(PortError, match=r"rig eye: /dev/ttyUSB0 lives on the wall's clock"):
        LockstepBench(rigs(), urls={"eye": "/dev/ttyUSB0"})
    with pytest.raises(RunError, match="there is no rig door; there are oven, loop, eye"):
        LockstepBench(rigs(), urls={"door": "twin:"})


def test_a_binary_that_is_not_built_is_named_with_what_builds_it_and_leaves_no_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAYLOAD_FIRMWARE_BUILD", str(tmp_path))
    mission = api.load("builtin:quickstart")
    plan = api.plan(mission, iterations=0)
    with pytest.raises(PortError, match=r"rig incubator: the firmware of kind incubator for simavr .*make"):
        api.run(mission, plan, tmp_path / "run.db", lockstep=True, every_rig="simavr:")
    assert not (tmp_path / "run.db").exists()


def test_nobody_is_asked_and_no_word_is_taken(tmp_path: Path) -> None:
    mission = api.load("builtin:quickstart")
    plan = api.plan(mission, iterations=0)
    with pytest.raises(RunError, match="asks nobody"):
        api.run(mission, plan, tmp_path / "run.db", lockstep=True, crew="ask")
    assert not (tmp_path / "run.db").exists()
    bench = LockstepBench(rigs())
    with pytest.raises(RunError, match="nobody can answer"), bench:
        fly(*an_hour(), bench=bench, clock=bench.clock, speed=1, crew="ask")
    with Journal.create(tmp_path / "told.db", {"lockstep": True}) as journal:
        journal.append(Note(0, "under way"))
    with pytest.raises(RunError, match="takes no words"):
        api.tell(tmp_path / "told.db", "hold")


def test_options_that_there_are_not_are_refused(tmp_path: Path) -> None:
    mission, _ = an_hour()
    odd = replace(mission.rigs["eye"], options={"parity": "even"})
    with pytest.raises(PortError, match="rig eye: there is no wiring option parity; there are baud, faults, speed"):
        LockstepBench({"eye": odd})
    with pytest.raises(PortError, match="rig eye: faults is a file's path, not 7"):
        LockstepBench({"eye": replace(odd, options={"faults": 7})})
    with (
        pytest.raises(PortError, match="rig eye: baud is a whole number above 0, not -1"),
        LockstepBench({"eye": replace(odd, options={"baud": -1})}),
    ):
        pass
