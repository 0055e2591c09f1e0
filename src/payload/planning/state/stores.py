"""What the placed activities take: renewable capacity and consumable stock, tick by tick."""

from __future__ import annotations

from bisect import insort

import numpy as np

from payload.model import Consumable
from payload.planning.bits import room
from payload.planning.problem import Problem, Supply


class Meter:
    """The use of one renewable resource. `firm` leaves out what movable duties take, as these can give way."""

    __slots__ = ("_known", "_left", "_left_firm", "supply")

    def __init__(self, problem: Problem, supply: Supply) -> None:
        self.supply = supply
        self._left = np.zeros(problem.ticks, dtype=np.int64)
        for at, capacity in supply.steps:
            self._left[at:] = capacity
        self._left_firm = self._left.copy()
        self._known: dict[tuple[int, int, bool], int] = {}

    def take(self, start: int, end: int, amount: int, soft: bool) -> None:
        """Takes `amount` over ticks `[start, end)`; a negative one gives it back."""
        start = max(start, 0)
        self._left[start:end] -= amount
        if not soft:
            self._left_firm[start:end] -= amount
        self._known.clear()

    def room(self, amount: int, length: int, firm: bool) -> int:
        """The ticks from which `amount` is free for `length` ticks."""
        key = (amount, length, firm)
        if key not in self._known:
            self._known[key] = room(self.free(amount, firm), length)
        return self._known[key]

    def free(self, amount: int, firm: bool) -> int:
        """The ticks at which `amount` is free."""
        key = (amount, 1, firm)
        if key not in self._known:
            enough = (self._left_firm if firm else self._left) >= amount
            self._known[key] = int.from_bytes(np.packbits(enough, bitorder="little").tobytes(), "little")
        return self._known[key]

    def left(self, start: int, end: int) -> int:
        """What is left over ticks `[start, end)`, summed."""
        return int(np.maximum(self._left[max(start, 0) : end], 0).sum())

    def levels(self, start: int, end: int) -> list[tuple[int, int]]:
        """(tick, what is left from there on) over ticks `[start, end)`, ascending, one for each change."""
        start = max(start, 0)
        left = self._left[start:end]
        changes = np.flatnonzero(np.diff(left)) + 1 if left.size else left
        return [(start + int(at), int(left[at])) for at in (0, *changes)] if left.size else []

    def over(self, start: int, end: int) -> int:
        """The first tick of `[start, end)` at which more is taken than there is; -1 when there is none."""
        short = self._left[max(start, 0) : end] < 0
        first = int(short.argmax()) if short.size else 0
        return max(start, 0) + first if short.size and short[first] else -1


class Store:
    """The level of one consumable: taken at instants, resupplied at instants, never below 0."""

    __slots__ = ("_moves", "consumable")

    def __init__(self, problem: Problem, consumable: Consumable) -> None:
        self.consumable = consumable
        # at one tick a resupply (0) comes before what is taken (1)
        self._moves: list[tuple[int, int, int]] = []
        for at, amount in consumable.resupply:
            insort(self._moves, (problem.up(at), 0, amount))

    def take(self, at: int, amount: int) -> None:
        insort(self._moves, (at, 1, -amount))

    def give_back(self, at: int, amount: int) -> None:
        self._moves.remove((at, 1, -amount))

    def open_from(self, amount: int) -> int | None:
        """The first tick from which on the level never falls below `amount` any more; None when it ends below."""
        level = self.consumable.stock + sum(move[2] for move in self._moves)
        if level < amount:
            return None
        for at, _, change in reversed(self._moves):
            level -= change
            if level < amount:
                return at if change > 0 else at + 1
        return 0

    def at_end(self) -> int:
        """The level after all that is resupplied and taken."""
        return self.consumable.stock + sum(move[2] for move in self._moves)

    def short(self) -> bool:
        """Whether the level falls below 0 anywhere."""
        level = self.consumable.stock
        for _, _, change in self._moves:
            level += change
            if level < 0:
                return True
        return False
