"""What binds free activities to each other in a `Subproblem`: people, resources, limits, clauses, chains and ties.

What a free activity shares only with what stands is in its mask already, and is not repeated here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from itertools import combinations

from payload.model import Gap, Order
from payload.planning.bits import span
from payload.planning.problem import Problem
from payload.planning.search.cpsat import NO_END
from payload.planning.search.slots import Slot, Subproblem, domain
from payload.planning.state import State

#: pairs of activities that clauses may bind; what goes beyond is left to the judge
MOST_PAIRS = 800

Charges = list[tuple[int, int]]
Use = tuple[int, int, int, Callable[[], int]]  # not before, not after, amount, the interval


def couple(state: State, sub: Subproblem) -> None:
    """Adds all that binds the free activities; `state` has what stands, without them."""
    slots = list(sub.slots.values())
    _people(state, sub, slots)
    _resources(state, sub, slots)
    _stocks(state, sub, slots)
    _limits(state, sub, slots)
    _clauses(state.problem, sub, slots)
    _chains(state, sub)
    _ties(state, sub, slots)
    _same_people(state, sub)


def _touching(uses: Sequence[tuple[int, int]]) -> bool:
    """Whether any two of these intervals overlap."""
    ordered = sorted(uses)
    reach = -NO_END
    for first, after in ordered:
        if first < reach:
            return True
        reach = max(reach, after)
    return False


def _people(state: State, sub: Subproblem, slots: Sequence[Slot]) -> None:
    """Nobody is in two activities at once; nor in two sessions inside duties."""
    for person in range(len(state.problem.people)):
        held: list[tuple[Slot, int, int, int]] = []
        guests: list[tuple[Slot, int, int, int]] = []
        for slot in slots:
            inside = slot.form.session is not None and slot.form.session.inside is not None
            for part, able in zip(slot.form.parts, slot.who, strict=True):
                if person in able:
                    ranges = ((0, slot.form.length),) if inside else part.ranges
                    (guests if inside else held).extend((slot, able[person][0], a, b) for a, b in ranges)
        for uses in (held, guests):
            if len(uses) > 1 and _touching([(slot.first + a, slot.last + b) for slot, _, a, b in uses]):
                sub.model.apart([sub.model.interval(slot.start, a, b - a, literal) for slot, literal, a, b in uses])


def _resources(state: State, sub: Subproblem, slots: Sequence[Slot]) -> None:
    uses: dict[int, list[Use]] = {}
    for slot in slots:
        for meter, a, b, amount in slot.form.demands:
            interval = partial(sub.model.interval, slot.start, a, b - a, slot.there)
            uses.setdefault(meter, []).append((slot.first + a, slot.last + b, amount, interval))
    for exp in sorted({slot.item.exp for slot in slots if slot.item.exp >= 0 and not state.planned[slot.item.exp]}):
        mine = [slot for slot in slots if slot.item.exp == exp]
        first, after = min(slot.first for slot in mine), max(slot.last + slot.form.length for slot in mine)
        held = cache(partial(_held, sub, mine, first, after))
        for meter, amount in state.problem.works[exp].holds:
            uses.setdefault(meter, []).append((first, after, amount, held))
    for meter, users in uses.items():
        if len(users) < 2 or not _touching([(first, after) for first, after, _, _ in users]):
            continue
        first, after = min(use[0] for use in users), max(use[1] for use in users)
        total, least = sum(use[2] for use in users), sorted(use[2] for use in users)
        free = state.meters[meter].free(total, False)
        if not ~free & span(first, after):
            continue
        levels = state.meters[meter].levels(first, after)
        highest = max(left for _, left in levels)
        model = sub.model
        intervals = [interval() for _, _, _, interval in users]
        if least[0] + least[1] > highest:
            model.apart(intervals)
            continue
        demands = [use[2] for use in users]
        highest = min(highest, total)
        for place, (at, left) in enumerate(levels):
            if left < highest:
                until = levels[place + 1][0] if place + 1 < len(levels) else after
                intervals.append(model.block(at, until - at))
                demands.append(highest - max(left, 0))
        model.cumulative(intervals, demands, highest)


def _held(sub: Subproblem, slots: Sequence[Slot], first: int, after: int) -> int:
    """What an experiment of which nothing else stands holds: from its first start to its last end."""
    model = sub.model
    there = model.choice()
    start, end = model.number((first, after)), model.number((first, after))
    for slot in slots:
        model.implies(slot.there, there)
        model.within((slot.start, start), (1, -1), (0, NO_END), (slot.there,))
        model.within((end, slot.start), (1, -1), (slot.form.length, NO_END), (slot.there,))
    return model.stretch(start, end, after - first, there)


def _stocks(state: State, sub: Subproblem, slots: Sequence[Slot]) -> None:
    """All together take no more than is left at the end; that it is there in time is left to the judge."""
    uses: dict[int, list[tuple[int, int]]] = {}
    for slot in slots:
        for stock, _, amount in slot.form.takes:
            uses.setdefault(stock, []).append((slot.there, amount))
    for stock, takes in uses.items():
        if state.stores[stock].open_from(sum(amount for _, amount in takes)) is None:
            left = state.stores[stock].at_end()
            sub.model.within([literal for literal, _ in takes], [amount for _, amount in takes], (0, max(left, 0)))


def _limits(state: State, sub: Subproblem, slots: Sequence[Slot]) -> None:
    """Crewed time under each limit that they could reach: of a person or of all, in a day or in all."""
    problem = state.problem
    days: dict[tuple[int, int], Charges] = {}  # (day, starts) by (item, literal)
    charged: dict[tuple[int, int, int], list[tuple[Slot, int, int, int]]] = {}  # with literal, day (-1: any), ms
    for slot in slots:
        for limit in slot.form.limits:
            rule, people = problem.limits[limit], problem.limit_people[limit]
            counting = problem.limit_days[limit]
            for part, able in zip(slot.form.parts, slot.who, strict=True):
                for person, (literal, mask) in able.items():
                    if rule.per_crew and people is not None and person not in people:
                        continue
                    whose = person if rule.per_crew else -1
                    if not rule.per_day and counting is None:
                        charged.setdefault((limit, whose, 0), []).append((slot, literal, -1, part.time_ms))
                        continue
                    key = (slot.item.index, literal)
                    if key not in days:
                        days[key] = _by_day(problem, slot, mask)
                    for day, _ in days[key]:
                        if counting is None or day in counting:
                            at = day if rule.per_day else 0
                            charged.setdefault((limit, whose, at), []).append((slot, literal, day, part.time_ms))
    known: dict[tuple[int, int], Charges] = {}
    for (limit, whose, at), charges in charged.items():
        left = problem.limits[limit].limit_ms - state.tally(limit, whose)[at]
        if sum(time_ms for *_, time_ms in charges) <= left:
            continue
        terms = []
        for slot, literal, day, _ in charges:
            key = (slot.item.index, literal)
            if day >= 0 and key not in known:
                known[key] = _on_days(sub, slot, literal, days[key])
            terms.append(literal if day < 0 else next(there for one, there in known[key] if one == day))
        sub.model.within(terms, [time_ms for *_, time_ms in charges], (0, max(left, 0)))


def _by_day(problem: Problem, slot: Slot, mask: int) -> Charges:
    """(day, starts on it) of a mask."""
    edges = problem.days.starts
    parts = []
    for day in range(problem.days.of(problem.ms(slot.first)), problem.days.of(problem.ms(slot.last)) + 1):
        until = problem.up(edges[day + 1]) if day + 1 < len(edges) else problem.ticks
        if here := mask & span(problem.up(edges[day]), until):
            parts.append((day, here))
    return parts


def _on_days(sub: Subproblem, slot: Slot, literal: int, parts: Charges) -> Charges:
    """(day, a literal that holds if the activity is done by this person, by `literal`, and starts on it)."""
    if len(parts) == 1:
        return [(parts[0][0], literal)]
    found = []
    for day, here in parts:
        there = sub.model.choice()
        sub.model.within((slot.start,), (1,), domain(here), (there,))
        found.append((day, there))
    sub.model.one_of([*(there for _, there in found), -literal - 1])
    return found


def _clauses(problem: Problem, sub: Subproblem, slots: Sequence[Slot]) -> None:
    sides: dict[int, list[tuple[int, Slot]]] = {}
    for slot in slots:
        for clause, side in slot.form.enrols:
            sides.setdefault(clause, []).append((side, slot))
    left = MOST_PAIRS
    for clause, enrolled in sorted(sides.items()):
        rule = problem.clauses[clause]
        people = problem.clause_people[clause]
        for one, other in combinations(enrolled, 2):
            if one[0] == other[0] or one[1] is other[1]:
                continue
            if not _may_meet(problem, clause, one[1], other[1]):
                continue
            for when in _together(one[1], other[1], rule.per_crew, people):
                left -= 1
                if left < 0:
                    return
                (_, first), (_, then) = sorted((one, other), key=lambda pair: pair[0])
                if isinstance(rule, Gap):
                    _ordered(sub, first, then, -(-rule.gap_ms // problem.tick_ms), 1, when)
                elif isinstance(rule, Order):
                    gap = -(-rule.gap_ms // problem.tick_ms)
                    _after(sub, first, then, first.form.length + gap, when)
                else:
                    _ordered(sub, first, then, 0, then.form.length, when)


def _may_meet(problem: Problem, clause: int, one: Slot, other: Slot) -> bool:
    """Whether the days that the clause counts are among those of the two: one that may not count is left out."""
    days, rule = problem.clause_days[clause], problem.clauses[clause]
    if days is None and not rule.per_day:
        return True
    spans = [{problem.days.of(problem.ms(slot.first)), problem.days.of(problem.ms(slot.last))} for slot in (one, other)]
    if rule.per_day and spans[0] | spans[1] != spans[0] & spans[1]:
        return False
    return days is None or (spans[0] | spans[1]) <= days


def _together(one: Slot, other: Slot, per_crew: bool, people: Iterable[int] | None) -> Iterable[tuple[int, ...]]:
    """Literals under which a clause binds the two: both stand or, per crew, share a person."""
    if not per_crew:
        return [(one.there, other.there)]
    mine = {person for able in one.who for person in able}
    shared = sorted(mine & {person for able in other.who for person in able})
    named = None if people is None else set(people)
    return [
        (here, there)
        for person in shared
        if named is None or person in named
        for here in one.literals(person)
        for there in other.literals(person)
    ]


def _ordered(sub: Subproblem, one: Slot, other: Slot, gap: int, before: int, when: tuple[int, ...]) -> None:
    """`other` starts at least `before` ahead of `one`'s start, or at least `gap` after its end."""
    length = one.form.length
    if other.last + before <= one.first or one.last + length + gap <= other.first:
        return
    terms, weights = (other.start, one.start), (1, -1)
    first = other.first + before <= one.last
    then = one.first + length + gap <= other.last
    if first and then:
        choice = sub.model.choice()
        sub.model.within(terms, weights, (-NO_END, -before), (*when, choice))
        sub.model.within(terms, weights, (length + gap, NO_END), (*when, -choice - 1))
    elif first:
        sub.model.within(terms, weights, (-NO_END, -before), when)
    elif then:
        sub.model.within(terms, weights, (length + gap, NO_END), when)
    else:
        sub.model.any_of([-literal - 1 for literal in when])


