"""Commands over a wire that loses, flips, cuts and doubles frames, with unplugs, rig resets and host crashes: how often
did each run, and was its owner told?

`Soak` drives a link and a twin in virtual time. The host's crash drops everything but the intents file; which jobs
there are is the owner's own list. An execution is counted where the twin begins it, and once more by what the plant
shows (turns of `agitate`).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from payload.rigs.faults import Drive, Fault, Faults, Happening, Lane, Rates, VirtualWire, both
from payload.rigs.faults.plan import MS, SECOND
from payload.rigs.kinds.dictionary import KINDS, Command
from payload.rigs.link.events import Event, Moved, Seen
from payload.rigs.link.intents import End, FileIntents, Intent, Item
from payload.rigs.link.link import Link
from payload.rigs.twins import FULL, Bytes, Size, Twin
from payload.rigs.wire.frame import Deframer, encode
from payload.rigs.wire.packet import Beat, Call, Stage, State, Type, pack

KIND = KINDS["incubator"]
AGITATE = KIND.by_name["agitate"].opcode
FAULTY = Lane(Rates(drop=0.05, flip=0.05, truncate=0.05, duplicate=0.05), latency=200_000)
JOBS = (
    *[("agitate", (1,))] * 6,
    *[("read", (0,))] * 5,
    *[("limit", (0, -5_000, 50_000))] * 3,
    ("off", ()),
)
HEAT = ("heat", (30_000, 1_000))


Key = tuple[int, int, int]
"""A command as the rig knows it: boot, session, number."""


class Counted(Twin):
    """A twin whose executions are written down as they begin."""

    def __init__(self, boot: int, memory: Bytes, ran: list[Key], size: Size = FULL) -> None:
        super().__init__(KIND, unit=7, boot=boot, nvm=memory, size=size)
        self._ran = ran
        self._long: set[tuple[int, int]] = set()

    def stage(self, number: int, stage: Stage, code: int = 0, progress: int = 0, value: int = 0) -> None:
        if stage == Stage.STARTED:
            self._long.add((self.session, number))
        if stage == Stage.STARTED or (stage == Stage.DONE and (self.session, number) not in self._long):
            self._ran.append((self.boot, self.session, number))
        super().stage(number, stage, code, progress, value)


def _rig(wire: VirtualWire) -> Counted:
    assert isinstance(wire.device, Counted)
    return wire.device


def _turns(rig: Counted) -> int:
    """How often the plant was turned since its boot: the count that no protocol has a hand in."""
    return rig.plant._turns  # type: ignore[attr-defined]  # an incubator's alone


@dataclass
class Job:
    command: Command
    arguments: tuple[int, ...]
    ends: list[tuple[str, str | None]] = field(default_factory=list)
    ran: int = 0
    at: int | None = None


@dataclass
class Soak:
    """`commands` jobs, at most `ahead` of them under way. Each of `unplugs`, `crashes` and `resets` comes when a number
    of jobs, drawn by chance, have ended, and up to 20 ms later."""

    path: Path
    commands: int
    seed: int = 0
    unplugs: int = 0
    crashes: int = 0
    resets: int = 0
    lane: Lane = FAULTY
    ahead: int = 24
    heat_every: int = 400
    timed: float = 0.0
    """The share of `read` commands that carry a tick, some of them one that has passed."""
    size: Size = FULL

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.memory = Bytes()
        self.executions: list[Key] = []
        self.jobs: dict[str, Job] = {}
        self.tokens: dict[Key, str] = {}
        self.turns = 0
        self.ended = 0
        self.under_way: set[str] = set()
        self.arming = 0
        self.safe = True
        self.wire = VirtualWire(self._boot, Faults(both(self.lane, seed=self.seed)), "rig-1")
        self.intents = FileIntents(self.path, synced=False)
        self.drive = Drive(Link("rig-1", KIND, durable=True), self.wire, self._told, intents=self._noting())
        what = [*["unplug"] * self.unplugs, *["crash"] * self.crashes, *["reset"] * self.resets]
        self.rng.shuffle(what)
        self.happenings = sorted((self.rng.randrange(self.commands), index, name) for index, name in enumerate(what))[
            ::-1
        ]

    def run(self) -> Soak:
        while self.ended < self.commands:
            self._fill()
            self.drive.run(self.wire.now + 10 * MS)
            while self.happenings and self.happenings[-1][0] <= self.ended:
                name = self.happenings.pop()[2]
                self.drive.run(self.wire.now + self.rng.randrange(20 * MS))
                self._fill()
                self.drive.run(self.wire.now + self.rng.randrange(MS))
                getattr(self, f"_{name}")()
        self.turns += _turns(_rig(self.wire))
        self.intents.close()
        return self

    # -- what happens --------------------------------------------------------------------------------------------

    def _unplug(self) -> None:
        self.wire.strike(Happening(Fault.UNPLUG, 0, self.rng.randrange(10 * MS, 5 * SECOND)))

    def _reset(self) -> None:
        self.wire.strike(Happening(Fault.RESET, 0, self.rng.randrange(1, 500 * MS)))

    def _crash(self) -> None:
        self.intents.close()
        self.intents = FileIntents(self.path, synced=False)
        left = self.intents.left
        told = {item.token: item for item in self.intents.items if isinstance(item, End)}
        known = {item.token for item in left.items}
        self.intents.compact()
        link = Link("rig-1", KIND, durable=True)
        link.restore(left)
        self.arming = sum(not token.isdigit() for token in known)
        self.safe = True
        self.drive.crash(link, self._noting())
        for token in sorted(self.under_way - known, key=int):
            if token in told:  # it had ended, and the host died before it could say so
                self._end(token, told[token].stage, told[token].code)
            else:
                job = self.jobs[token]
                self.drive.say(link.submit(token, job.command, job.arguments, self.wire.now, job.at))

    def _boot(self, number: int) -> Counted:
        if number > 1:
            self.turns += _turns(_rig(self.wire))
        return Counted(number, self.memory, self.executions, self.size)

    # -- the owner -----------------------------------------------------------------------------------------------

    def _noting(self) -> Noting:
        return Noting(self.intents, self.tokens)

    def _fill(self) -> None:
        link, now = self.drive.link, self.wire.now
        if self.safe and not self.arming:
            self.arming = 1
            self.drive.say(link.submit("prepare", KIND.by_name["prepare"], (1,), now))
        while len(self.under_way) < self.ahead and len(self.jobs) < self.commands:
            number = len(self.jobs)
            heat = self.rng.random() * self.heat_every < 1
            name, arguments = HEAT if heat else self.rng.choice(JOBS)
            job = self.jobs[str(number)] = Job(KIND.by_name[name], arguments)
            self.under_way.add(str(number))
            if name == "read" and self.timed and self.rng.random() < self.timed:
                job.at = max(_rig(self.wire).tick + self.rng.randrange(-5, 300), 0)
            self.drive.say(link.submit(str(number), job.command, job.arguments, now, job.at))

    def _told(self, now: int, event: Event) -> None:
        match event:
            case Moved(token=token) if event.ended and token.isdigit():
                self._end(token, event.stage, event.code)
                if len(self.under_way) < self.ahead // 2:
                    self._fill()
            case Moved(token="prepare", stage="DONE"):
                self.drive.say(self.drive.link.submit("arm", KIND.by_name["arm"], (1, event.value), now))
            case Moved(token="arm" | "prepare") if event.ended:
                self.arming = 0
            case Seen(status):
                self.safe = status.state == State.SAFE

    def _end(self, token: str, stage: str, code: str | None) -> None:
        self.jobs[token].ends.append((stage, code))
        if token in self.under_way:
            self.under_way.remove(token)
            self.ended += 1

    # -- the verdict ---------------------------------------------------------------------------------------------

    def verdict(self) -> dict[str, int]:
        """What came out; every `bad_` of it should be 0."""
        for key in self.executions:
            token = self.tokens.get(key, "")
            if token in self.jobs:
                self.jobs[token].ran += 1
        ends = Counter(job.ends[0][0] if job.ends else "nothing" for job in self.jobs.values())
        jobs = list(self.jobs.values())
        agitated = [job for job in jobs if job.command.name == "agitate"]
        sure = sum(job.ends[:1] == [("DONE", None)] for job in agitated)
        unsure = sum(job.ends[:1] in ([("FAILED", "RESET")], [("INDETERMINATE", "REBOOT")]) for job in agitated)
        return {
            "commands": len(jobs),
            "executions": len(self.executions),
            "boots": self.wire.boots,
            "virtual seconds": self.wire.now // SECOND,
            **dict(sorted(ends.items())),
            "bad: not told": sum(not job.ends for job in jobs),
            "bad: told two ends": sum(len(set(job.ends)) > 1 for job in jobs),
            "bad: run without an intent": sum(key not in self.tokens for key in self.executions),
            "bad: run twice": sum(job.ran > 1 and not job.command.idempotent for job in jobs),
            "bad: done but not run": sum(job.ran == 0 and job.ends[:1] == [("DONE", None)] for job in jobs),
            "bad: run but refused": sum(job.ran > 0 and job.ends[0][0] in ("REJECTED", "LATE") for job in jobs),
            "bad: indeterminate": sum(
                job.ends[0][0] == "INDETERMINATE"
                and (job.command.journaled or (job.command.idempotent and job.at is None) or job.ends[0][1] != "REBOOT")
                for job in jobs
            ),
            "bad: turns": 0 if sure <= self.turns <= sure + unsure else abs(self.turns - sure),
        }


class Noting:
    """The intents file, and the harness's own note of whose number is whose."""

    def __init__(self, intents: FileIntents, tokens: dict[Key, str]) -> None:
        self._intents, self._tokens = intents, tokens

    def write(self, batch: Sequence[Item]) -> None:
        for item in batch:
            if isinstance(item, Intent):
                self._tokens[item.boot, item.session, item.number] = item.token
        self._intents.write(batch)


