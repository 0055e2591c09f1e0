"""Buffers that fill and drain: in whole plans, and the level by itself against the page's formula."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from planning_builders import experiment, mission, session, step

from payload.met import DAY, HOUR, MINUTE, Window
from payload.model import Buffer, Mission, Plan, Repeat
from payload.planning import make_plan
from payload.planning.state.buffers import Level
from payload.rules import check


def recording(count: int, amount: int, buffer: Buffer, **more: object) -> Mission:
    """So many sessions of half an hour, each of which produces so many bits."""
    run = session("pass", step(30, crew=0, produces={"disk": amount}), repeat=Repeat(count), **more)
    return mission(experiment("photo", run, unordered=True), resources={"disk": buffer}, windows={"relay": None})


def story(made: Mission, windows: dict[str, tuple[Window, ...]]) -> list[int]:
    """Minutes at which its sessions start, in a plan of which nothing is wrong."""
    plan = planned(made, windows)
    return [one.start // MINUTE for one in plan.reservations]


def planned(made: Mission, windows: dict[str, tuple[Window, ...]]) -> Plan:
    plan = make_plan(made, windows)
    assert list(check(made, plan)) == []
    return plan


def test_a_full_buffer_waits_for_its_drain() -> None:
    """Two passes leave 2,000 bits free. From 6:00 on 1,800 drain away in half an hour: not enough before 6:10."""
    relay = (Window(6 * HOUR, 7 * HOUR), Window(12 * HOUR, 14 * HOUR))
    made = recording(3, 4000, Buffer("disk", "data", 10_000, 1, ("relay",)))
    assert story(made, {"relay": relay}) == [0, 0, 6 * 60 + 10]


def test_what_flows_in_while_it_is_drained_counts_less() -> None:
    """20 bits in half an hour into 11: only while the relay takes 10 of 20 bits a half hour."""
    relay = (Window(6 * HOUR, 7 * HOUR),)
    made = recording(1, 20_000, Buffer("disk", "data", 11_000, 10, ("relay",)))
    assert story(made, {"relay": relay}) == [5 * 60 + 50]


def test_a_buffer_may_be_filled_to_the_brim() -> None:
    assert story(recording(2, 5, Buffer("disk", "data", 10, 0)), {"relay": ()}) == [0, 0]
    plan = planned(recording(3, 5, Buffer("disk", "data", 10, 0)), {"relay": ()})
    assert [one.conflict for one in plan.unscheduled] == [("the buffer disk has no room for what it produces",)]


def test_an_earlier_session_must_leave_room_for_a_later_one() -> None:
    """The fixed session at 3:00 needs all of the buffer: what comes before it would still be there."""
    made = recording(1, 5, Buffer("disk", "data", 10, 1, ("relay",)))
    run = session("run", step(30, crew=0, produces={"disk": 10}), at=(3 * HOUR,))
    whole = experiment("whole", run, value=9)
    made = mission(whole, *made.experiments, resources=made.resources, windows=made.windows)
    plan = planned(made, {"relay": (Window(5 * HOUR, 6 * HOUR),)})
    assert [(one.id, one.start // MINUTE) for one in plan.reservations] == [("whole/run/1", 180), ("photo/pass/1", 300)]


def test_required_sessions_that_no_drain_makes_room_for_are_infeasible() -> None:
    made = recording(3, 5, Buffer("disk", "data", 10, 0))
    must = experiment("must", *made.experiments[0].sessions, required=True)
    plan = make_plan(mission(must, resources=made.resources, windows=made.windows, end=3 * HOUR), {"relay": ()})
    assert plan.status == "infeasible"
    assert plan.conflict[-1] == "buffer disk"


# the level by itself

FLOWS = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12), st.integers(1, 30)), max_size=6)
WINDOWS = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 10)), max_size=3)


def peak(drain: int, flows: list[tuple[int, int, int]], windows: list[Window]) -> Fraction:
    """The most that is ever in the buffer: what came in less what could go out between any two instants."""
    edges = sorted(
        {0, *(e for start, end, _ in flows for e in (start, end)), *(e for w in windows for e in (w.start, w.end))}
    )

    def came(at: int) -> Fraction:
        parts = (Fraction(amount * (min(at, end) - start), end - start) for start, end, amount in flows if at > start)
        return sum(parts, Fraction(0)) - sum(
            (Fraction(drain, 1000) * (min(at, w.end) - w.start) for w in windows if at > w.start), Fraction(0)
        )

    net = [came(at) for at in edges]
    return max((net[v] - net[u] for u in range(len(net)) for v in range(u, len(net))), default=Fraction(0))


def apart(spans: list[tuple[int, int]]) -> list[Window]:
    found: list[Window] = []
    for start, length in sorted(spans):
        start = max(start, found[-1].end + 1) if found else start
        found.append(Window(start, start + length))
    return found


@settings(max_examples=200, deadline=None)
@given(FLOWS, WINDOWS, st.integers(0, 3), st.integers(1, 40))
def test_the_level_is_over_exactly_when_the_page_says_so(
    drawn: list[tuple[int, int, int]], spans: list[tuple[int, int]], per_ms: int, size: int
) -> None:
    flows = [(start, start + length, amount) for start, length, amount in drawn]
    windows, drain = apart(spans), per_ms * 700
    level = Level(Buffer("disk", "data", size, drain), windows, (0, 4, 40))
    for flow in flows:
        level.add(*flow)
    assert level.over() == (peak(drain, flows, windows) > size)


@settings(max_examples=100, deadline=None)
@given(FLOWS, WINDOWS, st.integers(0, 3), st.integers(1, 40), st.integers(0, 5), st.integers(1, 9), st.integers(1, 30))
def test_those_starts_are_open_that_keep_the_size(
    drawn: list[tuple[int, int, int]],
    spans: list[tuple[int, int]],
    per_ms: int,
    size: int,
    first: int,
    length: int,
    amount: int,
) -> None:
    flows = [(start, start + long, much) for start, long, much in drawn]
    windows, drain = apart(spans), per_ms * 700
    level = Level(Buffer("disk", "data", size, drain), windows, (0, 1, 160))
    for flow in flows:
        level.add(*flow)
    mask = level.starts(first, first + length, amount)
    for tick in range(0, 56, 4):
        more = (tick + first, tick + first + length, amount)
        if peak(drain, flows, windows) <= size:
            assert mask >> tick & 1 == (peak(drain, [*flows, more], windows) <= size)
        level.add(*more)
        assert level.over() == (peak(drain, [*flows, more], windows) > size)
        level.remove(*more)
    assert level.starts(first, first + length, amount) == mask


def test_days_of_recording_are_planned_between_the_passes() -> None:
    """Each pass of ten minutes empties a third of the buffer; forty recordings of a third wait for one each."""
    passes = tuple(Window(at, at + 10 * MINUTE) for at in range(HOUR, 3 * DAY, 90 * MINUTE))
    disk = Buffer("disk", "data", 3_000_000, 1_700, ("relay",))
    run = session("pass", step(20, crew=0, produces={"disk": 1_000_000}), repeat=Repeat(40))
    made = mission(
        experiment("photo", run, unordered=True), resources={"disk": disk}, end=3 * DAY, windows={"relay": None}
    )
    plan = planned(made, {"relay": passes})
    assert plan.status == "optimal"
