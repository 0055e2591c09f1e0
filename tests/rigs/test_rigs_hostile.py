"""What a rig, a wire or another program might do on purpose: each was a way to break a promise once."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from rigs_builders import Joined

from payload.errors import JournalError, MissionError, PortError
from payload.met import NS_PER_MS
from payload.model import Quantity, Rig
from payload.rigs import kinds
from payload.rigs.faults.file import read_faults
from payload.rigs.kinds.description import read_kind
from payload.rigs.kinds.dictionary import KINDS
from payload.rigs.link.events import Down, Seen
from payload.rigs.link.intents import Again, End, FileIntents, Intent, Left
from payload.rigs.link.link import Link, Phase
from payload.rigs.stations.keeper import Keeper
from payload.rigs.twins import Twin
from payload.rigs.wire import packet as p
from payload.rigs.wire.frame import encode
from payload.rigs.wire.packet import State, pack

INCUBATOR = KINDS["incubator"]
SHIPPED = Path(kinds.__path__[0])
COOL = Rig(
    "rig-1",
    "incubator",
    "twin:",
    {"temperature": (Quantity(10_000, "temperature"), Quantity(30_000, "temperature")), "heater": (-500, 500)},
)


class Kept(Joined):
    """A keeper and a twin on a virtual wire."""

    def __init__(self, rig=COOL):
        self.reports = []
        self.keeper = Keeper(rig, self.reports.append)
        super().__init__()
        self.link = self.keeper.link
        self.connect()
        self.run(100)
        assert self.keeper.is_ready()

    def _hear(self, events):
        self.keeper.tell(events, self._now)
        super()._hear(events)

    def stages(self, token):
        return [(report.stage, report.code) for report in self.reports if report.token == token]


def downs(joined):
    return [str(event.error) for event in joined.told if isinstance(event, Down)]


def up():
    joined = Joined()
    joined.run(20)
    assert joined.link.phase is Phase.UP
    return joined


def say(joined, packet):
    """A frame that comes from the rig's side of the wire."""
    joined._hear(joined.link.receive(encode(pack(packet)), joined._now))


# -- safety ----------------------------------------------------------------------------------------------------------


def test_a_rig_is_armed_behind_the_limits_of_its_session_whatever_had_waited_for_it():
    """The port is lost, `arm` and a long command wait for it, and somebody else has opened a session meanwhile."""
    kept = Kept()
    kept.abort()
    kept.run(50)
    kept.lose_port(PortError("rig-1", "unplugged"))
    kept.keeper.arm("arm", kept._now)
    kept.keeper.release("heat", INCUBATOR.by_name["heat"], (25_000, 60_000), kept._now)
    kept.twin.session += 1
    kept.connect()
    kept.run(200)
    assert (kept.stages("arm")[-1], kept.stages("heat")[-1]) == (("DONE", None), ("STARTED", None))
    assert kept.twin.limits == [(10_000, 30_000), (-500, 500)]


def test_a_late_answer_to_an_abort_does_not_answer_the_next_one():
    joined = up()
    joined.arm("first")
    joined.run(10)
    late = p.Aborted(joined.twin.session, 0, joined.link._sight.status)
    joined.run(2_000)
    joined.noise = type(joined.noise)(drop=1.0)
    joined.abort()
    say(joined, late)
    joined.noise = type(joined.noise)()
    joined.run(1_500)
    assert (joined.twin.state, joined.twin.reason, joined.link.aborting) == (State.SAFE, p.Reason.ABORT, False)


def test_a_clock_that_jumped_does_not_hide_a_rigs_state():
    joined = up()
    joined.arm()
    joined.run(100)
    status = joined.link._sight.status
    say(joined, p.Housekeeping(joined.twin.session, 0, replace(status, tick=status.tick + (1 << 30)), 0, 0))
    joined.abort()
    joined.run(1_000)
    assert [event.status.state for event in joined.told if isinstance(event, Seen)][-1] == State.SAFE
    assert not joined.link.aborting


# -- exactly once ----------------------------------------------------------------------------------------------------


def test_a_number_is_never_half_the_circle_behind():
    """A heating of days with more short commands beside it than the rig can tell from new ones: they wait."""
    joined = up()
    joined.arm()
    joined.run(50)
    joined.submit("heat", "heat", 30_000, 600_000)
    joined.run(10)
    heat, window = joined.link._numbered.window.live[3], joined.link._numbered.window
    read = INCUBATOR.by_name["read"]
    window.last = 3 + 0x7FFF - 1
    assert window.has_room(heat.__class__("last", read, (0,)))
    window.last += 1
    assert not window.has_room(heat.__class__("too far", read, (0,)))


def test_an_answer_to_a_host_that_has_died_is_not_taken_by_the_one_after_it():
    """It tells of numbers that have gone on since: a long command would end for it."""
    twin = Twin("incubator", unit=7, boot=77)
    link, other = Link("rig-1", INCUBATOR), Link("rig-1", INCUBATOR)
    link.connected(0)
    late = twin.update(0, link.outgoing())[0]
    other.connected(50 * NS_PER_MS)
    assert other.receive(late, 51 * NS_PER_MS) == []
    assert other.phase is Phase.GREETING


def test_the_last_session_of_a_boot_can_be_come_back_to():
    joined = Joined()
    joined.twin.session = 0xFFFE
    joined.run(20)
    joined.lose_port(PortError("rig-1", "unplugged"))
    joined.submit("read", "read", 0)
    joined.connect()
    joined.run(50)
    assert (joined.twin.session, joined.ends()["read"]) == (0xFFFF, ["DONE"])
    other = Joined()
    other.twin.session = 0xFFFF
    other.run(20)
    assert downs(other) == ["rig rig-1: has used up its session numbers: switch it off and on again"]


