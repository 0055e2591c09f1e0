"""How a run ended: every activity's fate, and what the done ones are worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from payload.execution.program import Program
from payload.journal import How
from payload.model import Kind, State


@dataclass(frozen=True, slots=True)
class Flown:
    """One activity as it went. `start` and `end` are ms MET, None for what never began or is not over; `late_ms` is how
    long after its planned start it began."""

    id: str
    kind: Kind
    state: State
    planned_start: int
    planned_end: int
    start: int | None
    end: int | None
    crew: tuple[str, ...] = ()
    code: str = ""
    why: str = ""

    @property
    def late_ms(self) -> int:
        return 0 if self.start is None else max(0, self.start - self.planned_start)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A run's end: `how` and `at` (ms MET), the flown activities in plan order, and the exact value of all sessions
    that are done (those before the span included)."""

    how: How
    at: int
    activities: tuple[Flown, ...]
    value: Fraction
    planned_value: Fraction
    why: str = ""

    def find(self, activity: str) -> Flown | None:
        return next((flown for flown in self.activities if flown.id == activity), None)

    def only(self, state: State) -> list[str]:
        """The ids of the activities in this state, in plan order."""
        return [flown.id for flown in self.activities if flown.state == state]


def worth(program: Program, states: Sequence[State]) -> Fraction:
    """The exact value of the done sessions; `states` by activity index."""
    total = Fraction(0)
    for group in program.groups:
        total += group.worth[sum(1 for index in group.sessions if states[index] == "done")]
    return total
