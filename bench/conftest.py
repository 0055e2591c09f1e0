"""What the figures were taken on, and how far each stands above its floor.

In a group, the benchmark with "floor" in its name is the floor: the least that the work costs without our code (a bare
SimPy process, a bare serial port). Without one the group is only listed by pytest-benchmark's own table.
"""

from __future__ import annotations

import os
import platform
from collections import defaultdict
from typing import Any

import pytest
from cobs import cobs


def _codec() -> str:
    """pip installs the pure-Python codec in silence where there is no compiler; it is many times slower."""
    return "C" if cobs.encode.__module__.endswith("_cobs_ext") else "pure Python"


def pytest_configure(config: pytest.Config) -> None:
    """A benchmark may be called `bench_...` as well as `test_...`."""
    config.addinivalue_line("python_functions", "bench_*")


def pytest_benchmark_update_machine_info(machine_info: dict[str, Any]) -> None:
    machine_info["cobs_codec"] = _codec()


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """One line for each benchmark of a group that has a floor: its median over that of the floor, of this very run."""
    groups: dict[str, list[Any]] = defaultdict(list)
    for bench in getattr(getattr(config, "_benchmarksession", None), "benchmarks", []):
        if bench.group and not bench.has_error and bench.stats.rounds:
            groups[bench.group].append(bench)
    lines = []
    for group, benches in sorted(groups.items()):
        floors = [bench for bench in benches if "floor" in bench.name]
        for bench in benches if len(floors) == 1 else []:
            if bench is not floors[0]:
                ratio = bench.stats.median / floors[0].stats.median
                lines.append(f"{group}: {bench.name} takes {ratio:.2f} times {floors[0].name}")
    if lines:
        terminalreporter.section("against the floor (medians of this run)")
        cpus = len(os.sched_getaffinity(0))
        lines.append(f"on Python {platform.python_version()}, {cpus} CPUs, the COBS codec in {_codec()}")
        terminalreporter.write("\n".join(lines) + "\n")
