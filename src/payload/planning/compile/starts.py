"""Which starts an activity's own keys allow: grid, horizon, days, `between`, `at`, `during`, `avoid`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from payload.met import Window, intersect
from payload.model import DifferentDay, Session
from payload.planning.bits import span
from payload.planning.compile.waits import Lengths, kept_on_grid
from payload.planning.problem import Form, Problem

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

    def _covering(self, names: _Names, offset_ms: int, length_ms: int) -> int:
        """Starts that keep `covers` as far as windows go; whole duties are seen to where these stand."""
        mask = -1
        for name in names:
            if name in self._problem.mission.windows:
                mask &= self.covering(self._problem.windows.get(name, ()), offset_ms, length_ms)
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

    def exactly(self, instants: Iterable[int]) -> int:
        """These starts, as far as they are on a tick of the mission."""
        problem, mask = self._problem, 0
        for at in instants:
            if problem.ms(problem.up(at)) == at and problem.up(at) >= 0:
                mask |= 1 << problem.up(at)
        return mask

    def locked(self, names: Iterable[str], free: int) -> int:
        """What locks leave to activities of these ids that start together: `free` to each without one."""
        locks = self._problem.mission.locks
        mask = -1
        for name in names:
            mask &= self.exactly([locks[name]]) if name in locks else free
        return mask

    def covering(self, windows: Iterable[Window], offset_ms: int, length_ms: int) -> int:
        """Starts for which one of the windows lies wholly in the `length_ms` from `offset_ms` on."""
        problem, mask = self._problem, 0
        for window in windows:
            mask |= span(problem.up(window.end - offset_ms - length_ms), problem.down(window.start - offset_ms) + 1)
        return mask

    def of_self_conflict(self, form: Form, names: Sequence[str]) -> int:
        """Starts at which a rule of the whole crew would set people who hold one duty together against each other.

        `names` are the ids of their instances: a rule that all but one are waived from sets nobody against another.
        """
        problem, mask = self._problem, 0
        waived = {(waiver.rule, waiver.of) for waiver in problem.mission.waivers}
        sides: dict[int, set[int]] = {}
        for clause, side in form.enrols:
            sides.setdefault(clause, set()).add(side)
        for clause, mine in sides.items():
            rule, days = problem.clauses[clause], problem.clause_days[clause]
            if rule.per_crew or rule.weight is not None or (len(mine) < 2 and not isinstance(rule, DifferentDay)):
                continue
            if sum((rule.id, name) not in waived for name in names) < 2:
                continue
            edges = problem.days.starts
            mask |= problem.full if days is None else 0
            for day in days or ():
                if 0 <= day < len(edges):
                    until = problem.up(edges[day + 1]) if day + 1 < len(edges) else problem.ticks
                    mask |= span(problem.up(edges[day]), until)
        return mask

    def of_session(self, session: Session, lengths: Lengths, lock: Sequence[int] = ()) -> int:
        """All starts that a session's own keys, and a lock, allow with steps of these lengths; those of its people and
        siblings are not looked at."""
        problem, whole_ms = self._problem, sum(lengths)
        mask = problem.grid
        if session.at is not None or lock:
            instants = set(session.at if session.at is not None else lock)
            instants &= set(lock) if lock else instants
            mask = self.exactly(at for at in instants if kept_on_grid(problem.mission, session, lengths, at))
        mask &= self.within([problem.mission.horizon], 0, whole_ms)
        if session.days is not None:
            mask &= self.on_days(session.days)
        if session.between is not None:
            mask &= self.within(session.between, 0, whole_ms)
        mask &= self.in_windows(session.during, session.avoid, 0, whole_ms)
        mask &= self._covering(session.covers, 0, whole_ms)
        offset_ms = 0
        for step, length_ms in zip(session.steps, lengths, strict=True):
            mask &= self.in_windows(step.during, step.avoid, offset_ms, length_ms)
            mask &= self._covering(step.covers, offset_ms, length_ms)
            offset_ms += length_ms
        return mask
