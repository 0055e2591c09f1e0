"""payload rig serve, payload rig describe: a rig of one's own."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from payload.cli.words import counted, require_speed


def serve(
    kind: Annotated[str | None, typer.Argument(metavar="[KIND]", help="As `payload rig list` names them.")] = None,
    description: Annotated[
        Path | None, typer.Option("--description", metavar="FILE", help="A kind of your own; in place of KIND.")
    ] = None,
    link: Annotated[Path | None, typer.Option(metavar="PATH", help="A link to the port.")] = None,
    speed: Annotated[float, typer.Option(help="How fast its clock runs.")] = 1.0,
    firmware: Annotated[
        str | None,
        typer.Option(metavar="host|FILE", help="The C firmware built for this machine, or your own file."),
    ] = None,
    emulator: Annotated[
        str | None, typer.Option(metavar="simavr|qemu", help="Run the firmware of the AVR or the ARM in an emulator.")
    ] = None,
    faults: Annotated[Path | None, typer.Option(metavar="FILE", help="What goes wrong on the wire.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Chance of the faults.")] = None,
    nvm: Annotated[Path | None, typer.Option(metavar="FILE", help="Keep non-volatile memory in a file.")] = None,
    pins: Annotated[Path | None, typer.Option(metavar="FILE", help="Write down each change of an output.")] = None,
) -> int | None:
    """Be a rig: a twin, or firmware, on a pseudo-terminal whose name is printed. Ctrl-C ends it."""
    from payload import rigs
    from payload.errors import RunError

    require_speed(speed)
    if (kind is None) == (description is None) and not (firmware and emulator):
        raise RunError("say what it is to be: a KIND, or --description FILE")
    if kind is not None and kind not in rigs.KINDS:
        raise RunError(f"'{kind}' is no rig kind: expected {', '.join(rigs.KINDS)}")
    if description is not None and (firmware or emulator):
        raise RunError("--description makes a twin; your own firmware is --firmware FILE, with --emulator or without")
    if firmware not in (None, "host") and not Path(firmware).is_file():
        raise RunError(f"--firmware {firmware}: there is no such file; expected host, or the file of your own firmware")
    if firmware not in (None, "host") and emulator is None and not os.access(firmware, os.X_OK):
        raise RunError(f"--firmware {firmware} is no program of this machine: is it for --emulator simavr or qemu?")
    if seed is not None and faults is None:
        raise RunError("--seed is the chance of --faults")
    command = _command(kind, description, firmware, emulator)
    words = ["--speed", f"{speed:.3f}"]
    for name, path in (("--link", link), ("--nvm", nvm), ("--pins", pins)):
        words += [name, str(path)] if path else []
    command += words
    if faults is not None and (firmware or emulator):
        command = rigs.faulty_command(command, faults, seed)
    elif faults is not None:
        command += ["--faults", str(faults), *(["--seed", str(seed)] if seed is not None else [])]
    sys.stdout.flush()
    os.execv(command[0], command)


def _command(kind: str | None, description: Path | None, firmware: str | None, emulator: str | None) -> list[str]:
    from payload import rigs
    from payload.rigs.programs.emulators import emulator_command

    if emulator is not None:
        own = Path(firmware) if firmware and firmware != "host" else None
        return emulator_command("serve", kind or "", emulator, own)
    if firmware == "host":
        return rigs.firmware_command("serve", kind or "")
    if firmware is not None:
        return [str(Path(firmware).resolve()), "--kind", kind or ""]
    return rigs.twin_command(kind or str(description))


def describe(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A description of a kind of rig (.yaml).")],
    as_c: Annotated[bool, typer.Option("--c", help="The C tables of its firmware.")] = False,
    as_text: Annotated[bool, typer.Option("--text", help="Its dictionary's text.")] = False,
) -> int | None:
    """Check a rig's description; with an option, print what is made of it."""
    from payload.rigs.kinds.description import read_kind

    read = read_kind(file)
    kind = read.kind
    if as_c:
        from payload.rigs.kinds.c_tables import header

        _, _, tables = header(kind, kind.zlib).partition("\n")  # its first line names the source of a shipped kind
        print(f"/* The tables of the {kind.name}, made of {file.name}: payload rig describe {file.name} --c */")
        print(tables, end="")
    elif as_text:
        print(kind.text, end="")
    else:
        parts = (counted(len(kind.outputs), "output"), counted(len(kind.channels), "channel"))
        commands = counted(len(kind.commands), "command")
        print(f"{file}: {kind.name} ({kind.number}), {', '.join(parts)}, {commands}, dictionary {kind.hash:08x}")
    return None
