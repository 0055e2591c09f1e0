"""The runner: rows, tables, growth."""

import pytest

from crewbench.growth import fit
from crewbench.run import compare, run_one
from crewbench.sizes import instance_path
from crewbench.tables import Row, markdown, write_csv
from payload.missions import path as mission_path


def _row(contender, value, violations=0):
    facts = {"budget_s": 1.0, "value": value, "bound": 20.0, "violations": violations}
    row = Row.of("crew-day", "crew-day-1", contender, facts, None)
    row.bound = 20.0
    return row


def test_contenders_are_run_apart_and_share_the_best_bound(tmp_path):
    rows = compare([("crew-day", "crew-day-3", instance_path("crew-day", 3))], [1.0], ["payload", "cpsat"], rounds=1)
    write_csv(rows, tmp_path / "results.csv")
    assert [(row.contender, row.violations, row.bound, row.value <= row.bound) for row in rows] == [
        ("payload", 0, 205.0, True),
        ("cpsat", 0, 205.0, True),
    ]
    assert all(row.peak_mib and row.wall_s is not None for row in rows)
    assert len((tmp_path / "results.csv").read_text().splitlines()) == 3


def test_a_plan_with_violations_is_worth_nothing_in_the_table():
    assert _row("cpsat", 15.0, violations=2).value == 0.0


def test_of_the_two_models_of_pyjobshop_the_better_one_counts():
    text = markdown([_row("pyjobshop", 10.0), _row("pyjobshop-days", 15.0), _row("payload", 19.0)])
    assert "| crew-day-1 | 20.0 | 15.0 (25.0 %) | 19.0 (5.0 %) |" in text


def test_a_contender_that_cannot_says_so():
    """A mission with keys that the baselines do not know is refused, and told in the row."""
    (told,) = run_one("cpsat", mission_path("tiangong-payload-expert"), [1.0], 0)
    assert (told.get("value"), str(told["status"])[:10]) == (None, "ValueError")


def test_the_exponent_of_a_power_law_is_found():
    exponent, factor = fit([(count, 0.002 * count**1.2) for count in (100, 1000, 10_000)])
    assert (exponent, factor) == (pytest.approx(1.2), pytest.approx(0.002))
