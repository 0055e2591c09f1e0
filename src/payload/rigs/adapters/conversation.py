"""One question at a time to an instrument that numbers nothing: asking, quarantine, and being in step again.

No I/O and no clock: bytes in, happenings out, `now` (ns) handed in. What a message looks like is a dialect's business.

    IDLE      nothing is outstanding
    ASKED     a question is out; its answer, or the time-out, ends it
    DRAINING  something was late, lost, or came unasked: everything heard is thrown away until the line is silent
    PROVING   a challenge is out whose answer nobody but its own reply can have: when it is right we are in step
    MUTE      so many challenges went unanswered, for so long, that the instrument counts as lost

A question that is asked while the line is in quarantine waits for the end of it. So a late answer meets either the
quarantine, which drops it, or a dialect that knows it for a stranger: never the next question.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from payload.met import to_ns


@dataclass(frozen=True, slots=True)
class Patience:
    """Lengths in ms. `slowest_ms`: an answer that has not come so long after its question will never come; quarantine
    lasts at least until then where the dialect's messages have no numbers. `gap_ms`: silence before each message.
    `rounds`: challenges before the instrument counts as mute, which takes at least `slowest_ms`.
    """

    answer_ms: int = 1_000
    slowest_ms: int = 3_000
    quiet_ms: int = 100
    longest_drain_ms: int = 10_000
    gap_ms: int = 0
    rounds: int = 4


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to what was composed or to the challenge."""

    value: Any


@dataclass(frozen=True, slots=True)
class More:
    """The exchange goes on with another message of ours."""

    message: bytes


@dataclass(frozen=True, slots=True)
class Stray:
    """A whole message that is not what was waited for."""

    text: str


Heard = Answer | More | Stray


class Dialect(Protocol):
    """How messages look. A `numbered` one knows any answer but the one that it waits for; else a stray is a reason for
    quarantine."""

    @property
    def numbered(self) -> bool: ...

    def compose(self, query: Any) -> bytes:
        """The first message of an exchange; from now on its answer is waited for."""

    def silent(self, query: Any) -> bool:
        """Whether the query, just composed, has no answer."""

    def challenge(self) -> bytes:
        """A message whose answer says that we are in step; empty: there is none."""

    def hear(self, data: bytes) -> Iterable[Heard]: ...

    @property
    def partial(self) -> bool:
        """Whether half a message has been heard."""

    def drop(self) -> None:
        """Forgets what was half heard, and what was waited for."""


class Phase(Enum):
    IDLE = "idle"
    ASKED = "asked"
    DRAINING = "draining"
    PROVING = "proving"
    MUTE = "mute"


