"""Rules of days, limits of amounts and waivers: what is planned, and what is said of what is left out."""

from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import pytest
from planning_builders import duty, experiment, mission, person, session, step

from payload.met import DAY, HOUR, MINUTE, Window
from payload.model import (
    AmountLimit,
    Buffer,
    Consumable,
    DifferentDay,
    Gap,
    Level,
    Limit,
    Mission,
    Plan,
    Relative,
    Renewable,
    Repeat,
    Role,
    Rule,
    SameDay,
    Waiver,
)
from payload.planning import make_plan
from payload.rules import check, waiver_of

BOTH = (person("ann", end=3 * DAY), person("bob", end=3 * DAY))


def planned(made: Mission, iterations: int | None = None) -> Plan:
    """The plan, of which nothing but what is waived is wrong."""
    plan = make_plan(made, {}, iterations=iterations)
    assert [one for one in check(made, plan) if one.weight is None and not waiver_of(made, one)] == []
    return plan


def story(plan: Plan, kind: str = "session") -> list[tuple[str, str]]:
    """What stands when, in words: `2 08:30` is half past eight on the second day."""
    return [
        (one.id, f"{one.start // DAY + 1} {one.start % DAY // HOUR:02}:{one.start % HOUR // MINUTE:02}")
        for one in plan.reservations
        if one.kind == kind
    ]


def let_off(rule: str, of: str) -> Waiver:
    return Waiver(rule, of, "asked for", "flight director")


def test_sessions_on_different_days() -> None:
    draw = session("draw", repeat=Repeat(3))
    plan = planned(mission(experiment("blood", draw), rules=(DifferentDay(id="spread", of=("blood",)),), end=3 * DAY))
    assert story(plan) == [("blood/draw/1", "1 00:00"), ("blood/draw/2", "2 00:00"), ("blood/draw/3", "3 00:00")]
    assert plan.status == "optimal"


def test_one_more_than_there_are_days_is_left_out_because_of_the_rule() -> None:
    draw = session("draw", repeat=Repeat(3))
    plan = planned(mission(experiment("blood", draw), rules=(DifferentDay(id="spread", of=("blood",)),), end=2 * DAY))
    assert story(plan) == [("blood/draw/1", "1 00:00"), ("blood/draw/2", "2 00:00")]
    assert [(one.id, one.conflict[0]) for one in plan.unscheduled] == [
        ("blood/draw/3", "rule spread forbids the starts that are left")
    ]


def test_different_days_per_person_leave_two_people_one_day() -> None:
    draw = session("draw", repeat=Repeat(3))
    spread = DifferentDay(id="spread", of=("blood",), per_crew=True)
    plan = planned(mission(experiment("blood", draw, unordered=True), rules=(spread,), crew=BOTH))
    assert [(one.id, one.crew) for one in plan.reservations] == [("blood/draw/1", ("ann",)), ("blood/draw/2", ("bob",))]


def test_the_days_of_a_rule_are_those_of_the_start() -> None:
    draw = session("draw", repeat=Repeat(4))
    spread = DifferentDay(id="spread", of=("blood",), days=frozenset({date(2026, 3, 2)}))
    plan = planned(mission(experiment("blood", draw), rules=(spread,), end=2 * DAY))
    assert story(plan) == [
        ("blood/draw/1", "1 00:00"),
        ("blood/draw/2", "2 00:00"),
        ("blood/draw/3", "2 00:30"),
        ("blood/draw/4", "2 01:00"),
    ]


def test_sessions_on_one_and_the_same_day() -> None:
    early, late = (
        session(days=frozenset({date(2026, 3, 2), date(2026, 3, 3)})),
        session(days=frozenset({date(2026, 3, 3)})),
    )
    rules: tuple[Rule, ...] = (SameDay(id="joined", of=("a", "b")),)
    plan = planned(mission(experiment("a", early), experiment("b", late), rules=rules, end=2 * DAY))
    assert story(plan) == [("b/run/1", "2 00:00"), ("a/run/1", "2 00:30")]


def test_a_movable_duty_gives_way_to_another_day() -> None:
    """The review may be late on the first day or early on the second; the run must be on the second."""
    review = duty("review", 60, between=Window(20 * HOUR, 26 * HOUR))
    run = experiment("run", session(days=frozenset({date(2026, 3, 3)}), between=(Window(DAY, DAY + HOUR),)))
    plan = planned(
        mission(run, routine=(review,), rules=(DifferentDay(id="apart", of=("review", "run")),), end=2 * DAY)
    )
    assert plan.value == 1
    assert story(plan, "duty")[0][1].startswith("1 ")


