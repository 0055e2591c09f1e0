"""Where an activity could still stand, given all that is placed: one mask of starts, and who could fill each role.

Masks are exact but for what `State.broken` looks at after the fact (limits shared by two roles, stretched holds).
`firm` looks past movable duties: what only these forbid is then allowed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from payload.model import Gap
from payload.planning.bits import highest, lowest, span
from payload.planning.problem import Form, Item, Part, Range
from payload.planning.state.clauses import forbidden
from payload.planning.state.hosts import covering_starts, guests, hosts_of, inside_starts, kept_by, relative_starts
from payload.planning.state.placed import Crew, State
from payload.planning.state.sequence import sibling_starts, tied_starts


@dataclass(frozen=True, slots=True)
class Options:
    """`starts`, and per part the starts at which each person could fill it.

    `form` is the shape that all this is of. Of an item with several shapes `shapes` has each that could stand anywhere,
    the shortest first, and `starts` and `parts` are those of any of them.
    """

    starts: int
    parts: tuple[dict[int, int], ...]
    form: Form | None = None
    shapes: tuple[Options, ...] = ()

    def form_at(self, tick: int) -> Form | None:
        """The shortest shape that could stand from this start; None for an item that has only one."""
        return next((one.form for one in self.shapes if one.starts >> tick & 1), self.form)

    def each_at(self, tick: int) -> tuple[Options, ...]:
        """The shapes that could stand from this start, the shortest first."""
        return tuple(one for one in self.shapes if one.starts >> tick & 1) if self.shapes else (self,)

    def crews(self, tick: int, most: int = 2) -> list[Crew]:
        """Who could do it at this start, in the shortest shape: different people for different parts, the best suited
        first."""
        if self.shapes:
            return next((one.crews(tick, most) for one in self.shapes if one.starts >> tick & 1), [])
        able = [[person for person, mask in part.items() if mask >> tick & 1] for part in self.parts]
        order = sorted(range(len(able)), key=lambda part: len(able[part]))
        found: list[Crew] = []
        chosen: dict[int, int] = {}

        def fill(depth: int) -> None:
            if depth == len(order):
                found.append(tuple(chosen[part] for part in range(len(able))))
                return
            for person in able[order[depth]]:
                if person not in chosen.values():
                    chosen[order[depth]] = person
                    fill(depth + 1)
                    del chosen[order[depth]]
                    if len(found) >= most:
                        return

        fill(0)
        return found


NOTHING = Options(0, ())


def options(state: State, item: Item, firm: bool = False, within: int = -1, alone: bool = True) -> Options:
    """Where `item` could stand now in any of its shapes, cut to the starts `within`.

    With `alone` False its siblings and ties are left out: the caller sees to the order of its chain.
    """
    if item.shapes:
        return united([in_shape(state, shape, firm, within, alone) for shape in (item, *item.shapes)])
    return in_shape(state, item, firm, within, alone)


def united(found: Sequence[Options]) -> Options:
    """Those of all shapes of one item as one."""
    found = tuple(one for one in found if one.starts)
    if not found:
        return NOTHING
    starts, parts = 0, tuple(dict[int, int]() for _ in found[0].parts)
    for one in found:
        starts |= one.starts
        for part, mine in zip(parts, one.parts, strict=True):
            for person, mask in mine.items():
                part[person] = part.get(person, 0) | mask & one.starts
    return Options(starts, parts, None, found)


def in_shape(state: State, item: Item, firm: bool = False, within: int = -1, alone: bool = True) -> Options:
    """As `options`, of the item's own form, or of one of its `shapes`."""
    mask = item.static & within & shared_starts(state, item, firm)
    if mask and alone:
        mask &= sibling_starts(state, item) & tied_starts(state, item)
    if not mask:
        return NOTHING
    parts: list[dict[int, int]] = []
    bound = state.bound[item.exp] if item.exp >= 0 else {}
    for part in item.form.parts:
        people = part.eligible
        if bound.get(part.number):
            people = (bound[part.number][0],) if bound[part.number][0] in people else ()
        able = {}
        union = 0
        for person in people:
            mine = person_starts(state, item, part, person, firm, mask)
            if mine:
                able[person] = mine
                union |= mine
        mask &= union
        if not mask:
            return NOTHING
        parts.append(able)
    if len(parts) > 1:
        mask &= _different(parts)
    if item.soft:
        mask &= kept_by(state, item)
    return Options(mask, tuple(parts), item.form) if mask else NOTHING


