"""The shapes of mission.yaml, second half: routine, experiments, rules, waivers, locks; and the file as a whole."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Annotated, Any, cast

from pydantic import Discriminator, Field, Tag, model_validator

from payload.met import format_duration, parse_duration
from payload.model import Quantity
from payload.scenario.amounts import Amounts, Held, Produced, Value, number, quantity
from payload.scenario.scope import Scope, nearest
from payload.scenario.shapes_setting import (
    EnvironmentShape,
    MissionShape,
    PersonShape,
    ResourceShape,
    RigShape,
    Shape,
    ShareShape,
    Version,
)
from payload.scenario.times import At, Between, Days, Duration, DurationOrZero, Instant, NominalDays, length
from payload.scenario.tree import shown
from payload.scenario.units import parse_quantity
from payload.scenario.values import ReadWith, each_of, pair, wrong
from payload.scenario.words import (
    Activities,
    Call,
    DutyId,
    Flag,
    Id,
    People,
    PeopleOrAll,
    PersonId,
    RigId,
    Skills,
    Text,
    Windows,
    WindowsOrDuties,
    activities,
    one_of,
)

MOST_REPEATS = 10_000


class DutyShape(Shape):
    id: Id
    duration: Duration
    at: At | None = None
    between: Between | None = None
    days: NominalDays | None = None
    except_: NominalDays = Field(frozenset[date](), alias="except")
    for_: PeopleOrAll | None = Field(None, alias="for")
    uses: Amounts = Field(default_factory=dict)
    together: Flag = False
    during: Windows = ()
    avoid: Windows = ()


# -- experiments -------------------------------------------------------------------------------------------------------


class RoleShape(Shape):
    """A role, or in a step `role: n`: the person who has that number in this session."""

    is_: PersonId | None = Field(None, alias="is")
    any_of: People | None = None
    skills: Skills = Field(default_factory=dict)
    role: Annotated[int, number(1, 1_000)] | None = None


class CrewShape(RoleShape):
    """A role of an experiment's crew."""

    same: Flag = False


def _crew_form(value: Any) -> str | None:
    if isinstance(value, bool):
        return None
    return {int: "|count", list: "|list", dict: "|one"}.get(type(value))


def _forms(expected: str) -> Discriminator:
    return Discriminator(
        _crew_form,
        custom_error_type="payload",
        custom_error_message="wrong",
        custom_error_context=cast(Any, {"faults": [(expected, "", ())], "show": True}),
    )


def _step_length(value: Any, scope: Scope) -> tuple[int, int]:
    if not isinstance(value, list):
        fixed = length(value)
        return fixed, fixed
    ends = pair(value, "a duration, or two durations [shortest, longest]")
    shortest, longest = each_of(enumerate(ends), length)
    if shortest > longest:
        raise wrong(f"expected the shorter duration first, not {shown(ends[0])} to {shown(ends[1])}")
    return shortest, longest


def _argument(value: Any, scope: Scope) -> str | int | float | bool | Quantity:
    if isinstance(value, str):
        try:
            read = parse_quantity(value)
        except ValueError:
            return value
        return value if read.dimension == "count" else read
    if isinstance(value, (bool, int, float)):
        return float(value) if isinstance(value, float) else value
    raise wrong(f"expected text, a number, a quantity, true or false, not {shown(value)}")


def _session_after(value: Any, scope: Scope) -> str:
    if not isinstance(value, str):
        raise wrong(f"expected a session of this experiment, or 'experiment/session', not {shown(value)}")
    experiment, slash, session = value.partition("/")
    if not slash:
        if value not in scope.own_sessions:
            raise wrong(f"this experiment has no session {value!r}", nearest(value, scope.own_sessions))
        return value
    if experiment not in scope.experiments and experiment not in scope.copies:
        names = (*scope.experiments, *scope.copies)
        raise wrong(f"unknown experiment {experiment!r} in {value!r}", nearest(experiment, names))
    sessions = scope.experiments[scope.copies.get(experiment, experiment)]
    if session not in sessions:
        raise wrong(f"experiment {experiment!r} has no session {session!r}", nearest(session, sessions))
    return value


_LENGTH_SCHEMA: dict[str, Any] = {"type": ["string", "array"], "description": "a duration, or [shortest, longest]"}
_ARGUMENT_SCHEMA: dict[str, Any] = {"type": ["string", "number", "boolean"]}


class RigCallShape(Shape):
    id: RigId
    call: Call
    with_: dict[Text, Annotated[str | int | float | bool | Quantity, ReadWith(_argument, _ARGUMENT_SCHEMA)]] = Field(
        default_factory=dict, alias="with"
    )


class StepShape(Shape):
    do: Text
    for_: Annotated[tuple[int, int], ReadWith(_step_length, _LENGTH_SCHEMA)] = Field(alias="for")
    crew: Annotated[
        Annotated[Annotated[int, number(0, 1_000)], Tag("|count")] | Annotated[list[RoleShape], Tag("|list")],
        _forms("expected how many people, or a list of roles"),
    ]
    uses: Amounts = Field(default_factory=dict)
    produces: Produced = Field(default_factory=dict)
    during: Windows = ()
    avoid: Windows = ()
    covers: WindowsOrDuties = ()
    rig: RigCallShape | None = None


def min_at_most_max(least_ms: int | None, most_ms: int | None) -> None:
    if least_ms is not None and most_ms is not None and least_ms > most_ms:
        told = f"{format_duration(least_ms)} and {format_duration(most_ms)}"
        raise wrong(f"expected min at most max, not {told}")