def test_days_that_cannot_be_kept_make_the_mission_infeasible() -> None:
    meal = duty("meal", 30, at_ms=8 * HOUR)
    plan = make_plan(mission(routine=(meal,), rules=(SameDay(id="once", of=("meal",)),), end=2 * DAY), {})
    assert plan.status == "infeasible"
    assert "rule once" in plan.conflict[0]

    must = experiment("must", session(repeat=Repeat(2)), required=True)
    plan = make_plan(mission(must, rules=(DifferentDay(id="spread", of=("must",)),)), {})
    assert plan.status == "infeasible"
    assert plan.conflict[-1] == "rule spread"


def photos(count: int, **more: int) -> tuple[Mission, ...]:
    run = session("pass", step(30, uses={"power": 3}), repeat=Repeat(count))
    made = experiment("photo", run, unordered=True)
    resources = {"power": Renewable("power", "count", 5)}
    rule = AmountLimit(id="ration", amount=6, resource="power", per_day=bool(more.get("per_day")))
    return (mission(made, resources=resources, rules=(rule,), end=2 * DAY),)


def test_an_amount_is_limited_in_all_or_a_day() -> None:
    (whole,), (daily,) = photos(5), photos(5, per_day=1)
    assert story(planned(whole)) == [("photo/pass/1", "1 00:00"), ("photo/pass/2", "1 00:30")]
    left = planned(whole).unscheduled[0]
    assert left.conflict == ("rule ration leaves it not enough power",)
    assert [when[0] for _, when in story(planned(daily))] == ["1", "1", "2", "2"]


def test_what_flows_over_midnight_counts_on_either_day() -> None:
    """Two hours of 8 bits around midnight: 4 on either side, where 5 are allowed a day."""
    night = experiment("night", session("run", step(120, produces={"disk": 8}), at=(23 * HOUR,)), value=2)
    day = experiment("day", session("run", step(60, produces={"disk": 2}), days=frozenset({date(2026, 3, 2)})))
    small = experiment("small", session("run", step(60, produces={"disk": 1}), days=frozenset({date(2026, 3, 2)})))
    rule = AmountLimit(id="ration", amount=5, resource="disk", per_day=True)
    made = mission(night, day, small, resources={"disk": Buffer("disk", "data", 99, 0)}, rules=(rule,), end=2 * DAY)
    plan = planned(made)
    assert story(plan) == [("small/run/1", "1 00:00"), ("night/run/1", "1 23:00")]
    assert plan.unscheduled[0].conflict[0].startswith("rule ration leaves it not enough disk")


def test_what_an_experiment_holds_counts_on_its_first_day() -> None:
    one = experiment("one", session(repeat=Repeat(2, min_ms=20 * HOUR)), holds={"rack": 1})
    other = experiment("other", session(days=frozenset({date(2026, 3, 2)})), holds={"rack": 1})
    rule = AmountLimit(id="ration", amount=1, resource="rack", per_day=True)
    made = mission(one, other, resources={"rack": Renewable("rack", "count", 2)}, rules=(rule,), end=3 * DAY)
    assert [when[0] for name, when in story(planned(made)) if name != "one/run/2"] == ["1", "2"]


def test_a_stock_is_limited_per_person_too() -> None:
    run = session("run", step(30, uses={"swabs": 1}), repeat=Repeat(4))
    rule = AmountLimit(id="ration", amount=1, resource="swabs", per_crew=True, people=("ann",))
    made = mission(
        experiment("e", run, unordered=True),
        crew=BOTH,
        resources={"swabs": Consumable("swabs", "count", 9)},
        rules=(rule,),
    )
    assert sorted(one.crew[0] for one in planned(made).reservations) == ["ann", "bob", "bob", "bob"]


def test_required_sessions_over_a_limit_of_amounts_are_named_with_it() -> None:
    must = experiment("must", session("run", step(30, uses={"power": 1}), repeat=Repeat(3)), required=True)
    rule = AmountLimit(id="ration", amount=2, resource="power")
    plan = make_plan(
        mission(must, resources={"power": Renewable("power", "count", 5)}, rules=(rule,), end=3 * HOUR), {}
    )
    assert plan.conflict[-1] == "rule ration: a limit of power"


def test_fixed_duties_that_use_more_than_a_limit_are_named() -> None:
    spin = duty("spin", 30, at_ms=8 * HOUR, uses={"power": 2})
    rule = AmountLimit(id="ration", amount=1, resource="power", per_day=True)
    plan = make_plan(mission(routine=(spin,), resources={"power": Renewable("power", "count", 5)}, rules=(rule,)), {})
    assert plan.conflict == ("rule ration: fixed duties use more of power than it allows",)


