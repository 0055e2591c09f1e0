"""From a procedure step's rig call to a telecommand: names, units, ranges and the mission's limits, checked before
anything is sent.

How an argument may be written: a temperature as a Quantity or `24 degC`; a duration as `90 min` or whole ms; a rate as
a count of ml/min; a channel by its name. `duration` may be left out where the step's length is known; `capture` takes
`interval` in its place (its duration is then frames × interval).
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
    "count": _Unit("count", {"": 1}, 1),
}
_NUMBER = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)\s*(.*?)\s*")

_CHANNEL_OF = {
    ("incubator", "target"): "temperature",
    ("fluid-loop", "rate"): "flow",
}
"""Which channel an argument drives: the mission's limits for it hold for the argument as well."""


def kind_of(rig: Rig) -> Kind:
    """The dictionary of a rig's kind. Raises CallRefused for a kind that there is not."""
    if rig.kind not in KINDS:
        raise CallRefused(rig.id, "kind", f"there is no rig kind {rig.kind!r}; known kinds: {', '.join(KINDS)}")
    return KINDS[rig.kind]


def translate(rig: Rig, call: RigCall, length_ms: int | None = None) -> Telecommand:
    """The telecommand for a call; `length_ms` is the step's length, for a duration that the call does not give.

    Raises CallRefused: unknown call, an argument missing, unknown, of a wrong unit, or out of the dictionary's range or
    the mission's limits.
    """
    kind = kind_of(rig)
    command = kind.by_name.get(call.call)
    if command is None:
        near = get_close_matches(call.call, kind.by_name, 1)
        hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(kind.by_name)}"
        raise CallRefused(rig.id, call.call, f"kind {kind.name} has no such call; {hint}")
    given = dict(call.arguments)
    if command.long:
        _complete(rig, command, given, length_ms)
    names = [argument.name for argument in command.arguments]
    for name in given:
        if name not in names:
            takes = ", ".join(names) or "no arguments"
            raise CallRefused(rig.id, command.name, f"there is no argument {name}; it takes {takes}", name)
    limits = limits_of(rig)
    values: list[int] = []
    for argument in command.arguments:
        if argument.name not in given:
            unit = _spelled(argument.low, argument.unit), _spelled(argument.high, argument.unit)
            text = f"the argument {argument.name} is missing; it takes {unit[0]} to {unit[1]}"
            raise CallRefused(rig.id, command.name, text, argument.name)
        try:
            value = _amount(kind, argument, given[argument.name], values)
            _check_range(kind, argument, value, values, limits)
        except ValueError as error:
            raise CallRefused(rig.id, command.name, f"{argument.name}: {error}", argument.name) from None
        values.append(value)
    return Telecommand(command, tuple(values))


def limits_of(rig: Rig) -> dict[str, tuple[int, int]]:
    """Per channel the closed range that the rig is given, in the channel's unit: the mission's limits within the
    dictionary's. Raises CallRefused for an unknown channel, a wrong unit, or a range that leaves nothing."""
    kind = kind_of(rig)
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
    if argument.unit == "index":
        names = [channel.name for channel in kind.channels]
        if not isinstance(value, str) or value not in names:
            raise ValueError(f"expected a channel ({', '.join(names)}), not {value!r}")
        return names.index(value)
    unit = kind.channels[before[0]].unit if argument.unit == "value" else argument.unit
    return _measured(value, unit)


def _duration(value: Written) -> int:
    if isinstance(value, str):
        return parse_duration(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError(f"expected a duration such as '90 min', not {_shown(value)}")


def _measured(value: Written, unit_name: str) -> int:
    """A written value as a whole number of a wire unit. Raises ValueError."""
    unit = _UNITS[unit_name]
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
    kind: Kind, argument: Argument, value: int, before: list[int], limits: Mapping[str, tuple[int, int]]
) -> None:
    """Raises ValueError when the value is outside the dictionary's range or the mission's limits."""
    if not argument.low <= value <= argument.high:
        low, high = _spelled(argument.low, argument.unit), _spelled(argument.high, argument.unit)
        raise ValueError(f"{_spelled(value, argument.unit)} is out of range; allowed are {low} to {high}")
    if argument.unit == "value":
        channel = kind.channels[before[0]]
        scaled = value
    else:
        name = _CHANNEL_OF.get((kind.name, argument.name))
        if name is None:
            return
        channel = next(channel for channel in kind.channels if channel.name == name)
        scaled = _measured(Quantity(value, _UNITS[argument.unit].dimension), channel.unit)
    low_limit, high_limit = limits[channel.name]
    if not low_limit <= scaled <= high_limit:
        low, high = _spelled(low_limit, channel.unit), _spelled(high_limit, channel.unit)
        shown = _spelled(scaled, channel.unit)
        raise ValueError(f"{shown} is outside the mission's limits of {channel.name}, {low} to {high}")


def _range(channel: Channel) -> str:
    return f"{_spelled(channel.low, channel.unit)} to {_spelled(channel.high, channel.unit)}"


def _spelled(value: int, unit_name: str) -> str:
    """A wire value as a person writes it."""
    if unit_name == "ms":
        return format_duration(value)
    if unit_name not in _UNITS:
        return str(value)
    name, factor = next(iter(_UNITS[unit_name].written.items()))
    return f"{value / factor:g} {name}".strip()


def _shown(value: Written) -> str:
    return f"{value.amount} of {value.dimension}" if isinstance(value, Quantity) else repr(value)
