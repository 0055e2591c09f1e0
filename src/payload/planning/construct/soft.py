"""Soft rules: first kept like hard ones, then broken where that brings in more than it costs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction

from payload.planning.construct.chains import place_chain, place_work
from payload.planning.construct.place import choices
from payload.planning.problem import Constraint, Form, Item, Problem, Work
from payload.planning.score import cost_of, score_of, worthwhile
from payload.planning.state import State, options

#: experiments tried with breaches, in all
MOST_TRIES = 200
#: activities that soft rules speak of, and starts of each, tried to break fewer of these
MOST_MOVED = 500
MOST_MOVES = 8


@contextmanager
def looking_past(state: State, constraints: Collection[Constraint]) -> Iterator[None]:
    """Within it, these do not count in `state`: what is put there may break them."""
    added = set(constraints) - state.ignored
    state.ignored |= added
    try:
        yield
    finally:
        state.ignored -= added


def one_by_one(constraints: Collection[Constraint]) -> list[frozenset[Constraint]]:
    """What to look past in turn: each of these alone, then all of them."""
    some = [frozenset({constraint}) for constraint in sorted(constraints)]
    return [*some, frozenset(constraints)] if len(some) > 1 else some


def concerned(problem: Problem, work: Work) -> frozenset[Constraint]:
    """The soft constraints that have a say in the experiment's sessions."""
    found: set[Constraint] = {("amount", limit) for limit, _ in work.charges} & problem.soft
    forms = {problem.items[index].form.index: problem.items[index].form for index in work.items}
    return frozenset(found.union(*(_asked(problem, form) for form in forms.values())))


def _asked(problem: Problem, form: Form) -> frozenset[Constraint]:
    """The soft constraints that have a say in an activity of this form."""
    found: set[Constraint] = {("clause", clause) for clause, _ in form.asks}
    found.update(("limit", limit) for limit in form.limits)
    found.update(("amount", charge.amount_limit) for charge in form.charges)
    return problem.soft & found


def with_breaches(state: State, works: Sequence[Work]) -> None:
    """Brings in sessions that were left out, in this order, where they bring more than the breaches cost that they
    need; then moves what breaks soft rules without need."""
    if not state.problem.soft:
        return
    tried = 0
    for work in works:
        if not worthwhile(state, work) or tried >= MOST_TRIES:
            continue
        for some in one_by_one(concerned(state.problem, work)):
            tried += 1
            if _brings_more(state, work, some) and len(state.planned[work.index]) == len(work.items):
                break
    mend(state)


def _brings_more(state: State, work: Work, constraints: Collection[Constraint]) -> bool:
    """Places what is missing of an experiment, all of it or chain by chain, and keeps what makes the plan better."""
    mark, before = state.mark(), score_of(state)
    with looking_past(state, constraints):
        place_work(state, work)
        mend(state, work.items)
        if score_of(state) > before:
            return True
        state.back_to(mark)
        least = len(work.items) if work.model.required else work.model.minimum
        if len(state.planned[work.index]) < least and least > 1:
            return False
        better = False
        for chain in work.chains:
            mark, before = state.mark(), score_of(state)
            wanted = [state.problem.items[index] for index in chain if not state.on[index]]
            if wanted and place_chain(state, work, wanted[:1] if len(work.chains) == 1 else wanted):
                mend(state, chain)
                if score_of(state) > before:
                    better = True
                else:
                    state.back_to(mark)
    return better


def mend(state: State, some: Iterable[int] | None = None) -> None:
    """Moves single activities (of `some`, by number) that soft rules speak of to where fewer of these are broken, if
    there is such a place."""
    problem, cost, tried = state.problem, cost_of(state), 0
    for index in range(len(problem.items)) if some is None else some:
        item = problem.items[index]
        if not cost or tried > MOST_MOVED:
            break
        if item.fixed is None and state.on[index] and _asked(problem, item.form):
            tried += 1
            cost = _eased(state, item, cost)


def _eased(state: State, item: Item, cost: Fraction) -> Fraction:
    """Moves one activity to the first of a few starts at which soft rules cost less; returns what they cost then."""
    mark = state.mark()
    state.drop(item)
    found = options(state, item)
    for tick in choices(state, item, found.starts)[:MOST_MOVES]:
        inner = state.mark()
        for crew in found.crews(tick, 1):
            state.put(item, tick, crew, found.form_at(tick))
        if state.on[item.index] and not state.broken(item) and (less := cost_of(state)) < cost:
            return less
        state.back_to(inner)
    state.back_to(mark)
    return cost
