"""Why a session was left out, and the smallest change that lets it in: stories, and two laws.

The laws are judged by the independent checker: of a conflict no reason can be left out, and a verified relaxation is a
plan without a fault."""

from __future__ import annotations

from fractions import Fraction

import pytest
from explain_builders import (
    explained,
    hours,
    judge,
    reasons,
    replaced,
    replaced_crew,
    said,
)
from planning_builders import duty, experiment, mission, person, session, step

from payload.errors import PlanError
from payload.met import DAY, HOUR, MINUTE, Window
from payload.model import (
    After,
    Buffer,
    Consumable,
    Daily,
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
    Role,
    Unscheduled,
)
from payload.planning import make_plan
from payload.planning.compile import compile_mission
from payload.planning.explain import explain
from payload.planning.restore import restored
from payload.planning.score import value_of


def test_a_limit_and_by_how_much_it_would_have_to_be_raised() -> None:
    big = experiment("big", session("run", step(60)), value=9)
    small = experiment("small", session("run", step(15)))
    rule = Limit(id="host", per_crew=True, per_day=True, limit_ms=HOUR, of=("sessions",))
    found = explained(mission(big, small, rules=(rule,)), "small/run/1")
    assert [one.text for one in found.conflict] == ["rule host: ann has 1 h of 1 h on day 1, and it takes 15 min"]
    assert said(found) == (
        "it fits on day 1 01:00 with ann if rule host allows ann 1 h 15 min on day 1 (now 1 h)",
        True,
    )


def test_only_the_person_and_the_day_of_a_limit_are_raised() -> None:
    crew = (person("ann", end=2 * DAY), person("bob", end=2 * DAY))
    full = [
        experiment(f"e{n}", session("run", step(60, is_=who), between=hours(0, 20)), value=9)
        for n, who in enumerate(["ann", "bob"])
    ]
    rule = Limit(id="host", per_crew=True, per_day=True, limit_ms=HOUR, of=("sessions",))
    late = experiment("late", session("run", step(20, is_="ann"), between=hours(0, 20)))
    changed: list[Mission] = []

    def seen(relaxed: Mission, plan: Plan) -> bool:
        changed.append(relaxed)
        return judge(relaxed, plan)

    whole = mission(*full, late, crew=crew, rules=(rule,), end=2 * DAY)
    found = explain(whole, {}, make_plan(whole, {}), "late/run/1", seen)
    assert said(found)[1]
    if changed[-1].rules != whole.rules:
        allowed = [(one.people, one.limit_ms) for one in changed[-1].rules if isinstance(one, Limit)]
        assert (("bob",), HOUR) in allowed


def test_a_rule_its_own_hours_and_a_waiver() -> None:
    lunch = duty("lunch", 60, at_ms=12 * HOUR)
    run = experiment("run", session("sprint", step(30), between=hours(13, 14)))
    digest = Gap(id="digest", per_crew=True, gap_ms=2 * HOUR, after=("lunch",), before=("run",))
    found = explained(mission(run, routine=(lunch,), rules=(digest,)), "run/sprint/1")
    assert [one.text for one in found.conflict] == [
        "it must lie between day 1 13:00 and 14:00 (between)",
        "rule digest (2 h from lunch to run) forbids it on day 1 because of lunch/ann/2026-03-02",
    ]
    wider = "run/sprint may lie between day 1 11:30 and 14:00 (now day 1 13:00 to 14:00)"
    assert said(found) == (f"it fits on day 1 11:30 with ann if {wider}", True)


def test_a_skill_that_is_missing() -> None:
    crew = (person("ann"), person("bob", biology=Level.USER))
    cells = experiment("cells", session("feed", step(roles=(Role(1, skills={"biology": Level.OPERATOR}),))))
    found = explained(mission(cells, crew=crew), "cells/feed/1")
    assert [one.text for one in found.conflict] == ["nobody aboard can fill its role 1 (biology operator)"]
    assert said(found) == ("it fits on day 1 00:00 with bob if bob has biology operator (now user)", True)


def test_a_second_unit_of_what_is_taken() -> None:
    big = experiment("big", session("run", step(60, 0, uses={"rack": 1}), between=hours(9, 10)), value=9)
    small = experiment("small", session("run", step(30, 0, uses={"rack": 1}), at=(9 * HOUR,)))
    found = explained(mission(big, small, resources={"rack": Renewable("rack", "count", 1)}), "small/run/1")
    assert reasons(found) == [("at", "small/run/1"), ("resource", "rack")]
    assert said(found) == ("it fits on day 1 08:30 if small/run may also start at day 1 08:30", True)
    assert found.conflict[1].text == "rack (1 of 1) is taken on day 1 by big/run/1"


