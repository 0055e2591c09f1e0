"""A link and a twin back to back over a wire that may be bad, in virtual time."""

import pytest
from rigs_builders import Joined, Noise

from payload.errors import LinkTimeout, PortError, ProtocolError
from payload.met import NS_PER_MS
from payload.rigs.dictionary import KINDS
from payload.rigs.events import Down, Met, Sampled, Seen
from payload.rigs.frame import encode
from payload.rigs.link import Link, Phase
from payload.rigs.packet import Housekeeping, State, Status, pack
from payload.rigs.roundtrip import RoundTrip


def downs(joined):
    return [event.error for event in joined.told if isinstance(event, Down)]


def armed(**options):
    joined = Joined(**options)
    joined.submit("arm", "arm")
    joined.run(100)
    assert joined.story("arm") == [("ACCEPTED", None), ("DONE", None)]
    return joined


PROGRESS = [("PROGRESS", None)] * 9


def test_a_long_command_goes_through_all_its_stages():
    joined = armed()
    joined.submit("heat", "heat", 30_000, 20_000)
    joined.run(21_000)
    assert joined.story("heat") == [("ACCEPTED", None), ("STARTED", None), *PROGRESS, ("DONE", None)]


@pytest.mark.parametrize("faults", [0.05, 0.2, 0.4])
def test_no_command_runs_twice_and_none_is_lost_without_an_outcome(faults):
    for seed in range(3):
        noise = Noise(drop=faults / 2, flip=faults / 4, double=faults / 2, cut=faults / 4)
        joined = Joined(noise=noise, seed=seed, latency_ms=(1, 4))
        for index in range(60):
            joined.submit(f"read-{index}", "read", index % 2)
            if index % 10 == 0:
                joined.submit(f"arm-{index}", "arm")
                joined.submit(f"heat-{index}", "heat", 30_000, 1_000)
            joined.run(200, reconnect=True)
        joined.run(60_000, reconnect=True)
        ends = joined.ends()
        assert len(ends) == 72
        assert {len(stages) for stages in ends.values()} == {1}, "each has exactly one end"
        assert len(set(joined.ran)) == len(joined.ran), "none ran twice"
        done = sum(stages == ["DONE"] for stages in ends.values())
        failed = sum(stages == ["FAILED"] for stages in ends.values())  # started, then a lease ran out
        assert done + failed == len(joined.ran), "what ran was told so, and nothing else"


def test_a_lost_end_is_asked_for_again():
    joined = armed()
    joined.submit("heat", "heat", 30_000, 5_000)
    joined.run(4_000)
    joined.noise = Noise(drop=1.0)
    joined.run(1_500)  # DONE falls into this
    joined.noise = Noise()
    joined.run(2_000)
    assert joined.story("heat")[-1] == ("DONE", None)
    assert len(joined.ran) == 2  # arm, heat


def test_the_same_boot_after_a_lost_port_every_fate_is_known():
    joined = armed()
    joined.submit("heat", "heat", 30_000, 3_000)
    joined.run(500)
    joined.lose_port(PortError("rig-1", "unplugged"))
    joined.run(1_000, beat=False)
    joined.submit("read", "read", 0)
    joined.connect()
    joined.run(3_000)
    assert joined.ends() == {"arm": ["DONE"], "heat": ["DONE"], "read": ["DONE"]}
    assert [(met.again, met.rebooted) for met in joined.told if isinstance(met, Met)] == [(False, False), (True, False)]


def test_another_boot_makes_the_hazardous_indeterminate_and_repeats_the_idempotent():
    joined = armed()
    joined.submit("heat", "heat", 30_000, 60_000)
    joined.run(500)
    joined.noise = Noise(drop=1.0)
    joined.submit("read", "read", 0)  # sent, never heard
    joined.run(30)
    joined.lose_port(PortError("rig-1", "unplugged"))
    joined.boot()
    joined.noise = Noise()
    joined.connect()
    joined.run(500)
    assert (joined.story("heat")[-1], joined.story("read")[-1]) == (("INDETERMINATE", "REBOOT"), ("DONE", None))
    states = [(event.status.state, event.status.reason) for event in joined.told if isinstance(event, Seen)]
    assert states == [(0, 1), (1, 0), (2, 0), (0, 1)] or states == [(0, 1), (1, 0), (0, 1)]
    assert joined.twin.state.name == "SAFE"


