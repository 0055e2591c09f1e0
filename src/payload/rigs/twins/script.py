"""A rig in virtual time, driven by lines: what `rig --script` of the firmware does, done by the twin (PROTOCOL.md §11).

The same lines given to both must give the same lines back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from payload.rigs.twins.twin import Twin

LAST = 10**14
_LINE = re.compile(r"\s*([0-9]{1,15})(?:\.([0-9]{1,3}))?\s+(-|(?:[0-9a-fA-F]{2})+)\s*")


def script(twin: Twin, lines: Iterable[str]) -> Iterator[str]:
    """Each `AT HEX` line (`-` for no bytes; AT in ticks, at most three decimals, not decreasing) answered by one
    `T HEX` line per frame sent.

    Raises ValueError for a line that cannot be read.
    """
    before = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        match = _LINE.fullmatch(line)
        at = int(match[1]) * 1000 + int((match[2] or "").ljust(3, "0")) if match else 0
        if match is None or at > LAST * 1000:
            raise ValueError(f"line {number}: expected 'AT HEX', not {line.strip()!r}")
        if at < before:
            raise ValueError(
                f"line {number}: {at // 1000}.{at % 1000:03} is before {before // 1000}.{before % 1000:03}"
            )
        before = at
        data = b"" if match[3] == "-" else bytes.fromhex(match[3])
        for sent_at, wire in twin.advance(at // 1000, at % 1000, data):
            yield f"{sent_at} {wire.hex()}"
