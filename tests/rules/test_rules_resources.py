"""Plans broken on purpose: what activities take."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rules_builders import (
    Story,
    at,
    duty,
    experiment,
    hard,
    ids_of_stories,
    judge,
    mission,
    plan,
    serve,
    session,
    sit,
    span,
    step,
    story,
    swap,
    with_step,
)

from payload.met import HOUR
from payload.model import Between, Buffer, Consumable, Renewable, Repeat, RigCall
from payload.rules import check

POWER = {"power": Renewable("power", "power", 1000, ((span(12, 14), 400), (span(13, 14), 600)))}
ON = step(60, uses={"power": 500})


def capacity_story() -> Story:
    of = mission(
        experiment("a", session("s", ON, step(60))),
        experiment("b", session("s", step(60), step(60), uses={"power": 500})),
        experiment("c", session("s", step(60, uses={"power": 100}))),
        resources=POWER,
        routine=[duty("run", between_ms=(at(15), at(20)), uses={"power": 300})],
    )
    good = plan(of, sit(of, "a/s/1", at(9)), sit(of, "b/s/1", at(8)), sit(of, "c/s/1", at(12)))
    return story(
        "capacity",
        of,
        good,
        swap(good, sit(of, "c/s/1", at(9)), of=of),
        swap(good, sit(of, "c/s/1", at(9.5)), of=of),
        swap(good, sit(of, "a/s/1", at(11.5)), of=of),  # the exception begins within it
        swap(good, sit(of, "b/s/1", at(12.5)), of=of),
        swap(good, sit(of, "b/s/1", at(15)), of=of),  # two people run
    )


def smallest_story() -> Story:
    """Where two exceptions hold, the smaller capacity counts."""
    of = mission(experiment("a", session("s", ON)), resources=POWER)
    good = plan(of, sit(of, "a/s/1", at(14)))
    return story(
        "capacity", of, good, *(swap(good, sit(of, "a/s/1", at(hour)), of=of) for hour in (11.5, 12, 13, 13.5))
    )


def holds_story() -> Story:
    of = mission(
        experiment("a", session("s", step(60), repeat=Repeat(2)), holds={"power": 600}),
        experiment("b", session("s", ON)),
        resources={"power": Renewable("power", "power", 1000)},
    )
    good = plan(of, sit(of, "a/s/1", at(8)), sit(of, "a/s/2", at(12)), sit(of, "b/s/1", at(13)))
    return story(
        "capacity",
        of,
        good,
        *(swap(good, sit(of, "b/s/1", at(hour)), of=of) for hour in (7.5, 8, 10, 12.5)),
        swap(good, sit(of, "a/s/2", at(13)), of=of),
    )


def stock_story() -> Story:
    of = mission(
        experiment("a", session("s", step(60), step(60, uses={"swabs": 2}), repeat=Repeat(2))),
        experiment("b", session("s", step(60), uses={"swabs": 1})),
        resources={"swabs": Consumable("swabs", "count", 3, ((at(12), 2),))},
    )
    good = plan(of, sit(of, "a/s/1", at(8)), sit(of, "a/s/2", at(11)), sit(of, "b/s/1", at(8)))
    return story(
        "stock",
        of,
        good,
        swap(good, sit(of, "a/s/2", at(10.5)), of=of),  # its second step starts before the resupply
        swap(good, sit(of, "a/s/1", at(6)), sit(of, "a/s/2", at(8)), of=of),
        swap(good, sit(of, "a/s/2", at(10)), sit(of, "b/s/1", at(11.5)), of=of),
    )


def buffer_story() -> Story:
    """A step makes 60 bits in an hour, 75 fit, and only the relay takes any away."""
    of = mission(
        experiment("a", session("s", step(60, produces={"recorder": 60}), repeat=Repeat(2))),
        resources={"recorder": Buffer("recorder", "data", 75, 1, ("relay",))},
    )
    of = replace(of, windows={"relay": Between(())})
    relay = {"relay": (span(8, 8.5), span(9.5, 10))}
    good = plan(of, sit(of, "a/s/1", at(8)), sit(of, "a/s/2", at(10)), windows=relay)
    hours = ((6, 7), (10, 12), (14, 16), (6.5, 7.5))
    return story(
        "buffer",
        of,
        good,
        *(swap(good, sit(of, "a/s/1", at(one)), sit(of, "a/s/2", at(other)), of=of) for one, other in hours),
    )


def rig_story() -> Story:
    heat = step(60, rig=RigCall("oven", "heat"))
    of = mission(
        experiment("a", session("s", step(30), heat)),
        experiment("b", session("s", heat, step(60))),
        experiment("c", session("s", step(60, rig=RigCall("camera", "take")))),
    )
    good = plan(of, sit(of, "a/s/1", at(8)), sit(of, "b/s/1", at(9.5)), sit(of, "c/s/1", at(9)))
    return story(
        "rig",
        of,
        good,
        *(swap(good, sit(of, "b/s/1", at(hour)), of=of) for hour in (9, 8.5, 8)),
    )


def uses_story() -> Story:
    of = mission(experiment("a", session("s", ON, step(60))), resources=POWER)
    good = plan(of, sit(of, "a/s/1", at(8)))
    return story(
        "uses",
        of,
        good,
        with_step(good, "a/s/1", 0, uses={}),
        with_step(good, "a/s/1", 0, uses={"power": 499}),
        with_step(good, "a/s/1", 0, uses={"power": 500, "swabs": 1}),
        with_step(good, "a/s/1", 1, uses={"power": 500}),
    )


STORIES = [
    capacity_story(),
    smallest_story(),
    holds_story(),
    stock_story(),
    buffer_story(),
    rig_story(),
    uses_story(),
]


@pytest.mark.parametrize("told", STORIES, ids=ids_of_stories(STORIES))
def test_a_plan_broken_about_resources_is_reported_by_its_rule(told: Story) -> None:
    judge(told)


def test_a_resupply_serves_what_starts_at_that_very_instant() -> None:
    of = mission(
        experiment("a", session("s", step(60, uses={"swabs": 1}))),
        resources={"swabs": Consumable("swabs", "count", 0, ((at(12), 1),))},
    )
    assert hard(of, plan(of, sit(of, "a/s/1", at(12)))) == set()
    assert hard(of, plan(of, sit(of, "a/s/1", at(11.5)))) == {"stock"}


def test_a_buffer_is_passed_at_the_instant_at_which_it_fills() -> None:
    """120 bit/s flow in, 30 flow out, and 216,000 fit: full after 40 min."""
    made = experiment("a", session("s", step(60, produces={"recorder": 120 * 3600})))
    of = mission(made, resources={"recorder": Buffer("recorder", "data", 60 * 3600, 30)})
    (found,) = check(of, plan(of, sit(of, "a/s/1", at(8))))
    assert (found.rule, found.at) == ("buffer", at(8) + 60 * 3600 * 1000 // 90)


def test_a_step_that_a_rig_serves_in_a_duty_s_hour_disturbs_nobody() -> None:
    of = mission(
        experiment("a", session("s", step(60, rig=RigCall("oven", "heat")))),
        routine=[duty("meal", between=span(8, 10), duration_ms=HOUR)],
    )
    assert hard(of, plan(of, sit(of, "a/s/1", at(8)), serve(of, "meal/ann/2026-03-02", at(8)))) == set()
