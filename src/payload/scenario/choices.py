"""Which keys of a mapping exclude, need or mean each other.

Judged on the keys as written, whatever else is wrong with their values: `extends` and defaults are already in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from payload.scenario.faults import Faults, Steps

_WINDOW_FORMS = (
    "relay_longitudes", "station", "stations", "target", "targets", "sunlit", "daily", "between", "all_of", "any_of",
    "none_of",
)  # fmt: skip
#: kind of rule -> the keys that it must have, and those that it may have besides `id` and `weight`
RULE_KEYS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "gap": (("after", "before"), ("per", "for", "days")),
    "order": (("then",), ("gap", "per", "for", "days")),
    "limit": (("of",), ("per", "for", "days")),
    "exclude": ((), ("days",)),
    "different_day": ((), ("days",)),
    "same_day": ((), ("days",)),
}


class Choices:
    """Tells faults about the keys of one mapping."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults

    def one_of(self, raw: Any, steps: Steps, *keys: str, needed: bool = True) -> str | None:
        """The one of `keys` that is there; None, and a fault, where none (if `needed`) or several are."""
        if not isinstance(raw, dict):
            return None
        there = [key for key in keys if key in raw]
        if len(there) > 1:
            self.faults.add((*steps, there[1]), f"{there[1]!r} and {there[0]!r} exclude each other", key=True)
        elif not there and needed:
            listed = " or ".join(repr(key) for key in keys) if len(keys) < 4 else ", ".join(keys)
            self.faults.add(steps, f"expected one of {listed}", wanted=keys)
        return there[0] if len(there) == 1 else None

    def needs(self, raw: Any, steps: Steps, key: str, *needed: str) -> None:
        """`key` has a meaning only beside one of `needed`."""
        if isinstance(raw, dict) and key in raw and not any(name in raw for name in needed):
            self.faults.add((*steps, key), f"{key!r} needs {' or '.join(map(repr, needed))}", key=True)

    def not_with(self, raw: Any, steps: Steps, key: str, *others: str) -> None:
        """`key` cannot stand beside any of `others`."""
        if isinstance(raw, dict) and key in raw:
            for other in others:
                if other in raw:
                    self.faults.add((*steps, other), f"{other!r} cannot stand beside {key!r}", key=True)

    def person(self, raw: Any, steps: Steps) -> None:
        if isinstance(raw, dict) and "candidates" in raw and "flies" not in raw:
            self.faults.missing((*steps, "flies"), "'flies' is missing: who of the candidates fills this seat")
        self.needs(raw, steps, "flies", "candidates")

    def resource(self, raw: Any, steps: Steps) -> None:
        if self.one_of(raw, steps, "capacity", "stock", "buffer") is None:
            return
        self.needs(raw, steps, "except", "capacity")
        self.needs(raw, steps, "resupply", "stock")
        self.needs(raw, steps, "drain", "buffer")
        self.needs(raw, steps, "during", "drain")

    def window(self, raw: Any, steps: Steps) -> None:
        if self.one_of(raw, steps, *_WINDOW_FORMS) is None:
            return
        self.needs(raw, steps, "graze", "relay_longitudes")
        self.needs(raw, steps, "days", "daily")

    def duty(self, raw: Any, steps: Steps) -> None:
        self.one_of(raw, steps, "at", "between")

    def experiment(self, raw: Any, steps: Steps) -> None:
        if not isinstance(raw, dict):
            return
        crew = raw.get("crew")
        for n, role in enumerate(crew if isinstance(crew, list) else [crew]):
            here = (*steps, "crew", n) if isinstance(crew, list) else (*steps, "crew")
            if isinstance(role, dict) and "role" in role:
                self.faults.add((*here, "role"), "'role' refers to a role: only a step's crew may do so", key=True)
            if n == 0 and "for" in raw and isinstance(role, dict):
                for key in ("is", "any_of"):
                    if key in role:
                        self.faults.add(
                            (*here, key), f"'for' already says who it is: {key!r} cannot stand beside it", key=True
                        )
        sessions = raw.get("sessions")
        for n, session in enumerate(sessions if isinstance(sessions, list) else []):
            self.session(session, (*steps, "sessions", n), raw)

    def session(self, raw: Any, steps: Steps, experiment: dict[str, Any]) -> None:
        if not isinstance(raw, dict):
            return
        self.one_of(raw, steps, "at", "between", needed=False)
        if "relative" in raw:
            self.one_of(raw["relative"], (*steps, "relative"), "before", "after")
        repeat = raw.get("repeat")
        if isinstance(repeat, dict):
            here = (*steps, "repeat")
            self.needs(repeat, here, "tolerance", "every")
            self.not_with(repeat, here, "each", "count", "every", "tolerance", "min", "max")
            if "each" in repeat and "days" not in raw and "days" not in experiment:
                self.faults.add((*here, "each"), "'each' needs 'days' on the session or the experiment", key=True)
            if "each" not in repeat and "count" not in repeat:
                self.faults.add(here, "expected one of 'count' or 'each'", wanted=("count", "each"))
        steps_raw = raw.get("steps")
        for n, step in enumerate(steps_raw if isinstance(steps_raw, list) else []):
            self.step(step, (*steps, "steps", n))

    def step(self, raw: Any, steps: Steps) -> None:
        if not isinstance(raw, dict):
            return
        crew = raw.get("crew")
        if isinstance(raw.get("for"), list) and "crew" in raw and crew not in (0, []):
            self.faults.add((*steps, "for"), "only a step with crew: 0 may have a range of durations")
        for n, role in enumerate(crew if isinstance(crew, list) else []):
            self.not_with(role, (*steps, "crew", n), "role", "is", "any_of", "skills")

    def rule(self, raw: Any, steps: Steps) -> str | None:
        """What kind of rule it is; None when that cannot be told."""
        if not isinstance(raw, dict):
            return None
        kinds = [kind for kind in RULE_KEYS if kind in raw]
        if "order" in kinds and "gap" in kinds:
            kinds.remove("gap")  # the gap of an order
        if len(kinds) != 1:
            return self.one_of({key: raw[key] for key in kinds}, steps, *RULE_KEYS)
        needed, allowed = RULE_KEYS[kinds[0]]
        for key in needed:
            if key not in raw:
                self.faults.missing((*steps, key), f"{key!r} is missing: a rule with {kinds[0]!r} needs it")
        known = {"id", "weight", kinds[0], *needed, *allowed}
        for key in raw:
            if key not in known and key in _ANY_RULE_KEY:
                self.faults.add((*steps, key), f"a rule with {kinds[0]!r} has no {key!r}", key=True)
        per = raw.get("per", ())
        if "for" in raw and "for" in known and "crew" not in (per if isinstance(per, list) else [per]):
            self.faults.add((*steps, "for"), "'for' needs 'per: crew'", key=True)
        return kinds[0]


_ANY_RULE_KEY = {"per", "for", "days", *RULE_KEYS, *(key for needed, _ in RULE_KEYS.values() for key in needed)}
