"""Plans broken on purpose: the mission's own rules, reported by their ids."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from rules_builders import (
    Story,
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
)

from payload.met import HOUR, MINUTE
from payload.model import (
    AmountLimit,
    Buffer,
    Consumable,
    DifferentDay,
    Exclude,
    Gap,
    Limit,
    Mission,
    Order,
    Plan,
    Repeat,
    Role,
    Rule,
    SameDay,
    Waiver,
)
from payload.rules import check, waiver_of, worth

MEAL, RUN = "meal/ann/2026-03-02", "run/ann/2026-03-02"


def fit(*rules: Rule, **more: object) -> Mission:
    """A meal and a run of everybody, each of an hour, and a session of 30 min with a wait of 30 min."""
    return mission(
        experiment("a", session("s", step(30, Role(1)), step(30))),
        routine=[duty("meal", between_ms=(at(6), at(20))), duty("run", between_ms=(at(6), at(20)))],
        rules=rules,
        **more,  # type: ignore[arg-type]
    )


def fitted(of: Mission, meal: float, run: float, start: float = 6, who: str = "bob") -> Plan:
    """Ann's meal and run, Bob's a day's end away from them, and the session."""
    return plan(
        of,
        serve(of, MEAL, at(meal)),
        serve(of, RUN, at(run)),
        serve(of, "meal/bob/2026-03-02", at(19)),
        serve(of, "run/bob/2026-03-02", at(15)),
        sit(of, "a/s/1", at(start), who),
    )


def gap_story() -> Story:
    of = fit(Gap(id="digest", gap_ms=HOUR, after=("meal",), before=("run",), per_crew=True))
    good = fitted(of, 8, 10)
    return story(
        "digest",
        of,
        good,
        fitted(of, 8, 9),
        fitted(of, 8, 9.5),
        fitted(of, 8, 8),
        fitted(of, 14, 15.5),
        also=["crew-overlap"],
    )


def gap_before_story() -> Story:
    """What stands before is free; without `per: crew` everybody's count; both ways where both lists name both."""
    of = fit(Gap(id="apart", gap_ms=2 * HOUR, after=("meal", "run"), before=("meal", "run")))
    good = fitted(of, 8, 11)
    return story("apart", of, good, fitted(of, 8, 10), fitted(of, 11, 8.5), fitted(of, 13, 8), fitted(of, 8, 18.5))


def gap_people_story() -> Story:
    rule = Gap(id="calm", gap_ms=HOUR, after=("meal",), before=("a/s",), per_crew=True, people=("ann",))
    of = fit(rule)
    good = fitted(of, 8, 12, 10, "ann")
    assert hard(of, swap(good, sit(of, "a/s/1", at(18), "bob"), of=of)) == set()
    return story(
        "calm", of, good, *(swap(good, sit(of, "a/s/1", at(hour), "ann"), of=of) for hour in (9, 9.5, 8)),
        also=["crew-overlap"],
    )  # fmt: skip


def order_story() -> Story:
    of = fit(Order(id="first", first=("meal",), then=("sessions", "duties")))
    good = plan(
        of,
        *(serve(of, f"meal/{who}/2026-03-02", at(6)) for who in ("ann", "bob")),
        *(serve(of, f"run/{who}/2026-03-02", at(7)) for who in ("ann", "bob")),
        sit(of, "a/s/1", at(8), "ann"),
    )
    return story(
        "first",
        of,
        good,
        swap(good, sit(of, "a/s/1", at(5), "ann"), of=of),
        swap(good, serve(of, "meal/bob/2026-03-02", at(9)), of=of),
        swap(good, serve(of, "meal/ann/2026-03-02", at(10)), sit(of, "a/s/1", at(12), "ann"), of=of),
    )


def order_daily_story() -> Story:
    rule = Order(id="later", first=("meal",), then=("run",), gap_ms=HOUR, per_crew=True, per_day=True)
    of = replace(fit(rule, end=at(24, 2)))
    meal, run = "meal/ann/2026-03-03", "run/ann/2026-03-03"

    def both(first: tuple[float, float], second: tuple[float, float], bob: float = 8) -> Plan:
        return plan(
            of,
            serve(of, MEAL, at(first[0])),
            serve(of, RUN, at(first[1])),
            serve(of, meal, at(second[0], 2)),
            serve(of, run, at(second[1], 2)),
            *(serve(of, f"meal/bob/2026-03-0{2 + day}", at(6, day + 1)) for day in (0, 1)),
            *(serve(of, f"run/bob/2026-03-0{2 + day}", at(bob, day + 1)) for day in (0, 1)),
        )

    good = both((17, 19), (6, 8))
    return story("later", of, good, both((17, 18.5), (6, 8)), both((17, 19), (10, 6)), both((17, 19), (6, 8), 7))


