"""Why a session was left out, in a planner's words.

Each constraint on a session is one mask of starts. When the masks have no start in common, those are named without
which they still have none: the smallest set found by leaving out one after the other.
"""

from __future__ import annotations

from collections.abc import Sequence

from payload.planning.bits import highest, lowest, span
from payload.planning.chains import within_reach
from payload.planning.clauses import forbidden
from payload.planning.options import held_starts, options, person_starts, shared_starts
from payload.planning.problem import Item, Part
from payload.planning.sequence import sibling_starts, tied_starts
from payload.planning.state import State

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
                found[index] = _why(state, base, item) or _tried(state, base, item, chain)
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


def _why(state: State, base: State, item: Item) -> tuple[str, ...]:
    if not item.static:
        return (_of_keys(item),)
    for part in item.form.parts:
        if not part.eligible:
            return (f"nobody aboard can fill its role {part.number}: {_asked(item, part)}",)
    alone = options(base, item, True, alone=False).starts
    masks = _masks(state, item, False) if alone else _masks(base, item, True)
    left = item.static
    for _, mask in masks:
        left &= mask
    if left:
        return ()
    kept = list(masks)
    for named in reversed(masks):  # the vague ones stand last, and go first
        fewer = [other for other in kept if other is not named]
        rest = item.static
        for _, mask in fewer:
            rest &= mask
        if not rest:
            kept = fewer
    told = [text for text, _ in kept]
    if len(kept) == 1 and "busy" in told[0]:
        told += _examples(state, item, item.static & sibling_starts(state, item))
    return tuple(told)


def _tried(state: State, base: State, item: Item, chain: Sequence[int]) -> tuple[str, ...]:
    """For a session that has a free start by itself: which later one of its chain stands against it."""
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
        return (f"{could or 'it has free starts'}, but none was found that goes with the rest of the plan",)
    why = _why(state, base, stuck) or ("the distances that the experiment asks for leave it no start",)
    told = f"{could}, but then {stuck.id} has none" if could else f"{stuck.id}, which comes with it, has no start"
    return (told, *(f"{stuck.id}: {text}" for text in why))


def _masks(state: State, item: Item, firm: bool) -> list[Named]:
    problem, form = state.problem, item.form
    named: list[Named] = []
    for meter, a, b, amount in form.demands:
        supply = problem.supplies[meter]
        text = f"the {'rig' if supply.rig else 'resource'} {supply.id} is taken whenever it could be held"
        named.append((text, state.meters[meter].room(amount, b - a, firm) >> a))
    if form.takes:
        for stock, offset, amount in form.takes:
            store = state.stores[stock]
            first = store.open_from(amount)
            mask = 0 if first is None else span(first - offset, problem.ticks)
            named.append((f"too little {store.consumable.id} is left", mask))
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
            named.append((f"rule {problem.clauses[clause].id} forbids the starts that are left", mask))
    for part in form.parts:
        named += _of_part(state, item, part, firm)
    named.append(_beside_siblings(state, item))
    named.append(("what it must come after, or before, leaves no start", tied_starts(state, item)))
    named.append(("the rules and resources together leave no start", shared_starts(state, item, firm)))
    return named


def _beside_siblings(state: State, item: Item) -> Named:
    mask, calendar = sibling_starts(state, item), state.problem.mission.calendar
    if not mask:
        return "the order and the distances in its experiment leave it no start", mask
    first, last = (calendar.format_day(state.problem.ms(tick)) for tick in (lowest(mask), highest(mask)))
    return f"beside its experiment's other sessions it may only start from {first} to {last}", mask


