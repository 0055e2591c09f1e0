"""What the executive does when the run is late."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from payload.met import HOUR, MINUTE


@dataclass(frozen=True, slots=True)
class Policy:
    """How lateness is handled.

    * Nothing starts before its planned start. A person, rig, rack or resource that is still taken delays what waits for
      it; who was planned first goes first, but nobody idles for the sake of one who waits for something else too.
    * People are held step by step: an uncrewed step leaves them free, and a crewed one behind it may have to wait. A
      session under way whose next step has waited `patience_ms` fails.
    * A fixed duty ends at its planned end, so it absorbs lateness; one whose end has come before its person was free is
      skipped. A movable duty keeps its length and is done, however late. Neither ends before what is `inside` it.
    * A session that can no longer meet a hard constraint when it could start is skipped: `at` (by more than
      `at_grace_ms`), `between`, `days`, the planned interval of `during` and `avoid` (its own and its steps'), `after`
      and `repeat` with `max`, `relative` (its duty has begun, or was too long ago), the horizon, its host duty. Planned
      lengths count, less what a step's window may cut off. So is one whose required predecessor was not done. It does
      not look for another opportunity: that is for a new plan.
    * A crewed step with a window of its own (`during`, `avoid`) may start late as long as `window_share` of its planned
      length still fits: a pass photographed for three minutes of five is photographed. One that is later than that, or
      is a rig's or nobody's and does not fit as a whole, fails the session. What runs over is cut at the window's end,
      and done.
    * Minimum distances (`after`, `repeat`) are kept from the real ends. `every`, `gap`, `order`, `limit` and `exclude`
      are planned for and not enforced again.
    * What a rig was told and nobody knows whether it did (INDETERMINATE) is a matter for those who can look: where the
      crew is asked at all, the step waits for their word, `done`, `failed` or `skip`, and what the rig's channels read
      now is put on record for them; with `indeterminate` "hold" nothing else starts either until they say `go`.
      Otherwise, and with "fail", the session fails.
    * In a live run all hard limits give way by `link_slack_ms` of wall time: what a rig's answer takes on the wire is
      many seconds of mission time at a high speed, and no fault of the plan.
    * A rig's step is overdue `overdue_factor` times its planned length plus `overdue_ms` (the rig's time) plus
      `link_ms` (wall time, for time-outs of the link do not scale; longer than a bench tries to find a lost port again)
      after its release: the rig is aborted.
    """

    patience_ms: int = 4 * HOUR
    at_grace_ms: int = 5 * MINUTE
    window_share: float = 0.5
    overdue_factor: float = 1.25
    overdue_ms: int = 2 * MINUTE
    link_ms: int = 10_000
    link_slack_ms: int = 100
    indeterminate: Literal["ask", "hold", "fail"] = "ask"
