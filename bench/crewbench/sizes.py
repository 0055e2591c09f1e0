"""The sizes of the benchmark, and where its frozen instances are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

INSTANCES = Path(__file__).parent / "instances"
SUMS = INSTANCES / "SHA256SUMS"


@dataclass(frozen=True, slots=True)
class Size:
    """`crew`: how many people, drawn among these. `frozen`: the seeds of the frozen instances."""

    name: str
    days: int
    crew: tuple[int, ...]
    frozen: tuple[int, ...]


SIZES = {
    size.name: size
    for size in (
        Size("crew-day", 1, (2, 3, 3), (1, 2, 3)),
        Size("crew-week", 7, (3,), (1, 2, 3)),
        Size("crew-18", 18, (4,), (1, 2, 3)),
        Size("crew-60", 60, (6,), (1, 2)),
        Size("crew-180", 180, (7,), (1,)),
    )
}


def instance_path(size: str, seed: int) -> Path:
    """Where a frozen instance is; fresh ones are not kept."""
    return INSTANCES / f"{size}-{seed}.yaml"


def frozen(sizes: list[str]) -> list[tuple[str, int, Path]]:
    """The frozen instances of some sizes, in order: (size, seed, file)."""
    return [(name, seed, instance_path(name, seed)) for name in sizes for seed in SIZES[name].frozen]
