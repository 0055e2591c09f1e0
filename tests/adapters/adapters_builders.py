"""Simulated instruments in virtual time, and the stories that their reports tell."""

from __future__ import annotations

from random import Random

from payload.model import Rig
from payload.rigs.adapters import entry
from payload.rigs.adapters.face import Site
from payload.rigs.adapters.simulated import Simulated, VirtualClock, VirtualPipe, Whims
from payload.rigs.stations.work import Work

MS = 1_000_000
SCHEMES = {"bench-supply": "scpi", "temperature-controller": "modbus"}


class Lab:
    """One adapter and its simulated instrument."""

    def __init__(self, kind, *, make=None, whims=None, seed=1, limits=None, options=None, speed_milli=1_000):
        self.clock = VirtualClock()
        self.simulated = Simulated(make or entry.adapter(kind).simulated, whims or Whims(), Random(seed))
        self.pipe = VirtualPipe(self.simulated, self.clock)
        self.reports = []
        self.rig = Rig("bench", kind, f"{SCHEMES.get(kind, kind)}:virtual", limits or {})
        self.made = entry.adapter(kind)
        self.options = options or {}
        self.work = Work(
            self.rig,
            lambda hurry: self.made(self.site(hurry)),
            self.reports.append,
            clock=self.clock,
            reconnect_ms=20_000,
            speed_milli=speed_milli,
        )

    @property
    def instrument(self):
        return self.simulated.instrument

    def site(self, hurry=lambda: False):
        return Site(
            "bench",
            SCHEMES.get(self.rig.kind, self.rig.kind),
            "virtual",
            self.options,
            self.clock,
            hurry,
            self._pipe,
            Random(2),
        )

    def _pipe(self):
        self.pipe._alive()
        return self.pipe

    def adapter(self):
        """An adapter by itself, open."""
        adapter = self.made(self.site())
        adapter.open()
        return adapter

    def run(self, length_ms, *, beat=True):
        """Lets the work have so much time, with heartbeats each second or none."""
        until = self.clock.now + length_ms * MS
        beat_at = self.clock.now
        while self.clock.now < until:
            if beat and self.clock.now >= beat_at:
                self.work.beat()
                beat_at += 1_000 * MS
            due = self.work.turn()
            if self.work.idle:
                self.clock.advance(min(due, until, beat_at if beat else until))

    def begin(self):
        """Opened, armed and with a lease."""
        while not self.work.ready:
            assert not self.work.error, self.work.error
            self.clock.advance(self.work.turn())
        self.work.beat()
        self.work.turn()
        return self

    def send(self, name, *arguments, token=None):
        self.work.submit(token or name, self.work.kind.by_name[name], arguments)

    def story(self, token):
        return [(r.stage, r.code) for r in self.reports if r.token == token]

    def rig_story(self):
        return [
            (r.stage, r.facts.get("reason", r.facts.get("rebooted")))
            for r in self.reports
            if r.token is None and r.stage != "TELEMETRY"
        ]

    def last(self, token):
        return [r for r in self.reports if r.token == token][-1]
