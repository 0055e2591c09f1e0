"""Changes of rules and resources, as little as lets one activity in at one spot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from payload.met import Window, format_duration
from payload.model import BASE_UNITS, Buffer, Consumable, Limit, Renewable, Resource, Rule, Waiver
from payload.planning.explain.spot import LIMIT, RESOURCE, WAIVER, Apply, Change, Spot
from payload.planning.problem import Item
from payload.planning.state import State


def limits_raised(state: State, rule_id: str, spot: Spot) -> list[Change] | None:
    """More time under a limit: where it counts per person and day, for that person on that day only."""
    problem, found = state.problem, []
    number = next(number for number, rule in enumerate(problem.limits) if rule.id == rule_id)
    rule = problem.limits[number]
    asked: dict[tuple[int, int], int] = {}
    for limit, person, day, amount in charged(state, spot):
        if limit == number:
            asked[person, day] = asked.get((person, day), 0) + amount
    for (person, day), amount in asked.items():
        least = state.tally(number, person)[day] + amount
        if least <= rule.limit_ms:
            continue
        found.append(_raise(state, rule, person, day, least))
    return found or None


def charged(state: State, spot: Spot) -> list[tuple[int, int, int, int]]:
    """What the activity would count under its limits: (limit, person or -1, day or 0, ms)."""
    problem = state.problem
    start, found = problem.ms(spot.tick), []
    for limit in spot.item.form.limits:
        rule, days, people = problem.limits[limit], problem.limit_days[limit], problem.limit_people[limit]
        for part, person in zip(spot.item.form.parts, spot.crew, strict=True):
            if rule.per_crew and people is not None and person not in people:
                continue
            for first, last in part.times:
                at = start + first
                while at < start + last:
                    day = problem.days.of(at)
                    edges = problem.days.starts
                    stop = min(start + last, edges[day + 1]) if day + 1 < len(edges) else start + last
                    if days is None or day in days:
                        place = person if rule.per_crew else -1, day if rule.per_day else 0
                        found.append((limit, *place, stop - at))
                    at = stop
    return found


def excess(state: State, limit: int) -> list[Change]:
    """What a limit that was looked past would have to allow for all that stands."""
    rule, found = state.problem.limits[limit], []
    for (number, person), tally in sorted(state.tallies.items()):
        for day, used in enumerate(tally) if number == limit else ():
            if used > rule.limit_ms:
                found.append(_raise(state, rule, person, day, used))
    return found


def _raise(state: State, rule: Limit, person: int, day: int, least: int) -> Change:
    problem = state.problem
    who = f" {problem.people[person]}" if person >= 0 else ""
    when = f" on day {problem.mission.calendar.day_number(problem.days.dates[day])}" if rule.per_day else ""
    text = f"rule {rule.id} allows{who} {format_duration(least)}{when} (now {format_duration(rule.limit_ms)})"
    return Change(LIMIT, least - rule.limit_ms, text, _raised(state, rule, person, day, least))


def _raised(state: State, rule: Limit, person: int, day: int, least: int) -> Apply:
    """The rule as it is for all others and on all other days, and with more for this person on this day."""
    name = state.problem.people[person] if rule.per_crew and person >= 0 else None
    on = state.problem.days.dates[day] if rule.per_day else None
    everyone, dates = state.problem.people, frozenset(state.problem.days.dates)

    def parted(one: Rule) -> list[Rule]:
        if not isinstance(one, Limit) or one.id != rule.id:
            return [one]
        mine, made = one, list[Rule]()
        if name is not None:
            if name not in (one.people or everyone):
                return [one]
            others = tuple(other for other in one.people or everyone if other != name)
            made += [replace(one, people=others)] if others else []
            mine = replace(one, people=(name,))
        if on is not None:
            known = dates if one.days is None else one.days
            if on not in known:
                return [one]
            made += [replace(mine, days=known - {on})] if known - {on} else []
            mine = replace(mine, days=frozenset({on}))
        return [*made, replace(mine, limit_ms=max(least, one.limit_ms))]

    return lambda mission: replace(mission, rules=tuple(part for one in mission.rules for part in parted(one)))


def waived(rule_id: str, item: Item) -> list[Change]:
    """A waiver of one rule for this activity alone."""
    waiver = Waiver(rule_id, item.id, "to let it in", "payload explain")
    text = f"rule {rule_id} is waived for {item.id}"
    return [Change(WAIVER, 1, text, lambda mission: replace(mission, waivers=(*mission.waivers, waiver)))]


def capacity_raised(state: State, name: str, spot: Spot) -> list[Change] | None:
    """More of a renewable resource while the activity takes it."""
    problem = state.problem
    resource = problem.mission.resources.get(name)
    if not isinstance(resource, Renewable):
        return None
    meter = next(number for number, supply in enumerate(problem.supplies) if supply.id == name)
    changed, most, first, last = resource, 0, problem.ticks, 0
    for asked, a, b, amount in spot.item.form.demands:
        if asked != meter:
            continue

        def enough(less: int, first: int = spot.tick + a, ticks: int = b - a) -> bool:
            return bool(state.meters[meter].room(less, ticks, False) >> first & 1)

        more = least_more(enough, amount)
        if more is None:
            return None
        if more:
            window = Window(problem.ms(spot.tick + a), problem.ms(spot.tick + b))
            changed, most = _with_more(changed, window, more), max(most, more)
            first, last = min(first, spot.tick + a), max(last, spot.tick + b)
    if not most:
        return None
    calendar = problem.mission.calendar
    when = f"from {calendar.format_day(problem.ms(first))} to {calendar.format_day(problem.ms(last))}"
    text = f"there is {amount_told(most, resource.dimension)} more of {name} {when}"
    return [Change(RESOURCE, most, text, _resources_with(name, changed))]


def least_more(enough: Callable[[int], bool], amount: int) -> int | None:
    """By how much the amount would have to be less for `enough` to hold; None where even nothing is too much."""
    if not enough(0):
        return None
    low, high = 0, amount  # what is enough, and what is not (or all of it)
    if enough(amount):
        return 0
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if enough(middle) else (low, middle)
    return amount - low


def _with_more(resource: Renewable, window: Window, more: int) -> Renewable:
    """The resource with so much more capacity in a window, and as it was outside of it."""
    edges = sorted({window.start, window.end, *(edge for w, _ in resource.exceptions for edge in (w.start, w.end))})
    made = []
    for start, end in pairwise(edges):
        there = min((less for w, less in resource.exceptions if w.start <= start < w.end), default=resource.capacity)
        inside = window.start <= start < window.end
        if inside or there != resource.capacity:
            made.append((Window(start, end), there + more if inside else there))
    return replace(resource, exceptions=tuple(made))


def shortage(state: State, name: str) -> list[Change]:
    """More of a renewable resource that was looked past, where what stands takes more than there is."""
    problem, resource = state.problem, state.problem.mission.resources.get(name)
    meter = next(number for number, supply in enumerate(problem.supplies) if supply.id == name)
    if not isinstance(resource, Renewable):
        return []
    changed, most, at, calendar = resource, 0, 0, problem.mission.calendar
    told: list[str] = []
    while (at := state.meters[meter].over(at, problem.ticks)) >= 0:
        until = at + 1
        while until < problem.ticks and state.meters[meter].over(until, until + 1) >= 0:
            until += 1
        ticks = until - at

        def enough(less: int, first: int = at, ticks: int = ticks) -> bool:
            return bool(state.meters[meter].room(less - resource.capacity, ticks, False) >> first & 1)

        more = least_more(enough, resource.capacity) or 0
        window = Window(problem.ms(at), problem.ms(until))
        changed, most, at = _with_more(changed, window, more), max(most, more), until
        told.append(f"from {calendar.format_day(window.start)} to {calendar.format_day(window.end)}")
    if not told:
        return []
    text = f"there is {amount_told(most, resource.dimension)} more of {name} {' and '.join(told)}"
    return [Change(RESOURCE, most * len(told), text, _resources_with(name, changed))]


def _resources_with(name: str, changed: Resource) -> Apply:
    return lambda mission: replace(mission, resources={**mission.resources, name: changed})


def stock_raised(state: State, name: str, spot: Spot) -> list[Change] | None:
    """More of a consumable from the start on."""
    problem = state.problem
    resource = problem.mission.resources.get(name)
    number = next((n for n, one in enumerate(problem.consumables) if one.id == name), None)
    if not isinstance(resource, Consumable) or number is None:
        return None
    taken = 0
    most = 0
    for stock, offset, amount in spot.item.form.takes:
        if stock != number:
            continue
        taken += amount

        def enough(less: int, at: int = spot.tick + offset) -> bool:
            opens = state.stores[number].open_from(less)
            return opens is not None and opens <= at

        most = max(most, least_more(enough, taken) or 0)
    if not most:
        return None
    text = f"there is {amount_told(most, resource.dimension)} more of {name} aboard"
    changed = replace(resource, stock=resource.stock + most)
    return [Change(RESOURCE, most, text, _resources_with(name, changed))]


def buffer_raised(state: State, name: str, spot: Spot) -> list[Change] | None:
    """A larger buffer, as large as what flows in asks for."""
    resource = state.problem.mission.resources.get(name)
    number = next((n for n, level in enumerate(state.levels) if level.buffer.id == name), None)
    if not isinstance(resource, Buffer) or number is None:
        return None
    mark = state.mark()
    state.put(spot.item, spot.tick, spot.crew)
    more = state.levels[number].lacking()
    state.back_to(mark)
    if not more:
        return None
    size, now = (amount_told(amount, resource.dimension) for amount in (resource.size + more, resource.size))
    changed = replace(resource, size=resource.size + more)
    return [Change(RESOURCE, more, f"buffer {name} holds {size} (now {now})", _resources_with(name, changed))]


#: dimension -> the unit a planner reads, and how many base units it is
_READ_IN = {
    "power": ("W", 1_000), "energy": ("J", 1_000), "data": ("GB", 8_000_000_000), "rate": ("Mbit/s", 1_000_000),
    "volume": ("L", 1_000_000), "mass": ("g", 1_000), "temperature": ("degC", 1_000),
}  # fmt: skip


def amount_told(amount: int, dimension: str) -> str:
    """An amount in base units as a planner reads it: `120 W`, `0.5 L`, a plain count."""
    unit, size = _READ_IN.get(dimension, (BASE_UNITS.get(dimension, ""), 1))
    return f"{amount / size:.9g} {unit}".strip()
