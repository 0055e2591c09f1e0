"""Small days, planned: where everything stands, compared whole."""

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from planning_builders import duty, experiment, mission, person, session, step

from payload.errors import PlanningError
from payload.met import DAY, HOUR, MINUTE, Window
from payload.model import (
    After,
    Consumable,
    Duty,
    Exclude,
    Gap,
    Level,
    Limit,
    Mission,
    Order,
    Plan,
    Relative,
    Renewable,
    Repeat,
    RigCall,
    Role,
)
from payload.planning import make_plan
from payload.rules import check


def planned(mission: Mission, windows: dict[str, tuple[Window, ...]] | None = None) -> Plan:
    plan = make_plan(mission, windows or {})
    assert [violation for violation in check(mission, plan) if violation.rule != "windows"] == []
    return plan


def story(plan: Plan) -> dict[str, str]:
    """id -> when it starts, of everything in the plan."""
    return {one.id: plan.calendar.format_day(one.start) for one in plan.reservations}


def left_out(plan: Plan) -> dict[str, tuple[str, ...]]:
    return {one.id: one.conflict for one in plan.unscheduled}


def test_nothing_to_do_is_an_optimal_plan() -> None:
    plan = planned(mission(end=HOUR))
    assert (plan.status, plan.value, plan.bound, plan.reservations, plan.unscheduled) == ("optimal", 0, 0, (), ())


def test_sessions_follow_each_other_from_the_start() -> None:
    plan = planned(mission(experiment("a"), experiment("b", value=3), end=HOUR))
    assert story(plan) == {"b/run/1": "day 1 00:00", "a/run/1": "day 1 00:30"}
    assert (plan.status, plan.value) == ("optimal", 4)


def test_the_grid_counts_from_local_midnight() -> None:
    start = datetime(2026, 3, 2, 9, 7, tzinfo=UTC)
    assert story(planned(mission(experiment("a"), start=start))) == {"a/run/1": "day 1 09:10"}


def test_at_is_exempt_from_the_grid_and_a_fixed_duty_keeps_its_minute() -> None:
    call = experiment("call", session("live", step(20), at=(8 * HOUR + 7 * MINUTE,)))
    plan = planned(mission(call, routine=(duty("talk", 13, at_ms=8 * HOUR + 27 * MINUTE),)))
    assert story(plan) == {"call/live/1": "day 1 08:07", "talk/ann/2026-03-02": "day 1 08:27"}


def test_lunch_gives_way_to_a_pass() -> None:
    passes = {"pass": (Window(12 * HOUR, 12 * HOUR + 40 * MINUTE),)}
    photo = experiment("photo", session("shoot", step(30, during=("pass",))))
    plan = planned(
        mission(photo, routine=(duty("lunch", 60, between_ms=(11 * HOUR + 30 * MINUTE, 14 * HOUR)),)), passes
    )
    assert story(plan) == {"photo/shoot/1": "day 1 12:00", "lunch/ann/2026-03-02": "day 1 12:30"}


def test_three_share_one_treadmill() -> None:
    names = ("ann", "bob", "cleo")
    day = mission(
        crew=tuple(person(name) for name in names),
        routine=(duty("run", 60, *names, between_ms=(8 * HOUR, 11 * HOUR), uses={"treadmill": 1}),),
        resources={"treadmill": Renewable("treadmill", "count", 1)},
    )
    assert sorted(story(planned(day)).values()) == ["day 1 08:00", "day 1 09:00", "day 1 10:00"]


def test_a_chain_is_placed_so_that_its_end_fits_too() -> None:
    # the last of three must lie in the evening window, so the first must not start in the morning
    chain = experiment(
        "cells",
        session("feed", step(20), repeat=Repeat(2, every_ms=4 * HOUR, tolerance_ms=HOUR)),
        session("fix", step(20, during=("evening",)), after=(After("cells/feed", 0, HOUR),)),
        minimum=3,
    )
    plan = planned(mission(chain), {"evening": (Window(20 * HOUR, 21 * HOUR),)})
    assert (plan.status, len(plan.reservations)) == ("optimal", 3)


