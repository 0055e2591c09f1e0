"""What frames say, as values (PROTOCOL.md §3 to §7). Bytes to these and back: `packet`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from payload.rigs.wire.codes import HAS_JOURNAL, VERSION


class Record(NamedTuple):
    """The last journaled command in a rig's non-volatile memory: all 0 when there is none. `stage` is STARTED until it
    has ended."""

    boot: int
    session: int
    id: int
    stage: int


NO_RECORD = Record(0, 0, 0, 0)


class Stamp(NamedTuple):
    """When a frame's closing delimiter reached the rig, on its own clock: ticks, and thousandths of one."""

    tick: int
    thousandths: int


@dataclass(frozen=True, slots=True)
class Status:
    """What a rig says of itself in most replies. `armed` is the mask of armed outputs, `queued` how many timed commands
    wait, `tick` the rig's own clock (u32); bit i of `finished`: the result of command `last_id - i` is stored and at an
    end."""

    state: int
    reason: int
    armed: int
    queued: int
    last_id: int
    finished: int
    tick: int

    def has_finished(self, number: int) -> bool:
        age = (self.last_id - number) & 0xFFFF
        return age < 32 and bool(self.finished >> age & 1)


@dataclass(frozen=True, slots=True)
class Hello:
    tag: int
    version: int = VERSION


@dataclass(frozen=True, slots=True)
class Open:
    """`flush`: samples come at every so many-th periodic frame."""

    session: int
    tag: int
    flush: int = 1
    version: int = VERSION


@dataclass(frozen=True, slots=True)
class Call:
    """A numbered command, to be carried out at once."""

    session: int
    number: int
    opcode: int
    arguments: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class CallAt:
    """A numbered command, to be carried out at tick `at` (u32)."""

    session: int
    number: int
    at: int
    opcode: int
    arguments: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Beat:
    """`credit`: how many frames of samples the rig may send by itself from now on."""

    session: int
    tag: int
    credit: int


@dataclass(frozen=True, slots=True)
class Abort:
    pass


@dataclass(frozen=True, slots=True)
class AskDictionary:
    tag: int
    offset: int


@dataclass(frozen=True, slots=True)
class Ping:
    tag: int


@dataclass(frozen=True, slots=True)
class Resend:
    """Asks for the samples number `first` to `first + count - 1` of a stream."""

    session: int
    tag: int
    stream: int
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class HelloReply:
    tag: int
    version: int
    kind: int
    unit: int
    boot: int
    cause: int
    state: int
    reason: int
    capabilities: int
    session: int
    last_id: int
    finished: int = 0
    window: int = 0
    max_body: int = 0
    dictionary: int = 0
    tick: int = 0
    speed_milli: int = 0
    bad_frames: int = 0
    naks: int = 0
    ring: int = 0
    armed: int = 0
    journal: Record = NO_RECORD

    @property
    def status(self) -> Status:
        """As far as it tells: how many timed commands wait is not in it."""
        return Status(self.state, self.reason, self.armed, 0, self.last_id, self.finished, self.tick)

    @property
    def queue(self) -> int:
        """Q: how many timed commands may wait."""
        return self.capabilities >> 4

    @property
    def journals(self) -> bool:
        """It has non-volatile memory, so that its journaled commands are journaled."""
        return bool(self.capabilities & HAS_JOURNAL)


@dataclass(frozen=True, slots=True)
class Opened:
    session: int
    tag: int
    boot: int
    status: Status


@dataclass(frozen=True, slots=True)
class StageReply:
    session: int
    number: int
    stage: int
    code: int
    progress: int
    tick: int
    value: int


@dataclass(frozen=True, slots=True)
class BeatReply:
    """`stamp` is of the BEAT."""

    session: int
    tag: int
    status: Status
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Aborted:
    session: int
    tag: int
    status: Status


@dataclass(frozen=True, slots=True)
class Housekeeping:
    session: int
    sequence: int
    status: Status
    bad_frames: int
    naks: int


@dataclass(frozen=True, slots=True)
class Telemetry:
    """Samples number `first` and on of a stream; number j was taken at tick `j * interval`. `lost` is cumulative since
    OPEN. `tag` is 0, or that of the Resend that it answers."""

    session: int
    tag: int
    stream: int
    first: int
    interval: int
    lost: int
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DictionaryPart:
    """Bytes of the compressed dictionary from `offset` on; `total` is the length of all of it."""

    session: int
    tag: int
    offset: int
    total: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Pong:
    """`stamp` is of the Ping."""

    session: int
    tag: int
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Gone:
    """Of the samples that the Resend `tag` asked for, the first `count` are no longer there; 0: not there yet."""

    session: int
    tag: int
    stream: int
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class Nak:
    session: int
    id: int
    code: int
    expected: int
    current: int


ToRig = Hello | Open | Call | CallAt | Beat | Abort | AskDictionary | Ping | Resend
FromRig = (
    HelloReply
    | Opened
    | StageReply
    | BeatReply
    | Aborted
    | Housekeeping
    | Telemetry
    | DictionaryPart
    | Pong
    | Gone
    | Nak
)
Packet = ToRig | FromRig
