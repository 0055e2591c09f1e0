"""What time buys: more value, never less, never more than the bound, and the same again for the same seed."""

from pathlib import Path

import pytest
from planning_builders import experiment, increment, mission, session, step

from payload.environment import windows_of
from payload.met import HOUR
from payload.model import Exclude, Plan
from payload.planning import Progress, make_plan
from payload.rules import check
from payload.scenario import read_mission

SHIPPED = Path(__file__).parents[2] / "src/payload/missions"


@pytest.fixture(scope="module")
def constructed() -> Plan:
    return make_plan(increment(6, 4, 160), {})


def test_iterations_never_lose_value_and_keep_every_rule(constructed: Plan) -> None:
    busy = increment(6, 4, 160)
    better = make_plan(busy, {}, iterations=120, seed=1)
    assert list(check(busy, better)) == []
    assert constructed.value < better.value <= better.bound == constructed.bound


def test_most_of_what_is_possible_is_planned_at_once(constructed: Plan) -> None:
    assert constructed.gap < 0.02


def test_progress_is_told_and_the_search_stops_at_the_bound() -> None:
    told: list[Progress] = []
    easy = mission(*(experiment(f"e{n}") for n in range(5)))
    plan = make_plan(easy, {}, iterations=1000, progress=told.append)
    assert (plan.status, told) == ("optimal", [])
    tight = increment(3, 2, 60)
    plan = make_plan(tight, {}, iterations=15, progress=told.append)
    assert told[-1].value == plan.value
    assert told[-1].bound == plan.bound
    assert [one.value for one in told] == sorted(one.value for one in told)
    assert told[-1].iteration <= 15


def test_a_budget_ends_the_search() -> None:
    tight = increment(3, 2, 60)
    told: list[Progress] = []
    plan = make_plan(tight, {}, budget_ms=150, progress=told.append)
    assert told
    assert list(check(tight, plan)) == []


def test_with_iterations_the_budget_counts_for_nothing() -> None:
    tight = increment(3, 2, 60)
    told: list[Progress] = []
    plan = make_plan(tight, {}, budget_ms=1, iterations=15, progress=told.append)
    assert told[-1].iteration == 15
    assert plan == make_plan(tight, {}, iterations=15)


def test_what_stands_against_it_by_a_rule_alone_gives_way() -> None:
    rich = experiment("rich", session("run", step(60)), value=7)
    free = experiment("free", session("run", step(60, 0)), value=3)
    apart = Exclude(id="apart", entries=("rich", "free"))
    plan = make_plan(mission(rich, free, rules=(apart,), end=HOUR), {})
    assert [one.id for one in plan.reservations] == ["rich/run/1"]


def test_the_order_of_worth_decides_when_not_all_fits() -> None:
    hour = mission(*(experiment(f"e{n}", session("run", step(30)), value=n) for n in range(1, 6)), end=HOUR)
    plan = make_plan(hour, {})
    assert {one.id for one in plan.reservations} == {"e4/run/1", "e5/run/1"}
    assert (plan.status, plan.value) == ("optimal", 9)


def test_the_shipped_week_is_planned_whole_and_proven() -> None:
    week = read_mission(SHIPPED / "tiangong-payload-expert")
    plan = make_plan(week, windows_of(week))
    assert list(check(week, plan)) == []
    assert (plan.status, plan.unscheduled) == ("optimal", ())
    assert plan.value == plan.bound == sum(one.value for one in week.experiments)
