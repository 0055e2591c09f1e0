"""Instruments behind pseudo-terminals and VISA resources, and a bench that holds them with its own threads."""

import asyncio
import os
import signal
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from adapters_terminals import NullModem

from payload.errors import PortError, RigFault
from payload.model import Quantity, Rig, RigCall
from payload.rigs import Bench
from payload.rigs.adapters import Lost, entry, instruments
from payload.rigs.adapters.lines import Trust

VISA = Path(__file__).with_name("supply.yaml")
ENDS = {"DONE", "FAILED", "REJECTED", "LATE", "CANCELLED", "INDETERMINATE"}
LIMITS = {"temperature": (Quantity(5_000, "temperature"), Quantity(60_000, "temperature"))}
RIGS = {
    "psu": Rig("psu", "bench-supply", "scpi:/dev/ttyUSB90"),
    "bath": Rig("bath", "temperature-controller", "modbus:/dev/ttyUSB91?unit=1", LIMITS),
}


def collect(bench, *tokens, stages=ENDS, limit_s=60.0):
    """Reports until each token has reached one of the stages; fails after `limit_s`."""
    found, left, start, beat = [], set(tokens), time.monotonic(), 0.0
    while left:
        assert time.monotonic() - start < limit_s, [(r.rig, r.token, r.stage, r.code) for r in found]
        if time.monotonic() - beat > 0.5:
            bench.beat()
            beat = time.monotonic()
        for report in bench.reports(50):
            found.append(report)
            if report.stage in stages:
                left.discard(report.token)
    return found


@pytest.mark.parametrize("url", ["twin:", "pty:"])
def test_two_instruments_do_their_steps_sped_up_and_are_safe_at_the_end(url, tmp_path):
    threads, descriptors = threading.active_count(), len(os.listdir("/proc/self/fd"))
    with Bench(RIGS, speed=200, urls=dict.fromkeys(RIGS, url), folder=tmp_path) as bench:
        bench.release("heat", RigCall("bath", "hold", {"target": Quantity(24_000, "temperature")}), 200_000)
        bench.release("feed", RigCall("psu", "power", {"voltage": "5 V", "current": "200 mA"}), 200_000)
        reports = collect(bench, "heat", "feed")
    last = {r.token: r for r in reports if r.stage == "DONE"}
    assert last["feed"].facts == {"progress": 100, "value": 2_000, "of": "voltage", "unit": "mV"}
    assert 23_000 < last["heat"].facts["value"] <= 24_000
    stages = [r.stage for r in reports if r.token == "heat" and r.stage != "PROGRESS"]
    assert stages == ["RELEASED", "ACCEPTED", "STARTED", "DONE"]
    assert {r.rig: r.facts["reason"] for r in bench.reports(0) if r.stage == "SAFE"} == dict.fromkeys(RIGS, "COMMAND")
    assert threading.active_count() == threads
    assert len(os.listdir("/proc/self/fd")) == descriptors


def test_an_instrument_is_not_sped_up_unless_it_may_be(tmp_path):
    with pytest.raises(PortError, match="is not ours to speed up: run with --speed 1, or say 'speed: any'"):
        Bench({"psu": RIGS["psu"]}, speed=60, folder=tmp_path).__enter__()


def test_an_instrument_that_is_not_there_is_said_to_be_absent(tmp_path):
    with pytest.raises(PortError, match="rig psu: /dev/ttyUSB90 is absent"):
        Bench({"psu": RIGS["psu"]}, folder=tmp_path).__enter__()


def test_an_instrument_whose_program_dies_is_given_up_and_the_other_goes_on(tmp_path):
    with Bench(RIGS, speed=100, urls=dict.fromkeys(RIGS, "pty:"), folder=tmp_path, reconnect_ms=200) as bench:
        bench.release("feed", RigCall("psu", "power", {"voltage": "5 V", "current": "200 mA"}), 86_400_000)
        reports = collect(bench, "feed", stages={"STARTED"})
        bench.release("heat", RigCall("bath", "hold", {"target": Quantity(24_000, "temperature")}), 120_000)
        (psu,) = (each for each in find_processes("bench-supply") if str(tmp_path) in each[1])
        os.kill(psu[0], signal.SIGKILL)
        reports += collect(bench, "feed", "heat")
    assert [(r.stage, r.code) for r in reports if r.token == "feed"][-1] == ("INDETERMINATE", "LINK_DOWN")
    assert [r.rig for r in reports if r.stage == "LINK_DOWN"] == ["psu"]
    assert [r.stage for r in reports if r.token == "heat"][-1] == "DONE"


def find_processes(word):
    """Our own programs with this word in their command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            line = path.read_bytes().replace(b"\0", b" ").decode()
            if "payload.rigs.adapters.simulated" in line and word in line:
                found.append((int(path.parent.name), line))
    return found


BROKEN = """
from payload.rigs.adapters import DURATION, command
from payload.rigs.adapters.face import renamed
from payload.rigs.adapters.supply import BenchSupply

class BrokenSupply(BenchSupply):
    kind = renamed(BenchSupply.kind, "broken-supply")

    def carry_out(self, command, arguments):
        super().carry_out(command, arguments)
        if command.name == "output-on":
            raise ZeroDivisionError("of its author's")
