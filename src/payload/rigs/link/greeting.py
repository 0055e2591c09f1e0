"""Meeting a rig: HELLO until it answers, whether it is the one we want, and its dictionary when we do not know it
(PROTOCOL.md §4)."""

from __future__ import annotations

from zlib import crc32, decompressobj
from zlib import error as ZlibError  # noqa: N812 - the library's own name for it is in lower case

from payload.errors import LinkError, LinkTimeout, ProtocolError
from payload.met import to_ns
from payload.rigs.kinds.dictionary import KIND_NAMES, KINDS, Kind
from payload.rigs.kinds.fetched import fetched_kind
from payload.rigs.link.outbox import Outbox
from payload.rigs.wire.packet import VERSION, AskDictionary, DictionaryPart, Hello, HelloReply, Nak, NakCode, name_of

LAST_SESSION = 0xFFFF
HELLO_EVERY_MS = 250
MOST_TEXT = 1 << 16
USED_UP = "has used up its session numbers: switch it off and on again"
NO_SESSION = "answers HELLO and takes no session (two rigs, or two programs, on one line?)"


class Greeting:
    """HELLO, repeated; from `begin` until somebody has answered or `until` has come."""

    __slots__ = ("_asked", "due", "heard_bytes", "heard_frames", "until")

    def __init__(self) -> None:
        self._asked: dict[int, int] = {}
        self.due = self.until = self.heard_bytes = self.heard_frames = 0

    def begin(self, now: int, for_ms: int | None, outbox: Outbox) -> None:
        """None: until when it was to be over anyway."""
        outbox.begin(now)
        self._asked.clear()
        if for_ms is not None:
            self.until = now + to_ns(for_ms)
        self.heard_bytes = self.heard_frames = 0
        self.say(now, outbox)

    def say(self, now: int, outbox: Outbox) -> None:
        tag = outbox.tag()
        self._asked[tag] = now
        self.due = now + to_ns(HELLO_EVERY_MS)
        outbox.say(Hello(tag))

    def asked_at(self, tag: int) -> int | None:
        """When the HELLO left that is answered with this tag; None for one that was not ours."""
        return self._asked.get(tag)

    def silence(self, rig: str, after_ms: int) -> LinkError:
        """What to say of a port on which nobody answered."""
        if self.heard_bytes and not self.heard_frames:
            return ProtocolError(
                rig,
                f"{self.heard_bytes} bytes came in {after_ms} ms, none of them a frame of the rig link "
                "(another device on this port, or a wrong baud rate?)",
            )
        return LinkTimeout(rig, "HELLO (is it a payload rig, has it power, is the baud rate right?)", after_ms)


class Fetch:
    """A dictionary on its way here, piece by piece."""

    __slots__ = ("_data", "_hash", "_rig")

    def __init__(self, rig: str, wanted: int) -> None:
        self._rig, self._hash = rig, wanted
        self._data = b""

    def ask(self, tag: int) -> AskDictionary:
        return AskDictionary(tag, len(self._data))

    def take(self, part: DictionaryPart) -> Kind | None:
        """The kind once it is whole, None while it is not. Raises ProtocolError for one that cannot be read."""
        if part.offset != len(self._data):
            return None  # late, or twice
        self._data += part.data
        if part.data and len(self._data) < part.total:
            return None
        try:
            unpacking = decompressobj()
            text = unpacking.decompress(self._data, MOST_TEXT)
            if not unpacking.eof or crc32(text) != self._hash:
                raise ValueError("it is not the one that HELLO told of")
            return fetched_kind(text.decode("ascii"))
        except (ZlibError, ValueError) as error:
            raise ProtocolError(self._rig, f"has a dictionary that cannot be read: {error}") from None


def known(reply: HelloReply) -> Kind | None:
    """The kind of ours that this rig is of, to the letter."""
    kind = KINDS.get(KIND_NAMES.get(reply.kind, ""))
    return kind if kind is not None and kind.hash == reply.dictionary else None


def why_not(reply: HelloReply, kind: Kind | None, before: HelloReply | None) -> str | None:
    """Why this rig is not the one we want, or None when it is. `kind` None takes any; `before` is who was met first."""
    if reply.version != VERSION:
        return f"speaks version {reply.version} of the rig link, this program {VERSION}: update the older one"
    if kind and reply.kind != kind.number:
        other = KIND_NAMES.get(reply.kind, f"number {reply.kind}, which this program does not know")
        return f"is of kind {other}, wanted is {kind.name}: check the wiring"
    if kind and reply.dictionary != kind.hash:
        return (
            f"has another dictionary of {kind.name} (0x{reply.dictionary:08X}, here 0x{kind.hash:08X}): "
            "its firmware and this program are of different releases"
        )
    if before and reply.unit != before.unit:
        return f"is another unit (0x{reply.unit:016X}) than before (0x{before.unit:016X})"
    if not (reply.window and reply.speed_milli and reply.max_body > 17):
        return "says what cannot be of its window, its clock or its frames: its firmware is defective"
    return None


def two_rigs(rig: str, one: HelloReply, other: HelloReply) -> ProtocolError:
    """What to say when a second rig answers the question that the first one has answered."""
    units = f"0x{one.unit:016X} and 0x{other.unit:016X}"
    return ProtocolError(rig, f"two rigs answer on one line, units {units}: each would do what is sent to the other")


def refused(rig: str, nak: Nak) -> ProtocolError:
    """What to say when an OPEN as it should be is not taken."""
    code = name_of(NakCode, nak.code)
    return ProtocolError(rig, f"refused a frame of ours [{code}]: its firmware does not keep to version {VERSION}")


def credit_for(kind: Kind, reply: HelloReply) -> int:
    """Frames enough for the telemetry of two wall seconds, and one more a stream."""
    most = (reply.max_body - 14) // 4
    frames = 0
    for channel in kind.channels:
        interval = channel.interval_ms * -(-reply.speed_milli // 8000)
        frames += 2 * reply.speed_milli // (interval * most) + 4
    return min(frames, 0xFFFF)
