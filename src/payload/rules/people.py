"""People: who is in an activity, whether they may be, and whether they are in one place at a time.

`crew`           a step or reservation lists the wrong number of people, an unknown one, or not in role order
`role`           somebody does not hold all keys of a role: `is`, `any_of`, `skills`
`role-identity`  a role changes hands within a session, or one person has two of its roles
`same`           an experiment with `same: true` changes a role's person between its sessions
`crew-overlap`   a person is in two places: two holds, or two sessions inside duties, overlap
`aboard`         a person is held while not aboard
`inside`         a session `inside` a duty does not lie within one such duty of each person in it
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator

from payload.met import Window
from payload.model import Person, Role, Violation
from payload.rules.case import Case, Placed, in_time


def crew_listed(case: Case) -> Iterator[Violation]:
    """`crew` and `role-identity`: the people of each step and of the reservation, against the roles."""
    for placed in case.activities:
        if not placed.planned:
            continue
        for person in dict.fromkeys(placed.people):
            if person not in case.crew:
                yield Violation(
                    "crew", (placed.id,), placed.start, f"{placed.id} lists {person}, who is not in the crew."
                )
        if placed.instance is not None:
            if placed.people != (placed.instance.person,):
                text = f"{placed.id} is {placed.instance.person}'s, but lists {_names(placed.people)}."
                yield Violation("crew", (placed.id,), placed.start, text)
        else:
            yield from _session_crew(case, placed)


def _session_crew(case: Case, placed: Placed) -> Iterator[Violation]:
    who: dict[int, str] = {}
    for step, reserved in placed.steps:
        numbers = sorted(role.number for role in step.crew)
        if len(numbers) != len(reserved.crew):
            told = f"needs {len(numbers)}, has {_names(reserved.crew)}"
            text = f"{placed.id}, '{step.do}' at {case.when(reserved.start)}: {told}."
            yield Violation("crew", (placed.id,), reserved.start, text)
            continue
        for number, person in zip(numbers, reserved.crew, strict=True):
            if who.setdefault(number, person) != person:
                text = (
                    f"{placed.id}: role {number} is {who[number]} at first, but {person} in "
                    f"'{step.do}' at {case.when(reserved.start)}."
                )
                yield Violation("role-identity", (placed.id,), reserved.start, text)
    for number, person in who.items():
        others = [other for other, same in who.items() if same == person and other < number]
        if others:
            text = f"{placed.id}: {person} has role {others[0]} and role {number}, which are different people."
            yield Violation("role-identity", (placed.id,), placed.start, text)
    in_order = tuple(dict.fromkeys(who[number] for number in sorted(who)))
    if placed.people != in_order:
        text = f"{placed.id} lists {_names(placed.people)}; its steps have, in role order, {_names(in_order)}."
        yield Violation("crew", (placed.id,), placed.start, text)


def roles_held(case: Case) -> Iterator[Violation]:
    """`role`: each person in a step holds all keys of the role."""
    for placed in case.sessions:
        if not placed.planned:
            continue
        told: set[tuple[str, str]] = set()
        for step, reserved in placed.steps:
            roles = sorted(step.crew, key=lambda role: role.number)
            for role, name in zip(roles, reserved.crew, strict=False):
                person = case.crew.get(name)
                lacks = _lacks(person, role) if person else ""
                if lacks and (name, lacks) not in told:
                    told.add((name, lacks))
                    text = (
                        f"{placed.id}, '{step.do}' at {case.when(reserved.start)}: {name} {lacks} (role {role.number})."
                    )
                    yield Violation("role", (placed.id,), reserved.start, text)


def _lacks(person: Person, role: Role) -> str:
    """What of the role the person does not hold; empty when nothing."""
    if role.is_ is not None and person.id != role.is_:
        return f"is not {role.is_}"
    if role.any_of is not None and person.id not in role.any_of:
        return f"is none of {_names(role.any_of)}"
    held = person.skills
    for skill, level in role.skills.items():
        if skill not in held:
            return f"has not the skill {skill}"
        if held[skill] < level:
            return f"is {held[skill]} in {skill}, where {level} is needed"
    return ""


def same_people(case: Case) -> Iterator[Violation]:
    """`same`: role i is one person in all planned sessions; each is compared with the earliest without a waiver."""
    free = case.waived("same")
    for sessions in case.by_experiment.values():
        experiment = sessions[0].sitting.experiment if sessions[0].sitting else None
        if experiment is None or not experiment.same_people:
            continue
        first: dict[int, tuple[str, Placed]] = {}
        for placed in sorted(sessions, key=lambda one: one.id in free):
            for number in sorted({role.number for step, _ in placed.steps for role in step.crew}):
                person = placed.person_in(number)
                if person is None:
                    continue
                before, earlier = first.setdefault(number, (person, placed))
                if before != person and (placed.planned or earlier.planned):
                    text = (
                        f"{placed.id}: role {number} is {person}, but {before} in {earlier.id}; they must be the same."
                    )
                    yield Violation("same", (earlier.id, placed.id), placed.start, text)


def crew_overlap(case: Case) -> Iterator[Violation]:
    """`crew-overlap`: no two holds of a person overlap, nor two of their sessions inside duties."""
    holds: dict[str, list[tuple[int, int, Placed]]] = defaultdict(list)
    guests: dict[str, list[tuple[int, int, Placed]]] = defaultdict(list)
    for placed in case.activities:
        if placed.sitting is not None and placed.session.inside is not None:
            for person in placed.people:
                guests[person].append((placed.start, placed.end, placed))
        else:
            for window, people in placed.shifts():
                for person in people:
                    holds[person].append((window.start, window.end, placed))
    for kind in (holds, guests):
        for person, held in sorted(kind.items()):
            for one, other in _overlaps(held):
                at = max(one[0], other[0])
                text = (
                    f"{person} is in {one[2].id} ({case.span(Window(one[0], one[1]))}) and in {other[2].id} "
                    f"({case.span(Window(other[0], other[1]))}) at once."
                )
                yield Violation("crew-overlap", (one[2].id, other[2].id), at, text)


def _overlaps(
    held: list[tuple[int, int, Placed]],
) -> Iterator[tuple[tuple[int, int, Placed], tuple[int, int, Placed]]]:
    """Each pair of activities that overlap, once; facts among themselves are left alone."""
    told: set[tuple[str, str]] = set()
    active: list[tuple[int, int, Placed]] = []
    for hold in sorted(held, key=lambda entry: (entry[0], entry[1], entry[2].id)):
        active = [earlier for earlier in active if earlier[1] > hold[0]]
        for earlier in active:
            one, other = earlier[2], hold[2]
            pair = (one.id, other.id)
            if one is not other and hold[1] > hold[0] and (one.planned or other.planned) and pair not in told:
                told.add(pair)
                yield earlier, hold
        active.append(hold)


def aboard(case: Case) -> Iterator[Violation]:
    """`aboard`: every hold of a person lies within their time aboard."""
    for placed in case.activities:
        if not placed.planned:
            continue
        told: set[str] = set()
        for window, people in placed.shifts():
            for name in people:
                person = case.crew.get(name)
                if person is not None and name not in told and not person.aboard.contains(window):
                    told.add(name)
                    text = f"{placed.id} holds {name}, {case.span(window)}, who is aboard {case.span(person.aboard)}."
                    yield Violation("aboard", (placed.id,), window.start, text)


def inside(case: Case) -> Iterator[Violation]:
    """`inside`: the whole session lies within one such duty of each person in it."""
    for placed in in_time(case.sessions):
        duty = placed.session.inside
        if duty is None or not placed.planned:
            continue
        for person in dict.fromkeys(placed.people):
            if host_of(case, placed, duty, person) is None:
                text = f"{case.named_span(placed)} lies within no {duty} of {person}."
                yield Violation("inside", (placed.id,), placed.start, text)


def host_of(case: Case, placed: Placed, duty: str, person: str) -> Placed | None:
    """The person's instance of the duty that holds all of the session, if one does."""
    there = case.by_duty.get((duty, person), [])
    until = bisect_right(there, placed.start, key=lambda instance: instance.start)
    return next((host for host in reversed(there[:until]) if host.window.contains(placed.window)), None)


def _names(people: tuple[str, ...]) -> str:
    return ", ".join(people) or "nobody"
