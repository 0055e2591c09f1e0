"""How deep calls may nest."""

from __future__ import annotations

import sys

#: for what calls the search, and what that calls
BESIDE = 2_000


def allow_calls(nested: int) -> None:
    """Lets calls nest so deep: a chain may have more sessions than the interpreter lets calls nest by itself. Such a
    call costs no stack of the processor, and what is allowed is not taken back, as others may be searching."""
    if sys.getrecursionlimit() < nested + BESIDE:
        sys.setrecursionlimit(nested + BESIDE)
