"""What the executive and whoever does its steps say to each other."""

from __future__ import annotations

from collections.abc import Generator
from typing import Protocol

from simpy import Event

from payload.execution.program import Activity, StepProgram
from payload.journal import Ended

Steps = Generator[Event, object, None]


class Stop(Exception):
    """An activity is over before its procedure is: how, in a word, and in a sentence."""

    def __init__(self, state: Ended, code: str, why: str) -> None:
        self.state: Ended = state
        self.code = code
        self.why = why
        super().__init__(why)


class Broken(Exception):
    """Something went wrong in a process; what, is the executive's `broken`."""


class Hands(Protocol):
    """Who does the steps of a live run."""

    def work(self, activity: Activity, step: StepProgram, length_ms: int) -> Steps:
        """Ends when the step has been done; raises Stop when it failed. `length_ms` is what it should take."""
        ...
