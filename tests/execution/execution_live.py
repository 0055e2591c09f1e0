"""A wall clock that a test moves by waiting, and rigs on it that follow a script: no test here sleeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from payload.errors import RigFault
from payload.journal import Told
from payload.model import RigCall


class HandClock:
    """Wall time that passes only by waiting. `happenings` are called once their wall instant (ms) is reached."""

    virtual = False  # to the run it is a wall clock

    def __init__(self) -> None:
        self.wall_ms = 0
        self.happenings: list[tuple[int, Callable[[], None]]] = []

    def at(self, wall_ms: int, happening: Callable[[], None]) -> None:
        self.happenings = sorted([*self.happenings, (wall_ms, happening)], key=lambda each: each[0])

    def now_ns(self) -> int:
        return self.wall_ms * 1_000_000

    def sleep_ms(self, wall_ms: int) -> None:
        self.wall_ms += wall_ms
        while self.happenings and self.happenings[0][0] <= self.wall_ms:
            self.happenings.pop(0)[1]()


class Crew:
    """Words, as a journal's table would hold them, left at wall instants (ms)."""

    def __init__(self, clock: HandClock) -> None:
        self.told: list[Told] = []
        self._clock = clock

    def say(self, wall_ms: int, word: str, activity: str = "") -> Crew:
        told = Told(0, wall_ms, word, activity)
        self._clock.at(wall_ms, lambda: self.told.append(Told(len(self.told) + 1, told.wall, told.word, told.id)))
        return self

    def __call__(self, after: int) -> list[Told]:
        return [told for told in self.told if told.seq > after]


@dataclass(frozen=True)
class Said:
    rig: str
    token: str | None
    stage: str
    code: str = ""
    at_ns: int | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    host_ns: int | None = None
    error_ns: int | None = None


Script = Sequence[tuple[int, str, str]]  # ms of wall time after the release, stage, code
WELL: Script = ((1, "ACCEPTED", ""), (2, "STARTED", ""), (100, "DONE", ""))


class Rigs:
    """A bench whose rigs answer each call by its script; what they were told stands in `heard`."""

    def __init__(self, clock: HandClock, calls: Mapping[str, Script] | None = None) -> None:
        self.clock = clock
        self.calls = calls or {}
        self.heard: list[tuple[object, ...]] = []
        self.beats: list[int] = []
        self.slow_ms = 0
        self.due: list[tuple[int, Said]] = []
        self.running: dict[str, str] = {}

    def say(self, wall_ms: int, said: Said) -> None:
        self.due = sorted([*self.due, (wall_ms, said)], key=lambda each: each[0])

    def check(self, call: RigCall, length_ms: int) -> None:
        if call.call == "too-hot":
            raise RigFault(call.rig, "LIMIT", "target 95 degC is above 45 degC")

    def release(self, token: str, call: RigCall, length_ms: int) -> None:
        self.heard.append(("release", token, length_ms))
        self.running[token] = call.rig
        for after_ms, stage, code in self.calls.get(call.call, WELL):
            self.say(self.clock.wall_ms + after_ms, Said(call.rig, token, stage, code, at_ns=self.clock.now_ns()))

    def arm(self, rig: str, token: str) -> None:
        self.heard.append(("arm", token))
        self.say(self.clock.wall_ms + 1, Said(rig, token, "DONE"))

    def read_back(self, rig: str, token: str) -> None:
        self.heard.append(("read-back", rig))
        facts = {"value": 22_000, "of": "temperature", "unit": "mdegC"}
        self.say(self.clock.wall_ms + 1, Said(rig, f"{token}/temperature", "DONE", facts=facts))

    def abort(self, rig: str | None = None) -> None:
        self.heard.append(("abort", rig))
        for each in [rig] if rig else ["furnace", "loop"]:
            self.due = [(at, said) for at, said in self.due if said.rig != each]
            for token in [token for token, on in self.running.items() if on == each]:
                self.say(self.clock.wall_ms + 1, Said(each, token, "FAILED", "ABORT"))
            self.say(self.clock.wall_ms + 1, Said(each, None, "SAFE", facts={"reason": "ABORT"}))

    def beat(self) -> None:
        self.beats.append(self.clock.wall_ms)

    def reports(self, wait_ms: int) -> list[Said]:
        self.clock.sleep_ms(self.slow_ms)
        self.slow_ms = 0
        first = self.due[0][0] if self.due else self.clock.wall_ms + wait_ms
        self.clock.sleep_ms(max(0, min(wait_ms, first - self.clock.wall_ms)))
        come = [said for at, said in self.due if at <= self.clock.wall_ms]
        self.due = self.due[len(come) :]
        for said in come:
            if said.token and said.stage not in ("ACCEPTED", "STARTED"):
                self.running.pop(said.token, None)
        return come
