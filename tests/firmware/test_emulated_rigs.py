"""The firmware of both processors as `payload` meets it, behind a PTY in real time; the ARM's line in a test's hand."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from emulated_builders import (
    ABORTED,
    BEAT_REPLY,
    KINDS,
    LONG,
    MS,
    OPENED,
    PATIENCE_S,
    PING,
    PONG,
    OnWire,
    ask,
    beat,
    built,
    greet,
    greet_as_hosts_do,
    on_socket,
    opening,
    order,
)
from emulated_kill import kills
from firmware_builders import wire

from payload.errors import PortError
from payload.rigs.programs.emulators import BUILD_VARIABLE, EMULATORS, emulator_command, image
from payload.rigs.programs.programs import Program
from payload.rigs.programs.qemu import Qemu

ABORT_BUTTON = bytes.fromhex("000205010101035b3200")
Start = Callable[..., tuple[subprocess.Popen[bytes], Path]]


@pytest.fixture(scope="module", autouse=True)
def _built() -> None:
    built("avr", "arm", "runner")


@pytest.fixture
def arm() -> Iterator[Callable[..., Qemu]]:
    """Starts the ARM firmware of a kind."""
    started: list[Qemu] = []

    def start(kind: str = "incubator", **identity: int) -> Qemu:
        started.append(Qemu(image("", kind, "qemu"), **identity))
        return started[-1]

    yield start
    for qemu in started:
        qemu.close()
        assert qemu.ended


@pytest.mark.parametrize(("number", "kind"), list(enumerate(KINDS, 1)))
def test_hello_of_the_arm(number: int, kind: str, arm: Callable[..., Qemu]) -> None:
    met = greet(on_socket(arm(kind, unit=0x1122_3344_5566_7788, boot=0xCAFE).line))
    assert (met.version, met.kind, met.unit, met.boot, met.cause) == (2, number, 0x1122_3344_5566_7788, 0xCAFE, 1)
    assert (met.state, met.reason, met.window, met.body, met.speed) == (0, 1, 32, 240, 1000)


def test_an_arm_that_was_told_nothing_is_its_own_unit(arm: Callable[..., Qemu]) -> None:
    met = greet(on_socket(arm("recorder").line))
    assert (met.unit, met.boot) == (0x5249470000000005, 1)


def test_a_reset_of_the_arm_is_another_boot(arm: Callable[..., Qemu]) -> None:
    """And half a frame that came before it does not eat the first one after it."""
    qemu = arm(boot=0x41)
    talk = on_socket(qemu.line)
    story = [greet(talk)]
    ask(talk, opening(3), OPENED)
    for _ in range(2):
        talk.say(order(3, 1, LONG, 30_000, 60_000)[:9])
        qemu.reset()
        story.append(greet_as_hosts_do(talk))
    assert [(met.boot, met.cause) for met in story] == [(0x41, 1), (0x42, 5), (0x43, 5)]


def test_an_arm_that_stands_still_answers_when_it_goes_on(arm: Callable[..., Qemu]) -> None:
    qemu = arm()
    talk = on_socket(qemu.line)
    greet(talk)
    qemu.stop()
    talk.say(wire(PING, 0, 77))
    qemu.cont()
    assert talk.until(lambda heard: heard.type == PONG)[-1].number == 77


def test_what_is_no_program_does_not_start(tmp_path: Path) -> None:
    nothing = tmp_path / "program.elf"
    with pytest.raises(OSError, match="did not start"):
        Qemu(nothing)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts an emulated rig on a PTY, tethered: the process, and the link to its port."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(emulator: str, *options: str) -> tuple[subprocess.Popen[bytes], Path]:
        link = tmp_path / f"{emulator}.port"
        command = [*emulator_command("x", "incubator", emulator), "--link", str(link), *options]
        started.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE))
        assert started[-1].stdout is not None
        name = started[-1].stdout.readline().decode().strip()
        assert os.readlink(link) == name, started[-1].communicate()
        return started[-1], link

    yield begin
    for process in started:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=PATIENCE_S)


def opened(link: Path) -> OnWire:
    return OnWire(os.open(link, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK))


def met_again(talk: OnWire) -> int:
    """The boot id, asked until it answers: what comes while it begins anew is lost."""
    for _ in range(1000):
        with contextlib.suppress(TimeoutError):
            return greet(talk, patience_s=0.1).boot
    raise AssertionError("it never came back")


@pytest.mark.parametrize("emulator", EMULATORS)
def test_a_conversation_on_a_pty(emulator: str, start: Start) -> None:
    process, link = start(emulator, "--unit", "abc123", "--boot", "77", "--speed", "1.000")
    talk = opened(link)
    assert met_again(talk) == 0x77
    assert greet(talk).unit == 0xABC123
    ask(talk, opening(1), OPENED)
    assert ask(talk, beat(1, 5), BEAT_REPLY).number == 5
    assert ask(talk, ABORT_BUTTON, ABORTED).body[0] == 0
    process.send_signal(signal.SIGUSR1)
    while (boot := met_again(talk)) == 0x77:
        pass
    assert boot == 0x78
    os.close(talk.fd)
    process.terminate()
    assert (process.wait(PATIENCE_S), link.is_symlink()) == (0, False)


@pytest.mark.parametrize("emulator", EMULATORS)
def test_a_tether_that_ends(emulator: str, start: Start) -> None:
    process, link = start(emulator, "--tether")
    assert process.stdin is not None
    process.stdin.close()
    assert (process.wait(PATIENCE_S), link.is_symlink()) == (0, False)
    process.stdin = None


@pytest.mark.parametrize("emulator", EMULATORS)
def test_as_a_program_of_ours(emulator: str, tmp_path: Path) -> None:
    program = Program("x", emulator_command("x", "camera", emulator), tmp_path, 1000)
    try:
        program.ready()
        talk = opened(program.link)
        met_again(talk)
        assert greet(talk).kind == 3
        os.close(talk.fd)
    finally:
        program.close()
    assert program.ended


def test_the_eeprom_of_a_killed_avr_is_on_file(start: Start, tmp_path: Path) -> None:
    nvm, pins = tmp_path / "eeprom", tmp_path / "pins"
    boots = []
    for _ in range(2):
        process, link = start("simavr", "--nvm", str(nvm), "--pins", str(pins))
        talk = opened(link)
        boots.append(met_again(talk))
        os.close(talk.fd)
        process.kill()
        process.wait(PATIENCE_S)
    assert boots[1] == boots[0] + 1
    assert (nvm.stat().st_size, pins.exists()) == (1024, True)


def test_the_avr_behind_a_pty_can_be_sped_up(start: Start) -> None:
    _, link = start("simavr", "--speed", "60")
    talk = opened(link)
    met_again(talk)
    assert greet(talk).speed == 60_000
    first = greet(talk).tick
    while greet(talk).tick - first < 1_000:  # some 17 ms
        pass
    os.close(talk.fd)


def test_a_killed_host_leaves_the_heater_off(tmp_path: Path) -> None:
    """By the rig's own clock and pin log: within the lease and a millisecond. The bench kills more."""
    assert all(0 <= late <= MS for late in kills(2, tmp_path, "killed"))


