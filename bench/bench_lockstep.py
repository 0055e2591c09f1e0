"""Lockstep: an hour of four rigs over the whole stack, and an AVR rig polled each second; slices of `lockstep_day.py`.

The twins' floor is the twins alone, asked what a run has asked them. The AVR's floor is the part idling under simavr.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import lockstep_day
from payload.errors import PortError
from payload.rigs.lockstep.devices import TwinDevice
from payload.rigs.twins import Twin

SECONDS = 60


@pytest.fixture(scope="module")
def avr() -> None:
    try:
        lockstep_day.idle(1)
    except PortError as error:
        pytest.skip(str(error))


class Recorded(TwinDevice):
    """A twin that keeps what it is asked, in `asked`."""

    def __init__(self, kind: str) -> None:
        super().__init__(Twin(kind, unit=1, boot=1))
        self.kind = kind
        self.asked: list[tuple[int, bytes]] = []

    def advance(self, until_ns: int, data: bytes) -> tuple[int, bytes]:
        self.asked.append((until_ns, data))
        return super().advance(until_ns, data)


@pytest.mark.benchmark(group="lockstep: an hour with four twins")
def test_floor_twins_alone(benchmark: Any, tmp_path: Path) -> None:
    """The twins are asked the same once more, at the same instants, with nobody at the other end."""
    mission, plan = lockstep_day.four_rigs(1)
    devices = {rig: Recorded(kind) for rig, kind in lockstep_day.KINDS.items()}
    makers = {rig: lambda device=device: device for rig, device in devices.items()}
    lockstep_day.flown(mission, plan, tmp_path / "run.db", makers)

    def hour() -> int:
        sent = 0
        for recorded in devices.values():
            device = TwinDevice(Twin(recorded.kind, unit=1, boot=1))
            for until_ns, data in recorded.asked:
                sent += len(device.advance(until_ns, data)[1])
        return sent

    assert benchmark.pedantic(hour, rounds=3) > 100_000


@pytest.mark.benchmark(group="lockstep: an hour with four twins")
def test_an_hour_over_the_whole_stack(benchmark: Any, tmp_path: Path) -> None:
    mission, plan = lockstep_day.four_rigs(1)
    numbers = iter(range(100))
    found = []
    benchmark.pedantic(
        lambda: found.append(lockstep_day.flown(mission, plan, tmp_path / f"{next(numbers)}.db")), rounds=3
    )
    assert {run.done for run in found} == {4}
    assert len({run.sha256 for run in found}) == 1
    benchmark.extra_info["times real time"] = found[0].virtual_s / found[0].wall_s


@pytest.mark.benchmark(group="lockstep: a minute of an AVR rig")
@pytest.mark.usefixtures("avr")
def test_floor_idle_simavr(benchmark: Any) -> None:
    benchmark.pedantic(lockstep_day.idle, (SECONDS,), rounds=3)


@pytest.mark.benchmark(group="lockstep: a minute of an AVR rig")
@pytest.mark.usefixtures("avr")
def test_avr_polled_at_1_hz(benchmark: Any) -> None:
    benchmark.pedantic(lockstep_day.polled, (SECONDS,), rounds=3)