def _after(sub: Subproblem, one: Slot, other: Slot, low: int, when: Sequence[int], high: int | None = None) -> None:
    """`other` starts `low` to `high` after `one`'s start."""
    if one.last + low <= other.first and (high is None or other.last <= one.first + high):
        return
    sub.model.within((other.start, one.start), (1, -1), (low, NO_END if high is None else high), when)


def _chains(state: State, sub: Subproblem) -> None:
    """Who needs whom within an experiment, and how far apart they start."""
    problem = state.problem
    literals: Mapping[int, int] = {**{index: slot.there for index, slot in sub.slots.items()}, **sub.tails}
    for index in literals:
        needed = problem.needs.get(index, -1)
        if needed in literals:
            sub.model.implies(literals[index], literals[needed])
    for index, slot in sub.slots.items():
        for earlier, later, low, high in problem.links_by_item.get(index, ()):
            if later == index and earlier in sub.slots:
                one = sub.slots[earlier]
                _after(sub, one, slot, max(low, one.form.length), (one.there, slot.there), high)
    alike: dict[tuple[int, int], Slot] = {}
    for index, slot in sub.slots.items():
        item = slot.item
        if item.exp < 0 or item.optional or not problem.works[item.exp].model.unordered:
            continue
        if index in problem.needs or problem.links_by_item.get(index):
            continue
        before = alike.get((item.exp, item.session))
        if before is not None and before.starts == slot.starts and not state.problem.ties.get((item.exp, item.session)):
            sub.model.implies(slot.there, before.there)
        alike[item.exp, item.session] = slot


