"""Rig steps of a live run: the rig's word counts, and whatever happens to one rig the others go on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from execution_builders import Flight, Story, experiment, rig_step, session, step, story
from execution_live import WELL, Crew, HandClock, Rigs, Said, Script

from payload.execution import Outcome, Policy, fly
from payload.journal import Note, RigStage, Telemetry, replay
from payload.met import HOUR, MINUTE, Window

SPEED = 60  # a mission minute takes a second on the wall


def melt_and_flow(call: str = "run") -> Flight:
    """A furnace run of 10 minutes at minute 5 that ada closes, and a loop run at minute 30."""
    return (
        Flight(
            experiments=[
                experiment(
                    "melt", session("run", rig_step("melt", 10 * MINUTE, "furnace", call), step("stow", MINUTE, "ada"))
                ),
                experiment("flow", session("run", rig_step("flow", 5 * MINUTE, "loop", "flow"))),
            ]
        )
        .place("melt/run/1", 5 * MINUTE)
        .place("flow/run/1", 40 * MINUTE)
    )


def flown(flight: Flight, rigs: Rigs, **more: Any) -> tuple[Outcome, Story]:
    journal = Story()
    more = {"words": lambda after: (), "speed": SPEED, **more}
    rigs.clock.wall_ms = flight.plan.reservations[0].start // SPEED  # so that mission time is wall time × speed
    return fly(flight.mission, flight.plan, journal=journal, bench=rigs, clock=rigs.clock, **more), journal


def test_a_rigs_step_ends_when_the_rig_says_so() -> None:
    clock = HandClock()
    rigs = Rigs(clock, {"run": ((1, "ACCEPTED", ""), (2, "STARTED", ""), (12_000, "DONE", "")), "flow": WELL})
    _, journal = flown(melt_and_flow(), rigs)
    assert story(journal, leave_out=["run-started", "activity-late"]) == [
        (5, "activity-started", "melt/run/1"),
        (5, "step-started", "melt/run/1", 1),
        (5, "rig-stage", "furnace", "RELEASED"),
        (5 + 60 / MINUTE, "rig-stage", "furnace", "ACCEPTED"),
        (5 + 120 / MINUTE, "rig-stage", "furnace", "STARTED"),
        (17, "rig-stage", "furnace", "DONE"),
        (17, "step-ended", "melt/run/1", "done", 1),
        (17, "step-started", "melt/run/1", 2),
        (18, "step-ended", "melt/run/1", "done", 2),
        (18, "activity-ended", "melt/run/1", "done"),
        (40, "activity-started", "flow/run/1"),
        (40, "step-started", "flow/run/1", 1),
        (40, "rig-stage", "loop", "RELEASED"),
        (40 + 60 / MINUTE, "rig-stage", "loop", "ACCEPTED"),
        (40 + 120 / MINUTE, "rig-stage", "loop", "STARTED"),
        (40.1, "rig-stage", "loop", "DONE"),
        (40.1, "step-ended", "flow/run/1", "done", 1),
        (40.1, "activity-ended", "flow/run/1", "done"),
        (40.1, "run-ended", "completed"),
    ]
    gaps = [later - earlier for earlier, later in zip(rigs.beats, rigs.beats[1:], strict=False)]
    assert max(gaps) < 1_000


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (((1, "REJECTED", "BUSY"),), "rig"),
        (((1, "ACCEPTED", ""), (2, "FAILED", "LIMIT_TRIP")), "rig"),
        (((1, "INDETERMINATE", "REBOOT"),), "rig"),
        (((1, "CANCELLED", ""),), "rig"),
    ],
)
def test_a_rig_that_did_not_do_it_fails_its_session_and_no_other(script: Script, code: str) -> None:
    rigs = Rigs(HandClock(), {"run": script})
    outcome, journal = flown(melt_and_flow(), rigs)
    melt, flow = outcome.activities
    stage, reason = script[-1][1:]
    why = f"melt: furnace says {stage}" + (f" [{reason}]" if reason else "")
    assert (melt.state, melt.code, melt.why) == ("failed", code, why)
    assert (flow.state, outcome.how) == ("done", "completed")
    assert replay(journal).rigs["furnace"].tokens == {"melt/run/1#1": stage}


@pytest.mark.parametrize(
    ("word", "state"), [("done", ("done", "")), ("failed", ("failed", "told")), ("skip", ("skipped", "told"))]
)
def test_what_nobody_knows_is_put_before_the_crew(word: str, state: tuple[str, str]) -> None:
    clock = HandClock()
    rigs = Rigs(clock, {"run": ((1, "ACCEPTED", ""), (2, "INDETERMINATE", "REBOOT"))})
    crew = Crew(clock).say(11_000, word, "melt/run/1").say(18_000, "done", "melt/run/1")
    outcome, journal = flown(melt_and_flow(), rigs, crew="ask", words=crew)
    assert (outcome.activities[0].state, outcome.activities[0].code) == state
    notes = [event.text for event in journal if isinstance(event, Note)]
    assert notes == ["melt: furnace may have done it or not [REBOOT]: look, then say done, failed or skip"]
    read = [event for event in journal if isinstance(event, RigStage) and event.token == "melt/run/1#1/now/temperature"]
    assert [(event.stage, event.facts["value"]) for event in read] == [("DONE", 22_000)]
    assert outcome.activities[1].state == "done"


def test_a_rig_whose_link_is_down_is_not_read_back() -> None:
    clock = HandClock()
    rigs = Rigs(clock, {"run": WELL[:2]})
    rigs.say(8_000, Said("furnace", None, "LINK_DOWN"))
    crew = Crew(clock).say(11_000, "failed", "melt/run/1").say(18_000, "done", "flow/run/1")
    outcome, _ = flown(melt_and_flow(), rigs, crew="ask", words=crew)
    assert outcome.activities[0].state == "failed"
    assert ("read-back", "furnace") not in rigs.heard


def test_what_nobody_knows_may_hold_the_run_until_somebody_says_go() -> None:
    clock = HandClock()
    rigs = Rigs(clock, {"run": ((1, "INDETERMINATE", "REBOOT"),)})
    crew = Crew(clock).say(11_000, "failed", "melt/run/1").say(60_000, "go")
    policy = Policy(indeterminate="hold")
    outcome, _ = flown(melt_and_flow(), rigs, crew="ask", words=crew, policy=policy)
    assert [(each.state, each.start) for each in outcome.activities] == [("failed", 5 * MINUTE), ("done", 60 * MINUTE)]


def test_what_the_check_refuses_is_never_sent() -> None:
    rigs = Rigs(HandClock())
    outcome, journal = flown(melt_and_flow("too-hot"), rigs)
    assert outcome.activities[0].why == "melt: rig furnace: target 95 degC is above 45 degC [LIMIT]"
    assert rigs.heard == [("release", "flow/run/1#1", 5 * MINUTE)]
    assert [
        (event.stage, event.code) for event in journal if isinstance(event, RigStage) and event.rig == "furnace"
    ] == [("REJECTED", "LIMIT")]


def test_a_rig_that_never_ends_is_aborted() -> None:
    rigs = Rigs(HandClock(), {"run": WELL[:2]})
    outcome, journal = flown(melt_and_flow(), rigs)
    # 10 min × 1.25 + 2 min of the rig's time, and 10 s on the wall
    assert (outcome.activities[0].end, outcome.activities[0].state) == ((5 + 14.5 + 10) * MINUTE, "failed")
    assert outcome.activities[0].why == "melt: furnace says FAILED [LATE] after 14 min 30 s"
    assert ("abort", "furnace") in rigs.heard
    stages = [(event.stage, event.code) for event in journal if isinstance(event, RigStage) and event.rig == "furnace"]
    assert stages == [("RELEASED", ""), ("ACCEPTED", ""), ("STARTED", ""), ("FAILED", "LATE"), ("FAILED", "ABORT")]
    assert outcome.activities[1].state == "done"


def test_a_link_that_goes_down_leaves_the_step_indeterminate_and_the_run_goes_on() -> None:
    flight = melt_and_flow()
    flight.experiments = [*flight.experiments, experiment("again", session("run", rig_step("melt", MINUTE, "furnace")))]
    flight.place("again/run/1", 20 * MINUTE)
    rigs = Rigs(HandClock(), {"run": WELL[:2]})
    rigs.say(8_000, Said("furnace", None, "LINK_DOWN"))
    outcome, journal = flown(flight, rigs)
    assert story(journal, leave_out=["run-started", "step-started", "activity-late"])[:8] == [
        (5, "activity-started", "melt/run/1"),
        (5, "rig-stage", "furnace", "RELEASED"),
        (5 + 60 / MINUTE, "rig-stage", "furnace", "ACCEPTED"),
        (5 + 120 / MINUTE, "rig-stage", "furnace", "STARTED"),
        (8, "rig-link", "furnace"),
        (8, "rig-stage", "furnace", "INDETERMINATE", "LINK_DOWN"),
        (8, "step-ended", "melt/run/1", "failed", 1),
        (8, "activity-ended", "melt/run/1", "failed", "rig"),
    ]
    assert [each.state for each in outcome.activities] == ["failed", "failed", "done"]
    assert outcome.activities[1].why == "melt: the link to furnace is down"
    assert not replay(journal).rigs["furnace"].up


def test_a_rig_that_we_aborted_is_armed_again_for_its_next_step() -> None:
    flight = melt_and_flow()
    flight.experiments = [
        *flight.experiments,
        experiment("again", session("run", rig_step("m", MINUTE, "furnace", "flow"))),
    ]
    flight.place("again/run/1", 30 * MINUTE)
    rigs = Rigs(HandClock(), {"run": WELL[:2]})
    outcome, _ = flown(flight, rigs)
    assert [each.state for each in outcome.activities] == ["failed", "done", "done"]
    assert rigs.heard[1:4] == [("abort", "furnace"), ("arm", "again/run/1#1/arm"), ("release", "again/run/1#1", MINUTE)]


def test_a_rig_in_safe_mode_may_say_how_its_step_ended() -> None:
    rigs = Rigs(HandClock(), {"run": ((1, "ACCEPTED", ""), (3_500, "FAILED", "LIMIT"))})
    rigs.say(8_000, Said("furnace", None, "SAFE", facts={"reason": "LIMIT"}))
    outcome, _ = flown(melt_and_flow(), rigs)
    assert outcome.activities[0].why == "melt: furnace says FAILED [LIMIT]"


def test_a_rig_in_safe_mode_fails_its_step() -> None:
    rigs = Rigs(HandClock(), {"run": WELL[:2]})
    rigs.say(8_000, Said("furnace", None, "SAFE", facts={"reason": "LIMIT_TRIP"}))
    outcome, journal = flown(melt_and_flow(), rigs)
    assert (outcome.activities[0].end, outcome.activities[0].why) == (9 * MINUTE, "melt: furnace says FAILED [SAFE]")
    assert replay(journal).rigs["furnace"].safe == "LIMIT_TRIP"


def test_the_intent_is_on_disk_before_the_rig_hears_of_it() -> None:
    class Watched(Story):
        kept = 0

        def commit(self) -> None:
            self.kept = len(self)

    class Watching(Rigs):
        def release(self, token: str, call: Any, length_ms: int) -> None:
            kept.append(journal[: journal.kept][-1])
            super().release(token, call, length_ms)

    kept: list[Any] = []
    journal, rigs = Watched(), Watching(HandClock())
    flight = melt_and_flow()
    fly(flight.mission, flight.plan, journal=journal, bench=rigs, clock=rigs.clock, speed=SPEED)
    assert [(event.token, event.stage) for event in kept] == [
        ("melt/run/1#1", "RELEASED"),
        ("flow/run/1#1", "RELEASED"),
    ]


def test_telemetry_is_kept_and_what_is_no_number_is_nothing() -> None:
    rigs = Rigs(HandClock())
    facts = {
        "channel": "flow",
        "first_tick_ms": 7,
        "interval_ms": 50,
        "values": (1, 2.5, float("nan")),
        "lost": 0,
        "seq": 3,
    }
    rigs.say(6_000, Said("loop", None, "TELEMETRY", facts=facts))
    _, journal = flown(melt_and_flow(), rigs)
    assert [event for event in journal if isinstance(event, Telemetry)] == [
        Telemetry(6 * MINUTE, "loop", "flow", 7, 50, (1, 2.5, None), 0, 3)
    ]


def test_a_rig_serves_one_step_at_a_time() -> None:
    flight = Flight(
        experiments=[experiment(id_, session("s", rig_step("s", HOUR, "furnace", "run"))) for id_ in ("one", "two")]
    )
    flight.place("one/s/1", MINUTE).place("two/s/1", 2 * MINUTE)
    rigs = Rigs(HandClock(), {"run": ((50_000, "DONE", ""),)})
    outcome, _ = flown(flight, rigs)
    assert [(each.start, each.end) for each in outcome.activities] == [
        (MINUTE, 51 * MINUTE),
        (51 * MINUTE, 101 * MINUTE),
    ]


def test_what_the_wire_costs_at_a_high_speed_does_not_cost_a_window() -> None:
    burn = experiment(
        "burn", session("s", rig_step("warm", 5 * MINUTE, "furnace"), rig_step("burn", 5 * MINUTE, "loop"))
    )
    late = replace(burn.sessions[0].steps[1], during=("relay",))
    burn = replace(burn, sessions=(replace(burn.sessions[0], steps=(burn.sessions[0].steps[0], late)),))
    flight = Flight(experiments=[burn], windows={"relay": (Window(10 * MINUTE, 15 * MINUTE),)}).place(
        "burn/s/1", 5 * MINUTE
    )
    soon, later = (Rigs(HandClock(), {"run": ((5_000 + wire_ms, "DONE", ""),)}) for wire_ms in (90, 110))
    assert [flown(flight, rigs)[0].activities[0].code for rigs in (soon, later)] == ["", "window"]
