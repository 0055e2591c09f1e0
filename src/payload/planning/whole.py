"""The first whole plan: every duty and every required session stands, or it is shown that they cannot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import islice, product

from payload.errors import PlanningError
from payload.planning.clashes import certain_clash, found_clash
from payload.planning.construct import (
    exhaust,
    fixed_duties,
    in_sequence,
    looking_past,
    mend,
    one_by_one,
    orders,
    place_duties,
    place_promised,
    place_works,
    with_breaches,
)
from payload.planning.improve import repair
from payload.planning.problem import Constraint, Item, Problem, Work
from payload.planning.score import perfect, score_of, short, shortfall_of, with_references, worthwhile
from payload.planning.state import State

#: how often required experiments that found no place go first in another attempt
MOST_PROMOTIONS = 6
#: placements tried when duties and required sessions are searched for exhaustively
MOST_PLACEMENTS = 10_000
#: more activities than this are not searched for together
MOST_TOGETHER = 300
#: missions with no more movable activities than this are searched for one session more, with so many placements each
FEW_ACTIVITIES = 14
#: with more activities than this experiments are placed in one order only; with more experiments than this still
#: wanted, a few attempts to bring them in are not worth their time
MANY_ACTIVITIES = 5000
FEW_MISSING = 12
FEW_PLACEMENTS = 400


def whole_plan(problem: Problem, base: State, most: Sequence[int], bound: Fraction) -> State:
    """The best of a few constructions. `base` is the relaxed state, `most` the sessions each experiment can have.

    Raises Clash when it is proven that duties and required sessions cannot all stand, PlanningError when they found no
    place and nothing is proven.
    """
    certain_clash(problem, base, most)
    best: State | None = None
    best_order: list[Work] = []
    tried: tuple[int, ...] = (0, 1)
    if len(problem.items) > MANY_ACTIVITIES:
        tried = (1,) if bound < sum(work.worth(len(work.items)) for work in problem.works) else (0,)
    for number, promised in product(tried, (False, True)):
        if promised and not (best is not None and shortfall_of(best)):
            continue
        state = fixed_duties(problem)
        if place_duties(state):
            break
        order = orders(state)[number]
        if promised:
            place_promised(state, order)
        if not with_required(state, order):
            continue
        if best is None or score_of(state) > score_of(best):
            best, best_order = state, order
        if perfect(best, bound):
            break
    if best is None:
        best = _despite_soft_rules(problem) or _thorough(problem, base)
        best_order = orders(best)[0]
        place_works(best, [work for work in best_order if not work.model.required])
    if not perfect(best, bound):
        if sum(worthwhile(best, work) for work in problem.works) <= FEW_MISSING:
            repair(best, base, best_order)
        with_breaches(best, best_order)
    if not perfect(best, bound) and sum(item.fixed is None for item in problem.items) <= FEW_ACTIVITIES:
        best = _searched(problem, best, bound)
    return best


def _despite_soft_rules(problem: Problem) -> State | None:
    """Duties and required sessions where they could not all stand within the soft rules: as few of these as possible
    are looked past."""
    for some in one_by_one(problem.soft):
        state = fixed_duties(problem)
        with looking_past(state, some):
            stand = not place_duties(state)
            needed = with_references(problem, {work.index for work in problem.works if work.model.required})
            stand = stand and with_required(state, [work for work in orders(state)[1] if work.index in needed])
        if stand:
            mend(state)
            return state
    return None


def _searched(problem: Problem, best: State, bound: Fraction) -> State:
    """A small mission: whether one session more of an experiment goes with what is planned is searched exhaustively."""
    duties = [item for item in problem.items if item.soft]
    tried: set[tuple[int, ...]] = set()
    again = True
    while again and not perfect(best, bound):
        again = False
        for work in problem.works:
            for others, more in product(_beside(best, work), _larger(problem, work, best)):
                if (wanted := tuple(sorted((*others, *more)))) in tried:
                    continue
                tried.add(wanted)
                items = [*duties, *(problem.items[index] for index in wanted if problem.items[index].fixed is None)]
                better = next((state for state in _standing(problem, items) if score_of(state) > score_of(best)), None)
                if better is not None:
                    best, again = better, True
                    break
    return best


def _beside(state: State, work: Work) -> list[list[int]]:
    """What is to stand beside more of an experiment: all others' sessions, or, where its sponsor is short of what was
    promised, all but those of one other experiment."""
    others = [other for other in state.problem.works if other is not work]
    gone: list[Work | None] = [None]
    if short(state, work):
        gone += [other for other in others if state.planned[other.index] and not other.model.required]
    return [[index for other in others if other is not out for index in state.planned[other.index]] for out in gone]


def _standing(problem: Problem, items: Sequence[Item]) -> Iterator[State]:
    """Plans in which all of these stand: within the soft rules, and looking past some of these."""
    for some in (frozenset[Constraint](), *one_by_one(problem.soft)):
        state = fixed_duties(problem)
        with looking_past(state, some):
            stands = exhaust(state, items, FEW_PLACEMENTS)
        if stands:
            yield state


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
    facts = {index for index in work.items if problem.items[index].fact is not None}
    if facts:
        found = {tuple(sorted(facts.union(one))) for one in found}
    count = len(state.planned[work.index])
    if short(state, work):
        more = [one for one in found if len(one) > count and len(one) >= work.model.minimum]
    else:
        more = [one for one in found if work.worth(len(one)) > work.worth(count)]
    return sorted(more, key=lambda one: (len(one), one))


def with_required(state: State, order: list[Work]) -> bool:
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
    wanted = [item for item in problem.items if item.soft]
    wanted += [problem.items[index] for index in sorted(_required(problem)) if problem.items[index].fact is None]
    answer: bool | None = None
    if len(wanted) > MOST_TOGETHER:
        found_clash(problem, base, _near(problem, wanted), proven=False)
        raise _not_found(problem)
    for some in (frozenset[Constraint](), *one_by_one(problem.soft)):
        state = fixed_duties(problem)
        with looking_past(state, some):
            answer = exhaust(state, wanted, MOST_PLACEMENTS)
        if answer:
            break
    if answer:
        if not any(0 < len(state.planned[work.index]) < work.model.minimum for work in problem.works):
            return state
        answer = None  # an experiment that others come after is not whole yet
    found_clash(problem, base, wanted, proven=answer is False)
    raise _not_found(problem)


def _near(problem: Problem, wanted: Sequence[Item]) -> list[Item]:
    """Of very many activities those to look for a clash among: the duties of the date on which they find no place, and
    of the dates beside it; or the required sessions."""
    stuck = place_duties(fixed_duties(problem))
    days = {item.on.toordinal() + by for item in stuck if item.on is not None for by in (-1, 0, 1)}
    if days:
        return [item for item in wanted if item.on is not None and item.on.toordinal() in days]
    return [item for item in wanted if item.exp >= 0]


def _not_found(problem: Problem) -> PlanningError:
    left = ", ".join(item.id for item in _left_over(problem)[:5])
    return PlanningError(
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