def test_more_of_a_stock() -> None:
    swab = experiment("swab", session("take", step(10, uses={"swabs": 2}), repeat=Repeat(2)))
    found = explained(mission(swab, resources={"swabs": Consumable("swabs", "count", 3)}), "swab/take/2")
    assert [one.text for one in found.conflict] == ["it takes 2 of swabs, and less is left"]
    assert said(found) == ("it fits on day 1 00:10 with ann if there is 1 more of swabs aboard", True)


def test_a_full_buffer_is_named_and_how_large_it_would_have_to_be() -> None:
    film = experiment("film", session("run", step(30, produces={"disk": 8 * 300_000_000}), repeat=Repeat(4)))
    found = explained(mission(film, resources={"disk": Buffer("disk", "data", 8 * 10**9, 0)}), "film/run/4")
    assert reasons(found) == [("buffer", "disk")]
    assert found.conflict[0].text == "it produces 0.3 GB, for which disk (1 GB) has no room on day 1"
    assert said(found) == ("it fits on day 1 01:30 with ann if buffer disk holds 1.2 GB (now 1 GB)", True)


def test_what_is_longer_than_the_mission_says_so() -> None:
    found = explained(mission(experiment("long", session("run", step(30 * 60)))), "long/run/1")
    assert [one.text for one in found.conflict] == [
        "it takes 30 h, and no start on the grid leaves it that in the mission"
    ]
    assert found.relaxation is None


def test_what_nobody_does_cannot_be_tied_to_a_duty() -> None:
    lunch = duty("lunch", 60, at_ms=12 * HOUR)
    before = experiment("before", session("run", step(30, 0), relative=Relative("lunch", True, HOUR)))
    over = experiment("over", session("run", step(120, 0), covers=("lunch",)))
    whole = mission(before, over, routine=(lunch,))
    assert reasons(explained(whole, "before/run/1")) == [("relative", "lunch")]
    assert reasons(explained(whole, "over/run/1")) == [("covers", "lunch")]


def test_the_last_of_two_thousand_in_a_chain_is_explained() -> None:
    chain = experiment("chain", session("run", step(30), repeat=Repeat(2_000)))
    assert explained(mission(chain), "chain/run/2000").root == "chain/run/49"


def test_what_fits_when_others_move_needs_no_change() -> None:
    free = experiment("free", session("run", step(60)), value=9)
    bound = experiment("bound", session("run", step(60), between=hours(0, 1)))
    whole = mission(free, bound)
    plan = make_plan(whole, {})
    stands = plan.find("free/run/1")
    assert stands is not None
    moved = plan.with_reservations(
        replaced(one, 0) if one.id == "free/run/1" else one for one in plan.reservations if one.id != "bound/run/1"
    )
    worse = Plan(**{
        **{name: getattr(moved, name) for name in Plan.__slots__},
        "value": Fraction(9), "status": "feasible", "unscheduled": (Unscheduled("bound/run/1", Fraction(1)),),
    })  # fmt: skip
    assert judge(whole, worse)
    found = explain(whole, {}, worse, "bound/run/1", judge)
    assert reasons(found) == [("between", "bound/run/1"), ("reservation", "free/run/1")]
    assert said(found) == ("it fits on day 1 00:00 with ann", True)
    assert found.relaxation is not None
    assert [(one.id, one.before, one.after) for one in found.relaxation.moves] == [("free/run/1", 0, HOUR)]
    assert found.relaxation.gain == 1


def test_a_window_of_the_day_may_be_left_but_not_one_of_the_orbit() -> None:
    talk = experiment("talk", session("live", step(30), during=("work",)))
    watch = duty("watch", 60, at_ms=9 * HOUR)
    there = {"work": hours(9, 10)}
    daily = mission(talk, routine=(watch,), windows={"work": Daily(9 * HOUR, 10 * HOUR)})
    found = explained(daily, "talk/live/1", there)
    assert reasons(found) == [("during", "work"), ("reservation", "watch/ann/2026-03-02")]
    assert said(found) == ("it fits on day 1 00:00 with ann if talk/live need not lie within work", True)
    fixed = mission(talk, routine=(watch,))
    assert explained(fixed, "talk/live/1", there).relaxation is None


def test_what_comes_before_is_left_out_and_why() -> None:
    never = experiment("sky", session("look", step(during=("pass",))), session("pack"))
    found = explained(mission(never), "sky/pack/1", {"pass": ()})
    assert (found.root, reasons(found)) == ("sky/look/1", [("before", "sky/look/1"), ("during", "pass")])


def test_the_minimum_of_an_experiment() -> None:
    chain = experiment(
        "cells",
        session("feed", between=hours(0, 4)),
        session("fix", between=hours(20, 24), after=(After("cells/feed", 0, 6 * HOUR),)),
        minimum=2,
    )
    found = explained(mission(chain), "cells/feed/1")
    assert (found.root, found.conflict[0].kind) == ("cells/fix/1", "minimum")
    assert said(found)[1]
    assert found.relaxation is not None
    assert found.relaxation.brings == ("cells/fix/1",)


