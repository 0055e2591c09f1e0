"""Time: when an activity may stand, by its own keys and by those of its experiment.

Of one activity:

`horizon`   it does not lie within the mission
`fixed`     a fixed duty does not fill its (clipped) interval
`allowed`   a movable duty does not lie within its allowed interval
`length`    a movable duty, or a step, is shorter or longer than the mission says
`steps`     a session has not the mission's steps, one after the other without a pause, from its start to its end
`grid`      a start (of sessions without `at`, of movable duties, if not locked), or a chosen wait, is off the grid
`lock`      a locked activity starts elsewhere
`at`, `days`, `between`, `during`, `avoid`, `covers`   as the keys of the mission

Of several are in `sequence.py`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice

from payload.met import Window, format_duration
from payload.model import Violation
from payload.rules.case import Case, Placed


def horizon(case: Case) -> Iterator[Violation]:
    """`horizon`: all of an activity, uncrewed steps included, lies within the mission."""
    for placed in _planned(case):
        if not case.mission.horizon.contains(placed.window):
            text = f"{case.named_span(placed)} leaves the mission, {case.span(case.mission.horizon)}."
            yield Violation("horizon", (placed.id,), placed.start, text)


def duty_times(case: Case) -> Iterator[Violation]:
    """`fixed`, `allowed` and `length` of duties."""
    for placed in case.duties:
        if not placed.planned or placed.instance is None:
            continue
        allowed = placed.instance.allowed
        here = f"{case.named_span(placed)}"
        if placed.duty.fixed:
            if placed.window != allowed:
                yield Violation("fixed", (placed.id,), placed.start, f"{here} is fixed at {case.span(allowed)}.")
            continue
        if not allowed.contains(placed.window):
            text = f"{here} leaves the interval that it may take, {case.span(allowed)}."
            yield Violation("allowed", (placed.id,), placed.start, text)
        if placed.end - placed.start != placed.duty.duration_ms:
            text = f"{here} must take {format_duration(placed.duty.duration_ms)}."
            yield Violation("length", (placed.id,), placed.start, text)


def steps(case: Case) -> Iterator[Violation]:
    """`steps` and `length` of sessions, and `grid` of a wait that the planner chose.

    A wait is on the grid when its length, what it adds to the shortest length, or its end is, or when it is the longest
    allowed: the page does not say which, and all of these are a careful planner's.
    """
    grid, origin = case.mission.grid_ms, case.mission.grid_origin
    for placed in case.sessions:
        if not placed.planned:
            continue
        reserved = placed.reservation.steps
        wanted = [step.do for step in placed.session.steps]
        if [step.do for step in reserved] != wanted:
            text = f"{placed.id} has the steps {[step.do for step in reserved]}, where the mission has {wanted}."
            yield Violation("steps", (placed.id,), placed.start, text)
        at = placed.start
        for there in reserved:
            if there.start != at:
                text = f"{placed.id}: '{there.do}' starts at {case.when(there.start)}, not at {case.when(at)}."
                yield Violation("steps", (placed.id,), there.start, text)
            at = there.end
        if at != placed.end:
            text = f"{placed.id} ends at {case.when(placed.end)}, but its last step at {case.when(at)}."
            yield Violation("steps", (placed.id,), placed.end, text)
        for step, there in placed.steps:
            length_ms = there.end - there.start
            if not step.min_ms <= length_ms <= step.max_ms:
                least, most = format_duration(step.min_ms), format_duration(step.max_ms)
                text = (
                    f"{placed.id}: '{step.do}' at {case.when(there.start)} takes {format_duration(length_ms)}, not "
                    f"{least if step.min_ms == step.max_ms else f'{least} to {most}'}."
                )
                yield Violation("length", (placed.id,), there.start, text)
            elif step.min_ms < length_ms < step.max_ms and all(
                off % grid for off in (length_ms, length_ms - step.min_ms, there.end - origin)
            ):
                told = f"takes {format_duration(length_ms)}, off the grid"
                text = f"{placed.id}: '{step.do}' at {case.when(there.start)} {told}."
                yield Violation("grid", (placed.id,), there.start, text)


def grid(case: Case) -> Iterator[Violation]:
    """`grid`: the start of what is movable. A session with `at` is exempt, and whatever is locked, with the duties that
    start together with it."""
    locked = [case.placed[name].instance for name in case.mission.locks if name in case.placed]
    with_locked = {(one.duty.id, one.on) for one in locked if one is not None and one.duty.together}
    origin, step_ms = case.mission.grid_origin, case.mission.grid_ms
    for placed in _planned(case):
        if placed.sitting is not None:
            exempt = placed.session.at is not None
        else:
            assert placed.instance is not None
            exempt = placed.duty.fixed or (placed.duty.id, placed.instance.on) in with_locked
        if not (exempt or placed.id in case.mission.locks) and (placed.start - origin) % step_ms:
            text = f"{placed.id} starts at {case.when(placed.start)}, off the grid of {format_duration(step_ms)}."
            yield Violation("grid", (placed.id,), placed.start, text)


def locks(case: Case) -> Iterator[Violation]:
    """`lock`: a locked activity, where it is planned, keeps its start."""
    for name, at in case.mission.locks.items():
        placed = case.placed.get(name)
        if placed is not None and placed.planned and placed.start != at:
            text = f"{name} starts at {case.when(placed.start)}, but is locked to {case.when(at)}."
            yield Violation("lock", (name,), placed.start, text)


def chosen_times(case: Case) -> Iterator[Violation]:
    """`at`, `days` and `between` of sessions."""
    for placed in case.sessions:
        if not placed.planned:
            continue
        session = placed.session
        if session.at is not None and placed.start not in session.at:
            allowed = ", ".join(case.when(at) for at in session.at)
            text = f"{placed.id} starts at {case.when(placed.start)}; it may only start at {allowed}."
            yield Violation("at", (placed.id,), placed.start, text)
        if session.days is not None and case.date_of(placed.start) not in session.days:
            allowed = ", ".join(str(case.calendar.day_number(day)) for day in sorted(session.days))
            text = f"{placed.id} starts at {case.when(placed.start)}; its days are {allowed}."
            yield Violation("days", (placed.id,), placed.start, text)
        if session.between is not None and not any(window.contains(placed.window) for window in session.between):
            allowed = "; ".join(case.span(window) for window in session.between)
            text = f"{case.named_span(placed)} does not lie between {allowed}."
            yield Violation("between", (placed.id,), placed.start, text)


def window_keys(case: Case) -> Iterator[Violation]:
    """`during` and `avoid` of sessions, steps and duties, `covers` of sessions and steps."""
    for placed in _planned(case):
        for what, span, during, avoid, covers in _with_windows(placed):
            if during and not _holds(case.shared(during), span):
                text = f"{what} ({case.span(span)}) does not lie in one interval of {' and '.join(during)}."
                yield Violation("during", (placed.id,), span.start, text)
            for name in avoid:
                met = _overlapped(case.windows.get(name, ()), span)
                if met is not None:
                    text = f"{what} ({case.span(span)}) meets {name} ({case.span(met)}), which it avoids."
                    yield Violation("avoid", (placed.id,), span.start, text)
            for name in covers:
                if not any(span.contains(whole) for whole in _wholes(case, placed, name, span)):
                    text = f"{what} ({case.span(span)}) covers no whole {name}."
                    yield Violation("covers", (placed.id,), span.start, text)


Names = tuple[str, ...]


def _with_windows(placed: Placed) -> Iterator[tuple[str, Window, Names, Names, Names]]:
    """What of the activity stands under windows: its words, its span, its `during`, `avoid` and `covers`."""
    if placed.sitting is None:
        yield placed.id, placed.window, placed.duty.during, placed.duty.avoid, ()
        return
    session = placed.session
    if session.during or session.avoid or session.covers:
        yield placed.id, placed.window, session.during, session.avoid, session.covers
    for step, there in placed.steps:
        if step.during or step.avoid or step.covers:
            yield f"{placed.id}, '{step.do}'", Window(there.start, there.end), step.during, step.avoid, step.covers


def _holds(windows: Sequence[Window], span: Window) -> bool:
    last = bisect_right(windows, span.start, key=lambda window: window.start) - 1
    return last >= 0 and span.end <= windows[last].end


def _overlapped(windows: Sequence[Window], span: Window) -> Window | None:
    """The first of the merged windows that shares an instant with the span."""
    first = bisect_right(windows, span.start, key=lambda window: window.end)
    return windows[first] if first < len(windows) and windows[first].overlaps(span) else None


def _wholes(case: Case, placed: Placed, name: str, span: Window) -> Iterator[Window]:
    """Intervals of a window, or role 1's person's instances of a duty, that start within the span."""
    if name in case.mission.windows:
        windows = case.windows.get(name, ())
    else:
        person = placed.person_in(1)
        windows = tuple(duty.window for duty in case.by_duty.get((name, person or ""), ()))
    first = bisect_left(windows, span.start, key=lambda window: window.start)
    for window in islice(windows, first, None):
        if window.start >= span.end:
            return
        yield window


def _planned(case: Case) -> Iterator[Placed]:
    return (placed for placed in case.activities if placed.planned)
