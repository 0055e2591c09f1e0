"""Reasons in a planner's words, each with what it holds where it is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from payload.met import Window, format_duration, merge
from payload.model import Exclude, Gap, Order
from payload.planning.bits import lowest, ones, span
from payload.planning.explain.conflict import Places, free_but
from payload.planning.explain.cuts import Cuts
from payload.planning.explain.keys import Reason
from payload.planning.explain.moves import behind
from payload.planning.explain.rules import amount_told, charged
from payload.planning.explain.spot import Spot, when
from payload.planning.problem import Item
from payload.planning.reasons import promised_to
from payload.planning.state import Crew, State
from payload.planning.words import asked, listed

#: so many days, names or activities are named before the rest is counted
MOST_NAMED = 3

Teller = Callable[[State, Item, Reason, "Need"], str]
Need = list[tuple[Item, Crew, int]]  # per shape and crew: the starts that of a conflict this reason alone forbids


def needs(found: Sequence[Cuts], there: Places, kept: Sequence[Reason], reason: Reason) -> Need:
    """Where a reason is needed in its conflict."""
    spots = [(cuts.item, crew) for cuts in found for crew in cuts.crews]
    masks = [free_but(place, [reason], kept) for place in there]
    return [(item, crew, mask) for (item, crew), mask in zip(spots, masks, strict=True) if mask]


def told(state: State, item: Item, reason: Reason, need: Need) -> str:
    """One sentence. `need` has the starts that nothing else in the conflict forbids; crews that could not do it anyway
    are looked past where there are others."""
    able = [(one, crew, mask) for one, crew, mask in need if _able(one, crew)]
    need = able or need
    made = _TELLERS.get(reason.kind)
    return made(state, item, reason, need) if made else "rules and resources together leave no start"


def _able(item: Item, crew: Crew) -> bool:
    """Whether each can fill the role."""
    return all(person in part.eligible for part, person in zip(item.form.parts, crew, strict=True))


def days_told(numbers: Sequence[int]) -> str:
    """`day 4`, `days 2 to 5 and 7`."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    parts = [
        f"{first}" if first == last else f"{first} and {last}" if last == first + 1 else f"{first} to {last}"
        for first, last in runs
    ]
    one = len(runs) == 1 and runs[0][0] == runs[0][1]
    return f"day {parts[0]}" if one else f"days {listed(parts)}" if parts else "no day"


def _spots(need: Need, most: int = 1) -> Iterator[Spot]:
    for item, crew, mask in need:
        for number, tick in enumerate(ones(mask)):
            if number >= most:
                break
            yield Spot(item, tick, crew)


def some(names: Sequence[str], most: int = MOST_NAMED) -> str:
    """The first few names, and how many more there are."""
    names = list(dict.fromkeys(names))
    return listed(names) if len(names) <= most + 1 else f"{', '.join(names[:most])} and {len(names) - most} more"


def _reservation(state: State, item: Item, reason: Reason, need: Need) -> str:
    problem = state.problem
    other = next(one for one in problem.items if reason.id in one.names)
    crew = state.crew[other.index]
    mine = {person for _, people, _ in need for person in people}
    if other.exp < 0:
        crew = tuple(person for name, person in zip(other.names, crew, strict=True) if name == reason.id)
    held: dict[tuple[Window, ...], list[str]] = {}  # when, and whom
    for person in [one for one in crew if one in mine] or crew:
        held.setdefault(_held(state, other, person), []).append(problem.people[person])
    told_ = [
        f"{listed(names)} from {listed([when(problem.mission.calendar, window) for window in windows])}"
        for windows, names in held.items()
    ]
    promised = promised_to(state, other)
    return f"{reason.id} holds {', and '.join(told_)}{f', and was promised to {promised}' if promised else ''}"


def _held(state: State, item: Item, person: int) -> tuple[Window, ...]:
    """When an activity that stands holds a person: in the steps in which they are, and inside a duty in all of them."""
    start, form = state.start_ms(item), state.form[item.index]
    whole = (Window(start, state.end_ms(item)),)
    if form.session is None or form.session.inside is not None:
        return whole
    parts = [part for part, who in zip(form.parts, state.crew[item.index], strict=True) if who == person]
    return merge(Window(start + a, start + b) for part in parts for a, b in part.times) or whole


