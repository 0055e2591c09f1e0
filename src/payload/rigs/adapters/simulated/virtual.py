"""A simulated instrument as a transport in virtual time: an adapter that waits in it waits no wall time."""

from __future__ import annotations

from payload.errors import PortError
from payload.rigs.adapters.simulated.whims import Simulated


class VirtualClock:
    """Ns that go by only while somebody waits."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now

    def advance(self, until: int) -> None:
        self.now = max(self.now, until)


class VirtualPipe:
    """One instrument's pipe. While it is `cut` it is lost; what the instrument says then is lost with it."""

    name = "virtual"

    def __init__(self, source: Simulated, clock: VirtualClock) -> None:
        self._source, self._clock = source, clock
        self.cut = False
        self._said = b""

    def write(self, data: bytes) -> None:
        self._alive()
        said, _ = self._source.update(self._clock.now, data)
        self._said += said

    def wait(self, until: int | None) -> bytes:
        self._alive()
        while True:
            said, following = self._source.update(self._clock.now, b"")
            said, self._said = self._said + said, b""
            if said or (until is not None and self._clock.now >= until):
                return said
            self._clock.advance(following if until is None else min(following, until))

    def wake(self) -> None:
        pass

    def close(self) -> None:
        pass

    def _alive(self) -> None:
        if self.cut:
            raise PortError("", f"{self.name} was lost: it was cut")
