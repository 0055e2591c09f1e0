"""Plans broken on purpose: who is where, and whether they may be."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rules_builders import (
    Story,
    as_is,
    at,
    duty,
    experiment,
    ids_of_stories,
    judge,
    mission,
    person,
    plan,
    serve,
    session,
    sit,
    span,
    step,
    story,
    swap,
    with_step,
)

from payload.met import HOUR, Window
from payload.model import Level, Mission, Person, Repeat, Reservation, Role, Step

PAIR = session("s", step(60, Role(1), Role(2)), step(30, Role(2)))


def crew_story() -> Story:
    of = mission(experiment("a", PAIR), routine=[duty("meal", at_ms=at(12))])
    good = plan(of, sit(of, "a/s/1", at(8), "ann", "bob"))
    return story(
        "crew",
        of,
        good,
        with_step(good, "a/s/1", 0, crew=("ann",)),
        with_step(good, "a/s/1", 1, crew=()),
        as_is(good, "a/s/1", crew=("bob", "ann")),
        as_is(good, "a/s/1", crew=("ann",)),
        as_is(good, "meal/ann/2026-03-02", crew=()),
        as_is(good, "a/s/1", crew=("ann", "bob", "cat")),
        as_is(good, "meal/ann/2026-03-02", crew=("ann", "bob")),
        also=["crew-overlap"],
    )


def role_story() -> Story:
    crew = (
        person("ann", biology=Level.SPECIALIST),
        person("bob", biology=Level.USER),
        person("cat", medical=Level.OPERATOR),
    )
    of = mission(
        experiment("named", session("s", step(60, Role(1, is_="ann")))),
        experiment("some", session("s", step(60, Role(1, any_of=("ann", "bob"))))),
        experiment("able", session("s", step(60, Role(1, skills={"biology": Level.OPERATOR})))),
        experiment("both", session("s", step(60, Role(1, any_of=("bob", "cat"), skills={"medical": Level.USER})))),
        crew=crew,
    )
    good = plan(
        of,
        sit(of, "named/s/1", at(8), "ann"),
        sit(of, "some/s/1", at(9), "bob"),
        sit(of, "able/s/1", at(10), "ann"),
        sit(of, "both/s/1", at(11), "cat"),
    )
    return story(
        "role",
        of,
        good,
        swap(good, sit(of, "named/s/1", at(8), "bob"), of=of),
        swap(good, sit(of, "some/s/1", at(9), "cat"), of=of),
        swap(good, sit(of, "able/s/1", at(10), "bob"), of=of),
        swap(good, sit(of, "able/s/1", at(10), "cat"), of=of),
        swap(good, sit(of, "both/s/1", at(11), "bob"), of=of),
        swap(good, sit(of, "both/s/1", at(11), "ann"), of=of),
    )


def seat_story() -> Story:
    """The prime's level comes from the seat in the plan, not from the mission's."""
    seat = Person(
        "px",
        {"glovebox": Level.USER},
        Window(0, at(24)),
        {"prime": {"glovebox": Level.OPERATOR}, "backup": {}, "spare": {"glovebox": Level.USER}},
        "prime",
    )
    asks = experiment("a", session("s", step(60, Role(1, skills={"glovebox": Level.OPERATOR}))))
    of = mission(asks, crew=(seat, person("bob", glovebox=Level.USER)))
    good = plan(of, sit(of, "a/s/1", at(8), "px"))
    return story(
        "role",
        of,
        good,
        replace(good, seats={"px": "backup"}),
        replace(good, seats={"px": "spare"}),
        swap(good, sit(of, "a/s/1", at(8), "bob"), of=of),
    )


def role_identity_story() -> Story:
    of = mission(experiment("a", PAIR), crew=(person("ann"), person("bob"), person("cat")))
    good = plan(of, sit(of, "a/s/1", at(8), "ann", "bob"))
    return story(
        "role-identity",
        of,
        good,
        with_step(good, "a/s/1", 1, crew=("ann",)),
        with_step(good, "a/s/1", 1, crew=("cat",)),
        with_step(good, "a/s/1", 0, crew=("bob", "ann")),
        swap(good, sit(of, "a/s/1", at(8), "bob", "bob"), of=of),
        also=["crew"],
    )


def same_story() -> Story:
    sessions = (session("s", step(60, Role(1), Role(2)), repeat=Repeat(2)), session("t", step(30, Role(2))))
    of = mission(experiment("a", *sessions, same_people=True), crew=(person("ann"), person("bob"), person("cat")))
    good = plan(
        of,
        sit(of, "a/s/1", at(8), "ann", "bob"),
        sit(of, "a/s/2", at(10), "ann", "bob"),
        sit(of, "a/t/1", at(12), "bob"),
    )
    return story(
        "same",
        of,
        good,
        swap(good, sit(of, "a/s/2", at(10), "bob", "ann"), of=of),
        swap(good, sit(of, "a/s/2", at(10), "ann", "cat"), of=of),
        swap(good, sit(of, "a/t/1", at(12), "ann"), of=of),
    )


def overlap_story() -> Story:
    of = mission(
        experiment("a", session("s", step(60, Role(1)), step(60), step(30, Role(1)))),
        experiment("b", session("s", step(60, Role(1)))),
        routine=[duty("meal", at_ms=at(12))],
    )
    good = plan(of, sit(of, "a/s/1", at(8), "ann"), sit(of, "b/s/1", at(9), "ann"))
    return story(
        "crew-overlap",
        of,
        good,
        swap(good, sit(of, "b/s/1", at(8.5), "ann"), of=of),
        swap(good, sit(of, "b/s/1", at(9.5), "ann"), of=of),
        swap(good, sit(of, "b/s/1", at(11.5), "ann"), of=of),
        swap(good, sit(of, "b/s/1", at(12), "bob"), of=of),
        swap(good, sit(of, "a/s/1", at(7), "ann"), sit(of, "b/s/1", at(6.5), "ann"), of=of),
    )


def guests_story() -> Story:
    guest = session("s", step(30, Role(1)), step(30), inside="meal")
    of = mission(
        experiment("a", guest), experiment("b", guest), routine=[duty("meal", at_ms=at(12), duration_ms=3 * HOUR)]
    )
    good = plan(of, sit(of, "a/s/1", at(12), "ann"), sit(of, "b/s/1", at(13), "ann"))
    return story(
        "crew-overlap",
        of,
        good,
        swap(good, sit(of, "b/s/1", at(12), "ann"), of=of),
        swap(good, sit(of, "b/s/1", at(12.5), "ann"), of=of),  # the whole session counts, uncrewed steps too
        swap(good, sit(of, "a/s/1", at(13.5), "ann"), of=of),
    )


def aboard_story() -> Story:
    crew = (person("ann", span(6, 20)), person("bob"))
    of = mission(
        experiment("a", session("s", step(60, Role(1)), step(120))),
        routine=[duty("walk", between_ms=(at(5), at(22))), duty("wake", at_ms=at(5)), duty("sleep", at_ms=at(19.5))],
        crew=crew,
    )
    good = plan(of, sit(of, "a/s/1", at(18), "ann"), walk(of, "ann", 10), walk(of, "bob", 10))
    assert good.find("wake/ann/2026-03-02") is None  # aboard cuts it: there is no such duty
    assert good.find("sleep/ann/2026-03-02") is None
    return story(
        "aboard",
        of,
        good,
        swap(good, sit(of, "a/s/1", at(19.5), "ann"), of=of),
        swap(good, sit(of, "a/s/1", at(5), "ann"), of=of),
        swap(good, walk(of, "ann", 5), of=of),
        swap(good, walk(of, "ann", 20), of=of),
    )


def walk(of: Mission, who: str, hour: float) -> Reservation:
    return serve(of, f"walk/{who}/2026-03-02", at(hour))


def inside_story() -> Story:
    meal = duty("meal", between_ms=(at(11), at(16)), duration_ms=2 * HOUR)
    both = experiment("b", session("s", step(30, Role(1), Role(2)), inside="meal"))
    guest = session("s", step(30, Role(1)), Step("wait", HOUR // 2, HOUR), inside="meal")
    of = mission(experiment("a", guest), both, routine=[meal])
    good = plan(of, sit(of, "a/s/1", at(11), "ann"), sit(of, "b/s/1", at(12.5), "ann", "bob"))
    late = next(one for one in good.reservations if one.id == "meal/bob/2026-03-02")
    return story(
        "inside",
        of,
        good,
        swap(good, sit(of, "a/s/1", at(9), "ann"), of=of),
        swap(good, sit(of, "a/s/1", at(10.5), "ann"), of=of),
        swap(good, sit(of, "a/s/1", at(12.5), "bob", waits=(HOUR // 2, HOUR)), of=of),
        swap(good, replace(late, start=at(13), end=at(15)), of=of),
        also=["crew-overlap"],
    )


STORIES = [
    crew_story(),
    role_story(),
    seat_story(),
    role_identity_story(),
    same_story(),
    overlap_story(),
    guests_story(),
    aboard_story(),
    inside_story(),
]


@pytest.mark.parametrize("told", STORIES, ids=ids_of_stories(STORIES))
def test_a_plan_broken_about_people_is_reported_by_its_rule(told: Story) -> None:
    judge(told)
