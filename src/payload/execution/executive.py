"""The executive: every reservation of a plan as a SimPy process, in simulated or real time alike.

What differs between the two is the environment, and who says that a step is over: the clock (planned length and
noise), or `Hands`, which knows the crew's words and the rigs' reports. The lateness policy is `Policy`'s docstring.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

from simpy import Environment, Event, Interrupt, Process
from simpy.events import Initialize

from payload.execution.disturbances import Disturbances, Fate, Luck
from payload.execution.hands import Broken, Hands, Steps, Stop
from payload.execution.ledger import Ledger, Stores, Waiter
from payload.execution.outcome import Flown
from payload.execution.policy import Policy
from payload.execution.program import Activity, Before, Claims, Limit, Program, StepProgram
from payload.journal import (
    ActivityEnded,
    ActivityLate,
    ActivityStarted,
    Disturbance,
    StepEnded,
    StepStarted,
)
from payload.journal import Event as Entry
from payload.met import format_duration
from payload.model import State


class Executive:
    """One flight of a program. States, starts and ends are lists by activity index."""

    def __init__(
        self,
        program: Program,
        env: Environment,
        policy: Policy,
        disturbances: Disturbances,
        fates: Sequence[Fate | None],
        record: Callable[[Entry], None] | None = None,
        hands: Hands | None = None,
        slack_ms: int = 0,
    ) -> None:
        """`record` None keeps no events, `hands` None lets the clock do all steps. `slack_ms`: how far every hard limit
        gives way."""
        self.program, self.env, self.policy = program, env, policy
        self._record, self._hands, self._slack_ms = record, hands, slack_ms
        activities = program.activities
        self.state: list[State] = [each.fact or "planned" for each in activities]
        self.start: list[int | None] = [each.start if each.fact == "done" else None for each in activities]
        self.end: list[int | None] = [each.end if each.fact == "done" else None for each in activities]
        self.why: list[tuple[str, str]] = [("", "")] * len(activities)
        self.processes: list[Process | None] = [None] * len(activities)
        self.told: dict[int, Stop] = {}
        self._held: list[list[Claims]] = [[] for _ in activities]
        self._waiting: dict[int, Waiter] = {}
        self._luck = Luck(program, disturbances, fates)
        self._ledger = Ledger(env, program.capacities, program.changes, self.after)
        self._stores = Stores(program.stores)
        self._down: dict[str, int] = {}
        self._left = [sum(1 for index in group.sessions if activities[index].fact is None) for group in program.groups]
        self._holding = [False] * len(program.groups)
        self._begun: dict[int, Event] = {
            host: env.event() for each in activities if each.fact is None for host in each.hosts
        }
        self._guest_count = dict.fromkeys(self._begun, 0)
        self._emptied: dict[int, Event] = {}
        self.gate: Event | None = None  # set while the operator holds the run
        self.broken: BaseException | None = None
        self.over = env.event()  # fires when everything is settled; timers may be left
        self._open = sum(each.fact is None for each in activities)
        if not self._open:
            self.over.succeed()
        for activity in activities:
            if activity.fact is None:
                body = self._duty(activity) if activity.kind == "duty" else self._session(activity)
                self.processes[activity.index] = env.process(self._fly(activity, body))
            else:
                for uses in (activity.takes, *(step.takes for step in activity.steps)):
                    if activity.fact == "done":
                        self._stores.take(uses)

    def after(self, length_ms: int) -> Event:
        """An event `length_ms` from now: the one place where time is made to pass. Raises TypeError for a float, which
        would turn every later instant into one."""
        if type(length_ms) is not int:
            raise TypeError(f"a length is a whole number of ms, not {length_ms!r}")
        return self.env.timeout(length_ms)

    @property
    def now(self) -> int:
        return self.env.now  # type: ignore[return-value]  # an int, because `after` makes it so

    def flown(self) -> tuple[Flown, ...]:
        """Every flown activity as it stands, in plan order."""
        return tuple(
            Flown(
                each.id,
                each.kind,
                self.state[each.index],
                each.start,
                each.end,
                self.start[each.index],
                self.end[each.index],
                each.crew,
                *self.why[each.index],
            )
            for each in self.program.activities
            if each.fact is None
        )

    def stop(self, index: int, stop: Stop) -> None:
        """Ends an activity from outside, running or not yet begun; harmless for one that is over."""
        process = self.processes[index]
        if process is not None and process.is_alive and process is not self.env.active_process:
            self.told[index] = stop
            if not isinstance(process.target, Initialize):  # one that has not taken its first breath looks by itself
                process.interrupt(stop)

    def close(self, code: str, why: str) -> None:
        """Puts down, without letting time pass, that what is under way has failed. What has not begun stays planned."""
        for activity in self.program.activities:
            if activity.fact is None and self.state[activity.index] == "running":
                self._settle(activity, Stop("failed", code, why))

    # -- the processes ---------------------------------------------------------------------------------------------

    def _fly(self, activity: Activity, body: Steps) -> Steps:
        try:
            over = yield from self._until_over(activity, body)
            self._finish(activity, over)
        except GeneratorExit:
            raise
        except BaseException as error:
            # SimPy would make a copy of it by `type(error)(*error.args)`, which not every exception survives.
            self.broken = error
            raise Broken from error

    def _until_over(self, activity: Activity, body: Steps) -> Generator[Event, object, Stop]:
        try:
            if activity.index in self.told:
                return self.told[activity.index]
            if activity.start > self.now:
                yield self.after(activity.start - self.now)
            yield from body
        except Stop as stop:
            return stop
        except Interrupt:
            return self.told[activity.index]
        return Stop("done", "", "")

    def _duty(self, activity: Activity) -> Steps:
        index = activity.index
        if self.gate is not None:
            yield from self._pass_gate()
        until = activity.end if activity.fixed else None
        if until is not None and self.now >= until:
            raise Stop("skipped", "no-time", "its time was over before it could begin")
        if not (yield from self._claim(index, activity.claims, (activity.start, index), until)) or until == self.now:
            raise Stop("skipped", "no-time", f"{' and '.join(activity.crew)} had no time before it was over")
        self._stores.take(activity.takes)
        self._begin(activity)
        yield self.after(until - self.now if until is not None else activity.length_ms)
        while self._guest_count.get(index):
            self._emptied[index] = self.env.event()
            yield self._emptied[index]

    def _session(self, activity: Activity) -> Steps:
        index = activity.index
        assert activity.latest is not None  # the compiler gives every session one
        latest, earliest = yield from self._wait_for_others(activity, activity.latest)
        if self._slack_ms:
            latest = Limit(latest.at + self._slack_ms, latest.code, latest.why)
        while True:
            earliest = max(earliest, *(self._down.get(name, 0) for name in activity.facility))
            if self.now > latest.at or earliest > latest.at:
                raise Stop("skipped", latest.code, latest.why)
            if earliest > self.now:
                yield self.after(earliest - self.now)
                continue
            if self.gate is not None:
                yield from self._pass_gate()
                continue
            group = self.program.groups[activity.group]
            holds = group.holds if not self._holding[activity.group] else ()
            claims = holds + activity.claims + activity.steps[0].claims
            if not (yield from self._claim(index, claims, (activity.start, index), latest.at)):
                raise Stop("skipped", latest.code, f"{latest.why}; it waited for {self._lacking(claims)}")
            down = any(self._down.get(name, 0) > self.now for name in activity.facility)
            if down or (holds and self._holding[activity.group]):  # broken, or taken by a sister, while it waited
                self._release(index)
                continue
            break
        self._check_others(activity, latest)
        self._held[index] = [activity.claims, activity.steps[0].claims]
        if holds:
            self._holding[activity.group] = True
        if not self._stores.has(activity.takes, self.now):
            raise Stop("skipped", "stock", f"not enough left of {', '.join(name for name, _ in activity.takes)}")
        self._stores.take(activity.takes)
        for host in activity.hosts:
            self._guest_count[host] += 1
        self._begin(activity)
        for step in activity.steps:
            yield from self._step(activity, step)
        self._luck.learn(activity)

    def _wait_for_others(self, activity: Activity, latest: Limit) -> Generator[Event, object, tuple[Limit, int]]:
        """Waits for predecessors, the related duty and the hosts; the latest and the earliest start that they leave."""
        earliest = activity.start
        for before in activity.befores:
            for other in before.indices:
                process = self.processes[other]
                if process is not None and process.is_alive:
                    yield process
            earliest, latest = self._placed_after(before, earliest, latest)
        if activity.tie is not None and not activity.tie.before:
            duty = activity.tie.duty
            process = self.processes[duty]
            if process is not None and process.is_alive:
                yield process
            end = self.end[duty]
            name = self.program.activities[duty].id
            if self.state[duty] != "done" or end is None:
                raise Stop("skipped", "relative", f"{name} was not done")
            latest = _sooner(latest, end + activity.tie.within_ms, "relative", f"{name} was too long ago")
        for host in activity.hosts:
            if self.state[host] == "planned" and not self._begun[host].triggered:
                yield self._begun[host]
            latest = _sooner(latest, self._host_end(host) - activity.length_ms, "host", self._host_over(host))
        return latest, earliest

    def _placed_after(self, before: Before, earliest: int, latest: Limit) -> tuple[int, Limit]:
        ends = [end for other in before.indices if self.state[other] == "done" and (end := self.end[other]) is not None]
        if not ends:
            if before.required:
                names = ", ".join(self.program.activities[other].id for other in before.indices)
                raise Stop("skipped", "predecessor", f"{names or 'what it comes after'} was not done")
            return earliest, latest
        if before.max_ms is not None:
            why = f"more than {format_duration(before.max_ms)} after what it follows"
            latest = _sooner(latest, max(ends) + before.max_ms, "after", why)
        return max(earliest, max(ends) + before.min_ms), latest

    def _check_others(self, activity: Activity, latest: Limit) -> None:
        """What may have changed while it waited for people and resources."""
        if self.now > latest.at:
            raise Stop("skipped", latest.code, latest.why)
        tie = activity.tie
        if tie is not None and tie.before and self.state[tie.duty] != "planned":
            raise Stop("skipped", "relative", f"{self.program.activities[tie.duty].id} has begun")
        for host in activity.hosts:
            if self.now + activity.length_ms > self._host_end(host) + self._slack_ms:
                raise Stop("skipped", "host", self._host_over(host))

    def _step(self, activity: Activity, step: StepProgram) -> Steps:
        index = activity.index
        if step.number > 1:
            yield from self._next_claims(activity, step)
        if step.latest is not None and self.now > step.latest.at + self._slack_ms:
            raise Stop("failed", step.latest.code, f"{step.do}: {step.latest.why}")
        if not self._stores.has(step.takes, self.now):
            raise Stop("failed", "stock", f"{step.do}: not enough left of {', '.join(name for name, _ in step.takes)}")
        self._stores.take(step.takes)
        length_ms, struck = self._luck.length(activity, step, self.now)
        if self._record is not None:
            self._record(StepStarted(self.now, activity.id, step.number, step.do, step.crew))
            if struck is not None:
                self._record(Disturbance(self.now, "D03", activity.id, struck.text, struck.lost_ms))
        try:
            if self._hands is None:
                yield self.after(length_ms)
            else:
                yield from self._hands.work(activity, step, length_ms)
            if struck is not None and struck.over:
                for name in activity.facility if struck.down_ms else ():
                    self._down[name] = self.now + struck.down_ms
                raise Stop("failed", "anomaly", f"{step.do}: {struck.text}")
        except (Stop, Interrupt) as stop:
            over = stop if isinstance(stop, Stop) else self.told[index]
            if self._record is not None:
                self._record(StepEnded(self.now, activity.id, step.number, over.state, over.why))
            raise
        if self._record is not None:
            self._record(StepEnded(self.now, activity.id, step.number, "done"))

    def _next_claims(self, activity: Activity, step: StepProgram) -> Steps:
        index, held = activity.index, self._held[activity.index]
        if self.now < step.start or self.gate is not None:
            self._ledger.give(held.pop())
            held.append(())
            if self.now < step.start:
                yield self.after(step.start - self.now)
            yield from self._pass_gate()
        asked = self.now
        until = asked + self.policy.patience_ms
        if step.latest is not None:
            until = max(self.now, min(until, step.latest.at + self._slack_ms))
        waiter = self._ledger.request(step.claims, (step.start, index), held.pop())
        if not (yield from self._granted(index, waiter, until)):
            late = step.latest is not None and self.now >= step.latest.at + self._slack_ms
            why = step.latest.why if late and step.latest else f"{self._lacking(step.claims)} did not come free in time"
            raise Stop("failed", "window" if late else "patience", f"{step.do}: {why}")
        held.append(step.claims)
        if self._record is not None and self.now > asked:
            late_ms = self.now - step.start
            self._record(ActivityLate(self.now, activity.id, late_ms, step.number))

    # -- claims, stocks, states ------------------------------------------------------------------------------------

    def _claim(
        self, index: int, claims: Claims, rank: tuple[int, int], until: int | None
    ) -> Generator[Event, object, bool]:
        waiter = self._ledger.request(claims, rank)
        granted = waiter.granted or (yield from self._granted(index, waiter, until))
        if granted:
            self._held[index] = [claims]
        return granted

    def _granted(self, index: int, waiter: Waiter, until: int | None) -> Generator[Event, object, bool]:
        if waiter.granted:
            return True
        self._waiting[index] = waiter
        granted = bool((yield self._ledger.wait(waiter, until)))
        del self._waiting[index]
        return granted

    def _release(self, index: int) -> None:
        held, self._held[index] = self._held[index], []
        self._ledger.give(tuple(claim for claims in held for claim in claims))

    def _pass_gate(self) -> Steps:
        while self.gate is not None:
            yield self.gate

    def _host_end(self, host: int) -> int:
        """When the duty ends: as planned for a fixed one, its length after its start for another; at its start for one
        that was not held."""
        duty, start = self.program.activities[host], self.start[host]
        if start is None or self.state[host] not in ("running", "done"):
            return duty.start
        return duty.end if duty.fixed or duty.fact else start + duty.length_ms

    def _host_over(self, host: int) -> str:
        return f"{self.program.activities[host].id} leaves no time for it"

    def _lacking(self, claims: Claims) -> str:
        return " and ".join(self.program.items[item] for item in self._ledger.lacking(claims)) or "all at once"

    def _begin(self, activity: Activity) -> None:
        index = activity.index
        self.state[index] = "running"
        self.start[index] = now = self.now
        if self._record is not None:
            self._record(ActivityStarted(now, activity.id, activity.start, activity.crew))
            if now > activity.start:
                self._record(ActivityLate(now, activity.id, now - activity.start))
        if index in self._begun:
            self._begun[index].succeed()

    def _finish(self, activity: Activity, over: Stop) -> None:
        """Settles it and gives back what it had; others go on."""
        index = activity.index
        begun = self.start[index] is not None
        self._settle(activity, over)
        waiter = self._waiting.pop(index, None)
        if waiter is not None:
            self._ledger.withdraw(waiter)
        if activity.group >= 0:
            self._left[activity.group] -= 1
            if not self._left[activity.group] and self._holding[activity.group]:
                self._held[index].append(self.program.groups[activity.group].holds)
        self._release(index)
        if begun:
            for host in activity.hosts:
                self._guest_count[host] -= 1
                if not self._guest_count[host] and host in self._emptied:
                    self._emptied.pop(host).succeed()
        if index in self._begun and not self._begun[index].triggered:
            self._begun[index].succeed()
        self._open -= 1
        if not self._open:
            self.over.succeed()

    def _settle(self, activity: Activity, over: Stop) -> None:
        index = activity.index
        self.state[index] = over.state
        self.end[index] = self.now
        self.why[index] = (over.code, over.why)
        if self._record is not None:
            self._record(ActivityEnded(self.now, activity.id, over.state, over.code, over.why))


def _sooner(limit: Limit, at: int, code: str, why: str) -> Limit:
    return Limit(at, code, why) if at < limit.at else limit
