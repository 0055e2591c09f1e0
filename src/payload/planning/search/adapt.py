"""Which neighbourhood comes next, and how large: what has brought most for the effort comes more often."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

#: activities that a neighbourhood frees
SIZES = (45, 65, 90, 130, 180, 260)
#: how fast the memory of gains fades, per neighbourhood landed
FADING = 0.985
#: the share of choices that are made blindly
BLIND = 0.15
#: what an arm is believed to have brought and cost before it is tried, in those of an average neighbourhood
TRUST = 2.0

Arm = tuple[str, int]


@dataclass(slots=True)
class _Record:
    gain: float = 0.0
    cost: float = 0.0
    tried: int = 0

    def fade(self) -> None:
        self.gain *= FADING
        self.cost *= FADING


class Adaptive:
    """An arm is a kind of neighbourhood and a size. What is learnt of one counts in part for all of its kind."""

    def __init__(self, kinds: tuple[str, ...]) -> None:
        self.arms: dict[Arm, _Record] = {(kind, size): _Record() for kind in kinds for size in SIZES}
        self.kinds = {kind: _Record() for kind in kinds}
        self.sizes = {size: _Record() for size in SIZES}
        self.all = _Record()

    def choose(self, rng: Random) -> Arm:
        arms = list(self.arms)
        if rng.random() < BLIND:
            return rng.choice(arms)
        return rng.choices(arms, [self.rate(arm) ** 1.5 for arm in arms])[0]

    def rate(self, arm: Arm) -> float:
        """Gain for the effort, drawn towards that of its kind, of its size and of all; small ones are believed in."""
        records = (self.arms[arm], self.kinds[arm[0]], self.sizes[arm[1]])
        gain = cost = 0.0
        for record, weight in zip(records, (1.0, 0.3, 0.3), strict=True):
            gain += weight * record.gain
            cost += weight * record.cost
        unit = (self.all.gain + 1e-9) / (self.all.cost + 1e-9)
        trust = TRUST * (self.all.cost + 1e-9) / max(self.all.tried, 1)
        return (gain + trust * unit * SIZES[0] / arm[1]) / (cost + trust)

    def learn(self, arm: Arm, gain: float, cost: float) -> None:
        """`gain` and `cost` in any units, as long as they are always the same."""
        for record in (*self.arms.values(), *self.kinds.values(), *self.sizes.values()):
            record.fade()
        for record in (self.arms[arm], self.kinds[arm[0]], self.sizes[arm[1]], self.all):
            record.gain += gain
            record.cost += cost
            record.tried += 1
