"""docs/missions.md tells of every shipped mission what the mission, the planner and the checker say.

What depends on the machine (what ten seconds reach) is only held between what is planned at once and the bound:
`python bench/missions_table.py` measures it anew.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

from payload import api, missions
from payload.model import Mission, Plan

PAGE = Path(__file__).parents[2] / "docs" / "missions.md"
TEXT = PAGE.read_text(encoding="utf-8")
EXPERT = "tiangong-payload-expert"
#: what the planner is to prove optimal without any search
AT_ONCE = ("axiom-4-14-days", "quickstart", EXPERT, f"{EXPERT}-stranded", f"{EXPERT}-swap")
#: what must fit whole
WHOLE = (*AT_ONCE, f"{EXPERT}-delay", f"{EXPERT}-short")


def told() -> dict[str, dict[str, str]]:
    """The rows of the page's first table, by the mission's name and the column's head."""
    lines = [line for line in TEXT[: TEXT.index("## quickstart")].splitlines() if line.startswith("| ")]
    head, *rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]
    return {row[0].strip("`"): dict(zip(head, row, strict=True)) for row in rows}


@cache
def loaded(name: str) -> Mission:
    return api.load(f"builtin:{name}")


@cache
def at_once(name: str) -> Plan:
    return api.plan(loaded(name))


def number(value: Fraction) -> str:
    """As the page writes values: at most two decimals, rounded down."""
    return f"{(value * 100 // 1) / 100:.2f}".rstrip("0").rstrip(".")


def test_every_shipped_mission_has_its_row() -> None:
    assert tuple(sorted(told())) == missions.names()


@pytest.mark.parametrize("name", missions.names())
def test_what_the_page_says_of_a_mission_is_what_it_holds(name: str) -> None:
    row, mission = told()[name], loaded(name)
    facts = api.facts(mission, api.windows(mission))
    assert [row[key] for key in ("people", "days", "sessions", "worth", "crew time")] == [
        str(facts.people),
        str(facts.days),
        str(facts.sessions),
        number(Fraction(facts.value)),
        f"{facts.demand_ms / 3_600_000:.1f} h",
    ]


@pytest.mark.parametrize("name", missions.names())
def test_it_is_planned_at_once_with_the_value_told_and_without_a_violation(name: str) -> None:
    row, plan = told()[name], at_once(name)
    assert api.verify(loaded(name), plan).violations == ()
    assert row["planned at once"] == number(plan.value)


@pytest.mark.parametrize("name", missions.names())
def test_what_ten_seconds_reach_lies_between_the_first_plan_and_the_bound(name: str) -> None:
    row, plan = told()[name], at_once(name)
    first, best, most = (float(row[key]) for key in ("planned at once", "in 10 s", "at most"))
    assert plan.bound is not None
    assert first <= best <= most <= float(plan.bound) + 0.01
    assert row["status"] == ("optimal" if most - best <= 0.011 else "feasible")
    if plan.status == "optimal":
        assert (row["status"], best) == ("optimal", first)
        assert row["left out"] == str(len(plan.unscheduled))


@pytest.mark.parametrize("name", AT_ONCE)
def test_these_are_proven_optimal_at_once_with_every_session(name: str) -> None:
    plan = at_once(name)
    assert (plan.status, plan.unscheduled) == ("optimal", ())
    assert plan.value == sum(experiment.value for experiment in loaded(name).experiments)


@pytest.mark.parametrize("name", WHOLE)
def test_these_hold_every_session_after_ten_seconds(name: str) -> None:
    row = told()[name]
    assert (row["status"], row["left out"], row["in 10 s"]) == ("optimal", "0", row["worth"])


def test_the_flown_mission_reaches_at_once_the_most_that_any_plan_can_be_worth() -> None:
    plan = at_once("axiom-4")
    assert [(left.id, left.value) for left in plan.unscheduled] == [("immune-multiomics/draw/3", Fraction(40, 3))]
    assert plan.value == sum(e.value for e in loaded("axiom-4").experiments) - Fraction(40, 3)


def test_the_flown_mission_is_told_as_optimal() -> None:
    assert told()["axiom-4"]["status"] == "optimal"


@pytest.mark.parametrize("name", ["axiom-4-stress", "tiangong-payload-expert-stress"])
def test_the_stress_leaves_sessions_out(name: str) -> None:
    row = told()[name]
    assert int(row["left out"]) > 0
    assert float(row["in 10 s"]) < float(row["worth"])


def test_the_rows_of_axiom_4_are_those_of_the_mission() -> None:
    rows = re.findall(r"^\| B\d\d \| `([a-z-]+)` \| .* \| (\d+) \| (\d+) \|$", TEXT, re.MULTILINE)
    counts: dict[str, tuple[int, int]] = {}
    for experiment in loaded("axiom-4").experiments:
        once = {s.id: sum(step.min_ms * len(step.crew) for step in s.steps) // 60_000 for s in experiment.sessions}
        minutes = sum(s.repeat.count * once[s.id] for s in experiment.sessions)
        n, total = counts.get(experiment.written_id, (0, 0))
        counts[experiment.written_id] = (n + experiment.session_count, total + minutes)
    small = {name: counts.pop(name) for name in list(counts) if name.startswith("small-")}
    assert {name: (int(n), int(minutes)) for name, n, minutes in rows} == counts
    assert (len(small), set(small.values())) == (22, {(2, 30)})
