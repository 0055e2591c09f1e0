"""Ten streams of 1 kHz over a wire that corrupts: is every sample told, once and in order?

    python bench/samples_whole.py [--seconds 3600] [--corrupt 0.01] [--stall 5]

In virtual time, on the `recorder` twin (a ring of 256 samples a stream). With `--stall` the host does nothing for so
long in the middle: what the ring could not hold is lost, and must be counted to the sample.
"""

from __future__ import annotations

import argparse
import time

from payload.rigs.faults import Drive, Faults, Lane, Rates, VirtualWire, both
from payload.rigs.faults.plan import SECOND
from payload.rigs.kinds.dictionary import KINDS
from payload.rigs.link.events import Event, Sampled
from payload.rigs.link.link import Link
from payload.rigs.twins import Twin

KIND = KINDS["recorder"]


class Store:
    """What came of each stream: how many samples, how many lost, and whether any was wrong."""

    def __init__(self) -> None:
        streams = range(len(KIND.channels))
        self.next = dict.fromkeys(streams, 0)
        self.first = dict.fromkeys(streams, 0)
        self.came = dict.fromkeys(streams, 0)
        self.lost = dict.fromkeys(streams, 0)
        self.wrong = 0

    def take(self, now: int, event: Event) -> None:
        if not isinstance(event, Sampled):
            return
        stream, first = event.stream, event.first
        if not self.came[stream]:
            self.first[stream] = self.next[stream] = first - event.lost
        passed = first - self.next[stream]
        if passed != event.lost - self.lost[stream]:
            self.wrong += 1
        self.lost[stream] = event.lost
        expected = [(tick * (2 * stream + 1) * 7) % 4001 - 2000 for tick in range(first, first + len(event.values))]
        if list(event.values) != expected:
            self.wrong += 1
        self.came[stream] += len(event.values)
        self.next[stream] = first + len(event.values)


def record(seconds: int, corrupt: float, stall: int = 0, seed: int = 0) -> tuple[Store, VirtualWire]:
    """Half a millisecond each way, `corrupt` of all frames with a wrong bit; beats each second."""
    store = Store()
    lane = Lane(Rates(flip=corrupt), latency=500_000)
    wire = VirtualWire(lambda boot: Twin(KIND, unit=1, boot=boot), Faults(both(lane, seed=seed)), "rig")
    drive = Drive(Link("rig", KIND), wire, store.take)
    drive.run(seconds * SECOND // 2)
    if stall:
        heard, until = b"", wire.now + stall * SECOND
        while wire.now < until:
            heard += wire.advance(until)
        drive.say(drive.link.receive(heard, wire.now))
    drive.run(wire.now + seconds * SECOND // 2)
    return store, wire


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=3_600)
    parser.add_argument("--corrupt", type=float, default=0.01)
    parser.add_argument("--stall", type=int, default=0)
    given = parser.parse_args()
    began = time.process_time()
    store, wire = record(given.seconds, given.corrupt, given.stall)
    worn = sum(wire.faults.counts.values())
    print(f"{given.seconds:,} virtual seconds, {worn:,} frames corrupted, {given.stall} s of stall")
    print(f"samples told {sum(store.came.values()):,}, lost {sum(store.lost.values()):,}, wrong {store.wrong}")
    print(f"per stream told + lost: {sorted({store.came[s] + store.lost[s] for s in store.came})}")
    print(f"CPU seconds {time.process_time() - began:.1f}")


if __name__ == "__main__":
    main()
