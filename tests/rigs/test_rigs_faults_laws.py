"""Whatever goes wrong, and all of it together: each command has one end, none runs twice, and what is told is true."""

from faults_scene import Scene
from hypothesis import given, settings
from hypothesis import strategies as st

from payload.met import to_ns
from payload.rigs.faults import Fault, Happening, Lane, Plan, Rates, Way
from payload.rigs.faults.plan import LASTING, MS, RATES, SECOND
from payload.rigs.link.link import Phase

rates = st.lists(st.sampled_from([0.0, 0.0, 0.02, 0.05]), min_size=len(RATES), max_size=len(RATES))
lanes = st.builds(
    lambda rates, flip, drop, latency, jitter: Lane(
        Rates(*rates), flip_byte=flip, drop_byte=drop, latency=latency, jitter=(0, jitter)
    ),
    rates,
    st.sampled_from([0.0, 0.001]),
    st.sampled_from([0.0, 0.001]),
    st.sampled_from([0, MS, 30 * MS]),
    st.sampled_from([0, 5 * MS]),
)
happenings = st.lists(
    st.builds(
        lambda fault, at, length, ways: Happening(
            fault, at * MS, length * MS if fault in LASTING or fault is Fault.RESET else 0, ways
        ),
        st.sampled_from(list(Fault)),
        st.integers(0, 30_000),
        st.integers(1, 5_000),
        st.sampled_from([(Way.TO_RIG,), (Way.TO_HOST,), (Way.TO_RIG, Way.TO_HOST)]),
    ),
    max_size=12,
)
resets = st.none() | st.builds(
    lambda length: Happening(Fault.RESET, 0, length * MS, data=b"boot\r\n"), st.integers(0, 2_000)
)
plans = st.builds(Plan, lanes, lanes, happenings.map(tuple), st.just(b"\0"), resets, st.integers(0, 2**64))


def act(scene, index):
    """What somebody may want of an incubator, over and over; it is armed again where it went safe."""
    if scene.twin.state.name == "SAFE":
        scene.submit(f"prepare-{index}", "prepare", scene.kind.all_outputs)
        scene.run(300)
        if scene.ends.get(f"prepare-{index}") == ["DONE"]:
            scene.submit(f"arm-{index}", "arm", scene.kind.all_outputs, scene.last(f"prepare-{index}").value & 0xFFFF)
    scene.submit(f"turn-{index}", "agitate", 1)
    scene.submit(f"read-{index}", "read", index % 2)
    if index % 10 == 5:
        scene.submit(f"heat-{index}", "heat", 30_000, 2_000)
    scene.run(1_000)


@settings(max_examples=40, deadline=None)
@given(plans)
def test_each_command_has_one_end_and_none_runs_twice(plan):
    scene = Scene(plan, memory=True)
    for index in range(30):
        act(scene, index)
    scene.settle(600_000)
    ends = scene.ends
    assert set(ends) == set(scene.tokens)
    assert {len(stages) for stages in ends.values()} == {1}
    turns = [ends[token][0] for token in ends if token.startswith("turn")]
    heats = [ends[token][0] for token in ends if token.startswith("heat")]
    ran = [name for _, name, _ in scene.ran]
    assert turns.count("DONE") <= ran.count("carry_out") <= turns.count("DONE") + turns.count("FAILED")
    assert "INDETERMINATE" not in turns, "the rig's own journal tells of them"
    assert ran.count("start") <= len(heats) - heats.count("REJECTED")
    assert ran.count("start") >= heats.count("DONE")


@settings(max_examples=40, deadline=None)
@given(plans)
def test_when_all_is_over_the_link_is_up_again(plan):
    scene = Scene(plan, memory=True)
    scene.run(40_000)
    scene.wire.faults.calm()
    scene.run(20_000)
    assert scene.drive.link.phase is Phase.UP
    scene.submit("read", "read", 0)
    scene.run(2_000)
    assert scene.ends["read"] == ["DONE"]
    assert scene.wire.now == 62 * SECOND
    assert to_ns(scene.at) == scene.wire.now


@settings(max_examples=10, deadline=None)
@given(plans)
def test_the_same_seed_is_the_same_story(plan):
    stories = []
    for _ in range(2):
        scene = Scene(plan, memory=True)
        for index in range(5):
            act(scene, index)
        told = [(at, str(event)) for at, event in scene.told]  # errors are like no other, even if they say the same
        stories.append((told, scene.ran, scene.sent, scene.outputs, scene.befell))
    same = stories[0] == stories[1]  # by itself: a difference would take minutes to print
    assert same
