"""The first baseline: one monolithic CP-SAT model of the whole mission, two workers.

Written as well as we know how: optional intervals per (session, role, person) and piece of work, domains of starts that
already know windows, fixed duties and days off, no-overlap per person with the movable duties in it, cumulatives for
resources (no-overlap where the capacity is one), chains as implications, and day limits by a transport of each role
over (person, day), which gives the linear relaxation its grip. With a plan at hand every variable gets a hint.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

from ortools.sat.python import cp_model

from crewbench.answer import Answer
from crewbench.flat import Flat, Job
from crewbench.outcome import Outcome, Reader, scale_of, solved
from crewbench.ticks import bits, spans
from payload.model import Plan, Session


class Monolith:
    """The model of one mission."""

    def __init__(self, flat: Flat) -> None:
        self.flat = flat
        self.model = cp_model.CpModel()
        self.present: list[cp_model.IntVar] = []
        self.start: list[cp_model.IntVar] = []
        self.who: dict[tuple[int, int, int], cp_model.IntVar] = {}  # (job, role, person)
        self.cells: list[dict[tuple[int, ...], cp_model.IntVar]] = []
        self.there: dict[tuple[int, int, int, tuple[int, ...]], cp_model.IntVar] = {}  # (job, role, person, cell)
        self.chores = [self._domain(chore.starts, f"c{number}") for number, chore in enumerate(flat.chores)]
        self.hold_ends: dict[int, cp_model.IntVar] = {}  # by experiment
        self.hold_sizes: list[tuple[cp_model.IntVar, int]] = []
        self.worth = [flat.works[job.experiment].value for job in flat.jobs]
        self.scale, self.hidden = scale_of(self.worth)
        self._spent: dict[tuple[int, int], list[tuple[cp_model.IntVar, int]]] = defaultdict(list)
        self._rows: dict[int, list[cp_model.IntervalVar]] = defaultdict(list)  # person -> what holds them
        self._guests: dict[int, list[cp_model.IntervalVar]] = defaultdict(list)
        for number, job in enumerate(flat.jobs):
            self._job(number, job)
        self._people()
        for work in range(len(flat.works)):
            self._work(work)
        self._resources()
        self._gaps()
        value = [round(value * self.scale) for value in self.worth]
        self.model.maximize(cp_model.LinearExpr.weighted_sum(self.present, value))

    def _domain(self, starts: int, name: str) -> cp_model.IntVar:
        return self.model.new_int_var_from_domain(cp_model.Domain.from_intervals(spans(starts)), name)

    def _job(self, number: int, job: Job) -> None:
        model = self.model
        present = model.new_bool_var(f"p{number}")
        self.present.append(present)
        able = {role: [p for p in people if job.fits[role, p] & job.starts] for role, people in job.people.items()}
        if not job.starts or not all(able.values()):
            model.add(present == 0)
            self.start.append(model.new_constant(0))
            self.cells.append({})
            return
        start = self._domain(job.starts, f"s{number}")
        self.start.append(start)
        for role, people in able.items():
            for person in people:
                mine = present if len(people) == 1 else model.new_bool_var("")
                self.who[number, role, person] = mine
                if job.fits[role, person] & job.starts != job.starts:
                    allowed = cp_model.Domain.from_intervals(spans(job.fits[role, person] & job.starts))
                    model.add_linear_expression_in_domain(start, allowed).only_enforce_if(mine)
                rows = self._guests if job.hosted else self._rows
                for offset, length in job.pieces[role]:
                    rows[person].append(model.new_optional_fixed_size_interval_var(start + offset, length, mine, ""))
            if len(people) > 1:
                model.add(sum(self.who[number, role, person] for person in people) == present)
        for person in range(len(self.flat.people)):
            roles = [role for role in able if (number, role, person) in self.who]
            if len(roles) > 1:
                model.add_at_most_one(self.who[number, role, person] for role in roles)
        self.cells.append({} if job.hosted or not job.pieces else self._days(number, job))

    def _days(self, number: int, job: Job) -> dict[tuple[int, ...], cp_model.IntVar]:
        """A literal for each way the pieces may fall on days, and for each role a transport over people and these."""
        model, present = self.model, self.present[number]
        offsets = sorted({offset for held in job.pieces.values() for offset, _ in held})
        cells = self.cells_of(job)
        literals = {key: present if len(cells) == 1 else model.new_bool_var("") for key in cells}
        if len(cells) > 1:
            model.add(sum(literals.values()) == present)
            for key, mask in cells.items():
                within = cp_model.Domain.from_intervals(spans(mask))
                model.add_linear_expression_in_domain(self.start[number], within).only_enforce_if(literals[key])
        for role, held in job.pieces.items():
            people = [person for person in job.people[role] if (number, role, person) in self.who]
            across: dict[int, list[cp_model.IntVar]] = defaultdict(list)
            for key, mask in cells.items():
                able = [person for person in people if job.fits[role, person] & mask]
                for person in able:
                    if len(people) == 1:
                        there = literals[key]
                    elif len(cells) == 1:
                        there = self.who[number, role, person]
                    else:
                        there = model.new_bool_var("")
                        self.there[number, role, person, key] = there
                    across[person].append(there)
                    for offset, length in held:
                        self._spent[person, key[offsets.index(offset)]].append((there, length))
                if len(people) > 1 and len(cells) > 1:
                    mine = [self.there[number, role, person, key] for person in able]
                    model.add(sum(mine) == literals[key])
            if len(people) > 1 and len(cells) > 1:
                for person in people:
                    model.add(sum(across[person]) == self.who[number, role, person])
        return literals

    def cells_of(self, job: Job) -> dict[tuple[int, ...], int]:
        """The job's starts apart by the days on which its pieces begin."""
        day = self.flat.day
        offsets = sorted({offset for held in job.pieces.values() for offset, _ in held})
        cells: dict[tuple[int, ...], int] = defaultdict(int)
        for low, high in spans(job.starts):
            at = low
            while at <= high:
                key = tuple((at + offset) // day for offset in offsets)
                until = min([high + 1, *((at + offset) // day * day + day - offset for offset in offsets)])
                cells[key] |= bits(at, until)
                at = until
        return dict(cells)

    def _people(self) -> None:
        model, flat = self.model, self.flat
        for number, chore in enumerate(flat.chores):
            self._rows[chore.person].append(
                model.new_fixed_size_interval_var(self.chores[number], chore.length, f"chore {chore.id}")
            )
        for person, busy in enumerate(flat.busy):
            blocks = [model.new_fixed_size_interval_var(low, high - low, "") for low, high in busy]
            model.add_no_overlap([*self._rows[person], *blocks])
            model.add_no_overlap(self._guests[person])
        for key, parts in self._spent.items():
            most = flat.limits.get(key)
            if most is not None and sum(length for _, length in parts) > most:
                model.add(sum(there * length for there, length in parts) <= most)

    def _work(self, index: int) -> None:
        model, work = self.model, self.flat.works[index]
        first = work.jobs[0]
        for number in work.jobs:
            job = self.flat.jobs[number]
            if job.before is not None:
                model.add_implication(self.present[number], self.present[job.before])
            if job.after is not None:
                self._link(number, job, job.after)
            if work.required:
                model.add(self.present[number] == 1)
            if work.same and number != first:
                for role, people in job.people.items():
                    for person in people:
                        if (number, role, person) in self.who:
                            one = self.who.get((first, role, person))
                            model.add(self.who[number, role, person] <= (0 if one is None else one))
        if work.minimum > 1:
            model.add_implication(self.present[first], self.present[work.jobs[work.minimum - 1]])

    def _link(self, number: int, job: Job, after: int) -> None:
        model, here, there = self.model, self.start[number], self.start[after]
        both = [self.present[number]]  # the other is planned where this one is
        if job.loose:
            model.add(here >= there).only_enforce_if(both)
            return
        ends = there + self.flat.jobs[after].length
        model.add(here >= ends + job.least).only_enforce_if(both)
        if job.most is not None:
            model.add(here <= ends + job.most).only_enforce_if(both)
        if job.every is not None:
            model.add(here >= there + job.every[0]).only_enforce_if(both)
            model.add(here <= there + job.every[1]).only_enforce_if(both)

    def _resources(self) -> None:
        model, flat = self.model, self.flat
        takes: dict[str, list[tuple[cp_model.IntervalVar, int]]] = defaultdict(list)
        eats: dict[str, list[tuple[cp_model.IntVar, int]]] = defaultdict(list)
        for number, job in enumerate(flat.jobs):
            for offset, length, name, amount in job.uses:
                if name in flat.stock:
                    eats[name].append((self.present[number], amount))
                elif job.starts:
                    at = self.start[number] + offset
                    interval = model.new_optional_fixed_size_interval_var(at, length, self.present[number], "")
                    takes[name].append((interval, amount))
        for number, chore in enumerate(flat.chores):
            for name, amount in chore.uses.items():
                interval = model.new_fixed_size_interval_var(self.chores[number], chore.length, "")
                takes[name].append((interval, amount))
        for index, work in enumerate(flat.works):
            if work.holds:
                for name, amount in work.holds.items():
                    takes[name].append((self._hold(index), amount))
        for name, capacity in flat.capacity.items():
            for low, high, less in flat.less[name]:
                takes[name].append((model.new_fixed_size_interval_var(low, high - low, ""), less))
            if takes[name] and all(2 * amount > capacity for _, amount in takes[name]):
                model.add_no_overlap(interval for interval, _ in takes[name])
            elif takes[name]:
                intervals, amounts = zip(*takes[name], strict=True)
                model.add_cumulative(intervals, amounts, capacity)
        for name, parts in eats.items():
            model.add(sum(present * amount for present, amount in parts) <= flat.stock[name])

    def _hold(self, index: int) -> cp_model.IntervalVar:
        """From the start of the first to the end of the last planned job; the first of a chain is one of them."""
        model, work = self.model, self.flat.works[index]
        first = work.jobs[0]
        if index not in self.hold_ends:
            self.hold_ends[index] = model.new_int_var(0, self.flat.end, "")
            for number in work.jobs:
                end = self.start[number] + self.flat.jobs[number].length
                model.add(self.hold_ends[index] >= end).only_enforce_if(self.present[number])
        end, start = self.hold_ends[index], self.start[first]
        size = model.new_int_var(0, self.flat.end, "")
        self.hold_sizes.append((size, index))
        return model.new_optional_interval_var(start, size, end, self.present[first], "")

    def _gaps(self) -> None:
        """A gap after a duty: the duty, longer by the gap, never overlaps what must wait and has the same person."""
        model, flat = self.model, self.flat
        for gap, after, before in flat.gaps:
            for person in range(len(flat.people)):
                waiting = self._waiting(person, before)
                for duty in after:
                    longer = [
                        model.new_fixed_size_interval_var(self.chores[number], chore.length + gap, "")
                        for number, chore in enumerate(flat.chores)
                        if chore.duty == duty and chore.person == person
                    ]
                    for low, high in flat.fixed.get((duty, person), []):
                        longer.append(model.new_fixed_size_interval_var(low, high - low + gap, ""))
                    if longer and waiting:
                        model.add_no_overlap([*longer, *waiting])
        crew = len(flat.people)
        for duty, experiment in flat.quiet:
            parts = [
                (model.new_fixed_size_interval_var(self.chores[number], chore.length, ""), 1)
                for number, chore in enumerate(flat.chores)
                if chore.duty == duty
            ]
            for number in self._jobs_of([experiment]):
                job = flat.jobs[number]
                if flat.works[job.experiment].unordered:
                    raise ValueError(f"{experiment} may overlap itself")
                here, present = self.start[number], self.present[number]
                parts.append((model.new_optional_fixed_size_interval_var(here, job.length, present, ""), crew))
            intervals, amounts = zip(*parts, strict=True)
            model.add_cumulative(intervals, amounts, crew)

    def _jobs_of(self, names: list[str]) -> list[int]:
        ids = {e.id: e.written_id for e in self.flat.mission.experiments}
        return [n for work in self.flat.works if work.id in names or ids[work.id] in names for n in work.jobs]

    def _waiting(self, person: int, names: list[str]) -> list[cp_model.IntervalVar]:
        model, flat = self.model, self.flat
        found = [
            model.new_fixed_size_interval_var(self.chores[number], chore.length, "")
            for number, chore in enumerate(flat.chores)
            if chore.duty in names and chore.person == person
        ]
        for number in self._jobs_of(names):
            job = flat.jobs[number]
            for role, held in job.pieces.items():
                if held != [(0, job.length)]:
                    raise ValueError(f"{job.id} has pauses")
                mine = self.who.get((number, role, person))
                if mine is not None:
                    found.append(model.new_optional_fixed_size_interval_var(self.start[number], job.length, mine, ""))
        return found

    def hint(self, plan: Plan) -> Answer:
        """Gives every variable its value in a plan of the same mission; that plan, in the baseline's terms."""
        answer, model = answer_of(self.flat, plan), self.model
        for number, job in enumerate(self.flat.jobs):
            placed = answer.jobs.get(number)
            model.add_hint(self.present[number], placed is not None)
            if not job.starts:
                continue
            start = placed[0] if placed else spans(job.starts)[0][0]
            model.add_hint(self.start[number], start)
            offsets = sorted({offset for held in job.pieces.values() for offset, _ in held})
            now = tuple((start + offset) // self.flat.day for offset in offsets)
            for key, literal in self.cells[number].items():
                if literal is not self.present[number]:
                    model.add_hint(literal, placed is not None and key == now)
            for role, people in job.people.items():
                for person in people:
                    has = placed is not None and placed[1][role] == person
                    mine = self.who.get((number, role, person))
                    if mine is not None and mine is not self.present[number]:
                        model.add_hint(mine, has)
                    for key in self.cells[number]:
                        there = self.there.get((number, role, person, key))
                        if there is not None:
                            model.add_hint(there, has and key == now)
        for variable, start in zip(self.chores, answer.chores, strict=True):
            model.add_hint(variable, start)
        for index, end in self.hold_ends.items():
            jobs = self.flat.works[index].jobs
            first = answer.jobs[jobs[0]][0] if jobs[0] in answer.jobs else self._lowest(jobs[0])
            last = max([first, *(answer.jobs[n][0] + self.flat.jobs[n].length for n in jobs if n in answer.jobs)])
            model.add_hint(end, last)
            for size, of in self.hold_sizes:
                if of == index:
                    model.add_hint(size, last - first)
        return answer

    def fixed_to_hint(self) -> float:
        """The value of the hint where every variable keeps to it; -1 where that breaks the model. For tests."""
        solver = cp_model.CpSolver()
        solver.parameters.fix_variables_to_their_hinted_value = True
        solver.parameters.num_workers = 1
        found = solver.solve(self.model) in (cp_model.OPTIMAL, cp_model.FEASIBLE)
        return solver.objective_value / self.scale if found else -1.0

    def _lowest(self, number: int) -> int:
        starts = spans(self.flat.jobs[number].starts)
        return starts[0][0] if starts else 0

    def solve(self, budgets: list[float], *, workers: int = 2, seed: int = 0) -> Outcome:
        """One solve as long as the longest budget; what stood at the end of each shorter one is kept on the way."""
        solver, outcome = solved(self.model, self.answer, budgets, workers=workers, seed=seed)
        if outcome.answers:
            outcome.bound = Fraction(int(solver.best_objective_bound + 0.5), self.scale) + self.hidden
        return outcome

    def answer(self, value: Reader) -> Answer:
        """What the variables say."""
        jobs: dict[int, tuple[int, dict[int, int]]] = {}
        for number, job in enumerate(self.flat.jobs):
            if value(self.present[number]):
                roles = {
                    role: person
                    for role, people in job.people.items()
                    for person in people
                    if (number, role, person) in self.who and value(self.who[number, role, person])
                }
                jobs[number] = (value(self.start[number]), roles)
        return Answer(jobs, [value(start) for start in self.chores])


def answer_of(flat: Flat, plan: Plan) -> Answer:
    """A plan in the baseline's terms; alike repeats of an unordered session are numbered by their starts."""
    index = {name: number for number, name in enumerate(flat.people)}
    placed = {one.id: one for one in plan.reservations}
    jobs: dict[int, tuple[int, dict[int, int]]] = {}
    for work in flat.works:
        found = [placed[flat.jobs[n].id] for n in work.jobs if flat.jobs[n].id in placed]
        numbers = [n for n in work.jobs if flat.jobs[n].id in placed]
        if work.unordered:
            found.sort(key=lambda one: (one.start, one.id))
            numbers = work.jobs[: len(found)]
        for number, one in zip(numbers, found, strict=True):
            session = _session(flat, number)
            roles: dict[int, int] = {}
            for step, there in zip(session.steps, one.steps, strict=True):
                for role, who in zip(sorted(role.number for role in step.crew), there.crew, strict=True):
                    roles[role] = index[who]
            jobs[number] = (one.start // flat.tick_ms, roles)
    return Answer(jobs, [placed[chore.id].start // flat.tick_ms for chore in flat.chores])


def _session(flat: Flat, number: int) -> Session:
    job = flat.jobs[number]
    name = job.id.split("/")[1]
    return next(session for session in flat.mission.experiments[job.experiment].sessions if session.id == name)
