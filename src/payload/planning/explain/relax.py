"""The smallest change that lets left-out sessions in, found by planning again and judged by whoever is handed in.

First nothing is changed but where other things stand: movable duties give way, and one or two sessions are moved. Then
every start of every crew is held against the reasons that forbid it, and the cheapest changes of the mission that take
these away are made, one after the other, until one gives a whole plan: each kind by itself, and of a kind one change
on any day, for any person, before several together. Giving up other sessions comes last, unless these are worth less;
what was promised to a sponsor is never given up.

What a cap of the search leaves out before an answer is found is told with it: a smaller change may exist then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice

from payload.met import Window
from payload.model import Mission, Plan
from payload.planning.assemble import assembled
from payload.planning.compile import compile_mission
from payload.planning.construct import settle
from payload.planning.explain.changes import change_for, one_more_day
from payload.planning.explain.keys import Reason
from payload.planning.explain.moves import COMPILED, Effort, attempt, meets, placed_anew, works_of
from payload.planning.explain.regions import Region, cheapest, moves_of, regions_of, some_of, spread
from payload.planning.explain.rules import excess, shortage, waived
from payload.planning.explain.spot import LIMIT, RESOURCE, TIME, TRADE, WAIVER, Change, Spot
from payload.planning.explain.trial import Try, Way, Work, hopeful, loose
from payload.planning.problem import Item, Problem
from payload.planning.restore import has_facts, restored
from payload.planning.score import shortfall_of, value_of
from payload.planning.state import State, in_shape

#: starts tried with others moved, changed missions of one kind, and of how many it is seen whether they could help
MOST_MOVES = 60
MOST_MISSIONS = 6
MOST_TRIALS = 60
#: days on which an experiment's sessions are placed anew, of those that are nearest to its own
MOST_DAYS = 4
#: plans tried in which sessions are given up
MOST_TRADES = 3
#: more changes than this at once are only tried where fewer, of whatever kind, did not do
MOST_CHANGES = 3
#: work for one answer, as `Effort` counts it: with others moved, with the mission changed, and for trials before that,
#: as it stands and with one more session elsewhere
MOVING_WORK = 400
CHANGING_WORK = 1100
TRIAL_WORK = 2000
WIDER_WORK = 8000
LAST_WORK = 180
#: so many times as much where so many sessions are wanted together
MOST_TIMES = 3

Judge = Callable[[Mission, Plan], bool]


@dataclass(frozen=True, slots=True)
class Relaxed:
    """A plan in which what was left out stands: of `mission`, which is the old one with `changes`. `gain` is what the
    new plan is worth more than the old one. `cut`: the search was cut off before it had seen all that is less."""

    mission: Mission
    plan: Plan
    changes: tuple[Change, ...]
    gain: Fraction
    verified: bool
    cut: bool = False


@dataclass(frozen=True, slots=True)
class _Ground:
    """A mission, compiled, with a plan that stands in it."""

    mission: Mission
    problem: Problem
    state: State
    changes: tuple[Change, ...] = ()

    def plan(self) -> Plan:
        most = sum((experiment.value for experiment in self.mission.experiments), Fraction(0))
        return assembled(self.state, max(most, value_of(self.state)), {})

    def found(self) -> _Found:
        return _Found(self.mission, self.plan(), self.changes, value_of(self.state), shortfall_of(self.state))


@dataclass(frozen=True, slots=True)
class _Found:
    """A whole plan of a changed mission, and how much less than promised its sponsors get."""

    mission: Mission
    plan: Plan
    changes: tuple[Change, ...]
    value: Fraction
    shortfall: int

    @property
    def cost(self) -> tuple[int, int, int]:
        """The dearest kind of change, how many changes, and how much of them."""
        tiers = [change.tier for change in self.changes]
        return max(tiers, default=0), len(tiers), sum(change.amount for change in self.changes)


def relax(
    mission: Mission,
    windows: Mapping[str, tuple[Window, ...]],
    plan: Plan,
    wanted: Sequence[str],
    reasons: Sequence[Reason],
    judge: Judge,
) -> Relaxed | None:
    """The cheapest way found to have all of `wanted` (ids, in the order in which they have to be placed) in the plan
    beside all that it has; None where none was found. `reasons` are the conflict, `judge` has the last word on each."""
    problem = compile_mission(mission, windows, plan if has_facts(plan) else None)
    ground = _Ground(mission, problem, restored(problem, plan))
    worth, short = value_of(ground.state), shortfall_of(ground.state)
    best: Relaxed | None = None
    many = min(len(wanted), MOST_TIMES)
    work = Work(Effort(MOVING_WORK * many), Effort(CHANGING_WORK * many), Effort(TRIAL_WORK), Effort(WIDER_WORK))
    for found in _found(ground, windows, list(wanted), work, reasons):
        if found.shortfall > short or not _has(found.plan, plan, wanted):
            continue
        verified, cut = judge(found.mission, found.plan), work.cut
        told = Relaxed(found.mission, found.plan, found.changes, found.value - worth, verified, cut)
        if told.verified:
            return told
        best = best or told
    return best


def _found(
    ground: _Ground,
    windows: Mapping[str, tuple[Window, ...]],
    wanted: list[str],
    work: Work,
    reasons: Sequence[Reason],
) -> Iterator[_Found]:
    """Plans with all that is wanted: the cheapest first, then those in which it was let in one after the other."""
    for there in _ways(ground, windows, wanted, work, reasons):
        yield there.found()
    if len(wanted) > 1:
        each = [there.found() for there in _one_by_one(ground, windows, wanted, work)]
        yield from sorted(each, key=lambda found: found.cost)


def _has(made: Plan, plan: Plan, wanted: Sequence[str]) -> bool:
    """Whether so many more sessions stand as are wanted: numbers of interchangeable ones may have been dealt anew."""
    names = [name.rpartition("/")[0] for name in wanted]
    before = Counter(one.id.rpartition("/")[0] for one in plan.reservations)
    after = Counter(one.id.rpartition("/")[0] for one in made.reservations)
    return all(after[name] >= before[name] + count for name, count in Counter(names).items())


def _ways(
    ground: _Ground,
    windows: Mapping[str, tuple[Window, ...]],
    wanted: list[str],
    work: Work,
    reasons: Sequence[Reason],
) -> Iterator[_Ground]:
    """The ways to have what is wanted, the cheapest first."""
    state = ground.state
    items = {item.id: item for item in ground.problem.items}
    group = [items[name] for name in wanted if not state.on[items[name].index]]
    if not group:
        yield ground
        return
    single = group[0] if len(group) == 1 else None
    for spot in _free(state, single) if single else ():
        mark = state.mark()
        if attempt(state, spot, (), work.moving) is not None:
            yield ground
        state.back_to(mark)
    mark = state.mark()
    if placed_anew(state, group, work.moving):
        yield ground
    state.back_to(mark)
    regions = list(regions_of(state, single)) if single else []
    trades: list[_Trade] = []
    worth, short = value_of(state), shortfall_of(state)
    for number, (spot, out) in enumerate(moves_of(state, regions)):
        if number == MOST_MOVES:
            work.moving.cut = True
            break
        mark = state.mark()
        lost = attempt(state, spot, out, work.moving)
        if lost is not None and not lost:
            yield ground
        elif lost is not None and shortfall_of(state) <= short and not _of_form(lost, spot.item.form.index):
            trades.append((value_of(state) - worth, -len(trades), spot, out))
        state.back_to(mark)
    trades.sort(key=lambda trade: trade[:2], reverse=True)
    yield from _traded(ground, work.changing, [trade for trade in trades if trade[0] > 0])
    chosen, dropped = cheapest(state, regions)
    changed, many = list(_changed(ground, chosen)), list[Way]()
    for tier in range(LIMIT, TRADE):
        work.changing.cut |= tier >= dropped
        ways = [way for way in changed if way.cost[0] == tier]
        ways += _wider(ground, group, tier, reasons, work.changing)
        ways += _on_more_days(ground, group, tier, reasons)
        many += [way for way in ways if len(way.changes) > MOST_CHANGES]
        few = [way for way in ways if len(way.changes) <= MOST_CHANGES]
        yield from _tried(ground, windows, sorted(few, key=lambda way: way.cost), group, work)
    last = replace(work, changing=Effort(LAST_WORK))
    yield from _tried(ground, windows, sorted(many, key=lambda way: (len(way.changes), way.cost)), group, last)
    yield from _traded(ground, work.changing, [trade for trade in trades if trade[0] <= 0])


def _tried(
    ground: _Ground, windows: Mapping[str, tuple[Window, ...]], ways: Sequence[Way], group: Sequence[Item], work: Work
) -> Iterator[_Ground]:
    """Plans of the missions that are changed in these ways, in this order; those of which it shows beforehand that they
    do not help are not compiled."""
    compiled = 0
    for number, way in enumerate(ways):
        if compiled == MOST_MISSIONS or number == MOST_TRIALS:
            work.changing.cut = True
            return
        helps = hopeful(ground.state, way, work)
        if helps is not None and work.changing.spend(COMPILED):
            compiled += 1
            yield from _with(ground, windows, helps, group, work.changing)


def _of_form(items: Sequence[Item], form: int) -> bool:
    return any(item.form.index == form for item in items)


def _one_by_one(
    ground: _Ground,
    windows: Mapping[str, tuple[Window, ...]],
    wanted: list[str],
    work: Work,
) -> Iterator[_Ground]:
    """What is wanted let in each by itself, in the cheapest way or the next."""
    for there in islice(_ways(ground, windows, wanted[:1], work, ()), 2):
        yield from islice(_ways(there, windows, wanted[1:], work, ()), 2)


def _wider(
    ground: _Ground, group: Sequence[Item], tier: int, reasons: Sequence[Reason], effort: Effort
) -> Iterator[Way]:
    """The experiments of what is wanted placed anew with one limit, resource or rule looked past, or all, and what
    they would have to be for that; only those that the conflict names, unless others of the experiment could move."""
    state, problem = ground.state, ground.problem
    forms = [problem.items[index].form for work in works_of(state, group) for index in work.items]
    if tier == LIMIT:
        kind, known = "limit", {number: problem.limits[number].id for form in forms for number in form.limits}
    elif tier == RESOURCE:
        kind, known = "meter", {demand[0]: problem.supplies[demand[0]].id for form in forms for demand in form.demands}
    elif tier == WAIVER:
        kind, known = "clause", {ask[0]: problem.clauses[ask[0]].id for form in forms for ask in form.asks}
    else:
        return
    named = {reason.id for reason in reasons}
    others = any(reason.kind in ("order", "before", "minimum") for reason in reasons)
    numbers = sorted(number for number, name in known.items() if others or name in named)
    for some in [*((number,) for number in numbers), *([tuple(numbers)] if len(numbers) > 1 else [])]:
        mark, before = state.mark(), set(state.ignored)
        state.ignored |= {(kind, number) for number in some}
        stands = placed_anew(state, group, effort)
        state.ignored = before
        changes = [change for number in some for change in _measured(state, kind, number, group)] if stands else []
        if changes:
            yield Way(tuple(changes), plan=ground.plan())
        state.back_to(mark)


def _measured(state: State, kind: str, number: int, group: Sequence[Item]) -> list[Change]:
    problem = state.problem
    if kind == "limit":
        return excess(state, number)
    if kind == "meter":
        supply = problem.supplies[number]
        return [] if supply.rig else shortage(state, supply.id)
    items = [problem.items[index] for work in works_of(state, group) for index in sorted(state.planned[work.index])]
    return [
        change for item in items if meets(state, item, number) for change in waived(problem.clauses[number].id, item)
    ]


def _on_more_days(ground: _Ground, group: Sequence[Item], tier: int, reasons: Sequence[Reason]) -> Iterator[Way]:
    """The experiments of what is wanted placed anew with one more day for one of their sessions: the nearest first."""
    if tier != TIME or not any(reason.kind in ("order", "after", "before", "minimum") for reason in reasons):
        return
    state, problem = ground.state, ground.problem
    seen: set[tuple[int, int]] = set()
    for item in (problem.items[index] for work in works_of(state, group) for index in work.items):
        session = item.form.session
        if session is None or not session.days or session.repeat.each_day or (item.exp, item.session) in seen:
            continue
        seen.add((item.exp, item.session))
        own = session.days
        more = [day for day in problem.mission.dates() if day not in own]
        more.sort(key=lambda day: (min(abs(day - one) for one in own), day))
        for day in more[:MOST_DAYS]:
            yield Way((one_more_day(state, item, day),), anew=True)


_Trade = tuple[Fraction, int, Spot, tuple[Item, ...]]


def _traded(ground: _Ground, effort: Effort, trades: Sequence[_Trade]) -> Iterator[_Ground]:
    state = ground.state
    for loss, _, spot, out in trades[:MOST_TRADES]:
        mark = state.mark()
        if (lost := attempt(state, spot, out, effort)) is not None:
            text = f"{' and '.join(item.id for item in lost)} {'is' if len(lost) == 1 else 'are'} given up"
            change = Change(TRADE, -int(loss * 1000), text, lambda mission: mission)
            yield _Ground(ground.mission, ground.problem, state, (*ground.changes, change))
        state.back_to(mark)


def _free(state: State, item: Item) -> Iterator[Spot]:
    """Where it could stand as the plan is, then where it could if movable duties give way or soft rules are broken."""
    soft = state.problem.soft
    for firm, past in ((False, False), (True, False), (True, True))[: 3 if soft else 2]:
        state.ignored = set(soft) if past else set()
        for shape in (item, *item.shapes):
            there = in_shape(state, shape, firm)
            for tick in some_of(state, there.starts, 4, 2):
                for crew in there.crews(tick):
                    yield Spot(shape, tick, crew)
    state.ignored = set(soft)


def _changed(ground: _Ground, regions: Sequence[Region]) -> Iterator[Way]:
    """The changes that free one start of one crew; sessions that are only in the way are moved."""
    found: dict[tuple[str, ...], tuple[list[Change], list[Try], dict[Reason, None]]] = {}
    for region in regions:
        for tick in spread(ground.state, region.starts):
            spot = Spot(region.item, tick, region.crew)
            changes: list[Change] = []
            for reason in region.reasons:
                if reason.kind != "reservation":
                    least = change_for(ground.state, reason, spot)
                    if least is None:
                        break
                    changes += least
            else:
                out = tuple(reason.id for reason in region.reasons if reason.kind == "reservation")
                key = tuple(sorted(change.text for change in changes))
                _, tries, reasons = found.setdefault(key, (changes, [], {}))
                tries.append((spot, out))
                reasons |= {reason: None for reason in region.reasons if reason.kind != "reservation"}
    for changes, tries, reasons in found.values():
        tries.sort(key=lambda one: (len(one[1]), one[0].tick, one[0].crew))
        yield Way(tuple(changes), tuple(tries), reasons=tuple(reasons))


def _with(
    ground: _Ground, windows: Mapping[str, tuple[Window, ...]], way: Way, group: Sequence[Item], effort: Effort
) -> Iterator[_Ground]:
    """The mission with these changes, and whole plans of it."""
    mission = ground.mission
    for change in way.changes:
        mission = change.apply(mission)
    plan = way.plan or ground.plan()
    problem = compile_mission(mission, windows, plan if has_facts(plan) else None)
    state = restored(problem, plan)
    state.ignored |= problem.soft
    missing = [item for item in problem.items if item.exp < 0 and not state.on[item.index]]
    if missing and not settle(state, missing):
        return
    there = _Ground(mission, problem, state, (*ground.changes, *way.changes))
    if way.plan is not None:
        yield there
    items = {item.id: item for item in problem.items}
    if way.anew:
        mark = state.mark()
        if placed_anew(state, [items[item.id] for item in group], effort):
            yield there
        state.back_to(mark)
    for spot, out in way.tries:
        item, wanted = items[spot.item.id], spot.item.form
        if state.on[item.index]:  # another of its kind has its number now
            others = (one for one in problem.items if one.form.name == wanted.name and not state.on[one.index])
            item = next(others, item)
        if state.on[item.index] or not all(loose(state, items[name]) for name in out):
            continue
        shape = next((one for one in (item, *item.shapes) if one.form.length_ms == wanted.length_ms), item)
        mark = state.mark()
        if attempt(state, Spot(shape, spot.tick, spot.crew), [items[name] for name in out], effort) == []:
            yield there
        state.back_to(mark)
