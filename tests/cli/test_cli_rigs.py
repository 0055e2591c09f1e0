"""rig conform, monitor, serve, describe: from the shell."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from cli_builders import payload

from payload.cli import conforming
from payload.rigs.conform import Finding, Verdict

OVEN = """\
kind: oven
number: 200
about: Gets hot.
outputs:
  - {name: coil, unit: on, safe: 0, longest: 1 h}
channels:
  - {name: heat, unit: degC, low: 0, high: 300, interval: 1 s}
commands:
  - name: bake
    opcode: 16
    about: Bakes.
    long: true
    hazardous: true
    states: [ready]
    drives: [coil]
    arguments:
      - {name: duration, unit: ms, min: 1 s, max: 1 h}
    value: {name: heat, unit: degC}
"""


@pytest.fixture
def oven(tmp_path):
    path = tmp_path / "oven.yaml"
    path.write_text(OVEN, encoding="utf-8")
    return path


@pytest.fixture
def served(tmp_path, oven):
    """A rig of a kind that no program of ours knows, on a port."""
    link = tmp_path / "oven"
    run = "import sys; from payload.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", run, "rig", "serve", "--description", str(oven), "--link", str(link)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"/dev/")
        yield link
        process.terminate()


def test_a_twin_conforms_and_what_drives_is_left_out(capsys):
    answer = payload(capsys, "rig", "conform", "twin:", "--kind", "camera", "--quick")
    assert answer.code == 0
    assert answer.out.splitlines()[0] == "pass  §4.1  hello          HELLO is answered"
    assert "(drives outputs: only with --hazardous)" in answer.out
    assert " 0 failed, " in answer.out.splitlines()[-1]


def test_single_checks_as_facts(capsys):
    words = ("rig", "conform", "twin:", "--kind", "camera", "--check", "repeat", "--check", "gap", "--json")
    answer = payload(capsys, *words)
    assert [(facts["id"], facts["verdict"]) for facts in json.loads(answer.out)] == [
        ("repeat", "pass"),
        ("gap", "pass"),
        ("safe-at-last", "pass"),
    ]


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["conform", "twin:"], 2, "say which kind of rig it is to be with --kind"),
        (["conform", "/dev/nowhere"], 4, "/dev/nowhere is absent"),
        (["conform", "twin:", "--kind", "camera", "--check", "luck"], 2, "there is no check luck"),
        (["conform", "twin:", "--kind", "bench-supply", "--quick"], 2, "a bench-supply has a short list of checks"),
        (["monitor", "/dev/nowhere"], 4, "/dev/nowhere is absent"),
        (["serve"], 2, "say what it is to be"),
        (
            ["serve", "--description", "x.yaml", "--firmware", "x", "--emulator", "qemu"],
            2,
            "--description makes a twin",
        ),
        (["serve", "oven"], 2, "'oven' is no rig kind"),
        (["serve", "camera", "--seed", "3"], 2, "--seed is the chance of --faults"),
        (["serve", "camera", "--firmware", "nowhere.elf"], 2, "--firmware nowhere.elf: there is no such file"),
        (["serve", "camera", "--firmware", __file__], 2, "is no program of this machine"),
        (["serve", "camera", "--emulator", "ENIAC"], 4, "there is no emulator 'ENIAC'"),
        (["describe", "nowhere.yaml"], 2, "nowhere.yaml"),
    ],
)
def test_what_cannot_be_is_said(capsys, words, code, text):
    answer = payload(capsys, "rig", *words)
    assert (answer.code, text in answer.err) == (code, True), answer


def test_a_failure_says_what_was_sent_what_came_and_what_to_do(capsys):
    conforming.tell(Finding("gap", "5", "a gap", Verdict.FAIL, ("COMMAND 3",), "DONE", "NAK GAP", "count"))
    assert capsys.readouterr().out.splitlines() == [
        "FAIL  §5    gap            a gap",
        "      sent      COMMAND 3",
        "      came      DONE",
        "      expected  NAK GAP",
        "      look at   count",
    ]


def test_a_rig_that_breaks_the_rules_ends_with_1(capsys):
    """Nobody is behind a loop: HELLO comes back as it was sent."""
    answer = payload(capsys, "rig", "conform", "loop://", "--check", "gap")
    assert answer.code == 1, answer


def test_a_rig_is_watched(capsys):
    answer = payload(capsys, "rig", "monitor", "twin:", "--kind", "camera", "--speed", "20", "--lines", "4", "--json")
    seen = [json.loads(line) for line in answer.out.splitlines()]
    assert (answer.code, len(seen), seen[0]["what"], seen[0]["unit"]) == (0, 4, "hello", "5249470000000003")
    assert {facts["what"] for facts in seen[1:]} == {"status", "sample"}


def test_a_strangers_rig_is_described_served_asked_and_watched(capsys, oven, served):
    described = payload(capsys, "rig", "describe", oven)
    asked = payload(capsys, "rig", "info", served)
    watched = payload(capsys, "rig", "monitor", served, "--lines", "3")
    examined = payload(capsys, "rig", "conform", served, "--quick")
    assert described.out.startswith(f"{oven}: oven (200), 1 output, 1 channel, ")
    assert "bake       duration 1000 to 3600000 ms -> heat degC  (hazardous: " in asked.out
    assert "coil         on, safe at 0, on for at most 3600 s" in asked.out
    assert "  heat " in watched.out
    assert (examined.code, examined.out.count("FAIL")) == (0, 0), examined.out


def test_tables_and_text_are_made_of_a_description(capsys, oven):
    tables, text = (payload(capsys, "rig", "describe", oven, option).out for option in ("--c", "--text"))
    assert "static void do_bake(struct rig *rig);" in tables
    assert text.splitlines()[0] == "payload-rig/2 oven 200"


def test_a_kind_of_ones_own_is_known_where_the_environment_names_it(capsys, oven, monkeypatch):
    command = [sys.executable, "-c", "from payload.rigs import KINDS; print(*KINDS)"]
    done = subprocess.run(
        command, env={"PATH": "", "PAYLOAD_KINDS": str(oven.parent)}, capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[-1] == "oven"
