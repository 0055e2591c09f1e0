"""The stories of the catalogue of faults: each does what its row of docs/faults.md says, and is given a folder of its
own."""

from __future__ import annotations

import os

import pytest
from faults_scene import Scene

from payload.errors import PortBusy, PortError, ProtocolError
from payload.rigs.faults import Fault, Happening, Lane, Plan, Rates, Way, both
from payload.rigs.faults.plan import MS, SECOND
from payload.rigs.kinds.description import read_kind
from payload.rigs.link.events import Down, Known, Met
from payload.rigs.link.link import Link, Phase
from payload.rigs.ports.transport import SerialPort
from payload.rigs.programs.terminal import Terminal
from payload.rigs.twins import Twin
from payload.rigs.wire.packet import Type

HEAT = ("heat", 30_000, 5_000)
FAULTY = Lane(Rates(drop=0.05, flip=0.05, truncate=0.05, duplicate=0.05), latency=MS)


# -- what bites in the field ---------------------------------------------------------------------------------------


def replugged(_):
    scene = Scene(both(Lane(latency=MS)))
    scene.arm()
    scene.submit("heat", *HEAT)
    scene.run(500)
    scene.unplug(1_000)
    scene.submit("read", "read", 0)
    scene.run(10_000)
    assert (scene.wire.names, scene.wire.boots) == (2, 1)
    assert scene.downs == ["rig oven: virtual-1 was lost: it was hung up"]
    assert (scene.meetings, scene.sessions) == ([False], [True, False])
    assert (scene.ends["heat"], scene.ends["read"]) == (["DONE"], ["DONE"])
    assert [name for _, name, _ in scene.ran] == ["start"]


def _turns(scene, count=40):
    scene.arm()
    for index in range(count):
        scene.submit(f"turn-{index}", "agitate", 1)
        scene.settle()
    return [scene.last(f"turn-{index}").value for index in range(count)]


def late(_):
    clean = _turns(Scene())
    scene = Scene(Plan(Lane(), Lane(Rates(late=0.3), late_by=(100 * MS, 3 * SECOND), latency=MS), seed=3))
    assert _turns(scene) == clean
    assert scene.befell["to_host late"] > 10
    assert len(scene.ran) == 40


def run_twice(_):
    for seed in range(3):
        scene = Scene(Plan(Lane(Rates(duplicate=0.5)), Lane(Rates(drop=0.5)), seed=seed))
        _turns(scene)
        assert scene.frames(Type.COMMAND) > 60, "it was asked again"
        assert len(scene.ran) == 40, "and ran once"
        assert {tuple(stages) for stages in scene.ends.values()} == {("DONE",)}


def storm(_):
    scene = Scene()
    scene.arm()
    began = scene.at
    scene.strike(Fault.SILENCE, 2_500)
    for index in range(100):
        scene.submit(f"read-{index}", "read", 0)
    scene.run(2_500)
    times = {}
    for at, frame in scene.sent:
        if frame.type == Type.COMMAND and at >= began:
            times.setdefault(frame.id, []).append(at - began)
    pauses = [0, 40, 120, 280, 600, 1_240]
    assert times == dict.fromkeys(range(3, 35), pauses), "the window, with doubled pauses"
    scene.settle()
    assert {tuple(stages) for stages in scene.ends.values()} == {("DONE",)}


def resets_on_open(_):
    plan = Plan(reset_on_open=Happening(Fault.RESET, 0, 1_500 * MS, data=b"\xffboot 1.8\r\n"))
    scene = Scene(plan)
    scene.arm()
    scene.submit("heat", *HEAT)
    scene.run(500)
    scene.unplug(500)
    scene.run(8_000)
    assert scene.wire.boots == 3
    assert scene.downs == ["rig oven: virtual-1 was lost: it was hung up"], "opening was no error"
    assert (scene.meetings, scene.sessions) == ([True], [True, True])
    assert (scene.last("heat").stage, scene.last("heat").code) == ("INDETERMINATE", "REBOOT")
    assert scene.twin.state.name == "SAFE"


def two_hosts(folder):
    terminal = Terminal(folder / "rig.port")
    try:
        port = SerialPort("oven", str(folder / "rig.port"))
        with pytest.raises(PortBusy, match=rf"is busy, held by .*\(pid {os.getpid()}, this program itself\): end that"):
            SerialPort("other", str(folder / "rig.port"))
        assert terminal.read() == b""
        port.close()
    finally:
        terminal.close()