def naive(commands: int, seed: int, lane: Lane = FAULTY) -> tuple[int, int]:
    """The same rig, from a host as they mostly are: what is not answered in time is sent again, as a new command. How
    many it had to send, and how many executions there were too many."""
    wire = VirtualWire(lambda boot: Counted(boot, Bytes(), []), Faults(both(Lane(latency=200_000))), "rig-1")
    drive = Drive(Link("rig-1", KIND), wire)
    drive.run(10 * MS)
    drive.say(drive.link.arm("arm", 1, wire.now))
    drive.run(20 * MS)
    rig = _rig(wire)
    session, number = rig.session, rig.last_id
    wire.faults = Faults(both(lane, seed=seed))
    deframer, beat_at = Deframer(), 0
    for _ in range(commands):
        done = False
        while not done:
            number += 1
            wire.write(b"\0" + encode(pack(Call(session, number & 0xFFFF, AGITATE, (1,)))))
            until = wire.now + 100 * MS
            while not done and wire.now < until:
                if wire.now >= beat_at:
                    wire.write(b"\0" + encode(pack(Beat(session, 1, 8))))
                    beat_at = wire.now + SECOND // 4
                for frame in deframer.feed(wire.advance(min(until, beat_at))):
                    done = done or (frame.type == Type.STAGE and frame.id == number & 0xFFFF)
            if not done:
                number = rig.last_id
    return commands, _turns(rig) - commands


if __name__ == "__main__":
    import argparse
    import sys
    import tempfile
    import time

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commands", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        part = given.commands / 1_000_000
        soak = Soak(
            Path(folder) / "intents", given.commands, given.seed,
            unplugs=round(200 * part), crashes=round(100 * part), resets=round(100 * part),
        ).run()  # fmt: skip
        found = soak.verdict()
        for name, count in found.items():
            print(f"{name:24} {count:>10,}")
        print(f"{'CPU seconds':24} {time.process_time() - began:>10.1f}")
    sent, surplus = naive(given.commands // 100, given.seed)
    print(f"a host that just sends again, {sent:,} commands over the same wire: {surplus:+,} executions")
    sys.exit(any(count for name, count in found.items() if name.startswith("bad")))
