"""The smallest set of reasons, found by leaving out one after the other, that together keep an activity out.

Each reason forbids starts, per crew and shape. A conflict is a set of reasons that between them forbid every start of
every crew, and of which none can be left out. Reasons stay in the set in this order of preference: what the mission
says of the activity itself, rules and resources, fixed duties, movable duties, other sessions; so that what a planner
can change is named only where nothing else is enough.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from payload.planning.explain.cuts import Cuts
from payload.planning.explain.keys import Cut, Reason
from payload.planning.state import State

#: with more reservations than this in a conflict they are named together: by duty and experiment, then by person
MOST_RESERVATIONS = 6

Groups = Mapping[Reason, Reason]  # a reservation, and what it is named under
Places = list[tuple[int, Cut]]  # per shape and crew the thinkable starts, and what each reason forbids of them


def places(found: Sequence[Cuts], groups: Groups | None = None, busy: bool = False) -> Places:
    """Every shape and crew with its starts, reservations taken together where `groups` says so, or by person."""
    there: Places = []
    for cuts in found:
        for crew in cuts.crews:
            cut: Cut = {}
            for reason, mask in cuts.against(crew, busy).items():
                named = groups.get(reason, reason) if groups else reason
                cut[named] = cut.get(named, 0) | mask
            there.append((cuts.thinkable, cut))
    return there


def conflict(state: State, found: Sequence[Cuts]) -> tuple[list[Reason], Places]:
    """A smallest conflict, and the places in whose terms it is one; no reasons when some start is free."""
    there = places(found)
    kept = smallest(there, state)
    for groups, busy in ((by_name(state), False), (None, True)):
        if sum(reason.kind in ("reservation", "reservations") for reason in kept) <= MOST_RESERVATIONS:
            break
        there = places(found, groups, busy)
        kept = smallest(there, state)
    return kept, there


def smallest(there: Places, state: State) -> list[Reason]:
    """The reasons of which none can be left out, the vague ones tried first; empty when some start is free."""
    order = _order(there, state)
    if any(free_but(place, ()) for place in there):
        return []
    # what the later ones still forbid, so that each reason is looked at once
    later: list[list[int]] = []
    for thinkable, cut in there:
        masks, mask = [0], 0
        for reason in reversed(order):
            mask |= cut.get(reason, 0)
            masks.append(mask)
        masks.reverse()
        later.append(masks)
        assert not thinkable & ~masks[0]
    taken = [0] * len(there)
    kept = []
    for number, reason in enumerate(order, start=1):
        if any(thinkable & ~(taken[place] | later[place][number]) for place, (thinkable, _) in enumerate(there)):
            kept.append(reason)
            for place, (_, cut) in enumerate(there):
                taken[place] |= cut.get(reason, 0)
    return kept[::-1]


def free_but(place: tuple[int, Cut], unless: Sequence[Reason], only: Sequence[Reason] | None = None) -> int:
    """The starts that no reason forbids, but for those of `unless`; with `only`, no reason of these."""
    thinkable, cut = place
    for reason, mask in cut.items() if only is None else [(reason, cut.get(reason, 0)) for reason in only]:
        if reason not in unless:
            thinkable &= ~mask
    return thinkable


_LAST = ("role", "aboard", "days", "between", "at", "lock", "during", "avoid", "covers", "before", "relative", "inside")


def _order(there: Places, state: State) -> list[Reason]:
    """All reasons, those that are least wanted in a conflict first."""
    ranks = {"other": 0, "session": 1, "soft": 2, "fixed": 3, "busy": 4}
    items = {name: item for item in state.problem.items for name in item.names}

    def rank(reason: Reason) -> tuple[int, str, str]:
        kind = "session" if reason.kind == "reservations" else reason.kind
        if kind == "reservation":
            item = items.get(reason.id)
            kind = "session" if item is None or item.exp >= 0 else "soft" if item.soft else "fixed"
        place = ranks.get(kind, 5 + (kind in _LAST and 1 + _LAST.index(kind)))
        return place, reason.kind, reason.id

    return sorted({reason: None for _, cut in there for reason in cut}, key=rank)


def by_name(state: State) -> dict[Reason, Reason]:
    """All instances of one person's duty together, and all sessions of one experiment."""
    found = {}
    for item in state.problem.items:
        for name in item.names:
            group = name.rpartition("/")[0] if item.exp < 0 else state.problem.works[item.exp].model.id
            found[Reason("reservation", name)] = Reason("reservations", group)
    return found
