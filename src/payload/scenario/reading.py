"""mission.yaml to a `Mission`: every section read, every fault told, then built."""

from __future__ import annotations

import gc
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from payload.errors import Fault, MissionError
from payload.model import Experiment, Mission, WindowRule
from payload.scenario import rulebook, setting, work
from payload.scenario.faults import Faults
from payload.scenario.join import load
from payload.scenario.names import SECTIONS, as_meant, gather, knows_calendar, unique
from payload.scenario.scope import NO_CALENDAR, Scope, nearest
from payload.scenario.shapes_setting import LONGEST_MS, MissionShape, OrbitShape, ShareShape
from payload.scenario.shapes_work import MissionFile
from payload.scenario.tree import Marks, data, shown


def read_mission(path: Path, seats: Mapping[str, str] | None = None, *, merged: bool = False) -> Mission:
    """The mission in a file, or in a folder that holds mission.yaml, with other people in its `seats` if given.

    `merged`: a variant may have been merged into the file. Raises MissionError with all faults of its files, in the
    order of the file.
    """
    with _uncollected():
        mission = _read(path, merged)
    try:
        return mission.with_seats(seats) if seats else mission
    except KeyError as error:
        wanted = str(error.args[0])
        known = [f"{person.id}={one}" for person in mission.crew for one in person.candidates]
        file = mission.marks["mission"].file
        hint = nearest(wanted, known) if known else "no seat of this mission has candidates"
        raise MissionError([Fault(file, 0, 0, "crew", f"unknown seat or candidate {wanted!r}", wanted, hint)]) from None


def canonical_text(path: Path) -> str:
    """The canonical JSON of the mission as read, includes and bases merged."""
    return _canonical(data(load(path).node))


def _read(path: Path, merged: bool) -> Mission:
    reading = load(path)
    scope = Scope()
    faults = Faults(reading.node, scope)
    faults.found += reading.faults
    faults.muted |= {(fault.file, fault.line, fault.column) for fault in reading.faults} | reading.muted
    mission = _Reader(faults, data(reading.node), variant=reading.variant or merged).mission()
    faults.end()
    assert mission is not None
    return mission


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the cycle collector, which finds nothing in a growing tree and takes most of the time of a large one."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def sha256(raw: dict[str, Any]) -> str:
    """What identifies a mission: the hash of the canonical JSON of the mission as read."""
    return hashlib.sha256(_canonical(raw).encode()).hexdigest()


