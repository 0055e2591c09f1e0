"""Replay: where a run stands, from its events alone."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from payload.journal import (
    ActivityEnded,
    ActivityLate,
    ActivityStarted,
    ActivityState,
    Event,
    Note,
    RigLink,
    RigSafe,
    RigStage,
    RigState,
    RunEnded,
    RunResumed,
    RunStarted,
    RunState,
    StepEnded,
    StepStarted,
    StepState,
    StepWaits,
    Word,
    replay,
)

RUN: list[Event] = [
    RunStarted(0, "week", 0, 1000, ("a/s/1", "b/s/1", "c/s/1"), speed=60.0),
    ActivityStarted(10, "a/s/1", 4, ("ada",)),
    ActivityLate(10, "a/s/1", 6),
    StepStarted(10, "a/s/1", 1, "load", ("ada",)),
    StepWaits(10, "a/s/1", 1, "load", ("ada",)),
    RigStage(11, "oven", "a/s/1#2", "RELEASED"),
    Word(20, "done", "a/s/1", seq=1),
    StepEnded(20, "a/s/1", 1, "done"),
    StepStarted(20, "a/s/1", 2, "melt"),
    RigStage(21, "oven", "a/s/1#2", "ACCEPTED"),
    RigLink(25, "oven", up=False),
    ActivityEnded(26, "b/s/1", "skipped", "window", "the window ends too soon"),
    Word(30, "hold", seq=2),
    RigSafe(31, "oven", "LEASE"),
    Note(32, "nothing"),
]


def test_a_run_that_crashed_stands_where_its_events_leave_it() -> None:
    assert replay(RUN) == RunState(
        at=32,
        start=0,
        end=1000,
        how=None,
        held=True,
        words=2,
        activities={
            "a/s/1": ActivityState(
                "running", 10, None, 6, steps={1: StepState(10, 20, "done"), 2: StepState(20, None, "running")}
            ),
            "b/s/1": ActivityState("skipped", None, 26, code="window", why="the window ends too soon"),
            "c/s/1": ActivityState(),
        },
        rigs={"oven": RigState(up=False, safe="LEASE", tokens={"a/s/1#2": "ACCEPTED"})},
    )


def test_what_is_broken_off_ends_its_steps_and_a_resumed_run_goes_on() -> None:
    over = replay([*RUN, ActivityEnded(40, "a/s/1", "failed", "aborted"), RunEnded(40, "aborted")])
    assert (over.how, over.activities["a/s/1"].steps[2]) == ("aborted", StepState(20, 40, "failed"))
    assert [over.only(state) for state in ("planned", "running", "failed", "skipped")] == [
        ["c/s/1"],
        [],
        ["a/s/1"],
        ["b/s/1"],
    ]
    again = replay([*RUN, RunEnded(40, "aborted"), RunResumed(50, ("c/s/1",))])
    assert (again.how, again.held, again.at) == (None, False, 50)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, len(RUN)))
def test_a_replay_goes_on_from_any_point(at: int) -> None:
    state = replay(RUN[:at])
    for event in RUN[at:]:
        state.take(event)
    assert state == replay(RUN)
