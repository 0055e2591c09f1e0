"""Work that a few people cannot all do in a stretch of time: seen by counting, without a search.

Nine sessions of an hour for two people in five hours are no more than the ten hours that these have; but if each
session is of 61 minutes, either of them fits four. So, for each stretch of time and each set of people, all that only
they can do and only then counts as alike, as long as the shortest of it, and is put into each one's free time one after
the other, as early as any of it could begin: so most fit, since whichever begins first could as well begin there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from payload.planning.bits import highest, lowest, room, span
from payload.planning.problem import Item
from payload.planning.state import State

#: with more different beginnings or ends than this only the whole stretch is looked at
MOST_EDGES = 24
#: and with more different sets of people, only each one's and all of them
MOST_SETS = 12


@dataclass(frozen=True, slots=True)
class _Turn:
    """A stretch of a session or duty that holds one person: how long, whom it may be, and per person from where on.
    All of it lies in `[first, last)`."""

    item: Item
    length: int
    people: frozenset[int]
    begins: dict[int, int]
    first: int
    last: int


def crowded(base: State, wanted: Sequence[Item]) -> list[Item] | None:
    """Activities that hold more people for longer than there are in a stretch of time; None when that does not show."""
    if not base.problem.sure_of(wanted):
        return None
    turns = [turn for item in wanted for turn in _turns(item)]
    if not turns:
        return None
    firsts, lasts = sorted({turn.first for turn in turns}), sorted({turn.last for turn in turns})
    if len(firsts) > MOST_EDGES:
        firsts = firsts[:1]
    if len(lasts) > MOST_EDGES:
        lasts = lasts[-1:]
    everybody = frozenset(range(len(base.problem.people)))
    sets = sorted({turn.people for turn in turns} | {everybody}, key=lambda people: (len(people), sorted(people)))
    if len(sets) > MOST_SETS:
        sets = [people for people in sets if len(people) == 1 or people == everybody]
    for people in sets:
        theirs = [turn for turn in turns if turn.people <= people]
        for first in firsts:
            for last in lasts:
                group = [turn for turn in theirs if first <= turn.first and turn.last <= last]
                found = _too_many(base, people, group)
                if found:
                    return found
    return None


def _turns(item: Item) -> Iterator[_Turn]:
    """The longest stretch of each person whom an activity holds; a session with waits to choose has none here."""
    session = item.form.session
    if item.shapes or not item.static or (session is not None and session.inside is not None):
        return
    for part in item.form.parts:
        start, end = max(part.ranges, key=lambda held: (held[1] - held[0], -held[0]))
        begins = {person: (item.static & part.aboard.get(person, -1)) << start for person in part.eligible}
        begins = {person: mask for person, mask in begins.items() if mask}
        if begins and end > start:
            first = min(map(lowest, begins.values()))
            last = max(map(highest, begins.values())) + end - start
            yield _Turn(item, end - start, frozenset(begins), begins, first, last)


def _too_many(base: State, people: frozenset[int], group: Sequence[_Turn]) -> list[Item] | None:
    for length in sorted({turn.length for turn in group}):
        longer = [turn for turn in group if turn.length >= length]
        fit = 0
        for person in sorted(people):
            begins = 0
            for turn in longer:
                begins |= turn.begins.get(person, 0)
            begins &= room(base.problem.full & ~base.firm_busy[person], length)
            while begins and fit < len(longer):
                fit += 1
                begins &= ~span(0, lowest(begins) + length)
        if fit < len(longer):
            return list({turn.item.index: turn.item for turn in longer}.values())
    return None