@pytest.mark.parametrize(("emulator", "words"), [("simavr", "--speed: 0"), ("qemu", "expected|1 only")])
def test_a_bad_option(emulator: str, words: str) -> None:
    command = emulator_command("x", "incubator", emulator)
    done = subprocess.run([*command, "--speed", "0"], capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 2
    assert any(word in done.stderr for word in words.split("|"))


@pytest.mark.parametrize(
    ("emulator", "head", "advice"),
    [
        ("simavr", b"no ELF file", "expected the .elf that the linker made"),
        ("simavr", b"\x7fELF\x01\x01\x01" + bytes(11) + b"\x28\x00", "run it with --emulator qemu"),
        ("qemu", b"\x7fELF\x01\x01\x01" + bytes(11) + b"\x53\x00", "run it with --emulator simavr"),
    ],
)
def test_firmware_for_another_part_is_refused(tmp_path: Path, emulator: str, head: bytes, advice: str) -> None:
    firmware = tmp_path / "rig.elf"
    firmware.write_bytes(head)
    with pytest.raises(PortError, match=f"rig.elf is no firmware for the part that {emulator} emulates: {advice}"):
        emulator_command("x", "", emulator, firmware)


def test_what_is_missing_is_told_with_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PortError, match=r"rig x: there is no emulator 'bochs'; there are simavr, qemu"):
        emulator_command("x", "camera", "bochs")
    with pytest.raises(PortError, match=r"a recorder needs more memory than the part that simavr emulates"):
        emulator_command("x", "recorder", "simavr")
    with pytest.raises(PortError, match=r"there is no firmware .*none.elf"):
        emulator_command("x", "camera", "qemu", tmp_path / "none.elf")
    monkeypatch.setenv(BUILD_VARIABLE, str(tmp_path))
    with pytest.raises(PortError, match=r"make -C firmware_stubs arm.*apt-get install clang lld"):
        emulator_command("x", "camera", "qemu")
    firmware = tmp_path / "rig.elf"
    firmware.touch()
    with pytest.raises(PortError, match=r"make -C firmware_stubs runner.*libsimavr-dev"):
        emulator_command("x", "camera", "simavr", firmware)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PortError, match=r"qemu-system-arm not found .*apt-get install qemu-system-arm"):
        emulator_command("x", "camera", "qemu", firmware)
