"""What a run has of one rig, whichever clock it lives on: its limits and arming, its commands, and its reports.

No thread, no port, no clock: `Station` keeps a rig in wall time with a thread of its own, `LockstepBench` all of them
in virtual time. Both hand in `now` (ns) and send what the link has to say.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from payload.errors import JournalError, LinkTimeout, PayloadError, PortError, RigFault
from payload.met import to_ns
from payload.model import Rig
from payload.rigs.kinds.dictionary import READ, Command, Kind
from payload.rigs.link.events import Down, Event, Met, Moved, Sampled, Seen, Up
from payload.rigs.link.intents import Intents, Item
from payload.rigs.link.link import Link, Phase
from payload.rigs.stations.calls import kind_of, limits_of
from payload.rigs.wire.packet import HelloReply, Reason, State, name_of

READY_MS = 15_000
"""How long a rig may take until it has been met, has its limits and is armed."""
REGREETING_MS = 3_000
"""How long a reopened port may be silent: some boards reset when it is opened, and sit in a boot loader first."""

Fact = int | float | str | bool | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What a rig did. `token` is the command's; None for the rig itself (TELEMETRY, SAFE, LINK_DOWN, LINK_UP).

    `at_ns` is the rig's own clock, None where the host says so; `host_ns` is when that was on the clock of the program
    that keeps the rig, to within `error_ns`, once the two clocks have been compared.

    `facts` of a command: `progress` (percent), `value`, `of` and `unit` (what the value is); of TELEMETRY: channel,
    unit, first_tick_ms, interval_ms, values, lost, seq (the first sample's number); of SAFE: reason; of LINK_DOWN: why;
    of LINK_UP: rebooted.
    """

    rig: str
    token: str | None
    stage: str
    code: str | None = None
    at_ns: int | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)
    host_ns: int | None = None
    error_ns: int | None = None


