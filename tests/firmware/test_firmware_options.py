"""The command line and the script of the host build: what they take, and what they refuse with exit code 2."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from firmware_builders import HELLO, HELLO_BODY, heard_in, play, wire

INCUBATOR = ("--kind", "incubator", "--script")


def refusal(rig: Path, *words: str, script: str = "") -> tuple[int, str, str]:
    """Exit code, output, and the first line of the complaint."""
    done = subprocess.run([rig, *words], input=script, capture_output=True, text=True, timeout=20, check=False)
    return done.returncode, done.stdout, done.stderr.partition("\n")[0]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ((), "rig: --kind is missing"),
        (("--kind",), "rig: option without its value: --kind"),
        (("--kind", "furnace"), "rig: --kind: furnace"),
        (("--kind", "camera", "--kind", "camera"), "rig: option given twice: --kind"),
        ((*INCUBATOR, "--scrip"), "rig: unknown option: --scrip"),
        ((*INCUBATOR, "heat"), "rig: unknown option: heat"),
        ((*INCUBATOR, "--unit", ""), "rig: --unit: "),
        ((*INCUBATOR, "--unit", "xyz"), "rig: --unit: xyz"),
        ((*INCUBATOR, "--unit", "00000000000000001"), "rig: --unit: 00000000000000001"),
        ((*INCUBATOR, "--boot", "0"), "rig: --boot: 0"),
        ((*INCUBATOR, "--boot", "123456789"), "rig: --boot: 123456789"),
        ((*INCUBATOR, "--speed", "0"), "rig: --speed: 0"),
        ((*INCUBATOR, "--speed", "0.0009"), "rig: --speed: 0.0009"),
        ((*INCUBATOR, "--speed", "1.2345"), "rig: --speed: 1.2345"),
        ((*INCUBATOR, "--speed", "1."), "rig: --speed: 1."),
        ((*INCUBATOR, "--speed", ".5"), "rig: --speed: .5"),
        ((*INCUBATOR, "--speed", "1.2.3"), "rig: --speed: 1.2.3"),
        ((*INCUBATOR, "--speed", "1e3"), "rig: --speed: 1e3"),
        ((*INCUBATOR, "--speed", "-1"), "rig: --speed: -1"),
        ((*INCUBATOR, "--speed", "100000.001"), "rig: --speed: 100000.001"),
        ((*INCUBATOR, "--speed", "99999999999999999999999"), "rig: --speed: 99999999999999999999999"),
        ((*INCUBATOR, "--seed", "18446744073709551616"), "rig: --seed: 18446744073709551616"),
        ((*INCUBATOR, "--link", "x"), "rig: --script takes neither --link nor --tether"),
    ],
)
def test_refuses(words: tuple[str, ...], complaint: str, rig: Path) -> None:
    assert refusal(rig, *words) == (2, "", complaint)


@pytest.mark.parametrize("option", ["--nvm", "--pins"])
def test_a_file_that_cannot_be_opened_is_an_error(option: str, rig: Path, tmp_path: Path) -> None:
    place = str(tmp_path / "no" / "file")
    assert refusal(rig, *INCUBATOR, option, place) == (1, "", f"rig: {place}: No such file or directory")


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("5.002 -\n5.001 -\n", "line 2 is earlier than the line before"),
        ("5\n", "line 1 is not two words"),
        ("5 00 00\n", "line 1 is not two words"),
        ("\n\n  \nnow 00\n", "line 4 does not begin with a decimal number of ticks"),
        ("-1 00\n", "line 1 does not begin with a decimal number of ticks"),
        ("1. 00\n", "line 1 does not begin with a decimal number of ticks"),
        (".5 00\n", "line 1 does not begin with a decimal number of ticks"),
        ("1.2.3 00\n", "line 1 does not begin with a decimal number of ticks"),
        ("1.2345 00\n", "line 1 does not begin with a decimal number of ticks"),
        ("100000000000000.001 00\n", "line 1 does not begin with a decimal number of ticks"),
        ("0 000\n", "line 1 holds a second word that is neither - nor whole bytes in hex"),
        ("0 0g\n", "line 1 holds a second word that is neither - nor whole bytes in hex"),
        ("0 0\x00\n", "line 1 holds a NUL"),
    ],
)
def test_refuses_a_script(script: str, complaint: str, rig: Path) -> None:
    assert refusal(rig, *INCUBATOR, script=script) == (2, "", f"rig: script {complaint}")


@pytest.mark.parametrize(
    ("options", "unit", "speed_milli"),
    [
        ((), 0x5249470000000001, 1000),
        (("--unit", "F00dCafe", "--speed", "0.001", "--seed", "18446744073709551615"), 0xF00DCAFE, 1),
        (("--unit", "ffffffffffffffff", "--speed", "100000"), 2**64 - 1, 100_000_000),
        (("--unit", "0", "--speed", "007.25"), 0, 7250),
    ],
)
def test_takes(options: tuple[str, ...], unit: int, speed_milli: int, rig: Path) -> None:
    hello = wire(HELLO).hex()
    lines = play(rig, ["", f"  12\t{hello.upper()} ", f"12.5 {hello}", "1000 -"], "incubator", "--boot", "aB", *options)
    assert [line.split()[0] for line in lines] == ["12", "12"]
    replies = heard_in(lines)
    assert replies[0] == replies[1]
    found = HELLO_BODY.unpack(replies[0].body)
    assert (found[2], found[3], found[14], found[15]) == (unit, 0xAB, 12, speed_milli)
