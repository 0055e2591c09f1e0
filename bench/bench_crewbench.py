"""The benchmark of crew payload scheduling in small: what a day costs, beside the same day as one CP-SAT model."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crewbench.baseline_cpsat import Monolith
from crewbench.flat import flat
from crewbench.generate import generate
from crewbench.outcome import Outcome
from crewbench.sizes import SIZES, instance_path
from payload import api
from payload.model import Mission, Plan


def read(name: str, seed: int) -> Mission:
    return api.load(str(instance_path(name, seed)))


@pytest.mark.benchmark(group="a crew's day")
def bench_crewbench_day(benchmark: Callable[..., Plan]) -> None:
    mission = read("crew-day", 2)
    assert api.verify(mission, benchmark(api.plan, mission)).valid


@pytest.mark.benchmark(group="a crew's day")
def bench_crewbench_day_floor_cpsat(benchmark: Callable[..., Outcome]) -> None:
    """The same day modelled, and proven optimal, by the solver alone."""
    mission = read("crew-day", 2)
    windows = api.windows(mission)
    assert benchmark(lambda: Monolith(flat(mission, windows)).solve([10.0])).status == "OPTIMAL"


@pytest.mark.benchmark(group="a crew's day")
def bench_crewbench_day_improved(benchmark: Callable[..., Plan]) -> None:
    mission = read("crew-day", 2)
    assert api.verify(mission, benchmark(lambda: api.plan(mission, budget_ms=500))).valid


@pytest.mark.benchmark(group="eighteen days")
def bench_crewbench_eighteen_days(benchmark: Callable[..., Plan]) -> None:
    mission = read("crew-18", 1)
    assert api.verify(mission, benchmark(api.plan, mission)).valid


@pytest.mark.benchmark(group="eighteen days")
def bench_crewbench_generate(benchmark: Callable[..., str]) -> None:
    assert benchmark(generate, SIZES["crew-18"], 1).startswith("payload: 1")
