"""What activities take and bring forth: do capacities, stocks, buffers and rigs hold out? Loops over everything."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, pairwise

from enumerator_choices import Tried

from payload.met import Window
from payload.model import Buffer, Consumable, Renewable


def rigs_serve_one(tried: Tried) -> bool:
    served = [
        (step.rig.rig, there.start, there.end)
        for one in tried.placed
        if one.kind == "session"
        for step, there in zip(tried.tiny.sessions[one.id][1].steps, one.steps, strict=True)
        if step.rig is not None
    ]
    return not any(a[0] == b[0] and a[1] < b[2] and b[1] < a[2] for a, b in combinations(served, 2))


def capacities_kept(tried: Tried) -> bool:
    taken = taken_by(tried)
    for name, resource in tried.mission.resources.items():
        mine = [(start, end, amount) for what, start, end, amount, _ in taken if what == name]
        if isinstance(resource, Renewable):
            instants = {start for start, _, _ in mine} | {window.start for window, _ in resource.exceptions}
            for at in instants:
                there = [less for window, less in resource.exceptions if window.start <= at < window.end]
                if sum(amount for start, end, amount in mine if start <= at < end) > min(
                    there, default=resource.capacity
                ):
                    return False
            for window, _ in resource.exceptions:
                if sum(amount for start, end, amount in mine if start <= window.end < end) > min(
                    [less for w, less in resource.exceptions if w.start <= window.end < w.end],
                    default=resource.capacity,
                ):
                    return False
        if isinstance(resource, Consumable):
            for at in {start for start, _, _ in mine}:
                there_by_then = resource.stock + sum(amount for when, amount in resource.resupply if when <= at)
                if sum(amount for start, _, amount in mine if start <= at) > there_by_then:
                    return False
    return True


def buffers_kept(tried: Tried) -> bool:
    """Each buffer's level, from one instant at which anything changes to the next."""
    for name, buffer in tried.mission.resources.items():
        if not isinstance(buffer, Buffer):
            continue
        flows = [flow[1:] for flow in produced_by(tried) if flow[0] == name]
        draining = [Window(0, tried.mission.end)]
        for window in buffer.during:
            draining = [cut for one in draining for two in tried.windows[window] if (cut := one.cut(two))]
        level = Fraction(0)
        edges = sorted({0, *(e for f in flows for e in f[:2]), *(e for w in draining for e in (w.start, w.end))})
        for start, end in pairwise(edges):
            change = sum((rate for s, e, rate, _ in flows if s <= start and end <= e), Fraction(0)) * (end - start)
            if any(window.start <= start and end <= window.end for window in draining):
                change -= Fraction(buffer.drain * (end - start), 1000)
            level = max(Fraction(0), level + change)
            if level > buffer.size:
                return False
    return True


def produced_by(tried: Tried) -> list[tuple[str, int, int, Fraction, str]]:
    """(resource, start, end, amount per ms, activity) of all steps that produce something."""
    return [
        (name, there.start, there.end, Fraction(amount, there.end - there.start), one.id)
        for one in tried.placed
        if one.kind == "session"
        for step, there in zip(tried.tiny.sessions[one.id][1].steps, one.steps, strict=True)
        for name, amount in step.produces.items()
    ]


def taken_by(tried: Tried) -> list[tuple[str, int, int, int, str]]:
    """(resource, start, end, amount, activity) of all that takes something; for `holds` the first session."""
    taken = []
    for one in tried.placed:
        if one.kind == "duty":
            uses = tried.tiny.duties[one.id][0].uses
            taken += [(name, one.start, one.end, amount, one.id) for name, amount in uses.items()]
            continue
        session = tried.tiny.sessions[one.id][1]
        taken += [(name, one.start, one.end, amount, one.id) for name, amount in session.uses.items()]
        for step, there in zip(session.steps, one.steps, strict=True):
            taken += [(name, there.start, there.end, amount, one.id) for name, amount in step.uses.items()]
    for experiment in tried.mission.experiments:
        mine = tried.sessions(experiment)
        if mine:
            start, first = min((one.start, one.id) for one in mine)
            end = max(one.end for one in mine)
            taken += [(name, start, end, amount, first) for name, amount in experiment.holds.items()]
    return taken
