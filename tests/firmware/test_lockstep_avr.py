"""The executive and the AVR's own binary in step: a mission flown on simavr, the same to the bit every time."""

from __future__ import annotations

from pathlib import Path

import pytest
from emulated_builders import built

from lockstep.lockstep_builders import an_hour, events, flown, stages
from payload.execution import Outcome
from payload.journal import RigLink, Telemetry, digest
from payload.met import NS_PER_MS
from payload.model import RigCall
from payload.rigs import LockstepBench
from payload.rigs.programs.avr import LockstepAvr

MINUTE = 3_000  # ms: an hour takes three of our minutes
TOKENS = ("seeds/soak/1#1", "fluid/run/1#1", "film/film/1#2", "spores/soak/1#1", "hot/run/1#1")


@pytest.fixture(scope="module", autouse=True)
def _built() -> None:
    built("avr", "runner")


@pytest.fixture(scope="module")
def hour(tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, Path]:
    """The hour with three AVR rigs, each the binary of its kind."""
    path = tmp_path_factory.mktemp("hour") / "run.db"
    mission, plan = an_hour("simavr:", MINUTE)
    return flown(LockstepBench(mission.rigs), mission, plan, path), path


def test_three_binaries_fly_an_hour_as_their_twins_do(tmp_path: Path, hour: tuple[Outcome, Path]) -> None:
    outcome, path = hour
    mission, plan = an_hour("twin:", MINUTE)
    as_twins = flown(LockstepBench(mission.rigs), mission, plan, tmp_path / "twins.db")
    ends = {each.id: (each.state, each.why) for each in outcome.activities}
    assert ends == {each.id: (each.state, each.why) for each in as_twins.activities}
    for token in TOKENS:
        assert stages(path, token) == stages(tmp_path / "twins.db", token), token
    soak = outcome.find("seeds/soak/1")
    assert soak is not None
    assert soak.start is not None
    assert soak.end is not None
    assert 20 * MINUTE < soak.end - soak.start < 20 * MINUTE + 200


def test_the_binary_that_flew_is_told() -> None:
    mission, _ = an_hour("simavr:", MINUTE)
    told = LockstepBench(mission.rigs).binaries
    assert set(told) == set(mission.rigs)
    assert {len(sha256) for sha256 in told.values()} == {64}
    assert LockstepBench(mission.rigs, urls={"oven": "twin:"}).binaries == {
        rig: sha256 for rig, sha256 in told.items() if rig != "oven"
    }


def test_no_sample_of_an_hour_is_lost(hour: tuple[Outcome, Path]) -> None:
    _, path = hour
    for channel in ("temperature", "heater"):
        said = [each for each in events(path) if isinstance(each, Telemetry) and each.channel == channel]
        ticks = [each.first_tick_ms + i * each.interval_ms for each in said for i in range(len(each.values))]
        assert ticks == list(range(ticks[0], ticks[-1] + 1, said[0].interval_ms))
        assert {each.lost for each in said} == {0}


def test_the_same_hour_is_the_same_to_the_bit(tmp_path: Path, hour: tuple[Outcome, Path]) -> None:
    mission, plan = an_hour("simavr:", MINUTE)
    flown(LockstepBench(mission.rigs), mission, plan, tmp_path / "again.db")
    assert digest(tmp_path / "again.db") == digest(hour[1])
    assert (tmp_path / "again.db").read_bytes() == hour[1].read_bytes()


def test_power_lost_in_mid_command_leaves_it_indeterminate_and_the_heater_off(tmp_path: Path) -> None:
    mission, plan = an_hour("simavr:", MINUTE)
    bench = LockstepBench(mission.rigs)

    def trip(event: object) -> None:
        if getattr(event, "token", "") == "seeds/soak/1#1" and getattr(event, "facts", {}).get("progress") == 50:
            bench.restart("oven")

    outcome = flown(bench, mission, plan, tmp_path / "run.db", on_event=trip)
    assert stages(tmp_path / "run.db", "seeds/soak/1#1")[-1] == "INDETERMINATE REBOOT"
    assert {each.id: each.state for each in outcome.activities if "soak" not in each.id} == {
        "fluid/run/1": "done",
        "film/film/1": "done",
        "hot/run/1": "failed",
    }
    links = [(each.rig, each.up, each.why) for each in events(tmp_path / "run.db") if isinstance(each, RigLink)]
    assert links == [("oven", True, "it has been started anew")]


def test_a_host_that_falls_silent_leaves_safe_outputs_when_the_lease_is_over() -> None:
    """Read off the pins, in the part's own time."""
    mission, _ = an_hour("simavr:", MINUTE)
    part = LockstepAvr("incubator", rig="oven", unit=1, boot=7)
    with LockstepBench({"oven": mission.rigs["oven"]}, makers={"oven": lambda: part}) as bench:
        bench.release("soak", RigCall("oven", "heat", {"target": "45 degC"}), 20 * MINUTE)
        for _ in range(10):
            bench.beat()
            bench.clock.sleep_ms(1_000)
        last_beat = bench.clock.now_ns() - 1_000 * NS_PER_MS
        bench.clock.sleep_ms(4_000)
        safe = [report.facts["reason"] for report in bench.reports(0) if report.stage == "SAFE"]
        last = {edge.pin: edge for edge in part.pin_log()}
    assert safe == ["LEASE"]
    assert last, "a heating chamber has driven a pin"
    assert {edge.level for edge in last.values()} == {0}
    # the beat is on its way for some line time; then the lease runs
    assert max(edge.at_ns for edge in last.values()) - last_beat <= (3_000 + 1 + 5) * NS_PER_MS
