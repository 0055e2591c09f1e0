"""The dialect of instruments that speak in lines: SCPI, and others that answer a line with a line.

A line has no number of its own, so a late one looks like any other. Three ways to know it, the best first:

    tagged  the question and a number of ours in one message, and so in one line of answer.
            `*ESE 37;*ESE?;*ESE 4;*ESE?;:MEAS:VOLT?` is answered `37;4;+4.998E+00`: whatever else arrives, and whenever,
            has another number (there are 4,096). For instruments that take compound messages, as IEEE 488.2 demands.
    fenced  a number before the question and one after it, three lines: believed when all three come, in order. A line
            too many or too few breaks it. Safe as long as the instrument answers in order and nothing is both lost and
            replaced.
    plain   the instrument can return nothing of ours: only silence for longer than its slowest answer tells that
            nothing is left.

The number is the enable mask of the event status register, which every IEEE 488.2 instrument keeps and gives back; it
has an effect only on service requests, which a serial line does not have. Two of its bits (request control, user
request) are left alone: some instruments do not keep them. (`scpi.py` makes sure that none of it is kept in
non-volatile memory.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from payload.rigs.adapters.conversation import Answer, Heard, Stray

_DIGIT = 64
NUMBERS = _DIGIT**2
_WHOLE = re.compile(r"\s*\+?(\d{1,3})\s*")
_TAGGED = re.compile(r"\s*\+?(\d{1,3})\s*;\s*\+?(\d{1,3})\s*(?:;(.*))?", re.DOTALL)


class Trust(Enum):
    """How an answer is known to be the answer."""

    TAGGED = "tagged"
    FENCED = "fenced"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Tongue:
    """How the lines of an instrument are written. `check` asks what went wrong with a set; empty: it cannot be asked.
    `mark` sets a number and `recall` asks for it; a plain instrument needs neither."""

    end: str = "\n"
    mark: str = "*ESE {}"
    recall: str = "*ESE?"
    check: str = "SYST:ERR?"
    longest: int = 4_096


@dataclass(frozen=True, slots=True)
class Line:
    """A line to the instrument. A `set` has no answer of its own: what is answered is the tongue's `check`."""

    text: str
    set: bool = False


class Lines:
    """Lines out, lines in. `number` is the last number that was used, by whoever spoke before on this line: so that the
    answers to it are strangers too."""

    def __init__(self, trust: Trust, tongue: Tongue | None = None, number: int = 0) -> None:
        self.trust, self._tongue = trust, tongue or Tongue()
        self.number = number % NUMBERS
        self._buffer = bytearray()
        self._expected: list[int | None] = []  # a number, or None for the answer
        self._got: list[str] = []

    @property
    def numbered(self) -> bool:
        return self.trust is Trust.TAGGED

    @property
    def partial(self) -> bool:
        return bool(self._buffer) and not self.numbered

    def drop(self) -> None:
        self._buffer.clear()
        self._expected = []
        self._got = []

    def silent(self, query: Line) -> bool:
        return query.set and self.trust is Trust.PLAIN and not self._tongue.check

    def compose(self, query: Line) -> bytes:
        tongue = self._tongue
        lines = [query.text] if query.set else []
        question = tongue.check if query.set else query.text
        match self.trust:
            case Trust.TAGGED:
                root = "" if not question or question[0] in "*:" else ":"
                lines.append(self._tag() + (f";{root}{question}" if question else ""))
            case Trust.FENCED:
                before, after = self._next(), self._next()
                self._wait_for(before, None, after)
                marks = [tongue.mark.format(before), tongue.recall]
                lines = [*marks, *lines, question, tongue.mark.format(after), tongue.recall]
            case Trust.PLAIN:
                self._wait_for(*([None] if question else []))
                lines += [question] if question else []
        return "".join(line + tongue.end for line in lines if line).encode("ascii")

    def challenge(self) -> bytes:
        if self.trust is Trust.PLAIN:
            return b""
        if self.trust is Trust.TAGGED:
            return (self._tag() + self._tongue.end).encode("ascii")
        number = self._next()
        self._wait_for(number)
        lines = (self._tongue.mark.format(number), self._tongue.recall)
        return "".join(line + self._tongue.end for line in lines).encode("ascii")

    def hear(self, data: bytes) -> Iterator[Heard]:
        self._buffer += data
        while (at := self._buffer.find(b"\n")) >= 0 or (at := self._buffer.find(b"\r")) >= 0:
            raw = bytes(self._buffer[:at])
            del self._buffer[: at + 1]
            text = raw.decode("ascii", "replace").strip("\r\0 \t")
            if text:
                yield from self._line(text)
        if len(self._buffer) > self._tongue.longest:
            self._buffer.clear()
            yield Stray("a line without an end")

    def _line(self, text: str) -> Iterator[Heard]:
        if not self._expected:
            yield Stray(text)
        elif self.trust is Trust.TAGGED:
            match = _TAGGED.fullmatch(text)
            if match and [int(match[1]), int(match[2])] == self._expected:
                self._expected = []
                yield Answer((match[3] or "").strip())
            else:
                yield Stray(text)
        else:
            wanted = self._expected.pop(0)
            match = _WHOLE.fullmatch(text)
            if wanted is None:
                self._got.append(text)
            elif not match or int(match[1]) != wanted:
                self._expected = []
                yield Stray(text)
                return
            if not self._expected:
                yield Answer(self._got[0] if self._got else "")

    def _next(self) -> int:
        """The next digit, as a mask: other than the few before it."""
        self.number = (self.number + 1) % NUMBERS
        return _mask(self.number % _DIGIT)

    def _tag(self) -> str:
        """The next number, set and recalled digit by digit."""
        low = self._next()
        digits = low, _mask(self.number // _DIGIT)
        self._wait_for(*digits)
        return ";".join(f"{self._tongue.mark.format(digit)};{self._tongue.recall}" for digit in digits)

    def _wait_for(self, *expected: int | None) -> None:
        self._expected, self._got = list(expected), []


def _mask(digit: int) -> int:
    """0 to 63 in bits 0, 2, 3, 4, 5 and 7 of the event status register."""
    return digit & 1 | (digit >> 1 & 0xF) << 2 | (digit >> 5) << 7
