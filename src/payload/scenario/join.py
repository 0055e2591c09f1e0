"""Several files as one mission: `include` joins, `extends` overlays.

*Include*: each entry is a path or a pattern (`experiments/*.yaml`), relative to the mission's folder; links are
resolved first and nothing outside that folder is read. The files are joined in path order, after the mission's own
entries: lists and mappings join, a key or an id that stands twice is an error. An included file holds sections of a
mission (crew, resources, ...), and includes and extends nothing itself.

*Extends*: the base is a shipped mission (`builtin:NAME`) or a file of the folder, itself read with its includes and its
own base. `drop` takes entries out of the base, by id: of crew, resources, windows, routine, rules, experiments, locks
and rigs, `experiment/session` for one session; wherever several entries have this id, all of them. Then the variant is
laid over it: entries of the same id (or, in a mapping, the same key) merge key by key, sessions within an experiment
too; any other value replaces the base's as a whole; `null` takes a key out; new entries are added at the end.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from payload import missions
from payload.errors import Fault, MissionError
from payload.scenario.names import SECTIONS
from payload.scenario.scope import nearest
from payload.scenario.tree import Node
from payload.scenario.yaml_text import Reading, load_bytes, read_yaml

BUILTIN = "builtin:"
#: mappings whose entries are entries of the mission, by the path to them
_NAMED = {("resources",), ("environment", "windows"), ("rigs",), ("shares",)}
#: mappings that are parts of the file and merge key by key
_BLOCKS = {(), ("mission",), ("environment",)}
_MOST_BASES = 8


def load(path: Path) -> Reading:
    """The mission in `path` (a file, or a folder that holds mission.yaml) with its includes and bases, as one tree
    without `include`, `extends` and `drop`. Raises MissionError; faults that leave the tree readable come with it."""
    file = path / "mission.yaml" if path.is_dir() else path
    return _load(file, ())


def _load(file: Path, bases: tuple[Path, ...]) -> Reading:
    name = str(file)
    reading = read_yaml(load_bytes(file, name), name)
    top = reading.node
    if not isinstance(top.value, dict):
        fault = Fault(
            name, top.line, top.column, "", f"expected a mapping with 'payload', 'mission', ..., not {top.kind}"
        )
        raise MissionError([*reading.faults, fault])
    folder = _real(file).parent
    for included in _included(top, folder, file, reading):
        _join(top, included, reading)
    base = _base(top, folder, reading, (*bases, _real(file)))
    drop = top.value.pop("drop", None)
    if base is not None:
        _take_out(base, drop, reading)
        _lay_over(base, top, ())
        reading.node = base
    elif "extends" in top.value:
        raise MissionError(reading.faults)  # without its base, all that names something in it would seem wrong
    elif drop is not None:
        _fault(reading, drop, "drop", "'drop' needs 'extends'")
    reading.variant = "extends" in top.value
    for key in ("include", "extends"):
        top.value.pop(key, None)
    return reading


def _fault(reading: Reading, node: Node, path: str, message: str, hint: str = "") -> None:
    reading.faults.append(Fault(node.file, node.line, node.column, path, message, node.text, hint))


# -- include -----------------------------------------------------------------------------------------------------------


def _included(top: Node, folder: Path, mission: Path, reading: Reading) -> list[Node]:
    """The trees of the included files, in path order. Raises MissionError when one of them cannot be read: all that
    names something in it would seem wrong."""
    before = len(reading.faults)
    files_: set[Path] = set()
    for entry, path in _texts(top.at("include"), "include", reading, "a path, or a list of paths"):
        files_ |= _matches(entry, path, folder, mission, reading)
    absent = len(reading.faults) > before
    named = ((file, str(mission.parent / file.relative_to(folder))) for file in sorted(files_))
    trees = [tree for file, name in named if (tree := _part(file, name, reading))]
    if absent or len(trees) < len(files_):
        raise MissionError(reading.faults)
    return trees


def _matches(entry: Node, path: str, folder: Path, mission: Path, reading: Reading) -> set[Path]:
    """The files that one entry of `include` means."""
    pattern = str(entry.value)
    normal = os.path.normpath(pattern)
    if normal.split("/")[0] == "..":  # not even looked for: a pattern would have all of the disk searched
        _fault(reading, entry, path, f"{pattern!r} lies outside the mission's folder")
        return set()
    found = _found(folder, normal)
    if Path(pattern).is_absolute() or not found:
        _fault(reading, entry, path, f"no file {pattern!r} in the mission's folder")
    for file in sorted(found):
        if not file.is_relative_to(folder):
            _fault(reading, entry, path, f"{pattern!r} lies outside the mission's folder")
        elif not file.is_file():
            _fault(reading, entry, path, f"{pattern!r} is not a file")
        elif file == _real(mission):
            _fault(reading, entry, path, f"{pattern!r} is this file itself")
        else:
            continue
        return set()
    return set() if Path(pattern).is_absolute() else found


def _found(folder: Path, pattern: str) -> set[Path]:
    """What a relative pattern matches below the folder, links resolved. `**` goes through no linked folder, which may
    lead round and round; wildcards pass hidden names over."""
    try:
        matches = [match.relative_to(folder) for match in folder.glob(pattern)]
    except (OSError, ValueError, IndexError, NotImplementedError):  # IndexError: '.' or nothing
        return set()
    hidden = any(part.startswith(".") for part in Path(pattern).parts)
    return {_real(folder / one) for one in matches if hidden or not any(part.startswith(".") for part in one.parts)}


def _real(path: Path) -> Path:
    """The path with its links resolved; of links that lead in a circle, as far as that goes (`resolve` raises)."""
    return Path(os.path.realpath(path))


def _part(file: Path, name: str, reading: Reading) -> Node | None:
    """The tree of one included file."""
    try:
        inner = read_yaml(load_bytes(file, name), name)
    except MissionError as error:
        reading.faults += error.faults
        return None
    reading.faults += inner.faults
    reading.muted |= inner.muted
    if not isinstance(inner.node.value, dict):
        _fault(reading, inner.node, "", f"expected a mapping with sections of a mission, not {inner.node.kind}")
        return None
    for key in ("include", "extends", "drop"):
        nested = inner.node.value.pop(key, None)
        if nested is not None:
            _fault(reading, nested, key, f"an included file cannot have {key!r}")
    return inner.node


def _texts(node: Node | None, path: str, reading: Reading, expected: str) -> list[tuple[Node, str]]:
    """One text or a list of them, with their paths."""
    if node is None:
        return []
    entries = node.value if isinstance(node.value, list) else [node]
    texts = []
    for n, entry in enumerate(entries):
        here = f"{path}[{n}]" if isinstance(node.value, list) else path
        if isinstance(entry.value, str):
            texts.append((entry, here))
        else:
            _fault(reading, entry, here, f"expected {expected}, not {entry.kind}")
    return texts


def _join(top: Node, other: Node, reading: Reading, path: str = "") -> None:
    """Adds what `other` holds to `top`: mappings key by key, lists entry by entry."""
    assert isinstance(top.value, dict)
    assert isinstance(other.value, dict)
    for key, node in other.value.items():
        here = f"{path}.{key}" if path else key
        mine = top.value.get(key)
        if mine is None:
            top.value[key] = node
            (top.keys or {})[key] = other.key_place(key)
        elif isinstance(mine.value, dict) and isinstance(node.value, dict) and path in ("", "environment"):
            top.value[key] = replace(mine, value=dict(mine.value), keys=dict(mine.keys or {}))
            _join(top.value[key], node, reading, here)
        elif isinstance(mine.value, list) and isinstance(node.value, list) and path == "":
            top.value[key] = replace(mine, value=[*mine.value, *node.value])
        elif key == "payload" and path == "":
            if mine.value != node.value:
                _fault(reading, node, here, "another version than the mission's")
        else:
            place = other.key_place(key)
            file, line, _ = top.key_place(key)
            reading.faults.append(
                Fault(*place, here, f"{key!r} is already there", key, f"it first stands at {file}:{line}")
            )


# -- extends -----------------------------------------------------------------------------------------------------------


def _base(top: Node, folder: Path, reading: Reading, bases: tuple[Path, ...]) -> Node | None:
    node = top.at("extends")
    if node is None:
        return None
    name = node.value
    if not isinstance(name, str):
        _fault(reading, node, "extends", f"expected 'builtin:NAME' or a file of the folder, not {node.kind}")
        return None
    if name.startswith(BUILTIN):
        if name.removeprefix(BUILTIN) not in missions.names():
            _fault(
                reading,
                node,
                "extends",
                f"no mission {name!r} is shipped",
                nearest(name, [BUILTIN + one for one in missions.names()]),
            )
            return None
        file = missions.path(name.removeprefix(BUILTIN)) / "mission.yaml"
    else:
        file = folder / name
        try:
            inside, there = _real(file).is_relative_to(folder), file.is_file()
        except (OSError, ValueError):
            inside, there = True, False
        if not inside:
            _fault(reading, node, "extends", f"{name!r} lies outside the mission's folder")
            return None
        if not there:
            _fault(reading, node, "extends", f"no file {name!r} in the mission's folder")
            return None
    if _real(file) in bases or len(bases) > _MOST_BASES:
        _fault(reading, node, "extends", f"the missions extend each other in a circle: {name!r}")
        return None
    try:
        base = _load(file, bases)
    except MissionError as error:
        reading.faults += error.faults
        return None
    reading.faults += base.faults
    reading.muted |= base.muted
    return base.node


def _take_out(base: Node, drop: Node | None, reading: Reading) -> None:
    for entry, path in _texts(drop, "drop", reading, "a list of ids"):
        name = str(entry.value)
        known: dict[str, list[tuple[Node, str | Node]]] = {}
        for key, owner in _entries(base):
            known.setdefault(key, []).append(owner)
        if name not in known:
            _fault(reading, entry, path, f"nothing in the base has the id {name!r}", nearest(name, known))
        for collection, one in known.get(name, []):
            if isinstance(collection.value, dict) and isinstance(one, str):
                del collection.value[one]
            elif isinstance(collection.value, list):
                collection.value = [other for other in collection.value if other is not one]


def _entries(base: Node) -> list[tuple[str, tuple[Node, str | Node]]]:
    """Every entry that has a name: the name, the collection that holds it, and its key or itself there."""
    found: list[tuple[str, tuple[Node, str | Node]]] = []
    for path in _NAMED:
        node = base.at(*path)
        if node and isinstance(node.value, dict):
            found += [(key, (node, key)) for key in node.value]
    for section, kind in SECTIONS.items():
        node = base.at(section) if kind is list else None
        for entry in node.value if node and isinstance(node.value, list) else []:
            name = _name(entry)
            if node and name is not None:
                found.append((name, (node, entry)))
                sessions = entry.at("sessions") if section == "experiments" else None
                for session in sessions.value if sessions and isinstance(sessions.value, list) else []:
                    inner = _name(session)
                    if sessions and inner is not None:
                        found.append((f"{name}/{inner}", (sessions, session)))
    return found


def _name(entry: Node) -> str | None:
    node = entry.at("id")
    return node.value if node and isinstance(node.value, str) else None


def _lay_over(base: Node, variant: Node, path: tuple[str, ...]) -> None:
    """Lays a mapping of the variant over that of the base, in place."""
    assert isinstance(base.value, dict)
    assert isinstance(variant.value, dict)
    for key, node in variant.value.items():
        if path == () and key in ("extends", "include"):
            continue
        mine, here = base.value.get(key), (*path, key)
        if node.value is None:
            base.value.pop(key, None)
            continue
        if isinstance(mine, Node) and isinstance(mine.value, dict) and isinstance(node.value, dict) and _merges(here):
            mine = base.value[key] = replace(mine, value=dict(mine.value), keys=dict(mine.keys or {}))
            _lay_over(mine, node, here)
        elif isinstance(mine, Node) and isinstance(mine.value, list) and isinstance(node.value, list) and _joins(here):
            base.value[key] = replace(mine, value=_laid(mine.value, node.value, here))
        else:
            base.value[key] = node
            (base.keys or {})[key] = variant.key_place(key)


def _merges(path: tuple[str, ...]) -> bool:
    return path in _BLOCKS or path in _NAMED or path[:-1] in _NAMED or path == ("environment", "orbit")


def _joins(path: tuple[str, ...]) -> bool:
    """Whether a list is one of entries: a section, or the sessions of an experiment."""
    return (len(path) == 1 and SECTIONS.get(path[0]) is list) or path == ("experiments", "[]", "sessions")


def _laid(base: list[Node], variant: list[Node], path: tuple[str, ...]) -> list[Node]:
    entries = list(base)
    places = {name: n for n, entry in enumerate(entries) if (name := _name(entry)) is not None}
    for entry in variant:
        name = _name(entry)
        if name in places and isinstance(entry.value, dict):
            mine = entries[places[name]]
            if isinstance(mine.value, dict):
                mine = entries[places[name]] = replace(mine, value=dict(mine.value), keys=dict(mine.keys or {}))
                _lay_over(mine, entry, (*path, "[]"))
        else:
            entries.append(entry)
    return entries
