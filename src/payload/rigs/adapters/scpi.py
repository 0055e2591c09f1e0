"""Instruments that speak SCPI, on a serial line of ours or by VISA: what an adapter for one of them is built on.

    scpi:/dev/ttyUSB0?baud=9600     a serial port, or whatever pyserial opens (scpi:socket://10.0.0.7:5025)
    scpi+visa:USB0::0x2A8D::…::INSTR     a VISA resource, with the extra `visa`

Options: baud (9600), parity (N, E, O), stopbits (1, 2), answer_ms (1000), slowest_ms (3000), trust (tagged, fenced,
plain; when not said the instrument is asked whether it can be tagged), backend (VISA alone; as `@py`).

A set is followed by `SYST:ERR?` in the same breath, and read back where it can be. One without an answer is read back
after the quarantine; when that does not tell, it is repeated if it may be, and `Uncertain` else.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import ClassVar

from payload.errors import ProtocolError, RigFault
from payload.rigs.adapters.conversation import Conversation, Patience
from payload.rigs.adapters.dialogue import Dialogue, NoAnswer, port
from payload.rigs.adapters.face import Adapter, Lost, Uncertain
from payload.rigs.adapters.lines import NUMBERS, Line, Lines, Tongue, Trust
from payload.rigs.ports.transport import Transport

TRIES = 3
_ERRORS = 20


class ScpiAdapter(Adapter):
    """A subclass says who its instrument is (`identity`) and does its work with `ask`, `number` and `set`.

    One whose instrument speaks in lines, but not SCPI, says so in `tongue`, `trusts` and `who`, the question whose
    answer `identity` judges.
    """

    schemes: ClassVar[tuple[str, ...]] = ("scpi", "scpi+visa")
    tongue: ClassVar[Tongue] = Tongue()
    trusts: ClassVar[tuple[Trust, ...]] = (Trust.TAGGED, Trust.FENCED)
    """What is tried, the best first, when the options do not say."""
    who: ClassVar[str] = "*IDN?"
    options: ClassVar[tuple[str, ...]] = (
        "baud",
        "parity",
        "stopbits",
        "answer_ms",
        "slowest_ms",
        "trust",
        "backend",
    )
    _transport: Transport | None = None
    _lines: Lines | None = None
    _dialogue: Dialogue

    @abstractmethod
    def identity(self, answer: str) -> bool:
        """Whether this answer to `who` is the instrument's."""

    # -- what a subclass works with ------------------------------------------------------------------------------

    def ask(self, question: str) -> str:
        """The answer to a question, asked again when it was not understood. Raises Lost and PortError."""
        answer: str = self._dialogue.read(Line(question), TRIES)
        return answer

    def number(self, question: str, per_unit: int = 1) -> int:
        """The answer as a whole number of 1/`per_unit`, rounded. Raises ProtocolError when it is no number."""
        answer = self.ask(question)
        try:
            value = Decimal(answer)
            if not value.is_finite() or abs(value) > 2**31:  # 9.91E37 is SCPI's "not a number", 9.9E37 infinity
                raise InvalidOperation
        except InvalidOperation:
            raise ProtocolError(self.site.rig, f"{question} is answered {answer!r}: a number was expected") from None
        return int((value * per_unit).to_integral_value())

    def set(self, line: str, stands: Callable[[], bool] | None = None, *, repeat: bool = True) -> None:
        """Sets something; returns when it is certain. `stands` reads it back; `repeat` says that the line may be sent
        twice.

        Raises RigFault when the instrument refuses or reads back something else, Uncertain when nothing tells whether
        it was done, Lost, PortError.
        """
        for _ in range(TRIES):
            try:
                self._checked(line)
            except NoAnswer as error:
                why = str(error)
                undone = False
                if stands:
                    if stands():
                        return
                    undone = repeat  # else it may have been done, and be over
                if repeat:
                    continue
                raise Uncertain(self.site.rig, f"{line!r} may or may not have been done: {why}") from None
            if stands and not stands():
                raise RigFault(self.site.rig, "VERIFY", f"{line!r} was taken, but reads back otherwise")
            return
        if undone:
            raise RigFault(self.site.rig, "UNANSWERED", f"{line!r} reads back as not done, after {TRIES} tries: {why}")
        raise Uncertain(self.site.rig, f"{line!r} may or may not have been done: {why}")

    def blind(self, line: str) -> None:
        """Sends a set at once, quarantine or not, and hears nothing of it: before the same by `set`, for outputs that
        must not wait. Raises PortError."""
        assert self._transport is not None
        if not self._dialogue.conversation.ready:
            self._transport.write((line + self.tongue.end).encode("ascii"))

    # -- the face ------------------------------------------------------------------------------------------------

    def open(self) -> None:
        site = self.site
        site.only(*self.options)
        patience = Patience(
            answer_ms=site.whole("answer_ms", 1_000, 10, 60_000),
            slowest_ms=site.whole("slowest_ms", 3_000, 10, 600_000),
        )
        wanted = site.choice("trust", "ask", *(trust.value for trust in Trust))
        self._transport = self._pipe()
        stream = getattr(self._transport, "stream", True)
        # A bus of messages takes one question at a time: a fence would be an interrupted query there.
        ways = self.trusts if stream else (Trust.TAGGED, Trust.PLAIN)
        for trust in ways if wanted == "ask" else (Trust(wanted),):
            lines = Lines(trust, self.tongue, self._lines.number if self._lines else site.chance.randrange(NUMBERS))
            self._lines = lines
            conversation = Conversation(lines, replace(patience, rounds=1), site.clock())
            self._dialogue = Dialogue(site, self._transport, conversation)
            if self._dialogue.in_step():
                conversation.patience = patience
                break
        else:
            text = f"{site.url} does not answer: is the instrument on, and are its line speed and end of line right?"
            raise Lost(site.rig, text)
        answer = self.ask(self.who)
        if not self.identity(answer):
            raise ProtocolError(site.rig, f"{site.url} is {answer!r}, which is no {self.kind.name}")
        self._errors()  # what asking it whether it takes compound messages has left behind
        self._keep_out_of_memory()
        self._errors()

    def close(self) -> None:
        if self._transport:
            self._transport.close()

    # -- the parts of it -----------------------------------------------------------------------------------------

    def _pipe(self) -> Transport:
        site = self.site
        if site.scheme == "scpi+visa":
            from payload.rigs.adapters.visa import VisaPipe

            return VisaPipe(site)
        parity, stopbits = site.choice("parity", "N", "E", "O"), site.whole("stopbits", 1, 1, 2)
        baud = site.whole("baud", 9_600, 50, 4_000_000)
        return port(site, baud=baud, parity=parity, stopbits=stopbits)

    def _keep_out_of_memory(self) -> None:
        """After `*PSC 0` many instruments write each new mask to a memory that wears out: our numbers are masks."""
        if self._lines is None or self._lines.trust is Trust.PLAIN or not self.tongue.mark.startswith("*ESE"):
            return
        try:
            flag = self._dialogue.exchange(Line("*PSC?"))
        except NoAnswer:  # it has no such flag
            return
        if flag.strip() in ("0", "+0"):
            self._checked("*PSC 1")

    def _checked(self, line: str) -> None:
        """A set and what the instrument says of it. Raises NoAnswer, and RigFault with every error it has kept."""
        first = self._dialogue.exchange(Line(line, set=True))
        errors = [first] if _is_error(first) else []
        if errors:
            errors += self._errors()
            raise RigFault(self.site.rig, "INSTRUMENT", f"{line!r} was refused: {'; '.join(errors)}")

    def _errors(self) -> list[str]:
        """What is left in the instrument's queue of errors, which is empty after it."""
        found: list[str] = []
        while self.tongue.check and len(found) < _ERRORS:
            answer = self.ask(self.tongue.check)
            if not _is_error(answer):
                break
            found.append(answer)
        return found


def _is_error(answer: str) -> bool:
    """`0,"No error"`, `+0,...`: none. An answer of another form is taken for an error."""
    code = answer.partition(",")[0].strip()
    return bool(code) and code not in ("0", "+0")
