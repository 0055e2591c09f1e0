"""Why a placed activity stands where it does, and what it would cost to have it elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from payload.planning.bits import highest, lowest, span
from payload.planning.explain.cuts import Cuts, cuts
from payload.planning.explain.keys import Reason
from payload.planning.explain.moves import Effort, attempt, behind
from payload.planning.explain.spot import Spot
from payload.planning.explain.words import told
from payload.planning.problem import Item
from payload.planning.score import shortfall_of, value_of
from payload.planning.state import State, options

#: all work for one answer, as `Effort` counts it
MOST_WORK = 600


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """One local day (a mission-day number) and what having the activity on it would take.

    `start` is the first start that would do, None where none was found. `free`: nothing else would change. Otherwise
    `gives_way` are the sessions to be moved, and `gives_up` those of them that would find no other place, at a loss of
    value `cost`; `text` says what stands against it where nothing was found.
    """

    day: int
    start: int | None
    free: bool
    gives_way: tuple[str, ...] = ()
    gives_up: tuple[str, ...] = ()
    cost: Fraction = Fraction(0)
    text: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where it stands; `binds` is what prevents the next earlier start, `earlier`, with the same people, whatever waits
    are chosen then (empty: it could start there; None: there is none), `others` who else could take a role where it
    stands, by role number; `earliest` and `latest` of its `starts` others that are free with everything else where it
    is; `days` what each day would take."""

    start: int
    end: int
    crew: tuple[str, ...]
    binds: tuple[str, ...]
    others: dict[int, tuple[str, ...]]
    earliest: int | None
    latest: int | None
    starts: int
    days: tuple[Elsewhere, ...]
    earlier: int | None = None


def placed(state: State, item: Item) -> Placed:
    """What holds the item where it stands in `state`, which is as it was afterwards."""
    problem, mark = state.problem, state.mark()
    tick, crew, form = state.at[item.index], state.crew[item.index], state.form[item.index]
    start, end = state.start_ms(item), state.end_ms(item)
    people = tuple(problem.people[person] for person in crew)
    if item.fact is not None:
        return Placed(start, end, people, (f"it is fact ({item.fact.state})",), {}, None, None, 0, ())
    if item.fixed is not None:
        return Placed(
            start, end, people, (f"{item.duty or item.id} is fixed there by the mission",), {}, None, None, 0, ()
        )
    worth, short = value_of(state), shortfall_of(state)
    state.drop(item)
    shapes = cuts(state, item)
    found = next(one for one in shapes if one.item.form == form)
    there = options(state, item)
    others = {}
    for part, able, person in zip(form.parts, there.parts, crew, strict=False):
        free = [problem.people[p] for p, mask in able.items() if mask >> tick & 1 and p not in crew]
        if item.exp >= 0:
            others[part.number] = tuple(free)
        assert person in crew
    other = there.starts & ~(1 << tick)
    earliest, latest = (problem.ms(lowest(other)), problem.ms(highest(other))) if other else (None, None)
    effort = Effort(MOST_WORK)
    days = tuple(_day(state, found, item, day, (worth, short), effort) for day in range(len(problem.days.dates)))
    before, binds = _binds(state, [found, *(one for one in shapes if one is not found)], tick, crew)
    state.back_to(mark)
    known = tuple(day for day in days if day is not None)
    earlier, count = None if before < 0 else problem.ms(before), other.bit_count()
    return Placed(start, end, people, binds, others, earliest, latest, count, known, earlier)


def _binds(state: State, shapes: Sequence[Cuts], tick: int, crew: tuple[int, ...]) -> tuple[int, tuple[str, ...]]:
    """The next earlier start (-1: none), and what forbids it with the same people in the shape in which it stands, the
    first; with something more for each other shape in which that does not stand against it."""
    before = max(highest(found.thinkable & span(0, tick)) for found in shapes)
    if before < 0:
        return before, ("no earlier start lies within the mission",)
    binding: dict[Reason, str] = {}
    for found in shapes:
        if not found.thinkable >> before & 1:
            continue
        need = [(found.item, crew, 1 << before)]
        against = [reason for reason, mask in found.against(crew).items() if mask >> before & 1]
        if not against:
            return before, ()
        if binding.keys().isdisjoint(against):
            binding |= {reason: told(state, found.item, reason, need) for reason in against}
    return before, tuple(binding.values())


_Worth = tuple[Fraction, int]  # the plan's value, and how much less than promised its sponsors get


def _day(state: State, found: Cuts, item: Item, day: int, worth: _Worth, effort: Effort) -> Elsewhere | None:
    problem = state.problem
    edges, calendar = problem.days.starts, problem.mission.calendar
    until = problem.up(edges[day + 1]) if day + 1 < len(edges) else problem.ticks
    here = span(problem.up(edges[day]), until)
    if not here & found.thinkable:
        return None
    number = calendar.day_number(problem.days.dates[day])
    free = options(state, item, within=here).starts
    if free:
        return Elsewhere(number, problem.ms(lowest(free)), True)
    return _given_way(state, found, item, here, number, worth, effort)


def _given_way(
    state: State, found: Cuts, item: Item, here: int, number: int, worth: _Worth, effort: Effort
) -> Elsewhere:
    """The day's cheapest start that other sessions or movable duties make room for, with every promise kept that is
    kept now."""
    problem, best = state.problem, None
    fewest: list[tuple[int, int, tuple[int, ...]]] = []
    for crew in found.crews:
        if any(person not in part.eligible for part, person in zip(item.form.parts, crew, strict=True)):
            continue
        against = found.against(crew)
        left = found.thinkable & here
        for reason, mask in against.items():
            if reason.kind not in ("reservation", "rule", "resource", "rig"):
                left &= ~mask
        for _ in range(6):
            if not left:
                break
            tick = lowest(left)
            fewest.append((sum(mask >> tick & 1 for mask in against.values()), tick, crew))
            left &= ~span(0, tick + max(problem.stride, item.length // 2, 1))
    for _, tick, crew in sorted(fewest)[:8]:
        spot, mark = Spot(found.item, tick, crew), state.mark()
        against = found.against(crew)
        out: dict[int, Item] = {}
        for reason, mask in against.items():
            if mask >> tick & 1:
                out |= {one.index: one for one in behind(state, reason, spot)[: 1 if reason.kind != "rule" else 2]}
        lost = attempt(state, spot, tuple(out.values()), effort)
        if lost is not None and shortfall_of(state) <= worth[1]:
            cost = worth[0] - value_of(state)
            gone = tuple(one.id for one in lost)
            told_ = Elsewhere(number, problem.ms(tick), False, tuple(one.id for one in out.values()), gone, cost)
            if best is None or (cost, len(told_.gives_way)) < (best.cost, len(best.gives_way)):
                best = told_
        state.back_to(mark)
    if best is not None:
        return best
    for crew in found.crews[:1]:
        against = found.against(crew)
        full = [reason for reason, mask in against.items() if not found.thinkable & here & ~mask]
        if full:
            need = [(item, crew, found.thinkable & here)]
            return Elsewhere(number, None, False, text=told(state, item, full[0], need))
    return Elsewhere(number, None, False, text="no way to make room for it was found")
