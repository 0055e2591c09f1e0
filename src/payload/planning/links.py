"""What the sessions of one experiment ask of each other, and what they are worth together."""

from __future__ import annotations

from fractions import Fraction

from payload.model import Experiment, Session
from payload.planning.problem import Problem


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


def links(
    problem: Problem, experiment: Experiment, chains: tuple[tuple[int, ...], ...]
) -> tuple[tuple[int, int, int, int | None], ...]:
    """What two items of one chain ask of each other's starts, in ticks, rounded to the safe side."""
    links: list[tuple[int, int, int, int | None]] = []
    for chain in chains:
        optional = any(problem.items[i].optional for i in chain)
        for here, later in enumerate(chain):
            b = problem.items[later]
            for earlier in chain[:here] if optional else chain[max(here - 1, 0) : here]:
                a = problem.items[earlier]
                low_ms, high_ms = a.form.length_ms, None
                if a.session == b.session:
                    low_ms, high_ms = _between_repeats(experiment.sessions[a.session], b.number - a.number == 1)
                low = -(-low_ms // problem.tick_ms)
                links.append((earlier, later, low, None if high_ms is None else high_ms // problem.tick_ms))
        if not experiment.unordered and not optional:
            links += _after_links(problem, experiment, chain)
    return tuple(links)


def _between_repeats(session: Session, next_one: bool) -> tuple[int, int | None]:
    repeat, length_ms = session.repeat, session.min_ms
    low, high = length_ms + (repeat.min_ms or 0), None
    if next_one:
        if repeat.every_ms is not None:
            low = max(low, repeat.every_ms - repeat.tolerance_ms)
            high = repeat.every_ms + repeat.tolerance_ms
        if repeat.max_ms is not None:
            high = min(length_ms + repeat.max_ms, high) if high is not None else length_ms + repeat.max_ms
    return low, high


def _after_links(
    problem: Problem, experiment: Experiment, chain: tuple[int, ...]
) -> list[tuple[int, int, int, int | None]]:
    links: list[tuple[int, int, int, int | None]] = []
    last = {problem.items[i].session: i for i in chain}
    first = {problem.items[i].session: i for i in reversed(chain)}
    number = {session.id: place for place, session in enumerate(experiment.sessions)}
    for place, session in enumerate(experiment.sessions):
        for after in session.after:
            named, _, wanted = after.reference.rpartition("/")
            reference = number.get(wanted)
            if named not in ("", experiment.id, experiment.written_id) or reference is None or reference >= place:
                continue
            length_ms = experiment.sessions[reference].min_ms
            low = -(-(length_ms + after.min_ms) // problem.tick_ms)
            high = None if after.max_ms is None else (length_ms + after.max_ms) // problem.tick_ms
            links.append((last[reference], first[place], low, high))
    return links


def worths(experiment: Experiment, sessions: int) -> tuple[Fraction, ...]:
    counts = range(1, sessions + 1)
    enough = (experiment.value * k / sessions if k >= experiment.minimum else Fraction(0) for k in counts)
    return (Fraction(0), *enough)
