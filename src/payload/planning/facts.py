"""What a plan to keep says: facts, which stand as they are, and what it has planned, which is best not changed.

Ids that the mission does not have are ignored, and so are people who are not in its crew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from payload.model import Plan, Reservation, Role, Session, Step
from payload.planning.problem import Item, Problem

#: roles of people whom the mission does not see in a step are numbered from here on
OTHERS = 1_000


def facts_of(keep: Plan | None) -> dict[str, Reservation]:
    """What is no longer to be planned, by id."""
    return {one.id: one for one in keep.reservations if one.state != "planned"} if keep is not None else {}


def idle(fact: Reservation | None) -> bool:
    """Whether it is a fact that counts for no value: running, failed or skipped."""
    return fact is not None and fact.state != "done"


def as_held(session: Session, fact: Reservation, numbers: Mapping[str, int]) -> tuple[Session, dict[int, int]]:
    """The session with the lengths, people and uses that the fact records, and who had each role, by their `numbers`.

    Pauses between steps, before the first and after the last become steps of nobody. Steps that the fact does not
    record were not held.
    """
    steps: list[Step] = []
    who: dict[int, int] = {}
    at = fact.start
    for step, there in zip(session.steps, fact.steps, strict=False):
        start, end = max(there.start, at), max(there.end, at)
        if start > at:
            steps.append(Step("pause", start - at, start - at))
        roles = _roles(step, [numbers[name] for name in there.crew if name in numbers], who)
        steps.append(replace(step, min_ms=end - start, max_ms=end - start, crew=roles, uses=there.uses))
        at = end
    if fact.end > at or not steps:
        steps.append(Step("pause", max(fact.end - at, 0), max(fact.end - at, 0)))
    return replace(session, steps=tuple(steps)), who


def _roles(step: Step, people: list[int], who: dict[int, int]) -> tuple[Role, ...]:
    """A bare role for each who was in a step: with the step's own number unless somebody else has it, or there were
    more or fewer than the mission asks for."""
    numbers = sorted(role.number for role in step.crew)
    roles = []
    for place, person in enumerate(people):
        number = numbers[place] if len(numbers) == len(people) else OTHERS + person
        if who.setdefault(number, person) != person:
            number = OTHERS + person
            who[number] = person
        roles.append(Role(number))
    return tuple(roles)


def remember(problem: Problem, keep: Plan, price: Fraction) -> None:
    """Notes where the plan to keep has each movable activity that it plans."""
    numbers = {name: number for number, name in enumerate(problem.people)}
    planned = {one.id: one for one in keep.reservations if one.state == "planned"}
    problem.price, problem.facts = price, any(item.fact is not None for item in problem.items)
    for item in problem.items:
        there = [planned[name] for name in item.names if name in planned]
        if not there or item.fixed is not None:
            continue
        tick = problem.up(there[0].start)
        crew = tuple(numbers.get(name, -1) for one in there for name in one.crew)
        if item.form.session is None:
            crew = item.people if set(crew) <= set(item.people) else ()
        if any(one.start != there[0].start for one in there) or problem.ms(tick) != there[0].start or tick < 0:
            tick = -1  # it cannot stay
        problem.kept[item.index] = tick, crew, len(there)
        if item.shapes and (shape := shape_held(item, there[0])) is not None:
            problem.shapes_kept[item.index] = shape.form


def shape_held(item: Item, reservation: Reservation) -> Item | None:
    """The item in the shape that the reservation's steps have; None when it has no such shape."""
    if item.form.session is None:
        return item if reservation.end - reservation.start == item.form.length_ms else None
    lengths = tuple(step.end - step.start for step in reservation.steps)
    return next((shape for shape in (item, *item.shapes) if shape.form.waits == lengths), None)
