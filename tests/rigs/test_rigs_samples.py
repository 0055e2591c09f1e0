"""Samples in order, each once; those that are missing asked for."""

from hypothesis import given, settings
from hypothesis import strategies as st

from payload.rigs.link.events import Sampled
from payload.rigs.link.roundtrip import RoundTrip
from payload.rigs.link.streams import Streams
from payload.rigs.twins import FULL
from payload.rigs.wire.packet import WRAP, Gone, Telemetry
from samples_whole import record


class Tags:
    def __init__(self):
        self.last = 0

    def __call__(self):
        self.last += 1
        return self.last


def frame(first, *values, tag=0):
    return Telemetry(1, tag, 0, first, 10, 0, values)


def test_a_hole_is_asked_for_and_filled():
    streams, tag = Streams(RoundTrip()), Tags()
    streams.begin(0)
    assert streams.take(frame(1, 10, 20), 0) == [Sampled(0, 1, 10, (10, 20), 0)]
    assert streams.take(frame(5, 50), 0) == []
    assert [(ask.first, ask.count) for ask in streams.ask(1, tag, 0)] == [(3, 2)]
    assert streams.ask(1, tag, 1) == []  # once, until it is time
    assert streams.take(frame(3, 30, tag=1), 2) == [Sampled(0, 3, 10, (30,), 0)]
    assert [(ask.first, ask.count) for ask in streams.ask(1, tag, 2)] == [(4, 1)]
    assert streams.gone(Gone(1, 1, 0, 5, 1)) == []  # what is before it may come still
    assert streams.gone(Gone(1, 2, 0, 4, 1)) == [Sampled(0, 5, 10, (50,), 1)]
    assert (streams.ask(1, tag, 3), streams.due) == ([], None)


def test_what_was_lost_before_the_first_frame_came_is_missed_too():
    streams = Streams(RoundTrip())
    streams.begin(34)
    assert streams.take(frame(6, 60), 0) == []
    assert [(ask.first, ask.count) for ask in streams.ask(1, Tags(), 0)] == [(4, 2)]


@settings(deadline=None, max_examples=60)
@given(st.integers(0, WRAP - 1), st.lists(st.tuples(st.integers(0, 60), st.integers(1, 9)), max_size=40), st.data())
def test_whatever_comes_in_whatever_order_each_is_told_once_and_in_order(start, pieces, data):
    """Also over the wrap of the numbers. At the end all is sent once more, in pieces out of order."""
    streams = Streams(RoundTrip())
    streams.begin((start - 1) % WRAP)
    told = streams.take(Telemetry(1, 0, 0, start, 1, 0, (start,)), 0)
    pieces += data.draw(st.permutations([(at, 1) for at in range(1, 70)]))
    for at, length in pieces:
        numbers = [(start + at + k) % WRAP for k in range(length)]
        told += streams.take(Telemetry(1, 0, 0, numbers[0], 1, 0, tuple(numbers)), 0)
    values = [value for sampled in told for value in sampled.values]
    assert values[:70] == [(start + k) % WRAP for k in range(70)]
    assert values == [(start + k) % WRAP for k in range(len(values))]


def test_ten_streams_of_a_kilohertz_lose_nothing_to_one_percent_of_corruption():
    """The hour is bench/samples_whole.py's."""
    store, wire = record(30, 0.01, seed=2)
    assert (store.wrong, sum(store.lost.values())) == (0, 0)
    assert min(store.came.values()) > 29_800
    assert sum(wire.faults.counts.values()) > 20


def test_after_a_host_has_stalled_five_seconds_what_is_lost_is_counted_to_the_sample():
    store, wire = record(6, 0.0, stall=5)
    assert store.wrong == 0
    assert {store.came[stream] + store.lost[stream] for stream in store.came} == {wire.device.tick}
    assert 1_000 < min(store.lost.values()) <= max(store.lost.values()) <= 5_000 - FULL.ring
