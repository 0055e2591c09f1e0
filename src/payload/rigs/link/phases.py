"""Where a conversation with a rig stands, and what leads from one phase to the next. What the table does not name
leaves the phase as it is."""

from __future__ import annotations

from enum import Enum


class Phase(Enum):
    CLOSED = "closed"
    GREETING = "greeting"
    FETCHING = "fetching"
    OPENING = "opening"
    UP = "up"


TRANSITIONS = {
    (Phase.CLOSED, "connected"): Phase.GREETING,
    (Phase.GREETING, "unknown dictionary"): Phase.FETCHING,
    (Phase.GREETING, "another session"): Phase.OPENING,
    (Phase.GREETING, "our session"): Phase.UP,
    (Phase.GREETING, "lost"): Phase.CLOSED,
    (Phase.FETCHING, "another session"): Phase.OPENING,
    (Phase.FETCHING, "lost"): Phase.CLOSED,
    (Phase.OPENING, "opened"): Phase.UP,
    (Phase.OPENING, "stale"): Phase.GREETING,
    (Phase.OPENING, "lost"): Phase.CLOSED,
    (Phase.UP, "stale"): Phase.GREETING,
    (Phase.UP, "lost"): Phase.CLOSED,
}
