"""Which adapters there are, where their instruments are, and what is said when one cannot be had."""

import subprocess
import sys

import pytest

from payload.errors import PortError, RunError
from payload.model import Quantity, Rig, RigCall
from payload.rigs import Bench, CallRefused, call, probe, translate
from payload.rigs.adapters import entry, extras
from payload.rigs.adapters.entry import instruments, site
from payload.rigs.adapters.face import DURATION, Site, command, instrument
from payload.rigs.kinds.dictionary import Argument, Channel

MODULE = """
from payload.rigs.adapters import Adapter, Channel, command, instrument

class Lamp(Adapter):
    kind = instrument("lamp", channels=(Channel("light", "lx", 0, 1000),), commands=(command("on"),))
    def open(self): ...
    def close(self): ...
    def carry_out(self, command, arguments): ...
    def read(self, channel): return 0
    def make_safe(self): ...

class Moody(Lamp):
    kind = instrument("moody", channels=(Channel("light", "lx", 0, 1000),), commands=(command("on"),))
    def __init__(self, site): raise ValueError("not today")

class Named(Lamp):
    kind = "named"

class Half(Adapter):
    kind = instrument("half", channels=(), commands=())
    def open(self): ...
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Installs packages with these entry points."""

    def install(**points):
        for number, (name, value) in enumerate(points.items()):
            folder = tmp_path / f"third{number}-1.0.dist-info"
            folder.mkdir()
            (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: third{number}\nVersion: 1.0\n")
            (folder / "entry_points.txt").write_text(f"[payload.rigs]\n{name.replace('_', '-')} = {value}\n")
        (tmp_path / "third_party_lamp.py").write_text(MODULE)
        monkeypatch.syspath_prepend(str(tmp_path))
        instruments.cache_clear()

    yield install
    instruments.cache_clear()
    sys.modules.pop("third_party_lamp", None)


def test_ours_are_there():
    assert {"bench-supply", "temperature-controller"} <= set(instruments())


def test_a_class_of_somebody_elses_is_a_rig_of_a_mission(installed):
    installed(lamp="third_party_lamp:Lamp")
    assert "lamp" in instruments()
    assert entry.adapter("lamp").__name__ == "Lamp"
    rig = Rig("reading-lamp", "lamp", "lamp:/dev/ttyUSB4")
    assert translate(rig, RigCall("reading-lamp", "on")).command.name == "on"
    assert site("lamp", "l", "lamp:/dev/ttyUSB4?tint=2", {"speed": "any"}) == Site(
        "l", "lamp", "/dev/ttyUSB4", {"speed": "any", "tint": "2"}
    )


def test_what_is_wrong_with_a_package_is_said_with_its_name(installed):
    installed(half="third_party_lamp:Half", torch="third_party_lamp:Lamp", gone="no_such_module:Gone", text="os:sep")
    for kind, message in (
        ("half", r"adapter half \(third_party_lamp:Half\) has no carry_out, close, make_safe, read: see docs/adapters"),
        ("torch", "is of kind lamp: its entry point must have that name"),
        ("gone", r"cannot be loaded: No module named 'no_such_module': mend or uninstall its package"),
        ("text", "is no subclass of payload.rigs.adapters.Adapter"),
        ("kettle", "there is no adapter for 'kettle'; there are bench-supply"),
    ):
        with pytest.raises(RunError, match=message):
            entry.adapter(kind)
    with pytest.raises(CallRefused, match=r"rig r: kind: adapter gone .* cannot be loaded"):
        translate(Rig("r", "gone", "gone:x"), RigCall("r", "on"))


def test_a_class_that_breaks_when_it_is_made_is_not_taken_for_a_mistake_of_ours(installed, tmp_path):
    installed(moody="third_party_lamp:Moody", named="third_party_lamp:Named", quits="third_party_quits:Quits")
    (tmp_path / "third_party_quits.py").write_text("raise SystemExit('no licence')")
    rig = Rig("lamp", "moody", "moody:/dev/null")
    with pytest.raises(PortError, match=r"^rig lamp: its adapter broke: ValueError: not today$"):
        Bench({"lamp": rig}, folder=tmp_path).__enter__()
    with pytest.raises(RunError, match="has a `kind` that `instrument` has not made"):
        entry.adapter("named")
    with pytest.raises(RunError, match="cannot be loaded: no licence"):
        entry.adapter("quits")


def test_two_packages_of_one_name_are_not_chosen_between(installed):
    installed(bench_supply="third_party_lamp:Lamp")
    with pytest.raises(RunError, match=r"more than one package gives it .*: uninstall all but one"):
        entry.adapter("bench-supply")


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("scpi:/dev/ttyUSB0", ("scpi", "/dev/ttyUSB0", {})),
        ("scpi:/dev/ttyUSB0?baud=19200&trust=plain", ("scpi", "/dev/ttyUSB0", {"baud": "19200", "trust": "plain"})),
        ("scpi:socket://10.0.0.7:5025", ("scpi", "socket://10.0.0.7:5025", {})),
        ("scpi:usb:2341:0043", ("scpi", "usb:2341:0043", {})),
        ("scpi:/dev/serial/by-id/usb-?-1", ("scpi", "/dev/serial/by-id/usb-?-1", {})),
        ("scpi+visa:USB0::0x2A8D::0x1::MY1::INSTR", ("scpi+visa", "USB0::0x2A8D::0x1::MY1::INSTR", {})),
        ("bench-supply:/dev/ttyUSB0", ("bench-supply", "/dev/ttyUSB0", {})),
    ],
)
def test_a_url_says_where(url, found):
    where = site("bench-supply", "psu", url, {})
    assert (where.scheme, where.rest, where.options) == found


