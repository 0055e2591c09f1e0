"""Two pseudo-terminals back to back: a null-modem cable for programs that will only open a port."""

from __future__ import annotations

import contextlib
import os
import select
import threading
import tty


class NullModem:
    """`one` and `other` are ports' names; what is written to either is read from the other."""

    def __enter__(self) -> NullModem:
        self._pairs = [os.openpty() for _ in range(2)]
        for _, slave in self._pairs:
            tty.setraw(slave)
        self.one, self.other = (os.ttyname(slave) for _, slave in self._pairs)
        self._stop_out, self._stop_in = os.pipe()
        self._thread = threading.Thread(target=self._carry)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        os.write(self._stop_in, b"!")
        self._thread.join()
        for fd in (self._stop_in, self._stop_out, *self._pairs[0], *self._pairs[1]):
            with contextlib.suppress(OSError):
                os.close(fd)

    def _carry(self) -> None:
        (one, _), (other, _) = self._pairs
        across = {one: other, other: one}
        while True:
            ready, _, _ = select.select([one, other, self._stop_out], [], [])
            if self._stop_out in ready:
                return
            for fd in ready:
                os.write(across[fd], os.read(fd, 4096))
