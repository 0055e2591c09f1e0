"""The benchmark's instances: frozen means frozen, and every one of them has a valid plan."""

import hashlib

import pytest

from crewbench.generate import generate
from crewbench.sizes import INSTANCES, SIZES, SUMS, frozen
from payload import api

SMALL = ["crew-day", "crew-week", "crew-18"]


def _sums():
    lines = (line.split("  ") for line in SUMS.read_text(encoding="utf-8").splitlines())
    return {name: digest for digest, name in lines}


def test_the_frozen_instances_are_the_ones_that_were_frozen():
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in INSTANCES.glob("*.yaml")}
    assert found == _sums()
    assert sorted(found) == sorted(path.name for _, _, path in frozen(list(SIZES)))


@pytest.mark.parametrize(("size", "seed", "path"), frozen(SMALL))
def test_a_seed_gives_the_same_bytes(size, seed, path):
    assert generate(SIZES[size], seed).encode() == path.read_bytes()


def test_another_seed_gives_another_mission():
    assert generate(SIZES["crew-day"], 1) != generate(SIZES["crew-day"], 4)


@pytest.mark.parametrize(("size", "seed", "path"), frozen(["crew-day", "crew-week"]))
def test_an_instance_asks_for_more_than_there_is_and_has_a_valid_plan(size, seed, path):
    mission = api.load(str(path))
    made = api.plan(mission)
    assert api.verify(mission, made).violations == ()
    assert 0 < made.value < sum(experiment.value for experiment in mission.experiments)
    assert made.unscheduled


def test_fresh_instances_have_valid_plans(tmp_path):
    for seed in range(101, 109):
        path = tmp_path / f"{seed}.yaml"
        path.write_text(generate(SIZES["crew-day"], seed), encoding="utf-8")
        mission = api.load(str(path))
        assert api.verify(mission, api.plan(mission)).violations == ()


@pytest.mark.parametrize(("size", "seed", "path"), frozen(["crew-18", "crew-60", "crew-180"]))
def test_a_large_instance_reads(size, seed, path):
    mission = api.load(str(path))
    assert mission.end == SIZES[size].days * 86_400_000
    assert len(mission.crew) in SIZES[size].crew
