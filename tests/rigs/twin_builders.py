"""A twin that is ready, and what it has said."""

from talking import armed, wire

from payload.rigs.kinds.dictionary import KINDS
from payload.rigs.twins import Twin
from payload.rigs.wire.frame import Deframer
from payload.rigs.wire.packet import Open, StageReply, unpack


def heard(sent):
    return [unpack(frame) for _, data in sent for frame in Deframer().feed(data)]


def stages(sent):
    return [packet for packet in heard(sent) if isinstance(packet, StageReply)]


def ready(kind, **options):
    """A twin of boot 1 that is armed at tick 0, its lease running."""
    twin = Twin(kind, unit=1, boot=1, **options)
    twin.advance(0, 0, wire(Open(1, 1), *armed(mask=KINDS[kind].all_outputs, boot=1)))
    return twin
