"""What the planner does not honour yet: named, all at once, never ignored."""

from __future__ import annotations

from collections.abc import Iterator

from payload.errors import NotPlannedYet
from payload.model import AmountLimit, Buffer, DifferentDay, Experiment, Mission, SameDay


def refuse(mission: Mission) -> None:
    """Raises NotPlannedYet with the id path of every key of the mission that the planner would have to ignore."""
    keys = unplanned(mission)
    if keys:
        raise NotPlannedYet(keys)


def unplanned(mission: Mission) -> list[str]:
    """The id paths of the keys that the planner would refuse, in the order of the model."""
    return list(dict.fromkeys(_keys(mission)))


def _keys(mission: Mission) -> Iterator[str]:
    for name, resource in mission.resources.items():
        if isinstance(resource, Buffer):
            yield f"resources[{name}].buffer"
    for duty in mission.routine:
        if duty.together:
            yield f"routine[{duty.id}].together"
    for rule in mission.rules:
        if isinstance(rule, DifferentDay):
            yield f"rules[{rule.id}].different_day"
        elif isinstance(rule, SameDay):
            yield f"rules[{rule.id}].same_day"
        elif isinstance(rule, AmountLimit):
            yield f"rules[{rule.id}].limit"
        if rule.weight is not None:
            yield f"rules[{rule.id}].weight"
    for experiment in mission.experiments:
        yield from _experiment_keys(experiment)
    for name in ("shares", "waivers", "locks"):
        if getattr(mission, name):
            yield name


def _experiment_keys(experiment: Experiment) -> Iterator[str]:
    for session in experiment.sessions:
        place = f"experiments[{experiment.written_id}].sessions[{session.id}]"
        if session.covers:
            yield f"{place}.covers"
        for number, step in enumerate(session.steps):
            if step.max_ms > step.min_ms:
                yield f"{place}.steps[{number}].for"
            if step.covers:
                yield f"{place}.steps[{number}].covers"
