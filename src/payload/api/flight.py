"""simulate, run, tell: a plan flown, in simulated time or on rigs."""

from __future__ import annotations

import contextlib
import platform
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from payload.api.calls import require_calls
from payload.api.files import plan_text, require_same, seated
from payload.api.verbs import verify
from payload.errors import JournalError, PlanError, RunError
from payload.met import Window, to_ms
from payload.model import Mission, Plan

if TYPE_CHECKING:
    from payload.execution import CampaignResult, Clock, Disturbances, Outcome
    from payload.journal import Event, Journal, StepWaits
    from payload.rigs import Bench, LockstepBench

#: the words that `tell` takes, and whether each needs an activity
WORDS = {"done": True, "failed": True, "skip": True, "hold": False, "go": False, "abort": False}
ANSWER_MS = 50  # wall time between looks for a run's answer to a word


def simulate(
    mission: Mission,
    plan: Plan,
    *,
    runs: int = 1000,
    seed: int = 0,
    jobs: int = 1,
    disturbances: Disturbances | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> CampaignResult:
    """Monte Carlo: the plan flown `runs` times in simulated time, run i with chance from (seed, i).

    The result does not depend on `jobs` (processes). Raises PlanError when the plan is another mission's or has nothing
    to fly. Ctrl-C ends it with the runs that are done.
    """
    from payload import execution

    require_same(mission, plan)
    if plan.status == "infeasible":
        raise PlanError("this plan says that the mission is infeasible: there is nothing to fly")
    return execution.campaign(
        seated(mission, plan), plan, runs=runs, seed=seed, jobs=jobs, disturbances=disturbances, progress=progress
    )


def run(
    mission: Mission,
    plan: Plan,
    path: str | Path,
    *,
    mission_text: str = "",
    speed: float = 1.0,
    rigs: Mapping[str, str] | None = None,
    every_rig: str | None = None,
    crew: Literal["auto", "ask"] = "auto",
    span: Window | None = None,
    seed: int | None = None,
    lockstep: bool = False,
    on_wait: Callable[[StepWaits], None] | None = None,
    on_event: Callable[[Event], None] | None = None,
) -> Outcome:
    """The plan flown in real time × `speed`, driving its rigs, with everything recorded in the journal at `path`.

    `rigs` gives URLs for single rigs in place of the mission's, `every_rig` one for all the others. `span` flies only
    what starts within it. With `seed` the crew's step lengths vary by chance; without, they are as planned.
    `mission_text` is the mission as read, for the record.

    In `lockstep` it is flown in virtual time, as fast as its rigs (all `twin:` or `simavr:`) can be stepped: the record
    is the same, byte for byte, each time that the same is flown with the same seed. The stamps of its events are what
    the wall would have shown in orbit. Nobody can be asked then (`crew="ask"`), and `tell` reaches nobody.

    Raises PlanError for a plan of another mission or with violations that no waiver covers, LinkError or RigFault when
    a rig cannot be used, JournalError when the record cannot be written. The rigs are in safe state however it ends.
    """
    from payload import execution
    from payload.journal import IntentTable, wall_ms
    from payload.rigs import Bench, LineIntents, LockstepBench, run_folder

    if lockstep and crew == "ask":
        raise RunError("a run in lockstep asks nobody: its crew takes the planned lengths (crew auto)")
    require_flyable(mission, plan)
    flown = seated(mission, plan)
    wiring = wire(flown, plan, rigs or {}, every_rig, span)
    header: dict[str, Any] = {
        "mission": mission_text,
        "plan": plan_text(plan, mission),
        "wiring": wiring,
        "seed": seed,
        "speed": speed,
        "span": [span.start, span.end] if span else None,
        "lockstep": lockstep,
        "versions": {"payload": version("payload"), "python": platform.python_version(), "system": platform.platform()},
    }
    with run_folder() as folder:
        rigs_of_run = {rig: flown.rigs[rig] for rig in wiring}
        bench: Bench | LockstepBench
        clock, stamps = None, wall_ms
        tables = contextlib.ExitStack()
        if lockstep:
            bench = LockstepBench(rigs_of_run, speed=speed, urls=wiring, seed=seed or 0)
            clock, stamps = bench.clock, _in_orbit(mission, plan, span, bench.clock)
            header["binaries"] = bench.binaries
        else:
            bench = Bench(
                rigs_of_run,
                speed=speed,
                urls=wiring,
                folder=folder,
                intents=lambda rig: LineIntents(tables.enter_context(contextlib.closing(IntentTable(path, rig)))),
            )
        with _record(path, header, stamps) as journal:
            with tables, bench:
                outcome = execution.fly(
                    flown,
                    plan,
                    journal=journal,
                    seed=seed or 0,
                    disturbances=execution.Disturbances(anomaly=0.0) if seed is not None else None,
                    span=span,
                    speed=speed,
                    bench=bench,
                    clock=clock,
                    crew=crew,
                    on_wait=on_wait,
                    on_event=on_event,
                )
            _record_parting(bench, journal, wiring, outcome.at, on_event)
            return outcome


def _in_orbit(mission: Mission, plan: Plan, span: Window | None, clock: Clock) -> Callable[[], int]:
    """Unix ms as the mission's calendar has them, when the clock begins with the first reservation that is flown."""
    starts = [each.start for each in plan.reservations if span is None or span.start <= each.start < span.end]
    began = round(mission.calendar.utc(min(starts, default=0)).timestamp() * 1000)
    return lambda: began + to_ms(clock.now_ns())


def _record_parting(
    bench: Bench | LockstepBench,
    journal: Journal,
    rigs: Iterable[str],
    at: int,
    on_event: Callable[[Event], None] | None,
) -> None:
    """Puts down, behind the run's end, which rigs said that they are safe, and which did not say it."""
    from payload.journal import Note, RigLink, RigSafe, RigStage, replay

    parting: list[Event] = [
        RigSafe(at, report.rig, str(report.facts.get("reason", "")))
        for report in bench.reports(0)
        if report.stage == "SAFE"
    ]
    known = replay([*journal.events(kinds=[RigLink, RigSafe, RigStage]), *parting]).rigs
    for rig in rigs:
        if rig not in known or known[rig].safe is None:
            text = f"rig {rig} did not say that it is safe: look at it; its lease ends 3 s after its last heartbeat"
            parting.append(Note(at, text))
    for event in parting:
        journal.append(event)
        if on_event is not None:
            on_event(event)


@contextlib.contextmanager
def _record(path: str | Path, header: Mapping[str, Any], stamps: Callable[[], int]) -> Iterator[Journal]:
    """A new record, closed at the end. One in which nothing happened (a rig cannot be used) is not left behind."""
    from payload.journal import Journal

    journal = Journal.create(path, header, stamps)
    try:
        with journal:
            yield journal
    finally:
        if not journal.kept:
            for name in (journal.path, Path(f"{journal.path}-wal"), Path(f"{journal.path}-shm")):
                name.unlink(missing_ok=True)


def require_flyable(mission: Mission, plan: Plan) -> None:
    """Raises PlanError for a plan of another mission, with nothing to fly, or with violations that no waiver covers;
    MissionError for what the mission's rigs could not be told."""
    require_same(mission, plan)
    require_calls(mission)
    if plan.status == "infeasible":
        raise PlanError("this plan says that the mission is infeasible: there is nothing to fly")
    verdict = verify(mission, plan)
    if not verdict.valid:
        first = verdict.violations[0]
        raise PlanError(
            f"the plan has {len(verdict.violations)} violations that no waiver covers, the first: "
            f"{first.rule}: {first.text} `payload verify` lists them all"
        )


def wire(
    mission: Mission, plan: Plan, urls: Mapping[str, str], every: str | None, span: Window | None
) -> dict[str, str]:
    """Which rigs the flown part of the plan calls, and the URL of each. Raises RunError for a rig that is unknown."""
    for rig in urls:
        if rig not in mission.rigs:
            known = ", ".join(mission.rigs) or "none"
            raise RunError(f"--rig {rig}: this mission has no such rig; it has: {known}")
    sessions = {
        f"{experiment.id}/{session.id}": session
        for experiment in mission.experiments
        for session in experiment.sessions
    }
    called = set()
    for reservation in plan.reservations:
        if reservation.kind == "session" and (span is None or span.start <= reservation.start < span.end):
            session = sessions[reservation.id.rpartition("/")[0]]
            called |= {step.rig.rig for step in session.steps if step.rig}
    return {rig: urls.get(rig) or every or mission.rigs[rig].url for rig in sorted(called | urls.keys())}


def tell(path: str | Path, word: str, activity: str = "") -> int:
    """The crew's and operator's word to a live run; its number. The run takes it within a quarter of a second.

    Raises RunError for a word or an activity that the run cannot take, or when the run is over.
    """
    from payload.journal import Journal, replay

    if word not in WORDS:
        raise RunError(f"'{word}' is no word for a run: say {', '.join(WORDS)}")
    if WORDS[word] and not activity:
        raise RunError(f"'{word}' needs the id of an activity")
    with Journal.open(path, read_only=False) as journal:
        if journal.header.get("lockstep"):
            raise RunError(f"{path}: a run in lockstep takes no words: it is over before they are said")
        state = replay(journal.events())
        if state.how is not None:
            raise RunError(f"{path}: this run has ended ({state.how}): nobody is there to be told")
        if activity and activity not in state.activities:
            raise RunError(f"{path}: '{activity}' is no activity of this run")
        if activity and state.activities[activity].state in ("done", "failed", "skipped"):
            raise RunError(f"{path}: {activity} is over: it was {state.activities[activity].state}")
        return journal.tell(word, activity)


def answered(path: str | Path, number: int, wait_ms: int = 5_000) -> None:
    """Waits until the run has heard the word of this number. Raises RunError when it did not fit, when the run ended
    first, or when nobody heard it in `wait_ms` of wall time."""
    from payload.journal import Journal, RunEnded, Word

    with Journal.open(path) as journal:
        for _ in range(wait_ms // ANSWER_MS + 1):
            ended = None
            for event in journal.events(kinds=[Word, RunEnded]):
                if isinstance(event, RunEnded):
                    ended = event
                elif isinstance(event, Word) and event.seq == number:
                    if event.taken:
                        return
                    raise RunError(f"{path}: the run heard '{event.word}' and took it for nothing: it fits nothing now")
            if ended is not None:
                raise RunError(f"{path}: this run ended ({ended.how}) before it heard word {number}")
            time.sleep(ANSWER_MS / 1000)
    raise RunError(
        f"{path}: nobody heard word {number} within {wait_ms / 1000:g} s: has the run died? A dead run's rigs make "
        f"themselves safe; the word stays in the record"
    )


def digest(path: str | Path) -> str:
    """SHA-256 of a record's events, in order and without the wall's stamps: runs that went alike have the same. Raises
    JournalError when it cannot be read."""
    from payload import journal

    return journal.digest(path)


def recorded(path: str | Path) -> tuple[Plan, Mission | None, list[Event]]:
    """The plan, the mission and the events of a run's record. Raises JournalError when they are not in it."""
    from payload import scenario
    from payload.journal import Journal

    with Journal.open(path) as journal:
        header = journal.header
        events = list(journal.events())
    if "plan" not in header:
        raise JournalError(f"{path}: this record holds no plan")
    with tempfile.TemporaryDirectory(prefix="payload-record-") as folder:
        (Path(folder) / "plan.json").write_text(header["plan"], encoding="utf-8")
        plan = scenario.read_plan(Path(folder) / "plan.json")
        mission = None
        if header.get("mission"):
            (Path(folder) / "mission.yaml").write_text(header["mission"], encoding="utf-8")
            mission = scenario.read_mission(Path(folder), seats=plan.seats, merged=True)
    return plan, mission, events
