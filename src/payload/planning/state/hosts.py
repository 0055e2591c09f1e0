"""Sessions tied to duties: inside one, or near one; and the duties that must keep them."""

from __future__ import annotations

from collections.abc import Iterator

from payload.model import Gap
from payload.planning.bits import room, span
from payload.planning.problem import Item
from payload.planning.state.clauses import forbidden
from payload.planning.state.placed import State


def hosts_of(state: State, item: Item, duty: str) -> Iterator[tuple[tuple[str, int], dict[int, tuple[int, int]]]]:
    people = {person for part in item.form.parts for person in part.eligible}
    for person in sorted(people):
        yield (duty, person), state.instances.get((duty, person), {})


def guests(state: State, item: Item) -> set[int]:
    """The sessions that lie inside this duty's instance as it stood last."""
    start = state.at[item.index]
    found = set()
    for person in item.people:
        for other in state.tied.get((item.duty, person), ()):
            session = state.problem.items[other].form.session
            at, until = state.at[other], state.at[other] + state.form[other].length
            if session is not None and session.inside == item.duty and start <= at and until <= start + item.length:
                found.add(other)
    return found


def inside_starts(state: State, item: Item, person: int, duty: str, firm: bool) -> int:
    """Starts that lie in one of the person's instances of the duty and do not meet another guest of the person."""
    problem, form = state.problem, item.form
    instances = state.instances.get((duty, person), {})
    mask = 0
    for host, (start, end) in instances.items():
        here = span(problem.up(start), problem.down(end - form.length_ms) + 1)
        for clause, side in form.asks:
            per_crew = problem.clauses[clause].per_crew
            roster = state.rosters.get((clause, side, person if per_crew else -1))
            if ("clause", clause) in state.ignored or not isinstance(problem.clauses[clause], Gap):
                continue
            people = problem.clause_people[clause]
            if roster is None or not (people is None or person in people):
                continue
            if per_crew:
                others = [i for i in roster.entries if i == host or i not in instances]
            else:  # other people's instances may be hosts of theirs as well: `State.broken` looks at who is in it
                others = [i for i in roster.entries if problem.items[i].duty == duty and i not in instances]
                others.append(host)
            here &= ~forbidden(problem, clause, side, roster, form, firm, others)
        mask |= here
    guests = state.guests[person]
    if guests and mask:
        mask &= room(problem.full & ~guests, form.length)
    return mask


def relative_starts(state: State, item: Item, person: int) -> int:
    """Starts tied to one of the person's instances: of any, as a nearer one is then the better tie."""
    problem, form = state.problem, item.form
    tie = form.session.relative if form.session else None
    assert tie is not None
    mask = 0
    for start, end in state.instances.get((tie.duty, person), {}).values():
        if tie.before:
            first, last = start - tie.within_ms - form.length_ms, start - form.length_ms
        else:
            first, last = end, end + tie.within_ms
        mask |= span(problem.up(first), problem.down(last) + 1)
    return mask


def covering_starts(state: State, item: Item, person: int) -> int:
    """Starts from which each stretch that is to cover a duty has one whole instance of the person's in it."""
    problem, mask = state.problem, -1
    for duty, offset_ms, length_ms in item.form.covers:
        covering = 0
        for start, end in state.instances.get((duty, person), {}).values():
            covering |= span(problem.up(end - offset_ms - length_ms), problem.down(start - offset_ms) + 1)
        mask &= covering
    return mask


def kept_by(state: State, item: Item) -> int:
    """Starts of a movable duty that keep the sessions tied to it: those inside it, and those `relative` to it."""
    mask = state.problem.full
    for person in item.people:
        host = (item.duty, person)
        if state.tied.get(host):
            mask &= _kept_for(state, item, host)
    return mask


def _kept_for(state: State, item: Item, host: tuple[str, int]) -> int:
    problem = state.problem
    mask = problem.full
    for other in state.tied[host]:
        guest = problem.items[other]
        session = guest.form.session
        assert session is not None
        start, end = state.start_ms(guest), state.end_ms(guest)
        there = state.instances.get(host, {}).values()
        length_ms = item.form.length_ms
        if session.inside == item.duty and not any(a <= start and end <= b for a, b in there):
            mask &= span(problem.up(end - length_ms), problem.down(start) + 1)
        for duty, offset_ms, covered_ms in state.form[other].covers:
            first, last = start + offset_ms, start + offset_ms + covered_ms
            if duty == item.duty and not any(first <= a and b <= last for a, b in there):
                mask &= span(problem.up(first), problem.down(last - length_ms) + 1)
        tie = session.relative
        if tie is None or tie.duty != item.duty:
            continue
        if tie.before:
            if not any(end <= a <= end + tie.within_ms for a, _ in there):
                mask &= span(problem.up(end), problem.down(end + tie.within_ms) + 1)
        elif not any(start - tie.within_ms <= b <= start for _, b in there):
            mask &= span(problem.up(start - tie.within_ms - length_ms), problem.down(start - length_ms) + 1)
    return mask
