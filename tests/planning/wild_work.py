"""The experiments of a wild mission: each is of a kind with keys of its own, and may take some of the common ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Any

from payload.met import DAY, HOUR, MINUTE, Window
from payload.model import (
    After,
    Buffer,
    Experiment,
    Level,
    Mission,
    Relative,
    Repeat,
    RigCall,
    Role,
    Session,
    Step,
)

#: how often a session (or a step, or an experiment) takes a key that any may take
OFTEN = {
    "days": 0.08,
    "between": 0.08,
    "at": 0.04,
    "during": 0.1,
    "avoid": 0.1,
    "uses of session": 0.1,
    "uses": 0.3,
    "produces": 0.25,
    "rig": 0.1,
    "after another": 0.1,
    "unordered": 0.25,
    "required": 0.015,
    "minimum": 0.2,
    "same": 0.2,
    "holds": 0.15,
    "for": 0.06,
}


def experiments(
    rng: Random, mission: Mission, windows: Mapping[str, tuple[Window, ...]], count: int
) -> tuple[Experiment, ...]:
    """As many experiments as hold at least `count` sessions."""
    found: list[Experiment] = []
    total = 0
    while total < count:
        kind = rng.choice(KINDS)
        sessions = tuple(_common(rng, mission, session) for session in kind(rng, mission))
        made = _experiment(rng, f"e{len(found)}", sessions)
        made = replace(made, sessions=tuple(_of_its_own(made.id, session) for session in made.sessions))
        if found and rng.random() < OFTEN["after another"]:
            made = _after(rng, made, rng.choice(found))
        if rng.random() < OFTEN["for"] and all(len(step.crew) < 2 for session in sessions for step in session.steps):
            copies = tuple(_copy(made, person.id, len(mission.crew)) for person in mission.crew)
            found += copies
            total += sum(copy.session_count for copy in copies)
        else:
            found.append(made)
            total += made.session_count
    return tuple(found)


def _experiment(rng: Random, name: str, sessions: tuple[Session, ...]) -> Experiment:
    count = sum(session.repeat.count for session in sessions)
    return Experiment(
        name,
        name,
        name.title(),
        rng.choice(["", "suparco", "cmsa"]),
        Fraction(rng.randrange(0, 40), rng.choice([1, 2, 8])),
        rng.randint(1, count) if rng.random() < OFTEN["minimum"] else 1,
        sessions,
        unordered=rng.random() < OFTEN["unordered"],
        required=rng.random() < OFTEN["required"],
        same_people=rng.random() < OFTEN["same"],
        holds=rng.choice([{"power": 100}, {"swabs": 2}, {"rack": 1}]) if rng.random() < OFTEN["holds"] else {},
    )


def _after(rng: Random, made: Experiment, other: Experiment) -> Experiment:
    tie = After(f"{other.written_id}/{other.sessions[-1].id}", rng.choice([0, 2 * HOUR]), rng.choice([None, DAY]))
    first, *rest = made.sessions
    return replace(made, sessions=(replace(first, after=(*first.after, tie)), *rest))


def _of_its_own(experiment: str, session: Session) -> Session:
    """The kinds write `after` within the experiment by the session's name alone."""
    return replace(
        session, after=tuple(replace(tie, reference=f"{experiment}/{tie.reference}") for tie in session.after)
    )


def _copy(made: Experiment, person: str, people: int) -> Experiment:
    """As `for: all` does it."""

    def step(of: Step) -> Step:
        return replace(of, crew=tuple(Role(role.number, is_=person) for role in of.crew))

    sessions = tuple(replace(one, steps=tuple(map(step, one.steps))) for one in made.sessions)
    return replace(made, id=f"{made.id}-{person}", value=made.value / people, sessions=sessions, required=False)


