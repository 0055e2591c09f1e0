"""Words of the mission files: text, ids, names of what else the mission has, flags, skills."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Annotated, Any, cast

from payload.model import Level
from payload.scenario.scope import Scope, nearest
from payload.scenario.tree import shown
from payload.scenario.values import KEY, Reader, ReadWith, each_of, wrong

ID = re.compile(r"[a-z0-9][a-z0-9-]*")
RESERVED = ("all", "sessions", "duties")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_CALL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def one_of(words: dict[str, Any], what: str) -> ReadWith:
    """One of a few words, and what each stands for."""
    return ReadWith(_word(words, what), {"enum": list(words)})


def _text(value: Any, scope: Scope) -> str:
    if not isinstance(value, str):
        quoted = "" if value is None or isinstance(value, (dict, list)) else "write it in quotes"
        raise wrong(f"expected text, not {shown(value)}", quoted)
    if not value.strip():
        raise wrong("expected text, not an empty one")
    if _CONTROL.search(value):
        raise wrong(f"expected text without control characters, not {shown(value)}")
    return value


def read_id(value: Any, scope: Scope) -> str:
    if not isinstance(value, str):
        quoted = f"write it in quotes: '{shown(value)}'" if isinstance(value, (int, float)) else ""
        raise wrong(f"expected an id, not {shown(value)}", quoted)
    if not ID.fullmatch(value):
        raise wrong(f"an id is made of a-z, 0-9 and '-' and starts with a letter or digit, not {shown(value)}")
    if value in RESERVED:
        raise wrong(f"{value!r} is a reserved word", "reserved: all, sessions, duties")
    return value


def _call(value: Any, scope: Scope) -> str:
    if not isinstance(value, str) or not _CALL.fullmatch(value):
        raise wrong(f"expected the name of a rig's command, not {shown(value)}")
    return value


def known(value: Any, names: Collection[str], what: str) -> str:
    """`value`, when it is one of `names`."""
    if not isinstance(value, str):
        raise wrong(f"expected the id of a {what}, not {shown(value)}")
    if value not in names:
        raise wrong(f"unknown {what} {shown(value)}", nearest(value, names))
    return value


def name_list(value: Any, one: Callable[[Any], str], what: str) -> tuple[str, ...]:
    """One name or a list of them, each read by `one`, none twice."""
    if isinstance(value, str):
        return (one(value),)
    if not isinstance(value, list):
        raise wrong(f"expected the id of a {what} or a list of them, not {shown(value)}")
    if not value:
        raise wrong(f"expected at least one {what}, not an empty list")
    names = each_of(enumerate(value), one)
    for index, name in enumerate(names):
        if name in names[:index]:
            raise wrong(f"{name!r} stands twice in this list", below=(index,))
    return tuple(names)


def _person(value: Any, scope: Scope) -> str:
    return known(value, scope.people, "person")


def _people(value: Any, scope: Scope) -> tuple[str, ...]:
    return name_list(value, lambda one: _person(one, scope), "person")


def _people_or_all(value: Any, scope: Scope) -> tuple[str, ...]:
    return scope.people if value == "all" else _people(value, scope)


def _windows(value: Any, scope: Scope) -> tuple[str, ...]:
    return name_list(value, lambda one: known(one, scope.windows, "window"), "window")


def _windows_or_duties(value: Any, scope: Scope) -> tuple[str, ...]:
    names = (*scope.windows, *scope.duties)

    def one(name: Any) -> str:
        if known(name, names, "window or duty") in scope.windows and name in scope.duties:
            raise wrong(f"{name!r} is a window and a duty: one of them needs another id")
        return str(name)

    return name_list(value, one, "window or duty")


def _duty(value: Any, scope: Scope) -> str:
    return known(value, scope.duties, "duty")


def _activity(value: Any, scope: Scope) -> str:
    """A duty, an experiment, `experiment/session`, `sessions` or `duties`."""
    if isinstance(value, str) and "/" in value:
        return _session(value, scope)
    names = (*scope.duties, *scope.experiments, "sessions", "duties")
    return known(value, names, "duty or experiment")


def _session(value: Any, scope: Scope) -> str:
    experiment, _, session = value.partition("/")
    if experiment not in scope.experiments:
        raise wrong(f"unknown experiment {experiment!r} in {shown(value)}", nearest(experiment, scope.experiments))
    sessions = scope.experiments[experiment]
    if session not in sessions:
        raise wrong(f"experiment {experiment!r} has no session {session!r}", nearest(session, sessions))
    return cast(str, value)


def activities(value: Any, scope: Scope) -> tuple[str, ...]:
    return name_list(value, lambda one: _activity(one, scope), "duty, experiment or session")


def _rig(value: Any, scope: Scope) -> str:
    return known(value, scope.rigs, "rig")


def _word(words: dict[str, Any], what: str) -> Reader:
    def read(value: Any, scope: Scope) -> Any:
        if not isinstance(value, str) or value not in words:
            hint = nearest(value, words) if isinstance(value, str) else ""
            raise wrong(f"expected {what}, not {shown(value)}", hint)
        return words[value]

    return read


def _flag(value: Any, scope: Scope) -> bool:
    if not isinstance(value, bool):
        hint = "YAML 1.2 knows only true and false" if value in ("yes", "no", "on", "off", "Yes", "No") else ""
        raise wrong(f"expected true or false, not {shown(value)}", hint)
    return value


def _skill_list(value: Any, scope: Scope) -> dict[str, Level]:
    levels = {str(level): level for level in Level}
    if isinstance(value, list):
        names = name_list(value, lambda one: read_id(one, scope), "skill") if value else ()
        return dict.fromkeys(names, Level.OPERATOR)
    if not isinstance(value, dict):
        raise wrong(f"expected a list of skills, or skills with their levels, not {shown(value)}")

    def one(item: tuple[str, Any]) -> Level:
        name, level = item
        if not ID.fullmatch(name):
            raise wrong(f"a skill's name is made of a-z, 0-9 and '-', not {shown(name)}", below=(KEY,))
        if not isinstance(level, str) or level not in levels:
            hint = nearest(level, levels) if isinstance(level, str) else ""
            raise wrong(f"expected user, operator or specialist, not {shown(level)}", hint)
        return levels[level]

    return dict(zip(value, each_of(((name, (name, level)) for name, level in value.items()), one), strict=True))


_ID_SCHEMA = {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]*$"}
_TEXT_SCHEMA = {"type": "string", "minLength": 1}
_NAMES_SCHEMA = {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
_SKILLS_SCHEMA = {
    "oneOf": [
        {"type": "array", "items": _ID_SCHEMA},
        {"type": "object", "additionalProperties": {"enum": ["user", "operator", "specialist"]}},
    ]
}

Text = Annotated[str, ReadWith(_text, _TEXT_SCHEMA)]
Id = Annotated[str, ReadWith(read_id, _ID_SCHEMA)]
Call = Annotated[str, ReadWith(_call, {"type": "string"})]
Flag = Annotated[bool, ReadWith(_flag, {"type": "boolean"})]
Skills = Annotated[dict[str, Level], ReadWith(_skill_list, _SKILLS_SCHEMA)]
PersonId = Annotated[str, ReadWith(_person, _ID_SCHEMA)]
People = Annotated[tuple[str, ...], ReadWith(_people, _NAMES_SCHEMA)]
PeopleOrAll = Annotated[tuple[str, ...], ReadWith(_people_or_all, _NAMES_SCHEMA)]
Windows = Annotated[tuple[str, ...], ReadWith(_windows, _NAMES_SCHEMA)]
WindowsOrDuties = Annotated[tuple[str, ...], ReadWith(_windows_or_duties, _NAMES_SCHEMA)]
DutyId = Annotated[str, ReadWith(_duty, _ID_SCHEMA)]
Activities = Annotated[tuple[str, ...], ReadWith(activities, _NAMES_SCHEMA)]
RigId = Annotated[str, ReadWith(_rig, _ID_SCHEMA)]
