"""Plans broken on purpose: the plan as a file, and facts among its reservations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest
from rules_builders import (
    CALENDAR,
    Story,
    as_is,
    at,
    drop,
    duty,
    experiment,
    hard,
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

from payload.met import HOUR, Calendar, Window
from payload.model import Between, Gap, Plan, Repeat, Role, Unscheduled
from payload.rules import check, check_windows, worth

SEAT = replace(person("px"), candidates={"prime": {}, "backup": {}}, flies="prime", aboard=Window(0, at(24)))
OF = mission(
    experiment("a", session("s", step(60, Role(1)), repeat=Repeat(3)), minimum=2, value=Fraction(4)),
    experiment("b", session("s", step(60))),
    routine=[duty("meal", at_ms=at(12))],
    crew=(person("ann"), SEAT),
)
OF = replace(OF, windows={"clear": Between(())})
CLEAR = {"clear": (span(8, 10), span(11, 12))}
GOOD = plan(OF, sit(OF, "a/s/1", at(8), "ann"), sit(OF, "a/s/2", at(9), "px"), windows=CLEAR)
MEAL = "meal/ann/2026-03-02"
NEEDED = replace(OF, experiments=(replace(OF.experiments[0], required=True), OF.experiments[1]))
ALL = swap(GOOD, sit(OF, "a/s/3", at(10), "px"), of=NEEDED)
SHARED = replace(
    OF,
    experiments=(replace(OF.experiments[0], sponsor="SUPARCO"), OF.experiments[1]),
    shares={"SUPARCO": 3 * HOUR},
)
PROMISED = replace(GOOD, shares={"SUPARCO": (3 * HOUR, 2 * HOUR)})


def listed(*windows: Window) -> Plan:
    return replace(GOOD, windows={"clear": windows})


def without(name: str) -> Plan:
    return replace(GOOD, reservations=tuple(one for one in GOOD.reservations if one.id != name))


def left_out(*names: str) -> Plan:
    return replace(GOOD, unscheduled=tuple(Unscheduled(name, Fraction(0)) for name in names))


STORIES = [
    story(
        "mission",
        OF,
        GOOD,
        replace(GOOD, mission_sha256="4567"),
        replace(GOOD, mission_id="other"),
        replace(GOOD, end=at(23)),
        replace(GOOD, calendar=Calendar(CALENDAR.start, "Asia/Shanghai")),
    ),
    story(
        "seats",
        OF,
        GOOD,
        replace(GOOD, seats={}),
        replace(GOOD, seats={"px": "somebody"}),
        replace(GOOD, seats={"px": "prime", "ann": "prime"}),
    ),
    story(
        "windows",
        OF,
        GOOD,
        replace(GOOD, windows={}),
        replace(GOOD, windows={**CLEAR, "dark": ()}),
        listed(span(8, 9), span(9, 10)),
        listed(span(11, 12), span(8, 10)),
        listed(span(20, 25)),
        listed(span(8, 8)),
    ),
    story(
        "status",
        OF,
        GOOD,
        replace(GOOD, status="optimal"),
        replace(GOOD, status="infeasible", conflict=("lunch clashes",)),
        replace(GOOD, status="infeasible", reservations=()),
        replace(GOOD, status="optimal", bound=GOOD.value + Fraction(3, 2_000_000)),
    ),
    story(
        "value",
        OF,
        GOOD,
        replace(GOOD, value=Fraction(3)),
        replace(GOOD, value=GOOD.value + Fraction(1, 1_000_000)),
        replace(GOOD, value=Fraction(0)),
        replace(GOOD, value=Fraction(2_666_665, 1_000_000)),
    ),
    story(
        "bound",
        OF,
        GOOD,
        replace(GOOD, bound=Fraction(2)),
        replace(GOOD, bound=Fraction(0)),
        replace(GOOD, bound=Fraction(2_666_666, 1_000_000)),
    ),
    story(
        "shares",
        SHARED,
        PROMISED,
        replace(PROMISED, shares={}),
        replace(PROMISED, shares={"SUPARCO": (HOUR, 2 * HOUR)}),
        replace(PROMISED, shares={"SUPARCO": (3 * HOUR, 3 * HOUR)}),
        replace(PROMISED, shares={**PROMISED.shares, "CMSA": (0, 0)}),
    ),
    story(
        "unknown",
        OF,
        GOOD,
        replace(GOOD, reservations=(*GOOD.reservations, replace(sit(OF, "b/s/1", at(20)), id="c/s/1"))),
        replace(GOOD, reservations=(*GOOD.reservations, replace(sit(OF, "b/s/1", at(20)), id="b/s/2"))),
        replace(
            GOOD, reservations=(*GOOD.reservations, replace(serve(OF, MEAL), id="tea/ann/2026-03-02", start=at(20)))
        ),
        left_out("a/s/3", "a/s/4", "b/s/1"),
        left_out("a/s/3", "b/s/1", MEAL),
        also=["twice"],  # of the duty: it is also reserved
    ),
    story(
        "twice",
        OF,
        GOOD,
        left_out("a/s/2", "a/s/3", "b/s/1"),
        left_out("a/s/3", "a/s/3", "b/s/1"),
        replace(
            GOOD,
            reservations=tuple(sorted((*GOOD.reservations, sit(OF, "a/s/2", at(20), "px")), key=lambda r: r.start)),
        ),
    ),
    story(
        "missing",
        OF,
        GOOD,
        left_out("a/s/3"),
        left_out(),
        without(MEAL),
        without("meal/px/2026-03-02"),
    ),
    story(
        "kind",
        OF,
        GOOD,
        as_is(GOOD, "a/s/1", kind="duty"),
        as_is(GOOD, MEAL, kind="session"),
        as_is(GOOD, "a/s/2", kind="duty"),
    ),
    story(
        "sorted",
        OF,
        GOOD,
        replace(GOOD, reservations=GOOD.reservations[::-1]),
        replace(GOOD, reservations=(*GOOD.reservations[1:], GOOD.reservations[0])),
        left_out("b/s/1", "a/s/3"),
    ),
    story(
        "required",
        NEEDED,
        ALL,
        drop(ALL, "a/s/3", of=NEEDED),
        drop(ALL, "a/s/2", "a/s/3", of=NEEDED),
        drop(ALL, "a/s/1", "a/s/2", "a/s/3", of=NEEDED),
        also=["minimum"],
    ),
    story(
        "minimum",
        OF,
        GOOD,
        drop(GOOD, "a/s/2", of=OF),
        swap(drop(GOOD, "a/s/2", of=OF), sit(OF, "a/s/1", at(20), "px"), of=OF),
        swap(drop(GOOD, "a/s/2", of=OF), sit(OF, "b/s/1", at(20)), of=OF),
    ),
]


@pytest.mark.parametrize("told", STORIES, ids=ids_of_stories(STORIES))
def test_a_plan_that_is_not_a_whole_and_honest_file_is_reported(told: Story) -> None:
    judge(told)


def test_a_value_read_from_a_file_is_rounded_down_and_its_bound_up() -> None:
    assert GOOD.value == worth(OF, GOOD) == Fraction(8, 3)
    rounded = replace(GOOD, value=Fraction("2.666666"), bound=Fraction("2.666667"), status="optimal")
    assert hard(OF, rounded) == set()


def test_an_infeasible_plan_lacks_nothing() -> None:
    none = replace(
        GOOD, status="infeasible", reservations=(), unscheduled=(), conflict=("meals clash",), value=Fraction(0)
    )
    assert hard(OF, none) == set()
    assert worth(OF, none) == 0


def test_facts_are_judged_by_no_rule_and_planned_ones_against_them() -> None:
    rule = Gap(id="calm", gap_ms=2 * HOUR, after=("a",), before=("b",))
    of = replace(OF, rules=(rule,))
    started_off_the_grid = as_is(GOOD, "a/s/1", state="done", start=at(8.1), crew=("px",))
    late_duty = as_is(started_off_the_grid, MEAL, state="failed", end=at(14))
    assert hard(of, replace(late_duty, value=Fraction(8, 3))) == set()
    running = as_is(GOOD, "a/s/2", state="running")
    assert hard(of, replace(running, value=Fraction(0))) == set()  # a running one does not count yet
    against = swap(running, sit(of, "b/s/1", at(11)), of=of)
    assert hard(of, replace(against, value=Fraction(6))) == {"calm"}
    both = as_is(against, "b/s/1", state="skipped")
    assert hard(of, replace(both, value=Fraction(0))) == set()
    clash = as_is(swap(GOOD, sit(of, "a/s/2", at(8.5), "ann"), of=of), "a/s/1", state="done")
    assert hard(of, clash) == {"crew-overlap", "sequence"}


def test_a_share_counts_what_is_planned_or_done() -> None:
    done = as_is(PROMISED, "a/s/1", state="done")
    assert hard(SHARED, done) == set()
    failed = replace(as_is(PROMISED, "a/s/1", state="failed"), value=Fraction(0))
    assert hard(SHARED, failed) == {"shares"}
    assert hard(SHARED, replace(failed, shares={"SUPARCO": (3 * HOUR, HOUR)})) == set()


@pytest.mark.parametrize(
    ("again", "agrees"),
    [
        ({"clear": (span(8, 10), span(11, 12))}, True),
        ({"clear": (Window(at(8) + 2000, at(10) - 2000), Window(at(11) - 2000, at(12) + 1999))}, True),
        ({"clear": (span(8, 10), span(11, 12), Window(at(20), at(20) + 4000))}, True),
        ({"clear": (Window(at(8), at(9)), Window(at(9) + 4000, at(10)), span(11, 12))}, True),
        ({"clear": (Window(at(8) + 2001, at(10)), span(11, 12))}, False),
        ({"clear": (span(8, 10), Window(at(11) - 2001, at(12)))}, False),
        ({"clear": (span(8, 10), span(11, 12), Window(at(20), at(20) + 4001))}, False),
        ({"clear": (span(8, 10),)}, False),
        ({"clear": (span(8, 12),)}, False),
        ({"clear": CLEAR["clear"], "dark": ()}, False),
        ({}, False),
    ],
)
def test_windows_computed_again_agree_within_two_seconds(again: dict[str, tuple[Window, ...]], agrees: bool) -> None:
    found = {one.rule for one in check_windows(GOOD, again)}
    assert found == (set() if agrees else {"window-edges"})


BREAKS: list[Callable[[Plan], Plan]] = [
    lambda whole: as_is(whole, "a/s/1", crew=()),
    lambda whole: as_is(whole, MEAL, start=at(11)),
    lambda whole: with_step(whole, "a/s/2", 0, crew=("ann",), start=at(8)),
    lambda whole: replace(whole, value=Fraction(100), bound=Fraction(1)),
    lambda whole: replace(whole, unscheduled=()),
    lambda whole: replace(whole, mission_sha256="", seats={}),
    lambda whole: replace(whole, reservations=tuple(sorted(whole.reservations, key=lambda one: -one.start))),
]


@pytest.mark.parametrize("first", range(len(BREAKS)))
@pytest.mark.parametrize("second", range(len(BREAKS)))
def test_one_break_never_hides_another(first: int, second: int) -> None:
    one, other = hard(OF, BREAKS[first](GOOD)), hard(OF, BREAKS[second](GOOD))
    assert one | other <= hard(OF, BREAKS[first](BREAKS[second](GOOD)))


def test_every_violation_has_a_sentence_with_names_and_local_times() -> None:
    broken = swap(GOOD, sit(OF, "a/s/2", at(8.5), "ann"), of=OF)
    assert [found.text for found in check(OF, broken)] == [
        "ann is in a/s/1 (day 1 08:00 to day 1 09:00) and in a/s/2 (day 1 08:30 to day 1 09:30) at once.",
        "a/s/2 (day 1 08:30 to day 1 09:30) starts before a/s/1 (day 1 08:00 to day 1 09:00) ends.",
    ]
