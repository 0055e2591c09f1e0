"""Random missions with every key of the format: the checker finds nothing in their plans, and those that cannot be
planned end with what clashes.

`PAYLOAD_WILD=1000 pytest tests/planning/test_planning_wild.py` plans so many of them, where the suite plans a few.
"""

import os
from collections import Counter
from dataclasses import replace
from random import Random

import pytest
from wild_keys import KEYS, keys_of
from wild_missions import wild
from wild_verdict import Verdict, is_spoilt, of_plan, verdict

from payload.errors import PlanningError
from payload.model import Plan, Reservation
from payload.planning import make_plan

COUNT = int(os.environ.get("PAYLOAD_WILD", "40"))


def test_every_key_is_met_and_often_enough() -> None:
    met: Counter[str] = Counter()
    sizes, spoilt = [], 0
    for seed in range(200):
        mission, _ = wild(seed)
        met.update(keys_of(mission))
        sizes.append(sum(experiment.session_count for experiment in mission.experiments))
        spoilt += is_spoilt(mission)
    assert set(met) == KEYS
    assert [key for key, count in met.items() if count < 10] == []
    assert 10 <= min(sizes) < 20
    assert 60 < max(sizes) < 100
    assert 10 < spoilt < 40


@pytest.mark.parametrize("first", range(0, COUNT, 20))
def test_the_checker_finds_nothing_and_what_clashes_is_named(first: int) -> None:
    found = {seed: verdict(seed) for seed in range(first, min(first + 20, COUNT))}
    assert {seed: one.faults for seed, one in found.items() if one.faults} == {}
    # what found no place without a proof is rare: a waiver frees more than is made use of, or the search was cut off
    assert sum(one.ending == "unproven" for one in found.values()) <= 2


@pytest.mark.parametrize("seed", range(2000, 2000 + COUNT // 10))
def test_nor_in_what_has_been_searched_for_a_while(seed: int) -> None:
    found = verdict(seed, iterations=3)
    assert found == Verdict(found.ending)


@pytest.mark.parametrize("seed", range(3000, 3000 + COUNT // 6))
def test_nor_in_a_plan_that_is_kept_as_far_as_it_goes(seed: int) -> None:
    """The first third of a plan is fact, something of the rest is taken out or moved: what can stay stays."""
    mission, windows = wild(seed)
    try:
        old = make_plan(mission, windows)
    except PlanningError:
        return
    if old.status == "infeasible":
        return
    rng = Random(seed)
    flown = tuple(_flown(rng, one, mission.end // 3) for one in old.reservations)
    kept = replace(old, reservations=tuple(_broken(rng, one) for one in flown))

    new = make_plan(mission, windows, keep=kept)

    assert of_plan(mission, new) == []
    facts = [one for one in kept.reservations if one.state != "planned"]
    assert [one for one in new.reservations if one.state != "planned"] == facts


def test_nothing_changes_where_nothing_is_better() -> None:
    """All done as planned, up to some instant: the same plan once more, or one that is worth more."""
    same = 0
    for seed in range(40, 48):
        mission, windows = wild(seed)
        if mission.shares or mission.waivers:
            continue
        old = make_plan(mission, windows)
        done = tuple(replace(one, state="done") if one.end <= mission.end // 2 else one for one in old.reservations)
        new = make_plan(mission, windows, keep=replace(old, reservations=done))
        assert new.value >= old.value, seed
        same += _places(new) == _places(old)
    assert same


def _flown(rng: Random, one: Reservation, now: int) -> Reservation:
    """What has begun is fact: mostly done."""
    if one.start >= now:
        return one
    if one.end > now:
        return replace(one, state="running")
    return replace(one, state=rng.choice(["done", "done", "done", "failed", "skipped"]))


def _broken(rng: Random, one: Reservation) -> Reservation:
    """Now and then a session of the rest stands elsewhere, where it may not fit."""
    if one.state != "planned" or one.kind == "duty" or rng.random() < 0.8:
        return one
    by = rng.choice([-3, -1, 1, 2]) * 600_000
    steps = tuple(replace(step, start=step.start + by, end=step.end + by) for step in one.steps)
    return replace(one, start=one.start + by, end=one.end + by, steps=steps)


def _places(plan: Plan) -> set[tuple[str, int, tuple[str, ...]]]:
    return {(one.id, one.start, one.crew) for one in plan.reservations}
