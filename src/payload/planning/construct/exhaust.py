"""Searching through everything: the answer is a placement, a proof that there is none, or that it was cut off."""

from __future__ import annotations

from collections.abc import Sequence

from payload.planning.bits import heads, ones, reaching, shifted
from payload.planning.problem import Item
from payload.planning.state import Options, State, in_shape, planned_of, sibling_starts, tied_starts, united

#: with more activities than this nothing is searched: each is looked at again for each that is placed
MOST_ITEMS = 600


def exhaust(state: State, wanted: Sequence[Item], most: int) -> bool | None:
    """Places all of `wanted` in `state`. True: they stand. False: they cannot, whatever else is planned or not (a proof
    as long as the problem is exact). None: cut off after `most` placements, too many, or dependent on a session that is
    not wanted. Without True nothing has changed."""
    if len(wanted) > MOST_ITEMS:
        return None
    mark = state.mark()
    search = _Search(state, wanted, most)
    try:
        if search.run(list(wanted)):
            return True
    except _CutOff:
        state.back_to(mark)
        return None
    state.back_to(mark)
    return False if state.problem.sure_of(wanted) else None


class _CutOff(Exception):
    pass


class _Search:
    def __init__(self, state: State, wanted: Sequence[Item], most: int) -> None:
        self.state, self.left = state, most
        # how often an item had no start left: the more often, the earlier it is placed
        self.stuck = {item.index: 1 for item in wanted}
        problem = state.problem
        duties: dict[str, set[int]] = {}
        sessions: dict[tuple[int, int], set[int]] = {}
        for item in wanted:
            if item.soft:
                duties.setdefault(item.duty, set()).add(item.index)
            else:
                sessions.setdefault((item.exp, item.session), set()).add(item.index)
        self.sessions = sessions
        # whom an item has to wait for: before its hosts stand it has no start, before its references not all count
        self.hosts: dict[int, set[int]] = {}
        self.references: dict[int, set[int]] = {}
        for item in wanted:
            session = item.form.session
            if session is None:
                continue
            hosts = duties.get(session.inside or "", set())
            hosts = hosts | duties.get(session.relative.duty, set()) if session.relative else hosts
            hosts = hosts.union(*(duties.get(duty, ()) for duty, _, _ in item.form.covers))
            ties = problem.ties.get((item.exp, item.session), ())
            after = {index for tie in ties for key in tie.references for index in sessions.get(key, ())}
            self.hosts[item.index], self.references[item.index] = hosts, after - {item.index}
        all_of_them = {item.index for item in wanted}
        self.links = [
            link
            for exp in sorted({item.exp for item in wanted if item.exp >= 0})
            for link in problem.works[exp].links
            if link[0] in all_of_them and link[1] in all_of_them
        ]
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
        found: dict[int, Options] = {}
        masks: dict[int, int] = {}
        for item in waiting:
            if all(state.on[other] for other in self.hosts.get(item.index, ())):
                ready = all(state.on[other] for other in self.references.get(item.index, ()))
                mine = self.options(item, ready)
                masks[item.index] = mine.starts
                if ready:
                    found[item.index] = mine
                if not mine.starts:
                    self.stuck[item.index] += 1
                    return False
        if not found or not self.reach(masks):  # none is found only where `after` goes in a circle
            return False
        ready_ones = [item for item in waiting if item.index in found]
        best = min(ready_ones, key=lambda item: masks[item.index].bit_count() / self.stuck[item.index])
        starts, chosen = masks[best.index], found[best.index]
        rest = [item for item in waiting if item is not best]
        for tick in dict.fromkeys([*heads(starts, state.problem.stride, 4), *ones(starts)]):
            for one in chosen.each_at(tick):
                for crew in one.crews(tick, most=10_000):
                    self.left -= 1
                    if self.left < 0:
                        raise _CutOff
                    mark = state.mark()
                    state.put(best, tick, crew, one.form)
                    if not state.broken(best) and self.run(rest):
                        return True
                    state.back_to(mark)
        return False

    def options(self, item: Item, ready: bool) -> Options:
        """Where it could stand; an `after` whose reference is not among what is placed here is left out."""
        if item.shapes:
            return united([self.in_shape(shape, ready) for shape in (item, *item.shapes)])
        return self.in_shape(item, ready)

    def in_shape(self, item: Item, ready: bool) -> Options:
        state = self.state
        mask = sibling_starts(state, item)
        if ready:
            # any repeat that is still to come may be the first, which alone a `max` binds
            repeats = self.sessions.get((item.exp, item.session), ())
            led = any(not state.on[other] for other in repeats if other != item.index)
            mask &= tied_starts(state, item, self.ties_out.get((item.exp, item.session), ()), led)
        return in_shape(state, item, within=mask, alone=False)

    def reach(self, masks: dict[int, int]) -> bool:
        """Cuts the starts of linked sessions to those from which the others can be reached; False: one has none."""
        full = self.state.problem.full
        for way in (self.links, self.links[::-1]):
            for earlier, later, low, high in way:
                if earlier in masks and later in masks:
                    masks[later] &= shifted(masks[earlier], low, high, full)
                    masks[earlier] &= reaching(masks[later], low, high, full)
                    if not masks[earlier]:
                        self.stuck[later] += 1
                        return False
        return True

    def referred(self, key: tuple[int, int]) -> bool:
        """Whether each `after` of a session that stands has a reference that stands, at the right distance."""
        return not self.ties_out[key] or not any(True for _ in planned_of(self.state, (key,)))
