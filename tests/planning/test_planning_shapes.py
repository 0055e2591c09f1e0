"""The shape and place of activities: duties held together, waits with play, what covers what, and locks."""

from dataclasses import replace
from datetime import date

from enumerator import best_value, is_valid
from enumerator_choices import choices
from hypothesis import example, given, settings
from hypothesis import strategies as st
from planning_builders import duty, experiment, mission, person, session, step
from tiny_missions import tiny

from payload.errors import PlanningError
from payload.met import DAY, HOUR, MINUTE, Window
from payload.model import (
    After,
    AmountLimit,
    Buffer,
    DifferentDay,
    Exclude,
    Gap,
    Mission,
    Plan,
    Renewable,
    Repeat,
    RigCall,
    SameDay,
    Step,
)
from payload.planning import make_plan
from payload.rules import check, worth

ANN_AND_BOB = (person("ann"), person("bob"))
NOON = (11 * HOUR, 14 * HOUR)
ONE_DAY = frozenset({date(2026, 3, 2)})


def wait(least: int, most: int, **more: object) -> Step:
    """A wait of nobody that the planner may choose, in minutes."""
    return Step("wait", least * MINUTE, most * MINUTE, **more)  # type: ignore[arg-type]


def story(plan: Plan) -> list[tuple[str, float, float, tuple[str, ...]]]:
    """Who does what when, in hours."""
    return [(one.id, one.start / HOUR, one.end / HOUR, one.crew) for one in plan.reservations]


def clock(hours: int, minutes: int) -> float:
    return (hours * HOUR + minutes * MINUTE) / HOUR


