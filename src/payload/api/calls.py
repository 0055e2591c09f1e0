"""What a mission tells its rigs, held against the kinds' dictionaries before anything is flown."""

from __future__ import annotations

from payload.errors import Fault, MissionError
from payload.model import Mission


def require_calls(mission: Mission) -> None:
    """Raises MissionError, with a fault at its place for each rig of an unknown kind or with limits that cannot be, and
    for each step whose call its rig does not know or whose arguments are missing, unknown or out of range."""
    from payload.rigs import CallRefused, limits_of, translate

    faults: dict[str, Fault] = {}

    def refuse(path: str, error: CallRefused) -> None:
        mark = mission.marks.get(path)
        place = (mark.file, mark.line, mark.column) if mark else ("", 0, 0)
        faults.setdefault(path, Fault(*place, path, str(error)))

    for rig in mission.rigs.values():
        try:
            limits_of(rig)
        except CallRefused as error:
            refuse(f"rigs.{rig.id}", error)
    for experiment in mission.experiments:
        for session in experiment.sessions:
            for number, step in enumerate(session.steps):
                if step.rig is None or f"rigs.{step.rig.rig}" in faults:
                    continue
                try:
                    translate(mission.rigs[step.rig.rig], step.rig, step.min_ms)
                except CallRefused as error:
                    refuse(f"experiments[{experiment.written_id}].sessions[{session.id}].steps[{number}].rig", error)
    if faults:
        raise MissionError(sorted(faults.values(), key=lambda fault: (fault.file, fault.line, fault.column)))
