"""The page's days: bars placed on a day's width, in per cent, with their words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from payload.met import HOUR, Calendar, Window, format_duration
from payload.model import Plan
from payload.report.rows import Bar, Day, Row

_TICK_HOURS = 2


class Sheet:
    """What all days share: colours and letters by experiment, and what became of each activity in the run."""

    def __init__(
        self, calendar: Calendar, shades: Mapping[str, str], codes: Mapping[str, str], states: Mapping[str, str]
    ) -> None:
        self._calendar, self._shades, self._codes, self._states = calendar, shades, codes, states

    def day(
        self,
        day: Day,
        plan: Plan,
        people: Sequence[str],
        machines: Sequence[str],
        planned: Mapping[str, Row],
        actual: Mapping[str, Row],
        windows: Mapping[str, Sequence[Window]],
        span: Window | None,
    ) -> dict[str, Any]:
        rows = []
        for name in (*people, *machines):
            lanes = self._lanes(planned.get(name), day, self._states)
            real = self._lanes(actual.get(name), day, {})
            if name in people or any(lanes) or any(real):
                rows.append({"name": name, "machine": name not in people, "lanes": lanes, "actual": real})
        outside = [
            Window(day.window.start, 0),
            Window(plan.end, day.window.end),
        ]
        return {
            "number": day.number,
            "title": f"{day.on:%A} {day.on.day} {day.on:%B %Y}",
            "rows": rows,
            "ticks": [
                {"left": _percent(at - day.window.start, day), "hour": f"{hour:02d}", "at": at}
                for hour in range(0, 24, _TICK_HOURS)
                if (at := self._calendar.at(day.on, hour * HOUR)) < day.window.end
            ],
            "outside": [_place(cut, day) for window in outside if (cut := window.cut(day.window))],
            "windows": [
                {
                    "name": name,
                    "bars": [{**_place(cut, day), "tip": self._window_tip(name, window)} for window, cut in cuts],
                }
                for name, found in windows.items()
                if (cuts := [(window, cut) for window in found if (cut := window.cut(day.window))])
            ],
            "flown": span is not None and span.overlaps(day.window),
        }

    def _lanes(self, row: Row | None, day: Day, fates: Mapping[str, str]) -> list[list[dict[str, Any]]]:
        """`fates` are what became of activities in the run, to be told on their planned bars."""
        found = []
        for lane in row.lanes if row else ():
            cuts = [(bar, cut) for bar in lane if (cut := bar.window.cut(day.window))]
            if cuts:
                found.append([self._bar(bar, cut, day, fates.get(bar.activity, bar.state)) for bar, cut in cuts])
        return found

    def _bar(self, bar: Bar, cut: Window, day: Day, state: str) -> dict[str, Any]:
        labels = bar.labels()
        kind = "duty" if not bar.experiment else "alone" if bar.rig or not bar.crew else "crewed"
        when = f"{self._calendar.format_day(bar.start)} to {self._calendar.format_day(bar.end)}"
        lines = [
            f"{labels[0]} ({bar.activity})" if bar.experiment else labels[0],
            f"{when}, {format_duration(bar.end - bar.start)}",
            "; ".join(bar.does),
            ", ".join(([f"rig {bar.rig}"] if bar.rig else []) + [*bar.crew]),
            state if state != "planned" else "",
        ]
        return {
            **_place(cut, day),
            "label": labels[0] if bar.experiment else bar.activity.partition("/")[0],
            "letter": self._codes.get(bar.experiment, ""),
            "colour": self._shades.get(bar.experiment, ""),
            "classes": " ".join([kind, state, *(["inside"] if bar.inside else [])]),
            "tip": "\n".join(line for line in lines if line),
        }

    def _window_tip(self, name: str, window: Window) -> str:
        when = f"{self._calendar.format_day(window.start)} to {self._calendar.format_day(window.end)}"
        return f"{name}: {when}, {format_duration(round(window.length_ms, -3))}"


def _percent(length_ms: int, day: Day) -> str:
    return f"{100 * length_ms / day.window.length_ms:.3f}"


def _place(cut: Window, day: Day) -> dict[str, str]:
    return {"left": _percent(cut.start - day.window.start, day), "width": _percent(cut.length_ms, day)}
