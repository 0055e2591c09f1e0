"""The page's tables: the run, its sessions and rig steps, and the windows, as facts for the template."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from payload.met import MINUTE, Window, format_duration
from payload.model import Mission, Plan, Quantity, Reservation, RigCall
from payload.report.flown import Flown, Stages
from payload.report.totals import hours

#: base unit -> (how many of them, what they are called)
_READABLE = {
    "count": (1, ""),
    "power": (1_000, "W"),
    "energy": (1_000, "J"),
    "data": (8_000_000, "MB"),
    "rate": (1_000_000, "Mbit/s"),
    "volume": (1_000, "mL"),
    "mass": (1_000, "g"),
    "temperature": (1_000, "degC"),
}


def run(flown: Flown, plan: Plan) -> dict[str, Any]:
    state = flown.state
    ends = [now.state for now in state.activities.values()]
    return {
        "how": state.how or "not ended",
        "why": flown.why,
        "start": state.start,
        "end": state.end,
        "at": state.at,
        "of": len(ends),
        **{word: ends.count(word) for word in ("planned", "running", "done", "failed", "skipped")},
        "late_ms": max((now.late_ms for now in state.activities.values()), default=0),
        "sessions": sum(r.kind == "session" and r.id in state.activities for r in plan.reservations),
    }


def session_row(reservation: Reservation, flown: Flown | None) -> dict[str, Any]:
    now = flown.state.activities.get(reservation.id) if flown else None
    return {
        "id": reservation.id,
        "title": reservation.title,
        "crew": ", ".join(reservation.crew),
        "start": reservation.start,
        "end": reservation.end,
        "state": now.state if now else reservation.state,
        "began": now.start if now else None,
        "ended": now.end if now and now.start is not None else None,
        "late_ms": now.start - reservation.start if now and now.start is not None else None,
        "why": (now.why or now.code) if now else "",
    }


def commands(
    plan: Plan, mission: Mission | None, flown: Flown | None, rig_of: Callable[[str, int], str]
) -> list[dict[str, Any]]:
    """Every rig step that the plan holds or the run sent, by when it is planned."""
    calls = {
        (f"{experiment.id}/{session.id}", number): step.rig
        for experiment in (mission.experiments if mission else ())
        for session in experiment.sessions
        for number, step in enumerate(session.steps, 1)
    }
    sent = {(command.activity, command.step): command for command in flown.commands.values()} if flown else {}
    found = []
    for reservation in plan.reservations:
        for number, step in enumerate(reservation.steps, 1):
            command = sent.pop((reservation.id, number), None)
            rig = command.rig if command else rig_of(reservation.id, number)
            if rig:
                call = calls.get((reservation.id.rpartition("/")[0], number))
                found.append(_command(rig, reservation.id, step.do, _call(call) if call else "", step.start, command))
    found += [_command(each.rig, each.activity, "", "", each.found[0][1], each) for each in sent.values()]
    return sorted(found, key=lambda row: (row["at"], row["rig"], row["activity"]))


def _command(rig: str, activity: str, do: str, call: str, at: int, sent: Stages | None) -> dict[str, Any]:
    return {
        "rig": rig,
        "activity": activity,
        "do": do,
        "call": call or (sent.call if sent else ""),
        "at": at,
        "stages": _stages(sent) if sent else [],
        "outcome": sent.outcome if sent else "not sent",
    }


def _stages(command: Stages) -> list[dict[str, Any]]:
    first = command.found[0][1]
    return [
        {
            "stage": f"{stage} × {command.progress}" if stage == "PROGRESS" and command.progress > 1 else stage,
            "after": _after(at - first),
            "at": at - at % 1000,
            "code": code,
        }
        for stage, at, code in command.found
    ]


def _after(length_ms: int) -> str:
    """How long after the first stage: nothing for none, seconds below a minute, then hours and minutes."""
    if not length_ms:
        return ""
    return f"+{length_ms / 1000:.1f} s" if length_ms < MINUTE else f"+{hours(length_ms)}"


def _call(call: RigCall) -> str:
    """`heat(target = 37 degC)`."""
    return f"{call.call}({', '.join(f'{name} = {_value(value)}' for name, value in call.arguments.items())})"


def _value(value: object) -> str:
    if isinstance(value, Quantity):
        many, unit = _READABLE[value.dimension]
        return f"{value.amount / many:g} {unit}".strip()
    return str(value)


def window_row(name: str, found: Sequence[Window], plan: Plan) -> dict[str, Any]:
    open_ms = sum(window.length_ms for window in found)
    lengths = [window.length_ms for window in found]
    return {
        "name": name,
        "count": len(found),
        "open": format_duration(round(open_ms, -4)),
        "share": f"{open_ms / plan.end:.1%}" if plan.end else "–",
        "shortest": format_duration(round(min(lengths), -3)) if lengths else "–",
        "longest": format_duration(round(max(lengths), -3)) if lengths else "–",
        "first": plan.calendar.format_day(found[0].start) if found else "never",
    }
