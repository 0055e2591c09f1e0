"""YAML files of the rigs: text to nodes that know their place. The only module of the room that imports yaml.

Types are told by YAML 1.2's core schema, so `on`, `off` and `no` are words. Everything that is wrong is told at once,
as `file:line:column: key: what`, by one MissionError.

    top = read_yaml(path)                     # a Section
    name = top.word("name")                   # "" where it is missing or wrong: a fault has been noted
    for item in top.sections("things"): ...
    top.end()                                 # raises MissionError if anything was wrong, unknown keys too
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from payload.errors import Fault, MissionError
from payload.met import parse_duration

MAX_BYTES = 1 << 18
MAX_DEPTH = 16

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WHOLE = re.compile(r"[-+]?[0-9]{1,30}")
_DECIMAL = re.compile(r"[-+]?(\.[0-9]{1,30}|[0-9]{1,30}(\.[0-9]{0,30})?)([eE][-+]?[0-9]{1,2})?")
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}

Scalar = int | Decimal | bool | str | None


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a file. `line` and `column` count from 1; `path` is the key path, as in `commands[0].name`."""

    file: str
    line: int
    column: int
    path: str
    value: Scalar | dict[str, Node] | list[Node]

    def fault(self, message: str, hint: str = "") -> Fault:
        shown = "" if isinstance(self.value, (dict, list)) else str(self.value)
        return Fault(self.file, self.line, self.column, self.path, message, shown, hint)

    @property
    def shown(self) -> str:
        if isinstance(self.value, (dict, list)):
            return "a mapping" if isinstance(self.value, dict) else "a list"
        return "nothing" if self.value is None else repr(self.value) if isinstance(self.value, str) else str(self.value)


