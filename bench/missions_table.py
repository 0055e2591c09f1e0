"""Prints the table of docs/missions.md: what each shipped mission holds and what is planned of it.

    python bench/missions_table.py [--budget 10s] [--write] [NAME ...]

`tests/missions/test_missions_told.py` holds the page to all of it that is the same on every machine.
"""

from __future__ import annotations

import argparse
from fractions import Fraction
from pathlib import Path

from payload import api, missions
from payload.model import Plan

PAGE = Path(__file__).parents[1] / "docs" / "missions.md"
HEAD = (
    "name",
    "people",
    "days",
    "sessions",
    "worth",
    "crew time",
    "planned at once",
    "in 10 s",
    "at most",
    "left out",
    "status",
)


def number(value: Fraction | float, up: bool = False) -> str:
    """At most two decimals, rounded down, or up for a bound."""
    hundredths = Fraction(value) * 100
    return f"{(-(-hundredths // 1) if up else hundredths // 1) / 100:.2f}".rstrip("0").rstrip(".")


def row(name: str, budget_ms: int) -> tuple[str, ...]:
    mission = api.load(f"builtin:{name}")
    facts = api.facts(mission, api.windows(mission))
    at_once: Plan = api.plan(mission)
    best = at_once if at_once.status == "optimal" else api.plan(mission, budget_ms=budget_ms)
    for plan in (at_once, best):
        assert api.verify(mission, plan).valid, f"{name}: the checker finds violations"
    return (
        f"`{name}`",
        str(facts.people),
        str(facts.days),
        str(facts.sessions),
        number(facts.value),
        f"{facts.demand_ms / 3_600_000:.1f} h",
        number(at_once.value),
        number(best.value),
        number(best.bound or 0, up=True),
        str(len(best.unscheduled)),
        best.status,
    )


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("names", nargs="*", metavar="NAME", default=missions.names())
    words.add_argument("--budget", default="10s")
    words.add_argument("--write", action="store_true", help="renew these rows on the page, too")
    asked = words.parse_args()
    budget_ms = api.parse_budget(asked.budget)
    print(f"| {' | '.join(HEAD)} |")
    print("|" + "---|" * len(HEAD))
    for name in asked.names:
        line = f"| {' | '.join(row(name, budget_ms))} |"
        print(line, flush=True)
        if asked.write:
            renew(name, line)


def renew(name: str, line: str) -> None:
    """Puts the row in the place of the mission's old one on the page."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    place = next(
        n for n, old in enumerate(lines) if old.startswith(f"| `{name}` |") and old.count("|") == line.count("|")
    )
    lines[place] = line
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
