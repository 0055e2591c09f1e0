"""What activities take: capacities, stocks, buffers, rigs.

`capacity`  a renewable resource is asked for more than it has at an instant
`stock`     a consumable falls below 0
`buffer`    a buffer is above its size
`rig`       a rig serves two steps at once
`uses`      the plan's step says other `uses` than the mission's

Demands are those of the mission (of a fact: those the plan records). `holds` lasts from the earliest start to the
latest end among the experiment's reserved sessions. Where several exceptions of a capacity hold an instant the smallest
capacity counts. Facts take what they take; a breach needs a planned activity that takes part in it. None of `capacity`,
`stock`, `buffer` and `rig` can be waived.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from payload.model import Amounts, Buffer, Consumable, Renewable, Violation
from payload.rules.case import Case, Placed


@dataclass(frozen=True, slots=True)
class Demand:
    """An amount of a resource over `[start, end)`. `of` is the activity, or for `holds` the experiment's first."""

    start: int
    end: int
    amount: int
    of: Placed
    planned: bool
    people: tuple[str, ...]


def demands(case: Case) -> dict[str, list[Demand]]:
    """Who takes what of each resource: `uses` of duties, sessions and steps, and `holds`."""
    found: dict[str, list[Demand]] = defaultdict(list)

    def take(uses: Amounts, start: int, end: int, of: Placed, planned: bool, people: tuple[str, ...]) -> None:
        for resource, amount in uses.items():
            if amount:
                found[resource].append(Demand(start, end, amount, of, planned, people))

    for placed in case.activities:
        if placed.sitting is None:
            take(placed.duty.uses, placed.start, placed.end, placed, placed.planned, placed.people)
            continue
        take(placed.session.uses, placed.start, placed.end, placed, placed.planned, placed.people)
        for step, there in placed.steps:
            take(
                step.uses if placed.planned else there.uses, there.start, there.end, placed, placed.planned, there.crew
            )
    for sessions in case.by_experiment.values():
        first = sessions[0]
        if first.sitting is not None and first.sitting.experiment.holds:
            end = max(placed.end for placed in sessions)
            planned = any(placed.planned for placed in sessions)
            take(first.sitting.experiment.holds, first.start, end, first, planned, ())
    return found


def productions(case: Case) -> dict[str, list[Demand]]:
    """What flows into each resource, evenly over each step that produces it."""
    found: dict[str, list[Demand]] = defaultdict(list)
    for placed in case.sessions:
        for step, there in placed.steps:
            for resource, amount in step.produces.items():
                if amount and there.end > there.start:
                    found[resource].append(Demand(there.start, there.end, amount, placed, placed.planned, there.crew))
    return found


def capacities(case: Case) -> Iterator[Violation]:
    """`capacity` and `stock`: one violation for each stretch above a capacity, and for each taking below 0."""
    taken = demands(case)
    for name, resource in case.mission.resources.items():
        if isinstance(resource, Renewable):
            yield from _renewable(case, resource, taken.get(name, []))
        elif isinstance(resource, Consumable):
            yield from _consumable(case, resource, taken.get(name, []))


def _renewable(case: Case, resource: Renewable, taken: list[Demand]) -> Iterator[Violation]:
    edges: dict[int, list[tuple[int, Demand]]] = defaultdict(list)
    for demand in taken:
        if demand.end > demand.start:
            edges[demand.start].append((1, demand))
            edges[demand.end].append((-1, demand))
    if not edges:
        return
    for window, _ in resource.exceptions:
        edges.setdefault(window.start, [])
        edges.setdefault(window.end, [])
    active: dict[int, Demand] = {}
    total, planned, over = 0, 0, False
    for at in sorted(edges):
        for sign, demand in sorted(edges[at], key=lambda edge: edge[0]):
            total += sign * demand.amount
            planned += sign * demand.planned
            if sign > 0:
                active[id(demand)] = demand
            else:
                del active[id(demand)]
        capacity = min(
            (less for window, less in resource.exceptions if window.start <= at < window.end), default=resource.capacity
        )
        above = total > capacity and planned > 0
        if above and not over:
            names = tuple(sorted({demand.of.id for demand in active.values()}))
            text = (
                f"{resource.id}: {amount_told(total, resource.dimension)} are asked for at {case.when(at)}, "
                f"{amount_told(capacity, resource.dimension)} are there; by {', '.join(names)}."
            )
            yield Violation("capacity", names, at, text)
        over = above


def _consumable(case: Case, resource: Consumable, taken: list[Demand]) -> Iterator[Violation]:
    level, planned = resource.stock, False
    resupply = sorted(resource.resupply)
    arrived = 0
    by_start: dict[int, list[Demand]] = defaultdict(list)
    for demand in taken:
        by_start[demand.start].append(demand)
    for at in sorted(by_start):
        while arrived < len(resupply) and resupply[arrived][0] <= at:
            level += resupply[arrived][1]
            arrived += 1
        level -= sum(demand.amount for demand in by_start[at])
        planned = planned or any(demand.planned for demand in by_start[at])
        if level < 0 and planned:
            names = tuple(sorted({demand.of.id for demand in by_start[at]}))
            short = amount_told(-level, resource.dimension)
            text = f"{resource.id}: {short} short at {case.when(at)}, for {', '.join(names)}."
            yield Violation("stock", names, at, text)