def _common(rng: Random, mission: Mission, session: Session) -> Session:
    more: dict[str, Any] = {}
    days, end = mission.dates(), mission.end
    if session.days is None and not session.repeat.each_day and rng.random() < OFTEN["days"]:
        more["days"] = frozenset(rng.sample(days, min(len(days), 2)))
    if rng.random() < OFTEN["between"]:
        more["between"] = (Window(0, end // 2), Window(end * 3 // 5, end - HOUR))
    if rng.random() < OFTEN["at"]:
        more["at"] = tuple(sorted(rng.randrange(0, end, MINUTE) for _ in range(8)))
    if not session.during and rng.random() < OFTEN["during"]:
        more["during"] = rng.choice([("relay",), ("night",), ("relay", "sunlit"), ("never",)])
    if rng.random() < OFTEN["avoid"]:
        more["avoid"] = rng.choice([("docking",), ("night", "docking")])
    if rng.random() < OFTEN["uses of session"]:
        more["uses"] = rng.choice([{"power": 300}, {"rack": 1}, {"swabs": 1}])
    return replace(session, steps=tuple(_taking(rng, mission, step) for step in session.steps), **more)


def _taking(rng: Random, mission: Mission, step: Step) -> Step:
    more: dict[str, Any] = {}
    if rng.random() < OFTEN["uses"]:
        more["uses"] = rng.choice([{"power": 400}, {"rack": 1}, {"swabs": 1}, {"power": 200, "swabs": 2}])
    if isinstance(mission.resources.get("recorder"), Buffer) and rng.random() < OFTEN["produces"]:
        more["produces"] = {"recorder": rng.choice([2, 9, 25]) * 1_000_000}
    if rng.random() < OFTEN["rig"]:
        more["rig"] = RigCall(rng.choice(["oven", "loop"]), "heat")
    return replace(step, **more)


def _roles(rng: Random, mission: Mission, most: int = 2) -> tuple[Role, ...]:
    return tuple(_role(rng, number, mission) for number in range(1, rng.randint(1, min(most, len(mission.crew))) + 1))


def _role(rng: Random, number: int, mission: Mission) -> Role:
    names = [person.id for person in mission.crew]
    kind = rng.random()
    if kind < 0.2:
        return Role(number, is_=rng.choice(names))
    if kind < 0.3:
        return Role(number, any_of=tuple(names[:2]))
    if kind < 0.5:
        return Role(number, skills={rng.choice(["biology", "fluids"]): rng.choice(list(Level))})
    return Role(number)


def _step(rng: Random, roles: tuple[Role, ...] = (), *, least: int = 5, **more: Any) -> Step:
    length_ms = rng.choice([least, 15, 20, 30, 45, 60]) * MINUTE
    return Step(more.pop("do", "work"), length_ms, length_ms, roles, **more)


# The kinds.


def _plain(rng: Random, mission: Mission) -> list[Session]:
    roles = _roles(rng, mission)
    return [Session("run", (_step(rng, roles), _step(rng, roles[:1])), Repeat(rng.randint(1, 4)))]


def _regular(rng: Random, mission: Mission) -> list[Session]:
    repeat = Repeat(3, every_ms=rng.choice([4 * HOUR, DAY]), tolerance_ms=rng.choice([0, HOUR, 3 * HOUR]))
    return [Session("run", (_step(rng, _roles(rng, mission)),), repeat)]


def _spaced(rng: Random, mission: Mission) -> list[Session]:
    repeat = Repeat(2, min_ms=rng.choice([0, 3 * HOUR]), max_ms=rng.choice([None, 20 * HOUR]))
    return [Session("draw", (_step(rng, _roles(rng, mission)),), repeat)]


def _daily(rng: Random, mission: Mission) -> list[Session]:
    days = mission.dates()
    some = rng.choice([None, frozenset(days[: rng.randint(1, len(days))])])
    repeat = Repeat(len(some or days), each_day=True)
    return [Session("entry", (_step(rng, _roles(rng, mission, 1)),), repeat, some)]


def _standing(rng: Random, mission: Mission) -> list[Session]:
    """Waits with play, and the same people after them."""
    roles = _roles(rng, mission)
    least = rng.choice([5, 10, 30]) * MINUTE
    wait = Step("clot", least, least + rng.choice([5, 25, 60]) * MINUTE)
    second = Step("cool", 10 * MINUTE, 35 * MINUTE) if rng.random() < 0.3 else None
    steps = [_step(rng, roles), wait, _step(rng, roles[-1:])]
    return [Session("spin", tuple(steps) if second is None else (*steps, second), Repeat(rng.randint(1, 2)))]


def _chain(rng: Random, mission: Mission) -> list[Session]:
    roles = _roles(rng, mission)
    first = Session("sow", (_step(rng, roles), Step("soak", 2 * HOUR, 2 * HOUR)))
    tie = After("sow", rng.choice([0, 4 * HOUR]), rng.choice([None, DAY]))
    return [
        first,
        Session("water", (_step(rng, roles[:1]),), Repeat(2), after=(tie,)),
        Session("cut", (_step(rng, roles),)),
    ]


def _inside(rng: Random, mission: Mission) -> list[Session]:
    if not mission.routine:
        return _plain(rng, mission)
    host = rng.choice(mission.routine).id
    return [Session("swab", (_step(rng, _roles(rng, mission)),), Repeat(rng.randint(1, 3)), inside=host)]


def _relative(rng: Random, mission: Mission) -> list[Session]:
    if not mission.routine:
        return _plain(rng, mission)
    tie = Relative(rng.choice(mission.routine).id, rng.random() < 0.5, rng.choice([0, 30, 200]) * MINUTE)
    return [Session("draw", (_step(rng, _roles(rng, mission)),), Repeat(rng.randint(1, 3)), relative=tie)]


def _photo(rng: Random, mission: Mission) -> list[Session]:
    roles = _roles(rng, mission, 1)
    during = rng.choice([("pass",), ("sunlit",), ("sunlit", "relay")])
    steps = (
        _step(rng, roles),
        Step("shoot", 5 * MINUTE, 5 * MINUTE, roles, during=during),
        _step(rng, avoid=("docking",)),
    )
    return [Session("look", steps, Repeat(rng.randint(1, 3)))]


def _whole_pass(rng: Random, mission: Mission) -> list[Session]:
    """A step that lasts over all of a pass, or a session over all of a meal."""
    roles = _roles(rng, mission, 1)
    if mission.routine and rng.random() < 0.5:
        duty = rng.choice(mission.routine)
        steps = (_step(rng, roles), Step("run", duty.duration_ms, duty.duration_ms + HOUR), _step(rng, roles))
        return [Session("over", steps, covers=(duty.id,))]
    if rng.random() < 0.4:
        watch = Step("watch", 15 * MINUTE, 40 * MINUTE)
        return [Session("watch", (_step(rng, roles, least=5), watch), covers=("pass",))]
    track = Step("track", 20 * MINUTE, rng.choice([20, 30]) * MINUTE, covers=(rng.choice(["pass", "sunlit"]),))
    return [Session("track", (_step(rng, roles), track), Repeat(rng.randint(1, 2)))]


def _by_itself(rng: Random, mission: Mission) -> list[Session]:
    return [Session("run", (Step("run", 6 * HOUR, 6 * HOUR),), Repeat(rng.randint(1, 3)), during=("night",))]


KINDS: list[Callable[[Random, Mission], list[Session]]] = [
    _plain, _plain, _regular, _spaced, _daily, _standing, _standing, _chain, _inside, _relative, _photo, _whole_pass,
    _by_itself,
]  # fmt: skip
