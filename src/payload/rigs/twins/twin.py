"""A rig in Python: the same answers, byte for byte, as the firmware (PROTOCOL.md §2 to §7).

It never reads a clock: `update` is told the wall time since its boot, and says when it wants to be called again.
Inside, `wall` is whole ms of that time and `tick` whole ms of the device clock, which runs `speed` times as fast.
"""

from __future__ import annotations

from collections.abc import Callable

from payload.met import to_ms, to_ns
from payload.rigs import dictionary
from payload.rigs.dictionary import KINDS, Command
from payload.rigs.frame import MAX_BODY, Deframer, Frame, encode
from payload.rigs.packet import (
    AT_AN_END,
    LEASE_MS,
    VERSION,
    WINDOW,
    Aborted,
    BeatReply,
    Code,
    FromRig,
    HelloReply,
    Housekeeping,
    Nak,
    NakCode,
    Opened,
    Reason,
    Stage,
    StageReply,
    State,
    Status,
    Type,
    pack,
)
from payload.rigs.twins.plants import PLANTS, Camera, Plant
from payload.rigs.twins.ring import Ring
from payload.rigs.twins.running import Running

SLICE_MS = 20
"""At high speeds the plant steps more often than it is worth waking for: it is advanced in slices of this wall time."""

_LETTERS = {State.SAFE: "S", State.READY: "R", State.RUNNING: "X"}
_WRONG_STATE = {State.SAFE: Code.SAFE_MODE, State.RUNNING: Code.BUSY}


