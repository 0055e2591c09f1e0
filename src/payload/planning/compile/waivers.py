"""Waivers: which activity is out of which rule, or looks past which of its own keys.

An activity that a waiver takes out of a rule of the mission has a form of its own, which that rule does not count; the
others keep the rule among themselves. A soft rule costs all the same, waived or not, so nobody is taken out of it.

Of the format's own words those are made use of that bind a session by itself (`USED`). A waiver of any other word is
not, or not of all people who hold a duty together: the plan is valid without it, but as more might be possible with it,
nothing is then said to be impossible of its experiment or duty (`Problem.sure_of`), and the bound is the sum of all.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace
from typing import Any

from payload.model import Experiment, Mission, Role, Session, Waiver

#: words of the format that the planner looks past for an activity that has a waiver of them
USED = frozenset({"role", "at", "days", "between", "during", "avoid", "covers", "relative"})
#: words that bind sessions alone
ALONE = frozenset(
    {"role", "same", "inside", "at", "days", "between", "covers", "sequence", "predecessor", "after", "repeat"}
    | {"required", "minimum"}
)


def exemptions(mission: Mission) -> Mapping[str, frozenset[str]]:
    """Per activity that has waivers, the ids of the mission's hard rules and the words that they cover."""
    soft = {rule.id for rule in mission.rules if rule.weight is not None}
    found: dict[str, set[str]] = {}
    for waiver in mission.waivers:
        if waiver.rule not in soft:
            found.setdefault(waiver.of, set()).add(waiver.rule)
    return {activity: frozenset(words) for activity, words in found.items()}


def not_made_use_of(mission: Mission) -> frozenset[str]:
    """The experiments and duties of which a waiver covers a word that the planner does not look past, or not wholly, or
    a key of a duty: of them nothing is said to be impossible."""
    found = set()
    rules = {rule.id for rule in mission.rules}
    sessions = {experiment.id for experiment in mission.experiments}
    for waiver in mission.waivers:
        # without its `at` an activity may start between two ticks, which is not tried
        used = waiver.rule in USED - {"at"} and waiver.of.split("/")[0] in sessions
        # who is not bound to others' `together` is an item apart: see `routine`
        if waiver.rule not in rules and not used and waiver.rule != "together" and _binds(mission, waiver):
            found.add(waiver.of.split("/")[0])
    return frozenset(found)


def _binds(mission: Mission, waiver: Waiver) -> bool:
    """Whether the word of the waiver binds the activity at all, with another or by itself."""
    name, middle, _ = waiver.of.split("/")
    for duty in mission.routine:
        if duty.id == name:
            tied = (session.relative for experiment in mission.experiments for session in experiment.sessions)
            keys = {"during": bool(duty.during), "avoid": bool(duty.avoid), "lock": waiver.of in mission.locks}
            keys["relative"] = any(tie is not None and tie.duty == name for tie in tied)
            return keys.get(waiver.rule, waiver.rule not in ALONE)
    for experiment in mission.experiments:
        for session in experiment.sessions:
            if experiment.id == name and session.id == middle:
                return _keys(mission, experiment, session, waiver.of).get(waiver.rule, True)
    return True


def _keys(mission: Mission, experiment: Experiment, session: Session, of: str) -> Mapping[str, bool]:
    """Of the words that keys of an experiment or session give, whether these are there."""
    more = [other for other in experiment.sessions if other is not session or session.repeat.count > 1]
    after = {tie.reference.rpartition("/")[2] for one in mission.experiments for s in one.sessions for tie in s.after}
    repeat = session.repeat
    return {
        "same": experiment.same_people and bool(more),
        "required": experiment.required,
        "minimum": experiment.minimum > 1,
        "inside": session.inside is not None,
        "relative": session.relative is not None,
        "at": session.at is not None,
        "lock": of in mission.locks,
        "after": bool(session.after) or session.id in after,
        "repeat": repeat.each_day or (repeat.every_ms, repeat.min_ms, repeat.max_ms) != (None, None, None),
        "sequence": bool(more),
        "predecessor": bool(more),
        "fixed": False,
        "allowed": False,
    }


def without(session: Session, words: Set[str]) -> Session:
    """The session as it is for an activity to which these words do not apply."""
    if "at" in words:
        session = replace(session, at=None)
    if "days" in words:
        session = replace(session, days=None)
    if "between" in words:
        session = replace(session, between=None)
    if "relative" in words:
        session = replace(session, relative=None)
    if "role" in words:  # whoever it is: a role asks for nothing but another person than the other roles
        bare = [tuple(Role(role.number) for role in step.crew) for step in session.steps]
        steps = tuple(replace(step, crew=crew) for step, crew in zip(session.steps, bare, strict=True))
        session = replace(session, steps=steps)
    for word in ("during", "avoid", "covers"):
        if word in words:
            nothing: dict[str, Any] = {word: ()}
            steps = tuple(replace(step, **nothing) for step in session.steps)
            session = replace(session, steps=steps, **nothing)
    return session