def test_chains_longer_than_calls_nest() -> None:
    """One experiment of 1,500 sessions, and 1,200 experiments each after the one before."""
    listed = experiment("listed", session("run", step(10, 0), repeat=Repeat(1_500)))
    plan = make_plan(mission(listed, end=12 * DAY), {})
    assert (plan.status, len(plan.reservations)) == ("optimal", 1_500)
    first = experiment("e0", session("run", step(10, 0)))
    later = [
        experiment(f"e{n}", session("run", step(10, 0), after=(After(f"e{n - 1}/run"),)), required=n == 1_199)
        for n in range(1, 1_200)
    ]
    plan = make_plan(mission(first, *reversed(later), end=12 * DAY), {})
    assert (plan.status, len(plan.reservations)) == ("optimal", 1_200)


def test_below_its_minimum_an_experiment_is_left_out_whole() -> None:
    plan = planned(mission(experiment("a", session(repeat=Repeat(5)), value=9, minimum=5), end=2 * HOUR))
    assert (plan.value, plan.reservations, len(plan.unscheduled)) == (0, (), 5)
    assert "worth nothing with fewer than 5" in left_out(plan)["a/run/1"][-1]
    assert plan.status == "optimal"


def test_half_of_the_sessions_are_worth_half() -> None:
    plan = planned(mission(experiment("a", session(repeat=Repeat(4)), value=5, unordered=True), end=HOUR))
    assert (plan.value, plan.bound, plan.status) == (Fraction(5, 2), Fraction(5, 2), "optimal")
    assert set(story(plan)) == {"a/run/1", "a/run/2"}


def test_roles_are_different_people_who_can_do_it() -> None:
    surgeon = step(30, roles=(Role(1, skills={"medical": Level.OPERATOR}), Role(2)))
    after = step(10, roles=(Role(2),))
    crew = (person("ann"), person("bob", medical=Level.SPECIALIST), person("cleo", medical=Level.USER))
    (only,) = planned(mission(experiment("op", session("cut", surgeon, after)), crew=crew)).reservations
    assert only.crew[0] == "bob"
    assert only.crew[1] in {"ann", "cleo"}
    assert [one.crew for one in only.steps] == [only.crew, (only.crew[1],)]


def test_the_same_person_keeps_the_role() -> None:
    crew = (person("ann"), person("bob"))
    busy = (duty("rest", 20 * 60, "ann", at_ms=0), duty("nap", 60, "bob", at_ms=0))
    hold = experiment("a", session(repeat=Repeat(3, min_ms=2 * HOUR)), same_people=True)
    plan = planned(mission(hold, crew=crew, routine=busy))
    assert {one.crew for one in plan.reservations if one.kind == "session"} == {("bob",)}
    assert plan.status == "optimal"


def test_the_person_who_flies_decides_what_can_be_done() -> None:
    seat = replace(
        person("seat"),
        candidates={"prime": {"biology": Level.OPERATOR}, "backup": {"biology": Level.USER}},
        flies="prime",
    )
    work = step(roles=(Role(1, skills={"biology": Level.OPERATOR}),))
    task = mission(experiment("a", session("run", work)), crew=(seat,))
    assert planned(task).value == 1
    plan = planned(task.with_seats({"seat": "backup"}))
    assert left_out(plan) == {"a/run/1": ("nobody aboard can fill its role 1: biology operator",)}
    assert plan.status == "optimal"


