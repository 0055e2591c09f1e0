"""An instrument at work as a rig: arming, lease, limits, long commands and their ends, samples. No thread in here.

    SAFE      outputs at their safe values; hazardous commands are rejected
    READY     armed
    RUNNING   a long command is at work; it ends by the clock handed in, and its outputs go to their safe values

`turn` does whatever is due, may block as long as the instrument does, and returns when it wants to be called again.
Others only leave word (`submit`, `abort`, `beat`), under the owner's lock or from any thread: each is one assignment.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from payload.errors import LinkError, PayloadError, PortError, ProtocolError, RigFault
from payload.met import to_ns
from payload.model import Rig
from payload.rigs.adapters.face import Adapter, Hurried, Uncertain
from payload.rigs.kinds.dictionary import Command
from payload.rigs.stations.calls import limits_of
from payload.rigs.stations.keeper import Fact, Report
from payload.rigs.stations.pace import Long, Queue, Samples
from payload.rigs.wire.packet import LEASE_MS, State

_PAUSE_MS = (50, 1_000)
_LAST_VALUE_MS = 500


class Work:
    """One instrument. `put` takes the reports, in order; `speed_milli` is how fast its long commands' time goes by."""

    def __init__(
        self,
        rig: Rig,
        adapter: Callable[[Callable[[], bool]], Adapter],
        put: Callable[[Report], None],
        *,
        clock: Callable[[], int],
        reconnect_ms: int,
        speed_milli: int = 1_000,
    ) -> None:
        self.rig, self.adapter = rig, adapter(self._hurried)
        self.kind = self.adapter.kind
        self.error: PayloadError | None = None
        self.ready = False  # what happens before is told by `error`
        self.dead = False
        self.safe_at_last = False  # after `part`
        self._put, self._clock, self._reconnect_ms, self._speed_milli = put, clock, reconnect_ms, speed_milli
        self._limits = limits_of(rig)
        self._state = State.SAFE
        self._open = False
        self._long: Long | None = None
        self._queue = Queue()
        self._abort = self._part = self._saving = False
        self._beat_at: int | None = None
        self._renew = False
        self._samples = [Samples(channel, clock(), clock()) for channel in self.kind.channels]
        self._lost_at: int | None = None
        self._again_at, self._pause_ms = clock(), _PAUSE_MS[0]

    # -- word from others ----------------------------------------------------------------------------------------

    def submit(self, token: str, command: Command, arguments: tuple[int, ...]) -> None:
        self._report(token, "RELEASED")
        if self.dead:
            self._report(token, "FAILED", "LINK_DOWN")
        else:
            self._queue.put(token, command, arguments)

    def abort(self) -> None:
        self._queue.abort()
        self._abort = True

    def beat(self) -> None:
        self._beat_at, self._renew = self._clock(), True

    def part(self) -> None:
        """The run is over: safe, and nothing else any more."""
        self._part = True

    @property
    def idle(self) -> bool:
        """Whether nobody has left word since the last turn."""
        parting = self._part and not self.safe_at_last
        if self.dead or not self._open:
            return not (parting and self.dead)
        return not (self._queue or self._abort or parting or self._renew)

    def _hurried(self) -> bool:
        return not self._saving and (self._abort or self._part or self._lease_over() or self._late())

    def _lease_over(self) -> bool:
        over = self._beat_at is not None and self._clock() >= self._beat_at + to_ns(LEASE_MS)
        return over and self._state is not State.SAFE

    def _late(self) -> bool:
        """A long command should have ended while something else was waited for; its last value has a moment."""
        return self._long is not None and self._clock() >= self._long.end + to_ns(_LAST_VALUE_MS)

    # -- the owner's thread --------------------------------------------------------------------------------------

    def turn(self) -> int:
        """Does what is due. Returns when to call again, unless somebody leaves word before."""
        try:
            if not self._open:
                return self._open_again()
            self._do()
        except Hurried:  # the next turn does what the hurry is about
            pass
        except LinkError as error:
            self._lost(error)
        return self._due()

    def end(self) -> None:
        """Nobody turns any more: whatever is left has no known end. One last try to leave the outputs safe."""
        if self._open and not self.safe_at_last:
            with contextlib.suppress(Exception):  # a third party's adapter may have broken in the middle of anything
                self._make_safe()
        if not self.dead:
            self._give_up(self.error)
        self.adapter.close()

    def _do(self) -> None:
        if self._part:
            self._safe("COMMAND")
            self.safe_at_last = True
            return
        if self._abort:
            self._abort = False
            for token in self._queue.before_abort():
                self._report(token, "CANCELLED", "ABORT")
            self._safe("ABORT")
        elif self._lease_over():
            self._safe("LEASE")
        if self._renew:
            self._renew = False
            self.adapter.renew()
        self._watch_long()
        word = self._queue.take()
        if word:
            self._command(*word)
        else:
            self._sample()

    def _due(self) -> int:
        if self.dead:
            return self._clock() + to_ns(LEASE_MS)
        if not self._open:
            return self._again_at
        dues = [samples.due for samples in self._samples]
        if self._long:
            dues.append(self._long.due)
        if self._state is not State.SAFE and self._beat_at is not None:
            dues.append(self._beat_at + to_ns(LEASE_MS))
        return min(dues)

    # -- the line ------------------------------------------------------------------------------------------------

    def _open_again(self) -> int:
        now = self._clock()
        if self.dead:
            self.safe_at_last = True
            return now + to_ns(LEASE_MS)
        if now < self._again_at:
            return self._again_at
        try:
            self._saving = True  # an abort makes it quicker to open, not slower: safe values come first
            self.adapter.open()
            self._opened()
        except LinkError as error:
            self._lost(error)
        except RigFault as error:
            self._lost(PortError(self.rig.id, str(error)))
        finally:
            self._saving = False
        return self._due()

    def _opened(self) -> None:
        long = self._long
        stands = long is not None and not self._abort and self.adapter.stands(long.command, long.arguments)
        self._open = True
        if not stands:
            self._safe("LINK")
        if self.ready:
            self._report(None, "LINK_UP", rebooted=not stands)
        else:
            self._state, self.ready = State.READY, True
        self._lost_at, self._pause_ms = None, _PAUSE_MS[0]

    def _lost(self, error: LinkError) -> None:
        """Tries again with growing pauses for as long as it may; before it was ever ready, not at all."""
        now = self._clock()
        self._open = False
        self.adapter.close()
        self._lost_at = now if self._lost_at is None else self._lost_at
        if self.ready and now - self._lost_at < to_ns(self._reconnect_ms):
            self._again_at = now + to_ns(self._pause_ms)
            self._pause_ms = min(2 * self._pause_ms, _PAUSE_MS[1])
            return
        self._give_up(error)

    def _give_up(self, error: PayloadError | None) -> None:
        self.error, self.dead = error, True
        for token in self._outstanding():
            self._report(token, "INDETERMINATE", "LINK_DOWN")
        if self.ready and error:
            self._report(None, "LINK_DOWN", why=str(error))

    def _outstanding(self) -> list[str]:
        tokens = [self._long.token] if self._long else []
        self._long = None
        self._queue.abort()
        return [*tokens, *self._queue.before_abort()]

    # -- safe ----------------------------------------------------------------------------------------------------

    def _safe(self, reason: str) -> None:
        """Outputs to their safe values; what runs has failed. Said after it is so."""
        self._make_safe()
        long, self._long = self._long, None
        if long:
            stage = "CANCELLED" if reason == "COMMAND" and not self._part else "FAILED"
            self._report(long.token, stage, reason, **long.facts(self._clock()))
        was, self._state = self._state, State.SAFE
        if was is not State.SAFE:
            self._report(None, "SAFE", reason=reason)

    def _make_safe(self) -> None:
        self._saving = True
        try:
            self.adapter.make_safe()
        except (RigFault, Uncertain) as error:  # it answers, and is not safe: as good as lost, and tried again
            raise PortError(self.rig.id, f"cannot be made safe: {error}") from None
        finally:
            self._saving = False

    # -- commands ------------------------------------------------------------------------------------------------

    def _command(self, token: str, command: Command, arguments: tuple[int, ...]) -> None:
        code = self._why_not(command)
        if code:
            self._report(token, "REJECTED", code)
            return
        self._report(token, "ACCEPTED")
        facts: dict[str, Fact] = {}
        started = self._clock()  # a long one's time begins here: never is an output on for longer than was asked for
        try:
            match command.name:
                case "arm":
                    self._state = State.READY
                case "disarm" | "safe":
                    self._safe("COMMAND")
                case "cancel":
                    if self._long:
                        self._make_safe()
                case "read":
                    channel = self.kind.channels[arguments[0]]
                    facts = {"value": self.adapter.read(channel), "of": channel.name, "unit": channel.unit}
                case _:
                    self.adapter.carry_out(command, arguments)
        except RigFault as error:
            self._report(token, "FAILED", error.code, why=str(error))
            if command.long:  # half of it may have been done, and nothing would end it
                self._make_safe()
        except (Uncertain, Hurried, ProtocolError) as error:
            self._report(token, "INDETERMINATE", "UNCERTAIN", why=str(error))
            if command.hazardous:
                self._safe("UNCERTAIN")
        except PortError as error:
            self._report(token, "INDETERMINATE", "LINK_LOST", why=str(error))
            raise
        except (
            Exception
        ) as error:  # a third party's mistake: its command must have an end before the thread has its own
            self._report(token, "INDETERMINATE", "ADAPTER", why=f"{type(error).__name__}: {error}")
            raise
        else:
            self._carried_out(token, command, arguments, started, facts)

    def _carried_out(
        self, token: str, command: Command, arguments: tuple[int, ...], started: int, facts: dict[str, Fact]
    ) -> None:
        if self._long and (command.name == "cancel" or command.name in self.adapter.ends):
            long, self._long = self._long, None
            self._state = State.READY
            self._report(long.token, "CANCELLED", "STOPPED", **long.facts(self._clock()))
        if command.long:
            length = to_ns(arguments[-1]) * 1_000 // self._speed_milli
            self._long = Long(token, command, arguments, started, length)
            self._state = State.RUNNING
            self._report(token, "STARTED", None, **self._progress(self._long))
        else:
            self._report(token, "DONE", None, progress=100, **facts)

    def _why_not(self, command: Command) -> str:
        if command.name == "arm" and self._state is State.RUNNING:
            return "BUSY"
        if command.hazardous and self._state is not State.READY:
            return "SAFE_MODE" if self._state is State.SAFE else "BUSY"
        if (command.hazardous or command.name == "arm") and (
            self._beat_at is None or self._clock() >= self._beat_at + to_ns(LEASE_MS)
        ):
            return "NO_LEASE"
        return ""

    def _watch_long(self) -> None:
        """Progress of the long command, and its end."""
        long = self._long
        if long is None:
            return
        now = self._clock()
        if now >= long.end:
            facts = self._progress(long)
            try:
                self._make_safe()
            except PortError:
                self._long = None
                self._report(long.token, "INDETERMINATE", "LINK_LOST", **facts)
                raise
            self._long, self._state = None, State.READY
            self._report(long.token, "DONE", None, **facts)
        elif now >= long.due:
            long.pass_mark(now)
            self._report(long.token, "PROGRESS", None, **self._progress(long))

    def _progress(self, long: Long) -> dict[str, Fact]:
        """What the command's reports tell, its value too where that can be had just now."""
        channel = next((each for each in self.kind.channels if each.name == long.command.value), None)
        value = None
        if channel:
            with contextlib.suppress(RigFault, ProtocolError, Hurried):
                value = self.adapter.read(channel)
        return long.facts(self._clock(), value)

    # -- samples -------------------------------------------------------------------------------------------------

    def _sample(self) -> None:
        """The values of the channels that are due; outside its limits an armed rig goes safe."""
        tripped = False
        for samples in self._samples:
            value = samples.take(self.adapter.read, self._clock)
            if value is not None:
                self._report(None, "TELEMETRY", None, **samples.facts(value, self._clock()))
                low, high = self._limits[samples.channel.name]
                tripped |= not low <= value <= high
        if tripped and self._state is not State.SAFE:
            self._safe("LIMIT")

    def _report(self, token: str | None, stage: str, code: str | None = None, **facts: Fact) -> None:
        self._put(Report(self.rig.id, token, stage, code, None, facts))
