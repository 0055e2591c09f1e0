"""One simulated run of a fortnight (4 people, 448 duties, 82 sessions), against bare SimPy.

The floor is what the same plan costs when nobody decides anything: a process for each reservation, a timeout until its
start, a request for each person of each step, a timeout for its length.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

import pytest
import simpy

from execution.execution_builders import Story, busy_flight
from payload.execution import Disturbances, campaign, fly
from payload.model import Mission, Plan, Reservation


@pytest.fixture(scope="module")
def fortnight() -> tuple[Mission, Plan]:
    flight = busy_flight()
    return flight.mission, flight.plan


def bare(plan: Plan) -> int:
    """The plan's timeouts and requests, in SimPy alone; how many reservations were over at the end."""
    env = simpy.Environment()
    people = {person: simpy.Resource(env) for each in plan.reservations for person in each.crew}
    over = 0

    def held(crew: tuple[str, ...], length_ms: int) -> Iterator[simpy.Event]:
        requests = [people[person].request() for person in crew]
        yield from requests
        yield env.timeout(length_ms)
        for person, request in zip(crew, requests, strict=True):
            people[person].release(request)

    def process(each: Reservation) -> Generator[simpy.Event, Any, None]:
        nonlocal over
        yield env.timeout(each.start)
        for step in each.steps:
            yield from held(step.crew, step.end - step.start)
        if not each.steps:
            yield from held(each.crew, each.end - each.start)
        over += 1

    for each in plan.reservations:
        env.process(process(each))
    env.run()
    return over


@pytest.mark.benchmark(group="simulate")
def test_floor_bare_simpy(benchmark: Any, fortnight: tuple[Mission, Plan]) -> None:
    _, plan = fortnight
    assert benchmark(bare, plan) == len(plan.reservations)


@pytest.mark.benchmark(group="simulate")
def test_run_with_disturbances(benchmark: Any, fortnight: tuple[Mission, Plan]) -> None:
    mission, plan = fortnight
    outcome = benchmark(fly, mission, plan, seed=1, disturbances=Disturbances())
    assert outcome.how == "completed"


@pytest.mark.benchmark(group="simulate")
def test_run_with_a_journal(benchmark: Any, fortnight: tuple[Mission, Plan]) -> None:
    mission, plan = fortnight
    outcome = benchmark(lambda: fly(mission, plan, journal=Story(), seed=1, disturbances=Disturbances()))
    assert outcome.how == "completed"


@pytest.mark.benchmark(group="simulate")
def test_ten_runs_of_a_campaign(benchmark: Any, fortnight: tuple[Mission, Plan]) -> None:
    mission, plan = fortnight
    assert benchmark(lambda: campaign(mission, plan, runs=10, seed=1)).runs == 10
