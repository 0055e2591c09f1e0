"""The timeline on the terminal: at three widths, with and without colours."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import report_builders
from rich.console import Console, RenderableType

from payload.met import HOUR, MINUTE, Calendar, Window
from payload.model import Mission, Plan, Reservation, ReservedStep
from payload.report import summary, timeline, unscheduled

WIDTHS = pytest.mark.parametrize("width", [80, 120, 200])


def plain(what: RenderableType, width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width, no_color=True, force_terminal=False, legacy_windows=False)
    console.print(what)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]


def coloured(what: RenderableType, width: int) -> str:
    console = Console(file=io.StringIO(), width=width, color_system="truecolor", force_terminal=True, no_color=False)
    console.print(what)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_a_morning_of_two() -> None:
    flight = report_builders.mission(("commander", "expert"), 1, "A morning")
    sow = Reservation(
        "seeds/sow/1",
        "session",
        "Seed germination",
        8 * HOUR,
        12 * HOUR,
        ("expert",),
        (
            ReservedStep("set up", 8 * HOUR, 10 * HOUR, ("expert",)),
            ReservedStep("soak", 10 * HOUR, 11 * HOUR + 30 * MINUTE),
            ReservedStep("close", 11 * HOUR + 30 * MINUTE, 12 * HOUR, ("expert",)),
        ),
    )
    sleep = [
        Reservation(f"sleep/{who}/2026-10-25", "duty", "sleep", 0, 6 * HOUR, (who,)) for who in ("commander", "expert")
    ]
    plan = replace(report_builders.plan(flight), windows={"pass": (Window(9 * HOUR, 10 * HOUR),)}, end=14 * HOUR)
    plan = plan.with_reservations([sow, *sleep])
    assert plain(timeline(plan, flight, tables=False), 106) == [
        "Day 1  Mon 26 Oct 2026",
        "          00      02      04      06      08      10      12      14      16      18      20      22",
        "commander sleep░░░░░░░░░░░░░░░░░░░·       ·       ·       ·       ╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱",
        "expert    sleep░░░░░░░░░░░░░░░░░░░·       A seeds▓·     A▓·       ╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱",
        "incubator ·       ·       ·       ·       ·       A see─  ·       ╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱",
        "pass      ·       ·       ·       ·       ·   ━━━━·       ·       ╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱╱",
        "",
        " A  Seed germination",
        "filled: a person is held · line: a rig or nobody · ╍ ━ window open · ╱ outside the mission",
        "",
    ]


@WIDTHS
@pytest.mark.parametrize("example", [report_builders.day, report_builders.week], ids=["day", "week"])
@pytest.mark.parametrize("known", [True, False], ids=["with mission", "plan alone"])
def test_no_line_is_too_long_and_every_session_shows(width: int, example: object, known: bool) -> None:
    flight, plan = example()  # type: ignore[operator]
    lines = plain(timeline(plan, flight if known else None), width)
    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    assert all(left.id in text for left in plan.unscheduled)
    for day in range(1, len(flight.dates()) + 1):
        block = plain(timeline(plan, flight, days={day}, tables=False), width)
        people = "".join(
            line[19:] if len(flight.crew) > 2 else line[15:]
            for line in block
            if line.startswith(tuple(p.id[:9] for p in flight.crew))
        )
        for r in plan.reservations:
            if r.kind == "session" and r.crew and plan.calendar.day_of(r.start) == day:
                letter = "ABCDEFGH"[[e.id for e in flight.experiments].index(r.id.split("/")[0])]
                assert letter in people


@WIDTHS
def test_colours_change_nothing_but_fills(width: int) -> None:
    flight, plan = report_builders.week()
    text = coloured(timeline(plan, flight), width)
    assert "\x1b[" in text
    assert "░" not in text
    assert "▓" not in text
    assert "\x1b[" not in "\n".join(plain(timeline(plan, flight), width))


def test_a_narrow_console_gets_the_day_in_two_halves_and_a_wide_one_whole() -> None:
    flight, plan = report_builders.day()
    assert sum(line.startswith("commander ") for line in plain(timeline(plan, flight, tables=False), 80)) == 2
    assert sum(line.startswith("commander ") for line in plain(timeline(plan, flight, tables=False), 120)) == 1


def test_only_the_days_and_windows_that_are_asked_for() -> None:
    flight, plan = report_builders.week()
    lines = plain(timeline(plan, flight, days={2, 4}, windows=["night"], tables=False), 120)
    assert [line for line in lines if line.startswith("Day")] == ["Day 2  Tue 27 Oct 2026", "Day 4  Thu 29 Oct 2026"]
    assert sum(line.startswith("night") for line in lines) == 2
    assert not any(line.startswith("relay") for line in lines)


def test_a_day_of_25_hours_is_drawn_to_scale() -> None:
    calendar = Calendar(datetime(2026, 10, 24, 22, tzinfo=UTC), "Europe/Berlin")  # local midnight; set back at 03:00
    flight: Mission = report_builders.mission(("a",), 2, calendar=calendar)
    work = Reservation("work/a/2026-10-25", "duty", "work", 13 * HOUR, 25 * HOUR, ("a",))  # local noon to midnight
    plan: Plan = replace(report_builders.plan(flight), windows={}).with_reservations([work])
    _, axis, row = plain(timeline(plan, flight, days={1}, tables=False), 102)[:3]
    assert axis.index("12") == row.index("work") == 2 + 100 * 13 // 25
    assert len(row) == 102


def test_text_of_others_is_no_markup() -> None:
    flight, plan = report_builders.day()
    strange = "[red]bold[/red] [/] :rocket:"
    plan = replace(plan, title=strange, unscheduled=(replace(plan.unscheduled[0], conflict=(strange,)),))
    assert strange in plain(summary(plan), 120)[0]
    assert strange in plain(unscheduled(plan), 120)[2]
    flight = replace(flight, experiments=(replace(flight.experiments[0], title=strange), *flight.experiments[1:]))
    assert sum(strange in line for line in plain(timeline(plan, flight), 200)) == 4


def test_an_infeasible_plan_says_its_clash() -> None:
    _, plan = report_builders.day()
    plan = replace(plan, status="infeasible", reservations=(), unscheduled=(), conflict=("sleep and docking overlap",))
    text = "\n".join(plain(timeline(plan), 80))
    assert "infeasible: no plan can exist" in text
    assert "sleep and docking overlap" in text


def test_states_are_marked() -> None:
    flight, plan = report_builders.day()
    plan = plan.with_reservations(
        replace(r, state="done") if r.id.startswith("exercise") else r for r in plan.reservations
    )
    lines = plain(timeline(plan, flight, tables=False), 120)
    assert any("exercise░" in line and "✓" in line for line in lines)
    assert any(line.endswith("✓ done") for line in lines)


def test_a_duty_below_a_session_keeps_its_name_where_there_is_room() -> None:
    flight = report_builders.mission(("expert",), 1, "A night")
    sleep = Reservation("sleep/expert/2026-10-26", "duty", "sleep", 0, 8 * HOUR, ("expert",))
    swab = Reservation(
        "seeds/sow/1", "session", "Swab", HOUR, 2 * HOUR, ("expert",), (ReservedStep("x", HOUR, 2 * HOUR, ("expert",)),)
    )
    plan = replace(report_builders.plan(flight), windows={}, end=24 * HOUR).with_reservations([sleep, swab])
    row = next(line for line in plain(timeline(plan, flight, tables=False), 106) if line.startswith("expert"))
    assert row.split()[1].startswith("░░░░A▓▓▓sleep░░░"), row
