"""The golden conversations, one story each: what they are about stands in their names and comments."""

from __future__ import annotations

from collections.abc import Callable

from random_host import random_talk
from talking import Talk, nonce, wire

from payload.rigs.kinds.dictionary import ARM, CANCEL, DISARM, LIMIT, PREPARE, READ, SAFE
from payload.rigs.wire.frame import Frame, encode
from payload.rigs.wire.packet import Abort, AskDictionary, Beat, Call, Hello, Open, Ping, Resend, Stage, pack

LONG, STOP, ERASE, AGITATE, ON, OFF = 16, 17, 18, 18, 16, 17
HOUR = 3_600_000


def incubator_heat() -> Talk:
    talk = Talk("incubator").ready().beats(500, 33_500)
    talk.call(20, LONG, 30_000, 30_000).call(21, LONG, 31_000, 5_000)
    talk.say(22, Call(1, 3, LONG, (30_000, 30_000)))  # again: the stored STARTED
    talk.call(15_003, READ, 0).call(15_003, READ, 1).call(33_000, READ, 0)
    talk.say(33_001, Call(1, 3, LONG, (30_000, 30_000)))  # again: the stored DONE
    return talk.call(33_010, SAFE).say(40_000, Hello(77))


def incubator_refusals() -> Talk:
    talk = Talk("incubator", session=7)
    talk.say(0, Call(0, 1, SAFE)).say(1, Beat(0, 1, 4)).say(2, Open(0, 1)).say(3, Open(7, 1, 1, 1))
    talk.say(4, Open(7, 3)).say(5, Open(7, 4)).say(6, Open(6, 5))
    talk.call(10, LONG, 30_000, 30_000).call(11, 99).call(12, READ)
    talk.say(13, Frame(3, 7, 4, b"\x05\0\0")).say(13, Frame(3, 7, 5, b"\x05\0\0\0\0\0"))
    talk.number = 5
    talk.call(14, READ, 2).call(15, READ, -1)
    talk.say(16, Call(7, 9, SAFE)).say(17, Call(6, 8, SAFE)).say(18, Call(7, 0xFFF0, SAFE)).say(
        18, Call(7, 0x8007, SAFE)
    )
    talk.say(19, Frame(3, 7, 8)).say(20, Frame(3, 7, 8, bytes(14))).say(21, Frame(4, 7, 8, b"\0")).say(
        21, Frame(9, 7, 8, bytes(4))
    )
    talk.say(22, Frame(2, 8, 7, b"\2")).say(23, Frame(10, 7, 7)).say(24, Frame(0x83, 7, 7, bytes(11)))
    talk.say(25, Frame(8, 7, 7, bytes(6))).say(25, Resend(7, 7, 2, 1, 1)).say(25, Resend(7, 7, 0, 1, 0))
    talk.say(26, Frame(6, 0, 7, b"\0")).say(26, Frame(0, 0, 7)).say(27, Frame(1, 9, 9, b"hello")).say(
        27, Frame(5, 3, 3, b"x")
    )
    talk.call(30, PREPARE, 0).call(30, PREPARE, 2).call(31, LONG, 3_999, 1_000).call(32, LONG, 45_000, 604_800_001)
    talk.call(33, LIMIT, 0, -5_001, 0).call(34, LIMIT, 0, 0, 50_001).call(35, LIMIT, 0, 9, 8)
    talk.call(36, LIMIT, 2, 0, 0).call(37, AGITATE, 1).say(40, Call(7, 1, SAFE))
    talk.call(5_000, PREPARE, 1).call(5_000, ARM, 1, 0).say(5_001, Beat(7, 1, 0)).arm(5_002)
    return talk.call(5_003, LONG, 30_000, 5_000).call(5_004, DISARM).call(5_005, AGITATE, 7).say(5_010, Hello(3))


def incubator_limit() -> Talk:
    talk = Talk("incubator").ready().beats(500, 13_500)
    talk.call(20, LIMIT, 0, 4_000, 22_300).call(30, LONG, 40_000, 60_000)
    talk.call(11_600, PREPARE, 1).call(11_600, ARM, 1, nonce(talk.number)).call(11_700, LONG, 40_000, 60_000)
    return talk.open(11_800).arm(11_900).call(11_950, LIMIT, 1, 0, 0).call(11_960, LONG, 40_000, 60_000)


