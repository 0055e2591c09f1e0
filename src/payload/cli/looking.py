"""show, diff, report: a plan or a run for people to look at."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from payload.cli.ends import LEFT

PlanFile = Annotated[Path, typer.Argument(metavar="PLAN", help="A plan.json.")]


def show(
    plan: PlanFile,
    day: Annotated[
        list[int] | None, typer.Option("--day", metavar="N", help="Only this mission day (again for more).")
    ] = None,
    width: Annotated[int | None, typer.Option(min=60, help="Columns; default: the terminal's.")] = None,
) -> int | None:
    """Draw a plan's timeline and list what was left out."""
    from payload import api

    _print(api.timeline(api.load_plan(plan), day), width)
    return None


def diff(
    before: Annotated[Path, typer.Argument(metavar="A", help="A plan.json.")],
    after: Annotated[Path, typer.Argument(metavar="B", help="Another of the same mission.")],
) -> int | None:
    """Say what changed between two plans."""
    from payload import api

    changes, table = api.diff(api.load_plan(before), api.load_plan(after))
    _print(table if changes else "no change")
    return LEFT if changes else None


def _print(shown: object, width: int | None = None) -> None:
    from rich.console import Console

    Console(width=width, highlight=False, soft_wrap=False).print(shown)


def report(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="A run.db or a plan.json.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="Where the page goes.")] = Path(
        "report.html"
    ),
    hashed: Annotated[
        bool, typer.Option("--hash", help="Only print the hash of a run's events, which runs that went alike share.")
    ] = False,
) -> int | None:
    """Write one self-contained page: planned against actual."""
    from payload import api

    if hashed:
        print(f"{source}: events sha256 {api.digest(source)}")
        return None
    api.require_room(output)
    api.save(api.report(source), output)
    print(f"{output}: open it in any browser; it needs nothing else")
    return None
