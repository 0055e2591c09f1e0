"""The thread in which an instrument works, behind the face that a bench knows from its own rigs' stations."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from payload.errors import LinkTimeout, PayloadError, PortError
from payload.met import to_ns
from payload.model import Rig
from payload.rigs.adapters import entry
from payload.rigs.adapters.face import Site
from payload.rigs.adapters.standin import stand_in
from payload.rigs.kinds.dictionary import Command
from payload.rigs.ports.transport import monotonic_ns
from payload.rigs.stations.keeper import READY_MS, Report
from payload.rigs.stations.work import Work
from payload.rigs.wire.packet import HelloReply

PARTING_MS = 6_000
"""How long an instrument may take to be safe at the end: its longest answer, a quarantine, and once more."""


class AdapterStation:
    """One instrument at work. `start` begins, `is_ready` says whether it could be opened, `retire` leaves it safe."""

    hello: HelloReply | None = None
    """Nothing: an instrument does not say what a rig of ours says of itself."""

    def __init__(
        self,
        rig: Rig,
        url: str,
        put: Callable[[Report], None],
        *,
        folder: Path,
        speed_milli: int = 1_000,
        reconnect_ms: int,
        clock: Callable[[], int] = monotonic_ns,
    ) -> None:
        """`folder` takes what a simulated instrument needs. Raises PortError for a URL that is not the adapter's, and
        for a speed that an instrument cannot keep."""
        made = entry.adapter(rig.kind)
        self._stand_in = stand_in(rig.id, url, made, folder, speed_milli, clock)
        if self._stand_in is None and speed_milli != 1_000 and rig.options.get("speed") != "any":
            raise PortError(
                rig.id,
                f"{url} is not ours to speed up: run with --speed 1, or say 'speed: any' in the mission beside its url "
                f"if it may be flown at {speed_milli / 1000:g} times real time",
            )
        self.rig = rig
        options = {name: str(value) for name, value in rig.options.items()}
        where = Site(rig.id, url.rstrip(":"), "", options, pipe=self._stand_in.pipe) if self._stand_in else None
        where = where or entry.site(rig.kind, rig.id, url, options)
        self._some = threading.Condition()
        self._closing = False
        self._clock = clock
        self._work = Work(
            rig,
            lambda hurry: entry.built(made, replace(where, clock=clock, hurry=hurry)),
            put,
            clock=clock,
            reconnect_ms=reconnect_ms,
            speed_milli=speed_milli,
        )
        self._thread = threading.Thread(target=self._run, name=f"rig {rig.id}", daemon=True)

    def start(self) -> None:
        """Begins to open the instrument; `is_ready` raises what comes of it."""
        self._thread.start()

    def is_ready(self) -> bool:
        with self._some:
            if self._work.error and not self._work.ready:
                raise self._work.error
            return self._work.ready

    def wait_ready_ms(self, length_ms: int) -> None:
        with self._some:
            if not (self._work.ready or self._work.error):
                self._some.wait(length_ms / 1000)

    def late(self) -> LinkTimeout:
        return LinkTimeout(self.rig.id, "opening it", READY_MS)

    def release(self, token: str, command: Command, arguments: tuple[int, ...]) -> None:
        self._tell(lambda: self._work.submit(token, command, arguments))

    def arm(self, token: str) -> None:
        self.release(token, self._work.kind.by_name["arm"], ())

    def abort(self) -> None:
        self._tell(self._work.abort)

    def beat(self) -> None:
        self._tell(self._work.beat)

    def part(self) -> None:
        self._tell(self._work.part)

    def retire(self) -> None:
        """Waits until the instrument is safe, if it still answers; closes the port."""
        self.part()
        until = self._clock() + to_ns(PARTING_MS)
        with self._some:
            while self._thread.is_alive() and not self._work.safe_at_last and self._clock() < until:
                self._some.wait(max(until - self._clock(), 0) / 1e9)
            self._closing = True
            self._some.notify_all()
        if self._thread.ident is not None:
            self._thread.join(3)
        if self._stand_in:
            self._stand_in.close()

    def _tell(self, word: Callable[[], None]) -> None:
        with self._some:
            word()
            self._some.notify_all()

    def _run(self) -> None:
        try:
            while not self._closing:
                due = self._work.turn()
                with self._some:
                    self._some.notify_all()
                    if self._work.idle and not self._closing:
                        self._some.wait(max(due - self._clock(), 0) / 1e9)
        except PayloadError as error:  # an adapter that raises what it should not must not leave others waiting
            self._work.error = self._work.error or error
        except (Exception, SystemExit) as error:  # the same of a third party's mistake; its trace stays with it
            self._work.error = entry.broke(self.rig.id, error)
            self._work.error.__cause__ = error
        finally:
            with self._some:
                self._work.end()
                self._some.notify_all()