def incubator_lease() -> Talk:
    talk = Talk("incubator").ready().call(20, LONG, 10_000, 60_000)
    talk.say(1_500, Beat(1, 1, 255)).say(4_499, Ping(1)).say(4_500, Ping(2)).say(9_000, Hello(2))
    talk.call(9_001, PREPARE, 1).call(9_001, READ, 0).say(9_002, Beat(1, 2, 65_535)).arm(9_003).call(9_004, DISARM)
    return talk.call(9_005, LONG, 10_000, 60_000).raw(10_000)


def incubator_nonce() -> Talk:
    """Prepared and armed: within ten seconds, once, for exactly these outputs, and not across safe mode."""
    talk = Talk("incubator").say(0, Hello(1)).open().beats(500, 30_500)
    talk.call(10, ARM, 1, 0).call(20, PREPARE, 1).call(21, ARM, 1, nonce(2) ^ 1).call(22, ARM, 1, nonce(2))
    talk.call(23, ARM, 1, nonce(2)).call(24, DISARM)
    talk.call(30, PREPARE, 1).call(31, SAFE).call(32, ARM, 1, nonce(talk.number - 1))
    talk.call(40, PREPARE, 1).call(10_039, ARM, 1, nonce(talk.number)).call(10_050, SAFE)
    talk.call(10_060, PREPARE, 1).call(20_060, ARM, 1, nonce(talk.number))
    talk.call(20_100, PREPARE, 1).call(20_101, PREPARE, 1).call(20_102, ARM, 1, nonce(talk.number - 1))
    return talk.call(20_103, ARM, 1, nonce(talk.number - 1)).say(20_200, Abort()).say(20_201, Hello(4))


def incubator_speed_1200() -> Talk:
    talk = Talk("incubator", "1200").say(0, Hello(1)).open(6_000).arm(12_000).call(24_000, LONG, 37_000, 7_200_000)
    return talk.beats(600_000, 10_800_000, every=1_200_000).call(10_680_000.5, READ, 0).raw(16_000_000)


def incubator_window() -> Talk:
    """The ring of results is not the place of the long command's."""
    talk = Talk("incubator").ready().call(20, LONG, 25_000, 100_000)
    for n in range(33):
        talk.call(30 + n, READ, 0)
    talk.say(100, Call(1, 3, LONG, (25_000, 100_000))).say(101, Call(1, 4, READ, (0,))).say(102, Call(1, 5, READ, (0,)))
    talk.say(103, Beat(1, 1, 1)).call(104, STOP).say(105, Call(1, 3, LONG, (25_000, 100_000)))
    talk.say(106, Call(1, 1, PREPARE, (1,))).call(107, LONG, 26_000, 50_000).say(108, Call(1, 3, LONG)).say(
        109, Hello(5)
    )
    return talk.say(110, Abort()).say(111, Call(1, talk.number, 0)).raw(5_000)


def incubator_timed() -> Talk:
    talk = Talk("incubator").ready().beats(500, 40_500)
    talk.call_at(20, 1_000, LONG, 30_000, 12_000).call_at(21, 5_000, READ, 0).call_at(22, 5_000, READ, 1)
    talk.call_at(23, 23, READ, 0).call_at(24, 23, READ, 0).call_at(25, 26 + (1 << 31), READ, 0).call_at(26, 25, READ, 0)
    talk.call_at(27, 5_000, 99).call_at(28, 5_000, READ).call_at(29, 5_000, READ, 2).call_at(
        30, 6_000, LONG, 30_000, 1_000
    )
    talk.say(31, Call(1, 3, 0)).say(32, Hello(9)).raw(14_000)
    talk.say(14_001, Call(1, 3, 0)).say(14_002, Call(1, 4, 0)).say(14_003, Call(1, talk.number, 0))
    for n in range(9):  # one more than wait
        talk.call_at(15_000 + n, 16_000 + n, READ, 0)
    talk.call(15_100, CANCEL).call(15_101, CANCEL)
    talk.call_at(17_000, 18_500, READ, 0).call_at(17_001, 18_000, DISARM).call_at(17_002, 18_000, READ, 0)
    talk.say(18_100, Hello(10)).call_at(19_000, 19_500, LONG, 30_000, 5_000).arm(20_000)
    talk.call_at(21_000, 22_000, LONG, 30_000, 1_500).call_at(21_001, 23_000, READ, 0).call_at(21_002, 90_000, READ, 0)
    talk.call_at(21_003, 91_000, AGITATE, 5).say(24_000, Abort()).call_at(25_000, 26_000, READ, 0).call_at(
        25_001, 27_000, READ, 0
    )
    return talk.open(25_500).call_at(25_600, 44_000, READ, 0).raw(46_000)


