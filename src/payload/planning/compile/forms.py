"""What activities have in common: the people, times and resources of a duty or of a session, made once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace

from payload.model import Amounts, Consumable, Experiment, Renewable, Reservation, Role, Session
from payload.planning.compile.ranges import joined, merged
from payload.planning.compile.starts import Starts
from payload.planning.compile.suited import pressure, serves
from payload.planning.compile.ticks import capacity
from payload.planning.compile.waits import Lengths
from payload.planning.facts import OTHERS, as_held
from payload.planning.problem import Form, Item, Part, Problem, Range, Supply
from payload.planning.state import Uses, charges_of, clause_sides, session_uses


class Forms:
    """The forms of one problem, which gets its resources and rigs here. Its rules come before any form."""

    def __init__(self, problem: Problem, starts: Starts, numbers: Mapping[str, int]) -> None:
        """`numbers` are those of the people, by their names."""
        self.problem, self.mission, self.starts, self.numbers = problem, problem.mission, starts, numbers
        self.supplies: dict[str, int] = {}
        self.stocks: dict[str, int] = {}
        self.rigs: dict[str, int] = {}
        self.buffers: dict[str, int] = {}
        self.count = 0
        self.masks: dict[int, int] = {}
        self.pressure = pressure(self.mission)
        self._resources()

    def _resources(self) -> None:
        problem = self.problem
        for name, resource in self.mission.resources.items():
            if isinstance(resource, Renewable):
                self.supplies[name] = len(problem.supplies)
                problem.supplies.append(Supply(name, capacity(problem, resource)))
            elif isinstance(resource, Consumable):
                self.stocks[name] = len(problem.consumables)
                problem.consumables.append(resource)
            else:
                self.buffers[name] = len(problem.buffers)
                problem.buffers.append(resource)
                drained = self.starts.shared(resource.during) if resource.during else (self.mission.horizon,)
                problem.drains.append(drained)
        used = {step.rig.rig for e in self.mission.experiments for s in e.sessions for step in s.steps if step.rig}
        for name in sorted(used):
            self.rigs[name] = len(problem.supplies)
            problem.supplies.append(Supply(name, ((0, 1),), rig=True))

    def form(
        self,
        names: frozenset[str],
        name: str,
        length_ms: int,
        parts: tuple[Part, ...],
        demands: Iterable[tuple[int, int, int, int]],
        takes: Iterable[tuple[int, int, int]],
        uses: Sequence[Uses],
        exempt: Set[str],
        session: Session | None = None,
    ) -> Form:
        """`uses` are what it takes and produces; it is out of the hard rules in `exempt`."""
        problem = self.problem
        out = [i for i, clause in enumerate(problem.clauses) if clause.id in exempt and clause.weight is None]
        enrols, asks = clause_sides(problem, names, out)
        limits = tuple(i for i, limit in enumerate(problem.limits) if names & set(limit.of) and limit.id not in exempt)
        flows = tuple(
            (self.buffers[resource], start, end, amount)
            for amounts, start, end, _, produced in uses
            for resource, amount in amounts.items()
            if produced and amount
        )
        self.count += 1
        return Form(
            self.count - 1,
            name,
            self.ticks(length_ms),
            length_ms,
            parts,
            tuple(sorted(demands)),
            tuple(sorted(takes, key=lambda take: (take[0], take[1]))),
            enrols,
            asks,
            limits if session is None or session.inside is None else (),
            session,
            charges_of(problem, uses, exempt),
            flows,
            frozenset(number for number, amount in enumerate(problem.amounts) if amount.id in exempt),
        )

    def of_session(
        self,
        experiment: Experiment,
        session: Session,
        lengths: Lengths,
        exempt: Set[str] = frozenset(),
        shift_ms: int = 0,
    ) -> Form:
        """`shift_ms` is how long after its tick it starts: 0 for all but facts."""
        roles: dict[int, list[Role]] = {}
        held: dict[int, list[Range]] = {}
        demands: list[tuple[int, int, int, int]] = []
        takes: list[tuple[int, int, int]] = []
        more = self.amounts(session.uses, *self._around(0, sum(lengths), shift_ms))
        demands += more[0]
        takes += more[1]
        at = 0
        covers = [(name, 0, sum(lengths)) for name in session.covers]
        for step, length_ms in zip(session.steps, lengths, strict=True):
            until = at + length_ms
            covers += [(name, at, length_ms) for name in step.covers]
            start, end = self._around(at, until, shift_ms)
            for role in step.crew:
                roles.setdefault(role.number, []).append(role)
                held.setdefault(role.number, []).append((at, until))
            more = self.amounts(step.uses, start, end)
            demands += more[0]
            takes += more[1]
            if step.rig is not None:
                demands.append((self.rigs[step.rig.rig], start, end, 1))
            at = until
        parts = tuple(self._part(number, roles[number], held[number], shift_ms) for number in sorted(roles))
        names = {"sessions"}
        for word in (experiment.id, experiment.written_id):
            names |= {word, f"{word}/{session.id}"}
        demands = joined(demands)
        name = f"{experiment.id}/{session.id}"
        uses = session_uses(session, lengths)
        form = self.form(frozenset(names), name, sum(lengths), parts, demands, takes, uses, exempt, session)
        duties = tuple(cover for cover in covers if cover[0] not in self.mission.windows)
        return replace(form, waits=lengths, covers=duties)

    def as_fact(
        self, item: Item, experiment: Experiment, session: Session, fact: Reservation, exempt: Set[str]
    ) -> Item:
        """The session as it was held, or is: its own times, people and uses; it stays where it is."""
        problem, first = self.problem, self.problem.first_tick(fact.window)
        held, who = as_held(session, fact, self.numbers)
        shift_ms = fact.start - problem.ms(first)
        form = self.of_session(experiment, held, tuple(step.min_ms for step in held.steps), exempt, shift_ms)
        parts = tuple(
            replace(part, eligible=(who[part.number],), aboard={who[part.number]: problem.full}) for part in form.parts
        )
        for person in (self.numbers[name] for name in fact.crew if name in self.numbers):
            if person not in who.values():  # in no step that was held, but rules count them in
                parts += (Part(OTHERS + person, (person,), (), (), {person: problem.full}),)
                who[OTHERS + person] = person
        form = replace(form, parts=parts, length=max(self.ticks(form.length_ms + shift_ms), 0), covers=())
        if fact.start < problem.days.starts[0]:
            form = replace(form, limits=(), charges=())
        people = tuple(who[part.number] for part in parts)
        return replace(item, form=form, static=1 << first, fixed=fact.window, people=people, fact=fact)

    def amounts(
        self, uses: Amounts, start: int, end: int
    ) -> tuple[list[tuple[int, int, int, int]], list[tuple[int, int, int]]]:
        demands = [(self.supplies[r], start, end, q) for r, q in uses.items() if r in self.supplies and q]
        takes = [(self.stocks[r], start, q) for r, q in uses.items() if r in self.stocks and q]
        return demands, takes

    def _part(self, number: int, roles: list[Role], held: list[Range], shift_ms: int = 0) -> Part:
        times = merged(held)
        ranges = tuple(self._around(start, end, shift_ms) for start, end in times)
        eligible = [p for p, person in enumerate(self.mission.crew) if all(serves(person, role) for role in roles)]
        eligible.sort(key=lambda p: (self.pressure[self.mission.crew[p].id], p))
        start, end = times[0][0], times[-1][1]
        aboard = {p: self.kept(self.starts.within([self.mission.crew[p].aboard], start, end - start)) for p in eligible}
        return Part(number, tuple(eligible), merged(list(ranges)), times, aboard)

    def _around(self, start_ms: int, end_ms: int, shift_ms: int) -> Range:
        """The ticks that hold a stretch of an activity which starts so long after its own tick."""
        start = max((start_ms + shift_ms) // self.problem.tick_ms, 0)
        return start, max(self.ticks(end_ms + shift_ms), start)

    def kept(self, mask: int) -> int:
        """The same mask, held once: those of all people on a date are alike, and long where the mission is."""
        return self.masks.setdefault(mask, mask)

    def ticks(self, length_ms: int) -> int:
        return -(-length_ms // self.problem.tick_ms)
