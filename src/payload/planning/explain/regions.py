"""The starts of a session that the same reasons forbid, and those of which it is worth to try what frees them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product

from payload.planning.bits import heads, highest, lowest, tails
from payload.planning.explain.changes import tier_of
from payload.planning.explain.cuts import cuts
from payload.planning.explain.keys import Reason
from payload.planning.explain.moves import behind
from payload.planning.explain.spot import TRADE, Spot
from payload.planning.problem import Item
from payload.planning.state import State

#: a start that more reasons than this forbid is not looked at
MOST_REASONS = 3
#: regions looked at
MOST_REGIONS = 160


@dataclass(frozen=True, slots=True)
class Region:
    """Starts of one crew in one shape that the same reasons forbid."""

    starts: int
    reasons: tuple[Reason, ...]
    item: Item
    crew: tuple[int, ...]


def regions_of(state: State, item: Item) -> Iterator[Region]:
    """The starts of each crew, parted by what forbids them; without those that nothing could free."""
    free: dict[Reason, bool] = {}
    for found in cuts(state, item, firm=True):
        for crew in found.crews:
            against = found.against(crew)
            open_ = found.thinkable
            for reason, mask in against.items():
                if reason not in free:
                    free[reason] = _movable(state, reason) or tier_of(state, item, reason) is not None
                if not free[reason]:
                    open_ &= ~mask
            parts: list[tuple[int, tuple[Reason, ...]]] = [(open_, ())] if open_ else []
            for reason, mask in against.items():
                if not mask & open_:
                    continue
                split = []
                for starts, reasons in parts:
                    if starts & ~mask:
                        split.append((starts & ~mask, reasons))
                    if starts & mask and len(reasons) < MOST_REASONS:
                        split.append((starts & mask, (*reasons, reason)))
                parts = split
            for starts, reasons in parts:
                yield Region(starts, reasons, found.item, crew)


def _movable(state: State, reason: Reason) -> bool:
    """Whether moving another session might take the reason away."""
    if reason.kind == "reservation":  # of a duty that stands fast, or of a session
        return reason.id.partition("/")[0] in {work.model.id for work in state.problem.works}
    return reason.kind in ("rule", "resource", "rig", "stock")


def moves_of(state: State, regions: Sequence[Region]) -> Iterator[tuple[Spot, tuple[Item, ...]]]:
    """Starts that would be free with one or two sessions elsewhere, the fewest first; and these sessions."""
    able = [region for region in regions if region.reasons and all(_movable(state, one) for one in region.reasons)]
    able.sort(key=lambda region: len(region.reasons))
    for region in able[:MOST_REGIONS]:
        for tick in some_of(state, region.starts, 2, 1):
            spot = Spot(region.item, tick, region.crew)
            choices = [behind(state, reason, spot) for reason in region.reasons]
            for out in islice(product(*choices), 6):
                yield spot, tuple({one.index: one for one in out}.values())


def cheapest(state: State, regions: Sequence[Region]) -> tuple[list[Region], int]:
    """Regions that changes alone would free, sessions in the way being moved; the cheapest kinds first. And the kind of
    the first that is left out."""
    ranked = []
    for number, region in enumerate(regions):
        tiers = [
            0 if reason.kind == "reservation" else tier_of(state, region.item, reason) for reason in region.reasons
        ]
        if any(tiers) and None not in tiers:
            known = [tier for tier in tiers if tier]
            ranked.append((max(known), len(known), len(tiers), number))
    ranked.sort()
    dropped = ranked[MOST_REGIONS][0] if len(ranked) > MOST_REGIONS else TRADE + 1
    return [regions[number] for _, _, _, number in ranked[:MOST_REGIONS]], dropped


def some_of(state: State, starts: int, first: int, last: int) -> list[int]:
    """Some of the starts: where stretches begin and where they end."""
    stride = state.problem.stride
    return list(dict.fromkeys([*heads(starts, stride, first), *tails(starts, stride, last)]))


def spread(state: State, starts: int) -> list[int]:
    """Some of the starts: where stretches begin and end, and the first and last of each day."""
    found = some_of(state, starts, 3, 3)
    for here in state.starts_in_day(0, 0):
        if starts & here:
            found += [lowest(starts & here), highest(starts & here)]
    return list(dict.fromkeys(found))
