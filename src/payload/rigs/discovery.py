"""Rigs on the bench, one at a time: what is there, what it says of itself, one command by hand."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from payload.errors import RunError
from payload.met import to_ns
from payload.model import Rig, RigCall
from payload.rigs.bench import Bench
from payload.rigs.calls import kind_of, translate
from payload.rigs.dictionary import KIND_NAMES, KINDS, Kind
from payload.rigs.events import ENDS, Down, Met
from payload.rigs.link import GREETING_MS, Link
from payload.rigs.packet import BEAT_MS, HelloReply
from payload.rigs.station import Report
from payload.rigs.transport import BAUD, monotonic_ns
from payload.rigs.wiring import STARTED, wire


def probe(
    url: str, kind: str | None = None, *, speed_milli: int = 1000, baud: int = BAUD, timeout_ms: int = GREETING_MS
) -> HelloReply:
    """Asks whoever is behind a URL to say HELLO, and changes nothing there. `kind` refuses another one; a rig that we
    start (`twin:`, `pty:`, `host:`) needs it.

    Raises PortError (absent, busy, not permitted), LinkTimeout (silent), ProtocolError (babbling, or another version or
    kind), CallRefused (no such kind).
    """
    rig = Rig("", _kind(url, kind), url, options={"baud": baud, "speed": "any"})
    wanted = kind_of(rig) if kind else None
    link = Link(url, wanted, greeting_ms=timeout_ms)
    with tempfile.TemporaryDirectory(prefix="payload-") as folder:
        way = wire(rig, url, speed_milli=speed_milli, folder=Path(folder))
        try:
            way.ready()
            transport = way.open()
            try:
                events = link.connected(monotonic_ns())
                while True:
                    for event in events:
                        if isinstance(event, Met):
                            return event.hello
                        if isinstance(event, Down):
                            raise event.error
                    transport.write(link.outgoing())
                    heard = transport.wait(link.deadline)
                    now = monotonic_ns()
                    events = link.receive(heard, now) + link.tick(now)
            finally:
                transport.close()
        finally:
            way.close()


def info(
    url: str, kind: str | None = None, *, baud: int = BAUD, timeout_ms: int = GREETING_MS
) -> tuple[HelloReply, Kind]:
    """What the rig says of itself, and its kind's dictionary. Raises as `probe` does."""
    hello = probe(url, kind, baud=baud, timeout_ms=timeout_ms)
    return hello, KINDS[KIND_NAMES[hello.kind]]


def call(
    url: str,
    name: str,
    arguments: dict[str, str],
    kind: str | None = None,
    *,
    speed: float = 1.0,
    baud: int = BAUD,
    heard: Callable[[Report], None] | None = None,
) -> Report:
    """One command by hand: opens the rig, arms it, sends the command, waits for its end, leaves the rig safe.

    `heard` is told every report as it comes. The last report of the command is returned, whatever it says; when the
    link goes down on the way that is INDETERMINATE or FAILED. Raises as `probe` does, and CallRefused.
    """
    if kind is None and url not in STARTED:
        kind = KIND_NAMES[probe(url, baud=baud).kind]
    rig = Rig("bench", _kind(url, kind), url, options={"baud": baud, "speed": "any"})
    wanted = RigCall(rig.id, name, arguments)
    token = name
    translate(rig, wanted)
    with (
        tempfile.TemporaryDirectory(prefix="payload-") as folder,
        Bench({rig.id: rig}, speed=speed, folder=Path(folder)) as bench,
    ):
        bench.release(token, wanted)
        while True:
            until = monotonic_ns() + to_ns(BEAT_MS)
            while (left := until - monotonic_ns()) > 0:
                for report in bench.reports(-(-left // 1_000_000)):
                    if heard:
                        heard(report)
                    if report.token == token and report.stage in ENDS:
                        return report
            bench.beat()


def _kind(url: str, kind: str | None) -> str:
    if kind is None and url in STARTED:
        raise RunError(f"{url} is started for you: say which kind of rig it is to be with --kind ({', '.join(KINDS)})")
    return kind or next(iter(KINDS))
