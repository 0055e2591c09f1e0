"""Making a whole plan better by fast steps: take some experiments out, put others in first, keep what is better."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from payload.met import HOUR
from payload.planning.bits import heads, shifted
from payload.planning.construct import Pick, in_sequence, place_work, place_works
from payload.planning.problem import Work
from payload.planning.score import score_of, worthwhile
from payload.planning.state import State, options

#: how far around a wanted session others are taken out, ms
NEAR_MS = (0, HOUR, 3 * HOUR, 8 * HOUR)
#: attempts of `repair`, per missing experiment and in all
REPAIRS_EACH = 6
MOST_REPAIRS = 30
#: and no more than one once so many changes (`State.effort`) have been made
MOST_EFFORT = 12_000


def repair(state: State, base: State, order: Sequence[Work]) -> None:
    """A few attempts, the same ones each time, to bring in experiments that the first pass left out.

    `base` is the relaxed state of fixed duties alone, `order` that in which experiments were placed.
    """
    until = state.effort + MOST_EFFORT
    tried, rank = 0, {work.index: place for place, work in enumerate(order)}
    for work in order:
        if not worthwhile(state, work):
            continue
        for spot in range(REPAIRS_EACH):
            if tried >= MOST_REPAIRS or state.effort > until or len(state.planned[work.index]) == len(work.items):
                break
            anchors = _anchors(state, base, work, spot // 2, None)
            if not anchors:
                break
            tried += 1
            out = _around(state, work, anchors, NEAR_MS[1 + spot % 2])
            again = sorted(out, key=lambda other: rank[other.index])
            _try(state, work, [*again], None)


def attempt(state: State, base: State, rng: Random) -> bool:
    """One random attempt; False when nothing is missing."""
    works = state.problem.works
    missing = [work for work in works if worthwhile(state, work)]
    if not missing:
        return False
    wanted = rng.choice(missing)
    anchors = _anchors(state, base, wanted, 0, rng)
    out = _around(state, wanted, anchors, rng.choice(NEAR_MS))
    out = [work for work in out if rng.random() < 0.8]
    taken = {wanted.index, *(work.index for work in out)}
    others = [work for work in works if state.planned[work.index] and work.index not in taken]
    out += rng.sample(others, min(len(others), rng.randrange(3)))
    rng.shuffle(out)
    _try(state, wanted, out, _noise(rng) if rng.random() < 0.5 else None, rng)
    return True


def _try(state: State, wanted: Work, out: list[Work], pick: Pick | None, rng: Random | None = None) -> bool:
    """Takes `out` from the plan, places `wanted`, then them again. Keeps the result when it is better."""
    before = score_of(state)
    state.forget()
    gone, had = {work.index for work in out} | {wanted.index}, len(state.planned[wanted.index])
    _with_followers(state, gone)
    for index in sorted(gone):
        for item in sorted(state.planned[index], reverse=True):
            state.drop(state.problem.items[item])
    works = state.problem.works
    listed = {work.index for work in out} | {wanted.index}
    again = [*out, *(works[index] for index in sorted(gone - listed))]
    again.sort(key=lambda work: not work.model.required)
    order = in_sequence(state.problem, [wanted, *again])
    if order[0] is wanted:
        # nothing is gained when it does not get further with the others out of the way
        if place_work(state, wanted, pick) <= had:
            state.back_to(0)
            return False
        order = order[1:]
    if place_works(state, order, pick):
        state.back_to(0)
        return False
    missing = [work for work in works if work.index not in gone and len(state.planned[work.index]) < len(work.items)]
    # what was taken out leaves room for a few of the others, too
    place_works(state, in_sequence(state.problem, rng.sample(missing, min(len(missing), 4)) if rng else missing[:4]))
    if score_of(state) > before:
        state.forget()
        return True
    state.back_to(0)
    return False


def _anchors(state: State, base: State, work: Work, spot: int, rng: Random | None) -> list[int]:
    """Where its missing sessions could stand if nothing else did: the `spot`-th stretch for the first of them."""
    problem = state.problem
    found: dict[int, int] = {}
    for chain in work.chains:
        for index in chain:
            item = problem.items[index]
            if state.on[index]:
                continue
            mask = options(base, item, True, alone=False).starts
            for earlier, later, low, high in problem.links_by_item.get(index, ()):
                if later == index and earlier in found:
                    mask &= shifted(1 << found[earlier], low, high, problem.full)
            starts = heads(mask, problem.stride, 40)
            if not starts:
                break
            first = not any(earlier in found for earlier in chain)
            if rng is not None and first:
                found[index] = rng.choice(starts)
            else:
                found[index] = starts[min(spot, len(starts) - 1)] if first else starts[0]
    return sorted(set(found.values()))


def _around(state: State, wanted: Work, anchors: list[int], near_ms: int) -> list[Work]:
    """The experiments with sessions near the anchors that hold people or resources which the wanted one could use, or
    that a rule of the whole crew sets against it."""
    problem = state.problem
    people, meters, rules = _asks(state, wanted)
    near = near_ms // problem.tick_ms
    length = max((problem.items[index].length for index in wanted.items), default=0)
    found = []
    for work in problem.works:
        if work.index == wanted.index:
            continue
        for index in sorted(state.planned[work.index]):
            item, at = problem.items[index], state.at[index]
            if not any(at < anchor + length + near and anchor - near < at + state.length(item) for anchor in anchors):
                continue
            if (
                people.intersection(state.crew[index])
                or any(demand[0] in meters for demand in item.form.demands)
                or not rules.isdisjoint(item.form.enrols)
            ):
                found.append(work)
                break
    return found


def _noise(rng: Random) -> Pick:
    """Now and then another start goes first."""

    def pick(candidates: list[int]) -> list[int]:
        if len(candidates) > 1 and rng.random() < 0.3:
            first = candidates.pop(rng.randrange(len(candidates)))
            return [first, *candidates]
        return candidates

    return pick


def _asks(state: State, work: Work) -> tuple[set[int], set[int], set[tuple[int, int]]]:
    """Who could be in its sessions, the meters of what they use, and (clause, side) of whom rules of the whole crew set
    against them."""
    people: set[int] = set()
    rules: set[tuple[int, int]] = set()
    meters: set[int] = {meter for meter, _ in work.holds}
    seen: set[int] = set()
    for index in work.items:
        form = state.problem.items[index].form
        if form.index not in seen:
            seen.add(form.index)
            people.update(person for part in form.parts for person in part.eligible)
            meters.update(demand[0] for demand in form.demands)
            rules.update(ask for ask in form.asks if not state.problem.clauses[ask[0]].per_crew)
    return people, meters, rules


def _with_followers(state: State, out: set[int]) -> None:
    """Adds the experiments whose sessions come after one that is taken out."""
    waiting = sorted(out)
    while waiting:
        gone = waiting.pop()
        for (exp, _), followers in state.problem.followers.items():
            if exp != gone:
                continue
            for (other, _), _ in followers:
                if other not in out and state.planned[other]:
                    out.add(other)
                    waiting.append(other)
