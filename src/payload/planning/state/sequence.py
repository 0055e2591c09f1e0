"""Where the order of an experiment, its repeats and every `after` leave starts."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from payload.planning.bits import span
from payload.planning.problem import Item
from payload.planning.state.placed import State


def sibling_starts(state: State, item: Item) -> int:
    """Starts that keep the order and the repeats of its own experiment, against what of it is placed."""
    if item.exp < 0:
        return -1
    problem, work = state.problem, state.problem.works[item.exp]
    mask, exact = problem.full, problem.exact_links
    if not state.planned[item.exp]:
        return mask
    for link in problem.links_by_item.get(item.index, ()):
        earlier, later, low, high = link
        if earlier == item.index and state.on[later]:
            if link in exact:
                low, high = exact[link][item.form.index]
            at = state.at[later]
            mask &= span(0 if high is None else at - high, at - low + 1)
        elif later == item.index and state.on[earlier]:
            if link in exact:
                low, high = exact[link][state.form[earlier].index]
            at = state.at[earlier]
            mask &= span(at + low, problem.ticks if high is None else at + high + 1)
    if not work.model.unordered:
        for other in state.planned[item.exp]:
            there = problem.items[other]
            if there.rank < item.rank:
                mask &= span(state.at[other] + state.length(there), problem.ticks)
            else:
                mask &= span(0, state.at[other] - item.length + 1)
    return mask


def tied_starts(state: State, item: Item, unless: Collection[tuple[int, int]] = (), led: bool = False) -> int:
    """Starts that keep every `after` in which the item has a part, as reference or as what follows; ties with a
    reference in `unless` are left out. `max` binds the first repeat only: where an earlier one is to come, as for an
    item that is `led`, it is that one's to keep."""
    if item.exp < 0:
        return -1
    problem = state.problem
    key = (item.exp, item.session)
    mask = problem.full
    needed = problem.needs.get(item.index, -1)
    led = led or (needed >= 0 and problem.items[needed].session == item.session)
    for tie in problem.ties.get(key, ()):
        if unless and any(reference in unless for reference in tie.references):
            continue
        ends = [state.end_ms(other) for other in planned_of(state, tie.references)]
        if not ends:
            return 0
        mask &= span(problem.up(max(ends) + tie.min_ms), problem.ticks)
        mine = min((state.at[other.index] for other in planned_of(state, (key,))), default=None)
        if tie.max_ms is not None and not led:
            latest = problem.down(max(ends) + tie.max_ms)
            if mine is None or mine > latest:
                mask &= span(0, latest + 1)
    for follower, tie in problem.followers.get(key, ()):
        starts = [state.start_ms(other) for other in planned_of(state, (follower,)) if other.index != item.index]
        if starts and follower != key:
            mask &= span(0, problem.down(min(starts) - tie.min_ms - item.form.length_ms) + 1)
            if tie.max_ms is not None:
                first = min(starts)
                others = [state.end_ms(one) for one in planned_of(state, tie.references) if one.index != item.index]
                if not any(first <= end + tie.max_ms for end in others):
                    mask &= span(problem.up(first - tie.max_ms - item.form.length_ms), problem.ticks)
    return mask


def planned_of(state: State, keys: Collection[tuple[int, int]]) -> Iterator[Item]:
    """The planned repeats of these sessions."""
    for exp, session in keys:
        for index in state.planned[exp]:
            if state.problem.items[index].session == session:
                yield state.problem.items[index]
