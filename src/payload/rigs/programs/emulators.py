"""The firmware of other processors, in emulators: what is needed, where it is, and how it is started.

    simavr   an ATmega328P (build/avr/KIND.elf): behind a PTY by the program avr_pty, in virtual time by the library
             libavrrig.so (`payload.rigs.programs.avr`). Both are built from firmware_stubs/runner; they are linked with
             libsimavr and, like it, under the GPL: programs on the user's machine, no part of this package.
    qemu     a Cortex-M3 (build/arm/KIND.elf): qemu-system-arm and a bridge to a PTY (`payload.rigs.programs.qemu`)

The build folder is the source tree's, or the one that $PAYLOAD_FIRMWARE_BUILD names.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from payload.errors import PortError

BUILD_VARIABLE = "PAYLOAD_FIRMWARE_BUILD"


@dataclass(frozen=True, slots=True)
class Emulator:
    """An emulator: the folder of its images, how a message says that they can be made, and which its part is too small
    for."""

    folder: str
    target: str  # of make
    packages: str  # of Debian, for the images
    machine: int  # e_machine of its ELF files
    without: tuple[str, ...] = ()


EMULATORS = {
    "simavr": Emulator("avr", "avr", "gcc-avr avr-libc", 83, without=("recorder",)),
    "qemu": Emulator("arm", "arm", "clang lld", 40),
}
RUNNER_PACKAGES = "gcc libsimavr-dev libelf-dev"
QEMU_PACKAGES = "qemu-system-arm"


def build_folder() -> Path:
    """Where make puts what it builds."""
    named = os.environ.get(BUILD_VARIABLE)
    return Path(named) if named else Path(__file__).parents[4] / "firmware_stubs" / "build"


def image(rig: str, kind: str, emulator: str) -> Path:
    """The firmware of a kind for an emulator's part. Raises PortError when it has not been built, or cannot be."""
    about = EMULATORS[emulator]
    if kind in about.without:
        raise PortError(rig, f"a {kind} needs more memory than the part that {emulator} emulates: use qemu: or twin:")
    path = build_folder() / about.folder / f"{kind}.elf"
    return _there(rig, path, f"the firmware of kind {kind} for {emulator}", about.target, about.packages)


def shim(rig: str) -> Path:
    """The library that steps simavr. Raises PortError when it has not been built."""
    path = build_folder() / "simavr" / "libavrrig.so"
    return _there(rig, path, "the library that steps simavr", "runner", RUNNER_PACKAGES)


def emulator_command(rig: str, kind: str, emulator: str, firmware: Path | None = None) -> list[str]:
    """How the firmware of a kind, or the file given, is started on a PTY; it takes the options of PROTOCOL.md §11.

    Raises PortError, with what to install, when the emulator, its runner or the firmware is missing, when there is no
    such emulator, and when the file is for another part. `kind` means nothing beside a file.
    """
    if emulator not in EMULATORS:
        raise PortError(rig, f"there is no emulator {emulator!r}; there are {', '.join(EMULATORS)}")
    if firmware is not None and not firmware.is_file():
        raise PortError(rig, f"there is no firmware {firmware}")
    program = firmware or image(rig, kind, emulator)
    if emulator == "qemu":
        if shutil.which("qemu-system-arm") is None:
            raise PortError(rig, f"qemu-system-arm not found (Debian: apt-get install {QEMU_PACKAGES})")
        command = [sys.executable, "-m", "payload.rigs.programs.qemu"]
    else:
        runner = build_folder() / "simavr" / "avr_pty"
        command = [str(_there(rig, runner, "the program that runs simavr", "runner", RUNNER_PACKAGES))]
    if firmware is not None and _machine(firmware) != EMULATORS[emulator].machine:
        fitting = [name for name, about in EMULATORS.items() if about.machine == _machine(firmware)]
        advice = f"run it with --emulator {fitting[0]}" if fitting else "expected the .elf that the linker made"
        raise PortError(rig, f"{firmware} is no firmware for the part that {emulator} emulates: {advice}")
    return [*command, "--firmware", str(program)]


def _machine(path: Path) -> int | None:
    """For which processor an ELF file is; None for any other file. simavr takes any, and crashes over a strange one."""
    with path.open("rb") as file:
        head = file.read(20)
    return int.from_bytes(head[18:20], "little") if head[:4] == b"\x7fELF" and len(head) == 20 else None


def _there(rig: str, path: Path, what: str, target: str, packages: str) -> Path:
    if not path.is_file():
        raise PortError(
            rig,
            f"{what} is not built ({path} is missing): run 'make -C firmware_stubs {target}' in the source tree "
            f"(Debian: apt-get install {packages}), or name another build folder in ${BUILD_VARIABLE}",
        )
    return path
