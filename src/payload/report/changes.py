"""What changed between two plans."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from payload.met import format_duration
from payload.model import Plan, Reservation

What = Literal["added", "dropped", "moved", "length", "crew", "state"]
_SIGNS: dict[What, tuple[str, str]] = {
    "added": ("+", "green"),
    "dropped": ("-", "red"),
    "moved": ("→", "yellow"),
    "length": ("↔", "yellow"),
    "crew": ("⇄", "cyan"),
    "state": ("•", "magenta"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One activity that is not the same in both plans. `what` has all that differs; `before` is None for one added,
    `after` for one dropped. Instants are each plan's own MET; `moved_ms` is the shift of the start on Earth."""

    id: str
    what: tuple[What, ...]
    before: Reservation | None
    after: Reservation | None
    moved_ms: int = 0


def changes(a: Plan, b: Plan) -> tuple[Change, ...]:
    """From `a` to `b`, by where they stand (in b, or for what was dropped in a), then by id. Starts are compared on
    Earth, so that a plan of a mission that begins later is not one in which all has moved."""
    before, after = {r.id: r for r in a.reservations}, {r.id: r for r in b.reservations}
    found = []
    for name in before.keys() | after.keys():
        one, other = before.get(name), after.get(name)
        if one is None or other is None:
            found.append(Change(name, ("added",) if one is None else ("dropped",), one, other))
            continue
        moved_ms = b.calendar.met(a.calendar.utc(one.start))
        shift = other.start - moved_ms
        differs: dict[What, bool] = {
            "moved": shift != 0,
            "length": one.end - one.start != other.end - other.start
            or [s.end - s.start for s in one.steps] != [s.end - s.start for s in other.steps],
            "crew": one.crew != other.crew or [s.crew for s in one.steps] != [s.crew for s in other.steps],
            "state": one.state != other.state,
        }
        if any(differs.values()):
            found.append(Change(name, tuple(what for what, yes in differs.items() if yes), one, other, shift))

    def place(change: Change) -> tuple[object, str]:
        return (
            b.calendar.utc(change.after.start) if change.after else a.calendar.utc(_sure(change.before).start)
        ), change.id

    return tuple(sorted(found, key=place))


def changes_table(a: Plan, b: Plan) -> RenderableType:
    """The changes as a table for the terminal, in the clock of each plan, with a line that counts them."""
    found = changes(a, b)
    if not found:
        return Text("The two plans hold the same activities at the same times with the same people.")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("", "activity", "before", "after", "what changed"):
        table.add_column(name, overflow="fold")
    for change in found:
        sign, colour = _SIGNS[change.what[0]]
        table.add_row(
            Text(sign, style=f"bold {colour}"),
            Text(change.id, style="bold" if change.id.count("/") == 2 and _is_session(change) else ""),
            Text(a.calendar.format_day(change.before.start) if change.before else "–"),
            Text(b.calendar.format_day(change.after.start) if change.after else "–"),
            Text(describe(change)),
        )
    counts = {what: sum(change.what[0] == what for change in found) for what in _SIGNS}
    return Group(
        table, Text(", ".join(f"{count} {_WORDS[what]}" for what, count in counts.items() if count), style="dim")
    )


_WORDS: dict[What, str] = {
    "added": "added",
    "dropped": "dropped",
    "moved": "moved",
    "length": "of another length",
    "crew": "with other crew",
    "state": "in another state",
}


def describe(change: Change) -> str:
    """The change in words: `2 h later; crew commander → payload-expert`."""
    before, after = change.before, change.after
    if before is None or after is None:
        return f"{change.what[0]}: {', '.join(_sure(before or after).crew) or 'nobody'}"
    words = []
    if "moved" in change.what:
        words.append(f"{format_duration(abs(change.moved_ms))} {'later' if change.moved_ms > 0 else 'earlier'}")
    if "length" in change.what:
        lengths = [format_duration(each.end - each.start) for each in (before, after)]
        words.append(f"{lengths[0]} → {lengths[1]}" if lengths[0] != lengths[1] else "its steps are of other lengths")
    if "crew" in change.what:
        crews = [", ".join(each.crew) or "nobody" for each in (before, after)]
        words.append(f"crew {crews[0]} → {crews[1]}" if crews[0] != crews[1] else "its people swap steps")
    if "state" in change.what:
        words.append(f"{before.state} → {after.state}")
    return "; ".join(words)


def _is_session(change: Change) -> bool:
    return _sure(change.after or change.before).kind == "session"


def _sure(reservation: Reservation | None) -> Reservation:
    if reservation is None:
        raise AssertionError("a change has a before or an after")
    return reservation
