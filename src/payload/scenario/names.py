"""The names that a mission's files define, gathered before anything is judged; and that none is defined twice."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from typing import Any

from pydantic_core import PydanticCustomError

from payload.met import Calendar
from payload.scenario.faults import Faults, Steps
from payload.scenario.scope import NO_CALENDAR, Scope
from payload.scenario.shapes_setting import read_clock, read_start
from payload.scenario.units import parse_quantity

SECTIONS = {
    "crew": list,
    "resources": dict,
    "environment": dict,
    "routine": list,
    "rules": list,
    "experiments": list,
    "shares": dict,
    "waivers": list,
    "locks": list,
    "rigs": dict,
}


def gather(raw: dict[str, Any], scope: Scope) -> None:
    """Fills `scope` from the mission as read, passing over whatever has the wrong form."""
    raw = as_meant(raw, (*SECTIONS, "mission"))
    mission = _mapping(raw.get("mission"))
    try:
        start = read_start(mission.get("start"), scope)
        zone = read_clock(mission.get("clock", "UTC"), scope)
        first = mission.get("first_day", 1)
        if isinstance(first, int) and abs(first) <= 100_000:
            scope.calendar = Calendar(start, zone, first)
    except PydanticCustomError:
        pass
    scope.people = tuple(_ids(raw, "crew"))
    scope.resources = {name: _resource(entry) for name, entry in _mapping(raw.get("resources")).items()}
    scope.windows = tuple(_mapping(as_meant(_mapping(raw.get("environment")), ("windows", "orbit")).get("windows")))
    scope.duties = tuple(_ids(raw, "routine"))
    scope.rules = tuple(_ids(raw, "rules"))
    scope.rigs = tuple(_mapping(raw.get("rigs")))
    experiments: dict[str, tuple[str, ...]] = {}
    copies: dict[str, str] = {}
    sponsors: dict[str, None] = {}
    for entry in _entries(raw, "experiments"):
        name = entry.get("id")
        if isinstance(name, str):
            sessions = (_mapping(one).get("id") for one in _list(entry.get("sessions")))
            experiments.setdefault(name, tuple(one for one in sessions if isinstance(one, str)))
            for person in people_of(entry.get("for"), scope):
                copies[f"{name}-{person}"] = name
        if isinstance(entry.get("sponsor"), str):
            sponsors[entry["sponsor"]] = None
    scope.experiments, scope.copies, scope.sponsors = experiments, copies, tuple(sponsors)


def as_meant(raw: dict[str, Any], keys: Collection[str]) -> dict[str, Any]:
    """With misspelt keys under the names that were meant, so that what they hold is known."""
    meant = {get_close_matches(key, keys, n=1, cutoff=0.6)[0]: raw[key] for key in raw if _misspelt(key, keys)}
    return {**meant, **raw}


def _misspelt(key: str, keys: Collection[str]) -> bool:
    return key not in keys and bool(get_close_matches(key, keys, n=1, cutoff=0.6))


def knows_calendar(scope: Scope) -> bool:
    return scope.calendar is not NO_CALENDAR


def people_of(names: Any, scope: Scope) -> tuple[str, ...]:
    """The people that an experiment's `for`, as written, means; none where it is not there or is broken."""
    if names == "all":
        return scope.people
    listed = [names] if isinstance(names, str) else _list(names)
    return tuple(name for name in listed if isinstance(name, str) and name in scope.people)


def unique(raw: dict[str, Any], faults: Faults) -> None:
    """Faults for every id that is taken: within a list, and in the one name space of duties and experiments, where
    the copies that `for` makes have theirs too."""
    for section in ("crew", "rules", "locks"):
        _unique_in(_list(raw.get(section)), (section,), faults, section)
    owners: dict[str, Steps] = {}
    for section in ("routine", "experiments"):
        for n, entry in enumerate(_list(raw.get(section))):
            name = _mapping(entry).get("id")
            if not isinstance(name, str):
                continue
            taken = [name] + [f"{name}-{person}" for person in people_of(_mapping(entry).get("for"), faults.scope)]
            for each in taken if section == "experiments" else [name]:
                if each in owners:
                    _taken(each, name, (section, n, "id"), owners[each], faults)
                    break
                owners[each] = (section, n, "id")
    for n, entry in enumerate(_list(raw.get("experiments"))):
        _unique_in(
            _list(_mapping(entry).get("sessions")),
            ("experiments", n, "sessions"),
            faults,
            "sessions of this experiment",
        )


def _unique_in(entries: list[Any], top: Steps, faults: Faults, what: str) -> None:
    owners: dict[str, Steps] = {}
    for n, entry in enumerate(entries):
        name = _mapping(entry).get("id")
        if isinstance(name, str):
            if name in owners:
                _taken(name, name, (*top, n, "id"), owners[name], faults)
            else:
                owners[name] = (*top, n, "id")


def _taken(name: str, written: str, steps: Steps, owner: Steps, faults: Faults) -> None:
    first = faults.root.at(*owner)
    where = (
        f"{first.file}:{first.line}"
        if first and first.file != faults.root.file
        else f"line {first.line if first else 0}"
    )
    copy = "" if name == written else f" (a copy that 'for' makes is called {name!r})"
    faults.add(steps, f"the id {written!r} is taken{copy}", f"it first stands at {where}")


def _ids(raw: dict[str, Any], section: str) -> list[str]:
    return [entry["id"] for entry in _entries(raw, section) if isinstance(entry.get("id"), str)]


def _entries(raw: dict[str, Any], section: str) -> list[dict[str, Any]]:
    return [entry for entry in _list(raw.get(section)) if isinstance(entry, dict)]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _resource(entry: Any) -> tuple[str, str]:
    """A resource's form and dimension; an empty form or dimension, where it cannot be told, fits everything."""
    forms = [form for form in ("capacity", "stock", "buffer") if form in _mapping(entry)]
    if len(forms) != 1:
        return "", ""
    amount = entry[forms[0]]
    try:
        return forms[0], parse_quantity(amount).dimension if isinstance(amount, (str, int)) else ""
    except ValueError:
        return forms[0], ""
