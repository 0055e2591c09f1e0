"""Keys that the planner would have to ignore are refused, all at once."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from planning_builders import duty, experiment, mission, session, step

from payload.errors import NotPlannedYet
from payload.met import HOUR, MINUTE
from payload.model import AmountLimit, Buffer, DifferentDay, Gap, SameDay, Waiver
from payload.planning import make_plan


def test_every_key_is_named_by_its_id_path() -> None:
    wait = replace(step(20, 0), max_ms=40 * MINUTE)
    blood = experiment(
        "blood", session("draw", step(), wait, covers=("lunch",)), session("spin", step(covers=("pass",)))
    )
    everything = mission(
        replace(blood, id="blood-ann"),
        replace(blood, id="blood-bob"),
        routine=(duty("lunch", 60, between_ms=(11 * HOUR, 14 * HOUR), together=True),),
        rules=(
            DifferentDay(id="spread", of=("blood",)),
            SameDay(id="joined", of=("blood",)),
            AmountLimit(id="share", amount=5, resource="recorder"),
            Gap(id="rest", gap_ms=HOUR, after=("lunch",), before=("blood",), weight=Fraction(1, 2)),
        ),
        resources={"recorder": Buffer("recorder", "data", 8, 1)},
        shares={"SUPARCO": HOUR},
        waivers=(Waiver("rest", "blood-ann/draw/1", "asked for", "flight director"),),
        locks={"blood-ann/draw/1": 3 * HOUR},
    )
    everything = replace(
        everything, experiments=tuple(replace(copy, written_id="blood") for copy in everything.experiments)
    )

    with pytest.raises(NotPlannedYet) as refused:
        make_plan(everything, {})

    assert refused.value.keys == (
        "resources[recorder].buffer",
        "routine[lunch].together",
        "rules[spread].different_day",
        "rules[joined].same_day",
        "rules[share].limit",
        "rules[rest].weight",
        "experiments[blood].sessions[draw].covers",
        "experiments[blood].sessions[draw].steps[1].for",
        "experiments[blood].sessions[spin].steps[0].covers",
        "shares",
        "waivers",
        "locks",
    )


def test_what_is_empty_is_not_refused() -> None:
    plan = make_plan(mission(experiment("a", session(days=frozenset({date(2026, 3, 2)})))), {})
    assert plan.status == "optimal"