def latency_timer(_):
    scene = Scene(Plan(Lane(), Lane(latency=16 * MS)))
    scene.arm()
    for index in range(50):
        scene.submit(f"read-{index}", "read", 0)
        scene.settle()
    assert scene.frames(Type.COMMAND) == 52, "none was sent twice"


def hangs(folder):
    terminal = Terminal(folder / "rig.port")
    try:
        port = SerialPort("oven", str(folder / "rig.port"))
        with pytest.raises(PortError, match="takes no more bytes: what is behind it does not read"):
            port.write(bytes(1_000_000))
        port.close()
    finally:
        terminal.close()


def samples_vanish(_):
    scene = Scene(both(Lane(latency=MS)))
    scene.run(5_000)
    scene.unplug(30_000)
    scene.run(60_000)
    found, lost = scene.samples(0)
    assert lost == 0
    numbers = [number for number, _ in found]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert len(numbers) >= 60


def samples_lost(_):
    scene = Scene(both(Lane(latency=MS)))
    scene.run(5_000)
    ring = scene.twin.size.ring
    outage = ring + 100
    scene.unplug(outage * 1_000)
    scene.run(outage * 1_000 + 60_000)
    found, lost = scene.samples(0)
    numbers = [number for number, _ in found]
    missing = numbers[-1] - numbers[0] + 1 - len(numbers)
    assert missing == lost
    assert 90 <= lost <= 110, "what the ring could not hold"
    assert numbers == sorted(set(numbers))


def others_go_on(_):
    lost, other = Scene(), Scene(kind="camera")
    for scene in (lost, other):
        scene.arm()
    lost.submit("heat", *HEAT)
    other.submit("film", "capture", 10, 5_000)
    lost.unplug(3_600_000)
    for _ in range(100):
        lost.run(100)
        other.run(100)
    assert other.ends["film"] == ["DONE"]
    assert lost.twin.state.name == "SAFE"
    lost.drive.say(lost.drive.link.give_up())
    assert (lost.last("heat").stage, lost.last("heat").code) == ("INDETERMINATE", "LINK_DOWN")


def host_dies(_):
    scene = Scene()
    scene.arm()
    scene.submit("heat", "heat", 30_000, 3_600_000)
    scene.run(2_700)
    last_beat = max(at for at, frame in scene.sent if frame.type == Type.BEAT)
    scene.wire.advance(scene.wire.now + 1)
    until = scene.wire.now + 10 * SECOND
    while scene.wire.now < until:  # nobody is there: the rig is alone with its wire
        scene.wire.advance(until)
    tick, output, value = scene.outputs[-1]
    assert (output, value) == (0, 0)
    assert tick <= last_beat + 3_001
    assert (scene.twin.state.name, scene.twin.reason.name) == ("SAFE", "LEASE")


def banner(_):
    opening = [Happening(Fault.BANNER, at * MS) for at in (0, 1, 300)]
    garbage = [Happening(Fault.GARBAGE, at * MS, count=400) for at in (2, 260)]
    scene = Scene(both(Lane(latency=MS), *opening, *garbage))
    scene.run(1_000)
    assert (scene.downs, scene.sessions) == ([], [True])


def baud(_):
    scene = Scene(both(Lane(), Happening(Fault.BABBLE, 0, 6 * SECOND)))
    scene.run(5_500)
    (down,) = scene.events(Down)
    assert isinstance(down.error, ProtocolError)
    assert str(down.error).endswith(
        "none of them a frame of the rig link (another device on this port, or a wrong baud rate?)"
    )
    assert not down.final
    scene.run(5_000)
    assert scene.sessions == [True], "and once the line is right, it comes up"


def echoes(_):
    scene = Scene(both(Lane()))
    scene.run(500)
    scene.wire.device = Mute()
    scene.strike(Fault.ECHO, 60_000)
    scene.run(6_000)
    assert scene.downs[0] == "rig oven: no answer to BEAT within 4000 ms"


class Mute:
    """A line whose far end is joined to itself."""

    def update(self, now_ns, data=b""):
        return b"", now_ns + SECOND


# -- every transition of the link's table ----------------------------------------------------------------------------


