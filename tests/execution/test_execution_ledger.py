"""The ledger: all or nothing, in rank order, never above capacity."""

from __future__ import annotations

from collections.abc import Generator

from hypothesis import example, given, settings
from hypothesis import strategies as st
from simpy import Environment, Event

from payload.execution.ledger import Ledger
from payload.execution.program import Claims
from payload.met import Window

Asker = tuple[int, Claims, int, int | None]  # when, what, for how long, how long it waits
CAPACITIES = (1, 2, 5)
CHANGES = {2: ((Window(20, 40), 3), (Window(30, 35), 1), (Window(60, 80), 7))}
claims = st.dictionaries(st.integers(0, 2), st.integers(1, 2), min_size=1).map(
    lambda wanted: tuple((item, min(amount, CAPACITIES[item]), 0) for item, amount in sorted(wanted.items()))
)
askers = st.lists(
    st.tuples(st.integers(0, 60), claims, st.integers(1, 25), st.none() | st.integers(0, 30)), min_size=1, max_size=15
)


@settings(deadline=None, max_examples=100)
@given(askers)
@example(
    [
        (0, ((0, 1, 0),), 7, None),
        (7, ((2, 2, 0),), 14, None),
        (0, ((0, 1, 0), (1, 1, 0), (2, 2, 0)), 1, None),
        (7, ((2, 2, 0),), 14, None),
    ]
)
def test_nobody_gets_more_than_there_is_and_all_get_theirs(asked: list[Asker]) -> None:
    env = Environment(0)
    ledger = Ledger(env, CAPACITIES, CHANGES, env.timeout)
    held: list[tuple[int, int, int, int]] = []  # item, amount, from, to
    ends: dict[int, str] = {}

    def ask(number: int, at: int, wanted: Claims, length: int, patience: int | None) -> Generator[Event, object, None]:
        yield env.timeout(at)
        wanted = tuple((item, amount, length) for item, amount, _ in wanted)
        waiter = ledger.request(wanted, (at, number))
        if not waiter.granted:
            until = None if patience is None else at + patience
            if not (yield ledger.wait(waiter, until)):
                assert env.now == until
                ends[number] = "gave up"
                return
        held.extend((item, amount, int(env.now), int(env.now) + length) for item, amount, _ in wanted)
        yield env.timeout(length)
        ledger.give(wanted)
        ends[number] = "served"

    for number, each in enumerate(asked):
        env.process(ask(number, *each))
    env.run()
    assert set(ends) == set(range(len(asked)))  # nobody is forgotten
    assert all(ends[number] == "served" for number, each in enumerate(asked) if each[3] is None)
    for at in {start for _, _, start, _ in held} | {20, 30, 35, 40, 60, 80}:
        for item, base in enumerate(CAPACITIES):
            inside = [(w.length_ms, c) for w, c in CHANGES.get(item, ()) if w.start <= at < w.end]
            capacity = min(inside)[1] if inside else base
            assert sum(amount for it, amount, start, end in held if it == item and start <= at < end) <= capacity


def test_who_was_planned_first_goes_first_and_nobody_idles_for_another() -> None:
    env = Environment(0)
    ledger = Ledger(env, (1, 1), {}, env.timeout)
    first = ledger.request(((0, 1, 0),), (0, 0))
    both = ledger.request(((0, 1, 0), (1, 1, 0)), (1, 1))
    later = ledger.request(((1, 1, 0),), (2, 2))
    latest = ledger.request(((0, 1, 0),), (3, 3))
    assert [each.granted for each in (first, both, later, latest)] == [True, False, True, False]
    ledger.give(first.claims)
    assert [each.granted for each in (both, latest)] == [False, True]  # `both` still waits for the other
    ledger.withdraw(latest)
    ledger.give(later.claims)
    assert both.granted


def test_what_is_given_back_for_something_else_stays_in_the_queue_first() -> None:
    env = Environment(0)
    ledger = Ledger(env, (1,), {}, env.timeout)
    mine = ledger.request(((0, 1, 0),), (0, 0))
    other = ledger.request(((0, 1, 0),), (5, 1))
    again = ledger.request(((0, 1, 0),), (3, 0), held=mine.claims)
    assert (again.granted, other.granted) == (True, False)