def test_inside_and_relative_follow_the_duty() -> None:
    wash = duty("wash", 30, between_ms=(6 * HOUR, 9 * HOUR))
    inside = experiment("saliva", session("spit", step(10), inside="wash"))
    before = experiment(
        "blood",
        session("draw", step(30), relative=Relative("wash", True, 10 * MINUTE), between=(Window(7 * HOUR, DAY),)),
    )
    plan = planned(mission(inside, before, routine=(wash,)))
    assert story(plan) == {
        "blood/draw/1": "day 1 07:00",
        "wash/ann/2026-03-02": "day 1 07:30",
        "saliva/spit/1": "day 1 07:30",
    }


def test_consumables_wait_for_the_resupply() -> None:
    swab = experiment("swab", session("take", step(30, uses={"swabs": 2}), repeat=Repeat(2)))
    plan = planned(mission(swab, resources={"swabs": Consumable("swabs", "count", 3, ((5 * HOUR, 1),))}))
    assert story(plan) == {"swab/take/1": "day 1 00:00", "swab/take/2": "day 1 05:00"}


def test_what_is_held_from_first_to_last_keeps_others_out() -> None:
    hold = experiment("cells", session(repeat=Repeat(2, min_ms=3 * HOUR)), value=9, holds={"rack": 1})
    other = experiment("other", session("run", step(30, uses={"rack": 1})))
    plan = planned(mission(hold, other, resources={"rack": Renewable("rack", "count", 1)}))
    assert story(plan) == {"cells/run/1": "day 1 00:00", "cells/run/2": "day 1 03:30", "other/run/1": "day 1 04:00"}


def test_capacity_falls_for_a_while() -> None:
    power = Renewable("power", "power", 5, ((Window(0, 2 * HOUR), 2),))
    plan = planned(mission(experiment("a", session("run", step(30, uses={"power": 3}))), resources={"power": power}))
    assert story(plan) == {"a/run/1": "day 1 02:00"}


def test_a_rig_serves_one_step_at_a_time() -> None:
    def heat(name: str) -> object:
        return experiment(name, session("run", step(30, 0, rig=RigCall("oven", "heat"))))

    plan = planned(mission(heat("a"), heat("b")))  # type: ignore[arg-type]
    assert sorted(story(plan).values()) == ["day 1 00:00", "day 1 00:30"]


def test_gap_order_exclude_and_limit_are_kept() -> None:
    crew = (person("ann"), person("bob"))
    lunch = duty("lunch", 60, "ann", "bob", at_ms=12 * HOUR)
    run = experiment("run", session("sprint", step(60, is_="ann"), between=(Window(11 * HOUR, DAY),)), value=5)
    last = experiment("pack", session("bag", step(30, is_="bob")))
    quiet = experiment("quiet", session("hear", step(60, is_="bob")))
    loud = experiment("loud", session("drill", step(60, is_="ann", uses={}), between=(Window(0, 2 * HOUR),)))
    rules = (
        Gap(id="digest", per_crew=True, gap_ms=2 * HOUR, after=("lunch",), before=("run",)),
        Order(id="last", first=("run",), then=("pack",), gap_ms=HOUR),
        Exclude(id="calm", entries=("quiet", "loud")),
        Limit(id="day", per_crew=True, per_day=True, limit_ms=2 * HOUR, of=("sessions",)),
    )
    plan = planned(mission(run, last, quiet, loud, crew=crew, routine=(lunch,), rules=rules))
    starts = story(plan)
    assert starts["run/sprint/1"] == "day 1 11:00"
    assert starts["pack/bag/1"] >= "day 1 13:00"
    assert plan.status == "optimal"


def test_a_limit_counts_up_to_local_midnight() -> None:
    # two hours a day: 23:00 to 01:00 takes an hour of each, so that one more hour fits on each day
    night = experiment("night", session("run", step(120), at=(23 * HOUR,)), value=9)
    more = experiment("more", session("run", step(60), repeat=Repeat(4)), unordered=True)
    limit = Limit(id="day", per_crew=True, per_day=True, limit_ms=2 * HOUR, of=("sessions",))
    plan = planned(mission(night, more, rules=(limit,), end=2 * DAY))
    assert len(plan.reservations) == 3
    assert any("day" in text for text in left_out(plan)["more/run/3"])


