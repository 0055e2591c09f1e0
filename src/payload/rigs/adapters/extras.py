"""Libraries that only some instruments need: loaded when an instrument needs them, and asked for by name."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from payload.errors import PortError

_FOR = {"modbus": "Modbus instruments", "visa": "instruments by VISA"}


def require(extra: str, *modules: str, rig: str = "") -> None:
    """Raises PortError, saying what to install, when a module of an extra is missing."""
    for module in modules:
        try:
            found = find_spec(module) is not None and import_module(module) is not None
        except ImportError:
            found = False
        if not found:
            text = f"{_FOR[extra]} need {module}, which is not installed here: pip install 'payload[{extra}]'"
            raise PortError(rig, text)