def first_meeting(_):
    scene = Scene(both(FAULTY, seed=2))
    scene.run(3_000)
    assert scene.sessions == [True]


def own_session(_):
    scene = Scene(both(Lane(latency=MS)))
    scene.arm()
    scene.strike(Fault.STALL, 500, ways=(Way.TO_HOST,))
    scene.submit("turn", "agitate", 1)
    scene.run(100)
    scene.unplug(200)
    scene.run(2_000)
    assert (scene.sessions, scene.ends["turn"], len(scene.ran)) == ([True, False], ["DONE"], 1)


def pulled_while_greeting(_):
    scene = Scene(both(Lane(latency=MS), Happening(Fault.SILENCE, 0, SECOND)))
    scene.run(500)
    assert scene.drive.link.phase is Phase.GREETING
    scene.unplug(300)
    scene.run(3_000)
    assert (scene.downs, scene.sessions) == (["rig oven: virtual-1 was lost: it was hung up"], [True])


def strange(folder, plan):
    """A rig of a kind that this program has never heard of, and a link that takes any."""
    file = folder / "kettle.yaml"
    channels = "".join(
        f"  - {{name: in{index}, unit: mdegC, low: {-index}, high: {1000 * index}, interval: 1 s}}\n"
        for index in range(1, 9)
    )
    file.write_text(f"kind: kettle\nnumber: 200\nabout: A stranger.\nchannels:\n{channels}", encoding="utf-8")
    kind = read_kind(file).kind
    return Scene(plan, link=Link("oven", None), boot=lambda number: Twin(kind, unit=7, boot=number)), kind


def stranger(folder):
    noise = Lane(Rates(drop=0.1, flip=0.1, truncate=0.05, duplicate=0.1), latency=MS)
    scene, kind = strange(folder, both(noise, seed=4))
    scene.run(20_000)
    assert scene.events(Known)[0].kind.hash == kind.hash
    assert scene.sessions[0]


def pulled_while_fetching(folder):
    scene, kind = strange(folder, both(Lane(latency=MS)))
    scene.on_event = _once(scene, Met, lambda: scene.unplug(200))
    scene.run(5_000)
    assert len(scene.downs) == 1
    assert scene.events(Known)[0].kind.hash == kind.hash
    assert scene.sessions == [True]


def _once(scene, kind, act):
    """Acts at the first event of a kind."""

    def on_event(event):
        if isinstance(event, kind):
            scene.on_event = lambda event: None
            act()

    return on_event


def reset_while_opening(_):
    scene = Scene(both(Lane(latency=MS)))
    scene.on_event = _once(scene, Met, lambda: scene.strike(Fault.RESET))
    scene.run(5_000)
    assert (scene.wire.boots, scene.downs) == (2, [])
    assert scene.drive.link.hello.boot == 2
    assert scene.drive.link.phase is Phase.UP


def pulled_while_opening(_):
    scene = Scene(both(Lane(latency=MS)))
    scene.on_event = _once(scene, Met, lambda: scene.unplug(200))
    scene.run(5_000)
    assert (len(scene.downs), scene.sessions, scene.wire.names) == (1, [True], 2)


def reset_under_way(_):
    scene = Scene(both(Lane(latency=MS)), memory=True)
    scene.arm()
    scene.submit("turn", "agitate", 1)
    scene.settle()
    scene.submit("heat", *HEAT)
    scene.run(500)
    scene.strike(Fault.RESET, 300, data=b"boot\r\n")
    scene.submit("read", "read", 0)
    scene.run(5_000)
    assert (scene.downs, scene.meetings, scene.sessions) == ([], [True], [True, True])
    assert (scene.last("heat").stage, scene.last("heat").code) == ("INDETERMINATE", "REBOOT")
    assert (scene.ends["read"], scene.twin.state.name) == (["DONE"], "SAFE")


def gone_silent(_):
    scene = Scene()
    scene.arm()
    scene.submit("heat", "heat", 30_000, 3_600_000)
    scene.run(100)
    scene.strike(Fault.SILENCE, 10_000)
    scene.run(20_000)
    assert scene.downs[0] == "rig oven: no answer to BEAT within 4000 ms"
    assert scene.sessions == [True, False]
    assert (scene.last("heat").stage, scene.last("heat").code) == ("FAILED", "LEASE")
