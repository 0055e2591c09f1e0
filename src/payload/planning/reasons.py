"""Why a session was left out, in a planner's words.

Each constraint on a session is one mask of starts. When the masks have no start in common, those are named without
which they still have none: the smallest set found by leaving out one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from payload.planning.bits import heads, highest, lowest, span
from payload.planning.construct import insert, looking_past, within_reach
from payload.planning.problem import Item, Part
from payload.planning.score import cost_of, score_of
from payload.planning.state import (
    Meter,
    State,
    flow_starts,
    forbidden,
    held_starts,
    limit_starts,
    options,
    person_starts,
    shared_starts,
    sibling_starts,
    tied_starts,
)
from payload.planning.words import asked, days_left, keys_of, listed, of_keys, told_rule

Named = tuple[str, int]  # a sentence, and the starts that what it tells of leaves


def reasons(state: State, base: State, most: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """At least one sentence for each session that does not stand in `state`."""
    problem = state.problem
    found: dict[int, tuple[str, ...]] = {}
    for work, count in zip(problem.works, most, strict=True):
        first: dict[int, str] = {}  # per form, of free repeats: the one whose reasons hold for the next ones too
        before: Item | None = None
        for chain in work.chains:
            before = None
            for index in chain:
                item = problem.items[index]
                if state.on[index]:
                    continue
                if before is not None and not item.optional:
                    found[index] = (f"{before.id}, which comes before it, is not planned",)
                    continue
                if len(chain) == 1 and item.form.index in first and not item.optional:
                    found[index] = (f"the same holds as for {first[item.form.index]}",)
                    continue
                before = None if item.optional else item
                first.setdefault(item.form.index, item.id)
                found[index] = why(state, base, item) or _tried(state, base, item, chain)
                found[index] += _at_a_price(state, item)
        if work.model.minimum < 2:
            continue
        if count < work.model.minimum:
            text = (
                f"{work.model.id} is worth nothing with fewer than {work.model.minimum} of its {len(work.items)} "
                f"sessions; at most {count} could stand even if nothing else were planned"
            )
        elif not state.planned[work.index]:
            text = (
                f"{work.model.id} is worth nothing with fewer than {work.model.minimum} of its {len(work.items)} "
                "sessions, and so many found no place"
            )
        else:
            continue
        for index in work.items:
            if index in found:
                found[index] = (*found[index], text)
    return found


def why(state: State, base: State, item: Item) -> tuple[str, ...]:
    """What keeps it from all its starts; empty when it has some."""
    if not item.static:
        return (of_keys(state.problem, item),)
    for part in item.form.parts:
        if not part.eligible:
            return (f"nobody aboard can fill its role {part.number}: {asked(item, part)}",)
    there, firm = _judged(state, base, item)
    masks = _masks(there, item, firm)
    if _left(item, masks):
        return ()
    kept = list(masks)
    for named in reversed(masks):  # the vague ones stand last, and go first
        fewer = [other for other in kept if other is not named]
        if not _left(item, fewer):
            kept = fewer
    told = [text for text, _ in kept]
    if len(kept) == 1 and "busy" in told[0]:
        told += _examples(state, item, item.static & sibling_starts(state, item) or item.static)
    return tuple(told)


def _tried(state: State, base: State, item: Item, chain: Sequence[int]) -> tuple[str, ...]:
    """For a session that no single constraint keeps out: which later one of its chain stands against it, or what of
    the plan's worth does."""
    problem = state.problem
    work = problem.works[item.exp]
    missing = [problem.items[index] for index in chain if not state.on[index]]
    free = options(state, item).starts
    could = (
        f"it could start at {problem.mission.calendar.format_day(problem.ms(lowest(free)))} by itself" if free else ""
    )
    reach = within_reach(state, work, missing)
    stuck = next((other for other in missing if other.index not in reach and other is not item), None)
    if stuck is None:
        if not free:
            return (_beside_the_rest(state, base, item),)
        against = _not_worth_it(state, item, missing)
        return (f"{could}, but {against or 'none was found that goes with the rest of the plan'}",)
    stands = why(state, base, stuck) or ("the distances that the experiment asks for leave it no start",)
    told = f"{could}, but then {stuck.id} has none" if could else f"{stuck.id}, which comes with it, has no start"
    return (told, *(f"{stuck.id}: {text}" for text in stands))


