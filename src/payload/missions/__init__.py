"""The missions that are shipped with the package: each a folder that holds `mission.yaml`.

They are plain files, the same as a user's own: whoever wants to read one, reads it where `path` says it stands.
"""

from __future__ import annotations

from contextlib import ExitStack
from difflib import get_close_matches
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

from payload.errors import PayloadError

_FILE = "mission.yaml"
_kept = ExitStack()  # a package read from an archive is unpacked once; it stays until the process ends


def names() -> tuple[str, ...]:
    """The shipped missions' names, in alphabetical order."""
    return tuple(sorted(entry.name for entry in _root().iterdir() if (entry / _FILE).is_file()))


def path(name: str) -> Path:
    """The folder of a shipped mission. Raises PayloadError, with the nearest name, when there is none."""
    if name not in names():
        nearest = get_close_matches(name, names(), n=1)
        hint = f"did you mean {nearest[0]!r}?" if nearest else f"there are: {', '.join(names())}"
        raise PayloadError(f"no shipped mission is called {name!r}; {hint}")
    return _root() / name


@cache
def _root() -> Path:
    return _kept.enter_context(as_file(files(__name__)))
