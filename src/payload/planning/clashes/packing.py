"""Duties that share a resource, packed one after the other: proves in a moment what a search would not end on.

First each duty loses the starts that would leave another duty of its person without any. Then all count as alike, as
long as the shortest and as modest as the least of them, and are put one after the other as early as any could start:
so most of them fit, since whichever starts first could as well start there.
"""

from __future__ import annotations

from collections.abc import Sequence

from payload.planning.bits import lowest, ones
from payload.planning.problem import Item
from payload.planning.state import State, options

#: starts looked at in all; where there are more, nothing is said
MOST_STARTS = 6000


def overpacked(base: State, wanted: Sequence[Item]) -> list[Item] | None:
    """Movable duties that provably do not fit on a resource they share, with the other duties of their people."""
    if not base.problem.sure_of(wanted):
        return None
    duties = [item for item in wanted if item.soft]
    users: dict[int, list[tuple[int, int, Item]]] = {}
    for item in duties:
        for meter, _, _, amount in item.form.demands:
            if ("meter", meter) not in base.ignored:
                users.setdefault(meter, []).append((item.length, amount, item))
    groups = [
        (meter, [one for one in there if one[0] >= length])
        for meter, there in users.items()
        for length in sorted({one[0] for one in there})
        if len(there) > 1
    ]
    masks = {item.index: options(base, item).starts for item in duties} if groups else {}
    if not groups or sum(mask.bit_count() for mask in masks.values()) > MOST_STARTS:
        return None
    for item in duties:
        masks[item.index] = _kind(base, item, duties, masks)
    for meter, group in groups:
        starts = 0
        for _, _, item in group:
            starts |= masks[item.index]
        shortest, least = min(length for length, _, _ in group), min(amount for _, amount, _ in group)
        if _fit(base, meter, shortest, least, starts, len(group)) < len(group):
            people = {person for _, _, item in group for person in item.people}
            return [item for item in duties if not people.isdisjoint(item.people)]
    return None


def _kind(base: State, item: Item, duties: Sequence[Item], masks: dict[int, int]) -> int:
    """The starts of a duty at which each other duty of its person still has one."""
    person = item.people
    others = [other for other in duties if other is not item and not set(person).isdisjoint(other.people)]
    kept = masks[item.index]
    for tick in ones(kept) if others else ():
        mark = base.mark()
        base.put(item, tick, person)
        if not all(options(base, other, within=masks[other.index]).starts for other in others):
            kept ^= 1 << tick
        base.back_to(mark)
    return kept


def _fit(base: State, meter: int, length: int, amount: int, starts: int, most: int) -> int:
    """How many that take so much for so long fit on a resource, from these starts."""
    store = base.meters[meter]
    taken: list[int] = []
    while len(taken) < most:
        free = starts & store.room(amount, length, False)
        if not free:
            break
        taken.append(lowest(free))
        store.take(taken[-1], taken[-1] + length, amount, True)
    for tick in taken:
        store.take(tick, tick + length, -amount, True)
    return len(taken)
