"""What is to go wrong on a wire: how often, and when. Times are whole ns, chances 0 to 1."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import Enum

MS = 1_000_000
SECOND = 1_000 * MS

Range = tuple[int, int]
"""A length drawn evenly, both ends included."""


class Way(Enum):
    """Who the bytes are for."""

    TO_RIG = "to_rig"
    TO_HOST = "to_host"

    @property
    def back(self) -> Way:
        return Way.TO_HOST if self is Way.TO_RIG else Way.TO_RIG


@dataclass(frozen=True, slots=True)
class Rates:
    """Chances per frame. At most one of them befalls a frame, so their sum is the share of frames that suffer."""

    drop: float = 0.0
    """It does not arrive."""
    flip: float = 0.0
    """One bit of it arrives as the other, its delimiters' bits too."""
    truncate: float = 0.0
    """It stops somewhere: the rest of it, with the delimiter, does not arrive."""
    duplicate: float = 0.0
    """It arrives, and once more `duplicate_by` later."""
    delay: float = 0.0
    """It arrives `delay_by` later, and so does all behind it: a latency timer, a busy hub."""
    late: float = 0.0
    """It alone arrives `late_by` later, overtaken by what is behind it: an answer to an old question."""
    merge: float = 0.0
    """It arrives in one piece with the next one, or after `merge_within` when none comes."""
    split: float = 0.0
    """It arrives in two to four pieces, `split_by` apart."""
    garbage: float = 0.0
    """1 to 16 bytes that nobody sent arrive ahead of it."""
    echo: float = 0.0
    """It arrives, and comes back to who sent it too."""

    @property
    def total(self) -> float:
        return float(sum(getattr(self, row.name) for row in fields(self)))


RATES = tuple(row.name for row in fields(Rates))


@dataclass(frozen=True, slots=True)
class Lane:
    """One way of the wire."""

    rates: Rates = field(default_factory=Rates)
    flip_byte: float = 0.0
    """Chance per byte that one of its bits arrives as the other, whatever befell its frame."""
    drop_byte: float = 0.0
    """Chance per byte that it does not arrive: an overrun."""
    latency: int = 0
    jitter: Range = (0, 0)
    """Drawn per frame and added to `latency`. Frames do not overtake each other for it."""
    duplicate_by: Range = (0, 100 * MS)
    delay_by: Range = (16 * MS, 250 * MS)
    late_by: Range = (50 * MS, 3 * SECOND)
    merge_within: int = 50 * MS
    split_by: Range = (1 * MS, 40 * MS)

    @property
    def clean(self) -> bool:
        return not (self.rates.total or self.flip_byte or self.drop_byte or self.latency or any(self.jitter))


class Fault(Enum):
    """What happens to a wire at a time. Its row in docs/faults.md says what the link does about it."""

    UNPLUG = "unplug"
    """The port is gone for `length` with all that is under way, and comes back under another name. The rig lives on."""
    RESET = "reset"
    """The rig boots anew. It is deaf and dumb for `length`, as in a boot loader, and then says `data`."""
    BANNER = "banner"
    """The rig's end says `data`, which is no frame."""
    GARBAGE = "garbage"
    """`count` random bytes arrive."""
    STALL = "stall"
    """Nothing passes for `length`; then all of it does, in order."""
    SILENCE = "silence"
    """Whatever is sent within `length` is lost."""
    BABBLE = "babble"
    """Whatever is sent within `length` arrives as other bytes: the two ends' line speeds differ."""
    ECHO = "echo"
    """Whatever is sent within `length` also comes back to who sent it."""


LASTING = frozenset({Fault.UNPLUG, Fault.STALL, Fault.SILENCE, Fault.BABBLE, Fault.ECHO})
"""Those that need a `length`."""
ONE_WAY = frozenset({Fault.GARBAGE, Fault.STALL, Fault.SILENCE, Fault.BABBLE, Fault.ECHO})
"""Those that can be of one way alone."""

BANNER = b"\xff\x00\xfeload:0x3fff0008,len:24\r\nboot: cause 2\r\n\x00\x80"
"""What a boot loader may say at its own line speed: text, and bytes that were text. With delimiters among them."""


@dataclass(frozen=True, slots=True)
class Happening:
    """A fault at a time of the wire, which starts at 0."""

    fault: Fault
    at: int
    length: int = 0
    ways: tuple[Way, ...] = (Way.TO_RIG, Way.TO_HOST)
    data: bytes = b""
    count: int = 16
    every: int | None = None
    """Again so long after it, for ever."""
    spread: int = 0
    """Each time later by 0 to so much, drawn evenly."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is to go wrong with one wire. `delimiter` ends a frame; None: each piece that was written is one."""

    to_rig: Lane = field(default_factory=Lane)
    to_host: Lane = field(default_factory=Lane)
    happenings: tuple[Happening, ...] = ()
    delimiter: bytes | None = b"\0"
    reset_on_open: Happening | None = None
    """What opening the port does to the rig, as DTR does to an Arduino: `at` and `every` mean nothing here."""
    seed: int = 0

    def lane(self, way: Way) -> Lane:
        return self.to_rig if way is Way.TO_RIG else self.to_host


def both(lane: Lane, *happenings: Happening, seed: int = 0) -> Plan:
    """The same for both ways."""
    return Plan(lane, lane, happenings, seed=seed)
