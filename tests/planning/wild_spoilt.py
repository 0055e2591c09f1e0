"""Ways to make a mission that nobody can plan: each adds what cannot be, and nothing else need be known of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Any

from payload.met import DAY, HOUR, MINUTE, Window
from payload.model import (
    DifferentDay,
    Duty,
    Experiment,
    Gap,
    Level,
    Limit,
    Mission,
    Order,
    Role,
    SameDay,
    Session,
    Step,
)


def spoilt(rng: Random, mission: Mission) -> Mission:
    """The mission with one contradiction, whose activities and rule are called `bad...`."""
    return rng.choice(WAYS)(mission)


def _must(mission: Mission, *sessions: Session) -> Mission:
    bad = Experiment("bad", "bad", "Bad", "", Fraction(1), len(sessions), sessions, unordered=True, required=True)
    return replace(mission, experiments=(*mission.experiments, bad))


def _session(name: str, minutes: int = 10, role: Role | None = None, **more: Any) -> Session:
    return Session(name, (Step("work", minutes * MINUTE, minutes * MINUTE, (role or Role(1),)),), **more)


def _never_open(mission: Mission) -> Mission:
    return _must(mission, _session("look", during=("never",)))


def _unqualified(mission: Mission) -> Mission:
    return _must(mission, _session("fly", role=Role(1, skills={"piloting": Level.USER})))


def _both_first(mission: Mission) -> Mission:
    """Each of the two starts after the other has ended."""
    rules = (Order(id="bad-1", first=("bad/a",), then=("bad/b",)), Order(id="bad-2", first=("bad/b",), then=("bad/a",)))
    return replace(_must(mission, _session("a"), _session("b")), rules=(*mission.rules, *rules))


def _day_off(mission: Mission) -> Mission:
    off = Limit(id="bad-1", limit_ms=0, of=("sessions",))
    return replace(_must(mission, _session("a")), rules=(*mission.rules, off))


def _same_and_different(mission: Mission) -> Mission:
    rules = (SameDay(id="bad-1", of=("bad",)), DifferentDay(id="bad-2", of=("bad",)))
    return replace(_must(mission, _session("a"), _session("b")), rules=(*mission.rules, *rules))


def _too_long_apart(mission: Mission) -> Mission:
    names = ("bad/a", "bad/b")
    rule = Gap(id="bad-1", gap_ms=mission.end + DAY, after=names, before=names)
    return replace(_must(mission, _session("a"), _session("b")), rules=(*mission.rules, rule))


def _two_places(mission: Mission) -> Mission:
    """A fixed duty over a fixed duty, of somebody who is there."""
    person = max(mission.crew, key=lambda one: one.aboard.length_ms)
    at = person.aboard.start + HOUR
    bad = tuple(Duty(name, HOUR, (person.id,), at=at + n * 20 * MINUTE) for n, name in enumerate(("bad-a", "bad-b")))
    return replace(mission, routine=(*mission.routine, *bad))


def _no_room(mission: Mission) -> Mission:
    """A duty for which a fixed one leaves no room."""
    person = max(mission.crew, key=lambda one: one.aboard.length_ms)
    at = person.aboard.start + HOUR
    fixed = Duty("bad-a", 2 * HOUR, (person.id,), at=at)
    movable = Duty("bad-b", 30 * MINUTE, (person.id,), between=Window(at, at + 2 * HOUR))
    return replace(mission, routine=(*mission.routine, fixed, movable))


WAYS: list[Callable[[Mission], Mission]] = [
    _never_open, _unqualified, _both_first, _day_off, _same_and_different, _too_long_apart, _two_places, _no_room,
]  # fmt: skip
