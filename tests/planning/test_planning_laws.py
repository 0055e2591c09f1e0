"""What holds for every mission: no violation, nothing worth more than the bound, verdicts as by brute force."""

import pytest
from enumerator import best_value
from hypothesis import example, given, settings
from hypothesis import strategies as st
from planning_missions import drawn
from tiny_missions import tiny

from payload.errors import PlanningError
from payload.planning import make_plan
from payload.rules import check, worth


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**9))
@example(5217)  # each of two people has a host of their own
@example(23507)  # a rule of one day only, over midnight
def test_a_tiny_mission_is_planned_as_well_as_by_trying_every_plan(seed: int) -> None:
    mission, windows = tiny(seed)
    plan, best = make_plan(mission, windows), best_value(mission, windows)
    if best is None:
        assert (plan.status, plan.reservations, bool(plan.conflict)) == ("infeasible", (), True)
    else:
        assert list(check(mission, plan)) == []
        assert worth(mission, plan) == plan.value <= best <= plan.bound
        assert (plan.status == "optimal") == (plan.value == plan.bound)
        assert all(left.conflict for left in plan.unscheduled)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9))
@example(6239)  # a session near a movable duty of either day: both days count for the bound
@example(7277)  # a session that others come after is worth nothing by itself
@example(144)  # what is required comes after what is not
def test_a_plan_of_some_days_has_no_violation(seed: int) -> None:
    mission, windows = drawn(seed)
    try:
        plan = make_plan(mission, windows, iterations=3, seed=seed)
    except PlanningError:
        return  # rare: required sessions found no place within the limits of the search
    if plan.status == "infeasible":
        assert plan.conflict
        assert plan.reservations == ()
        return
    assert list(check(mission, plan)) == []
    assert worth(mission, plan) == plan.value <= plan.bound
    assert all(left.conflict for left in plan.unscheduled)


@pytest.mark.parametrize("seed", [1, 4, 8, 30])
def test_the_same_mission_seed_and_iterations_give_the_same_plan(seed: int) -> None:
    mission, windows = drawn(seed)
    assert make_plan(mission, windows, iterations=10, seed=7) == make_plan(mission, windows, iterations=10, seed=7)
