"""Which adapters there are: the entry points of the group `payload.rigs`, each loaded when a mission names it.

An entry point's name is the kind's name, and a scheme of its own. Ours are entry points like everybody's; they are also
listed here, so that a checkout that was never installed has them.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from payload.errors import PayloadError, PortError, RunError
from payload.rigs.adapters.face import Adapter, Site
from payload.rigs.kinds.dictionary import Kind

GROUP = "payload.rigs"
_OURS = {
    "bench-supply": "payload.rigs.adapters.supply:BenchSupply",
    "temperature-controller": "payload.rigs.adapters.controller:TemperatureController",
}

_SCHEMES = ("scpi", "scpi+visa", "modbus")


@cache
def instruments() -> tuple[str, ...]:
    """The kinds that adapters give, sorted; none is loaded."""
    return tuple(sorted({*_OURS, *(point.name for point in entry_points(group=GROUP))}))


def adapter(kind: str) -> type[Adapter]:
    """The class for a kind. Raises RunError: there is none, two packages give it, or its package is broken."""
    if kind not in instruments():
        raise RunError(f"there is no adapter for {kind!r}; there are {', '.join(instruments())}")
    points = {point.value: point for point in entry_points(group=GROUP, name=kind)}
    values = {*points, *([_OURS[kind]] if kind in _OURS else [])}
    if len(values) > 1:
        whose = ", ".join(sorted(values))
        raise RunError(f"adapter {kind}: more than one package gives it ({whose}): uninstall all but one")
    (value,) = values
    try:
        found = _load(value, points.get(value))
    except (Exception, SystemExit) as error:  # a third party's module may raise anything while it is imported
        raise RunError(f"adapter {kind} ({value}) cannot be loaded: {error}: mend or uninstall its package") from error
    missing = _missing(found, kind)
    if missing:
        raise RunError(f"adapter {kind} ({value}) {missing}: see docs/adapters.md")
    assert isinstance(found, type)
    return found


def built(made: type[Adapter], where: Site) -> Adapter:
    """One for this place. Raises PortError, also for whatever else a third party's class raises."""
    try:
        return made(where)
    except PayloadError:
        raise
    except (Exception, SystemExit) as error:
        raise broke(where.rig, error) from error


def broke(rig: str, error: BaseException) -> PortError:
    """What to say of a third party's mistake."""
    return PortError(rig, f"its adapter broke: {type(error).__name__}: {error}")


def site(kind: str, rig: str, url: str, options: dict[str, str]) -> Site:
    """Where a rig of an adapter's kind is, from its URL. Raises PortError for a scheme that the adapter does not open,
    and for a URL without an address."""
    made = adapter(kind)
    opens = (*made.schemes, kind)
    scheme, colon, rest = url.partition(":")
    if not colon or scheme not in opens:
        forms = ", ".join([f"{each}:…" for each in opens] + ["twin:", "pty:"] * (made.simulated is not None))
        raise PortError(rig, f"{url!r} is no URL of kind {kind}: expected {forms}")
    rest, given = _options(rest)
    if not rest:
        raise PortError(rig, f"{url!r} does not say where: expected for example '{scheme}:/dev/ttyUSB0'")
    return Site(rig, scheme, rest, {**options, **given})


def kind_in(url: str) -> str | None:
    """The kind that a URL's own scheme names, as `hot-plate:/dev/ttyUSB0` does."""
    scheme, colon, _ = url.partition(":")
    return scheme if colon and scheme in instruments() else None


def why_no_link(url: str, kind: str | None) -> str:
    """Why nobody behind this URL speaks the rig link, and what to do; empty where somebody may."""
    kind = kind or kind_in(url)
    if kind in instruments():
        return (
            f"a {kind} is an instrument of another maker's, which does not say HELLO: ask it with "
            f"'payload rig call {url} read channel=… --kind {kind}'"
        )
    if kind is None and url.partition(":")[0] in _SCHEMES:
        known = ", ".join(instruments())
        return f"{url} is an instrument of another maker's: say which kind it is with --kind ({known})"
    return ""


def _load(value: str, point: EntryPoint | None) -> object:
    if point is not None:
        return point.load()
    module, _, name = value.partition(":")
    return getattr(import_module(module), name)


def _missing(found: object, kind: str) -> str:
    """What a class lacks of being an adapter; empty when nothing."""
    if not isinstance(found, type) or not issubclass(found, Adapter):
        return "is no subclass of payload.rigs.adapters.Adapter"
    if not hasattr(found, "kind"):
        return "has no `kind`"
    if not isinstance(found.kind, Kind):
        return "has a `kind` that `instrument` has not made"
    if found.kind.name != kind:
        return f"is of kind {found.kind.name}: its entry point must have that name"
    lacking = sorted(getattr(found, "__abstractmethods__", ()))
    return f"has no {', '.join(lacking)}" if lacking else ""


def _options(rest: str) -> tuple[str, dict[str, str]]:
    """`/dev/ttyUSB1?unit=3&parity=E` -> the address and its options. A `?` that no `name=value` follows is part of the
    address."""
    address, mark, tail = rest.rpartition("?")
    pairs = [pair.partition("=") for pair in tail.split("&")]
    if not mark or not all(name and equals for name, equals, _ in pairs):
        return rest, {}
    return address, {name: value for name, _, value in pairs}
