"""When not everything that must stand can stand: what clashes is said, and only what is proven is called infeasible."""

from datetime import UTC, datetime

import pytest
from planning_builders import duty, experiment, mission, person, session, step

from payload.errors import PlanningError
from payload.met import DAY, HOUR, MINUTE, Window
from payload.model import Gap, Limit, Mission, Renewable
from payload.planning import make_plan
from payload.rules import check


def clash(mission: Mission, windows: dict[str, tuple[Window, ...]] | None = None) -> tuple[str, ...]:
    plan = make_plan(mission, windows or {})
    assert (plan.status, plan.value, plan.bound, plan.reservations) == ("infeasible", 0, 0, ())
    assert len(plan.unscheduled) == sum(experiment.session_count for experiment in mission.experiments)
    # these missions hand the planner windows that they do not define
    assert [violation for violation in check(mission, plan) if violation.rule != "windows"] == []
    return plan.conflict


def test_two_fixed_duties_at_once() -> None:
    routine = (duty("sleep", 120, at_ms=HOUR), duty("watch", 60, at_ms=2 * HOUR), duty("eat", 60, at_ms=9 * HOUR))
    assert clash(mission(routine=routine)) == (
        (
            "sleep/ann/2026-03-02 (day 1 01:00 to day 1 03:00) and watch/ann/2026-03-02 (day 1 02:00 to day 1 03:00) "
            "are fixed at the same time"
        ),
    )


def test_movable_duties_that_do_not_fit_between_fixed_ones() -> None:
    routine = (
        duty("watch", 60, at_ms=12 * HOUR),
        duty("lunch", 60, between_ms=(11 * HOUR, 14 * HOUR)),
        duty("call", 30, between_ms=(11 * HOUR, 14 * HOUR)),
        duty("nap", 60, between_ms=(11 * HOUR, 14 * HOUR)),
        duty("supper", 60, between_ms=(18 * HOUR, 20 * HOUR)),
    )
    assert clash(mission(routine=routine)) == (
        "lunch/ann/2026-03-02 takes 1 h between day 1 11:00 and day 1 14:00",
        "call/ann/2026-03-02 takes 30 min between day 1 11:00 and day 1 14:00",
        "nap/ann/2026-03-02 takes 1 h between day 1 11:00 and day 1 14:00",
        "watch/ann/2026-03-02 is fixed at day 1 12:00 to day 1 13:00",
    )


def test_a_meal_that_may_be_on_either_side_of_midnight() -> None:
    # supper may wait until noon, but breakfast keeps six hours from it, and two people are each in the same place
    routine = (
        duty("supper", 60, "ann", "bob", between_ms=(21 * HOUR, 9 * HOUR)),
        duty("breakfast", 30, "ann", "bob", between_ms=(2 * HOUR, 4 * HOUR)),
    )
    meals = Gap(
        id="meals", per_crew=True, gap_ms=6 * HOUR, after=("supper", "breakfast"), before=("supper", "breakfast")
    )
    two = mission(
        crew=(person("ann", end=2 * DAY), person("bob", end=2 * DAY)), routine=routine, rules=(meals,), end=2 * DAY
    )
    assert clash(two) == (
        "supper/ann/2026-03-01 takes 1 h between day 1 00:00 and day 1 09:00",
        "breakfast/ann/2026-03-02 takes 30 min between day 1 02:00 and day 1 04:00",
        "rule meals",
    )


def test_what_has_no_start_is_proven_on_rounded_ticks_too() -> None:
    begins = datetime(2026, 3, 2, 6, 0, 13, 250_000, tzinfo=UTC)
    walk = duty("walk", 60, between_ms=(8 * HOUR, 16 * HOUR), avoid=("dark",))
    fixed = duty("nap", 120, at_ms=5 * HOUR, uses={"bunk": 1})
    bunk = {"bunk": Renewable("bunk", "count", 1)}
    day = mission(routine=(walk, fixed), resources=bunk, start=begins, end=18 * HOUR, grid=5)
    assert clash(day, {"dark": (Window(0, 18 * HOUR),)}) == (
        "walk/ann/2026-03-02 takes 1 h; its own keys (days, between, during, avoid, at) leave no start",
    )


def test_a_few_pairs_stand_for_many() -> None:
    days = clash(mission(routine=(duty("drift", 3 * 24 * 60, at_ms=8 * HOUR),), end=8 * DAY))
    assert len(days) == 5
    assert days[-1] == "and 4 more like these"


def test_a_rule_between_duties_is_named() -> None:
    routine = (
        duty("lunch", 60, between_ms=(11 * HOUR, 13 * HOUR)),
        duty("sport", 60, between_ms=(12 * HOUR, 14 * HOUR)),
        duty("tea", 30, between_ms=(8 * HOUR, 10 * HOUR)),
    )
    rules = (
        Gap(id="digest", per_crew=True, gap_ms=2 * HOUR, after=("lunch",), before=("sport",)),
        Gap(id="tea-time", per_crew=True, gap_ms=HOUR, after=("tea",), before=("lunch",)),
    )
    # lunch may not come before sport (two hours after it is 14:00) nor after it (sport ends at 13:00 or later)
    assert clash(mission(routine=routine, rules=rules)) == (
        "lunch/ann/2026-03-02 takes 1 h between day 1 11:00 and day 1 13:00",
        "sport/ann/2026-03-02 takes 1 h between day 1 12:00 and day 1 14:00",
        "rule digest",
    )


