"""The mission's own rules, as data. What each means is the checker's and the planner's to know.

Names in `after`, `before`, `first`, `then`, `of` and `entries` are a duty, an experiment (with `for`: all its copies,
by the id as written), `experiment/session`, `sessions` or `duties`; all have been checked to exist. `people` narrows a
rule that counts per crew, `days` any rule; None is everyone, every day. `weight` makes a rule soft: each breach costs
that much value.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from payload.model.activities import Days


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    id: str
    per_crew: bool = False
    per_day: bool = False
    people: tuple[str, ...] | None = None
    days: Days = None
    weight: Fraction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap(_Rule):
    """For a of `after`, b of `before`, a != b: never start(a) <= start(b) < end(a) + gap_ms."""

    gap_ms: int
    after: tuple[str, ...]
    before: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(_Rule):
    """Every planned activity of `then` that `first` does not name starts at least `gap_ms` after every planned one of
    `first` ends; with per crew and day, within a person's local day."""

    first: tuple[str, ...]
    then: tuple[str, ...]
    gap_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit(_Rule):
    """At most `limit_ms` of crewed step time of `of`, split at local midnight where per day, what is inside a duty not
    counted."""

    limit_ms: int
    of: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountLimit(_Rule):
    """At most `amount` of a resource (base units), taken or produced."""

    amount: int
    resource: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclude(_Rule):
    """An instance of one entry overlaps none of a different entry."""

    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferentDay(_Rule):
    """All planned activities named start on pairwise different local dates."""

    of: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SameDay(_Rule):
    """All planned activities named start on one local date."""

    of: tuple[str, ...]


Rule = Gap | Order | Limit | AmountLimit | Exclude | DifferentDay | SameDay


@dataclass(frozen=True, slots=True)
class Waiver:
    """A violation accepted on purpose: exactly one rule and one activity."""

    rule: str
    of: str
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule, as found by the checker.

    `rule` is the id of the mission's rule, or the name of the constraint (`crew-overlap`, `capacity`, `grid`, ...).
    `activities` are the reservations (or, for what is missing, the ids) that it concerns, `at` where it shows (ms MET),
    `text` a sentence for a planner. `weight` is set for a soft rule's breach: it costs value and breaks nothing.
    """

    rule: str
    activities: tuple[str, ...]
    at: int | None
    text: str
    weight: Fraction | None = None
