"""The first whole plan: every duty and every required session stands, or it is shown that they cannot."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import islice, product

from payload.errors import PlanningError
from payload.planning.clash import certain_clash, found_clash
from payload.planning.construct import fixed_duties, in_sequence, orders, place_works
from payload.planning.duties import place_duties
from payload.planning.exhaust import exhaust
from payload.planning.improve import repair
from payload.planning.problem import Item, Problem, Work
from payload.planning.score import ends_of, value_of
from payload.planning.state import State

#: how often required experiments that found no place go first in another attempt
MOST_PROMOTIONS = 6
#: placements tried when duties and required sessions are searched for exhaustively
MOST_PLACEMENTS = 10_000
#: missions with no more movable activities than this are searched for one session more, with so many placements each
FEW_ACTIVITIES = 14
FEW_PLACEMENTS = 400


def whole_plan(problem: Problem, base: State, most: Sequence[int], bound: Fraction) -> State:
    """The best of a few constructions. `base` is the relaxed state, `most` the sessions each experiment can have.

    Raises Clash when it is proven that duties and required sessions cannot all stand, PlanningError when they found no
    place and nothing is proven.
    """
    certain_clash(problem, base, most)
    best: State | None = None
    best_order: list[Work] = []
    for number in range(2):
        state = fixed_duties(problem)
        if place_duties(state):
            break
        order = orders(state)[number]
        if not _with_required(state, order):
            continue
        if best is None or _better(state, best):
            best, best_order = state, order
        if value_of(best) == bound:
            break
    if best is None:
        best = _thorough(problem, base)
        best_order = orders(best)[0]
        place_works(best, [work for work in best_order if not work.model.required])
    if value_of(best) < bound:
        repair(best, base, best_order)
    if value_of(best) < bound and sum(item.fixed is None for item in problem.items) <= FEW_ACTIVITIES:
        best = _searched(problem, best, bound)
    return best


def _searched(problem: Problem, best: State, bound: Fraction) -> State:
    """A small mission: whether one session more of an experiment goes with what is planned is searched exhaustively."""
    duties = [item for item in problem.items if item.soft]
    tried: set[tuple[int, ...]] = set()
    again = True
    while again and value_of(best) < bound:
        again = False
        for work in problem.works:
            others = [index for other in problem.works if other is not work for index in best.planned[other.index]]
            for more in _larger(problem, work, best):
                if (wanted := tuple(sorted((*others, *more)))) in tried:
                    continue
                tried.add(wanted)
                state = fixed_duties(problem)
                stands = exhaust(state, [*duties, *(problem.items[index] for index in wanted)], FEW_PLACEMENTS)
                if stands and value_of(state) > value_of(best):
                    best, again = state, True
                    break
    return best


def _larger(problem: Problem, work: Work, state: State) -> list[tuple[int, ...]]:
    """Sets of an experiment's sessions worth more than those planned now, the smallest first."""
    chains = [range(len(chain) + 1) for chain in work.chains]
    found = set()
    for counts in islice(product(*chains), 200):
        some = [chain[:count] for chain, count in zip(work.chains, counts, strict=True)]
        if not any(problem.items[index].optional for index in work.items):
            found.add(tuple(index for chain in some for index in chain))
    if not found:
        found = {tuple(work.items)}
    planned = work.worth(len(state.planned[work.index]))
    return sorted((one for one in found if work.worth(len(one)) > planned), key=lambda one: (len(one), one))


def _better(one: State, other: State) -> bool:
    return (value_of(one), -ends_of(one)) > (value_of(other), -ends_of(other))


def _with_required(state: State, order: list[Work]) -> bool:
    """Places the experiments in this order; what is required and finds no place is tried again before all others."""
    mark = state.mark()
    for _ in range(MOST_PROMOTIONS):
        failed = place_works(state, order)
        if not failed:
            return True
        state.back_to(mark)
        first = [work for work in failed if work is not order[0]]
        if not first:
            return False
        order[:] = in_sequence(state.problem, [*first, *(work for work in order if work not in first)])
    return False


def _thorough(problem: Problem, base: State) -> State:
    """Duties and required sessions by exhaustive search, where the quick ways have failed."""
    state = fixed_duties(problem)
    wanted = [item for item in problem.items if item.soft]
    wanted += [problem.items[index] for index in sorted(_required(problem))]
    answer = exhaust(state, wanted, MOST_PLACEMENTS)
    if answer:
        if not any(0 < len(state.planned[work.index]) < work.model.minimum for work in problem.works):
            return state
        answer = None  # an experiment that others come after is not whole yet
    found_clash(problem, base, wanted, proven=answer is False)
    left = ", ".join(item.id for item in _left_over(problem)[:5])
    raise PlanningError(
        f"no place was found for {left} beside the other duties and required sessions; that none exists is not proven: "
        "allow these more time of day or days, or fewer rules"
    )


def _required(problem: Problem) -> set[int]:
    """All sessions of required experiments, and those without which these cannot be: where an `after` has only one
    reference, that session's first repeat, what comes before it, and what its experiment needs to be worth anything."""
    found = {index for work in problem.works if work.model.required for index in work.items}
    waiting = sorted(found)
    while waiting:
        item = problem.items[waiting.pop()]
        work = problem.works[item.exp]
        needed = {problem.needs.get(item.index, item.index)}
        if not work.model.unordered and not any(problem.items[index].optional for index in work.items):
            needed.update(work.items[: work.model.minimum])
        elif work.model.minimum == len(work.items):
            needed.update(work.items)
        for tie in problem.ties.get((item.exp, item.session), ()):
            if len(tie.references) == 1:
                exp, session = tie.references[0]
                repeats = [index for index in problem.works[exp].items if problem.items[index].session == session]
                needed.update(index for index in repeats[:1] if not problem.items[index].optional)
        waiting += sorted(needed - found)
        found |= needed
    return found


def _left_over(problem: Problem) -> list[Item]:
    state = fixed_duties(problem)
    left = place_duties(state)
    if left:
        return left
    failed = place_works(state, [work for work in orders(state)[0] if work.model.required])
    return [problem.items[index] for work in failed for index in work.items if not state.on[index]]
