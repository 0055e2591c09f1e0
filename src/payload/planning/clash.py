"""Why no plan can exist: what stands against what, as few activities and rules as could be found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from payload.met import format_duration
from payload.planning.bits import highest, lowest
from payload.planning.exhaust import exhaust
from payload.planning.fixed import fixed_against_fixed, fixed_over_limits
from payload.planning.options import options
from payload.planning.overload import overload
from payload.planning.problem import Item, Problem
from payload.planning.state import State

#: placements tried for each proof that a smaller set of activities clashes already
MOST_PLACEMENTS = 6000
#: sets larger than this are not reduced one by one
LARGE = 60


class Clash(Exception):
    """Proven: no plan can exist. `reasons` are sentences for a planner."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("; ".join(reasons))


def certain_clash(problem: Problem, base: State, most: Sequence[int]) -> None:
    """Raises Clash for what shows without a search: fixed duties against each other, a movable duty without any start,
    a required experiment that does not fit beside the fixed duties."""
    reasons = [*fixed_against_fixed(problem), *fixed_over_limits(problem, base)]
    if reasons:
        raise Clash(reasons)
    if not problem.exact:
        return
    for item in problem.items:
        if item.soft and not options(base, item).starts:
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
        suspects = next((some for some in _clusters(wanted) if _clash(base, some)), None)
    if suspects is None:
        if proven:
            names = ", ".join(item.id for item in wanted[:12])
            raise Clash([f"these cannot all be placed: {names}{' and more' if len(wanted) > 12 else ''}"])
        return
    raise Clash(_told(problem, base, _reduced(base, suspects)))


def _clash(base: State, items: Sequence[Item]) -> bool:
    """Whether it is proven that these cannot all be placed; `base` stays as it is."""
    if overload(base.problem, base, items) is not None:
        return True
    mark = base.mark()
    answer = exhaust(base, items, MOST_PLACEMENTS)
    base.back_to(mark)
    return answer is False


def _clusters(wanted: Sequence[Item]) -> Iterator[list[Item]]:
    """Small sets first: one person's duties of one date, all duties of a date, with those of the next; each required
    experiment alone, then all."""
    dates: dict[tuple[int, int], list[Item]] = {}
    for item in wanted:
        if item.on is not None:
            dates.setdefault((item.on.toordinal(), item.form.parts[0].eligible[0]), []).append(item)
    yield from (dates[key] for key in sorted(dates))
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
    """Leaves out one activity after the other for as long as the rest provably clashes."""
    kept = list(suspects)
    if len(kept) > LARGE:
        return kept
    for item in suspects:
        fewer = [other for other in kept if other is not item]
        if fewer and _clash(base, fewer):
            kept = fewer
    return kept


def _told(problem: Problem, base: State, items: Sequence[Item]) -> list[str]:
    """The activities, then the rules and resources without which they would not clash."""
    lines = [_of_item(problem, item) for item in items]
    if not _clash(base, items):  # each could stand by itself: it is what they come after that cannot
        after = {tie.reference for item in items if item.form.session for tie in item.form.session.after}
        return [*lines, *(f"{name}, which comes before it, cannot be planned" for name in sorted(after))]
    for number, clause in enumerate(problem.clauses):
        base.ignored.add(("clause", number))
        if not _clash(base, items):
            lines.append(f"rule {clause.id}")
        base.ignored.clear()
    for number, limit in enumerate(problem.limits):
        base.ignored.add(("limit", number))
        if not _clash(base, items):
            lines.append(f"rule {limit.id}: at most {format_duration(limit.limit_ms)}")
        base.ignored.clear()
    for number, supply in enumerate(problem.supplies):
        base.ignored.add(("meter", number))
        if not _clash(base, items):
            lines.append(f"{'rig' if supply.rig else 'resource'} {supply.id}")
        base.ignored.clear()
    return lines


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
