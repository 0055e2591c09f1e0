"""The rarer keys, laid over a tiny mission: buffers, limits of amounts, waivers, locks, shares, seats, copies of `for`,
`covers` of duties and of steps, waits with play, `produces`, and `after` across experiments."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from payload.met import HOUR, MINUTE, Window
from payload.model import (
    After,
    AmountLimit,
    Buffer,
    DifferentDay,
    Duty,
    Experiment,
    Level,
    Mission,
    Person,
    Role,
    Rule,
    SameDay,
    Session,
    Step,
    Waiver,
)

#: the constraints of the format that a waiver may cover, but those that free more than a plan of the grid can use
WORDS = (
    "role", "same", "inside", "lock", "at", "days", "between", "during", "avoid", "covers", "allowed", "sequence",
    "predecessor", "after", "repeat", "relative", "together", "required", "minimum",
)  # fmt: skip
BIT = 8_000


def enriched(rng: random.Random, mission: Mission, soft: bool) -> Mission:
    """The mission with some of the rarer keys; `shares` and weights only with `soft`."""
    for add in rng.sample(ADDITIONS, rng.choice([2, 3, 4, 5])):
        mission = add(rng, mission)
    return _shared(rng, mission) if soft and rng.random() < 0.5 else mission


def _buffered(rng: random.Random, mission: Mission) -> Mission:
    """A recorder of a few bits that some steps fill; drained always, in a window, or not at all."""
    drain, during = rng.choice([(0, ()), (1, ()), (2, ("open",)), (4, ("open", "clear"))])
    recorder = Buffer("recorder", "data", rng.choice([2, 3, 4]) * BIT, drain, during)

    def step(of: Step) -> Step:
        return replace(of, produces={"recorder": rng.choice([1, 2, 3]) * BIT}) if rng.random() < 0.5 else of

    mission = replace(mission, resources={**mission.resources, "recorder": recorder})
    return _each_step(mission, step)


def _limited(rng: random.Random, mission: Mission) -> Mission:
    """At most so much of a resource, in all, a day, or on one day."""
    resource = rng.choice(list(mission.resources))
    amount = rng.choice([0, 1, 1, 2]) * (BIT if resource == "recorder" else 1)
    days = frozenset(rng.sample(mission.dates(), 1)) if rng.random() < 0.3 else None
    per_day = rng.random() < 0.6
    rule = AmountLimit(id="amount", amount=amount, resource=resource, per_day=per_day, days=days)
    return replace(mission, rules=(*mission.rules, rule))


def _locked(rng: random.Random, mission: Mission) -> Mission:
    """One activity keeps a start, on the grid or off it."""
    at = rng.randrange(0, mission.end, rng.choice([15 * MINUTE, mission.grid_ms]))
    return replace(mission, locks={rng.choice(_activities(mission)): at})


def _waived(rng: random.Random, mission: Mission) -> Mission:
    """One or two activities are let off a rule of the mission or of the format."""
    words = (*WORDS, *(rule.id for rule in mission.rules for _ in range(6)))
    made = tuple(
        Waiver(rng.choice(words), rng.choice(_activities(mission)), "asked for", "flight director")
        for _ in range(rng.choice([1, 2]))
    )
    return replace(mission, waivers=(*mission.waivers, *made))


def _shared(rng: random.Random, mission: Mission) -> Mission:
    sponsors = ("suparco", "cmsa")
    experiments = tuple(replace(one, sponsor=rng.choice(sponsors)) for one in mission.experiments)
    promised = {one: rng.choice([30, 60, 90]) * MINUTE for one in rng.sample(sponsors, rng.choice([1, 2]))}
    return replace(mission, experiments=experiments, shares=promised)


def _seated(rng: random.Random, mission: Mission) -> Mission:
    """The first seat has two candidates."""
    first, *others = mission.crew
    levels = rng.sample(list(Level), 2)
    candidates = {"prime": {"biology": levels[0]}, "backup": {"biology": levels[1]}}
    seat = Person(first.id, first.own, first.aboard, candidates, rng.choice(["prime", "backup"]))
    return replace(mission, crew=(seat, *others))


def _stretched(rng: random.Random, mission: Mission) -> Mission:
    """The last step of a session is followed by a wait with play, and that by its people again, or by nothing."""

    def session(of: Session) -> Session:
        if rng.random() < 0.4 or any(step.max_ms > step.min_ms for step in of.steps):
            return of
        least = rng.choice([1, 2]) * mission.grid_ms // 2
        wait = Step("let it stand", least, least + rng.choice([1, 2]) * mission.grid_ms)
        again = tuple(Role(role.number) for role in of.steps[0].crew[:1])
        close = (Step("close", mission.grid_ms // 2, mission.grid_ms // 2, again),) if rng.random() < 0.6 else ()
        return replace(of, steps=(*of.steps, wait, *close))

    return _each_session(mission, session)


def _covering(rng: random.Random, mission: Mission) -> Mission:
    """Sessions or steps that hold a whole window, or a whole meal of role 1's person."""
    names = ["dark", "clear", *(duty.id for duty in mission.routine for _ in range(2))]

    def session(of: Session) -> Session:
        return replace(of, covers=(rng.choice(names),)) if rng.random() < 0.3 else of

    def step(of: Step) -> Step:
        return replace(of, covers=(rng.choice(names),)) if rng.random() < 0.15 else of

    mission = _each_step(_each_session(mission, session), step)
    # a step without people may last as long as what it covers, and then some
    return _each_step(
        mission, lambda of: of if of.crew or of.max_ms > of.min_ms else replace(of, max_ms=of.max_ms + mission.grid_ms)
    )


