"""What can happen in a run, as typed values: the words of the journal.

Every event has `at`, the mission instant (ms MET) at which it happened as the executive saw it. Ids are those of the
plan; `step` counts from 1, as the plan lists them. `encode` and `decode` are exact inverses for everything that JSON
can say: facts are whole numbers, finite floats, text, truth values, None, and tuples of these.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

Scalar = int | float | str | bool | None
Fact = Scalar | tuple[Scalar, ...]
Facts = Mapping[str, Fact]
Ended = Literal["done", "failed", "skipped"]
How = Literal["completed", "aborted", "interrupted", "failed"]

#: the stages after which nothing more is heard of a telecommand
LAST_STAGES = frozenset({"DONE", "FAILED", "REJECTED", "LATE", "CANCELLED", "INDETERMINATE"})


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The first event, at the start of the first of `activities`: the ids that will be flown, in plan order, being all
    that start within `[start, end)`. `speed` is mission time per wall time, 0 for simulated time; `seed` is None when
    nothing is left to chance."""

    at: int
    mission: str
    start: int
    end: int
    activities: tuple[str, ...]
    speed: float = 0.0
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class RunResumed:
    """The run goes on after a crash or an interruption; `activities` are what is still to be flown."""

    at: int
    activities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunEnded:
    """The end of a run that ended by itself or was ended; a crash leaves none. Only how its rigs parted (`RigSafe`, or
    a `Note` of one that did not say so) comes behind it."""

    at: int
    how: How
    why: str = ""


@dataclass(frozen=True, slots=True)
class ActivityStarted:
    """A duty or session began; `planned` is the instant at which it should have."""

    at: int
    id: str
    planned: int
    crew: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ActivityEnded:
    """A duty or session is over. A skipped one never started, unless the crew skipped it under way. `code` is the
    reason in one word, `why` in a sentence; both are empty for what went well."""

    at: int
    id: str
    state: Ended
    code: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class ActivityLate:
    """A duty or session, or a step of it (`step` > 0), began `late_ms` after its planned start; `why` names what it
    waited for."""

    at: int
    id: str
    late_ms: int
    step: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class StepStarted:
    at: int
    id: str
    step: int
    do: str
    crew: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StepWaits:
    """The executive waits for the crew's word on this step: `tell done|failed|skip ID`."""

    at: int
    id: str
    step: int
    do: str
    crew: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StepEnded:
    at: int
    id: str
    step: int
    state: Ended
    why: str = ""


@dataclass(frozen=True, slots=True)
class RigStage:
    """A stage of one telecommand's verification. `RELEASED` is the intent: it is on disk before the first byte leaves.
    `rig_ns` is the rig's own clock where the rig gave it; the fact `host_ns` is the same instant on the run's wall
    clock (whose start is arbitrary), certain to within `error_ns`."""

    at: int
    rig: str
    token: str
    stage: str
    code: str = ""
    rig_ns: int | None = None
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Telemetry:
    """Samples of one channel, one each `interval_ms` from the rig's clock tick `first_tick_ms` on. A value that the rig
    could not give is None. `lost` counts what is missing since the rig booted."""

    at: int
    rig: str
    channel: str
    first_tick_ms: int
    interval_ms: int
    values: tuple[int | float | None, ...]
    lost: int = 0
    seq: int = 0
    unit: str = ""


@dataclass(frozen=True, slots=True)
class RigLink:
    """The link to a rig went down for good, `why` in a sentence where that is known, or came up again."""

    at: int
    rig: str
    up: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class RigSafe:
    """The rig's outputs are at their safe values, latched until commanded out."""

    at: int
    rig: str
    reason: str


@dataclass(frozen=True, slots=True)
class Disturbance:
    """Something went differently by chance: `code` is its number in the profile (`D03`), `id` the activity it hit."""

    at: int
    code: str
    id: str
    text: str
    length_ms: int = 0


@dataclass(frozen=True, slots=True)
class Word:
    """What the crew or the operator told the run: `done`, `failed`, `skip` (with an id), `hold`, `go`, `abort`. `seq`
    is its number in the journal's table of words; `taken` is False for a word that fits nothing under way."""

    at: int
    word: str
    id: str = ""
    seq: int = 0
    taken: bool = True


@dataclass(frozen=True, slots=True)
class Note:
    at: int
    text: str


Event = (
    RunStarted
    | RunResumed
    | RunEnded
    | ActivityStarted
    | ActivityEnded
    | ActivityLate
    | StepStarted
    | StepWaits
    | StepEnded
    | RigStage
    | Telemetry
    | RigLink
    | RigSafe
    | Disturbance
    | Word
    | Note
)

#: kind, as it stands in the file -> what it means
EVENT_TYPES: dict[str, type[Event]] = {
    "run-started": RunStarted,
    "run-resumed": RunResumed,
    "run-ended": RunEnded,
    "activity-started": ActivityStarted,
    "activity-ended": ActivityEnded,
    "activity-late": ActivityLate,
    "step-started": StepStarted,
    "step-waits": StepWaits,
    "step-ended": StepEnded,
    "rig-stage": RigStage,
    "telemetry": Telemetry,
    "rig-link": RigLink,
    "rig-safe": RigSafe,
    "disturbance": Disturbance,
    "word": Word,
    "note": Note,
}
_KINDS: dict[type[Event], str] = {type_: kind for kind, type_ in EVENT_TYPES.items()}
_FIELDS: dict[type[Event], tuple[str, ...]] = {
    type_: tuple(each.name for each in fields(type_) if each.name != "at") for type_ in EVENT_TYPES.values()
}


_TEXT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def kind_of(event: Event) -> str:
    return _KINDS[type(event)]


def encode(event: Event) -> str:
    """The event's facts as one line of JSON, without its kind and instant, which have columns of their own.

    Raises ValueError for a float that is not finite: JSON has no word for it.
    """
    return _TEXT({name: getattr(event, name) for name in _FIELDS[type(event)]})


def decode(kind: str, at: int, text: str) -> Event:
    """The event that `encode` wrote. Raises KeyError for an unknown kind, ValueError or TypeError for other facts."""
    facts: dict[str, Any] = json.loads(text)
    type_: Any = EVENT_TYPES[kind]
    event: Event = type_(at=at, **{name: _tuples(value) for name, value in facts.items()})
    return event


def _tuples(value: Any) -> Any:
    """JSON's lists as the tuples they were."""
    if isinstance(value, list):
        return tuple(_tuples(each) for each in value)
    if isinstance(value, dict):
        return {name: _tuples(each) for name, each in value.items()}
    return value
