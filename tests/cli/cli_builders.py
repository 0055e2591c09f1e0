"""The command line, as a person at a shell has it."""

from __future__ import annotations

from dataclasses import dataclass

from payload.cli.app import app
from payload.cli.ends import guarded


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str


def payload(capsys, *words: object) -> Answer:
    """Runs `payload WORDS` in this process: its exit code and what it printed."""
    capsys.readouterr()
    code = guarded(lambda: app([str(word) for word in words], standalone_mode=False))
    printed = capsys.readouterr()
    return Answer(code, printed.out, printed.err)
