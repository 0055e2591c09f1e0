"""How figures and options are read and printed at the command line."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from payload.met import DAY, HOUR, format_duration


def pairs(options: list[str] | None) -> dict[str, str]:
    """`["a=b"]` as a mapping. Raises RunError for one without `=`."""
    from payload.errors import RunError

    found = {}
    for option in options or []:
        name, sign, value = option.partition("=")
        if not (name and sign and value):
            raise RunError(f"'{option}': expected NAME=VALUE")
        found[name] = value
    return found


def require_speed(speed: float) -> None:
    """Raises RunError for a speed that no clock of ours keeps."""
    from payload.errors import RunError

    if not 0.001 <= speed <= 100_000:
        raise RunError(f"--speed {speed:g}: expected from 0.001 to 100000")


def hours(length_ms: int) -> str:
    return f"{length_ms / HOUR:.1f} h"


def days(length_ms: int) -> str:
    return f"{length_ms / DAY:.1f} {'day' if length_ms == DAY else 'days'}"


def duration(length_ms: int) -> str:
    """To the minute above an hour: windows are long."""
    return hours(length_ms) if length_ms >= HOUR else format_duration(length_ms // 1000 * 1000)


def counted(number: int, one: str, more: str = "") -> str:
    """`1 session`, `2 sessions`."""
    return f"{number} {one if number == 1 else more or one + 's'}"


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def decimal(value: Fraction) -> str:
    """At most three decimals: `31.5`, `1.333`."""
    return f"{float(value):.3f}".rstrip("0").rstrip(".")


def as_json(value: object) -> None:
    """Prints a dataclass as one JSON document; exact fractions become numbers."""
    print(json.dumps(_plain(value), ensure_ascii=False, indent=2))


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in value]
    if isinstance(value, Fraction):
        return float(value)
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return value
