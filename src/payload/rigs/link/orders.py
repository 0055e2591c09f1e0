"""The commands of a link: what each is, how far it has come, what the rig's words about it tell (PROTOCOL.md §5)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from struct import pack

from payload.rigs.kinds.dictionary import Command
from payload.rigs.link.events import Moved
from payload.rigs.link.intents import Again, End, Intent, Item
from payload.rigs.wire.frame import encode_parts
from payload.rigs.wire.packet import AT_AN_END, Code, Record, Stage, Type, name_of

ACCEPTED, STARTED, END = 1, 3, 99
_COMMAND, _COMMAND_AT = int(Type.COMMAND), int(Type.COMMAND_AT)
NAMES = {int(stage): stage.name for stage in Stage}
ENDING = frozenset(int(stage) for stage in AT_AN_END)
REFUSED = frozenset({int(Stage.REJECTED), int(Stage.LATE)})


@dataclass(slots=True, eq=False)
class Order:
    """A command on its way. `at` is its tick when it is a timed one.

    `number` is None, and `wire` empty, until it has one in the session at hand. `reached` is the last stage told and
    `progress` its percent. `asked`: an answer is wanted, for the first time or again; `repeated`: it was sent more than
    once. `overdue`: when its next stage should long have come. `record`: the rig's own journal before it. `prepare`:
    what brings an `arm` its nonce, while that has not come.
    """

    token: str
    command: Command
    arguments: tuple[int, ...]
    at: int | None = None
    number: int | None = None
    wire: bytes = b""
    reached: int = 0
    progress: int = 0
    asked: bool = False
    repeated: bool = False
    sent_at: int = 0
    overdue: int = 0
    turn: int = 0
    record: Record | None = None
    prepare: Order | None = None

    def give(self, session: int, number: int) -> None:
        """Its number in a session."""
        self.number, self.reached, self.progress = number, 0, 0
        body = pack(f"<B{len(self.arguments)}i", self.command.opcode, *self.arguments)
        if self.at is None:
            self.wire = b"\0" + encode_parts(_COMMAND, session, number, body)
        else:
            self.wire = b"\0" + encode_parts(_COMMAND_AT, session, number, pack("<I", self.at) + body)

    def told(self, stage: str, code: str | None) -> Moved:
        """A stage that the host says, not the rig."""
        return Moved(self.token, self.command, stage, code, arguments=self.arguments)

    def advance(self, stage: int, code: int, progress: int, tick: int, value: int, tell: list[Moved]) -> bool:
        """What a STAGE of it tells, with what can be concluded from it put before; whether that is its end."""
        ended = stage in ENDING
        if not ended and (stage, progress) <= (self.reached, self.progress):
            return False
        reached = self.reached
        if reached < ACCEPTED and stage != ACCEPTED and stage not in REFUSED:
            tell.append(self.told("ACCEPTED", None))
        begun = self.at is None or stage != Stage.CANCELLED  # a timed one may be cancelled before it starts
        if reached < STARTED < stage and self.command.long and begun and stage not in REFUSED:
            tell.append(self.told("STARTED", None))
        self.reached, self.progress = (END if ended else stage), progress
        name = NAMES.get(stage) or name_of(Stage, stage)
        why = name_of(Code, code) if code else None
        tell.append(Moved(self.token, self.command, name, why, tick, progress, value, self.arguments))
        return ended


class Orders:
    """Those that wait for a number, and what is to be put on disk of all of them."""

    __slots__ = ("durable", "items", "news", "waiting")

    def __init__(self, durable: bool) -> None:
        self.waiting: deque[Order] = deque()
        self.durable = durable
        self.items: list[Item] = []
        self.news = False  # an intent is among the items: they must be on disk before anything of it leaves

    def numbered(self, order: Order, boot: int, session: int) -> None:
        if self.durable:
            number, opcode = order.number or 0, order.command.opcode
            self.items.append(
                Intent(order.token, boot, session, number, opcode, order.arguments, order.at, order.record)
            )
            self.news = True

    def ended(self, moved: Moved) -> None:
        if self.durable:
            self.items.append(End(moved.token, moved.stage, moved.code, moved.tick, moved.progress, moved.value))

    def again(self, orders: list[Order]) -> None:
        """They have lost their numbers and wait once more, first in line."""
        for order in orders:
            order.number, order.wire, order.reached, order.progress = None, b"", 0, 0
            order.asked = order.repeated = False
            if self.durable:
                self.items.append(Again(order.token, order.command.opcode, order.arguments))
        self.waiting.extendleft(reversed(orders))

    def take(self) -> list[Item]:
        items, self.items, self.news = self.items, [], False
        return items

    def drop_waiting(self, stage: str, code: str) -> Iterator[Moved]:
        """What has not been sent is not sent any more."""
        while self.waiting:
            moved = self.waiting.popleft().told(stage, code)
            self.ended(moved)
            yield moved
