"""A flight flown in simulated time, told as a test compares it."""

from __future__ import annotations

from dataclasses import replace

from execution_builders import DATE, Flight, Story, story

from payload.execution import Disturbances, fly
from payload.met import MINUTE

CALM = Disturbances.none()
TWICE = replace(CALM, noise_median=2.0)  # every crewed step takes twice its time


def flown(flight: Flight, disturbances: Disturbances = CALM, **more: object) -> list[tuple[object, ...]]:
    journal = Story()
    fly(flight.mission, flight.plan, journal=journal, disturbances=disturbances, **more)  # type: ignore[arg-type]
    return story(journal)


def ends(flight: Flight, disturbances: Disturbances = CALM, **more: object) -> dict[str, tuple[object, ...]]:
    """Each activity's start and end in minutes, its state, and the code of the reason where there is one."""
    outcome = fly(flight.mission, flight.plan, disturbances=disturbances, **more)  # type: ignore[arg-type]
    return {
        each.id.removesuffix(f"/{DATE}"): (
            *(None if at is None else at / MINUTE for at in (each.start, each.end)),
            each.state,
            *([each.code] if each.code else []),
        )
        for each in outcome.activities
    }
