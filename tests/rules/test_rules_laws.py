"""What holds of every plan, valid or not."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from enumerator import plan_of
from enumerator_choices import choices
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_missions import tiny

from payload.met import Window
from payload.model import Exclude, Gap, Mission, Order, Plan, State, Violation
from payload.rules import check, check_windows

SEEDS = st.integers(0, 10_000)


def anything(seed: int) -> tuple[Mission, Plan]:
    """A tiny mission and a plan of it that is hardly ever valid."""
    of, windows = tiny(seed, soft=True)
    rng = random.Random(seed)
    chosen = [rng.choice(tried) for tried in choices(of).values()]
    return of, plan_of(of, windows, [one for one in chosen if one is not None])


def found(of: Mission, whole: Plan) -> set[Violation]:
    """All violations but those of the value, which soft rules change."""
    return {one for one in check(of, whole) if one.rule not in ("value", "bound")}


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_taking_a_rule_away_takes_its_violations_and_no_others(seed: int) -> None:
    of, whole = anything(seed)
    for rule in of.rules:
        less = replace(of, rules=tuple(other for other in of.rules if other is not rule))
        assert found(less, whole) == {one for one in found(of, whole) if one.rule != rule.id}


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.sampled_from(["days", "between", "during", "avoid", "covers", "after", "relative"]))
def test_taking_a_key_from_every_session_adds_no_violation(seed: int, key: str) -> None:
    of, whole = anything(seed)
    empty = None if key in ("days", "between", "relative") else ()
    experiments = tuple(
        replace(
            experiment,
            sessions=tuple(
                session if session.repeat.each_day else replace(session, **{key: empty})
                for session in experiment.sessions
            ),
        )
        for experiment in of.experiments
    )
    assert found(replace(of, experiments=experiments), whole) <= found(of, whole)


#: Rules that one activity breaks by itself, or two together: another activity changes nothing about it.
OF_ONE_OR_TWO = frozenset(
    {
        "horizon",
        "fixed",
        "allowed",
        "length",
        "steps",
        "grid",
        "at",
        "days",
        "between",
        "during",
        "avoid",
        "crew",
        "role",
    }
    | {"role-identity", "crew-overlap", "aboard", "rig", "uses"}
)
#: Rules that more activities can break only worse.
OF_MANY = frozenset({"sequence", "capacity", "stock"})


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_an_activity_more_hides_no_violation(seed: int) -> None:
    of, whole = anything(seed)
    before = found(of, whole)
    lasting = OF_ONE_OR_TWO | {rule.id for rule in of.rules if isinstance(rule, Gap | Order | Exclude)}
    worse = OF_MANY | {rule.id for rule in of.rules}
    for one in whole.reservations:
        less = found(of, whole.with_reservations(other for other in whole.reservations if other is not one))
        assert {fault for fault in less if fault.rule in lasting} <= before
        assert {fault.rule for fault in less} & worse <= {fault.rule for fault in before}


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_the_same_plan_has_the_same_violations_in_the_same_order(seed: int) -> None:
    of, whole = anything(seed)
    assert list(check(of, whole)) == list(check(of, whole))


@settings(max_examples=100, deadline=None)
@given(SEEDS, st.integers(0, 4000))
def test_windows_shifted_by_two_seconds_agree_and_by_more_do_not(seed: int, shift_ms: int) -> None:
    _, whole = anything(seed)
    wide = {name: tuple(w for w in of if w.length_ms > 10_000) for name, of in whole.windows.items()}
    shifted = {name: tuple(Window(w.start + shift_ms, w.end + shift_ms) for w in of) for name, of in wide.items()}
    faults = list(check_windows(replace(whole, windows=wide), shifted))
    assert (faults == []) == (shift_ms <= 2000 or not any(wide.values()))


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.sampled_from(["running", "done", "failed", "skipped"]))
def test_facts_break_nothing_among_themselves(seed: int, state: State) -> None:
    of, whole = anything(seed)
    facts = whole.with_reservations(replace(one, state=state) for one in whole.reservations)
    assert {one.rule for one in found(of, facts)} <= {"missing", "required"}


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_a_fact_more_means_a_violation_less_at_most(seed: int) -> None:
    of, whole = anything(seed)
    rng = random.Random(seed)
    mixed = whole.with_reservations(replace(one, state=rng.choice(["planned", "done"])) for one in whole.reservations)
    assert {one.rule for one in found(of, mixed)} <= {one.rule for one in found(of, whole)}


@settings(max_examples=150, deadline=None)
@given(SEEDS)
def test_a_garbled_plan_is_judged_and_not_stumbled_over(seed: int) -> None:
    of, whole = anything(seed)
    rng = random.Random(seed)
    garbled = []
    for one in whole.reservations:
        draw = rng.randrange(6)
        changes: dict[str, Any] = {}
        if draw == 0:
            changes = {"start": one.end, "end": one.start}
        elif draw == 1:
            changes = {"crew": ("nobody", *one.crew[1:]), "steps": one.steps[1:]}
        elif draw == 2:
            changes = {"steps": tuple(replace(step, crew=(), end=step.start) for step in one.steps)}
        elif draw == 3:
            changes = {"id": one.id + "0", "kind": "duty"}
        garbled.append(replace(one, **changes))
    faults = list(check(of, replace(whole, reservations=tuple(garbled), windows={})))
    assert all(fault.text.endswith(".") for fault in faults)


@pytest.mark.parametrize("seed", range(0, 200, 10))
def test_a_violation_names_activities_of_the_plan_or_of_the_mission(seed: int) -> None:
    of, whole = anything(seed)
    for one in check(of, whole):
        assert set(one.activities) <= set(choices(of))
        assert one.text.endswith(".")