def _of_part(state: State, item: Item, part: Part, firm: bool) -> list[Named]:
    """One mask per constraint when only one person can do it, else one for all people together."""
    problem, form = state.problem, item.form
    together = 0
    for person in part.eligible:
        together |= person_starts(state, item, part, person, firm, item.static)
    if len(part.eligible) > 1:
        names = ", ".join(problem.people[person] for person in part.eligible)
        return [(f"none of {names} is free for role {part.number} ({_asked(item, part)})", together)]
    person = part.eligible[0]
    name = problem.people[person]
    named: list[Named] = [(f"{name} is not aboard then", part.aboard[person])]
    session = form.session
    if session is None or session.inside is None:
        free = problem.full
        for a, b in part.ranges:
            free &= state.free_for(person, b - a, firm) >> a
        named.append((f"{name} is busy whenever it could start", free))
    for clause, side in form.asks:
        people = problem.clause_people[clause]
        roster = state.rosters.get((clause, side, person))
        if roster is not None and problem.clauses[clause].per_crew and (people is None or person in people):
            mask = problem.full & ~forbidden(problem, clause, side, roster, form, firm)
            named.append((f"rule {problem.clauses[clause].id} keeps {name} from the starts that are left", mask))
    for limit in form.limits:
        people = problem.limit_people[limit]
        rule = problem.limits[limit]
        if rule.per_crew and (people is None or person in people):
            full = [day for day, used in enumerate(state.tally(limit, person)) if used + part.time_ms > rule.limit_ms]
            closed = 0
            for day in full:
                days = problem.limit_days[limit]
                if rule.per_day and (days is None or day in days) and day + 1 < len(problem.days.starts):
                    closed |= span(problem.up(problem.days.starts[day]), problem.up(problem.days.starts[day + 1]))
                elif not rule.per_day:
                    closed = problem.full
            named.append((f"rule {rule.id} leaves {name} no time on the days that are left", problem.full & ~closed))
    what = []
    if session is not None and session.inside is not None:
        what.append(f"inside {session.inside}")
    if session is not None and session.relative is not None and part.number == 1:
        what.append(f"{'before' if session.relative.before else 'after'} {session.relative.duty}")
    text = f"{name} has no time {' and '.join(what)}" if what else f"{name}'s rules and time together leave no start"
    named.append((text, together))
    return named


def _examples(state: State, item: Item, starts: int) -> list[str]:
    """What stands in the way at the first start that everything else allows."""
    problem = state.problem
    tick = lowest(starts)
    met = []
    people = {person for part in item.form.parts if len(part.eligible) == 1 for person in part.eligible}
    for other in problem.items:
        if state.on[other.index] and people.intersection(state.crew[other.index]):
            at = state.at[other.index]
            if at < tick + item.length and tick < at + other.length:
                met.append(other.id)
    if not met:
        return []
    return [f"at {problem.mission.calendar.format_day(problem.ms(tick))}, for one, it would meet {', '.join(met[:3])}"]


def _of_keys(item: Item) -> str:
    session = item.form.session
    if session is None:
        return "its own keys leave no start"
    keys = [
        name
        for name, there in (
            ("at", session.at is not None),
            ("days", session.days is not None),
            ("between", session.between is not None),
            (f"during {' and '.join(session.during)}", bool(session.during)),
            (f"avoid {' and '.join(session.avoid)}", bool(session.avoid)),
        )
        if there
    ]
    for step in session.steps:
        if step.during:
            keys.append(f"during {' and '.join(step.during)} of '{step.do}'")
        if step.avoid:
            keys.append(f"avoid {' and '.join(step.avoid)} of '{step.do}'")
    if session.relative is not None and not any(role.number == 1 for step in session.steps for role in step.crew):
        keys.append("relative, which needs a role 1")
    return f"no start lies in all that its keys allow: {', '.join(keys) or 'the mission is too short'}"


def _asked(item: Item, part: Part) -> str:
    """What a role asks for, in words."""
    session = item.form.session
    words: list[str] = []
    for step in session.steps if session else ():
        for role in step.crew:
            if role.number == part.number:
                words += [f"is {role.is_}"] if role.is_ else []
                words += [f"any of {', '.join(role.any_of)}"] if role.any_of else []
                words += [f"{skill} {level}" for skill, level in role.skills.items()]
    return ", ".join(dict.fromkeys(words)) or "anybody"
