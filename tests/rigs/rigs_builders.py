"""A host's link and a twin joined back to back in virtual time, over a wire that may lose, flip, double and cut."""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass, field

from payload.errors import LinkError
from payload.met import NS_PER_MS
from payload.rigs.kinds.dictionary import KINDS
from payload.rigs.link.events import Event, Moved
from payload.rigs.link.link import Link, Phase
from payload.rigs.twins import FULL, Bytes, Size, Twin
from payload.rigs.wire.packet import Stage

UNIT = 0x1122334455667788


@dataclass(frozen=True)
class Noise:
    """Chances per piece of bytes, each 0 to 1."""

    drop: float = 0.0
    flip: float = 0.0
    double: float = 0.0
    cut: float = 0.0


Key = tuple[int, int, int]
"""A command as the rig knows it: boot, session, number."""


class Watched(Twin):
    """A twin that writes down what it carries out, as it begins."""

    ran: list[Key]
    long: set[Key]

    def stage(self, number: int, stage: Stage, code: int = 0, progress: int = 0, value: int = 0) -> None:
        key = (self.boot, self.session, number)
        if stage == Stage.STARTED:
            self.long.add(key)
        if stage == Stage.STARTED or (stage == Stage.DONE and key not in self.long):
            self.ran.append(key)
        super().stage(number, stage, code, progress, value)


@dataclass
class Joined:
    """`at` is ms of virtual wall time. `told` is everything the link has told, `ran` each command that the twin really
    began, in order; `journals`: it has non-volatile memory."""

    kind: str = "incubator"
    speed_milli: int = 1000
    noise: Noise = Noise()
    seed: int = 0
    latency_ms: tuple[int, int] = (1, 1)
    at: int = 0
    told: list[Event] = field(default_factory=list)
    ran: list[Key] = field(default_factory=list)
    journals: bool = True
    size: Size = FULL

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.link = Link("rig-1", KINDS[self.kind])
        self.memory = Bytes()
        self._boots = 0
        self._on_wire: list[tuple[int, int, str, bytes]] = []
        self._pieces = 0
        self.boot()
        self._hear(self.link.connected(0))

    def boot(self) -> None:
        """Power off and on: the twin forgets everything, its clock starts at 0."""
        self._boots += 1
        self._booted_at = self.at
        nvm = self.memory if self.journals else None
        speed, size = self.speed_milli, self.size
        self.twin = Watched(self.kind, unit=UNIT, boot=self._boots, speed_milli=speed, size=size, nvm=nvm)
        self.twin.ran, self.twin.long = self.ran, set()

    @property
    def _now(self) -> int:
        return self.at * NS_PER_MS

    def _hear(self, events: list[Event]) -> None:
        self.told += events
        self._post("rig", self.link.outgoing())

    def _post(self, to: str, data: bytes) -> None:
        if not data:
            return
        noise, rng = self.noise, self.rng
        for _ in range(2 if rng.random() < noise.double else 1):
            piece = bytearray(data)
            if rng.random() < noise.drop:
                continue
            if rng.random() < noise.flip:
                piece[rng.randrange(len(piece))] ^= 1 << rng.randrange(8)
            if rng.random() < noise.cut:
                del piece[rng.randrange(len(piece)) :]
            self._pieces += 1
            heapq.heappush(self._on_wire, (self.at + rng.randint(*self.latency_ms), self._pieces, to, bytes(piece)))

    def _twin(self, data: bytes = b"") -> None:
        thousandths = (self.at - self._booted_at) * self.speed_milli
        for _, wire in self.twin.advance(thousandths // 1000, thousandths % 1000, data):
            self._post("host", wire)

    def run(self, length_ms: int, beat: bool = True, reconnect: bool = False) -> None:
        """Lets `length_ms` go by; the host beats each second when `beat`, greets again when down if `reconnect`."""
        for _ in range(length_ms):
            self.at += 1
            if reconnect and self.link.phase is Phase.CLOSED:
                self.connect()
            arrived = {"host": b"", "rig": b""}
            while self._on_wire and self._on_wire[0][0] <= self.at:
                _, _, to, piece = heapq.heappop(self._on_wire)
                arrived[to] += piece
            self._twin(arrived["rig"])
            if arrived["host"]:
                self._hear(self.link.receive(arrived["host"], self._now))
            deadline = self.link.deadline
            if deadline is not None and deadline <= self._now:
                self._hear(self.link.tick(self._now))
            if beat and self.at % 1000 == 0:
                self._hear(self.link.beat(self._now))

    def submit(self, token: str, name: str, *arguments: int, at: int | None = None) -> None:
        command = KINDS[self.kind].by_name[name]
        self._hear(self.link.submit(token, command, arguments, self._now, at))

    def arm(self, token: str = "arm") -> None:
        """`prepare`, and `arm` with the nonce that it brings."""
        outputs = KINDS[self.kind].all_outputs
        self.submit(f"{token}/prepare", "prepare", outputs)
        self.run(100)
        nonce = next(e.value for e in self.told[::-1] if isinstance(e, Moved) and e.token == f"{token}/prepare")
        self.submit(token, "arm", outputs, nonce)

    def abort(self) -> None:
        self._hear(self.link.abort(self._now))

    def lose_port(self, error: LinkError) -> None:
        self._on_wire.clear()
        self._hear(self.link.lost(error))

    def connect(self) -> None:
        self._hear(self.link.connected(self._now))

    def story(self, token: str) -> list[tuple[str, str | None]]:
        """The stages that the host heard of a command, with their codes."""
        return [(event.stage, event.code) for event in self.told if isinstance(event, Moved) and event.token == token]

    def ends(self) -> dict[str, list[str]]:
        """Per token the stages it ended with: exactly one, or a promise is broken."""
        found: dict[str, list[str]] = {}
        for event in self.told:
            if isinstance(event, Moved):
                found.setdefault(event.token, [])
                if event.ended:
                    found[event.token].append(event.stage)
        return found
