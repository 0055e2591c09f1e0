"""How construction grows with the number of sessions: missions of 125 to 10,000, from memory, in CPU seconds."""

from __future__ import annotations

import math
import subprocess
import sys
import time
from pathlib import Path

from crewbench.generate import generate
from crewbench.sizes import Size

#: Days and crew of the missions, and their sessions about: 125, 250, 500, 1,000, 2,000, 4,000, 10,000.
STEPS = tuple(
    Size(f"growth-{number}", days, (crew,), ())
    for number, (days, crew) in enumerate(((6, 3), (10, 3), (18, 4), (30, 5), (48, 6), (96, 6), (180, 7)), start=1)
)


def construction(mission_file: Path) -> tuple[int, float]:
    """Sessions, and the CPU seconds of `payload.plan` at budget 0: compile, construct, bound, assemble.

    Imports are not in it: they would flatter the exponent.
    """
    import payload

    payload.plan(payload.load("builtin:quickstart"))
    mission = payload.load(str(mission_file))
    began = time.process_time()
    payload.plan(mission)
    return sum(experiment.session_count for experiment in mission.experiments), time.process_time() - began


def fit(points: list[tuple[int, float]]) -> tuple[float, float]:
    """Exponent and factor of the power law through the points: least squares of the logarithms."""
    logs = [(math.log(count), math.log(seconds)) for count, seconds in points]
    x, y = (sum(values) / len(logs) for values in zip(*logs, strict=True))
    slope = sum((a - x) * (b - y) for a, b in logs) / sum((a - x) ** 2 for a, _ in logs)
    return slope, math.exp(y - slope * x)


def growth(out: Path, rounds: int = 3) -> None:
    """Each mission in processes of its own, the least of some rounds; a table, and a picture."""
    points = []
    for size in STEPS:
        path = out / f"{size.name}.yaml"
        path.write_text(generate(size, 1), encoding="utf-8", newline="\n")
        found = []
        for _ in range(rounds):
            code = f"from crewbench.growth import construction; print(*construction({str(path)!r}))"
            run = subprocess.run(
                [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}"],
                capture_output=True,
                text=True,
                check=True,
            )
            count, seconds = run.stdout.split()
            found.append(float(seconds))
        points.append((int(count), min(found)))
        print(points[-1], file=sys.stderr, flush=True)
    exponent, factor = fit(points)
    lines = ["| sessions | construction, CPU s |", "|---|---|"]
    lines += [f"| {count:,} | {seconds:.2f} |" for count, seconds in points]
    steepest = fit(points[-2:])[0]
    told = f"Exponent {exponent:.2f} (least squares of the logarithms; the least of {rounds} runs each)"
    lines += ["", f"{told}; {steepest:.2f} between the two largest."]
    text = "\n".join(lines) + "\n"
    (out / "growth.md").write_text(text, encoding="utf-8")
    print(text)
    from crewbench.plots import plot_growth

    plot_growth(points, exponent, factor, out / "growth.png")
