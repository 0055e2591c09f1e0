"""Why no plan can exist: what stands against what, as few activities and rules as could be found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from payload.errors import PlanningError
from payload.met import format_duration
from payload.planning.bits import highest, lowest
from payload.planning.bounds import relaxed
from payload.planning.clashes.apart import too_few_days
from payload.planning.clashes.crowded import crowded
from payload.planning.clashes.fixed import fixed_against_fixed, fixed_over_limits, when
from payload.planning.clashes.overload import overload
from payload.planning.clashes.packing import overpacked
from payload.planning.clashes.precedence import too_near, unfollowable
from payload.planning.construct import exhaust, fixed_duties, looking_past
from payload.planning.problem import Item, Problem, Work
from payload.planning.reasons import why
from payload.planning.state import State, options
from payload.planning.words import locked

#: placements tried for each proof that a smaller set of activities clashes already
MOST_PLACEMENTS = 6000
#: sets larger than this are not reduced, or not one by one
LARGE, FEW = 60, 12
#: of fixed duties that clash, so many lines are told
MOST_TOLD = 4
#: with more fixed duties than this near a clash, it is not looked for those that matter
MOST_FIXED = 40


class Clash(Exception):
    """Proven: no plan can exist. `reasons` are sentences for a planner."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("; ".join(reasons))


def certain_clash(problem: Problem, base: State, most: Sequence[int]) -> None:
    """Raises Clash for what shows without a search: fixed duties against each other, a movable duty without any start,
    a required experiment that does not fit beside the fixed duties. PlanningError for fixed duties that clash, where a
    waiver might help that the planner makes no use of."""
    reasons = [*fixed_against_fixed(problem), *fixed_over_limits(problem, base)]
    if len(reasons) > MOST_TOLD:
        reasons[MOST_TOLD:] = [f"and {len(reasons) - MOST_TOLD} more like these"]
    if reasons:
        raise Clash(reasons)
    for doubt in fixed_against_fixed(problem, sure=False) if problem.freed else ():
        raise PlanningError(f"{doubt}; that no plan exists is not proven, as a waiver frees more than is made use of")
    for item in problem.items:
        if not item.soft or item.duty in problem.freed:
            continue
        if not (item.static if problem.rounded else options(base, item).starts):
            raise Clash(_told(problem, base, [item]))
    for work, count in zip(problem.works, most, strict=True):
        if problem.unsure and (work.model.id in problem.freed or any(s.after for s in work.model.sessions)):
            continue  # what it comes after may be freer than it seems
        if work.model.required and count < len(work.items):
            text = f"{work.model.id} is required, but at most {count} of its {len(work.items)} sessions can be placed"
            raise Clash([f"{text} beside the fixed duties", *_of_required(problem, base, work, count)])


def _of_required(problem: Problem, base: State, work: Work, count: int) -> list[str]:
    """Why no more than `count` sessions of an experiment can be placed: one that cannot by itself, or those that cannot
    together."""
    items = [problem.items[index] for index in work.items if problem.items[index].fact is None]
    for item in items:
        reasons = why(base, base, item) if not options(base, item, True, alone=False).starts else ()
        if reasons:
            return _told(problem, base, [item], reasons)
    if len(items) <= LARGE and _clash(base, items):
        return _told(problem, base, _reduced(base, items))
    return _told(problem, base, [problem.items[work.items[count]]])


def found_clash(problem: Problem, base: State, wanted: Sequence[Item], proven: bool) -> None:
    """Raises Clash when some of `wanted` provably cannot all stand; `proven` says that all of them cannot."""
    suspects = _counted(base, wanted)
    if suspects is None:
        dates = [[item for item in wanted if item.on == day] for day in sorted({item.on for item in wanted if item.on})]
        suspects = next((some for duties in dates if (some := overpacked(base, duties))), None)
    if suspects is None:
        suspects = next((some for some in _clusters(wanted) if _clash(base, some)), None)
    if suspects is None:
        if proven:
            few = _fewest(problem, wanted)
            more = [] if len(few) <= LARGE else [f"and {len(few) - LARGE} more: these cannot all be placed"]
            raise Clash([*(_of_item(problem, item) for item in few[:LARGE]), *more])
        return
    raise Clash(_told(problem, base, _reduced(base, suspects)))


def _fewest(problem: Problem, wanted: Sequence[Item]) -> list[Item]:
    """Leaves out one activity after the other as long as a search still shows that the rest cannot all be placed."""
    kept = list(wanted)
    for item in list(wanted) if len(wanted) <= LARGE else ():
        fewer = [other for other in kept if other is not item]
        if fewer and exhaust(fixed_duties(problem), fewer, MOST_PLACEMENTS) is False:
            kept = fewer
    return kept


