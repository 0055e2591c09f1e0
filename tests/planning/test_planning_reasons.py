"""Why a session was left out, in a planner's words."""

from planning_builders import duty, experiment, mission, session, step

from payload.met import DAY, HOUR, Window
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
        "swab/take/2": ("too little swabs is left",)
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


def test_what_is_required_brings_along_what_it_comes_after() -> None:
    sample = experiment("sample", session("take", step(30), repeat=Repeat(2)), value=0)
    freeze = experiment("freeze", session("store", after=(After("sample/take", 0, HOUR),)), required=True, value=0)
    rich = experiment("rich", session("all", step(60), repeat=Repeat(24)), value=24)
    plan = make_plan(mission(rich, freeze, sample, end=DAY), {})
    assert plan.find("freeze/store/1")
    assert plan.find("sample/take/1")