def _judged(state: State, base: State, item: Item) -> tuple[State, bool]:
    """Beside what an item is looked at, and whether movable duties are looked past: beside the plan, but where not even
    the fixed duties leave it a start, beside these."""
    return (state, False) if options(base, item, True, alone=False).starts else (base, True)


def _left(item: Item, masks: Sequence[Named]) -> int:
    left = item.static
    for _, mask in masks:
        left &= mask
    return left


def _beside_the_rest(state: State, base: State, item: Item) -> str:
    """Of one without a free start that each constraint by itself leaves some: that its roles ask for different people,
    or that it takes broken soft rules."""
    problem = state.problem
    there, firm = _judged(state, base, item)
    left, roles = _left(item, _masks(there, item, firm)), item.form.parts
    if left and len(roles) > 1:
        at = left & -left
        fill = [[p for p in part.eligible if person_starts(there, item, part, p, firm, at)] for part in roles]
        able = listed([problem.people[person] for person in sorted({person for some in fill for person in some})])
        when = problem.mission.calendar.format_day(problem.ms(lowest(at)))
        return f"at no start are there different people for its {len(roles)} roles: at {when}, for one, only {able}"
    if problem.soft:
        with looking_past(state, problem.soft):
            free = options(state, item).starts
        if free:
            first = problem.mission.calendar.format_day(problem.ms(lowest(free)))
            return f"it could start at {first} if soft rules were broken, but no such plan that is better was found"
    return "each of its constraints leaves it starts, but together, with the rest of the plan, none was found"


def _not_worth_it(state: State, item: Item, missing: Sequence[Item]) -> str:
    """What makes a plan with it at one of its free starts no better than the one without; empty where that is not so,
    or where it takes others beside it to be worth something."""
    problem, work = state.problem, state.problem.works[item.exp]
    if len(state.planned[item.exp]) + 1 < work.model.minimum or missing[0] is not item:
        return ""
    mark, before, cost = state.mark(), score_of(state), cost_of(state)
    changed, told = state.changed, set[str]()
    there = options(state, item)
    for tick in heads(there.starts, problem.stride, 4):
        for crew in there.crews(tick, 1):
            state.put(item, tick, crew, there.form_at(tick))
            if not state.broken(item):
                if score_of(state) > before:
                    told.add("")
                elif cost_of(state) > cost:
                    told.add("the soft rules that it would break cost as much as it is worth, or more")
                elif problem.price and state.changed > changed:
                    told.add("the price of the change to the kept plan is as much as it is worth, or more")
                elif not work.worth_each:
                    told.add("it is worth nothing")
            state.back_to(mark)
    return told.pop() if len(told) == 1 else ""


def _at_a_price(state: State, item: Item) -> tuple[str, ...]:
    """Of one that duties of a kept plan could give way to: that this would cost as much as it brings."""
    problem, work = state.problem, state.problem.works[item.exp]
    if not problem.price or len(state.planned[item.exp]) + 1 < work.model.minimum:
        return ()
    there, before, changed, mark = options(state, item, True), score_of(state), state.changed, state.mark()
    for tick in heads(there.starts, problem.stride, 4):
        for crew in there.crews(tick, 1):
            stands = insert(state, item, tick, crew, True, there.form_at(tick))
            worse = stands and state.changed > changed and score_of(state) < before
            state.back_to(mark)
            if worse:
                at = problem.mission.calendar.format_day(problem.ms(tick))
                return (f"duties could give way to it at {at}, at a price of as much as it is worth, or more",)
    return ()


