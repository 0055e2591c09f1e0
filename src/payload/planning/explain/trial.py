"""Whether a change could help, seen before the mission is compiled with it: what it changes is looked past."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from payload.model import Plan
from payload.planning.explain.keys import Reason
from payload.planning.explain.moves import Effort, attempt
from payload.planning.explain.spot import Change, Spot
from payload.planning.problem import Item, Problem
from payload.planning.state import State

#: starts tried of one change, and so many with one more session elsewhere; starts tried in the changed mission
MOST_STARTS = 16
MOST_WIDER = 200
MOST_TRIES = 6
#: looked past where nothing else is, so that nothing is remembered of a trial
_TRIAL = ("trial", 0)
#: keys that only close starts of the activity itself
_OWN = ("days", "between", "at", "lock", "during", "avoid")

Try = tuple[Spot, tuple[str, ...]]  # where it is wanted, and the sessions that have to go elsewhere for that


@dataclass(frozen=True, slots=True)
class Way:
    """Changes of the mission, and what is to be done with them: one of `tries` (a spot, and the sessions that have to
    go elsewhere for it), or the reservations of `plan` taken over."""

    changes: tuple[Change, ...]
    tries: tuple[Try, ...] = ()
    plan: Plan | None = None
    reasons: tuple[Reason, ...] = ()  # what the changes take away
    anew: bool = False  # the experiments of what is wanted are placed anew

    @property
    def cost(self) -> tuple[int, int, int, tuple[str, ...]]:
        tiers = [change.tier for change in self.changes]
        amount = sum(change.amount for change in self.changes)
        return max(tiers), len(tiers), amount, tuple(change.text for change in self.changes)


@dataclass(frozen=True, slots=True)
class Work:
    """What may still be done: with others moved, with the mission changed, and to see beforehand whether that helps, as
    it stands or with one more session elsewhere."""

    moving: Effort
    changing: Effort
    trial: Effort
    wider: Effort

    @property
    def cut(self) -> bool:
        return self.moving.cut or self.changing.cut or self.wider.cut


def hopeful(state: State, way: Way, work: Work) -> Way | None:
    """The way with those of its starts that would do if what it changes were looked past altogether, for one change
    with one more session elsewhere where none does without; None where there are none. Where that cannot be looked
    past, or there is no more work for it, the first of them."""
    problem = state.problem
    past, keys = _looked_past(problem, way.reasons)
    untried = replace(way, tries=way.tries[:MOST_TRIES])
    if not way.tries or past is None:
        return untried
    items = {item.id: item for item in problem.items}
    before = set(state.ignored)

    def standing(tries: Iterable[Try], effort: Effort) -> Iterator[Try]:
        for spot, out in tries:
            mark, item = state.mark(), spot.item
            freed = replace(item, static=item.static | 1 << spot.tick) if keys else item
            state.ignored = before | past | {_TRIAL}
            lost = attempt(state, Spot(freed, spot.tick, spot.crew), [items[name] for name in out], effort)
            state.ignored = before
            state.back_to(mark)
            if lost == []:
                yield spot, out
            if effort.left <= 0:
                effort.cut = True
                return

    tries = [(spot, out) for spot, out in way.tries if all(loose(state, items[name]) for name in out)]
    able = list(islice(standing(tries[:MOST_STARTS], work.trial), MOST_TRIES)) if work.trial.left > 0 else []
    if not able and work.trial.left <= 0:
        return untried
    if not able and len(way.changes) == 1:
        wider = [(spot, (*out, name)) for spot, out in tries[:MOST_STARTS] for name in _near(state, spot, out)]
        if work.wider.left > 0:
            able = list(islice(standing(wider[:MOST_WIDER], work.wider), 1))
        work.wider.cut |= not able and len(wider) > MOST_WIDER
    work.changing.cut |= not able and len(tries) > MOST_STARTS
    return replace(way, tries=tuple(able)) if able else None


def _near(state: State, spot: Spot, out: Sequence[str]) -> list[str]:
    """The other sessions of its people on its day, the nearest first."""
    problem = state.problem
    day = problem.days.of(problem.ms(spot.tick))
    near = [
        (abs(state.at[index] - spot.tick), problem.items[index].id)
        for planned in state.planned
        for index in planned
        if loose(state, problem.items[index])
        and not set(spot.crew).isdisjoint(state.crew[index])
        and problem.days.of(state.start_ms(problem.items[index])) == day
    ]
    return [name for _, name in sorted(near) if name not in out]


def _looked_past(problem: Problem, reasons: Sequence[Reason]) -> tuple[set[tuple[str, int]] | None, bool]:
    """The constraints without which these reasons are none, and whether keys are among these; None for what it is not
    known of."""
    past: set[tuple[str, int]] = set()
    for reason in reasons:
        if reason.kind == "rule":
            for kind, rules in (("limit", problem.limits), ("clause", problem.clauses), ("amount", problem.amounts)):
                past |= {(kind, number) for number, rule in enumerate(rules) if rule.id == reason.id}
        elif reason.kind == "resource":
            past |= {("meter", number) for number, one in enumerate(problem.supplies) if one.id == reason.id}
        elif reason.kind == "buffer":
            past |= {("buffer", number) for number, one in enumerate(problem.buffers) if one.id == reason.id}
        elif reason.kind not in _OWN:
            return None, False
    return past, any(reason.kind in _OWN for reason in reasons)


def loose(state: State, item: Item) -> bool:
    """Whether it stands, and is no fact."""
    return state.on[item.index] and item.fixed is None