def test_each_day_stands_on_its_own_day() -> None:
    days = frozenset(datetime(2026, 3, day, tzinfo=UTC).date() for day in (2, 3, 4))
    diary = experiment("diary", session("entry", step(10), days=days, repeat=Repeat(3, each_day=True)))
    away = duty("away", 24 * 60, at=DAY)
    plan = planned(mission(diary, routine=(away,), end=3 * DAY))
    assert story(plan) == {
        "diary/entry/1": "day 1 00:00",
        "away/ann/2026-03-03": "day 2 00:00",
        "diary/entry/3": "day 3 00:00",
    }
    assert plan.status == "optimal"


def test_the_clock_changes_and_duties_follow_it() -> None:
    spring = mission(
        experiment("a", session(repeat=Repeat(2, every_ms=DAY))),
        routine=(duty("wake", 30, at_ms=2 * HOUR + 30 * MINUTE), duty("eat", 30, between_ms=(HOUR, 4 * HOUR))),
        zone="Europe/Berlin",
        start=datetime(2026, 3, 27, 23, tzinfo=UTC),
        end=47 * HOUR,
    )
    plan = planned(spring)
    assert story(plan)["wake/ann/2026-03-29"] == "day 2 03:30"
    assert plan.status == "optimal"


def test_lengths_finer_than_the_ticks_are_rounded_outwards() -> None:
    # 18 days in ms are too many ticks: steps of a ms more than an hour then take the next ticks as well
    long = experiment("a", session("run", step(60, uses={"rack": 1}), repeat=Repeat(40)), value=40)
    fine = replace(step(60), min_ms=HOUR + 1, max_ms=HOUR + 1, uses={"rack": 1})
    long = replace(long, sessions=(replace(long.sessions[0], steps=(fine,)),))
    rack = {"rack": Renewable("rack", "count", 1)}
    duties = (duty("sleep", 8 * 60, at_ms=22 * HOUR), duty("lunch", 60, between_ms=(11 * HOUR, 14 * HOUR)))
    plan = planned(mission(long, resources=rack, routine=duties, end=18 * DAY, grid=5))
    assert (plan.status, plan.value) == ("optimal", 40)


def test_a_start_too_fine_for_so_long_a_mission_is_refused_by_name() -> None:
    early = experiment("call", session("live", step(20), at=(1,)))
    assert planned(mission(early, end=HOUR)).reservations[0].start == 1
    contact = experiment("call", session("live", step(20), at=(8 * HOUR + 1,)))
    with pytest.raises(PlanningError, match=r"call/live: .* \(2026-03-02T08:00:00.001Z\) needs ticks of 1 ms"):
        make_plan(mission(contact, end=4 * DAY), {})
    with pytest.raises(PlanningError, match="a grid needs ticks of 1 ms"):
        make_plan(replace(mission(end=4 * DAY), grid_ms=1), {})


@pytest.mark.parametrize("meal", [duty("meal", 60, at_ms=0), duty("meal", 60, between_ms=(0, HOUR))])
def test_an_exclusion_on_some_days_is_judged_where_the_overlap_begins(meal: Duty) -> None:
    # the session starts on the day of the rule, but the meal begins only after midnight, with two hours of waiting left
    watch = experiment("e", session("s", step(120), step(90, 0)), value=7)
    apart = Exclude(id="apart", entries=("sessions", "meal"), days=frozenset({date(2026, 3, 2)}))
    night = datetime(2026, 3, 2, 21, tzinfo=UTC)
    plan = planned(mission(watch, routine=(meal,), rules=(apart,), start=night, end=4 * HOUR, grid=60))
    assert (plan.status, story(plan)["e/s/1"]) == ("optimal", "day 1 21:00")