def _counted(base: State, items: Sequence[Item]) -> list[Item] | None:
    """Those that clash, as far as it shows without a search."""
    return (
        overload(base.problem, base, items)
        or crowded(base, items)
        or unfollowable(base, items)
        or too_near(base, items)
        or too_few_days(base, items)
    )


def _clash(base: State, items: Sequence[Item]) -> bool:
    """Whether it is proven that these cannot all be placed; `base` stays as it is."""
    if _counted(base, items) is not None or overpacked(base, items) is not None:
        return True
    mark = base.mark()
    answer = exhaust(base, items, MOST_PLACEMENTS)
    base.back_to(mark)
    return answer is False


def _clusters(wanted: Sequence[Item]) -> Iterator[list[Item]]:
    """Small sets first: one person's duties of one date, and with those of the next; all people's, likewise; each
    required experiment alone, then all."""
    dates: dict[tuple[int, int], list[Item]] = {}
    for item in wanted:
        if item.on is not None:
            for person in item.people:
                dates.setdefault((item.on.toordinal(), person), []).append(item)
    yield from (dates[key] for key in sorted(dates))
    yield from (_once(dates[day, who], dates[day + 1, who]) for day, who in sorted(dates) if (day + 1, who) in dates)
    days = sorted({day for day, _ in dates})
    for reach in (1, 2):
        for day in days:
            yield _once(*(dates[key] for key in sorted(dates) if day <= key[0] < day + reach))
    ruled: dict[int, list[Item]] = {}
    for item in wanted:
        for number in sorted({number for number, _ in item.form.enrols}):
            ruled.setdefault(number, []).append(item)
    numbers = {number: {item.index for item in some} for number, some in ruled.items()}
    for number, some in sorted(ruled.items()):
        yield some
        for other in sorted(there for there in ruled if there < number):
            common = [item for item in some if item.index in numbers[other]]
            if len(common) > 1:
                yield common
    experiments: dict[int, list[Item]] = {}
    for item in wanted:
        if item.exp >= 0:
            experiments.setdefault(item.exp, []).append(item)
    yield from experiments.values()
    yield [item for item in wanted if item.exp >= 0]
    yield list(wanted)


def _once(*some: Sequence[Item]) -> list[Item]:
    """All of these, a duty that several people hold together once."""
    return list({item.index: item for items in some for item in items}.values())


def _reduced(base: State, suspects: Sequence[Item]) -> list[Item]:
    """Leaves out all of a person's duties, then one activity after the other, as long as the rest provably clashes."""
    kept = list(suspects)
    if len(kept) > LARGE:
        return kept
    for people in sorted({item.people for item in suspects if item.soft}):
        fewer = [item for item in kept if not (item.soft and item.people == people)]
        if fewer and _clash(base, fewer):
            kept = fewer
    if len(kept) > FEW:
        return kept
    for item in list(kept):
        fewer = [other for other in kept if other is not item]
        if fewer and _clash(base, fewer):
            kept = fewer
    return kept


def _told(problem: Problem, base: State, items: Sequence[Item], reasons: Sequence[str] = ()) -> list[str]:
    """The activities, then the fixed duties, rules and resources without which they would not clash; where there are
    none of these, the reasons."""
    lines = [_of_item(problem, item) for item in items]
    if not problem.sure_of(items):
        return [*lines, *reasons]
    if not _clash(base, items):  # each could stand by itself: it is what they come after that cannot
        after = {tie.reference for item in items if item.form.session for tie in item.form.session.after}
        more = [f"{name}, which comes before it, cannot be planned" for name in sorted(after)]
        return [*lines, *(more or reasons)]
    found = _told_of(problem, base, items)
    return [*lines, *(found or reasons)] if items[0].static else lines


