"""The state of a run from its events alone: a pure fold, the same whether the run is live, over, or crashed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from payload.journal.events import (
    ActivityEnded,
    ActivityStarted,
    Event,
    RigLink,
    RigSafe,
    RigStage,
    RunEnded,
    RunResumed,
    RunStarted,
    StepEnded,
    StepStarted,
    StepWaits,
    Word,
)

ActivityNow = Literal["planned", "running", "done", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class StepState:
    """`start` and `end` are ms MET; `end` is None while it runs. `waits` for the crew's word."""

    start: int
    end: int | None = None
    state: ActivityNow = "running"
    waits: bool = False


@dataclass(frozen=True, slots=True)
class ActivityState:
    """One activity's fate so far: `start` is None for what never began, `end` for what is not over; `late_ms` is how
    late it began. `steps` are those that began, by their number from 1."""

    state: ActivityNow = "planned"
    start: int | None = None
    end: int | None = None
    late_ms: int = 0
    code: str = ""
    why: str = ""
    steps: dict[int, StepState] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RigState:
    """A rig as last heard of: `tokens` maps each telecommand to its last stage; `safe` is the reason, None when it is
    not known to be safe."""

    up: bool = True
    safe: str | None = None
    tokens: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class RunState:
    """Where a run stands. `how` is None while it is under way, and for one that crashed."""

    at: int = 0
    start: int = 0
    end: int = 0
    how: str | None = None
    held: bool = False
    words: int = 0
    activities: dict[str, ActivityState] = field(default_factory=dict)
    rigs: dict[str, RigState] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """Moves on by one event. Events it keeps nothing of (telemetry, notes, disturbances) only move its clock."""
        self.at = event.at
        step = _STEPS.get(type(event))
        if step is not None:
            step(self, event)

    def only(self, state: ActivityNow) -> list[str]:
        """The ids of the activities in this state, in plan order."""
        return [name for name, activity in self.activities.items() if activity.state == state]


def replay(events: Iterable[Event]) -> RunState:
    """The state after these events."""
    state = RunState()
    for event in events:
        state.take(event)
    return state


def _run_started(run: RunState, event: RunStarted) -> None:
    run.start, run.end, run.how = event.start, event.end, None
    run.activities = {name: ActivityState() for name in event.activities}


def _run_resumed(run: RunState, event: RunResumed) -> None:
    run.how = None
    run.held = False
    for name in event.activities:
        run.activities[name] = ActivityState()


def _run_ended(run: RunState, event: RunEnded) -> None:
    run.how = event.how


def _activity_started(run: RunState, event: ActivityStarted) -> None:
    late_ms = max(0, event.at - event.planned)
    run.activities[event.id] = ActivityState("running", start=event.at, late_ms=late_ms)


def _activity_ended(run: RunState, event: ActivityEnded) -> None:
    before = run.activities.get(event.id, ActivityState())
    for number, step in before.steps.items():
        if step.end is None:  # ended with it, when a run is broken off
            before.steps[number] = StepState(step.start, event.at, event.state)
    run.activities[event.id] = replace(before, state=event.state, end=event.at, code=event.code, why=event.why)


def _step_started(run: RunState, event: StepStarted) -> None:
    run.activities[event.id].steps[event.step] = StepState(event.at)


def _step_waits(run: RunState, event: StepWaits) -> None:
    steps = run.activities[event.id].steps
    steps[event.step] = replace(steps[event.step], waits=True)


def _step_ended(run: RunState, event: StepEnded) -> None:
    steps = run.activities[event.id].steps
    steps[event.step] = StepState(steps[event.step].start, event.at, event.state)


def _rig_stage(run: RunState, event: RigStage) -> None:
    run.rigs.setdefault(event.rig, RigState()).tokens[event.token] = event.stage


def _rig_link(run: RunState, event: RigLink) -> None:
    run.rigs[event.rig] = replace(run.rigs.get(event.rig, RigState()), up=event.up)


def _rig_safe(run: RunState, event: RigSafe) -> None:
    run.rigs[event.rig] = replace(run.rigs.get(event.rig, RigState()), safe=event.reason)


def _word(run: RunState, event: Word) -> None:
    run.words = max(run.words, event.seq)
    if event.word in ("hold", "go"):
        run.held = event.word == "hold"


_STEPS: dict[type[Event], Callable[[RunState, Any], None]] = {
    RunStarted: _run_started,
    RunResumed: _run_resumed,
    RunEnded: _run_ended,
    ActivityStarted: _activity_started,
    ActivityEnded: _activity_ended,
    StepStarted: _step_started,
    StepWaits: _step_waits,
    StepEnded: _step_ended,
    RigStage: _rig_stage,
    RigLink: _rig_link,
    RigSafe: _rig_safe,
    Word: _word,
}
