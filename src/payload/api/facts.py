"""What a mission holds, in figures: for `payload check`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from payload.api.warnings import fit, warnings
from payload.met import Window
from payload.model import Duty, Experiment, Mission, Person


@dataclass(frozen=True, slots=True)
class Facts:
    """Figures of a mission; times in ms.

    `supply_ms` is per person: time aboard less the routine's duties. `demand_ms` is the crewed step time of all
    sessions, people counted, without those `inside` a duty, which need no other time; `bound_demand_ms` the part of it
    that only one person can do, per person. `load` is demand over supply of those whom some session can use.
    `sponsor_demand_ms` counts all crewed step time, as shares do.
    """

    people: int
    days: int
    duties: int
    experiments: int
    sessions: int
    value: float
    supply_ms: Mapping[str, int]
    demand_ms: int
    bound_demand_ms: Mapping[str, int]
    sponsor_demand_ms: Mapping[str, int]
    load: float
    windows: Mapping[str, tuple[int, int]]  # name -> how many, ms in all
    tle_age_days: float | None
    warnings: tuple[str, ...]


def facts(mission: Mission, windows: Mapping[str, tuple[Window, ...]]) -> Facts:
    """Counts and loads of a mission, with warnings for what a planner should know before trusting them."""
    from payload import environment

    supply = {person.id: _supply(mission, person) for person in mission.crew}
    bound: Counter[str] = Counter()
    sponsors: Counter[str] = Counter()
    useful: set[str] = set()
    demand = 0
    for experiment in mission.experiments:
        for length_ms, able, inside in _crewed(mission, experiment):
            sponsors[experiment.sponsor] += length_ms
            if inside:
                continue
            demand += length_ms
            useful |= able
            if len(able) == 1:
                bound[next(iter(able))] += length_ms
    available = sum(supply[person] for person in useful)
    age = environment.tle_age_days(mission)
    return Facts(
        people=len(mission.crew),
        days=len(mission.dates()),
        duties=len(mission.routine),
        experiments=len(mission.experiments),
        sessions=sum(experiment.session_count for experiment in mission.experiments),
        value=float(sum(experiment.value for experiment in mission.experiments)),
        supply_ms=supply,
        demand_ms=demand,
        bound_demand_ms=dict(bound),
        sponsor_demand_ms=dict(sponsors),
        load=demand / available if available else 0.0,
        windows={name: (len(found), sum(w.length_ms for w in found)) for name, found in windows.items()},
        tle_age_days=age,
        warnings=tuple(warnings(mission, windows, age, lambda duty, person: _duty_ms(mission, duty, person))),
    )


def _crewed(mission: Mission, experiment: Experiment) -> list[tuple[int, frozenset[str], bool]]:
    """Every crewed place of every session: its time, repeats counted, who can fill it, and whether it is inside a duty.

    Who can: a role is one person in all steps of a session that have it, with `same` in all sessions.
    """
    able: dict[tuple[str, int], frozenset[str]] = {}
    everybody = frozenset(person.id for person in mission.crew)
    for session in experiment.sessions:
        for step in session.steps:
            for role in step.crew:
                key = ("" if experiment.same_people else session.id, role.number)
                able[key] = able.get(key, everybody) & fit(mission, role)
    return [
        (
            step.min_ms * session.repeat.count,
            able["" if experiment.same_people else session.id, role.number],
            session.inside is not None,
        )
        for session in experiment.sessions
        for step in session.steps
        for role in step.crew
    ]


def _supply(mission: Mission, person: Person) -> int:
    aboard = person.aboard.cut(mission.horizon)
    free_ms = aboard.length_ms if aboard else 0
    for duty in mission.routine:
        if person.id in duty.people:
            free_ms -= sum(_duty_ms(mission, duty, person))
    return max(free_ms, 0)


def _duty_ms(mission: Mission, duty: Duty, person: Person) -> list[int]:
    """The length of each instance of a duty: none where `aboard` cuts a fixed one, or a movable one has no start."""
    lengths = []
    for span in _spans(mission, duty):
        allowed = span.cut(mission.horizon)
        if allowed is None:
            continue
        if duty.fixed:
            if person.aboard.contains(allowed):
                lengths.append(allowed.length_ms)
        elif room := allowed.cut(person.aboard):
            first = room.start + (mission.grid_origin - room.start) % mission.grid_ms
            if first + duty.duration_ms <= room.end:
                lengths.append(duty.duration_ms)
    return lengths


def _spans(mission: Mission, duty: Duty) -> list[Window]:
    """What a duty may take on each nominal date, not yet cut by anything."""
    calendar = mission.calendar
    once = duty.between if duty.at is None else Window(duty.at, duty.at + duty.duration_ms)
    if once is None:
        dates = [mission.dates()[0] - timedelta(days=1), *mission.dates()]
    else:
        dates = [calendar.date_of(once.start)]
    spans = []
    for on in dates:
        if on in duty.except_days or (duty.days is not None and on not in duty.days):
            continue
        if once is not None:
            spans.append(once)
        elif duty.at_ms is not None:
            start = calendar.at(on, duty.at_ms)
            spans.append(Window(start, start + duty.duration_ms))
        elif duty.between_ms is not None:
            opens, closes = duty.between_ms
            last = on if closes > opens else on + timedelta(days=1)
            spans.append(Window(calendar.at(on, opens), calendar.at(last, closes)))
    return spans