def test_a_url_of_another_form_says_which_there_are():
    with pytest.raises(PortError, match=r"'twin:' is no URL of kind bench-supply: expected scpi:…, scpi\+visa:…"):
        site("bench-supply", "psu", "twin:", {})
    with pytest.raises(PortError, match="'scpi:' does not say where: expected for example 'scpi:/dev/ttyUSB0'"):
        site("bench-supply", "psu", "scpi:", {})


def test_what_is_out_of_range_is_refused_before_it_leaves():
    rig = Rig("psu", "bench-supply", "scpi:/dev/ttyUSB0", {})
    for name, arguments, message in (
        (
            "set-voltage",
            {"voltage": "61 V"},
            "set-voltage: voltage: 61000 mV is out of range; allowed are 0 mV to 60",
        ),
        ("set-voltage", {"voltage": "5 A"}, "voltage: expected a whole number of mV, not '5 A'"),
        ("set-voltage", {}, "the argument voltage is missing; it takes 0 mV to 60000 mV"),
        ("blink", {}, "kind bench-supply has no such call; it has arm, disarm, safe, read, cancel, set-voltage"),
    ):
        with pytest.raises(CallRefused, match=message):
            translate(rig, RigCall("psu", name, arguments))
    told = translate(rig, RigCall("psu", "power", {"voltage": "4.5 V", "current": "500 mA"}), 600_000)
    assert (told.command.long, told.arguments) == (True, (4_500, 500, 600_000))


def test_an_instrument_is_not_asked_to_say_hello():
    with pytest.raises(RunError, match="a bench-supply is an instrument of another maker's, which does not say HELLO"):
        probe("scpi:/dev/ttyUSB90", "bench-supply")
    with pytest.raises(
        RunError, match=r"modbus:/dev/ttyUSB90 is an instrument of another maker's: say which kind it is"
    ):
        call("modbus:/dev/ttyUSB90", "stop", {})


def test_a_scheme_that_is_the_kinds_own_names_the_kind():
    with pytest.raises(PortError, match="/dev/ttyUSB90 is absent"):
        call("bench-supply:/dev/ttyUSB90", "set-voltage", {"voltage": "5 V"})
    with pytest.raises(RunError, match="a bench-supply is an instrument of another maker's"):
        probe("bench-supply:/dev/ttyUSB90")


def test_a_call_by_hand_leaves_the_line_its_own_speed():
    stages = []
    last = call("twin:", "read", {"channel": "voltage"}, "bench-supply", heard=lambda r: stages.append(r.stage))
    assert (last.stage, last.facts) == ("DONE", {"progress": 100, "value": 0, "of": "voltage", "unit": "mV"})
    assert [stage for stage in stages if stage != "TELEMETRY"] == ["RELEASED", "ACCEPTED", "DONE"]


def test_a_kind_that_contradicts_itself_is_refused_at_once():
    with pytest.raises(ValueError, match="a command or a channel occurs twice; every instrument has arm, disarm, safe"):
        instrument("x", channels=(), commands=(command("safe"),))
    with pytest.raises(ValueError, match="x: hold tells heat, which is no channel; it has t"):
        instrument("x", channels=(Channel("t", "mdegC", 0, 1),), commands=(command("hold", DURATION, value="heat"),))
    for about in (Argument("to", "mdegC", 0, 1, channel="heat"), Argument("to", "permille", 0, 1, channel="t")):
        with pytest.raises(ValueError, match=f"x: go: there is no channel {about.channel} in {about.unit}"):
            instrument("x", channels=(Channel("t", "mdegC", 0, 1),), commands=(command("go", about),))


def test_the_missions_limits_hold_for_an_instrument_too():
    psu = Rig("psu", "bench-supply", "twin:", {"voltage": (Quantity(0, "count"), Quantity(12_000, "count"))})
    assert translate(psu, RigCall("psu", "set-voltage", {"voltage": "12 V"})).arguments == (12_000,)
    arguments = {"voltage": "12.001 V", "current": "1 A"}
    with pytest.raises(
        CallRefused, match=r"power: voltage: 12001 mV is outside the mission's limits of voltage, 0 mV to"
    ):
        translate(psu, RigCall("psu", "power", arguments), 60_000)


@pytest.mark.parametrize(("extra", "module"), [("modbus", "pymodbus"), ("visa", "pyvisa")])
def test_a_missing_library_says_what_to_install(extra, module, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    text = f"rig bath: .* need {module}, which is not installed here: pip install 'payload\\[{extra}\\]'"
    with pytest.raises(PortError, match=text):
        extras.require(extra, module, rig="bath")


def test_nothing_of_it_is_loaded_before_it_is_used():
    script = (
        "import sys, payload.rigs; from payload.rigs.adapters.entry import adapter;"
        "adapter('bench-supply'); adapter('temperature-controller');"
        "print([name for name in ('pymodbus', 'pyvisa', 'pyvisa_py') if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"
