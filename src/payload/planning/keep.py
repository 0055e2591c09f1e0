"""A plan to keep, put back as far as it still fits: the start of a search for a plan that changes little of it."""

from __future__ import annotations

from payload.planning.construct import (
    fixed_duties,
    in_sequence,
    insert,
    looking_past,
    orders,
    place_duties,
    place_work,
    place_works,
)
from payload.planning.problem import Item, Problem, Work
from payload.planning.score import score_of
from payload.planning.state import State, options, planned_of

#: rounds in which what stands elsewhere is put back to where the plan to keep has it
MOST_ROUNDS = 4


def kept_plan(problem: Problem) -> State | None:
    """What the plan to keep has and still fits, then all that is missing. None when a duty or a required session is
    left without a place: then the whole has to be planned anew."""
    state = fixed_duties(problem)
    with looking_past(state, problem.soft):
        _put_back(state)
    _whole_again(state)
    if place_duties(state):
        return None
    required = [work for work in problem.works if work.model.required]
    if place_works(state, in_sequence(problem, required)):
        return None
    for work in orders(state)[1]:
        if len(state.planned[work.index]) < len(work.items):
            _add(state, work)
    _whole_again(state)
    return state


def _add(state: State, work: Work) -> None:
    """Places what is missing of an experiment, unless that changes more of the plan to keep than it is worth."""
    mark, changed = state.mark(), state.changed
    place_work(state, work)
    if state.changed > changed:
        after = score_of(state)
        state.back_to(mark)
        if after > score_of(state):
            place_work(state, work)


def put_nearer(state: State) -> None:
    """Moves what stands elsewhere than in the plan to keep to where that has it, one by one, as long as that is
    better."""
    problem = state.problem
    for _ in range(MOST_ROUNDS):
        moved = False
        for index in sorted(problem.kept):
            item, (tick, crew, _) = problem.items[index], problem.kept[index]
            if tick < 0 or not state.on[index] or (state.at[index], state.crew[index]) == (tick, crew):
                continue
            mark, before = state.mark(), score_of(state) if problem.soft else None
            state.drop(item)
            if _stands(state, item) and (before is None or score_of(state) > before):
                moved = True
            else:
                state.back_to(mark)
        if not moved:
            return


def _put_back(state: State) -> None:
    """Duties first, since sessions are tied to them, then sessions in order of time."""
    problem = state.problem
    wanted = [problem.items[index] for index in problem.kept if problem.kept[index][0] >= 0]
    wanted.sort(key=lambda item: (not item.soft, problem.kept[item.index][0], item.rank, item.index))
    for item in wanted:
        if item.soft:
            _stands(state, item)
    # a chain may be listed against the order of time where it is not valid: what needs another waits for it
    left = [item for item in wanted if not item.soft]
    while left:
        again = []
        for item in left:
            needed = problem.needs.get(item.index, -1)
            if needed >= 0 and not state.on[needed]:
                again.append(item)
            else:
                _stands(state, item)
        if len(again) == len(left):
            return
        left = again


def _stands(state: State, item: Item) -> bool:
    """Puts an item where the plan to keep has it, if it fits there; in the shape that it has there, or any."""
    tick, crew, _ = state.problem.kept[item.index]
    wanted = state.problem.shapes_kept.get(item.index)
    found = options(state, item, within=1 << tick)
    if not found.starts:
        return False
    each = sorted(found.each_at(tick), key=lambda one: one.form is not wanted)
    return any(crew in one.crews(tick, most=1_000) and insert(state, item, tick, crew, False, one.form) for one in each)


def _whole_again(state: State) -> None:
    """Takes out experiments of which fewer sessions stand than make them worth anything, and what then comes after
    nothing."""
    problem = state.problem
    again = True
    while again:
        again = False
        for work in problem.works:
            count = len(state.planned[work.index])
            short = 0 < count < work.model.minimum
            for index in sorted(state.planned[work.index], reverse=True):
                item = problem.items[index]
                if item.fact is None and (short or _after_nothing(state, item)):
                    state.drop(item)
                    again = True


def _after_nothing(state: State, item: Item) -> bool:
    ties = state.problem.ties.get((item.exp, item.session), ())
    needed = state.problem.needs.get(item.index, -1)
    return (needed >= 0 and not state.on[needed]) or any(
        not any(True for _ in planned_of(state, tie.references)) for tie in ties
    )
