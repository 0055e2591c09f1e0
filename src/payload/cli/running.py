"""simulate, run, tell: from a plan to what happens."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from payload.cli.ends import ABORTED, INTERRUPTED, LEFT
from payload.cli.planning import Json, Mission, PlanFile
from payload.cli.words import as_json, counted, decimal, pairs, percent, require_speed

if TYPE_CHECKING:
    from payload.execution import CampaignResult, Outcome
    from payload.model import State

STATES: tuple[State, ...] = ("done", "failed", "skipped", "planned")
ENDS = {"completed": 0, "aborted": ABORTED, "interrupted": INTERRUPTED}  # a failed run raises what broke it


def simulate(
    mission: Mission,
    plan: PlanFile,
    runs: Annotated[int, typer.Option(min=1, help="How many times it is flown.")] = 1000,
    seed: Annotated[int, typer.Option(help="Run i takes its chance from (seed, i).")] = 0,
    jobs: Annotated[int, typer.Option(min=1, help="Processes; the result does not depend on it.")] = 1,
    as_facts: Json = False,
) -> int | None:
    """Fly a plan many times in simulated time, with chance."""
    from payload import api

    read = api.load(mission)
    result = api.simulate(read, api.load_plan(plan, read), runs=runs, seed=seed, jobs=jobs, progress=_counter())
    if as_facts:
        as_json(result)
    else:
        _tell_campaign(result)
    return INTERRUPTED if result.interrupted else None


def _counter() -> Callable[[int, int], None] | None:
    if not sys.stderr.isatty():
        return None

    def show(done: int, runs: int) -> None:
        print(f"\r{done} of {runs} runs", end="\r" if done < runs else "\r\033[K", file=sys.stderr, flush=True)

    return show


def _tell_campaign(result: CampaignResult) -> None:
    value = result.value
    print(
        f"{result.runs} runs with seed {result.seed}{f' of {result.asked}, interrupted' if result.interrupted else ''}"
    )
    print(f"  value     planned {result.planned_value:g}; flown mean {value.mean:.1f}, sd {value.sd:.1f}")
    print(f"            5 % of the runs reach at most {value.p5:g}, half {value.p50:g}, 95 % {value.p95:g}")
    print("  completed, of all planned sessions of an experiment (95 % interval):")
    for odds in result.experiments:
        share = odds.completed
        interval = f"{percent(share.low)} to {percent(share.high)}"
        print(f"    {odds.id:<28} {percent(share.probability):>8}   {interval:<20} {counted(odds.sessions, 'session')}")
    lost = ", ".join(f"{code} {count}" for code, count in sorted(result.reasons.items(), key=lambda item: -item[1]))
    print(f"  why not   {lost or 'nothing was lost'}")
    worst = sorted(result.lateness, key=lambda late: -late.p95_ms)[:3]
    for late in worst:
        minutes = f"half of the runs under {late.p50_ms / 60000:.0f} min, 95 % under {late.p95_ms / 60000:.0f} min"
        print(f"  late      {late.person} on day {late.day}: {minutes}")


def run(
    mission: Mission,
    plan: PlanFile,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The record; must be new.")] = Path(
        "run.db"
    ),
    speed: Annotated[float, typer.Option(help="Mission time per wall time.")] = 1.0,
    day: Annotated[
        int | None, typer.Option("--day", metavar="N", help="Fly what starts on this mission day only.")
    ] = None,
    rig: Annotated[
        list[str] | None, typer.Option("--rig", metavar="ID=URL", help="Where a rig is, in place of the mission's.")
    ] = None,
    rigs: Annotated[
        str | None, typer.Option("--rigs", metavar="URL", help="The same for all others: twin:, pty:, host:.")
    ] = None,
    crew: Annotated[
        str, typer.Option(metavar="auto|ask", help="auto: as planned; ask: wait for `payload tell`.")
    ] = "auto",
    seed: Annotated[int | None, typer.Option(help="Vary the crew's step lengths by chance.")] = None,
    lockstep: Annotated[
        bool, typer.Option("--lockstep", help="In virtual time, as fast as can be, the same every time.")
    ] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Print only the end.")] = False,
    as_facts: Json = False,
) -> int | None:
    """Execute a plan, drive its rigs, and record everything."""
    from payload import api
    from payload.cli.telling import Teller, ending_in_order
    from payload.errors import RunError

    if crew not in ("auto", "ask"):
        raise RunError(f"--crew {crew}: expected auto or ask")
    require_speed(speed)
    read = api.load(mission)
    made = api.load_plan(plan, read)
    with ending_in_order(), Teller(read.calendar, output) as teller:
        outcome = api.run(
            read,
            made,
            output,
            mission_text=api.mission_text(mission),
            speed=speed,
            rigs=pairs(rig),
            every_rig=rigs,
            crew="ask" if crew == "ask" else "auto",
            span=api.day_span(read, day) if day is not None else None,
            seed=seed,
            lockstep=lockstep,
            on_event=None if quiet or as_facts else teller.tell,
        )
    with contextlib.suppress(BrokenPipeError):  # whoever read its lines has gone; how it ended is still its exit code
        sha256 = api.digest(output) if lockstep else None
        _tell_outcome(outcome, output, whole=day is None, as_facts=as_facts, sha256=sha256)
    return ENDS.get(outcome.how, LEFT) or (LEFT if _lost(outcome) else 0)


def _tell_outcome(outcome: Outcome, output: Path, *, whole: bool, as_facts: bool, sha256: str | None) -> None:
    """`sha256` is of the record, where it is worth telling: for a run that comes out the same each time."""
    states = {state: len(outcome.only(state)) for state in STATES}
    if as_facts:
        hashed = {} if sha256 is None else {"sha256": sha256}
        print(json.dumps({"how": outcome.how, "why": outcome.why, "value": float(outcome.value), **states, **hashed}))
    else:
        counts = ", ".join(f"{count} {state}" for state, count in states.items() if count)
        print(f"{output}: {outcome.how}{f' ({outcome.why})' if outcome.why else ''}: {counts or 'nothing to fly'}")
        for flown in outcome.activities:
            if flown.state in ("failed", "skipped"):
                print(f"  {flown.state:<8} {flown.id}: {flown.why}")
        if outcome.how == "completed" and whole:
            print(f"  value {decimal(outcome.value)} of {decimal(outcome.planned_value)} planned", flush=True)
        if sha256 is not None:
            print(f"  events sha256 {sha256}", flush=True)


def _lost(outcome: Outcome) -> bool:
    return any(flown.state in ("failed", "skipped") for flown in outcome.activities)


def tell(
    record: Annotated[Path, typer.Argument(metavar="RUN", help="The run.db of a live run.")],
    word: Annotated[str, typer.Argument(metavar="done|failed|skip|hold|go|abort", help="What to tell it.")],
    activity: Annotated[str, typer.Argument(metavar="[ID]", help="The activity, for done, failed and skip.")] = "",
) -> int | None:
    """Tell a live run the crew's or the operator's word."""
    from payload import api

    number = api.tell(record, word, activity)
    api.answered(record, number)
    print(f"{record}: heard, as word {number}")
    return None
