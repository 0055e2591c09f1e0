"""Placing the sessions of an experiment that hang together, as one: with a look ahead along the whole chain.

What consecutive sessions ask of each other's starts is a range of distances, so the starts from which the rest of the
chain can still be reached follow from one pass forwards and one backwards over the start masks. Only what the masks
cannot see (a day's limit shared by two sessions, a duty that finds no other place) makes the search turn back.
"""

from __future__ import annotations

from collections.abc import Callable

from payload.planning.bits import heads, highest, lowest, reaching, shifted, span, tails
from payload.planning.compile import tied_to
from payload.planning.construct.place import insert
from payload.planning.depth import allow_calls
from payload.planning.problem import Form, Item, Problem, Work
from payload.planning.state import Crew, Options, State, in_shape, options, sibling_starts, tied_starts

#: starts tried per session, and insertions tried per session of a chain
MOST_STARTS = 6
TRIES_EACH = 8
#: crews among which that of a plan to keep is looked for
MOST_CREWS = 60

Pick = Callable[[list[int]], list[int]]  # puts candidate starts in another order


def place_work(state: State, work: Work, pick: Pick | None = None) -> int:
    """Places as many missing sessions of an experiment as it can; movable duties give way where they must.

    Returns how many of its sessions then stand. When these would be fewer than its `minimum`, or than all of a required
    experiment, none is added.
    """
    mark = state.mark()
    missed: set[int] = set()
    for chain in work.chains:
        wanted = [state.problem.items[index] for index in chain if not state.on[index]]
        if not wanted or (len(chain) == 1 and wanted[0].form.index in missed and not wanted[0].optional):
            continue
        if place_chain(state, work, wanted, pick) == 0 and len(chain) == 1:
            missed.add(wanted[0].form.index)
    count = len(state.planned[work.index])
    if count < (len(work.items) if work.model.required else work.model.minimum):
        state.back_to(mark)
        return len(state.planned[work.index])
    return count


def place_chain(state: State, work: Work, wanted: list[Item], pick: Pick | None = None) -> int:
    """Places as many of `wanted` (in list order) as it can, from the first on. Returns how many."""
    if not work.model.same_people or not wanted[0].form.parts:
        return _either_way(state, work, wanted, pick)
    part = wanted[0].form.parts[0]
    bound = state.bound[work.index][part.number]
    if bound or len(part.eligible) < 2:
        return _either_way(state, work, wanted, pick)
    best, chosen = 0, -1
    for person in part.eligible:
        mark = state.mark()
        bound.append(person)
        count = _either_way(state, work, wanted, pick)
        bound.remove(person)
        if count == len(wanted):
            return count
        state.back_to(mark)
        if count > best:
            best, chosen = count, person
    if chosen >= 0:
        bound.append(chosen)
        best = _either_way(state, work, wanted, pick)
        bound.remove(chosen)
    return best


def _either_way(state: State, work: Work, wanted: list[Item], pick: Pick | None) -> int:
    """First among the duties as they stand, with the shortest waits; when that does not place all, with longer waits,
    and with duties giving way."""
    stretch = any(item.shapes for item in wanted)
    ways = [(False, False), (False, True)] if stretch else [(False, False)]
    if any(state.problem.soft_of):
        ways.append((True, stretch))
    mark, most, best = state.mark(), 0, list[tuple[Item, int, Crew, Form]]()
    for way in ways:
        count = _Chain(state, work, wanted, *way, pick).place(most)
        if count == len(wanted) or (way is ways[-1] and count > most):
            return count
        if count > most:
            on = (item for item in wanted if state.on[item.index])
            most, best = count, [(i, state.at[i.index], state.crew[i.index], state.form[i.index]) for i in on]
        state.back_to(mark)
    for item, tick, crew, form in best:
        state.put(item, tick, crew, form)
    return most


def within_reach(state: State, work: Work, wanted: list[Item]) -> set[int]:
    """Which of the missing sessions of a chain have starts that the ones before them can reach."""
    chain = _Chain(state, work, wanted, True, True, None)
    chain.look_ahead()
    return {item.index for item in chain.live}


