"""The mission of the format's page: refused as it stands, and planned on a copy without what is not planned yet."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from payload import api
from payload.errors import NotPlannedYet

PAGE = Path(__file__).parents[1] / "scenario" / "mission_page.yaml"


def line_of(text: str) -> int:
    """The one line of the page on which the text stands."""
    found = [n for n, line in enumerate(PAGE.read_text(encoding="utf-8").splitlines(), start=1) if text in line]
    assert len(found) == 1, (text, found)
    return found[0]


def steps_of(raw: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for experiment in raw["experiments"]:
        for session in experiment["sessions"]:
            yield from session["steps"]


def without_what_is_refused(raw: dict[str, Any]) -> dict[str, Any]:
    """The page's mission without buffers and what they take, `together`, waits with play (the shortest is taken),
    `different_day`, `weight` and shares."""
    buffers = {name for name, resource in raw["resources"].items() if "buffer" in resource}
    raw["resources"] = {name: one for name, one in raw["resources"].items() if name not in buffers}
    for duty in raw["routine"]:
        duty.pop("together", None)
    raw["rules"] = [rule for rule in raw["rules"] if "different_day" not in rule]
    for rule in raw["rules"]:
        rule.pop("weight", None)
    for step in steps_of(raw):
        assert set(step.pop("produces", {})) <= buffers
        if isinstance(step["for"], list):
            step["for"] = step["for"][0]
    del raw["shares"]
    return raw


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    raw = without_what_is_refused(json.loads(api.mission_text(PAGE)))
    file = tmp_path / "mission.yaml"
    file.write_text(json.dumps(raw, ensure_ascii=False), encoding="utf-8")  # JSON is YAML
    return file


def test_the_page_as_it_stands_is_refused_with_each_key_and_its_line() -> None:
    with pytest.raises(NotPlannedYet) as refused:
        api.plan(api.load(PAGE))
    wanted = [
        ("resources[recorder].buffer", "buffer: 60 GB"),
        ("routine[lunch].together", "id: lunch"),
        ("routine[briefing].together", "id: briefing"),
        ("rules[spread].different_day", "id: spread"),
        ("rules[rest].weight", "id: rest"),
        ("experiments[blood].sessions[draw].steps[1].for", "do: clot"),
        ("shares", "shares:"),
    ]
    assert list(refused.value.keys) == [f"{key} at line {line_of(text)} of {PAGE}" for key, text in wanted]


def test_the_copy_is_planned_with_all_duties_and_without_a_violation(copy: Path, tmp_path: Path) -> None:
    mission = api.load(copy)
    plan = api.plan(mission)
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
