"""Missions that cannot be: what contradicts what is said, as little of it as matters, without a traceback or a hang."""

import time
from dataclasses import replace

import pytest
from planning_builders import duty, experiment, increment, mission, person, session, step

from payload.met import DAY, HOUR, MINUTE, Window
from payload.model import (
    After,
    AmountLimit,
    Buffer,
    Consumable,
    DifferentDay,
    Experiment,
    Gap,
    Level,
    Limit,
    Mission,
    Order,
    Person,
    Relative,
    Renewable,
    Repeat,
    RigCall,
    Role,
    SameDay,
    Session,
)
from payload.planning import make_plan
from payload.rules import check

TWO = (person("ann"), person("bob"))
AFTERNOON = (Window(15 * HOUR, 20 * HOUR),)


def must(name: str, *sessions: Session, **more: object) -> Experiment:
    return experiment(name, *sessions, required=True, **more)  # type: ignore[arg-type]


def run(minutes: int = 30, **more: object) -> Session:
    return session("r", step(minutes), **more)


def clash(of: Mission) -> tuple[str, ...]:
    plan = make_plan(of, {"never": ()})
    assert (plan.status, plan.value, plan.bound, plan.reservations) == ("infeasible", 0, 0, ())
    # these missions hand the planner a window that they do not define
    assert [one for one in check(of, plan) if one.rule != "windows"] == []
    return plan.conflict


def named(of: Mission) -> list[str]:
    """The first word or two of each line: what the clash is between."""
    return [" ".join(line.replace(":", "").split()[: 2 if line.startswith(("rule", "resource", "rig")) else 1])
            for line in clash(of)]  # fmt: skip


# Contradicting rules.


def test_each_before_the_other() -> None:
    rules = (Order(id="o1", first=("a",), then=("b",)), Order(id="o2", first=("b",), then=("a",)))
    assert named(mission(must("a", run()), must("b", run()), rules=rules)) == ["a/r/1", "b/r/1", "rule o1", "rule o2"]


def test_three_in_a_circle_among_others_in_three_weeks() -> None:
    rules = tuple(Order(id=f"o{x}", first=(x,), then=(y,)) for x, y in ("ab", "bc", "ca"))
    everything = [must(name, run()) for name in "abcdefgh"]
    crew = tuple(person(name, end=21 * DAY) for name in ("ann", "bob", "cleo"))
    found = named(mission(*everything, rules=rules, crew=crew, end=21 * DAY, grid=5))
    assert sorted(found) == ["a/r/1", "b/r/1", "c/r/1", "rule oa", "rule ob", "rule oc"]


def test_each_after_the_other() -> None:
    one, other = must("a", run(after=(After("b/r"),))), must("b", run(after=(After("a/r"),)))
    assert sorted(clash(mission(one, other))) == [
        "a/r/1 takes 30 min, after b/r, between day 1 00:00 and day 2 00:00",
        "b/r/1 takes 30 min, after a/r, between day 1 00:00 and day 2 00:00",
    ]


def test_a_day_off_with_work_on_it() -> None:
    off = Limit(id="off", limit_ms=0, of=("sessions",), per_crew=True, per_day=True)
    assert clash(mission(must("a", run()), crew=TWO, rules=(off,))) == (
        "a is required, but at most 0 of its 1 sessions can be placed beside the fixed duties",
        "a/r/1 takes 30 min between day 1 00:00 and day 2 00:00",
        "rule off: at most 0 min",
    )


@pytest.mark.parametrize(("per_crew", "per_day", "fits"), [(True, True, 8), (False, True, 4), (True, False, 4)])
def test_more_work_than_a_limit_allows_on_all_days_to_all_of_the_crew(per_crew: bool, per_day: bool, fits: int) -> None:
    hour = Limit(id="hour", limit_ms=HOUR, of=("sessions",), per_crew=per_crew, per_day=per_day)
    crew = (person("ann", end=2 * DAY), person("bob", end=2 * DAY))

    def whole(sessions: int) -> Mission:
        runs = run(repeat=Repeat(sessions))
        return mission(must("a", runs, unordered=True), crew=crew, end=2 * DAY, rules=(hour,))

    assert named(whole(fits + 1)) == [*(f"a/r/{number}" for number in range(1, fits + 2)), "rule hour"]
    assert make_plan(whole(fits), {}).status == "optimal"


def test_none_of_what_it_needs_is_allowed() -> None:
    swabs = {"swabs": Consumable("swabs", "count", 5)}
    none = AmountLimit(id="none", amount=0, resource="swabs")
    of = mission(must("a", session("r", step(uses={"swabs": 1}))), resources=swabs, rules=(none,))
    assert clash(of)[1:] == (
        "a/r/1 takes 30 min between day 1 00:00 and day 2 00:00",
        "rule none: a limit of swabs",
    )


