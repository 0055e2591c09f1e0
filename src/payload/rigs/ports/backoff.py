"""How long to wait before a port is tried again."""

from __future__ import annotations

from random import Random

FIRST_MS = 50
MOST_MS = 1_000


class Backoff:
    """Pauses that double from `first_ms` up to `most_ms`. With a `chance` each is cut by up to a quarter: rigs that
    were lost together, with their hub, are not opened in step."""

    __slots__ = ("_chance", "_first_ms", "_most_ms", "_next_ms")

    def __init__(self, first_ms: int = FIRST_MS, most_ms: int = MOST_MS, chance: Random | None = None) -> None:
        if not 0 < first_ms <= most_ms:
            raise ValueError(f"the first pause is above 0 and at most {most_ms} ms, not {first_ms}")
        self._first_ms, self._most_ms, self._chance = first_ms, most_ms, chance
        self._next_ms = first_ms

    def next_ms(self) -> int:
        pause, self._next_ms = self._next_ms, min(2 * self._next_ms, self._most_ms)
        return pause - (self._chance.randint(0, pause // 4) if self._chance else 0)

    def start_again(self) -> None:
        """After success."""
        self._next_ms = self._first_ms