def _reservations(state: State, item: Item, reason: Reason, need: Need) -> str:
    names = [name for one in state.problem.items if state.on[one.index] for name in one.names]
    mine = [name for name in names if name.startswith(f"{reason.id}/")]
    if len(mine) == 1:
        return f"{mine[0]} takes the time that is left"
    return f"the {len(mine)} reservations of {reason.id} take the time that is left"


def _busy(state: State, item: Item, reason: Reason, need: Need) -> str:
    person = state.problem.people.index(reason.id)
    days = _days(state, need)
    spots = [spot for spot in _spots(need) if person in spot.crew]
    text = f"{reason.id} is busy whenever it could start, on {days_told(days)}"
    if not spots:
        return text
    spot = spots[0]
    first, last = spot.tick, spot.tick + spot.item.length
    met = [
        one.names[one.people.index(person)] if one.exp < 0 else one.id
        for one in state.problem.items
        if state.on[one.index] and person in state.crew[one.index]
        if state.at[one.index] < last and first < state.at[one.index] + state.length(one)
    ]
    at = state.problem.mission.calendar.format_day(state.problem.ms(first))
    return f"{text}: at {at}, for one, with {some(met)}"


def _days(state: State, need: Need) -> list[int]:
    """The mission days on which the starts lie."""
    problem, found = state.problem, []
    calendar, edges = problem.mission.calendar, problem.days.starts
    mask = 0
    for _, _, starts in need:
        mask |= starts
    for number, day in enumerate(problem.days.dates):
        until = problem.up(edges[number + 1]) if number + 1 < len(edges) else problem.ticks
        if mask & span(problem.up(edges[number]), until):
            found.append(calendar.day_number(day))
    return found


def _rule(state: State, item: Item, reason: Reason, need: Need) -> str:
    problem = state.problem
    limits = [number for number, rule in enumerate(problem.limits) if rule.id == reason.id]
    if limits:
        return _limit(state, limits[0], need)
    spot = next(_spots(need), None)
    rule = next((one for one in problem.mission.rules if one.id == reason.id), None)
    what = ""
    if isinstance(rule, Gap):
        what = f" ({format_duration(rule.gap_ms)} from {some(rule.after)} to {some(rule.before)})"
    elif isinstance(rule, Order):
        what = f" ({some(rule.first)} first)"
    elif isinstance(rule, Exclude):
        what = f" ({some(rule.entries)} never at once)"
    there = _clause_entries(state, reason, spot) if spot else []
    against = f" because of {some(there)}" if there else ""
    return f"rule {reason.id}{what} forbids it on {days_told(_days(state, need))}{against}"


def _clause_entries(state: State, reason: Reason, spot: Spot) -> list[str]:
    """What stands in the rule's lists near a start that it forbids."""
    problem, found = state.problem, []
    for clause, side in spot.item.form.asks:
        if problem.clauses[clause].id != reason.id:
            continue
        for person in (*spot.crew, -1):
            roster = state.rosters.get((clause, side, person))
            for index in roster.entries if roster else ():
                if index != spot.item.index:
                    name = problem.items[index].names
                    found.append((abs(state.at[index] - spot.tick), name[0] if name else problem.items[index].id))
    return [name for _, name in sorted(found)][:1]


def _limit(state: State, limit: int, need: Need) -> str:
    problem = state.problem
    rule, calendar = problem.limits[limit], problem.mission.calendar
    held: dict[tuple[int, int], tuple[int, int]] = {}  # person and day: has, and would take
    over: list[set[int]] = []  # for each crew and day, who would have too much
    for item, crew, mask in need:
        for day in range(len(problem.days.dates)):
            edges = problem.days.starts
            until = problem.up(edges[day + 1]) if day + 1 < len(edges) else problem.ticks
            there = mask & span(problem.up(edges[day]), until)
            if not there:
                continue
            over.append(set())
            for number, person, on, amount in charged(state, Spot(item, lowest(there), crew)):
                if number == limit and (has := state.tally(limit, person)[on]) + amount > rule.limit_ms:
                    held.setdefault((person, on), (has, amount))
                    over[-1].add(person)
    named = _enough(over)
    held = {(person, on): amounts for (person, on), amounts in held.items() if person in named}
    alike: dict[tuple[str, str], list[str]] = {}
    for who in dict.fromkeys(person for person, _ in sorted(held)):
        mine = {on: has for (person, on), (has, _) in sorted(held.items()) if person == who}
        least, most = (format_duration(has) for has in (min(mine.values()), max(mine.values())))
        days = [calendar.day_number(problem.days.dates[on]) for on in mine]
        on_days = f" on {days_told(days)}" if rule.per_day else ""
        name = problem.people[who] if who >= 0 else "the crew"
        alike.setdefault((most if least == most else f"{least} to {most}", on_days), []).append(name)
    parts = [
        f"{listed(names)} {'has' if len(names) == 1 else 'have'} {has} of {format_duration(rule.limit_ms)}{on_days}"
        for (has, on_days), names in alike.items()
    ]
    asks = sorted({amount for _, amount in held.values()})
    some_ = " to ".join(format_duration(one) for one in (asks[:1] + asks[-1:] if len(asks) > 1 else asks))
    more = f", and it takes {some_}" if asks else ""
    return f"rule {rule.id}: {', '.join(parts)}{more}"


