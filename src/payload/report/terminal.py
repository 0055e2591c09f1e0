"""The plan on the terminal: a block for each mission day, a legend, and what it comes to."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from rich.columns import Columns
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from payload.met import HOUR, Window
from payload.model import Mission, Plan
from payload.report.colours import INK, colours, letters
from payload.report.drawing import STATE_MARKS, Canvas
from payload.report.rows import (
    Day,
    Row,
    days_of,
    experiment_of,
    experiments_of,
    rows_of,
    told_apart,
    windows_worth_a_row,
)
from payload.report.totals import amount, by_experiment, by_person, hours

_NAME_CELLS = 18
_LEAST_CELLS = 24
#: two titles side by side on a narrow console; the table of experiments has them whole
_LEGEND_CELLS = 34
#: with fewer cells a quarter of an hour is too short to be told from its neighbour
_WHOLE_DAY_CELLS = 84


def timeline(
    plan: Plan,
    mission: Mission | None = None,
    *,
    days: Collection[int] | None = None,
    windows: Sequence[str] | None = None,
    tables: bool = True,
) -> RenderableType:
    """The plan by day and crew row in the mission's local clock, as wide as the console and readable without colours.

    With the mission the rows have its order, and rigs a row each. `days` are mission-day numbers; `windows` the rows of
    windows to draw (default: those that say more than the clock does). `tables` adds the summary before, and after it
    what was left out with its reasons and the totals by experiment and person.
    """
    blocks: list[RenderableType] = [_Timeline(plan, mission, days, windows), _legend(plan, mission, days)]
    if tables:
        blocks = [summary(plan), *blocks, experiments(plan, mission), people(plan, mission)]
        if plan.unscheduled:
            blocks.append(unscheduled(plan))
    return Group(*(Padding(block, (0, 0, 0 if isinstance(block, _Timeline) else 1, 0)) for block in blocks))


def summary(plan: Plan) -> RenderableType:
    """What the plan is and what it is worth, in a few lines."""
    sessions = sum(r.kind == "session" for r in plan.reservations)
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    days = days_of(plan.calendar, plan.end)
    facts.add_row(
        "mission",
        Text(f"{plan.mission_id}, {len(days)} {'day' if len(days) == 1 else 'days'}, clock {plan.calendar.zone}"),
    )
    facts.add_row("horizon", Text(f"{plan.calendar.format_utc(0)} to {plan.calendar.format_utc(plan.end)}"))
    if plan.seats:
        facts.add_row("seats", Text(", ".join(f"{seat} = {who}" for seat, who in plan.seats.items())))
    facts.add_row("status", _status(plan))
    facts.add_row("sessions", Text(f"{sessions} planned, {len(plan.unscheduled)} left out"))
    facts.add_row("duties", Text(str(len(plan.reservations) - sessions)))
    for sponsor, (promised_ms, planned_ms) in plan.shares.items():
        short = "" if planned_ms >= promised_ms else f", {hours(promised_ms - planned_ms)} short"
        facts.add_row("share", Text(f"{sponsor}: {hours(planned_ms)} of {hours(promised_ms)} promised{short}"))
    for line in plan.conflict:
        facts.add_row("clash", Text(line))
    return Group(Text(plan.title, style="bold"), facts)


def experiments(plan: Plan, mission: Mission | None = None) -> RenderableType:
    """Planned sessions and times by experiment, with a line for the sum; values where the mission is at hand."""
    totals = by_experiment(plan, mission)
    shades = colours(list(experiments_of(plan, mission)))
    codes = letters(list(experiments_of(plan, mission)))
    table = _table(
        "Experiments", "", "experiment", "title", "planned", "crew", "alone", *(["value"] if mission else [])
    )
    for name in ("planned", "crew", "alone", "value"):
        for column in table.columns:
            if column.header == name:
                column.justify = "right"
    for total in totals:
        table.add_row(
            Text(f" {codes[total.id]} ", style=f"bold {INK} on {shades[total.id]}"),
            Text(total.id),
            Text(total.title, style="dim"),
            Text(f"{total.planned}/{total.sessions}", style="" if total.planned == total.sessions else "yellow"),
            hours(total.crew_ms),
            hours(total.uncrewed_ms),
            *([f"{amount(total.worth)}/{amount(total.of)}"] if mission else []),
        )
    table.add_section()
    table.add_row(
        "",
        Text("all", style="bold"),
        "",
        f"{sum(t.planned for t in totals)}/{sum(t.sessions for t in totals)}",
        hours(sum(t.crew_ms for t in totals)),
        hours(sum(t.uncrewed_ms for t in totals)),
        *([amount(plan.value)] if mission else []),
    )
    return table


def people(plan: Plan, mission: Mission | None = None) -> RenderableType:
    """Sessions and times by person."""
    table = _table("People", "person", "sessions", "in sessions", "inside duties", "in duties", "fullest day")
    for column in table.columns[1:]:
        column.justify = "right"
    for total in by_person(plan, mission):
        table.add_row(
            Text(total.id),
            str(total.sessions),
            hours(total.session_ms),
            hours(total.inside_ms),
            hours(total.duty_ms),
            f"{hours(total.longest_ms)} (day {total.longest_day})" if total.longest_ms else "–",
        )
    return table


def unscheduled(plan: Plan) -> RenderableType:
    """What was left out, what it would have added, and what stood against it."""
    table = _table("Left out", "session", "value", "what stands against it")
    table.columns[1].justify = "right"
    for left in plan.unscheduled:
        reasons = [*left.conflict] or ["no reason was given"]
        if left.relaxation:
            reasons.append(left.relaxation)
        table.add_row(Text(left.id), amount(left.value), Text("\n".join(reasons)))
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="dim")
    for name in columns:
        table.add_column(name, overflow="fold")
    return table


def _status(plan: Plan) -> Text:
    if plan.status == "infeasible":
        return Text("infeasible: no plan can exist", style="bold red")
    worth = f"value {amount(plan.value, 4)}, bound {amount(plan.bound, 4)}"
    text = Text(plan.status, style="bold green" if plan.status == "optimal" else "bold")
    return text.append(f": {worth}, gap {float(plan.gap):.1%}", style="not bold")


def _legend(plan: Plan, mission: Mission | None, days: Collection[int] | None) -> RenderableType:
    """The experiments that are drawn, with their letters."""
    names = experiments_of(plan, mission)
    drawn = {
        experiment_of(r.id)
        for r in plan.reservations
        if r.kind == "session"
        and (days is None or {*range(plan.calendar.day_of(r.start), plan.calendar.day_of(r.end - 1) + 1)} & {*days})
    }
    shades, codes = colours(list(names)), letters(list(names))
    entries = [
        Text.assemble((f" {codes[name]} ", f"bold {INK} on {shades[name]}"), " ", _short(title))
        for name, title in told_apart(names).items()
        if name in drawn
    ]
    keys = Text(
        "filled: a person is held · line: a rig or nobody · ╍ ━ window open · ╱ outside the mission", style="dim"
    )
    states = {r.state for r in plan.reservations} - {"planned"}
    if states:
        keys.append(" · " + ", ".join(f"{STATE_MARKS[state]} {state}" for state in sorted(states)))
    return Group(Columns(entries, padding=(0, 3), column_first=True, equal=True), keys) if entries else keys


def _short(title: str) -> str:
    return title if len(title) <= _LEGEND_CELLS else title[: _LEGEND_CELLS - 1] + "…"


@dataclass(frozen=True, slots=True)
class _Timeline:
    """Asks the console how wide it is and whether it has colours, then draws."""

    plan: Plan
    mission: Mission | None
    days: Collection[int] | None
    names: Sequence[str] | None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        plan = self.plan
        rows = rows_of(plan, self.mission)
        windows = windows_worth_a_row(plan) if self.names is None else {n: plan.windows[n] for n in self.names}
        names = list(experiments_of(plan, self.mission))
        longest = max([len(row.name) for row in rows] + [len(name) for name in windows], default=0)
        margin = min(longest, _NAME_CELLS) + 1
        width = max(options.max_width - margin, _LEAST_CELLS)
        plain = console.no_color or console.color_system is None
        for day in days_of(plan.calendar, plan.end):
            if self.days is not None and day.number not in self.days:
                continue
            yield Text.assemble((f"Day {day.number}", "bold"), f"  {day.on:%a} {day.on.day} {day.on:%b %Y}")
            for span in _parts(plan, day, width):
                canvas = Canvas(
                    day, span, width, Window(0, plan.end), plan.calendar, letters(names), colours(names), plain
                )
                yield _line("", canvas.axis(), margin)
                yield from _rows(rows, canvas, margin)
                for name, found in windows.items():
                    if any(window.overlaps(span) for window in found):
                        yield _line(name, canvas.windows(found), margin, "dim")
            yield Text("")


def _parts(plan: Plan, day: Day, width: int) -> list[Window]:
    """The day, or on a narrow console its two halves, without a half in which the mission is not under way."""
    if width >= _WHOLE_DAY_CELLS:
        return [day.window]
    noon = plan.calendar.at(day.on, 12 * HOUR)
    halves = [Window(day.window.start, noon), Window(noon, day.window.end)]
    return [half for half in halves if half.overlaps(Window(0, plan.end))]


def _rows(rows: Sequence[Row], canvas: Canvas, margin: int) -> Iterator[Text]:
    for row in rows:
        lanes = [lane for lane in row.lanes if any(bar.window.overlaps(canvas.span) for bar in lane)]
        if not lanes and any(bar.rig or not bar.crew for lane in row.lanes for bar in lane):
            continue  # a machine that rests today
        for place, lane in enumerate(lanes or [()]):
            yield _line(row.name if not place else "", canvas.bars(lane), margin)


def _line(name: str, cells: Text, margin: int, style: str = "") -> Text:
    short = name if len(name) < margin else f"{name[: margin - 8]}…{name[-6:]}"
    line = Text(short.ljust(margin), style=style, no_wrap=True, overflow="crop")
    return line.append_text(cells)
