"""What changed between two plans."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta

import report_builders
from rich.console import Console

from payload.met import HOUR, MINUTE, Calendar
from payload.model import Plan
from payload.report import changes, changes_table
from payload.report.changes import describe


def told(a: Plan, b: Plan) -> list[tuple[str, tuple[str, ...], str]]:
    return [(change.id, change.what, describe(change)) for change in changes(a, b)]


def shown(a: Plan, b: Plan) -> str:
    console = Console(file=io.StringIO(), width=120, no_color=True)
    console.print(changes_table(a, b))
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_the_same_plan_has_no_changes() -> None:
    _, plan = report_builders.week()
    assert changes(plan, plan) == ()
    assert "the same activities at the same times" in shown(plan, plan)


def test_moved_other_crew_longer_added_dropped_and_done() -> None:
    _, before = report_builders.day()
    seeds, glaciers, lesson, crystals = (
        before.find(name) for name in ("seeds/sow/1", "glaciers/pass/1", "lesson/live/1", "crystals/load/1")
    )
    assert seeds
    assert glaciers
    assert lesson
    assert crystals
    swapped = tuple(replace(step, crew=("commander",)) for step in glaciers.steps)
    longer = (*crystals.steps[:-1], replace(crystals.steps[-1], end=crystals.end + 10 * MINUTE))
    new = {
        seeds.id: replace(seeds, state="done"),
        glaciers.id: replace(glaciers, crew=("commander",), steps=swapped),
        lesson.id: None,
        crystals.id: replace(crystals, end=crystals.end + 10 * MINUTE, steps=longer),
    }
    after = before.with_reservations(kept for r in before.reservations if (kept := new.get(r.id, r)))
    after = report_builders.shifted(after, "cognition/test/1", -2 * HOUR)
    after = after.with_reservations([*after.reservations, replace(lesson, id="lesson/live/2")])
    assert sorted(told(before, after)) == [
        ("cognition/test/1", ("moved",), "2 h earlier"),
        ("crystals/load/1", ("length",), "1 h 15 min → 1 h 25 min"),
        ("glaciers/pass/1", ("crew",), "crew payload-expert → commander"),
        ("lesson/live/1", ("dropped",), "dropped: payload-expert"),
        ("lesson/live/2", ("added",), "added: payload-expert"),
        ("seeds/sow/1", ("state",), "planned → done"),
    ]
    text = shown(before, after)
    assert "1 added, 1 dropped, 1 moved, 1 of another length, 1 with other crew, 1 in another state" in text
    assert changes(before, after)[0].id == "seeds/sow/1"


def test_changes_are_in_the_order_in_which_they_will_be_met() -> None:
    _, before = report_builders.week()
    after = report_builders.shifted(report_builders.shifted(before, "seeds/sow/5", HOUR), "lesson/live/2", -HOUR)
    assert [change.id for change in changes(before, after)] == ["lesson/live/2", "seeds/sow/5"]


def test_a_later_start_of_the_mission_moves_what_keeps_its_mission_time() -> None:
    _, before = report_builders.day()
    calendar = before.calendar
    after = replace(before, calendar=Calendar(calendar.start + timedelta(hours=1), calendar.zone))
    assert {change.moved_ms for change in changes(before, after)} == {HOUR}
    back = after.with_reservations(
        report_builders.shifted(after, r.id, -HOUR).find(r.id) or r for r in after.reservations
    )
    assert changes(before, back) == ()