def _enough(over: Sequence[set[int]]) -> set[int]:
    """As few of these people as are needed to name one of each set: who is in fewest is left out first."""
    left = [people for people in over if people]
    named = set().union(*left)
    for person in sorted(named, key=lambda one: (sum(one in people for people in left), -one)):
        if all(people & (named - {person}) for people in left):
            named.discard(person)
    return named


def _resource(state: State, item: Item, reason: Reason, need: Need) -> str:
    problem = state.problem
    resource = problem.mission.resources.get(reason.id)
    meter = next(n for n, supply in enumerate(problem.supplies) if supply.id == reason.id)
    amount = max(demand[3] for demand in item.form.demands if demand[0] == meter)
    dimension = resource.dimension if resource else "count"
    most = max(capacity for _, capacity in problem.supplies[meter].steps)
    asks = amount_told(amount, dimension)
    if amount > most:
        return f"it asks for {asks} of {reason.id}, of which there is {amount_told(most, dimension)}"
    names = [other.id for spot in _spots(need) for other in behind(state, reason, spot)]
    by, on = f" by {some(names)}" if names else "", days_told(_days(state, need))
    if reason.kind == "rig":
        return f"the rig {reason.id} is taken{by} on {on}"
    if not by:
        return f"there is less than {asks} of {reason.id} on {on}"
    return f"{reason.id} ({asks} of {amount_told(most, dimension)}) is taken on {on}{by}"


def _stock(state: State, item: Item, reason: Reason, need: Need) -> str:
    problem = state.problem
    stock = next(n for n, one in enumerate(problem.consumables) if one.id == reason.id)
    amount = sum(take[2] for take in item.form.takes if take[0] == stock)
    told_ = amount_told(amount, problem.consumables[stock].dimension)
    return f"it takes {told_} of {reason.id}, and less is left"


def _buffer(state: State, item: Item, reason: Reason, need: Need) -> str:
    buffer = next(n for n, level in enumerate(state.levels) if level.buffer.id == reason.id)
    there = state.levels[buffer].buffer
    amount = sum(flow[3] for flow in item.form.flows if flow[0] == buffer)
    asks, size = amount_told(amount, there.dimension), amount_told(there.size, there.dimension)
    return f"it produces {asks}, for which {reason.id} ({size}) has no room on {days_told(_days(state, need))}"


def _between(state: State, item: Item, reason: Reason, need: Need) -> str:
    session = item.form.session
    windows = session.between if session is not None and session.between is not None else ()
    there = [when(state.problem.mission.calendar, window, "and") for window in windows]
    return f"it must lie between {some(there)} (between)" if there else "it must lie in its own hours (between)"


def _days_key(state: State, item: Item, reason: Reason, need: Need) -> str:
    session, mission = item.form.session, state.problem.mission
    assert session is not None
    dates = sorted(session.days if session.days is not None else mission.dates())
    if session.repeat.each_day:
        dates = [dates[item.number - 1]]
    return f"it may only start on {days_told([mission.calendar.day_number(day) for day in dates])} (days)"


def _at(state: State, item: Item, reason: Reason, need: Need) -> str:
    session, mission = item.form.session, state.problem.mission
    starts = [mission.locks[item.id]] if reason.kind == "lock" else session.at or () if session else ()
    return f"it may only start at {some([mission.calendar.format_day(at) for at in starts])} ({reason.kind})"


def _windows(state: State, item: Item, reason: Reason, need: Need) -> str:
    verb = {"during": "lie within", "avoid": "not meet", "covers": "cover"}[reason.kind]
    return f"it must {verb} {reason.id} ({reason.kind})"


