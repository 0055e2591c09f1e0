"""The generator's YAML: one fixed style, so that the same mission is the same bytes whatever library is installed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

_PLAIN = re.compile(
    r"[A-Za-z][A-Za-z0-9 ./_-]*|day \d+ \d\d:\d\d|\d+(\.\d+)? [A-Za-z/]+( \d+ [a-z]+)?|\d\d\d\d-[0-9T:Z-]+|\d+\.\.\d+"
)
_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


def flow(value: object) -> str:
    """A value on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) and value.lower() not in _WORDS else json.dumps(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {flow(of)}" for key, of in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(flow(of) for of in value) + "]"
    raise TypeError(f"a {type(value).__name__} is no value of a mission")


def document(mission: Mapping[str, object]) -> str:
    """The whole file: sections as blocks, their entries on a line each; of an experiment, each session on a line."""
    return "\n".join(_block(mission, "")) + "\n"


_OPEN = {"mission", "crew", "resources", "environment", "windows", "routine", "rules", "experiments", "sessions"}


def _block(mapping: Mapping[str, object], indent: str) -> Iterator[str]:
    for key, value in mapping.items():
        if key not in _OPEN or (key == "crew" and isinstance(value, Mapping)):
            yield f"{indent}{key}: {flow(value)}"
        elif isinstance(value, Mapping):
            yield f"{indent}{key}:"
            yield from _block(value, indent + "  ")
        elif isinstance(value, Sequence):
            yield f"{indent}{key}:"
            for entry in value:
                if isinstance(entry, Mapping) and "sessions" in entry:
                    first, *rest = _block(entry, indent + "    ")
                    yield f"{indent}  - {first.strip()}"
                    yield from rest
                else:
                    yield f"{indent}  - {flow(entry)}"
