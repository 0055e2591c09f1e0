"""How fast a mission is planned at budget 0, beside its floors in the same run.
The floor of the shipped week is a bare first fit over the same compiled masks: duties stand as first placed and never
move, each session takes the earliest start that is free, no chain looks ahead, nothing is proven or explained.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from payload.environment import windows_of
from payload.model import Mission, Plan
from payload.planning import make_plan
from payload.planning.compile import compile_mission
from payload.planning.construct import fixed_duties, orders, place_duties, place_works
from payload.planning.problem import Problem
from payload.planning.score import value_of
from payload.planning.state import State, options
from payload.scenario import read_mission
from planning.planning_builders import increment

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def week() -> Mission:
    return read_mission(ROOT / "src/payload/missions/tiangong-payload-expert")


def first_fit(problem: Problem) -> State:
    """The floor: each session at the earliest start that is free among the duties as they stand."""
    state = fixed_duties(problem)
    place_duties(state)
    for work in orders(state)[0]:
        for index in work.items:
            item = problem.items[index]
            found = options(state, item)
            crews = found.crews((found.starts & -found.starts).bit_length() - 1, 1) if found.starts else []
            if not crews:
                break
            state.put(item, (found.starts & -found.starts).bit_length() - 1, crews[0])
            if state.broken(item):
                state.drop(item)
                break
    return state


@pytest.mark.benchmark(group="plan the shipped week")
def bench_plan_whole(benchmark: Callable[..., Plan], week: Mission) -> None:
    windows = windows_of(week)
    plan = benchmark(make_plan, week, windows)
    assert plan.status == "optimal"
    assert plan.value == 911


@pytest.mark.benchmark(group="plan the shipped week")
def bench_plan_compile_alone(benchmark: Callable[..., Problem], week: Mission) -> None:
    windows = windows_of(week)
    assert benchmark(compile_mission, week, windows).exact


@pytest.mark.benchmark(group="plan the shipped week")
def bench_plan_construct_alone(benchmark: Callable[..., State], week: Mission) -> None:
    problem = compile_mission(week, windows_of(week))

    def construct() -> State:
        state = fixed_duties(problem)
        assert not place_duties(state)
        assert not place_works(state, orders(state)[0])
        return state

    assert value_of(benchmark(construct)) == 911


@pytest.mark.benchmark(group="plan the shipped week")
def bench_plan_floor_first_fit(benchmark: Callable[..., State], week: Mission) -> None:
    problem = compile_mission(week, windows_of(week))
    assert value_of(benchmark(first_fit, problem)) < 911  # what moving duties and looking ahead are for


@pytest.mark.benchmark(group="plan longer missions")
@pytest.mark.parametrize(("days", "sessions"), [(9, 250), (18, 500), (36, 1000)])
def bench_plan_growth(benchmark: Callable[..., Plan], days: int, sessions: int) -> None:
    plan = benchmark(make_plan, increment(days, 4, sessions), {})
    assert plan.gap < Fraction(7, 100)
