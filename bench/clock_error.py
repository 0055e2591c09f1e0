"""How well a rig's clock is known over a wire with jitter: the error of every stamp, and the bound stated with it.

    python bench/clock_error.py [--hours 24]

A virtual link of 1 ms +- 0.2 ms each way, independently; a beat a second; instants asked for at random within the
second after each. The rig's clock is off by 100 ppm, or wanders between +100 and -100 ppm once an hour. Last, on a link
whose ways are of unequal length, the longer one changing: no estimate can see that, and the bound has to hold it.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable
from math import pi, sin, tau
from typing import NamedTuple

from payload.rigs.link.clock import RigClock

SECOND = 1_000_000_000
SETTLED = 10  # beats


class Errors(NamedTuple):
    """In ns: of the estimate, and of the stated bound; how often the truth lay beyond it, and of how many."""

    median: int
    p99: int
    worst: int
    bound: int
    widest: int
    violations: int
    asked: int


def steady(at: int) -> float:
    """The rig's time (ns) at an instant of ours."""
    return at * (1 + 100e-6)


def wandering(at: int, hour: float = 3600 * SECOND) -> float:
    return at + 100e-6 * hour / tau * 2 * sin(pi * at / hour) ** 2


def even(rng: random.Random, at: int) -> tuple[int, int]:
    """How long it takes there and back."""
    return rng.randint(800_000, 1_200_000), rng.randint(800_000, 1_200_000)


def lopsided(rng: random.Random, at: int) -> tuple[int, int]:
    """20 ms more on one of the ways: for ten minutes on that there, for ten on that back, for ten as it happens."""
    there, back = even(rng, at)
    phase = at // (600 * SECOND) % 3
    if phase == 0 or (phase == 2 and rng.random() < 0.5):
        return there + 20_000_000, back
    return there, back + 20_000_000


def measure(
    hours: float,
    drift: Callable[[int], float],
    seed: int = 0,
    ways: Callable[[random.Random, int], tuple[int, int]] = even,
) -> Errors:
    rng = random.Random(seed)
    clock = RigClock(1000)
    errors, bounds, violations, now = [], [], 0, 0
    for beat in range(int(hours * 3600)):
        now += SECOND
        there, back = ways(rng, now)
        thousandths = int(drift(now + there) // 1000)
        clock.sample(now, now + there + back, thousandths // 1000 % (1 << 32), thousandths % 1000)
        asked = now + rng.randrange(SECOND)
        thousandths = int(drift(asked) // 1000)
        instant = clock.at(thousandths // 1000 % (1 << 32), thousandths % 1000)
        error = abs(instant.at_ns - asked)
        violations += error > instant.error_ns
        if beat >= SETTLED:
            errors.append(error)
            bounds.append(instant.error_ns)
    errors.sort()
    bounds.sort()
    middle, high = len(errors) // 2, len(errors) * 99 // 100
    return Errors(errors[middle], errors[high], errors[-1], bounds[middle], bounds[-1], violations, len(errors))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=24)
    given = parser.parse_args()
    failed = False
    for name, drift, ways in (
        ("steady 100 ppm", steady, even),
        ("wandering +-100 ppm", wandering, even),
        ("the same, lopsided", wandering, lopsided),
    ):
        found = measure(given.hours, drift, ways=ways)
        print(
            f"{name:20} error median {found.median / 1e3:.0f} us, p99 {found.p99 / 1e3:.0f} us, worst "
            f"{found.worst / 1e3:.0f} us; bound median {found.bound / 1e3:.0f} us, widest {found.widest / 1e3:.0f} us, "
            f"violated {found.violations} times of {found.asked:,}"
        )
        failed |= found.violations > 0
    sys.exit(failed)


if __name__ == "__main__":
    main()
