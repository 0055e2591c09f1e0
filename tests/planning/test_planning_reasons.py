"""Why a session was left out, in a planner's words."""

from dataclasses import replace
from fractions import Fraction

from planning_builders import duty, experiment, mission, person, session, step

from payload.met import DAY, HOUR, MINUTE, Window
from payload.model import After, Consumable, Gap, Limit, Mission, Renewable, Repeat
from payload.planning import make_plan


def left_out(mission: Mission, windows: dict[str, tuple[Window, ...]] | None = None) -> dict[str, tuple[str, ...]]:
    return {one.id: one.conflict for one in make_plan(mission, windows or {}).unscheduled}


def between(first: int, last: int) -> tuple[Window, ...]:
    return (Window(first * HOUR, last * HOUR),)


def test_a_busy_person_and_what_they_are_busy_with() -> None:
    talk = experiment("talk", session("live", step(60), between=between(9, 10)))
    assert left_out(mission(talk, routine=(duty("watch", 120, at_ms=8 * HOUR),))) == {
        "talk/live/1": (
            "ann is busy whenever it could start",
            "at day 1 09:00, for one, it would meet watch/ann/2026-03-02",
        )
    }


def test_a_resource_that_is_taken() -> None:
    big = experiment("big", session("run", step(60, 0, uses={"rack": 1}), between=between(9, 10)), value=9)
    small = experiment("small", session("run", step(60, 0, uses={"rack": 1}), between=between(9, 10)))
    assert left_out(mission(big, small, resources={"rack": Renewable("rack", "count", 1)})) == {
        "small/run/1": ("the resource rack is taken whenever it could be held",)
    }


def test_a_stock_that_is_used_up() -> None:
    swab = experiment("swab", session("take", step(10, uses={"swabs": 2}), repeat=Repeat(2)))
    assert left_out(mission(swab, resources={"swabs": Consumable("swabs", "count", 3)})) == {
        "swab/take/2": ("not enough swabs left",)
    }


def test_a_rule_and_a_limit() -> None:
    lunch = duty("lunch", 60, at_ms=12 * HOUR)
    run = experiment("run", session("sprint", step(30), between=between(13, 14)))
    digest = Gap(id="digest", per_crew=True, gap_ms=2 * HOUR, after=("lunch",), before=("run",))
    assert left_out(mission(run, routine=(lunch,), rules=(digest,))) == {
        "run/sprint/1": ("rule digest keeps ann from the starts that are left",)
    }
    short = Limit(id="short", per_crew=True, per_day=True, limit_ms=10 * 60_000, of=("sessions",))
    assert left_out(mission(run, rules=(short,))) == {
        "run/sprint/1": ("rule short leaves ann no time on the days that are left",)
    }


def test_a_limit_that_keeps_everybody_and_one_of_the_whole_crew() -> None:
    run = experiment("run", session("sprint", step(30)))
    crew = (person("ann"), person("bob"))
    none = Limit(id="none", per_crew=True, per_day=True, limit_ms=29 * 60_000, of=("sessions",))
    assert left_out(mission(run, crew=crew, rules=(none,))) == {
        "run/sprint/1": ("rule none leaves ann and bob no time on the days that are left",)
    }
    whole = experiment("run", session("sprint", step(30, 2)))
    few = Limit(id="few", limit_ms=59 * 60_000, of=("sessions",))
    assert left_out(mission(whole, crew=crew, rules=(few,))) == {"run/sprint/1": ("rule few leaves it no time",)}


def test_a_limit_of_two_days_that_a_night_shift_is_over() -> None:
    night = experiment("night", session("watch", step(31), at=(23 * HOUR + 45 * 60_000,)))
    rule = Limit(id="short", per_crew=True, per_day=True, limit_ms=15 * 60_000, of=("sessions",))
    plan = make_plan(mission(night, rules=(rule,), end=2 * DAY), {})
    assert (plan.status, plan.bound) == ("optimal", 0)
    assert plan.unscheduled[0].conflict == ("rule short leaves ann no time on the days that are left",)
    half = experiment("night", session("watch", step(30), at=(23 * HOUR + 45 * 60_000,)))
    assert make_plan(mission(half, rules=(rule,), end=2 * DAY), {}).value == 1


def test_nobody_left_of_two_and_whom_they_meet() -> None:
    crew = (person("ann"), person("bob"))
    talk = experiment("talk", session("live", step(60), between=between(9, 10)))
    duties = (duty("watch", 120, at_ms=8 * HOUR), duty("nap", 120, "bob", at_ms=9 * HOUR))
    assert left_out(mission(talk, crew=crew, routine=duties)) == {
        "talk/live/1": (
            "ann and bob are busy whenever it could start",
            "at day 1 09:00, for one, it would meet watch/ann/2026-03-02, nap/bob/2026-03-02",
        )
    }


def test_what_is_full_of_its_own_sessions_is_not_said_to_start_before_the_mission() -> None:
    full = experiment("e", session("s", step(240), repeat=Repeat(7)))
    assert left_out(mission(full)) == {
        "e/s/7": ("ann is busy whenever it could start", "at day 1 00:00, for one, it would meet e/s/1")
    }


