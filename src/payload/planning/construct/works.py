"""The first whole plan: all duties, then the experiments one after the other, the urgent and valuable first."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from payload.met import MINUTE
from payload.model import Order
from payload.planning.construct.chains import Pick, place_work
from payload.planning.problem import Problem, Work
from payload.planning.score import promised_first, short
from payload.planning.state import State, options


def fixed_duties(problem: Problem, without: Collection[int] = ()) -> State:
    """The state in which only the fixed duties stand, but for those left out; they are put unjudged."""
    state = State(problem)
    for item in problem.items:
        if item.fixed is not None and item.index not in without:
            state.put(item, problem.first_tick(item.fixed), item.people)
    return state


def orders(state: State) -> list[list[Work]]:
    """Orders in which to place the experiments, each after what its sessions come after: the tightest first (good where
    nearly all fits), and what is required, then what brings most for the crew's time (good where much is left out).

    What all sessions must follow comes first in both.
    """
    problem = state.problem
    tight, dense = {}, {}
    for work in problem.works:
        first = 0 if opens(problem, work) else 1
        room, worth = _room(state, work), _worth(problem, work)
        tight[work.index] = (first, room, -worth, work.index)
        dense[work.index] = (first, not work.model.required, -worth * (1 + 20 / (room + 1)), work.index)
    return [in_sequence(problem, sorted(problem.works, key=lambda work: key[work.index])) for key in (tight, dense)]


def in_sequence(problem: Problem, works: Sequence[Work]) -> list[Work]:
    """The same experiments, each after those that its `after` refers to."""
    needs: dict[int, set[int]] = {}
    for (exp, _), ties in problem.ties.items():
        for tie in ties:
            needs.setdefault(exp, set()).update(reference[0] for reference in tie.references if reference[0] != exp)
    place = {work.index: number for number, work in enumerate(works)}
    found: list[Work] = []
    seen: set[int] = set()
    done: set[int] = set()
    for first in works:
        left = [first]  # a stack: chains of `after` may be longer than calls may be deep
        while left:
            work = left[-1]
            if work.index not in seen:
                seen.add(work.index)
                others = sorted(needs.get(work.index, set()) & place.keys() - seen, key=place.__getitem__)
                left += [works[place[other]] for other in reversed(others)]
            else:
                left.pop()
                if work.index not in done:
                    done.add(work.index)
                    found.append(work)
    return found


def opens(problem: Problem, work: Work) -> bool:
    """Whether an order rule lets all sessions follow it."""
    enrolled = {enrol for index in work.items for enrol in problem.items[index].form.enrols}
    clauses = [problem.clauses[clause] for clause, side in enrolled if side == 0]
    return any(isinstance(clause, Order) and "sessions" in clause.then for clause in clauses)


def _room(state: State, work: Work) -> float:
    """How many starts, on the grid and beside the duties as they could stand, there are for each session to place."""
    fewest = float(state.problem.ticks)
    for chain in work.chains:
        item = state.problem.items[chain[0]]
        starts = options(state, item, True, alone=False).starts.bit_count()
        alike = sum(1 for other in work.chains if state.problem.items[other[0]].form is item.form)
        fewest = min(fewest, starts / (len(chain) * alike))
    return fewest


def _worth(problem: Problem, work: Work) -> float:
    """Value per minute of crew; a quarter of an hour is added for each session, as time is lost around it."""
    times = (part.time_ms for index in work.items for part in problem.items[index].form.parts)
    return float(work.model.value) / (sum(times) / MINUTE + 15 * len(work.items) + 1)


def place_works(state: State, works: Sequence[Work], pick: Pick | None = None) -> list[Work]:
    """Places experiments in this order. Returns the required ones that did not fit."""
    failed = []
    for work in works:
        if len(state.planned[work.index]) < len(work.items):
            count = place_work(state, work, pick)
            if work.model.required and count < len(work.items):
                failed.append(work)
    return failed


def place_promised(state: State, works: Sequence[Work]) -> None:
    """Places what is required, then, in this order, experiments of sponsors who were promised crew time, until they
    have it."""
    for work in promised_first(state, works):
        missing = len(state.planned[work.index]) < len(work.items)
        if missing and (work.model.required or short(state, work) or state.problem.sponsor_of[work.index] < 0):
            place_work(state, work)
