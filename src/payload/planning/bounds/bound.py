"""What no plan can exceed: proven.

Quick, by three relaxations, of which the sum of what they take away is only counted where their sessions are not the
same:

1. alone: how many sessions of each experiment fit beside the fixed duties when nothing else is planned;
2. person by person: what only this person can do shares the hours that limits, fixed and movable duties leave them;
3. the whole crew: all that is crewed shares the hours of all.

`Bound` begins with these and is tightened by prices (`ascent`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd

from payload.planning.bits import lowest, ones, shifted, span
from payload.planning.bounds.ascent import Ascent, Flown
from payload.planning.problem import Form, Item, Key, Problem, Work
from payload.planning.state import State, options


def relaxed(base: State) -> State:
    """The state of the fixed duties alone, where each movable duty that sessions are tied to counts as possible at all
    its starts at once. `base` is changed and returned."""
    problem = base.problem
    base.ignored |= problem.soft | {("held", number) for number in range(len(problem.amounts))}
    inside = {item.form.session.inside for item in problem.items if item.form.session}
    relative = {
        item.form.session.relative.duty for item in problem.items if item.form.session and item.form.session.relative
    }
    relative |= {duty for item in problem.items for duty, _, _ in item.form.covers}
    for item in problem.items:
        if not item.soft or item.duty not in inside | relative or not item.static:
            continue
        starts = [problem.ms(tick) for tick in ones(item.static)]
        length_ms = item.form.length_ms
        for person in item.people:
            there = base.instances[item.duty, person]
            # negative numbers, which no item has
            there[-1 - len(there)] = (starts[0], starts[-1] + length_ms)
            for start in starts if item.duty in relative else ():
                there[-1 - len(there)] = (start, start + length_ms)
    return base


def most_sessions(base: State) -> list[int]:
    """How many sessions of each experiment fit at most, beside the fixed duties and nothing else.

    A session whose `after` refers only to sessions that cannot be planned cannot be planned either.
    """
    works = base.problem.works
    if base.problem.unsure:
        return [len(work.items) for work in works]
    hopeless: set[Key] = set()
    while True:
        most = [_alone(base, work, hopeless) for work in works]
        more = {
            key
            for key, ties in base.problem.ties.items()
            if any(not any(_possible(base.problem, most, ref) for ref in tie.references) for tie in ties)
        }
        if more <= hopeless:
            return most
        hopeless |= more


def _possible(problem: Problem, most: Sequence[int], reference: Key) -> bool:
    work = problem.works[reference[0]]
    ranks = [problem.items[index].rank for index in work.items if problem.items[index].session == reference[1]]
    chained = not work.model.unordered and not any(problem.items[index].optional for index in work.items)
    if most[work.index] < work.model.minimum:
        return False  # then none of its sessions is planned
    return bool(ranks) and (min(ranks) if chained else 0) < most[work.index]


def _alone(base: State, work: Work, hopeless: set[Key]) -> int:
    """How many sessions of one experiment fit at most; those of the sessions `hopeless` do not."""
    problem, full = base.problem, base.problem.full
    count = 0
    free: dict[int, list[Item]] = {}
    for chain in work.chains:
        items = [problem.items[index] for index in chain]
        if len(items) == 1 and items[0].fact is not None:
            count += 1
            continue
        if len(items) == 1:
            free.setdefault(items[0].form.index, []).append(items[0])
            continue
        reach: dict[int, int] = {}
        for item in items:
            if item.fact is not None:
                reach[item.index] = 1 << base.at[item.index]
                count += 1
                continue
            mask = _starts(base, item, hopeless)
            for earlier, later, low, high in problem.links_by_item.get(item.index, ()):
                if later == item.index and earlier in reach and not problem.items[earlier].optional:
                    mask &= shifted(reach[earlier], low, high, full)
            if mask:
                reach[item.index] = mask
                count += 1
            elif not item.optional and not any(other.fact for other in items):
                break
    for repeats in free.values():
        masks = [_starts(base, item, hopeless) for item in repeats]
        possible = sum(1 for mask in masks if mask)
        if possible and problem.exact and not repeats[0].optional:
            possible = min(possible, _packed(problem, repeats[0], masks[0], possible))
        count += possible
    return count


def _starts(base: State, item: Item, hopeless: set[Key]) -> int:
    if (item.exp, item.session) in hopeless:
        return 0
    problem = base.problem
    if item.form.index in problem.thinned or not problem.exact:  # only what the session's own keys say is certain
        return problem.possible(item) if all(part.eligible for part in item.form.parts) else 0
    mask = 0
    for shape in (item, *item.shapes):
        mask |= options(base, shape, True, alone=False).starts
    return mask


def _packed(problem: Problem, item: Item, starts: int, most: int) -> int:
    """How many repeats fit one after the other, where one person or resource must serve them all."""
    apart = min(_apart(problem, shape.form) for shape in (item, *item.shapes))
    if not apart:
        return most
    count = 0
    while starts and count < most:
        count += 1
        starts &= ~span(0, lowest(starts) + apart)
    return count


def _apart(problem: Problem, form: Form) -> int:
    """The least ticks from the start of one activity of a form to that of another one, which needs the same."""
    apart = 0
    for part in form.parts:
        if len(part.eligible) == 1:
            if form.session is not None and form.session.inside is not None:
                apart = max(apart, form.length)
            else:
                apart = max(apart, *(end - start for start, end in part.ranges))
    for meter, start, end, amount in form.demands:
        if 2 * amount > max(capacity for _, capacity in problem.supplies[meter].steps):
            apart = max(apart, end - start)
    return apart


@dataclass(frozen=True, slots=True)
class _Share:
    """A session's part of one budget of crew time."""

    value: Fraction
    time_ms: int
    required: bool


