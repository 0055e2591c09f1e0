"""A file as read: values, and where each of them stands.

A `Node` is one value of a YAML or JSON file with its place and its text. Everything else in this room works on these
trees, so that every message can say where; `data` makes plain Python values of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from payload.errors import Fault, MissionError
from payload.model import Mark


class WrittenFloat(float):
    """A number with a point or an exponent that still knows how it was written: `10.125` is exact in `exact`."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> WrittenFloat:
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __reduce__(self) -> tuple[type[WrittenFloat], tuple[str]]:
        return WrittenFloat, (self.text,)

    @property
    def exact(self) -> Fraction:
        return Fraction(self.text)


Scalar = str | int | float | bool | None


@dataclass(slots=True, eq=False)
class Node:
    """One value: a scalar, a list of nodes, or a mapping of nodes.

    `line` and `column` count from 1 and are those of the value; `keys` holds for a mapping where each key stands.
    """

    value: Scalar | list[Node] | dict[str, Node]
    file: str
    line: int
    column: int
    text: str = ""
    keys: dict[str, tuple[str, int, int]] | None = None

    @property
    def kind(self) -> str:
        """What a person would call it."""
        if isinstance(self.value, dict):
            return "a mapping"
        if isinstance(self.value, list):
            return "a list"
        return "nothing" if self.value is None else "a value"

    def at(self, *steps: str | int) -> Node | None:
        """The node below, by keys and indices, or None."""
        node: Node | None = self
        for step in steps:
            value = node.value if node else None
            if isinstance(value, dict) and isinstance(step, str):
                node = value.get(step)
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                node = value[step]
            else:
                return None
        return node

    def key_place(self, key: str) -> tuple[str, int, int]:
        """File, line and column of one of a mapping's keys; of the mapping where the key is not its own."""
        return (self.keys or {}).get(key, (self.file, self.line, self.column))


def data(node: Node) -> Any:
    """The node as plain values: dict, list, str, int, float (`WrittenFloat`), bool, None. Shared nodes stay shared."""
    seen: dict[int, Any] = {}

    def plain(node: Node) -> Any:
        value = node.value
        if isinstance(value, dict):
            known = seen.get(id(node))
            if known is None:
                known = seen[id(node)] = {key: plain(child) for key, child in value.items()}
            return known
        if isinstance(value, list):
            known = seen.get(id(node))
            if known is None:
                known = seen[id(node)] = [plain(child) for child in value]
            return known
        return value

    return plain(node)


def path_text(steps: tuple[str | int, ...]) -> str:
    """`("experiments", 2, "value")` as `experiments[2].value`."""
    text = ""
    for step in steps:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{_printable(step)}" if text else _printable(step)
    return text


def _printable(text: str) -> str:
    """On one line, and nothing in it that a terminal would obey."""
    return text if text.isprintable() else text.encode("unicode_escape", "backslashreplace").decode("ascii")


def shown(value: object) -> str:
    """A value as a message names it: short, quoted where it is text."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case WrittenFloat():
            return value.text
        case str():
            return repr(value if len(value) <= 60 else value[:57] + "...")
        case dict():
            return "a mapping"
        case list() | tuple():
            return "a list"
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def written(node: Node) -> str:
    """What stands there, for `Fault.value`: a scalar as written, a collection in flow style, cut at 80 characters."""
    parts: list[str] = []

    def write(node: Node) -> None:
        if sum(map(len, parts)) > 80:
            return
        if isinstance(node.value, dict):
            parts.append("{")
            for n, (key, child) in enumerate(node.value.items()):
                parts.append(f"{', ' if n else ''}{_printable(key)}: ")
                write(child)
            parts.append("}")
        elif isinstance(node.value, list):
            parts.append("[")
            for n, child in enumerate(node.value):
                parts.append(", " if n else "")
                write(child)
            parts.append("]")
        else:
            parts.append(_printable(node.text))

    write(node)
    text = "".join(parts)
    return text if len(text) <= 80 else text[:77] + "..."


def fail(
    file: str, line: int, column: int, message: str, hint: str = "", value: str = "", path: str = ""
) -> MissionError:
    """One fault, as the error to raise: for what makes the rest of the file unreadable."""
    return MissionError([Fault(file, line, column, path, message, value, hint)])


class Marks(Mapping[str, Mark]):
    """Where every key path stands, found when asked for.

    Knows both forms of a path: by index (`experiments[2].sessions[0].days`) and, wherever a list's entry has an id, by
    id (`experiments[seeds].sessions[sow].days`). A mapping's entry stands where its key stands.
    """

    def __init__(self, root: Node) -> None:
        self._root = root
        self._ids: dict[int, dict[str, int]] = {}

    def __reduce__(self) -> tuple[type[Marks], tuple[Node]]:
        return Marks, (self._root,)

    def __getitem__(self, path: str) -> Mark:
        node, place = self._root, (self._root.file, self._root.line, self._root.column)
        for step in _steps(path):
            value = node.value
            if isinstance(value, dict) and step in value:
                place, node = node.key_place(step), value[step]
            elif isinstance(value, list):
                index = self._index(node, value, step)
                if index is None:
                    raise KeyError(path)
                node = value[index]
                place = (node.file, node.line, node.column)
            else:
                raise KeyError(path)
        return Mark(*place)

    def _index(self, node: Node, entries: list[Node], step: str) -> int | None:
        ids = self._ids.get(id(node))
        if ids is None:
            ids = self._ids[id(node)] = {}
            for index, entry in enumerate(entries):
                named = entry.at("id")
                if named and isinstance(named.value, str):
                    ids.setdefault(named.value, index)
        if step in ids:
            return ids[step]
        return int(step) if step.isascii() and step.isdigit() and int(step) < len(entries) else None

    def __iter__(self) -> Iterator[str]:
        def below(node: Node, names: tuple[str, ...]) -> Iterator[str]:
            if isinstance(node.value, dict):
                for key, child in node.value.items():
                    paths = tuple(f"{name}.{key}" if name else key for name in names)
                    yield from paths
                    yield from below(child, paths)
            elif isinstance(node.value, list):
                for index, child in enumerate(node.value):
                    named = child.at("id")
                    ends = [f"[{index}]"] + ([f"[{named.value}]"] if named and isinstance(named.value, str) else [])
                    paths = tuple(dict.fromkeys(name + end for name in names for end in ends))
                    yield from paths
                    yield from below(child, paths)

        yield from below(self._root, ("",))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _steps(path: str) -> list[str]:
    return [step for step in path.replace("]", "").replace("[", ".").split(".") if step]
