"""Which change is told: the smaller one, to whom it applies, and the law that it holds."""

from __future__ import annotations

from dataclasses import replace

from explain_builders import (
    BESIDE,
    explained,
    hours,
    judge,
    on,
    said,
    standing,
)
from explain_judge import everywhere, of
from hypothesis import given, settings
from hypothesis import strategies as st
from planning_builders import duty, experiment, mission, person, session, step
from tiny_missions import tiny

from payload.errors import PlanningError
from payload.met import DAY, HOUR, MINUTE, Window
from payload.model import (
    Limit,
    Mission,
    Plan,
    Repeat,
    Role,
    Step,
)
from payload.planning import make_plan
from payload.planning.compile import compile_mission
from payload.planning.explain import explain
from payload.planning.explain.keys import Reason
from payload.planning.explain.words import told
from payload.planning.restore import restored


def test_what_was_promised_to_a_sponsor_is_not_given_up() -> None:
    rich = experiment("rich", session("run", step(40), during=("pass",)), value=9)
    poor = experiment("poor", session("run", step(40), during=("pass",)))
    there = {"pass": hours(0, 1)}
    promised = mission(rich, replace(poor, sponsor="C"), shares={"C": 40 * MINUTE})
    found = explained(promised, "rich/run/1", there)
    assert found.conflict[1].text == "poor/run/1 holds ann from day 1 00:00 to 00:40, and was promised to C"
    assert found.relaxation is None
    free = mission(rich, replace(poor, sponsor="C"))
    worse = replace(make_plan(promised, there), shares={})
    traded = explain(free, there, worse, "rich/run/1", judge)
    assert said(traded)[0] == "it fits on day 1 00:00 with ann if poor/run/1 is given up"
    placed = explained(promised, "poor/run/1", there).placed
    assert placed is not None
    assert not any(day.gives_up for day in placed.days)


def test_one_limit_is_raised_on_the_only_day_of_nine_on_which_that_is_enough() -> None:
    blocks = [
        experiment(f"block{day}", session("run", step(40), at=(day * DAY + 9 * HOUR,)), value=9) for day in range(8)
    ]
    full = experiment("full", session("run", step(60), at=(8 * DAY + 12 * HOUR,)), value=9)
    times = tuple(Window(day * DAY + 9 * HOUR, day * DAY + 9 * HOUR + 30 * MINUTE) for day in range(9))
    left = experiment("left", session("run", step(30), between=times))
    rule = Limit(id="host", per_crew=True, per_day=True, limit_ms=HOUR, of=("sessions",))
    found = explained(mission(*blocks, full, left, rules=(rule,), end=9 * DAY), "left/run/1")
    assert said(found) == (
        "it fits on day 9 09:00 with ann if rule host allows ann 1 h 30 min on day 9 (now 1 h)", True,
    )  # fmt: skip


def test_one_more_day_lets_the_rest_of_a_chain_in() -> None:
    cells = experiment("cells", session("feed", step(40), days=on(1, 2), repeat=Repeat(2, min_ms=2 * DAY)), minimum=2)
    found = explained(mission(cells, end=6 * DAY), "cells/feed/1")
    assert said(found) == ("it fits on day 1 00:00 with ann if cells/feed may also start on day 3", True)
    assert found.relaxation is not None
    assert found.relaxation.brings == ("cells/feed/2",)


def test_a_least_distance_is_shortened_by_no_more_than_half() -> None:
    twice = experiment("twice", session("run", step(60), repeat=Repeat(2, min_ms=12 * HOUR)))
    near = explained(mission(twice, end=9 * HOUR), "twice/run/2")
    assert said(near) == (
        "it fits on day 1 08:00 with ann if the repeats of twice/run may have only 7 h (now 12 h) between them", True,
    )  # fmt: skip
    assert explained(mission(twice, end=7 * HOUR), "twice/run/2").relaxation is None


def test_a_session_holds_each_in_the_steps_in_which_they_are() -> None:
    crew = (person("ann"), person("bob"))
    alone = Step("alone", 40 * MINUTE, 40 * MINUTE, (Role(2),))
    long = experiment("long", session("run", step(20, 2), step(60, 0), alone, at=(0,)), value=9)
    short = experiment("short", session("run", step(120, 2), between=hours(0, 2)))
    found = explained(mission(long, short, crew=crew), "short/run/1")
    assert found.conflict[-1].text == (
        "long/run/1 holds ann from day 1 00:00 to 00:20, and bob from day 1 00:00 to 00:20 and day 1 01:20 to 02:00"
    )


