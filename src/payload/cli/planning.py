"""init, check, plan, verify, schema: from a mission file to a plan file."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from payload.cli.ends import LEFT, UNPLANNED
from payload.cli.words import as_json, counted, days, decimal, duration, hours, pairs, percent

if TYPE_CHECKING:
    from payload.planning import Progress

Mission = Annotated[str, typer.Argument(metavar="MISSION", help="A file, a folder with mission.yaml, or builtin:NAME.")]
PlanFile = Annotated[Path, typer.Argument(metavar="PLAN", help="A plan.json.")]
Seat = Annotated[list[str] | None, typer.Option("--seat", metavar="SEAT=PERSON", help="Who fills a seat.")]
Json = Annotated[bool, typer.Option("--json", help="Print facts as JSON.")]


def init(
    folder: Annotated[Path | None, typer.Argument(metavar="DIR", help="The folder to make.")] = None,
    source: Annotated[
        str, typer.Option("--from", metavar="NAME", help="The shipped mission to start from.")
    ] = "quickstart",
    listing: Annotated[bool, typer.Option("--list", help="Name the shipped missions.")] = False,
) -> int | None:
    """Make a folder with a mission to start from."""
    from payload import missions
    from payload.errors import RunError

    if listing:
        print("\n".join(missions.names()))
        return None
    if folder is None:
        raise RunError("say which folder to make, or --list")
    origin = missions.path(source)
    if (folder / "mission.yaml").exists():
        raise RunError(f"{folder / 'mission.yaml'} is there already: take another folder, or remove it")
    shutil.copytree(origin, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    print(f"{folder / 'mission.yaml'}: edit it, then: payload check {folder}")
    return None


def check(mission: Mission, seat: Seat = None, as_facts: Json = False) -> int | None:
    """Validate a mission and say what it holds."""
    from payload import api

    read = api.load(mission, pairs(seat))
    api.require_calls(read)
    facts = api.facts(read, api.windows(read))
    if as_facts:
        as_json(facts)
        return None
    print(f"{read.title} [{read.id}]")
    calendar = read.calendar
    print(
        f"  horizon   {calendar.format_day(0)} to {calendar.format_day(read.end)}, {calendar.zone} ({days(read.end)})"
    )
    print(f"  crew      {', '.join(p.id + (f' ({p.flies})' if p.flies else '') for p in read.crew)}")
    print(f"  routine   {counted(facts.duties, 'duty', 'duties')}")
    asked_of = f"{counted(facts.experiments, 'experiment')}, {counted(facts.sessions, 'session')}"
    print(f"  science   {asked_of}, value {facts.value:g}")
    print(f"  load      {percent(facts.load)}: {hours(facts.demand_ms)} of crew time asked")
    for person, supply_ms in facts.supply_ms.items():
        asked = facts.bound_demand_ms.get(person, 0)
        only = f"; {hours(asked)} only they can do" if asked else ""
        print(f"    {person:<18} {hours(supply_ms)} beside the routine{only}")
    for name, (count, length_ms) in facts.windows.items():
        share = length_ms / read.end
        often = f"{count:>4} {'time' if count == 1 else 'times'}"
        print(f"  window    {name:<18} {often}, {duration(length_ms)} in all, {percent(share)} of the horizon")
    for warning in facts.warnings:
        print(f"  warning   {warning}")
    return None


def plan(
    mission: Mission,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="Where the plan goes.")] = Path(
        "plan.json"
    ),
    budget: Annotated[
        str, typer.Option(metavar="TIME", help="Wall time to improve it; 0 is construction alone.")
    ] = "10s",
    iterations: Annotated[
        int | None, typer.Option(min=0, help="Improve so many times instead: the same plan each time.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The seed of all chance.")] = 0,
    seat: Seat = None,
    keep: Annotated[
        Path | None, typer.Option(metavar="PLAN", help="Change as little as can be of this plan; its facts stand.")
    ] = None,
    price: Annotated[str, typer.Option(metavar="VALUE", help="What each changed reservation costs.")] = "0",
    as_facts: Json = False,
) -> int | None:
    """Plan a mission: all duties, and the sessions worth most."""
    from payload import api
    from payload.errors import RunError

    budget_ms, each = api.parse_budget(budget), api.parse_price(price)
    api.require_room(output)
    read = api.load(mission, pairs(seat))
    old = None if keep is None else api.load_plan(keep)
    if old is None and each:
        raise RunError("--price is what changes to a plan cost: say which with --keep")
    line = _ProgressLine()
    made = api.plan(
        read, budget_ms=budget_ms, iterations=iterations, seed=seed, progress=line.show, keep=old, price=each
    )
    line.clear()
    api.save(api.plan_text(made, read), output)
    planned = sum(r.kind == "session" for r in made.reservations)
    duties = sum(r.kind == "duty" for r in made.reservations)
    if as_facts:
        print(json.dumps({
            "status": made.status, "value": float(made.value), "bound": float(made.bound), "gap": float(made.gap),
            "sessions": planned, "unscheduled": len(made.unscheduled), "duties": duties,
            "conflict": list(made.conflict), "output": str(output),
            "shares": {name: {"promised_min": asked // 60_000, "planned_min": given // 60_000}
                       for name, (asked, given) in made.shares.items()},
            "changed": None if old is None else api.changed(read, old, made)[0],
        }))  # fmt: skip
    elif made.status == "infeasible":
        print(f"{output}: no plan can exist. What clashes:", file=sys.stderr)
        print("\n".join(f"  {clash}" for clash in made.conflict), file=sys.stderr)
    else:
        worth = f"value {decimal(made.value)} of at most {decimal(made.bound)} (gap {percent(float(made.gap))})"
        print(f"{output}: {made.status}, {worth}")
        placed = f"{counted(duties, 'duty', 'duties')} and {counted(planned, 'session')}"
        print(f"  {placed} placed, {len(made.unscheduled)} left out")
        if old is not None:
            count, of = api.changed(read, old, made)
            are = "is" if count == 1 else "are"
            print(
                f"  {count} of the {of} reservations kept {are} changed{f', at {decimal(each)} each' if each else ''}"
            )
        for sponsor, (asked, given) in made.shares.items():
            if given < asked:
                print(f"  share     {sponsor} is promised {duration(asked)} of crew time and has {duration(given)}")
        for left in made.unscheduled[:10]:
            print(f"  left out  {left.id}: {left.conflict[0] if left.conflict else 'no reason found'}")
        if len(made.unscheduled) > 10:
            print(f"  … {len(made.unscheduled) - 10} more: payload show {output}")
    return UNPLANNED if made.status == "infeasible" else None


def verify(mission: Mission, plan: PlanFile, as_facts: Json = False) -> int | None:
    """Judge a plan by the independent checker."""
    from payload import api

    read = api.load(mission)
    verdict = api.verify(read, api.load_plan(plan, read))
    if as_facts:
        as_json(verdict)
    else:
        for violation in verdict.violations:
            print(f"violation  {violation.rule}: {violation.text}")
        for violation, waiver in verdict.waived:
            print(f"waived     {violation.rule}: {violation.text} ({waiver.reason}; {waiver.by})")
        for breach in verdict.breaches:
            print(f"soft       {breach.rule}: {breach.text}")
        found = counted(len(verdict.violations), "violation")
        soft = counted(len(verdict.breaches), "soft breach", "soft breaches")
        counts = f"{found}, {len(verdict.waived)} waived, {soft}"
        print(f"{plan}: {counts}")
    return None if verdict.valid else LEFT


def schema(
    name: Annotated[str, typer.Argument(metavar="mission|plan|event", help="Which file.")],
) -> int | None:
    """Print a JSON Schema."""
    from payload import api

    print(json.dumps(api.schema(name), indent=2))
    return None


class _ProgressLine:
    """The live line of a search, on stderr, only where a person looks at it."""

    def __init__(self) -> None:
        self.live = sys.stderr.isatty()
        self.drawn = False
        self.width = min(shutil.get_terminal_size().columns - 1, 78)

    def show(self, progress: Progress) -> None:
        if self.live:
            gap = float((progress.bound - progress.value) / progress.bound) if progress.bound else 0.0
            value, bound = decimal(progress.value), decimal(progress.bound)
            text = f"value {value}  bound {bound}  gap {percent(gap)}  parts searched {progress.iteration}"
            print(f"\r{text[: self.width]:<{self.width}}", end="", file=sys.stderr, flush=True)
            self.drawn = True

    def clear(self) -> None:
        if self.drawn:
            print(f"\r{'':<{self.width}}\r", end="", file=sys.stderr, flush=True)
