"""The plan's windows against ones computed again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from payload.met import SECOND, Window, merge
from payload.model import Plan, Violation

TOLERANCE_MS = 2 * SECOND


def check_windows(plan: Plan, recomputed: Mapping[str, tuple[Window, ...]]) -> Iterator[Violation]:
    """`window-edges`: the plan's windows and those of `recomputed` agree, each edge within 2 s.

    So an interval of up to 4 s may be missing from either, and a pause of up to 4 s closed. Windows that only one of
    the two has are reported as well. One violation for each interval that the other side does not bear out.
    """
    for name in sorted(plan.windows.keys() | recomputed.keys()):
        if name not in plan.windows or name not in recomputed:
            where = "the plan" if name in plan.windows else "the recomputed ones"
            yield Violation("window-edges", (), None, f"The window {name} is only among {where}.")
            continue
        listed, again = plan.windows[name], recomputed[name]
        for one, other, text in (
            (listed, again, "stands in the plan, but not when computed again"),
            (again, listed, "is there when computed again, but does not stand in the plan"),
        ):
            for interval in _not_in(one, other):
                yield Violation(
                    "window-edges",
                    (),
                    interval.start,
                    f"{name}, {_told(plan, interval)}: {text}, to {TOLERANCE_MS // SECOND} s.",
                )


def _not_in(intervals: Sequence[Window], other: Sequence[Window]) -> Iterator[Window]:
    """Those intervals that, shortened by the tolerance at both ends, do not lie in one of the other's.

    The other's pauses of up to two tolerances are closed first.
    """
    closed = merge(Window(there.start - TOLERANCE_MS, there.end + TOLERANCE_MS) for there in other)
    at = 0
    for interval in merge(intervals):
        core = Window(interval.start + TOLERANCE_MS, interval.end - TOLERANCE_MS)
        if core.start >= core.end:
            continue
        while at < len(closed) and closed[at].end - TOLERANCE_MS <= core.start:
            at += 1
        if at == len(closed) or not Window(closed[at].start + TOLERANCE_MS, closed[at].end - TOLERANCE_MS).contains(
            core
        ):
            yield interval


def _told(plan: Plan, interval: Window) -> str:
    return f"{plan.calendar.format_day(interval.start)} to {plan.calendar.format_day(interval.end)}"