def _together(rng: random.Random, mission: Mission) -> Mission:
    return replace(mission, routine=tuple(replace(duty, together=True) for duty in mission.routine))


def _briefed(rng: random.Random, mission: Mission) -> Mission:
    """A duty of one day, for some of the crew, that may move by an hour or so."""
    start = rng.randrange(0, mission.end, mission.grid_ms)
    between = Window(start, start + mission.grid_ms + rng.choice([0, 1]) * HOUR)
    people = tuple(person.id for person in mission.crew)[: rng.choice([1, 2])]
    once = Duty("briefing", mission.grid_ms // 2, people, between=between, together=rng.random() < 0.7)
    return replace(mission, routine=(*mission.routine, once))


def _copied(rng: random.Random, mission: Mission) -> Mission:
    """The first experiment for each of the crew, if it is of one session for one person."""
    first, *others = mission.experiments
    if first.session_count > 1 or any(len(step.crew) > 1 for step in first.sessions[0].steps):
        return mission
    copies = tuple(
        _each_role(replace(first, id=f"{first.id}-{person.id}", value=first.value / len(mission.crew)), person.id)
        for person in mission.crew
    )
    return replace(mission, experiments=(*copies, *others))


def _each_role(experiment: Experiment, person: str) -> Experiment:
    sessions = tuple(
        replace(one, steps=tuple(replace(s, crew=tuple(Role(r.number, is_=person) for r in s.crew)) for s in one.steps))
        for one in experiment.sessions
    )
    return replace(experiment, sessions=sessions)


def _tied(rng: random.Random, mission: Mission) -> Mission:
    """The last experiment comes after the first one, another one."""
    *others, last = mission.experiments
    if not others:
        return mission
    reference = f"{others[0].written_id}/{others[0].sessions[0].id}"
    tie = After(reference, rng.choice([0, mission.grid_ms]), rng.choice([None, None, HOUR]))
    first, *rest = last.sessions
    tied = replace(last, sessions=(replace(first, after=(*first.after, tie)), *rest))
    return replace(mission, experiments=(*others, tied))


def _each(rng: random.Random, mission: Mission) -> Mission:
    """The rules of days count for each person apart."""
    people = rng.choice([None, (mission.crew[0].id,)])

    def apart(rule: Rule) -> Rule:
        return replace(rule, per_crew=True, people=people) if isinstance(rule, DifferentDay | SameDay) else rule

    return replace(mission, rules=tuple(map(apart, mission.rules)))


def _fractional(rng: random.Random, mission: Mission) -> Mission:
    experiments = tuple(
        replace(one, value=one.value + Fraction(rng.choice([0, 1, 125]), 1000)) for one in mission.experiments
    )
    return replace(mission, experiments=experiments)


ADDITIONS: list[Callable[[random.Random, Mission], Mission]] = [
    _buffered, _limited, _locked, _waived, _seated, _stretched, _covering, _together, _briefed, _copied, _tied,
    _fractional, _waived, _limited, _each,
]  # fmt: skip


def _activities(mission: Mission) -> list[str]:
    sessions = [
        f"{experiment.id}/{session.id}/{n}"
        for experiment in mission.experiments
        for session in experiment.sessions
        for n in range(1, session.repeat.count + 1)
    ]
    return sessions + [
        f"{duty.id}/{person}/{on.isoformat()}"
        for duty in mission.routine
        for person in duty.people
        for on in mission.dates()
    ]


def _each_session(mission: Mission, change: Callable[[Session], Session]) -> Mission:
    experiments = tuple(replace(one, sessions=tuple(map(change, one.sessions))) for one in mission.experiments)
    return replace(mission, experiments=experiments)


def _each_step(mission: Mission, change: Callable[[Step], Step]) -> Mission:
    return _each_session(mission, lambda of: replace(of, steps=tuple(map(change, of.steps))))
