"""Where a search stands, and when it has to stop."""

from __future__ import annotations

import time
from dataclasses import dataclass
from fractions import Fraction

#: of a budget, what is kept to let sessions start earlier in the end
LAST_SHARE = 0.04


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the search stands: `bound` is proven, `value` reached, both exact. `elapsed_ms` is wall time since the
    improvement began."""

    iteration: int
    value: Fraction
    bound: Fraction
    elapsed_ms: int


class Clock:
    """When to stop: after so many iterations or, where they are not given, so much wall time; or when `stopped`."""

    def __init__(self, budget_ms: int, iterations: int | None) -> None:
        self._began = time.monotonic()
        self._budget_ms = budget_ms
        self.iterations = iterations
        self.done = 0
        self.stopped = False

    def elapsed_ms(self) -> int:
        return int((time.monotonic() - self._began) * 1000)

    def left_s(self) -> float | None:
        """Wall time left for the search; None where iterations count."""
        if self.iterations is not None:
            return None
        return ((1 - LAST_SHARE) * self._budget_ms - self.elapsed_ms()) / 1000

    def share(self) -> float:
        """How much of a budget is gone; 0 where iterations count."""
        return self.elapsed_ms() / max(self._budget_ms, 1) if self.iterations is None else 0.0

    def over(self) -> bool:
        """Whether the search has to end."""
        if self.iterations is not None:
            return self.stopped or self.done >= self.iterations
        return self.stopped or self.elapsed_ms() >= (1 - LAST_SHARE) * self._budget_ms

    def all_over(self) -> bool:
        """Whether there is no time left for anything."""
        return self.stopped or (self.iterations is None and self.elapsed_ms() >= self._budget_ms)
