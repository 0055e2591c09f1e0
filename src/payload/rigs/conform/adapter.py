"""Does an adapter class keep to what `payload.rigs.adapters` asks of it? The shorter list, for others' instruments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from payload.errors import PayloadError
from payload.model import Rig, RigCall
from payload.rigs.adapters import Adapter, Site
from payload.rigs.adapters.entry import adapter as adapter_of
from payload.rigs.adapters.entry import built
from payload.rigs.adapters.entry import site as site_of
from payload.rigs.adapters.standin import stand_in
from payload.rigs.conform.check import Finding, Verdict
from payload.rigs.conform.talk import Inapplicable, Wrong
from payload.rigs.kinds.amounts import spelled
from payload.rigs.kinds.dictionary import Argument, Kind
from payload.rigs.ports.transport import monotonic_ns
from payload.rigs.programs.folder import run_folder
from payload.rigs.stations.calls import CallRefused, translate
from payload.rigs.stations.reach import PREFIX

SECTION = "adapter"
WHOLE_I32 = (-(2**31), 2**31 - 1)


@dataclass(slots=True)
class Trial:
    """The adapter under examination; `made` is opened by the second check."""

    made: Adapter
    opened: bool = False

    def must(self, condition: bool, expected: str, came: object) -> None:
        if not condition:
            raise Wrong(expected, str(came))

    @property
    def open(self) -> Adapter:
        if not self.opened:
            raise Inapplicable("it could not be opened")
        return self.made


def kind_complete(trial: Trial) -> None:
    kind = trial.made.kind
    trial.must(bool(kind.channels), "at least one channel", "none")
    for channel in kind.channels:
        trial.must(bool(channel.unit), f"a unit of channel {channel.name}", "none")
        trial.must(channel.low < channel.high, f"low below high of channel {channel.name}", (channel.low, channel.high))
    for command in kind.commands:
        for argument in command.arguments:
            trial.must(bool(argument.unit), f"a unit of {command.name}'s {argument.name}", "none")
            trial.must(argument.low <= argument.high, f"a range of {command.name}'s {argument.name}", argument)


def opens(trial: Trial) -> None:
    trial.made.open()
    trial.opened = True


def reads(trial: Trial) -> None:
    for channel in trial.open.kind.channels:
        value = trial.made.read(channel)
        trial.must(isinstance(value, int), f"a whole number of {channel.unit} from read({channel.name})", repr(value))
        trial.must(channel.low <= value <= channel.high, f"{channel.low} to {channel.high} {channel.unit}", value)


def refuses(trial: Trial) -> None:
    """What is out of range never reaches `carry_out`: the kind's ranges are all that keeps it away."""
    rig = Rig("conform", trial.made.kind.name, "twin:")
    looked = 0
    for command in trial.made.kind.commands:
        for argument in command.arguments:
            if argument.unit in ("channel", "value", "nonce", "mask", "output", "ms") or argument.unit.startswith(
                "enum."
            ):
                continue
            trial.must(
                (argument.low, argument.high) != WHOLE_I32,
                f"a real range of {command.name}'s {argument.name}",
                argument,
            )
            given = {each.name: _lowest(trial.made.kind, each) for each in command.arguments}
            given[argument.name] = spelled(argument.high + 1, argument.unit)
            try:
                translate(rig, RigCall(rig.id, command.name, given), own=trial.made.kind)
            except CallRefused as refused:
                because = refused.argument == argument.name and "out of range" in str(refused)
                trial.must(because, f"{command.name} with {given} refused, {argument.name} out of range", refused)
            else:
                trial.must(False, f"{command.name} with {given} refused", "taken")
            looked += 1
    if not looked:
        raise Inapplicable("no command of its own has an argument with a range")


def _lowest(kind: Kind, argument: Argument) -> str:
    """An argument's lowest value, as a mission writes it."""
    match argument.unit.split("."):
        case ["channel"]:
            return kind.channels[argument.low].name
        case ["output"]:
            return kind.outputs[argument.low].name
        case ["mask"]:
            return "all"
        case ["enum", name]:
            return kind.enums[name][argument.low]
    return spelled(argument.low, argument.unit)


def goes_safe(trial: Trial) -> None:
    trial.open.make_safe()
    trial.open.make_safe()  # it must do no harm when repeated
    reads(trial)


def closes(trial: Trial) -> None:
    trial.open.close()
    trial.made.close()


CHECKS: tuple[tuple[str, str, Callable[[Trial], None], str], ...] = (
    ("kind", "its kind is complete: units, ranges, channels", kind_complete, "see `instrument` and `command`"),
    ("open", "it opens, and knows who is there", opens, "`open` proves who answers, and commands no output"),
    ("read", "every channel is read, in its range", reads, "whole numbers in the channel's unit"),
    ("refuse", "what is out of range is refused before it is sent", refuses, "give each argument its real range"),
    ("safe", "make_safe works, twice", goes_safe, "outputs to their safe values, read back"),
    ("close", "close never raises, twice is once", closes, "suppress what a lost port raises"),
)  # fmt: skip


def conform_adapter(made: Adapter, told: Callable[[Finding], None] | None = None) -> list[Finding]:
    """Examines an adapter that has not been opened; it is made safe and closed. No command of its own is sent."""
    trial = Trial(made)
    findings = []
    for name, title, run, advice in CHECKS:
        finding = Finding(name, SECTION, title, Verdict.PASS)
        try:
            run(trial)
        except Inapplicable as why:
            finding = Finding(name, SECTION, title, Verdict.SKIPPED, came=str(why))
        except Wrong as wrong:
            finding = Finding(name, SECTION, title, Verdict.FAIL, (), wrong.came, wrong.expected, advice)
        except Exception as error:  # somebody else's code: whatever it raises is what came
            family = "" if isinstance(error, PayloadError) else f"{type(error).__name__}: "
            finding = Finding(name, SECTION, title, Verdict.FAIL, (), f"{family}{error}", "no error", advice)
        findings.append(finding)
        if told:
            told(finding)
    return findings


def examine_adapter(
    url: str, kind: str, *, speed_milli: int = 1000, told: Callable[[Finding], None] | None = None
) -> list[Finding]:
    """The same for the adapter of a kind at a URL, or with its simulated instrument (`twin:`, `pty:`). Raises RunError
    and PortError for what there is not."""
    made = adapter_of(kind)
    with run_folder(PREFIX) as folder:
        standing = stand_in("", url, made, folder, speed_milli, monotonic_ns)
        try:
            site = Site("", url.rstrip(":"), "", {}, pipe=standing.pipe) if standing else site_of(kind, "", url, {})
            return conform_adapter(built(made, site), told)
        finally:
            if standing:
                standing.close()