#: with more roles than this that share people, a start may turn out to have no crew of different people after all
MOST_ROLES = 4


def _different(parts: list[dict[int, int]]) -> int:
    """The starts at which different people can fill the parts."""
    people = [person for part in parts for person in part]
    if len(people) == len(set(people)) or len(parts) > MOST_ROLES:
        return -1

    def fill(depth: int, taken: tuple[int, ...], mask: int) -> int:
        if depth == len(parts):
            return mask
        union = 0
        for person, mine in parts[depth].items():
            left = mask & mine & ~union
            if left and person not in taken:
                union |= fill(depth + 1, (*taken, person), left)
        return union

    return fill(0, (), -1)


def shared_starts(state: State, item: Item, firm: bool) -> int:
    """What resources and the clauses that do not count per crew leave."""
    problem, form = state.problem, item.form
    mask = problem.full
    for meter, a, b, amount in form.demands:
        if ("meter", meter) not in state.ignored:
            mask &= state.meters[meter].room(amount, b - a, firm) >> a
    if form.takes:
        mask &= _stock_starts(state, item)
    if form.flows:
        for number in sorted({flow[0] for flow in form.flows}):
            mask &= flow_starts(state, item, number)
    if state.spending is not None:
        begun = problem.works[item.exp] if item.exp >= 0 and state.spans[item.exp] is None else None
        mask &= state.spending.starts(form, begun, state.starts_in_day, state.ignored)
    for clause, side in form.asks:
        if not problem.clauses[clause].per_crew:
            mask &= ~closed_starts(state, item, clause, side, -1, firm)
    for limit in form.limits:
        if not problem.limits[limit].per_crew:
            mask &= limit_starts(state, limit, -1, tuple(times for part in form.parts for times in part.times), mask)
    if item.exp >= 0 and (problem.works[item.exp].holds or problem.works[item.exp].stocks):
        mask &= held_starts(state, item, firm)
    return mask


def person_starts(state: State, item: Item, part: Part, person: int, firm: bool, mask: int) -> int:
    """What of `mask` one person's time, clauses and limits leave for one part."""
    session = item.form.session
    if session is None or session.inside is not None or state.ignored:
        mask = _of_person(state, item, part, person, firm, mask)
    else:  # it depends on nothing but what the person does: kept as long as that is the same
        known, key = state.known(person), (item.form.index, part.number, firm, id(item.static))
        if key not in known:
            state.alive[id(item.static)] = item.static  # so that no other mask ever has its number
            known[key] = _of_person(state, item, part, person, firm, item.static)
        mask &= known[key]
    if mask and session is not None and part.number == 1 and ("tie", item.index) not in state.ignored:
        if session.relative is not None:
            mask &= relative_starts(state, item, person)
        if item.form.covers:
            mask &= covering_starts(state, item, person)
    return mask


def _of_person(state: State, item: Item, part: Part, person: int, firm: bool, mask: int) -> int:
    problem, form = state.problem, item.form
    mask &= part.aboard[person]
    session = form.session
    if session is not None and session.inside is not None:
        untied = ("tie", item.index) in state.ignored
        mask &= problem.full if untied else inside_starts(state, item, person, session.inside, firm)
    else:
        for a, b in part.ranges:
            mask &= state.free_for(person, b - a, firm) >> a
    if not mask:
        return 0
    for clause, side in form.asks:
        if problem.clauses[clause].per_crew:
            people = problem.clause_people[clause]
            if people is None or person in people:
                mask &= ~closed_starts(state, item, clause, side, person, firm)
    for limit in form.limits:
        people = problem.limit_people[limit]
        if problem.limits[limit].per_crew and (people is None or person in people):
            mask &= limit_starts(state, limit, person, part.times, mask)
    return mask


