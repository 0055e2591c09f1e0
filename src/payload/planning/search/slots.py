"""The free activities of a small part of the plan, as the solver sees them, and its answer read back."""

from __future__ import annotations

from dataclasses import dataclass, field

from payload.planning.bits import runs
from payload.planning.problem import Form, Item
from payload.planning.search.cpsat import Model
from payload.planning.state import Crew


@dataclass(slots=True)
class Slot:
    """A free activity: `there` is the literal of its presence, `start` its variable, `starts` the mask of its values.
    `who` has, per part, (literal, mask of starts) of each person who could fill it."""

    item: Item
    starts: int
    there: int
    start: int
    who: list[dict[int, tuple[int, int]]]
    first: int
    last: int

    @property
    def form(self) -> Form:
        return self.item.form

    def literals(self, person: int) -> list[int]:
        """The literals of which one holds when the person is in it."""
        return [able[person][0] for able in self.who if person in able]


@dataclass(frozen=True, slots=True)
class Placing:
    item: Item  # in the shape in which it stands
    tick: int
    crew: Crew


@dataclass(slots=True)
class Subproblem:
    """`slots` by item; `tails` are planned sessions that keep their place or are left out: item to literal."""

    model: Model
    slots: dict[int, Slot] = field(default_factory=dict)
    tails: dict[int, int] = field(default_factory=dict)

    def placings(self, values: tuple[int, ...]) -> list[Placing]:
        """Where the free activities stand by the solver's answer, in order of time."""
        found = []
        for slot in self.slots.values():
            if values[slot.there]:
                crew = tuple(
                    next(person for person, (literal, _) in sorted(able.items()) if values[literal])
                    for able in slot.who
                )
                found.append(Placing(slot.item, values[slot.start], crew))
        return sorted(found, key=lambda one: (one.tick, one.item.index))

    def left_out(self, values: tuple[int, ...]) -> list[int]:
        """Of the tails, those that go."""
        return [index for index, literal in self.tails.items() if not values[literal]]


def domain(starts: int) -> list[int]:
    """A mask as the solver writes it: first and last of each run."""
    flat: list[int] = []
    for first, after in runs(starts):
        flat += (first, after - 1)
    return flat
