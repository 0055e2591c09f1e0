"""What a host meant to send, read back by the one after it."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payload.errors import JournalError
from payload.model import Rig, RigCall
from payload.rigs import Bench
from payload.rigs.kinds.dictionary import KINDS
from payload.rigs.link.intents import Again, End, FileIntents, Intent, Left, item_of, left_of, lines_of
from payload.rigs.link.link import Link, Phase
from payload.rigs.ports.transport import Loopback, monotonic_ns
from payload.rigs.stations.station import Inbox, Station
from payload.rigs.twins import Twin
from payload.rigs.wire.frame import Deframer
from payload.rigs.wire.packet import Record, Type

KIND = KINDS["incubator"]
I32 = st.integers(-(2**31), 2**31 - 1)
U16, U32 = st.integers(0, 2**16 - 1), st.integers(0, 2**32 - 1)
ARGUMENTS = st.lists(I32, max_size=3).map(tuple)
RECORDS = st.none() | st.builds(Record, U32, U16, U16, st.integers(0, 255))
TOKENS = st.text(min_size=1)
ITEMS = (
    st.builds(Intent, TOKENS, U32, U16, U16, st.integers(0, 255), ARGUMENTS, st.none() | U32, RECORDS)
    | st.builds(Again, TOKENS, st.integers(0, 255), ARGUMENTS)
    | st.builds(End, TOKENS, st.sampled_from(["DONE", "FAILED"]), st.sampled_from([None, "LEASE"]), U32, U16, I32)
)


@settings(deadline=None)
@given(st.lists(ITEMS, max_size=6))
def test_what_is_written_is_read(items):
    assert [item_of(line) for line in lines_of(items).splitlines()] == items


@settings(deadline=None, max_examples=40)
@given(st.lists(ITEMS, min_size=1, max_size=4), st.data())
def test_a_write_that_was_cut_off_leaves_what_was_before_it(tmp_path_factory, items, data):
    path = tmp_path_factory.mktemp("intents") / "rig"
    whole = lines_of(items).encode()
    cut = data.draw(st.integers(0, len(whole)))
    path.write_bytes(whole[:cut])
    file = FileIntents(path)
    there = whole[:cut].count(b"\n")
    assert file.items == items[:there]
    file.write(items)
    file.close()
    again = FileIntents(path)
    assert again.items == [*items[:there], *items]
    again.close()


def test_a_damaged_line_is_refused_and_named(tmp_path):
    path = tmp_path / "rig"
    written = lines_of([Again("a", 5, (0,)), Again("b", 5, (1,))])
    path.write_text(written.replace(" 5 0", " 5 1"))
    with pytest.raises(JournalError) as caught:
        FileIntents(path)
    assert str(caught.value).startswith(f"{path}: line 1 cannot be read (its checksum is another one): ")


def test_compacted_only_what_is_open_remains_and_the_numbers_go_on(tmp_path):
    file = FileIntents(tmp_path / "rig")
    intents = [Intent(name, 9, 1, number, 5, (0,)) for number, name in enumerate("abc", 1)]
    file.write([*intents, End("a", "DONE", None, 5, 100, 0), End("c", "DONE", None, 5, 100, 0)])
    file.close()
    file = FileIntents(tmp_path / "rig")
    assert file.left == Left(9, 1, 3, (intents[1],))
    file.compact()
    file.write([Again("d", 5, (0,))])
    file.close()
    file = FileIntents(tmp_path / "rig")
    assert (file.left, len(file.items)) == (Left(9, 1, 3, (intents[1], Again("d", 5, (0,)))), 4)
    file.close()


def test_the_newest_word_on_a_command_counts():
    first, second = Intent("a", 9, 1, 4, 5, (0,)), Intent("a", 10, 2, 1, 5, (0,))
    assert left_of([first, Again("a", 5, (0,))]) == Left(9, 1, 4, (Again("a", 5, (0,)),))
    assert left_of([first, Again("a", 5, (0,)), second]) == Left(10, 2, 1, (second,))
    assert left_of([first, second, End("a", "DONE", None, 1, 100, 0)]) == Left(10, 2, 1, ())


def _up(link, twin, now=0):
    told = link.connected(now)
    while link.phase is not Phase.UP:
        now += 1_000_000
        told += link.receive(twin.update(now, link.outgoing())[0], now)
    return told, now


def test_nothing_leaves_before_its_intent_was_taken():
    link, twin = Link("rig", KIND, durable=True), Twin("incubator", unit=1, boot=9)
    _, now = _up(link, twin)
    link.outgoing()
    link.submit("a", KIND.by_name["read"], (0,), now)
    assert link.outgoing() == b""
    assert link.intents() == [Intent("a", 9, 1, 1, 5, (0,))]
    assert (link.outgoing() != b"", link.intents(), link.outgoing()) == (True, [], b"")


def test_nor_does_it_when_it_is_sent_again():
    link, twin = Link("rig", KIND, durable=True), Twin("incubator", unit=1, boot=9)
    _, now = _up(link, twin)
    link.submit("a", KIND.by_name["read"], (0,), now)
    link.intents()
    link.outgoing()
    link.submit("b", KIND.by_name["read"], (0,), now)
    link.tick(link.deadline)  # both are late
    assert link.outgoing() == b""
    assert [item.token for item in link.intents()] == ["b"]
    assert link.outgoing().count(b"\0\0") == 2  # b, and both again


def test_what_has_lost_its_number_is_on_disk_as_waiting():
    link, twin = Link("rig", KIND, durable=True), Twin("incubator", unit=1, boot=10)
    number = KIND.by_name["read"].opcode
    link.restore(Left(9, 1, 1, (Intent("a", 9, 1, 1, number, (0,)),)))
    _up(link, twin)
    assert link.intents() == [Again("a", number, (0,)), Intent("a", 10, 2, 1, number, (0,))]


@pytest.mark.parametrize("arrived", [True, False])
def test_a_host_that_died_learns_what_became_of_its_command(arrived):
    link, twin = Link("rig", KIND, durable=True), Twin("incubator", unit=1, boot=9)
    _, now = _up(link, twin)
    link.submit("a", KIND.by_name["read"], (0,), now)
    items = link.intents()
    data = link.outgoing()
    if arrived:
        twin.update(now, data)
    after = Link("rig", KIND, durable=True)
    after.restore(left_of(items))
    told, now = _up(after, twin, now)
    told += after.receive(twin.update(now + 1, after.outgoing())[0], now + 1)
    assert [event.stage for event in told if hasattr(event, "token")] == ["ACCEPTED", "DONE"]
    assert (twin.session, twin.last_id) == (1, 1)
    after.submit("b", KIND.by_name["read"], (0,), now)
    assert [item.number for item in after.intents() if isinstance(item, Intent)] == [2]


def test_a_command_that_the_kind_does_not_have_cannot_be_restored():
    with pytest.raises(ValueError, match="kind incubator has no command 99"):
        Link("rig", KIND).restore(Left(1, 1, 1, (Intent("a", 1, 1, 1, 99, ()),)))


class Wire:
    """A twin in the room, and which commands and aborts go to it."""

    gone = False

    def __init__(self, log):
        self._log, self._twin = log, Loopback(Twin("incubator", unit=1, boot=1), monotonic_ns())
        self.name, self.wait, self.wake, self.close = "twin:", self._twin.wait, self._twin.wake, self._twin.close

    def open(self):
        return self

    def write(self, data):
        self._log += [
            ("line", frame.type) for frame in Deframer().feed(data) if frame.type in (Type.COMMAND, Type.ABORT)
        ]
        self._twin.write(data)


class SlowDisk:
    """Takes its time with the command `first`, until it is `let_go`."""

    def __init__(self, log):
        self._log = log
        self.busy, self.let_go = threading.Event(), threading.Event()

    def write(self, batch):
        for item in batch:
            if isinstance(item, Intent):
                self._log.append(("disk", item.token))
                if item.token == "first":
                    self.busy.set()
                    assert self.let_go.wait(60)


def test_an_abort_does_not_wait_for_the_disk_behind_what_was_said_before_it():
    log, inbox = [], Inbox()
    disk = SlowDisk(log)
    station = Station(Rig("oven", "incubator", "twin:"), Wire(log), inbox, intents=disk)
    station.start()
    while not station.is_ready():
        station.wait_ready_ms(20)
    log.clear()
    station.release("first", KIND.by_name["read"], (0,))
    assert disk.busy.wait(60)
    station.release("second", KIND.by_name["read"], (0,))
    station.abort()
    disk.let_go.set()
    ended = set()
    while not {"first", "second"} <= ended:
        ended |= {report.token for report in inbox.take(1_000) if report.stage == "DONE"}
    station.part()
    station.retire()
    abort, command = ("line", Type.ABORT), ("line", Type.COMMAND)
    assert log[:5] == [("disk", "first"), command, abort, ("disk", "second"), command]


def test_a_benchs_commands_are_on_disk_before_they_leave(tmp_path):
    """Limits, arming and the run's own: whatever a rig was told stands in its file, with its end."""
    files = {"oven": FileIntents(tmp_path / "oven")}
    rig = Rig("oven", "incubator", "twin:")
    with Bench({"oven": rig}, folder=tmp_path / "run", intents=files.__getitem__) as bench:
        bench.release("look", RigCall("oven", "read", {"channel": "temperature"}))
        reports = []
        while not any(report.token == "look" and report.stage == "DONE" for report in reports):
            reports += bench.reports(1_000)
    files["oven"].close()
    again = FileIntents(tmp_path / "oven")
    told = [item.token for item in again.items if isinstance(item, Intent)]
    assert told == ["\0limit0", "\0limit1", "\0prepare:\0arm", "\0arm", "look", "\0safe"]
    assert [item.token for item in again.items if isinstance(item, End)] == told
    again.close()