def limit_story() -> Story:
    """Crewed step time alone, split at midnight: 90 min of a person's day."""
    long = session("s", step(60, Role(1)), step(600), repeat=Repeat(2))
    late = session("s", step(60, Role(1)))
    rule = Limit(id="workday", limit_ms=90 * MINUTE, of=("sessions",), per_crew=True, per_day=True)
    of = mission(experiment("a", long, unordered=True), experiment("b", late), rules=(rule,), end=at(24, 2))
    good = plan(of, sit(of, "a/s/1", at(8), "ann"), sit(of, "a/s/2", at(8), "bob"), sit(of, "b/s/1", at(23.5), "ann"))
    return story(
        "workday",
        of,
        good,
        swap(good, sit(of, "b/s/1", at(23), "ann"), of=of),
        swap(good, sit(of, "a/s/2", at(10), "ann"), of=of),
        swap(good, sit(of, "a/s/2", at(3), "ann"), of=of),
    )


def limit_days_story() -> Story:
    """A day off for one person; `inside` does not count."""
    rest = Limit(id="off", limit_ms=0, of=("sessions",), per_crew=True, per_day=True, people=("ann",), days=days(2))
    guest = session("s", step(30, Role(1, is_="ann")), inside="meal", days=days(2))
    of = mission(
        experiment("a", session("s", step(60, Role(1)))),
        experiment("b", guest),
        routine=[duty("meal", at_ms=at(12))],
        rules=(rest,),
        end=at(24, 2),
    )
    good = plan(of, sit(of, "a/s/1", at(8), "ann"), sit(of, "b/s/1", at(12, 2), "ann"))
    assert hard(of, swap(good, sit(of, "a/s/1", at(8, 2), "bob"), of=of)) == set()
    return story(
        "off", of, good, *(swap(good, sit(of, "a/s/1", at(hour), "ann"), of=of) for hour in (23.5, 24, 32, 46))
    )  # fmt: skip


def limit_all_story() -> Story:
    """Without `crew` in `per` over all people, without `day` over the mission."""
    rule = Limit(id="quota", limit_ms=3 * HOUR, of=("a",))
    of = mission(
        experiment("a", session("s", step(60, Role(1), Role(2)), repeat=Repeat(2)), session("t")), rules=(rule,)
    )
    good = plan(of, sit(of, "a/s/1", at(8), "ann", "bob"))
    more = swap(good, sit(of, "a/s/2", at(10), "ann", "bob"), of=of)
    return story(
        "quota",
        of,
        good,
        more,
        swap(more, sit(of, "a/t/1", at(12), "ann"), of=of),
        swap(more, sit(of, "a/s/2", at(20), "bob", "ann"), of=of),
    )


def amount_story() -> Story:
    """60 bits a day: what flows over midnight is split."""
    rule = AmountLimit(id="share", amount=60, resource="recorder", per_day=True)
    of = mission(
        experiment("a", session("s", step(60, produces={"recorder": 60}), repeat=Repeat(2)), unordered=True),
        resources={"recorder": Buffer("recorder", "data", 10_000, 0)},
        rules=(rule,),
        end=at(24, 2),
    )
    good = plan(of, sit(of, "a/s/1", at(8)), sit(of, "a/s/2", at(0, 2)))
    return story(
        "share", of, good, *(swap(good, sit(of, "a/s/2", at(hour)), of=of) for hour in (23.5, 23, 12)),
        swap(good, sit(of, "a/s/1", at(9, 2)), of=of),
    )  # fmt: skip


def amount_taken_story() -> Story:
    rule = AmountLimit(id="swabs-a-day", amount=2, resource="swabs", per_day=True, days=days(1))
    of = mission(
        experiment("a", session("s", step(60, uses={"swabs": 2}), repeat=Repeat(2)), unordered=True),
        resources={"swabs": Consumable("swabs", "count", 9)},
        rules=(rule,),
        end=at(24, 2),
    )
    good = plan(of, sit(of, "a/s/1", at(8)), sit(of, "a/s/2", at(8, 2)))
    wrong = [swap(good, sit(of, "a/s/2", at(hour)), of=of) for hour in (9, 12, 23.5)]
    return story("swabs-a-day", of, good, *wrong)


def exclude_story() -> Story:
    of = fit(Exclude(id="quiet", entries=("run", "a/s")))
    good = fitted(of, 8, 10, 11)
    return story(
        "quiet", of, good, *(swap(good, sit(of, "a/s/1", at(hour), "bob"), of=of) for hour in (9.5, 10, 10.5, 14.5))
    )


def two_days(*rules: Rule) -> tuple[Mission, Plan]:
    of = mission(experiment("a", session("s", step(60), repeat=Repeat(3))), rules=rules, end=at(24, 3))
    return of, plan(of, *(sit(of, f"a/s/{n}", at(23.5, n) if n < 3 else at(8, 3)) for n in (1, 2, 3)))


def different_story() -> Story:
    of, good = two_days(DifferentDay(id="daily", of=("a/s",)))
    return story(
        "daily",
        of,
        good,
        swap(good, sit(of, "a/s/2", at(2, 3)), of=of),
        swap(good, sit(of, "a/s/1", at(1, 2)), of=of),
        swap(good, sit(of, "a/s/2", at(6, 3)), sit(of, "a/s/1", at(2, 3)), of=of),
    )


