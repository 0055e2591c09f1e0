"""What a twin keeps: results, records, samples; and how it keeps outputs safe."""

import random

import pytest
from talking import BOOT, Talk, nonce, wire
from twin_builders import heard, ready, stages

from payload.rigs.twins import SIZES, Bytes, FileBytes, Plant, Twin, script
from payload.rigs.wire.packet import (
    Beat,
    Call,
    Gone,
    Hello,
    Open,
    Record,
    Resend,
    Telemetry,
)

# -- numbers, results --------------------------------------------------------------------------------------------------


def test_command_numbers_wrap_after_65535():
    twin = Twin("camera", unit=1, boot=1)
    twin.advance(0, 0, wire(Open(1, 1)))
    for number in [*range(1, 65_536), 0, 1]:
        twin.advance(0, 0, wire(Call(1, number, 5, (0,))))
    assert (twin.last_id, twin.naks) == (1, 0)


def test_a_number_of_65536_before_is_not_answered_from_what_is_stored_of_it():
    """A long command's result is kept for long: its number may come again before."""
    twin = ready("camera")
    twin.advance(0, 0, wire(Call(1, 3, 16, (5, 1_000))))
    twin.advance(1_500)
    for number in [*range(4, 65_536), 0, 1, 2]:
        twin.advance(1_500, 0, wire(Call(1, number, 5, (0,))))
    (again,) = stages(twin.advance(1_500, 0, wire(Call(1, 3, 5, (0,)))))
    assert (again.stage, again.value, twin.results.finished(3) & 1) == (5, 5, 1)


@pytest.mark.parametrize(("name", "kept"), [("full", 32), ("small", 4)])
def test_the_last_results_are_kept_and_the_finished_bits_say_which(name, kept):
    twin = Twin("camera", unit=1, boot=1, size=SIZES[name])
    twin.advance(0, 0, wire(Open(1, 1), *(Call(1, n, 5, (0,)) for n in range(1, 41))))
    (reply,) = heard(twin.advance(1, 0, wire(Hello(1))))
    assert reply.finished == (1 << kept) - 1
    codes = [
        type(p).__name__ for n in (40, 41 - kept, 40 - kept) for p in heard(twin.advance(2, 0, wire(Call(1, n, 0))))
    ]
    assert codes == ["StageReply", "StageReply", "Nak"]


# -- memory ------------------------------------------------------------------------------------------------------------


def test_the_record_outlives_a_reset_byte_by_byte(tmp_path):
    """The power is cut after each byte that is written: the record says either what it said before, or what is new."""

    class Cut(Exception):
        pass

    class Cutting(Bytes):
        left = 10**6

        def write(self, at, byte):
            if not self.left:
                raise Cut
            self.left -= 1
            super().write(at, byte)

    def record(memory):
        return heard(Twin("incubator", unit=1, boot=9, nvm=memory).advance(0, 0, wire(Hello(1))))[0].journal

    agitate = [Call(1, number, 18, (number,)) for number in (3, 4)]
    told = []
    for length in range(49):
        memory = Cutting(bytearray(b"\xff" * 64))
        twin = ready("incubator", nvm=memory)
        memory.left = length
        try:
            twin.advance(10, 0, wire(*agitate))
        except Cut:
            assert length < 48
        told.append(record(memory))
    begun, done = (lambda n: Record(1, 1, n, 3)), (lambda n: Record(1, 1, n, 5))
    expected = [(12, Record(0, 0, 0, 0)), (12, begun(3)), (12, done(3)), (12, begun(4)), (1, done(4))]
    assert told == [each for count, each in expected for _ in range(count)]


def test_memory_in_a_file_is_made_filled_up_and_written_through(tmp_path):
    path = tmp_path / "nvm"
    twin = ready("incubator", nvm=FileBytes(path))
    assert path.read_bytes() == b"\xff" * 64
    twin.advance(10, 0, wire(Call(1, 3, 18, (5,))))
    path.write_bytes(path.read_bytes()[:30])
    (reply,) = heard(Twin("incubator", unit=1, boot=2, nvm=FileBytes(path)).advance(0, 0, wire(Hello(1))))
    assert (reply.journal, reply.journals) == (Record(1, 1, 3, 5), True)
    assert path.read_bytes()[30:] == b"\xff" * 34


# -- samples -----------------------------------------------------------------------------------------------------------