class Keeper:
    """One rig's link, and what its owner needs to know of it. `put` takes the reports, in order. With `intents` no
    command leaves before it is on disk there. `kind` is the rig's where it is none of ours."""

    def __init__(
        self, rig: Rig, put: Callable[[Report], None], intents: Intents | None = None, kind: Kind | None = None
    ) -> None:
        self.rig = rig
        self.kind = kind_of(rig, kind)
        self.link = Link(rig.id, self.kind, durable=intents is not None)
        self.error: PayloadError | None = None
        self.dead = False  # the link is not tried again
        self.closing = False  # by us: nothing is told of what ends now
        self.lost_at: int | None = None
        self.reported = False  # what happens before the rig is ready is told by exceptions
        self._put, self._intents = put, intents
        limits = limits_of(rig, kind).values()
        self._limits = {f"\0limit{i}": (i, *each) for i, each in enumerate(limits)}
        self.link.begin_with([(token, self.kind.by_name["limit"], each) for token, each in self._limits.items()])
        self._internal: dict[str, Moved | None] = {}
        self._armed = False
        self._why_safe = "BOOT"

    # -- what the run says ---------------------------------------------------------------------------------------

    @property
    def hello(self) -> HelloReply | None:
        """What the rig last said of itself."""
        return self.link.hello

    def is_ready(self) -> bool:
        """Whether the rig has been met, has its limits, and is armed. Raises what stood against it."""
        if self.error:
            raise self.error
        if self.dead:
            raise PortError(self.rig.id, "was lost while it was being set up")
        for moved in self._internal.values():
            if moved and moved.stage != "DONE":
                text = f"refused {moved.command.name} while it was being set up"
                raise RigFault(self.rig.id, moved.code or moved.stage, text)
        if self._internal and all(self._internal.values()):
            if not self._armed:
                raise RigFault(self.rig.id, self._why_safe, "went safe while it was being set up")
            self.reported = True
        return self.reported

    def late(self) -> LinkTimeout:
        return LinkTimeout(self.rig.id, "limits and arm", READY_MS)

    def release(self, token: str, command: Command, arguments: tuple[int, ...], now: int) -> None:
        self._put(Report(self.rig.id, token, "RELEASED"))
        if self.dead:
            self._put(Report(self.rig.id, token, "FAILED", "LINK_DOWN"))
            return
        self.tell(self.link.submit(token, command, arguments, now), now)

    def arm(self, token: str, now: int, outputs: int | None = None) -> None:
        """Out of safe mode, on purpose: `prepare`, and with the nonce that it brings `arm`. `outputs` is a mask; all of
        them by default. What becomes of either is told of `token`."""
        self._put(Report(self.rig.id, token, "RELEASED"))
        if self.dead:
            self._put(Report(self.rig.id, token, "FAILED", "LINK_DOWN"))
            return
        self.tell(self.link.arm(token, self.kind.all_outputs if outputs is None else outputs, now), now)

    def to_write(self) -> Sequence[Item]:
        """What `write` must put on disk before the bytes that the link's next `outgoing` gives are sent."""
        return self.link.intents()

    def write(self, items: Sequence[Item]) -> None:
        """Returns when they are on disk; waits for nothing else. Raises JournalError."""
        if self._intents is not None:
            self._intents.write(items)

    def write_last(self) -> None:
        """The ends that are not on disk yet, when nothing more will leave. Where that fails they are not certain to who
        reads them, which they are not to anybody then."""
        with contextlib.suppress(JournalError):
            self.write(self.link.intents())

    def outgoing(self) -> bytes:
        """What is to be sent now; its intents are on disk. For an owner with one thread. Raises JournalError."""
        items = self.link.intents()
        if items:
            self.write(items)
        return self.link.outgoing()

    def abort(self, now: int) -> None:
        if not self.dead:
            self.tell(self.link.abort(now), now)

    def beat(self, now: int) -> None:
        self.tell(self.link.beat(now), now)

    def part(self, now: int) -> None:
        """Asks the rig to be safe; `parting` until it has said that it is."""
        if self.dead or self.link.phase is not Phase.UP:
            return
        if self.link.idle:
            self._internal["\0safe"] = None
            self.tell(self.link.submit("\0safe", self.kind.by_name["safe"], (), now), now)
        else:
            self.tell(self.link.abort(now), now)

    @property
    def parting(self) -> bool:
        busy = self.link.aborting or self._internal.get("\0safe", True) is None
        return busy and not self.dead and self.link.phase is Phase.UP

    def end(self, error: PayloadError | None, now: int) -> None:
        """The link stays down: LINK_DOWN is told, once."""
        if self.dead or self.closing:
            return
        self.dead = True
        self.tell(self.link.give_up(), now)
        self.write_last()
        if self.reported:
            self._put(Report(self.rig.id, None, "LINK_DOWN", facts={"why": str(error or "")}))

    # -- what the link tells -------------------------------------------------------------------------------------

    def tell(self, events: Sequence[Event], now: int) -> None:
        """Events to reports."""
        for event in events:
            match event:
                case Moved():
                    self._moved(event, now)
                case Sampled():
                    self._sampled(event)
                case Seen(status):
                    self._why_safe = name_of(Reason, status.reason)
                    if self._armed and status.state == State.SAFE:
                        facts = {"reason": self._why_safe}
                        self._put(self._stamped(None, "SAFE", None, status.tick, facts))
                    self._armed = status.state != State.SAFE
                case Met(again=True, rebooted=rebooted) if self.reported:
                    self._put(Report(self.rig.id, None, "LINK_UP", facts={"rebooted": rebooted}))
                case Up(fresh=fresh):
                    self.lost_at = None
                    if fresh:
                        self.set_up(now)
                case Down(error=error, final=final):
                    self.error = error
                    if final or not self.reported:
                        self.end(error, now)

    def set_up(self, now: int) -> None:
        """A new session, which began with the limits: whatever had waited for it comes behind them. Arm in the first
        one alone: a rig that went safe stays so until it is armed."""
        self._internal |= dict.fromkeys(self._limits)
        if not self.reported:
            self._internal["\0arm"] = None
            self.tell(self.link.arm("\0arm", self.kind.all_outputs, now), now)

    def _moved(self, moved: Moved, now: int) -> None:
        if moved.token in self._internal:
            if moved.stage == "CANCELLED" and self.reported:
                # An abort took back limits that a new session needs: the rig must not be armed without them.
                self.tell(self.link.submit(moved.token, moved.command, moved.arguments, now), now)
            elif moved.ended:
                self._internal[moved.token] = moved
            return
        if moved.token.startswith("\0"):  # the first step of an arming, or what a program that died had begun so
            return
        facts: dict[str, Fact] = {}
        if moved.stage in ("STARTED", "PROGRESS", "DONE", "FAILED", "CANCELLED") and moved.tick is not None:
            facts["progress"] = moved.progress
            channels = self.kind.channels
            if moved.code == "LIMIT":
                facts["of"] = (
                    channels[moved.value].name if 0 <= moved.value < len(channels) else f"channel {moved.value}"
                )
            elif moved.command.opcode == READ:
                channel = channels[moved.arguments[0]]
                facts |= {"value": moved.value, "of": channel.name, "unit": channel.unit}
            elif moved.command.value:
                facts |= {"value": moved.value, "of": moved.command.value, "unit": moved.command.unit}
        self._put(self._stamped(moved.token, moved.stage, moved.code, moved.tick, facts))

    def _stamped(
        self, token: str | None, stage: str, code: str | None, tick: int | None, facts: Mapping[str, Fact]
    ) -> Report:
        """With both clocks. A tick that has wrapped stays so in the rig's own time."""
        if tick is None:
            return Report(self.rig.id, token, stage, code, None, facts)
        clock = self.link.clock
        host_ns, error_ns = clock.at(tick) if clock else (None, None)
        return Report(self.rig.id, token, stage, code, to_ns(tick), facts, host_ns, error_ns)

    def _sampled(self, sampled: Sampled) -> None:
        if sampled.stream >= len(self.kind.channels):
            return
        channel = self.kind.channels[sampled.stream]
        facts: dict[str, Fact] = {
            "channel": channel.name,
            "unit": channel.unit,
            "first_tick_ms": sampled.first_tick,
            "interval_ms": sampled.interval,
            "values": sampled.values,
            "lost": sampled.lost,
            "seq": sampled.first,
        }
        self._put(self._stamped(None, "TELEMETRY", None, sampled.first_tick, facts))
