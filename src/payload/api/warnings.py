"""What a planner should know of a mission before trusting a plan of it: for `payload check`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from payload.met import Window, format_duration, intersect
from payload.model import Consumable, Duty, Experiment, Mission, Person, Renewable, Role, Session

#: a set of orbital elements this far from the horizon is worth a warning (days)
TLE_FRESH_DAYS = 14.0


def warnings(
    mission: Mission,
    windows: Mapping[str, tuple[Window, ...]],
    tle_age_days: float | None,
    held_ms: Callable[[Duty, Person], list[int]],
) -> Iterator[str]:
    """Sentences: stale elements, windows that never open or are too short, duties that never take place, places that
    nobody can fill, amounts that are never there. None of them is an error of the file.

    `held_ms` gives the lengths of a duty's instances for one person.
    """
    if tle_age_days is not None and tle_age_days > TLE_FRESH_DAYS:
        yield (
            f"the orbital elements are up to {tle_age_days:.0f} days from the horizon: windows drift by minutes; "
            f"take elements within {TLE_FRESH_DAYS:.0f} days for anything that matters"
        )
    yield from (f"window '{name}' never opens" for name, found in windows.items() if not found)
    people = {person.id: person for person in mission.crew}
    for duty in mission.routine:
        if not any(held_ms(duty, people[name]) for name in duty.people):
            yield f"duty '{duty.id}' never takes place: nobody aboard has room for it in the mission"
        yield from _amounts(mission, f"duty '{duty.id}'", [duty.uses])
    for experiment in mission.experiments:
        yield from _amounts(mission, f"experiment '{experiment.id}'", [experiment.holds])
        for session in experiment.sessions:
            name = f"session '{experiment.id}/{session.id}'"
            yield from _places(mission, experiment, session, name)
            yield from _amounts(mission, name, [session.uses, *(step.uses for step in session.steps)])
            yield from _too_short(windows, session, name)


def fit(mission: Mission, role: Role) -> frozenset[str]:
    """Those who hold all keys of a role."""
    return frozenset(
        person.id
        for person in mission.crew
        if role.is_ in (None, person.id)
        and (role.any_of is None or person.id in role.any_of)
        and all(person.skills.get(skill, 0) >= level for skill, level in role.skills.items())
    )


def _places(mission: Mission, experiment: Experiment, session: Session, name: str) -> Iterator[str]:
    """For each numbered place of a session that no one person can fill: what it asks for, and what nobody has of it."""
    asked: dict[int, list[Role]] = {}
    for step in session.steps:
        for role in step.crew:
            asked.setdefault(role.number, []).append(role)
    for number, roles in asked.items():
        if frozenset.intersection(*(fit(mission, role) for role in roles)):
            continue
        held = {skill for person in mission.crew for skill in person.skills}
        wanted = {skill: level for role in roles for skill, level in role.skills.items()}
        absent = [skill for skill in wanted if skill not in held]
        why = f"nobody has the skill {', '.join(absent)}" if absent else "nobody holds all that it asks for"
        levels = ", ".join(f"{skill} {level}" for skill, level in wanted.items())
        yield f"{name}: role {number} cannot be filled: {why}{f' ({levels})' if levels and not absent else ''}"


def _amounts(mission: Mission, name: str, uses: list[Mapping[str, int]]) -> Iterator[str]:
    for taken in uses:
        for resource, amount in taken.items():
            found = mission.resources[resource]
            if isinstance(found, Renewable):
                most = max(found.capacity, *(capacity for _, capacity in found.exceptions), 0)
            elif isinstance(found, Consumable):
                most = found.stock + sum(more for _, more in found.resupply)
            else:
                continue
            if amount > most:
                yield f"{name} asks for more of '{resource}' than there ever is"


def _too_short(windows: Mapping[str, tuple[Window, ...]], session: Session, name: str) -> Iterator[str]:
    for names, length_ms in [(session.during, session.min_ms), *((step.during, step.min_ms) for step in session.steps)]:
        if not names or not all(windows.get(each) for each in names):
            continue  # that it never opens has been said
        free = windows[names[0]]
        for each in names[1:]:
            free = intersect(free, windows[each])
        longest = max((window.length_ms for window in free), default=0)
        if longest < length_ms:
            there = format_duration(longest // 1000 * 1000)
            yield f"{name} takes {format_duration(length_ms)} during {', '.join(names)}, which is open {there} at most"
