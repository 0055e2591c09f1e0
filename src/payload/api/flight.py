"""simulate, run, tell: a plan flown, in simulated time or on rigs."""

from __future__ import annotations

import contextlib
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from payload.api.files import plan_text, require_same
from payload.api.verbs import verify
from payload.errors import JournalError, PlanError, RunError
from payload.met import Window
from payload.model import Mission, Plan

if TYPE_CHECKING:
    from payload.execution import CampaignResult, Disturbances, Outcome
    from payload.journal import Event, Journal, StepWaits
    from payload.rigs import Bench

#: the words that `tell` takes, and whether each needs an activity
WORDS = {"done": True, "failed": True, "skip": True, "hold": False, "go": False, "abort": False}


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
    seated = mission.with_seats(plan.seats)
    profile = disturbances or execution.Disturbances()
    return execution.campaign(seated, plan, runs=runs, seed=seed, jobs=jobs, disturbances=profile, progress=progress)


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
    on_wait: Callable[[StepWaits], None] | None = None,
    on_event: Callable[[Event], None] | None = None,
) -> Outcome:
    """The plan flown in real time × `speed`, driving its rigs, with everything recorded in the journal at `path`.

    `rigs` gives URLs for single rigs in place of the mission's, `every_rig` one for all the others. `span` flies only
    what starts within it. With `seed` the crew's step lengths vary by chance; without, they are as planned.
    `mission_text` is the mission as read, for the record.

    Raises PlanError for a plan of another mission or with violations that no waiver covers, LinkError or RigFault when
    a rig cannot be used, JournalError when the record cannot be written. The rigs are in safe state however it ends.
    """
    from payload import execution
    from payload.journal import Journal
    from payload.rigs import Bench

    require_flyable(mission, plan)
    seated = mission.with_seats(plan.seats)
    wiring = wire(seated, plan, rigs or {}, every_rig, span)
    header: dict[str, Any] = {
        "mission": mission_text,
        "plan": plan_text(plan, mission),
        "wiring": wiring,
        "seed": seed,
        "speed": speed,
        "span": [span.start, span.end] if span else None,
        "versions": {"payload": version("payload"), "python": platform.python_version(), "system": platform.platform()},
    }
    folder = Path(tempfile.mkdtemp(prefix="payload-run-"))
    try:
        with Journal.create(path, header) as journal:
            used = {rig: seated.rigs[rig] for rig in wiring}
            with _opened(Bench(used, speed=speed, urls=wiring, folder=folder), journal) as bench:
                return execution.fly(
                    seated,
                    plan,
                    journal=journal,
                    seed=seed or 0,
                    disturbances=execution.Disturbances() if seed is not None else None,
                    span=span,
                    speed=speed,
                    bench=bench,
                    crew=crew,
                    on_wait=on_wait,
                    on_event=on_event,
                )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _opened(bench: Bench, journal: Journal) -> Iterator[Bench]:
    """The bench, entered. Where a rig cannot be used nothing has happened, and no record is left of it."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(bench)
        except BaseException:
            journal.close()
            journal.path.unlink()
            raise
        yield bench


def require_flyable(mission: Mission, plan: Plan) -> None:
    """Raises PlanError for a plan of another mission, with nothing to fly, or with violations that no waiver covers."""
    require_same(mission, plan)
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
        state = replay(journal.events())
        if state.how is not None:
            raise RunError(f"{path}: this run has ended ({state.how}): nobody is there to be told")
        if activity and activity not in state.activities:
            raise RunError(f"{path}: '{activity}' is no activity of this run")
        if activity and state.activities[activity].state in ("done", "failed", "skipped"):
            raise RunError(f"{path}: {activity} is over: it was {state.activities[activity].state}")
        return journal.tell(word, activity)


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
            mission = scenario.read_mission(Path(folder), seats=plan.seats)
    return plan, mission, events
