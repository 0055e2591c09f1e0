"""A rig in virtual time, driven by lines: what `rig --script` of the firmware does, done by the twin (PROTOCOL.md §11).

The same lines given to both must give the same lines back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from payload.rigs.twins.twin import Twin


def script(twin: Twin, lines: Iterable[str]) -> Iterator[str]:
    """Each `AT_MS HEX` line (`-` for no bytes; AT_MS not decreasing) answered by one `AT_MS HEX` line per frame sent.

    Raises ValueError for a line that cannot be read.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            at_text, hex_text = line.split()
            at, data = int(at_text), b"" if hex_text == "-" else bytes.fromhex(hex_text)
        except ValueError:
            raise ValueError(f"line {number}: expected 'AT_MS HEX', not {line.strip()!r}") from None
        if at < twin.wall:
            raise ValueError(f"line {number}: {at} ms is before {twin.wall} ms")
        for sent_at, wire in twin.advance(at, data):
            yield f"{sent_at} {wire.hex()}"
