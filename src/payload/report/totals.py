"""What a plan, and a run of it, come to: by experiment and by person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from payload.model import Experiment, Mission, Plan
from payload.report.rows import experiment_of, experiments_of, people_of


@dataclass(frozen=True, slots=True)
class ExperimentTotal:
    """`crew_ms` is people times step time. `worth` is the value of what is planned, `worth_done` of what was done, `of`
    the whole experiment's; None where the mission is not at hand."""

    id: str
    title: str
    sponsor: str
    sessions: int
    planned: int
    done: int
    failed: int
    skipped: int
    crew_ms: int
    uncrewed_ms: int
    worth: Fraction | None = None
    worth_done: Fraction | None = None
    of: Fraction | None = None


@dataclass(frozen=True, slots=True)
class PersonTotal:
    """`session_ms` is the time in steps, those inside duties apart in `inside_ms`; `longest_ms` the fullest local day's
    session time, on mission day `longest_day`."""

    id: str
    sessions: int
    session_ms: int
    inside_ms: int
    duty_ms: int
    longest_ms: int
    longest_day: int


def by_experiment(
    plan: Plan, mission: Mission | None = None, states: Mapping[str, str] | None = None
) -> list[ExperimentTotal]:
    """In the order of `experiments_of`. `states` are a run's, by activity; without them the plan's own."""
    sessions = [r for r in plan.reservations if r.kind == "session"]
    known = {experiment.id: experiment for experiment in mission.experiments} if mission else {}
    found = []
    for name, title in experiments_of(plan, mission).items():
        mine = [r for r in sessions if experiment_of(r.id) == name]
        left = sum(experiment_of(u.id) == name for u in plan.unscheduled)
        ends = [states.get(r.id, "planned") if states is not None else r.state for r in mine]
        steps = [step for r in mine for step in r.steps]
        experiment = known.get(name)

        found.append(
            ExperimentTotal(
                id=name,
                title=title,
                sponsor=experiment.sponsor if experiment else "",
                sessions=len(mine) + left,
                planned=len(mine),
                done=ends.count("done"),
                failed=ends.count("failed"),
                skipped=ends.count("skipped"),
                crew_ms=sum((step.end - step.start) * len(step.crew) for step in steps),
                uncrewed_ms=sum(step.end - step.start for step in steps if not step.crew),
                worth=_worth(experiment, len(mine)),
                worth_done=_worth(experiment, ends.count("done")),
                of=experiment.value if experiment else None,
            )
        )
    return found


def _worth(experiment: Experiment | None, count: int) -> Fraction | None:
    if experiment is None:
        return None
    return experiment.value * count / experiment.session_count if count >= experiment.minimum else Fraction(0)


def by_person(plan: Plan, mission: Mission | None = None) -> list[PersonTotal]:
    """In the order of `people_of`."""
    found = []
    for person in people_of(plan, mission):
        mine = [r for r in plan.reservations if person in r.crew]
        duties = [r.window for r in mine if r.kind == "duty"]
        sessions = [r for r in mine if r.kind == "session"]
        session_ms = inside_ms = 0
        by_day: dict[int, int] = {}
        for reservation in sessions:
            held = [step for step in reservation.steps if person in step.crew]
            length_ms = sum(step.end - step.start for step in held)
            if held and any(duty.start <= held[0].start and held[-1].end <= duty.end for duty in duties):
                inside_ms += length_ms
                continue
            session_ms += length_ms
            for step in held:
                day = plan.calendar.day_of(step.start)
                by_day[day] = by_day.get(day, 0) + step.end - step.start
        longest = max(by_day, key=lambda day: (by_day[day], -day), default=0)
        found.append(
            PersonTotal(
                id=person,
                sessions=len(sessions),
                session_ms=session_ms,
                inside_ms=inside_ms,
                duty_ms=sum(duty.length_ms for duty in duties),
                longest_ms=by_day.get(longest, 0),
                longest_day=longest,
            )
        )
    return found


def hours(length_ms: int) -> str:
    """`6:30`: hours and minutes, as a timetable writes them."""
    minutes = round(length_ms / 60_000)
    return f"{minutes // 60}:{minutes % 60:02d}"


def amount(value: Fraction | None, digits: int = 2) -> str:
    """A value to so many decimals, without trailing zeros; a dash for None."""
    if value is None:
        return "–"
    text = f"{float(value):.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
