"""Why no plan can exist: what stands against what, as few activities and rules as could be found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from payload.met import format_duration
from payload.planning.bits import highest, lowest
from payload.planning.bound import relaxed
from payload.planning.construct import fixed_duties
from payload.planning.exhaust import exhaust
from payload.planning.fixed import fixed_against_fixed, fixed_over_limits, when
from payload.planning.options import options
from payload.planning.overload import overload
from payload.planning.packing import overpacked
from payload.planning.problem import Item, Problem
from payload.planning.state import State

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
    a required experiment that does not fit beside the fixed duties."""
    reasons = [*fixed_against_fixed(problem), *fixed_over_limits(problem, base)]
    if len(reasons) > MOST_TOLD:
        reasons[MOST_TOLD:] = [f"and {len(reasons) - MOST_TOLD} more like these"]
    if reasons:
        raise Clash(reasons)
    for item in problem.items:
        if item.soft and not (options(base, item).starts if problem.exact else item.static):
            raise Clash(_told(problem, base, [item]))
    for work, count in zip(problem.works, most, strict=True):
        if work.model.required and count < len(work.items):
            hopeless = [i for i in work.items if not options(base, problem.items[i], True, alone=False).starts]
            first = problem.items[hopeless[0] if hopeless else work.items[count]]
            text = f"{work.model.id} is required, but at most {count} of its {len(work.items)} sessions can be placed"
            raise Clash([f"{text} beside the fixed duties", *_told(problem, base, [first])])


def found_clash(problem: Problem, base: State, wanted: Sequence[Item], proven: bool) -> None:
    """Raises Clash when some of `wanted` provably cannot all stand; `proven` says that all of them cannot."""
    suspects = overload(problem, base, wanted)
    if suspects is None:
        dates = [[item for item in wanted if item.on == day] for day in sorted({item.on for item in wanted if item.on})]
        suspects = next((some for duties in dates if (some := overpacked(base, duties))), None)
    if suspects is None:
        suspects = next((some for some in _clusters(wanted) if _clash(base, some)), None)
    if suspects is None:
        if proven:
            names = ", ".join(item.id for item in wanted[:12])
            raise Clash([f"these cannot all be placed: {names}{' and more' if len(wanted) > 12 else ''}"])
        return
    raise Clash(_told(problem, base, _reduced(base, suspects)))


def _clash(base: State, items: Sequence[Item]) -> bool:
    """Whether it is proven that these cannot all be placed; `base` stays as it is."""
    if overload(base.problem, base, items) is not None or overpacked(base, items) is not None:
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
            dates.setdefault((item.on.toordinal(), item.form.parts[0].eligible[0]), []).append(item)
    yield from (dates[key] for key in sorted(dates))
    yield from (dates[day, who] + dates[day + 1, who] for day, who in sorted(dates) if (day + 1, who) in dates)
    days = sorted({day for day, _ in dates})
    for reach in (1, 2):
        for day in days:
            yield [item for key in sorted(dates) if day <= key[0] < day + reach for item in dates[key]]
    experiments: dict[int, list[Item]] = {}
    for item in wanted:
        if item.exp >= 0:
            experiments.setdefault(item.exp, []).append(item)
    yield from experiments.values()
    yield [item for item in wanted if item.exp >= 0]
    yield list(wanted)


def _reduced(base: State, suspects: Sequence[Item]) -> list[Item]:
    """Leaves out all of a person's duties, then one activity after the other, as long as the rest provably clashes."""
    kept = list(suspects)
    if len(kept) > LARGE:
        return kept
    for person in sorted({item.form.parts[0].eligible for item in suspects if item.soft}):
        fewer = [item for item in kept if not (item.soft and item.form.parts[0].eligible == person)]
        if fewer and _clash(base, fewer):
            kept = fewer
    if len(kept) > FEW:
        return kept
    for item in list(kept):
        fewer = [other for other in kept if other is not item]
        if fewer and _clash(base, fewer):
            kept = fewer
    return kept


def _told(problem: Problem, base: State, items: Sequence[Item]) -> list[str]:
    """The activities, then the fixed duties, rules and resources without which they would not clash."""
    lines = [_of_item(problem, item) for item in items]
    if not problem.exact:
        return lines
    if not _clash(base, items):  # each could stand by itself: it is what they come after that cannot
        after = {tie.reference for item in items if item.form.session for tie in item.form.session.after}
        return [*lines, *(f"{name}, which comes before it, cannot be planned" for name in sorted(after))]
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
    return lines


def _needed(base: State, items: Sequence[Item], constraint: tuple[str, int]) -> bool:
    """Whether the clash is none without this constraint."""
    base.ignored.add(constraint)
    clash = _clash(base, items)
    base.ignored.clear()
    return not clash


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
    person = fixed.form.parts[0].eligible[0]
    rules = {clause for clause, _ in fixed.form.enrols} & {clause for clause, _ in item.form.asks}
    shared = {demand[0] for demand in fixed.form.demands} & {demand[0] for demand in item.form.demands}
    if rules:
        reach_ms = problem.longest_reach * problem.tick_ms
    elif shared or any(person in part.eligible for part in item.form.parts):
        reach_ms = 0
    else:
        return False
    return first - reach_ms < fixed.fixed.end and fixed.fixed.start < last + reach_ms


def _of_item(problem: Problem, item: Item) -> str:
    text = f"{item.id} takes {format_duration(item.form.length_ms)}"
    if not item.static:
        return f"{text}; its own keys (days, between, during, avoid, at) leave no start"
    for part in item.form.parts:
        if not part.eligible:
            return f"{text}; nobody aboard can fill its role {part.number}"
    calendar = problem.mission.calendar
    first = problem.ms(lowest(item.static))
    last = problem.ms(highest(item.static)) + item.form.length_ms
    return f"{text} between {calendar.format_day(first)} and {calendar.format_day(last)}"
