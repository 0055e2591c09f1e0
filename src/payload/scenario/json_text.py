"""JSON text to plain values, quickly; and to a tree of nodes, when something must be said about a place in it."""

from __future__ import annotations

import json
import re
from typing import Any

from payload.errors import MissionError
from payload.scenario.tree import Node, Scalar, WrittenFloat, fail
from payload.scenario.yaml_text import MAX_DEPTH, decode, place_of

_string = json.decoder.scanstring  # type: ignore[attr-defined]  # documented by its use in JSONDecoder only
_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_WORDS: dict[str, Scalar] = {"true": True, "false": False, "null": None}
_MOST_DIGITS = 30


class _Refused(ValueError):
    """Valid for `json`, not for us; the tree says where."""


def load_json(raw: bytes, name: str) -> Any:
    """The plain values of a JSON text; numbers with a point or exponent are `WrittenFloat`.

    Raises MissionError for text that is no JSON, for duplicate keys, and for numbers that are out of range.
    """
    text = decode(raw, name)
    try:
        return json.loads(text, object_pairs_hook=_object, parse_float=_float, parse_int=_int, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        if not text.strip():
            raise fail(name, 1, 1, "the file is empty") from None
        raise fail(name, error.lineno, error.colno, f"not JSON: {error.msg}") from None
    except RecursionError:
        raise fail(name, 0, 0, f"nested deeper than {MAX_DEPTH} levels") from None
    except _Refused as refused:
        json_tree(raw, name)
        raise fail(name, 0, 0, str(refused)) from None  # not reached: the tree refuses the same


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Refused("duplicate keys")
    return made


def _float(text: str) -> WrittenFloat:
    if not _fits(text):
        raise _Refused(f"a number out of range: {text[:60]}")
    return WrittenFloat(text)


def _int(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise _Refused(f"a number out of range: {text[:60]}")
    return int(text)


def _refuse(text: str) -> Any:
    raise _Refused(f"expected a finite number, not {text}")


def _fits(text: str) -> bool:
    exponent = re.split("[eE]", text)[1:]
    return len(text) <= _MOST_DIGITS and (not exponent or len(exponent[0].lstrip("+-")) <= 2)


def json_tree(raw: bytes, name: str) -> Node:
    """The tree of a JSON text that `json` accepts. Raises MissionError, with the place, where `load_json` refuses."""
    return _Scanner(decode(raw, name), name).top()


class _Scanner:
    def __init__(self, text: str, name: str) -> None:
        self.text, self.name = text, name
        self.line, self.start = 1, 0  # of the line that holds the last place asked for

    def top(self) -> Node:
        return self.value(self.space(0), 0)[0]

    def space(self, at: int) -> int:
        match = _SPACE.match(self.text, at)
        return match.end() if match else at

    def place(self, at: int) -> tuple[int, int]:
        """Line and column from 1; asked for in ascending order, so that the text is counted once."""
        if at < self.start:
            return place_of(self.text, at)
        self.line += self.text.count("\n", self.start, at)
        self.start = max(self.start, self.text.rfind("\n", 0, at) + 1)
        return self.line, at - self.start + 1

    def refuse(self, at: int, message: str, hint: str = "") -> MissionError:
        return fail(self.name, *self.place(at), message, hint)

    def value(self, at: int, depth: int) -> tuple[Node, int]:
        """The value that starts at `at`, and where it ends."""
        if depth > MAX_DEPTH:
            raise self.refuse(at, f"nested deeper than {MAX_DEPTH} levels")
        line, column = self.place(at)
        node = Node(None, self.name, line, column)
        start = self.text[at]
        if start == "{":
            return node, self.mapping(node, at, depth)
        if start == "[":
            return node, self.entries(node, at, depth)
        if start == '"':
            node.value, end = _string(self.text, at + 1, True)
            node.text = str(node.value)
            return node, end
        for word, value in _WORDS.items():
            if self.text.startswith(word, at):
                node.value, node.text = value, word
                return node, at + len(word)
        match = _NUMBER.match(self.text, at)
        if match is None:
            raise self.refuse(at, f"expected a finite number, not {self.text[at : at + 9].split(',')[0].strip()}")
        node.text = match[0]
        if not _fits(match[0]):
            raise self.refuse(at, f"a number out of range: {match[0][:60]}")
        node.value = WrittenFloat(match[0]) if match[1] or match[2] else int(match[0])
        return node, match.end()

    def mapping(self, node: Node, at: int, depth: int) -> int:
        entries: dict[str, Node] = {}
        node.value, node.keys = entries, {}
        at = self.space(at + 1)
        while self.text[at] != "}":
            key, end = _string(self.text, at + 1, True)
            if key in entries:
                raise self.refuse(at, f"duplicate key {key!r}", f"it first stands at line {node.keys[key][1]}")
            node.keys[key] = (self.name, *self.place(at))
            entries[key], at = self.value(self.space(self.space(end) + 1), depth + 1)
            at = self.next(at)
        return at + 1

    def entries(self, node: Node, at: int, depth: int) -> int:
        entries: list[Node] = []
        node.value = entries
        at = self.space(at + 1)
        while self.text[at] != "]":
            entry, at = self.value(at, depth + 1)
            entries.append(entry)
            at = self.next(at)
        return at + 1

    def next(self, at: int) -> int:
        """Past a comma, if there is one, to the next entry or the closing bracket."""
        at = self.space(at)
        return self.space(at + 1) if self.text[at] == "," else at
