"""Missions and plans, from and to files."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from payload.errors import Fault, MissionError, PlanError
from payload.model import Mission, Plan

BUILTIN = "builtin:"


def load(mission: str | Path, seats: Mapping[str, str] | None = None) -> Mission:
    """A validated mission: a file, a folder that holds `mission.yaml`, or `builtin:NAME`.

    `seats` says who fills which seat, in place of the file's `flies`. Raises MissionError with every fault found.
    """
    from payload import scenario

    return scenario.read_mission(locate(mission), seats=seats)


def locate(mission: str | Path) -> Path:
    """The file or folder that a MISSION argument names. Raises MissionError where there is none."""
    from payload import missions

    text = str(mission)
    if text.startswith(BUILTIN):
        return missions.path(text.removeprefix(BUILTIN))
    path = Path(text)
    if not path.exists():
        known = ", ".join(BUILTIN + name for name in missions.names())
        message = "no such file or folder"
        raise MissionError([Fault(text, 0, 0, "", message, hint=f"shipped missions: {known}")])
    return path


def mission_text(mission: str | Path) -> str:
    """The mission as read, includes merged: canonical JSON, the text whose hash is the mission's `sha256`."""
    from payload import scenario

    return scenario.mission_text(locate(mission))


def load_plan(path: str | Path, mission: Mission | None = None) -> Plan:
    """A plan file. With `mission`, raises PlanError when the plan is another mission's or another text of it."""
    from payload import scenario

    plan = scenario.read_plan(Path(path))
    if mission is not None:
        require_same(mission, plan, str(path))
    return plan


def require_same(mission: Mission, plan: Plan, name: str = "the plan") -> None:
    """Raises PlanError unless `plan` was made for exactly this mission."""
    if plan.mission_sha256 == mission.sha256:
        return
    if plan.mission_id != mission.id:
        raise PlanError(f"{name} is a plan of mission '{plan.mission_id}', not of '{mission.id}': plan this mission")
    raise PlanError(
        f"{name} was made for another text of mission '{mission.id}' "
        f"(sha256 {plan.mission_sha256[:12]}…, this one is {mission.sha256[:12]}…): plan it again"
    )


def seated(mission: Mission, plan: Plan) -> Mission:
    """The mission with those people in its seats for whom the plan was made. Raises PlanError for seats it has not."""
    try:
        return mission.with_seats(plan.seats)
    except KeyError as error:
        raise PlanError(f"the plan seats {error.args[0]}, whom this mission does not know: plan it again") from None


def plan_text(plan: Plan, mission: Mission) -> str:
    """The text of plan.json, the same bytes for the same plan."""
    from payload import scenario

    return scenario.plan_text(plan, mission)


def require_room(path: str | Path) -> None:
    """Raises OSError where `save` could not write: to be asked before the work whose fruit is to be saved."""
    folder = Path(os.path.realpath(path)).parent
    for number, wrong in (
        (errno.ENOENT, not folder.exists()),
        (errno.ENOTDIR, not folder.is_dir()),
        (errno.EISDIR, Path(path).is_dir()),
        (errno.EACCES, not os.access(folder, os.W_OK | os.X_OK) and not Path(path).exists()),
    ):
        if wrong:
            raise OSError(number, os.strerror(number), str(path))


def save(text: str, path: str | Path) -> None:
    """Writes a file whole or not at all: a full disk or a crash leaves what stood there before. Raises OSError.

    What is there but is no plain file (a pipe, a terminal) is written to as it is.
    """
    try:
        _save(text, Path(path))
    except OSError as error:  # by the name that the caller knows, not by that of the file beside it
        raise OSError(error.errno, error.strerror, str(path)) from None


def _save(text: str, target: Path) -> None:
    if target.exists() and not target.is_file():
        with target.open("w", encoding="utf-8") as file:
            file.write(text)
        return
    target = Path(os.path.realpath(target))  # Path.resolve raises RuntimeError for links in a circle
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise
