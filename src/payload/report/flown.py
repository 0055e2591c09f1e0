"""What a run's events come to, beside its plan: where people and rigs really were, and what went differently."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from payload.journal import (
    LAST_STAGES,
    ActivityEnded,
    ActivityLate,
    ActivityStarted,
    Disturbance,
    Event,
    Note,
    RigLink,
    RigSafe,
    RigStage,
    RunEnded,
    RunResumed,
    RunState,
    StepEnded,
    StepStarted,
    Telemetry,
    Word,
)
from payload.met import SECOND, format_duration
from payload.model import Reservation
from payload.report.rows import UNCREWED, Bar, Row, experiment_of, lanes, nested

_LEAST_LATE_MS = SECOND


@dataclass(frozen=True, slots=True)
class Difference:
    """One line of what went differently: `grave` for what ended in a loss."""

    at: int
    what: str
    activity: str
    text: str
    grave: bool = False


@dataclass(slots=True)
class Stages:
    """One telecommand's verification as it came in: (stage, ms MET, code), with how many PROGRESS were folded."""

    rig: str
    token: str
    call: str = ""
    found: list[tuple[str, int, str]] = field(default_factory=list)
    progress: int = 0

    @property
    def activity(self) -> str:
        return self.token.rpartition("#")[0] or self.token

    @property
    def step(self) -> int:
        """The step's number, 0 where the token names none."""
        number = self.token.rpartition("#")[2]
        return int(number) if number.isdigit() and "#" in self.token else 0

    @property
    def outcome(self) -> str:
        return next((stage for stage, _, _ in reversed(self.found) if stage in LAST_STAGES), "open")


@dataclass(slots=True)
class Channel:
    """A rig's channel: (ms MET, value), with None where the rig had none; `lost` as last counted by the rig."""

    rig: str
    name: str
    unit: str = ""
    samples: list[tuple[int, float | None]] = field(default_factory=list)
    lost: int = 0


@dataclass(slots=True)
class Flown:
    """A run, read once. `doing` maps an activity and step to what it does and who does it."""

    state: RunState = field(default_factory=RunState)
    speed: float = 0.0
    crews: dict[str, tuple[str, ...]] = field(default_factory=dict)
    doing: dict[tuple[str, int], StepStarted] = field(default_factory=dict)
    commands: dict[str, Stages] = field(default_factory=dict)
    channels: dict[tuple[str, str], Channel] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    why: str = ""

    def take(self, event: Event) -> None:
        self.state.take(event)
        match event:
            case ActivityStarted():
                self.crews[event.id] = event.crew
            case StepStarted():
                self.doing[event.id, event.step] = event
            case RigStage():
                self._stage(event)
            case Telemetry():
                channel = self.channels.setdefault(
                    (event.rig, event.channel), Channel(event.rig, event.channel, event.unit)
                )
                first = event.at - (len(event.values) - 1) * event.interval_ms
                channel.samples += [(first + n * event.interval_ms, value) for n, value in enumerate(event.values)]
                channel.lost = event.lost
            case RunEnded():
                self.why = event.why
        difference = _difference(event)
        if difference:
            self.differences.append(difference)

    def rows(self, reservations: Mapping[str, Reservation], rig_of: Callable[[str, int], str]) -> dict[str, Row]:
        """Rows as `rows_of` gives them, of what really was; what still runs ends at the run's last event."""
        bars: dict[str, list[Bar]] = {}
        for activity, now in self.state.activities.items():
            if now.start is None:
                continue
            end = self.state.at if now.end is None else now.end
            planned = reservations.get(activity)
            whole = Bar(
                activity=activity,
                start=now.start,
                end=max(end, now.start),
                title=planned.title if planned else experiment_of(activity),
                experiment="" if planned and planned.kind == "duty" else experiment_of(activity),
                crew=self.crews.get(activity, ()),
                state=now.state,
            )
            if not now.steps:
                for person in whole.crew or (UNCREWED,):
                    bars.setdefault(person, []).append(whole)
            for number, step in sorted(now.steps.items()):
                started = self.doing[activity, number]
                bar = replace(
                    whole,
                    start=step.start,
                    end=self.state.at if step.end is None else step.end,
                    does=(started.do,),
                    crew=started.crew,
                    state=step.state,
                )
                rig = rig_of(activity, number)
                if rig or not started.crew:
                    bars.setdefault(rig or UNCREWED, []).append(replace(bar, rig=rig))
                for person in started.crew:
                    bars.setdefault(person, []).append(bar)
        return {name: Row(name, lanes(nested(_joined(found)))) for name, found in bars.items()}

    def _stage(self, event: RigStage) -> None:
        command = self.commands.setdefault(event.token, Stages(event.rig, event.token))
        if event.stage == "RELEASED":
            command.call = str(event.facts.get("call", ""))
        if event.stage == "PROGRESS":
            command.progress += 1
            if any(stage == "PROGRESS" for stage, _, _ in command.found):
                return
        command.found.append((event.stage, event.at, event.code))


def read(events: Iterable[Event]) -> Flown:
    """The run that these events tell, in their order."""
    flown = Flown()
    for event in events:
        flown.take(event)
    return flown


def _joined(bars: Sequence[Bar]) -> list[Bar]:
    """Touching steps of one activity that ended alike, as one bar."""
    found: list[Bar] = []
    for bar in bars:
        last = found[-1] if found else None
        if last and (last.activity, last.state, last.end) == (bar.activity, bar.state, bar.start):
            found[-1] = replace(last, end=bar.end, does=last.does + bar.does)
        else:
            found.append(bar)
    return found


def _difference(event: Event) -> Difference | None:
    match event:
        case Disturbance(at, code, activity, text, length_ms):
            more = f" ({format_duration(length_ms)})" if length_ms else ""
            return Difference(at, f"disturbance {code}", activity, text + more)
        case ActivityLate(at, activity, late_ms, step, why) if late_ms >= _LEAST_LATE_MS:
            which = f"step {step} began " if step else "began "
            late = format_duration(round(late_ms, -3) if late_ms >= 10 * SECOND else late_ms)
            return Difference(at, "late", activity, f"{which}{late} late{': ' if why else ''}{why}")
        case ActivityEnded(at, activity, state, code, why) if state != "done":
            return Difference(at, state, activity, why or code, grave=state == "failed")
        case StepEnded(at, activity, step, "failed", why):
            return Difference(at, "step failed", activity, f"step {step}{': ' if why else ''}{why}", grave=True)
        case RigStage(at, rig, token, stage, code) if stage in LAST_STAGES and stage != "DONE":
            return Difference(at, stage, token.rpartition("#")[0], f"rig {rig}{': ' if code else ''}{code}", grave=True)
        case RigSafe(at, rig, reason):
            return Difference(at, "safe state", "", f"rig {rig}: {reason}")
        case RigLink(at, rig, up, why):
            return Difference(at, "link up" if up else "link down", "", _rig(rig, why), grave=not up)
        case Word(at, word, activity, _, taken):
            return Difference(at, "told", activity, f"{word}{'' if taken else ', which fitted nothing under way'}")
        case Note(at, text):
            return Difference(at, "note", "", text)
        case RunResumed(at, activities):
            return Difference(at, "resumed", "", f"{len(activities)} activities still to be flown")
        case RunEnded(at, how, why) if how != "completed":
            return Difference(at, f"run {how}", "", why, grave=True)
    return None


def _rig(rig: str, why: str) -> str:
    """Who, and why; a message of the link names its rig already."""
    return why if why.startswith(f"rig {rig}") else f"rig {rig}{': ' if why else ''}{why}"
