"""The plan as rows of bars: what the terminal and the page both draw.

A row is a person, a rig, or `UNCREWED` (steps with neither people nor a known rig). People are held only by the steps
they fill, so a session with a wait in it is two bars in their row and one in the rig's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from payload.met import Calendar, Window
from payload.model import Mission, Plan, Reservation, ReservedStep, State

UNCREWED = "uncrewed"


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of an activity in one row, ms MET, half-open. `experiment` is empty for a duty; `does` are the steps it
    covers; `inside` is a session held within a duty of the same row; `rig` is empty for people's bars."""

    activity: str
    start: int
    end: int
    title: str
    experiment: str = ""
    does: tuple[str, ...] = ()
    crew: tuple[str, ...] = ()
    state: State = "planned"
    inside: bool = False
    rig: str = ""

    def labels(self) -> tuple[str, ...]:
        """What may stand on it, from the longest to the shortest."""
        if not self.experiment:
            return (self.title, self.activity.partition("/")[0])
        session = self.activity.split("/")[1]
        return (f"{self.title} · {session}", self.title, f"{self.experiment}/{session}", self.experiment)

    @property
    def window(self) -> Window:
        return Window(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Day:
    """A local day: `window` runs from midnight to midnight (23 or 25 hours where the clock is set)."""

    number: int
    on: date
    window: Window


@dataclass(frozen=True, slots=True)
class Row:
    """`lanes` hold bars that do not overlap, but for those `inside` another."""

    name: str
    lanes: tuple[tuple[Bar, ...], ...]


def days_of(calendar: Calendar, end: int) -> tuple[Day, ...]:
    """Every local day that `[0, end)` touches."""
    first, last = calendar.first_date, calendar.date_of(max(end - 1, 0))
    dates = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return tuple(
        Day(calendar.day_number(on), on, Window(calendar.midnight(on), calendar.midnight(on + timedelta(days=1))))
        for on in dates
    )


def experiment_of(activity: str) -> str:
    return activity.partition("/")[0]


def experiments_of(plan: Plan, mission: Mission | None = None) -> dict[str, str]:
    """Experiment ids with their titles: in the mission's order, else by first planned start, then what was left out."""
    if mission is not None:
        return {experiment.id: experiment.title for experiment in mission.experiments}
    planned = {experiment_of(r.id): r.title for r in plan.reservations if r.kind == "session"}
    return planned | {name: name for name in (experiment_of(u.id) for u in plan.unscheduled) if name not in planned}


def told_apart(names: Mapping[str, str]) -> dict[str, str]:
    """The same titles, with the id added to those that several experiments have (the copies that `for` makes)."""
    titles = list(names.values())
    return {name: f"{title} ({name})" if titles.count(title) > 1 else title for name, title in names.items()}


def people_of(plan: Plan, mission: Mission | None = None) -> tuple[str, ...]:
    """In the mission's order, else in the order in which the plan names them."""
    if mission is not None:
        return tuple(person.id for person in mission.crew)
    return tuple(dict.fromkeys(person for r in plan.reservations for person in r.crew))


def rig_lookup(mission: Mission | None) -> Callable[[str, int], str]:
    """Which rig a step of a session calls (`experiment/session/n`, step from 1); empty for none."""
    rigs = {
        (f"{experiment.id}/{session.id}", number): step.rig.rig
        for experiment in (mission.experiments if mission else ())
        for session in experiment.sessions
        for number, step in enumerate(session.steps, 1)
        if step.rig
    }
    return lambda activity, number: rigs.get((activity.rpartition("/")[0], number), "")


def rows_of(plan: Plan, mission: Mission | None = None) -> tuple[Row, ...]:
    """People first, then rigs by name, then what needs neither; people without anything to do have an empty row."""
    bars: dict[str, list[Bar]] = {person: [] for person in people_of(plan, mission)}
    machines: dict[str, list[Bar]] = {}
    rig_of = rig_lookup(mission)
    for reservation in plan.reservations:
        for person in reservation.crew:
            bars.setdefault(person, []).extend(_for_person(reservation, person))
        for name, bar in _without_people(reservation, rig_of):
            machines.setdefault(name, []).append(bar)
    order = sorted(machines, key=lambda name: (name == UNCREWED, name))
    every = [(name, nested(found)) for name, found in bars.items()] + [(name, machines[name]) for name in order]
    return tuple(Row(name, lanes(found)) for name, found in every)


def lanes(bars: Iterable[Bar]) -> tuple[tuple[Bar, ...], ...]:
    """Bars put side by side where they overlap, in as few lanes as the first fit finds; at least one."""
    found: list[list[Bar]] = [[]]
    for bar in sorted(bars, key=lambda b: (b.start, b.inside, -b.end, b.activity)):
        for lane in found:
            if all(other.end <= bar.start for other in lane[-2:] if other.inside == bar.inside):
                lane.append(bar)
                break
        else:
            found.append([bar])
    return tuple(tuple(lane) for lane in found)


def _bar(reservation: Reservation, steps: Sequence[ReservedStep], rig: str = "") -> Bar:
    return Bar(
        activity=reservation.id,
        start=steps[0].start if steps else reservation.start,
        end=steps[-1].end if steps else reservation.end,
        title=reservation.title,
        experiment=experiment_of(reservation.id) if reservation.kind == "session" else "",
        does=tuple(step.do for step in steps),
        crew=tuple(dict.fromkeys(person for step in steps for person in step.crew)) if steps else reservation.crew,
        state=reservation.state,
        rig=rig,
    )


def _for_person(reservation: Reservation, person: str) -> list[Bar]:
    """One bar for each run of touching steps that the person fills."""
    if not reservation.steps:
        return [_bar(reservation, ())]
    runs: list[list[ReservedStep]] = []
    for step in reservation.steps:
        if person not in step.crew:
            continue
        if runs and runs[-1][-1].end == step.start:
            runs[-1].append(step)
        else:
            runs.append([step])
    return [_bar(reservation, run) for run in runs]


def _without_people(reservation: Reservation, rig_of: Callable[[str, int], str]) -> list[tuple[str, Bar]]:
    """Every step that a rig does, and every other step with nobody in it, touching ones of one row joined."""
    placed = [
        (rig_of(reservation.id, number) or UNCREWED, step)
        for number, step in enumerate(reservation.steps, 1)
        if reservation.kind == "session" and (not step.crew or rig_of(reservation.id, number))
    ]
    runs: list[tuple[str, list[ReservedStep]]] = []
    for name, step in placed:
        if runs and runs[-1][0] == name and runs[-1][1][-1].end == step.start:
            runs[-1][1].append(step)
        else:
            runs.append((name, [step]))
    return [(name, _bar(reservation, steps, "" if name == UNCREWED else name)) for name, steps in runs]


def nested(bars: Sequence[Bar]) -> list[Bar]:
    """Sessions that lie within a duty of the same person, marked so."""
    duties = [bar.window for bar in bars if not bar.experiment]
    return [
        replace(bar, inside=True) if bar.experiment and any(host.contains(bar.window) for host in duties) else bar
        for bar in bars
    ]


def windows_worth_a_row(plan: Plan) -> dict[str, tuple[Window, ...]]:
    """The plan's windows without those that say only what the clock says: open all the time or never, or at the same
    local times each day."""
    found = {}
    for name, windows in plan.windows.items():
        if not windows or windows == (Window(0, plan.end),):
            continue
        times = {_time_of_day(plan.calendar, window, plan.end) for window in windows}
        if (
            len(windows) > 1
            and len({start for start, _ in times if start >= 0}) <= 1
            and len({e for _, e in times if e >= 0}) <= 1
        ):
            continue
        found[name] = windows
    return found


def _time_of_day(calendar: Calendar, window: Window, end: int) -> tuple[int, int]:
    """Local start and end as minutes of the day; -1 for an edge that is the horizon's."""
    start, stop = calendar.local(window.start), calendar.local(window.end)
    return (
        -1 if window.start <= 0 else start.hour * 60 + start.minute,
        -1 if window.end >= end else stop.hour * 60 + stop.minute,
    )