def test_what_never_is_enough_and_what_is_too_long() -> None:
    big = experiment("big", session("run", step(30, 0, uses={"rack": 2})))
    night = experiment("night", session("run", step(30, 0, uses={"rack": 1}), at=(2 * HOUR + 45 * 60_000,)))
    long = experiment("long", session("ask", step(31), inside="meal"))
    rack = Renewable("rack", "count", 1, ((Window(3 * HOUR, 4 * HOUR), 0),))
    meal = duty("meal", 30, at_ms=8 * HOUR)
    assert left_out(mission(big, night, long, resources={"rack": rack}, routine=(meal,))) == {
        "big/run/1": ("it asks for more of rack than there ever is",),
        "night/run/1": ("the resource rack is too low whenever it could be held",),
        "long/ask/1": ("it is longer than any meal of ann",),
    }


def test_keys_that_leave_no_start_and_what_follows_from_it() -> None:
    never = experiment("sky", session("look", step(during=("pass",)), repeat=Repeat(2)), session("pack"))
    before = "sky/look/1, which comes before it, is not planned"
    assert left_out(mission(never), {"pass": ()}) == {
        "sky/look/1": ("no start lies in all that its keys allow: during pass of 'work'",),
        "sky/look/2": (before,),
        "sky/pack/1": (before,),
    }


def test_a_later_session_that_cannot_be_reached() -> None:
    chain = experiment(
        "cells",
        session("feed", between=between(0, 4)),
        session("fix", between=between(20, 24), after=(After("cells/feed", 0, 6 * HOUR),)),
        minimum=2,
    )
    text = (
        "cells is worth nothing with fewer than 2 of its 2 sessions; "
        "at most 1 could stand even if nothing else were planned"
    )
    assert left_out(mission(chain)) == {
        "cells/feed/1": (
            "it could start at day 1 00:00 by itself, but then cells/fix/1 has none",
            "cells/fix/1: what it must come after, or before, leaves no start",
            text,
        ),
        "cells/fix/1": ("cells/feed/1, which comes before it, is not planned", text),
    }


def test_the_order_of_its_experiment_and_its_own_keys() -> None:
    chain = experiment(
        "e", session("a", step(60), between=between(20, 22)), session("b", step(60), between=between(3, 4))
    )
    late = "beside its experiment's other sessions it may only start from day 1 21:00 to day 1 23:00"
    assert left_out(mission(chain)) == {"e/b/1": (f"{late}, where its own keys (between) leave it no start",)}


def test_a_lock_outside_of_its_hours_is_named() -> None:
    run = experiment("run", session("go", between=between(8, 12)))
    assert left_out(mission(run, locks={"run/go/1": 14 * HOUR})) == {
        "run/go/1": ("no start lies in all that its keys allow: lock to day 1 14:00, between",)
    }
    walk = duty("walk", 60, between_ms=(8 * HOUR, 12 * HOUR))
    locked = make_plan(mission(run, routine=(walk,), locks={"walk/ann/2026-03-02": 14 * HOUR}), {})
    assert locked.conflict[0].endswith("leave no start; it is locked to day 1 14:00")


def test_roles_that_no_two_people_can_fill_at_once() -> None:
    crew = (person("ann"), person("bob"))
    none = Limit(id="none", per_crew=True, per_day=True, limit_ms=0, of=("sessions",), people=("ann",))
    pair = experiment("pair", session("run", step(30, 2)))
    assert left_out(mission(pair, crew=crew, rules=(none,))) == {
        "pair/run/1": ("at no start are there different people for its 2 roles: at day 1 00:00, for one, only bob",)
    }


def test_what_a_promised_session_keeps_out_says_so() -> None:
    rich = experiment("rich", session("run", step(40), between=between(0, 1)), value=9)
    poor = replace(experiment("poor", session("run", step(40), between=between(0, 1))), sponsor="C")
    assert left_out(mission(rich, poor, shares={"C": 40 * MINUTE})) == {
        "rich/run/1": (
            "ann is busy whenever it could start",
            "at day 1 00:00, for one, it would meet poor/run/1 (promised to C)",
        )
    }


def test_a_session_that_is_worth_less_than_the_changes_it_asks_for() -> None:
    walk = duty("walk", 60, between_ms=(0, 2 * HOUR))
    talk = experiment("talk", session("live", step(60), between=between(0, 1)))
    old = make_plan(mission(experiment("other", session("run", at=(20 * HOUR,))), routine=(walk,)), {})
    plan = make_plan(mission(talk, routine=(walk,)), {}, keep=old, price=Fraction(3))
    assert plan.unscheduled[0].conflict[-1] == (
        "duties could give way to it at day 1 00:00, at a price of as much as it is worth, or more"
    )


def test_what_is_required_brings_along_what_it_comes_after() -> None:
    sample = experiment("sample", session("take", step(30), repeat=Repeat(2)), value=0)
    freeze = experiment("freeze", session("store", after=(After("sample/take", 0, HOUR),)), required=True, value=0)
    rich = experiment("rich", session("all", step(60), repeat=Repeat(24)), value=24)
    plan = make_plan(mission(rich, freeze, sample, end=DAY), {})
    assert plan.find("freeze/store/1")
    assert plan.find("sample/take/1")
