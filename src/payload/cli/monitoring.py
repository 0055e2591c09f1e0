"""payload rig monitor: one rig, live."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from payload.cli.ends import DONE
from payload.cli.words import require_speed

if TYPE_CHECKING:
    from payload.rigs import Kind
    from payload.rigs.stations.watch import Seen


def monitor(
    url: Annotated[str, typer.Argument(metavar="URL", help="A port, or twin:, pty:, host:, simavr:, qemu:.")],
    kind: Annotated[str | None, typer.Option("--kind", help="The kind of a rig that is started for you.")] = None,
    lines: Annotated[int, typer.Option("--lines", min=0, help="End after so many lines; 0: never.")] = 0,
    speed: Annotated[float, typer.Option(help="The clock of a rig that is started for you.")] = 1.0,
    baud: Annotated[int, typer.Option(min=1, help="Line speed of a serial port.")] = 115_200,
    as_facts: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> int | None:
    """Show what a rig measures and says of itself, until Ctrl-C. Takes the rig: what runs there goes safe."""
    from payload.rigs.kinds.amounts import milli
    from payload.rigs.link.events import Known
    from payload.rigs.stations.watch import watch

    require_speed(speed)
    found: Kind | None = None
    shown = 0
    try:
        for seen in watch(url, kind, speed_milli=milli(speed), baud=baud):
            if isinstance(seen, Known):
                found = seen.kind
            for facts in _facts(seen, found):
                print(json.dumps(facts, ensure_ascii=False) if as_facts else _line(facts), flush=True)
                shown += 1
                if shown == lines:
                    return DONE
    except KeyboardInterrupt:  # how it is meant to end
        return DONE
    return DONE


def _facts(seen: Seen, kind: Kind | None) -> list[dict[str, object]]:
    """What one line says; several for several samples."""
    from payload.rigs import Reason, State, name_of
    from payload.rigs.link.events import Met, Sampled
    from payload.rigs.wire.packet import Housekeeping

    if isinstance(seen, Met):
        return [{"what": "hello", "unit": f"{seen.hello.unit:016x}", "boot": f"{seen.hello.boot:08x}"}]
    if isinstance(seen, Housekeeping):
        status = seen.status
        return [
            {
                "what": "status",
                "tick": status.tick,
                "state": name_of(State, status.state),
                "reason": name_of(Reason, status.reason),
                "armed": status.armed,
                "bad_frames": seen.bad_frames,
                "naks": seen.naks,
            }
        ]
    if isinstance(seen, Sampled) and kind is not None:
        channel = kind.channels[seen.stream]
        return [
            {
                "what": "sample",
                "tick": (seen.first + i) * seen.interval % 2**32,
                "channel": channel.name,
                "value": value,
                "unit": channel.unit,
                "lost": seen.lost,
            }
            for i, value in enumerate(seen.values)
        ]
    return []


def _line(facts: dict[str, object]) -> str:
    match facts["what"]:
        case "hello":
            return f"hello   unit {facts['unit']}, boot {facts['boot']}"
        case "status":
            reason = "" if facts["reason"] == "NONE" else f" ({facts['reason']})"
            return (
                f"{facts['tick']:>10}  {facts['state']}{reason}  armed {facts['armed']}, "
                f"{facts['bad_frames']} bad frames, {facts['naks']} refusals"
            )
        case _:
            lost = f"  ({facts['lost']} lost)" if facts["lost"] else ""
            return f"{facts['tick']:>10}  {facts['channel']} {facts['value']} {facts['unit']}{lost}"
