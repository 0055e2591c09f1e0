"""Many runs of one plan in simulated time: what the plan is worth when the days go as days go."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass

from simpy import Environment

from payload.execution.compile import compile_program
from payload.execution.disturbances import Disturbances, chance, draw
from payload.execution.executive import Executive
from payload.execution.hands import Broken
from payload.execution.policy import Policy
from payload.execution.program import Program
from payload.execution.statistics import STATES, CampaignResult, RunRecord, late_keys, summarise
from payload.execution.workers import spread
from payload.model import Mission, Plan

BATCH = 10  # runs between two reports of progress


@dataclass(frozen=True, slots=True)
class _Common:
    """What every run of a campaign shares."""

    program: Program
    disturbances: Disturbances
    policy: Policy
    seed: int


def campaign(
    mission: Mission,
    plan: Plan,
    *,
    runs: int = 1000,
    seed: int = 0,
    jobs: int = 1,
    disturbances: Disturbances | None = None,
    policy: Policy | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> CampaignResult:
    """Flies the plan `runs` times. Run i (from 0) takes its chance from (seed, i) alone, and is the run that
    `fly(..., seed=seed, run=i)` shows in full; so the result does not depend on `jobs`.

    `progress(done, runs)` is called now and then. Ctrl-C (KeyboardInterrupt) ends the campaign with the runs that are
    done, `interrupted` set. Raises PlanError for a plan of another mission.
    """
    policy = policy or Policy()
    program = compile_program(mission, plan, policy)
    common = _Common(program, disturbances or Disturbances(), policy, seed)
    records: dict[int, RunRecord] = {}
    interrupted = False
    try:
        with closing(_answers(common, runs, jobs)) as answers:
            for answer in answers:
                records.update(answer)
                if progress is not None:
                    progress(len(records), runs)
    except KeyboardInterrupt:
        interrupted = True
    return summarise(program, records, runs, seed, interrupted)


def _answers(common: _Common, runs: int, jobs: int) -> Generator[dict[int, RunRecord], None, None]:
    batches = (list(range(first, min(first + BATCH, runs))) for first in range(0, runs, BATCH))
    if jobs > 1:
        yield from spread(fly_batch, common, batches, jobs)
    else:
        for batch in batches:
            yield fly_batch(common, batch)


def fly_batch(common: _Common, batch: list[int]) -> dict[int, RunRecord]:
    """Some runs, by number, in this process."""
    keys = late_keys(common.program)
    return {number: _fly_once(common, number, keys) for number in batch}


def _fly_once(common: _Common, number: int, keys: dict[tuple[str, int], int]) -> RunRecord:
    program = common.program
    env = Environment(program.start)
    fates = draw(program, common.disturbances, chance(common.seed, number))
    executive = Executive(program, env, common.policy, common.disturbances, fates)
    try:
        env.run(until=executive.over)
    except Broken as broken:
        raise executive.broken or broken from None
    states, reasons, late = bytearray(), [], [0] * len(keys)
    for each in program.activities:
        if each.fact is not None:
            continue
        start = executive.start[each.index]
        if start is not None and start > each.start:
            for person in each.crew:
                place = keys[person, each.day]
                if start - each.start > late[place]:
                    late[place] = start - each.start
        if each.kind == "session":
            state = executive.state[each.index]
            if state != "done":
                reasons.append((len(states), executive.why[each.index][0]))
            states.append(STATES.index(state))
    return RunRecord(bytes(states), tuple(late), tuple(reasons))