def test_what_waits_with_play_could_start_earlier_with_another_wait() -> None:
    play = Step("wait", 10 * MINUTE, 60 * MINUTE, ())
    long = experiment("long", session("run", step(20), play, step(20), between=hours(6, 8)))
    duties = (duty("watch", 30, at_ms=6 * HOUR), duty("nap", 20, at_ms=7 * HOUR))
    whole = mission(long, routine=duties)

    def at(start: int, wait: int) -> tuple[int | None, tuple[str, ...]]:
        found = explain(whole, {}, standing(whole, start, (20, wait, 20)), "long/run/1", judge).placed
        assert found is not None
        return found.earlier, found.binds

    assert at(6 * HOUR + 40 * MINUTE, 20) == (6 * HOUR + 30 * MINUTE, ())  # with a wait of 30 min, after the nap
    assert at(6 * HOUR + 30 * MINUTE, 40) == (
        6 * HOUR + 20 * MINUTE, ("watch/ann/2026-03-02 holds ann from day 1 06:00 to 06:30",),
    )  # fmt: skip


def test_a_limit_names_only_those_without_whom_there_is_no_crew() -> None:
    crew = (person("ann"), person("bob"), person("cy"))
    rule = Limit(id="host", per_crew=True, per_day=True, limit_ms=HOUR, of=("sessions",))
    pair = Step("run", 50 * MINUTE, 50 * MINUTE, (Role(1, is_="ann"), Role(2, is_="bob")))
    first = experiment("first", session("run", pair), value=9)
    then = experiment("then", session("run", step(30, roles=(Role(1, is_="ann"), Role(2)))))
    found = explained(mission(first, then, crew=crew, rules=(rule,)), "then/run/1")
    assert [one.text for one in found.conflict] == ["rule host: ann has 50 min of 1 h on day 1, and it takes 30 min"]


def test_what_has_to_start_by_an_instant_is_told_so() -> None:
    first = session("a", step(60), between=hours(12, 14))
    then = session("b", step(60), between=hours(3, 4))
    whole = mission(experiment("e", first, then))
    stands = make_plan(mission(experiment("e", then)), {})
    # a plan of the mission in which only the later session is there: the first is told what it has to be before
    state = restored(compile_mission(whole, {}), make_plan(whole, {}))
    items = {item.id: item for item in state.problem.items}
    state.drop(items["e/a/1"])
    state.put(items["e/b/1"], stands.reservations[0].start // (10 * MINUTE), (0,))
    told_ = told(state, items["e/a/1"], Reason("order", "e"), [])
    assert told_ == "e/b/1 starts at day 1 03:00, so that it has to start by day 1 02:00"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000))
def test_no_reason_of_a_conflict_can_be_left_out_and_verified_plans_have_no_fault(seed: int) -> None:
    drawn, windows = tiny(seed, rich=seed % 2 == 0)
    sessions = [session for one in drawn.experiments for session in one.sessions]
    if any(one.repeat.each_day or any(step.max_ms > step.min_ms for step in one.steps) for one in sessions):
        return  # the checker's side of this test knows only the shortest waits, and not what `each: day` is told as
    if drawn.waivers:
        return  # the planner does not use those of words that hang together, such as `sequence`
    try:
        plan = make_plan(drawn, windows)
    except PlanningError:
        return
    if plan.status == "infeasible":
        return
    for left in plan.unscheduled:
        found = explain(drawn, windows, plan, left.id, judge)
        kept = {of(one) for one in found.conflict}
        if found.root or not found.conflict or any(one.kind in BESIDE for one in found.conflict):
            continue
        freed: set[tuple[str, str]] = set()
        for broken in everywhere(drawn, plan, left.id):
            met = [kept & blame for blame in broken if kept & blame]
            assert met, f"{left.id} could stand, whatever else it breaks: {sorted(kept)}"
            freed |= {one for one in kept if all(blame == {one} for blame in met)}
        assert freed == kept


def test_nearly_every_relaxation_is_verified_and_a_verified_one_has_what_was_left_out() -> None:
    verified: list[bool] = []
    for seed in range(150):
        drawn, windows = tiny(seed)
        seen: list[tuple[Mission, Plan]] = []

        def recorded(mission: Mission, plan: Plan, seen: list[tuple[Mission, Plan]] = seen) -> bool:
            seen.append((mission, plan))
            return judge(mission, plan)

        try:
            plan = make_plan(drawn, windows)
        except PlanningError:
            continue
        for left in plan.unscheduled:
            found = explain(drawn, windows, plan, left.id, recorded)
            if found.relaxation is None:
                continue
            verified.append(found.relaxation.verified)
            if found.relaxation.verified:
                changed, made = seen[-1]
                assert judge(changed, made)
                assert made.value - plan.value == found.relaxation.gain
                assert bool(found.relaxation.needs) == (changed != drawn)
                if not found.relaxation.gives_up:
                    assert {one.id for one in plan.reservations} <= {one.id for one in made.reservations}
    assert len(verified) > 20
    assert sum(verified) >= 0.95 * len(verified)