def _told_of(problem: Problem, base: State, items: Sequence[Item]) -> list[str]:
    lines: list[str] = []
    lines += [f"{item.id} is fixed at {when(problem, item)}" for item in _in_the_way(problem, items)]
    clauses = sorted({clause for item in items for clause, _ in (*item.form.asks, *item.form.enrols)})
    for number in clauses:
        if _needed(base, items, ("clause", number)):
            lines.append(f"rule {problem.clauses[number].id}")
    for number in sorted({limit for item in items for limit in item.form.limits}):
        if _needed(base, items, ("limit", number)):
            limit = problem.limits[number]
            lines.append(f"rule {limit.id}: at most {format_duration(limit.limit_ms)}")
    for number, supply in enumerate(problem.supplies):
        if _needed(base, items, ("meter", number)):
            lines.append(f"{'rig' if supply.rig else 'resource'} {supply.id}")
    for number in sorted({charge.amount_limit for item in items for charge in item.form.charges}):
        if _needed(base, items, ("amount", number)):
            amount = problem.amounts[number]
            lines.append(f"rule {amount.id}: a limit of {amount.resource}")
    for number in sorted({flow[0] for item in items for flow in item.form.flows}):
        if _needed(base, items, ("buffer", number)):
            lines.append(f"buffer {problem.buffers[number].id}")
    for number, consumable in enumerate(problem.consumables):
        there = consumable.stock + sum(amount for _, amount in consumable.resupply)
        if sum(take[2] for item in items for take in item.form.takes if take[0] == number) > there:
            lines.append(f"resource {consumable.id}, of which there is too little in all")
    return lines


def _needed(base: State, items: Sequence[Item], constraint: tuple[str, int]) -> bool:
    """Whether the clash is none without this constraint."""
    with looking_past(base, {constraint}):
        return not _clash(base, items)


def _in_the_way(problem: Problem, items: Sequence[Item]) -> list[Item]:
    """The fixed duties without which these would not clash: few, as found by leaving out one after the other."""
    near = [item for item in problem.items if item.fixed and any(_meets(problem, item, other) for other in items)]
    if not near or len(near) > MOST_FIXED:
        return []
    kept = {item.index for item in near}
    for item in near:
        out = {other.index for other in near if other.index not in kept} | {item.index}
        if _clash(relaxed(fixed_duties(problem, out)), items):
            kept.discard(item.index)
    return [item for item in near if item.index in kept]


def _meets(problem: Problem, fixed: Item, item: Item) -> bool:
    """Whether a fixed duty could keep an activity from some of its starts."""
    if fixed.fixed is None or not item.static:
        return False
    first, last = problem.ms(lowest(item.static)), problem.ms(highest(item.static)) + item.form.length_ms
    rules = {clause for clause, _ in fixed.form.enrols} & {clause for clause, _ in item.form.asks}
    shared = {demand[0] for demand in fixed.form.demands} & {demand[0] for demand in item.form.demands}
    if rules:
        reach_ms = problem.longest_reach * problem.tick_ms
    elif shared or any(not set(fixed.people).isdisjoint(part.eligible) for part in item.form.parts):
        reach_ms = 0
    else:
        return False
    return first - reach_ms < fixed.fixed.end and fixed.fixed.start < last + reach_ms


def _of_item(problem: Problem, item: Item) -> str:
    text = f"{item.id} takes {format_duration(item.form.length_ms)}{_tied(problem, item)}"
    static = problem.possible(item)
    if not static:
        keys = "".join(f"; {told}" for told in locked(problem, item))
        return f"{text}; its own keys (days, between, during, avoid, at) leave no start{keys}"
    for part in item.form.parts:
        if not part.eligible:
            return f"{text}; nobody aboard can fill its role {part.number}"
    people = {person for part in item.form.parts for person in part.eligible}
    if len(people) < len(item.form.parts):
        who = " and ".join(problem.people[person] for person in sorted(people))
        return f"{text}; it needs {len(item.form.parts)} people, and only {who} can be in it"
    calendar = problem.mission.calendar
    first = problem.ms(lowest(static))
    last = problem.ms(highest(static)) + item.form.length_ms
    return f"{text} between {calendar.format_day(first)} and {calendar.format_day(last)}"


def _tied(problem: Problem, item: Item) -> str:
    """What a session is tied to, and how, in words; empty for most."""
    session = item.form.session
    if session is None:
        return ""
    words = [f"inside {session.inside}"] if session.inside else []
    if session.relative is not None:
        side = "before" if session.relative.before else "after"
        words.append(f"within {format_duration(session.relative.within_ms)} {side} {session.relative.duty}")
    words += [f"after {tie.reference}" for tie in session.after]
    words += [f"over all of {' and '.join(session.covers)}"] if session.covers else []
    repeat = session.repeat
    if item.number > 1 and repeat.every_ms is not None:
        words.append(f"{format_duration(repeat.every_ms)} ± {format_duration(repeat.tolerance_ms)} from the one before")
    if item.number > 1 and repeat.min_ms:
        words.append(f"{format_duration(repeat.min_ms)} or more after the one before")
    if item.number > 1 and repeat.max_ms is not None:
        words.append(f"{format_duration(repeat.max_ms)} or less after the one before")
    if problem.works[item.exp].model.same_people and len(problem.works[item.exp].items) > 1:
        words.append("by the same people as the others")
    return f", {', '.join(words)}," if words else ""
