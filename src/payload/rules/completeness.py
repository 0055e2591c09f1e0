"""The plan as a file: that it is of this mission, whole, in order, and honest about its worth.

`mission`   another mission: its id, hash, start, clock or end differ
`seats`     a seat with candidates is not filled, or by somebody who is not one of them
`windows`   a window of the mission is missing, one is unknown, or one is not merged, sorted and within the mission
`status`    `infeasible` with reservations or without a conflict, `optimal` with value and bound apart
`value`     the plan's value is not its own exact reckoning (rounded down to 6 decimals is right too)
`bound`     the bound is below the value
`shares`    what the plan says of a sponsor's share is not so
`unknown`   an id that the mission does not have
`twice`     an id that stands in the plan more than once
`missing`   a session in neither list, or a duty instance without a reservation
`kind`      a session called a duty, or the other way round
`sorted`    reservations not by (start, id), or unscheduled not by id
`required`  a session of a required experiment is not planned
`minimum`   sessions are planned, but fewer than make the experiment worth anything

`optimal` is only judged where the mission has no shares: these come before the value, which the bound leaves out. An
infeasible plan has no reservations, so nothing is missing from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from payload.met import format_duration, merge
from payload.model import Violation
from payload.rules.case import Case
from payload.rules.value import MICRO, printed, promised, worth_of


def file_facts(case: Case) -> Iterator[Violation]:
    """`mission`, `seats`, `windows` and `status`."""
    mission, plan = case.mission, case.plan
    for what, ours, theirs in (
        ("id", mission.id, plan.mission_id),
        ("sha256", mission.sha256, plan.mission_sha256),
        ("start", mission.calendar.start.isoformat(), plan.calendar.start.isoformat()),
        ("clock", mission.calendar.zone, plan.calendar.zone),
        ("end", mission.end, plan.end),
    ):
        if ours != theirs:
            yield Violation(
                "mission", (), None, f"The plan is of another mission: {what} is {theirs}, where it has {ours}."
            )
    candidates = {person.id: person.candidates for person in mission.crew if person.candidates}
    for seat in sorted(candidates.keys() | plan.seats.keys()):
        who = plan.seats.get(seat)
        if who not in candidates.get(seat, {}):
            wanted = ", ".join(candidates.get(seat, {})) or "no candidates"
            yield Violation("seats", (), None, f"The seat {seat} is filled by {who or 'nobody'}; it has {wanted}.")
    for name in sorted(mission.windows.keys() | plan.windows.keys()):
        if name not in plan.windows:
            yield Violation("windows", (), None, f"The plan does not list the window {name}.")
        elif name not in mission.windows:
            yield Violation("windows", (), None, f"The plan lists the window {name}, which the mission does not have.")
        else:
            listed = tuple(plan.windows[name])
            if merge(listed) != listed or not all(mission.horizon.contains(window) for window in listed):
                yield Violation("windows", (), None, f"The window {name} is not merged, sorted and cut to the mission.")
    yield from _status(case)


def _status(case: Case) -> Iterator[Violation]:
    plan = case.plan
    if plan.status == "infeasible":
        if plan.reservations:
            yield Violation("status", (), None, "The plan says that no plan can exist, and has reservations.")
        if not plan.conflict:
            yield Violation("status", (), None, "The plan says that no plan can exist, and not what clashes.")
    elif plan.status == "optimal" and not case.mission.shares and plan.bound - plan.value > MICRO:
        text = f"The plan says that it is optimal: its value is {float(plan.value)}, its bound {float(plan.bound)}."
        yield Violation("status", (), None, text)


def worth_told(case: Case) -> Iterator[Violation]:
    """`value`, `bound` and `shares`."""
    plan = case.plan
    if plan.status == "infeasible":
        return
    exact = worth_of(case)
    if plan.value not in (exact, printed(exact)):
        text = f"The plan says that it is worth {float(plan.value):.6f}; it is worth {float(printed(exact)):.6f}."
        yield Violation("value", (), None, text)
    if plan.bound < max(exact, plan.value):
        text = f"The bound {float(plan.bound):.6f} is below the value {float(max(exact, plan.value)):.6f}."
        yield Violation("bound", (), None, text)
    shares = promised(case)
    for sponsor in sorted(shares.keys() | plan.shares.keys()):
        if sponsor not in plan.shares or sponsor not in shares:
            told = "says nothing of" if sponsor in shares else "speaks of"
            yield Violation("shares", (), None, f"The plan {told} the share of {sponsor}.")
            continue
        for what, said, found in zip(("promised", "planned"), plan.shares[sponsor], shares[sponsor], strict=True):
            if abs(said - found) >= 60_000:  # the file counts in minutes
                text = f"The share of {sponsor}: {format_duration(said)} {what}; it is {format_duration(found)}."
                yield Violation("shares", (), None, text)


def ids(case: Case) -> Iterator[Violation]:
    """`unknown`, `twice`, `missing` and `kind`."""
    seen: set[str] = set()
    known = case.sittings.keys() | case.instances.keys()
    listed: list[tuple[str, int | None, bool]] = [(one.id, one.start, True) for one in case.plan.reservations]
    listed += [(one.id, None, False) for one in case.plan.unscheduled]
    for name, at, reserved in listed:
        if name not in known or (not reserved and name not in case.sittings):
            why = "a duty cannot be left out" if name in known else "the mission does not have it"
            yield Violation("unknown", (name,), at, f"{name}: {why}.")
        if name in seen:
            yield Violation("twice", (name,), at, f"{name} stands in the plan more than once.")
        seen.add(name)
    if case.plan.status != "infeasible":
        for name in case.sittings:
            if name not in seen:
                yield Violation("missing", (name,), None, f"{name} is neither reserved nor among the unscheduled.")
        for name, instance in case.instances.items():
            if name not in case.placed:
                text = f"{name} has no reservation; it may stand in {case.span(instance.allowed)}."
                yield Violation("missing", (name,), instance.allowed.start, text)
    for placed in case.activities:
        kind = "session" if placed.sitting is not None else "duty"
        if placed.reservation.kind != kind:
            text = f"{placed.id} is called a {placed.reservation.kind}; it is a {kind}."
            yield Violation("kind", (placed.id,), placed.start, text)


def in_order(case: Case) -> Iterator[Violation]:
    """`sorted`: one violation for each entry that stands after a later one."""
    reserved = case.plan.reservations
    for one, other in pairwise(reserved):
        if (one.start, one.id) > (other.start, other.id):
            text = f"{other.id} ({case.when(other.start)}) is listed after {one.id} ({case.when(one.start)})."
            yield Violation("sorted", (one.id, other.id), other.start, text)
    left_out = case.plan.unscheduled
    for left, next_ in pairwise(left_out):
        if left.id > next_.id:
            yield Violation(
                "sorted", (left.id, next_.id), None, f"{next_.id} is listed after {left.id} among the unscheduled."
            )


def enough(case: Case) -> Iterator[Violation]:
    """`required` and `minimum`. A fact of whatever state counts here: nobody can plan it better."""
    if case.plan.status == "infeasible":
        return
    for sitting in case.sittings.values():
        if sitting.experiment.required and sitting.id not in case.placed:
            text = f"{sitting.id} is not planned, but {sitting.experiment.title} is required."
            yield Violation("required", (sitting.id,), None, text)
    for sessions in case.by_experiment.values():
        sitting_of_first = sessions[0].sitting
        assert sitting_of_first is not None
        experiment = sitting_of_first.experiment
        if len(sessions) < experiment.minimum and any(placed.planned for placed in sessions):
            least = experiment.minimum
            text = f"{experiment.id}: {len(sessions)} sessions are planned; below {least} it is worth nothing."
            yield Violation("minimum", tuple(placed.id for placed in sessions), sessions[0].start, text)
