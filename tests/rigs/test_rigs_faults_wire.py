"""The faults of a wire, bytes in and bytes out: each does what it is called, and the same seed does the same."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payload.rigs.faults import Arrival, Fault, Faults, Happening, Lane, Plan, Rates, Struck, Way, both
from payload.rigs.faults.passage import HOLD
from payload.rigs.faults.plan import BANNER, MS, RATES, SECOND

FRAMES = [b"\0" * (n % 3) + bytes([n % 200 + 1]) * (n % 20 + 1) + b"\0" for n in range(60)]


def passed(plan, pieces, way=Way.TO_HOST, at=0, until=10**12, seed=None):
    """What arrives of these pieces, all put onto the wire at once: (at, data) for this way."""
    faults = Faults(plan, seed)
    told = []
    for piece in pieces:
        faults.take(way, piece, at)
    while faults.next is not None and faults.next <= until:
        told += faults.due(faults.next)
    return [(what.at, what.data) for what in told if isinstance(what, Arrival) and what.way is way]


def lane(**settings):
    rates = {name: settings.pop(name) for name in RATES if name in settings}
    return both(Lane(Rates(**rates), **settings))


def test_a_wire_without_faults_passes_every_byte_at_once():
    assert passed(Plan(), FRAMES) == [(0, frame) for frame in FRAMES]
    assert b"".join(data for _, data in passed(Plan(), [b"\0", b"half"])) == b"\0half"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("drop", []),
        ("duplicate", [(0, b"\1abc\0"), (5 * MS, b"\1abc\0")]),
        ("delay", [(5 * MS, b"\1abc\0")]),
        ("late", [(5 * MS, b"\1abc\0")]),
        ("merge", [(50 * MS, b"\1abc\0")]),
    ],
)
def test_one_frame_under_one_fault(name, expected):
    five = (5 * MS, 5 * MS)
    plan = lane(**{name: 1.0}, duplicate_by=five, delay_by=five, late_by=five)
    assert passed(plan, [b"\1abc\0"]) == expected


def test_a_flip_is_one_bit_a_truncation_an_end_a_split_only_pieces_garbage_only_ahead():
    frame = b"\0" + bytes(range(1, 40)) + b"\0"
    for seed in range(30):
        (flipped,) = [data for _, data in passed(lane(flip=1.0), [frame], seed=seed)]
        assert sum((a ^ b).bit_count() for a, b in zip(flipped, frame, strict=True)) == 1
        cut = b"".join(data for _, data in passed(lane(truncate=1.0), [frame], seed=seed))
        assert frame.startswith(cut)
        assert cut != frame
        pieces = passed(lane(split=1.0), [frame], seed=seed)
        assert b"".join(data for _, data in pieces) == frame
        assert len(pieces) <= 4
        assert pieces == sorted(pieces, key=lambda piece: piece[0])
        (dirty,) = [data for _, data in passed(lane(garbage=1.0), [frame], seed=seed)]
        assert dirty.endswith(frame)
        assert 1 <= len(dirty) - len(frame) <= 16


def test_a_delay_holds_up_those_behind_and_a_late_frame_is_overtaken():
    for name, order in (("delay", [b"a\0", b"b\0"]), ("late", [b"b\0", b"a\0"])):
        faults = Faults(lane(**{name: 1.0}, delay_by=(9 * MS, 9 * MS), late_by=(9 * MS, 9 * MS)))
        faults.take(Way.TO_RIG, b"a\0", 0)
        faults.calm()
        faults.take(Way.TO_RIG, b"b\0", 0)
        told = faults.due(SECOND)
        assert [what.data for what in told] == order
        assert told[-1].at == 9 * MS


def test_merged_frames_arrive_in_one_piece():
    faults = Faults(lane(merge=1.0))
    faults.take(Way.TO_HOST, b"a\0b\0", 0)
    faults.take(Way.TO_HOST, b"c\0", 20 * MS)
    assert faults.due(20 * MS) == []
    assert faults.next == 70 * MS
    assert faults.due(70 * MS) == [Arrival(70 * MS, Way.TO_HOST, b"a\0b\0c\0")]


def test_an_echo_comes_back_and_still_arrives():
    faults = Faults(lane(echo=1.0))
    faults.take(Way.TO_RIG, b"a\0", 3)
    assert faults.due(3) == [Arrival(3, Way.TO_RIG, b"a\0"), Arrival(3, Way.TO_HOST, b"a\0")]


def test_latency_and_jitter_never_change_the_order():
    arrived = passed(lane(latency=MS, jitter=(0, MS)), FRAMES)
    assert [data for _, data in arrived] == FRAMES
    assert all(MS <= at <= 2 * MS for at, _ in arrived)
    assert arrived == sorted(arrived, key=lambda row: row[0])


def test_bytes_wear_by_themselves():
    text = bytes(range(1, 201)) * 50 + b"\0"
    worn = b"".join(data for _, data in passed(lane(drop_byte=0.1), [text]))
    assert 8_500 < len(worn) < 9_500
    flipped = b"".join(data for _, data in passed(lane(flip_byte=0.1), [text[:4_000]]))
    assert 300 < sum(a != b for a, b in zip(flipped, text, strict=False)) < 500


def test_what_is_no_frame_is_held_for_a_while_and_goes_on():
    faults = Faults(lane(drop=0.0, latency=MS))
    faults.take(Way.TO_RIG, b"ab", 0)
    assert faults.next == HOLD
    faults.take(Way.TO_RIG, b"cd", HOLD - 1)
    assert faults.due(HOLD) == []
    assert faults.due(2 * HOLD + MS) == [Arrival(2 * HOLD - 1 + MS, Way.TO_RIG, b"abcd")]
    assert len(b"".join(data for _, data in passed(lane(latency=1), [b"x" * 9_000]))) == 9_000


def test_without_a_delimiter_each_write_is_a_frame():
    plan = Plan(Lane(), Lane(Rates(duplicate=1.0), duplicate_by=(0, 0)), delimiter=None)
    assert [data for _, data in passed(plan, [b"*IDN?", b"\n"])] == [b"*IDN?", b"*IDN?", b"\n", b"\n"]
    lines = Plan(Lane(), Lane(Rates(duplicate=1.0), duplicate_by=(0, 0)), delimiter=b"\n")
    assert [data for _, data in passed(lines, [b"ACME,", b"1\n2"])] == [b"ACME,1\n", b"ACME,1\n", b"2", b"2"]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**64), st.lists(st.integers(1, 12), max_size=200), st.booleans())
def test_the_same_seed_and_frames_meet_the_same_faults_in_whatever_pieces(seed, cuts, other_way_too):
    rates = Rates(*[1 / len(RATES)] * (len(RATES) - 1))  # no echo: it would be of the other way's frames
    plan = both(Lane(rates, flip_byte=0.001, drop_byte=0.001, jitter=(0, MS)))
    whole = passed(plan, FRAMES, seed=seed)
    stream, pieces, at = b"".join(FRAMES), [], 0
    for cut in cuts:
        pieces.append(stream[at : at + cut])
        at += cut
    faults = Faults(plan, seed)
    for piece in [*pieces, stream[at:]]:
        faults.take(Way.TO_HOST, piece, 0)
        if other_way_too:
            faults.take(Way.TO_RIG, b"\0other\0", 0)
    mine = [(what.at, what.data) for what in faults.due(10**12) if what.way is Way.TO_HOST]
    assert mine == whole


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**64))
def test_the_share_of_frames_that_suffer_is_the_sum_of_the_rates(seed):
    faults = Faults(both(Lane(Rates(drop=0.05, flip=0.05, truncate=0.05, duplicate=0.05))), seed)
    for _ in range(5_000):
        faults.take(Way.TO_RIG, b"\0frame\0", 0)
    suffered = sum(faults.counts.values())
    assert 800 < suffered < 1_200
    assert all(170 < number < 330 for number in faults.counts.values())


# -- happenings ----------------------------------------------------------------------------------------------------


def at(fault, when, **more):
    return Happening(fault, when, **more)


def test_unplugged_is_all_that_is_under_way_lost_until_it_is_back():
    faults = Faults(both(Lane(latency=10), at(Fault.UNPLUG, 100, length=50)))
    faults.take(Way.TO_RIG, b"a\0", 95)
    assert faults.due(100) == [Struck(100, Fault.UNPLUG, length=50)]
    assert not faults.plugged
    faults.take(Way.TO_RIG, b"b\0", 120)
    assert faults.due(150) == [Struck(150, Fault.UNPLUG, over=True)]
    faults.take(Way.TO_RIG, b"c\0", 151)
    assert faults.due(999) == [Arrival(161, Way.TO_RIG, b"c\0")]


def test_a_reset_is_deafness_and_then_a_banner():
    faults = Faults(both(Lane(), at(Fault.RESET, 100, length=50, data=b"boot\r\n")))
    faults.take(Way.TO_HOST, b"a\0", 99)
    assert faults.due(100) == [Arrival(99, Way.TO_HOST, b"a\0"), Struck(100, Fault.RESET, length=50)]
    faults.take(Way.TO_RIG, b"b\0", 120)
    faults.take(Way.TO_RIG, b"c\0", 150)
    assert faults.due(999) == [Arrival(150, Way.TO_HOST, b"boot\r\n"), Arrival(150, Way.TO_RIG, b"c\0")]


def test_a_stall_keeps_everything_and_its_order():
    faults = Faults(both(Lane(latency=10), at(Fault.STALL, 100, length=50, ways=(Way.TO_HOST,))))
    told = []
    for now, data in ((95, b"a\0"), (120, b"b\0"), (140, b"c\0"), (145, b"d\0")):
        told += faults.due(now)
        faults.take(Way.TO_HOST, data, now)
        faults.take(Way.TO_RIG, data, now)
    assert faults.stalled_until(Way.TO_HOST) == 150
    told = [what for what in told + faults.due(999) if isinstance(what, Arrival)]
    assert [(what.at, what.data) for what in told if what.way is Way.TO_HOST] == [
        (150, b"a\0"), (150, b"b\0"), (150, b"c\0"), (155, b"d\0"),
    ]  # fmt: skip
    assert [what.at for what in told if what.way is Way.TO_RIG] == [105, 130, 150, 155]


def test_silence_babble_and_echo_last_and_end():
    for fault in (Fault.SILENCE, Fault.BABBLE, Fault.ECHO):
        faults = Faults(both(Lane(), at(fault, 100, length=50, ways=(Way.TO_HOST,))))
        faults.due(100)
        faults.take(Way.TO_HOST, b"during\0", 120)
        faults.take(Way.TO_HOST, b"after\0", 150)
        told = faults.due(999)
        data = [(what.way, what.data) for what in told]
        assert data[-1] == (Way.TO_HOST, b"after\0")
        assert ((Way.TO_HOST, b"during\0") in data) == (fault is Fault.ECHO)
        assert ((Way.TO_RIG, b"during\0") in data) == (fault is Fault.ECHO)


def test_a_banner_and_garbage_come_out_of_nowhere():
    faults = Faults(both(Lane(), at(Fault.BANNER, 5), at(Fault.GARBAGE, 7, count=9, ways=(Way.TO_RIG,))))
    told = [what for what in faults.due(999) if isinstance(what, Arrival)]
    assert told[0] == Arrival(5, Way.TO_HOST, BANNER)
    assert (told[1].at, told[1].way, len(told[1].data)) == (7, Way.TO_RIG, 9)


def test_what_happens_again_and_again_is_spread_by_chance_and_repeatable():
    plan = both(Lane(), at(Fault.RESET, SECOND, every=10 * SECOND, spread=3 * SECOND))
    times = [what.at for what in Faults(plan, 1).due(100 * SECOND)]
    assert len(times) in (8, 9)
    assert all(10 * SECOND <= later - sooner <= 13 * SECOND for sooner, later in pairwise(times))
    assert times == [what.at for what in Faults(plan, 1).due(100 * SECOND)]
    assert times != [what.at for what in Faults(plan, 2).due(100 * SECOND)]


@pytest.mark.parametrize("name", [name for name in RATES if name != "garbage"])
def test_nothing_comes_of_a_frame_whose_bytes_are_all_lost(name):
    assert passed(lane(**{name: 1.0}, drop_byte=1.0), [b"\1\0", b"abc"]) == []