def buffers(case: Case) -> Iterator[Violation]:
    """`buffer`: one violation for each stretch above the size, at the instant at which it is passed (rounded up)."""
    flows = productions(case)
    for name, resource in case.mission.resources.items():
        if isinstance(resource, Buffer):
            yield from _buffer(case, resource, flows.get(name, []))


def _buffer(case: Case, buffer: Buffer, flows: list[Demand]) -> Iterator[Violation]:
    edges: dict[int, list[tuple[int, Demand | None]]] = defaultdict(list)
    for flow in flows:
        edges[flow.start].append((1, flow))
        edges[flow.end].append((-1, flow))
    for window in case.shared(buffer.during):
        edges[window.start].append((1, None))
        edges[window.end].append((-1, None))
    drain_per_ms = Fraction(buffer.drain, 1000)
    level, inflow, draining, last, over = Fraction(0), Fraction(0), 0, 0, False
    active: dict[int, Demand] = {}
    planned = 0  # flows of planned activities so far: without one there is nothing to judge
    for at in sorted(edges):
        change = inflow - (drain_per_ms if draining else 0)
        reached = max(Fraction(0), level + change * (at - last))
        if reached > buffer.size and not over and planned:
            full = last + -(-(buffer.size - level) // change) if level <= buffer.size else last
            names = tuple(sorted({flow.of.id for flow in active.values()}))
            size = amount_told(buffer.size, buffer.dimension)
            text = f"{buffer.id} is full ({size}) at {case.when(full)}, by {', '.join(names)}."
            yield Violation("buffer", names, full, text)
        over = reached > buffer.size
        level, last = reached, at
        for sign, edge in edges[at]:
            if edge is None:
                draining += sign
                continue
            inflow += sign * Fraction(edge.amount, edge.end - edge.start)
            if sign > 0:
                active[id(edge)] = edge
                planned += edge.planned
            else:
                active.pop(id(edge), None)


def rigs(case: Case) -> Iterator[Violation]:
    """`rig`: the steps of one rig do not overlap."""
    served: dict[str, list[tuple[int, int, str, Placed]]] = defaultdict(list)
    for placed in case.sessions:
        for step, there in placed.steps:
            if step.rig is not None and there.end > there.start:
                served[step.rig.rig].append((there.start, there.end, step.do, placed))
    for rig, all_steps in sorted(served.items()):
        active: list[tuple[int, int, str, Placed]] = []
        for now in sorted(all_steps, key=lambda entry: (entry[0], entry[1], entry[3].id)):
            active = [earlier for earlier in active if earlier[1] > now[0]]
            for earlier in active:
                if earlier[3].planned or now[3].planned:
                    text = (
                        f"rig {rig} serves '{earlier[2]}' of {earlier[3].id} (until {case.when(earlier[1])}) and "
                        f"'{now[2]}' of {now[3].id} (from {case.when(now[0])}) at once."
                    )
                    yield Violation("rig", tuple(dict.fromkeys((earlier[3].id, now[3].id))), now[0], text)
            active.append(now)


def uses_told(case: Case) -> Iterator[Violation]:
    """`uses`: what the plan writes for a step is what the mission asks for."""
    for placed in case.sessions:
        if not placed.planned:
            continue
        for step, there in placed.steps:
            if {**there.uses} != {**step.uses}:
                text = (
                    f"{placed.id}: '{step.do}' at {case.when(there.start)} uses {_listed(case, step.uses)}; "
                    f"the plan says {_listed(case, there.uses)}."
                )
                yield Violation("uses", (placed.id,), there.start, text)


def _listed(case: Case, uses: Amounts) -> str:
    told = []
    for name, amount in sorted(uses.items()):
        resource = case.mission.resources.get(name)
        told.append(f"{amount_told(amount, resource.dimension if resource else 'count')} of {name}")
    return ", ".join(told) or "nothing"


#: dimension -> the unit a planner reads, and how many base units it is
READ_IN = {
    "power": ("W", 1_000),
    "energy": ("J", 1_000),
    "data": ("GB", 8_000_000_000),
    "rate": ("Mbit/s", 1_000_000),
    "volume": ("L", 1_000_000),
    "mass": ("g", 1_000),
    "temperature": ("degC", 1_000),
}


def amount_told(amount: int | Fraction, dimension: str) -> str:
    """An amount in base units as a planner reads it: `1200 W`, `0.5 L`, a plain count."""
    unit, size = READ_IN.get(dimension, ("", 1))
    return f"{float(Fraction(amount) / size):.9g} {unit}".strip()
