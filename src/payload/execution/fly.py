"""One run of a plan, from its first event to its last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

from simpy import Environment

from payload.errors import RunError
from payload.execution.compile import compile_program
from payload.execution.disturbances import Disturbances, chance, draw
from payload.execution.executive import Executive
from payload.execution.hands import Broken
from payload.execution.live import Aborted, Live
from payload.execution.outcome import Outcome, worth
from payload.execution.policy import Policy
from payload.execution.program import Program
from payload.execution.realtime import Clock, RealTime, WallClock
from payload.execution.reports import Bench
from payload.journal import Event, How, RunEnded, RunStarted, StepWaits, Told
from payload.met import Window
from payload.model import Mission, Plan


class Sink(Protocol):
    """Where events go: a `Journal`, or anything like it. `commit` makes what was appended last."""

    def append(self, event: Event) -> int: ...

    def commit(self) -> None: ...


def fly(
    mission: Mission,
    plan: Plan,
    *,
    journal: Sink | None = None,
    seed: int = 0,
    run: int = 0,
    disturbances: Disturbances | None = None,
    policy: Policy | None = None,
    span: Window | None = None,
    speed: float | None = None,
    bench: Bench | None = None,
    crew: Literal["auto", "ask"] = "auto",
    words: Callable[[int], Sequence[Told]] | None = None,
    on_wait: Callable[[StepWaits], None] | None = None,
    on_event: Callable[[Event], None] | None = None,
    clock: Clock | None = None,
) -> Outcome:
    """Flies the plan once and says how it went.

    Without `speed`, in simulated time: as fast as possible, rigs modelled by their planned lengths. With it, in real
    time × speed, on `bench` if one is given; then Ctrl-C (KeyboardInterrupt) and the word `abort` put the rigs in safe
    state and end the run as `interrupted` or `aborted`. `disturbances` None: nothing is left to chance; otherwise
    the chance of run number `run` of a campaign with this seed. `span` flies only what starts within it.
    The clock starts with the first activity. On a virtual `clock`, the one of a bench in lockstep, nothing waits for
    the wall: the run is as fast as its rigs and the same every time; nobody can be asked, and no word is listened to.

    `words(after)` gives what the crew and operator told since word number `after`; by default the journal is asked.
    With `crew="ask"` a crewed step ends at the word `done`, `failed` or `skip`, and `on_wait` is called when one begins
    to wait. `on_event` sees every event after it was handed to the journal. Neither may block: the rigs' leases hang on
    it. What either raises ends the run as `failed`.

    Raises RunError for a speed that is none, PlanError for a plan of another mission, and whatever broke the run
    (JournalError for a full disk, LinkError) after the rigs have been put in safe state and, where the journal still
    takes it, an end `failed` is on record.
    """
    if speed is not None and not 0 < speed < float("inf"):
        raise RunError(f"a run's speed is above 0, not {speed:g}; 1 is real time, 60 a minute a second")
    if bench is not None and speed is None:
        raise RunError("rigs live in real time: give a speed; 1 is real time")
    clock = clock or WallClock()
    if clock.virtual and crew == "ask":
        raise RunError("in virtual time nobody can answer: let the crew's steps take their planned lengths (crew auto)")
    policy = policy or Policy()
    program = compile_program(mission, plan, policy, span)
    profile = disturbances or Disturbances.none()
    fates = draw(program, profile, chance(seed, run)) if disturbances else [None] * len(program.activities)
    record = _recorder(journal, on_event)
    if words is None:
        words = getattr(journal, "words", None)
    flown = tuple(activity.id for activity in program.flown)
    if record is not None:
        chosen = seed if disturbances else None
        record(
            RunStarted(
                program.start, program.mission, program.span.start, program.span.end, flown, speed or 0.0, chosen
            )
        )
    if speed is None:
        env = Environment(program.start)
        return _run(program, Executive(program, env, policy, profile, fates, record), env, journal, record)
    live = Live(
        bench=bench,
        ask=crew == "ask",
        policy=policy,
        speed=speed,
        record=record or (lambda event: None),
        commit=journal.commit if journal is not None else (lambda: None),
        words=words or (lambda after: ()),
        on_wait=on_wait or (lambda waits: None),
        clock=clock,
    )
    live.commit()
    real = RealTime(program.start, speed, clock, live.wait, live.behind, live.pace.tick_ms)
    executive = Executive(program, real, policy, profile, fates, live.record, live, int(policy.link_slack_ms * speed))
    live.attach(executive, real)
    return _run(program, executive, real, journal, live.record, live)


def _run(
    program: Program,
    executive: Executive,
    env: Environment,
    journal: Sink | None,
    record: Callable[[Event], None] | None,
    live: Live | None = None,
) -> Outcome:
    how: How = "completed"
    why = ""
    broken: BaseException | None = None
    try:
        env.run(until=executive.over)
    except Aborted:
        how, why = "aborted", "told to abort"
    except BaseException as error:
        broken = error
    if isinstance(broken, Broken):
        broken = executive.broken
    if isinstance(broken, KeyboardInterrupt):
        how, why, broken = "interrupted", str(broken) or "interrupted by the operator (Ctrl-C)", None
    elif broken is not None:
        how, why = "failed", f"{type(broken).__name__}: {broken}"
    try:
        try:
            if how != "completed" and live is not None:
                live.make_safe()
        finally:  # a second Ctrl-C cuts the wait for the rigs short, not the record
            if how != "completed":
                executive.close(how if how != "failed" else "broken", why)
            if record is not None:
                record(RunEnded(executive.now, how, why))
            if journal is not None:
                journal.commit()
    except BaseException:
        if broken is None:
            raise
    if broken is not None:
        raise broken
    value = worth(program, executive.state)
    return Outcome(how, executive.now, executive.flown(), value, program.planned_value, why)


def _recorder(journal: Sink | None, on_event: Callable[[Event], None] | None) -> Callable[[Event], None] | None:
    if on_event is None:
        return None if journal is None else lambda event: _none(journal.append(event))
    if journal is None:
        return on_event

    def both(event: Event) -> None:
        nonlocal on_event
        journal.append(event)
        if on_event is not None:
            watcher, on_event = on_event, None  # one that fails is not told again: the end must get on record
            watcher(event)
            on_event = watcher

    return both


def _none(_: object) -> None:
    return None
