"""What of a mission could be changed to let an activity in: the least change for one reason at one start.

The order of cost, the cheapest first: nothing but other places for what is planned; more time under a person's limit on
a day; other days or hours for the activity itself; more of a resource, for as long as it is needed; a rule waived for
this activity; other distances to the sessions that it follows; a skill more, or another person for a role; somebody
longer aboard; other sessions given up. Within one kind, fewer changes are cheaper, then less: minutes, units, days.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from payload.met import DAY, Window, format_duration
from payload.model import Between, Daily, Level, Limit, Mission, Person, Role, Session
from payload.planning.explain.keys import Reason
from payload.planning.explain.rules import buffer_raised, capacity_raised, limits_raised, stock_raised, waived
from payload.planning.explain.spot import ABOARD, DISTANCE, LIMIT, RESOURCE, SKILL, TIME, WAIVER, Change, Spot, when
from payload.planning.problem import Item
from payload.planning.state import State

TIERS = {
    "days": TIME, "between": TIME, "at": TIME, "lock": TIME, "relative": TIME, "after": DISTANCE, "order": DISTANCE,
    "resource": RESOURCE, "stock": RESOURCE, "buffer": RESOURCE, "same": SKILL, "role": SKILL, "aboard": ABOARD,
}  # fmt: skip


#: a least distance that is asked for is shortened to one part of so many, and no further: it has a reason
MOST_SHORTER = 2


def tier_of(state: State, item: Item, reason: Reason) -> int | None:
    """How dear a change would be that takes this reason away; None where there is none."""
    tier = TIERS.get(reason.kind)
    if reason.kind == "rule":
        limits = [rule for rule in state.problem.limits if rule.id == reason.id]
        return LIMIT if limits else WAIVER
    if reason.kind in ("during", "avoid"):
        rules = [state.problem.mission.windows.get(name) for name in reason.id.split(" and ")]
        return WAIVER if any(isinstance(rule, Daily | Between) for rule in rules) else None
    if reason.kind == "days" and item.optional:
        return None
    return tier


def change_for(state: State, reason: Reason, spot: Spot) -> list[Change] | None:
    """The least changes that take the reason away at this spot; None where it cannot be taken away."""
    made = _MAKERS.get(reason.kind)
    return None if made is None else made(state, reason, spot)


def _start(state: State, spot: Spot) -> Window:
    start = state.problem.ms(spot.tick)
    return Window(start, start + spot.item.form.length_ms)


def session_changed(mission: Mission, item: Item, change: Callable[[Session], Session]) -> Mission:
    """The mission with another text of the item's session."""
    experiments = list(mission.experiments)
    experiment = experiments[item.exp]
    sessions = list(experiment.sessions)
    sessions[item.session] = change(sessions[item.session])
    experiments[item.exp] = replace(experiment, sessions=tuple(sessions))
    return replace(mission, experiments=tuple(experiments))


def _key(tier: int, amount: int, text: str, item: Item, **keys: Any) -> list[Change]:
    return [Change(tier, amount, text, lambda mission: session_changed(mission, item, lambda s: replace(s, **keys)))]


def _session(spot: Spot) -> Session:
    assert spot.item.form.session is not None
    return spot.item.form.session


def _days(state: State, reason: Reason, spot: Spot) -> list[Change] | None:
    if spot.item.optional or _session(spot).days is None:
        return None
    return [one_more_day(state, spot.item, state.problem.mission.calendar.date_of(state.problem.ms(spot.tick)))]


def one_more_day(state: State, item: Item, on: date) -> Change:
    """Another local date on which all repeats of the item's session may start."""
    days = item.form.session.days if item.form.session is not None else None
    assert days is not None
    away = min((abs((on - day).days) for day in days), default=1)
    text = f"{item.form.name} may also start on day {state.problem.mission.calendar.day_number(on)}"
    return _key(TIME, away * DAY, text, item, days=days | {on})[0]


def _between(state: State, reason: Reason, spot: Spot) -> list[Change] | None:
    session, there = _session(spot), _start(state, spot)
    if not session.between:
        return None

    def more(window: Window) -> int:
        return max(window.start - there.start, 0) + max(there.end - window.end, 0)

    near = min(session.between, key=more)
    wide = Window(min(near.start, there.start), max(near.end, there.end))
    others = [window for window in session.between if window != near]
    calendar = state.problem.mission.calendar
    text = f"{spot.item.form.name} may lie between {when(calendar, wide, 'and')} (now {when(calendar, near)})"
    return _key(TIME, more(near), text, spot.item, between=tuple(sorted([*others, wide])))


def _at(state: State, reason: Reason, spot: Spot) -> list[Change] | None:
    session, start = _session(spot), state.problem.ms(spot.tick)
    if session.at is None:
        return None
    away = min((abs(start - at) for at in session.at), default=DAY)
    text = f"{spot.item.form.name} may also start at {state.problem.mission.calendar.format_day(start)}"
    return _key(TIME, away, text, spot.item, at=tuple(sorted({*session.at, start})))


