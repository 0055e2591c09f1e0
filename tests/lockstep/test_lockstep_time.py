"""Virtual time: the line, the devices and the bench, by themselves."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lockstep_builders import KINDS, Blind, Mute, Stuck, rigs

from payload.errors import LinkTimeout, PortError
from payload.met import NS_PER_MS, to_ns
from payload.model import RigCall
from payload.rigs import LockstepBench, Report
from payload.rigs.lockstep.devices import TwinDevice
from payload.rigs.lockstep.virtual import NEVER, Line
from payload.rigs.twins import Twin
from payload.rigs.wire.frame import encode
from payload.rigs.wire.packet import Hello, pack

HELLO = b"\0" + encode(pack(Hello(1)))


def test_a_frame_arrives_when_its_last_byte_does_and_behind_the_one_before_it() -> None:
    line = Line(115_200)
    byte_ns = -(-10 * 10**9 // 115_200)
    line.send(b"\0abc\0" + b"\0de\0", now=1_000)
    line.send(b"f\0", now=1_001)
    assert line.due == 1_000 + 5 * byte_ns
    assert line.arrived(1_000 + 5 * byte_ns - 1) == b""
    assert line.arrived(1_000 + 5 * byte_ns) == b"\0abc\0"
    assert line.arrived(1_000 + 9 * byte_ns) == b"\0de\0"
    assert line.due == 1_000 + 11 * byte_ns
    assert line.arrived(10**9) == b"f\0"
    assert line.due == NEVER


def test_a_line_without_a_rate_takes_no_time() -> None:
    line = Line(None)
    line.send(b"\0abc\0", now=7)
    assert (line.due, line.arrived(7)) == (7, b"\0abc\0")


@given(st.lists(st.tuples(st.integers(0, 10**7), st.binary(min_size=1, max_size=40)), max_size=20))
@settings(max_examples=50, deadline=None)
def test_a_line_loses_nothing_and_keeps_the_order(sent: list[tuple[int, bytes]]) -> None:
    line, now, heard = Line(9_600), 0, b""
    for later, data in sent:
        now += later
        heard += line.arrived(now)
        line.send(data, now)
    while line.due < NEVER:
        heard += line.arrived(line.due)
    assert heard == b"".join(data for _, data in sent)


def test_a_twin_stops_where_it_speaks_and_sleeps_until_it_has_something_to_do() -> None:
    device = TwinDevice(Twin("incubator", unit=1, boot=2))
    assert device.advance(to_ns(5), b"") == (to_ns(5), b"")
    now, sent = device.advance(to_ns(1_000), HELLO)
    assert (now, sent.endswith(b"\0"), len(sent) > 48) == (to_ns(5), True, True)
    assert device.advance(to_ns(1_000), b"") == (to_ns(1_000), b"")


def test_a_bench_is_ready_in_line_time_and_parts_with_safe_rigs() -> None:
    with LockstepBench(rigs()) as bench:
        assert bench.clock.now_ns() < 200 * NS_PER_MS
        assert set(bench.facts()) == {"oven", "loop", "eye"}
        bench.clock.sleep_ms(500)
        bench.beat()
    assert {report.rig: report.facts for report in bench.reports(0) if report.stage == "SAFE"} == {
        rig: {"reason": "COMMAND"} for rig in rigs()
    }


def test_after_it_was_left_time_still_goes_by_and_nothing_is_there_to_be_run() -> None:
    with LockstepBench(rigs()) as bench:
        pass
    told = bench.reports(0)
    left_at = bench.clock.now_ns()
    assert [report.stage for report in told if report.stage != "TELEMETRY"] == ["SAFE"] * 3
    assert (bench.reports(50), bench.clock.now_ns()) == ([], left_at + to_ns(50))


def test_a_word_from_one_that_cannot_say_when_it_will_speak_reaches_another_soon() -> None:
    """The loop has been run ahead when the eye turns out to have finished: by 20 ms at most, not to the next beat."""
    makers = {rig: lambda kind=kind: Blind(TwinDevice(Twin(kind, unit=1, boot=1))) for rig, kind in KINDS.items()}
    late = []
    with LockstepBench(rigs(), makers=makers) as bench:
        for number in range(20):
            bench.beat()
            bench.clock.sleep_ms(137)
            bench.reports(0)
            bench.release("film", RigCall("eye", "capture", {"frames": 1, "duration": 1_000 + 37 * number}))
            while not any((r.token, r.stage) == ("film", "DONE") for r in bench.reports(100)):
                bench.beat()
            said_at = bench.clock.now_ns()
            bench.release("look", RigCall("loop", "read", {"channel": "flow"}))
            heard: list[Report] = []
            while not heard:
                heard = [r for r in bench.reports(100) if (r.token, r.stage) == ("look", "DONE")]
            late.append((heard[0].at_ns or 0) - said_at)
    assert max(late) <= to_ns(20 + 5)  # and the line's own time


def test_without_beats_the_leases_end_in_virtual_time_too() -> None:
    with LockstepBench(rigs()) as bench:
        bench.clock.sleep_ms(3_100)
        assert {report.rig: report.facts["reason"] for report in bench.reports(0) if report.stage == "SAFE"} == (
            dict.fromkeys(rigs(), "LEASE")
        )


def test_boot_ids_come_from_the_seed() -> None:
    boots = []
    for seed in (1, 1, 2):
        with LockstepBench(rigs(), seed=seed) as bench:
            boots.append(tuple(said.boot for said in bench.facts().values()))
    assert boots[0] == boots[1] != boots[2]
    assert len(set(boots[0])) == 3


def test_reports_wait_for_the_first_and_no_longer() -> None:
    with LockstepBench(rigs()) as bench:
        bench.reports(0)
        before = bench.clock.now_ns()
        bench.release("look", RigCall("eye", "read", {"channel": "stored"}))
        assert [report.stage for report in bench.reports(50)] == ["RELEASED"]
        assert bench.clock.now_ns() == before  # it was there already
        ended = next(r for r in itertools.chain.from_iterable(iter(lambda: bench.reports(50), [])) if r.stage == "DONE")
        assert (ended.token, bench.clock.now_ns() - before < to_ns(20)) == ("look", True)


def test_a_rig_that_never_answers_and_one_whose_time_stands_still_are_named() -> None:
    with pytest.raises(LinkTimeout, match=r"rig oven: .*HELLO"), LockstepBench(rigs(), makers={"oven": Mute}):
        pass
    with (
        pytest.raises(PortError, match="rig loop: its device does not move on from 0 ns"),
        LockstepBench(rigs(), makers={"loop": Stuck}),
    ):
        pass


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2), st.integers(0, 4_000), st.sampled_from(["beat", "abort", "restart", "arm", "read"])
        ),
        max_size=12,
    )
)
@settings(max_examples=25, deadline=None)
def test_whatever_is_said_time_goes_on_and_goes_on_alike(said: list[tuple[int, int, str]]) -> None:
    """No instant is visited for ever, and the second time all is as it was the first."""

    def story() -> list[object]:
        told: list[object] = []
        with LockstepBench(rigs()) as bench:
            for number, (which, then_ms, word) in enumerate(said):
                rig = list(rigs())[which]
                match word:
                    case "beat":
                        bench.beat()
                    case "abort":
                        bench.abort(rig)
                    case "restart":
                        bench.restart(rig)
                    case "arm":
                        bench.arm(rig, f"arm-{number}")
                    case "read":
                        bench.release(f"read-{number}", RigCall("eye", "read", {"channel": "stored"}))
                until = bench.clock.now_ns() + to_ns(then_ms)
                bench.clock.sleep_ms(then_ms)
                assert bench.clock.now_ns() == until
                told.append((until, bench.reports(0)))
        return [*told, bench.clock.now_ns(), bench.reports(0)]

    assert story() == story()
