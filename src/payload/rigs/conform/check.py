"""What a check is, and what it found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, Flag, auto

from payload.rigs.conform.talk import Talk


class Verdict(Enum):
    PASS = "pass"
    FAIL = "fail"
    SKIPPED = "skipped"


class Needs(Flag):
    """What a check asks for beyond a rig that answers."""

    NOTHING = 0
    TIME = auto()
    """It lets seconds pass."""
    HAZARD = auto()
    """It sends commands that drive outputs, or have effects of the kind's own."""


@dataclass(frozen=True, slots=True)
class Check:
    """`section` is one of PROTOCOL.md; `advice` is what to look at in the firmware when it fails."""

    id: str
    section: str
    title: str
    run: Callable[[Talk], None]
    advice: str
    needs: Needs = Needs.NOTHING


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check. Of a failed one: what was sent last, what came, what should have come, what to do. Of
    a skipped one `came` says why."""

    id: str
    section: str
    title: str
    verdict: Verdict
    sent: tuple[str, ...] = ()
    came: str = ""
    expected: str = ""
    advice: str = ""
