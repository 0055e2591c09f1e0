"""The faults of a file, each with its place, in the order of the file, one for each thing that is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError

from payload.errors import Fault, MissionError
from payload.scenario.scope import Scope, nearest
from payload.scenario.tree import Node, data, path_text, shown, written
from payload.scenario.values import KEY
from payload.scenario.words import read_id

Steps = tuple[str | int, ...]
S = TypeVar("S", bound=BaseModel)

#: what pydantic finds by itself, in the words of this house
_EXPECTED = {
    "model_type": "expected a mapping",
    "model_attributes_type": "expected a mapping",
    "dict_type": "expected a mapping",
    "list_type": "expected a list",
    "tuple_type": "expected a list",
    "too_short": "expected at least one entry",
    "string_type": "expected text",
    "int_type": "expected a whole number",
    "float_type": "expected a number",
    "bool_type": "expected true or false",
}


class Faults:
    """What is wrong so far. `muted` are places (file, line, column) of which enough has been said."""

    def __init__(self, root: Node, scope: Scope) -> None:
        self.root = root
        self.scope = scope
        self.found: list[Fault] = []
        self._empty: set[str] = set()  # paths of what has no value
        self._unknown: dict[Steps, list[str]] = {}  # mapping -> its unknown keys
        self._wanted: list[tuple[Fault, Steps, tuple[str, ...]]] = []  # told as this mapping has none of these keys
        self.muted: set[tuple[str, int, int]] = set()

    def add(
        self, steps: Steps, message: str, hint: str = "", *, key: bool = False, wanted: tuple[str, ...] = ()
    ) -> None:
        """A fault at the value that `steps` lead to from the top of the file (`key`: at its key).

        A value that is not there is told at the mapping that should have it. `wanted` are keys of which one should be
        in the mapping at `steps`: the fault is dropped where it has one of them, misspelt, which is told already.
        """
        node, parent = self.root, self.root
        there = 0
        for step in steps:
            below = node.at(step)
            if below is None:
                break
            node, parent, there = below, node, there + 1
        missing = there < len(steps)
        if key and not missing and isinstance(steps[-1], str):
            place = parent.key_place(steps[-1])
        else:
            place = (node.file, node.line, node.column)
        if place in self.muted:
            return
        value = "" if missing else str(steps[-1]) if key else written(node)
        told = isinstance(node.value, list) and ", not " in message
        if value and not key and not told and not isinstance(node.value, dict) and value not in message:
            message = f"{message}; got {value}"
        fault = Fault(*place, path_text(steps), message, value, hint)
        self.found.append(fault)
        if wanted:
            self._wanted.append((fault, steps, wanted))

    def missing(self, steps: Steps, message: str = "") -> None:
        """The fault of a key that is not there."""
        name = str(steps[-1])
        self.add(steps[:-1], message or f"{name!r} is missing", wanted=(name,))

    def read(self, shape: type[S], steps: Steps) -> S | None:
        """The entry that `steps` lead to, in this shape; None when anything in it is wrong."""
        node = self.root.at(*steps)
        assert node is not None
        try:
            return shape.model_validate(data(node), context=self.scope)
        except ValidationError as error:
            for told in error.errors(include_url=False):
                self._tell(shape, steps, dict(told))
            return None

    def _tell(self, shape: type[BaseModel], top: Steps, told: dict[str, Any]) -> None:
        loc: Steps = tuple(step for step in told["loc"] if not (isinstance(step, str) and step.startswith("|")))
        kind = told["type"]
        steps = (*top, *loc)
        if kind == "payload":
            end = f", not {shown(told['input'])}" if told["ctx"].get("show") else ""
            for message, hint, below in told["ctx"]["faults"]:
                self._tell_one((*steps, *below), message + end, hint)
        elif kind == "extra_forbidden":
            self.unknown_key(steps, _keys(shape, loc[:-1]))
        elif kind == "missing":
            self.missing(steps)
        else:
            expected = _EXPECTED.get(kind) or str(told["msg"])
            entry = "an empty list or mapping" if kind == "too_short" else shown(told["input"])
            self._tell_one(steps, f"{expected}, not {entry}")

    def _tell_one(self, steps: Steps, message: str, hint: str = "") -> None:
        if steps and steps[-1] == KEY:
            self.add(steps[:-1], message, hint, key=True)
        else:
            self.add(steps, message, hint)

    def nothing(self, steps: Steps = ()) -> None:
        """A fault for every key and entry without a value, and no more faults for what misses it."""
        node = self.root.at(*steps)
        value = node.value if node else None
        below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for step, child in below:
            here = (*steps, step)
            if child.value is None:
                self.add(here, "expected a value, not nothing", "leave the key out")
                self._empty.add(path_text(here))
                self.muted.add((child.file, child.line, child.column))
            elif isinstance(child.value, dict | list):
                self.nothing(here)

    def check_id(self, steps: Steps) -> None:
        """A fault where the key that names an entry of a mapping is no id."""
        try:
            read_id(steps[-1], self.scope)
        except PydanticCustomError as error:
            for message, hint, _ in (error.context or {})["faults"]:
                self.add(steps, message, hint, key=True)

    def unknown_key(self, steps: Steps, known: Iterable[str]) -> None:
        if path_text(steps) in self._empty:
            self.found = [fault for fault in self.found if fault.path != path_text(steps)]
        self._unknown.setdefault(steps[:-1], []).append(str(steps[-1]))
        self.add(steps, f"unknown key {steps[-1]!r}", nearest(str(steps[-1]), list(known)), key=True)

    def end(self) -> None:
        """Raises MissionError with all of them, if there are any: by file, line and column; one a place and message."""
        if self.found:
            seen: set[tuple[str, int, int, str]] = set()
            faults = []
            misspelt = {
                id(fault)
                for fault, steps, wanted in self._wanted
                if any(get_close_matches(key, wanted, n=1, cutoff=0.6) for key in self._unknown.get(steps, ()))
            }
            told = [fault for fault in self.found if id(fault) not in misspelt]
            for fault in sorted(told, key=lambda f: (f.file != self.root.file, f.file, f.line, f.column, f.path)):
                known = (fault.file, fault.line, fault.column, fault.message)
                if known not in seen:
                    seen.add(known)
                    faults.append(fault)
            raise MissionError(faults)


def _keys(shape: type[BaseModel], loc: Steps) -> list[str]:
    """The keys that the mapping at `loc` below this shape may have."""
    for step in loc:
        if isinstance(step, str):
            field = next((f for name, f in shape.model_fields.items() if step == (f.alias or name)), None)
            shape = (_shape_in(field.annotation) if field else None) or shape
    return [field.alias or name for name, field in shape.model_fields.items()]


def _shape_in(annotation: Any) -> type[BaseModel] | None:
    """The shape that an annotation holds somewhere inside; the last, where a list's entries have their own."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((shape for shape in map(_shape_in, get_args(annotation)) if shape), None)