# -- a rig that is not as it should be -------------------------------------------------------------------------------


def test_two_rigs_on_one_line_are_refused():
    joined = Joined()
    other = Twin("incubator", unit=7, boot=77)
    asked = joined._on_wire[0][3]
    joined.run(2)
    joined._hear(joined.link.receive(other.update(0, asked)[0], joined._now))
    (down,) = downs(joined)
    assert "two rigs answer on one line, units 0x1122334455667788 and 0x0000000000000007" in down


def test_a_rig_that_takes_no_session_is_given_up():
    """It tells of one session and refuses the next one, again and again, at once."""
    link, now = Link("rig-1", INCUBATOR), 0
    told = link.connected(now)
    hello = Twin("incubator", unit=7, boot=77)
    while link.phase is not Phase.CLOSED:
        now += 100 * NS_PER_MS
        assert now < 60_000 * NS_PER_MS
        data = link.outgoing()
        answer = hello.update(0, data)[0]
        hello.session = 0
        opened = link._outbox.asked
        told += link.receive(answer if opened is None else encode(pack(p.Nak(1, opened.packet.tag, 0x41, 1, 0))), now)
        told += link.tick(now)
    assert "takes no session" in str(told[-1].error)


def test_a_sample_that_there_is_not_is_not_asked_for_for_ever():
    joined = up()
    tag = joined.link._outbox._tag
    say(joined, p.Telemetry(joined.twin.session, 0, 0, 100_000, 1_000, 0, (1, 2, 3)))
    joined.run(3_000)
    assert joined.link._outbox._tag <= tag + 5


def test_a_limit_that_a_rig_trips_over_may_be_of_a_channel_that_there_is_not():
    kept = Kept()
    kept.keeper.release("heat", INCUBATOR.by_name["heat"], (25_000, 60_000), kept._now)
    kept.run(20)
    number = next(reversed(kept.link._numbered.window.live))
    session = kept.twin.session
    say(kept, p.StageReply(session, number, p.Stage.FAILED, p.Code.LIMIT, 5, 2_000, 99))
    assert kept.stages("heat")[-1] == ("FAILED", "LIMIT")
    assert kept.reports[-1].facts["of"] == "channel 99"


# -- intents ---------------------------------------------------------------------------------------------------------


def test_intents_are_one_programs(tmp_path):
    first = FileIntents(tmp_path / "rig")
    with pytest.raises(JournalError, match="another program has it open"):
        FileIntents(tmp_path / "rig")
    first.compact()
    with pytest.raises(JournalError, match="another program has it open"):
        FileIntents(tmp_path / "rig")
    first.close()
    FileIntents(tmp_path / "rig").close()


@pytest.mark.parametrize("ended", [False, True])
def test_compacted_a_command_that_has_lost_its_number_is_still_there(tmp_path, ended):
    """It was the last one to have a number, and waits again, or ended so."""
    sent, again = Intent("a", 9, 1, 4, 5, (0,)), Again("a", 5, (0,))
    end = [End("a", "CANCELLED", "ABORT", None, 0, 0)] if ended else []
    file = FileIntents(tmp_path / "rig")
    file.write([sent, again, *end])
    file.close()
    file = FileIntents(tmp_path / "rig")
    file.compact()
    file.close()
    file = FileIntents(tmp_path / "rig")
    assert file.left == Left(9, 1, 4, () if ended else (again,))
    file.close()


def test_what_did_not_go_onto_a_full_disk_spoils_nothing(tmp_path, monkeypatch):
    file = FileIntents(tmp_path / "rig")
    file.write([Again("a", 5, (0,))])
    write = os.write

    def full(fd, data):
        if len(data) < 50:
            raise OSError(28, "No space left on device")
        return write(fd, data[: len(data) // 2])

    monkeypatch.setattr("payload.rigs.link.intents.os.write", full)
    with pytest.raises(JournalError, match="No space left"):
        file.write([Again("b" * 40, 5, (0,))])
    monkeypatch.undo()
    file.write([Again("c", 5, (0,))])
    file.close()
    file = FileIntents(tmp_path / "rig")
    assert [item.token for item in file.items] == ["a", "c"]
    file.close()


def test_a_damaged_file_is_given_back(tmp_path):
    path = tmp_path / "rig"
    path.write_bytes(b"\x00\xff\n")
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(JournalError, match="line 1 cannot be read"):
        FileIntents(path)
    assert len(os.listdir("/proc/self/fd")) == before


# -- files -----------------------------------------------------------------------------------------------------------


def test_an_enum_with_a_gap_of_billions_costs_nothing(tmp_path):
    path = tmp_path / "kind.yaml"
    text = (SHIPPED / "power-switch.yaml").read_text(encoding="utf-8")
    path.write_text(text.replace("heater: 3}", "heater: 2147483647}"), encoding="utf-8")
    with pytest.raises(MissionError, match=r"kind.yaml:\d+:\d+: .*have gaps"):
        read_kind(path)


def test_a_character_that_yaml_does_not_take_has_a_place(tmp_path):
    path = tmp_path / "faults.yaml"
    path.write_bytes(b"seed: 7\nboth: \x01\n")
    with pytest.raises(MissionError, match=r"faults.yaml:2:7: not YAML: "):
        read_faults(path)
