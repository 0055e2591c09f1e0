"""How long the waits of a session may be that the planner may choose, shortest first."""

from __future__ import annotations

from collections.abc import Iterable

from payload.model import Mission, Session, Step

#: a session with more shapes than this is planned in some of them, spread evenly; nothing is proven of it then
MOST_SHAPES = 50

Lengths = tuple[int, ...]  # ms of each step


def lengths_of(mission: Mission, session: Session, starts: Iterable[int] = ()) -> tuple[list[Lengths], bool]:
    """The lengths of all steps in each shape of the session, by the whole length, and whether these are all there are.

    A wait may be as long as its shortest or longest, and what lies between as far as its length, what it adds to the
    shortest, or its end is on the grid. The session starts on the grid, or where `starts` (its `at`, a lock) say.
    """
    if all(step.min_ms == step.max_ms for step in session.steps):
        return [tuple(step.min_ms for step in session.steps)], True
    grid = mission.grid_ms
    found: list[Lengths] = [()]
    whole, past = True, sorted({(at - mission.grid_origin) % grid for at in starts} | {0})
    for step in session.steps:
        longer = [(*before, length) for before in found for length in _lengths(step, grid, sum(before), past)]
        whole = whole and len(longer) <= MOST_SHAPES
        found = _thinned(longer)
    return sorted(found, key=lambda lengths: (sum(lengths), lengths[::-1])), whole


def _lengths(step: Step, grid: int, before_ms: int, past: Iterable[int]) -> list[int]:
    least, most = step.min_ms, step.max_ms
    if least == most:
        return [least]
    firsts = {least, -(-least // grid) * grid, *(least - (shift + before_ms + least) % grid for shift in past)}
    return sorted({least, most, *(length for first in firsts for length in range(first, most, grid) if length > least)})


def kept_on_grid(mission: Mission, session: Session, lengths: Lengths, start: int) -> bool:
    """Whether each wait of these is on the grid for a session that starts there (ms MET)."""
    grid, at = mission.grid_ms, start - mission.grid_origin
    for step, length in zip(session.steps, lengths, strict=True):
        at += length
        if step.min_ms < length < step.max_ms and all(off % grid for off in (length, length - step.min_ms, at)):
            return False
    return True


def _thinned(some: list[Lengths]) -> list[Lengths]:
    """At most so many, evenly spread over the whole lengths; the first and the last among them."""
    if len(some) <= MOST_SHAPES:
        return some
    some = sorted(some, key=lambda lengths: (sum(lengths), lengths))
    last = len(some) - 1
    return [some[place * last // (MOST_SHAPES - 1)] for place in range(MOST_SHAPES)]
