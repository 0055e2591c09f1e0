"""What a search looks up of a problem again and again: who depends on whom, what a session weighs, what must stay."""

from __future__ import annotations

from collections.abc import Collection

from payload.met import MINUTE
from payload.planning.problem import Item, Work
from payload.planning.search.standing import Standing
from payload.planning.state import State, options, planned_of

#: the largest weight of a session in a solver's objective
MOST_WEIGHT = 1_000_000


class Scope:
    """`base` is the relaxed state of the fixed duties. `weights` are whole numbers in proportion to the worth of one
    session of each experiment, `density` that worth per minute of crew. `movable` are the sessions and duties that the
    search may move, `standing` those of them that stand, `facts` those it may not. `users` has, for each meter, the
    sessions that use it."""

    def __init__(self, state: State, base: State) -> None:
        self.problem = problem = state.problem
        self.base = base
        self.needed_by: dict[int, list[int]] = {}
        for index, needed in problem.needs.items():
            self.needed_by.setdefault(needed, []).append(index)
        most = max((work.worth_each for work in problem.works), default=0) or 1
        self.weights = [int(work.worth_each * MOST_WEIGHT / most) for work in problem.works]
        self.density = [self._density(number) for number in range(len(problem.works))]
        self.facts = frozenset(item.index for item in problem.items if item.fact is not None)
        self.movable = [
            item.index
            for item in problem.items
            if (item.exp >= 0 or item.soft) and item.fixed is None and item.index not in self.facts
        ]
        self.standing = Standing(state, self.movable)
        self.users: dict[int, set[int]] = {}
        for index in self.movable:
            for meter, *_ in problem.items[index].form.demands:
                if problem.items[index].exp >= 0:
                    self.users.setdefault(meter, set()).add(index)
        self._alone: dict[int, int] = {}
        self._needed: dict[int, frozenset[tuple[str, int]]] = {}
        self._scarce = {number for number, one in enumerate(problem.supplies) if max(c for _, c in one.steps) == 1}

    def _density(self, number: int) -> float:
        work = self.problem.works[number]
        times = (part.time_ms for index in work.items for part in self.problem.items[index].form.parts)
        return float(work.model.value) / (sum(times) / MINUTE + 10 * len(work.items) + 1)

    def alone(self, item: Item) -> int:
        """The starts of a session beside the fixed duties, if nothing else stood."""
        if item.index not in self._alone:
            self._alone[item.index] = options(self.base, item, True, alone=False).starts
        return self._alone[item.index]

    def kinship(self, one: Work, other: Work) -> float:
        """How much two experiments are in each other's way: resources of which little is left, and people."""
        shared = self._needs(one.index) & self._needs(other.index)
        return sum((1.0 if need[0] == "meter" else 0.25 for need in shared), 0.05)

    def _needs(self, number: int) -> frozenset[tuple[str, int]]:
        if number not in self._needed:
            forms = [self.problem.items[index].form for index in self.problem.works[number].items]
            found = {("meter", meter) for form in forms for meter, *_ in form.demands}
            found |= {("meter", meter) for meter, _ in self.problem.works[number].holds}
            found = {need for need in found if need[1] in self._scarce}
            found |= {("person", part.eligible[0]) for form in forms for part in form.parts if len(part.eligible) == 1}
            self._needed[number] = frozenset(found)
        return self._needed[number]

    def scarce(self, number: int) -> frozenset[int]:
        """The resources of one place that an experiment uses or holds."""
        return frozenset(meter for kind, meter in self._needs(number) if kind == "meter")

    def stocks(self, number: int) -> set[int]:
        """What its sessions take from."""
        items = self.problem.works[number].items
        return {stock for index in items for stock, *_ in self.problem.items[index].form.takes}

    def dependents(self, state: State, placed: Collection[int]) -> set[int]:
        """Planned sessions that could not stay without one of these."""
        found: set[int] = set()
        waiting = list(placed)
        while waiting:
            for index in self.needed_by.get(waiting.pop(), ()):
                if state.on[index] and index not in found:
                    found.add(index)
                    waiting.append(index)
        return found

    def must(self, state: State, item: Item, placed: bool, free: Collection[int]) -> bool:
        """Whether an activity that stands must stand again: duties, what is required, and what others come after."""
        if not placed:
            return False
        if item.exp < 0 or self.problem.works[item.exp].model.required:
            return True
        key = (item.exp, item.session)
        return any(
            other.index not in free
            for follower, _ in self.problem.followers.get(key, ())
            for other in planned_of(state, (follower,))
        )
