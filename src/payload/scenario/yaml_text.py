"""YAML text to a tree of nodes: YAML 1.2's core schema, strict, and bounded.

The only place of the house that imports yaml. libyaml's composer is used where PyYAML was built with it. Types are
told by the regular expressions of YAML 1.2.2, chapter 10.3 (https://yaml.org/spec/1.2.2/#103-core-schema), so `no`,
`on`, `21:30` and dates stay text.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from payload.errors import Fault, MissionError
from payload.scenario.tree import Node, Scalar, WrittenFloat, fail

MAX_BYTES = 5_000_000
MAX_DEPTH = 64
MAX_NODES = 2_000_000  # after aliases are expanded

_FLOOR: Any = getattr(yaml, "CLoader", yaml.SafeLoader)
_PLAIN, _QUOTED = "plain", "quoted"
_INT = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o([0-7]+)")
_HEX = re.compile(r"0x([0-9a-fA-F]+)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?([0-9]+))?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_TAGS = {f"tag:yaml.org,2002:{kind}": kind for kind in ("str", "int", "float", "bool", "null", "seq", "map")}
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MOST_DIGITS = 30


class _TooDeep(Exception):
    pass


class _Loader(_FLOOR):  # type: ignore[misc]  # one of two classes, known at import
    """Composes only: tags are told apart here, values are made in `_Reader`."""

    depth = 0

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        if kind is yaml.ScalarNode:
            return _PLAIN if implicit[0] else _QUOTED
        return _PLAIN

    def descend_resolver(self, parent: Any, index: Any) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _TooDeep(parent.start_mark if parent else None)

    def ascend_resolver(self) -> None:
        self.depth -= 1


def load_bytes(path: Path, name: str, limit: int = MAX_BYTES) -> bytes:
    """The file's bytes. Raises MissionError when it cannot be read or is larger than `limit`."""
    try:
        with path.open("rb") as file:
            raw = file.read(limit + 1)
    except OSError as error:
        raise fail(name, 0, 0, f"cannot be read: {error.strerror or error}") from None
    if len(raw) > limit:
        raise fail(name, 0, 0, f"the file is larger than {limit // 1_000_000} MB")
    return raw


def decode(raw: bytes, name: str) -> str:
    """UTF-8 text, with or without a byte-order mark, of printable characters."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        raise fail(
            name, line, column, f"not UTF-8 text: byte 0x{raw[error.start]:02X}", "save the file as UTF-8"
        ) from None
    wrong = _UNPRINTABLE.search(text)
    if wrong:
        raise fail(name, *place_of(text, wrong.start()), f"a character that text cannot hold: U+{ord(wrong[0]):04X}")
    return text


def place_of(text: str, offset: int) -> tuple[int, int]:
    """Line and column, from 1, of a character's offset."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


@dataclass(slots=True)
class Reading:
    """A file's tree, and what was wrong with it as YAML without making the rest unreadable.

    `muted` are places (file, line, column) of which nothing more is to be said: a fault already stands there.
    `variant`: it extends another mission, which is already in the tree.
    """

    node: Node
    faults: list[Fault]
    muted: set[tuple[str, int, int]]
    variant: bool = False


def read_yaml(raw: bytes, name: str) -> Reading:
    """The tree of one YAML document. Raises MissionError for text that is no YAML, and for what is too deep or too
    large; duplicate keys, merge keys, numbers out of range and foreign tags are faults of the reading."""
    text = decode(raw, name)
    loader = None
    try:
        loader = _Loader(text)
        top = loader.get_single_node()
    except _TooDeep as error:
        mark = error.args[0]
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise fail(name, line, column, f"nested deeper than {MAX_DEPTH} levels") from None
    except RecursionError:
        raise fail(name, 0, 0, f"nested deeper than {MAX_DEPTH} levels") from None
    except yaml.MarkedYAMLError as error:
        raise _syntax(error, text, name) from None
    except (yaml.YAMLError, ValueError) as error:
        raise fail(name, 0, 0, f"not YAML: {str(error).splitlines()[0]}") from None
    finally:
        if loader is not None:
            loader.dispose()
    if top is None:
        raise fail(name, 1, 1, "the file is empty", "a mission starts with 'payload: 1'")
    reader = _Reader(name)
    node = reader.node(top, "")
    if reader.unusable:
        raise MissionError(reader.faults)
    return Reading(node, reader.faults, reader.muted)


def _syntax(error: yaml.MarkedYAMLError, text: str, name: str) -> MissionError:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    lines = text.split("\n")
    here = lines[line - 1] if 0 < line <= len(lines) else ""
    if "another document" in (error.problem or ""):
        return fail(name, line, column, "a second document starts here", "one file holds one document")
    if "\t" in here[: len(here) - len(here.lstrip())]:
        return fail(name, line, here.index("\t") + 1, "a tab is used for indentation", "indent with spaces")
    problem = (error.problem or "unreadable").replace("but found", "found")
    if error.context:
        since = error.context_mark.line + 1 if error.context_mark else line
        problem = f"{error.context}{f' that starts at line {since}' if since != line else ''}: {problem}"
    return fail(name, line, column, f"not YAML: {problem}")


