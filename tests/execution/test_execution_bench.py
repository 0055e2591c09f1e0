"""A run on the real bench: twins in this process, their clocks sped up, everything in a journal on disk."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from execution_builders import Flight, experiment, rig_step, session, step

from payload.execution import WallClock, fly
from payload.journal import Journal, RigSafe, RigStage, Telemetry, replay
from payload.met import HOUR, MINUTE
from payload.model import Mission, Quantity, Rig, Step
from payload.rigs import Bench

SPEED = 1200.0


def three_rigs() -> tuple[Flight, Mission]:
    flight = (
        Flight(
            experiments=[
                experiment(
                    "seeds",
                    session("soak", rig_step("soak", HOUR, "oven", "heat", target=Quantity(24_000, "temperature"))),
                ),
                experiment("fluid", session("run", rig_step("run", 20 * MINUTE, "loop", "profile", rate=20))),
                experiment("hot", session("run", rig_step("run", 20 * MINUTE, "loop", "profile", rate=10**6))),
                experiment("film", session("film", step("aim", 5 * MINUTE, "ada"), _film())),
            ]
        )
        .place("seeds/soak/1", 5 * MINUTE)
        .place("fluid/run/1", 6 * MINUTE)
        .place("film/film/1", 10 * MINUTE)
        .place("hot/run/1", 40 * MINUTE)
    )
    rigs = {"oven": "incubator", "loop": "fluid-loop", "eye": "camera"}
    return flight, replace(flight.mission, rigs={id_: Rig(id_, kind, "twin:") for id_, kind in rigs.items()})


def _film() -> Step:
    return rig_step("film", 10 * MINUTE, "eye", "capture", frames=5)


def test_three_rigs_fly_an_hour_in_seconds(tmp_path: Path) -> None:
    flight, mission = three_rigs()
    with (
        Journal.create(tmp_path / "run.db", {"speed": SPEED}) as journal,
        Bench(mission.rigs, speed=SPEED, folder=tmp_path) as bench,
    ):
        outcome = fly(mission, flight.plan, journal=journal, bench=bench, speed=SPEED, clock=WallClock())
    assert {each.id: each.state for each in outcome.activities} == {
        "seeds/soak/1": "done",
        "fluid/run/1": "done",
        "film/film/1": "done",
        "hot/run/1": "failed",  # no loop pumps that much: refused before it leaves
    }
    with Journal.open(tmp_path / "run.db") as journal:
        state = replay(journal.events())
        stages = [each.stage for each in journal.events(kinds=[RigStage]) if each.token == "seeds/soak/1#1"]  # type: ignore[union-attr]
        channels = {each.rig for each in journal.events(kinds=[Telemetry])}  # type: ignore[union-attr]
    assert (stages[0], stages[-1]) == ("RELEASED", "DONE")
    assert {"ACCEPTED", "STARTED"} <= set(stages)
    assert state.how == "completed"
    assert state.rigs["loop"].tokens == {"fluid/run/1#1": "DONE", "hot/run/1#1": "REJECTED"}
    assert channels == {"oven", "loop", "eye"}
    soak = state.activities["seeds/soak/1"]
    assert soak.start is not None
    assert soak.end is not None
    assert soak.end - soak.start >= HOUR - SPEED  # the rig's own hour, to a millisecond of the wall's


def test_an_aborted_run_makes_the_rigs_safe_and_says_so(tmp_path: Path) -> None:
    flight, mission = three_rigs()
    with (
        Journal.create(tmp_path / "run.db", {}) as journal,
        Bench(mission.rigs, speed=SPEED, folder=tmp_path) as bench,
    ):

        def once_running(event: object) -> None:
            if isinstance(event, RigStage) and (event.rig, event.stage) == ("loop", "STARTED"):
                journal.tell("abort")

        outcome = fly(mission, flight.plan, journal=journal, bench=bench, speed=SPEED, on_event=once_running)
    assert outcome.how == "aborted"
    with Journal.open(tmp_path / "run.db") as journal:
        safe = {each.rig for each in journal.events(kinds=[RigSafe])}  # type: ignore[union-attr]
        state = replay(journal.events())
    assert safe == {"oven", "loop", "eye"}
    assert state.rigs["loop"].tokens["fluid/run/1#1"] == "FAILED"
    assert (state.activities["fluid/run/1"].state, state.activities["fluid/run/1"].code) == ("failed", "aborted")


def test_a_real_ctrl_c_leaves_a_whole_record(tmp_path: Path) -> None:
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\n"
        "from test_execution_bench import SPEED, Bench, Journal, RigStage, fly, three_rigs\n"
        "folder = Path(sys.argv[2]); flight, mission = three_rigs()\n"
        "def tell(event):\n"
        "    if isinstance(event, RigStage) and event.stage == 'STARTED': print('flying', flush=True)\n"
        "bench = Bench(mission.rigs, speed=600, folder=folder)\n"
        "with Journal.create(folder / 'run.db', {}) as journal, bench:\n"
        "    outcome = fly(mission, flight.plan, journal=journal, bench=bench, speed=600, on_event=tell)\n"
        "sys.exit(130 if outcome.how == 'interrupted' else 1)\n"
    )
    folder = str(Path(__file__).parent)
    child = subprocess.Popen(
        [sys.executable, "-c", script, folder, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "flying\n"
    child.send_signal(signal.SIGINT)
    assert (child.communicate(timeout=30)[1], child.returncode) == ("", 130)
    with Journal.open(tmp_path / "run.db") as journal:
        state = replay(journal.events())
    assert state.how == "interrupted"
    assert state.activities["seeds/soak/1"].state == "failed"
    assert state.rigs["oven"].tokens["seeds/soak/1#1"] == "FAILED"
    assert state.rigs["oven"].safe == "ABORT"


def test_a_port_that_is_pulled_costs_its_session_and_no_other(tmp_path: Path) -> None:
    port = tmp_path / "oven.port"
    serve = [
        sys.executable,
        "-m",
        "payload.rigs.programs.serve",
        "incubator",
        "--link",
        str(port),
        "--speed",
        str(SPEED),
    ]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        assert served.stdout.readline().startswith("/dev/")
        flight, mission = three_rigs()
        oven = replace(mission.rigs["oven"], url=str(port), options={"speed": "any"})
        mission = replace(mission, rigs={**mission.rigs, "oven": oven})

        def pull(event: object) -> None:
            if isinstance(event, RigStage) and (event.rig, event.stage) == ("oven", "STARTED"):
                served.kill()

        with (
            Journal.create(tmp_path / "run.db", {}) as journal,
            Bench(mission.rigs, speed=SPEED, folder=tmp_path) as bench,
        ):
            outcome = fly(mission, flight.plan, journal=journal, bench=bench, speed=SPEED, on_event=pull)
    assert {each.id: (each.state, each.why) for each in outcome.activities if each.id != "hot/run/1"} == {
        "seeds/soak/1": ("failed", "soak: oven says INDETERMINATE [LINK_DOWN]"),
        "fluid/run/1": ("done", ""),
        "film/film/1": ("done", ""),
    }
    with Journal.open(tmp_path / "run.db") as journal:
        state = replay(journal.events())
    assert (state.how, state.rigs["oven"].up, state.rigs["oven"].tokens) == (
        "completed",
        False,
        {"seeds/soak/1#1": "INDETERMINATE"},
    )
