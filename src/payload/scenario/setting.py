"""From shapes to the model, first half: people, resources, windows, rigs."""

from __future__ import annotations

from typing import Any

from payload.met import Window
from payload.model import (
    AllOf,
    AnyOf,
    Between,
    Buffer,
    Consumable,
    Daily,
    NoneOf,
    Person,
    Relay,
    Renewable,
    Resource,
    Rig,
    Site,
    Stations,
    Sunlit,
    Targets,
    WindowRule,
)
from payload.scenario.choices import Choices
from payload.scenario.faults import Faults, Steps
from payload.scenario.scope import find_circles, nearest
from payload.scenario.shapes_setting import (
    EnvironmentShape,
    OrbitShape,
    PersonShape,
    ResourceShape,
    RigShape,
    StationShape,
    TargetShape,
    WindowShape,
)

_NEED_ORBIT = ("relay_longitudes", "station", "stations", "target", "targets", "sunlit")


def person(faults: Faults, steps: Steps, raw: Any) -> Person | None:
    Choices(faults).person(raw, steps)
    shape = faults.read(PersonShape, steps)
    if shape is None:
        return None
    candidates = {name: candidate.skills for name, candidate in (shape.candidates or {}).items()}
    if shape.flies is not None and candidates and shape.flies not in candidates:
        faults.add((*steps, "flies"), f"unknown candidate {shape.flies!r}", nearest(shape.flies, candidates))
    horizon = Window(0, faults.scope.end)
    aboard = horizon
    if shape.aboard:
        start = 0 if shape.aboard.from_ is None else shape.aboard.from_
        end = faults.scope.end if shape.aboard.to is None else shape.aboard.to
        cut = Window(start, end).cut(horizon)
        if cut is None and faults.scope.strict:
            faults.add((*steps, "aboard"), f"expected an interval that meets the horizon, {faults.scope.horizon()}")
        aboard = cut or Window(0, 0)
    return Person(shape.id, shape.skills, aboard, candidates, shape.flies)


def resource(faults: Faults, steps: Steps, raw: Any) -> Resource | None:
    Choices(faults).resource(raw, steps)
    shape = faults.read(ResourceShape, steps)
    if shape is None:
        return None
    name = str(steps[-1])
    if shape.capacity is not None:
        dimension = shape.capacity.dimension
        exceptions = []
        for n, entry in enumerate(shape.except_):
            here = (*steps, "except", n)
            if entry.capacity.dimension != dimension:
                _other_dimension(faults, (*here, "capacity"), dimension, entry.capacity.dimension)
            if cut := Window(entry.from_, entry.to).cut(Window(0, faults.scope.end)):
                exceptions.append((cut, entry.capacity.amount))
        return Renewable(name, dimension, shape.capacity.amount, tuple(exceptions))
    if shape.stock is not None:
        dimension = shape.stock.dimension
        for n, supply in enumerate(shape.resupply):
            if supply.amount.dimension != dimension:
                _other_dimension(faults, (*steps, "resupply", n, "amount"), dimension, supply.amount.dimension)
        coming = (supply for supply in shape.resupply if 0 <= supply.at < faults.scope.end)
        resupply = sorted((supply.at, supply.amount.amount) for supply in coming)
        return Consumable(name, dimension, shape.stock.amount, tuple(resupply))
    if shape.buffer is not None:
        return Buffer(name, "data", shape.buffer, shape.drain, shape.during)
    return None


def _other_dimension(faults: Faults, steps: Steps, dimension: str, other: str) -> None:
    faults.add(steps, f"expected an amount of the resource's own dimension, {dimension}, not {other}")


def orbit(faults: Faults, steps: Steps) -> OrbitShape | None:
    return faults.read(OrbitShape, steps)


def environment_keys(faults: Faults, raw: dict[str, Any]) -> None:
    """Unknown keys of `environment` itself; its orbit and its windows are read one by one."""
    for key in raw:
        if key not in EnvironmentShape.model_fields:
            faults.unknown_key(("environment", key), EnvironmentShape.model_fields)


def window(faults: Faults, steps: Steps, raw: Any, *, has_orbit: bool) -> WindowRule | None:
    choices = Choices(faults)
    choices.window(raw, steps)
    if not has_orbit and isinstance(raw, dict):
        for key in _NEED_ORBIT:
            if key in raw:
                faults.add((*steps, key), f"{key!r} needs an orbit", "add environment.orbit.tle", key=True)
    shape = faults.read(WindowShape, steps)
    if shape is None:
        return None
    return _window(shape, Window(0, faults.scope.end))


def _window(shape: WindowShape, horizon: Window) -> WindowRule | None:
    if shape.relay_longitudes is not None:
        return Relay(tuple(shape.relay_longitudes), shape.graze)
    if shape.station or shape.stations:
        return Stations(tuple(_site(one) for one in ([shape.station] if shape.station else shape.stations or [])))
    if shape.target or shape.targets:
        targets: list[TargetShape] = [shape.target] if shape.target else shape.targets or []
        return Targets(
            tuple(_site(one) for one in targets),
            tuple(one.elevation if one.peak is None else one.peak for one in targets),
            tuple(one.sun.min if one.sun else None for one in targets),
            tuple(one.sun.max if one.sun else None for one in targets),
        )
    if shape.sunlit is not None:
        return Sunlit(shape.sunlit)
    if shape.daily is not None:
        return Daily(*shape.daily, shape.days)
    if shape.between is not None:
        return Between(tuple(cut for one in shape.between if (cut := one.cut(horizon))))
    for names, rule in ((shape.all_of, AllOf), (shape.any_of, AnyOf), (shape.none_of, NoneOf)):
        if names is not None:
            return rule(names)
    return None


def _site(shape: StationShape) -> Site:
    return Site(shape.lat, shape.lon, shape.elevation)


def circles(faults: Faults, steps: Steps, windows: dict[str, WindowRule]) -> None:
    """A fault for every window that is defined by itself, told once a circle."""
    for circle in find_circles({name: getattr(rule, "names", ()) for name, rule in windows.items()}):
        around = " -> ".join((*circle, circle[0]))
        faults.add((*steps, circle[0]), f"the window is defined by itself: {around}", key=True)


def rig(faults: Faults, steps: Steps) -> Rig | None:
    shape = faults.read(RigShape, steps)
    if shape is None:
        return None
    options = dict(shape.options) | ({"speed": shape.speed} if shape.speed else {})
    return Rig(str(steps[-1]), shape.kind, shape.url, shape.limits, options)
