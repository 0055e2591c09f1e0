"""One way of a wire: bytes in, and each frame with what befalls it out, by a generator of this way's own."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

from payload.rigs.faults.plan import MS, RATES, Lane, Plan, Range, Way

HOLD = 20 * MS
"""How long bytes wait for the rest of their frame; then they go on as they are."""
MOST = 4_096
"""Bytes without a delimiter beyond which they are no frame."""

Arrive = Callable[[int, Way, bytes], None]
"""Told when which bytes arrive at the end of which way; not in order of time."""


class Passage:
    """One way at work. `babble`, `echo`, `silence` and `stall` are the times before which these happenings last."""

    __slots__ = (
        "_arrive", "_clean", "_counts", "_cuts", "_delimiter", "_hold", "_last", "_merging", "_part", "_settings",
        "_until", "_way", "babble", "echo", "rng", "silence", "stall",
    )  # fmt: skip

    def __init__(self, plan: Plan, way: Way, seed: int, arrive: Arrive, counts: Counter[str]) -> None:
        self._way, self._arrive, self._counts, self._delimiter = way, arrive, counts, plan.delimiter
        self.rng = random.Random(f"{seed}/{way.value}")
        self._set(plan.lane(way))
        self._part = self._merging = b""
        self._hold: int | None = None  # when `_part` goes on as it is
        self._until: int | None = None  # when `_merging` goes on alone
        self._last = self.stall = self.silence = self.babble = self.echo = 0

    def _set(self, lane: Lane) -> None:
        self._settings, self._clean = lane, lane.clean
        self._cuts: list[tuple[float, str]] = []
        total = 0.0
        for name in RATES:
            rate = getattr(lane.rates, name)
            total += rate
            if rate:
                self._cuts.append((total, name))

    def take(self, data: bytes, now: int) -> None:
        """Bytes onto this way."""
        if now < self.silence:
            self.lose()
        elif now < self.babble:
            self._counts[f"{self._way.value} babble"] += 1
            self.send(_babble(data, self.rng), now)
        else:
            if now < self.echo:
                self._come_back(data, now)
            self._cut(data, now)

    def lose(self) -> None:
        """Bytes that nobody hears, and with them the frame that they were of."""
        self._counts[f"{self._way.value} lost"] += 1
        self._part = b""

    def due(self, now: int) -> None:
        """Lets go of what has waited for long enough."""
        if self._hold is not None and self._hold <= now:
            self._let_go()
        if self._until is not None and self._until <= now:
            waited, since, self._merging, self._until = self._merging, self._until, b"", None
            self.send(waited, since)

    @property
    def next(self) -> int | None:
        if self._hold is None or self._until is None:
            return self._until if self._hold is None else self._hold
        return min(self._hold, self._until)

    def clear(self) -> None:
        """All that waits here is lost, and a stall is over."""
        self._part = self._merging = b""
        self._hold, self._until, self._last, self.stall = None, None, 0, 0

    def calm(self) -> None:
        self._set(Lane())

    def send(self, data: bytes, now: int, extra: int = 0) -> None:
        """Arrives after what was sent before it, and `extra` after its turn without making others wait."""
        if not data:
            return
        at = now + self._settings.latency
        if self._settings.jitter[1]:
            at += self.rng.randint(*self._settings.jitter)
        at = self._last = max(at, self._last)
        self._arrive(at + extra, self._way, data)

    # -- frames --------------------------------------------------------------------------------------------------

    def _cut(self, data: bytes, now: int) -> None:
        """The whole frames there are now pass, each with the delimiters ahead of it."""
        delimiter = self._delimiter
        if delimiter is None:
            self._pass(data, now)
            return
        *pieces, rest = (self._part + data).split(delimiter)
        ahead = b""
        for piece in pieces:
            if piece:
                self._pass(ahead + piece + delimiter, now)
                ahead = b""
            else:
                ahead += delimiter
        self._part = ahead + rest
        if len(self._part) > MOST:
            self._let_go()
        self._hold = now + HOLD if self._part else None

    def _let_go(self) -> None:
        """What is no whole frame goes on as it is."""
        part, at, self._part, self._hold = self._part, self._hold or self._last, b"", None
        if part:
            self._pass(part, at)

    def _pass(self, frame: bytes, now: int) -> None:
        if self._clean and not self._merging:
            self.send(frame, now)
            return
        name = ""
        if self._cuts:
            drawn = self.rng.random()
            if drawn < self._cuts[-1][0]:
                name = next(name for cut, name in self._cuts if drawn < cut)
        if self._settings.flip_byte or self._settings.drop_byte:
            frame = self._wear(frame)
        if self._merging and name != "merge":
            frame, self._merging, self._until = self._merging + frame, b"", None
        if name:
            self._counts[f"{self._way.value} {name}"] += 1
            _BEFALL[name](self, frame, now)
        else:
            self.send(frame, now)

    def _wear(self, frame: bytes) -> bytes:
        worn = bytearray()
        for byte in frame:
            if self.rng.random() < self._settings.drop_byte:
                self._counts[f"{self._way.value} drop_byte"] += 1
            elif self.rng.random() < self._settings.flip_byte:
                self._counts[f"{self._way.value} flip_byte"] += 1
                worn.append(byte ^ 1 << self.rng.randrange(8))
            else:
                worn.append(byte)
        return bytes(worn)

    # -- what befalls a frame --------------------------------------------------------------------------------------

    def _draw(self, length: Range) -> int:
        return self.rng.randint(*length)

    def _drop(self, frame: bytes, now: int) -> None:
        pass

    def _flip(self, frame: bytes, now: int) -> None:
        bit = self._draw((0, max(8 * len(frame) - 1, 0)))
        flipped = bytearray(frame)
        if flipped:
            flipped[bit // 8] ^= 1 << bit % 8
        self.send(bytes(flipped), now)

    def _truncate(self, frame: bytes, now: int) -> None:
        self.send(frame[: self._draw((0, max(len(frame) - 1, 0)))], now)

    def _duplicate(self, frame: bytes, now: int) -> None:
        self.send(frame, now)
        self.send(frame, now, self._draw(self._settings.duplicate_by))

    def _delay(self, frame: bytes, now: int) -> None:
        self.send(frame, now + self._draw(self._settings.delay_by))

    def _late(self, frame: bytes, now: int) -> None:
        self.send(frame, now, self._draw(self._settings.late_by))

    def _merge(self, frame: bytes, now: int) -> None:
        self._merging += frame
        self._until = now + self._settings.merge_within

    def _split(self, frame: bytes, now: int) -> None:
        cuts = sorted(self._draw((0, len(frame))) for _ in range(self._draw((1, 3))))
        for start, end in zip([0, *cuts], [*cuts, len(frame)], strict=True):
            self.send(frame[start:end], now)
            now += self._draw(self._settings.split_by)

    def _garbage(self, frame: bytes, now: int) -> None:
        self.send(self.rng.randbytes(self._draw((1, 16))) + frame, now)

    def _echo(self, frame: bytes, now: int) -> None:
        self.send(frame, now)
        self._come_back(frame, now)

    def _come_back(self, data: bytes, now: int) -> None:
        """Nothing is drawn for it: it is not of the other way's own frames."""
        self._arrive(now + self._settings.latency, self._way.back, data)


_BEFALL: dict[str, Callable[[Passage, bytes, int], None]] = {name: getattr(Passage, f"_{name}") for name in RATES}


def _babble(data: bytes, rng: random.Random) -> bytes:
    """What a receiver at another speed makes of it: other bytes, fewer or more of them."""
    return rng.randbytes(rng.randint(len(data) // 4, 2 * len(data)))
