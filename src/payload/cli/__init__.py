"""The commands: parse, call one function of `payload.api`, print, exit code."""

from __future__ import annotations

import sys


def main() -> None:
    """The `payload` command."""
    from payload.cli.app import app
    from payload.cli.ends import guarded

    sys.exit(guarded(lambda: app(standalone_mode=False)))