def upper_bound(base: State, most: Sequence[int]) -> Fraction:
    """No valid plan is worth more. `base` is the `relaxed` state, `most` has `most_sessions` of each experiment."""
    problem = base.problem
    alone = sum((work.worth(count) for work, count in zip(problem.works, most, strict=True)), Fraction(0))
    if not problem.exact or problem.unsure:
        return alone
    hours = [_hours(base, person) for person in range(len(problem.people))]
    lost = Fraction(0)
    spoken: set[int] = set()
    for person, left_ms in enumerate(hours):
        shares = []
        for work, count in zip(problem.works, most, strict=True):
            if work.index in spoken or not work.worth(count):
                continue
            mine = _shares(problem, work, count, {person})
            if any(share.time_ms for share in mine):
                spoken.add(work.index)
                shares += mine
        lost += _lost(shares, left_ms)
    everyone = set(range(len(problem.people)))
    shares = []
    for work, count in zip(problem.works, most, strict=True):
        if work.worth(count):
            shares += _shares(problem, work, count, everyone)
    return alone - max(lost, _lost(shares, sum(hours)))


def _shares(problem: Problem, work: Work, count: int, people: set[int]) -> list[_Share]:
    """The `count` sessions that take least of these people's time, for the roles that nobody else can fill."""
    times = []
    for index in work.items:
        form = problem.items[index].form
        counted = (form.session is None or form.session.inside is None) and problem.items[index].fact is None
        times.append(sum(part.time_ms for part in form.parts if counted and people.issuperset(part.eligible)))
    return [_Share(work.worth_each, time_ms, work.model.required) for time_ms in sorted(times)[:count]]


def _lost(shares: Sequence[_Share], left_ms: int) -> Fraction:
    """The least value that must be left out for the rest to fit: fractions of sessions may be taken."""
    for share in shares:
        if share.required:
            left_ms -= share.time_ms
    wanted = [share for share in shares if not share.required and share.time_ms]
    wanted.sort(key=lambda share: (-share.value / share.time_ms, share.time_ms))
    lost = Fraction(0)
    for share in wanted:
        taken_ms = min(max(left_ms, 0), share.time_ms)
        left_ms -= taken_ms
        lost += share.value * (share.time_ms - taken_ms) / share.time_ms
    return lost


def _hours(base: State, person: int) -> int:
    """The ms that a person has left for sessions at most."""
    problem = base.problem
    tick_ms, starts = problem.tick_ms, problem.days.starts
    aboard = problem.mission.crew[person].aboard
    here = span(problem.down(max(aboard.start, 0)), problem.up(min(aboard.end, problem.mission.end)))
    free = here & ~base.firm_busy[person]
    total_ms = free.bit_count() * tick_ms + 2 * tick_ms
    total_ms -= sum(problem.items[index].form.length_ms for index in problem.soft_of[person])
    by_day_ms = 0
    for day in range(len(starts) - 1):
        day_ms = (free & span(problem.down(starts[day]), problem.up(starts[day + 1]))).bit_count() * tick_ms
        for limit, rule in enumerate(problem.limits):
            days, people = problem.limit_days[limit], problem.limit_people[limit]
            binding = ("limit", limit) not in problem.soft | problem.loose
            if "sessions" in rule.of and rule.per_crew and rule.per_day and binding:
                counts = (days is None or day in days) and (people is None or person in people)
                day_ms = min(day_ms, rule.limit_ms) if counts else day_ms
        by_day_ms += day_ms
    return max(min(total_ms, by_day_ms), 0)


#: parts of the ascent that are one piece of work
PARTS = 4


class Bound:
    """What no valid plan is worth more than: quick at first, tightened step by step.

    `base` is the `relaxed` state of fixed duties alone, `most` has the `most_sessions` of each experiment.
    """

    def __init__(self, base: State, most: Sequence[int]) -> None:
        problem = base.problem
        self.value = upper_bound(base, most)
        self._step = Fraction(gcd(*(point for points in problem.points for point in points)), problem.scale)
        certain = problem.exact and not problem.unsure and not problem.facts
        self._ascent = Ascent(base, most) if certain and self._step else None
        self._steps = self._ascent.run() if self._ascent is not None else iter(())

    @property
    def flown(self) -> Sequence[Flown]:
        """How the linear program's last answer flies the experiments; none before there is one."""
        return self._ascent.flown if self._ascent is not None else ()

    @property
    def stages(self) -> int:
        """How many stages of the tightening are over: a day's fineness is reached with the third."""
        return self._ascent.stages if self._ascent is not None else 0

    def tighten(self, target: Fraction) -> bool:
        """One piece of work; `target` is the value of the best plan known. False when nothing more can be gained.

        The pieces, and what each makes of `value`, are the same for the same mission on every run.
        """
        if self._ascent is None or self.value <= target:
            return False
        going = all(next(self._steps, self) is None for _ in range(PARTS))
        if self._ascent.best is not None:
            # every plan is worth a multiple of `_step`, soft rules apart, which only take away
            self.value = min(self.value, self._ascent.best // self._step * self._step)
        return going and self.value > target