class Twin:
    """One rig of a kind, from its boot on. `unit` is its own number, `boot` this boot's, never 0."""

    def __init__(self, kind: str, *, unit: int, boot: int, speed_milli: int = 1000) -> None:
        self.kind = KINDS[kind]
        self.plant: Plant = PLANTS[kind]()
        self.unit, self.boot, self.speed_milli = unit, boot, speed_milli
        self.wall = self.tick = 0
        self.interval = 1000 * -(-speed_milli // 8000)
        self.state, self.reason = State.SAFE, Reason.BOOT
        self.session = self.last_id = 0
        self.results: dict[int, StageReply] = {}  # by id % WINDOW
        self.running: Running | None = None
        self.lease = False
        self.lease_until = self.hk_due = 0
        self.credit = self.hk_sequence = self.naks = 0
        self.limits = [(channel.low, channel.high) for channel in self.kind.channels]
        self.rings = [Ring(stream, self.interval) for stream in range(len(self.kind.channels))]
        self._deframer = Deframer()
        self._out: list[tuple[int, bytes]] = []
        self._instant: dict[str, Callable[[int, tuple[int, ...]], int]] = {
            "arm": self._arm,
            "disarm": self._go_safe_by_command,
            "safe": self._go_safe_by_command,
            "read": self._read,
            "limit": self._limit,
            "off": self._stop,
            "stop": self._stop,
            "erase": self._erase,
        }

    # -- time ----------------------------------------------------------------------------------------------------

    def update(self, now_ns: int, data: bytes = b"") -> tuple[bytes, int]:
        """What the rig sends, having got `data` at `now_ns` (wall time since its boot), and when it wants to be called
        at the latest, on the same clock."""
        sent = b"".join(wire for _, wire in self.advance(to_ms(now_ns), data))
        return sent, to_ns(self._next_call())

    def advance(self, wall: int, data: bytes = b"") -> list[tuple[int, bytes]]:
        """Runs to `wall`, then handles `data`; each frame sent, with the wall ms at which it was."""
        self._run_to(wall)
        *whole, rest = data.split(b"\0")
        for coded in whole:  # one by one: a reply counts the bad frames before it, not those after it
            for frame in self._deframer.feed(coded + b"\0"):
                self._handle(frame)
        self._deframer.feed(rest)
        sent, self._out = self._out, []
        return sent

    def _next_call(self) -> int:
        busy = self.state is not State.SAFE
        due = self.wall + (SLICE_MS if busy else 250)
        if self.lease:
            due = min(due, self.lease_until)
        if self.session:
            due = min(due, self.hk_due)
        if self.running:
            due = min(due, self._wall_of(self.running.next_mark))
        return max(due, self.wall + 1)

    def _wall_of(self, tick: int) -> int:
        """The first wall ms at which the device clock has reached `tick`."""
        return -(-tick * 1000 // self.speed_milli)

    def _run_to(self, wall: int) -> None:
        while self.wall < wall:
            stop = wall
            if self.lease:
                stop = min(stop, self.lease_until)
            if self.session:
                stop = min(stop, self.hk_due)
            self._run_device(stop * self.speed_milli // 1000)
            self.wall = stop
            if self.lease and stop >= self.lease_until:
                self.lease = False
                self._go_safe(Reason.LEASE)
            if self.session and stop >= self.hk_due:
                self._send_periodic()

    def _run_device(self, target: int) -> None:
        while True:
            step = self.tick - self.tick % 1000 + 1000
            t = min(step, self.running.next_mark) if self.running else step
            if t > target:
                break
            self.tick, self.wall = t, self._wall_of(t)
            if t == step:
                self.plant.step()
                self._check_limits()
                if t % self.interval == 0:
                    self._sample()
            if self.running and t == self.running.next_mark:
                self._mark_progress(self.running)
        self.tick = target

    def _mark_progress(self, running: Running) -> None:
        value = self.plant.value(self.tick)
        if self.tick < running.end:
            self._stage(running.number, Stage.PROGRESS, progress=10 * running.mark, value=value)
            running.mark += 1
        else:
            self._end_running()
            self.state = State.READY
            self._stage(running.number, Stage.DONE, progress=100, value=value)

    def _sample(self) -> None:
        for ring in self.rings:
            ring.add(self.plant.channel(ring.stream, self.tick), self.tick)

    def _send_periodic(self) -> None:
        self.hk_due += 1000
        if not self.lease:
            return
        for ring in self.rings:
            if ring.values and self.credit:
                self.credit -= 1
                self._send(ring.drain(self.session))
        self._send_housekeeping()

    # -- safe mode -----------------------------------------------------------------------------------------------

    def _channel_out_of_limits(self) -> int | None:
        for index, (low, high) in enumerate(self.limits):
            if not low <= self.plant.channel(index, self.tick) <= high:
                return index
        return None

    def _check_limits(self) -> None:
        if self.state is not State.SAFE:
            tripped = self._channel_out_of_limits()
            if tripped is not None:
                self._go_safe(Reason.LIMIT, tripped)

    def _end_running(self) -> Running | None:
        """Outputs to their safe values; the command that ran, if one did."""
        self.plant.stop(self.tick)
        ended, self.running = self.running, None
        return ended

    def _go_safe(self, reason: Reason, tripped: int | None = None) -> None:
        """The state, latched with its reason, and what is sent about it. Does nothing in safe mode."""
        if self.state is State.SAFE:
            return
        value = self.plant.value(self.tick) if tripped is None else tripped
        ended = self._end_running()
        self.state, self.reason = State.SAFE, reason
        if ended:
            self._stage(ended.number, Stage.FAILED, Code(0x20 + reason), ended.percent(self.tick), value)
        if self.session:
            self._send_housekeeping()

    # -- frames --------------------------------------------------------------------------------------------------

    def _send(self, packet: FromRig) -> None:
        self._out.append((self.wall, encode(pack(packet))))

    def _status(self) -> Status:
        finished = 0
        for age in range(WINDOW):
            number = self.last_id - age & 0xFFFF
            result = self.results.get(number % WINDOW)
            if result and result.number == number and result.stage in AT_AN_END:
                finished |= 1 << age
        return Status(self.state, self.reason, self.last_id, finished, self.tick)

    def _send_housekeeping(self) -> None:
        self._send(Housekeeping(self.session, self.hk_sequence, self._status(), self._deframer.bad & 0xFFFF, self.naks))
        self.hk_sequence = self.hk_sequence + 1 & 0xFFFF

    def _nak(self, frame: Frame, code: NakCode) -> None:
        self.naks = self.naks + 1 & 0xFFFF
        self._send(Nak(frame.session, frame.id, code, self.last_id + 1 & 0xFFFF, self.session))

    def _handle(self, frame: Frame) -> None:
        body = frame.body
        if frame.type >= 0x80:
            return
        match frame.type:
            case Type.HELLO:
                self._greet(frame)
            case Type.ABORT:
                self._go_safe(Reason.ABORT)
                self._send(Aborted(self.session, frame.id, self._status()))
            case Type.OPEN if len(body) == 1:
                self._open(frame)
            case Type.COMMAND if 1 <= len(body) <= 17:
                if self._in_session(frame):
                    self._command(frame)
            case Type.BEAT if len(body) == 1:
                if self._in_session(frame):
                    self.lease, self.lease_until, self.credit = True, self.wall + LEASE_MS, body[0]
                    self._send(BeatReply(self.session, frame.id, self._status()))
            case Type.OPEN | Type.COMMAND | Type.BEAT:
                self._nak(frame, NakCode.MALFORMED)
            case _:
                self._nak(frame, NakCode.TYPE)

    def _in_session(self, frame: Frame) -> bool:
        if self.session and frame.session == self.session:
            return True
        self._nak(frame, NakCode.SESSION)
        return False

    def _greet(self, frame: Frame) -> None:
        status = self._status()
        self._send(
            HelloReply(
                frame.id, VERSION, self.kind.number, self.unit, self.boot, 1, self.state, self.reason, 0, self.session,
                self.last_id, status.finished, WINDOW, MAX_BODY, self.kind.hash, self.tick, self.speed_milli,
                self._deframer.bad & 0xFFFF, self.naks,
            )
        )  # fmt: skip

    def _open(self, frame: Frame) -> None:
        if frame.body[0] != VERSION:
            self._nak(frame, NakCode.VERSION)
            return
        if frame.session < self.session or frame.session == 0:
            self._nak(frame, NakCode.SESSION)
            return
        if frame.session > self.session:
            self._go_safe(Reason.SESSION)
            self.session, self.last_id, self.results = frame.session, 0, {}
            self.limits = [(channel.low, channel.high) for channel in self.kind.channels]
            self.rings = [Ring(ring.stream, self.interval) for ring in self.rings]
            self.hk_sequence = self.credit = 0
            self.lease, self.lease_until, self.hk_due = True, self.wall + LEASE_MS, self.wall + 1000
        self._send(Opened(self.session, frame.id, self.boot, self._status()))

    # -- commands ------------------------------------------------------------------------------------------------

    def _stage(self, number: int, stage: Stage, code: int = 0, progress: int = 0, value: int = 0) -> None:
        reply = StageReply(self.session, number, stage, code, progress, self.tick, value)
        self.results[number % WINDOW] = reply
        self._send(reply)

    def _command(self, frame: Frame) -> None:
        ahead = frame.id - self.last_id & 0xFFFF
        stored = self.results.get(frame.id % WINDOW)
        if ahead == 1:
            if stored and stored.stage not in AT_AN_END:
                self._nak(frame, NakCode.WINDOW)
                return
            self.last_id = frame.id
            self._judge(frame)
        elif 2 <= ahead <= 0x8000:
            self._nak(frame, NakCode.GAP)
        elif stored and stored.number == frame.id:
            self._send(stored)
        else:
            self._nak(frame, NakCode.FORGOTTEN)

    def _judge(self, frame: Frame) -> None:
        command = self.kind.by_opcode.get(frame.body[0])
        if command is None:
            self._stage(frame.id, Stage.REJECTED, Code.OPCODE)
            return
        if len(frame.body) != 1 + 4 * len(command.arguments):
            self._stage(frame.id, Stage.REJECTED, Code.ARGUMENTS)
            return
        arguments = tuple(
            int.from_bytes(frame.body[at : at + 4], "little", signed=True) for at in range(1, len(frame.body), 4)
        )
        code, value = self._refusal(command, arguments)
        if code:
            self._stage(frame.id, Stage.REJECTED, code, value=value)
            return
        self._stage(frame.id, Stage.ACCEPTED)
        if command.long:
            self._start(frame.id, arguments)
        else:
            self._stage(frame.id, Stage.DONE, progress=100, value=self._instant[command.name](frame.id, arguments))

    def _refusal(self, command: Command, arguments: tuple[int, ...]) -> tuple[Code, int]:
        """Why it is rejected, and the value that goes with it; OK when it is not."""
        for index, (argument, value) in enumerate(zip(command.arguments, arguments, strict=True)):
            if not argument.low <= value <= argument.high:
                return Code.RANGE, index
        if not self.lease and (command.hazardous or command.opcode == dictionary.ARM):
            return Code.NO_LEASE, 0
        if _LETTERS[self.state] not in command.states:
            return _WRONG_STATE[self.state], 0
        match command.name, arguments:
            case "arm", _:
                outside = self._channel_out_of_limits()
                if outside is not None:
                    return Code.LIMIT_NOW, outside
            case "capture", (frames, _) if isinstance(self.plant, Camera) and not self.plant.has_room(frames):
                return Code.NO_ROOM, 0
            case "limit", (index, low, high):
                channel = self.kind.channels[index]
                if low < channel.low:
                    return Code.RANGE, 1
                if high > channel.high or low > high:
                    return Code.RANGE, 2
        return Code.OK, 0

    def _start(self, number: int, arguments: tuple[int, ...]) -> None:
        argument, duration = arguments
        self.running = Running(number, self.tick, duration, 1 if duration >= 10_000 else 10)
        self.state = State.RUNNING
        self.plant.start(self.tick, argument, duration)
        self._stage(number, Stage.STARTED, value=self.plant.value(self.tick))

    def _arm(self, number: int, arguments: tuple[int, ...]) -> int:
        if self.state is State.SAFE:
            self.state, self.reason = State.READY, Reason.NONE
        return 0

    def _go_safe_by_command(self, number: int, arguments: tuple[int, ...]) -> int:
        self._go_safe(Reason.COMMAND)
        return 0

    def _read(self, number: int, arguments: tuple[int, ...]) -> int:
        return self.plant.channel(arguments[0], self.tick)

    def _limit(self, number: int, arguments: tuple[int, ...]) -> int:
        index, low, high = arguments
        self.limits[index] = (low, high)
        return 0

    def _stop(self, number: int, arguments: tuple[int, ...]) -> int:
        value = self.plant.value(self.tick)
        ended = self._end_running() if self.running else None
        if ended:
            self.state = State.READY
            self._stage(ended.number, Stage.CANCELLED, Code.STOPPED, ended.percent(self.tick), value)
        return 0

    def _erase(self, number: int, arguments: tuple[int, ...]) -> int:
        return self.plant.erase() if isinstance(self.plant, Camera) else 0
