"""A link and a twin back to back over a wire that may be bad, in virtual time."""

from dataclasses import replace
from itertools import pairwise

import pytest
from rigs_builders import Joined, Noise

from payload.errors import LinkTimeout, PortError, ProtocolError
from payload.met import NS_PER_MS
from payload.rigs.kinds.dictionary import KINDS
from payload.rigs.link.events import Down, Known, Met, Moved, Sampled, Seen, Up
from payload.rigs.link.intents import Intent, Left
from payload.rigs.link.link import Link, Phase
from payload.rigs.link.numbered import Numbered
from payload.rigs.link.orders import Order
from payload.rigs.link.outbox import Outbox
from payload.rigs.link.roundtrip import RoundTrip
from payload.rigs.link.window import Window
from payload.rigs.twins import FULL, SMALL, Twin
from payload.rigs.wire.frame import encode
from payload.rigs.wire.packet import Housekeeping, Open, Record, Stage, StageReply, State, Status, pack


def downs(joined):
    return [event.error for event in joined.told if isinstance(event, Down)]


def armed(**options):
    joined = Joined(**options)
    joined.run(10)
    joined.arm()
    joined.run(100)
    assert joined.story("arm") == [("ACCEPTED", None), ("DONE", None)]
    return joined


PROGRESS = [("PROGRESS", None)] * 9


def test_a_long_command_goes_through_all_its_stages():
    joined = armed()
    joined.submit("heat", "heat", 30_000, 20_000)
    joined.run(21_000)
    assert joined.story("heat") == [("ACCEPTED", None), ("STARTED", None), *PROGRESS, ("DONE", None)]


def test_a_lost_end_is_asked_for_again():
    joined = armed()
    joined.submit("heat", "heat", 30_000, 5_000)
    joined.run(4_000)
    joined.noise = Noise(drop=1.0)
    joined.run(1_500)  # DONE falls into this
    joined.noise = Noise()
    joined.run(2_000)
    assert joined.story("heat")[-1] == ("DONE", None)
    assert len(joined.ran) == 3  # prepare, arm, heat


def test_the_same_boot_after_a_lost_port_every_fate_is_known():
    joined = armed()
    joined.submit("heat", "heat", 30_000, 3_000)
    joined.run(500)
    joined.lose_port(PortError("rig-1", "unplugged"))
    joined.run(1_000, beat=False)
    joined.submit("read", "read", 0)
    joined.connect()
    joined.run(3_000)
    assert joined.ends() == {"arm/prepare": ["DONE"], "arm": ["DONE"], "heat": ["DONE"], "read": ["DONE"]}
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
    joined.submit("heat-2", "heat", 30_000, 60_000)
    joined.abort()
    joined.run(3_000)
    joined.noise = Noise()
    joined.run(3_000, reconnect=True)
    assert joined.twin.reason.name in ("ABORT", "LEASE")
    assert joined.story("heat")[-1] in [("FAILED", "ABORT"), ("FAILED", "LEASE")]
    assert joined.story("heat-2") == [("CANCELLED", "ABORT")]
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


@pytest.mark.parametrize("size", [FULL, SMALL])
def test_the_window_never_outruns_the_rigs_memory(size):
    """Replies are lost by the dozen, and none is forgotten before it has been asked for. Three beats lost in a row make
    the rig safe, and end its heating."""
    for seed in range(4):
        joined = armed(size=size, noise=Noise(), seed=seed)
        joined.noise = Noise(drop=0.3)
        joined.submit("heat", "heat", 30_000, 2_000)
        for index in range(60):
            joined.submit(f"read-{index}", "read", 0)
        joined.submit("heat-2", "heat", 30_000, 2_000)
        joined.submit("last", "read", 0)
        joined.run(60_000, reconnect=True)
        codes = {event.code for event in joined.told if isinstance(event, Moved) and event.stage == "INDETERMINATE"}
        ends = joined.ends()
        assert (codes, {len(stages) for stages in ends.values()}) == (set(), {1})
        assert {stage for token, (stage,) in ends.items() if "heat" not in token} == {"DONE"}


