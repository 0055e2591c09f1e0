"""A plan to keep: what is fact stands, what is planned is changed as little as it pays."""

import random
from dataclasses import replace
from fractions import Fraction

from hypothesis import example, given, settings
from hypothesis import strategies as st
from planning_builders import duty, experiment, mission, person, session, step
from tiny_missions import tiny

from payload.errors import PlanningError
from payload.met import HOUR, MINUTE, Window
from payload.model import Consumable, Limit, Mission, Plan, Repeat, Reservation
from payload.model.plan import State
from payload.planning import make_plan
from payload.rules import check, waiver_of, worth


def starts(plan: Plan) -> dict[str, float]:
    """When each reservation starts, in hours."""
    return {one.id: one.start / HOUR for one in plan.reservations}


def become(plan: Plan, name: str, state: State, late: int = 0, longer: int = 0) -> Plan:
    """The plan in which one reservation is fact: so many minutes late, its last step so many longer."""

    def told(one: Reservation) -> Reservation:
        if one.id != name:
            return one
        steps = [replace(s, start=s.start + late * MINUTE, end=s.end + late * MINUTE) for s in one.steps]
        if steps:
            steps[-1] = replace(steps[-1], end=steps[-1].end + longer * MINUTE)
        start, end = one.start + late * MINUTE, one.end + (late + longer) * MINUTE
        return replace(one, start=start, end=end, steps=tuple(steps), state=state)

    return plan.with_reservations(map(told, plan.reservations))


def moved(plan: Plan, name: str, minutes: int) -> Plan:
    """The plan with one reservation elsewhere."""
    return become(plan, name, "planned", minutes)


def valid(made: Mission, plan: Plan) -> Plan:
    assert list(check(made, plan)) == []
    assert worth(made, plan) == plan.value <= plan.bound
    return plan


def changes(keep: Plan, plan: Plan) -> int:
    now = {one.id: (one.start, one.crew) for one in plan.reservations}
    return sum(now.get(one.id) != (one.start, one.crew) for one in keep.reservations if one.state == "planned")


# what is planned


def test_a_plan_that_could_end_sooner_stays_as_it_is() -> None:
    made = mission(experiment("a"), experiment("b"), routine=(duty("lunch", 60, between_ms=(11 * HOUR, 14 * HOUR)),))
    keep = moved(moved(make_plan(made, {}), "a/run/1", 5 * 60), "lunch/ann/2026-03-02", 90)

    assert make_plan(made, {}, keep=keep).reservations == valid(made, keep).reservations


def test_only_what_must_move_is_moved() -> None:
    made = mission(*(experiment(name) for name in "abc"))
    keep = moved(moved(make_plan(made, {}), "a/run/1", 300), "b/run/1", 300)
    talk = duty("talk", 60, at_ms=5 * HOUR)
    changed = replace(made, routine=(talk,))

    plan = valid(changed, make_plan(changed, {}, keep=keep))

    assert starts(keep) == {"c/run/1": 1, "a/run/1": 5, "b/run/1": 5.5}
    assert plan.status == "optimal"
    assert (starts(plan)["c/run/1"], changes(keep, plan)) == (1, 2)


def test_a_change_is_made_when_it_brings_more_than_its_price() -> None:
    held = experiment("held", session("run", step(60)), value=5)
    made = mission(held, end=2 * HOUR)
    keep = moved(make_plan(made, {}), "held/run/1", 30)
    more = replace(made, experiments=(held, experiment("more", session("run", step(60)), value=2)))

    def planned(price: Fraction) -> dict[str, float]:
        return starts(valid(more, make_plan(more, {}, keep=keep, price=price)))

    assert starts(keep) == {"held/run/1": 0.5}
    assert planned(Fraction(0)).keys() == {"held/run/1", "more/run/1"}
    assert planned(Fraction(1)).keys() == {"held/run/1", "more/run/1"}
    assert planned(Fraction(2)) == {"held/run/1": 0.5}
    assert planned(Fraction(3)) == {"held/run/1": 0.5}