def _relative(state: State, item: Item, reason: Reason, need: Need) -> str:
    tie = item.form.session.relative if item.form.session else None
    if tie is None:
        return f"it is tied to {reason.id} (relative)"
    how = (
        f"end at most {format_duration(tie.within_ms)} before"
        if tie.before
        else (f"start at most {format_duration(tie.within_ms)} after")
    )
    return f"it must {how} {reason.id} (relative)"


def _order(state: State, item: Item, reason: Reason, need: Need) -> str:
    """The nearest of its experiment's sessions before and after it, and what they leave."""
    problem, calendar = state.problem, state.problem.mission.calendar
    told_ = []
    ranks = [problem.items[index] for index in sorted(state.planned[item.exp]) if index != item.index]
    before = [one for one in ranks if one.rank < item.rank][-1:]
    for other in [*before, *[one for one in ranks if one.rank > item.rank][:1]]:
        at = state.at[other.index]
        first, last = (at + state.length(other), None) if other.rank < item.rank else (None, at - item.length)
        for earlier, later, low, high in problem.links_by_item.get(item.index, ()):
            if (earlier, later) == (other.index, item.index):
                first, last = at + low, None if high is None else at + high
            elif (earlier, later) == (item.index, other.index):
                first, last = None if high is None else at - high, at - low
        here = f"{other.id} starts at {calendar.format_day(state.start_ms(other))}"
        low_, high_ = (None if one is None else calendar.format_day(problem.ms(one)) for one in (first, last))
        if low_ is None:
            told_.append(f"{here}, so that it has to start by {high_}")
        else:
            told_.append(f"{here}, so that it may start from {low_}{'' if high_ is None else f' to {high_}'}")
    return "; ".join(told_) or "the order of its experiment leaves it no start (order)"


def _after(state: State, item: Item, reason: Reason, need: Need) -> str:
    problem, session = state.problem, item.form.session
    told_ = []
    for tie, after in zip(
        problem.ties.get((item.exp, item.session), ()), session.after if session else (), strict=False
    ):
        ends = [
            (state.end_ms(problem.items[i]), problem.items[i].id)
            for exp, number in tie.references
            for i in sorted(state.planned[exp])
            if problem.items[i].session == number
        ]
        if ends:
            end, name = max(ends)
            most = "" if after.max_ms is None else f" and at most {format_duration(after.max_ms)}"
            when_ = problem.mission.calendar.format_day(end)
            told_.append(f"it must start at least {format_duration(after.min_ms)}{most} after {name} ends ({when_})")
    return "; ".join(told_) or "others must come after it, and leave it no start (after)"


def _role(state: State, item: Item, reason: Reason, need: Need) -> str:
    problem = state.problem
    part = next(part for part in item.form.parts if part.number == int(reason.id))
    able = [problem.people[person] for person in sorted(part.eligible)]
    who = f"only {listed(able)} can" if able else "nobody aboard can"
    return f"{who} fill its role {reason.id} ({asked(item, part)})"


def _aboard(state: State, item: Item, reason: Reason, need: Need) -> str:
    aboard: Window = next(p.aboard for p in state.problem.mission.crew if p.id == reason.id)
    return f"{reason.id} is only aboard from {when(state.problem.mission.calendar, aboard)} (aboard)"


def _plain(text: str) -> Teller:
    return lambda state, item, reason, need: text.format(id=reason.id)


def _horizon(state: State, item: Item, reason: Reason, need: Need) -> str:
    return f"it takes {format_duration(item.form.length_ms)}, and no start on the grid leaves it that in the mission"


def _minimum(state: State, item: Item, reason: Reason, need: Need) -> str:
    work = state.problem.works[item.exp]
    return (
        f"{work.model.id} is worth nothing with fewer than {work.model.minimum} of its {len(work.items)} sessions "
        "(minimum)"
    )


_TELLERS: dict[str, Teller] = {
    "reservation": _reservation, "reservations": _reservations, "busy": _busy, "rule": _rule, "resource": _resource,
    "rig": _resource, "stock": _stock, "buffer": _buffer, "between": _between, "days": _days_key, "at": _at,
    "lock": _at, "during": _windows, "avoid": _windows, "covers": _windows, "relative": _relative, "order": _order,
    "after": _after, "role": _role, "aboard": _aboard, "minimum": _minimum, "horizon": _horizon,
    "inside": _plain("it must lie inside {id} (inside)"),
    "same": _plain("its people must be the same as in the other sessions of {id} (same)"),
    "holds": _plain("what {id} holds from its first to its last session is not free (holds)"),
    "before": _plain("{id}, which has to be planned before it, is left out"),
}  # fmt: skip
