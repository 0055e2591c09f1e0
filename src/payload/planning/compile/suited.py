"""Who can fill a role, and whom to spare."""

from __future__ import annotations

from collections.abc import Mapping

from payload.model import Mission, Person, Role, Session


def serves(person: Person, role: Role) -> bool:
    if role.is_ is not None and person.id != role.is_:
        return False
    if role.any_of is not None and person.id not in role.any_of:
        return False
    held = person.skills
    return all(skill in held and held[skill] >= level for skill, level in role.skills.items())


def pressure(mission: Mission) -> dict[str, float]:
    """How much each person is asked for, where few others could do it: the busy are spared where others serve."""
    load = dict.fromkeys((person.id for person in mission.crew), 0.0)
    for experiment in mission.experiments:
        for session in experiment.sessions:
            for step in session.steps:
                for role in step.crew:
                    able = [person.id for person in mission.crew if serves(person, role)]
                    for name in able:
                        load[name] += step.min_ms * session.repeat.count / len(able) ** 2
    return load


def can_be_tied(session: Session, windows: Mapping[str, object]) -> bool:
    """False for a session tied to role 1's person's duty that has no role 1."""
    if session.relative is None and not session.covers and not any(step.covers for step in session.steps):
        return True
    if any(role.number == 1 for step in session.steps for role in step.crew):
        return True
    covered = {name for names in (session.covers, *(step.covers for step in session.steps)) for name in names}
    return session.relative is None and covered <= windows.keys()


def tied_to(session: Session | None) -> set[str]:
    """The duties that a session is tied to."""
    if session is None:
        return set()
    names = (session.inside, session.relative.duty if session.relative else None, *session.covers)
    return {name for name in (*names, *(name for step in session.steps for name in step.covers)) if name}
