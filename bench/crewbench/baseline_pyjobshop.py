"""The second baseline: the same mission in PyJobShop's terms, solved by its OR-Tools model, two workers.

How each thing is said:

    people                machines with the fixed duties as breaks; who does a session is a choice of mode
    windows, days         a resource of no demand whose breaks are the times that are forbidden; a set of starts that
                          no breaks can say gets a task of one tick of its own
    pauses in a session   a task for each piece of work, tied start to start, present together; the mode of one piece
                          depends on that of the others, so that a role is one person
    day limits            a consumable and a mode for each person and day; as these are many, there is a second model
                          without them, whose answer is repaired: the better one counts
    left out              optional tasks; exactly one of a session and of a stand-in after the horizon, which is late
    value                 weighted tardy jobs: a stand-in's job weighs what its session is worth
    gaps after duties     for movable ones a second, longer task on a machine that also holds what must wait; for fixed
                          ones breaks of that machine
    holds                 an optional task of length 0 that may idle, from the first session to the last

Nothing else of these missions had to be left out. Starts are read from the solver while it works, so that one run
serves all budgets.
"""

from __future__ import annotations

import time
from collections import defaultdict
from fractions import Fraction
from itertools import product

from pyjobshop import Machine, Model
from pyjobshop.solvers.ortools import CPModel

from crewbench.answer import Answer
from crewbench.flat import Flat, Job
from crewbench.outcome import Outcome, Reader, scale_of, solved
from crewbench.ticks import bits, erode, spans

Group = tuple[int, int]  # (offset, length) of a piece of work


