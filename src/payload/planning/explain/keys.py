"""The starts that an activity's own keys forbid, key by key."""

from __future__ import annotations

from dataclasses import dataclass

from payload.planning.compile import Starts
from payload.planning.problem import Item, Problem


@dataclass(frozen=True, slots=True, order=True)
class Reason:
    """One thing that stands against an activity.

    `kind` is `reservation` (`id` is its id), `rule` (the rule's), `resource`, `rig`, `stock`, `buffer`, `holds` (what
    its experiment holds), a key of the activity (`days`, `between`, `at`, `lock`, `during`, `avoid`, `covers`,
    `relative`, `inside`, `after`, `order`, `same`), `role` (`id` is its number), `aboard` (a person), `before` (a
    session that has to be planned first), `minimum` (an experiment), `horizon` (the mission has no start for it at
    all), or `other`.
    """

    kind: str
    id: str


Cut = dict[Reason, int]  # per reason the starts that it forbids


def key_cuts(problem: Problem, item: Item) -> tuple[int, Cut]:
    """The starts that grid and horizon leave, and what each key of the activity forbids of them."""
    starts, session, mission = Starts(problem), item.form.session, problem.mission
    length_ms = item.form.length_ms
    if session is None:
        return problem.grid | item.static, {Reason("between", item.duty): problem.grid & ~item.static}
    within = starts.within([mission.horizon], 0, length_ms)
    odd = [*(session.at or ()), *([mission.locks[item.id]] if item.id in mission.locks else [])]
    thinkable = problem.grid | item.static
    for at in odd:
        thinkable |= _start_at(problem, at)
    thinkable &= within
    left: Cut = {}
    if session.at is not None:
        chosen = 0
        for at in session.at:
            chosen |= _start_at(problem, at)
        left[Reason("at", item.id)] = chosen
    if item.id in mission.locks:
        left[Reason("lock", item.id)] = _start_at(problem, mission.locks[item.id])
    days = session.days
    if session.repeat.each_day:
        days = frozenset([sorted(days if days is not None else mission.dates())[item.number - 1]])
    if days is not None:
        left[Reason("days", item.id)] = starts.on_days(days)
    if session.between is not None:
        left[Reason("between", item.id)] = starts.within(session.between, 0, length_ms)
    offset_ms = 0
    _windows(starts, left, session.during, session.avoid, 0, length_ms)
    _covers(problem, starts, left, session.covers, 0, length_ms)
    for step, step_ms in zip(session.steps, item.form.waits, strict=True):
        _windows(starts, left, step.during, step.avoid, offset_ms, step_ms)
        _covers(problem, starts, left, step.covers, offset_ms, step_ms)
        offset_ms += step_ms
    # a key that is waived for this activity forbids nothing
    found = {reason: thinkable & ~mask & ~item.static for reason, mask in left.items()}
    rest = thinkable & ~item.static
    for mask in found.values():
        rest &= ~mask
    found[Reason("other", item.id)] = rest
    return thinkable, {reason: mask for reason, mask in found.items() if mask}


def _covers(
    problem: Problem, starts: Starts, left: Cut, names: tuple[str, ...], offset_ms: int, length_ms: int
) -> None:
    """Windows that are to be covered; duties are seen to where they stand."""
    for name in names:
        if name in problem.mission.windows:
            mask = starts.covering(problem.windows.get(name, ()), offset_ms, length_ms)
            reason = Reason("covers", name)
            left[reason] = left[reason] & mask if reason in left else mask


def _start_at(problem: Problem, at: int) -> int:
    tick = problem.up(at)
    return 1 << tick if 0 <= tick < problem.ticks and problem.ms(tick) == at else 0


def _windows(
    starts: Starts, left: Cut, during: tuple[str, ...], avoid: tuple[str, ...], offset_ms: int, length_ms: int
) -> None:
    if during:
        reason = Reason("during", " and ".join(during))
        mask = starts.in_windows(during, (), offset_ms, length_ms)
        left[reason] = left[reason] & mask if reason in left else mask
    for name in avoid:
        reason = Reason("avoid", name)
        mask = starts.in_windows((), (name,), offset_ms, length_ms)
        left[reason] = left[reason] & mask if reason in left else mask
