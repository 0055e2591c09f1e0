"""A conversation held over a transport: asks, waits, and says what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from payload.errors import PortError
from payload.rigs.adapters.conversation import Answered, Conversation, Happening, InStep, Muted, Phase, Unanswered
from payload.rigs.adapters.face import Hurried, Lost, Site, Uncertain
from payload.rigs.ports.listing import ports
from payload.rigs.ports.naming import find, wanted
from payload.rigs.ports.transport import SerialPort, Transport

_SLICE_NS = 100_000_000
"""How long the site's hurry may go unseen."""


class NoAnswer(Uncertain):
    """This question was not answered; the line is being brought back in step, and the next may be asked."""


class Dialogue:
    """One instrument's conversation, in the thread that owns its transport."""

    def __init__(self, site: Site, transport: Transport, conversation: Conversation) -> None:
        self._site, self._transport = site, transport
        self.conversation = conversation

    def in_step(self, unless: Callable[[], bool] = lambda: False) -> bool:
        """Waits for the end of the quarantine; False when the instrument is mute, or as soon as `unless`.

        Raises PortError.
        """
        while self.conversation.phase in (Phase.DRAINING, Phase.PROVING):
            self._turn()
            if unless():
                return False
        return self.conversation.phase is Phase.IDLE

    def exchange(self, query: Any) -> Any:
        """The answer to a question. Raises NoAnswer, Lost when the instrument is mute, PortError when the port is,
        Hurried when the site is in a hurry."""
        happened = self.conversation.ask(query, self._site.clock())
        while True:
            if self._site.hurry():
                self.conversation.withdraw(self._site.clock())
                raise Hurried(self._site.rig, f"{self._transport.name}: left before its answer")
            for each in happened:
                match each:
                    case Answered(value):
                        self._flush()
                        return value
                    case Unanswered(why):
                        raise NoAnswer(self._site.rig, f"{self._transport.name}: {why}")
                    case Muted(why):
                        raise Lost(
                            self._site.rig,
                            f"{self._transport.name} has gone silent ({why}): is the instrument on, and are its line "
                            "speed and address right?",
                        )
                    case InStep():
                        pass
            happened = self._turn()

    def read(self, query: Any, tries: int = 3) -> Any:
        """The answer to a question that may be repeated. Raises Lost when every try was in vain."""
        for _ in range(tries):
            try:
                return self.exchange(query)
            except NoAnswer as error:
                why = error
        raise Lost(self._site.rig, f"asked {tries} times in vain: {why}")

    def _flush(self) -> None:
        if data := self.conversation.outgoing():
            self._transport.write(data)

    def _turn(self) -> list[Happening]:
        self._flush()
        until = self._site.clock() + _SLICE_NS
        deadline = self.conversation.deadline
        heard = self._transport.wait(until if deadline is None else min(until, deadline))
        now = self._site.clock()
        happened = self.conversation.receive(heard, now) if heard else []
        return happened + self.conversation.tick(now)


def port(site: Site, *, baud: int, parity: str, stopbits: int = 1) -> Transport:
    """The serial port of a site: a path, a pyserial URL, or a name that fits one port (`usb:`, `by-id:`).

    Raises PortError.
    """
    if site.pipe:
        return site.pipe()
    try:
        name = wanted(site.rest)
    except ValueError as error:
        raise PortError(site.rig, str(error)) from None
    path = find(site.rig, site.rest, name, lambda: ports(with_holders=False)).path if name else site.rest
    return SerialPort(site.rig, path, baud, parity=parity, stopbits=stopbits)
