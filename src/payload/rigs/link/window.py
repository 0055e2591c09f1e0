"""Numbered commands in flight: which may leave, when they are sent again, when a later stage is overdue (PROTOCOL.md
§10).

Go-back-N: the rig takes the next number only. A NAK GAP names the number it wants; that one and all after it are sent
again, once for each number wanted, and again at the time-out: frames behind the gap make no storm. An answer that has
overtaken older ones says that theirs were lost: those are asked for again at once, each once.
"""

from __future__ import annotations

from payload.errors import LinkTimeout
from payload.met import NS_PER_MS
from payload.rigs.link.orders import ACCEPTED, STARTED, Order
from payload.rigs.link.roundtrip import TRIES, RoundTrip
from payload.rigs.wire.packet import HelloReply, State, Status

OVERDUE_NS = 1_000 * NS_PER_MS


class Window:
    """The commands with a number and without a known end, in order of number: `live`."""

    def __init__(self, rig: str, round_trip: RoundTrip) -> None:
        self.live: dict[int, Order] = {}
        self.last = 0
        self.due: int | None = None
        self._room, self._queue, self._tick_ns = 1, 1, NS_PER_MS
        self._rig, self._round_trip = rig, round_trip
        self._short: dict[int, Order] = {}  # neither ended nor known to have started as long ones or to wait
        self._held: dict[int, Order] = {}  # those that are, answered for now
        self._asked: dict[int, Order] = {}
        self._timed: dict[int, Order] = {}
        self._long: Order | None = None
        self._journaled: Order | None = None
        self._turn = 0
        self._tries = 1
        self._answer_due = 0
        self._gap: int | None = None

    def begin(self, number: int) -> None:
        """A session in which `number` was the last one; nothing is live."""
        self.live.clear()
        for each in (self._short, self._held, self._asked, self._timed):
            each.clear()
        self._long = self._journaled = self._gap = self.due = None
        self.last, self._tries = number, 1

    def size(self, reply: HelloReply) -> None:
        """What the rig has room for, and how long its ticks are."""
        self._room, self._queue = min(reply.window, 32), max(reply.queue, 1)
        self._tick_ns = max(1_000_000_000 // reply.speed_milli, 1)

    def has_room(self, order: Order) -> bool:
        """Whether the rig will keep the results of everything in flight when this one leaves too: the four rules. And
        whether it can be asked for all of them: a number that is half the circle behind is one ahead to the rig."""
        if self.live and (self.last + 1 - next(iter(self.live)) & 0xFFFF) >= 0x8000:
            return False
        if self._short:
            oldest = next(iter(self._short))
            if (self.last + 1 - oldest & 0xFFFF) >= self._room:
                return False
        command = order.command
        if order.at is not None:
            if self._timed and self._turn + 1 - next(iter(self._timed.values())).turn >= self._queue:
                return False
        elif command.long and self._long is not None:
            return False
        return not (command.journaled and self._journaled is not None)

    def take(self, order: Order, session: int) -> None:
        """The next number is this one's."""
        number = self.last = self.last + 1 & 0xFFFF
        order.give(session, number)
        self._count(order, number)

    def restore(self, order: Order, session: int, number: int) -> None:
        """One that had this number when the host died."""
        order.give(session, number)
        self._count(order, number)

    def _count(self, order: Order, number: int) -> None:
        self.live[number] = self._short[number] = order
        if order.at is not None:
            self._turn += 1
            order.turn = self._turn
            self._timed[number] = order
        elif order.command.long:
            self._long = order
        if order.command.journaled:
            self._journaled = order

    def sent(self, order: Order, number: int, now: int) -> None:
        """It leaves now; an answer is wanted."""
        first = not self._asked
        if not order.asked:
            order.asked, order.sent_at = True, now
        self._asked[number] = order
        if first:
            self._start(now)
        elif self._held:
            self._foresee()

    def answered(self, order: Order, number: int, now: int) -> list[Order]:
        """Something was said of it. What it has overtaken is to be sent again: those."""
        if not order.asked:
            return []
        order.asked = False
        asked = self._asked
        overtaken = []
        if next(iter(asked)) != number:
            for other in asked.values():
                if other is order:
                    break
                if not other.repeated:
                    other.repeated = True
                    overtaken.append(other)
        del asked[number]
        if not order.repeated:
            self._round_trip.sample(now - order.sent_at)
        order.repeated = False
        self._start(now)
        return overtaken

    def hold(self, order: Order, number: int, stage: int, progress: int, tick: int, now: int) -> None:
        """A stage that is no end: when the next one is expected, with what a rig's clock may be off."""
        self._short.pop(number, None)
        self._held[number] = order
        left = 0
        if stage == ACCEPTED and order.at is not None:
            left = order.at - tick & 0xFFFFFFFF
        elif stage >= STARTED and order.arguments:
            left = order.arguments[-1] * (100 - progress) // 100
        order.overdue = now + left * self._tick_ns * 65 // 64 + OVERDUE_NS
        self._foresee()

    def end(self, order: Order, number: int) -> None:
        """It is at an end, by the rig's word or ours."""
        del self.live[number]
        self._short.pop(number, None)
        if self._held.pop(number, None) is not None or self._asked.pop(number, None) is not None:
            self._foresee()
        if order.at is not None:
            self._timed.pop(number, None)
        if self._long is order:
            self._long = None
        if self._journaled is order:
            self._journaled = None

    def wanted(self, expected: int, now: int) -> list[Order]:
        """NAK GAP: what is to be sent again."""
        if expected not in self._asked:
            return []
        if self._gap in self._asked and not 0 < (expected - self._gap & 0xFFFF) < 0x8000:
            return []  # it was sent again for this one, or for a later one
        self._gap = expected
        self._answer_due = now + self._round_trip.timeout_ns(self._tries)
        self._foresee()
        return self._again([each for each in self.live.values() if each.asked and _from(each, expected)])

    def seen(self, status: Status) -> list[Order]:
        """What is to be asked for because a status shows that its end was lost on the way."""
        if not self._held:
            return []
        return self._again(
            [
                order
                for number, order in self._held.items()
                if not order.asked and (status.has_finished(number) or self._over(order, status))
            ]
        )

    def _over(self, order: Order, status: Status) -> bool:
        if order.reached >= STARTED:
            return status.state != State.RUNNING
        waiting = sum(each.reached == ACCEPTED for each in self._timed.values())
        return status.queued < waiting

    def late(self, now: int) -> list[Order]:
        """What is due: all that is not answered in time, and what should long have come further.

        Raises LinkTimeout when it was all for nothing too often."""
        again: list[Order] = []
        if self._asked and now >= self._answer_due:
            oldest = next(iter(self._asked.values()))
            if self._tries >= TRIES:
                what = f"{oldest.command.name} (command {oldest.number})"
                raise LinkTimeout(self._rig, what, (now - oldest.sent_at) // NS_PER_MS)
            self._tries += 1
            self._gap = None
            self._answer_due = now + self._round_trip.timeout_ns(self._tries)
            again = [each for each in self.live.values() if each.asked]
        for order in self._held.values():
            if not order.asked and now >= order.overdue:
                again.append(order)
        self._foresee()
        return self._again(again)

    def all(self) -> list[Order]:
        """All of them are to be sent again: the line was cut."""
        self._asked.clear()
        self._gap, self._tries = None, 1
        for order in self.live.values():
            order.asked, order.repeated = False, True
        return list(self.live.values())

    def _again(self, orders: list[Order]) -> list[Order]:
        for order in orders:
            order.repeated = True
        return orders

    def _start(self, now: int) -> None:
        """The timer anew: there is progress (RFC 6298, 5.3)."""
        self._tries = 1
        self._answer_due = now + self._round_trip.timeout_ns(1)
        self._foresee()

    def _foresee(self) -> None:
        due = self._answer_due if self._asked else None
        for order in self._held.values():
            if not order.asked and (due is None or order.overdue < due):
                due = order.overdue
        self.due = due


def _from(order: Order, number: int) -> bool:
    return ((order.number or 0) - number & 0xFFFF) < 0x8000
