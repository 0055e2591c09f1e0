"""Tiny missions with every key, planned and held against all their valid plans.

Budget 0 is optimal for about four of five of these (`test_how_often...` counts); it is never above the best, and the
bound is never below it.
"""

from fractions import Fraction

import pytest
from enumerator import shortfall, valid_plans
from enumerator_choices import Windows, choices
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tiny_missions import tiny

from payload.errors import PlanningError
from payload.model import Mission, Plan
from payload.planning import make_plan
from payload.rules import check, waiver_of, worth

#: larger spaces are left to the soak
MOST_CHOICES = 300_000


def small(mission: Mission) -> bool:
    size = 1
    for tried in choices(mission).values():
        size *= max(1, len(tried))
    return size <= MOST_CHOICES


def judged(mission: Mission, windows: Windows, plan: Plan, best: tuple[int, Fraction] | None) -> None:
    """A plan beside the best: what must hold whatever the plan is like."""
    if best is None:
        assert (plan.status, plan.reservations, bool(plan.conflict)) == ("infeasible", (), True)
        return
    assert [one for one in check(mission, plan) if one.weight is None and not waiver_of(mission, one)] == []
    assert worth(mission, plan) == plan.value
    assert (-shortfall(plan), plan.value) <= best
    assert plan.bound >= max(best[1], plan.value)
    if not mission.shares:
        assert (plan.status == "optimal") == (plan.value == plan.bound)


def best_of(mission: Mission, windows: Windows) -> tuple[tuple[int, Fraction] | None, Fraction]:
    """The best score, and the most value of any plan (0 without one)."""
    scores = [(-shortfall(plan), plan.value) for plan in valid_plans(mission, windows)]
    return max(scores, default=None), max((value for _, value in scores), default=Fraction(0))


@settings(max_examples=130, deadline=None)
@given(st.integers(0, 10**9), st.booleans())
@example(1309, False)  # a wait that ends on the grid, after a start that is not
@example(746, False)  # a duty held together, locked off the grid
@example(37, True)  # what is required comes after one of two, which a soft rule forbids
def test_a_tiny_mission_of_every_key_beside_all_its_plans(seed: int, soft: bool) -> None:
    mission, windows = tiny(seed, soft=soft, rich=True)
    if not small(mission):
        return
    best, most = best_of(mission, windows)
    try:
        plan = make_plan(mission, windows)
    except PlanningError:
        return  # rare: see below
    judged(mission, windows, plan, best)
    assert best is None or plan.bound >= most


def test_how_often_construction_alone_is_optimal_and_proven_so() -> None:
    compared = optimal = exact = unproven = 0
    for seed in range(5000, 5120):
        mission, windows = tiny(seed, soft=True, rich=True)
        best, most = best_of(mission, windows) if small(mission) else (None, Fraction(0))
        if best is None:
            continue
        compared += 1
        try:
            plan = make_plan(mission, windows)
        except PlanningError:
            unproven += 1
            continue
        optimal += (-shortfall(plan), plan.value) == best
        exact += plan.bound == most
    assert compared > 80
    assert unproven <= compared // 50
    assert optimal >= 0.75 * compared
    assert exact >= 0.5 * compared


@pytest.mark.parametrize("seed", range(6000, 6012))
def test_a_search_does_not_leave_the_best_behind(seed: int) -> None:
    mission, windows = tiny(seed, soft=True, rich=True)
    if not small(mission):
        return
    best, _ = best_of(mission, windows)
    try:
        first, plan = make_plan(mission, windows), make_plan(mission, windows, iterations=5)
    except PlanningError:
        return
    judged(mission, windows, plan, best)
    assert (-shortfall(plan), plan.value) >= (-shortfall(first), first.value)
