"""What stands against one activity, start by start: for each reason the starts that it forbids, the rest of the plan
standing as it is.

A reason is one thing that a planner could change: another reservation, a key of the activity, a rule, a resource, a
role. Masks have one bit a tick, as everywhere in planning. What the reasons do not cover of what `options` forbids is
one more reason, so that nothing is ever called free that is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice, permutations

from payload.planning.bits import ones, span
from payload.planning.explain.keys import Cut, Reason, key_cuts
from payload.planning.explain.spot import Spot
from payload.planning.problem import Form, Item, Part, Range
from payload.planning.state import (
    Crew,
    State,
    closed_starts,
    covering_starts,
    flow_starts,
    held_starts,
    in_shape,
    limit_starts,
    planned_of,
    relative_starts,
    sibling_starts,
    tied_starts,
)

#: crews that are looked at, in all; the eligible come first
MOST_CREWS = 400
#: free starts that are tried, to see what shows only then
MOST_TRIED = 60
#: starts over a midnight that are held against a limit of certain days
MOST_NIGHTS = 2_000


@dataclass(slots=True)
class Cuts:
    """All that stands against one activity in one of its shapes. `thinkable` are the starts that grid and horizon
    leave; `shared` holds for every crew, `of_part` for one person in one part, `of_crew` for these together."""

    item: Item
    people: tuple[str, ...]
    thinkable: int
    crews: list[Crew]
    shared: Cut = field(default_factory=dict)
    of_part: list[dict[int, Cut]] = field(default_factory=list)
    of_crew: dict[Crew, Cut] = field(default_factory=dict)

    def against(self, crew: Crew, busy: bool = False) -> Cut:
        """What stands against the activity with these people; `busy` takes all that holds a person as one reason."""
        found = dict(self.shared)
        for people, person in zip(self.of_part, crew, strict=True):
            for told, mask in people[person].items():
                reason = Reason("busy", self.people[person]) if busy and told.kind == "reservation" else told
                found[reason] = found.get(reason, 0) | mask
        for reason, mask in self.of_crew.get(crew, {}).items():
            found[reason] = found.get(reason, 0) | mask
        return found


def cuts(state: State, item: Item, firm: bool = False) -> list[Cuts]:
    """What stands against `item`, which does not stand in `state`: an entry for each of its shapes, the shortest first.

    With `firm` movable duties are looked past, as they can give way.
    """
    return [_of_shape(state, shape, firm) for shape in (item, *item.shapes)]


def _of_shape(state: State, item: Item, firm: bool) -> Cuts:
    problem = state.problem
    thinkable, shared = key_cuts(problem, item)
    found = Cuts(item, problem.people, thinkable, list(islice(_crews(state, item), MOST_CREWS)), shared)
    for reason, mask in _shared(state, item, firm):
        if mask:
            shared[reason] = shared.get(reason, 0) | mask
    for part in item.form.parts:
        people = range(len(problem.people)) if item.exp >= 0 else part.eligible
        found.of_part.append({person: _of_person(state, item, part, person, firm) for person in people})
    _other(state, found, firm)
    return found


def _crews(state: State, item: Item) -> Iterator[Crew]:
    """Different people for different parts: those who are eligible first, then anybody."""
    parts = item.form.parts
    if item.exp < 0:
        yield item.people
        return
    able = [crew for crew in permutations(range(len(state.problem.people)), len(parts)) if _serve(parts, crew)]
    yield from able
    for crew in permutations(range(len(state.problem.people)), len(parts)):
        if not _serve(parts, crew):
            yield crew


def _serve(parts: Iterable[Part], crew: Crew) -> bool:
    return all(person in part.eligible for part, person in zip(parts, crew, strict=True))


def _shared(state: State, item: Item, firm: bool) -> Iterator[tuple[Reason, int]]:
    problem, form, full = state.problem, item.form, state.problem.full
    for meter, a, b, amount in form.demands:
        supply = problem.supplies[meter]
        mask = full & ~(state.meters[meter].room(amount, b - a, firm) >> a)
        yield Reason("rig" if supply.rig else "resource", supply.id), mask
    taken: dict[int, int] = {}
    for stock, offset, amount in form.takes:
        taken[stock] = taken.get(stock, 0) + amount
        opens = state.stores[stock].open_from(taken[stock])
        mask = full if opens is None else span(0, opens - offset)
        yield Reason("stock", problem.consumables[stock].id), mask
    for buffer in sorted({flow[0] for flow in form.flows}):
        yield Reason("buffer", state.levels[buffer].buffer.id), full & ~flow_starts(state, item, buffer)
    if state.spending is not None:
        begun = problem.works[item.exp] if item.exp >= 0 and state.spans[item.exp] is None else None
        for number, rule in enumerate(problem.amounts):
            others = {("amount", other) for other in range(len(problem.amounts)) if other != number}
            left = state.spending.starts(form, begun, state.starts_in_day, others | state.ignored)
            yield Reason("rule", rule.id), full & ~left
    for clause, side in form.asks:
        if not problem.clauses[clause].per_crew:
            yield Reason("rule", problem.clauses[clause].id), closed_starts(state, item, clause, side, -1, firm)
    for limit in form.limits:
        if not problem.limits[limit].per_crew:
            times = tuple(times for part in form.parts for times in part.times)
            yield Reason("rule", problem.limits[limit].id), _limited(state, limit, -1, times)
    if item.exp < 0:
        return
    if not form.parts and form.session is not None:  # tied to a duty of role 1's person, and there is none
        tie = form.session.relative
        if tie is not None:
            yield Reason("relative", tie.duty), full
        for duty, _, _ in form.covers:
            yield Reason("covers", duty), full
    work = problem.works[item.exp]
    if work.holds or work.stocks:
        yield Reason("holds", work.model.id), full & ~held_starts(state, item, firm)
    yield from _in_order(state, item)


def _in_order(state: State, item: Item) -> Iterator[tuple[Reason, int]]:
    """What must be planned before it, and where its own experiment and every `after` leave it starts."""
    problem, full = state.problem, state.problem.full
    needed = problem.needs.get(item.index)
    if needed is not None and not state.on[needed]:
        yield Reason("before", problem.items[needed].id), full
    yield Reason("order", problem.works[item.exp].model.id), full & ~sibling_starts(state, item)
    for tie in problem.ties.get((item.exp, item.session), ()):
        if next(planned_of(state, tie.references), None) is None:
            exp, session = tie.references[0] if tie.references else (item.exp, item.session)
            first = next((i for i in problem.works[exp].items if problem.items[i].session == session), item.index)
            yield Reason("before", problem.items[first].id), full
            return
    yield Reason("after", item.id), full & ~tied_starts(state, item)


def _of_person(state: State, item: Item, part: Part, person: int, firm: bool) -> Cut:
    problem, form, session, full = state.problem, item.form, item.form.session, state.problem.full
    found: Cut = {}

    def add(kind: str, name: str, mask: int) -> None:
        if mask:
            reason = Reason(kind, name)
            found[reason] = found.get(reason, 0) | mask

    if person not in part.eligible:
        add("role", str(part.number), full)
    bound = state.bound[item.exp].get(part.number) if item.exp >= 0 else None
    if bound and bound[0] != person:
        add("same", problem.works[item.exp].model.id, full)
    aboard = part.aboard.get(person)
    add("aboard", problem.people[person], full & ~(aboard if aboard is not None else _aboard(state, part, person)))
    hosted = session is not None and session.inside is not None
    if session is not None and session.inside is not None:
        add("inside", session.inside, full & ~_in_hosts(state, form, person, session.inside))
    for other, held in _holds_of(state, person, hosted):
        if other.index != item.index and not (firm and other.soft):
            mask = 0
            for a, b in ((0, form.length),) if hosted else part.ranges:
                for first, last in held:
                    mask |= span(first - b + 1, last - a)
            add("reservation", name_of(state, other, person), mask & full)
    for clause, side in form.asks:
        people = problem.clause_people[clause]
        if problem.clauses[clause].per_crew and (people is None or person in people):
            add("rule", problem.clauses[clause].id, closed_starts(state, item, clause, side, person, firm))
    for limit in form.limits:
        people = problem.limit_people[limit]
        if problem.limits[limit].per_crew and (people is None or person in people):
            add("rule", problem.limits[limit].id, _limited(state, limit, person, part.times))
    if form.covers and part.number == 1:
        name = " and ".join(dict.fromkeys(duty for duty, _, _ in form.covers))
        add("covers", name, full & ~covering_starts(state, item, person))
    if session is not None and session.relative is not None and part.number == 1:
        add("relative", session.relative.duty, full & ~relative_starts(state, item, person))
    return found


def _limited(state: State, limit: int, person: int, times: tuple[Range, ...]) -> int:
    """The starts that a limit forbids."""
    problem = state.problem
    mask = problem.full & ~limit_starts(state, limit, person, times)
    rule, days = problem.limits[limit], problem.limit_days[limit]
    if rule.per_day or days is None or not times:
        return mask
    # over certain days together: `options` leaves these to `State.broken`
    left_ms, edges = rule.limit_ms - state.tally(limit, person)[0], problem.days.starts
    counted = [(edges[day], edges[day + 1]) for day in sorted(days) if 0 <= day < len(edges) - 1]
    total = sum(end - start for start, end in times)
    first, last = min(start for start, _ in times), max(end for _, end in times)
    if ("limit", limit) in state.ignored or total <= left_ms:
        return mask
    wholly = state.starts_in_day(first, last)
    for day in sorted(days):
        mask |= wholly[day] if 0 <= day < len(wholly) else 0
    over = problem.full
    for there in wholly:
        over &= ~there
    for tick in islice(ones(over), MOST_NIGHTS):
        at = problem.ms(tick)
        spent = sum(max(min(at + b, end) - max(at + a, start), 0) for a, b in times for start, end in counted)
        mask |= 1 << tick if spent > left_ms else 0
    return mask


def _aboard(state: State, part: Part, person: int) -> int:
    """The starts that keep somebody aboard whom the part does not name."""
    problem = state.problem
    aboard = problem.mission.crew[person].aboard
    first, last = part.times[0][0], part.times[-1][1]
    return span(problem.up(aboard.start - first), problem.down(aboard.end - last) + 1)


def _in_hosts(state: State, form: Form, person: int, duty: str) -> int:
    mask, problem = 0, state.problem
    for start, end in state.instances.get((duty, person), {}).values():
        mask |= span(problem.up(start), problem.down(end - form.length_ms) + 1)
    return mask


def _holds_of(state: State, person: int, hosted: bool) -> Iterator[tuple[Item, list[tuple[int, int]]]]:
    """What holds a person, with the ticks: the sessions inside duties for one that is inside one too, else the rest."""
    for item in state.problem.items:
        if not state.on[item.index] or person not in state.crew[item.index]:
            continue
        form, at = state.form[item.index], state.at[item.index]
        inside = form.session is not None and form.session.inside is not None
        if inside != hosted:
            continue
        if inside:
            yield item, [(at, at + form.length)]
            continue
        crew = state.crew[item.index]
        parts = [part for part, who in zip(form.parts, crew, strict=True) if who == person]
        yield item, [(at + a, at + b) for part in parts for a, b in part.ranges]


def name_of(state: State, item: Item, person: int) -> str:
    """The id of the reservation that an item has for a person."""
    if item.form.session is None and person in item.people:
        return item.names[item.people.index(person)]
    return item.id


def _other(state: State, found: Cuts, firm: bool) -> None:
    """What `options` forbids and no reason names, for rules and resources that hang together; and what only shows once
    the activity stands."""
    item = found.item
    there = in_shape(state, item, firm)
    for crew in found.crews:
        if not _serve(item.form.parts, crew):
            continue
        allowed = there.starts
        for able, person in zip(there.parts, crew, strict=False):
            allowed &= able.get(person, 0)
        free = found.thinkable
        for mask in found.against(crew).values():
            free &= ~mask
        more: Cut = {Reason("other", item.id): free & ~allowed} if free & ~allowed else {}
        for tick in islice(ones(free & allowed), MOST_TRIED):
            if (reason := _breaks(state, Spot(item, tick, crew))) is not None:
                more[reason] = more.get(reason, 0) | 1 << tick
        if more:
            found.of_crew[crew] = more


def _breaks(state: State, spot: Spot) -> Reason | None:
    """What an activity would break that masks do not show: limits over midnights, and what is held or fills up."""
    problem, item, form, mark = state.problem, spot.item, spot.item.form, state.mark()
    state.put(item, spot.tick, spot.crew)
    reason = None
    if state.broken(item):
        reason = Reason("other", item.id)
        for limit, person, day, _ in state.charges(item, spot.tick, spot.crew):
            if state.tally(limit, person)[day] > problem.limits[limit].limit_ms:
                reason = Reason("rule", problem.limits[limit].id)
        for number, _, _, _ in form.flows:
            if state.levels[number].over():
                reason = Reason("buffer", state.levels[number].buffer.id)
        if reason.kind == "other" and item.exp >= 0 and problem.works[item.exp].holds:
            reason = Reason("holds", problem.works[item.exp].model.id)
    state.back_to(mark)
    return reason
