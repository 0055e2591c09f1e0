"""A plan put back into the search: each reservation stands again where the plan says, item by item."""

from __future__ import annotations

from payload.errors import PlanError
from payload.met import format_duration
from payload.model import Plan, Reservation
from payload.planning.construct import fixed_duties
from payload.planning.problem import Item, Problem
from payload.planning.state import Crew, State


def restored(problem: Problem, plan: Plan) -> State:
    """The state in which the planned reservations of `plan` stand, put by their ids and unjudged; the fixed duties do
    in any case, and what is fact (of a state other than planned) only if the problem was compiled with it.

    Raises PlanError for a reservation that this mission cannot have at all: an unknown id, other people than it has
    roles or than can fill them, another length, or a start that lies off the ticks.
    """
    state = fixed_duties(problem)
    known = {name: item for item in problem.items for name in (item.names or (item.id,))}
    for reservation in plan.reservations:
        if reservation.state != "planned":
            continue
        item = known.get(reservation.id)
        if item is None:
            raise PlanError(f"{reservation.id} is reserved, but the mission has no such activity: plan it again")
        shape = shape_of(item, reservation)
        tick, crew = tick_of(problem, item, reservation), crew_of(problem, item, reservation)
        if not state.on[item.index]:
            state.put(shape, tick, crew, shape.form)
        elif state.at[item.index] != tick:
            raise PlanError(f"{reservation.id} starts apart from those who have it together: plan it again")
    return state


def has_facts(plan: Plan) -> bool:
    """Whether something of it is no longer to be planned."""
    return any(one.state != "planned" for one in plan.reservations)


def shape_of(item: Item, reservation: Reservation) -> Item:
    """The item in the shape that has the reservation's lengths: a wait with play may be stretched. Raises PlanError."""
    length_ms = reservation.end - reservation.start
    steps = [step.end - step.start for step in reservation.steps]
    for shape in (item, *item.shapes):
        session = shape.form.session
        alike = session is None or not steps or steps == list(shape.form.waits)
        if alike and length_ms == shape.form.length_ms:
            return shape
    raise PlanError(
        f"{reservation.id} is reserved for {format_duration(length_ms)}, but takes "
        f"{format_duration(item.form.length_ms)} in this mission: plan it again"
    )


def tick_of(problem: Problem, item: Item, reservation: Reservation) -> int:
    """The tick of the reservation's start. Raises PlanError where there is none."""
    if item.fixed is not None:
        tick, there = problem.down(item.fixed.start), reservation.start == item.fixed.start
    else:
        tick = problem.up(reservation.start)
        there = 0 <= tick < problem.ticks and problem.ms(tick) == reservation.start
    if not there:
        at = problem.mission.calendar.format_day(reservation.start)
        raise PlanError(f"{reservation.id} is reserved at {at}, where this mission has no start for it: plan it again")
    return tick


def crew_of(problem: Problem, item: Item, reservation: Reservation) -> Crew:
    """Who has the item's parts, by their numbers. Raises PlanError for people of the reservation who do not fit."""
    numbers = {name: number for number, name in enumerate(problem.people)}
    crew = tuple(numbers.get(name, -1) for name in reservation.crew)
    if item.form.session is None:
        fits = len(crew) == 1 and crew[0] in item.people
        crew = item.people
    else:
        parts = item.form.parts
        fits = len(crew) == len(parts) and all(p in part.eligible for p, part in zip(crew, parts, strict=True))
    if not fits:
        raise PlanError(
            f"{reservation.id} is reserved for {' and '.join(reservation.crew) or 'nobody'}, who cannot be all of its "
            "people in this mission: plan it again"
        )
    return crew