def test_rules_of_all_kinds_are_told_with_whom_they_are_kept_against() -> None:
    first = experiment("first", session("run", step(60)), value=9)
    then = experiment("then", session("run", step(60), between=hours(0, 1)))
    order = Order(id="line", first=("first",), then=("then",))
    found = explained(mission(first, then, rules=(order,)), "then/run/1")
    assert ("rule", "line") in reasons(found) or ("reservation", "first/run/1") in reasons(found)
    quiet = Exclude(id="quiet", entries=("first", "then"))
    crew = (person("ann"), person("bob"))
    both = explained(
        mission(
            experiment("first", session("run", step(60), between=hours(0, 1)), value=9), then, crew=crew, rules=(quiet,)
        ),
        "then/run/1",
    )
    assert reasons(both) == [("between", "then/run/1"), ("rule", "quiet")]
    assert "because of first/run/1" in both.conflict[1].text


def test_a_placed_session_says_what_binds_it_and_where_else_it_could_be() -> None:
    watch = duty("watch", 120, at_ms=8 * HOUR)
    talk = experiment("talk", session("live", step(60), between=hours(8, 14)))
    found = explained(mission(talk, crew=(person("ann"),), routine=(watch,)), "talk/live/1")
    assert (found.state, found.placed is not None) == ("placed", True)
    assert found.placed is not None
    assert (found.placed.start, found.placed.crew) == (10 * HOUR, ("ann",))
    assert found.placed.binds == ("watch/ann/2026-03-02 holds ann from day 1 08:00 to 10:00",)
    assert (found.placed.earliest, found.placed.latest) == (10 * HOUR + 10 * MINUTE, 13 * HOUR)
    assert [(one.day, one.free) for one in found.placed.days] == [(1, True)]


def test_a_placed_session_on_another_day_and_who_would_have_to_give_way() -> None:
    crew = (person("ann", end=2 * DAY),)
    one = experiment("one", session("run", step(60), between=(Window(0, HOUR), Window(DAY, DAY + HOUR))), value=2)
    two = experiment("two", session("run", step(60), between=(Window(0, HOUR), Window(DAY, DAY + HOUR))), value=3)
    found = explained(mission(one, two, crew=crew, end=2 * DAY), "one/run/1")
    assert found.placed is not None
    other = next(day for day in found.placed.days if not day.free)
    assert (other.gives_way, other.gives_up, other.cost) == (("two/run/1",), (), Fraction(0)) or other.gives_up == (
        "two/run/1",
    )


def test_a_session_near_a_duty_and_a_fixed_duty() -> None:
    meal = duty("meal", 30, at_ms=8 * HOUR)
    draw = experiment("draw", session("blood", step(30), relative=Relative("meal", True, 0), between=hours(9, 12)))
    found = explained(mission(draw, routine=(meal,)), "draw/blood/1")
    assert reasons(found) == [("relative", "meal"), ("between", "draw/blood/1")]
    assert said(found)[1]
    stays = explained(mission(draw, routine=(meal,)), "meal/ann/2026-03-02")
    assert stays.placed is not None
    assert stays.placed.binds == ("meal is fixed there by the mission",)


def test_an_unknown_id_names_the_nearest_and_an_infeasible_plan_its_clash() -> None:
    one = mission(experiment("cress", session("sow")))
    with pytest.raises(PlanError, match=r"no activity 'cres/sow/1' in this mission: did you mean cress/sow/1\?"):
        explained(one, "cres/sow/1")
    clash = mission(experiment("cress"), routine=(duty("a", 60, at_ms=HOUR), duty("b", 60, at_ms=HOUR)))
    found = explained(clash, "cress/run/1")
    assert (found.state, found.relaxation) == ("infeasible", None)
    assert found.conflict


def test_a_plan_that_does_not_fit_the_mission_is_refused() -> None:
    one = mission(experiment("cress", session("sow")))
    plan = make_plan(one, {})
    problem = compile_mission(one, {})
    assert value_of(restored(problem, plan)) == plan.value
    for wrong in (
        mission(experiment("cress", session("reap"))),
        mission(experiment("cress", session("sow", step(40)))),
        mission(experiment("cress", session("sow", step(is_="ann"))), crew=(person("bob"), person("ann"))),
    ):
        if wrong.crew[0].id == "bob":
            other = plan.with_reservations([replaced_crew(plan.reservations[0], ("bob",))])
        else:
            other = plan
        with pytest.raises(PlanError, match="plan it again"):
            restored(compile_mission(wrong, {}), other)