def test_a_lost_frame_brings_no_storm():
    """Of 30 commands the first is lost. The others are each refused once, and sent again once."""
    joined = armed()
    joined.noise = Noise(drop=1.0)
    joined.submit("read-0", "read", 0)
    joined.noise = Noise()
    for index in range(1, 30):
        joined.submit(f"read-{index}", "read", 0)
    joined.run(30)
    assert {tuple(stages) for stages in joined.ends().values()} == {("DONE",)}
    assert (joined.twin.naks, len(joined.ran)) == (29, 2 + 30)


def test_the_number_that_is_wanted_counts_anew_when_the_one_before_it_is_known():
    """Numbers are compared round the circle: a gap of long ago must not stand before one of now."""
    window, orders = Window("rig-1", RoundTrip()), {}
    for number in (10, 11, 40_000):
        orders[number] = Order(str(number), KINDS["incubator"].by_name["read"], (0,))
        window.restore(orders[number], 1, number)
        window.sent(orders[number], number, 0)
        if number == 11:
            assert [window.wanted(expected, 0) for expected in (11, 10, 11, 12)] == [[orders[11]], [], [], []]
            for each in (10, 11):
                window.answered(orders[each], each, 0)
                window.end(orders[each], each)
    assert (window.wanted(40_000, 0), window.wanted(40_000, 0)) == ([orders[40_000]], [])


def test_what_an_answer_has_overtaken_is_asked_for_once_and_tells_nothing_of_the_round_trip():
    trip = RoundTrip()
    window, orders = Window("rig-1", trip), [Order(str(n), KINDS["incubator"].by_name["read"], (0,)) for n in range(4)]
    for number, order in enumerate(orders):
        window.restore(order, 1, number)
        window.sent(order, number, 0)
    trip.sample(100 * NS_PER_MS)
    before = trip.timeout_ns(1)
    orders[3].repeated = True
    assert window.answered(orders[3], 3, NS_PER_MS) == [orders[0], orders[1], orders[2]]
    assert window.answered(orders[2], 2, NS_PER_MS) == []
    assert trip.timeout_ns(1) == before
    assert window.answered(orders[0], 0, NS_PER_MS) == []
    orders[1].repeated = False
    assert window.answered(orders[1], 1, NS_PER_MS) == []
    assert trip.timeout_ns(1) != before


def test_a_question_that_was_repeated_tells_nothing_of_the_round_trip():
    trip = RoundTrip()
    outbox, before = Outbox("rig-1", trip), trip.timeout_ns(1)
    for tries in (2, 1):
        outbox.ask(Open(1, outbox.tag(), 1), "OPEN", 0)
        for _ in range(tries - 1):
            outbox.repeat(outbox.due)
        outbox.answered(NS_PER_MS)
        assert (trip.timeout_ns(1) == before) == (tries == 2)


def test_a_stage_of_another_session_is_of_another_command():
    joined = armed()
    joined.noise = Noise(drop=1.0)
    joined.submit("heat", "heat", 30_000, 60_000)
    done = StageReply(joined.twin.session + 1, 3, Stage.DONE, 0, 100, 5, 0)
    joined.told += joined.link.receive(b"\0" + encode(pack(done)), joined.at * NS_PER_MS)
    assert joined.story("heat") == []


