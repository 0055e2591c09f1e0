"""Rigs on the bench, one at a time: what is there, what it says of itself, one command by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from payload.met import to_ns
from payload.model import Rig, RigCall
from payload.rigs.adapters.entry import kind_in
from payload.rigs.kinds.dictionary import KINDS, Kind
from payload.rigs.link.events import ENDS, Down, Known, Met
from payload.rigs.link.link import GREETING_MS, Link
from payload.rigs.ports.transport import BAUD, Transport, monotonic_ns
from payload.rigs.programs.folder import run_folder
from payload.rigs.stations.bench import Bench
from payload.rigs.stations.calls import kind_of, translate
from payload.rigs.stations.keeper import Report
from payload.rigs.stations.reach import PREFIX, kind_at, reached
from payload.rigs.stations.wiring import STARTED
from payload.rigs.wire.packet import BEAT_MS, HelloReply

E = TypeVar("E", Met, Known)


def probe(
    url: str, kind: str | None = None, *, speed_milli: int = 1000, baud: int = BAUD, timeout_ms: int = GREETING_MS
) -> HelloReply:
    """Asks whoever is behind a URL to say HELLO, and changes nothing there. `kind` refuses another one; a rig that we
    start (`twin:`, `pty:`, `host:`) needs it.

    Raises PortError (absent, busy, not permitted), LinkTimeout (silent), ProtocolError (babbling, or another version or
    kind), CallRefused (no such kind).
    """
    wanted = kind_of(Rig("", kind, url)) if kind else None
    link = Link(url, wanted, greeting_ms=timeout_ms)
    with reached(url, kind, speed_milli=speed_milli, baud=baud) as transport:
        return _until(Met, link, transport).hello


def info(
    url: str, kind: str | None = None, *, baud: int = BAUD, timeout_ms: int = GREETING_MS
) -> tuple[HelloReply, Kind]:
    """What the rig says of itself, and its kind's dictionary, fetched when the kind is none of ours. Nothing is changed
    there. Raises as `probe` does."""
    wanted = kind_of(Rig("", kind, url)) if kind else None
    link = Link(url, wanted, greeting_ms=timeout_ms)
    with reached(url, kind, baud=baud) as transport:
        found = _until(Known, link, transport).kind
    assert link.hello is not None
    return link.hello, found


def _until(wanted: type[E], link: Link, transport: Transport) -> E:
    """Runs the link until it tells this; what it wants to send then is not sent. Raises what takes it down."""
    events = link.connected(monotonic_ns())
    while True:
        for event in events:
            if isinstance(event, wanted):
                return event
            if isinstance(event, Down):
                raise event.error
        transport.write(link.outgoing())
        heard = transport.wait(link.deadline)
        now = monotonic_ns()
        events = link.receive(heard, now) + link.tick(now)


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
    kinds: dict[str, Kind] = {}
    kind = kind or kind_in(url)
    if kind is None and url not in STARTED:
        found = info(url, baud=baud)[1]
        kind = found.name
        if kind not in KINDS or KINDS[kind].hash != found.hash:
            kinds["bench"] = found
    line: dict[str, str | int | float | bool] = {"speed": "any"}
    if kind in KINDS or baud != BAUD:  # an instrument's line has a speed of its own when nothing is said
        line["baud"] = baud
    rig = Rig("bench", kind_at(url, kind), url, options=line)
    wanted = RigCall(rig.id, name, arguments)
    token = name
    translate(rig, wanted, own=kinds.get(rig.id))
    with (
        run_folder(PREFIX) as folder,
        Bench({rig.id: rig}, speed=speed, folder=folder, kinds=kinds) as bench,
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
