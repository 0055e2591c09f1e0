"""Who is aboard, what they can do, and what a step asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from payload.met import Window


class Level(IntEnum):
    """How well a skill is held; a higher one serves where a lower one is asked (user, operator, specialist: the
    station's three qualification levels, IAC-11-B3.5)."""

    USER = 1
    OPERATOR = 2
    SPECIALIST = 3

    def __str__(self) -> str:
        return self.name.lower()


Skills = Mapping[str, Level]


@dataclass(frozen=True, slots=True)
class Person:
    """A seat, and whoever fills it.

    `own` are the seat's skills, `candidates` what each person who may fill it adds, `flies` which of them does (None
    for a seat without candidates). Everywhere else the person is the seat's `id`.
    """

    id: str
    own: Skills
    aboard: Window
    candidates: Mapping[str, Skills] = field(default_factory=dict)
    flies: str | None = None

    @property
    def skills(self) -> Skills:
        """Per skill the higher of the seat's own level and that of the candidate who flies."""
        held = dict(self.own)
        for skill, level in self.candidates.get(self.flies or "", {}).items():
            held[skill] = max(level, held.get(skill, level))
        return held


@dataclass(frozen=True, slots=True)
class Role:
    """One place in a step's crew: all of its keys must hold for the person in it.

    `number` is the role's number within the session, from 1: the same number in another step of the session is the
    same person, another number another person. A bare role (`{role: 2}`) asks nothing by itself.
    """

    number: int
    is_: str | None = None
    any_of: tuple[str, ...] | None = None
    skills: Skills = field(default_factory=dict)
