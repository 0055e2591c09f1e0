"""How much a rig can hold (PROTOCOL.md, the table of sizes)."""

from __future__ import annotations

from typing import NamedTuple


class Size(NamedTuple):
    """`window`: K results; `body`: bytes of a frame's body; `ring`: R samples of a stream; `queue`: Q timed
    commands."""

    window: int
    body: int
    ring: int
    queue: int

    @property
    def samples(self) -> int:
        """S: how many go in a frame at most."""
        return (self.body - 14) // 4


FULL = Size(32, 240, 256, 8)
SMALL = Size(4, 56, 16, 2)
SIZES = {"full": FULL, "small": SMALL}