@dataclass(frozen=True, slots=True)
class Answered:
    value: Any


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The question has no answer that may be believed; whether the instrument acted on it is not known."""

    why: str


@dataclass(frozen=True, slots=True)
class InStep:
    """Quarantine is over."""


@dataclass(frozen=True, slots=True)
class Muted:
    why: str


Happening = Answered | Unanswered | InStep | Muted


@dataclass(slots=True)
class Tally:
    """What a conversation has seen since it began."""

    asked: int = 0
    answered: int = 0
    unanswered: int = 0
    strays: int = 0
    quarantines: int = 0
    drained: int = 0


class Conversation:
    """The conversation with one instrument. Starts in quarantine: what a port has to say first is nobody's answer."""

    def __init__(self, dialect: Dialect, patience: Patience, now: int) -> None:
        self.dialect, self.patience = dialect, patience
        self.tally = Tally()
        self.phase = Phase.DRAINING
        self.deadline: int | None = now
        self._asked_at = now
        self._last = now  # the last byte heard or sent
        self._started = now  # of this drain
        self._since = now  # of this quarantine
        self._until = now
        self._rounds = patience.rounds
        self._proofs = 0
        self._out = bytearray()
        self._held = b""
        self._waiting: Any = None
        self._settle(now)

    def ask(self, query: Any, now: int) -> list[Happening]:
        """Asks, or waits for the end of the quarantine to ask. One question at a time."""
        assert self._waiting is None, "one question at a time"
        assert self.phase is not Phase.ASKED, "one question at a time"
        if self.phase is Phase.MUTE:
            return [Muted("it has not answered before")]
        self._waiting = (query,)
        return self._go_on(now)

    @property
    def ready(self) -> bool:
        """Whether a question would go out at once."""
        return self.phase is Phase.IDLE

    def withdraw(self, now: int) -> None:
        """Nobody waits for the answer any more: it will be a stranger when it comes."""
        self._waiting = None
        if self.phase is Phase.ASKED:
            self._break_off("withdrawn", now)

    def outgoing(self) -> bytes:
        """What is to be sent now."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def receive(self, data: bytes, now: int) -> list[Happening]:
        self._last = now
        if self.phase in (Phase.DRAINING, Phase.MUTE):
            self.tally.drained += len(data)
            if self.phase is Phase.DRAINING:
                self._settle(now)
            return []
        happened: list[Happening] = []
        for heard in self.dialect.hear(data):
            match heard:
                case Answer(value) if self.phase is Phase.ASKED:
                    self.tally.answered += 1
                    self._rest()
                    happened.append(Answered(value))
                case Answer() if self.phase is Phase.PROVING:
                    happened += self._proven(now)
                case More(message) if self.phase in (Phase.ASKED, Phase.PROVING) and not self.dialect.partial:
                    self._send(message, now)
                case _:
                    self.tally.strays += 1
                    if not self.dialect.numbered:
                        return happened + self._break_off("something came that was not its answer", now)
        return happened

    def tick(self, now: int) -> list[Happening]:
        """Lets time pass; call at `deadline`, earlier or later does no harm."""
        if self.deadline is None or now < self.deadline:
            return []
        if self._held:
            self._out += self._held
            self._held = b""
            self._last = now
            self.deadline = now + to_ns(self.patience.answer_ms)
            return []
        match self.phase:
            case Phase.ASKED:
                return self._break_off(f"no answer within {self.patience.answer_ms} ms", now)
            case Phase.PROVING:
                return self._another_round("its challenges were not answered", now)
            case Phase.DRAINING:
                if now - self._started > to_ns(self.patience.longest_drain_ms) and self._last + self._quiet > now:
                    return self._mute(f"it has not been silent for {self.patience.longest_drain_ms} ms")
                self._settle(now)
                return self._prove(now) if now >= self._until else []
            case _:
                self.deadline = None
                return []

    # -- the parts of it -----------------------------------------------------------------------------------------

    @property
    def _quiet(self) -> int:
        return to_ns(self.patience.quiet_ms)

    def _rest(self) -> None:
        self.phase, self.deadline = Phase.IDLE, None
        self._rounds = self.patience.rounds

    def _go_on(self, now: int) -> list[Happening]:
        """Asks what waits, when nothing stands against it. Bytes that came before the question answer it not."""
        if self._waiting is None or self.phase is not Phase.IDLE:
            return []
        if self.dialect.partial:
            self._quarantine(now)
            return []
        (query,) = self._waiting
        self._waiting = None
        self.tally.asked += 1
        self.phase, self._asked_at = Phase.ASKED, now
        self._send(self.dialect.compose(query), now)
        if self.dialect.silent(query):
            self.tally.answered += 1
            self._rest()
            return [Answered("")]
        return []

    def _send(self, message: bytes, now: int) -> None:
        at = self._last + to_ns(self.patience.gap_ms)
        if self.patience.gap_ms and at > now:
            self._held, self.deadline = self._held + message, at
        else:
            self._out += message
            self._last = now
            self.deadline = now + to_ns(self.patience.answer_ms)

    def _break_off(self, why: str, now: int) -> list[Happening]:
        """Into quarantine; an outstanding question has no answer."""
        if self.phase is Phase.PROVING:
            return self._another_round(why, now)
        asked = self.phase is Phase.ASKED
        self._quarantine(now)
        if asked:
            self.tally.unanswered += 1
            return [Unanswered(why)]
        return []

    def _quarantine(self, now: int) -> None:
        self.tally.quarantines += 1
        self._rounds, self._since = self.patience.rounds, now
        self._drain(now)

    def _drain(self, now: int) -> None:
        self.dialect.drop()
        self._held = b""
        self.phase, self._started = Phase.DRAINING, now
        self._settle(now)

    def _settle(self, now: int) -> None:
        self._until = self._last + self._quiet
        if not self.dialect.numbered:
            self._until = max(self._until, self._asked_at + to_ns(self.patience.slowest_ms))
        limit = self._started + to_ns(self.patience.longest_drain_ms)
        self.deadline = max(min(self._until, limit + 1), now)

    def _prove(self, now: int) -> list[Happening]:
        self._proofs = 2
        return self._challenge(now)

    def _challenge(self, now: int) -> list[Happening]:
        self._asked_at = now
        message = self.dialect.challenge()
        if not message:
            self._rest()
            return [InStep(), *self._go_on(now)]
        self.phase = Phase.PROVING
        self._send(message, now)
        return []

    def _proven(self, now: int) -> list[Happening]:
        """Two right answers in a row: one could be an old number that happens to be the same."""
        self._proofs -= 1
        if self._proofs:
            return self._challenge(now)
        self._rest()
        return [InStep(), *self._go_on(now)]

    def _another_round(self, why: str, now: int) -> list[Happening]:
        self._rounds -= 1
        if self._rounds <= 0 and now - self._since >= to_ns(self.patience.slowest_ms):
            return self._mute(why)
        self._drain(now)
        return []

    def _mute(self, why: str) -> list[Happening]:
        self.phase, self.deadline, self._waiting = Phase.MUTE, None, None
        return [Muted(why)]