def test_a_reboot_that_nobody_saw_is_noticed_by_the_session():
    joined = armed()
    joined.submit("heat", "heat", 30_000, 60_000)
    joined.run(100)
    joined.boot()  # the port stays open, as behind a USB hub
    joined.submit("read", "read", 0)
    joined.run(1_000)
    assert (joined.ends()["heat"], joined.ends()["read"]) == (["INDETERMINATE"], ["DONE"])


def test_silence_ends_the_link_within_four_seconds_of_beats():
    joined = armed()
    joined.noise = Noise(drop=1.0)
    joined.run(6_000)
    assert [str(error) for error in downs(joined)] == ["rig rig-1: no answer to BEAT within 4000 ms"]
    assert joined.twin.state.name == "SAFE"
    assert joined.twin.reason.name == "LEASE"


def test_abort_overtakes_what_waits_and_reaches_the_rig_through_noise():
    joined = armed(noise=Noise(), seed=4)
    joined.submit("heat", "heat", 30_000, 60_000)
    joined.run(100)
    joined.noise = Noise(drop=0.6)
    joined.submit("read", "read", 0)
    joined.submit("read-2", "read", 0)
    joined.abort()
    joined.run(3_000)
    joined.noise = Noise()
    joined.run(3_000, reconnect=True)
    assert joined.twin.reason.name in ("ABORT", "LEASE")
    assert joined.story("heat")[-1] in [("FAILED", "ABORT"), ("FAILED", "LEASE")]
    assert joined.story("read-2") == [("CANCELLED", "ABORT")]
    assert not joined.link.aborting


def test_a_limit_trip_is_told_with_its_reason():
    joined = armed()
    joined.submit("limit", "limit", 0, 4_000, 22_100)
    joined.submit("heat", "heat", 40_000, 60_000)
    joined.run(5_000)
    joined.submit("again", "heat", 40_000, 60_000)
    joined.run(100)
    assert joined.story("heat")[-1] == ("FAILED", "LIMIT")
    assert joined.story("again") == [("REJECTED", "SAFE_MODE")]


def test_giving_up_names_a_fate_for_everything():
    joined = armed()
    joined.submit("heat", "heat", 30_000, 60_000)
    joined.run(100)
    joined.lose_port(PortError("rig-1", "unplugged"))
    joined.submit("read", "read", 0)
    joined.told += joined.link.give_up()
    assert joined.story("heat")[-1] == ("INDETERMINATE", "LINK_DOWN")
    assert joined.story("read") == [("FAILED", "LINK_DOWN")]
    assert joined.link.idle


def test_the_window_holds_back_what_the_rig_could_not_store():
    joined = armed()
    joined.submit("heat", "heat", 30_000, 60_000)
    for index in range(40):
        joined.submit(f"read-{index}", "read", 0)
    joined.run(3_000)
    assert joined.twin.naks == 0
    assert sum(stages == ["DONE"] for stages in joined.ends().values()) == 1 + 31  # arm, and the room beside heat
    joined.run(60_000)
    assert {tuple(stages) for stages in joined.ends().values()} == {("DONE",)}


def test_telemetry_arrives_whole():
    joined = armed()
    joined.run(10_500)
    packets = [event.telemetry for event in joined.told if isinstance(event, Sampled)]
    for stream in (0, 1):
        mine = [packet for packet in packets if packet.stream == stream]
        assert [packet.sequence for packet in mine] == list(range(len(mine)))
        ticks = [p.first_tick + j * p.interval_ms for p in mine for j in range(len(p.values))]
        assert ticks == list(range(1_000, 1_000 * (len(ticks) + 1), 1_000))
        assert len(ticks) >= 9
        assert mine[-1].lost == 0


