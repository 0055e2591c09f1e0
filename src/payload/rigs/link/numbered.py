"""The commands of a link across its sessions: numbering, sending, what the rig says of them, and what becomes of them
when a session is over (PROTOCOL.md §5, §10)."""

from __future__ import annotations

from payload.rigs.kinds.dictionary import ARM, PREPARE, Command, Kind
from payload.rigs.link.events import Event, Moved
from payload.rigs.link.intents import Intent, Item, Left
from payload.rigs.link.orders import Order, Orders
from payload.rigs.link.outbox import Outbox
from payload.rigs.link.roundtrip import RoundTrip
from payload.rigs.link.window import Window
from payload.rigs.wire.frame import Frame
from payload.rigs.wire.packet import STAGE_BODY, HelloReply, Record, Stage, name_of

_RECORDED = (Stage.DONE, Stage.FAILED, Stage.CANCELLED)
_BYTES = STAGE_BODY.size


class Numbered:
    """`boot` and `session` are those in which the numbers stand; session 0: none. `record` is the rig's own journal as
    far as we know it. What happens is put behind `events`."""

    __slots__ = ("_events", "_orders", "_outbox", "boot", "first", "last_session", "record", "session", "window")

    def __init__(self, rig: str, outbox: Outbox, round_trip: RoundTrip, events: list[Event], durable: bool) -> None:
        self.boot = self.session = self.last_session = 0
        self.record: Record | None = None
        self.window = Window(rig, round_trip)
        self.first: list[tuple[str, Command, tuple[int, ...]]] = []
        """What every session begins with, ahead of all that waits: token, command, arguments."""
        self._orders = Orders(durable)
        self._outbox, self._events = outbox, events

    def __bool__(self) -> bool:
        """Something waits, or has no known end."""
        return bool(self.window.live or self._orders.waiting)

    def submit(self, order: Order) -> None:
        self._orders.waiting.append(order)

    def arm(self, token: str, kind: Kind, outputs: int) -> None:
        """`prepare`, and `arm` with the nonce that it brings. What is submitted later comes behind both."""
        prepare = Order(f"\0prepare:{token}", kind.by_opcode[PREPARE], (outputs,))
        arm = Order(token, kind.by_opcode[ARM], (outputs,), prepare=prepare)
        self._orders.waiting += (prepare, arm)

    def _prepared(self, prepare: Order, stage: str, code: str | None, nonce: int) -> None:
        for order in self._orders.waiting:
            if order.prepare is prepare:
                if stage == "DONE":
                    order.arguments, order.prepare = (*order.arguments, nonce), None
                else:
                    self._drop(order, "FAILED" if stage == "INDETERMINATE" else stage, code)
                return

    def _drop(self, order: Order, stage: str, code: str | None) -> None:
        """One that was never sent."""
        self._orders.waiting.remove(order)
        self._events.append(order.told(stage, code))

    def restore(self, left: Left, kind: Kind) -> None:
        """Raises ValueError for a command that the kind does not have."""
        self.boot, self.session, self.last_session = left.boot, left.session, left.session
        self.window.begin(left.number)
        for item in left.items:
            command = kind.by_opcode.get(item.opcode)
            if command is None:
                raise ValueError(f"kind {kind.name} has no command {item.opcode}")
            if isinstance(item, Intent):
                order = Order(item.token, command, item.arguments, item.at, record=item.record)
                self.window.restore(order, item.session, item.number)
            else:
                self._orders.waiting.append(Order(item.token, command, item.arguments))

    # -- sessions ------------------------------------------------------------------------------------------------

    def continues(self, reply: HelloReply) -> bool:
        """Whether the rig is in our session, and takes next what we would send next. It does not when numbers were
        given up before it had them, or when a machine died before what it had sent was on disk."""
        if not self.session or (self.boot, self.session) != (reply.boot, reply.session):
            return False
        return reply.last_id == self.window.last or (reply.last_id + 1 & 0xFFFF) in self.window.live

    def go_on(self, reply: HelloReply, now: int) -> None:
        """The same boot and session: the rig knows what became of everything."""
        if self.record is None:
            self.record = reply.journal
        self.send(self.window.all(), now)

    def settle(self, reply: HelloReply) -> None:
        """The session is over: what was sent in it ends, or waits again, first in line."""
        again = []
        same_boot = self.boot == reply.boot
        for order in list(self.window.live.values()):
            end = order.told("INDETERMINATE", "SESSION") if same_boot else self._fate(order, reply)
            if end is None:
                self.window.end(order, order.number or 0)
                again.append(order)
            else:
                self._end(order, end)
        if not same_boot:  # nobody has looked at it since: it stays safe
            for order in [each for each in self._orders.waiting if each.command.opcode == ARM]:
                self._drop(order, "FAILED", "REBOOT")
        self._orders.again(again)
        self.session = 0
        self.record = reply.journal

    def begin(self, boot: int, session: int) -> None:
        """A new session, with nothing in it."""
        self.boot, self.session, self.last_session = boot, session, session
        self.window.begin(0)
        self.put_first()

    def put_first(self) -> None:
        """Ahead of what waits; one of them that waits still, of the session before, is there once."""
        tokens = {token for token, _, _ in self.first}
        waiting = self._orders.waiting
        for order in [each for each in waiting if each.token in tokens]:
            waiting.remove(order)
        waiting.extendleft(Order(*one) for one in reversed(self.first))

    def give_up(self) -> None:
        for order in list(self.window.live.values()):
            self._end(order, order.told("INDETERMINATE", "LINK_DOWN"))
        self.drop_waiting("FAILED", "LINK_DOWN")

    def drop_waiting(self, stage: str, code: str) -> None:
        """What has not been sent is not sent any more."""
        self._events += self._orders.drop_waiting(stage, code)

    def _fate(self, order: Order, hello: HelloReply) -> Moved | None:
        """What became of a command whose rig has booted anew; None: it is to be sent anew.

        `arm` is never sent anew: a rig that has booted is armed on purpose only, behind the mission's limits. Nor is a
        timed one: its tick was of the boot before.
        """
        timed = order.at is not None
        if order.command.idempotent and order.command.opcode != ARM and not timed:
            return None
        if order.command.journaled and hello.journals and order.record is not None:
            record, own = hello.journal, (self.boot, self.session, order.number)
            if order.record[:3] == own:  # the number came round: the record tells of the one before it, or of this one
                return order.told("INDETERMINATE", "REBOOT")
            if record[:3] == own:
                if record.stage == Stage.STARTED:
                    return order.told("FAILED", "RESET")
                return order.told(name_of(Stage, record.stage), None if record.stage == Stage.DONE else "RECORD")
            if record == order.record:
                return order.told("CANCELLED", "RESET") if timed else None
        return order.told("INDETERMINATE", "REBOOT")

    def _end(self, order: Order, moved: Moved) -> None:
        """By our own word."""
        self.window.end(order, order.number or 0)
        if order.command.journaled and moved.stage == "INDETERMINATE":
            self.record = None
        self._orders.ended(moved)
        self._events.append(moved)
        if order.command.opcode == PREPARE:
            self._prepared(order, moved.stage, moved.code, 0)

    # -- what the rig says ---------------------------------------------------------------------------------------

    def staged(self, frame: Frame, now: int) -> Order | None:
        """A STAGE; the command when this was its end."""
        number, body = frame.id, frame.body
        order = self.window.live.get(number)
        if order is None or frame.session != self.session or len(body) != _BYTES:
            return None
        stage, code, progress, tick, value = STAGE_BODY.unpack(body)
        overtaken = self.window.answered(order, number, now)
        if overtaken:
            self.send(overtaken, now)
        moved: list[Moved] = []
        ended = order.advance(stage, code, progress, tick, value, moved)
        self._events += moved
        if not ended:
            self.window.hold(order, number, stage, progress, tick, now)
            return None
        self.window.end(order, number)
        self._orders.ended(moved[-1])
        if order.command.opcode == PREPARE:
            self._prepared(order, moved[-1].stage, moved[-1].code, value)
        if order.command.journaled and stage in _RECORDED:
            # A timed one that was cancelled before it began is not in the rig's: the next one, should a reset keep it
            # from beginning, is INDETERMINATE then.
            self.record = Record(self.boot, self.session, number, stage)
        return order

    def forgotten(self, number: int) -> None:
        order = self.window.live.get(number)
        if order is not None and order.asked:
            self._end(order, order.told("INDETERMINATE", "FORGOTTEN"))

    # -- sending -------------------------------------------------------------------------------------------------

    def pump(self, now: int) -> None:
        """Numbers and sends what the rig has room for."""
        orders, window = self._orders, self.window
        waiting = orders.waiting
        while waiting and waiting[0].prepare is None and window.has_room(waiting[0]):
            order = waiting.popleft()
            if order.command.journaled:
                order.record = self.record
            window.take(order, self.session)
            orders.numbered(order, self.boot, self.session)
            out = self._outbox.held if orders.news else self._outbox.out
            out += order.wire
            window.sent(order, window.last, now)

    def send(self, orders: list[Order], now: int) -> None:
        """Those, again."""
        out = self._outbox.held if self._orders.news else self._outbox.out
        for order in orders:
            out += order.wire
            self.window.sent(order, order.number or 0, now)

    def items(self) -> list[Item]:
        """What must be on disk before anything more is sent."""
        if not self._orders.items:
            return []
        self._outbox.out += self._outbox.held
        self._outbox.held.clear()
        return self._orders.take()