class Shop:
    """The PyJobShop model of one mission."""

    def __init__(self, flat: Flat, *, day_limits: bool = True) -> None:
        self.flat, self.day_limits = flat, day_limits
        self.model = Model()
        self.values = [flat.works[job.experiment].value for job in flat.jobs]
        self.scale, self.hidden = scale_of(self.values)
        self.persons = [self.model.add_machine(breaks=list(busy)) for busy in flat.busy]
        self.guests = [self.model.add_machine() for _ in flat.people]
        self.spent = {
            (person, day): self.model.add_consumable(most) for (person, day), most in sorted(flat.limits.items())
        }
        self.renewables = {
            name: self.model.add_machine() if self._single(name) else self.model.add_renewable(capacity)
            for name, capacity in flat.capacity.items()
        }
        self.stock = {name: self.model.add_consumable(amount) for name, amount in flat.stock.items()}
        self._calendars: dict[int, object] = {}
        self.tasks: list[dict[Group, object]] = []  # of each job, by piece
        self.anchor: list[tuple[object, int] | None] = []  # a task of the job, and its offset
        self.modes: dict[int, list[tuple[object, dict[int, int]]]] = {}  # id(task) -> modes and who has which role
        self.chores: list[object] = []
        self.waits = self._waits()
        quiet = {name for _, name in flat.quiet}
        self.silence = self.model.add_renewable(len(flat.people)) if quiet else None
        self.quiet = {n for work in flat.works if work.id in quiet for n in work.jobs}
        for number in range(len(flat.jobs)):
            self._job(number)
        self._chores()
        for index in range(len(flat.works)):
            self._work(index)
        for name, less in flat.less.items():
            for low, high, amount in less:
                task = self.model.add_task(earliest_start=low, latest_start=low)
                self.model.add_mode(task, [self.renewables[name]], high - low, [amount])
        self.model.set_objective(weight_tardy_jobs=1)

    def _single(self, name: str) -> bool:
        """Whether a capacity of one makes a machine of it."""
        return self.flat.capacity[name] == 1 and not self.flat.less[name]

    def _calendar(self, free: int) -> object:
        """A resource that can be had in these ticks alone."""
        if free not in self._calendars:
            taken = bits(0, self.flat.end) & ~free
            breaks = [(low, high + 1) for low, high in spans(taken)]
            self._calendars[free] = self.model.add_renewable(1, breaks=breaks)
        return self._calendars[free]

    def _cover(self, starts: int, length: int) -> int | None:
        """The ticks that tasks from these starts touch; None where these would also allow other starts."""
        touched, have = starts, 1
        while have < length:
            shift = min(have, length - have)
            touched |= touched << shift
            have += shift
        return touched if erode(touched, length) == starts else None

    def _waits(self) -> list[tuple[int, list[str], set[int], list[object]]]:
        """For each gap and duty before it: machines, one a person, that hold the longer duty and what must wait."""
        flat, found = self.flat, []
        written = {experiment.id: experiment.written_id for experiment in flat.mission.experiments}
        for gap, after, before in flat.gaps:
            jobs = {n for work in flat.works if work.id in before or written[work.id] in before for n in work.jobs}
            for duty in after:
                machines = [
                    self.model.add_machine([(low, high + gap) for low, high in flat.fixed.get((duty, person), [])])
                    for person in range(len(flat.people))
                ]
                found.append((gap, [duty, *before], jobs, machines))
        return found

    def _chores(self) -> None:
        loud = {duty for duty, _ in self.flat.quiet}
        for chore in self.flat.chores:
            task = self._task(chore.starts)
            cover = self._cover(chore.starts, chore.length)
            needs = [(self.persons[chore.person], 0)]
            needs += [(self.renewables[name], amount) for name, amount in chore.uses.items()]
            if cover is not None:
                needs.append((self._calendar(cover), 0))
            else:
                self._gate(task, 0, chore.starts, optional=False)
            if chore.duty in loud:
                needs.append((self.silence, 1))
            for gap, (duty, *before), _, machines in self.waits:
                if chore.duty in before:
                    needs.append((machines[chore.person], 0))
                if chore.duty == duty:
                    longer = self._task(chore.starts)
                    self.model.add_mode(longer, [machines[chore.person]], chore.length + gap)
                    self.model.add_start_at_start(task, longer)
            self._mode(task, needs, chore.length)
            self.chores.append(task)

    def _mode(self, task: object, needs: list[tuple[object, int]], length: int) -> object:
        amounts = [0 if isinstance(one, Machine) else amount for one, amount in needs]
        return self.model.add_mode(task, [one for one, _ in needs], length, amounts)

    def _gate(self, task: object, offset: int, starts: int, *, optional: bool) -> object:
        """A task of one tick that says where another may start, `offset` before it."""
        gate = self._task(starts, optional=optional)
        self._mode(gate, [(self._calendar(starts), 0)], 1)
        self.model.add_start_at_start(gate, task, delay=offset)
        return gate

    def _job(self, number: int) -> None:
        flat, job = self.flat, self.flat.jobs[number]
        able = all(any(job.fits[role, person] & job.starts for person in people) for role, people in job.people.items())
        if not job.starts or not able:
            self.tasks.append({})
            self.anchor.append(None)
            return
        groups: dict[Group, list[int]] = defaultdict(list)
        for role, held in job.pieces.items():
            for piece in held:
                groups[piece].append(role)
        uses: dict[Group, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for offset, length, name, amount in job.uses:
            uses[offset, length][name] += amount
        places = sorted(set(groups) | set(uses)) or [(0, job.length)]
        required = flat.works[job.experiment].required
        tasks: dict[Group, object] = {}
        extra: list[object] = []
        for place in places:
            task = self._task(job.starts, place[0], optional=not required)
            tasks[place] = task
            cover = self._cover(job.starts << place[0], place[1])
            needs = [(self._resource(name), amount) for name, amount in uses[place].items()]
            if cover is not None:
                needs.append((self._calendar(cover & bits(0, flat.end)), 0))
            if number in self.quiet and place == (0, job.length):
                needs.append((self.silence, len(flat.people)))
            self._modes(number, job, task, place, groups.get(place, []), needs)
        first, anchor = places[0], tasks[places[0]]
        if self._cover(job.starts << first[0], first[1]) is None:
            extra.append(self._gate(anchor, first[0], job.starts, optional=not required))
        if number in self.quiet and (0, job.length) not in tasks:
            whole = self._task(job.starts, optional=not required)
            self._mode(whole, [(self.silence, len(flat.people))], job.length)
            self.model.add_start_at_start(whole, anchor, delay=first[0])
            extra.append(whole)
        for place, task in tasks.items():
            if task is not anchor:
                self.model.add_start_at_start(anchor, task, delay=place[0] - first[0])
                self._same(task, anchor if groups.get(first) else self._crewed(tasks, groups), groups[place])
        together = [*tasks.values(), *extra]
        if len(together) > 1 and not required:
            self.model.add_select_all_or_none(together)
        if not required:
            weight = round(self.values[number] * self.scale)
            late = self.model.add_job(weight=weight, due_date=flat.end)
            stand_in = self.model.add_task(job=late, earliest_start=flat.end, optional=True)
            self.model.add_mode(stand_in, [], 1)
            self.model.add_select_exactly_one([anchor, stand_in])
        self.tasks.append(tasks)
        self.anchor.append((anchor, first[0]))

    def _crewed(self, tasks: dict[Group, object], groups: dict[Group, list[int]]) -> object:
        return next(task for place, task in tasks.items() if groups.get(place)) if groups else None

    def _resource(self, name: str) -> object:
        return self.stock[name] if name in self.stock else self.renewables[name]

    def _modes(
        self, number: int, job: Job, task: object, place: Group, roles: list[int], needs: list[tuple[object, int]]
    ) -> None:
        """A mode for each choice of people, and for each day where a limit counts."""
        offset, length = place
        day = self.flat.day
        rows = self.guests if job.hosted else self.persons
        found = self.modes.setdefault(id(task), [])
        if not roles:
            found.append((self._mode(task, needs, length), {}))
            return
        starts = job.starts << offset
        days = [number for number in range(self.flat.end // day) if starts & bits(number * day, (number + 1) * day)]
        for chosen in product(*(job.people[role] for role in roles)):
            if len(set(chosen)) < len(chosen):
                continue
            fits = job.starts
            for role, person in zip(roles, chosen, strict=True):
                fits &= job.fits[role, person]
            people = [(rows[person], 0) for person in chosen]
            for _, _, jobs, machines in self.waits:
                if number in jobs:
                    people += [(machines[person], 0) for person in chosen]
            who = dict(zip(roles, chosen, strict=True))
            if job.hosted or not self.day_limits:
                found.append((self._mode(task, [*needs, *people], length), who))
                continue
            for on in days:
                within = bits(on * day, (on + 1) * day)
                if not (fits << offset) & within:
                    continue
                limits = [(self.spent[person, on], length) for person in chosen if (person, on) in self.spent]
                here = [(self._calendar(within), 0)] if len(days) > 1 else []
                found.append((self._mode(task, [*needs, *people, *limits, *here], length), who))

    def _same(self, task: object, other: object, roles: list[int]) -> None:
        """Whoever has a role in one task has it in the other, and nobody has two."""
        if not roles or other is None or task is other:
            return
        for mode, who in self.modes[id(task)]:
            fitting = [
                there
                for there, those in self.modes[id(other)]
                if all(those.get(role, person) == person for role, person in who.items())
                and all(person not in who.values() or role in who for role, person in those.items())
            ]
            self.model.add_mode_dependency(mode, fitting or [self._never()[1]])

    def _work(self, index: int) -> None:
        flat, work = self.flat, self.flat.works[index]
        for number in work.jobs:
            job, here = flat.jobs[number], self.anchor[number]
            if here is None:
                continue
            if job.before is not None:
                there = self.anchor[job.before]
                if there is None:
                    self.model.add_select_exactly_one([self._never()[0]], condition_task=here[0])
                    continue
                self.model.add_select_at_least_one([there[0]], condition_task=here[0])
                self._link(number, job, here, there)
            if work.same and number != work.jobs[0]:
                self._same_people(work.jobs[0], number)
        first = self.anchor[work.jobs[0]]
        if work.minimum > 1 and first is not None:
            enough = self.anchor[work.jobs[work.minimum - 1]]
            needed = enough[0] if enough is not None else self._never()[0]
            self.model.add_select_at_least_one([needed], condition_task=first[0])
        if work.holds and first is not None:
            self._hold(index)

    def _never(self) -> tuple[object, object]:
        """A task that cannot be present, and its mode."""
        task = self.model.add_task(optional=True, latest_end=0)
        return task, self.model.add_mode(task, [], 1)

    def _task(self, starts: int, offset: int = 0, *, optional: bool = False) -> object:
        """A task that starts `offset` after one of these starts, as far as a first and a last can say it."""
        among = spans(starts)
        first, last = (among[0][0], among[-1][1]) if among else (0, 0)
        return self.model.add_task(earliest_start=first + offset, latest_start=last + offset, optional=optional)

    def _same_people(self, first: int, number: int) -> None:
        for place, task in self.tasks[number].items():
            roles = [role for role, held in self.flat.jobs[number].pieces.items() if place in held]
            of_first = self._crewed_of(first)
            if roles and of_first is not None:
                self._same(task, of_first, roles)

    def _crewed_of(self, number: int) -> object:
        pieces = {piece for held in self.flat.jobs[number].pieces.values() for piece in held}
        return next((task for place, task in self.tasks[number].items() if place in pieces), None)

    def _link(self, number: int, job: Job, here: tuple[object, int], there: tuple[object, int]) -> None:
        """Everything between two sessions, said from start to start."""
        assert job.after is not None
        model, length, shift = self.model, self.flat.jobs[job.after].length, here[1] - there[1]
        if job.loose:
            model.add_start_before_start(there[0], here[0], delay=shift)
            return
        model.add_start_before_start(there[0], here[0], delay=length + job.least + shift)
        if job.most is not None:
            model.add_start_before_start(here[0], there[0], delay=-(length + job.most + shift))
        if job.every is not None:
            model.add_start_before_start(there[0], here[0], delay=job.every[0] + shift)
            model.add_start_before_start(here[0], there[0], delay=-(job.every[1] + shift))

    def _hold(self, index: int) -> None:
        flat, work, model = self.flat, self.flat.works[index], self.model
        first = self.anchor[work.jobs[0]]
        assert first is not None
        hold = model.add_task(optional=not work.required, allow_idle=True, latest_end=flat.end)
        needs = [(self._resource(name), amount) for name, amount in work.holds.items()]
        self._mode(hold, needs, 0)
        if not work.required:
            model.add_select_all_or_none([first[0], hold])
        model.add_start_at_start(hold, first[0], delay=first[1])
        for number in work.jobs:
            here = self.anchor[number]
            if here is not None:
                model.add_start_before_end(here[0], hold, delay=flat.jobs[number].length - here[1])

    def solve(self, budgets: list[float], *, workers: int = 2, seed: int = 0) -> Outcome:
        """One solve as long as the longest budget, by PyJobShop's own model; building that is not counted."""
        began = time.perf_counter()
        inner = CPModel(self.model.data())
        build_s = time.perf_counter() - began
        solver, outcome = solved(
            inner.model, lambda value: self.answer(inner, value), budgets, workers=workers, seed=seed
        )
        outcome.build_s = build_s
        if outcome.answers:
            whole = sum(self.values, Fraction(0))
            outcome.bound = whole - Fraction(int(solver.best_objective_bound), self.scale) + self.hidden
        return outcome

    def answer(self, inner: CPModel, value: Reader) -> Answer:
        """Who does what when, from PyJobShop's variables."""
        tasks = {id(task): number for number, task in enumerate(self.model.tasks)}
        modes = {id(mode): number for number, mode in enumerate(self.model.modes)}
        variables = inner.variables

        def start(task: object) -> int:
            return int(value(variables.task_vars[tasks[id(task)]].start))

        jobs: dict[int, tuple[int, dict[int, int]]] = {}
        for number, anchor in enumerate(self.anchor):
            if anchor is None or not value(variables.task_vars[tasks[id(anchor[0])]].present):
                continue
            roles: dict[int, int] = {}
            for task in self.tasks[number].values():
                for mode, who in self.modes[id(task)]:
                    if value(variables.mode_vars[modes[id(mode)]]):
                        roles |= who
            jobs[number] = (start(anchor[0]) - anchor[1], roles)
        return Answer(jobs, [start(task) for task in self.chores])
