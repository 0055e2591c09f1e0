"""The hands of a live run: the crew's words and the rigs' reports, turned into ends of steps.

A telecommand's intent is committed to the journal before its first byte leaves. A rig's step ends when the rig says so:
DONE, or REJECTED, FAILED, LATE and CANCELLED, which fail its session while others go on; INDETERMINATE is put before
the crew where they are asked at all, and fails it otherwise. A rig whose link goes down leaves its step INDETERMINATE,
and a rig that goes to safe mode fails it, unless it says how that ended. A rig that we aborted is armed again for its
next step; one that went safe by itself stays so, and its steps fail, until somebody has looked at it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from simpy import Event, Interrupt

from payload.errors import LinkError, PayloadError
from payload.execution.executive import Executive
from payload.execution.hands import Steps, Stop
from payload.execution.policy import Policy
from payload.execution.program import Activity, StepProgram
from payload.execution.realtime import IN_LOCKSTEP, ON_THE_WALL, Clock, RealTime
from payload.execution.reports import Bench, Report, facts_of, telemetry
from payload.journal import LAST_STAGES, Fact, Note, RigLink, RigSafe, RigStage, StepWaits, Told, Word
from payload.journal import Event as Entry
from payload.met import NS_PER_MS, format_duration
from payload.model import RigCall

SAFE_TRIES, SAFE_WAIT_MS = 20, 100  # how long to listen for rigs that were told to be safe
SAFE_LAST_WORD_MS = 1_000  # wall time in which a rig that went safe may still say how its command ended


class Aborted(Exception):
    """The operator told the run to abort."""


class Live:
    """One live run's outside. `wait` is what its environment blocks in."""

    def __init__(
        self,
        *,
        bench: Bench | None,
        ask: bool,
        policy: Policy,
        speed: float,
        record: Callable[[Entry], None],
        commit: Callable[[], None],
        words: Callable[[int], Sequence[Told]],
        on_wait: Callable[[StepWaits], None],
        clock: Clock,
    ) -> None:
        self.record, self.commit, self.clock = record, commit, clock
        self.pace = IN_LOCKSTEP if clock.virtual else ON_THE_WALL
        self._bench, self._ask, self._policy, self._speed = bench, ask, policy, speed
        self._words, self._on_wait = words, on_wait
        self._heard = 0
        self._done_ns = dict.fromkeys(("beat", "commit", "listen"), clock.now_ns())
        self._ending: dict[str, Event] = {}  # activity -> its crewed step's end, which `done` brings about
        self._awaited: dict[str, tuple[str, Event]] = {}  # token -> rig and the step's end
        self._down: set[str] = set()
        self._safe: set[str] = set()
        self._disarmed: set[str] = set()  # by our own abort

    def attach(self, executive: Executive, env: RealTime) -> None:
        """Binds the two ends together, and hears what the rigs said before the run."""
        self._executive, self._env = executive, env
        self._index = {each.id: each.index for each in executive.program.flown}
        self.wait(0)

    # -- what the executive asks for ---------------------------------------------------------------------------------

    def work(self, activity: Activity, step: StepProgram, length_ms: int) -> Steps:
        """A step, done by a rig, by the crew's word, or by the clock."""
        if step.rig is not None and self._bench is not None:
            return self._on_rig(self._bench, step.rig, activity, step)
        return self._by_hand(activity, step, length_ms)

    def _by_hand(self, activity: Activity, step: StepProgram, length_ms: int) -> Steps:
        ended = self._env.event()
        if not (self._ask and step.crew):
            self._fire_after(length_ms, ended, None)
        if step.crew:
            self._ending[activity.id] = ended
        try:
            if self._ask and step.crew:
                waits = StepWaits(self._executive.now, activity.id, step.number, step.do, step.crew)
                self.record(waits)
                self.commit()
                self._on_wait(waits)
            yield ended
        finally:
            self._ending.pop(activity.id, None)

    def _on_rig(self, bench: Bench, call: RigCall, activity: Activity, step: StepProgram) -> Steps:
        rig, token = call.rig, f"{activity.id}#{step.number}"
        if rig in self._down:
            raise Stop("failed", "rig", f"{step.do}: the link to {rig} is down")
        try:
            bench.check(call, step.length_ms)
        except (PayloadError, ValueError) as error:
            self._stage(rig, token, "REJECTED", getattr(error, "code", "CHECK"), {"why": str(error)})
            raise Stop("failed", "rig", f"{step.do}: {error}") from None
        if rig in self._disarmed:
            arming_ms = self._policy.overdue_ms
            yield from self._command(step, rig, f"{token}/arm", "arm", 0, arming_ms, lambda t: bench.arm(rig, t))
            self._disarmed.discard(rig)
            self._safe.discard(rig)
        allowed_ms = int(step.length_ms * self._policy.overdue_factor) + self._policy.overdue_ms
        yield from self._command(
            step, rig, token, call.call, step.length_ms, allowed_ms, lambda t: bench.release(t, call, step.length_ms)
        )

    def _command(
        self,
        step: StepProgram,
        rig: str,
        token: str,
        name: str,
        length_ms: int,
        allowed_ms: int,
        send: Callable[[str], object],
    ) -> Steps:
        """One telecommand from its intent to its end; raises Stop unless that is DONE."""
        self._stage(rig, token, "RELEASED", "", {"call": name, "length_ms": length_ms})
        self.commit()  # the intent is on disk before the first byte leaves
        ended = self._env.event()
        self._awaited[token] = rig, ended
        try:
            try:
                send(token)
            except (PayloadError, ValueError) as error:
                stage = "INDETERMINATE" if isinstance(error, LinkError) else "REJECTED"
                self._stage(rig, token, stage, getattr(error, "code", "RELEASE"), {"why": str(error)})
                raise Stop("failed", "rig", f"{step.do}: {error}") from None
            self._fire_after(allowed_ms + int(self._policy.link_ms * self._speed), ended, ("OVERDUE", ""))
            said: Any = yield ended
        except Interrupt:
            self._abort_rig(rig)
            raise
        finally:
            self._awaited.pop(token, None)
        stage, code = said
        if stage == "OVERDUE":
            self._abort_rig(rig)
            stage, code = "FAILED", "LATE"
            self._stage(rig, token, stage, code, {"allowed_ms": allowed_ms})
        elif stage == "SAFE":
            stage, code = "FAILED", "SAFE"
            self._stage(rig, token, stage, code, {})
        if stage == "INDETERMINATE" and self._ask and self._policy.indeterminate != "fail":
            yield from self._decided(step, rig, token, code)
        elif stage != "DONE":
            late = f" after {format_duration(allowed_ms)}" if code == "LATE" else ""
            raise Stop("failed", "rig", f"{step.do}: {rig} says {stage}{f' [{code}]' if code else ''}{late}")

    def _decided(self, step: StepProgram, rig: str, token: str, code: str) -> Steps:
        """Nobody knows whether the rig did it: somebody looks, at what it reads now too, and says."""
        activity = token.partition("#")[0]
        ended = self._ending[activity] = self._env.event()
        try:
            if self._policy.indeterminate == "hold" and self._executive.gate is None:
                self._executive.gate = self._env.event()
            text = f"{step.do}: {rig} may have done it or not [{code}]: look, then say done, failed or skip"
            self.record(Note(self._executive.now, text))
            waits = StepWaits(self._executive.now, activity, step.number, step.do, step.crew)
            self.record(waits)
            self.commit()
            self._on_wait(waits)
            if self._bench is not None and rig not in self._down:
                self._bench.read_back(rig, f"{token}/now")
            yield ended
        finally:
            self._ending.pop(activity, None)

    def _abort_rig(self, rig: str) -> None:
        """Stops what a rig does. It is safe then, by our word and not by its own, so that the next step may arm it."""
        assert self._bench is not None
        self._bench.abort(rig)
        self._disarmed.add(rig)

    def _fire_after(self, length_ms: int, ended: Event, value: object) -> None:
        def over(_: Event) -> None:
            _fire(ended, value)

        self._executive.after(length_ms).callbacks.append(over)

    # -- what the environment calls ----------------------------------------------------------------------------------

    def wait(self, wall_ms: int) -> None:
        """Lets at most `wall_ms` of wall time pass, less when a rig reports; keeps leases, words and journal going.

        Raises Aborted at the operator's word.
        """
        pace = self.pace
        if self._bench is None:
            self.clock.sleep_ms(wall_ms)
        else:
            if self._due("beat", pace.beat_ms):
                self._bench.beat()
            reports = self._bench.reports(min(wall_ms, self._until_ms("beat", pace.beat_ms)))
            if reports:
                self._env.advance()
                self._take(reports)
        if pace.listen_ms is not None and self._due("listen", pace.listen_ms):
            for told in self._words(self._heard):
                self._env.advance()
                self._hear(told)
        if self._due("commit", pace.commit_ms):
            self.commit()

    def behind(self, wall_ms: int) -> None:
        self.record(Note(self._executive.now, f"the run is {wall_ms} ms of wall time behind; it goes on late"))

    def make_safe(self) -> None:
        """Tells every rig to be safe, and hears them say so for at most two seconds of wall time; puts down who did
        not."""
        if self._bench is None:
            return
        self._env.advance()
        self._bench.abort()
        try:
            for _ in range(SAFE_TRIES):
                self._take(self._bench.reports(SAFE_WAIT_MS))
                if not self._running() and not self._unsafe():
                    return
        finally:
            for token in self._running():
                self._stage(self._awaited[token][0], token, "INDETERMINATE", "RUN_ENDED", {})
            for rig in self._unsafe():
                text = f"rig {rig} has not said that it is safe: it makes itself so when its lease is over; look at it"
                self.record(Note(self._executive.now, text))

    def _running(self) -> list[str]:
        """The tokens of the commands whose end is not known."""
        return [token for token, (_, ended) in self._awaited.items() if not ended.triggered]

    def _unsafe(self) -> list[str]:
        """The rigs of this run that have not said that they are safe, and could have."""
        return [rig for rig in self._executive.program.rigs if rig not in self._safe | self._down]

    def _due(self, what: str, every_ms: int) -> bool:
        now_ns = self.clock.now_ns()
        if now_ns - self._done_ns[what] < every_ms * NS_PER_MS:
            return False
        self._done_ns[what] = now_ns
        return True

    def _until_ms(self, what: str, every_ms: int) -> int:
        """The clock's time until it is due again, rounded up."""
        return max(0, -((self.clock.now_ns() - self._done_ns[what]) // NS_PER_MS - every_ms))

    # -- the rigs' reports -------------------------------------------------------------------------------------------

    def _take(self, reports: Sequence[Report]) -> None:
        for report in reports:
            if report.stage == "TELEMETRY":
                self.record(telemetry(self._executive.now, report))
            elif report.stage == "SAFE":
                self._made_safe(report)
            elif report.stage in ("LINK_DOWN", "LINK_UP"):
                self._link(report)
            else:
                self._moved(report)

    def _moved(self, report: Report) -> None:
        token, code = report.token or "", report.code or ""
        if report.stage != "RELEASED":  # our own intent is on record already
            facts = facts_of(report)
            self.record(RigStage(self._executive.now, report.rig, token, report.stage, code, report.at_ns, facts))
        if report.stage in LAST_STAGES and token in self._awaited:
            _fire(self._awaited[token][1], (report.stage, code))

    def _made_safe(self, report: Report) -> None:
        """A rig in safe mode has a moment to say how its command ended; then that has failed."""
        self._safe.add(report.rig)
        reason = str(report.facts.get("reason", report.code or ""))
        self.record(RigSafe(self._executive.now, report.rig, reason))
        for rig, ended in self._awaited.values():
            if rig == report.rig:
                self._fire_after(int(SAFE_LAST_WORD_MS * self._speed), ended, ("SAFE", ""))

    def _link(self, report: Report) -> None:
        rig, up = report.rig, report.stage == "LINK_UP"
        why = "it has been started anew" if report.facts.get("rebooted") else str(report.facts.get("why", ""))
        self.record(RigLink(self._executive.now, rig, up, why))
        if up:
            self._down.discard(rig)
            return
        self._down.add(rig)
        for token, (awaited, ended) in list(self._awaited.items()):
            if awaited == rig and not ended.triggered:
                self._stage(rig, token, "INDETERMINATE", "LINK_DOWN", {})
                _fire(ended, ("INDETERMINATE", "LINK_DOWN"))

    def _stage(self, rig: str, token: str, stage: str, code: str, facts: Mapping[str, Fact]) -> None:
        self.record(RigStage(self._executive.now, rig, token, stage, code, facts=facts))

    # -- words -------------------------------------------------------------------------------------------------------

    def _hear(self, told: Told) -> None:
        self._heard = max(self._heard, told.seq)
        act = WORDS.get(told.word)
        index = self._index.get(told.id, -1)
        taken = act is not None and act(self, told.id, index)
        self.record(Word(self._executive.now, told.word, told.id, told.seq, taken))
        if told.word == "abort":
            raise Aborted

    def _done(self, activity: str, _: int) -> bool:
        ended = self._ending.get(activity)
        return ended is not None and _fire(ended, None)

    def _failed(self, activity: str, index: int) -> bool:
        if index < 0 or self._executive.state[index] != "running":
            return False
        self._executive.stop(index, Stop("failed", "told", "the crew says that it failed"))
        return True

    def _skip(self, _: str, index: int) -> bool:
        if index < 0 or self._executive.state[index] not in ("planned", "running"):
            return False
        self._executive.stop(index, Stop("skipped", "told", "the crew says to skip it"))
        return True

    def _hold(self, _: str, __: int) -> bool:
        if self._executive.gate is not None:
            return False
        self._executive.gate = self._env.event()
        return True

    def _go(self, _: str, __: int) -> bool:
        gate, self._executive.gate = self._executive.gate, None
        return gate is not None and _fire(gate, None)

    def _abort(self, _: str, __: int) -> bool:
        return True


#: the word -> what it does, saying whether it fitted
WORDS: dict[str, Callable[[Live, str, int], bool]] = {
    "done": Live._done,
    "failed": Live._failed,
    "skip": Live._skip,
    "hold": Live._hold,
    "go": Live._go,
    "abort": Live._abort,
}


def _fire(event: Event, value: object) -> bool:
    """Fires an event that more than one thing may bring about; the first wins."""
    if event.triggered:
        return False
    event.succeed(value)
    return True
