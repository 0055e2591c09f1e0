"""Soft rules: kept where that costs nothing, broken where it brings more, and counted to the last breach."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from random import Random

import pytest
from enumerator import best_value
from hypothesis import given, settings
from hypothesis import strategies as st
from planning_builders import duty, experiment, increment, mission, person, session, step
from tiny_missions import tiny

from payload.met import DAY, HOUR, MINUTE, Window
from payload.model import (
    AmountLimit,
    DifferentDay,
    Exclude,
    Gap,
    Limit,
    Mission,
    Order,
    Plan,
    Renewable,
    Repeat,
    SameDay,
)
from payload.planning import make_plan
from payload.planning.assemble import assembled
from payload.planning.bounds import relaxed
from payload.planning.compile import compile_mission
from payload.planning.construct import fixed_duties, looking_past, one_by_one
from payload.planning.score import broken_rules, cost_of, value_of
from payload.planning.state import State, options
from payload.rules import check, worth

HALF = Fraction(1, 2)


def planned(made: Mission) -> Plan:
    plan = make_plan(made, {})
    assert [one for one in check(made, plan) if one.weight is None] == []
    return plan


def soft_breaches(made: Mission, plan: Plan) -> list[str]:
    return [one.rule for one in check(made, plan) if one.weight is not None]


def lesson(value: int, *, closes: int = 9 * HOUR) -> Mission:
    """A lesson of half an hour before nine, and a soft rule that wants two hours after waking at seven."""
    waking = duty("waking", 30, at_ms=7 * HOUR)
    teach = experiment("lesson", session("live", between=(Window(7 * HOUR, closes),)), value=value)
    rest = Gap(id="rest", gap_ms=2 * HOUR, after=("waking",), before=("lesson",), per_crew=True, weight=Fraction(2))
    return mission(teach, routine=(waking,), rules=(rest,))


def test_a_rule_is_broken_where_that_brings_more_than_it_costs() -> None:
    plan = planned(lesson(3))
    assert (plan.value, soft_breaches(lesson(3), plan)) == (1, ["rest"])


def test_a_rule_is_kept_where_a_breach_costs_as_much_as_it_brings() -> None:
    plan = planned(lesson(2))
    assert (plan.value, plan.unscheduled[0].conflict) == (
        0,
        ("rule rest (soft: 2 for each breach) keeps ann from the starts that are left",),
    )


def test_a_rule_is_kept_where_there_is_room() -> None:
    plan = planned(lesson(3, closes=12 * HOUR))
    assert (plan.value, plan.status, [one.start for one in plan.reservations][-1]) == (
        3,
        "optimal",
        9 * HOUR + 30 * MINUTE,
    )


def test_duties_break_soft_rules_when_they_cannot_stand_otherwise() -> None:
    lunch, exercise = duty("lunch", 60, at_ms=12 * HOUR), duty("exercise", 60, between_ms=(12 * HOUR, 15 * HOUR))
    rest = Gap(id="digest", gap_ms=3 * HOUR, after=("lunch",), before=("exercise",), per_crew=True, weight=HALF)
    made = mission(experiment("a"), routine=(lunch, exercise), rules=(rest,))
    plan = planned(made)
    assert (plan.value, plan.bound, plan.status, soft_breaches(made, plan)) == (HALF, 1, "feasible", ["digest"])


def test_fixed_duties_that_break_a_soft_rule_make_nothing_infeasible() -> None:
    early, late = duty("early", 60, at_ms=6 * HOUR), duty("late", 60, at_ms=7 * HOUR)
    rules = (
        Gap(id="rest", gap_ms=HOUR, after=("early",), before=("late",), per_crew=True, weight=HALF),
        SameDay(id="once", of=("early",), weight=HALF),
        Limit(id="idle", limit_ms=HOUR, of=("duties",), per_crew=True, per_day=True, weight=HALF),
    )
    plan = planned(mission(routine=(early, late), rules=rules, end=2 * DAY))
    assert plan.value == -5 * HALF


def test_a_required_session_may_break_a_soft_rule() -> None:
    must = experiment("must", session(repeat=Repeat(3)), required=True)
    made = mission(must, rules=(DifferentDay(id="spread", of=("must",), weight=HALF),), end=2 * DAY)
    assert planned(made).value == HALF


def test_a_day_over_its_limit_costs_once() -> None:
    """Five hours a day, where four are asked for: the fifth and the sixth cost together what one would."""
    hours = experiment("work", session("run", step(60), repeat=Repeat(6)), value=6, unordered=True)
    workday = Limit(id="workday", limit_ms=4 * HOUR, of=("sessions",), per_crew=True, per_day=True, weight=HALF)
    plan = planned(mission(hours, rules=(workday,)))
    assert plan.value == 6 - HALF


def test_an_amount_over_its_limit_costs_once() -> None:
    run = session("run", step(60, uses={"power": 2}), repeat=Repeat(3))
    ration = AmountLimit(id="ration", amount=2, resource="power", per_day=True, weight=HALF)
    made = mission(
        experiment("work", run, value=3, unordered=True),
        rules=(ration,),
        resources={"power": Renewable("power", "count", 9)},
    )
    assert planned(made).value == 3 - HALF


def test_the_value_decides_between_rules_one_by_one() -> None:
    """Either rule lets it in alone: the cheaper one is broken."""
    one = DifferentDay(id="dear", of=("a", "b"), weight=Fraction(3), days=frozenset({date(2026, 3, 2)}))
    other = DifferentDay(id="cheap", of=("a", "b"), weight=HALF, days=frozenset({date(2026, 3, 3)}))
    made = mission(
        experiment("a"), experiment("b", session(repeat=Repeat(2)), value=2), rules=(one, other), end=2 * DAY
    )
    assert planned(made).value == 3 - HALF


# the law: the planner's count of breaches is the checker's


def scattered(made: Mission, windows: dict[str, tuple[Window, ...]], rng: Random) -> State | None:
    """Activities put anywhere that their hard constraints allow, the soft ones looked past."""
    problem = compile_mission(made, windows)
    state = fixed_duties(problem)
    with looking_past(state, problem.soft):
        items = [item for item in problem.items if item.fixed is None]
        items.sort(key=lambda item: (not item.soft, item.exp, item.rank))
        for item in items:
            found = options(state, item)
            starts = [tick for tick in range(problem.ticks) if found.starts >> tick & 1]
            rng.shuffle(starts)
            for tick in starts[:4]:
                crews = found.crews(tick)
                if crews:
                    mark = state.mark()
                    state.put(item, tick, rng.choice(crews))
                    cost_of(state)  # what is kept of it must be found out of date
                    if not state.broken(item):
                        break
                    state.back_to(mark)
    return state


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**9))
def test_breaches_cost_what_the_checker_says(seed: int) -> None:
    made, windows = tiny(seed, soft=True)
    state = scattered(made, dict(windows), Random(seed))
    assert state is not None
    plan = assembled(state, sum((one.value for one in made.experiments), Fraction(0)), {})
    found: dict[str, int] = {}
    for one in check(made, plan):
        if one.weight is not None:
            found[one.rule] = found.get(one.rule, 0) + 1
    assert broken_rules(state) == found
    if all(
        len(planned) >= work.model.minimum or not planned
        for work, planned in zip(state.problem.works, state.planned, strict=True)
    ):
        assert value_of(state) == worth(made, plan)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**9))
def test_a_tiny_mission_with_soft_rules_is_planned_nearly_as_well_as_by_trying_every_plan(seed: int) -> None:
    made, windows = tiny(seed, soft=True)
    plan, best = make_plan(made, windows), best_value(made, windows)
    if best is None:
        assert plan.status == "infeasible"
        return
    assert [one for one in check(made, plan) if one.weight is None] == []
    assert worth(made, plan) == plan.value <= best <= plan.bound
    assert plan.value == best or plan.status != "optimal"


def test_a_crew_of_two_counts_pairs_once() -> None:
    """A session of both too soon after each one's meal is two pairs; two sessions that overlap are one."""
    both, other = session("run", step(60, crew=2), at=(12 * HOUR,)), session("run", step(60, crew=0), at=(12 * HOUR,))
    meal = duty("meal", 60, "ann", "bob", at_ms=10 * HOUR)
    rules = (
        Gap(id="rest", gap_ms=2 * HOUR, after=("meal",), before=("a",), per_crew=True, weight=HALF),
        Exclude(id="quiet", entries=("a", "b"), weight=HALF),
        Order(id="first", first=("a", "b"), then=("meal",), weight=HALF),
    )
    made = mission(
        experiment("a", both, value=9),
        experiment("b", other, value=9),
        crew=(person("ann"), person("bob")),
        routine=(meal,),
        rules=rules,
    )
    plan = planned(made)
    assert sorted(soft_breaches(made, plan)) == ["first"] * 4 + ["quiet"] + ["rest"] * 2
    assert plan.value == 18 - 7 * HALF


@pytest.mark.parametrize("weight", [None, HALF])
def test_weeks_of_work_are_planned_with_soft_rules_too(weight: Fraction | None) -> None:
    made = increment(days=7, people=4, sessions=120, seed=3)
    rules = tuple(replace(rule, weight=weight) for rule in made.rules)
    plan = planned(replace(made, rules=rules))
    assert plan.value > 0


def test_what_is_looked_past_counts_again_afterwards() -> None:
    problem = compile_mission(lesson(3), {})
    state = relaxed(fixed_duties(problem))
    assert (state.ignored, one_by_one(problem.soft)) == ({("clause", 0)}, [frozenset({("clause", 0)})])
    state = fixed_duties(problem)
    with looking_past(state, problem.soft):
        assert state.ignored == {("clause", 0)}
    assert state.ignored == set()
