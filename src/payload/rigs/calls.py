"""From a procedure step's rig call to a telecommand: names, units, ranges and the mission's limits, checked before
anything is sent.

How an argument may be written: a temperature as a Quantity or `24 degC`; a duration as `90 min` or whole ms; a rate as
a count of ml/min; a channel, an output and an enum's word by its name; several outputs as `lamp, fan` or `all`.
`duration` may be left out where the step's length is known; `capture` takes `interval` in its place (its duration is
then frames × interval).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction

from payload.errors import RunError
from payload.met import format_duration, parse_duration
from payload.model import Quantity, Rig, RigCall
from payload.rigs import adapters
from payload.rigs.dictionary import KINDS, Argument, Channel, Command, Kind

Written = int | float | str | bool | Quantity


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


@dataclass(frozen=True, slots=True)
class _Unit:
    """How values of a wire unit are written: the dimension of a Quantity, the wire's units in one of each written unit
    (the first is the one for messages), and how many a plain number stands for (None: a plain number is refused)."""

    dimension: str
    written: Mapping[str, int]
    plain: int | None


_UNITS = {
    "mdegC": _Unit("temperature", {"degC": 1000, "mdegC": 1}, None),
    "ml/min": _Unit("count", {"ml/min": 1}, 1),
    "ul/min": _Unit("count", {"ml/min": 1000, "ul/min": 1}, 1000),
    "Pa": _Unit("count", {"Pa": 1, "kPa": 1000}, 1),
    "permille": _Unit("count", {"permille": 1, "%": 10}, 1),
    "mV": _Unit("count", {"mV": 1, "V": 1000}, 1),
    "mA": _Unit("count", {"mA": 1, "A": 1000}, 1),
    "mW": _Unit("power", {"mW": 1, "W": 1000}, 1),
    "count": _Unit("count", {"": 1}, 1),
}
_NUMBER = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)\s*(.*?)\s*")

_CHANNEL_OF = {
    ("incubator", "target"): "temperature",
    ("fluid-loop", "rate"): "flow",
}
"""Which channel an argument drives: the mission's limits for it hold for the argument as well."""


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
            driven = _driven(rig, command, argument) if own is None else None
            _check_range(kind, argument, value, values, limits, driven)
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
                asked_low, asked_high = (_measured(bound, channel.unit) for bound in rig.limits[channel.name])
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
            interval_ms = _duration(given.pop("interval"))
            given["duration"] = interval_ms * _measured(given.get("frames", 0), "count")
        except ValueError as error:
            raise CallRefused(rig.id, command.name, f"interval: {error}", "interval") from None
    elif "duration" not in given and length_ms is not None:
        given["duration"] = length_ms


def _amount(kind: Kind, argument: Argument, value: Written, before: list[int]) -> int:
    """A written value in the argument's unit; `before` are the arguments to its left. Raises ValueError."""
    if argument.unit == "ms":
        return _duration(value)
    words = _words(kind, argument)
    if words is not None:
        if argument.unit == "mask":
            return _mask(words, value)
        if not isinstance(value, str) or value not in words:
            known = ", ".join(words)
            expected = f"one of {known}" if argument.unit.startswith("enum.") else f"a {argument.unit} ({known})"
            raise ValueError(f"expected {expected}, not {_shown(value)}")
        return words[value]
    unit = kind.channels[before[0]].unit if argument.unit == "value" else argument.unit
    return _measured(value, unit)


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
        raise ValueError(f"expected outputs of {', '.join(words)}, or all, not {_shown(value)}")
    return sum(1 << words[name] for name in set(named))


def _allowed(kind: Kind, argument: Argument) -> str:
    words = _words(kind, argument)
    if words is not None:
        return ", ".join(word for word, number in words.items() if argument.low <= number <= argument.high)
    return f"{_spelled(argument.low, argument.unit)} to {_spelled(argument.high, argument.unit)}"


def _duration(value: Written) -> int:
    if isinstance(value, str):
        return parse_duration(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError(f"expected a duration such as '90 min', not {_shown(value)}")


def _measured(value: Written, unit_name: str) -> int:
    """A written value as a whole number of a wire unit. Raises ValueError."""
    unit = _unit(unit_name)
    first = next(iter(unit.written))
    if unit.plain is None:
        expected = f"expected {first}, at most to the thousandth"
    else:
        expected = f"expected a whole number{' of ' + first if first else ''}"
    if isinstance(value, Quantity):
        if value.dimension != unit.dimension:
            raise ValueError(f"{expected}, not a quantity of {value.dimension}")
        return value.amount * (unit.plain or 1)
    if isinstance(value, bool):
        raise ValueError(f"{expected}, not {_shown(value)}")
    if isinstance(value, str):
        match = _NUMBER.fullmatch(value)
        factor = unit.written.get(match[2], unit.plain if match[2] == "" else None) if match else None
        if not match or factor is None:
            raise ValueError(f"{expected}, not {value!r}")
        amount = Fraction(match[1]) * factor
    elif unit.plain is None:
        raise ValueError(f"{expected}, written as '{value} {first}', not a plain number")
    else:
        amount = Fraction(value) * unit.plain
    if amount.denominator != 1:
        raise ValueError(f"{expected}, not {_shown(value)}")
    return int(amount)


def _check_range(
    kind: Kind,
    argument: Argument,
    value: int,
    before: list[int],
    limits: Mapping[str, tuple[int, int]],
    driven: str | None,
) -> None:
    """Raises ValueError when the value is outside the dictionary's range or the mission's limits of the channel that it
    drives."""
    if not argument.low <= value <= argument.high:
        raise ValueError(f"{_spelled(value, argument.unit)} is out of range; allowed are {_allowed(kind, argument)}")
    if argument.unit == "value":
        channel = kind.channels[before[0]]
        scaled = value
    else:
        if driven is None:
            return
        channel = next(channel for channel in kind.channels if channel.name == driven)
        scaled = value
        if argument.unit != channel.unit:
            scaled = _measured(Quantity(value, _unit(argument.unit).dimension), channel.unit)
    low_limit, high_limit = limits[channel.name]
    if not low_limit <= scaled <= high_limit:
        low, high = _spelled(low_limit, channel.unit), _spelled(high_limit, channel.unit)
        shown = _spelled(scaled, channel.unit)
        raise ValueError(f"{shown} is outside the mission's limits of {channel.name}, {low} to {high}")


def _driven(rig: Rig, command: Command, argument: Argument) -> str | None:
    """The channel that an argument drives."""
    if rig.kind in KINDS:
        return _CHANNEL_OF.get((rig.kind, argument.name))
    return _adapter(rig).drives.get((command.name, argument.name))


def _unit(name: str) -> _Unit:
    """How values of a unit are written; of one that is not in the table, in that unit alone."""
    return _UNITS.get(name) or _Unit("count", {name: 1}, 1)


def _range(channel: Channel) -> str:
    return f"{_spelled(channel.low, channel.unit)} to {_spelled(channel.high, channel.unit)}"


def _spelled(value: int, unit_name: str) -> str:
    """A wire value as a person writes it."""
    if unit_name == "ms":
        return format_duration(value)
    name, factor = next(iter(_unit(unit_name).written.items()))
    return f"{value / factor:g} {name}".strip()


def _shown(value: Written) -> str:
    return f"{value.amount} of {value.dimension}" if isinstance(value, Quantity) else repr(value)
