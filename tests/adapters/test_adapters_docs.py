"""The instruments that docs/adapters.md tells how to write are written, installed, and do their work."""

import importlib
import re
import sys
from pathlib import Path
from random import Random

import pytest
from adapters_builders import Lab

from payload.rigs.adapters import Site, instruments
from payload.rigs.adapters.simulated import Simulated, SimulatedController, VirtualClock, VirtualPipe, Whims

PAGE = Path(__file__).parents[2] / "docs" / "adapters.md"
BLOCK = re.compile(r"^```python\n# (\w+)\.py\n(.*?)^```", re.MULTILINE | re.DOTALL)
POINTS = re.compile(r'^\[project\.entry-points\."payload\.rigs"\]\n([\w-]+) = "(.*)"$', re.MULTILINE)


@pytest.fixture
def written(tmp_path, monkeypatch):
    """The page's modules by name, in a package with the page's entry point."""
    page = PAGE.read_text(encoding="utf-8")
    found = dict(BLOCK.findall(page))
    for name, text in found.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    folder = tmp_path / "hotplate-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: hotplate\nVersion: 1.0\n")
    ((name, value),) = POINTS.findall(page)
    (folder / "entry_points.txt").write_text(f"[payload.rigs]\n{name} = {value}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    instruments.cache_clear()
    yield lambda module: importlib.import_module(module)
    instruments.cache_clear()
    for module in found:
        sys.modules.pop(module, None)


def test_the_hot_plate_heats_for_its_time_and_is_off_after_it(written):
    lab = Lab("hot-plate", make=written("simulated_hotplate").SimulatedHotPlate).begin()
    lab.send("heat", 80_000, 10_000)
    lab.run(9_000)
    plate = lab.instrument
    assert (plate.on, plate.target, plate.watchdog) == (True, 80.0, 20)
    lab.run(2_000)
    assert (plate.on, plate.target) == (False, 0.0)
    assert lab.story("heat")[-1] == ("DONE", None)
    assert lab.last("heat").facts == {"progress": 100, "value": 80_000, "of": "temperature", "unit": "mdegC"}


def test_the_oven_is_a_controller_with_another_map(written):
    class SimulatedOven(SimulatedController):
        def _obey(self, pdu):
            at = int.from_bytes(pdu[1:3], "big")
            moved = {0x1010: 2}.get(at, at - 0x1000)
            if pdu[0] == 8:
                return super()._obey(pdu)
            reply = super()._obey(pdu[:1] + moved.to_bytes(2, "big") + pdu[3:])
            return pdu if reply[0] == 6 else reply

    made = written("oven").Oven
    assert made.kind.name == "oven"
    clock = VirtualClock()
    source = Simulated(SimulatedOven, Whims(), Random(1))
    oven = made(Site("oven", "modbus", "virtual", {}, clock, pipe=lambda: VirtualPipe(source, clock), chance=Random(1)))
    oven.open()
    oven.carry_out(oven.kind.by_name["hold"], (30_000, 60_000))
    assert (source.instrument.set_point, source.instrument.running) == (300, 1)
    assert oven.read(oven.kind.channels[0]) == 21_000
    oven.make_safe()
    assert source.instrument.running == 0
