"""Making a whole plan better as long as it is let: small parts of it are solved exactly, on both cores.

While the solver works on some neighbourhoods, this thread puts an earlier answer into the plan and forms the next. What
each starts from is fixed by its number, not by who is ready first: neighbourhood i is formed when the answers up to
i - DEPTH are merged, on any machine.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Protocol

from payload.planning.bits import lowest, span
from payload.planning.bounds import Flown
from payload.planning.improve import attempt
from payload.planning.problem import Form
from payload.planning.progress import Clock, Progress
from payload.planning.score import perfect, score_of, value_of
from payload.planning.search.adapt import Adaptive, Arm
from payload.planning.search.cpsat import Answer, Solve
from payload.planning.search.guided import guided
from payload.planning.search.interrupt import ending
from payload.planning.search.merge import merged
from payload.planning.search.neighbourhoods import KINDS, Free
from payload.planning.search.scope import Scope
from payload.planning.search.slots import Subproblem
from payload.planning.search.subproblem import formed, shape_of
from payload.planning.state import Crew, State, in_shape

#: neighbourhoods in the solver at the same time
DEPTH = 4
#: threads for them
WORKERS = 2
#: deterministic effort for one, for each activity that it is to have
EFFORT_EACH = 0.0003
#: neighbourhoods for one piece of work on the bound
TIGHTEN_EVERY = 1
#: neighbourhoods for one step on the masks alone
FAST_EVERY = 12
#: times that one clear of those is looked for
CLEAR_TRIES = 4
#: what it takes besides to form one, and for each activity in it, in the same unit
FORMING, FORMING_EACH = 0.001, 0.00005
#: the stage at which the bound knows each day's prices; for how much of a budget, or in how many steps more than
#: iterations, it is waited for
FINE_STAGES, FIRST_SHARE, FIRST_STEPS = 3, 0.3, 20
#: with no more than this part of the bound open the proof is what is missing: so much of a budget is for it first
CLOSE, CLOSE_SHARE = Fraction(1, 100), 0.8
#: plans constructed after the linear program's answer at that stage, fewer in large missions (so many activities in all
#: are placed), and at each later stage; after the first one for so much of a budget
FIRST_GUIDED, MOST_GUIDED, MORE_GUIDED, GUIDED_SHARE = 8, 12_000, 2, 0.15
#: between two words on where it stands
TELL_MS = 100


class Bounded(Protocol):
    """What the search asks of a bound: its proven `value`, and to be tightened, one deterministic step at a time."""

    @property
    def value(self) -> Fraction: ...

    @property
    def stages(self) -> int: ...

    @property
    def flown(self) -> Sequence[Flown]: ...

    def tighten(self, target: Fraction) -> bool: ...


@dataclass(frozen=True, slots=True)
class _Flight:
    """A neighbourhood in the solver."""

    arm: Arm
    free: Free
    sub: Subproblem
    solve: Solve
    answer: Future[Answer]


def improve(
    state: State,
    base: State,
    bound: Bounded,
    rng: Random,
    *,
    budget_ms: int = 0,
    iterations: int | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> None:
    """Betters the plan in `state` until its value reaches the bound, the budget is spent, or Ctrl-C comes: what stands
    then is the best found. With `iterations` these count instead of the budget, and the result does not depend on the
    machine.

    More value is better; at equal value, a smaller sum of session ends. `base` is the relaxed state of fixed duties.
    """
    best, before = score_of(state), _snapshot(state)
    search = _Search(state, base, bound, rng, Clock(budget_ms, iterations), progress)
    with ending(search.stop):
        try:
            search.run()
            if score_of(state) > best:
                best, before = score_of(state), _snapshot(state)
            earlier(state, search.clock)
        finally:
            search.close()
    if score_of(state) < best:  # as much value but later; or earlier, but changed or against a soft rule
        _restore(state, before)
    search.tell(last=True)


class _Search:
    def __init__(
        self,
        state: State,
        base: State,
        bound: Bounded,
        rng: Random,
        clock: Clock,
        progress: Callable[[Progress], None] | None,
    ) -> None:
        self.state, self.bound, self.rng, self.clock, self.progress = state, bound, rng, clock, progress
        self.base = base
        self.scope = Scope(state, base)
        self.adaptive = Adaptive(tuple(KINDS))
        self.flights: deque[_Flight | None] = deque()
        self.workers = ThreadPoolExecutor(WORKERS)
        self.score = score_of(state)
        self.told_ms = -TELL_MS
        self.proven = bound.value
        self.hopeful = True
        self.stages = 0
        self.tightening: Future[bool] | None = None

    def run(self) -> None:
        self._begin()
        while not self._proven() and not self.clock.over():
            self.tell()
            self.flights.append(self._form(self.clock.done))
            self.clock.done += 1
            self._tighten()
            if self.clock.done % FAST_EVERY == 0:
                self._fast()
            if len(self.flights) >= DEPTH:
                self._land(self.flights.popleft())
        while self.flights and not self._proven():
            self._land(self.flights.popleft())
        if self.tightening is not None and self.clock.iterations is not None and not self.clock.stopped:
            self.tightening.result()

    def _begin(self) -> None:
        """Tightens the bound until it knows each day's prices, longer where little is open; then follows its linear
        program."""
        clock, steps = self.clock, 0
        while self.hopeful and not self._proven() and not clock.stopped:
            close = self.proven - self.score[1] <= CLOSE * self.proven
            if self.bound.stages >= FINE_STAGES and not close:
                break
            if clock.share() > (CLOSE_SHARE if close else FIRST_SHARE):
                break
            if clock.iterations is not None and steps >= clock.iterations + FIRST_STEPS:
                break
            self.hopeful = self.bound.tighten(self.score[1])
            self.proven = self.bound.value
            steps += 1
            self.tell()
        self._follow(FIRST_GUIDED)

    def _follow(self, most: int) -> None:
        """Constructs plans after the linear program's answer; the best one is gone on from, where it is better."""
        problem, found = self.state.problem, None
        self.stages, flown = self.bound.stages, self.bound.flown
        tries = min(max(MOST_GUIDED // len(problem.items), 1), most) if flown and not problem.kept else 0
        until = self.clock.share() + GUIDED_SHARE
        for number in range(tries):
            if self._proven() or self.clock.stopped or (number and self.clock.share() > until):
                break
            other = guided(problem, flown, number % 4 == 3, self.rng if number % 4 else None)
            if other is not None and (score := score_of(other)) > self.score:
                found, self.score = other, score
                self.tell()
        if found is not None:
            _restore(self.state, _snapshot(found))
            self.state.forget()
            self.scope.standing.refresh(self.state, self.scope.movable)

    def _proven(self) -> bool:
        return perfect(self.state, self.proven)

    def _tighten(self) -> None:
        """Lets the bound do its next piece of work, among the solver's, and looks at the last one's result: in time for
        it, or, where iterations count, always after the same one."""
        clock = self.clock
        if self.tightening is not None:
            due = clock.done % TIGHTEN_EVERY == 0 if clock.iterations is not None else self.tightening.done()
            if not due:
                return
            self.hopeful = self.tightening.result()
            self.proven = self.bound.value
            self.tightening = None
            if self.bound.stages > self.stages:
                self._follow(MORE_GUIDED)
        if self.hopeful and clock.done % TIGHTEN_EVERY == 0:
            self.tightening = self.workers.submit(self.bound.tighten, self.score[1])

    def _form(self, number: int) -> _Flight | None:
        arm = self.adaptive.choose(self.rng)
        flown = {index for flight in self.flights if flight for index in flight.sub.slots}
        for _ in range(CLEAR_TRIES):
            free = KINDS[arm[0]](self.state, self.scope, self.rng, arm[1])
            if not flown & free.standing.keys():
                break
        for index in flown & free.missing.keys():
            del free.missing[index]
        self.state.forget()
        sub = formed(self.state, self.scope, free)
        if sub is None:
            return None
        solve = Solve(sub.model, number, EFFORT_EACH * arm[1], self.clock.left_s())
        return _Flight(arm, free, sub, solve, self.workers.submit(solve.run))

    def _land(self, flight: _Flight | None) -> None:
        if flight is None:
            return
        answer = flight.answer.result()
        sub, gain = flight.sub, 0.0
        self.state.forget()
        if answer.values:
            gone, placings = sub.left_out(answer.values), sub.placings(answer.values)
            found = merged(self.state, self.score, flight.free.standing, gone, placings)
            if found is not None:
                gain = float(found[1] - self.score[1]) + 1e-6 * (found[0] - self.score[0])
                self.score = found
                self._refresh((*flight.free.standing, *gone, *sub.slots))
        self.state.forget()
        self.adaptive.learn(flight.arm, gain, FORMING + FORMING_EACH * len(sub.slots) + answer.effort)

    def _fast(self) -> None:
        """One step without the solver, which knows every rule."""
        self.state.forget()
        attempt(self.state, self.base, self.rng)
        self.state.forget()
        if (score := score_of(self.state)) != self.score:
            self.score = score
            self.scope.standing.refresh(self.state, self.scope.movable)

    def _refresh(self, changed: Collection[int]) -> None:
        """With these activities, the other sessions of their experiments may have gone."""
        problem = self.state.problem
        works = {problem.items[index].exp for index in changed} - {-1}
        self.scope.standing.refresh(self.state, changed)
        for work in sorted(works):
            self.scope.standing.refresh(self.state, problem.works[work].items)

    def stop(self) -> None:
        """Ends the search as soon as may be; what is in the solver is broken off."""
        self.clock.stopped = True
        for flight in self.flights:
            if flight is not None:
                flight.solve.stop()

    def close(self) -> None:
        self.stop()
        self.workers.shutdown(cancel_futures=True)
        self.proven = self.bound.value

    def tell(self, last: bool = False) -> None:
        now = self.clock.elapsed_ms()
        if self.progress is not None and (last or now - self.told_ms >= TELL_MS):
            self.told_ms = now
            self.progress(Progress(self.clock.done, value_of(self.state), self.proven, now))


def earlier(state: State, clock: Clock) -> None:
    """Each session as early as it can start where it is, one pass in order of time: the sum of ends falls."""
    problem = state.problem
    standing = sorted((state.at[i], i) for planned in state.planned for i in planned)
    for at, index in standing:
        if clock.all_over():
            return
        item = shape_of(state, index)
        if item.fixed is not None or item.fact is not None or not item.static & span(0, at):
            continue
        mark = state.mark()
        state.drop(problem.items[index])
        found = in_shape(state, item, within=span(0, at))
        if found.starts:
            tick = lowest(found.starts)
            who = found.crews(tick, 1)
            if who:
                state.put(problem.items[index], tick, who[0], item.form)
                if not state.broken(item):
                    continue
        state.back_to(mark)


Standing = tuple[int, Crew, Form]


def _snapshot(state: State) -> dict[int, Standing]:
    return {i: (state.at[i], state.crew[i], state.form[i]) for i, on in enumerate(state.on) if on}


def _restore(state: State, snapshot: dict[int, Standing]) -> None:
    items, now = state.problem.items, _snapshot(state)
    moved = sorted(index for index in now.keys() | snapshot.keys() if now.get(index) != snapshot.get(index))
    for index in moved:
        if index in now:
            state.drop(items[index])
    for index in moved:
        if index in snapshot:
            state.put(items[index], *snapshot[index])