def test_lazy_samples_are_those_that_are_taken_one_by_one():
    class Busy(Plant):
        """The recorder's channels, of a plant that does not say that they depend on the tick alone."""

        def __init__(self):
            self.recorder = Twin("recorder", unit=1, boot=1).plant

        def channel(self, index, t):
            return self.recorder.channel(index, t)

    talk = Talk("recorder", "0.5").open(3).say(40, Beat(1, 1, 25)).raw(300)
    rng, at = random.Random(4), 300
    for n in range(40):
        at += rng.choice((1, 3, 50, 200))
        stream, first = rng.randrange(10), at - rng.randrange(400)
        talk.say(
            at, rng.choice((Beat(1, n, rng.randrange(12)), Resend(1, n, stream, max(first, 0), rng.randrange(1, 90))))
        )
    lazy, busy = talk.twin(), talk.twin(plant=Busy())
    for when, data in talk.steps:
        assert lazy.advance(when // 1000, 0, data) == busy.advance(when // 1000, 0, data)


def test_every_sample_comes_once_or_is_counted_as_passed_over():
    twin, found, lost = Twin("recorder", unit=1, boot=1), {i: [] for i in range(10)}, 0
    twin.advance(100, 0, wire(Open(1, 1)))
    for second in range(1, 30):
        credit = 0 if second in (5, 6, 7) else 200
        for packet in heard(twin.advance(1_000 * second, 0, wire(Beat(1, second, credit)))):
            if isinstance(packet, Telemetry):
                found[packet.stream] += range(packet.first, packet.first + len(packet.values))
                lost = packet.lost
                assert packet.values == tuple(
                    j * (2 * packet.stream + 1) * 7 % 4001 - 2000
                    for j in range(packet.first, packet.first + len(packet.values))
                )
    for numbers in found.values():
        assert numbers == sorted(set(numbers))
        assert len(numbers) + lost == numbers[-1] - 100  # sample 101 was the first of the session
    assert lost > 2_000


def test_what_is_missing_can_be_had_again_until_it_is_gone():
    twin = Twin("recorder", unit=1, boot=1)
    twin.advance(0, 0, wire(Open(1, 1)))
    twin.advance(1_000)
    asked = [
        Resend(1, 7, 2, first, count) for first, count in ((700, 60), (745, 60), (999, 9), (1_001, 5), (2**32 - 5, 9))
    ]
    told = heard(twin.advance(1_000, 0, wire(*asked)))
    assert [(p.first, p.count) if isinstance(p, Gone) else (p.first, len(p.values), p.lost) for p in told] == [
        (700, 45),
        (745, 56, 744),
        (999, 2, 744),
        (1_001, 0),
        (2**32 - 5, 9),
    ]


# -- safety ------------------------------------------------------------------------------------------------------------


def test_an_outlet_that_is_forgotten_goes_off_by_itself_and_all_with_it():
    pins = []
    twin = ready("power-switch", speed_milli=1_000_000, drive=lambda *change: pins.append(change[:1] + change[2:]))
    twin.advance(10, 0, wire(Call(1, 3, 16, (2,))))
    for second in range(40):
        at = 1_000_000 * second + 500_000
        calls = {0: [Call(1, 4, 16, (0,))], 3: [Call(1, 5, 17, (0,))], 20: [Call(1, 6, 16, (2,)), Call(1, 7, 16, (0,))]}
        twin.advance(at, 0, wire(Beat(1, second, 0), *calls.get(second, [])))
    longest = 28_800_000
    assert pins == [
        (10, 2, 1),
        (500_000, 0, 1),
        (3_500_000, 0, 0),
        (20_500_000, 0, 1),
        (10 + longest, 0, 0),
        (10 + longest, 2, 0),
    ]
    assert (twin.state.name, twin.reason.name) == ("SAFE", "ON_TIME")


def test_halt_leaves_safe_outputs_without_a_word():
    pins = []
    twin = ready("fluid-loop", drive=lambda *change: pins.append(change))
    twin.advance(10, 250, wire(Call(1, 3, 16, (20, 60_000))))
    twin.advance(2_000)
    twin.halt()
    assert (pins, twin.advance(2_000)) == ([(10, 250, 0, 20), (2_000, 0, 0, 0)], [])


def test_a_nonce_is_of_its_boot_and_number():
    assert [nonce(number, 0x12345678) for number in (1, 2)] == [0x12345678 & 0xFFFF ^ 40503, 0x5678 ^ 81006 & 0xFFFF]
    assert nonce(7) == (BOOT ^ 40503 * 7) & 0xFFFF


# -- script ------------------------------------------------------------------------------------------------------------


def test_a_script_answers_line_by_line_in_ticks():
    greeting, opening = wire(Hello(2)).hex().upper(), wire(Open(1, 1)).hex()
    lines = [f"0 {opening}", "", "1000.5 -", f"99999999999999 {greeting}"]
    told = script(Twin("recorder", unit=1, boot=1), lines)
    assert [int(line.split()[0]) for line in told] == [0, 1_000, 2_000, 99_999_999_999_999]


@pytest.mark.parametrize("line", ["5 zz", "5", "-5 00", "5.1234 00", "5 0", "5 00 00", "1e3 00", "100000000000001 00"])
def test_a_script_line_that_cannot_be_read_says_which(line):
    with pytest.raises(ValueError, match=r"^line 2: expected 'AT HEX', not '"):
        list(script(Twin("camera", unit=1, boot=1), ["0 -", line]))


def test_a_script_does_not_go_back():
    with pytest.raises(ValueError, match=r"line 3: 4.999 is before 5.000"):
        list(script(Twin("camera", unit=1, boot=1), ["5 -", "", "4.999 -"]))