def test_on_one_day_and_on_different_ones() -> None:
    rules = (SameDay(id="same", of=("a",)), DifferentDay(id="other", of=("a",)))
    of = mission(must("a", run(repeat=Repeat(3))), end=3 * DAY, rules=rules, crew=(person(end=3 * DAY),))
    assert named(of)[-2:] == ["rule same", "rule other"]
    assert len(named(of)) == 4


def test_more_sessions_than_days() -> None:
    of = mission(
        must("a", run(repeat=Repeat(4))),
        must("b", run()),
        end=3 * DAY,
        rules=(DifferentDay(id="spread", of=("a",)),),
        crew=(person(end=3 * DAY),),
    )
    assert named(of) == ["a/r/1", "a/r/2", "a/r/3", "a/r/4", "rule spread"]


def test_a_gap_longer_than_the_mission() -> None:
    far = Gap(id="far", gap_ms=5 * DAY, after=("a", "b"), before=("a", "b"))
    assert named(mission(must("a", run()), must("b", run()), rules=(far,))) == ["a/r/1", "b/r/1", "rule far"]


def test_two_locked_at_once() -> None:
    of = mission(must("a", run()), must("b", run()), locks={"a/r/1": 10 * HOUR, "b/r/1": 10 * HOUR})
    assert clash(of) == (
        "a/r/1 takes 30 min between day 1 10:00 and day 1 10:30",
        "b/r/1 takes 30 min between day 1 10:00 and day 1 10:30",
    )


# What fits nowhere.


def test_a_duty_that_fits_nowhere() -> None:
    routine = (duty("sleep", 480, at_ms=6 * HOUR), duty("lunch", 60, between_ms=(7 * HOUR, 8 * HOUR + 30 * MINUTE)))
    assert clash(mission(routine=routine)) == (
        "lunch/ann/2026-03-02 takes 1 h between day 1 07:00 and day 1 08:30",
        "sleep/ann/2026-03-02 is fixed at day 1 06:00 to day 1 14:00",
    )


def test_a_briefing_of_two_who_are_never_free_together() -> None:
    routine = (
        duty("brief", 60, "ann", "bob", between_ms=(8 * HOUR, 10 * HOUR), together=True),
        duty("watch", 60, "ann", at_ms=8 * HOUR),
        duty("call", 60, "bob", at_ms=9 * HOUR),
    )
    assert named(mission(routine=routine, crew=TWO)) == ["brief/ann/2026-03-02", "watch/ann/2026-03-02",
                                                         "call/bob/2026-03-02"]  # fmt: skip


def test_longer_than_what_it_is_inside_of() -> None:
    lunch = duty("lunch", 60, between_ms=(11 * HOUR, 13 * HOUR))
    assert clash(mission(must("a", session("r", step(90), inside="lunch")), routine=(lunch,))) == (
        "a/r/1 takes 1 h 30 min, inside lunch, between day 1 00:00 and day 2 00:00",
    )


def test_before_a_duty_that_comes_too_early() -> None:
    of = mission(
        must("a", session("r", step(90), relative=Relative("lunch", True, 0))), routine=(duty("lunch", 60, at_ms=HOUR),)
    )
    assert clash(of)[1:] == (
        "a/r/1 takes 1 h 30 min, within 0 min before lunch, between day 1 00:00 and day 2 00:00",
        "ann has no time before lunch",
    )


def test_repeats_that_take_longer_than_the_mission() -> None:
    of = mission(must("a", run(repeat=Repeat(3, every_ms=20 * HOUR))), end=30 * HOUR, crew=(person(end=30 * HOUR),))
    assert clash(of)[-1] == (
        "a/r/3 takes 30 min, 20 h ± 0 min from the one before, between day 1 00:00 and day 2 06:00"
    )


@pytest.mark.parametrize(
    ("resources", "needs", "told"),
    [
        ({"p": Renewable("p", "count", 1)}, {"uses": {"p": 2}}, "resource p"),
        ({"p": Consumable("p", "count", 1)}, {"uses": {"p": 2}}, "resource p, of which there is too little in all"),
        ({"p": Buffer("p", "data", 100, 0)}, {"produces": {"p": 200}}, "buffer p"),
    ],
)
def test_more_of_a_resource_than_there_is(resources: dict, needs: dict, told: str) -> None:
    assert clash(mission(must("a", session("r", step(**needs))), resources=resources))[-1] == told


