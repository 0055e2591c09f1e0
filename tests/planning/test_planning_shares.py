"""Crew time promised to sponsors comes before value, and the plan says what each gets."""

from dataclasses import replace

from planning_builders import experiment, mission, person, session, step

from payload.met import HOUR, MINUTE
from payload.model import After, Experiment, Mission, Plan, Repeat
from payload.planning import make_plan
from payload.planning.compile import compile_mission
from payload.planning.construct import fixed_duties
from payload.planning.score import score_of, value_of
from payload.rules import check


def of(sponsor: str, made: Experiment) -> Experiment:
    return replace(made, sponsor=sponsor)


def planned(made: Mission) -> Plan:
    plan = make_plan(made, {}, iterations=5)
    assert list(check(made, plan)) == []
    return plan


HOURS = (
    of("rich", experiment("gold", session("run", step(60)), value=9)),
    of("poor", experiment("lead", session("run", step(60)))),
)


def test_a_promise_comes_before_value() -> None:
    free = planned(mission(*HOURS, end=HOUR, crew=(person(end=HOUR),)))
    bound = planned(mission(*HOURS, end=HOUR, crew=(person(end=HOUR),), shares={"poor": 30 * MINUTE}))
    assert [one.id for one in free.reservations] == ["gold/run/1"]
    assert [one.id for one in bound.reservations] == ["lead/run/1"]
    assert (free.shares, bound.shares) == ({}, {"poor": (30 * MINUTE, HOUR)})
    assert (bound.value, bound.bound) == (1, 9)


def test_value_decides_once_the_promise_is_kept() -> None:
    lead = of("poor", experiment("lead", session("run", step(60), repeat=Repeat(5)), unordered=True))
    made = mission(HOURS[0], lead, end=3 * HOUR, crew=(person(end=3 * HOUR),), shares={"poor": HOUR})
    plan = planned(made)
    assert "gold/run/1" in {one.id for one in plan.reservations}
    assert plan.shares == {"poor": (HOUR, 2 * HOUR)}


def test_work_without_value_is_planned_for_its_sponsor() -> None:
    gift = of("poor", experiment("gift", session("run", step(30, crew=2)), value=0))
    two = (person("ann"), person("bob"))
    assert planned(mission(gift, crew=two, shares={"poor": HOUR})).shares == {"poor": (HOUR, HOUR)}


def test_a_plan_is_not_called_optimal_while_a_sponsor_is_short() -> None:
    enough = planned(mission(*HOURS, shares={"poor": HOUR, "rich": MINUTE}))
    short = planned(mission(*HOURS, shares={"poor": 2 * HOUR, "nobody": HOUR}))
    assert (enough.status, enough.shares) == ("optimal", {"poor": (HOUR, HOUR), "rich": (MINUTE, HOUR)})
    assert short.value == short.bound
    assert (short.status, short.shares) == ("feasible", {"poor": (2 * HOUR, HOUR), "nobody": (HOUR, 0)})


def test_the_reference_of_a_promised_session_comes_with_it() -> None:
    before = of("rich", experiment("base", session("run", step(60))))
    after = of("poor", experiment("follow", session("run", step(60), after=(After("base/run"),))))
    made = mission(HOURS[0], before, after, end=2 * HOUR, crew=(person(end=2 * HOUR),), shares={"poor": HOUR})
    assert [one.id for one in planned(made).reservations] == ["base/run/1", "follow/run/1"]


def test_a_score_puts_the_shortfall_first() -> None:
    made = mission(*HOURS, shares={"poor": HOUR})
    problem = compile_mission(made, {})
    state = fixed_duties(problem)
    scores = [score_of(state)[:2]]
    for item in problem.items:
        mark = state.mark()
        state.put(item, 0, (0,))
        scores.append(score_of(state)[:2])
        assert value_of(state) == scores[-1][1]
        state.back_to(mark)
    assert scores == [(-HOUR, 0), (-HOUR, 9), (0, 1)]
    assert score_of(state)[:2] == scores[0]


def test_many_experiments_serve_the_short_sponsors_first() -> None:
    """Eight hours for ten sponsors of one experiment of an hour each: the eight with a promise get theirs."""
    ten = [of(f"s{n}", experiment(f"e{n}", session("run", step(60)), value=n + 1)) for n in range(10)]
    shares = {f"s{n}": HOUR for n in range(8)}
    plan = planned(mission(*ten, end=8 * HOUR, crew=(person(end=8 * HOUR),), shares=shares))
    assert sorted(one.id for one in plan.reservations) == [f"e{n}/run/1" for n in range(8)]
