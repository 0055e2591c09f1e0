"""A day in orbit with four rigs that are busy around the clock, in lockstep; and the figures that it gives.

    python bench/lockstep_day.py [--hours 24] [--avr-seconds 600]

flies it twice over the whole stack (heartbeat 1 s, lease 3 s, housekeeping 1 Hz) and compares the records' hashes, then
polls an AVR rig under simavr each second beside one that idles. Exits 1 when a figure is missed: 24 hours in 60 s; a
polled AVR rig at 0.2 of an idle one's speed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

if __name__ == "__main__":  # as pytest's configuration has it
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from execution.execution_builders import Flight, experiment, rig_step, session, step
from payload.errors import PortError
from payload.execution import fly
from payload.journal import Journal
from payload.met import HOUR, MINUTE, to_ms, to_ns
from payload.model import Mission, Plan, Quantity, Rig, RigCall, Step
from payload.rigs import LockstepBench
from payload.rigs.lockstep.devices import Maker
from payload.rigs.programs.avr import LockstepAvr

KINDS = {"oven": "incubator", "shelf": "incubator", "loop": "fluid-loop", "eye": "camera"}
LIMIT_S, LEAST_SHARE = 60.0, 0.2
WARM = Quantity(24_000, "temperature")
CALLS: dict[str, Callable[[], Step]] = {
    "oven": lambda: rig_step("warm", 40 * MINUTE, "oven", "heat", target=WARM),
    "shelf": lambda: rig_step("warm", 40 * MINUTE, "shelf", "heat", target=WARM),
    "loop": lambda: rig_step("pump", 40 * MINUTE, "loop", "profile", rate=20),
    "eye": lambda: rig_step("film", 40 * MINUTE, "eye", "capture", frames=400),
}


def four_rigs(hours: int = 24) -> tuple[Mission, Plan]:
    """`hours` in which each rig has a session an hour: 40 minutes of its long command, and then somebody looks."""
    flight = Flight(
        days=-(-hours // 24),
        experiments=[
            experiment(f"{rig}-{hour}", session("run", call(), step("look", MINUTE, "ada" if number % 2 else "bo")))
            for hour in range(hours)
            for number, (rig, call) in enumerate(CALLS.items())
        ],
    )
    for hour in range(hours):
        for number, rig in enumerate(CALLS):
            flight.place(f"{rig}-{hour}/run/1", hour * HOUR + number * 3 * MINUTE)
    return replace(flight.mission, rigs={id_: Rig(id_, kind, "twin:") for id_, kind in KINDS.items()}), flight.plan


@dataclass(frozen=True)
class Flown:
    """`cpu_s` is this process's time alone; `virtual_s` is from the bench's first instant to its last."""

    cpu_s: float
    wall_s: float
    virtual_s: float
    done: int
    events: int
    sha256: str


def flown(mission: Mission, plan: Plan, path: Path, makers: Mapping[str, Maker] | None = None) -> Flown:
    cpu, wall = time.process_time(), time.perf_counter()
    bench = LockstepBench(mission.rigs, makers=makers)
    with Journal.create(path, {}, clock=lambda: to_ms(bench.clock.now_ns())) as journal:
        with bench:
            outcome = fly(mission, plan, journal=journal, bench=bench, clock=bench.clock, speed=1)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        return Flown(cpu, wall, bench.clock.now_ns() / 1e9, len(outcome.only("done")), journal.kept, journal.digest())


def idle(seconds: int) -> float:
    """CPU seconds that `seconds` of an idle AVR take, in one call. Raises PortError when it has not been built."""
    device = LockstepAvr("incubator", unit=1, boot=1)
    cpu = time.process_time()
    device.advance(to_ns(seconds * 1000), b"")
    cpu = time.process_time() - cpu
    device.close()
    return cpu


def polled(seconds: int) -> float:
    """The same, heating, with a heartbeat and a command each second over the whole stack."""
    with LockstepBench({"oven": Rig("oven", "incubator", "simavr:")}) as bench:
        bench.release("warm", RigCall("oven", "heat", {"target": WARM}), seconds * 1000)
        cpu, done = time.process_time(), 0
        for second in range(seconds):
            bench.beat()
            bench.release(f"look-{second}", RigCall("oven", "read", {"channel": "temperature"}))
            bench.clock.sleep_ms(1000)
            done += sum(report.stage == "DONE" for report in bench.reports(0))
        cpu = time.process_time() - cpu
    assert done >= seconds, f"of {seconds} looks {done} were answered"
    return cpu


def main() -> int:
    parser = argparse.ArgumentParser(description="A day of four rigs in lockstep, and an AVR rig polled at 1 Hz.")
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--avr-seconds", type=int, default=600, help="0: without the AVR")
    options = parser.parse_args()
    mission, plan = four_rigs(options.hours)
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for turn in ("first", "second"):
            run = flown(mission, plan, Path(folder) / f"{turn}.db")
            found.append(run)
            rate = run.virtual_s / run.wall_s
            print(
                f"{options.hours} h with 4 twins, {turn} time: {run.wall_s:.1f} s ({run.cpu_s:.1f} s CPU), {rate:,.0f} "
                f"times real time; {run.done} activities done, {run.events} events, sha256 {run.sha256[:16]}"
            )
    well = found[0].sha256 == found[1].sha256
    print("the same hash twice" if well else "NOT the same hash")
    well &= min(run.wall_s for run in found) <= LIMIT_S * options.hours / 24
    if options.avr_seconds:
        try:
            alone, asked = idle(options.avr_seconds), polled(options.avr_seconds)
        except PortError as error:
            print(error)
            return 1
        share = alone / asked
        rates = [f"{options.avr_seconds / seconds:,.0f}" for seconds in (alone, asked)]
        print(
            f"AVR under simavr, {options.avr_seconds} s: idle {rates[0]} times real time, polled at 1 Hz {rates[1]}: "
            f"{share:.2f} of it"
        )
        well &= share >= LEAST_SHARE
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
