"""From a mission and its plan to a program: the only place of this room that reads what the mission says."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from fractions import Fraction
from math import ceil

from payload.errors import PlanError
from payload.execution.policy import Policy
from payload.execution.program import Activity, Before, Claims, Group, Limit, Program, StepProgram, Store, Tie
from payload.met import Window, complement, intersect
from payload.model import Amounts, Consumable, Experiment, Mission, Plan, Renewable, Reservation, Session, State


def compile_program(mission: Mission, plan: Plan, policy: Policy, span: Window | None = None) -> Program:
    """The plan's reservations that start within `span` (default: all), ready to fly.

    What starts before the span counts as done as planned, what starts after it is not looked at. Reservations that the
    plan itself reports as done, failed or skipped are facts and are not flown again. Raises PlanError when the plan is
    of another mission.
    """
    if plan.mission_sha256 != mission.sha256:
        raise PlanError(
            f"the plan is of another mission ({plan.mission_id}, {plan.mission_sha256[:12]}; this one is {mission.id}, "
            f"{mission.sha256[:12]}); plan this mission again"
        )
    return _Compiler(mission, plan, policy, span).program()


class _Compiler:
    def __init__(self, mission: Mission, plan: Plan, policy: Policy, span: Window | None) -> None:
        self.mission, self.plan, self.policy = mission, plan, policy
        self.span = span or Window(min([0, *(each.start for each in plan.reservations)]), mission.end)
        self.reservations = tuple(sorted(plan.reservations, key=lambda each: (each.start, each.id)))
        self.index = {each.id: index for index, each in enumerate(self.reservations)}
        self.duties = {duty.id: duty for duty in mission.routine}
        self.sessions = {
            f"{experiment.id}/{session.id}": (experiment, session)
            for experiment in mission.experiments
            for session in experiment.sessions
        }
        self.experiments = {experiment.id: number for number, experiment in enumerate(mission.experiments)}
        self.renewables = {id_: each for id_, each in mission.resources.items() if isinstance(each, Renewable)}
        self.stores = {
            id_: Store(each.stock, each.resupply)
            for id_, each in mission.resources.items()
            if isinstance(each, Consumable)
        }
        people = [person.id for person in mission.crew]
        names = [*people, *(f"{person} inside" for person in people), *(f"rig {rig}" for rig in self._rigs())]
        self.items = {name: number for number, name in enumerate([*names, *self.renewables])}
        self.capacities = (*(1 for _ in names), *(each.capacity for each in self.renewables.values()))
        self.duties_of: dict[tuple[str, str], list[int]] = {}
        for index, each in enumerate(self.reservations):
            if each.kind == "duty":
                for person in each.crew:
                    self.duties_of.setdefault((each.id.split("/")[0], person), []).append(index)

    def program(self) -> Program:
        activities = tuple(
            self._duty(index, each) if each.kind == "duty" else self._session(index, each)
            for index, each in enumerate(self.reservations)
        )
        groups = tuple(self._group(experiment) for experiment in self.mission.experiments)
        return Program(
            mission=self.mission.id,
            calendar=self.plan.calendar,
            span=self.span,
            start=min((each.start for each in activities if each.fact is None), default=self.span.start),
            activities=activities,
            groups=groups,
            items=tuple(self.items),
            capacities=self.capacities,
            changes={self.items[id_]: each.exceptions for id_, each in self.renewables.items() if each.exceptions},
            stores=self.stores,
            guests=frozenset(person.id for person in self.mission.crew if person.candidates),
            planned_value=sum((group.worth[len(group.sessions)] for group in groups), Fraction(0)),
        )

    def _rigs(self) -> list[str]:
        return sorted(
            {step.rig.rig for _, session in self.sessions.values() for step in session.steps if step.rig}
            | set(self.mission.rigs)
        )

    def _fact(self, reservation: Reservation) -> State | None:
        if reservation.state not in ("planned", "running"):
            return reservation.state
        if reservation.start < self.span.start:
            return "done"
        return "planned" if reservation.start >= self.span.end else None

    def _claims(self, uses: Amounts, length_ms: int) -> Claims:
        return tuple((self.items[id_], amount, length_ms) for id_, amount in uses.items() if id_ in self.renewables)

    def _takes(self, uses: Amounts) -> tuple[tuple[str, int], ...]:
        return tuple((id_, amount) for id_, amount in uses.items() if id_ in self.stores)

    def _duty(self, index: int, reservation: Reservation) -> Activity:
        duty = self.duties.get(reservation.id.split("/")[0])
        if duty is None or any(person not in self.items for person in reservation.crew):
            raise PlanError(f"{reservation.id}: the mission has no such duty; plan this mission again")
        length_ms = reservation.end - reservation.start
        people = tuple((self.items[person], 1, length_ms) for person in reservation.crew)
        return Activity(
            index=index,
            id=reservation.id,
            kind="duty",
            start=reservation.start,
            end=reservation.end,
            crew=reservation.crew,
            day=self.plan.calendar.day_of(reservation.start),
            fact=self._fact(reservation),
            fixed=duty.fixed,
            claims=people + self._claims(duty.uses, length_ms),
            takes=self._takes(duty.uses),
        )

    def _session(self, index: int, reservation: Reservation) -> Activity:
        name, _, repeat = reservation.id.rpartition("/")
        if name not in self.sessions or not repeat.isdigit():
            raise PlanError(f"{reservation.id}: the mission has no such session; plan this mission again")
        experiment, session = self.sessions[name]
        if len(session.steps) != len(reservation.steps):
            raise PlanError(f"{reservation.id}: its steps are not the mission's; plan this mission again")
        steps = self._steps(session, reservation)
        racks = [
            id_
            for uses in (experiment.holds, session.uses, *(step.uses for step in session.steps))
            for id_ in uses
            if id_ in self.renewables and self.renewables[id_].dimension == "count"
        ]
        rigs = [f"rig {step.rig.rig}" for step in session.steps if step.rig]
        return Activity(
            index=index,
            id=reservation.id,
            kind="session",
            start=reservation.start,
            end=reservation.end,
            crew=reservation.crew,
            day=self.plan.calendar.day_of(reservation.start),
            fact=self._fact(reservation),
            claims=self._claims(session.uses, reservation.end - reservation.start),
            takes=self._takes(session.uses),
            steps=steps,
            latest=self._latest(session, reservation, steps),
            befores=tuple(self._befores(experiment, session, int(repeat))),
            tie=self._tie(session, reservation),
            hosts=self._hosts(session, reservation),
            inside=session.inside is not None,
            group=self.experiments[experiment.id],
            procedure=f"{experiment.written_id}/{session.id}",
            facility=tuple(dict.fromkeys([experiment.id, *racks, *rigs])),
        )

    def _steps(self, session: Session, reservation: Reservation) -> tuple[StepProgram, ...]:
        whole = self._interval(session.during, session.avoid, reservation.window)
        steps = []
        for number, (step, placed) in enumerate(zip(session.steps, reservation.steps, strict=True), start=1):
            length_ms = placed.end - placed.start
            own = self._interval(step.during, step.avoid, Window(placed.start, placed.end))
            # (where it ends, what must still fit): all of the session in its windows, a share of the step in its own
            bounds = [(whole.end - (reservation.end - placed.end), length_ms)] if whole else []
            share = self.policy.window_share if step.crew and not step.rig else 1
            bounds += [(own.end, ceil(length_ms * share))] if own else []
            names = ", ".join(dict.fromkeys((*session.during, *step.during))) or "what it avoids"
            people = (f"{person} inside" if session.inside else person for person in placed.crew)
            claims = tuple((self.items[person], 1, length_ms) for person in people)
            if step.rig:
                claims += ((self.items[f"rig {step.rig.rig}"], 1, length_ms),)
            steps.append(
                StepProgram(
                    number=number,
                    do=step.do,
                    start=placed.start,
                    length_ms=length_ms,
                    crew=placed.crew,
                    claims=claims + self._claims(step.uses, length_ms),
                    takes=self._takes(step.uses),
                    latest=Limit(
                        min(end - need for end, need in bounds), "window", f"the window ({names}) ends too soon"
                    )
                    if bounds
                    else None,
                    cut=min(end for end, _ in bounds) if bounds else None,
                    rig=step.rig,
                )
            )
        return tuple(steps)

    def _interval(self, during: Iterable[str], avoid: Iterable[str], planned: Window) -> Window | None:
        """The free interval that holds what is planned; None when nothing is asked for. An interval that ends at the
        planned start stands for a plan that is outside: nothing can start in it."""
        during, avoid = tuple(during), tuple(avoid)
        if not during and not avoid:
            return None
        horizon = Window(min(0, planned.start), max(self.mission.end, planned.end))
        free: tuple[Window, ...] = (horizon,)
        for name in (*during, *avoid):
            if name not in self.plan.windows:
                raise PlanError(f"the plan has no window {name}; plan this mission again")
        for name in during:
            free = intersect(free, self.plan.windows[name])
        for name in avoid:
            free = intersect(free, complement(self.plan.windows[name], horizon))
        return next((each for each in free if each.contains(planned)), Window(planned.start, planned.start))

    def _latest(self, session: Session, reservation: Reservation, steps: tuple[StepProgram, ...]) -> Limit:
        length_ms = reservation.end - reservation.start
        limits = [Limit(self.mission.end - length_ms, "horizon", "the mission ends too soon")]
        for step in steps:
            if step.latest:
                offset_ms = step.start - reservation.start
                limits.append(Limit(step.latest.at - offset_ms, step.latest.code, step.latest.why))
        if session.between is not None:
            held = next((each for each in session.between if each.contains(reservation.window)), reservation.window)
            limits.append(Limit(held.end - length_ms, "between", "the interval of its `between` ends too soon"))
        if session.days is not None or session.repeat.each_day:
            limits.append(Limit(self._last_of_days(session, reservation) - 1, "days", "its day is over"))
        if session.at is not None:
            limits.append(Limit(reservation.start + self.policy.at_grace_ms, "at", "its `at` has passed"))
        return min(limits, key=lambda limit: limit.at)

    def _last_of_days(self, session: Session, reservation: Reservation) -> int:
        """The midnight that ends the run of allowed days in which the session was planned."""
        calendar = self.plan.calendar
        on = calendar.date_of(reservation.start) + timedelta(days=1)
        while not session.repeat.each_day and session.days is not None and on in session.days:
            on += timedelta(days=1)
        return calendar.midnight(on)

    def _befores(self, experiment: Experiment, session: Session, repeat: int) -> Iterable[Before]:
        expanded = [(each, n) for each in experiment.sessions for n in range(1, each.repeat.count + 1)]
        here = expanded.index((session, repeat))
        for earlier, n in reversed(expanded[:here]):
            same = earlier.id == session.id
            spaced = same and (session.repeat.every_ms, session.repeat.min_ms, session.repeat.max_ms) != (None,) * 3
            if experiment.unordered and not spaced:
                break
            index = self.index.get(f"{experiment.id}/{earlier.id}/{n}")
            if index is None:
                continue  # the one before it stands in: only repeats that are optional can be left out
            min_ms, max_ms = (session.repeat.min_ms or 0, session.repeat.max_ms) if same else (0, None)
            yield Before((index,), not earlier.repeat.each_day, min_ms, max_ms)
            break
        if repeat == 1 or not any(f"{experiment.id}/{session.id}/{n}" in self.index for n in range(1, repeat)):
            for after in session.after:
                _, reference = self.sessions[after.reference]
                planned = (self.index.get(f"{after.reference}/{n}") for n in range(1, reference.repeat.count + 1))
                indices = tuple(index for index in planned if index is not None)
                yield Before(indices, True, after.min_ms, after.max_ms)

    def _tie(self, session: Session, reservation: Reservation) -> Tie | None:
        relative = session.relative
        if relative is None or not reservation.crew:
            return None
        duties = self.duties_of.get((relative.duty, reservation.crew[0]), [])
        if relative.before:
            found = next((i for i in duties if self.reservations[i].start >= reservation.end), None)
        else:
            found = next((i for i in reversed(duties) if self.reservations[i].end <= reservation.start), None)
        return None if found is None else Tie(found, relative.before, relative.within_ms)

    def _hosts(self, session: Session, reservation: Reservation) -> tuple[int, ...]:
        if session.inside is None:
            return ()
        hosts = []
        for person in reservation.crew:
            duties = self.duties_of.get((session.inside, person), [])
            held = (i for i in duties if self.reservations[i].window.contains(reservation.window))
            host = next(held, None)
            if host is None:
                raise PlanError(f"{reservation.id}: does not lie inside {session.inside} of {person}; verify the plan")
            hosts.append(host)
        return tuple(hosts)

    def _group(self, experiment: Experiment) -> Group:
        names = (
            f"{experiment.id}/{each.id}/{n}" for each in experiment.sessions for n in range(1, each.repeat.count + 1)
        )
        planned = tuple(self.index[name] for name in names if name in self.index)
        count = experiment.session_count
        span_ms = 0
        if planned:
            placed = [self.reservations[index] for index in planned]
            span_ms = max(each.end for each in placed) - min(each.start for each in placed)
        return Group(
            id=experiment.id,
            title=experiment.title,
            sponsor=experiment.sponsor,
            holds=self._claims(experiment.holds, span_ms),
            sessions=planned,
            worth=tuple(
                experiment.value * k / count if k >= experiment.minimum and k else Fraction(0) for k in range(count + 1)
            ),
        )
