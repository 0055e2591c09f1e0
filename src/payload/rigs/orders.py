"""The numbered commands of one session, from their submission to their end (PROTOCOL.md §5).

One command at a time is asked for; the next one goes out when the rig has answered, and only while the rig still has
room to store its result.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from payload.rigs.dictionary import ARM, Command
from payload.rigs.events import Moved
from payload.rigs.packet import AT_AN_END, WINDOW, Code, Stage, StageReply, Status, name_of

_END = (99, 0)


@dataclass(slots=True)
class Order:
    """A command on its way. `number` is None until it is first sent in the session at hand; `reached` is the last stage
    told, as (stage, progress); `ask`: its answer is wanted, for the first time or again."""

    token: str
    command: Command
    arguments: tuple[int, ...]
    number: int | None = None
    reached: tuple[int, int] = (0, 0)
    ask: bool = True

    def moved(self, stage: str, code: str) -> Moved:
        """A stage that the host says, not the rig."""
        return Moved(self.token, self.command, stage, code, arguments=self.arguments)


class Orders:
    """All commands without a known end: those waiting for a number, and those that have one."""

    __slots__ = ("_live", "_number", "_waiting")

    def __init__(self) -> None:
        self._waiting: deque[Order] = deque()
        self._live: dict[int, Order] = {}
        self._number = 0

    def __bool__(self) -> bool:
        return bool(self._waiting or self._live)

    def submit(self, order: Order) -> None:
        self._waiting.append(order)

    def begin_session(self) -> None:
        """Numbers start at 1 again. No command has one: see `settle_unknown`."""
        self._number = 0

    def next(self) -> Order | None:
        """The command to ask for now: one whose fate is wanted, else the next new one that the rig has room for."""
        for order in self._live.values():
            if order.ask:
                return order
        number = self._number + 1 & 0xFFFF
        if not self._waiting or any(number - live & 0xFFFF >= WINDOW for live in self._live):
            return None
        order = self._waiting.popleft()
        order.number = self._number = number
        self._live[number] = order
        return order

    def ask_all(self) -> None:
        """The fate of every sent command is wanted."""
        for order in self._live.values():
            order.ask = True

    def ask_finished(self, status: Status) -> None:
        """The fate of those is wanted whose end the rig has stored: its frame was lost on the way."""
        for number, order in self._live.items():
            if status.has_finished(number):
                order.ask = True

    def find(self, number: int) -> Order | None:
        return self._live.get(number)

    def advance(self, order: Order, reply: StageReply) -> Moved | None:
        """What a stage of it tells; None when it tells nothing new."""
        order.ask = False
        ended = reply.stage in AT_AN_END
        reached = _END if ended else (reply.stage, reply.progress)
        if reached <= order.reached:
            return None
        order.reached = reached
        if ended:
            del self._live[reply.number]
        code = name_of(Code, reply.code) if reply.code else None
        stage = name_of(Stage, reply.stage)
        return Moved(order.token, order.command, stage, code, reply.tick, reply.progress, reply.value, order.arguments)

    def forget(self, order: Order) -> Moved:
        """The rig no longer knows what became of it."""
        del self._live[order.number or 0]
        return order.moved("INDETERMINATE", "FORGOTTEN")

    def settle_unknown(self) -> Iterator[Moved]:
        """The session in which these were sent is gone: what may be repeated waits again, first in line; the rest is
        INDETERMINATE. So is `arm`: a rig that has booted is armed on purpose only, behind the mission's limits."""
        again = []
        for order in self._live.values():
            if order.command.idempotent and order.command.opcode != ARM:
                order.number, order.ask, order.reached = None, True, (0, 0)
                again.append(order)
            else:
                yield order.moved("INDETERMINATE", "REBOOT")
        self._live.clear()
        self._waiting.extendleft(reversed(again))

    def cancel_waiting(self) -> Iterator[Moved]:
        """ABORT: what has not been sent is not sent any more."""
        while self._waiting:
            yield self._waiting.popleft().moved("CANCELLED", "ABORT")

    def give_up(self) -> Iterator[Moved]:
        """The link stays down: what was sent is INDETERMINATE, what was not is FAILED."""
        for order in self._live.values():
            yield order.moved("INDETERMINATE", "LINK_DOWN")
        self._live.clear()
        while self._waiting:
            yield self._waiting.popleft().moved("FAILED", "LINK_DOWN")
