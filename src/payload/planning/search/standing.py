"""Which movable activities stand when: looked up by time, and kept up to date by whoever changes the plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from payload.met import HOUR
from payload.planning.state import State

#: the width of one drawer
DRAWER_MS = 6 * HOUR


class Standing:
    """The activities of `movable` that stand, in drawers by their start."""

    def __init__(self, state: State, movable: Sequence[int]) -> None:
        self._width = max(DRAWER_MS // state.problem.tick_ms, 1)
        self._drawers: dict[int, dict[int, None]] = {}
        self._drawer_of: dict[int, int] = {}
        self._movable = frozenset(movable)
        self._longest = max((state.problem.items[index].length for index in movable), default=1)
        self.refresh(state, movable)

    def refresh(self, state: State, changed: Iterable[int]) -> None:
        """After these may have come, gone or moved."""
        for index in changed:
            if index not in self._movable:
                continue
            if index in self._drawer_of:
                del self._drawers[self._drawer_of.pop(index)][index]
            if state.on[index]:
                drawer = state.at[index] // self._width
                self._drawers.setdefault(drawer, {})[index] = None
                self._drawer_of[index] = drawer

    def __len__(self) -> int:
        return len(self._drawer_of)

    def within(self, state: State, first: int, after: int) -> Iterator[int]:
        """Those that start in [first, after), drawer by drawer."""
        for drawer in range(first // self._width, (after - 1) // self._width + 1):
            for index in self._drawers.get(drawer, ()):
                if first <= state.at[index] < after:
                    yield index

    def meeting(self, state: State, first: int, after: int) -> Iterator[int]:
        """Those that overlap [first, after)."""
        for index in self.within(state, first - self._longest, after):
            if state.at[index] + state.form[index].length > first:
                yield index
