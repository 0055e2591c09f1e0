"""An hour of three rigs, flown in lockstep; and devices that are not as a device should be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from execution.execution_builders import Flight, experiment, rig_step, session, step
from payload.execution import Outcome, fly
from payload.journal import Event, Journal, RigStage
from payload.met import MINUTE
from payload.model import Mission, Plan, Quantity, Rig
from payload.rigs import LockstepBench
from payload.rigs.lockstep.devices import TwinDevice

KINDS = {"oven": "incubator", "loop": "fluid-loop", "eye": "camera"}


def rigs(url: str = "twin:") -> dict[str, Rig]:
    return {id_: Rig(id_, kind, url) for id_, kind in KINDS.items()}


def an_hour(url: str = "twin:", minute: int = MINUTE) -> tuple[Mission, Plan]:
    """The oven for 20 minutes, twice; the loop; the camera, after somebody has aimed it; and a call that is refused.
    `minute` (ms) makes it a shorter hour, of sixty as long."""
    warm = Quantity(24_000, "temperature")
    soak = session("soak", rig_step("soak", 20 * minute, "oven", "heat", target=warm))
    film = rig_step("film", 10 * minute, "eye", "capture", frames=5)
    flight = (
        Flight(
            experiments=[
                experiment("seeds", soak),
                experiment("spores", soak),
                experiment("fluid", session("run", rig_step("run", 10 * minute, "loop", "profile", rate=20))),
                experiment("hot", session("run", rig_step("run", 10 * minute, "loop", "profile", rate=10**6))),
                experiment("film", session("film", step("aim", 5 * minute, "ada"), film)),
            ]
        )
        .place("seeds/soak/1", 5 * minute)
        .place("fluid/run/1", 6 * minute)
        .place("film/film/1", 10 * minute)
        .place("spores/soak/1", 30 * minute)
        .place("hot/run/1", 31 * minute)
    )
    return replace(flight.mission, rigs=rigs(url)), flight.plan


def flown(bench: LockstepBench, mission: Mission, plan: Plan, path: Path, **more: object) -> Outcome:
    """Flown on this bench, with a journal at `path`."""
    with Journal.create(path, {}, clock=lambda: bench.clock.now_ns() // 1_000_000) as journal, bench:
        return fly(mission, plan, journal=journal, bench=bench, clock=bench.clock, speed=1, **more)  # type: ignore[arg-type]


def events(path: Path) -> list[Event]:
    with Journal.open(path) as journal:
        return list(journal.events())


def stages(path: Path, token: str) -> list[str]:
    """What was heard of one telecommand: the stages with their codes."""
    return [
        f"{each.stage} {each.code}".strip()
        for each in events(path)
        if isinstance(each, RigStage) and each.token == token
    ]


class Blind:
    """A twin that cannot say when it will next act, as an emulator cannot."""

    def __init__(self, twin: TwinDevice) -> None:
        self.advance = twin.advance
        self.close = twin.close


class Mute:
    """A device whose time goes by, and that says nothing."""

    due_ns = 1 << 62

    def advance(self, until_ns: int, data: bytes) -> tuple[int, bytes]:
        return until_ns, b""

    def close(self) -> None:
        pass


class Stuck:
    """A device, of those that cannot say what they will do, whose time does not go by."""

    def advance(self, until_ns: int, data: bytes) -> tuple[int, bytes]:
        return 0, b""

    def close(self) -> None:
        pass