def test_other_people_are_a_change_too() -> None:
    crew = (person("ann"), person("bob"))
    made = mission(experiment("a"), crew=crew)
    plan = make_plan(made, {})
    (only,) = plan.reservations
    keep = plan.with_reservations(
        [replace(only, crew=("bob",), steps=tuple(replace(one, crew=("bob",)) for one in only.steps))]
    )

    assert make_plan(made, {}, keep=keep).reservations == keep.reservations


def test_a_longer_wait_is_kept_and_a_number_too() -> None:
    wait = replace(step(10, 0), max_ms=HOUR)
    repeats = experiment("e", session("run", step(), wait, repeat=Repeat(3)), value=3, unordered=True)
    made = mission(repeats)
    plan = make_plan(made, {})
    longer = become(moved(plan, "e/run/1", 600), "e/run/1", "planned", 0, 20)

    kept = valid(made, make_plan(made, {}, keep=longer))

    assert kept.reservations == longer.reservations


def test_ids_that_the_mission_does_not_have_are_ignored() -> None:
    made = mission(experiment("a"), experiment("b"), routine=(duty("lunch", 60, at_ms=12 * HOUR),))
    keep = become(become(make_plan(made, {}), "b/run/1", "done"), "lunch/ann/2026-03-02", "failed")
    fewer = replace(made, experiments=made.experiments[:1], routine=())

    plan = valid(fewer, make_plan(fewer, {}, keep=keep))

    assert starts(plan) == {"a/run/1": 0}


# what is fact


def test_facts_stand_and_what_follows_them_waits() -> None:
    made = mission(experiment("e", session("one"), session("two"), session("three"), value=3))
    keep = become(make_plan(made, {}), "e/one/1", "done", late=3, longer=8)

    plan = valid(made, make_plan(made, {}, keep=keep))

    assert plan.reservations[0] == keep.reservations[0]
    assert starts(plan) == {"e/one/1": 0.05, "e/two/1": 50 / 60, "e/three/1": 80 / 60}
    assert plan.value == 3


def test_what_failed_is_worth_nothing_and_counts_for_the_minimum() -> None:
    made = mission(experiment("e", session("run", repeat=Repeat(3)), value=3, minimum=2))
    failed = become(make_plan(made, {}), "e/run/1", "failed")
    skipped = become(failed, "e/run/2", "skipped")

    assert [valid(made, make_plan(made, {}, keep=keep)).value for keep in (failed, skipped)] == [2, 0]
    assert make_plan(made, {}, keep=failed).bound == 3


def test_facts_take_time_and_resources_that_are_then_gone() -> None:
    run = session("run", step(60, uses={"swabs": 1}), repeat=Repeat(3))
    made = mission(
        experiment("e", run, value=3),
        resources={"swabs": Consumable("swabs", "count", 3)},
        rules=(Limit(id="day", limit_ms=150 * MINUTE, of=("sessions",), per_crew=True),),
    )
    (first, *others) = make_plan(made, {}).reservations
    more = replace(first, state="done", steps=(replace(first.steps[0], uses={"swabs": 2}),))
    longer = become(make_plan(made, {}), "e/run/1", "running", longer=35)

    plan = make_plan(made, {}, keep=make_plan(made, {}).with_reservations([more, *others]))

    assert (valid(made, plan).value, len(plan.reservations)) == (2, 2)
    assert valid(made, make_plan(made, {}, keep=longer)).value == 0
    assert len(make_plan(made, {}, keep=longer).reservations) == 1