def same_story() -> Story:
    of = mission(
        experiment("a", session("s", step(60), repeat=Repeat(2))), rules=(SameDay(id="one", of=("a",)),), end=at(48)
    )
    good = plan(of, sit(of, "a/s/1", at(8)), sit(of, "a/s/2", at(23.5)))
    return story(
        "one",
        of,
        good,
        swap(good, sit(of, "a/s/2", at(0, 2)), of=of),
        swap(good, sit(of, "a/s/2", at(8, 2)), of=of),
        swap(good, sit(of, "a/s/1", at(1)), sit(of, "a/s/2", at(22, 2)), of=of),
    )


STORIES = [
    gap_story(),
    gap_before_story(),
    gap_people_story(),
    order_story(),
    order_daily_story(),
    limit_story(),
    limit_days_story(),
    limit_all_story(),
    amount_story(),
    amount_taken_story(),
    exclude_story(),
    different_story(),
    same_story(),
]


@pytest.mark.parametrize("told", STORIES, ids=ids_of_stories(STORIES))
def test_a_plan_that_breaks_a_rule_of_the_mission_is_reported_by_its_id(told: Story) -> None:
    judge(told)


def test_a_host_and_what_is_inside_it_are_exempt_from_a_gap() -> None:
    rule = Gap(id="calm", gap_ms=HOUR, after=("meal",), before=("a",))
    guest = experiment("a", session("s", step(30, Role(1)), inside="meal"))
    of = mission(guest, routine=[duty("meal", between=span(8, 12))], rules=(rule,))
    bob = "meal/bob/2026-03-02"
    alone = plan(of, serve(of, MEAL, at(8)), serve(of, bob, at(11)), sit(of, "a/s/1", at(8.5), "ann"))
    assert hard(of, alone) == set()
    crowded = swap(alone, serve(of, bob, at(8)), of=of)  # another's meal is no host of Ann's session
    assert hard(of, crowded) == {"calm"}


def test_soft_breaches_cost_their_weight_and_break_nothing() -> None:
    rule = Gap(id="rest", gap_ms=2 * HOUR, after=("meal",), before=("run",), weight=Fraction(1, 2))
    of = fit(rule)
    whole = fitted(of, 13, 14.5)  # before Ann's run, and before Bob's
    assert [(one.rule, one.weight) for one in check(of, whole)] == [("rest", Fraction(1, 2))] * 2
    assert worth(of, whole) == 5
    assert hard(of, replace(whole, value=Fraction(6))) == {"value"}


def test_a_waiver_covers_one_rule_and_one_activity() -> None:
    rule = Gap(id="digest", gap_ms=HOUR, after=("meal",), before=("run",), per_crew=True)
    of = fit(
        rule, waivers=(Waiver("digest", RUN, "a short day", "flight director"), Waiver("crew-overlap", RUN, "", ""))
    )
    left = {found.rule: waiver_of(of, found) for found in check(of, fitted(of, 8, 8.5))}
    assert left == {"digest": of.waivers[0], "crew-overlap": None}  # nobody is in two places, waived or not
    other = replace(of, waivers=(Waiver("digest", "run/bob/2026-03-02", "", ""),))
    assert [waiver_of(other, found) for found in check(other, fitted(other, 8, 9.5))] == [None]


def test_a_constraint_of_the_format_may_be_waived_too_unless_it_is_one_of_people_places_or_the_file() -> None:
    of = fit(waivers=(Waiver("grid", "a/s/1", "a pass", "flight director"), Waiver("value", "a/s/1", "", "")))
    whole = replace(fitted(of, 8, 10, 6.1), value=Fraction(0))
    assert [(found.rule, waiver_of(of, found)) for found in check(of, whole)] == [
        ("grid", of.waivers[0]),
        ("value", None),
    ]


def test_what_is_waived_hides_no_breach_of_the_others() -> None:
    """A limit and a rule of days are kept by all but the one that a waiver takes out."""
    runs = experiment("a", session("s", step(30, Role(1)), repeat=Repeat(3)), unordered=True)
    rules = (DifferentDay(id="spread", of=("a",)), Limit(id="day", limit_ms=30 * MINUTE, of=("a",)))
    waivers = tuple(Waiver(rule.id, "a/s/1", "asked for", "flight director") for rule in rules)
    of = mission(runs, rules=rules, waivers=waivers)
    two = plan(of, sit(of, "a/s/1", at(6), "ann"), sit(of, "a/s/2", at(7), "ann"))
    three = plan(of, *two.reservations, sit(of, "a/s/3", at(8), "ann"))
    assert [
        (found.rule, waiver_of(of, found) is None) for found in check(of, two) if found.rule in ("spread", "day")
    ] == [
        ("spread", False),
        ("day", False),
    ]
    assert [
        (found.rule, found.activities, waiver_of(of, found) is None)
        for found in check(of, three)
        if found.rule in ("spread", "day")
    ] == [
        ("spread", ("a/s/1", "a/s/2", "a/s/3"), False),
        ("spread", ("a/s/2", "a/s/3"), True),
        ("day", ("a/s/1", "a/s/2", "a/s/3"), False),
        ("day", ("a/s/2", "a/s/3"), True),
    ]
