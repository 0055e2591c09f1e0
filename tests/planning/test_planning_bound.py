"""The bound: never below what is possible, tightened to what is known on missions where it can be reckoned by hand."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from enumerator import best_value
from hypothesis import given, settings
from hypothesis import strategies as st
from planning_builders import duty, experiment, increment, mission, person, session, step
from tiny_missions import tiny

from payload.met import DAY, HOUR, Window
from payload.model import Consumable, Limit, Mission, Renewable, Repeat, Role
from payload.planning.bounds import Bound, most_sessions, relaxed
from payload.planning.compile import compile_mission
from payload.planning.construct import fixed_duties


def bound_of(mission: Mission, windows: Mapping[str, tuple[Window, ...]] | None = None) -> Bound:
    base = relaxed(fixed_duties(compile_mission(mission, windows or {})))
    return Bound(base, most_sessions(base))


def tightened(mission: Mission, target: Fraction = Fraction(-1), most: int = 400) -> list[Fraction]:
    """The quick bound, and what each piece of work makes of it."""
    bound = bound_of(mission)
    values = [bound.value]
    while bound.tighten(target) and len(values) <= most:
        values.append(bound.value)
    return [*values, bound.value]


def day_of_work(hours: int) -> Limit:
    return Limit(id="workday", per_crew=True, per_day=True, limit_ms=hours * HOUR, of=("sessions",))


def test_a_session_that_two_can_do_takes_an_hour_of_one_of_them() -> None:
    # three hours of work for two people with one hour each
    three = [experiment(f"e{n}", session("run", step(60)), value=value) for n, value in enumerate((5, 3, 2))]
    crew = (person("ann"), person("bob"))
    assert tightened(mission(*three, crew=crew, rules=(day_of_work(1),)))[-1] == 8


def test_sessions_that_share_a_rack_take_turns() -> None:
    rack = {"rack": Renewable("rack", "count", 1)}
    morning = (Window(6 * HOUR, 8 * HOUR),)
    three = [
        experiment(f"e{n}", session("run", step(60, crew=0, uses={"rack": 1}), between=morning), value=value)
        for n, value in enumerate((5, 3, 2))
    ]
    values = tightened(mission(*three, resources=rack))
    assert [values[0], values[-1]] == [10, 8]


def test_what_is_held_is_held_between_the_sessions_too() -> None:
    # four hours from the start of the first to the end of the second: wherever they lie in the six, from 8 to 10
    chamber = {"chamber": Renewable("chamber", "count", 1)}
    twice = Repeat(2, every_ms=3 * HOUR)
    runs = session("run", step(60, crew=0), repeat=twice, between=(Window(6 * HOUR, 12 * HOUR),))
    two = [experiment(f"e{n}", runs, value=value, minimum=2, holds={"chamber": 1}) for n, value in enumerate((5, 3))]
    values = tightened(mission(*two, resources=chamber))
    assert [values[0], values[-1]] == [8, 5]


def test_a_chain_that_cannot_fit_twice_in_the_days_limits() -> None:
    # each asks for three hours on two days running; the person has four on each
    daily = Repeat(2, every_ms=DAY, tolerance_ms=HOUR)
    two = [experiment(f"e{n}", session("run", step(180), repeat=daily), value=6, minimum=2) for n in range(2)]
    values = tightened(mission(*two, crew=(person(end=2 * DAY),), end=2 * DAY, rules=(day_of_work(4),)))
    assert [values[0], values[-1]] == [8, 6]


def test_swabs_run_out() -> None:
    swabs = {"swabs": Consumable("swabs", "count", 3, ())}
    four = [experiment(f"e{n}", session("run", step(30, uses={"swabs": 2})), value=n + 1) for n in range(4)]
    assert tightened(mission(*four, resources=swabs))[-1] == 4


def test_a_duty_that_must_be_somewhere_takes_its_time() -> None:
    # two hours are free beside it, and lunch can only be in them
    lunch = duty("lunch", 60, between_ms=(11 * HOUR, 13 * HOUR))
    two = [experiment(f"e{n}", session("run", step(60), between=(Window(11 * HOUR, 13 * HOUR),))) for n in range(2)]
    assert tightened(mission(*two, routine=(lunch,)))[-1] == 1


def test_two_roles_are_two_people() -> None:
    both = (Role(1), Role(2))
    work = session("run", step(60, roles=both))
    two = [experiment(f"e{n}", work, value=4) for n in range(2)]
    one = experiment("alone", session("run", step(60)), value=1)
    crew = (person("ann"), person("bob"))
    assert tightened(mission(*two, one, crew=crew, rules=(day_of_work(1),)))[-1] == 4


def test_it_is_done_when_the_plan_is_as_good() -> None:
    one = experiment("one", session("run", step(60)), value=5)
    bound = bound_of(mission(one))
    assert bound.value == 5
    assert not bound.tighten(Fraction(5))


def test_it_only_falls_and_is_the_same_every_time() -> None:
    weeks = increment(days=3, people=2, sessions=60, seed=3)
    values = tightened(weeks, most=30)
    assert values == sorted(values, reverse=True)
    assert values == tightened(weeks, most=30)
    assert values[-1] < values[0]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 100_000), soft=st.booleans(), target=st.integers(-3, 3))
def test_never_below_the_best_plan_of_a_tiny_mission(seed: int, soft: bool, target: int) -> None:
    tiny_mission, windows = tiny(seed, soft=soft)
    best = best_value(tiny_mission, windows)
    bound = bound_of(tiny_mission, windows)
    least = bound.value
    while bound.tighten(Fraction(target)):
        assert bound.value <= least
        least = bound.value
    assert best is None or best <= bound.value


def test_what_reaches_over_the_edge_of_a_stretch_is_not_lost() -> None:
    # two sessions of two hours in the four that are left of the day: only one of the two begins on the edge
    work = session("run", step(60, do="one"), step(60, do="two"), repeat=Repeat(2), between=(Window(9 * HOUR, DAY),))
    assert tightened(mission(experiment("e", work, value=1), grid=60, end=13 * HOUR))[-1] == 1
