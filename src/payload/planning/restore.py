"""A plan put back into the search: each reservation stands again where the plan says, item by item."""

from __future__ import annotations

from payload.errors import PlanError
from payload.met import format_duration
from payload.model import Plan, Reservation
from payload.planning.construct import fixed_duties
from payload.planning.problem import Item, Problem
from payload.planning.state import Crew, State


def restored(problem: Problem, plan: Plan) -> State:
    """The state in which the planned reservations of `plan` stand, put by their ids and unjudged; the fixed duties stand
    in any case, and what is fact (of a state other than planned) does not.

    Raises PlanError for a reservation that this mission cannot have at all: an unknown id, other people than it has
    roles or than can fill them, another length, or a start that lies off the ticks.
    """
    state = fixed_duties(problem)
    known = {name: item for item in problem.items for name in names_of(problem, item)}
    for reservation in plan.reservations:
        if reservation.state != "planned":
            continue
        item = known.get(reservation.id)
        if item is None:
            raise PlanError(f"{reservation.id} is reserved, but the mission has no such activity: plan it again")
        if not state.on[item.index]:
            state.put(item, tick_of(problem, item, reservation), crew_of(problem, item, reservation))
        elif reservation.start != state.start_ms(item):
            raise PlanError(f"{reservation.id} does not start when the duty that it is a part of does: plan it again")
    return state


def names_of(problem: Problem, item: Item) -> list[str]:
    """The ids of its reservations: its own, or for a duty that several people have together, one a person."""
    if item.form.session is not None or item.on is None:
        return [item.id]
    return [f"{item.duty}/{problem.people[person]}/{item.on.isoformat()}" for person in people_of(item)]


def people_of(item: Item) -> Crew:
    """The people of a duty."""
    return tuple(part.eligible[0] for part in item.form.parts)


def tick_of(problem: Problem, item: Item, reservation: Reservation) -> int:
    """The start that the reservation stands for. Raises PlanError where there is no such tick."""
    length_ms = reservation.end - reservation.start
    if length_ms != item.form.length_ms:
        raise PlanError(
            f"{reservation.id} is reserved for {format_duration(length_ms)}, but takes "
            f"{format_duration(item.form.length_ms)} in this mission: plan it again"
        )
    if item.fixed is not None:
        tick = problem.down(item.fixed.start)
        there = reservation.start == item.fixed.start
    else:
        tick = problem.up(reservation.start)
        there = 0 <= tick < problem.ticks and problem.ms(tick) == reservation.start
    if not there:
        at = problem.mission.calendar.format_day(reservation.start)
        raise PlanError(f"{reservation.id} is reserved at {at}, where this mission has no start for it: plan it again")
    return tick


def crew_of(problem: Problem, item: Item, reservation: Reservation) -> Crew:
    """The people of the reservation by their numbers, one a part. Raises PlanError for people who do not fit."""
    numbers = {name: number for number, name in enumerate(problem.people)}
    parts = item.form.parts
    if item.form.session is None:
        crew = people_of(item)
        fits = [numbers.get(name, -1) for name in reservation.crew] == [
            person for person in crew if reservation.id in (item.id, f"{item.duty}/{problem.people[person]}/{item.on}")
        ]
    else:
        crew = tuple(numbers.get(name, -1) for name in reservation.crew)
        fits = len(crew) == len(parts) and all(
            person in part.eligible for person, part in zip(crew, parts, strict=False)
        )
    if not fits:
        raise PlanError(
            f"{reservation.id} is reserved for {' and '.join(reservation.crew) or 'nobody'}, who cannot be all of its "
            "people in this mission: plan it again"
        )
    return crew
