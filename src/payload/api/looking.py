"""show, diff, report: a plan or a run for people to look at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from payload.api.files import load_plan
from payload.api.flight import recorded
from payload.errors import PlanError
from payload.model import Plan

if TYPE_CHECKING:
    from rich.console import RenderableType

    from payload.report import Change


def timeline(plan: Plan, days: Sequence[int] | None = None) -> RenderableType:
    """The plan drawn by crew row and day, for a rich console; `days` leaves the tables of the whole out.

    Raises RunError for a day that the plan has not.
    """
    from payload import report as rooms
    from payload.errors import RunError

    first, last = plan.calendar.day_of(0), plan.calendar.day_of(plan.end - 1)
    for day in days or ():
        if not first <= day <= last:
            raise RunError(f"--day {day}: this plan has days {first} to {last}")
    return rooms.timeline(plan, days=days or None, tables=not days)


def diff(before: Plan, after: Plan) -> tuple[tuple[Change, ...], RenderableType]:
    """What changed from one plan to another, as facts and as a table. Raises PlanError for plans of two missions."""
    from payload import report as rooms

    shared = {one.id for one in before.reservations} & {one.id for one in after.reservations}
    if before.mission_id != after.mission_id and not shared:  # those of a mission and its variant have much in common
        raise PlanError(f"these are plans of two missions: '{before.mission_id}' and '{after.mission_id}'")
    return rooms.changes(before, after), rooms.changes_table(before, after)


def schema(name: str) -> dict[str, object]:
    """The JSON Schema of the files `mission`, `plan` or `event`. Raises RunError for another name."""
    from payload import scenario
    from payload.errors import RunError

    kinds: dict[str, Literal["mission", "plan", "event"]] = {"mission": "mission", "plan": "plan", "event": "event"}
    if name not in kinds:
        raise RunError(f"'{name}': expected mission, plan or event")
    return scenario.schema(kinds[name])


def report(source: str | Path) -> str:
    """One self-contained HTML page: a run's record (planned against actual) or a plan."""
    from payload import report as rooms

    if _is_record(Path(source)):
        plan, mission, events = recorded(source)
        return rooms.page(plan, mission, events)
    return rooms.page(load_plan(source), None, None)


def _is_record(path: Path) -> bool:
    """Whether the file is an SQLite file (https://www.sqlite.org/fileformat.html: the first 16 bytes)."""
    if path.is_dir() or not path.exists():
        return path.suffix == ".db"
    with path.open("rb") as file:
        return file.read(16) == b"SQLite format 3\0" or path.suffix == ".db"
