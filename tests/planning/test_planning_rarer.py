"""The rarer keys of the format, all in one mission."""

from dataclasses import replace
from fractions import Fraction

from planning_builders import duty, experiment, mission, session, step

from payload.met import HOUR
from payload.model import AmountLimit, Buffer, DifferentDay, Gap, SameDay, Waiver
from payload.planning import make_plan
from payload.rules import check, waiver_of


def test_a_mission_with_every_rarer_key_is_planned() -> None:
    run = step(produces={"recorder": 4})
    blood = experiment("blood", session("draw", run), session("spin"))
    everything = mission(
        replace(blood, id="blood-ann"),
        replace(blood, id="blood-bob"),
        routine=(duty("lunch", 60, between_ms=(11 * HOUR, 14 * HOUR), together=True),),
        rules=(
            DifferentDay(id="spread", of=("blood",), weight=Fraction(1, 100)),
            SameDay(id="joined", of=("blood",)),
            AmountLimit(id="share", amount=5, resource="recorder"),
            Gap(id="rest", gap_ms=HOUR, after=("lunch",), before=("blood",), weight=Fraction(1, 2)),
        ),
        resources={"recorder": Buffer("recorder", "data", 8, 1)},
        shares={"SUPARCO": HOUR},
        waivers=(Waiver("share", "blood-ann/draw/1", "asked for", "flight director"),),
        locks={"blood-ann/draw/1": 3 * HOUR},
    )
    copies = (replace(copy, written_id="blood", sponsor="SUPARCO") for copy in everything.experiments)
    everything = replace(everything, experiments=tuple(copies))

    plan = make_plan(everything, {})

    broken = [one for one in check(everything, plan) if one.weight is None]
    assert [one.text for one in broken if not waiver_of(everything, one)] == []
    assert plan.value == 2 - Fraction(1, 100)
    assert plan.shares == {"SUPARCO": (HOUR, 2 * HOUR)}
