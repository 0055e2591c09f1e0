"""Stretches of an activity, joined."""

from __future__ import annotations

from itertools import pairwise

from payload.planning.problem import Range


def merged(ranges: list[Range]) -> tuple[Range, ...]:
    found: list[Range] = []
    for start, end in sorted(ranges):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


def joined(demands: list[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """Demands on one meter summed where they overlap, so that each tick of a meter is asked for once."""
    found: list[tuple[int, int, int, int]] = []
    for meter in sorted({demand[0] for demand in demands}):
        mine = [demand for demand in demands if demand[0] == meter]
        edges = sorted({edge for demand in mine for edge in demand[1:3]})
        for start, end in pairwise(edges):
            amount = sum(demand[3] for demand in mine if demand[1] <= start and end <= demand[2])
            if not amount:
                continue
            if found and found[-1][0] == meter and found[-1][2] == start and found[-1][3] == amount:
                found[-1] = (meter, found[-1][1], end, amount)
            else:
                found.append((meter, start, end, amount))
    return found
