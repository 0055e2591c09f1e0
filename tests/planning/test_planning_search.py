"""The search by exact repair of small neighbourhoods: what greedy misses, every rule kept, the same again, Ctrl-C."""

import os
import signal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planning_builders import duty, experiment, increment, mission, session, step
from planning_missions import drawn

from payload.errors import PayloadError
from payload.met import HOUR, MINUTE
from payload.model import Plan, Repeat
from payload.planning import Progress, make_plan
from payload.planning.progress import Clock
from payload.rules import check
from payload.scenario import plan_text


def knapsack(*works: tuple[int, int], minutes: int) -> Plan:
    """(minutes, value) each, one person, so many minutes."""
    experiments = [
        experiment(f"e{n}", session("run", step(length)), value=value) for n, (length, value) in enumerate(works)
    ]
    return make_plan(mission(*experiments, end=minutes * MINUTE), {}, iterations=30)


def test_what_fills_the_time_exactly_beats_what_is_worth_most_per_minute() -> None:
    works = [(70, 90), (60, 75), (60, 75), (50, 60), (110, 121), (90, 101), (130, 155), (100, 118)]
    best = max(
        sum(value for n, (_, value) in enumerate(works) if chosen >> n & 1)
        for chosen in range(1 << len(works))
        if sum(length for n, (length, _) in enumerate(works) if chosen >> n & 1) <= 310
    )
    assert knapsack(*works, minutes=310).value == best


def test_chains_give_way_to_chains_as_a_whole() -> None:
    """Two experiments of daily sessions want the same hour; the one worth more stands, with all of its sessions."""
    daily = Repeat(3, every_ms=24 * HOUR)
    hour = duty("rest", 23 * 60, at_ms=HOUR)
    rich = experiment("rich", session("run", step(60), repeat=daily), value=9, minimum=3)
    poor = experiment("poor", session("run", step(40), repeat=daily), value=8)
    small = experiment("small", session("run", step(20), repeat=daily), value=2)
    plan = make_plan(mission(rich, poor, small, routine=(hour,), end=72 * HOUR), {}, iterations=20)
    assert (plan.value, {one.id.split("/")[0] for one in plan.reservations if one.kind == "session"}) == (
        10,
        {"poor", "small"},
    )


def test_the_same_seed_and_iterations_give_the_same_bytes() -> None:
    busy = increment(3, 3, 80)
    once, again = (plan_text(make_plan(busy, {}, iterations=25, seed=7), busy) for _ in range(2))
    assert once == again


def test_the_search_never_ends_below_where_it_began() -> None:
    busy = increment(3, 3, 80)
    constructed, improved = make_plan(busy, {}), make_plan(busy, {}, iterations=25)
    assert constructed.value < improved.value <= improved.bound
    assert list(check(busy, improved)) == []


def test_ctrl_c_ends_the_search_and_keeps_what_was_found() -> None:
    busy, told = increment(3, 3, 80), []

    def interrupt(progress: Progress) -> None:
        told.append(progress)
        if progress.iteration >= 10 and len([one for one in told if one.iteration >= 10]) == 1:
            os.kill(os.getpid(), signal.SIGINT)

    plan = make_plan(busy, {}, budget_ms=600_000, progress=interrupt)
    assert list(check(busy, plan)) == []
    assert plan.value == told[-1].value >= make_plan(busy, {}).value
    assert told[-1].elapsed_ms < 600_000
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_ctrl_c_that_is_raised_is_passed_on() -> None:
    def interrupt(progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_plan(increment(3, 2, 60), {}, iterations=5, progress=interrupt)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000_000))
def test_every_rule_is_kept_whatever_the_mission(seed: int) -> None:
    busy, windows = drawn(seed)
    try:
        constructed = make_plan(busy, windows)
        improved = make_plan(busy, windows, iterations=12, seed=seed)
    except PayloadError:
        return
    assert constructed.value <= improved.value <= improved.bound
    if improved.status != "infeasible":
        assert list(check(busy, improved)) == []


def test_iterations_count_instead_of_the_budget() -> None:
    clock = Clock(0, 2)
    assert (clock.over(), clock.left_s()) == (False, None)
    clock.done = 2
    assert clock.over()
    assert Clock(0, None).over()