# waivers


def test_a_waived_session_is_out_of_its_rule_and_the_others_keep_it() -> None:
    draw = session("draw", repeat=Repeat(3))
    made = mission(
        experiment("blood", draw),
        rules=(DifferentDay(id="spread", of=("blood",)),),
        waivers=(let_off("spread", "blood/draw/2"),),
        end=2 * DAY,
    )
    assert story(planned(made)) == [
        ("blood/draw/1", "1 00:00"),
        ("blood/draw/2", "1 00:30"),
        ("blood/draw/3", "2 00:00"),
    ]


def test_a_waived_repeat_of_an_unordered_experiment_keeps_its_number() -> None:
    """Repeats are else numbered by time; the limit leaves time for one, and for the waived one."""
    made = mission(
        experiment("e", session(repeat=Repeat(3)), unordered=True),
        rules=(Limit(id="workday", limit_ms=30 * MINUTE, of=("sessions",)),),
        waivers=(let_off("workday", "e/run/3"),),
    )
    plan = planned(made)
    assert plan.value == Fraction(2, 3)
    assert "e/run/3" in {one.id for one in plan.reservations}


def test_a_waived_duty_may_be_near_a_meal() -> None:
    meal, exercise = duty("meal", 60, at_ms=12 * HOUR), duty("exercise", 60, between_ms=(11 * HOUR, 14 * HOUR))
    rest = Gap(id="digest", gap_ms=2 * HOUR, after=("meal",), before=("exercise",), per_crew=True)
    busy = experiment("busy", session("run", step(60), at=(11 * HOUR,)))
    made = mission(busy, routine=(meal, exercise), rules=(rest,))
    assert planned(made).value == 0
    eased = mission(
        busy, routine=(meal, exercise), rules=(rest,), waivers=(let_off("digest", "exercise/ann/2026-03-02"),)
    )
    assert planned(eased).value == 1


@pytest.mark.parametrize(
    ("word", "keys"),
    [
        ("days", {"days": frozenset({date(2026, 3, 3)})}),
        ("between", {"between": (Window(20 * HOUR, 20 * HOUR + MINUTE),)}),
        ("avoid", {"avoid": ("dark",)}),
        ("during", {"during": ("light",)}),
    ],
)
def test_a_session_may_be_let_off_its_own_keys(word: str, keys: dict[str, Any]) -> None:
    windows = {"dark": (Window(0, DAY),), "light": ()}
    run = experiment("run", session(repeat=Repeat(2), **keys), unordered=True)
    made = mission(run, waivers=(let_off(word, "run/run/2"),), windows=dict.fromkeys(windows))
    plan = make_plan(made, windows)
    assert [one.id for one in plan.reservations] == ["run/run/2"]
    assert [one.rule for one in check(made, plan) if not waiver_of(made, one)] == []


def test_a_session_may_be_let_off_its_role_and_its_duty() -> None:
    """Nobody is a pilot, and there is no lunch to come after."""
    pilot = Role(1, skills={"piloting": Level.OPERATOR})
    dock = session("dock", step(30, roles=(pilot,)), repeat=Repeat(2), relative=Relative("lunch", False, HOUR))
    lunch = duty("lunch", 60, between=Window(2 * DAY, 2 * DAY + HOUR))
    waivers = (let_off("role", "ship/dock/1"), let_off("relative", "ship/dock/1"))
    plan = planned(mission(experiment("ship", dock), routine=(lunch,), waivers=waivers))
    assert story(plan) == [("ship/dock/1", "1 00:00")]


def test_a_waiver_that_is_not_made_use_of_proves_nothing() -> None:
    """With the waiver `required` does not bind: that the mission is infeasible must not be said."""
    must = experiment("must", session(repeat=Repeat(2)), required=True)
    made = mission(must, rules=(DifferentDay(id="spread", of=("must",)),), waivers=(let_off("required", "must/run/2"),))
    with pytest.raises(Exception, match="not proven"):
        make_plan(made, {})


def test_dates_are_local() -> None:
    """At 23:30 UTC it is the next day in Shanghai already."""
    draw = session("draw", repeat=Repeat(2))
    start = datetime(2026, 3, 2, 15, tzinfo=UTC)
    made = mission(
        experiment("blood", draw),
        rules=(DifferentDay(id="spread", of=("blood",)),),
        start=start,
        end=2 * HOUR,
        zone="Asia/Shanghai",
        crew=(person(end=2 * HOUR),),
    )
    assert [one.start for one in planned(made).reservations] == [0, HOUR]
