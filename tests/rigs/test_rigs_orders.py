"""What a command's stages tell, and what can be concluded where one was lost."""

import pytest

from payload.rigs.kinds.dictionary import KINDS
from payload.rigs.link.orders import Order
from payload.rigs.wire.packet import Stage

INCUBATOR = KINDS["incubator"].by_name
HEAT = INCUBATOR["heat"], (37_000, 60_000)
READ = INCUBATOR["read"], (0,)


@pytest.mark.parametrize(
    ("what", "at", "heard", "told"),
    [
        (READ, None, [(Stage.DONE, 0, 100)], ["ACCEPTED -", "DONE 7"]),
        (READ, None, [(Stage.REJECTED, 6, 0)], ["REJECTED 7"]),
        (READ, 900, [(Stage.LATE, 0, 0)], ["LATE 7"]),
        (READ, 900, [(Stage.ACCEPTED, 0, 0), (Stage.DONE, 0, 100)], ["ACCEPTED 7", "DONE 7"]),
        (HEAT, None, [(Stage.PROGRESS, 0, 20)], ["ACCEPTED -", "STARTED -", "PROGRESS 7"]),
        (HEAT, None, [(Stage.STARTED, 0, 0), (Stage.STARTED, 0, 0)], ["ACCEPTED -", "STARTED 7"]),
        (
            HEAT,
            None,
            [(Stage.PROGRESS, 0, 20), (Stage.PROGRESS, 0, 10), (Stage.PROGRESS, 0, 20)],
            ["ACCEPTED -", "STARTED -", "PROGRESS 7"],
        ),
        (HEAT, None, [(Stage.FAILED, 0x23, 40)], ["ACCEPTED -", "STARTED -", "FAILED 7"]),
        (HEAT, None, [(Stage.CANCELLED, 0x10, 40)], ["ACCEPTED -", "STARTED -", "CANCELLED 7"]),
        (HEAT, 900, [(Stage.CANCELLED, 0x10, 0)], ["ACCEPTED -", "CANCELLED 7"]),  # perhaps before it had begun
    ],
)
def test_what_is_told(what, at, heard, told):
    order = Order("t", *what, at)
    order.give(1, 5)
    moved = []
    for stage, code, progress in heard:
        order.advance(stage, code, progress, 7, 0, moved)
    assert [f"{each.stage} {'-' if each.tick is None else each.tick}" for each in moved] == told
