"""From a procedure step's rig call to a telecommand: names, units, ranges and the mission's limits, checked before
anything is sent.

How an amount may be written: `amounts`. A channel, an output and an enum's word go by their names, several outputs as
`lamp, fan` or `all`.
`duration` may be left out where the step's length is known; `capture` takes `interval` in its place (its duration is
then frames × interval).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from payload.errors import RunError
from payload.model import Rig, RigCall
from payload.rigs import adapters
from payload.rigs.kinds.amounts import Written, converted, duration, measured, shown, spelled
from payload.rigs.kinds.dictionary import KINDS, Argument, Channel, Command, Kind


class CallRefused(RunError, ValueError):
    """A rig call that must not be sent: `rig`, `call` and, where one is to blame, `argument`."""

    def __init__(self, rig: str, call: str, message: str, argument: str = "") -> None:
        self.rig, self.call, self.argument = rig, call, argument
        super().__init__(f"rig {rig}: {call}: {message}" if rig else f"{call}: {message}")


@dataclass(frozen=True, slots=True)
class Telecommand:
    """A command of the rig's kind with its arguments as the wire wants them."""

    command: Command
    arguments: tuple[int, ...]


def kind_of(rig: Rig, kind: Kind | None = None) -> Kind:
    """The dictionary of a rig's kind, ours or an adapter's, or `kind` where the rig has told its own. Raises
    CallRefused for a kind that there is not."""
    if kind is not None:
        return kind
    if rig.kind in KINDS:
        return KINDS[rig.kind]
    if rig.kind not in adapters.instruments():
        known = ", ".join((*KINDS, *adapters.instruments()))
        raise CallRefused(rig.id, "kind", f"there is no rig kind {rig.kind!r}; known kinds: {known}")
    return _adapter(rig).kind


def _adapter(rig: Rig) -> type[adapters.Adapter]:
    try:
        return adapters.adapter(rig.kind)
    except RunError as error:
        raise CallRefused(rig.id, "kind", str(error)) from None


def translate(rig: Rig, call: RigCall, length_ms: int | None = None, own: Kind | None = None) -> Telecommand:
    """The telecommand for a call; `length_ms` is the step's length, for a duration that the call does not give. `own`
    is the rig's kind where it is none of ours.

    Raises CallRefused: unknown call, an argument missing, unknown, of a wrong unit, or out of the dictionary's range or
    the mission's limits.
    """
    kind = kind_of(rig, own)
    command = kind.by_name.get(call.call)
    if command is None:
        near = get_close_matches(call.call, kind.by_name, 1)
        hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(kind.by_name)}"
        raise CallRefused(rig.id, call.call, f"kind {kind.name} has no such call; {hint}")
    if any("nonce" in (word.unit, command.unit) for word in command.arguments):
        raise CallRefused(rig.id, command.name, "arming is the run's own business, not a procedure's")
    given = dict(call.arguments)
    if command.long:
        _complete(rig, command, given, length_ms)
    names = [argument.name for argument in command.arguments]
    for name in given:
        if name not in names:
            takes = ", ".join(names) or "no arguments"
            raise CallRefused(rig.id, command.name, f"there is no argument {name}; it takes {takes}", name)
    limits = limits_of(rig, own)
    values: list[int] = []
    for argument in command.arguments:
        if argument.name not in given:
            text = f"the argument {argument.name} is missing; it takes {_allowed(kind, argument)}"
            raise CallRefused(rig.id, command.name, text, argument.name)
        try:
            value = _amount(kind, argument, given[argument.name], values)
            _check_range(kind, argument, value, values, limits)
        except ValueError as error:
            raise CallRefused(rig.id, command.name, f"{argument.name}: {error}", argument.name) from None
        values.append(value)
    return Telecommand(command, tuple(values))


def limits_of(rig: Rig, own: Kind | None = None) -> dict[str, tuple[int, int]]:
    """Per channel the closed range that the rig is given, in the channel's unit: the mission's limits within the
    dictionary's. Raises CallRefused for an unknown channel, a wrong unit, or a range that leaves nothing."""
    kind = kind_of(rig, own)
    channels = {channel.name: channel for channel in kind.channels}
    for name in rig.limits:
        if name not in channels:
            text = f"kind {kind.name} has no channel {name}; it has {', '.join(channels)}"
            raise CallRefused(rig.id, "limits", text, name)
    found = {}
    for channel in kind.channels:
        low, high = channel.low, channel.high
        if channel.name in rig.limits:
            try:
                asked_low, asked_high = (measured(bound, channel.unit) for bound in rig.limits[channel.name])
            except ValueError as error:
                raise CallRefused(rig.id, "limits", f"{channel.name}: {error}", channel.name) from None
            low, high = max(low, asked_low), min(high, asked_high)
            if low > high:
                text = f"{channel.name}: nothing is left of {_range(channel)}, which the rig allows"
                raise CallRefused(rig.id, "limits", text, channel.name)
        found[channel.name] = (low, high)
    return found


