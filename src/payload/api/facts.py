"""What a mission holds, in figures: for `payload check`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from payload.met import DAY, Window
from payload.model import Duty, Experiment, Mission, Person

#: a set of orbital elements this far from the horizon is worth a warning (days)
TLE_FRESH_DAYS = 14.0


@dataclass(frozen=True, slots=True)
class Facts:
    """Figures of a mission; times in ms.

    `supply_ms` is per person: time aboard less the routine's duties. `demand_ms` is the crewed step time of all
    sessions, people counted; `bound_demand_ms` the part of it that only one person can do, per person. `load` is
    demand over supply of those whom some session can use.
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
        for length_ms, able in _crewed(mission, experiment):
            demand += length_ms
            sponsors[experiment.sponsor] += length_ms
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
        warnings=tuple(_warnings(mission, windows, age)),
    )


def _crewed(mission: Mission, experiment: Experiment) -> list[tuple[int, frozenset[str]]]:
    """Every crewed place of every session: its time, repeats counted, and who can fill it."""
    places = []
    for session in experiment.sessions:
        for step in session.steps:
            for role in step.crew:
                able = frozenset(
                    person.id
                    for person in mission.crew
                    if role.is_ in (None, person.id)
                    and (role.any_of is None or person.id in role.any_of)
                    and all(person.skills.get(skill, 0) >= level for skill, level in role.skills.items())
                )
                places.append((step.min_ms * session.repeat.count, able))
    return places


def _supply(mission: Mission, person: Person) -> int:
    aboard = person.aboard.cut(mission.horizon)
    free_ms = aboard.length_ms if aboard else 0
    for duty in mission.routine:
        if person.id in duty.people:
            free_ms -= sum(_duty_ms(mission, duty, person))
    return max(free_ms, 0)


def _duty_ms(mission: Mission, duty: Duty, person: Person) -> list[int]:
    """What each instance of a duty takes of the time aboard (a movable one counts where its interval is aboard)."""
    if duty.at is not None:
        spans = [Window(duty.at, duty.at + duty.duration_ms)]
    elif duty.between is not None:
        spans = [duty.between]
    else:
        opens, closes = duty.between_ms or (duty.at_ms or 0, None)
        dates = [mission.calendar.date_of(-DAY), *mission.dates()]
        dates = [d for d in dates if (duty.days is None or d in duty.days) and d not in duty.except_days]
        spans = []
        for on in dates:
            start = mission.calendar.at(on, opens)
            if closes is None:
                spans.append(Window(start, start + duty.duration_ms))
            else:
                spans.append(Window(start, mission.calendar.at(on, closes if closes > opens else closes + DAY)))
    usable = [cut for span in spans if (cut := span.cut(person.aboard)) and (cut := cut.cut(mission.horizon))]
    if duty.fixed:
        return [cut.length_ms for cut in usable]
    return [duty.duration_ms for cut in usable if cut.length_ms >= duty.duration_ms]


def _warnings(mission: Mission, windows: Mapping[str, tuple[Window, ...]], age: float | None) -> list[str]:
    warnings = []
    if age is not None and age > TLE_FRESH_DAYS:
        warnings.append(
            f"the orbital elements are up to {age:.0f} days from the horizon: windows drift by minutes; "
            f"take elements within {TLE_FRESH_DAYS:.0f} days for anything that matters"
        )
    warnings += [f"window '{name}' never opens" for name, found in windows.items() if not found]
    for experiment in mission.experiments:
        if any(not able for _, able in _crewed(mission, experiment)):
            warnings.append(f"experiment '{experiment.id}': nobody aboard can fill one of its places")
    return warnings
