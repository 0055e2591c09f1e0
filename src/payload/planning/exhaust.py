"""Searching through everything: the answer is a placement, a proof that there is none, or that it was cut off."""

from __future__ import annotations

from collections.abc import Sequence

from payload.planning.bits import heads, ones
from payload.planning.options import Options, options
from payload.planning.problem import Item
from payload.planning.sequence import planned_of, sibling_starts, tied_starts
from payload.planning.state import State


def exhaust(state: State, wanted: Sequence[Item], most: int) -> bool | None:
    """Places all of `wanted` in `state`. True: they stand. False: they cannot, whatever else is planned or not (a proof
    as long as the problem is exact). None: cut off after `most` placements, or dependent on a session that is not
    wanted. Without True nothing has changed."""
    mark = state.mark()
    search = _Search(state, wanted, most)
    try:
        if search.run(list(wanted)):
            return True
    except _CutOff:
        state.back_to(mark)
        return None
    state.back_to(mark)
    return False if state.problem.exact else None


class _CutOff(Exception):
    pass


class _Search:
    def __init__(self, state: State, wanted: Sequence[Item], most: int) -> None:
        self.state, self.left = state, most
        problem = state.problem
        duties: dict[str, set[int]] = {}
        sessions: dict[tuple[int, int], set[int]] = {}
        for item in wanted:
            if item.soft:
                duties.setdefault(item.duty, set()).add(item.index)
            else:
                sessions.setdefault((item.exp, item.session), set()).add(item.index)
        # whom an item has to wait for: it has no start before these stand
        self.first: dict[int, set[int]] = {}
        for item in wanted:
            session = item.form.session
            if session is None:
                continue
            wait = set(duties.get(session.inside or "", ()))
            wait |= duties.get(session.relative.duty, set()) if session.relative else set()
            for tie in problem.ties.get((item.exp, item.session), ()):
                for reference in tie.references:
                    wait |= sessions.get(reference, set())
            self.first[item.index] = wait - {item.index}
        self.ties_out = {
            key: {reference for tie in ties for reference in tie.references if reference not in sessions}
            for key, ties in problem.ties.items()
        }

    def run(self, waiting: list[Item]) -> bool:
        state = self.state
        if not waiting:
            if any(not self.referred(key) for key in self.ties_out):
                raise _CutOff
            return True
        best: Item | None = None
        found: Options | None = None
        fewest = 0
        for item in waiting:
            if not all(state.on[other] for other in self.first.get(item.index, ())):
                continue
            mine = self.options(item)
            count = mine.starts.bit_count()
            if not count:
                return False
            if best is None or count < fewest:
                best, found, fewest = item, mine, count
        if best is None or found is None:  # only where `after` goes in a circle
            return False
        rest = [item for item in waiting if item is not best]
        for tick in dict.fromkeys([*heads(found.starts, state.problem.stride, 4), *ones(found.starts)]):
            self.left -= 1
            if self.left < 0:
                raise _CutOff
            for crew in found.crews(tick, most=10_000):
                mark = state.mark()
                state.put(best, tick, crew)
                if not state.broken(best) and self.run(rest):
                    return True
                state.back_to(mark)
        return False

    def options(self, item: Item) -> Options:
        """Where it could stand; an `after` whose reference is not among what is placed here is left out."""
        state = self.state
        mask = sibling_starts(state, item) & tied_starts(state, item, self.ties_out.get((item.exp, item.session), ()))
        return options(state, item, within=mask, alone=False)

    def referred(self, key: tuple[int, int]) -> bool:
        """Whether each `after` of a session that stands has a reference that stands, at the right distance."""
        return not self.ties_out[key] or not any(True for _ in planned_of(self.state, (key,)))
