"""Putting a session where it is wanted, and what stands in its way elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from payload.planning.bits import heads, lowest, span, tails
from payload.planning.construct import insert, place_chain
from payload.planning.explain.keys import Reason
from payload.planning.explain.rules import charged
from payload.planning.explain.spot import Spot
from payload.planning.problem import Item, Work
from payload.planning.state import State, closed_starts, in_shape

#: sessions that are thought of as the one to move, and starts tried for one that is moved
MOST_BEHIND = 6
MOST_STARTS = 8


class Effort:
    """Work that may still be done, in insertions: never the wall clock, so that the answer is the same each time.
    `cut` says that something was not tried for want of it, or because of another cap."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.cut = False

    def spend(self, work: int) -> bool:
        """Takes so much; False once there is not so much left."""
        self.left -= work
        self.cut |= self.left < 0
        return self.left >= 0


#: what counts how much: an insertion beside what stands; one with duties giving way; an experiment placed anew, a
#: session; a mission compiled anew
PLAIN, MOVING, ANEW, COMPILED = 1, 12, 12, 60


def attempt(state: State, spot: Spot, out: Sequence[Item], effort: Effort) -> list[Item] | None:
    """Puts the activity there, movable duties giving way, and finds the sessions of `out` other places.

    Returns those that found none and are given up, with all that cannot be without them; None, and nothing is changed,
    where the activity cannot stand there even so, or one of them is required.
    """
    mark = state.mark()
    before = [state.at[item.index] for item in out]
    for item in out:
        state.drop(item)
    if not _put(state, spot, effort):
        state.back_to(mark)
        return None
    lost: list[Item] = []
    for item, at in zip(out, before, strict=True):
        if not _elsewhere(state, item, at, effort):
            lost += _without(state, item, spot.item.exp)
    if any(state.problem.works[item.exp].model.required for item in lost):
        state.back_to(mark)
        return None
    return lost


def _put(state: State, spot: Spot, effort: Effort) -> bool:
    """Beside what stands where that is possible, else with movable duties giving way."""
    for moving in (False, True):
        there = in_shape(state, spot.item, moving, 1 << spot.tick)
        if not there.starts or spot.crew not in there.crews(spot.tick, 100):
            continue
        if effort.spend(MOVING if moving else PLAIN) and insert(state, spot.item, spot.tick, spot.crew, moving):
            return True
    return False


def _elsewhere(state: State, item: Item, before: int, effort: Effort) -> bool:
    """Another place for a session, near to the old one; where it has none, its experiment is placed anew."""
    problem = state.problem
    for moving, most in ((False, MOST_STARTS), (True, 2)):
        for shape in (item, *item.shapes):
            there = in_shape(state, shape, moving)
            starts = there.starts
            near = [before + lowest(starts >> before)] if starts >> before else []
            near += [(starts & span(0, before)).bit_length() - 1] if starts & span(0, before) else []
            near += [*heads(starts, problem.stride, MOST_STARTS), *tails(starts, problem.stride, 2)]
            for tick in list(dict.fromkeys(near))[:most]:
                for crew in there.crews(tick, 1 if moving else 2):
                    work = MOVING if moving else PLAIN
                    if effort.spend(work) and insert(state, shape, tick, crew, moving):
                        return True
    return len(problem.works[item.exp].items) > 1 and placed_anew(state, [item], effort)


def _without(state: State, item: Item, whole: int) -> list[Item]:
    """Takes out what cannot be without a session: what comes after it, and an experiment that is worth nothing now, but
    for the one (`whole`) that is only being put together."""
    problem, lost = state.problem, [item]
    again = True
    while again:
        again = False
        for work in problem.works:
            planned = state.planned[work.index]
            for index in sorted(planned, reverse=True):
                other = problem.items[index]
                needed = problem.needs.get(index)
                ties = problem.ties.get((other.exp, other.session), ())
                if (
                    (len(planned) < work.model.minimum and work.index != whole)
                    or (needed is not None and not state.on[needed])
                    or any(not _stands(state, tie.references) for tie in ties)
                ):
                    state.drop(other)
                    lost.append(other)
                    again = True
                    break
    return lost