def _ties(state: State, sub: Subproblem, slots: Sequence[Slot]) -> None:
    """Every `after` between free sessions: each repeat after each of the reference, and only with one of it."""
    problem = state.problem
    by_key: dict[tuple[int, int], list[Slot]] = {}
    for slot in slots:
        if slot.item.exp >= 0:
            by_key.setdefault((slot.item.exp, slot.item.session), []).append(slot)
    for slot in slots:
        key = (slot.item.exp, slot.item.session)
        for tie in problem.ties.get(key, ()) if slot.item.exp >= 0 else ():
            named = [one for reference in tie.references if reference != key for one in by_key.get(reference, ())]
            if not named:
                continue
            stands = any(
                problem.items[index].session == session and index not in sub.slots
                for exp, session in tie.references
                for index in state.planned[exp]
            )
            if not stands:
                sub.model.any_of([*(one.there for one in named), -slot.there - 1])
            low = -(-tie.min_ms // problem.tick_ms)
            alone = len(named) == 1 and not stands and slot.item.number == 1
            high = tie.max_ms // problem.tick_ms if tie.max_ms is not None and alone else None
            for one in named:
                length = one.form.length
                most = None if high is None else length + high
                _after(sub, one, slot, length + low, (one.there, slot.there), most)


def _same_people(state: State, sub: Subproblem) -> None:
    """`same: true`: one person for a role in all sessions; those who stand are in the masks already."""
    problem = state.problem
    chosen: dict[tuple[int, int, int], int] = {}
    for slot in sub.slots.values():
        item = slot.item
        if item.exp < 0 or not problem.works[item.exp].model.same_people:
            continue
        for part, able in zip(slot.form.parts, slot.who, strict=True):
            if state.bound[item.exp].get(part.number):
                continue
            for person, (literal, _) in able.items():
                key = (item.exp, part.number, person)
                if key not in chosen:
                    chosen[key] = sub.model.choice()
                sub.model.implies(literal, chosen[key])
    roles: dict[tuple[int, int], list[int]] = {}
    for (exp, number, _), literal in chosen.items():
        roles.setdefault((exp, number), []).append(literal)
    for literals in roles.values():
        if len(literals) > 1:
            sub.model.most_one_of(literals)