class _Chain:
    def __init__(
        self, state: State, work: Work, wanted: list[Item], moving: bool, stretch: bool, pick: Pick | None
    ) -> None:
        """With `moving` duties give way, with `stretch` waits may be longer than the shortest."""
        self.state, self.work, self.wanted, self.moving, self.pick = state, work, wanted, moving, pick
        self.options = options if stretch else in_shape
        self.stretch = stretch
        # what is fact may stand in the midst of the chain, and what follows it needs none of those before it
        self.facts = any(state.problem.items[index].fact for index in work.items) if state.problem.facts else False
        self.tries = 0
        self.deepest = 0
        self.live: list[Item] = []
        self.doms: dict[int, int] = {}

    def place(self, above: int = 0) -> int:
        """Places as many as it can; it need not try where these cannot be more than `above`."""
        self.look_ahead()
        if len(self.live) <= above:
            return 0
        self.tries = TRIES_EACH * len(self.live) + 8
        allow_calls(2 * len(self.live))
        mark = self.state.mark()
        if self._descend(0):
            return self._placed()
        self.state.back_to(mark)
        # the search is the same again up to the deepest point that it reached
        del self.live[self.deepest :]
        self.tries = TRIES_EACH * len(self.wanted) + 8
        return self._placed() if len(self.live) > above and self._descend(0) else 0

    def _placed(self) -> int:
        return sum(1 for item in self.wanted if self.state.on[item.index])

    def look_ahead(self) -> None:
        """Which sessions can be placed at all, and the starts from which the rest of these can be reached."""
        state, full = self.state, self.state.problem.full
        mine = {item.index for item in self.wanted}
        keys = {(item.exp, item.session) for item in self.wanted}
        links = [link for link in self.work.links if link[0] in mine and link[1] in mine]
        known: dict[tuple[int, int], int] = {}
        for item in self.wanted:
            needed = state.problem.needs.get(item.index, -1)
            if needed >= 0 and not state.on[needed] and needed not in self.doms:
                if item.optional or self.facts:
                    continue
                break
            mask = 0
            for shape in (item, *item.shapes) if self.stretch else (item,):
                key = (shape.form.index, item.number if item.optional else 0)
                if key not in known:
                    if self.moving and item.form.index in state.problem.hosted:
                        state.ignored.add(("tie", item.index))
                    starts = in_shape(state, shape, self.moving, alone=False).starts
                    state.ignored.discard(("tie", item.index))
                    known[key] = starts & tied_starts(state, shape, keys - {(item.exp, item.session)}) if starts else 0
                mask |= known[key] & sibling_starts(state, shape) if known[key] else 0
            for earlier, later, low, high in links:
                if later == item.index and earlier in self.doms:
                    mask &= shifted(self.doms[earlier], low, high, full)
            if mask:
                self.live.append(item)
                self.doms[item.index] = mask
            elif not item.optional and not self.facts:
                break
        for item in reversed(self.live):
            for earlier, later, low, high in links:
                if earlier == item.index and later in self.doms:
                    self.doms[earlier] &= reaching(self.doms[later], low, high, full)

    def _descend(self, depth: int) -> bool:
        self.deepest = max(self.deepest, depth)
        if depth == len(self.live):
            return True
        state, item = self.state, self.live[depth]
        found = self.options(state, item, self.moving, self.doms[item.index])
        candidates: list[int] = []
        if self.moving:
            candidates = self._candidates(item, self.options(state, item, False, self.doms[item.index]).starts)
        candidates = list(dict.fromkeys([*candidates, *self._candidates(item, found.starts)]))
        if self.pick is not None:
            candidates = self.pick(candidates)
        for tick in candidates:
            for crew in self._crews(item, found, tick):
                if self.tries <= 0:
                    return False
                self.tries -= 1
                mark = state.mark()
                if insert(state, item, tick, crew, self.moving, found.form_at(tick)):
                    if self._descend(depth + 1):
                        return True
                    state.back_to(mark)
        if self.moving and item.form.index in state.problem.hosted and self._invite(item, depth):
            return True
        return self._dispensable(depth) and self._descend(depth + 1)

    def _invite(self, item: Item, depth: int) -> bool:
        """Moves a duty to where the session, which is tied to it, can stand beside or in it."""
        state, problem = self.state, self.state.problem
        session = item.form.session
        assert session is not None
        state.ignored.add(("tie", item.index))
        found = self.options(state, item, True, self.doms[item.index])
        state.ignored.discard(("tie", item.index))
        for duty in duties_tied(state, item):
            if self.tries <= 0:
                return False
            mark = state.mark()
            state.drop(duty)
            hosting = [host_starts(problem, shape, duty, found.starts) for shape in (item, *item.shapes)]
            places = 0
            for mask in hosting:
                places |= mask
            places &= options(state, duty).starts
            for tick in heads(places, problem.stride, 3):
                inner = state.mark()
                state.put(duty, tick, duty.people)
                self.tries -= 1
                there = self.options(state, item, True, self.doms[item.index])
                for start in heads(there.starts, problem.stride, 2):
                    for crew in there.crews(start, 1):
                        deeper = state.mark()
                        if insert(state, item, start, crew, True, there.form_at(start)):
                            if self._descend(depth + 1):
                                return True
                            state.back_to(deeper)
                state.back_to(inner)
            state.back_to(mark)
        return False

    def _dispensable(self, depth: int) -> bool:
        """Whether the rest of the chain can go on without this session."""
        item, needs = self.live[depth], self.state.problem.needs
        may = item.optional or self.facts
        return may and all(needs.get(other.index) != item.index for other in self.live[depth:])

    def _crews(self, item: Item, found: Options, tick: int) -> list[Crew]:
        """Who could do it, those of a plan to keep first."""
        kept = self.state.problem.kept.get(item.index) if self.state.problem.kept else None
        wish = self.state.wishes.get(item.index) if self.state.wishes else None
        if kept is not None and kept[0] == tick:
            first = kept[1]
        elif wish is not None:
            first = wish[1]
        else:
            return found.crews(tick)
        crews = found.crews(tick, MOST_CREWS)
        return [first, *(crew for crew in crews if crew != first)][:2] if first in crews else crews[:2]

    def _wished(self, tick: int, starts: int) -> list[int]:
        """The first starts of the day that is wished for, or those nearest to the tick."""
        problem = self.state.problem
        day, edges = problem.days.of(problem.ms(tick)), problem.days.starts
        until = problem.up(edges[day + 1]) if day + 1 < len(edges) else problem.ticks
        if same := starts & span(problem.up(edges[day]), until):
            return heads(same, problem.stride, 2)
        near = [tick + lowest(starts >> tick)] if starts >> tick else []
        near += [highest(starts & span(0, tick))] if starts & span(0, tick) else []
        return sorted(near, key=lambda start: (abs(start - tick), start))

    def _candidates(self, item: Item, starts: int) -> list[int]:
        """A few starts worth trying, the best first: early (late for what others must precede), or on the beat."""
        if not starts:
            return []
        problem = self.state.problem
        found = []
        session = item.form.session
        every_ms = session.repeat.every_ms if session else None
        if every_ms is not None and item.number > 1 and self.state.on[item.index - 1]:
            beat = max(self.state.at[item.index - 1] + every_ms // problem.tick_ms, 0)
            if starts >> beat:
                found.append(beat + lowest(starts >> beat))
            if starts & span(0, beat):
                found.append(highest(starts & span(0, beat)))
            found.sort(key=lambda tick: (abs(tick - beat), tick))
        if item.form.index in problem.late:
            found += tails(starts, problem.stride, MOST_STARTS)
        else:
            found += heads(starts, problem.stride, MOST_STARTS)
            found += tails(starts, problem.stride, 2)
        if self.state.wishes and item.index in self.state.wishes:
            found = [*self._wished(self.state.wishes[item.index][0], starts), *found]
        if problem.kept and (kept := problem.kept.get(item.index)) is not None and starts >> max(kept[0], 0) & 1:
            found.insert(0, max(kept[0], 0))
        return found


def duties_tied(state: State, item: Item) -> list[Item]:
    """The movable duties that stand and that the session could be tied to, of each person who could be in it."""
    problem, session = state.problem, item.form.session
    assert session is not None
    names = tied_to(session)
    people = {person for part in item.form.parts for person in part.eligible}
    soft = dict.fromkeys(index for person in sorted(people) for index in problem.soft_of[person])
    duties = [problem.items[index] for index in soft if state.on[index]]
    return [duty for duty in duties if duty.duty in names]


def host_starts(problem: Problem, item: Item, duty: Item, starts: int) -> int:
    """Where the duty would have to start for the session to be tied to it from one of its own `starts`."""
    session = item.form.session
    assert session is not None
    mask = problem.full
    if session.inside == duty.duty:
        mask &= shifted(starts, item.length - duty.length, 0, problem.full)
    for name, offset_ms, length_ms in item.form.covers:
        if name == duty.duty:
            first = -(-offset_ms // problem.tick_ms)
            last = (offset_ms + length_ms) // problem.tick_ms - duty.length
            mask &= shifted(starts, first, last, problem.full)
    tie = session.relative
    if tie is not None and tie.duty == duty.duty:
        within = tie.within_ms // problem.tick_ms
        if tie.before:
            mask &= shifted(starts, item.length, item.length + within, problem.full)
        else:
            mask &= shifted(starts, -within - duty.length, -duty.length, problem.full)
    return mask
