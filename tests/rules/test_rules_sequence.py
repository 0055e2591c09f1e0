"""Plans broken on purpose: activities that an experiment or a duty ties together."""

from __future__ import annotations

import pytest
from rules_builders import (
    Story,
    at,
    days,
    drop,
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
    step,
    story,
    swap,
)

from payload.met import HOUR, MINUTE
from payload.model import After, Mission, Plan, Relative, Repeat, Role

ALONE = step(60)


def listed() -> tuple[Mission, Plan]:
    of = mission(experiment("a", session("s", ALONE, repeat=Repeat(2)), session("t", ALONE)))
    return of, plan(of, sit(of, "a/s/1", at(8)), sit(of, "a/s/2", at(9)), sit(of, "a/t/1", at(12)))


def sequence_story() -> Story:
    of, good = listed()
    return story(
        "sequence",
        of,
        good,
        swap(good, sit(of, "a/t/1", at(9.5)), of=of),
        swap(good, sit(of, "a/s/1", at(10)), of=of),
        swap(good, sit(of, "a/s/2", at(8.5)), of=of),
        swap(good, sit(of, "a/t/1", at(6)), of=of),
    )


def tied_story() -> Story:
    """Unordered, but the repeats of a session with `min` keep their order, and need the one before."""
    of = mission(experiment("a", session("s", ALONE, repeat=Repeat(3, min_ms=0)), session("t", ALONE), unordered=True))
    good = plan(of, sit(of, "a/s/1", at(8)), sit(of, "a/s/2", at(9)), sit(of, "a/t/1", at(6)))
    return story(
        "sequence",
        of,
        good,
        swap(good, sit(of, "a/s/2", at(8)), of=of),
        swap(good, sit(of, "a/s/1", at(9.5)), of=of),
        swap(good, sit(of, "a/s/3", at(9.5)), of=of),
        also=["repeat"],
    )


def predecessor_story() -> Story:
    of, good = listed()
    return story(
        "predecessor",
        of,
        good,
        drop(good, "a/s/1", of=of),
        drop(good, "a/s/2", of=of),
        drop(good, "a/s/1", "a/s/2", of=of),
    )


def daily_story() -> Story:
    """A repeat of each day needs what its session follows; what follows the session needs the last of them."""
    of = mission(
        experiment(
            "a",
            session("first", ALONE),
            session("day", ALONE, days=days(1, 2, 3), repeat=Repeat(3, each_day=True)),
            session("last", ALONE),
        ),
        end=at(24, 3),
    )
    good = plan(
        of,
        sit(of, "a/first/1", at(6)),
        sit(of, "a/day/1", at(8)),
        sit(of, "a/day/3", at(8, 3)),
        sit(of, "a/last/1", at(12, 3)),
    )
    return story(
        "predecessor",
        of,
        good,
        drop(good, "a/first/1", of=of),
        drop(good, "a/day/3", of=of),
        drop(good, "a/day/1", "a/day/3", of=of),
    )


def after_story() -> Story:
    of = mission(
        experiment("a", session("s", ALONE, repeat=Repeat(2)), unordered=True),
        experiment(
            "b",
            session("t", ALONE, repeat=Repeat(2), after=(After("a/s", min_ms=2 * HOUR, max_ms=4 * HOUR),)),
            unordered=True,
        ),
    )
    good = plan(
        of, sit(of, "a/s/1", at(8)), sit(of, "a/s/2", at(6)), sit(of, "b/t/1", at(12)), sit(of, "b/t/2", at(11))
    )
    return story(
        "after",
        of,
        good,
        swap(good, sit(of, "b/t/2", at(10.5)), of=of),
        swap(good, sit(of, "a/s/1", at(8.5)), of=of),
        swap(good, sit(of, "b/t/2", at(14)), sit(of, "b/t/1", at(13.5)), of=of),
        swap(good, sit(of, "b/t/2", at(5)), of=of),
        drop(good, "a/s/1", "a/s/2", of=of),
    )


