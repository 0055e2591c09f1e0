"""Activities that must follow each other, and cannot: in a circle, or longer in all than there is time.

Orders, `after`, and an experiment's own list each say that one start lies at least so long after another. From the
first start that each activity could have by itself the others are pushed on, until all agree, or one has no start left;
who pushed it, and who pushed that one, is the clash.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import combinations, islice

from payload.model import Gap, Order
from payload.planning.bits import highest, lowest
from payload.planning.problem import Item, Problem
from payload.planning.state import State

#: with more pairs than this that must follow each other nothing is said
MOST_PAIRS = 200_000
#: nor when one of them has been pushed on so often
MOST_PUSHES = 1000

Arc = tuple[int, int, int]  # the earlier one, the later one, at least so many ticks from start to start


def unfollowable(base: State, wanted: Sequence[Item]) -> list[Item] | None:
    """Activities that follow each other and provably cannot; None when that does not show."""
    problem = base.problem
    if not problem.sure_of(wanted):
        return None
    after: dict[int, list[tuple[int, int]]] = {}
    for count, (a, b, ticks) in enumerate(_arcs(base, wanted)):
        if count > MOST_PAIRS:
            return None
        after.setdefault(a, []).append((b, ticks))
    if not after:
        return None
    masks = {item.index: problem.possible(item) for item in wanted}
    first = {index: lowest(mask) for index, mask in masks.items()}
    pushed_by: dict[int, int] = {}
    by_ticks: dict[int, int] = {}
    pushers: dict[int, set[int]] = {}
    pushes = dict.fromkeys(first, 0)
    waiting = deque(index for index in after if first[index] >= 0)
    queued = set(waiting)
    while waiting:
        a = waiting.popleft()
        queued.discard(a)
        for b, ticks in after.get(a, ()):
            least = first[a] + ticks
            if first[b] < 0 or least <= first[b]:
                continue
            left = masks[b] >> least << least if least > 0 else masks[b]
            pushed_by[b], by_ticks[b] = a, ticks
            pushers.setdefault(b, set()).add(a)
            pushes[b] += 1
            if not left or pushes[b] % len(masks) == 0:
                chain = _chain(pushed_by, b)
                circle = pushed_by.get(chain[0]) == chain[-1]
                # in a circle without a length they may still find starts that suit all; if not, others are to blame too
                if circle and sum(by_ticks[one] for one in chain) <= 0:
                    chain = _all_before(pushers, b) if not left else []
                if chain and (circle or not left):
                    return [problem.items[index] for index in chain]
            if pushes[b] > MOST_PUSHES:
                return None
            first[b] = lowest(left)
            if b not in queued:
                queued.add(b)
                waiting.append(b)
    return None


def _chain(pushed_by: dict[int, int], last: int) -> list[int]:
    """Those who pushed each other, up to `last`; of a circle, the circle."""
    found = [last]
    while found[-1] in pushed_by and pushed_by[found[-1]] not in found:
        found.append(pushed_by[found[-1]])
    if found[-1] in pushed_by:
        found = found[found.index(pushed_by[found[-1]]) :]
    return found[::-1]


def _all_before(pushers: dict[int, set[int]], last: int) -> list[int]:
    """All who ever pushed one on, and who pushed these."""
    found, waiting = {last}, [last]
    while waiting:
        fresh = pushers.get(waiting.pop(), set()) - found
        found |= fresh
        waiting += sorted(fresh)
    return sorted(found)


def _arcs(base: State, wanted: Sequence[Item]) -> Iterator[Arc]:
    problem = base.problem
    here = {item.index: item for item in wanted}
    for exp in sorted({item.exp for item in wanted if item.exp >= 0}):
        for earlier, later, low, high in problem.works[exp].links:
            if earlier in here and later in here:
                yield earlier, later, low
                if high is not None:
                    yield later, earlier, -high
    sessions: dict[tuple[int, int], list[Item]] = {}
    for item in wanted:
        if item.exp >= 0:
            sessions.setdefault((item.exp, item.session), []).append(item)
    for key, mine in sessions.items():
        for tie in problem.ties.get(key, ()):
            for reference in tie.references:
                for a in sessions.get(reference, ()):
                    ticks = -(-(a.form.length_ms + tie.min_ms) // problem.tick_ms)
                    yield from ((a.index, b.index, ticks) for b in mine)
    yield from _ordered(base, wanted)


def _ordered(base: State, wanted: Sequence[Item]) -> Iterator[Arc]:
    problem = base.problem
    for number, rule in enumerate(problem.clauses):
        name = ("clause", number)
        if not isinstance(rule, Order) or rule.per_day or name in base.ignored or name in problem.soft:
            continue
        if problem.clause_days[number] is not None:
            continue
        firsts = [item for item in wanted if (number, 0) in item.form.enrols]
        thens = [item for item in wanted if (number, 1) in item.form.enrols]
        for a in firsts:
            ticks = -(-(a.form.length_ms + rule.gap_ms) // problem.tick_ms)
            for b in thens:
                if a is not b and (not rule.per_crew or _share(problem, number, a, b)):
                    yield a.index, b.index, ticks


def _share(problem: Problem, clause: int, a: Item, b: Item) -> bool:
    """Whether somebody whom the rule counts is in both, whoever else is."""
    counted = problem.clause_people[clause]
    both = _certain(a) & _certain(b)
    return bool(both if counted is None else both & counted)


def _certain(item: Item) -> set[int]:
    return {part.eligible[0] for part in item.form.parts if len(part.eligible) == 1}


def too_near(base: State, wanted: Sequence[Item]) -> list[Item] | None:
    """Two sessions that a gap keeps apart whichever comes first, by more than there is between their first and last
    starts."""
    problem = base.problem
    if not problem.sure_of(wanted):
        return None
    for number, rule in enumerate(problem.clauses):
        name = ("clause", number)
        if not isinstance(rule, Gap) or rule.per_day or name in base.ignored or name in problem.soft:
            continue
        if problem.clause_days[number] is not None:
            continue
        both = [item for item in wanted if {(number, 0), (number, 1)} <= {*item.form.enrols} and _apart(item)]
        for a, b in islice(combinations(both, 2), MOST_PAIRS):
            if rule.per_crew and not _share(problem, number, a, b):
                continue
            if not (_in_turn(problem, a, b, rule.gap_ms) or _in_turn(problem, b, a, rule.gap_ms)):
                return [a, b]
    return None


def _apart(item: Item) -> bool:
    """Whether it is a session by itself: what is inside a duty is exempt from a gap to that duty."""
    return item.form.session is not None and item.form.session.inside is None


def _in_turn(problem: Problem, a: Item, b: Item, gap_ms: int) -> bool:
    first, last = problem.possible(a), problem.possible(b)
    if not first or not last:
        return True  # another clash
    return problem.ms(lowest(first)) + a.form.length_ms + gap_ms <= problem.ms(highest(last))