def test_a_stock_for_two_of_three() -> None:
    of = mission(
        must("a", session("r", step(uses={"p": 2}), repeat=Repeat(3))), resources={"p": Consumable("p", "count", 4)}
    )
    assert named(of) == ["a/r/1", "a/r/2", "a/r/3", "resource p,"]


def test_one_rig_for_three_long_runs() -> None:
    crew = tuple(person(name) for name in ("ann", "bob", "cleo"))
    runs = session("r", step(300, rig=RigCall("oven", "heat")), repeat=Repeat(3))
    assert named(mission(must("a", runs, unordered=True), crew=crew, end=12 * HOUR))[-1] == "rig oven"


# Nobody.


def test_nobody_is_qualified() -> None:
    skilled = session("r", step(roles=(Role(1, skills={"surgery": Level.SPECIALIST}),)))
    assert clash(mission(must("a", skilled), crew=TWO))[1] == "a/r/1 takes 30 min; nobody aboard can fill its role 1"
    three = session("r", step(crew=3))
    assert clash(mission(must("a", three), crew=TWO))[1] == (
        "a/r/1 takes 30 min; it needs 3 people, and only ann and bob can be in it"
    )


def test_a_window_that_never_opens() -> None:
    assert clash(mission(must("a", session("r", step(during=("never",))))))[1] == (
        "a/r/1 takes 30 min; its own keys (days, between, during, avoid, at) leave no start"
    )


def test_no_crew_at_all() -> None:
    nobody = replace(mission(must("a", run())), crew=())
    assert clash(nobody)[1] == "a/r/1 takes 30 min; nobody aboard can fill its role 1"
    free = replace(mission(experiment("a", run()), experiment("b", session("r", step(crew=0)))), crew=())
    plan = make_plan(free, {})
    assert (plan.status, [one.id for one in plan.reservations]) == ("optimal", ["b/r/1"])
    assert plan.unscheduled[0].conflict == ("nobody aboard can fill its role 1: anybody",)


def test_a_crew_that_never_comes_aboard() -> None:
    ghost = (Person("ann", {}, Window(0, 0)),)
    assert clash(mission(must("a", run()), crew=ghost))[-1] == "ann is not aboard then"
    lunch = duty("lunch", 60, between_ms=(7 * HOUR, 9 * HOUR))
    assert make_plan(mission(routine=(lunch,), crew=ghost), {}).status == "optimal"  # it has no instance


# More work than people.


@pytest.mark.parametrize(("minutes", "sessions"), [(60, 11), (61, 9), (151, 3)])
def test_more_hours_than_two_people_have_in_five(minutes: int, sessions: int) -> None:
    """Of 61 minutes four fit each; of 151 minutes one."""
    runs = session("r", step(minutes), repeat=Repeat(sessions), between=AFTERNOON)
    assert named(mission(must("a", runs, unordered=True), crew=TWO, grid=1)) == [
        f"a/r/{number}" for number in range(1, sessions + 1)
    ]


def test_as_many_as_fit_are_planned() -> None:
    runs = session("r", step(61), repeat=Repeat(8), between=AFTERNOON)
    assert make_plan(mission(must("a", runs, unordered=True), crew=TWO, grid=1), {}).status == "optimal"


# Short and long.


def test_a_mission_of_an_hour() -> None:
    assert clash(mission(must("a", run(40)), must("b", run(30)), end=HOUR)) == (
        "a/r/1 takes 40 min between day 1 00:00 and day 1 01:00",
        "b/r/1 takes 30 min between day 1 00:00 and day 1 01:00",
    )
    assert make_plan(mission(must("a", run(30)), must("b", run(30)), end=HOUR), {}).status == "optimal"


def test_four_people_for_two_years() -> None:
    """Their 2,900 lunches, and one day on which there is no room for one duty more: well within 20 s of a processor."""
    years = increment(days=730, people=4, sessions=20)
    drill = duty("drill", 300, "p0", between=Window(500 * DAY + 13 * HOUR, 500 * DAY + 18 * HOUR))
    repair = duty("repair", 60, "p0", at=500 * DAY + 15 * HOUR)
    began = time.process_time()
    rest = tuple(one for one in years.routine if one.id in ("sleep", "lunch"))
    assert clash(replace(years, routine=(*rest, drill, repair), rules=())) == (
        "drill/p0/2027-07-15 takes 5 h between day 501 13:00 and day 501 18:00",
        "repair/p0/2027-07-15 is fixed at day 501 15:00 to day 501 16:00",
    )
    assert time.process_time() - began < 20
