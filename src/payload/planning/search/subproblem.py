"""A small part of the plan as a model of its own: some activities are free, all others stand.

What binds a free activity to what stands is in the mask of its starts (`options`), so that the model holds only what
binds free activities to each other (`couplings`). Rare constraints are left out of it: who applies an answer asks
`options` and `State.broken` again, and takes only what passes.
"""

from __future__ import annotations

from collections.abc import Mapping

from payload.planning.bits import highest, lowest
from payload.planning.problem import Item, Work
from payload.planning.search.couplings import couple
from payload.planning.search.cpsat import Model
from payload.planning.search.neighbourhoods import Free
from payload.planning.search.scope import Scope
from payload.planning.search.slots import Slot, Subproblem, domain
from payload.planning.state import Crew, Options, State, in_shape, sibling_starts, tied_starts


def formed(state: State, scope: Scope, free: Free) -> Subproblem | None:
    """The model in which the activities that stand and are freed may be placed anew or, for sessions, left out, and
    missing ones may come in. None when a duty among them would have no start. The state is as it was on return."""
    mark = state.mark()
    placed = {index: (state.at[index], state.crew[index]) for index in free.standing}
    tails = scope.dependents(state, placed) - placed.keys()
    for index in sorted(placed):
        state.drop(state.problem.items[index])
    sub = Subproblem(Model())
    try:
        if not _slots(state, scope, sub, free):
            return None
        for index in sorted(tails):
            stays = scope.must(state, state.problem.items[index], True, {*placed, *tails})
            sub.tails[index] = sub.model.certain() if stays else sub.model.choice()
        _values(state, scope, sub)
        couple(state, sub)
    finally:
        state.back_to(mark)
    _hint(sub, placed)
    return sub


def _slots(state: State, scope: Scope, sub: Subproblem, free: Free) -> bool:
    problem, model = state.problem, sub.model
    keys = {(problem.items[index].exp, problem.items[index].session) for index in (*free.standing, *free.missing)}
    known: dict[tuple[int, int, int], Options] = {}
    come = 0
    for index, within in (*sorted(free.standing.items()), *free.missing.items()):
        item, standing = shape_of(state, index), index in free.standing
        if not standing and come >= free.most:
            break
        alike = (item.form.index, within, index if item.optional or item.exp < 0 else -1)
        if alike not in known:
            known[alike] = in_shape(state, item, within=within, alone=False)
        starts, parts = known[alike].starts, known[alike].parts
        if starts and item.exp >= 0:
            starts &= sibling_starts(state, item) & tied_starts(state, item, keys)
            needed = problem.needs.get(index, -1)
            if needed >= 0 and not state.on[needed] and needed not in sub.slots:
                starts = 0
        must = scope.must(state, item, standing, free.standing)
        if not starts or not all(any(mask & starts for mask in able.values()) for able in parts):
            if must:
                return False
            continue
        come += not standing
        there = model.certain() if must else model.choice()
        start = model.number(domain(starts))
        slot = Slot(item, starts, there, start, [], lowest(starts), highest(starts))
        sub.slots[index] = slot
        for people in parts:
            slot.who.append(_who(model, slot, {p: mask & starts for p, mask in people.items() if mask & starts}))
        for one, able in enumerate(slot.who):
            for other in slot.who[:one]:
                for person in sorted(able.keys() & other.keys()):
                    model.most_one_of((able[person][0], other[person][0]))
    return bool(sub.slots)


def _who(model: Model, slot: Slot, able: Mapping[int, int]) -> dict[int, tuple[int, int]]:
    if len(able) == 1:
        return {person: (slot.there, mask) for person, mask in able.items()}
    chosen = {}
    for person, mask in sorted(able.items()):
        literal = model.choice()
        if mask != slot.starts:
            model.within((slot.start,), (1,), domain(mask), (literal,))
        chosen[person] = (literal, mask)
    model.one_of([*(literal for literal, _ in chosen.values()), -slot.there - 1])
    return chosen


def _values(state: State, scope: Scope, sub: Subproblem) -> None:
    """The objective: what sessions are worth, where an experiment has enough of them."""
    problem, model = state.problem, sub.model
    literals: dict[int, list[int]] = {}
    for index in (*sub.slots, *sub.tails):
        exp = problem.items[index].exp
        if exp >= 0:
            literals.setdefault(exp, []).append(sub.slots[index].there if index in sub.slots else sub.tails[index])
    terms: list[int] = []
    weights: list[int] = []
    for exp, mine in literals.items():
        work = problem.works[exp]
        fixed = len(state.planned[exp]) - sum(1 for index in sub.tails if problem.items[index].exp == exp)
        if fixed < work.model.minimum:
            _enough(model, work, fixed, mine)
        terms += mine
        weights += [scope.weights[exp]] * len(mine)
    model.maximise(terms, weights)


def _enough(model: Model, work: Work, fixed: int, literals: list[int]) -> None:
    """None of its sessions, or at least the minimum."""
    least = work.model.minimum - fixed
    if fixed > 0:
        model.within(literals, [1] * len(literals), (least, len(literals)))
    elif len(literals) < least:
        model.within(literals, [1] * len(literals), (0, 0))
    elif least > 1:
        active = model.choice()
        for literal in literals:
            model.implies(literal, active)
        model.within(literals, [1] * len(literals), (least, len(literals)), (active,))


def _hint(sub: Subproblem, placed: Mapping[int, tuple[int, Crew]]) -> None:
    variables: list[int] = []
    values: list[int] = []
    for index, slot in sub.slots.items():
        tick, crew = placed.get(index, (slot.first, ()))
        here = index in placed and bool(slot.starts >> tick & 1)
        variables += (slot.there, slot.start)
        values += (int(here), tick if here else slot.first)
        for place, able in enumerate(slot.who):
            if len(able) > 1:
                for person, (literal, _) in able.items():
                    variables.append(literal)
                    values.append(int(here and crew[place] == person))
    variables += sub.tails.values()
    values += [1] * len(sub.tails)
    sub.model.hint(variables, values)


def shape_of(state: State, index: int) -> Item:
    """The item in the shape in which it stands, or stood last."""
    item = state.problem.items[index]
    form = state.form[index]
    return next((shape for shape in item.shapes if shape.form is form), item)
