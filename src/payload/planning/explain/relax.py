"""The smallest change that lets left-out sessions in, found by planning again and judged by whoever is handed in.

First nothing is changed but where other things stand: movable duties give way, and one or two sessions are moved. Then
every start of every crew is held against the reasons that forbid it, and the cheapest changes of the mission that take
these away are made, one after the other, until one gives a whole plan. Giving up other sessions comes last, unless
these are worth less.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, product

from payload.met import Window
from payload.model import Mission, Plan
from payload.planning.assemble import assembled
from payload.planning.bits import heads, tails
from payload.planning.compile import compile_mission
from payload.planning.construct import settle
from payload.planning.explain.changes import change_for, tier_of
from payload.planning.explain.cuts import cuts
from payload.planning.explain.keys import Reason
from payload.planning.explain.moves import COMPILED, Effort, attempt, behind, meets, placed_anew, works_of
from payload.planning.explain.rules import excess, shortage, waived
from payload.planning.explain.spot import LIMIT, RESOURCE, TRADE, WAIVER, Change, Spot
from payload.planning.problem import Item, Problem
from payload.planning.restore import has_facts, restored
from payload.planning.score import value_of
from payload.planning.state import State, in_shape

#: a start that more reasons than this forbid is not looked at
MOST_REASONS = 3
#: starts tried with others moved, changed missions of one kind, starts tried in each, regions looked at
MOST_MOVES = 60
MOST_MISSIONS = 6
MOST_TRIES = 6
MOST_REGIONS = 80
#: plans tried in which sessions are given up
MOST_TRADES = 3
#: work for one answer, as `Effort` counts it: with others moved, and with the mission changed
MOVING_WORK = 400
CHANGING_WORK = 1100
#: so many times as much where so many sessions are wanted together
MOST_TIMES = 3

Judge = Callable[[Mission, Plan], bool]


@dataclass(frozen=True, slots=True)
class Relaxed:
    """A plan in which what was left out stands: of `mission`, which is the old one with `changes`. `gain` is what the
    new plan is worth more than the old one."""

    mission: Mission
    plan: Plan
    changes: tuple[Change, ...]
    gain: Fraction
    verified: bool

    @property
    def cost(self) -> tuple[int, int, int]:
        """The dearest kind of change, how many changes, and how much of them."""
        tiers = [change.tier for change in self.changes]
        return max(tiers, default=0), len(tiers), sum(change.amount for change in self.changes)


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


@dataclass(frozen=True, slots=True)
class _Region:
    """Starts of one crew in one shape that the same reasons forbid."""

    starts: int
    reasons: tuple[Reason, ...]
    item: Item
    crew: tuple[int, ...]


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
    worth = value_of(ground.state)
    best: Relaxed | None = None
    many = min(len(wanted), MOST_TIMES)
    efforts = Effort(MOVING_WORK * many), Effort(CHANGING_WORK * many)
    for there in _ways(ground, windows, list(wanted), *efforts, reasons):
        made = there.plan()
        if not _has(made, plan, wanted):
            continue
        told = Relaxed(there.mission, made, there.changes, value_of(there.state) - worth, judge(there.mission, made))
        if told.verified:
            return told
        best = best or told
    return best


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
    moving: Effort,
    changing: Effort,
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
        if attempt(state, spot, (), moving) is not None:
            yield ground
        state.back_to(mark)
    mark = state.mark()
    if placed_anew(state, group, moving):
        yield ground
    state.back_to(mark)
    regions = list(_regions(state, single)) if single else []
    trades: list[_Trade] = []
    worth = value_of(state)
    for spot, out in islice(_moves(state, regions), MOST_MOVES):
        mark = state.mark()
        lost = attempt(state, spot, out, moving)
        if lost is not None and not lost:
            yield ground
        elif lost is not None and not any(one.form.index == spot.item.form.index for one in lost):
            trades.append((value_of(state) - worth, -len(trades), spot, out))
        state.back_to(mark)
    trades.sort(key=lambda trade: trade[:2], reverse=True)
    yield from _traded(ground, changing, [trade for trade in trades if trade[0] > 0])
    changed = list(_changed(ground, regions))
    for tier in range(LIMIT, TRADE):
        ways = [way for way in changed if way.cost[0] == tier]
        ways += _wider(ground, group, tier, reasons, changing)
        for way in sorted(ways, key=lambda way: way.cost)[:MOST_MISSIONS]:
            if changing.spend(COMPILED):
                yield from _with(ground, windows, way, changing)
    yield from _traded(ground, changing, [trade for trade in trades if trade[0] <= 0])
    if not single:
        yield from _one_by_one(ground, windows, wanted, moving, changing)


def _one_by_one(
    ground: _Ground,
    windows: Mapping[str, tuple[Window, ...]],
    wanted: list[str],
    moving: Effort,
    changing: Effort,
) -> Iterator[_Ground]:
    """What is wanted let in each by itself, in the cheapest way or the next."""
    for there in islice(_ways(ground, windows, wanted[:1], moving, changing, ()), 2):
        yield from islice(_ways(there, windows, wanted[1:], moving, changing, ()), 2)


@dataclass(frozen=True, slots=True)
class _Way:
    """Changes of the mission, and what is to be done with them: one of `tries` (a spot, and the sessions that have to
    go elsewhere for it), or the reservations of `plan` taken over."""

    changes: tuple[Change, ...]
    tries: tuple[tuple[Spot, tuple[str, ...]], ...] = ()
    plan: Plan | None = None

    @property
    def cost(self) -> tuple[int, int, int, tuple[str, ...]]:
        tiers = [change.tier for change in self.changes]
        amount = sum(change.amount for change in self.changes)
        return max(tiers), len(tiers), amount, tuple(change.text for change in self.changes)


def _wider(
    ground: _Ground, group: Sequence[Item], tier: int, reasons: Sequence[Reason], effort: Effort
) -> Iterator[_Way]:
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
            yield _Way(tuple(changes), plan=ground.plan())
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
            for tick in _some(state, there.starts, 4, 2):
                for crew in there.crews(tick):
                    yield Spot(shape, tick, crew)
    state.ignored = set(soft)


def _some(state: State, starts: int, first: int, last: int) -> list[int]:
    """Some of the starts: where stretches begin and where they end."""
    stride = state.problem.stride
    return list(dict.fromkeys([*heads(starts, stride, first), *tails(starts, stride, last)]))


def _regions(state: State, item: Item) -> Iterator[_Region]:
    """The starts of each crew, parted by what forbids them; without those that nothing could free."""
    free: dict[Reason, bool] = {}
    for found in cuts(state, item, firm=True):
        for crew in found.crews:
            against = found.against(crew)
            open_ = found.thinkable
            for reason, mask in against.items():
                if reason not in free:
                    free[reason] = _movable(state, reason) or tier_of(state, item, reason) is not None
                if not free[reason]:
                    open_ &= ~mask
            parts: list[tuple[int, tuple[Reason, ...]]] = [(open_, ())] if open_ else []
            for reason, mask in against.items():
                if not mask & open_:
                    continue
                split = []
                for starts, reasons in parts:
                    if starts & ~mask:
                        split.append((starts & ~mask, reasons))
                    if starts & mask and len(reasons) < MOST_REASONS:
                        split.append((starts & mask, (*reasons, reason)))
                parts = split
            for starts, reasons in parts:
                yield _Region(starts, reasons, found.item, crew)


def _movable(state: State, reason: Reason) -> bool:
    """Whether moving another session might take the reason away."""
    if reason.kind == "reservation":  # of a duty that stands fast, or of a session
        return reason.id.partition("/")[0] in {work.model.id for work in state.problem.works}
    return reason.kind in ("rule", "resource", "rig", "stock")


def _moves(state: State, regions: Sequence[_Region]) -> Iterator[tuple[Spot, tuple[Item, ...]]]:
    """Starts that would be free with one or two sessions elsewhere, the fewest first; and these sessions."""
    able = [region for region in regions if region.reasons and all(_movable(state, one) for one in region.reasons)]
    able.sort(key=lambda region: len(region.reasons))
    for region in able[:MOST_REGIONS]:
        for tick in _some(state, region.starts, 2, 1):
            spot = Spot(region.item, tick, region.crew)
            choices = [behind(state, reason, spot) for reason in region.reasons]
            for out in islice(product(*choices), 6):
                yield spot, tuple({one.index: one for one in out}.values())


def _changed(ground: _Ground, regions: Sequence[_Region]) -> Iterator[_Way]:
    """The changes that free one start of one crew; sessions that are only in the way are moved."""
    found: dict[tuple[str, ...], tuple[list[Change], list[tuple[Spot, tuple[str, ...]]]]] = {}
    for region in _cheapest(ground.state, regions):
        for tick in _some(ground.state, region.starts, 3, 3):
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
                found.setdefault(key, (changes, []))[1].append((spot, out))
    for changes, tries in found.values():
        tries.sort(key=lambda one: (len(one[1]), one[0].tick, one[0].crew))
        yield _Way(tuple(changes), tuple(tries[:MOST_TRIES]))


def _cheapest(state: State, regions: Sequence[_Region]) -> list[_Region]:
    """Regions that changes alone would free, sessions in the way being moved; the cheapest kinds first."""
    ranked = []
    for number, region in enumerate(regions):
        tiers = [
            0 if reason.kind == "reservation" else tier_of(state, region.item, reason) for reason in region.reasons
        ]
        if any(tiers) and None not in tiers:
            known = [tier for tier in tiers if tier]
            ranked.append((max(known), len(known), len(tiers), number))
    ranked.sort()
    return [regions[number] for _, _, _, number in ranked[:MOST_REGIONS]]


def _loose(state: State, item: Item) -> bool:
    """Whether it stands, and is no fact."""
    return state.on[item.index] and item.fixed is None


def _with(ground: _Ground, windows: Mapping[str, tuple[Window, ...]], way: _Way, effort: Effort) -> Iterator[_Ground]:
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
    for spot, out in way.tries:
        item, wanted = items[spot.item.id], spot.item.form
        if state.on[item.index]:  # another of its kind has its number now
            others = (one for one in problem.items if one.form.name == wanted.name and not state.on[one.index])
            item = next(others, item)
        if state.on[item.index] or not all(_loose(state, items[name]) for name in out):
            continue
        shape = next((one for one in (item, *item.shapes) if one.form.length_ms == wanted.length_ms), item)
        mark = state.mark()
        if attempt(state, Spot(shape, spot.tick, spot.crew), [items[name] for name in out], effort) == []:
            yield there
        state.back_to(mark)