"""


def test_an_adapter_that_breaks_leaves_its_outputs_safe_and_nobody_waiting(tmp_path, monkeypatch):
    (tmp_path / "broken_supply.py").write_text(BROKEN)
    folder = tmp_path / "broken-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text("[payload.rigs]\nbroken-supply = broken_supply:BrokenSupply\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    instruments.cache_clear()
    try:
        with Bench({"psu": Rig("psu", "broken-supply", "twin:")}, folder=tmp_path) as bench:
            simulated = bench._places["psu"]._stand_in._simulated
            bench.release("on", RigCall("psu", "output-on"))
            reports = collect(bench, "on")
            reports += bench.reports(1_000)
            bench.release("off", RigCall("psu", "output-off"))
            reports += collect(bench, "off")
        assert not simulated.instrument.on
    finally:
        instruments.cache_clear()
    story = [(r.token, r.stage, r.code) for r in reports if r.stage != "TELEMETRY"]
    assert story == [
        ("on", "RELEASED", None),
        ("on", "ACCEPTED", None),
        ("on", "INDETERMINATE", "ADAPTER"),
        (None, "LINK_DOWN", None),
        ("off", "RELEASED", None),
        ("off", "FAILED", "LINK_DOWN"),
    ]
    (down,) = (r for r in reports if r.stage == "LINK_DOWN")
    assert down.facts["why"] == "rig psu: its adapter broke: ZeroDivisionError: of its author's"


@contextmanager
def server(port):
    """pymodbus's own server: eight holding registers of unit 1, from 210 on."""
    from pymodbus.datastore import ModbusDeviceContext, ModbusSequentialDataBlock, ModbusServerContext
    from pymodbus.framer import FramerType
    from pymodbus.server import ModbusSerialServer

    block = ModbusSequentialDataBlock(1, [210, 210, 0, 0, 0, 0, 0, 0])
    listening, loop = threading.Event(), asyncio.new_event_loop()

    async def serve():
        context = ModbusServerContext(devices={1: ModbusDeviceContext(hr=block)}, single=False)
        made = ModbusSerialServer(context, framer=FramerType.RTU, port=port, baudrate=9_600, parity="N")
        await made.serve_forever(background=True)
        listening.set()
        await stop.wait()
        await made.shutdown()

    stop = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert listening.wait(20)
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)
        loop.close()


def test_a_controller_behind_the_librarys_own_server():
    """Their server, our frames: both read the standard alike."""
    with NullModem() as cable, server(cable.one):
        site = entry.site("temperature-controller", "bath", f"modbus:{cable.other}?unit=1&answer_ms=5000", {})
        bath = entry.adapter("temperature-controller")(site)
        try:
            bath.open()
            bath.carry_out(bath.kind.by_name["hold"], (30_000, 60_000))
            assert [bath.read(channel) for channel in bath.kind.channels] == [21_000, 0]
            assert bath.registers(0, 8) == (210, 300, 1, 0, 0, 0, 0, 0)
            bath.make_safe()
            assert bath.registers(1, 2) == (300, 0)
            with pytest.raises(RigFault, match="reading register 40 was refused: illegal data address"):
                bath.registers(40)
        finally:
            bath.close()


@pytest.mark.parametrize(
    ("resource", "trust"),
    [("ASRL1::INSTR", Trust.FENCED), ("USB::0x1111::0x2222::0x3333::INSTR", Trust.PLAIN)],
)
def test_a_supply_by_visa(resource, trust):
    """By pyvisa-sim, which takes no compound messages: a serial resource is fenced, a bus of messages need not be."""
    url = f"scpi+visa:{resource}?backend={VISA}@sim&answer_ms=800&slowest_ms=400"
    supply = entry.adapter("bench-supply")(entry.site("bench-supply", "psu", url, {}))
    try:
        supply.open()
        assert supply._lines.trust is trust
        supply.carry_out(supply.kind.by_name["power"], (5_000, 100, 60_000))
        assert [supply.read(channel) for channel in supply.kind.channels] == [4_998, 102]
        assert supply.stands(supply.kind.by_name["power"], (5_000, 100, 60_000))
        with pytest.raises(RigFault, match=r'VOLT 40\.000. was refused: -113,"Undefined header"'):
            supply.carry_out(supply.kind.by_name["set-voltage"], (40_000,))
        supply.make_safe()
        assert supply.ask("OUTP?") == "OFF"
    finally:
        supply.close()


def test_a_visa_that_cannot_be_had_says_so():
    made = entry.adapter("bench-supply")
    for url, message in (
        ("scpi+visa:ASRL/dev/ttyUSB90::INSTR", "cannot be opened: .*'pyvisa-shell' and its 'list' show what"),
        ("scpi+visa:ASRL1::INSTR?backend=@nosuch", "there is no VISA by '@nosuch'"),
    ):
        with pytest.raises(PortError, match=message):
            made(entry.site("bench-supply", "psu", url, {})).open()


def test_a_port_on_which_nobody_answers_is_not_waited_for_for_ever():
    with NullModem() as cable:
        url = f"modbus:{cable.one}?answer_ms=50&slowest_ms=100"
        bath = entry.adapter("temperature-controller")(entry.site("temperature-controller", "bath", url, {}))
        with pytest.raises(Lost, match="does not answer as unit 1 at 9600 baud, parity N"):
            bath.open()
        bath.close()
