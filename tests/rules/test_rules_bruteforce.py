"""The checker and a reading of the page that tries everything accept the very same plans."""

from __future__ import annotations

import random
from itertools import islice

import pytest
from enumerator import best_value, is_valid, plan_of, valid_plans
from enumerator_choices import Windows, all_choices, choices
from rules_builders import at, experiment, mission, session, span, step
from tiny_missions import tiny

from payload.model import Mission, Plan, Reservation, Role
from payload.rules import check, waiver_of, worth


def faults(of: Mission, plan: Plan) -> list[str]:
    hard = [found for found in check(of, plan) if found.weight is None and waiver_of(of, found) is None]
    return [f"{found.rule}: {found.text}" for found in hard]


@pytest.mark.parametrize("seed", range(150))
def test_the_checker_accepts_exactly_the_valid_plans_of_a_tiny_mission(seed: int) -> None:
    of, windows = tiny(seed, soft=True)
    of_one_mind(of, windows, random.Random(seed), most=3_000)


@pytest.mark.parametrize("seed", range(1000, 1080))
def test_and_of_one_with_the_rarer_keys(seed: int) -> None:
    of, windows = tiny(seed, soft=True, rich=True)
    of_one_mind(of, windows, random.Random(seed), most=400)


def of_one_mind(of: Mission, windows: Windows, rng: random.Random, most: int) -> None:
    """Valid plans are accepted, worth what they say; plans made of anything, and valid ones with one change, only if
    they are valid by the enumerator."""
    options = list(choices(of).values())
    anything: list[tuple[Reservation | None, ...]] = [tuple(map(rng.choice, options)) for _ in range(60)]
    some = list(islice(valid_plans(of, windows), most))
    for valid in rng.sample(some, min(30, len(some))):
        assert faults(of, valid) == []
        assert worth(of, valid) == valid.value
        there = {one.id: one for one in valid.reservations}
        kept = [there.get(name) for name in choices(of)]
        anything += [(*kept[:i], rng.choice(options[i]), *kept[i + 1 :]) for i in range(len(options))]
    for chosen in anything:
        placed = tuple(one for one in chosen if one is not None)
        found = faults(of, plan_of(of, windows, placed))
        assert (found == []) == is_valid(of, windows, placed), (found, placed)


def test_the_pruned_search_finds_what_trying_everything_finds() -> None:
    seen = 0
    for seed in range(60):
        of, windows = tiny(seed)
        space = 1
        for options in choices(of).values():
            space *= len(options)
        if space > 700:
            continue
        everything = [placed for placed in all_choices(of) if is_valid(of, windows, placed)]
        found = [tuple(one.id for one in plan.reservations) for plan in valid_plans(of, windows)]
        assert sorted(found) == sorted(
            tuple(one.id for one in plan_of(of, windows, p).reservations) for p in everything
        )
        seen += 1
    assert seen >= 10


def test_the_best_value_of_a_mission_counted_by_hand() -> None:
    """Three hours, one free: two sessions of an hour each for one person, and one of them must lie in the last hour."""
    late = experiment("late", session("s", step(60, Role(1, is_="ann")), between=(span(2, 3),)), value=4)
    long = experiment("long", session("s", step(150, Role(1, is_="ann"))), value=5)
    of = mission(late, long, end=at(3))
    assert best_value(of, {}) == 5
    assert best_value(mission(late, end=at(3)), {}) == 4
    assert len(list(valid_plans(mission(late, end=at(3)), {}))) == 2  # left out, or at 02:00
