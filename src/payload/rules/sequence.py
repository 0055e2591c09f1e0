"""Time between activities that an experiment or a duty ties together.

`sequence`     a session starts before the end of an earlier one of its experiment's list
`predecessor`  a session is planned without the one that its experiment's list has before it
`after`        `after` of a session: its reference is not planned, or `min` or `max` is not kept
`repeat`       `every` (with `tolerance`), `min` or `max` between repeats, or the day of an `each: day` repeat
`relative`     a session is not tied to its duty as `relative` says
`together`     instances of a `together` duty of one date start apart

Silence of the page, as read here. An experiment's list is judged as one chain: each session starts at or after the end
of *every* reserved earlier one. A repeat of `each: day` needs no sibling, but the session before its own; what follows
an `each: day` session needs the last of its repeats, which is the one before in the list. With `unordered`, the repeats
of a session whose `repeat` has `every`, `min` or `max` form a chain of their own. A fact, of whatever state, counts as
planned for those that need it, and its times are judged against.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from payload.met import format_duration
from payload.model import Experiment, Repeat, Session, Violation
from payload.rules.case import Case, Placed
from payload.rules.expand import Sitting


def sequence(case: Case) -> Iterator[Violation]:
    """`sequence` and `predecessor`, chain by chain."""
    lists: dict[str, list[Sitting]] = defaultdict(list)
    for sitting in case.sittings.values():
        if sitting.experiment.id in case.by_experiment:
            lists[sitting.experiment.id].append(sitting)
    for whole in lists.values():
        for chain in _chains(whole[0].experiment, whole):
            yield from _in_chain(case, chain)


def _chains(experiment: Experiment, whole: list[Sitting]) -> Iterator[list[Sitting]]:
    if not experiment.unordered:
        yield whole
        return
    for session in experiment.sessions:
        if _tied(session.repeat):
            yield [sitting for sitting in whole if sitting.session is session]


def _tied(repeat: Repeat) -> bool:
    return (repeat.every_ms, repeat.min_ms, repeat.max_ms) != (None, None, None)


def _in_chain(case: Case, chain: Sequence[Sitting]) -> Iterator[Violation]:
    free = case.waived("sequence")
    freed: list[Placed] = []
    latest: Placed | None = None
    latest_planned: Placed | None = None
    before: Sitting | None = None  # the one before in the list
    before_session: Sitting | None = None  # the one before the first of this session's repeats
    for sitting in chain:
        if before is not None and before.session is not sitting.session:
            before_session = before
        needed = before_session if sitting.session.repeat.each_day else before
        before = sitting
        placed = case.placed.get(sitting.id)
        if placed is None:
            continue
        if placed.planned and needed is not None and needed.id not in case.placed:
            text = (
                f"{placed.id} at {case.when(placed.start)} is planned, but {needed.id}, which comes before it, is not."
            )
            yield Violation("predecessor", (needed.id, placed.id), placed.start, text)
        for earlier in (latest if placed.planned else latest_planned, *freed):
            if earlier is not None and placed.start < earlier.end and (placed.planned or earlier.planned):
                text = f"{case.named_span(placed)} starts before {case.named_span(earlier)} ends."
                yield Violation("sequence", (earlier.id, placed.id), placed.start, text)
        if placed.id in free:  # it hides no other
            freed.append(placed)
            continue
        if latest is None or placed.end > latest.end:
            latest = placed
        if placed.planned and (latest_planned is None or placed.end > latest_planned.end):
            latest_planned = placed


def after(case: Case) -> Iterator[Violation]:
    """`after`: from the latest end among the reference's repeats to the earliest start among this session's."""
    repeats = _repeats(case)
    for (experiment, _), placed in repeats.items():
        session: Session = placed[0].session
        for tie in session.after:
            reference = [one for key in _reference(experiment, tie.reference, case) for one in repeats.get(key, ())]
            if not reference:
                for one in placed:
                    if one.planned:
                        text = f"{one.id} at {case.when(one.start)} comes after {tie.reference}, which is not planned."
                        yield Violation("after", (one.id,), one.start, text)
                continue
            first = min(placed, key=lambda one: (one.start, one.id))
            last = max(reference, key=lambda one: (one.end, one.id))
            passed_ms = first.start - last.end
            if not (first.planned or last.planned):
                continue
            told = f"{first.id} starts at {case.when(first.start)}, {_passed(passed_ms)} {last.id} ends"
            if passed_ms < tie.min_ms:
                text = f"{told}; at least {format_duration(tie.min_ms)} after it is needed."
                yield Violation("after", (last.id, first.id), first.start, text)
            if tie.max_ms is not None and passed_ms > tie.max_ms:
                text = f"{told}; at most {format_duration(tie.max_ms)} may pass."
                yield Violation("after", (last.id, first.id), first.start, text)


def _reference(experiment: str, reference: str, case: Case) -> list[tuple[str, str]]:
    """The sessions meant by `experiment/session`: among copies that `for` made the same person's, else all copies'."""
    named, _, session = reference.rpartition("/")
    meant = case.copies.get(named, [])
    return [(one, session) for one in ([experiment] if experiment in meant or not named else meant)]


def _repeats(case: Case) -> dict[tuple[str, str], list[Placed]]:
    """The reserved repeats of each session, by number."""
    found: dict[tuple[str, str], list[Placed]] = defaultdict(list)
    for sitting in case.sittings.values():
        placed = case.placed.get(sitting.id)
        if placed is not None:
            found[sitting.experiment.id, sitting.session.id].append(placed)
    return found


def repeats(case: Case) -> Iterator[Violation]:
    """`repeat`: between a repeat and the one before it, and each day's.

    Where the one before is missing (an `each: day` repeat is optional by itself) only `min` is judged, against the
    nearest earlier one.
    """
    for placed in _repeats(case).values():
        repeat = placed[0].session.repeat
        if repeat.each_day:
            yield from _each_day(case, placed)
        if not _tied(repeat):
            continue
        for one, other in pairwise(placed):
            if not (one.planned or other.planned):
                continue
            pair = (one.id, other.id)
            adjacent = (
                one.sitting is not None and other.sitting is not None and other.sitting.number == one.sitting.number + 1
            )
            turn_ms, passed_ms = other.start - one.start, other.start - one.end
            told = f"{other.id} starts at {case.when(other.start)}, {_passed(passed_ms)} {one.id} ends"
            if repeat.every_ms is not None and adjacent and abs(turn_ms - repeat.every_ms) > repeat.tolerance_ms:
                text = (
                    f"{other.id} starts {format_duration(turn_ms)} after {one.id} starts (at {case.when(one.start)}); "
                    f"it must be {format_duration(repeat.every_ms)} ± {format_duration(repeat.tolerance_ms)}."
                )
                yield Violation("repeat", pair, other.start, text)
            if repeat.min_ms is not None and passed_ms < repeat.min_ms:
                text = f"{told}; at least {format_duration(repeat.min_ms)} must pass."
                yield Violation("repeat", pair, other.start, text)
            if repeat.max_ms is not None and adjacent and passed_ms > repeat.max_ms:
                text = f"{told}; at most {format_duration(repeat.max_ms)} may pass."
                yield Violation("repeat", pair, other.start, text)


def _each_day(case: Case, placed: list[Placed]) -> Iterator[Violation]:
    for one in placed:
        day = one.sitting.day if one.sitting else None
        if one.planned and day is not None and case.date_of(one.start) != day:
            text = f"{one.id} starts at {case.when(one.start)}; it is the one of day {case.calendar.day_number(day)}."
            yield Violation("repeat", (one.id,), one.start, text)


def relative(case: Case) -> Iterator[Violation]:
    """`relative`: against role 1's person's instances of the duty, as they are reserved."""
    for placed in case.sessions:
        tie = placed.session.relative
        if tie is None or not placed.planned:
            continue
        person = placed.person_in(1)
        there = case.by_duty.get((tie.duty, person or ""), [])
        within = format_duration(tie.within_ms)
        if tie.before:
            next_ = bisect_left(there, placed.end, key=lambda duty: duty.start)
            duty = there[next_] if next_ < len(there) else None
            if duty is not None and duty.start - placed.end <= tie.within_ms:
                continue
            told = f"{placed.id} ends at {case.when(placed.end)}, not within {within} before {tie.duty} of {person}"
            found = "of which there is none after it" if duty is None else f"which starts at {case.when(duty.start)}"
        else:
            ended = sorted(there, key=lambda duty: duty.end)
            last = bisect_right(ended, placed.start, key=lambda duty: duty.end) - 1
            duty = ended[last] if last >= 0 else None
            if duty is not None and placed.start - duty.end <= tie.within_ms:
                continue
            told = f"{placed.id} starts at {case.when(placed.start)}, not within {within} after {tie.duty} of {person}"
            found = "of which there is none before it" if duty is None else f"which ends at {case.when(duty.end)}"
        names = (placed.id,) if duty is None else (placed.id, duty.id)
        yield Violation("relative", names, placed.start, f"{told}, {found}.")


def together(case: Case) -> Iterator[Violation]:
    """`together`: the instances of one date start together; one violation for each that differs from the first."""
    groups: dict[tuple[str, str], list[Placed]] = defaultdict(list)
    for placed in case.duties:
        if placed.instance is not None and placed.duty.together:
            groups[placed.duty.id, placed.instance.on.isoformat()].append(placed)
    free = case.waived("together")
    for placed_there in groups.values():
        first = next((one for one in placed_there if one.id not in free), placed_there[0])
        for other in placed_there:
            if other.start != first.start and (other.planned or first.planned):
                text = f"{case.named_span(other)} starts apart from {case.named_span(first)}; they are together."
                yield Violation("together", (first.id, other.id), other.start, text)


def _passed(passed_ms: int) -> str:
    return f"{format_duration(-passed_ms)} before" if passed_ms < 0 else f"{format_duration(passed_ms)} after"
