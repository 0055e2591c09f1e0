"""Everything that can go wrong, as one family.

    PayloadError                 catch this to catch all of them
    ├── MissionError             a file says something it must not: where, what, what was expected
    ├── PlanningError            the mission cannot be planned
    ├── PlanError                a plan that cannot be used: of another mission, or with violations
    ├── RunError                 a run cannot start, go on, or be told something
    ├── LinkError                our side of a rig's wire: the port, the bytes, the time-outs
    │   ├── PortError            the port is absent, busy, or was lost
    │   │   └── PortBusy         another program has it
    │   ├── LinkTimeout          the rig did not answer in time
    │   └── ProtocolError        the rig answered something the protocol forbids
    ├── RigFault                 the rig's side: it refused, failed, or went to safe mode
    └── JournalError             the record cannot be opened, read or written

Ours (`LinkError`) and theirs (`RigFault`) are never mixed: the first says that we do not know what the rig
did, the second that the rig told us. Every message says what, where, what was expected and what to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class PayloadError(Exception):
    """The root of the family."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in a file, and where.

    `line` and `column` count from 1; 0 where the place is not known. `path` is the key path, as in
    `experiments[2].sessions[0].steps[1].rig`. `value` is what stands there, as written.
    """

    file: str
    line: int
    column: int
    path: str
    message: str
    value: str = ""
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        text = f"{place}: {self.path}: {self.message}" if self.path else f"{place}: {self.message}"
        return f"{text} ({self.hint})" if self.hint else text


class MissionError(PayloadError):
    """A mission, plan or event file that cannot be read; `faults` has all that were found, in file order."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class PlanningError(PayloadError):
    """The mission cannot be planned."""


class PlanError(PayloadError):
    """A plan that cannot be used as asked: of another mission, or with violations that no waiver covers."""


class RunError(PayloadError):
    """A run cannot start, go on, or take what it was told."""


class LinkError(PayloadError):
    """Our side of the wire: we do not know what the rig did."""

    def __init__(self, rig: str, message: str) -> None:
        self.rig = rig
        super().__init__(f"rig {rig}: {message}" if rig else message)


class PortError(LinkError):
    """The port is absent, busy, not permitted, or was lost."""


class PortBusy(PortError):
    """Another program holds the port."""


class LinkTimeout(LinkError):
    """The rig did not answer within `after_ms` wall milliseconds."""

    def __init__(self, rig: str, what: str, after_ms: int) -> None:
        self.what = what
        self.after_ms = after_ms
        super().__init__(rig, f"no answer to {what} within {after_ms} ms")


class ProtocolError(LinkError):
    """The rig answered something the protocol forbids (wrong version, wrong kind, an unknown reply)."""


class RigFault(PayloadError):
    """The rig told us that it refused or failed; `code` is its reason, as named in PROTOCOL.md."""

    def __init__(self, rig: str, code: str, message: str) -> None:
        self.rig = rig
        self.code = code
        super().__init__(f"rig {rig}: {message} [{code}]")


class JournalError(PayloadError):
    """The record cannot be opened, read or written (absent, locked, damaged, disk full)."""