def _lock(state: State, reason: Reason, spot: Spot) -> list[Change] | None:
    start, locks = state.problem.ms(spot.tick), state.problem.mission.locks
    text = f"the lock of {spot.item.id} is moved to {state.problem.mission.calendar.format_day(start)}"
    moved = {**locks, spot.item.id: start}
    return [Change(TIME, abs(start - locks[spot.item.id]), text, lambda mission: replace(mission, locks=moved))]


def _relative(state: State, reason: Reason, spot: Spot) -> list[Change] | None:
    tie, there = _session(spot).relative, _start(state, spot)
    first = next((p for part, p in zip(spot.item.form.parts, spot.crew, strict=True) if part.number == 1), None)
    if tie is None or first is None:
        return None
    instances = state.instances.get((tie.duty, first), {}).values()
    if tie.before:
        away = min((start - there.end for start, _ in instances if start >= there.end), default=None)
    else:
        away = min((there.start - end for _, end in instances if end <= there.start), default=None)
    if away is None:
        return None
    side = "before" if tie.before else "after"
    now = format_duration(tie.within_ms)
    text = f"{spot.item.form.name} may lie up to {format_duration(away)} {side} {tie.duty} (now {now})"
    return _key(TIME, away - tie.within_ms, text, spot.item, relative=replace(tie, within_ms=away))


def _after(state: State, reason: Reason, spot: Spot) -> list[Change] | None:
    problem, item, there = state.problem, spot.item, _start(state, spot)
    session = _session(spot)
    ties = problem.ties.get((item.exp, item.session), [])
    changed, amount, told = list(session.after), 0, []
    for number, (tie, after) in enumerate(zip(ties, session.after, strict=True)):
        ends = [
            state.end_ms(problem.items[i])
            for exp, s in tie.references
            for i in sorted(state.planned[exp])
            if problem.items[i].session == s
        ]
        if not ends or there.start < max(ends):
            return None
        apart = there.start - max(ends)
        if apart * MOST_SHORTER < after.min_ms:
            return None
        if apart < after.min_ms:
            amount += after.min_ms - apart
            changed[number] = replace(after, min_ms=apart)
            told.append(
                f"{format_duration(apart)} after {after.reference} is enough (now {format_duration(after.min_ms)})"
            )
        elif after.max_ms is not None and apart > after.max_ms:
            amount += apart - after.max_ms
            changed[number] = replace(after, max_ms=apart)
            now = format_duration(after.max_ms)
            told.append(f"up to {format_duration(apart)} after {after.reference} is allowed (now {now})")
    if not told:
        return None
    text = f"for {item.form.name} {' and '.join(told)}"
    return _key(DISTANCE, amount, text, item, after=tuple(changed))


def _order(state: State, reason: Reason, spot: Spot) -> list[Change] | None:
    """Other distances between the repeats of its session, where the next to it stand."""
    problem, item, there = state.problem, spot.item, _start(state, spot)
    repeat = _session(spot).repeat
    tolerance, least, most, amount = repeat.tolerance_ms, repeat.min_ms, repeat.max_ms, 0
    for other in (problem.items[i] for i in sorted(state.planned[item.exp])):
        if other.session != item.session or abs(other.number - item.number) != 1:
            continue
        earlier, later = (state.start_ms(other), there.start), (there.start, state.start_ms(other))
        first, then = earlier if other.number < item.number else later
        apart = then - first - item.form.length_ms
        if apart < 0:
            return None
        if repeat.every_ms is not None:
            off = abs(then - first - repeat.every_ms)
            amount, tolerance = amount + max(off - tolerance, 0), max(off, tolerance)
        if least is not None and apart < least:
            amount, least = amount + least - apart, apart
        if most is not None and apart > most:
            amount, most = amount + apart - most, apart
    if not amount or (least or 0) * MOST_SHORTER < (repeat.min_ms or 0):
        return None
    told = []
    if tolerance != repeat.tolerance_ms:
        told.append(f"a tolerance of {format_duration(tolerance)} (now {format_duration(repeat.tolerance_ms)})")
    if least != repeat.min_ms and least is not None:
        told.append(f"only {format_duration(least)} (now {format_duration(repeat.min_ms or 0)})")
    if most != repeat.max_ms and most is not None:
        told.append(f"up to {format_duration(most)} (now {format_duration(repeat.max_ms or 0)})")
    text = f"the repeats of {item.form.name} may have {' and '.join(told)} between them"
    wider = replace(repeat, tolerance_ms=tolerance, min_ms=least, max_ms=most)
    return _key(DISTANCE, amount, text, item, repeat=wider)