def _stands(state: State, references: Sequence[tuple[int, int]]) -> bool:
    problem = state.problem
    return any(problem.items[i].session == session for exp, session in references for i in state.planned[exp])


def works_of(state: State, group: Sequence[Item]) -> list[Work]:
    """Their experiments, in the order in which they are first named."""
    return [state.problem.works[exp] for exp in dict.fromkeys(item.exp for item in group)]


def placed_anew(state: State, group: Sequence[Item], effort: Effort) -> bool:
    """Places the experiments of `group` anew, with all that was planned of them and the group beside it. On False, and
    nothing is changed, not all of this found a place."""
    problem, mark = state.problem, state.mark()
    works = works_of(state, group)
    wanted = {item.index for item in group}
    if not effort.spend(ANEW * (len(wanted) + sum(len(state.planned[work.index]) for work in works))):
        return False
    for work in works:
        wanted |= state.planned[work.index]
        for index in sorted(state.planned[work.index], reverse=True):
            state.drop(problem.items[index])
    for work in works:
        for chain in work.chains:
            mine = [problem.items[index] for index in chain if index in wanted]
            if mine and place_chain(state, work, mine) < len(mine):
                state.back_to(mark)
                return False
    return True


def meets(state: State, item: Item, clause: int) -> bool:
    """Whether a session that stands breaks a rule between activities."""
    tick, crew, form = state.at[item.index], state.crew[item.index], state.form[item.index]
    mark = state.mark()
    state.drop(item)
    found = any(
        closed_starts(state, item, asked, side, person, False) >> tick & 1
        for asked, side in form.asks
        for person in (*crew, -1)
        if asked == clause
    )
    state.back_to(mark)
    return found


def behind(state: State, reason: Reason, spot: Spot) -> list[Item]:
    """The sessions of which one, if it stood elsewhere, might take the reason away: those worth least first."""
    problem = state.problem
    found = {item.index: item for item in _behind(state, reason, spot) if item.index != spot.item.index}
    known = [item for item in found.values() if state.on[item.index] and item.fixed is None]
    near = sorted(known, key=lambda item: (abs(state.at[item.index] - spot.tick), item.index))[:MOST_BEHIND]
    return sorted(near, key=lambda item: (problem.works[item.exp].worth_each, item.index))


def _behind(state: State, reason: Reason, spot: Spot) -> list[Item]:
    problem = state.problem
    sessions = [problem.items[index] for planned in state.planned for index in sorted(planned)]
    if reason.kind == "reservation":
        return [item for item in sessions if item.id == reason.id]
    if reason.kind == "stock":
        stock = next(n for n, one in enumerate(problem.consumables) if one.id == reason.id)
        return [item for item in sessions if any(take[0] == stock for take in item.form.takes)]
    if reason.kind in ("resource", "rig"):
        meter = next(n for n, supply in enumerate(problem.supplies) if supply.id == reason.id)
        spans = [(spot.tick + a, spot.tick + b) for asked, a, b, _ in spot.item.form.demands if asked == meter]
        return [item for item in sessions if _takes(state, item, meter, spans)]
    limits = {n for n, rule in enumerate(problem.limits) if rule.id == reason.id}
    if limits:
        mine = {charge[:3] for charge in charged(state, spot) if charge[0] in limits}
        return [
            item
            for item in sessions
            if limits.intersection(item.form.limits)
            and any(c[:3] in mine for c in state.charges(item, state.at[item.index], state.crew[item.index]))
        ]
    clauses = {n for n, rule in enumerate(problem.clauses) if rule.id == reason.id}
    listed = []
    for clause, side in spot.item.form.asks:
        for person in (*spot.crew, -1) if clause in clauses else ():
            roster = state.rosters.get((clause, side, person))
            listed += [problem.items[index] for index in roster.entries] if roster else []
    return [item for item in listed if item.exp >= 0]


def _takes(state: State, item: Item, meter: int, spans: Sequence[tuple[int, int]]) -> bool:
    at = state.at[item.index]
    held = [(at + a, at + b) for asked, a, b, _ in state.form[item.index].demands if asked == meter]
    return any(start < last and first < end for start, end in held for first, last in spans)
