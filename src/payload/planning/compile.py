"""From the mission to the integer problem."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta

from payload.met import Window
from payload.model import (
    Amounts,
    Consumable,
    Exclude,
    Experiment,
    Gap,
    Limit,
    Mission,
    Order,
    Renewable,
    Role,
    Session,
)
from payload.planning.bits import span
from payload.planning.clauses import clause_sides
from payload.planning.indexes import index
from payload.planning.links import chains as chains_of
from payload.planning.links import links as links_of
from payload.planning.links import worths
from payload.planning.problem import Days, Form, Item, Key, Part, Problem, Range, Supply, Tie, Work
from payload.planning.ranges import joined, merged
from payload.planning.routine import Occasion, occasions
from payload.planning.starts import Starts
from payload.planning.suited import can_be_tied, pressure, serves
from payload.planning.ticks import capacity, comb, tick


def compile_mission(mission: Mission, windows: Mapping[str, tuple[Window, ...]]) -> Problem:
    """The mission as the search sees it. The mission has been validated and holds nothing that `refuse` names."""
    return _Compiler(mission, windows).run()


class _Compiler:
    def __init__(self, mission: Mission, windows: Mapping[str, tuple[Window, ...]]) -> None:
        self.mission = mission
        origin = mission.grid_origin
        tick_ms, exact = tick(mission, mission.end - origin)
        dates = mission.dates()
        dates = (dates[0] - timedelta(days=1), *dates, dates[-1] + timedelta(days=1))
        days = Days(dates, tuple(mission.calendar.midnight(day) for day in dates))
        ticks = -((origin - mission.end) // tick_ms) + 1
        problem = Problem(mission, windows, tick_ms, origin, ticks, mission.grid_ms // tick_ms, exact, days)
        problem.full = span(0, ticks)
        problem.grid = comb(problem.stride, ticks)
        problem.people = tuple(person.id for person in mission.crew)
        self.problem = problem
        self.starts = Starts(problem)
        self.numbers = {person.id: number for number, person in enumerate(mission.crew)}
        self.supplies: dict[str, int] = {}
        self.stocks: dict[str, int] = {}
        self.rigs: dict[str, int] = {}
        self.forms = 0
        self.masks: dict[int, int] = {}
        self.pressure = pressure(mission)

    def run(self) -> Problem:
        self._resources()
        self._rules()
        for occasion in occasions(self.mission):
            self._duty(occasion)
        for number, experiment in enumerate(self.mission.experiments):
            self._experiment(number, experiment)
        self._ties()
        index(self.problem)
        return self.problem

    def _resources(self) -> None:
        problem = self.problem
        for name, resource in self.mission.resources.items():
            if isinstance(resource, Renewable):
                self.supplies[name] = len(problem.supplies)
                problem.supplies.append(Supply(name, capacity(problem, resource)))
            elif isinstance(resource, Consumable):
                self.stocks[name] = len(problem.consumables)
                problem.consumables.append(resource)
        used = {step.rig.rig for e in self.mission.experiments for s in e.sessions for step in s.steps if step.rig}
        for name in sorted(used):
            self.rigs[name] = len(problem.supplies)
            problem.supplies.append(Supply(name, ((0, 1),), rig=True))

    def _rules(self) -> None:
        problem = self.problem
        for rule in self.mission.rules:
            days = None if rule.days is None else frozenset(map(self._day_number, rule.days))
            people = None if rule.people is None else frozenset(self.numbers[name] for name in rule.people)
            if isinstance(rule, Gap | Order | Exclude):
                problem.clauses.append(rule)
                problem.clause_days.append(days)
                problem.clause_people.append(people)
            elif isinstance(rule, Limit):
                problem.limits.append(rule)
                problem.limit_days.append(days)
                problem.limit_people.append(people)

    def _day_number(self, day: date) -> int:
        return (day - self.problem.days.dates[0]).days

    def _form(
        self,
        names: frozenset[str],
        name: str,
        length_ms: int,
        parts: tuple[Part, ...],
        demands: Iterable[tuple[int, int, int, int]],
        takes: Iterable[tuple[int, int, int]],
        session: Session | None = None,
    ) -> Form:
        enrols, asks = clause_sides(self.problem, names)
        limits = tuple(i for i, limit in enumerate(self.problem.limits) if names & set(limit.of))
        self.forms += 1
        return Form(
            self.forms - 1,
            name,
            self._ticks(length_ms),
            length_ms,
            parts,
            tuple(sorted(demands)),
            tuple(sorted(takes, key=lambda take: (take[0], take[1]))),
            enrols,
            asks,
            limits if session is None or session.inside is None else (),
            session,
        )

    def _kept(self, mask: int) -> int:
        """The same mask, held once: those of all people on a date are alike, and long where the mission is."""
        return self.masks.setdefault(mask, mask)

    def _ticks(self, length_ms: int) -> int:
        return -(-length_ms // self.problem.tick_ms)

    def _amounts(
        self, uses: Amounts, start: int, end: int
    ) -> tuple[list[tuple[int, int, int, int]], list[tuple[int, int, int]]]:
        demands = [(self.supplies[r], start, end, q) for r, q in uses.items() if r in self.supplies and q]
        takes = [(self.stocks[r], start, q) for r, q in uses.items() if r in self.stocks and q]
        return demands, takes

    def _duty(self, occasion: Occasion) -> None:
        problem, duty, allowed = self.problem, occasion.duty, occasion.allowed
        person = self.numbers[occasion.person]
        length_ms = allowed.length_ms if duty.fixed else duty.duration_ms
        if duty.fixed:
            first = problem.down(allowed.start)
            length = problem.up(allowed.end) - first
            static = 1 << first
            clear = self._fixed_keeps(occasion)
        else:
            length = self._ticks(length_ms)
            static = problem.grid & self.starts.within([allowed], 0, length_ms)
            static &= self.starts.in_windows(duty.during, duty.avoid, 0, length_ms)
            clear = True
        aboard = self._kept(self.starts.within([self.mission.crew[person].aboard], 0, length_ms))
        part = Part(1, (person,), ((0, length),), ((0, length_ms),), {person: problem.full if duty.fixed else aboard})
        demands, takes = self._amounts(duty.uses, 0, length)
        names = frozenset({duty.id, "duties"})
        form = self._form(names, duty.id, length_ms, (part,), demands, takes)
        form = replace(form, length=length)
        problem.items.append(
            Item(
                len(problem.items),
                occasion.id,
                form,
                self._kept(static) if clear else 0,
                soft=not duty.fixed,
                fixed=allowed if duty.fixed else None,
                duty=duty.id,
                on=occasion.on,
            )
        )

    def _fixed_keeps(self, occasion: Occasion) -> bool:
        """Whether a fixed duty, where it stands, keeps its own `during` and `avoid`."""
        duty, here = occasion.duty, occasion.allowed
        shared = self.starts.shared(duty.during) if duty.during else ()
        if duty.during and not any(window.contains(here) for window in shared):
            return False
        return not any(window.overlaps(here) for name in duty.avoid for window in self.problem.windows.get(name, ()))

    def _experiment(self, number: int, experiment: Experiment) -> None:
        problem, first, rank = self.problem, len(self.problem.items), 0
        for place, session in enumerate(experiment.sessions):
            form = self._session_form(experiment, session)
            static = self.starts.of_session(session) if can_be_tied(session) else 0
            days: list[date | None] = [None] * session.repeat.count
            if session.repeat.each_day:
                days = list(sorted(session.days) if session.days is not None else self.mission.dates())
            for count, day in enumerate(days, start=1):
                problem.items.append(
                    Item(
                        len(problem.items),
                        f"{experiment.id}/{session.id}/{count}",
                        form,
                        static if day is None else static & self.starts.on_days([day]),
                        number,
                        rank,
                        place,
                        count,
                        optional=session.repeat.each_day,
                    )
                )
                rank += 1
        items = tuple(range(first, len(problem.items)))
        chains = chains_of(problem, experiment, items)
        holds, stocks = self._amounts(experiment.holds, 0, 0)
        problem.works.append(
            Work(
                number,
                experiment,
                items,
                chains,
                tuple((meter, amount) for meter, _, _, amount in holds),
                tuple((stock, amount) for stock, _, amount in stocks),
                links_of(problem, experiment, chains),
                worths(experiment, len(items)),
            )
        )

    def _session_form(self, experiment: Experiment, session: Session) -> Form:
        roles: dict[int, list[Role]] = {}
        held: dict[int, list[Range]] = {}
        demands: list[tuple[int, int, int, int]] = []
        takes: list[tuple[int, int, int]] = []
        more = self._amounts(session.uses, 0, self._ticks(session.min_ms))
        demands += more[0]
        takes += more[1]
        at = 0
        for step in session.steps:
            until = at + step.min_ms
            start, end = at // self.problem.tick_ms, self._ticks(until)
            for role in step.crew:
                roles.setdefault(role.number, []).append(role)
                held.setdefault(role.number, []).append((at, until))
            more = self._amounts(step.uses, start, end)
            demands += more[0]
            takes += more[1]
            if step.rig is not None:
                demands.append((self.rigs[step.rig.rig], start, end, 1))
            at = until
        parts = tuple(self._part(number, roles[number], held[number]) for number in sorted(roles))
        names = {"sessions"}
        for word in (experiment.id, experiment.written_id):
            names |= {word, f"{word}/{session.id}"}
        demands = joined(demands)
        name = f"{experiment.id}/{session.id}"
        return self._form(frozenset(names), name, session.min_ms, parts, demands, takes, session)

    def _part(self, number: int, roles: list[Role], held: list[Range]) -> Part:
        times = merged(held)
        tick_ms = self.problem.tick_ms
        ranges = tuple((start // tick_ms, self._ticks(end)) for start, end in times)
        eligible = [p for p, person in enumerate(self.mission.crew) if all(serves(person, role) for role in roles)]
        eligible.sort(key=lambda p: (self.pressure[self.mission.crew[p].id], p))
        start, end = times[0][0], times[-1][1]
        aboard = {
            p: self._kept(self.starts.within([self.mission.crew[p].aboard], start, end - start)) for p in eligible
        }
        return Part(number, tuple(eligible), merged(list(ranges)), times, aboard)

    def _ties(self) -> None:
        """`after`: among the copies that `for` made the same person's session is meant, else all copies'."""
        problem, experiments = self.problem, self.mission.experiments
        for e, experiment in enumerate(experiments):
            for s, session in enumerate(experiment.sessions):
                for after in session.after:
                    named, _, wanted = after.reference.rpartition("/")
                    meant = [i for i, other in enumerate(experiments) if named in (other.id, other.written_id)]
                    if e in meant or not named:
                        meant = [e]
                    references: tuple[Key, ...] = tuple(
                        (i, j) for i in meant for j, other in enumerate(experiments[i].sessions) if other.id == wanted
                    )
                    tie = Tie(references, after.min_ms, after.max_ms)
                    problem.ties.setdefault((e, s), []).append(tie)
                    for reference in references:
                        problem.followers.setdefault(reference, []).append(((e, s), tie))