def copies_story() -> Story:
    """Copies that `for` made: each comes after its own person's, by the id in the file."""
    copies = [
        experiment(
            f"diary-{who}",
            session("s", step(30, Role(1, is_=who))),
            session("t", step(30, Role(1, is_=who)), after=(After("diary/s", min_ms=2 * HOUR),)),
            written_id="diary",
            unordered=True,
        )
        for who in ("ann", "bob")
    ]
    of = mission(*copies)
    good = plan(
        of,
        sit(of, "diary-ann/s/1", at(8), "ann"),
        sit(of, "diary-ann/t/1", at(10.5), "ann"),
        sit(of, "diary-bob/s/1", at(12), "bob"),
        sit(of, "diary-bob/t/1", at(14.5), "bob"),
    )
    return story(
        "after",
        of,
        good,
        swap(good, sit(of, "diary-ann/t/1", at(10), "ann"), of=of),
        swap(good, sit(of, "diary-bob/t/1", at(10.5), "bob"), of=of),
        drop(good, "diary-bob/s/1", of=of),
    )


def repeat_story(repeat: Repeat, *bad: float) -> Story:
    of = mission(experiment("a", session("s", ALONE, repeat=repeat)))
    good = plan(of, sit(of, "a/s/1", at(6)), sit(of, "a/s/2", at(10)))
    return story("repeat", of, good, *(swap(good, sit(of, "a/s/2", at(hour)), of=of) for hour in bad))


def relative_story(before: bool, *bad: float) -> Story:
    """A draw of 30 min: within an hour before lunch, or within an hour after it."""
    draw = session("s", step(30, Role(1), Role(2)), relative=Relative("meal", before, HOUR))
    of = mission(experiment("a", draw), routine=[duty("meal", between_ms=(at(8), at(16)))])
    good = plan(
        of,
        sit(of, "a/s/1", at(11) if before else at(13.5), "ann", "bob"),
        serve(of, "meal/ann/2026-03-02", at(12)),
        serve(of, "meal/bob/2026-03-02", at(9)),
    )
    wrong = [swap(good, sit(of, "a/s/1", at(hour), "ann", "bob"), of=of) for hour in bad]
    turned = swap(good, sit(of, "a/s/1", at(11) if before else at(13.5), "bob", "ann"), of=of)
    return story("relative", of, good, *wrong, turned)


def together_story() -> Story:
    of = mission(routine=[duty("meal", between_ms=(at(8), at(16)), together=True)], end=at(24, 2))
    names = ["meal/ann/2026-03-02", "meal/bob/2026-03-02", "meal/ann/2026-03-03"]
    good = plan(of, serve(of, names[0], at(12)), serve(of, names[1], at(12)), serve(of, names[2], at(8, 2)))
    return story(
        "together",
        of,
        good,
        swap(good, serve(of, names[0], at(12.5)), of=of),
        swap(good, serve(of, names[1], at(11)), of=of),
        swap(good, serve(of, names[2], at(9, 2)), of=of),
    )


STORIES = [
    sequence_story(),
    tied_story(),
    predecessor_story(),
    daily_story(),
    after_story(),
    copies_story(),
    repeat_story(Repeat(2, every_ms=4 * HOUR), 9.5, 10.5, 12),
    repeat_story(Repeat(2, every_ms=4 * HOUR, tolerance_ms=30 * MINUTE), 9, 11, 14),
    repeat_story(Repeat(2, min_ms=3 * HOUR), 9.5, 9, 7),
    repeat_story(Repeat(2, max_ms=3 * HOUR), 10.5, 11, 20),
    relative_story(True, 10, 8, 13, 14),
    relative_story(False, 14.5, 15, 11, 8),
    together_story(),
]


@pytest.mark.parametrize("told", STORIES, ids=ids_of_stories(STORIES))
def test_a_plan_broken_about_its_sequence_is_reported_by_its_rule(told: Story) -> None:
    judge(told)


def test_repeats_of_an_unordered_experiment_stand_as_they_like() -> None:
    of = mission(experiment("a", session("s", ALONE, repeat=Repeat(3)), session("t", ALONE), unordered=True))
    assert hard(of, plan(of, sit(of, "a/s/2", at(9)), sit(of, "a/s/3", at(8.5)), sit(of, "a/t/1", at(8)))) == set()
