"""What goes wrong in lockstep: rigs switched off, silent, unplugged; lines that lose frames; an operator's Ctrl-C."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lockstep_builders import KINDS, Mute, an_hour, events, flown, rigs, stages

from payload.journal import RigLink, RigSafe, Telemetry
from payload.met import MINUTE, NS_PER_MS
from payload.model import Mission
from payload.rigs import LockstepBench

FRAME_FAULTS = """
to_rig: {drop: 2 %, flip: 1 %, truncate: 1 %, duplicate: 5 %, delay: 5 %}
to_host: {drop: 6 %, flip: 5 %, truncate: 4 %, duplicate: 5 %, delay: 5 %}
"""
ROUGH = """
seed: 3
both: {drop: 2 %, flip: 2 %, latency: 1 ms}
happenings:
  - {fault: unplug, at: 20 s, for: 2 s, every: 40 s, spread: 10 s}
  - {fault: stall, at: 35 s, for: 900 ms, every: 30 s, spread: 5 s}
  - {fault: reset, at: 100 s, spread: 5 s}
"""


def with_faults(mission: Mission, rig: str, text: str, folder: Path) -> Mission:
    (folder / "faults.yaml").write_text(text, encoding="utf-8")
    worse = replace(mission.rigs[rig], options={"faults": str(folder / "faults.yaml")})
    return replace(mission, rigs={**mission.rigs, rig: worse})


def test_a_rig_that_is_switched_off_in_mid_command_leaves_it_indeterminate(tmp_path: Path) -> None:
    mission, plan = an_hour()
    bench = LockstepBench(mission.rigs)

    def trip(event: object) -> None:
        if getattr(event, "token", "") == "seeds/soak/1#1" and getattr(event, "stage", "") == "STARTED":
            bench.restart("oven")

    outcome = flown(bench, mission, plan, tmp_path / "run.db", on_event=trip)
    told = stages(tmp_path / "run.db", "seeds/soak/1#1")
    assert (told[-2:], told[0]) == (["STARTED", "INDETERMINATE REBOOT"], "RELEASED")
    assert {each.id: each.state for each in outcome.activities} == {
        "seeds/soak/1": "failed",
        "fluid/run/1": "done",
        "film/film/1": "done",
        "spores/soak/1": "failed",  # a rig that has booted stays safe until somebody has looked at it
        "hot/run/1": "failed",
    }
    links = [(each.rig, each.up, each.why) for each in events(tmp_path / "run.db") if isinstance(each, RigLink)]
    assert links == [("oven", True, "it has been started anew")]
    assert stages(tmp_path / "run.db", "spores/soak/1#1")[-1] == "REJECTED SAFE_MODE"


def test_a_rig_that_falls_silent_is_down_after_as_long_as_a_bench_tries_and_the_others_go_on(tmp_path: Path) -> None:
    mission, plan = an_hour()
    bench = LockstepBench(mission.rigs)
    pulled_at = []

    def pull(event: object) -> None:
        if getattr(event, "token", "") == "seeds/soak/1#1" and getattr(event, "stage", "") == "STARTED":
            bench.restart("oven", Mute)
            pulled_at.append(bench.clock.now_ns())

    outcome = flown(bench, mission, plan, tmp_path / "run.db", on_event=pull)
    assert stages(tmp_path / "run.db", "seeds/soak/1#1")[-1] == "INDETERMINATE LINK_DOWN"
    down = [each for each in events(tmp_path / "run.db") if isinstance(each, RigLink)]
    assert [(each.rig, each.up) for each in down] == [("oven", False)]
    # 4 s without an answer to a beat, then 5 s of trying again, and the greeting that was under way
    assert 9_000 <= down[0].at - (5 * MINUTE + pulled_at[0] // NS_PER_MS) <= 15_000
    assert outcome.find("spores/soak/1").why == "soak: the link to oven is down"  # type: ignore[union-attr]
    assert outcome.find("film/film/1").state == "done"  # type: ignore[union-attr]


def test_an_operator_who_breaks_it_off_leaves_safe_rigs_and_a_whole_record(tmp_path: Path) -> None:
    mission, plan = an_hour()

    def interrupt(event: object) -> None:
        if getattr(event, "rig", "") == "loop" and getattr(event, "stage", "") == "PROGRESS":
            raise KeyboardInterrupt

    outcome = flown(LockstepBench(mission.rigs), mission, plan, tmp_path / "run.db", on_event=interrupt)
    assert outcome.how == "interrupted"
    assert stages(tmp_path / "run.db", "seeds/soak/1#1")[-1] == "FAILED ABORT"
    safe = {(each.rig, each.reason) for each in events(tmp_path / "run.db") if isinstance(each, RigSafe)}
    assert safe == {(rig, "ABORT") for rig in rigs()}


def test_a_line_that_loses_every_seventh_frame_costs_no_activity_and_no_sample(tmp_path: Path) -> None:
    mission, plan = an_hour(minute=3_000)
    for rig in KINDS:
        mission = with_faults(mission, rig, FRAME_FAULTS, tmp_path)
    outcome = flown(LockstepBench(mission.rigs), mission, plan, tmp_path / "run.db")
    assert [each.id for each in outcome.activities if each.state != "done"] == ["hot/run/1"]
    said = [each for each in events(tmp_path / "run.db") if isinstance(each, Telemetry) and each.channel == "flow"]
    ticks = [each.first_tick_ms + i * each.interval_ms for each in said for i in range(len(each.values))]
    assert ticks == list(range(ticks[0], ticks[-1] + 1, said[0].interval_ms))


def test_a_rough_day_ends_and_is_the_same_to_the_last_byte(tmp_path: Path) -> None:
    mission, plan = an_hour(minute=3_000)
    mission = with_faults(mission, "oven", ROUGH, tmp_path)
    for number in range(2):
        outcome = flown(LockstepBench(mission.rigs), mission, plan, tmp_path / f"{number}.db")
    assert outcome.how == "completed"
    assert [each.state for each in outcome.activities if "soak" not in each.id] == ["done", "done", "failed"]
    links = [(each.rig, each.up) for each in events(tmp_path / "0.db") if isinstance(each, RigLink)]
    assert ("oven", True) in links
    assert {rig for rig, _ in links} == {"oven"}
    assert (tmp_path / "0.db").read_bytes() == (tmp_path / "1.db").read_bytes()