def test_a_duty_together_goes_where_it_is_fact_for_one() -> None:
    lunch = duty("lunch", 60, "ann", "bob", between_ms=(11 * HOUR, 14 * HOUR), together=True)
    made = mission(crew=(person("ann"), person("bob")), routine=(lunch,))
    late = become(moved(make_plan(made, {}), "lunch/bob/2026-03-02", 20), "lunch/ann/2026-03-02", "running", late=20)
    odd = become(make_plan(made, {}), "lunch/ann/2026-03-02", "running", late=21)

    assert set(starts(valid(made, make_plan(made, {}, keep=late))).values()) == {11 + 20 / 60}
    assert make_plan(made, {}, keep=odd).status == "infeasible"


def test_a_fact_that_runs_into_a_fixed_duty_is_a_clash() -> None:
    made = mission(
        experiment("e", session("run", between=(Window(11 * HOUR, 12 * HOUR),))),
        routine=(duty("lunch", 60, at_ms=11 * HOUR + 30 * MINUTE),),
    )
    keep = become(make_plan(made, {}), "e/run/1", "running", late=5)

    assert make_plan(made, {}, keep=keep).conflict == (
        "lunch/ann/2026-03-02 is fixed at day 1 11:30 to day 1 12:30, when ann is held by e/run/1, which is fact",
    )


def test_a_session_in_the_middle_may_be_fact_before_the_first() -> None:
    made = mission(experiment("e", session("one"), session("two"), session("three"), value=3))
    (_, two, three) = make_plan(made, {}).reservations
    early = make_plan(made, {}).with_reservations(
        [replace(two, start=0, end=30 * MINUTE, state="done", steps=(replace(two.steps[0], start=0, end=30 * MINUTE),))]
    )

    plan = valid(made, make_plan(made, {}, keep=early))

    assert (starts(plan), plan.value) == ({"e/two/1": 0, "e/three/1": 0.5}, 2)
    assert three.id in starts(plan)


# laws


def facts(plan: Plan, rng: random.Random, now: int, wild: bool) -> Plan:
    """What has begun at an instant is fact; with `wild`, not always at its time, nor for as long."""
    found = []
    for one in plan.reservations:
        if one.start < now:
            late, longer = 0, 0
            if wild and one.end < plan.end - 20 * MINUTE:
                late, longer = rng.choice([0, 0, 1, 3, 10]), rng.choice([0, 0, 2, 7])
            state: State = rng.choice(["done", "done", "failed", "skipped", "running"])
            one = become(plan, one.id, state, late, longer).find(one.id) or one
            if one.state == "failed" and one.steps:
                steps = one.steps[: rng.randrange(len(one.steps) + 1)]
                one = replace(one, steps=steps, end=steps[-1].end if steps else one.start)
        found.append(one)
    return plan.with_reservations(found)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**9))
@example(1282)  # what failed at once takes no time, and rules count who was in it
def test_facts_are_carried_and_the_rest_is_valid_beside_them(seed: int) -> None:
    rng, (made, windows) = random.Random(seed), tiny(seed)
    try:
        plan = make_plan(made, windows)
        keep = facts(plan, rng, rng.randrange(made.end), rng.random() < 0.5)
        again = make_plan(made, windows, keep=keep, price=Fraction(rng.choice([0, 1]), 4))
    except PlanningError:
        return
    if again.status == "infeasible":
        return
    assert list(check(made, again)) == []
    assert worth(made, again) == again.value <= again.bound
    told = [one for one in keep.reservations if one.state != "planned"]
    assert [one for one in again.reservations if one.state != "planned"] == told


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**9))
def test_what_is_still_valid_is_only_changed_for_more_value(seed: int) -> None:
    made, windows = tiny(seed, rich=True)
    try:
        keep = make_plan(made, windows)
        again = make_plan(made, windows, keep=keep, price=Fraction(1, 4))
    except PlanningError:
        return
    assert all(one.weight is not None or waiver_of(made, one) for one in check(made, again))
    assert again.value - Fraction(1, 4) * changes(keep, again) >= keep.value
    assert again.value > keep.value or again.reservations == keep.reservations