@dataclass(slots=True)
class Section:
    """A mapping that is being read, key by key. What is wrong is noted in `faults`, which sections of a file share, and
    a harmless value is given back, so that the reading goes on."""

    node: Node
    faults: list[Fault]
    _asked: set[str] = field(default_factory=set)

    @property
    def _keys(self) -> dict[str, Node]:
        return self.node.value if isinstance(self.node.value, dict) else {}

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    def get(self, key: str) -> Node | None:
        """The node as it stands; None where there is none."""
        self._asked.add(key)
        return self._keys.get(key)

    def note(self, key: str, message: str, hint: str = "") -> None:
        """Something is wrong with this key, or with the whole section where it does not have it."""
        self.faults.append(self._keys.get(key, self.node).fault(message, hint))

    def _expected(self, key: str, expected: str, required: bool) -> None:
        node = self._keys.get(key)
        if node is not None:
            self.faults.append(node.fault(f"expected {expected}, not {node.shown}"))
        elif required:
            self.note(key, f"{key} is missing", f"expected {expected}")

    def word(self, key: str, default: str | None = None, pattern: str = r".+", expected: str = "a word") -> str:
        node = self.get(key)
        if node is not None and isinstance(node.value, str) and re.fullmatch(pattern, node.value, re.DOTALL):
            return node.value
        self._expected(key, expected, default is None)
        return default or ""

    def whole(self, key: str, low: int, high: int, default: int | None = None, what: str = "a whole number") -> int:
        """From `low` to `high`, closed."""
        node = self.get(key)
        value = node.value if node is not None else None
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        self._expected(key, f"{what} from {low} to {high}", default is None)
        return low if default is None else default

    def decimal(self, key: str, low: str, high: str, default: str | None = None) -> Decimal:
        """From `low` to `high`, closed."""
        node = self.get(key)
        value = node.value if node is not None else None
        if isinstance(value, (int, Decimal)) and not isinstance(value, bool) and Decimal(low) <= value <= Decimal(high):
            return Decimal(value)
        self._expected(key, f"a number from {low} to {high}", default is None)
        return Decimal(low if default is None else default)

    def length_ms(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """A length of time, written as `90 s` or as whole ms; from `low` to `high` ms, closed."""
        node = self.get(key)
        value = node.value if node is not None else None
        if isinstance(value, str):
            try:
                value = parse_duration(value)
            except ValueError:
                value = None
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        self._expected(key, f"a length of time from {low} ms to {high} ms, such as '90 s'", default is None)
        return low if default is None else default

    def flag(self, key: str, default: bool = False) -> bool:
        node = self.get(key)
        if node is not None and isinstance(node.value, bool):
            return node.value
        self._expected(key, "true or false", False)
        return default

    def words(self, key: str, known: Collection[str], default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of words out of `known`, none twice."""
        node = self.get(key)
        if node is None or not isinstance(node.value, list):
            self._expected(key, f"a list of {', '.join(known)}", default is None)
            return default or ()
        found: list[str] = []
        for item in node.value:
            if not isinstance(item.value, str) or item.value not in known:
                self.faults.append(item.fault(f"expected one of {', '.join(known) or 'none'}, not {item.shown}"))
            elif item.value in found:
                self.faults.append(item.fault(f"{item.value} stands here twice"))
            else:
                found.append(item.value)
        return tuple(found)

    def section(self, key: str) -> Section | None:
        node = self.get(key)
        if node is None or isinstance(node.value, dict):
            return None if node is None else Section(node, self.faults)
        self._expected(key, "a mapping", False)
        return None

    def sections(self, key: str, required: bool = False) -> Iterator[Section]:
        """The mappings of a list."""
        node = self.get(key)
        if node is None or not isinstance(node.value, list):
            self._expected(key, "a list", required)
            return
        for item in node.value:
            if isinstance(item.value, dict):
                yield Section(item, self.faults)
            else:
                self.faults.append(item.fault(f"expected a mapping, not {item.shown}"))

    def items(self) -> Iterator[tuple[str, Node]]:
        """All keys, for a section whose keys are names; each counts as asked for."""
        self._asked.update(self._keys)
        yield from self._keys.items()

    def names(self) -> list[str]:
        return [name for name, _ in self.items()]

    def close(self) -> None:
        """Notes the keys that nobody asked for."""
        for key, node in self._keys.items():
            if key not in self._asked:
                near = get_close_matches(key, self._asked, 1)
                hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(sorted(self._asked))}"
                self.faults.append(node.fault("unknown key", hint))

    def end(self) -> None:
        """`close`, and the end of the file: raises MissionError if anything was noted, in the file's order."""
        self.close()
        if self.faults:
            raise MissionError(sorted(self.faults, key=lambda fault: (fault.line, fault.column)))


def read_yaml(path: Path) -> Section:
    """The mapping that a file holds. Raises MissionError for what cannot be read: no file, no YAML, no mapping, a key
    twice, anchors, tags, several documents."""
    name = str(path)
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise MissionError([Fault(name, 0, 0, "", f"cannot be read: {error.strerror or error}")]) from None
    if len(raw) > MAX_BYTES:
        raise MissionError([Fault(name, 0, 0, "", f"the file is larger than {MAX_BYTES} bytes")])
    return read_text(raw, name)


def read_text(raw: bytes, name: str) -> Section:
    """The same, of bytes at hand."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise MissionError([Fault(name, line, 1, "", "not UTF-8 text", hint="save the file as UTF-8")]) from None
    faults: list[Fault] = []
    try:
        top = _compose(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise MissionError([Fault(name, *place, "", f"not YAML: {error.problem or error.context}")]) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        place = _unprintable(text) if isinstance(error, yaml.reader.ReaderError) else (0, 0)
        raise MissionError([Fault(name, *place, "", f"not YAML: {str(error).splitlines()[0]}")]) from None
    if not isinstance(top, yaml.MappingNode):
        raise MissionError([Fault(name, 1, 1, "", "expected a mapping, such as 'kind: oven'")])
    node = _node(top, name, "", 0, faults)
    if faults:
        raise MissionError(faults)
    return Section(node, faults)


def _unprintable(text: str) -> tuple[int, int]:
    """Line and column of the first character that YAML does not take; (0, 0) where there is none."""
    found = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if found is None:
        return 0, 0
    return text.count("\n", 0, found.start()) + 1, found.start() - text.rfind("\n", 0, found.start())


def _compose(text: str) -> yaml.Node | None:
    """The one document, without anchors, which a description does not need and a bomb does."""
    depth = 0
    for event in yaml.parse(text, _LOADER):
        wrong = ""
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            wrong = "anchors and aliases are not for this file"
        elif getattr(event, "tag", None):
            wrong = "tags are not for this file"
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            wrong = f"deeper than {MAX_DEPTH} levels" if depth > MAX_DEPTH else ""
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if wrong:
            mark: Any = event.start_mark  # libyaml's marks have the face of the others, not their class
            raise yaml.MarkedYAMLError(problem=wrong, problem_mark=mark)
    return yaml.compose(text, _LOADER)


def _node(made: yaml.Node, name: str, path: str, depth: int, faults: list[Fault]) -> Node:
    line, column = made.start_mark.line + 1, made.start_mark.column + 1
    value: Scalar | dict[str, Node] | list[Node]
    if isinstance(made, yaml.ScalarNode):
        value = made.value if made.style else _scalar(made.value)
    elif isinstance(made, yaml.SequenceNode):
        value = [_node(item, name, f"{path}[{i}]", depth + 1, faults) for i, item in enumerate(made.value)]
    else:
        value = {}
        for key, item in made.value:
            place = name, key.start_mark.line + 1, key.start_mark.column + 1, path
            if not isinstance(key, yaml.ScalarNode):
                faults.append(Fault(*place, "a key is a word"))
            elif key.value in value:
                faults.append(Fault(*place, f"{key.value} stands here twice"))
            else:
                below = f"{path}.{key.value}" if path else key.value
                value[key.value] = _node(item, name, below, depth + 1, faults)
    return Node(name, line, column, path, value)


def _scalar(text: str) -> Scalar:
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    return Decimal(text) if _DECIMAL.fullmatch(text) else text


@cache
def shipped_files() -> tuple[tuple[str, bytes], ...]:
    """The description files that come with the program: their names and bytes, sorted by name."""
    folder = files("payload.rigs") / "kinds"
    found = [(item.name, item.read_bytes()) for item in folder.iterdir() if item.name.endswith(".yaml")]
    return tuple(sorted(found))
