"""The commands: parse, call one function of `payload.api`, print, exit code."""

from __future__ import annotations

import sys


def main() -> None:
    """The `payload` command."""
    from payload.cli.ends import guarded

    def command() -> int | None:
        from payload.cli.app import app

        code: int | None = app(standalone_mode=False)
        return code

    sys.exit(guarded(command))