def test_a_resource_is_named() -> None:
    names = ("ann", "bob", "cleo")
    day = mission(
        crew=tuple(person(name) for name in names),
        routine=(duty("run", 60, *names, between_ms=(8 * HOUR, 10 * HOUR), uses={"treadmill": 1}),),
        resources={"treadmill": Renewable("treadmill", "count", 1)},
    )
    assert clash(day) == (
        "run/ann/2026-03-02 takes 1 h between day 1 08:00 and day 1 10:00",
        "run/bob/2026-03-02 takes 1 h between day 1 08:00 and day 1 10:00",
        "run/cleo/2026-03-02 takes 1 h between day 1 08:00 and day 1 10:00",
        "resource treadmill",
    )


def test_a_required_experiment_whose_window_never_opens() -> None:
    must = experiment("must", session("see", step(during=("pass",))), required=True)
    assert clash(mission(must), {"pass": ()}) == (
        "must is required, but at most 0 of its 1 sessions can be placed beside the fixed duties",
        "must/see/1 takes 30 min; its own keys (days, between, during, avoid, at) leave no start",
    )


def test_two_required_experiments_for_one_hour() -> None:
    hour = (Window(8 * HOUR, 9 * HOUR),)
    one = experiment("one", session("a", step(40), between=hour), required=True)
    two = experiment("two", session("b", step(30), between=hour), required=True)
    assert clash(mission(one, two)) == (
        "one/a/1 takes 40 min between day 1 08:00 and day 1 09:00",
        "two/b/1 takes 30 min between day 1 08:00 and day 1 09:00",
    )


def test_a_required_experiment_against_a_movable_duty() -> None:
    must = experiment("must", session("a", step(60), between=(Window(12 * HOUR, 13 * HOUR),)), required=True)
    lunch = duty("lunch", 60, between_ms=(12 * HOUR, 13 * HOUR))
    assert clash(mission(must, routine=(lunch,))) == (
        "lunch/ann/2026-03-02 takes 1 h between day 1 12:00 and day 1 13:00",
        "must/a/1 takes 1 h between day 1 12:00 and day 1 13:00",
    )


def test_a_limit_below_what_is_required() -> None:
    must = experiment("must", session("a", step(60)), session("b", step(60)), required=True)
    limit = Limit(id="short", per_crew=True, per_day=True, limit_ms=90 * MINUTE, of=("sessions",))
    assert clash(mission(must, rules=(limit,)))[-1] == "rule short: at most 1 h 30 min"


def test_required_sessions_go_before_what_is_worth_more() -> None:
    must = experiment("must", session("a", step(60), between=(Window(0, 2 * HOUR),)), value=0, required=True)
    rich = experiment("rich", session("b", step(120), between=(Window(0, 2 * HOUR),)), value=99)
    plan = make_plan(mission(must, rich), {})
    assert [one.id for one in plan.reservations] == ["must/a/1"]
    assert plan.unscheduled[0].conflict


def eight_on_two_machines(last: float) -> Mission:
    """Eight people, two machines, meals an hour away from both."""
    names = tuple(f"p{number}" for number in range(8))
    meals = ("breakfast", "lunch")
    routine = (
        duty("breakfast", 30, *names, at_ms=7 * HOUR + 30 * MINUTE),
        duty("lunch", 60, *names, between_ms=(11 * HOUR + 30 * MINUTE, 14 * HOUR)),
        duty("sport", 150, *names, between_ms=(8 * HOUR, int(last * HOUR)), uses={"treadmill": 1}),
    )
    return mission(
        crew=tuple(person(name) for name in names),
        routine=routine,
        rules=(Gap(id="digest", per_crew=True, gap_ms=HOUR, after=meals, before=("sport",)),),
        resources={"treadmill": Renewable("treadmill", "count", 2)},
        end=DAY,
        grid=5,
    )


def test_a_machine_for_more_than_fit_around_their_meals() -> None:
    # on each machine one of 9:00 to 11:30 and two after 13:30: six in all, so seven clash already
    conflict = clash(eight_on_two_machines(19))
    assert conflict[-2:] == ("rule digest", "resource treadmill")
    assert sum(line.startswith("sport/") for line in conflict) == 7


def test_eight_on_two_machines_when_the_evening_is_long_enough() -> None:
    day = eight_on_two_machines(21)
    plan = make_plan(day, {})
    assert (plan.status, len(plan.reservations), list(check(day, plan))) == ("optimal", 24, [])


def test_a_puzzle_too_hard_to_decide_is_not_called_infeasible() -> None:
    # twenty activities of odd lengths and 19 pauses take a quarter of an hour more than a day: no sum sees pauses
    lengths = (37, 41, 43, 47, 53, 59, 61, 67, 71, 73)
    parts = tuple(duty(f"d{n}", n, between_ms=(0, 24 * HOUR)) for n in (*lengths, *(n + 1 for n in lengths)))
    names = tuple(part.id for part in parts)
    rest = Gap(id="rest", per_crew=True, gap_ms=18 * MINUTE, after=names, before=names)
    with pytest.raises(PlanningError, match="not proven"):
        make_plan(mission(routine=parts, rules=(rest,), grid=1), {})
