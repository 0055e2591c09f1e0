"""Plans broken on purpose: when one activity stands."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rules_builders import (
    Story,
    as_is,
    at,
    days,
    duty,
    experiment,
    hard,
    ids_of_stories,
    judge,
    mission,
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

from payload.met import HOUR, MINUTE, Window
from payload.model import Between, Mission, Plan, Repeat, Role, Step

ALONE = step(60)
WINDOW = Between(())


def single(*, start: float, valid: Mission, windows: dict[str, tuple[Window, ...]] | None = None, day: int = 1) -> Plan:
    return plan(valid, sit(valid, "a/s/1", at(start, day)), windows=windows)


def moved(rule: str, of: Mission, good: float, *bad: float, also: tuple[str, ...] = (), **more: object) -> Story:
    """One uncrewed session of an hour that is right at one hour and wrong at others."""
    right = single(start=good, valid=of, **more)  # type: ignore[arg-type]
    wrong = [single(start=hour, valid=of, **more) for hour in bad]  # type: ignore[arg-type]
    return story(rule, of, right, *wrong, also=also)


def free(**more: object) -> Mission:
    return mission(experiment("a", session("s", ALONE, **more)))


def with_windows(**more: object) -> Mission:
    return replace(free(**more), windows={"clear": WINDOW, "open": WINDOW})


SPANS = {"clear": (span(8, 10), span(10.5, 12)), "open": (span(9, 11), span(13, 15))}
SHORT = {"clear": (span(8, 8.5), span(11, 14)), "open": ()}

MEAL = mission(
    routine=[
        duty("fixed", at_ms=at(7), duration_ms=HOUR),
        duty("free", between_ms=(at(9), at(15)), duration_ms=HOUR),
        duty("late", at_ms=at(23), duration_ms=3 * HOUR),  # the horizon leaves an hour of it, and two of yesterday's
        duty("once", between=span(16, 20)),
    ]
)
MEALS = plan(MEAL)
FREE = "free/ann/2026-03-02"
WAIT = mission(experiment("a", session("s", step(30, Role(1)), Step("wait", HOUR, 2 * HOUR), step(30, Role(1)))))
WAITED = plan(WAIT, sit(WAIT, "a/s/1", at(8), "ann", waits=(HOUR // 2, 3 * HOUR // 2, HOUR // 2)))


def waited(length_ms: int) -> Plan:
    return plan(WAIT, sit(WAIT, "a/s/1", at(8), "ann", waits=(HOUR // 2, length_ms, HOUR // 2)))


def longer(name: str, index: int, by_ms: int) -> Plan:
    """The plan with one step of a session longer, and all that follows later."""
    whole = WAITED.find(name)
    assert whole is not None
    steps = [
        replace(one, start=one.start + by_ms * (i > index), end=one.end + by_ms * (i >= index))
        for i, one in enumerate(whole.steps)
    ]
    return as_is(WAITED, name, steps=tuple(steps), end=whole.end + by_ms)


def two_days(**more: object) -> Mission:
    return mission(experiment("a", session("s", ALONE, **more)), end=at(24, 3))


def in_two(start: float, day: int, **more: object) -> Plan:
    return single(start=start, valid=two_days(**more), day=day)


LOCKED = replace(free(), locks={"a/s/1": at(9.25)})
PHOTO = mission(experiment("a", session("s", step(30), step(30, during=("clear", "open"), avoid=("dark",)))))
PHOTO = replace(PHOTO, windows={"clear": WINDOW, "open": WINDOW, "dark": WINDOW})
PHOTO_SPANS = {**SPANS, "dark": (span(10.5, 11),)}
WALK = replace(
    mission(routine=[duty("walk", between_ms=(at(6), at(18)), during=("clear",), avoid=("open",))]),
    windows={"clear": WINDOW, "open": WINDOW},
)
WALK_SPANS = {"clear": (span(6, 12),), "open": (span(7, 8), span(15, 16))}
WALKED = plan(WALK, windows=WALK_SPANS)
COVER = mission(
    experiment("a", session("s", step(30, Role(1)), step(180, covers=("meal",)))),
    routine=[duty("meal", between_ms=(at(11), at(14)), duration_ms=HOUR)],
)
COVERED = plan(
    COVER,
    sit(COVER, "a/s/1", at(10), "ann"),
    serve(COVER, "meal/ann/2026-03-02", at(12)),
    serve(COVER, "meal/bob/2026-03-02", at(11)),
)

STORIES = [
    moved("horizon", free(), 8, 23.5, 24, -1, -0.5),
    moved("grid", free(), 8, 8.1, 8.25, 8.75),
    moved("at", free(at=(at(8.2), at(9))), 8.2, 8.5, 8.25, 10),
    moved("lock", LOCKED, 9.25, 9, 9.5, 8),
    moved("between", free(between=(span(8, 10), span(10, 11.5))), 8.5, 7.5, 9.5, 11, 12),
    moved("during", with_windows(during=("clear",)), 9, 7.5, 9.5, 10, 11.5, windows=SPANS),
    moved("during", with_windows(during=("clear", "open")), 9, 8.5, 9.5, 10, 13, windows=SPANS),
    moved("avoid", with_windows(avoid=("clear", "open")), 12, 7.5, 9.5, 10, 12.5, 14.5, windows=SPANS),
    moved("covers", with_windows(covers=("clear",)), 8, 7, 8.5, 11, 12, windows=SHORT),
    story(
        "covers",
        COVER,
        COVERED,
        swap(COVERED, sit(COVER, "a/s/1", at(12.5), "bob"), of=COVER),
        swap(COVERED, serve(COVER, "meal/ann/2026-03-02", at(13)), of=COVER),
        swap(COVERED, sit(COVER, "a/s/1", at(9), "ann"), of=COVER),
    ),
    story(
        "during",
        PHOTO,
        single(start=8.5, valid=PHOTO, windows=PHOTO_SPANS),
        *(single(start=hour, valid=PHOTO, windows=PHOTO_SPANS) for hour in (8, 9.5, 11)),
    ),
    story(
        "avoid",
        PHOTO,
        single(start=9, valid=PHOTO, windows=PHOTO_SPANS),
        single(start=10, valid=PHOTO, windows=PHOTO_SPANS),
        single(start=10, valid=PHOTO, windows={**PHOTO_SPANS, "dark": (span(10, 12),)}),
        single(start=9, valid=PHOTO, windows={**PHOTO_SPANS, "dark": (Window(at(9.5), at(9.5) + 1),)}),
    ),
    story(
        "during",
        WALK,
        WALKED,
        *(swap(WALKED, serve(WALK, "walk/bob/2026-03-02", at(hour)), of=WALK) for hour in (11.5, 12, 17)),
    ),
    story(
        "avoid",
        WALK,
        WALKED,
        *(swap(WALKED, serve(WALK, "walk/bob/2026-03-02", at(hour)), of=WALK) for hour in (6.5, 7, 7.5)),
    ),
    story(
        "days",
        two_days(days=days(1, 3)),
        in_two(8, 1, days=days(1, 3)),
        *(in_two(hour, day, days=days(1, 3)) for hour, day in ((8, 2), (0, 2), (23.5, 2))),
    ),
    story(
        "fixed",
        MEAL,
        MEALS,
        as_is(MEALS, "fixed/ann/2026-03-02", start=at(6), end=at(7)),
        as_is(MEALS, "fixed/bob/2026-03-02", end=at(8.5)),
        as_is(MEALS, "late/ann/2026-03-01", end=at(3)),  # two hours of yesterday's are left
        as_is(MEALS, "late/ann/2026-03-02", start=at(22), end=at(23)),
        also=["sorted"],
    ),
    story(
        "allowed",
        MEAL,
        MEALS,
        swap(MEALS, serve(MEAL, FREE, at(8)), of=MEAL),
        swap(MEALS, serve(MEAL, FREE, at(14.5)), of=MEAL),
        swap(MEALS, serve(MEAL, "once/ann/2026-03-02", at(19.5)), of=MEAL),
        swap(MEALS, serve(MEAL, "once/ann/2026-03-02", at(20)), of=MEAL),
    ),
    story(
        "grid",
        MEAL,
        MEALS,
        swap(MEALS, serve(MEAL, FREE, at(9.25)), of=MEAL),
        swap(MEALS, serve(MEAL, FREE, at(10) + 1), of=MEAL),
        swap(MEALS, serve(MEAL, "once/ann/2026-03-02", at(16.75)), of=MEAL),
    ),
    story(
        "length",
        MEAL,
        MEALS,
        as_is(MEALS, FREE, end=at(9.5)),
        as_is(MEALS, FREE, end=at(11)),
        as_is(MEALS, "once/bob/2026-03-02", end=at(17) + 1),
    ),
    story(
        "length",
        WAIT,
        WAITED,
        longer("a/s/1", 0, HOUR // 2),
        longer("a/s/1", 1, 2 * HOUR),
        longer("a/s/1", 1, -HOUR),
        longer("a/s/1", 2, 1),
        also=["grid"],
    ),
    story("grid", WAIT, WAITED, waited(65 * MINUTE), waited(100 * MINUTE), waited(90 * MINUTE + 1)),
    story(
        "steps",
        WAIT,
        WAITED,
        as_is(WAITED, "a/s/1", steps=()),
        as_is(WAITED, "a/s/1", end=at(11)),
        as_is(WAITED, "a/s/1", start=at(7.5)),
        with_step(WAITED, "a/s/1", 1, do="rest"),
        with_step(WAITED, "a/s/1", 2, start=at(10.5), end=at(11)),
        also=["crew", "length"],
    ),
]


@pytest.mark.parametrize("told", STORIES, ids=ids_of_stories(STORIES))
def test_a_plan_broken_about_time_is_reported_by_its_rule(told: Story) -> None:
    judge(told)


def test_a_duty_of_a_nominal_date_that_the_horizon_cuts_keeps_what_is_left() -> None:
    late = [one for one in MEALS.reservations if one.id.startswith("late/ann")]
    assert [(one.id, one.start, one.end) for one in late] == [
        ("late/ann/2026-03-01", 0, at(2)),
        ("late/ann/2026-03-02", at(23), at(24)),
    ]


def test_each_day_repeats_are_optional_one_by_one() -> None:
    of = mission(
        experiment("a", session("s", ALONE, days=days(1, 2, 3), repeat=Repeat(3, each_day=True))), end=at(24, 3)
    )
    good = plan(of, sit(of, "a/s/1", at(8)), sit(of, "a/s/3", at(8, 3)))
    wrong = plan(of, sit(of, "a/s/2", at(8, 3)))
    early = swap(good, sit(of, "a/s/3", at(8, 2)), of=of)
    judge(story("repeat", of, good, wrong, early, plan(of, sit(of, "a/s/1", at(0, 2)))))


def test_touching_intervals_are_one() -> None:
    of = with_windows(during=("clear", "open"))
    whole = single(start=9, valid=of, windows={"clear": (span(8, 12),), "open": (span(9, 9.5), span(9.5, 10))})
    assert hard(of, whole) == {"windows"}  # the list should have been merged, but the session lies in one interval
