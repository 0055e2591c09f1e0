"""Whether who answered HELLO is the rig we want, and what to say when nobody did (PROTOCOL.md §4.1)."""

from __future__ import annotations

from payload.errors import LinkError, LinkTimeout, ProtocolError
from payload.rigs.dictionary import KIND_NAMES, Kind
from payload.rigs.packet import VERSION, HelloReply

LAST_SESSION = 0xFFFF


def why_not(reply: HelloReply, kind: Kind | None, before: HelloReply | None) -> str | None:
    """Why this rig is not the one we want, or None when it is. `kind` None takes any; `before` is who was met first."""
    if reply.version != VERSION:
        return f"speaks version {reply.version} of the rig link, this program {VERSION}: update the older one"
    if reply.kind not in KIND_NAMES:
        return f"is of a kind that this program does not know (number {reply.kind})"
    if kind and reply.kind != kind.number:
        return f"is of kind {KIND_NAMES[reply.kind]}, wanted is {kind.name}: check the wiring"
    if kind and reply.dictionary != kind.hash:
        return (
            f"has another dictionary of {kind.name} (0x{reply.dictionary:08X}, here 0x{kind.hash:08X}): "
            "its firmware and this program are of different releases"
        )
    if before and reply.unit != before.unit:
        return f"is another unit (0x{reply.unit:016X}) than before (0x{before.unit:016X})"
    if reply.session == LAST_SESSION:
        return "has used up its session numbers: switch it off and on again"
    return None


def silence(rig: str, after_ms: int, heard_bytes: int, heard_frames: int) -> LinkError:
    """What to say of a port on which nobody answered HELLO."""
    if heard_bytes and not heard_frames:
        return ProtocolError(
            rig,
            f"{heard_bytes} bytes came in {after_ms} ms, none of them a frame of the rig link "
            "(another device on this port, or a wrong baud rate?)",
        )
    return LinkTimeout(rig, "HELLO (is it a payload rig, has it power, is the baud rate right?)", after_ms)
