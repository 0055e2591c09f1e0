"""What the sessions of one experiment ask of each other, and what they are worth together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from payload.model import Experiment, Session
from payload.planning.problem import Form, Item, Link, Problem


@dataclass(frozen=True, slots=True)
class _Distance:
    """What a later session's start keeps from an earlier one's, in ms: at least and most from its start (`turn`), and
    from its end."""

    earlier: int
    later: int
    end_low: int = 0
    end_high: int | None = None
    turn_low: int | None = None
    turn_high: int | None = None


def _tied(session: Session) -> bool:
    repeat = session.repeat
    return (repeat.every_ms, repeat.min_ms, repeat.max_ms) != (None, None, None)


def chains(problem: Problem, experiment: Experiment, items: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    if not experiment.unordered:
        return (items,) if items else ()
    chains: list[tuple[int, ...]] = []
    for place, session in enumerate(experiment.sessions):
        mine = tuple(i for i in items if problem.items[i].session == place)
        if _tied(session):
            chains.append(mine)
        else:
            chains += [(i,) for i in mine]
    return tuple(chain for chain in chains if chain)


def links(problem: Problem, experiment: Experiment, chains: tuple[tuple[int, ...], ...]) -> tuple[Link, ...]:
    """What two items of one chain ask of each other's starts, in ticks, rounded to the safe side.

    Where the earlier one has several shapes a link is what any of these allows; the distances of each are put into the
    problem's `exact_links`.
    """
    found: list[Link] = []
    for distance in _distances(problem, experiment, chains):
        a, b = problem.items[distance.earlier], problem.items[distance.later]
        each = {shape.form.index: _in_ticks(problem, distance, a, b, shape.form) for shape in (a, *a.shapes)}
        lows, highs = zip(*each.values(), strict=True)
        most = None if None in highs else max(highs)
        link = (a.index, b.index, min(lows), most)
        found.append(link)
        if a.shapes:
            same = problem.exact_links.setdefault(link, each)  # two distances may look alike for all shapes together
            for shape, (low, high) in each.items():
                low_before, high_before = same[shape]
                least = min((one for one in (high, high_before) if one is not None), default=None)
                same[shape] = max(low, low_before), least
    return tuple(found)


def _in_ticks(problem: Problem, distance: _Distance, a: Item, b: Item, form: Form) -> tuple[int, int | None]:
    """The least and most ticks between the starts, a having this shape."""
    low_ms, high_ms = form.length_ms + distance.end_low, None
    if distance.end_high is not None:
        high_ms = form.length_ms + distance.end_high
    if distance.turn_low is not None:
        low_ms = max(low_ms, distance.turn_low)
    if distance.turn_high is not None:
        high_ms = distance.turn_high if high_ms is None else min(high_ms, distance.turn_high)
    shift_ms = _past_tick(problem, a) - _past_tick(problem, b)
    low = -(-(low_ms + shift_ms) // problem.tick_ms)
    return low, None if high_ms is None else (high_ms + shift_ms) // problem.tick_ms


def _past_tick(problem: Problem, item: Item) -> int:
    """How many ms after its tick a fact starts."""
    return item.fixed.start - problem.ms(problem.first_tick(item.fixed)) if item.fixed else 0


def _distances(problem: Problem, experiment: Experiment, chains: tuple[tuple[int, ...], ...]) -> Iterator[_Distance]:
    for chain in chains:
        optional = any(problem.items[i].optional for i in chain)
        for here, later in enumerate(chain):
            b = problem.items[later]
            for earlier in chain[:here] if optional else chain[max(here - 1, 0) : here]:
                a = problem.items[earlier]
                if a.session == b.session:
                    yield _between_repeats(experiment.sessions[a.session], a, b)
                else:
                    yield _Distance(earlier, later)
        if not experiment.unordered and not optional:
            yield from _after(problem, experiment, chain)


def _between_repeats(session: Session, a: Item, b: Item) -> _Distance:
    repeat, next_one = session.repeat, b.number - a.number == 1
    low, high = None, None
    if next_one and repeat.every_ms is not None:
        low, high = repeat.every_ms - repeat.tolerance_ms, repeat.every_ms + repeat.tolerance_ms
    return _Distance(a.index, b.index, repeat.min_ms or 0, repeat.max_ms if next_one else None, low, high)


def _after(problem: Problem, experiment: Experiment, chain: tuple[int, ...]) -> Iterator[_Distance]:
    last = {problem.items[i].session: i for i in chain}
    first = {problem.items[i].session: i for i in reversed(chain)}
    number = {session.id: place for place, session in enumerate(experiment.sessions)}
    for place, session in enumerate(experiment.sessions):
        for after in session.after:
            named, _, wanted = after.reference.rpartition("/")
            reference = number.get(wanted)
            if named not in ("", experiment.id, experiment.written_id) or reference is None or reference >= place:
                continue
            yield _Distance(last[reference], first[place], after.min_ms, after.max_ms)


def worths(experiment: Experiment, sessions: int, idle: int = 0) -> tuple[Fraction, ...]:
    """The value by how many sessions stand, from 0 on; `idle` of these are facts that count for nothing."""
    counts = range(1, sessions + 1)
    counted = (max(k - idle, 0) for k in counts)
    enough = (experiment.value * k / sessions if k >= experiment.minimum else Fraction(0) for k in counted)
    return (Fraction(0), *enough)
