"""How long to wait for an answer: RFC 6298 with the wire's own floor and ceiling (PROTOCOL.md §10).

https://www.rfc-editor.org/rfc/rfc6298, §2; Karn's rule (no sample from a repeated frame) is the caller's.
"""

from __future__ import annotations

from dataclasses import dataclass

from payload.met import NS_PER_MS
from payload.rigs.wire.packet import ToRig

GRANULARITY_NS = 10 * NS_PER_MS
FLOOR_NS = 4 * GRANULARITY_NS
CEILING_NS = 2_000 * NS_PER_MS
FIRST_NS = 1_000 * NS_PER_MS
TRIES = 8
"""How often a frame is sent in all before the link counts as down."""


class RoundTrip:
    """The smoothed round-trip time and its variation, in whole ns."""

    __slots__ = ("_smoothed", "_timeout_ns", "_variation")

    def __init__(self) -> None:
        self._smoothed: int | None = None
        self._variation = 0
        self._timeout_ns = FIRST_NS

    def sample(self, took_ns: int) -> None:
        if self._smoothed is None:
            self._smoothed, self._variation = took_ns, took_ns // 2
        else:
            self._variation += (abs(self._smoothed - took_ns) - self._variation) // 4
            self._smoothed += (took_ns - self._smoothed) // 8
        self._timeout_ns = self._smoothed + max(GRANULARITY_NS, 4 * self._variation)

    def timeout_ns(self, tries: int) -> int:
        """How long to wait after having sent a frame for the `tries`-th time, from 1: doubled at each."""
        return min(max(self._timeout_ns, FLOOR_NS) << tries - 1, CEILING_NS)

    def short_ns(self, tries: int) -> int:
        """The same without the floor, for questions that the rig answers at once and at the cost of nothing: samples
        leave its ring while we wait."""
        return min(self._timeout_ns << min(tries, TRIES) - 1, CEILING_NS)


@dataclass(slots=True)
class Asked:
    """A frame that wants an answer, and when it is sent again."""

    packet: ToRig
    what: str
    first_sent: int
    due: int
    tries: int = 1
