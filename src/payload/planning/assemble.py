"""From the integers back to a plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from payload.model import Plan, Reservation, ReservedStep, Status, Unscheduled
from payload.planning.problem import Item, Problem
from payload.planning.score import given_shares, perfect, value_of
from payload.planning.state import State


def infeasible(problem: Problem, conflict: Sequence[str]) -> Plan:
    """The plan of a mission that has none: the clash, nothing reserved, and every session left out."""
    left = [
        Unscheduled(problem.items[index].id, work.worth_each, ("no plan of this mission can exist",))
        for work in problem.works
        for index in work.items
    ]
    return _plan(problem, "infeasible", Fraction(0), Fraction(0), (), left, conflict)


def assembled(state: State, bound: Fraction, conflicts: Mapping[int, tuple[str, ...]]) -> Plan:
    """The plan that stands in `state`. `conflicts` has the reasons of each item that was left out."""
    problem = state.problem
    numbers = _numbered(state)
    reservations = []
    for item in placed(state):
        if item.fact is not None:
            reservations.append(item.fact)
        elif item.form.session is None:
            reservations += _duties(state, item)
        else:
            reservations.append(_reservation(state, item, numbers.get(item.index, item.id)))
    taken = {reservation.id for reservation in reservations}
    unscheduled = []
    for work in problem.works:
        left = [problem.items[index] for index in work.items if not state.on[index]]
        names = [problem.items[index].id for index in work.items if problem.items[index].id not in taken]
        # numbers of interchangeable repeats may have been dealt anew: as many names are left as sessions
        for item, name in zip(left, names, strict=True):
            unscheduled.append(Unscheduled(name, work.worth_each, conflicts.get(item.index, ())))
    value = value_of(state)
    status: Status = "optimal" if perfect(state, bound) else "feasible"
    plan = _plan(problem, status, value, bound, reservations, unscheduled, ())
    return replace(plan, shares=given_shares(state))


def placed(state: State) -> list[Item]:
    return [item for item in state.problem.items if state.on[item.index]]


def _numbered(state: State) -> dict[int, str]:
    """Ids for interchangeable repeats of unordered experiments: in order of time, from 1 on."""
    problem = state.problem
    names: dict[int, str] = {}
    if problem.kept or any(item.fact for item in problem.items):
        return names  # then it matters which is which
    for work in problem.works:
        free: dict[int, list[Item]] = {}
        for chain in work.chains:
            item = problem.items[chain[0]]
            locked = item.id in problem.mission.locks
            if len(chain) == 1 and work.model.unordered and not item.optional and not locked:
                free.setdefault(item.form.index, []).append(item)  # one with a waiver or lock has its own form
        for repeats in free.values():
            on = sorted((item for item in repeats if state.on[item.index]), key=lambda item: state.at[item.index])
            for item, name in zip(on, repeats, strict=False):
                names[item.index] = name.id
    return names


def _duties(state: State, item: Item) -> Iterator[Reservation]:
    """One reservation for each person of a duty."""
    start, end = state.start_ms(item), state.end_ms(item)
    for name, person in zip(item.names, item.people, strict=True):
        yield Reservation(name, "duty", item.duty, start, end, (state.problem.people[person],))


def _reservation(state: State, item: Item, name: str) -> Reservation:
    problem, form = state.problem, state.form[item.index]
    start = state.start_ms(item)
    people = tuple(problem.people[person] for person in state.crew[item.index])
    assert form.session is not None
    who = dict(zip((part.number for part in form.parts), people, strict=True))
    steps, at = [], start
    for step, length_ms in zip(form.session.steps, form.waits, strict=True):
        crew = tuple(who[number] for number in sorted(role.number for role in step.crew))
        steps.append(ReservedStep(step.do, at, at + length_ms, crew, dict(step.uses)))
        at += length_ms
    return Reservation(name, "session", problem.works[item.exp].model.title, start, at, people, tuple(steps))


def _plan(
    problem: Problem,
    status: Status,
    value: Fraction,
    bound: Fraction,
    reservations: Sequence[Reservation],
    unscheduled: Sequence[Unscheduled],
    conflict: Sequence[str],
) -> Plan:
    mission = problem.mission
    return Plan(
        mission_id=mission.id,
        mission_sha256=mission.sha256,
        title=mission.title,
        calendar=mission.calendar,
        end=mission.end,
        status=status,
        value=value,
        bound=bound,
        reservations=tuple(sorted(reservations, key=lambda reservation: (reservation.start, reservation.id))),
        unscheduled=tuple(sorted(unscheduled, key=lambda one: one.id)),
        seats=mission.seats,
        windows={name: tuple(windows) for name, windows in problem.windows.items()},
        conflict=tuple(conflict),
    )
