"""A rig in Python: the same answers, byte for byte, as the firmware (PROTOCOL.md).

It never reads a clock: it is told how far its time has gone, and says when it wants to be called again.
"""

from __future__ import annotations

from payload.rigs.kinds.dictionary import KINDS, Kind
from payload.rigs.twins import commands, frames, telemetry
from payload.rigs.twins.memory import Memory
from payload.rigs.twins.plants import Plant, plant_of
from payload.rigs.twins.rig import NEVER, Drive, Rig
from payload.rigs.twins.running import Running
from payload.rigs.twins.safety import check_limits, check_on_time, end, go_safe, on_until, reset_outputs
from payload.rigs.twins.size import FULL, Size
from payload.rigs.wire.packet import Cause, Reason, Stage, State

STEP = 1000
SLICE_MS = 20
"""At high speeds the plant steps more often than it is worth waking for: it is advanced in slices of this wall time."""
IDLE_TICKS = 1_000_000
"""With nothing to say: so that what has to be caught up on remains a moment's work."""
PER_SECOND = 1_000_000_000  # ns; and speed is in thousandths of ticks per ms


class Twin(Rig):
    """One rig of a kind, from its boot on. `unit` is its own number, `boot` this boot's, never 0.

    `memory` outlives a boot: hand it to the next twin. A kind that did not come with the program has a plain plant
    unless one is handed in.
    """

    def __init__(
        self,
        kind: str | Kind,
        *,
        unit: int,
        boot: int,
        speed_milli: int = 1000,
        size: Size = FULL,
        nvm: Memory | None = None,
        cause: Cause | int = Cause.POWER_ON,
        plant: Plant | None = None,
        drive: Drive | None = None,
    ) -> None:
        kind = kind if isinstance(kind, Kind) else KINDS[kind]
        super().__init__(kind, plant or plant_of(kind), unit, boot, speed_milli, size, nvm, cause, drive)

    # -- face ----------------------------------------------------------------------------------------------------

    def update(self, now_ns: int, data: bytes = b"") -> tuple[bytes, int]:
        """What the rig sends, having got `data` at `now_ns` (wall time since its boot), and when it wants to be called
        at the latest, on the same clock."""
        micro = now_ns * self.speed_milli // 1_000_000  # thousandths of ticks
        sent = b"".join([wire for _, wire in self.advance(micro // 1000, micro % 1000, data)])
        return sent, -(-self._call_at() * PER_SECOND // self.speed_milli)

    def advance(self, tick: int, thousandths: int = 0, data: bytes = b"") -> list[tuple[int, bytes]]:
        """Runs to `tick`, then handles `data`, which came so many thousandths later; each frame sent, with the tick at
        which it was. Ticks count from boot and do not wrap."""
        self._run_to(tick)
        self.thousandths = thousandths
        if data:
            for frame in self.deframer.each(data):
                frames.handle(self, frame)
        sent, self.out = self.out, []
        return sent

    def halt(self) -> None:
        """Before the power goes: outputs to their safe values, without a word."""
        self.plant.stop(self.tick)
        self.show_outputs()

    # -- time ----------------------------------------------------------------------------------------------------

    def _next_step(self) -> int:
        return self.tick - self.tick % STEP + STEP

    def _next_word(self) -> int:
        """The next tick at which something is due besides the plant's steps and its samples."""
        at = NEVER
        if self.lease:
            at = min(self.lease_until, self.hk_due)
        if self.running:
            at = min(at, self.running.next_mark)
        if self.waiting:
            at = min(at, min(timed.at for timed in self.waiting))
        if self.on_since:
            at = min(at, min(on_until(self, output) for output in self.on_since))
        return at

    def _call_at(self) -> int:
        """The tick at which to be called at the latest."""
        at = min(self._next_word(), telemetry.frame_due(self))
        if self.state is not State.SAFE:
            at = min(at, max(self._next_step(), self.tick + self.speed_milli * SLICE_MS // 1000))
        return max(min(at, self.tick + IDLE_TICKS), self.tick + 1)

    def _run_to(self, target: int) -> None:
        while self.tick < target:
            at = min(self._next_word(), telemetry.due(self))
            if self.plant.steps or self.state is not State.SAFE:
                at = min(at, self._next_step())
            if self.nonce:
                at = min(at, self.nonce[2])
            if at > target:
                break
            self.tick, self.thousandths = at, 0
            self._visit()
        self.tick = max(self.tick, target)

    def _visit(self) -> None:
        """All that is due at this tick, in PROTOCOL.md's order."""
        tick = self.tick
        if tick % STEP == 0:
            self.plant.step()
            self.show_outputs()
            check_limits(self)
        if self.on_since:
            check_on_time(self)
        telemetry.visit(self)
        if self.running and tick == self.running.next_mark:
            self._mark_progress(self.running)
        if self.waiting:
            commands.visit_timed(self)
        if self.lease and tick == self.lease_until:
            self.lease = False
            go_safe(self, Reason.LEASE)
        if self.nonce and tick == self.nonce[2]:
            self.nonce = None
        if self.lease and tick == self.hk_due:
            telemetry.visit_periodic(self)

    def _mark_progress(self, running: Running) -> None:
        value = self.plant.value(self.tick)
        if self.tick < running.end:
            self.stage(running.number, Stage.PROGRESS, progress=10 * running.mark, value=value)
            running.mark += 1
        else:
            reset_outputs(self)
            self.state = State.READY
            end(self, running, Stage.DONE, 0, 100, value)