def _canonical(raw: dict[str, Any]) -> str:
    return json.dumps(raw, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class _Reader:
    """Reads the sections in the order in which they need each other."""

    def __init__(self, faults: Faults, raw: dict[str, Any], *, variant: bool) -> None:
        self.faults, self.scope, self.raw = faults, faults.scope, raw
        self.scope.lenient = variant
        self.made: list[Experiment] = []

    def mission(self) -> Mission | None:
        """The mission; None, with faults, when anything is wrong."""
        self.faults.nothing()
        self.top()
        gather(self.raw, self.scope)
        head = self.head()
        unique(self.raw, self.faults)
        people = [setting.person(self.faults, ("crew", n), one) for n, one in self.entries("crew")]
        resources = {
            key: setting.resource(self.faults, ("resources", key), one) for key, one in self.named("resources")
        }
        orbit, windows = self.environment()
        duties = [work.duty(self.faults, ("routine", n), one) for n, one in self.entries("routine")]
        experiments = self.experiments()
        rules = [rulebook.rule(self.faults, ("rules", n), one) for n, one in self.entries("rules")]
        shares = {key: self.share(key) for key, _ in self.named("shares")}
        waivers = [rulebook.waiver(self.faults, ("waivers", n), experiments) for n, _ in self.entries("waivers")]
        locks = [rulebook.lock(self.faults, ("locks", n), experiments) for n, _ in self.entries("locks")]
        rigs = {key: setting.rig(self.faults, ("rigs", key)) for key, _ in self.named("rigs")}
        if self.faults.found or head is None:
            return None
        return Mission(
            id=head.id,
            title=head.title or head.id,
            calendar=self.scope.calendar,
            end=self.scope.end,
            grid_ms=head.grid,
            crew=tuple(one for one in people if one),
            experiments=tuple(self.made),
            routine=tuple(one for one in duties if one),
            resources={key: one for key, one in resources.items() if one},
            orbit=orbit.tle if orbit else None,
            windows=windows,
            rules=tuple(one for one in rules if one),
            shares={key: one.crew_time for key, one in shares.items() if one},
            waivers=tuple(one for one in waivers if one),
            locks=dict(one for one in locks if one),
            rigs={key: one for key, one in rigs.items() if one},
            sha256=sha256(self.raw),
            marks=Marks(self.faults.root),
        )

    def top(self) -> None:
        """The file as a whole: its version, its keys, its sections' forms."""
        if self.raw.get("payload") != 1 or isinstance(self.raw.get("payload"), bool):
            if "payload" in self.raw:
                there = shown(self.raw["payload"])
                self.faults.add(("payload",), f"expected 1, the version of the format, not {there}")
            else:
                self.faults.missing(("payload",), "'payload: 1' is missing")
        for key in self.raw:
            if key not in MissionFile.model_fields:
                self.faults.unknown_key((key,), MissionFile.model_fields)
        for key in ("mission", "crew", "experiments"):
            if key not in self.raw:
                self.faults.missing((key,))
        for key, kind in (*SECTIONS.items(), ("mission", dict)):
            if key in self.raw and self.raw[key] is not None and not isinstance(self.raw[key], kind):
                node = self.faults.root.at(key)
                form = "a list" if kind is list else "a mapping"
                self.faults.add((key,), f"expected {form}, not {node.kind if node else 'nothing'}")

    def head(self) -> MissionShape | None:
        """The mission block. The horizon is known after it, or nothing is judged by it."""
        scope, faults = self.scope, self.faults
        if not isinstance(self.raw.get("mission"), dict):
            return None
        head = faults.read(MissionShape, ("mission",))
        if head is None or not knows_calendar(scope):
            scope.calendar = NO_CALENDAR
            return None
        if head.end <= 0:
            faults.add(("mission", "end"), "expected an end after the start")
        elif head.end > LONGEST_MS:
            faults.add(("mission", "end"), "expected a horizon of at most 3 years")
        else:
            scope.end, scope.sure = head.end, True
        return head

    def environment(self) -> tuple[OrbitShape | None, dict[str, WindowRule]]:
        raw = self.raw.get("environment")
        if not isinstance(raw, dict):
            return None, {}
        setting.environment_keys(self.faults, raw)
        has_orbit = "orbit" in as_meant(raw, ("orbit", "windows"))
        orbit = setting.orbit(self.faults, ("environment", "orbit")) if raw.get("orbit") is not None else None
        found: dict[str, WindowRule] = {}
        windows = raw.get("windows", {})
        if not isinstance(windows, dict):
            self.faults.add(("environment", "windows"), "expected a mapping of windows")
            return orbit, {}
        for key, one in windows.items():
            self.faults.check_id(("environment", "windows", key))
            rule = setting.window(self.faults, ("environment", "windows", key), one, has_orbit=has_orbit)
            if rule is not None:
                found[key] = rule
        setting.circles(self.faults, ("environment", "windows"), found)
        return orbit, found

    def experiments(self) -> dict[str, Experiment | None]:
        """By id, copies by their own; None for those that have faults."""
        found: dict[str, Experiment | None] = dict.fromkeys((*self.scope.experiments, *self.scope.copies))
        for of in self.scope.copies.values():
            found.pop(of, None)
        for n, raw in self.entries("experiments"):
            self.made += work.experiment(self.faults, ("experiments", n), raw)
        found.update((one.id, one) for one in self.made)
        written = [one.get("id") if isinstance(one, dict) else None for _, one in self.entries("experiments")]
        work.after_circles(self.faults, self.made, written)
        return found

    def share(self, key: str) -> ShareShape | None:
        if key not in self.scope.sponsors:
            hint = nearest(key, self.scope.sponsors)
            self.faults.add(("shares", key), f"no experiment has the sponsor {key!r}", hint, key=True)
        return self.faults.read(ShareShape, ("shares", key))

    def entries(self, section: str) -> list[tuple[int, Any]]:
        raw = self.raw.get(section)
        return list(enumerate(raw)) if isinstance(raw, list) else []

    def named(self, section: str) -> list[tuple[str, Any]]:
        raw = self.raw.get(section)
        found = list(raw.items()) if isinstance(raw, dict) else []
        if section != "shares":
            for key, _ in found:
                self.faults.check_id((section, key))
        return found
