"""A host that heats and beats until it is killed: `python emulated_host.py PORT`. Tells of each BEAT when it is about
to send it (`b`), and with the tick and thousandths of its stamp when it is answered."""

from __future__ import annotations

import contextlib
import os
import struct
import sys

from emulated_builders import BEAT_REPLY, OnWire, ask, beat, greet, heating

PAUSE_S = 0.1  # between two BEATs


def main(port: str) -> None:
    talk = OnWire(os.open(port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK))
    while True:
        try:
            greet(talk, patience_s=0.1)
            break
        except TimeoutError:
            pass  # it has not begun yet
    heating(talk)
    tag = 0
    while True:
        tag += 1
        print("b", flush=True)
        print(*struct.unpack_from("<IH", ask(talk, beat(1, tag), BEAT_REPLY).body, 14), flush=True)
        with contextlib.suppress(TimeoutError):
            talk.until(lambda _: False, PAUSE_S)


if __name__ == "__main__":
    main(sys.argv[1])