@pytest.mark.parametrize(
    ("heard", "error"),
    [
        (b"", LinkTimeout("rig-1", "HELLO (is it a payload rig, has it power, is the baud rate right?)", 5_000)),
        (
            b"login: ",
            ProtocolError(
                "rig-1",
                "7 bytes came in 5000 ms, none of them a frame of the rig link "
                "(another device on this port, or a wrong baud rate?)",
            ),
        ),
    ],
)
def test_a_greeting_that_nobody_answers(heard, error):
    link = Link("rig-1", KINDS["incubator"])
    link.connected(0)
    assert link.outgoing()
    told = link.receive(heard, 1) + link.tick(link.deadline)
    while not told:
        assert link.outgoing()
        told = link.tick(link.deadline)
    assert [(type(event.error), str(event.error), event.final) for event in told] == [(type(error), str(error), False)]
    assert (link.phase, link.deadline, link.outgoing()) == (Phase.CLOSED, None, b"")


def test_another_kind_is_refused_for_good():
    joined = Joined(kind="camera")
    joined.link = Link("rig-1", KINDS["incubator"])
    joined.connect()
    joined.run(10)
    assert [(str(event.error), event.final) for event in joined.told if isinstance(event, Down)] == [
        ("rig rig-1: is of kind camera, wanted is incubator: check the wiring", True)
    ]


def test_a_status_that_comes_late_changes_nothing():
    joined = armed()
    joined.run(500)
    before = len(joined.told)
    late = Housekeeping(1, 0, Status(State.SAFE, 1, 0, 0, 3), 0, 0)
    joined.told += joined.link.receive(b"\0" + encode(pack(late)), joined.at * NS_PER_MS)
    assert joined.told[before:] == []
    joined.abort()
    joined.run(100)
    assert [event.status.reason for event in joined.told[before:] if isinstance(event, Seen)] == [4]


def test_time_outs_follow_rfc_6298_between_floor_and_ceiling():
    trip = RoundTrip()
    assert [trip.timeout_ns(n) // NS_PER_MS for n in (1, 2, 3)] == [1_000, 2_000, 2_000]
    trip.sample(100 * NS_PER_MS)  # SRTT 100, RTTVAR 50
    assert trip.timeout_ns(1) == 300 * NS_PER_MS
    trip.sample(180 * NS_PER_MS)  # RTTVAR 3/4 * 50 + 1/4 * 80 = 57.5, SRTT 7/8 * 100 + 1/8 * 180 = 110
    assert trip.timeout_ns(1) == 340 * NS_PER_MS
    for _ in range(200):
        trip.sample(50_000)  # a PTY
    assert [trip.timeout_ns(n) // NS_PER_MS for n in range(1, 9)] == [40, 80, 160, 320, 640, 1_280, 2_000, 2_000]


def test_a_reboot_that_nobody_saw_is_noticed_by_the_next_beat():
    """Nothing but beats is on the wire while a long command runs: their NAK has to be enough."""
    joined = armed()
    joined.submit("heat", "heat", 30_000, 60_000)
    joined.run(100)
    joined.boot()
    joined.run(2_000)
    assert joined.story("heat")[-1] == ("INDETERMINATE", "REBOOT")
    assert [met.rebooted for met in joined.told if isinstance(met, Met)] == [False, True]
    assert (joined.link.phase, joined.twin.session, joined.twin.naks) == (Phase.UP, 1, 1)


def test_an_echo_on_the_line_does_not_pass_for_a_rig():
    joined = armed()
    told = []
    for second in range(1, 6):
        now = (joined.at + 1_000 * second) * NS_PER_MS
        told += joined.link.beat(now)
        told += joined.link.receive(joined.link.outgoing(), now)
        told += joined.link.tick(now)
    assert [str(event.error) for event in told] == ["rig rig-1: no answer to BEAT within 4000 ms"]


def test_an_abort_that_ended_one_connection_does_not_end_the_next_one_early():
    joined = armed()
    joined.noise = Noise(drop=1.0)
    joined.abort()
    joined.run(10_000, beat=False)
    joined.connect()
    joined.run(10_000, beat=False)
    assert [str(error).partition(" (")[0].partition(" within")[0] for error in downs(joined)] == [
        "rig rig-1: no answer to ABORT",
        "rig rig-1: no answer to HELLO",
    ]
    joined.noise = Noise()
    joined.connect()
    joined.run(100)
    assert (joined.link.aborting, joined.twin.reason.name) == (False, "LEASE")