def promised_to(state: State, item: Item) -> str:
    """The sponsor who would get less than was promised without this session; empty where there is none."""
    problem = state.problem
    sponsor = problem.sponsor_of[item.exp] if problem.sponsors and item.exp >= 0 else -1
    if sponsor < 0 or state.given[sponsor] - state.form[item.index].crew_ms >= problem.promises[sponsor]:
        return ""
    return problem.sponsors[sponsor]


def _masks(state: State, item: Item, firm: bool) -> list[Named]:
    problem, form = state.problem, item.form
    named: list[Named] = []
    for meter, a, b, amount in form.demands:
        supply = problem.supplies[meter]
        there = Meter(problem, supply).room(amount, b - a, firm) >> a
        low = f"the resource {supply.id} is too low whenever it could be held"
        named.append((low if there else f"it asks for more of {supply.id} than there ever is", there))
        text = f"the {'rig' if supply.rig else 'resource'} {supply.id} is taken whenever it could be held"
        named.append((text, state.meters[meter].room(amount, b - a, firm) >> a))
    if form.takes:
        for stock, offset, amount in form.takes:
            store = state.stores[stock]
            first = store.open_from(amount)
            mask = 0 if first is None else span(first - offset, problem.ticks)
            named.append((f"not enough {store.consumable.id} left", mask))
    for number in sorted({flow[0] for flow in form.flows}):
        text = f"the buffer {problem.buffers[number].id} has no room for what it produces"
        named.append((text, flow_starts(state, item, number)))
    if state.spending is not None:
        begun = problem.works[item.exp] if item.exp >= 0 and state.spans[item.exp] is None else None
        limits = {charge.amount_limit for charge in form.charges}
        limits |= {limit for limit, _ in begun.charges} if begun is not None else set()
        for limit in sorted(limits):
            rule, others = problem.amounts[limit], {("amount", other) for other in limits - {limit}}
            days = " on the days that are left" if rule.per_day else ""
            text = f"{told_rule(rule)} leaves it not enough {rule.resource}{days}"
            named.append((text, state.spending.starts(form, begun, state.starts_in_day, others)))
    if item.exp >= 0 and (problem.works[item.exp].holds or problem.works[item.exp].stocks):
        work = problem.works[item.exp]
        held = [problem.supplies[meter].id for meter, _ in work.holds]
        held += [problem.consumables[stock].id for stock, _ in work.stocks]
        text = f"what its experiment holds from first to last session ({' and '.join(held)}) is not free"
        named.append((text, held_starts(state, item, firm)))
    for clause, side in form.asks:
        roster = state.rosters.get((clause, side, -1))
        if roster is not None and not problem.clauses[clause].per_crew:
            mask = problem.full & ~forbidden(problem, clause, side, roster, form, firm)
            named.append((f"{told_rule(problem.clauses[clause])} forbids the starts that are left", mask))
    for limit in form.limits:
        if not problem.limits[limit].per_crew:
            text = f"{told_rule(problem.limits[limit])} leaves it no time{days_left(problem, limit)}"
            times = tuple(times for part in form.parts for times in part.times)
            named.append((text, limit_starts(state, limit, -1, times, item.static)))
    for part in form.parts:
        named += _of_part(state, item, part, firm)
    named.append(_beside_siblings(state, item))
    named.append(("what it must come after, or before, leaves no start", tied_starts(state, item)))
    named.append(("the rules and resources together leave no start", shared_starts(state, item, firm)))
    return named


def _beside_siblings(state: State, item: Item) -> Named:
    """What its experiment's other sessions leave it, as far as the mission goes; and its own keys, where these leave
    nothing of that, or only a part."""
    mask, problem = sibling_starts(state, item), state.problem
    within = mask & span(0, problem.down(problem.mission.end - item.form.length_ms) + 1) & (problem.grid | item.static)
    if not within:
        return "the order and the distances in its experiment leave it no start", mask

    def told(starts: int) -> str:
        first, last = (
            problem.mission.calendar.format_day(problem.ms(tick)) for tick in (lowest(starts), highest(starts))
        )
        return f"at {first}" if first == last else f"from {first} to {last}"

    beside, keys = "beside its experiment's other sessions", listed(keys_of(problem, item))
    both = within & item.static
    if not both:
        return f"{beside} it may only start {told(within)}, where its own keys ({keys}) leave it no start", mask
    if keys and told(both) != told(within):
        return f"{beside}, and by its own keys ({keys}), it may only start {told(both)}", mask
    return f"{beside} it may only start {told(both)}", mask


