"""An answer of the solver put into the plan: judged again activity by activity, and kept only where it is better."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from payload.planning.problem import Problem
from payload.planning.score import Score, score_of
from payload.planning.search.slots import Placing
from payload.planning.state import State, in_shape


def merged(
    state: State, before: Score, free: Collection[int], gone: Collection[int], placings: Sequence[Placing]
) -> Score | None:
    """Takes the `free` activities and those `gone` out, puts the answer in; between forming and merging others may have
    come or gone. The score then, if it is no smaller than `before` but for the ends (something else may have room now);
    None when it is not kept and the state is as it was.

    The caller has called `State.forget` before it, and does so after.
    """
    mark = state.mark()
    items, works = state.problem.items, set()
    wanted = {placing.item.index: placing for placing in placings}
    now = {index: (state.at[index], state.crew[index]) for index in (*free, *wanted) if state.on[index]}
    same = now == {index: (one.tick, one.crew) for index, one in wanted.items()}
    if same and not any(state.on[index] for index in gone):
        return None
    duties = [index for index in free if items[index].exp < 0]
    for index in sorted({*free, *gone, *wanted}):
        if state.on[index]:
            works.add(items[index].exp)
            state.drop(items[index])
    for placing in placings:
        works.add(placing.item.exp)
        _put(state, placing)
    works.discard(-1)
    if all(state.on[index] for index in duties) and whole(state, works):
        after = score_of(state)
        if after[:3] >= before[:3]:
            return after
    state.back_to(mark)
    return None


def _put(state: State, placing: Placing) -> bool:
    item, tick = placing.item, placing.tick
    needed = state.problem.needs.get(item.index, -1)
    if needed >= 0 and not state.on[needed]:
        return False
    found = in_shape(state, item, within=1 << tick)
    if not found.starts or not all(
        able.get(person, 0) >> tick & 1 for able, person in zip(found.parts, placing.crew, strict=True)
    ):
        return False
    mark = state.mark()
    state.put(state.problem.items[item.index], tick, placing.crew, item.form)
    if state.broken(item):
        state.back_to(mark)
        return False
    return True


def whole(state: State, works: Iterable[int]) -> bool:
    """Takes out what stands of experiments without what comes before it, or with fewer sessions than they need to be
    worth anything. False when that cannot be: a required one is not whole, or others come after it."""
    problem = state.problem
    for number in sorted(works):
        for index in sorted(state.planned[number]):
            needed = problem.needs.get(index, -1)
            if needed >= 0 and not state.on[needed]:
                if _followed(problem, state, index):
                    return False
                state.drop(problem.items[index])
        work, planned = problem.works[number], len(state.planned[number])
        if work.model.required and planned < len(work.items):
            return False
        if 0 < planned < work.model.minimum:
            for index in sorted(state.planned[number], reverse=True):
                if _followed(problem, state, index):
                    return False
                state.drop(problem.items[index])
    return True


def _followed(problem: Problem, state: State, index: int) -> bool:
    item = problem.items[index]
    return any(
        problem.items[other].session == session
        for (exp, session), _ in problem.followers.get((item.exp, item.session), ())
        for other in state.planned[exp]
    )