def incubator_queue_full_by_running() -> Talk:
    """A timed long command keeps its place of the queue while it runs."""
    talk = Talk("incubator", size="small").ready().beats(500, 9_500)
    talk.call_at(20, 1_000, LONG, 30_000, 5_000).call_at(21, 3_000, READ, 0).call_at(22, 4_000, READ, 0)
    talk.call_at(2_000, 4_000, READ, 0).call_at(2_001, 5_000, READ, 0).call_at(6_500, 7_000, READ, 0)
    return talk.say(6_501, Call(1, 3, 0)).say(6_502, Call(1, 4, 0)).say(6_503, Call(1, 5, 0)).raw(9_000)


def incubator_journal() -> Talk:
    talk = Talk("incubator", nvm=b"\xff" * 64).ready().beats(500, 6_500)
    talk.call(20, AGITATE, 3).say(21, Hello(2)).call(22, LONG, 30_000, 3_000).call(23, AGITATE, 1_000).say(24, Hello(3))
    talk.call(25, AGITATE, 1_001).say(26, Hello(4)).call_at(30, 1_000, AGITATE, 2).say(31, Hello(5)).raw(1_001)
    talk.call_at(1_002, 5_000, AGITATE, 9).say(1_003, Abort())
    return talk.say(1_004, Hello(6)).call(1_005, AGITATE, 4).say(1_006, Hello(7)).say(1_007, Call(1, 3, AGITATE))


def incubator_journal_after_reset() -> Talk:
    """The older record is cut off in its middle place; the newer one, whose count has wrapped, tells."""
    talk = Talk("incubator").record(0xBAD0B007, 3, 77, Stage.DONE, count=255)
    talk.record(0xBAD0B007, 3, 78, Stage.STARTED, place=1, count=0)
    talk.say(0, Hello(1)).open().arm().beats(500, 1_000).call(20, AGITATE, 1)
    return talk.say(21, Hello(2)).call(30, AGITATE, 2).say(31, Hello(3))


def fluid_journal_cut_off() -> Talk:
    """A write that was cut off leaves the record before it; a journaled long command is written at both its ends."""
    talk = Talk("fluid-loop").record(0xBAD0B007, 3, 78, Stage.STARTED, count=4).record(0, 0, 0, 0, place=1, count=5)
    memory = bytearray(talk.nvm or b"")
    memory[20] ^= 1
    talk.nvm = bytes(memory)
    talk.ready().beats(500, 8_500).say(11, Hello(2)).call(20, LONG, 20, 2_000).say(21, Hello(3)).say(2_100, Hello(4))
    talk.call(3_000, LONG, 20, 60_000).call(4_000, STOP).say(4_001, Hello(5))
    talk.call(5_000, LONG, 20, 60_000).say(6_000, Abort()).say(6_001, Hello(6))
    return talk.call(7_000, LONG, 20, 60_000).say(7_001, Hello(7))


def fluid_profile() -> Talk:
    talk = Talk("fluid-loop").ready().beats(500, 20_000).call(20, LONG, 20, 12_345)
    talk.call(13_000, LONG, 200, 100_000).call(17_777, STOP).call(17_778, STOP).call(18_000, LONG, 5, 1_000)
    talk.say(18_500, Abort()).say(18_501, Abort()).call(18_600, LONG, 5, 1_000).arm(18_700).call(18_800, LONG, 7, 9_000)
    return talk.open(20_100).call(20_200, READ, 1).say(20_600, Beat(2, 1, 8)).raw(23_000)


def fluid_speed_600() -> Talk:
    talk = Talk("fluid-loop", "600").say(0, Hello(1)).open(3_000).arm(6_000).call(12_000, LONG, 60, HOUR)
    talk.beats(300_000, 4_800_000, every=600_000).call(4_200_000, LONG, 1, 168 * HOUR)
    return talk.raw(6_000_000)