def test_a_command_that_is_never_answered_is_sent_eight_times_at_doubled_distances():
    joined = armed()
    joined.noise = Noise(drop=1.0)
    sent, now = [], joined.at * NS_PER_MS
    joined.link.submit("read", KINDS["incubator"].by_name["read"], (0,), now)
    while joined.link.phase is Phase.UP:
        sent += [now // NS_PER_MS] * bool(joined.link.outgoing())
        now = joined.link.deadline
        joined.told += joined.link.tick(now)
    assert [later - at for at, later in pairwise(sent)] == [40, 80, 160, 320, 640, 1_280, 2_000]
    assert [str(error) for error in downs(joined)] == ["rig rig-1: no answer to read (command 3) within 6520 ms"]


def test_numbers_that_were_given_up_do_not_keep_the_next_ones_from_the_rig():
    """The rig never had the first: it would wait for its number for ever."""
    joined = armed()
    joined.noise = Noise(drop=1.0)
    joined.submit("lost", "read", 0)
    joined.lose_port(PortError("rig-1", "unplugged"))
    joined.told += joined.link.give_up()
    joined.noise = Noise()
    joined.connect()
    joined.submit("next", "read", 0)
    joined.run(100)
    assert joined.ends() == {"arm/prepare": ["DONE"], "arm": ["DONE"], "lost": ["INDETERMINATE"], "next": ["DONE"]}


def test_a_lost_answer_is_asked_for_when_the_next_one_overtakes_it():
    joined = armed()
    joined.submit("read-0", "read", 0)
    joined.run(1)
    joined.noise = Noise(drop=1.0)
    joined.run(1)  # the answer falls into this
    joined.noise = Noise()
    joined.submit("read-1", "read", 0)
    joined.run(6)  # long before any time-out
    assert (joined.ends()["read-0"], joined.ends()["read-1"], len(joined.ran)) == (["DONE"], ["DONE"], 4)


def test_a_second_long_command_waits_for_the_first_one_and_a_journaled_one_for_the_other():
    joined = armed()
    joined.submit("heat-1", "heat", 30_000, 2_000)
    joined.submit("heat-2", "heat", 31_000, 1_000)
    joined.submit("turn-1", "agitate", 1)
    joined.submit("turn-2", "agitate", 1)
    joined.run(1_000)
    assert len(joined.ran) == 3  # prepare, arm, the first heat
    joined.run(3_000)
    assert {tuple(stages) for stages in joined.ends().values()} == {("DONE",)}


def test_timed_commands_wait_in_the_rig_and_run_at_their_tick():
    joined = armed()
    for index in range(12):  # the rig's queue holds eight
        joined.submit(f"read-{index}", "read", 0, at=1_000 + 100 * index)
    joined.submit("missed", "read", 0, at=50)
    joined.run(3_000)
    ticks = [e.tick for e in joined.told if isinstance(e, Moved) and e.stage == "DONE" and e.token[:4] == "read"]
    assert ticks == [1_000 + 100 * index for index in range(12)]
    assert joined.story("missed") == [("LATE", None)]
    assert joined.story("read-3") == [("ACCEPTED", None), ("DONE", None)]


def test_the_lost_end_of_a_timed_command_is_asked_for_again():
    joined = armed()
    joined.submit("later", "read", 0, at=500)
    joined.run(100)
    joined.noise = Noise(drop=1.0)
    joined.run(400)
    joined.noise = Noise()
    joined.run(2_000)
    assert joined.story("later") == [("ACCEPTED", None), ("DONE", None)]


@pytest.mark.parametrize(
    ("journals", "arrives", "story"),
    [
        (True, False, [("REJECTED", "SAFE_MODE")]),  # it never arrived: it is sent anew, to a rig in safe mode
        (True, True, [("DONE", None)]),  # it ran, and its end was lost: the rig's own journal knows
        (False, False, [("INDETERMINATE", "REBOOT")]),
        (False, True, [("INDETERMINATE", "REBOOT")]),
    ],
)
def test_a_journaled_command_at_a_reset(journals, arrives, story):
    joined = armed(journals=journals)
    joined.noise = Noise(drop=0.0 if arrives else 1.0)
    joined.submit("agitate", "agitate", 3)
    joined.noise = Noise(drop=1.0)
    joined.run(30)
    joined.boot()
    joined.noise = Noise()
    joined.run(3_000, reconnect=True)
    assert joined.story("agitate") == story
    assert len(joined.ran) == 2 + arrives


@pytest.mark.parametrize(
    ("before", "now", "story"),
    [
        ((1, 1, 4, 5), (1, 1, 5, 5), [("DONE", None)]),
        ((1, 1, 4, 5), (1, 1, 4, 5), []),
        ((1, 1, 4, 5), (7, 7, 7, 5), [("INDETERMINATE", "REBOOT")]),  # somebody else's
        ((1, 1, 5, 5), (1, 1, 5, 5), [("INDETERMINATE", "REBOOT")]),  # 65,536 commands ago: which of the two is it?
    ],
)
def test_what_the_rigs_own_journal_tells_of_a_command(before, now, story):
    kind, told = KINDS["incubator"], []
    trip = RoundTrip()
    numbered = Numbered("rig-1", Outbox("rig-1", trip), trip, told, durable=False)
    agitate = Intent("turn", 1, 1, 5, kind.by_name["agitate"].opcode, (1,), None, Record(*before))
    numbered.restore(Left(1, 1, 5, (agitate,)), kind)
    met = Joined()
    met.run(10)
    numbered.settle(replace(met.link.hello, boot=2, journal=Record(*now)))
    assert [(moved.stage, moved.code) for moved in told] == story


def test_a_long_journaled_command_that_had_begun_has_failed_with_the_reset():
    joined = armed(kind="fluid-loop")
    joined.submit("profile", "profile", 100, 60_000)
    joined.run(2_000)
    joined.boot()
    joined.run(3_000, reconnect=True)
    assert joined.story("profile") == [("ACCEPTED", None), ("STARTED", None), ("FAILED", "RESET")]


def test_sessions_of_a_new_boot_have_numbers_that_no_stray_frame_can_have():
    joined = armed()
    sessions = [joined.twin.session]
    for _ in range(3):
        joined.boot()
        joined.run(2_000)
        sessions.append(joined.twin.session)
    assert sessions == [1, 2, 3, 4]


def test_somebody_elses_session_leaves_what_was_sent_indeterminate():
    joined = armed()
    joined.submit("heat", "heat", 30_000, 60_000)
    joined.run(100)
    mine, joined.link = joined.link, Link("rig-1", KINDS["incubator"])
    joined.connect()
    joined.run(100)
    joined.link = mine
    joined.run(2_000)
    assert joined.story("heat")[-1] == ("INDETERMINATE", "SESSION")


def test_a_strangers_dictionary_is_fetched_piece_by_piece():
    own = replace(KINDS["power-switch"], number=200, name="valve-box")
    joined = Joined(size=SMALL, seed=3)
    joined.twin = Twin(own, unit=5, boot=9, size=SMALL)
    joined.link = Link("rig-1", None)
    joined.noise = Noise(drop=0.1, flip=0.1)
    joined.connect()
    joined.run(10_000, reconnect=True)
    known = [event.kind for event in joined.told if isinstance(event, Known)]
    assert (known, joined.link.phase) == ([own], Phase.UP)
    joined.told.clear()
    joined.noise = Noise()
    joined.lose_port(PortError("rig-1", "unplugged"))
    joined.connect()
    joined.run(1_000)
    assert [type(event) for event in joined.told if isinstance(event, Met | Known | Up)] == [Met, Up]


def test_telemetry_arrives_whole_through_noise():
    joined = armed(noise=Noise())
    joined.noise = Noise(drop=0.1, flip=0.1)
    joined.run(60_500, reconnect=True)
    for stream in (0, 1):
        mine = [event for event in joined.told if isinstance(event, Sampled) and event.stream == stream]
        numbers = [sampled.first + k for sampled in mine for k in range(len(sampled.values))]
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) >= 55
        assert (mine[-1].lost, mine[-1].first_tick) == (0, 1_000 * mine[-1].first)


def test_reports_of_ticks_are_placed_on_the_hosts_clock():
    joined = armed()
    joined.boot()
    joined.run(20_000)
    assert joined.link.clock
    instant = joined.link.clock.at(19_900)
    assert abs(instant.at_ns - (joined._booted_at + 19_900) * NS_PER_MS) <= instant.error_ns <= 3 * NS_PER_MS


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
    late = Housekeeping(1, 0, Status(State.SAFE, 1, 0, 0, 0, 0, 3), 0, 0)
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
    assert (joined.link.phase, joined.twin.session, joined.twin.naks) == (Phase.UP, 2, 1)


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


def test_a_stranger_where_our_rig_was_is_not_the_end_of_it():
    joined = armed()
    ours = joined.twin
    joined.twin = Twin("incubator", unit=5, boot=9)
    joined.lose_port(PortError("rig-1", "unplugged"))
    joined.connect()
    joined.run(10)
    down = joined.told[-1]
    assert isinstance(down, Down)
    assert (str(down.error)[:36], down.final) == ("rig rig-1: is another unit (0x000000", False)
    joined.twin = ours
    joined.connect()
    joined.run(100)
    assert joined.link.phase is Phase.UP