def _window_names(state: State, reason: Reason, spot: Spot) -> list[Change] | None:
    """The session need not keep the windows that are a routine of the day; those of the orbit stay."""
    names = reason.id.split(" and ")
    windows = state.problem.mission.windows
    loose = {name for name in names if isinstance(windows.get(name), Daily | Between)}
    if not loose:
        return None

    def without(mine: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in mine if name not in loose)

    def freed(session: Session) -> Session:
        if reason.kind == "during":
            steps = [replace(step, during=without(step.during)) for step in session.steps]
            return replace(session, during=without(session.during), steps=tuple(steps))
        steps = [replace(step, avoid=without(step.avoid)) for step in session.steps]
        return replace(session, avoid=without(session.avoid), steps=tuple(steps))

    named = " and ".join(name for name in names if name in loose)
    text = f"{spot.item.form.name} need not {'lie within' if reason.kind == 'during' else 'avoid'} {named}"
    return [Change(WAIVER, len(loose), text, lambda mission: session_changed(mission, spot.item, freed))]


def _rule(state: State, reason: Reason, spot: Spot) -> list[Change] | None:
    if any(isinstance(rule, Limit) and rule.id == reason.id for rule in state.problem.mission.rules):
        return limits_raised(state, reason.id, spot)
    return waived(reason.id, spot.item)


def _resource(state: State, reason: Reason, spot: Spot) -> list[Change] | None:
    return capacity_raised(state, reason.id, spot)


def _stock(state: State, reason: Reason, spot: Spot) -> list[Change] | None:
    return stock_raised(state, reason.id, spot)


def _buffer(state: State, reason: Reason, spot: Spot) -> list[Change] | None:
    return buffer_raised(state, reason.id, spot)


def _same(state: State, reason: Reason, spot: Spot) -> list[Change] | None:
    number = spot.item.exp

    def freed(mission: Mission) -> Mission:
        experiments = list(mission.experiments)
        experiments[number] = replace(experiments[number], same_people=False)
        return replace(mission, experiments=tuple(experiments))

    text = f"the people of {reason.id} need not be the same in all of its sessions"
    return [Change(SKILL, 100, text, freed)]


def _role(state: State, reason: Reason, spot: Spot) -> list[Change] | None:
    """The person learns what the role asks for; where it asks for certain people, they may fill it, too."""
    number = int(reason.id)
    place = next(place for place, part in enumerate(spot.item.form.parts) if part.number == number)
    person = state.problem.mission.crew[spot.crew[place]]
    roles = [role for step in _session(spot).steps for role in step.crew if role.number == number]
    if any(role.is_ or role.any_of for role in roles):
        text = f"{person.id} may fill role {number} of {spot.item.form.name}"
        return [Change(SKILL, 50, text, lambda mission: session_changed(mission, spot.item, _opened(number, person)))]
    more: dict[str, Level] = {}
    for role in roles:
        for skill, level in role.skills.items():
            if person.skills.get(skill, 0) < level:
                more[skill] = max(level, more.get(skill, level))
    amount = sum(level - int(person.skills.get(skill, 0)) for skill, level in more.items())
    told = [f"{skill} {level} (now {person.skills.get(skill, 'none')})" for skill, level in more.items()]

    def learned(mission: Mission) -> Mission:
        crew = [replace(p, own={**p.own, **more}) if p.id == person.id else p for p in mission.crew]
        return replace(mission, crew=tuple(crew))

    return [Change(SKILL, amount, f"{person.id} has {' and '.join(told)}", learned)]


def _opened(number: int, person: Person) -> Callable[[Session], Session]:
    def opened(role: Role) -> Role:
        if role.number != number:
            return role
        if role.is_ is None and role.any_of is None:
            return replace(role, skills={})
        return Role(number, any_of=tuple(dict.fromkeys((*([role.is_] if role.is_ else role.any_of or ()), person.id))))

    return lambda session: replace(
        session, steps=tuple(replace(step, crew=tuple(map(opened, step.crew))) for step in session.steps)
    )


def _aboard(state: State, reason: Reason, spot: Spot) -> list[Change] | None:
    place = next(i for i, person in enumerate(spot.crew) if state.problem.people[person] == reason.id)
    times = spot.item.form.parts[place].times
    start = state.problem.ms(spot.tick)
    person = state.problem.mission.crew[spot.crew[place]]
    wide = Window(min(person.aboard.start, start + times[0][0]), max(person.aboard.end, start + times[-1][1]))
    amount = wide.length_ms - person.aboard.length_ms

    def longer(mission: Mission) -> Mission:
        crew = [replace(p, aboard=wide) if p.id == person.id else p for p in mission.crew]
        return replace(mission, crew=tuple(crew))

    calendar = state.problem.mission.calendar
    text = f"{person.id} is aboard from {when(calendar, wide)} (now {when(calendar, person.aboard)})"
    return [Change(ABOARD, amount, text, longer)]


_MAKERS: dict[str, Callable[[State, Reason, Spot], list[Change] | None]] = {
    "days": _days, "between": _between, "at": _at, "lock": _lock, "relative": _relative, "after": _after,
    "order": _order, "during": _window_names, "avoid": _window_names, "rule": _rule, "resource": _resource,
    "stock": _stock, "buffer": _buffer, "same": _same, "role": _role, "aboard": _aboard,
}  # fmt: skip
