"""An open port to the rig behind a URL, and to nothing else: what examining and watching stand on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from payload.errors import RunError
from payload.model import Rig
from payload.rigs.adapters.entry import why_no_link
from payload.rigs.kinds.dictionary import KINDS
from payload.rigs.ports.transport import BAUD, Transport
from payload.rigs.programs.folder import run_folder
from payload.rigs.stations.wiring import STARTED, wire

PREFIX = "payload-rig-"
"""Of the folders in which rigs by hand have their ports."""


def kind_at(url: str, kind: str | None) -> str:
    """The kind to go by; where none is told, any will do, as the rig says itself which it is. Raises RunError for a rig
    that is started for the occasion: somebody must say which."""
    if kind is None and url in STARTED:
        raise RunError(f"{url} is started for you: say which kind of rig it is to be with --kind ({', '.join(KINDS)})")
    return kind or next(iter(KINDS))


@contextmanager
def reached(url: str, kind: str | None = None, *, speed_milli: int = 1000, baud: int = BAUD) -> Iterator[Transport]:
    """The port, open; a rig that we start (`twin:`, `pty:`, `host:`, …) lives as long, and needs its `kind`. Nothing is
    sent. Raises RunError without a kind, PortError (absent, busy, not permitted, not built), CallRefused."""
    if foreign := why_no_link(url, kind):
        raise RunError(foreign)
    rig = Rig("", kind_at(url, kind), url, options={"baud": baud, "speed": "any"})
    with run_folder(PREFIX) as folder:
        way = wire(rig, url, speed_milli=speed_milli, folder=folder)
        try:
            way.ready()
            transport = way.open()
            try:
                yield transport
            finally:
                transport.close()
        finally:
            way.close()
