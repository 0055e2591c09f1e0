"""What keys, roles and rules are called in a planner's sentences."""

from __future__ import annotations

from collections.abc import Sequence

from payload.model import Rule
from payload.planning.problem import Item, Part, Problem


def listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def told_rule(rule: Rule) -> str:
    """A rule by its id, and what a breach of it costs where it is soft."""
    if rule.weight is None:
        return f"rule {rule.id}"
    return f"rule {rule.id} (soft: {float(rule.weight):g} for each breach)"


def days_left(problem: Problem, limit: int) -> str:
    return " on the days that are left" if problem.limits[limit].per_day else ""


def of_keys(problem: Problem, item: Item) -> str:
    session = item.form.session
    if session is None:
        return f"its own keys leave no start{''.join(f'; {text}' for text in locked(problem, item))}"
    keys = keys_of(problem, item)
    if session.relative is not None and not any(role.number == 1 for step in session.steps for role in step.crew):
        keys.append("relative, which needs a role 1")
    return f"no start lies in all that its keys allow: {', '.join(keys) or 'the mission is too short'}"


def locked(problem: Problem, item: Item) -> list[str]:
    """`it is locked to day 2 10:00`, where that is so: of a duty that several people hold, with each one's id."""
    calendar, locks = problem.mission.calendar, problem.mission.locks
    mine = [(name, calendar.format_day(locks[name])) for name in item.names or (item.id,) if name in locks]
    return [f"{'it' if len(item.names) < 2 else name} is locked to {at}" for name, at in mine]


def keys_of(problem: Problem, item: Item) -> list[str]:
    """The keys of a session that close starts of it."""
    session, locks = item.form.session, problem.mission.locks
    if session is None:
        return []

    def covers(names: Sequence[str]) -> list[str]:
        return [name for name in names if name in problem.mission.windows]

    keys = [
        name
        for name, there in (
            (f"lock to {problem.mission.calendar.format_day(locks.get(item.id, 0))}", item.id in locks),
            ("at", session.at is not None),
            ("days", session.days is not None),
            ("between", session.between is not None),
            (f"during {' and '.join(session.during)}", bool(session.during)),
            (f"avoid {' and '.join(session.avoid)}", bool(session.avoid)),
            (f"covers {' and '.join(covers(session.covers))}", bool(covers(session.covers))),
        )
        if there
    ]
    for step in session.steps:
        for key, names in (("during", step.during), ("avoid", step.avoid), ("covers", covers(step.covers))):
            if names:
                keys.append(f"{key} {' and '.join(names)} of '{step.do}'")
    return keys


def asked(item: Item, part: Part) -> str:
    """What a role asks for, in words."""
    session = item.form.session
    words: list[str] = []
    for step in session.steps if session else ():
        for role in step.crew:
            if role.number == part.number:
                words += [f"is {role.is_}"] if role.is_ else []
                words += [f"any of {', '.join(role.any_of)}"] if role.any_of else []
                words += [f"{skill} {level}" for skill, level in role.skills.items()]
    return ", ".join(dict.fromkeys(words)) or "anybody"