def _complete(rig: Rig, command: Command, given: dict[str, Written], length_ms: int | None) -> None:
    """Puts the duration in where the call does not give it."""
    if "interval" in given and "frames" in (argument.name for argument in command.arguments):
        if "duration" in given:
            raise CallRefused(rig.id, command.name, "give interval or duration, not both", "interval")
        try:
            interval_ms = duration(given.pop("interval"))
            given["duration"] = interval_ms * measured(given.get("frames", 0), "count")
        except ValueError as error:
            raise CallRefused(rig.id, command.name, f"interval: {error}", "interval") from None
    elif "duration" not in given and length_ms is not None:
        given["duration"] = length_ms


def _amount(kind: Kind, argument: Argument, value: Written, before: list[int]) -> int:
    """A written value in the argument's unit; `before` are the arguments to its left. Raises ValueError."""
    if argument.unit == "ms":
        return duration(value)
    words = _words(kind, argument)
    if words is not None:
        if argument.unit == "mask":
            return _mask(words, value)
        if not isinstance(value, str) or value not in words:
            known = ", ".join(words)
            expected = f"one of {known}" if argument.unit.startswith("enum.") else f"a {argument.unit} ({known})"
            raise ValueError(f"expected {expected}, not {shown(value)}")
        return words[value]
    unit = kind.channels[before[0]].unit if argument.unit == "value" else argument.unit
    return measured(value, unit)


def _words(kind: Kind, argument: Argument) -> dict[str, int] | None:
    """The words that an argument is written in, each with its number; None where it is written as an amount."""
    match argument.unit.split("."):
        case ["channel"]:
            return {channel.name: index for index, channel in enumerate(kind.channels)}
        case ["output" | "mask"]:
            return {output.name: index for index, output in enumerate(kind.outputs)}
        case ["enum", name]:
            return {word: number for number, word in kind.enums[name].items()}
    return None


def _mask(words: Mapping[str, int], value: Written) -> int:
    named = re.split(r"[\s,]+", value.strip()) if isinstance(value, str) else []
    if named == ["all"]:
        named = list(words)
    if not named or any(name not in words for name in named):
        raise ValueError(f"expected outputs of {', '.join(words)}, or all, not {shown(value)}")
    return sum(1 << words[name] for name in set(named))


def _allowed(kind: Kind, argument: Argument) -> str:
    words = _words(kind, argument)
    if words is not None:
        return ", ".join(word for word, number in words.items() if argument.low <= number <= argument.high)
    return f"{spelled(argument.low, argument.unit)} to {spelled(argument.high, argument.unit)}"


def _check_range(
    kind: Kind, argument: Argument, value: int, before: list[int], limits: Mapping[str, tuple[int, int]]
) -> None:
    """Raises ValueError when the value is outside the dictionary's range or the mission's limits of its channel."""
    if not argument.low <= value <= argument.high:
        raise ValueError(f"{spelled(value, argument.unit)} is out of range; allowed are {_allowed(kind, argument)}")
    if argument.unit == "value":
        channel = kind.channels[before[0]]
        scaled: int | None = value
    elif argument.channel:
        channel = next(channel for channel in kind.channels if channel.name == argument.channel)
        scaled = converted(value, argument.unit, channel.unit)
    else:
        return
    low_limit, high_limit = limits[channel.name]
    if scaled is None or not low_limit <= scaled <= high_limit:
        low, high = spelled(low_limit, channel.unit), spelled(high_limit, channel.unit)
        text = spelled(value, argument.unit) if scaled is None else spelled(scaled, channel.unit)
        raise ValueError(f"{text} is outside the mission's limits of {channel.name}, {low} to {high}")


def _range(channel: Channel) -> str:
    return f"{spelled(channel.low, channel.unit)} to {spelled(channel.high, channel.unit)}"
