"""payload rig …: rigs on the bench, one at a time."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from payload.cli import conforming, monitoring, serving
from payload.cli.ends import DONE, RIG
from payload.cli.planning import Json
from payload.cli.words import as_json, pairs

if TYPE_CHECKING:
    from payload.rigs import HelloReply, Report
    from payload.rigs import Kind as KindOf
    from payload.rigs.kinds.dictionary import Argument, Command

app = typer.Typer(help="Rigs on the bench.", no_args_is_help=True, rich_markup_mode=None)

Url = Annotated[
    str, typer.Argument(metavar="URL", help="A port (/dev/ttyUSB0), a pyserial URL, or twin:, pty:, … with --kind.")
]
Kind = Annotated[
    str | None,
    typer.Option("--kind", help="Refuse any other kind; needed for a rig that is started for you (twin:, pty:, …)."),
]
Baud = Annotated[int, typer.Option(min=1, help="Line speed of a serial port.")]


@app.command("list")
def list_(
    mission: Annotated[str | None, typer.Argument(metavar="[MISSION]", help="Also list this mission's rigs.")] = None,
    as_facts: Json = False,
) -> int | None:
    """List the serial ports of this machine (none is opened), the rig kinds, and a mission's rigs."""
    from payload import api, rigs

    wired = api.load(mission).rigs if mission else {}
    found = rigs.ports()
    if as_facts:
        as_json({"ports": found, "kinds": list(rigs.KINDS), "instruments": rigs.instruments(), "rigs": wired})
        return None
    print("ports")
    for port in found:
        facts = (port.by_id, port.vid_pid, port.serial_number, port.text, port.holder and f"held by {port.holder}")
        print(f"  {port.path:<20} {'  '.join(fact for fact in facts if fact)}".rstrip())
    if not found:
        print("  none")
    print("kinds")
    for kind in rigs.KINDS.values():
        print(f"  {kind.name:<20} {', '.join(command.name for command in kind.commands)}")
    print("instruments of other makers")
    for name in rigs.instruments():
        print(f"  {name}")
    if mission:
        print(f"rigs of {mission}")
        for rig in wired.values():
            print(f"  {rig.id:<20} {rig.kind:<12} {rig.url}")
    return None


@app.command()
def probe(url: Url, kind: Kind = None, baud: Baud = 115_200, as_facts: Json = False) -> int | None:
    """Ask who is behind a port; nothing is changed there."""
    from payload import rigs

    hello = rigs.probe(url, kind, baud=baud)
    if as_facts:
        as_json(asdict(hello))
    else:
        _tell_hello(url, hello)
    return None


@app.command()
def info(url: Url, kind: Kind = None, baud: Baud = 115_200, as_facts: Json = False) -> int | None:
    """Say what a rig is, what it obeys and what it measures."""
    from payload import rigs

    hello, found = rigs.info(url, kind, baud=baud)
    if as_facts:
        as_json({"hello": asdict(hello), "kind": found})
        return None
    _tell_hello(url, hello, found.name)
    print("commands")
    for command in found.commands:
        arguments = ", ".join(_argument(found, argument) for argument in command.arguments)
        value = f" -> {command.value} {command.unit}" if command.value else ""
        marks = ", ".join(mark for mark, so in _marks(command) if so)
        print(f"  {command.name:<10} {arguments}{value}{f'  ({marks})' if marks else ''}".rstrip())
    print("outputs")
    for output in found.outputs:
        print(f"  {output.name:<12} {output.unit}, safe at {output.safe}, on for at most {output.max_on_ms / 1000:g} s")
    if not found.outputs:
        print("  none")
    print("channels")
    for channel in found.channels:
        every = f"every {channel.interval_ms} ms"
        print(f"  {channel.name:<12} {channel.low} to {channel.high} {channel.unit}, {every}")
    return None


def _argument(kind: KindOf, argument: Argument) -> str:
    """As a person would write it: a word where there are words, else the range."""
    words: list[str] = []
    if argument.unit == "channel":
        words = [channel.name for channel in kind.channels]
    elif argument.unit == "output":
        words = [output.name for output in kind.outputs]
    elif argument.unit.startswith("enum."):
        words = list(kind.enums[argument.unit.removeprefix("enum.")].values())
    if words:
        return f"{argument.name} {' | '.join(words)}"
    return f"{argument.name} {argument.low} to {argument.high} {argument.unit}"


def _marks(command: Command) -> tuple[tuple[str, bool], ...]:
    return (
        ("hazardous: only while the rig is armed", command.hazardous),
        ("journaled", command.journaled),
        ("takes its time", command.long),
    )


def _tell_hello(url: str, hello: HelloReply, name: str = "") -> None:
    from payload import rigs

    kind = name or next(
        (kind.name for kind in rigs.KINDS.values() if kind.number == hello.kind), f"a kind of its own ({hello.kind})"
    )
    state, reason = rigs.name_of(rigs.State, hello.state), rigs.name_of(rigs.Reason, hello.reason)
    print(f"{url.rstrip(':')}: {kind}, unit {hello.unit:016x}")
    print(f"  state     {state}{f' ({reason})' if hello.reason else ''}, up {hello.tick / 1000:.1f} s of its own clock")
    if hello.armed:
        print(f"  armed     outputs {', '.join(str(i) for i in range(8) if hello.armed >> i & 1)}")
    memory = "journals in non-volatile memory" if hello.journals else "no non-volatile memory"
    print(f"  size      window {hello.window}, bodies of {hello.max_body} bytes, ring {hello.ring}, {memory}")
    print(f"  protocol  version {hello.version}, dictionary {hello.dictionary:08x}, boot {hello.boot:08x}")
    print(f"  session   {hello.session}, last command {hello.last_id}")
    print(f"  line      {hello.bad_frames} bad frames, {hello.naks} refusals since it booted")


@app.command()
def call(
    url: Url,
    command: Annotated[str, typer.Argument(metavar="COMMAND", help="As `payload rig info` lists it.")],
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME=VALUE]…", help="With units: target=37degC.")
    ] = None,
    kind: Kind = None,
    speed: Annotated[float, typer.Option(help="The clock of a rig that is started for you.")] = 1.0,
    baud: Baud = 115_200,
    as_facts: Json = False,
) -> int | None:
    """Send one command and follow it to its end; the rig is left safe."""
    from payload import rigs

    def tell(report: Report) -> None:
        if report.token and not as_facts:
            facts = " ".join(f"{name}={value}" for name, value in report.facts.items())
            print(f"{report.stage:<13} {report.code or ''} {facts}".rstrip(), flush=True)

    last = rigs.call(url, command, pairs(arguments), kind, speed=speed, baud=baud, heard=tell)
    if as_facts:
        as_json(asdict(last))
    return DONE if last.stage == "DONE" else RIG


for row in (conforming.conform, monitoring.monitor, serving.serve, serving.describe):
    app.command()(row)
