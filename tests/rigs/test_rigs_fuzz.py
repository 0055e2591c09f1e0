"""Any bytes, either way: nothing but what is documented is raised, and a link and a twin that only ever hear each other
through noise still keep their promises."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from payload.errors import LinkTimeout
from payload.rigs.kinds.dictionary import KINDS
from payload.rigs.link.events import ENDS, Down, Moved
from payload.rigs.link.link import Link, Phase
from payload.rigs.twins import FULL, SMALL, Bytes, Twin
from payload.rigs.wire.frame import Deframer, Frame, decode, encode
from payload.rigs.wire.packet import State, Type, pack, unpack

MS = 1_000_000
FEW = settings(max_examples=60, deadline=None)

types = st.sampled_from([*Type, 0x00, 0x0A, 0x7F, 0x80, 0xFF]).map(int)
u16 = st.integers(0, 0xFFFF)
frames = st.builds(Frame, types, u16, u16, st.binary(max_size=60))
noise = st.binary(max_size=40)
stream = st.lists(st.one_of(noise, frames.map(lambda frame: b"\0" + encode(frame))), max_size=12).map(b"".join)


def _met(kind: str = "camera") -> tuple[Link, Twin, int]:
    """A link that is up, its twin, and when."""
    link, twin, now = Link("rig", KINDS[kind]), Twin(kind, unit=KINDS[kind].default_unit, boot=77), 0
    link.connected(now)
    while link.phase is not Phase.UP:
        sent, _ = twin.update(now, link.outgoing())
        now += MS
        link.receive(sent, now)
        assert now < 100 * MS
    return link, twin, now


@FEW
@given(stream, st.integers(1, 9))
def test_what_is_deframed_does_not_depend_on_how_it_is_cut(data, size):
    whole, pieces = Deframer(), Deframer()
    once = whole.feed(data)
    cut = [frame for i in range(0, len(data), size) for frame in pieces.feed(data[i : i + size])]
    assert (cut, pieces.bad) == (once, whole.bad)


@FEW
@given(st.binary(max_size=300))
def test_decoding_raises_nothing_and_what_it_takes_it_gives_back(coded):
    frame = decode(coded.replace(b"\0", b"\1"))
    if frame is not None:
        assert decode(encode(frame)[:-1]) == frame


@FEW
@given(frames)
def test_a_frame_is_a_packet_or_a_value_error(frame):
    try:
        packet = unpack(frame)
    except ValueError:
        return
    assert unpack(pack(packet)) == packet


@FEW
@given(st.lists(st.tuples(stream, st.integers(0, 5_000)), max_size=6), st.sampled_from(list(KINDS)), st.booleans())
def test_a_twin_takes_any_bytes_and_still_answers(writes, kind, small):
    twin = Twin(kind, unit=1, boot=5, size=SMALL if small else FULL, nvm=Bytes())
    now = 0
    for data, wait_ms in writes:
        now += wait_ms * MS
        sent, call_at = twin.update(now, data)
        assert call_at >= now
        assert all(decode(coded) for coded in sent.split(b"\0")[:-1])
    now += 4_000 * MS
    twin.update(now, b"")
    assert twin.state == State.SAFE
    sent, _ = twin.update(now, b"\0" + encode(Frame(Type.HELLO, 0, 0xBEEF)))
    assert [(frame.type, frame.id) for frame in Deframer().feed(sent)][-1] == (Type.HELLO_REPLY, 0xBEEF)


@FEW
@given(st.lists(st.tuples(stream, st.integers(0, 1_500)), max_size=6))
def test_a_link_takes_any_bytes(reads):
    link, _, now = _met()
    link.submit("a", KINDS["camera"].by_name["read"], (0,), now)
    for data, wait_ms in reads:
        now += wait_ms * MS
        for event in (*link.receive(data, now), *link.tick(now)):
            assert not isinstance(event, Moved) or event.token == "a"
        link.outgoing()


class Noisy(RuleBasedStateMachine):
    """A link and a twin, in virtual time, with a wire that loses, repeats and invents. `agitate` counts what ran."""

    @initialize(seed=st.integers(1, 2**32 - 1))
    def begin(self, seed):
        self.kind = KINDS["incubator"]
        self.twin = Twin(self.kind, unit=self.kind.default_unit, boot=seed)
        self.link, self.now = Link("rig", self.kind), 0
        self.ends: dict[str, str] = {}
        self.sent = 0
        self._told(self.link.connected(self.now))

    def _told(self, events):
        for event in events:
            if isinstance(event, Moved) and event.stage in ENDS:
                assert event.token not in self.ends, "a command has one end"
                self.ends[event.token] = event.stage
            if isinstance(event, Down):
                assert isinstance(event.error, LinkTimeout)
                self._told(self.link.connected(self.now))

    def _carry(self, to_rig, to_host):
        """What the link says reaches the rig as `to_rig` makes it, and the other way."""
        for piece in to_rig(self.link.outgoing()):
            sent, _ = self.twin.update(self.now, piece)
            for heard in to_host(sent):
                self._told(self.link.receive(heard, self.now))

    @rule()
    def well(self):
        self.now += MS
        self._carry(lambda data: [data], lambda data: [data])

    @rule()
    def lost_on_the_way_there(self):
        self.now += MS
        self._carry(lambda data: [b""], lambda data: [data])

    @rule()
    def lost_on_the_way_back(self):
        self.now += MS
        self._carry(lambda data: [data], lambda data: [])

    @rule()
    def twice(self):
        self.now += MS
        self._carry(lambda data: [data, data], lambda data: [data, data])

    @rule(junk=noise)
    def with_noise(self, junk):
        self.now += MS
        self._carry(lambda data: [junk, data], lambda data: [junk + b"\0" + data])

    @rule(wait_ms=st.integers(1, 3_000))
    def time_passes(self, wait_ms):
        self.now += wait_ms * MS
        self._told(self.link.tick(self.now))

    @rule()
    def beat(self):
        self._told(self.link.beat(self.now))

    @precondition(lambda self: self.sent < 20)
    @rule()
    def submit(self):
        self.sent += 1
        self._told(self.link.submit(f"{self.sent}", self.kind.by_name["read"], (0,), self.now))

    @invariant()
    def what_has_an_end_was_sent(self):
        if hasattr(self, "ends"):
            assert set(self.ends) <= {str(i + 1) for i in range(self.sent)}
            assert "INDETERMINATE" not in self.ends.values(), "the rig never rebooted: every fate is known"

    def teardown(self):
        """A wire that is well again brings every command to its end."""
        if not hasattr(self, "link"):
            return
        for step in range(2_000):
            if len(self.ends) == self.sent and self.link.phase is Phase.UP:
                break
            self.now += 20 * MS
            if step % 50 == 0:
                self._told(self.link.beat(self.now))
            self._told(self.link.tick(self.now))
            self._carry(lambda data: [data], lambda data: [data])
        assert set(self.ends.values()) <= {"DONE"}
        assert len(self.ends) == self.sent


TestNoisy = Noisy.TestCase
TestNoisy.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