def closed_starts(state: State, item: Item, clause: int, side: int, person: int, firm: bool) -> int:
    """The starts that a clause forbids because of whom it lists for a person (-1: for anybody)."""
    roster = state.rosters.get((clause, side, person))
    if roster is None or not roster.entries or ("clause", clause) in state.ignored:
        return 0
    spare: Collection[int] = ()
    session = item.form.session
    if not isinstance(state.problem.clauses[clause], Gap):
        pass  # only gaps spare a host and its guests
    elif session is not None and session.inside is not None:
        # a possible host is exempt; what its other instances forbid is seen to in `inside_starts`
        hosts = {i for host, there in hosts_of(state, item, session.inside) for i in there}
        spare = hosts & roster.entries.keys()
    elif item.soft:
        spare = guests(state, item) & roster.entries.keys()
    return forbidden(state.problem, clause, side, roster, item.form, firm, spare)


def _stock_starts(state: State, item: Item) -> int:
    problem = state.problem
    mask, taken, stock_before = problem.full, 0, -1
    for stock, offset, amount in item.form.takes:
        taken = taken + amount if stock == stock_before else amount
        stock_before = stock
        first = state.stores[stock].open_from(taken)
        if first is None:
            return 0
        mask &= span(first - offset, problem.ticks)
    return mask


def flow_starts(state: State, item: Item, buffer: int) -> int:
    """Starts at which a buffer has room for what the session produces, as far as shows before it stands."""
    if ("buffer", buffer) in state.ignored:
        return state.problem.full
    mine = [flow for flow in item.form.flows if flow[0] == buffer]
    level, mask = state.levels[buffer], state.problem.full
    for _, first, last, amount in mine:
        mask &= level.starts(first, last, amount)
    if len(mine) > 1:
        first, last = min(flow[1] for flow in mine), max(flow[2] for flow in mine)
        mask &= level.starts(first, last, sum(flow[3] for flow in mine), evenly=False)
    return mask


def limit_starts(state: State, limit: int, person: int, times: tuple[Range, ...], mask: int = -1) -> int:
    """Starts whose crewed time (`times`, ms from the start) the limit still has room for; only those of `mask` are
    judged, and what lies in more than two local days is not."""
    problem = state.problem
    stretch = state.stretch(times) if times else None
    if stretch is None or not stretch.total_ms or ("limit", limit) in state.ignored:
        return problem.full
    rule, days, tally = problem.limits[limit], problem.limit_days[limit], state.tally(limit, person)
    if not rule.per_day:
        return 0 if days is None and tally[0] + stretch.total_ms > rule.limit_ms else problem.full

    def left(day: int) -> int:
        return rule.limit_ms - tally[day] if days is None or day in days else stretch.total_ms

    starts = tally.by_day(problem, stretch, left)
    if mask & stretch.nights:
        starts &= tally.by_night(problem, stretch, left)
    return starts


def held_starts(state: State, item: Item, firm: bool) -> int:
    """Starts to which the experiment's hold can stretch from where it is now."""
    problem, work = state.problem, state.problem.works[item.exp]
    held = state.spans[item.exp]
    mask = problem.full
    for stock, amount in work.stocks if held is None else ():
        level_from = state.stores[stock].open_from(amount)
        mask = mask & span(level_from, problem.ticks) if level_from is not None else 0
    for meter, amount in work.holds:
        if ("meter", meter) in state.ignored:
            continue
        if held is None:
            mask &= state.meters[meter].room(amount, item.length, firm)
            for asked, a, b, more in item.form.demands:
                if asked == meter:
                    mask &= state.meters[meter].room(amount + more, b - a, firm) >> a
            continue
        taken = problem.full & ~state.meters[meter].free(amount, firm)
        before = highest(taken & span(0, held[0]))
        after = lowest(taken >> held[1])
        mask &= span(before + 1, problem.ticks)
        if after >= 0:
            mask &= span(0, held[1] + after - item.length + 1)
    return mask
