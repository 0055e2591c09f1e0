"""A rig's clock on the host's: the estimate, and the bound that goes with it."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clock_error import lopsided, measure, steady, wandering
from payload.rigs.link.clock import RigClock

MS = 1_000_000
SECOND = 1_000 * MS


@pytest.mark.parametrize("drift", [steady, wandering])
def test_over_jitter_the_error_is_below_100_us_and_the_bound_holds(drift):
    """The whole day is bench/clock_error.py's."""
    found = measure(0.4, drift, seed=5)
    assert found.violations == 0
    assert found.p99 <= 100_000
    assert found.widest <= 2 * MS


def test_the_bound_holds_where_the_ways_are_of_unequal_length():
    found = measure(0.6, wandering, seed=5, ways=lopsided)
    assert (found.violations, found.median > MS, found.widest < 20 * MS) == (0, True, True)


@pytest.mark.parametrize("slow", [(1, 0), (0, 1)])
@pytest.mark.parametrize("every_ms", [10, 100])
def test_a_slow_and_lopsided_beginning_is_not_forgotten_before_it_has_lost_its_weight(every_ms, slow):
    """The line goes through the first answers still when many quick ones have come since; asked of times to come."""
    rng, clock, wrong = random.Random(1), RigClock(1000), []
    for number in range(400):
        at = number * every_ms * MS
        late = 100 * MS if number < 5 else 0
        there, back = (rng.randrange(MS // 2) + late * way for way in slow)
        clock.sample(at, at + there + back, *divmod((at + there) // 1_000, 1000))
        for asked in (at, at + SECOND, at + 5 * SECOND, at + 20 * SECOND):
            instant = clock.at(*divmod(asked // 1_000, 1000))
            if abs(instant.at_ns - asked) > instant.error_ns:
                wrong.append((number, asked))
    assert wrong == []


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, 2**32),
    st.sampled_from([1, 500, 1_000, 60_000, 1_200_000]),
    st.floats(-0.005, 0.005),
    st.floats(0, 0.9),
    st.integers(0, 1 << 30),
)
def test_the_bound_holds_whatever_the_wire_does(start_ms, speed_milli, off, busy, seed):
    """Clocks up to half a percent wrong, at any speed, over their wrap; answers late by up to 300 ms, on either way."""
    rng = random.Random(seed)
    clock = RigClock(speed_milli)
    began = 12_345 * SECOND

    def rig(at: int) -> tuple[int, int]:
        thousandths = int((start_ms * MS + (at - began) * (1 + off)) * speed_milli // 1_000_000)
        return thousandths // 1000 % 2**32, thousandths % 1000

    at = began
    clock.greeted(at, at + 3 * MS, rig(at + MS)[0])
    for _ in range(60):
        at += rng.randrange(1, 2 * SECOND)
        late = [rng.randrange(300 * MS) if rng.random() < busy else rng.randrange(MS) for _ in range(2)]
        clock.sample(at, at + sum(late), *rig(at + late[0]))
        asked = at + rng.randrange(-5 * SECOND, 5 * SECOND)
        if asked > began:
            instant = clock.at(*rig(asked))
            quantum = 1_000_000_000 // speed_milli // 1000 + 1
            assert abs(instant.at_ns - asked) <= instant.error_ns + quantum


def test_a_tick_for_an_instant_is_the_first_that_is_not_before_it():
    clock = RigClock(1000)
    for second in range(1, 30):
        clock.sample(second * SECOND, second * SECOND, second * 1000, 0)
    assert [clock.tick(29 * SECOND + ns) for ns in (0, 1_000, MS, MS + 2_000)] == [29_000, 29_001, 29_001, 29_002]
    assert abs(clock.at(29_500).at_ns - (29 * SECOND + 500 * MS)) < 1_000


def test_one_very_late_answer_moves_nothing():
    clock = RigClock(1000)
    for second in range(1, 30):
        clock.sample(second * SECOND, second * SECOND + 2 * MS, second * 1000 + 1, 0)
    clock.sample(30 * SECOND, 30 * SECOND + 900 * MS, 30_001, 0)
    instant = clock.at(30_001)
    assert abs(instant.at_ns - (30 * SECOND + MS)) < 10_000
    assert instant.error_ns < 2 * MS


def test_of_an_unknown_clock_nothing_can_be_asked():
    with pytest.raises(ValueError, match="nothing is known yet"):
        RigClock(1000).at(5)