class RepeatShape(Shape):
    count: Annotated[int, number(1, MOST_REPEATS)] | None = None
    every: Duration | None = None
    tolerance: DurationOrZero = 0
    min: DurationOrZero | None = None
    max: Duration | None = None
    each: Annotated[str, one_of({"day": "day"}, "'day'")] | None = None

    @model_validator(mode="after")
    def in_order(self) -> RepeatShape:
        min_at_most_max(self.min, self.max)
        return self


class AfterShape(Shape):
    session: Annotated[str, ReadWith(_session_after, {"type": "string"})]
    min: DurationOrZero = 0
    max: Duration | None = None

    @model_validator(mode="after")
    def in_order(self) -> AfterShape:
        min_at_most_max(self.min, self.max)
        return self


class RelativeShape(Shape):
    before: DutyId | None = None
    after: DutyId | None = None
    within: Duration


class SessionShape(Shape):
    id: Id
    steps: Annotated[list[StepShape], Field(min_length=1)]
    days: Days | None = None
    at: At | None = None
    between: Between | None = None
    during: Windows = ()
    avoid: Windows = ()
    covers: WindowsOrDuties = ()
    after: Annotated[
        Annotated[AfterShape, Tag("|one")] | Annotated[list[AfterShape], Tag("|list")],
        _forms("expected {session: ..., min: ..., max: ...} or a list of them"),
    ] = Field(cast(Any, None))
    relative: RelativeShape | None = None
    inside: DutyId | None = None
    repeat: RepeatShape | None = None
    uses: Amounts = Field(default_factory=dict)


def _minimum(value: Any, scope: Scope) -> int | None:
    if value == "all":
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise wrong(f"expected a number of sessions, 1 or more, or 'all', not {shown(value)}")
    return value


class ExperimentShape(Shape):
    id: Id
    sessions: Annotated[list[SessionShape], Field(min_length=1)]
    title: Text = ""
    sponsor: Text = ""
    value: Value = Fraction(0)
    minimum: Annotated[
        int | None, ReadWith(_minimum, {"oneOf": [{"type": "integer", "minimum": 1}, {"const": "all"}]})
    ] = 1
    crew: Annotated[
        Annotated[CrewShape, Tag("|one")] | Annotated[list[CrewShape], Tag("|list"), Field(min_length=1)],
        _forms("expected a role such as {skills: [biology]}, or a list of roles"),
    ] = Field(cast(Any, None))
    for_: PeopleOrAll | None = Field(None, alias="for")
    holds: Held = Field(default_factory=dict)
    unordered: Flag = False
    required: Flag = False
    during: Windows = ()
    avoid: Windows = ()
    days: Days | None = None
    between: Between | None = None


# -- rules, waivers, locks ---------------------------------------------------------------------------------------------


def _limit(value: Any, scope: Scope) -> int | Quantity:
    """A time in ms, or an amount."""
    if isinstance(value, str):
        try:
            parse_duration(value)
        except ValueError:
            return quantity(value)
        return length(value, zero=True)
    return quantity(value)


def _per(value: Any, scope: Scope) -> frozenset[str]:
    words = value if isinstance(value, list) else [value]

    def one(word: Any) -> str:
        if word not in ("crew", "day"):
            raise wrong(f"expected crew, day or [crew, day], not {shown(word)}")
        return str(word)

    if not isinstance(value, list):
        return frozenset([one(value)])
    if not words:
        raise wrong("expected crew, day or [crew, day], not an empty list")
    return frozenset(each_of(enumerate(words), one))


def _limited(value: Any, scope: Scope) -> tuple[str, ...]:
    """What a limit counts: activities, or one resource; which of the two it must be, the limit says."""
    names = value if isinstance(value, list) else [value]
    if len(names) == 1 and isinstance(names[0], str) and names[0] in scope.resources:
        return (names[0],)
    return activities(value, scope)


class RuleShape(Shape):
    id: Id
    gap: DurationOrZero | None = None
    after: Activities | None = None
    before: Activities | None = None
    order: Activities | None = None
    then: Activities | None = None
    limit: Annotated[int | Quantity, ReadWith(_limit, {"type": ["string", "integer"]})] | None = None
    of: Annotated[tuple[str, ...], ReadWith(_limited, {"type": ["string", "array"]})] | None = None
    exclude: Activities | None = None
    different_day: Activities | None = None
    same_day: Activities | None = None
    per: Annotated[frozenset[str], ReadWith(_per, {"type": ["string", "array"]})] = frozenset()
    for_: PeopleOrAll | None = Field(None, alias="for")
    days: Days | None = None
    weight: Value | None = None


class WaiverShape(Shape):
    rule: Text
    of: Text
    reason: Text
    by: Text


class LockShape(Shape):
    id: Text
    at: Instant


class MissionFile(Shape):
    """mission.yaml: what `payload schema mission` describes."""

    payload: Version
    mission: MissionShape
    crew: list[PersonShape]
    experiments: list[ExperimentShape]
    extends: Text | None = None
    drop: list[Text] = Field(default_factory=list)
    include: Text | list[Text] | None = None
    resources: dict[Id, ResourceShape] = Field(default_factory=dict)
    environment: EnvironmentShape | None = None
    routine: list[DutyShape] = Field(default_factory=list)
    rules: list[RuleShape] = Field(default_factory=list)
    shares: dict[str, ShareShape] = Field(default_factory=dict)
    waivers: list[WaiverShape] = Field(default_factory=list)
    locks: list[LockShape] = Field(default_factory=list)
    rigs: dict[Id, RigShape] = Field(default_factory=dict)
