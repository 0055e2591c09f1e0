"""The stored results, by which a repeated command is answered without being run (PROTOCOL.md §5.3)."""

from __future__ import annotations

from collections import deque

from payload.rigs.twins.size import Size


class Results:
    """The latest STAGE frame of the last instant commands (a ring of K), of the long command, and of the timed ones (Q
    places). Numbers are the session's."""

    def __init__(self, size: Size) -> None:
        self._size = size
        self.clear()

    def clear(self) -> None:
        self._stored: dict[int, tuple[bytes, bool]] = {}  # frame on the wire, and whether the command is at an end
        self._ring: deque[int] = deque()
        self._long: int | None = None
        self._timed: list[int] = []
        self._finished: int | None = 0
        self._finished_at = 0

    def latest(self, number: int) -> bytes | None:
        stored = self._stored.get(number)
        return stored[0] if stored else None

    def take(self, number: int) -> None:
        """This number is a new command's from now on: one of the same number, 65,536 before, is no more."""
        if number in self._stored:
            self._drop(number)

    def put(self, number: int, wire: bytes, ended: bool) -> None:
        """The latest frame of a command: in the place that it has, else in the ring."""
        self._finished = None
        if number not in self._stored and number != self._long and number not in self._timed:
            self._ring.append(number)
            if len(self._ring) > self._size.window:
                del self._stored[self._ring.popleft()]
        self._stored[number] = (wire, ended)

    def begin_long(self, number: int) -> None:
        """A COMMAND starts as a long one: the result of the one before it goes."""
        if self._long is not None:
            self._stored.pop(self._long, None)
            self._finished = None
        self._long = number

    def begin_timed(self, number: int, last_id: int) -> bool:
        """Gives a timed command a place; False when there is none: in each is one that waits or runs."""
        if len(self._timed) == self._size.queue:
            ended = [timed for timed in self._timed if self._stored[timed][1]]
            if not ended:
                return False
            self._drop(max(ended, key=lambda timed: last_id - timed & 0xFFFF))
        self._timed.append(number)
        return True

    def finished(self, last_id: int) -> int:
        """Bit i: the result of the command `last_id - i` is stored and at an end."""
        if self._finished is None or self._finished_at != last_id:
            self._finished, self._finished_at = 0, last_id
            for number, (_, ended) in self._stored.items():
                age = last_id - number & 0xFFFF
                if ended and age < 32:
                    self._finished |= 1 << age
        return self._finished

    def _drop(self, number: int) -> None:
        self._finished = None
        del self._stored[number]
        if number == self._long:
            self._long = None
        elif number in self._timed:
            self._timed.remove(number)
        else:
            self._ring.remove(number)
