"""The twin's program: its options, and what it keeps in files."""

import io

import pytest
from talking import armed, wire

from payload.rigs.programs.serve import main
from payload.rigs.wire.frame import Deframer
from payload.rigs.wire.packet import Call, Hello, Open, Record, Stage, unpack

DESCRIPTION = """\
kind: lamp
number: 130
outputs: [{name: bulb, unit: on, safe: 0, longest: 1 h}]
channels: [{name: light, unit: lux, low: 0, high: 9}]
commands:
  - name: shine
    opcode: 16
    long: true
    hazardous: true
    states: [ready]
    drives: [bulb]
    arguments: [{name: duration, unit: ms, min: 1 s, max: 1 h}]
    value: {name: light, unit: lux}
"""


def played(monkeypatch, capsys, *arguments, lines):
    """Exit code, what was printed, and what was said of errors."""
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(line + "\n" for line in lines)))
    try:
        code = main([*arguments, "--script", "--boot", "7"])
    except SystemExit as stop:
        code = stop.code
    out, err = capsys.readouterr()
    return code, out.splitlines(), err


def test_pins_and_memory_are_kept_in_files(monkeypatch, capsys, tmp_path):
    pins, memory = tmp_path / "pins", tmp_path / "nvm"
    options = ("power-switch", "--pins", str(pins), "--nvm", str(memory))
    opened = f"0 {wire(Open(1, 1), *armed(mask=15, boot=7)).hex()}"
    code, out, _ = played(
        monkeypatch, capsys, *options, lines=[opened, f"100.25 {wire(Call(1, 3, 16, (2,))).hex()}", "4000 -"]
    )
    assert (code, [int(line.split()[0]) for line in out]) == (0, [0, 0, 0, 100, 1000, 2000, 3000])
    assert pins.read_text() == "100.250 2 1\n3000.000 2 0\n"
    _, (line,), _ = played(monkeypatch, capsys, *options, lines=[f"0 {wire(Hello(1)).hex()}"])
    (frame,) = Deframer().feed(bytes.fromhex(line.split()[1]))
    assert unpack(frame).journal == Record(7, 1, 3, Stage.DONE)
    assert len(memory.read_bytes()) == 64


def test_a_description_of_ones_own_is_served_alone(monkeypatch, capsys, tmp_path):
    path, pins = tmp_path / "lamp.yaml", tmp_path / "pins"
    path.write_text(DESCRIPTION)
    shine = f"5 {wire(Open(1, 1), *armed(boot=7), Call(1, 3, 16, (2_000,))).hex()}"
    code, out, _ = played(monkeypatch, capsys, str(path), "--pins", str(pins), lines=[shine, "2500 -"])
    assert (code, len(out), pins.read_text()) == (0, 7, "5.000 0 1\n2005.000 0 0\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["toaster"], "expected incubator, fluid-loop, camera, power-switch, recorder, or a description file (.yaml)"),
        (["none.yaml"], "none.yaml: cannot be read: No such file or directory"),
        (["camera", "--boot", "0"], "expected 1 to 8 hexadecimal digits, not 0, not '0'"),
        (["camera", "--speed", "1e3"], "expected a decimal with at most three decimals, not '1e3'"),
        (["camera", "--tether"], "--script takes neither --link nor --tether"),
    ],
)
def test_what_cannot_be_served_says_why(monkeypatch, capsys, arguments, message):
    code, out, error = played(monkeypatch, capsys, *arguments, lines=[])
    assert (code, out) == (2, [])
    assert message in error


def test_a_file_that_cannot_be_opened_ends_with_1(monkeypatch, capsys, tmp_path):
    code, _, error = played(monkeypatch, capsys, "camera", "--pins", str(tmp_path / "no" / "pins"), lines=[])
    assert (code, error) == (1, f"rig: {tmp_path / 'no' / 'pins'}: No such file or directory\n")
