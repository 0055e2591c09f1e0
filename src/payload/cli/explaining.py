"""explain: why something stands where it stands, or was left out, and what would let it in."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from payload.cli.ends import UNPLANNED
from payload.cli.planning import Json, Mission, PlanFile
from payload.cli.words import as_json, decimal

if TYPE_CHECKING:
    from fractions import Fraction

    from payload.met import Calendar
    from payload.planning.explain import Elsewhere, Explanation, Relaxation

#: so many moves are printed before the rest is counted
MOST_LINES = 8


def explain(
    mission: Mission,
    plan: PlanFile,
    name: Annotated[str, typer.Argument(metavar="ID", help="A session or duty: experiment/session/1.")],
    write: Annotated[bool, typer.Option("--write", help="Write a verified relaxation into PLAN.")] = False,
    as_facts: Json = False,
) -> int | None:
    """Say why it stands there, or why it was left out and the smallest change that lets it in."""
    from payload import api

    read = api.load(mission)
    made = api.load_plan(plan, read)
    found = api.explain(read, made, name)
    if as_facts:
        as_json(found)
    else:
        print("\n".join(_lines(found, read.calendar)))
    if write:
        done = api.with_relaxation(made, found)
        if done is not made:
            api.save(api.plan_text(done, read), plan)
            said = f"{plan}: the change that lets {found.id} in is written beside it"
        else:
            said = f"{plan}: nothing is written, as there is no verified change"
        print(said, file=sys.stderr if as_facts else sys.stdout)
    return UNPLANNED if found.state == "infeasible" else None


def _lines(found: Explanation, calendar: Calendar) -> list[str]:
    worth = f", worth {decimal(found.value)}" if found.kind == "session" else ""
    lines = [f"{found.id}: {found.title}, {found.state}{worth}"]
    if found.state == "infeasible":
        return [*lines, "  no plan of this mission can exist:", *(f"    {one.text}" for one in found.conflict)]
    if found.placed is not None:
        return [*lines, *_placed(found, calendar)]
    if found.conflict:
        one = found.root or "it"
        lines.append(f"  these together keep {one} out, and without any one of them the rest would not:")
        lines += [f"    {one.text}" for one in found.conflict]
    relaxation = found.relaxation
    if relaxation is None:
        return [*lines, "  no small change that lets it in was found"]
    lines += _relaxation(relaxation, calendar)
    if relaxation.smaller_may_exist:
        lines.append("    a smaller change may exist: the search was cut off")
    lines += [f"    with it comes {one}" for one in relaxation.brings]
    moves = [
        f"    {one.id} moves from {calendar.format_day(one.before)} to {calendar.format_day(one.after)}"
        + (f" ({' and '.join(one.crew)})" if one.crew else "")
        for one in relaxation.moves
    ]
    return [*lines, *_some(moves)]


def _relaxation(found: Relaxation, calendar: Calendar) -> list[str]:
    """The change in one line; where it is several, each on one of its own."""
    mark = f"({'verified' if found.verified else 'not verified'}; {_gain(found.gain)})"
    changes = [*found.needs, *(f"{one} is given up" for one in found.gives_up)]
    if len(changes) < 2:
        return [f"  {found.text} {mark}"]
    who = f" with {' and '.join(found.crew)}" if found.crew else ""
    ands = [f"      {'and ' if number else ''}{change}" for number, change in enumerate(changes)]
    return [f"  it fits on {calendar.format_day(found.start)}{who} {mark} if", *ands]


def _gain(gain: Fraction) -> str:
    return f"value {'+' if gain >= 0 else '-'}{decimal(abs(gain))}"


def _some(lines: list[str]) -> list[str]:
    rest = len(lines) - MOST_LINES
    return lines if rest <= 1 else [*lines[:MOST_LINES], f"    … and {rest} more"]


def _placed(found: Explanation, calendar: Calendar) -> list[str]:
    here = found.placed
    assert here is not None
    who = f" with {' and '.join(here.crew)}" if here.crew and found.kind == "session" else ""
    first, last = calendar.format_day(here.start), calendar.format_day(here.end)
    on, _, clock = last.rpartition(" ")
    lines = [f"  it stands on {first} to {clock if first.startswith(f'{on} ') else last}{who}"]
    if here.binds and here.earlier is None:
        lines += ["  not earlier, because:", *(f"    {text}" for text in here.binds)]
    elif here.earlier is not None:
        before = f"{calendar.format_day(here.earlier)}{who}"
        if here.binds:
            lines += [f"  not at the next earlier start, {before}, because:", *(f"    {text}" for text in here.binds)]
        else:
            lines.append(f"  it could stand earlier: on {before}")
    for number, names in here.others.items():
        if names:
            lines.append(f"  role {number} could be filled by {' or '.join(names)}, too")
    if here.earliest is not None and here.latest is not None:
        first, last = calendar.format_day(here.earliest), calendar.format_day(here.latest)
        starts = f"one other start, {first}" if here.starts == 1 else f"{here.starts} other starts, {first} to {last}"
        lines.append(f"  free with all else where it is: {starts}")
    runs: list[tuple[list[int], str]] = []
    for day in here.days:
        text = _day(day, calendar)
        if runs and runs[-1][1] == text:
            runs[-1][0].append(day.day)
        else:
            runs.append(([day.day], text))
    for days, text in runs:
        named = f"day {days[0]}" if len(days) == 1 else f"days {days[0]} to {days[-1]}"
        lines.append(f"  {named:<13} {text}")
    return lines


def _day(day: Elsewhere, calendar: Calendar) -> str:
    if day.start is None:
        return day.text
    at = calendar.format_day(day.start)
    if day.free:
        return f"{at}, nothing gives way"
    if not day.gives_way:
        return f"{at}, only duties give way"
    if not day.gives_up:
        return f"{at}, {' and '.join(day.gives_way)} would move"
    return f"{at}, {' and '.join(day.gives_up)} would be given up (value -{decimal(day.cost)})"
