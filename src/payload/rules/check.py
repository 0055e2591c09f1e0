"""The table of rules, and what goes through it.

Violation.rule is the id of a mission rule, or one of these words:

    people        crew  role  role-identity  same  crew-overlap  aboard  inside
    time          horizon  fixed  allowed  length  steps  grid  lock  at  days  between  during  avoid  covers
    sequence      sequence  predecessor  after  repeat  relative  together
    resources     capacity  stock  buffer  rig  uses
    completeness  mission  seats  windows  status  value  bound  shares  unknown  twice  missing  kind  sorted
                  required  minimum
    edges         window-edges (only from `check_windows`)

The docstring of each module says what each word means, and how the page was read where it is silent.
"""

from __future__ import annotations

from collections.abc import Iterator

from payload.model import Mission, Plan, Violation, Waiver
from payload.rules import completeness, days, people, resources, sequence, time
from payload.rules.case import Case, Rule

RULES: tuple[Rule, ...] = (
    completeness.file_facts,
    completeness.ids,
    completeness.in_order,
    completeness.enough,
    people.crew_listed,
    people.roles_held,
    people.same_people,
    people.crew_overlap,
    people.aboard,
    people.inside,
    time.horizon,
    time.duty_times,
    time.steps,
    time.grid,
    time.locks,
    time.chosen_times,
    time.window_keys,
    sequence.sequence,
    sequence.after,
    sequence.repeats,
    sequence.relative,
    sequence.together,
    resources.capacities,
    resources.buffers,
    resources.rigs,
    resources.uses_told,
    days.mission_rules,
    completeness.worth_told,
)

#: What no waiver covers: people in two places, `aboard`, capacities, and everything about the file itself.
NEVER_WAIVED = frozenset(
    {"crew-overlap", "aboard", "capacity", "stock", "buffer", "rig", "uses", "steps", "crew", "role-identity"}
    | {"mission", "seats", "windows", "status", "value", "bound", "shares", "unknown", "twice", "missing", "kind"}
    | {"sorted", "window-edges"}
)


def check(mission: Mission, plan: Plan) -> Iterator[Violation]:
    """Everything that is wrong with a plan, in the order of `RULES`; nothing when it is valid.

    Breaches of soft rules are among them, with their `weight`: they cost value and break nothing. Violations that a
    waiver covers are among them too: see `waiver_of`. Windows are taken as the plan lists them: see `check_windows`.
    Reservations in a state other than planned are facts: they hold people and resources, and planned ones are judged
    against them, but no violation is found in a fact alone or between facts.
    """
    case = Case(mission, plan)
    for rule in RULES:
        yield from rule(case)


def waiver_of(mission: Mission, violation: Violation) -> Waiver | None:
    """The mission's waiver that covers a violation: of its very rule, and of one of its activities."""
    if violation.rule in NEVER_WAIVED and violation.rule not in {rule.id for rule in mission.rules}:
        return None
    for waiver in mission.waivers:
        if waiver.rule == violation.rule and waiver.of in violation.activities:
            return waiver
    return None
