"""The mission of the format's page is planned as it stands, with every key on it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from payload import api
from payload.met import MINUTE
from payload.model import Mission, Plan

PAGE = Path(__file__).parents[1] / "scenario" / "mission_page.yaml"


@pytest.fixture(scope="module")
def mission() -> Mission:
    return api.load(PAGE)


@pytest.fixture(scope="module")
def plan(mission: Mission) -> Plan:
    return api.plan(mission)


def test_the_page_is_planned_with_all_duties_and_without_a_violation(
    mission: Mission, plan: Plan, tmp_path: Path
) -> None:
    file = tmp_path / "plan.json"
    file.write_text(api.plan_text(plan, mission), encoding="utf-8")

    verdict = api.verify(mission, api.load_plan(file, mission))
    assert (verdict.violations, verdict.waived, verdict.breaches) == ((), (), ())

    # Days 1 to 5 are 26 (a Monday) to 30 October, for two people. The sleep of day 5 is cut by the horizon for the
    # commander, and by `aboard` for the payload expert, who has none. The review is the commander's, on Mondays; its
    # two hours from 08:00 are aboard. The briefing is once. The start cuts nothing off post-sleep at 06:00, and the
    # sleep of the evening before the start ends with the start.
    placed = sorted(r.id for r in plan.reservations if r.kind == "duty")
    dates = [f"2026-10-{day}" for day in range(26, 31)]
    people = ["commander", "payload-expert"]
    daily = ["post-sleep", "breakfast", "lunch", "exercise", "dinner"]
    wanted = [f"{duty}/{person}/{date}" for duty in daily for person in people for date in dates]
    wanted += [f"sleep/commander/{date}" for date in dates] + [f"sleep/payload-expert/{date}" for date in dates[:-1]]
    wanted += [f"briefing/{person}/2026-10-26" for person in people] + ["review/commander/2026-10-26"]
    assert placed == sorted(wanted)

    # Two windows of `imaging` open, each a pass that has room for one session of three: 34 less a third of 4.
    assert [left.id for left in plan.unscheduled] == ["glaciers/pass/3"]
    assert (plan.status, plan.value) == ("optimal", 34 - Fraction(4, 3))


def test_what_the_page_says_with_rarer_words_is_kept(mission: Mission, plan: Plan) -> None:
    start = {r.id: r.start for r in plan.reservations}
    calendar = mission.calendar

    # together: each day's lunch of both, and the briefing
    for name in [name for name in start if name.startswith(("lunch/commander/", "briefing/commander/"))]:
        assert start[name] == start[name.replace("commander", "payload-expert")]
    # different_day: the two draws
    assert calendar.day_of(start["blood/draw/1"]) != calendar.day_of(start["blood/draw/2"])
    # a wait of 10 to 20 min
    for number in (1, 2):
        clot = next(r for r in plan.reservations if r.id == f"blood/draw/{number}").steps[1]
        assert 10 * MINUTE <= clot.end - clot.start <= 20 * MINUTE
    # shares: SUPARCO was promised 90 min
    promised_ms, planned_ms = plan.shares["SUPARCO"]
    assert planned_ms >= promised_ms == 90 * MINUTE
