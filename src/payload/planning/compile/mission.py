"""From the mission to the integer problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from payload.met import Window
from payload.model import (
    AmountLimit,
    Experiment,
    Limit,
    Mission,
    Plan,
    Reservation,
)
from payload.planning.bits import span
from payload.planning.compile.forms import Forms
from payload.planning.compile.indexes import index
from payload.planning.compile.links import chains as chains_of
from payload.planning.compile.links import links as links_of
from payload.planning.compile.links import worths
from payload.planning.compile.routine import Occasion, occasions, together
from payload.planning.compile.starts import Starts
from payload.planning.compile.suited import can_be_tied
from payload.planning.compile.ticks import comb, tick
from payload.planning.compile.waits import lengths_of
from payload.planning.compile.waivers import exemptions, not_made_use_of, without
from payload.planning.facts import facts_of, idle, remember
from payload.planning.problem import Days, Item, Key, Part, Problem, Tie, Work
from payload.planning.score import sponsored
from payload.planning.state import Uses, charges_of_holds, steady_limits


def compile_mission(
    mission: Mission, windows: Mapping[str, tuple[Window, ...]], keep: Plan | None = None, price: Fraction = Fraction(0)
) -> Problem:
    """The mission as the search sees it. The mission has been validated.

    What is fact in a plan to `keep` is fixed, what is planned in it is remembered; ids that the mission does not have
    are ignored. `price` is the value that each changed reservation costs.
    """
    return _Compiler(mission, windows, facts_of(keep)).run(keep, price)


class _Compiler:
    def __init__(
        self, mission: Mission, windows: Mapping[str, tuple[Window, ...]], facts: Mapping[str, Reservation]
    ) -> None:
        self.mission, self.facts = mission, facts
        origin = mission.grid_origin
        tick_ms, exact = tick(mission, mission.end - origin)
        dates = mission.dates()
        dates = (dates[0] - timedelta(days=1), *dates, dates[-1] + timedelta(days=1))
        days = Days(dates, tuple(mission.calendar.midnight(day) for day in dates))
        ticks = -((origin - mission.end) // tick_ms) + 1
        problem = Problem(mission, windows, tick_ms, origin, ticks, mission.grid_ms // tick_ms, exact, days)
        problem.rounded = not exact
        problem.full = span(0, ticks)
        problem.grid = comb(problem.stride, ticks)
        problem.people = tuple(person.id for person in mission.crew)
        self.problem = problem
        self.starts = Starts(problem)
        self.numbers = {person.id: number for number, person in enumerate(mission.crew)}
        self.exempt = exemptions(mission)
        self.made = Forms(problem, self.starts, self.numbers)

    def run(self, keep: Plan | None, price: Fraction) -> Problem:
        self._rules()
        for some in together(self.mission, occasions(self.mission), self.facts):
            self._duty(some)
        for number, experiment in enumerate(self.mission.experiments):
            self._experiment(number, experiment)
        self._ties()
        sponsored(self.problem, self.mission)
        index(self.problem)
        if keep is not None:
            remember(self.problem, keep, price)
        return self.problem

    def _rules(self) -> None:
        problem, waived = self.problem, {waiver.rule for waiver in self.mission.waivers}
        problem.freed = not_made_use_of(self.mission)
        problem.unsure = bool(problem.freed)
        for rule in self.mission.rules:
            days = None if rule.days is None else frozenset(map(self._day_number, rule.days))
            people = None if rule.people is None else frozenset(self.numbers[name] for name in rule.people)
            if isinstance(rule, Limit):
                kind, number = "limit", len(problem.limits)
                problem.limits.append(rule)
                problem.limit_days.append(days)
                problem.limit_people.append(people)
            elif isinstance(rule, AmountLimit):
                kind, number = "amount", len(problem.amounts)
                problem.amounts.append(rule)
                problem.amount_days.append(days)
                problem.amount_people.append(people)
            else:
                kind, number = "clause", len(problem.clauses)
                problem.clauses.append(rule)
                problem.clause_days.append(days)
                problem.clause_people.append(people)
            if rule.weight is not None:
                problem.soft |= {(kind, number)}
            elif kind != "clause" and rule.id in waived:
                problem.loose |= {(kind, number)}

    def _day_number(self, day: date) -> int:
        return (day - self.problem.days.dates[0]).days

    def _duty(self, some: Sequence[Occasion]) -> None:
        """One item: of one person, or of all who hold the duty together on its date."""
        problem, occasion = self.problem, some[0]
        duty, allowed = occasion.duty, occasion.allowed
        people = tuple(self.numbers[one.person] for one in some)
        fact = self.facts.get(occasion.id)
        if fact is not None:
            allowed = fact.window
        fixed = duty.fixed or fact is not None
        length_ms = allowed.length_ms if fixed else duty.duration_ms
        clear = True
        if fixed:
            first = problem.first_tick(allowed)
            length = max(problem.up(allowed.end) - first, 0)
            static = 1 << first
            if fact is None:
                clear = (
                    self._fixed_keeps(occasion) and self.mission.locks.get(occasion.id, allowed.start) == allowed.start
                )
        else:
            length = self.made.ticks(length_ms)
            static = self.starts.within([allowed], 0, length_ms)
            static &= self.starts.locked([one.id for one in some], problem.grid)
            static &= self.starts.in_windows(duty.during, duty.avoid, 0, length_ms)
            static &= self._beside_facts(some)
        parts = []
        for number, person in enumerate(people, start=1):
            aboard = self.made.kept(self.starts.within([self.mission.crew[person].aboard], 0, length_ms))
            there = {person: problem.full if fixed else aboard}
            parts.append(Part(number, (person,), ((0, length),), ((0, length_ms),), there))
        uses = {name: amount * len(people) for name, amount in duty.uses.items()}
        demands, takes = self.made.amounts(uses, 0, length)
        names = frozenset({duty.id, "duties"})
        each: list[Uses] = [(duty.uses, 0, length_ms, (part,), False) for part in range(len(people))]
        form = self.made.form(names, duty.id, length_ms, tuple(parts), demands, takes, each, self._exempt(some))
        form = replace(form, length=length)
        if len(people) > 1:
            static &= ~self.starts.of_self_conflict(form, [one.id for one in some])
        problem.items.append(
            Item(
                len(problem.items),
                occasion.id,
                form,
                self.made.kept(static) if clear else 0,
                soft=not fixed,
                fixed=allowed if fixed else None,
                fact=fact,
                duty=duty.id,
                on=occasion.on,
                people=people,
                names=tuple(one.id for one in some),
            )
        )

    def _beside_facts(self, some: Sequence[Occasion]) -> int:
        """The starts of those of a duty held together that are together with those of whom it is fact already."""
        duty, on, names = some[0].duty, some[0].on, {one.id for one in some}
        if not self.facts or not duty.together:
            return -1
        others = [f"{duty.id}/{person}/{on.isoformat()}" for person in duty.people]
        mask = -1
        for name in others:
            if name in self.facts and name not in names:
                mask &= self.starts.exactly([self.facts[name].start])
        return mask

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
            lengths, whole = lengths_of(self.mission, session, session.at or ())
            forms = [self.made.of_session(experiment, session, one) for one in lengths]
            tied = can_be_tied(session, self.mission.windows)
            masks = [self.starts.of_session(session, one) if tied else 0 for one in lengths]
            if not whole:
                problem.thinned.add(forms[0].index)
            days: list[date | None] = [None] * session.repeat.count
            if session.repeat.each_day:
                days = list(sorted(session.days) if session.days is not None else self.mission.dates())
            for count, day in enumerate(days, start=1):
                name = f"{experiment.id}/{session.id}/{count}"
                mine, statics = forms, masks
                if name in self.mission.locks or name in self.exempt:  # not as its siblings: of a form of its own
                    words = self.exempt.get(name, frozenset())
                    own, at = without(session, words), [self.mission.locks[name]] if name in self.mission.locks else []
                    each, whole = lengths_of(self.mission, own, (*(own.at or ()), *at))
                    mine = [self.made.of_session(experiment, own, one, words) for one in each]
                    problem.thinned |= set() if whole else {mine[0].index}
                    tied = can_be_tied(own, self.mission.windows)
                    statics = [self.starts.of_session(own, one, at) if tied else 0 for one in each]
                if day is not None:
                    statics = [mask & self.starts.on_days([day]) for mask in statics]
                item = Item(
                    len(problem.items),
                    name,
                    mine[0],
                    statics[0],
                    number,
                    rank,
                    place,
                    count,
                    optional=session.repeat.each_day,
                    names=(name,),
                )
                shapes = zip(mine[1:], statics[1:], strict=True)
                if name in self.facts:
                    item = self.made.as_fact(
                        item, experiment, session, self.facts[name], self.exempt.get(name, frozenset())
                    )
                elif len(mine) > 1:
                    some = (replace(item, form=form, static=mask) for form, mask in shapes if mask)
                    item = replace(item, shapes=tuple(some))
                problem.items.append(item)
                rank += 1
        items = tuple(range(first, len(problem.items)))
        chains = chains_of(problem, experiment, items)
        holds, stocks = self.made.amounts(experiment.holds, 0, 0)
        problem.works.append(
            Work(
                number,
                experiment,
                items,
                chains,
                tuple((meter, amount) for meter, _, _, amount in holds),
                tuple((stock, amount) for stock, _, amount in stocks),
                links_of(problem, experiment, chains),
                worths(experiment, len(items), sum(idle(problem.items[i].fact) for i in items)),
                charges_of_holds(problem, experiment),
                steady_limits(problem, items),
            )
        )

    def _exempt(self, some: Sequence[Occasion]) -> Set[str]:
        """What waivers take a duty out of: all of those who hold it together."""
        rules = {rule.id for rule in self.mission.rules}
        words = [self.exempt.get(one.id, frozenset()) & rules for one in some]
        common = frozenset.intersection(*words)
        if any(other != common for other in words):
            self.problem.unsure = True
            self.problem.freed |= {one.duty.id for one in some}
        return common

    def _ties(self) -> None:
        """`after`: among the copies that `for` made the same person's session is meant, else all copies'."""
        problem, experiments = self.problem, self.mission.experiments
        named_so: dict[str, list[int]] = {}
        for number, experiment in enumerate(experiments):
            for word in dict.fromkeys((experiment.id, experiment.written_id)):
                named_so.setdefault(word, []).append(number)
        for e, experiment in enumerate(experiments):
            for s, session in enumerate(experiment.sessions):
                for after in session.after:
                    named, _, wanted = after.reference.rpartition("/")
                    meant = named_so.get(named, [])
                    if e in meant or not named:
                        meant = [e]
                    references: tuple[Key, ...] = tuple(
                        (i, j) for i in meant for j, other in enumerate(experiments[i].sessions) if other.id == wanted
                    )
                    tie = Tie(references, after.min_ms, after.max_ms)
                    problem.ties.setdefault((e, s), []).append(tie)
                    for reference in references:
                        problem.followers.setdefault(reference, []).append(((e, s), tie))
