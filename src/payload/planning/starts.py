"""Which starts an activity's own keys allow: grid, horizon, days, `between`, `at`, `during`, `avoid`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from payload.met import Window, intersect
from payload.model import Session
from payload.planning.bits import span
from payload.planning.problem import Problem

_Names = tuple[str, ...]


class Starts:
    """Start masks of one problem; those of windows are kept, as many steps ask for the same."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._shared: dict[_Names, tuple[Window, ...]] = {}
        self._known: dict[tuple[_Names, int, int, bool], int] = {}

    def within(self, windows: Iterable[Window], offset_ms: int, length_ms: int) -> int:
        """Starts for which `length_ms` from `offset_ms` on lie in one of the windows."""
        problem, mask = self._problem, 0
        for window in windows:
            mask |= span(problem.up(window.start - offset_ms), problem.down(window.end - offset_ms - length_ms) + 1)
        return mask

    def clear_of(self, windows: Iterable[Window], offset_ms: int, length_ms: int) -> int:
        """Starts for which `length_ms` from `offset_ms` on overlap none of the windows."""
        problem, mask = self._problem, 0
        for window in windows:
            mask |= span(problem.down(window.start - offset_ms - length_ms) + 1, problem.up(window.end - offset_ms))
        return problem.full & ~mask

    def on_days(self, days: Iterable[date]) -> int:
        """Starts on one of the local dates."""
        problem, mask = self._problem, 0
        for day in days:
            midnight = problem.mission.calendar.midnight
            mask |= span(problem.up(midnight(day)), problem.up(midnight(day + timedelta(days=1))))
        return mask

    def in_windows(self, during: _Names, avoid: _Names, offset_ms: int, length_ms: int) -> int:
        """Starts that keep `during` (one interval of what all named windows share) and `avoid` (none of any)."""
        mask = self._problem.full
        if during:
            key = (during, offset_ms, length_ms, True)
            if key not in self._known:
                self._known[key] = self.within(self.shared(during), offset_ms, length_ms)
            mask &= self._known[key]
        for name in avoid:
            key = ((name,), offset_ms, length_ms, False)
            if key not in self._known:
                self._known[key] = self.clear_of(self._problem.windows.get(name, ()), offset_ms, length_ms)
            mask &= self._known[key]
        return mask

    def shared(self, names: _Names) -> tuple[Window, ...]:
        """What all named windows share, merged."""
        if names not in self._shared:
            windows = self._problem.windows
            common: Sequence[Window] = windows.get(names[0], ())
            for name in names[1:]:
                common = intersect(common, windows.get(name, ()))
            self._shared[names] = tuple(common)
        return self._shared[names]

    def of_session(self, session: Session) -> int:
        """All starts that a session's own keys allow; those of its people and siblings are not looked at."""
        problem = self._problem
        if session.at is not None:
            mask = 0
            for at in session.at:
                if problem.ms(problem.up(at)) == at and problem.up(at) >= 0:
                    mask |= 1 << problem.up(at)
        else:
            mask = problem.grid
        mask &= self.within([problem.mission.horizon], 0, session.min_ms)
        if session.days is not None:
            mask &= self.on_days(session.days)
        if session.between is not None:
            mask &= self.within(session.between, 0, session.min_ms)
        mask &= self.in_windows(session.during, session.avoid, 0, session.min_ms)
        offset_ms = 0
        for step in session.steps:
            mask &= self.in_windows(step.during, step.avoid, offset_ms, step.min_ms)
            offset_ms += step.min_ms
        return mask
