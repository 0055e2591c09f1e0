"""Chance for the generator, such that a seed gives the same bytes on every machine and Python.

Everything comes from `Random.random()`, whose sequence Python promises to keep; `choices`, `shuffle` or `gauss` may
change between versions or with the machine's mathematics.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """A seeded source. Ranges are closed."""

    def __init__(self, seed: str) -> None:
        self._random = Random(seed).random

    def between(self, least: float, most: float) -> float:
        return least + (most - least) * self._random()

    def whole(self, least: int, most: int, step: int = 1) -> int:
        """One of least, least + step, ... up to most, all alike."""
        return least + step * int(self._random() * ((most - least) // step + 1))

    def chance(self, of: float) -> bool:
        return self._random() < of

    def one(self, among: Sequence[T]) -> T:
        return among[int(self._random() * len(among))]

    def weighted(self, among: Sequence[tuple[T, int]]) -> T:
        """One of the values, each as often as its weight says."""
        at = self._random() * sum(weight for _, weight in among)
        for value, weight in among:
            at -= weight
            if at < 0:
                return value
        return among[-1][0]

    def some(self, among: Sequence[T], count: int) -> list[T]:
        """`count` different ones, in the order of `among`."""
        left = list(range(len(among)))
        taken = [left.pop(int(self._random() * len(left))) for _ in range(min(count, len(left)))]
        return [among[index] for index in sorted(taken)]
