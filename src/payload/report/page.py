"""One self-contained page: the plan, and beside it what really happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from payload.journal import Event
from payload.met import Calendar, Window, format_duration
from payload.model import Mission, Plan, Violation
from payload.report import tables
from payload.report.charts import Chart, chart
from payload.report.colours import INK, colours, letters
from payload.report.flown import Flown, read
from payload.report.rows import (
    UNCREWED,
    days_of,
    experiments_of,
    people_of,
    rig_lookup,
    rows_of,
    told_apart,
    windows_worth_a_row,
)
from payload.report.sheet import Sheet
from payload.report.totals import amount, by_experiment, by_person, hours

if TYPE_CHECKING:
    from jinja2 import Template


def page(
    plan: Plan,
    mission: Mission | None = None,
    events: Iterable[Event] | None = None,
    violations: Sequence[Violation] = (),
) -> str:
    """HTML with nothing to fetch: no script, no image, no font from elsewhere; every text is escaped.

    With the mission it shows values, rigs and what their steps ask; with a run's events (in their order, read once)
    planned against actual. `violations` are listed as given.
    """
    return _template().render(_facts(plan, mission, read(events) if events is not None else None, violations))


@lru_cache(maxsize=1)
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    source = files("payload.report").joinpath("page.html.j2").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(source)


def _facts(plan: Plan, mission: Mission | None, flown: Flown | None, violations: Sequence[Violation]) -> dict[str, Any]:
    names = experiments_of(plan, mission)
    shades, codes = colours(list(names)), letters(list(names))
    calendar = plan.calendar
    rig_of = _rigs(mission, flown)
    planned = {row.name: row for row in rows_of(plan, mission)}
    actual = flown.rows({r.id: r for r in plan.reservations}, rig_of) if flown else {}
    people = people_of(plan, mission)
    machines = sorted((planned.keys() | actual.keys()) - {*people}, key=lambda name: (name == UNCREWED, name))
    states = {name: now.state for name, now in flown.state.activities.items()} if flown else None
    sheet = Sheet(calendar, shades, codes, states or {})
    windows = windows_worth_a_row(plan)
    span = Window(flown.state.start, max(flown.state.at, flown.state.start)) if flown else None
    days = [
        sheet.day(day, plan, [*people], machines, planned, actual, windows, span) for day in days_of(calendar, plan.end)
    ]
    experiments = by_experiment(plan, mission, states)
    sessions = [r for r in plan.reservations if r.kind == "session"]
    return {
        "plan": plan,
        "mission": mission,
        "run": tables.run(flown, plan) if flown else None,
        "ink": INK,
        "colours": shades,
        "letters": codes,
        "names": told_apart(names),
        "days": days,
        "experiments": experiments,
        "values": mission is not None,
        "partial": flown is not None and len(flown.state.activities) < len(plan.reservations),
        "done_value": sum(t.worth_done or 0 for t in experiments),
        "people": by_person(plan, mission),
        "sessions": [tables.session_row(r, flown) for r in sessions],
        "commands": tables.commands(plan, mission, flown, rig_of),
        "charts": _charts(flown, calendar),
        "differences": flown.differences if flown else [],
        "violations": violations,
        "windows": [tables.window_row(name, found, plan) for name, found in plan.windows.items()],
        "when": calendar.format_day,
        "utc": calendar.format_utc,
        "span": format_duration,
        "hours": hours,
        "amount": amount,
        "crew_ms": sum(t.crew_ms for t in experiments),
    }


def _rigs(mission: Mission | None, flown: Flown | None) -> Callable[[str, int], str]:
    """Which rig a step calls: the mission knows; without it, the commands that were sent do."""
    if mission is not None or flown is None:
        return rig_lookup(mission)
    sent = {(command.activity, command.step): command.rig for command in flown.commands.values()}
    return lambda activity, number: sent.get((activity, number), "")


def _charts(flown: Flown | None, calendar: Calendar) -> list[Chart]:
    channels = flown.channels if flown else {}
    return [chart(channels[key], calendar) for key in sorted(channels) if channels[key].samples]
