"""A mission as the baselines see it: jobs, chores and links in whole ticks of the mission's grid.

It shares nothing with the planner; which duties there are is asked of the checker. It reads every key that the
generator writes, and refuses (ValueError) what it does not know, so that no baseline ever solves another problem.

Instants and lengths are ticks from the horizon's start; sets of starts are ints used as bit sets (bit t: tick t).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from crewbench.ticks import bits, erode, spans, union
from payload.met import DAY, Window, intersect
from payload.model import Consumable, Exclude, Gap, Limit, Mission, Person, Renewable, Role, Session
from payload.rules.expand import Instance, instances

Spans = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Chore:
    """A movable duty instance; a fixed one is only in `Flat.busy`."""

    id: str
    duty: str
    person: int
    length: int
    starts: int
    uses: Mapping[str, int]


@dataclass(slots=True)
class Job:
    """One repeat of a session. `people`: role -> who may have it. `pieces`: role -> (offset, length) held.

    `starts` knows everything that does not depend on other jobs: horizon, days, windows, the fixed duties of whoever
    could come, days off. `uses`: (offset, length, resource, amount). `hosted`: inside a duty, where it takes no time.
    """

    id: str
    experiment: int
    length: int
    starts: int
    people: dict[int, tuple[int, ...]]
    pieces: dict[int, list[tuple[int, int]]]
    uses: list[tuple[int, int, str, int]]
    fits: dict[tuple[int, int], int]  # (role, person) -> the starts at which that person could
    hosted: bool
    before: int | None = None  # the job that must be planned for this one to be
    after: int | None = None  # the job that this one starts after the end of
    least: int = 0  # from that end to this start
    most: int | None = None
    every: tuple[int, int] | None = None  # least and most from the start of `after` to this start
    loose: bool = False  # `after` is only a twin: starts in order (repeats of an unordered session are alike)


@dataclass(slots=True)
class Work:
    """An experiment: its jobs in order, the value of each, and how many it needs at least."""

    id: str
    jobs: list[int]
    value: Fraction
    minimum: int
    same: bool
    required: bool
    holds: Mapping[str, int]
    unordered: bool


@dataclass(slots=True)
class Flat:
    mission: Mission
    tick_ms: int
    end: int
    people: tuple[str, ...]
    busy: list[Spans]  # fixed duties of each person, merged, half-open
    fixed: dict[tuple[str, int], Spans]  # (duty, person) -> its fixed instances, half-open
    chores: list[Chore]
    jobs: list[Job]
    works: list[Work]
    capacity: dict[str, int]
    less: dict[str, list[tuple[int, int, int]]]  # (start, end, what is taken away)
    stock: dict[str, int]
    limits: dict[tuple[int, int], int]  # (person, day) -> ticks; absent: no limit
    gaps: list[tuple[int, list[str], list[str]]]  # (gap, duties, duties and experiments), per person
    quiet: list[tuple[str, str]]  # (duty, experiment) that never overlap
    day: int = field(default=0)  # ticks a day


def flat(mission: Mission, windows: Mapping[str, Sequence[Window]]) -> Flat:
    """The mission expanded. Raises ValueError for keys that the generator does not write."""
    return _Flattener(mission, windows).all()


class _Flattener:
    def __init__(self, mission: Mission, windows: Mapping[str, Sequence[Window]]) -> None:
        self.mission, self.windows = mission, windows
        self.tick = mission.grid_ms
        if mission.end % self.tick or mission.grid_origin % self.tick or DAY % self.tick or mission.grid_origin:
            raise ValueError("the baselines want a mission that starts at midnight and ends on the grid")
        self.end = mission.end // self.tick
        self.whole = bits(0, self.end)
        self.index = {person.id: number for number, person in enumerate(mission.crew)}
        self.instances = list(instances(mission).values())
        self.fixed: dict[int, int] = defaultdict(int)
        self.hosts: dict[tuple[str, int], list[Instance]] = defaultdict(list)
        for one in self.instances:
            if one.duty.fixed:
                person = self.index[one.person]
                self.fixed[person] |= bits(self._ticks(one.allowed.start), self._ticks(one.allowed.end))
                self.hosts[one.duty.id, person].append(one)
        self.limits = self._limits()
        self._masks: dict[tuple[object, ...], int] = {}

    @property
    def day(self) -> int:
        return DAY // self.tick

    def _ticks(self, at_ms: int) -> int:
        if at_ms % self.tick:
            raise ValueError(f"{at_ms} ms is no whole number of ticks")
        return at_ms // self.tick

    def all(self) -> Flat:
        mission = self.mission
        jobs: list[Job] = []
        works = [self._work(index, jobs) for index in range(len(mission.experiments))]
        capacity, less, stock = self._resources()
        gaps, quiet = self._rules()
        return Flat(
            mission,
            self.tick,
            self.end,
            tuple(self.index),
            [[(low, high + 1) for low, high in spans(self.fixed[person])] for person in range(len(self.index))],
            {
                key: [(one.allowed.start // self.tick, one.allowed.end // self.tick) for one in of]
                for key, of in self.hosts.items()
            },
            self._chores(),
            jobs,
            works,
            capacity,
            less,
            stock,
            self.limits,
            gaps,
            quiet,
            self.day,
        )

    def _resources(self) -> tuple[dict[str, int], dict[str, list[tuple[int, int, int]]], dict[str, int]]:
        capacity, less, stock = {}, {}, {}
        for name, resource in self.mission.resources.items():
            match resource:
                case Renewable():
                    capacity[name] = resource.capacity
                    less[name] = [
                        (window.start // self.tick, -(-window.end // self.tick), resource.capacity - then)
                        for window, then in resource.exceptions
                    ]
                case Consumable(resupply=()):
                    stock[name] = resource.stock
                case _:
                    raise ValueError(f"resource {name} is not one that the baselines know")
        return capacity, less, stock

    def _limits(self) -> dict[tuple[int, int], int]:
        """Day limits of sessions, the least where several hold."""
        found: dict[tuple[int, int], int] = {}
        for rule in self.mission.rules:
            if not isinstance(rule, Limit):
                continue
            if rule.of != ("sessions",) or not (rule.per_crew and rule.per_day):
                raise ValueError(f"rule {rule.id} is not a day limit of all sessions")
            for number, on in enumerate(self.mission.dates()):
                if rule.days is None or on in rule.days:
                    for who in rule.people or tuple(self.index):
                        key = (self.index[who], number)
                        found[key] = min(found.get(key, self.end), rule.limit_ms // self.tick)
        return found

    def _rules(self) -> tuple[list[tuple[int, list[str], list[str]]], list[tuple[str, str]]]:
        duties = {duty.id for duty in self.mission.routine}
        gaps, quiet = [], []
        for rule in self.mission.rules:
            if rule.weight is not None or (rule.people is not None and not isinstance(rule, Limit)):
                raise ValueError(f"rule {rule.id} is not one that the baselines know")
            match rule:
                case Gap(per_crew=True, days=None) if duties.issuperset(rule.after):
                    gaps.append((self._ticks(rule.gap_ms), list(rule.after), list(rule.before)))
                case Exclude(entries=(duty, experiment), per_crew=False, days=None) if duty in duties:
                    quiet.append((duty, experiment))
                case Limit():
                    pass
                case _:
                    raise ValueError(f"rule {rule.id} is not one that the baselines know")
        return gaps, quiet

    def _chores(self) -> list[Chore]:
        found = []
        for one in self.instances:
            duty = one.duty
            if duty.together:
                raise ValueError(f"duty {duty.id} is held together")
            if duty.fixed:
                if duty.uses:
                    raise ValueError(f"fixed duty {duty.id} uses something")
                continue
            length = self._ticks(duty.duration_ms)
            room = bits(-(-one.allowed.start // self.tick), one.allowed.end // self.tick)
            free = room & ~self.fixed[self.index[one.person]] & self._windowed(duty.during, duty.avoid)
            found.append(Chore(one.id, duty.id, self.index[one.person], length, erode(free, length), duty.uses))
        return found

    def _windowed(self, during: tuple[str, ...], avoid: tuple[str, ...]) -> int:
        """The ticks that lie inside all of `during` and outside all of `avoid`."""
        key = ("windows", during, avoid)
        if key not in self._masks:
            mask = self.whole
            common: Sequence[Window] = (self.mission.horizon,)
            for name in during:
                common = intersect(common, self.windows[name])
            if during:
                mask = sum(bits(-(-window.start // self.tick), window.end // self.tick) for window in common)
            for name in avoid:
                for window in self.windows[name]:
                    mask &= ~bits(window.start // self.tick, -(-window.end // self.tick))
            self._masks[key] = mask
        return self._masks[key]

    def _work(self, index: int, jobs: list[Job]) -> Work:
        experiment = self.mission.experiments[index]
        mine: list[int] = []
        last_of: dict[str, int] = {}
        for session in experiment.sessions:
            repeat = session.repeat
            tied = (repeat.every_ms, repeat.min_ms, repeat.max_ms) != (None, None, None)
            if experiment.unordered and (len(experiment.sessions) > 1 or tied or session.after or repeat.each_day):
                raise ValueError(f"{experiment.id}: unordered with more than alike repeats")
            if repeat.each_day and (len(experiment.sessions) > 1 or experiment.minimum > 1 or experiment.holds):
                raise ValueError(f"{experiment.id}: each day among other sessions, with a minimum or a hold")
            days = sorted(session.days) if repeat.each_day and session.days is not None else [None] * repeat.count
            template = self._job(index, session)
            for number, on in enumerate(days, start=1):
                job = Job(f"{experiment.id}/{session.id}/{number}", index, *template)
                if on is not None:
                    start = self.mission.calendar.midnight(on) // self.tick
                    job.starts &= bits(start, start + self.day)
                elif mine:
                    job.before = job.after = mine[-1]
                    job.loose = experiment.unordered
                    if number > 1 and not experiment.unordered:
                        self._repeat(job, session)
                    elif number == 1:
                        self._after(job, session, last_of, mine[-1])
                mine.append(len(jobs))
                jobs.append(job)
            last_of[session.id] = mine[-1]
        worth = experiment.value / experiment.session_count
        return Work(
            experiment.id,
            mine,
            worth,
            experiment.minimum,
            experiment.same_people,
            experiment.required,
            experiment.holds,
            experiment.unordered,
        )

    def _repeat(self, job: Job, session: Session) -> None:
        repeat = session.repeat
        job.least = self._ticks(repeat.min_ms or 0)
        job.most = None if repeat.max_ms is None else self._ticks(repeat.max_ms)
        if repeat.every_ms is not None:
            every, play = self._ticks(repeat.every_ms), self._ticks(repeat.tolerance_ms)
            job.every = (every - play, every + play)

    def _after(self, job: Job, session: Session, last_of: Mapping[str, int], last: int) -> None:
        for tie in session.after:
            if last_of.get(tie.reference.split("/")[-1]) != last:
                raise ValueError(f"{job.id} is tied to another session than the one before it")
            job.least = max(job.least, self._ticks(tie.min_ms))
            job.most = None if tie.max_ms is None else self._ticks(tie.max_ms)

    def _job(
        self, index: int, session: Session
    ) -> tuple[
        int,
        int,
        dict[int, tuple[int, ...]],
        dict[int, list[tuple[int, int]]],
        list[tuple[int, int, str, int]],
        dict[tuple[int, int], int],
        bool,
    ]:
        if session.at or session.relative or session.covers or session.min_ms != session.max_ms:
            raise ValueError(f"{session.id} has a key that the baselines do not know")
        length = self._ticks(session.min_ms)
        room = erode(self._windowed(session.during, session.avoid), length)
        if session.between is not None:
            room &= sum(erode(bits(-(-w.start // self.tick), w.end // self.tick), length) for w in session.between)
        if session.days is not None:
            room &= sum(
                bits(
                    self.mission.calendar.midnight(on) // self.tick,
                    self.mission.calendar.midnight(on) // self.tick + self.day,
                )
                for on in session.days
            )
        pieces: dict[int, list[tuple[int, int]]] = {}
        people: dict[int, tuple[int, ...]] = {}
        uses = [(0, length, name, amount) for name, amount in session.uses.items()]
        at = 0
        for step in session.steps:
            lasts = self._ticks(step.min_ms)
            if step.covers or step.produces:
                raise ValueError(f"{session.id} has a key that the baselines do not know")
            if step.during or step.avoid:
                room &= erode(self._windowed(step.during, step.avoid), lasts) >> at
            uses += [(at, lasts, name, amount) for name, amount in step.uses.items()]
            for role in step.crew:
                held = pieces.setdefault(role.number, [])
                if held and sum(held[-1]) == at:
                    held[-1] = (held[-1][0], held[-1][1] + lasts)
                else:
                    held.append((at, lasts))
                fit = tuple(n for n, who in enumerate(self.mission.crew) if _fits(role, who))
                people[role.number] = tuple(n for n in people.get(role.number, fit) if n in fit)
            at += lasts
        fits = {
            (role, person): self.starts_of(session, person, held, length)
            for role, held in pieces.items()
            for person in people[role]
        }
        for number, fit in people.items():
            room &= union(fits[number, person] for person in fit)
        return length, room, people, pieces, uses, fits, session.inside is not None

    def starts_of(self, session: Session, person: int, held: list[tuple[int, int]], length: int) -> int:
        """The starts at which the fixed duties and days off of a person leave these pieces room."""
        if session.inside is not None:
            if not self.hosts[session.inside, person]:
                raise ValueError(f"{session.id} is inside a movable duty")
            inside = (
                bits(one.allowed.start // self.tick, one.allowed.end // self.tick)
                for one in self.hosts[session.inside, person]
            )
            return union(erode(one, length) for one in inside)
        mask = self.whole
        for offset, lasts in held:
            key = ("free", person, lasts)
            if key not in self._masks:
                short = (day for (who, day), most in self.limits.items() if who == person and most < lasts)
                off = sum(bits(day * self.day, (day + 1) * self.day) for day in short)
                self._masks[key] = erode(self.whole & ~self.fixed[person] & ~off, lasts)
            mask &= self._masks[key] >> offset
        return mask


def _fits(role: Role, who: Person) -> bool:
    if role.is_ is not None and who.id != role.is_:
        return False
    if role.any_of is not None and who.id not in role.any_of:
        return False
    return all(who.skills.get(skill, 0) >= level for skill, level in role.skills.items())