def camera_capture() -> Talk:
    talk = Talk("camera").ready().beats(500, 30_500).call(20, LONG, 7, 20_000)
    talk.call(5_555, READ, 0).call(5_556, READ, 1).call(21_000, LONG, 999_994, 5_000).call(21_001, LONG, 999_993, 5_000)
    talk.call(23_001, STOP).call(23_002, READ, 1).call(23_003, ERASE).call(23_004, READ, 1).call(23_005, READ, 0)
    return talk.call(24_000, LONG, 1_000_000, 1_000).call(26_000, DISARM).call(26_001, ERASE)


def camera_half_speed() -> Talk:
    talk = Talk("camera", "0.5").say(0, Hello(1)).open(2.5).arm(5.25).call(10, LONG, 3, 10_001)
    return talk.beats(250, 11_250, credit=1, every=500).say(11_300.125, Ping(1)).say(11_300.999, Ping(2))


def camera_noise() -> Talk:
    talk = Talk("camera").raw(0, b"\xff\xfe boot noise").say(1, Hello(1)).raw(2, b"\x11" * 700).say(3, Hello(2))
    opening = wire(Open(1, 1))
    talk.raw(4, opening[:5]).raw(5, opening[5:]).raw(6, opening[1:4] + wire(Hello(3))).raw(7, b"\0\0\0")
    talk.raw(8, encode(pack(Call(1, 1, SAFE))) + encode(pack(Call(1, 2, READ, (0,)))))
    return talk.raw(9, wire(Hello(4), Hello(5)) + b"\x05x\0" + wire(Hello(6)))


def switch_outlets() -> Talk:
    """Outlets are armed one by one; what is not armed is not switched."""
    talk = Talk("power-switch", nvm=b"\xff" * 64).say(0, Hello(1)).open().arm(10, 0b0101).beats(500, 5_500)
    talk.call(20, ON, 0).call(21, ON, 1).call(22, ON, 2).call(23, ON, 4).call(24, READ, 1).call(25, OFF, 0).call(
        26, OFF, 3
    )
    talk.arm(30, 0b1000).call(31, ON, 3).call(32, READ, 0).say(33, Hello(2)).call(34, LIMIT, 1, 0, 4_000).raw(2_500)
    talk.call(2_600, OFF, 1).arm(2_700, 15).call_at(2_800, 3_500, ON, 1).call_at(2_801, 3_200, LIMIT, 1, 0, 500)
    return talk.raw(5_000)


def switch_on_time() -> Talk:
    """Eight hours are four seconds here. An outlet that is switched on again does not begin anew."""
    talk = (
        Talk("power-switch", "7200").say(0, Hello(1)).open(100).arm(200).beats(3_600_000, 60_000_000, every=7_200_000)
    )
    talk.call(1_000, ON, 2).call(2_000_000, ON, 1).call(10_000_000, ON, 2).call(20_000_000, OFF, 1).call(
        28_000_000, ON, 1
    )
    return (
        talk.call_at(28_000_001, 28_900_000, READ, 1)
        .say(28_801_100, Hello(2))
        .arm(29_000_000, 2)
        .call(29_100_000, ON, 1)
        .raw(58_000_000)
    )


def recorder_resend() -> Talk:
    talk = Talk("recorder").say(0, Hello(1)).raw(3).open(100).say(101, Beat(1, 1, 3)).raw(190)
    talk.say(191, Resend(1, 1, 0, 1, 5)).say(191, Resend(1, 2, 9, 100, 400)).say(191, Resend(1, 3, 3, 180, 40))
    talk.say(191, Resend(1, 4, 3, 192, 1)).say(191, Resend(1, 5, 3, 0, 9)).say(300, Resend(1, 6, 0, 1, 60))
    talk.say(300, Resend(1, 7, 0, 40, 60)).say(300, Resend(1, 8, 0, 44, 60)).say(300, Resend(1, 9, 0, 0xFFFFFFF0, 300))
    talk.say(300, Resend(1, 10, 0, 0x80000000, 3)).raw(600).say(600.5, Beat(1, 2, 12)).raw(660)
    return talk.arm(670).call(671, LIMIT, 0, -2_000, 1_000).call(672, PREPARE, 1).raw(3_000)


def recorder_flush() -> Talk:
    """Samples that do not fill a frame come at every third periodic frame; a small rig's frames hold ten."""
    talk = Talk("recorder", "0.05", "small").open(1, flush=3).beats(20, 600, credit=20, every=50)
    return talk.say(601, Hello(1)).raw(1_000)


