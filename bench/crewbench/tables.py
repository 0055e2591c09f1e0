"""Rows of results: as CSV, whole, and as a table to read."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import cast


@dataclass(slots=True)
class Row:
    """One contender on one mission with one budget. `own_bound` is what it proved, `bound` the best of all."""

    size: str
    mission: str
    contender: str
    budget_s: float
    value: float
    own_bound: float | None
    bound: float | None
    violations: int
    dropped: int
    wall_s: float | None
    cpu_s: float | None
    first_s: float | None  # a baseline's first plan, counted from the start of solving
    build_s: float | None  # a baseline's model
    read_s: float | None  # payload: imports, and the mission read
    shell_s: float | None  # payload: first valid plan from the shell
    peak_mib: float | None
    status: str

    @classmethod
    def of(cls, size: str, mission: str, contender: str, facts: Mapping[str, object], shell_s: float | None) -> Row:
        """From a contender's line."""

        def number(name: str) -> float | None:
            return cast("float | None", facts.get(name))

        value = number("value") or 0.0
        violations = int(number("violations") or 0)
        return cls(
            size,
            mission,
            contender,
            number("budget_s") or 0.0,
            0.0 if violations else value,
            number("bound"),
            None,
            violations,
            int(number("dropped") or 0),
            number("wall_s"),
            number("cpu_s"),
            number("first_s"),
            number("build_s"),
            number("read_s"),
            shell_s,
            number("plan_mib") or number("peak_mib"),
            str(facts.get("status", "")),
        )

    @property
    def share(self) -> float | None:
        """value / bound."""
        return self.value / self.bound if self.bound else None

    def line(self) -> str:
        return f"{self.mission} {self.contender} {self.budget_s:g} s: {self.value:.2f} ({self.status})"


def read_csv(path: Path) -> list[Row]:
    """The rows of a file that `write_csv` wrote."""
    words, counts = {"size", "mission", "contender", "status"}, {"violations", "dropped"}

    def told(name: str, text: str) -> object:
        if name in words:
            return text
        if name in counts:
            return int(text)
        return float(text) if text else None

    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        return [Row(**{name: told(name, text) for name, text in row.items()}) for row in rows]  # type: ignore[arg-type]  # `told` gives its type


def write_csv(rows: list[Row], path: Path) -> None:
    """Every row with every field."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Row)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


def best_of(rows: list[Row]) -> list[Row]:
    """The two models of PyJobShop as one contender: at each budget the better one."""
    found: dict[tuple[str, str, float], Row] = {}
    for row in rows:
        key = (row.mission, row.contender.removesuffix("-days"), row.budget_s)
        if key not in found or row.value > found[key].value:
            found[key] = row
    return list(found.values())


def markdown(rows: list[Row]) -> str:
    """A table: value and gap of each contender at each budget; then what it took."""
    rows = best_of(rows)
    budgets = sorted({row.budget_s for row in rows})
    names = list(dict.fromkeys(row.contender.removesuffix("-days") for row in rows))
    by = {(row.mission, row.contender.removesuffix("-days"), row.budget_s): row for row in rows}
    lines = ["| mission | bound | " + " | ".join(f"{name} {budget:g} s" for name in names for budget in budgets) + " |"]
    lines.append("|---" * (2 + len(names) * len(budgets)) + "|")
    missions = list(dict.fromkeys(row.mission for row in rows))
    for mission in missions:
        bound = next(row.bound for row in rows if row.mission == mission)
        cells = [_cell(by.get((mission, name, budget))) for name in names for budget in budgets]
        lines.append(f"| {mission} | {'' if bound is None else f'{bound:.1f}'} | " + " | ".join(cells) + " |")
    lines += [
        "",
        "| mission | contender | model built, s | first plan, s | peak, MiB | status |",
        "|---|---|---|---|---|---|",
    ]
    for mission in missions:
        for name in names:
            row = by.get((mission, name, budgets[-1]))
            if row is not None:
                first = row.shell_s if row.shell_s is not None else row.first_s
                cells = [_plain(row.build_s), _plain(first), _plain(row.peak_mib), row.status]
                lines.append(f"| {mission} | {name} | " + " | ".join(cells) + " |")
    lines += [
        "",
        "Cells: the value, and the gap to the bound. First plans: from the shell for `payload`, of solving for others.",
    ]
    return "\n".join(lines) + "\n"


def _cell(row: Row | None) -> str:
    if row is None:
        return ""
    if not row.value:
        return "none"
    gap = "" if row.share is None else f" ({100 * (1 - row.share):.1f} %)"
    return f"{row.value:.1f}{gap}"


def _plain(number: float | None) -> str:
    return "" if number is None else f"{number:.4g}"
