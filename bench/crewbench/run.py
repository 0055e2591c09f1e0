"""Runs the benchmark: `payload` and the baselines on the same missions, one after the other, in one run.

    python bench/crewbench/run.py --sizes crew-day,crew-week --budgets 1,10,60 --out DIR
    python bench/crewbench/run.py --sizes crew-18 --fresh 5 --out DIR        # five seeds drawn now, beside the rest
    python bench/crewbench/run.py growth --out DIR                           # construction time against sessions
    python bench/crewbench/run.py join --out DIR A B                         # the results of several runs as one

DIR gets `results.csv`, `results.md` and `results.png` (or `growth.md` and `growth.png`). README.md says who it is.
"""

from __future__ import annotations

import argparse
import json
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from crewbench.contenders import CONTENDERS
from crewbench.generate import generate
from crewbench.growth import growth
from crewbench.sizes import SIZES, frozen
from crewbench.tables import Row, markdown, read_csv, write_csv

HERE = Path(__file__).resolve().parent
#: Seconds that a baseline may take for its model beside its budget.
PATIENCE = 900
MOST_MIB = 12_288


def run_one(contender: str, mission: Path, budgets: list[float], seed: int) -> list[dict[str, object]]:
    """One process: a dictionary for each budget. What fails is told in `status`, and worth nothing."""
    command = [sys.executable, str(HERE / "contenders.py"), contender, str(mission), "--seed", str(seed)]
    command += ["--budgets", ",".join(f"{budget:g}" for budget in budgets)]
    if contender != "payload":
        command += ["--most-mib", str(MOST_MIB)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=max(budgets) + PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return [{"budget_s": budget, "status": f"no model in {PATIENCE} s"} for budget in budgets]
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or len(lines) != len(budgets):
        why = (done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1][:120]
        return [{"budget_s": budget, "status": why} for budget in budgets]
    return lines


def first_plan(mission: Path, rounds: int = 3) -> float:
    """Seconds from the shell to a first plan in a file, imports and all: the median of some runs, the plan checked."""
    shell = Path(sys.executable).parent / "payload"
    took = []
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "plan.json"
        for _ in range(rounds):
            began = time.perf_counter()
            command = [str(shell), "plan", str(mission), "--budget", "0", "-o", str(out)]
            subprocess.run(command, capture_output=True, check=True)
            took.append(time.perf_counter() - began)
        from payload import api

        read = api.load(str(mission))
        if not api.verify(read, api.load_plan(str(out), read)).valid:
            raise RuntimeError(f"the first plan of {mission} is not valid")
    return median(took)


def compare(
    missions: list[tuple[str, str, Path]],
    budgets: list[float],
    contenders: list[str],
    *,
    seed: int = 0,
    rounds: int = 3,
) -> list[Row]:
    """All contenders on all missions; the bound of a mission is the best that any of them proved."""
    rows: list[Row] = []
    for size, label, path in missions:
        shell_s = first_plan(path, rounds)
        mine: list[Row] = []
        for contender in contenders:
            runs = [[budget] for budget in budgets] if contender == "payload" else [budgets]
            for some in runs:
                for facts in run_one(contender, path, some, seed):
                    mine.append(Row.of(size, label, contender, facts, shell_s if contender == "payload" else None))
                    print(mine[-1].line(), file=sys.stderr, flush=True)
        proven = [row.own_bound for row in mine if row.own_bound is not None]
        for row in mine:
            row.bound = min(proven, default=None)
        rows += mine
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=("compare", "growth", "join"), default="compare")
    parser.add_argument("runs", nargs="*", type=Path, help="join: the DIRs of earlier runs")
    parser.add_argument("--sizes", default="crew-day,crew-week,crew-18,crew-60")
    parser.add_argument("--budgets", default="1,10,60", help="seconds, comma-separated")
    parser.add_argument("--seeds", default="", help="of the frozen instances, comma-separated; default: all of them")
    parser.add_argument("--fresh", type=int, default=0, help="so many new seeds a size, drawn now")
    parser.add_argument("--contenders", default=",".join(CONTENDERS))
    parser.add_argument("--seed", type=int, default=0, help="the contenders' own")
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    if chosen.what == "growth":
        growth(chosen.out)
        return
    if chosen.what == "join":
        told(
            [row for run in chosen.runs for row in read_csv(run / "results.csv")],
            "Joined from the runs of the tables below.",
            chosen.out,
        )
        return
    sizes = chosen.sizes.split(",")
    wanted = {int(one) for one in chosen.seeds.split(",") if one}
    missions = [(size, f"{size}-{seed}", path) for size, seed, path in frozen(sizes) if not wanted or seed in wanted]
    for size in sizes:
        for _ in range(chosen.fresh):
            seed = 1000 + secrets.randbelow(1_000_000)
            path = chosen.out / f"{size}-{seed}.yaml"
            path.write_text(generate(SIZES[size], seed), encoding="utf-8", newline="\n")
            missions.append((size, f"{size}-{seed} (fresh)", path))
    budgets = sorted(float(one) for one in chosen.budgets.split(","))
    rows = compare(missions, budgets, chosen.contenders.split(","), seed=chosen.seed)
    told(rows, "`python bench/crewbench/run.py " + " ".join(sys.argv[1:]) + "`", chosen.out)


def told(rows: list[Row], head: str, folder: Path) -> None:
    """Writes the rows as numbers, as a table and as a picture."""
    from crewbench.plots import plot_results

    write_csv(rows, folder / "results.csv")
    text = f"{head}\n\n{markdown(rows)}"
    (folder / "results.md").write_text(text, encoding="utf-8")
    print(text)
    plot_results(rows, folder / "results.png")


if __name__ == "__main__":
    main()