def dictionary_fetched() -> Talk:
    talk = Talk("power-switch").say(0, Hello(1))
    for n, offset in enumerate((0, 236, 472, 100, 65_535)):
        talk.say(1 + n, AskDictionary(n, offset))
    return talk.open(10).say(11, AskDictionary(9, 0)).raw(20)


def dictionary_fetched_small() -> Talk:
    talk = Talk("power-switch", size="small").say(0, Hello(1))
    for n in range(8):
        talk.say(1 + n, AskDictionary(n, 52 * n))
    return talk


def incubator_small() -> Talk:
    """Four results, two timed commands, ten samples a frame, bodies of 56 bytes."""
    talk = Talk("incubator", size="small", nvm=b"\xff" * 64).ready().beats(500, 25_500, credit=1)
    for n in range(5):
        talk.call(20 + n, READ, 0)
    talk.say(30, Call(1, 3, READ, (0,))).say(31, Call(1, 4, READ, (0,))).say(32, Hello(2)).say(
        33, Frame(1, 0, 3, bytes(56))
    )
    talk.say(34, Frame(1, 0, 4, bytes(57))).raw(35, b"\x02" * 65 + b"\0").raw(36, b"\x02" * 64 + b"\0").say(
        37, Hello(5)
    )
    talk.call_at(40, 1_000, AGITATE, 1).call_at(41, 1_001, AGITATE, 2).call_at(42, 1_002, AGITATE, 3)
    talk.call(2_000, LONG, 25_000, 20_000).say(23_000, Call(1, 3, 0)).say(23_001, Resend(1, 1, 0, 1, 99))
    return talk.say(23_002, Resend(1, 2, 1, 15, 99)).say(23_003, Resend(1, 3, 1, 5, 4))


def switch_wrap() -> Talk:
    """Across the wrap of the tick: timed commands, lease, on-time, periodic frames, a late one."""
    wrap, second = 1 << 32, 1_000_000
    talk = Talk("power-switch", "1000").raw(wrap - 3 * second).open(wrap - 2 * second).arm(wrap - 1_990_000)
    talk.beats(wrap - 1_500_000, wrap + 3_000_000, every=second)
    talk.call(wrap - 900_000, ON, 0).call_at(wrap - 800_000, wrap, READ, 0).call_at(wrap - 800_000, wrap + 5, ON, 1)
    talk.call_at(wrap - 800_000, wrap - 1, READ, 1).call_at(wrap - 700_000, wrap - 700_001, READ, 1)
    talk.say(wrap - 1, Ping(1)).say(wrap + 0.5, Ping(2)).call_at(wrap + 10, wrap - 10, READ, 1).say(wrap + 11, Hello(1))
    return talk.call_at(wrap + 12, wrap + 6 * second, READ, 0).raw(wrap + 8 * second)


def session_numbers() -> Talk:
    """A session is never again below the one before; the numbers of commands wrap within one."""
    talk = Talk("camera").open(1).say(2, Open(9, 1)).say(3, Open(5, 1)).say(4, Open(65_535, 2)).say(5, Open(0, 3))
    return (
        talk.say(6, Open(65_535, 4)).say(7, Call(65_535, 1, READ, (0,)), Call(65_535, 0, READ, (0,))).say(8, Hello(1))
    )


STORIES: tuple[Callable[[], Talk], ...] = (
    incubator_heat, incubator_refusals, incubator_limit, incubator_lease, incubator_nonce, incubator_speed_1200,
    incubator_window, incubator_timed, incubator_queue_full_by_running, incubator_journal,
    incubator_journal_after_reset, fluid_journal_cut_off, fluid_profile, fluid_speed_600, camera_capture,
    camera_half_speed, camera_noise, switch_outlets, switch_on_time, recorder_resend, recorder_flush,
    dictionary_fetched, dictionary_fetched_small, incubator_small, switch_wrap, session_numbers,
)  # fmt: skip
CONVERSATIONS: dict[str, Callable[[], Talk]] = {
    **{story.__name__: story for story in STORIES},
    "incubator_random": lambda: random_talk(11, "incubator", "37.5", memory=True),
    "incubator_random_small": lambda: random_talk(21, "incubator", "1", "small", memory=True),
    "fluid_random": lambda: random_talk(12, "fluid-loop", "3"),
    "camera_random": lambda: random_talk(13, "camera", "1200"),
    "switch_random": lambda: random_talk(14, "power-switch", "1", memory=True),
    "recorder_random": lambda: random_talk(15, "recorder", "0.02", "small"),
}