class _Reader:
    """Makes nodes of what the composer found; each composed node once, however many aliases name it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.faults: list[Fault] = []
        self.muted: set[tuple[str, int, int]] = set()
        self.unusable = False
        self._made: dict[int, tuple[Node, int, int]] = {}  # composed node -> node, expanded size, depth
        self._open: set[int] = set()

    def node(self, top: yaml.Node, path: str) -> Node:
        node, size, _ = self._make(top, path)
        if size > MAX_NODES:
            self.unusable = True
            self._fault(node.line, node.column, path, f"more than {MAX_NODES:,} values once its aliases are expanded")
        return node

    def _fault(self, line: int, column: int, path: str, message: str, hint: str = "", value: str = "") -> None:
        self.faults.append(Fault(self.name, line, column, path, message, value, hint))
        self.muted.add((self.name, line, column))

    def _make(self, raw: yaml.Node, path: str) -> tuple[Node, int, int]:
        key = id(raw)
        made = self._made.get(key)
        if made is not None:
            return made
        line, column = raw.start_mark.line + 1, raw.start_mark.column + 1
        if key in self._open:
            self.unusable = True
            self._fault(line, column, path, "an alias stands inside what it names")
            return Node(None, self.name, line, column), 1, 1
        node = Node(None, self.name, line, column)
        size, depth = 1, 1
        if isinstance(raw, yaml.ScalarNode):
            node.value, node.text = self._scalar(raw, path, line, column), raw.value
        else:
            self._tag(raw, path, line, column, "map" if isinstance(raw, yaml.MappingNode) else "seq")
            self._open.add(key)
            if isinstance(raw, yaml.MappingNode):
                size, depth = self._mapping(node, raw, path)
            else:
                entries: list[Node] = []
                for index, child in enumerate(raw.value):
                    entry, below, deep = self._make(child, f"{path}[{index}]")
                    entries.append(entry)
                    size, depth = size + below, max(depth, deep + 1)
                node.value = entries
            self._open.discard(key)
            if depth > MAX_DEPTH:
                self.unusable = True
                self._fault(line, column, path, f"nested deeper than {MAX_DEPTH} levels once its aliases are expanded")
                depth = 1
        self._made[key] = (node, size, depth)
        return self._made[key]

    def _mapping(self, node: Node, raw: yaml.MappingNode, path: str) -> tuple[int, int]:
        entries: dict[str, Node] = {}
        node.value, node.keys = entries, {}
        size, depth = 1, 1
        for key, child in raw.value:
            line, column = key.start_mark.line + 1, key.start_mark.column + 1
            if not isinstance(key, yaml.ScalarNode):
                self._fault(line, column, path, "a key is text, not a list or a mapping")
                continue
            name = key.value
            here = f"{path}.{name}" if path else name
            if key.tag == _PLAIN and name == "<<":
                self._fault(line, column, here, "merge keys are not read", "write the keys out")
                self.muted.add((self.name, node.line, node.column))
                continue
            if name in entries:
                first = node.keys[name]
                self._fault(line, column, here, f"duplicate key {name!r}", f"it first stands at line {first[1]}", name)
                continue
            entry, below, deep = self._make(child, here)
            entries[name] = entry
            node.keys[name] = (self.name, line, column)
            size, depth = size + below, max(depth, deep + 1)
        return size, depth

    def _tag(self, raw: yaml.Node, path: str, line: int, column: int, kind: str) -> None:
        if raw.tag != _PLAIN and _TAGS.get(raw.tag) != kind:
            self._fault(line, column, path, f"the tag {raw.tag!r} does not fit here", "leave the tag out", raw.tag)

    def _scalar(self, raw: yaml.ScalarNode, path: str, line: int, column: int) -> Scalar:
        tag, text = raw.tag, raw.value
        if tag == _QUOTED:
            return str(text)
        if tag == _PLAIN:
            return self._plain(text, path, line, column)
        kind = _TAGS.get(tag)
        if kind == "str":
            return str(text)
        value = None if kind is None else self._plain(text, path, line, column)
        fits: Any = {"int": int, "float": (int, float), "bool": bool, "null": type(None)}.get(kind or "")
        if fits is None or not isinstance(value, fits) or (kind != "bool" and isinstance(value, bool)):
            self._fault(line, column, path, f"the tag {tag!r} does not fit {text!r}", "leave the tag out", text)
            return None
        return cast(Scalar, value)

    def _plain(self, text: str, path: str, line: int, column: int) -> Scalar:
        if text in _WORDS:
            return _WORDS[text]
        if text[0] not in "+-.0123456789":
            return str(text)
        if len(text) > _MOST_DIGITS and (_INT.fullmatch(text) or _FLOAT.fullmatch(text) or text[:2] in ("0o", "0x")):
            self._fault(line, column, path, f"a number of more than {_MOST_DIGITS} characters", value=text[:60])
            return None
        if _INT.fullmatch(text):
            return int(text)
        if match := _OCTAL.fullmatch(text):
            return int(match[1], 8)
        if match := _HEX.fullmatch(text):
            return int(match[1], 16)
        number = _FLOAT.fullmatch(text)
        if _NOT_FINITE.fullmatch(text) or (number and not math.isfinite(float(text))):
            self._fault(line, column, path, f"expected a finite number, not {text}", value=text)
            return None
        if number and len(number[4] or "") > 3:
            self._fault(line, column, path, f"the exponent of {text} is out of range", value=text)
            return None
        return WrittenFloat(text) if number else str(text)