def _of_part(state: State, item: Item, part: Part, firm: bool) -> list[Named]:
    """One mask per constraint: what it leaves to the person who can do it, or to any of those who can."""
    problem, form, session = state.problem, item.form, item.form.session
    people = tuple(state.bound[item.exp].get(part.number, ())[:1]) or part.eligible
    names = listed([problem.people[person] for person in people])
    are = "is" if len(people) == 1 else "are"
    if people[0] not in part.eligible:
        return [(f"{names}, who has role {part.number} in its other sessions, cannot fill it here", 0)]

    def left_by(mask_of: Callable[[int], int]) -> int:
        left = 0
        for person in people:
            left |= mask_of(person)
        return left

    def free(person: int) -> int:
        mask = problem.full
        for a, b in part.ranges:
            mask &= state.free_for(person, b - a, firm) >> a
        return mask

    def spared(person: int, clause: int, side: int) -> int:
        told, roster = problem.clause_people[clause], state.rosters.get((clause, side, person))
        if roster is None or not (told is None or person in told):
            return problem.full
        return problem.full & ~forbidden(problem, clause, side, roster, form, firm)

    def within(person: int, limit: int) -> int:
        told = problem.limit_people[limit]
        return (
            limit_starts(state, limit, person, part.times, item.static)
            if told is None or person in told
            else problem.full
        )

    named: list[Named] = [(f"{names} {are} not aboard then", left_by(lambda person: part.aboard[person]))]
    if session is None or session.inside is None:
        named.append((f"{names} {are} busy whenever it could start", left_by(free)))
    for clause, side in form.asks:
        if problem.clauses[clause].per_crew:
            text = f"{told_rule(problem.clauses[clause])} keeps {names} from the starts that are left"
            named.append((text, left_by(partial(spared, clause=clause, side=side))))
    for limit in form.limits:
        if problem.limits[limit].per_crew:
            text = f"{told_rule(problem.limits[limit])} leaves {names} no time{days_left(problem, limit)}"
            named.append((text, left_by(partial(within, limit=limit))))
    what = []
    if session is not None and session.inside is not None:
        what.append(f"inside {session.inside}")
    if session is not None and session.relative is not None and part.number == 1:
        what.append(f"{'before' if session.relative.before else 'after'} {session.relative.duty}")
    if what:
        text = f"{names} {'has' if len(people) == 1 else 'have'} no time {' and '.join(what)}"
        if session is not None and session.inside is not None:
            hosts = [state.instances.get((session.inside, person), {}).values() for person in people]
            if max((end - start for there in hosts for start, end in there), default=0) < form.length_ms:
                text = f"it is longer than any {session.inside} of {names}"
    elif len(people) == 1:
        text = f"{names}'s rules and time together leave no start"
    else:
        text = f"no start is left at which one of {names} can fill role {part.number} ({asked(item, part)})"
    return [*named, (text, left_by(lambda person: person_starts(state, item, part, person, firm, item.static)))]


def _examples(state: State, item: Item, starts: int) -> list[str]:
    """What stands in the way at the first start that everything else allows."""
    problem = state.problem
    tick = lowest(starts)
    met = []
    people = {person for part in item.form.parts for person in part.eligible}
    for other in problem.items:
        if state.on[other.index] and people.intersection(state.crew[other.index]):
            at = state.at[other.index]
            if at < tick + item.length and tick < at + state.length(other):
                promised = promised_to(state, other)
                met.append(f"{other.id} (promised to {promised})" if promised else other.id)
    if not met:
        return []
    return [f"at {problem.mission.calendar.format_day(problem.ms(tick))}, for one, it would meet {', '.join(met[:3])}"]