def lengths(plan: Plan, name: str) -> list[int]:
    """How long each step of a session takes, in minutes."""
    found = plan.find(name)
    assert found is not None
    return [(one.end - one.start) // MINUTE for one in found.steps]


def valid(made: Mission, plan: Plan) -> Plan:
    assert list(check(made, plan)) == []
    return plan


# together


def test_a_meal_together_starts_at_once_where_both_are_free() -> None:
    made = mission(
        crew=ANN_AND_BOB,
        routine=(
            duty("call", 60, "ann", at_ms=11 * HOUR),
            duty("talk", 60, "bob", at_ms=13 * HOUR),
            duty("lunch", 60, "ann", "bob", between_ms=NOON, together=True),
        ),
    )

    assert story(valid(made, make_plan(made, {}))) == [
        ("call/ann/2026-03-02", 11, 12, ("ann",)),
        ("lunch/ann/2026-03-02", 12, 13, ("ann",)),
        ("lunch/bob/2026-03-02", 12, 13, ("bob",)),
        ("talk/bob/2026-03-02", 13, 14, ("bob",)),
    ]


def test_without_an_hour_in_common_a_meal_together_is_a_clash() -> None:
    made = mission(
        crew=ANN_AND_BOB,
        routine=(
            duty("call", 90, "ann", at_ms=11 * HOUR),
            duty("talk", 60, "bob", at_ms=13 * HOUR),
            duty("lunch", 60, "ann", "bob", between_ms=NOON, together=True),
        ),
    )

    plan = make_plan(made, {})

    assert (plan.status, plan.reservations) == ("infeasible", ())
    assert "lunch/ann/2026-03-02 takes 1 h between day 1 11:00 and day 1 14:00" in plan.conflict


def test_who_is_not_aboard_does_not_eat_and_each_who_does_takes_a_seat() -> None:
    crew = (person("ann"), replace(person("bob"), aboard=Window(18 * HOUR, DAY)), person("eve"))
    seats = {"seats": Renewable("seats", "count", 2)}
    lunch = duty("lunch", 60, "ann", "bob", "eve", between_ms=NOON, together=True, uses={"seats": 1})

    made = mission(crew=crew, routine=(lunch,), resources=seats)
    few = mission(crew=crew, routine=(lunch,), resources={"seats": Renewable("seats", "count", 1)})

    assert [one[0] for one in story(valid(made, make_plan(made, {})))] == [
        "lunch/ann/2026-03-02",
        "lunch/eve/2026-03-02",
    ]
    assert make_plan(few, {}).status == "infeasible"


def test_a_talk_at_a_meal_together_needs_both() -> None:
    made = mission(
        experiment("talk", session("live", step(20, 2), inside="lunch", avoid=("noise",))),
        crew=ANN_AND_BOB,
        routine=(duty("lunch", 60, "ann", "bob", between_ms=NOON, together=True),),
        windows={"noise": None},
    )
    noise = {"noise": (Window(0, 12 * HOUR + 40 * MINUTE),)}

    assert story(valid(made, make_plan(made, noise))) == [
        ("lunch/ann/2026-03-02", 12, 13, ("ann",)),
        ("lunch/bob/2026-03-02", 12, 13, ("bob",)),
        ("talk/live/1", clock(12, 40), 13, ("ann", "bob")),
    ]


def test_a_rule_of_all_that_sets_a_meal_against_itself_forbids_to_hold_it_together() -> None:
    lunch = duty("lunch", 60, "ann", "bob", between_ms=NOON, together=True)
    apart = Gap(id="apart", gap_ms=HOUR, after=("lunch",), before=("lunch",))
    own = Gap(id="own", gap_ms=HOUR, after=("lunch",), before=("lunch",), per_crew=True)
    other = Exclude(id="other", entries=("lunch", "duties"))

    def status(rule: Gap | Exclude) -> str:
        return make_plan(mission(crew=ANN_AND_BOB, routine=(lunch,), rules=(rule,)), {}).status

    assert [status(apart), status(own), status(other)] == ["infeasible", "optimal", "infeasible"]


# waits with play


def test_a_wait_is_as_short_as_it_goes_and_as_long_as_it_must() -> None:
    draw = experiment("blood", session("draw", step(30), wait(20, 90), step(10)))
    talk, nap = duty("talk", 60, at_ms=HOUR), duty("nap", 60, at_ms=2 * HOUR + 10 * MINUTE)
    free = mission(draw, end=3 * HOUR + 10 * MINUTE)
    held = replace(free, routine=(duty("rest", 30, at_ms=0), talk, nap))

    assert lengths(valid(free, make_plan(free, {})), "blood/draw/1") == [30, 20, 10]
    assert lengths(valid(held, make_plan(held, {})), "blood/draw/1") == [30, 60, 10]


def test_the_planner_takes_a_longer_wait_when_a_step_has_a_window_of_its_own() -> None:
    look = step(10, during=("pass",))
    made = mission(
        experiment("eye", session("look", step(20), wait(10, 120), look, at=(HOUR,))), windows={"pass": None}
    )

    plan = valid(made, make_plan(made, {"pass": (Window(2 * HOUR, 3 * HOUR),)}))

    assert (lengths(plan, "eye/look/1"), plan.status) == ([20, 40, 10], "optimal")


def test_what_follows_keeps_its_distance_from_the_stretched_one() -> None:
    first = session("first", step(30), wait(20, 90), at=(0,), covers=("pass",))
    second = session("second", step(30), after=(After("e/first", 30 * MINUTE, HOUR),))
    made = mission(experiment("e", first, second), windows={"pass": None})

    plan = valid(made, make_plan(made, {"pass": (Window(HOUR, HOUR + 40 * MINUTE),)}))

    assert story(plan) == [
        ("e/first/1", 0, clock(1, 40), ("ann",)),
        ("e/second/1", clock(2, 10), clock(2, 40), ("ann",)),
    ]


def test_repeats_count_from_the_end_of_a_stretched_one() -> None:
    sat = session("sit", step(30), wait(30, 120), step(30), repeat=Repeat(3, max_ms=0))
    talk = duty("talk", 60, between=Window(HOUR, 2 * HOUR))
    made = mission(experiment("e", sat, value=3), routine=(talk,), end=6 * HOUR)

    plan = valid(made, make_plan(made, {}))

    assert plan.status == "optimal"
    assert [lengths(plan, f"e/sit/{n}") for n in (1, 2, 3)] == [[30, 90, 30], [30, 30, 30], [30, 30, 30]]


def test_a_resource_and_a_rig_are_held_for_all_of_a_longer_wait() -> None:
    soak = wait(20, 60, uses={"power": 2}, rig=RigCall("oven", "heat"))
    first = session("run", step(20, is_="ann"), soak, step(10, is_="ann"), at=(0,))
    warm = session("run", step(20, is_="bob", uses={"power": 1}), between=(Window(20 * MINUTE, 3 * HOUR),))
    dry = session("run", Step("dry", 30 * MINUTE, 30 * MINUTE, rig=RigCall("oven", "dry")), days=ONE_DAY)
    made = mission(
        experiment("soak", first),
        experiment("warm", warm),
        experiment("dry", dry),
        crew=ANN_AND_BOB,
        routine=(duty("call", 50, "ann", at_ms=20 * MINUTE),),
        resources={"power": Renewable("power", "power", 2)},
        end=3 * HOUR,
    )

    plan = valid(made, make_plan(made, {}))

    assert lengths(plan, "soak/run/1") == [20, 50, 10]
    assert [(one.id, one.start // MINUTE) for one in plan.reservations if one.kind == "session"] == [
        ("soak/run/1", 0),
        ("dry/run/1", 70),
        ("warm/run/1", 70),
    ]


def test_a_wait_of_very_many_lengths_is_planned_and_nothing_false_is_proven() -> None:
    made = mission(
        experiment("e", session("run", step(10), wait(10, 23 * 60), step(10), covers=("late",))),
        windows={"late": None},
        grid=5,
    )

    plan = valid(made, make_plan(made, {"late": (Window(3 * HOUR, 20 * HOUR),)}))

    assert plan.value == plan.bound == 1


# covers


def test_a_session_that_covers_a_window_starts_before_and_ends_after_one() -> None:
    made = mission(
        experiment("aurora", session("watch", Step("film", HOUR, HOUR), covers=("pass",))), windows={"pass": None}
    )
    windows = {"pass": (Window(HOUR, 3 * HOUR), Window(5 * HOUR + 5 * MINUTE, 5 * HOUR + 55 * MINUTE))}

    assert story(valid(made, make_plan(made, windows))) == [("aurora/watch/1", 5, 6, ())]


def test_an_uncrewed_step_covers_a_meal_of_the_first_person_which_then_stays_in_it() -> None:
    soak = Step("soak", 90 * MINUTE, 90 * MINUTE, covers=("lunch",))
    made = mission(
        experiment("e", session("run", step(30, is_="bob"), soak, step(30, is_="bob"), at=(11 * HOUR,))),
        experiment("f", session("run", step(30, is_="bob"), at=(12 * HOUR,)), value=0),
        crew=ANN_AND_BOB,
        routine=(duty("lunch", 60, "bob", between_ms=(9 * HOUR, 15 * HOUR)),),
    )

    plan = valid(made, make_plan(made, {}))

    lunch = plan.find("lunch/bob/2026-03-02")
    assert lunch is not None
    assert 11 * HOUR + 30 * MINUTE <= lunch.start <= 12 * HOUR
    assert plan.find("e/run/1") is not None


def test_nobody_in_role_1_has_no_meal_to_cover() -> None:
    made = mission(
        experiment("e", session("run", Step("soak", 3 * HOUR, 3 * HOUR), covers=("lunch",))),
        routine=(duty("lunch", 60, between_ms=NOON),),
    )

    assert (make_plan(made, {}).value, make_plan(made, {}).bound) == (0, 0)


# locks


def test_a_lock_keeps_a_start_off_the_grid_and_its_own_number() -> None:
    repeats = experiment("e", session("run", repeat=Repeat(3)), unordered=True, value=3)
    made = mission(repeats, locks={"e/run/2": 7 * HOUR + 7 * MINUTE}, end=9 * HOUR)

    plan = valid(made, make_plan(made, {}))

    assert [one[:2] for one in story(plan)] == [("e/run/1", 0), ("e/run/3", 0.5), ("e/run/2", clock(7, 7))]


def test_a_locked_session_may_be_left_out_but_never_stands_elsewhere() -> None:
    made = mission(
        experiment("e", session("run", days=ONE_DAY, avoid=("noise",))),
        locks={"e/run/1": 7 * HOUR},
        windows={"noise": None},
    )

    plan = valid(made, make_plan(made, {"noise": (Window(7 * HOUR, 8 * HOUR),)}))

    assert (plan.reservations, plan.bound, [one.id for one in plan.unscheduled]) == ((), 0, ["e/run/1"])


def test_a_locked_duty_takes_those_who_hold_it_together_along() -> None:
    lunch = duty("lunch", 60, "ann", "bob", between_ms=NOON, together=True)
    made = mission(crew=ANN_AND_BOB, routine=(lunch,), locks={"lunch/bob/2026-03-02": 12 * HOUR + 30 * MINUTE})
    odd = replace(made, locks={name: at + MINUTE for name, at in made.locks.items()})

    assert {one[1] for one in story(valid(made, make_plan(made, {})))} == {12.5}
    assert make_plan(odd, {}).status == "infeasible"  # ann has no lock, and starts on the grid


# laws


def only_shapes(made: Mission) -> Mission:
    """The tiny mission with the keys of this page, without those of other pages."""
    rules = tuple(
        replace(rule, weight=None) for rule in made.rules if not isinstance(rule, DifferentDay | SameDay | AmountLimit)
    )
    buffers = {name for name, resource in made.resources.items() if isinstance(resource, Buffer)}
    experiments = tuple(
        replace(
            one,
            sessions=tuple(
                replace(
                    sat,
                    steps=tuple(
                        replace(there, produces={k: v for k, v in there.produces.items() if k not in buffers})
                        for there in sat.steps
                    ),
                )
                for sat in one.sessions
            ),
        )
        for one in made.experiments
    )
    resources = {name: resource for name, resource in made.resources.items() if name not in buffers}
    return replace(made, rules=rules, experiments=experiments, resources=resources, shares={}, waivers=())


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**9))
@example(1309)  # an `at` off the grid, and a wait that ends on it
@example(5597)  # waits of more shapes than are tried
@example(20448)  # `max` of an `after` binds the first repeat, not those after it
@example(2062)  # held together, and locked off the grid for one
def test_shapes_are_planned_as_well_as_by_trying_every_plan(seed: int) -> None:
    made, windows = tiny(seed, rich=True)
    made = only_shapes(made)
    size = 1
    for tried in choices(made).values():
        size *= len(tried)
    if size > 5_000:
        return
    try:
        plan = make_plan(made, windows)
    except PlanningError:
        return
    best = best_value(made, windows)
    if plan.status == "infeasible":
        assert best is None
        return
    assert list(check(made, plan)) == []
    assert is_valid(made, windows, plan.reservations)
    assert worth(made, plan) == plan.value <= plan.bound
    assert best is None or best <= plan.bound
