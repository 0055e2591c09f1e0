"""Where a proof that no better plan, or none at all, exists would come too soon: each of these has one."""

from planning_builders import experiment, mission, person, session, step

from payload.met import DAY, HOUR, MINUTE
from payload.model import After, Limit, Mission, Renewable, Repeat, Role, Session, Step
from payload.planning import make_plan
from payload.planning.bounds import Bound, most_sessions, relaxed
from payload.planning.clashes.precedence import unfollowable
from payload.planning.compile import compile_mission
from payload.planning.construct import exhaust, fixed_duties
from payload.planning.problem import Item, Problem


def compiled(mission: Mission) -> tuple[Problem, list[Item]]:
    problem = compile_mission(mission, {})
    return problem, [problem.items[index] for work in problem.works for index in work.items]


def test_repeats_that_lie_in_each_others_waits() -> None:
    # 0-1 and 2-3, 1-2 and 3-4: without a wait each would hold ann for two hours on end
    wait = Step("wait", 0, HOUR, ())
    run = session("run", step(60), wait, step(60), at=(0, HOUR), repeat=Repeat(2))
    plan = make_plan(mission(experiment("e", run, unordered=True, value=2), grid=60), {})
    assert (plan.value, plan.bound) == (2, 2)


def test_the_same_person_need_not_be_able_to_do_what_is_left_out() -> None:
    # cat can do b, not a; ann's and bob's hour is worth more elsewhere
    def by(name: str, *people: str) -> Session:
        return session(name, step(60, roles=(Role(1, any_of=people),)))

    either = experiment(
        "e", by("a", "ann", "bob"), by("b", "ann", "bob", "cat"), unordered=True, same_people=True, value=2
    )
    dear = [experiment(f"for-{name}", session("run", step(60, is_=name)), value=50) for name in ("ann", "bob")]
    day = Limit(id="workday", per_crew=True, per_day=True, limit_ms=HOUR, of=("sessions",))
    crew = (person("ann"), person("bob"), person("cat"))
    problem = compile_mission(mission(either, *dear, crew=crew, rules=(day,)), {})
    base = relaxed(fixed_duties(problem))
    bound = Bound(base, most_sessions(base))
    while bound.tighten(bound.value - 1000):
        pass
    assert bound.value == 101


def test_starts_that_suit_each_other_only_late() -> None:
    # ten hours apart to the minute: 11:00 and 21:00, after 0, 7 and 9 have been looked at
    run = session("run", at=tuple(hour * HOUR for hour in (0, 7, 11, 19, 21)), repeat=Repeat(2, every_ms=10 * HOUR))
    problem, items = compiled(mission(experiment("e", run, required=True)))
    assert unfollowable(relaxed(fixed_duties(problem)), items) is None


def test_starts_that_never_suit_each_other() -> None:
    run = session("run", at=tuple(hour * HOUR for hour in (0, 7, 11, 19)), repeat=Repeat(2, every_ms=10 * HOUR))
    problem, items = compiled(mission(experiment("e", run, required=True)))
    assert unfollowable(relaxed(fixed_duties(problem)), items) == items


def test_a_later_repeat_is_not_bound_by_the_most_after() -> None:
    # b's first repeat comes within an hour of a; its second is locked to the evening
    first = session("a", step(60), at=(0,))
    then = session("b", step(60), after=(After("e/a", max_ms=HOUR),), repeat=Repeat(2))
    two = mission(experiment("e", first, then, unordered=True, required=True), grid=60, locks={"e/b/2": 20 * HOUR})
    problem, items = compiled(two)
    assert exhaust(fixed_duties(problem), items, 1000) is True


def test_very_many_are_not_searched_through() -> None:
    # f, g and h do not fit one after the other from these starts; a thousand others are required beside them
    rack = {"rack": Renewable("rack", "count", 1)}
    starts = (0, HOUR, 90 * MINUTE)
    few = [experiment(n, session("run", step(40, 0, uses={"rack": 1}), at=starts), required=True) for n in "fgh"]
    many = experiment("e", session("run", step(5, 0), repeat=Repeat(1100)), unordered=True, required=True)
    problem, items = compiled(mission(*few, many, crew=(person(end=4 * DAY),), resources=rack, grid=5, end=4 * DAY))
    assert exhaust(fixed_duties(problem), items, 100_000) is None
    assert exhaust(fixed_duties(problem), items[:3], 100_000) is False
