"""Which keys of the format a mission has: `keys_of`, by the names that the format's page gives them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from payload.model import (
    AmountLimit,
    Buffer,
    Consumable,
    DifferentDay,
    Duty,
    Exclude,
    Experiment,
    Gap,
    Limit,
    Mission,
    Order,
    Renewable,
    Rule,
    SameDay,
    Session,
    Step,
)

_WORDS = """
    clock.forward clock.back grid.7 grid.15 start.off-grid
    aboard candidates skills
    capacity except stock resupply buffer drain buffer.during
    duty.at duty.at-once duty.between duty.between-once duty.next-day duty.days duty.except duty.for duty.together
    duty.uses duty.during duty.avoid
    gap order limit limit-amount exclude different_day same_day weight per-crew per-day rule.for rule.days
    required minimum unordered same holds for value.0
    is any_of role.skills role.n
    days between at during during.several avoid covers.window covers.duty after after.max after.another relative.before
    relative.after inside session.uses
    repeat.count every tolerance repeat.min repeat.max each-day
    steps for.range for.range.several step.uncrewed step.uses produces step.during step.avoid step.covers rig
    shares waiver.rule waiver.word lock.session lock.duty
"""
#: every key that says something to a planner
KEYS = frozenset(_WORDS.split())
_KINDS = {Gap: "gap", Order: "order", Exclude: "exclude", DifferentDay: "different_day", SameDay: "same_day"}


def keys_of(mission: Mission) -> set[str]:
    found = {*_of_setting(mission)}
    for duty in mission.routine:
        found |= {f"duty.{key}" for key in _of_duty(mission, duty)}
    for rule in mission.rules:
        found |= {*_of_rule(rule)}
    for experiment in mission.experiments:
        found |= {*_of_experiment(experiment)}
        for session in experiment.sessions:
            found |= {*_of_session(mission, experiment, session)}
            for step in session.steps:
                found |= {*_of_step(step)}
    return found


def _if(**keys: object) -> Iterator[str]:
    """The names of those that are there."""
    for key, there in keys.items():
        if there:
            yield key.replace("__", ".").replace("_0", "-").rstrip("_")


def _of_setting(mission: Mission) -> Iterator[str]:
    calendar = mission.calendar
    days = [calendar.midnight(day) for day in mission.dates()]
    lengths = {after - before for before, after in pairwise(days)}
    hour = 3_600_000
    if 23 * hour in lengths:
        yield "clock.forward"
    if 25 * hour in lengths:
        yield "clock.back"
    yield from (f"grid.{minutes}" for minutes in (7, 15) if mission.grid_ms == minutes * 60_000)
    if mission.grid_origin % mission.grid_ms:
        yield "start.off-grid"
    for person in mission.crew:
        yield from _if(aboard=person.aboard != mission.horizon, candidates=person.candidates, skills=person.own)
    for resource in mission.resources.values():
        if isinstance(resource, Renewable):
            yield "capacity"
            if resource.exceptions:
                yield "except"
        if isinstance(resource, Consumable):
            yield "stock"
            if resource.resupply:
                yield "resupply"
        if isinstance(resource, Buffer):
            yield from ("buffer", *(["drain"] if resource.drain else []))
            if resource.during:
                yield "buffer.during"
    rules = {rule.id for rule in mission.rules}
    if mission.shares:
        yield "shares"
    for waiver in mission.waivers:
        yield "waiver.rule" if waiver.rule in rules else "waiver.word"
    duties = {duty.id for duty in mission.routine}
    for name in mission.locks:
        yield "lock.duty" if name.split("/")[0] in duties else "lock.session"


def _of_duty(mission: Mission, duty: Duty) -> Iterator[str]:
    yield from _if(at=duty.at_ms is not None, between=duty.between_ms, days=duty.days, together=duty.together)
    yield from _if(uses=duty.uses, during=duty.during, avoid=duty.avoid)
    if duty.at is not None:
        yield "at-once"
    if duty.between is not None:
        yield "between-once"
    if duty.between_ms and duty.between_ms[1] <= duty.between_ms[0]:
        yield "next-day"
    if duty.except_days:
        yield "except"
    if len(duty.people) < len(mission.crew):
        yield "for"


def _of_rule(rule: Rule) -> Iterator[str]:
    if isinstance(rule, Limit):
        yield "limit"
    elif isinstance(rule, AmountLimit):
        yield "limit-amount"
    else:
        yield _KINDS[type(rule)]
    yield from _if(weight=rule.weight, per_0crew=rule.per_crew, per_0day=rule.per_day, rule__days=rule.days)
    if rule.people:
        yield "rule.for"


def _of_experiment(experiment: Experiment) -> Iterator[str]:
    yield from _if(
        required=experiment.required, minimum=experiment.minimum > 1, unordered=experiment.unordered,
        same=experiment.same_people, holds=experiment.holds, for_=experiment.id != experiment.written_id,
    )  # fmt: skip
    if not experiment.value:
        yield "value.0"


def _of_session(mission: Mission, experiment: Experiment, session: Session) -> Iterator[str]:
    yield from _if(days=session.days, between=session.between, at=session.at, during=session.during)
    yield from _if(avoid=session.avoid, after=session.after, inside=session.inside, session__uses=session.uses)
    if len(session.during) > 1:
        yield "during.several"
    for name in session.covers:
        yield "covers.window" if name in mission.windows else "covers.duty"
    for tie in session.after:
        if tie.max_ms is not None:
            yield "after.max"
        if tie.reference.split("/")[0] != experiment.written_id:
            yield "after.another"
    if session.relative:
        yield "relative.before" if session.relative.before else "relative.after"
    repeat = session.repeat
    yield from _if(repeat__count=repeat.count > 1, every=repeat.every_ms, tolerance=repeat.tolerance_ms)
    yield from _if(repeat__min=repeat.min_ms, repeat__max=repeat.max_ms)
    if repeat.each_day:
        yield "each-day"
    if len(session.steps) > 1:
        yield "steps"
    if sum(step.max_ms > step.min_ms for step in session.steps) > 1:
        yield "for.range.several"


def _of_step(step: Step) -> Iterator[str]:
    yield from _if(step__uses=step.uses, produces=step.produces, step__during=step.during, step__avoid=step.avoid)
    yield from _if(step__covers=step.covers, rig=step.rig, step__uncrewed=not step.crew)
    if step.max_ms > step.min_ms:
        yield "for.range"
    for role in step.crew:
        yield from _if(is_=role.is_, any_of=role.any_of, role__skills=role.skills, role__n=role.number > 1)
