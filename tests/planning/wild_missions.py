"""Random missions of some days that use every key of the format: `wild(seed)`.

One to six days, one to four people, some ten to eighty sessions. How often each key is met stands in `OFTEN`; the
experiments are drawn in `wild_work`. One mission in eight is spoiled on purpose (`wild_spoilt`), and cannot be planned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from wild_rules import locks, rules, waivers
from wild_spoilt import spoilt
from wild_work import experiments

from payload.met import DAY, HOUR, MINUTE, SECOND, Calendar, Window, intersect, merge
from payload.model import (
    AllOf,
    Between,
    Buffer,
    Consumable,
    Daily,
    Duty,
    Level,
    Mission,
    Person,
    Renewable,
    Resource,
    WindowRule,
)

Windows = Mapping[str, tuple[Window, ...]]
NAMES = ("ann", "bob", "cleo", "dan")

#: how often a mission meets a key (those of experiments: see `wild_work`, of rules: `wild_rules`)
OFTEN = {
    "spoilt": 0.12,
    "milliseconds": 0.05,  # the horizon starts off the second: ticks are rounded
    "aboard": 0.25,  # of a person: comes later or leaves earlier
    "candidates": 0.2,  # of a person
    "buffer": 0.5,
    "resupply": 0.6,
    "exception": 0.4,  # of a capacity
    "together": 0.5,  # of lunch and of the briefing
    "each duty": 0.6,
    "shares": 0.25,
    "waivers": 0.3,
    "locks": 0.3,
}


def wild(seed: int) -> tuple[Mission, Windows]:
    """A mission and its windows; the same for the same seed."""
    rng = Random(seed)
    zone, start = rng.choice(
        [
            ("UTC", datetime(2026, 3, 2, tzinfo=UTC)),
            ("Asia/Shanghai", datetime(2026, 10, 25, 22, tzinfo=UTC)),
            ("Europe/Berlin", datetime(2026, 3, 28, tzinfo=UTC)),  # the clock goes forward on the 29th
            ("Europe/Berlin", datetime(2026, 10, 24, tzinfo=UTC)),  # and back on the 25th
        ]
    )
    start += timedelta(hours=rng.randrange(24), minutes=rng.choice([0, 0, 7, 30]))
    if rng.random() < OFTEN["milliseconds"]:
        start += timedelta(seconds=13, milliseconds=250)
    calendar = Calendar(start, zone)
    days = rng.choice([1, 1, 2, 2, 3, 4, 6])
    end = days * DAY - rng.choice([0, 0, 3, 5]) * HOUR - rng.choice([0, 0, 0, 7 * MINUTE + 30 * SECOND])
    crew = tuple(_person(rng, name, end) for name in NAMES[: rng.choice([1, 2, 2, 3, 4])])
    grid_ms = rng.choice([5, 5, 10, 10, 15, 7]) * MINUTE
    resources = _resources(rng, end, len(crew))
    mission = Mission(f"wild-{seed}", "Wild", calendar, end, grid_ms, crew, (), (), resources, sha256="0123")
    windows = _windows(rng, mission)
    mission = replace(mission, windows=_defined(windows), routine=_routine(rng, mission))
    count = min(80, rng.randrange(10, 15 + 6 * days * len(crew)))
    mission = replace(mission, experiments=experiments(rng, mission, windows, count))
    mission = replace(mission, rules=rules(rng, mission))
    if rng.random() < OFTEN["shares"]:
        promised = {sponsor: rng.choice([30, 120, 600]) * MINUTE for sponsor in ("suparco", "cmsa")}
        mission = replace(mission, shares=promised)
    if rng.random() < OFTEN["waivers"]:
        mission = replace(mission, waivers=waivers(rng, mission))
    if rng.random() < OFTEN["locks"]:
        mission = replace(mission, locks=locks(rng, mission))
    if rng.random() < OFTEN["spoilt"]:
        mission = spoilt(rng, mission)
    return mission, windows


def _person(rng: Random, name: str, end: int) -> Person:
    skills = {skill: rng.choice(list(Level)) for skill in ("biology", "fluids") if rng.random() < 0.6}
    aboard, more = Window(0, end), {}
    if rng.random() < OFTEN["aboard"]:
        aboard = Window(rng.choice([0, 5 * HOUR]), end - rng.choice([2, 7]) * HOUR - 20 * MINUTE)
    if rng.random() < OFTEN["candidates"]:
        candidates = {"prime": {"biology": Level.SPECIALIST}, "backup": {"fluids": Level.USER}}
        more = {"candidates": candidates, "flies": rng.choice(["prime", "backup"])}
    return Person(name, skills, aboard, **more)  # type: ignore[arg-type]


def _resources(rng: Random, end: int, people: int) -> dict[str, Resource]:
    exceptions: tuple[tuple[Window, int], ...] = ()
    if rng.random() < OFTEN["exception"]:
        exceptions = ((Window(end // 3, end // 3 + 5 * HOUR), 400), (Window(end // 3 + HOUR, end // 3 + 2 * HOUR), 0))
    resupply = ((end // 2, 4), (end * 3 // 4, 2)) if rng.random() < OFTEN["resupply"] else ()
    found: dict[str, Resource] = {
        "power": Renewable("power", "power", 1000, exceptions),
        "rack": Renewable("rack", "count", 1),
        "treadmill": Renewable("treadmill", "count", (people + 1) // 2),
        "swabs": Consumable("swabs", "count", rng.randrange(0, 12), resupply),
    }
    if rng.random() < OFTEN["buffer"]:
        drain, during = rng.choice([(1000, ()), (3000, ("relay",)), (8000, ("relay", "sunlit")), (0, ())])
        found["recorder"] = Buffer("recorder", "data", rng.choice([20, 60]) * 1_000_000, drain, during)
    return found


def _windows(rng: Random, mission: Mission) -> dict[str, tuple[Window, ...]]:
    end = mission.end

    def turns(open_ms: tuple[int, int], shut_ms: tuple[int, int]) -> tuple[Window, ...]:
        found, at = [], -rng.randrange(open_ms[1])
        while at < end:
            until = at + rng.randrange(*open_ms)
            found.append(Window(max(at, 0), min(until, end)))
            at = until + rng.randrange(*shut_ms)
        return merge(found)

    sunlit = turns((55 * MINUTE, 57 * MINUTE), (35 * MINUTE, 36 * MINUTE))
    relay = turns((HOUR, 5 * HOUR), (10 * MINUTE, HOUR))
    calendar = mission.calendar
    nights = [
        Window(calendar.at(on, 22 * HOUR), calendar.at(on + timedelta(days=1), 5 * HOUR + 30 * MINUTE))
        for on in mission.dates()
    ]
    return {
        "sunlit": sunlit,
        "relay": relay,
        "pass": turns((5 * MINUTE, 11 * MINUTE), (80 * MINUTE, 6 * HOUR)),
        "night": merge(cut for night in nights if (cut := night.cut(mission.horizon))),
        "docking": merge(cut for at in (end // 5,) if (cut := Window(at, at + 2 * HOUR).cut(mission.horizon))),
        "lit-relay": intersect(sunlit, relay),
        "never": (),
    }


def _defined(windows: Windows) -> dict[str, WindowRule]:
    """What the windows might be made of; the intervals are handed in."""
    found: dict[str, WindowRule] = {name: Between(there) for name, there in windows.items()}
    return {**found, "night": Daily(22 * HOUR, 5 * HOUR + 30 * MINUTE), "lit-relay": AllOf(("sunlit", "relay"))}


def _routine(rng: Random, mission: Mission) -> tuple[Duty, ...]:
    people = tuple(person.id for person in mission.crew)
    dates, calendar = mission.dates(), mission.calendar
    day = dates[len(dates) // 2]
    event, opens = calendar.at(day, 10 * HOUR + 11 * MINUTE), calendar.at(day, 13 * HOUR)
    once = Window(opens, opens + 6 * HOUR)
    together = rng.random() < OFTEN["together"]
    made: list[dict[str, Any]] = [
        {"id": "sleep", "at_ms": 22 * HOUR, "duration_ms": 7 * HOUR},
        {"id": "wash", "at_ms": 6 * HOUR + 15 * MINUTE, "duration_ms": 30 * MINUTE},
        {"id": "lunch", "between_ms": (11 * HOUR, 14 * HOUR), "duration_ms": HOUR, "together": together},
        {"id": "dinner", "between_ms": (17 * HOUR, 20 * HOUR), "duration_ms": 45 * MINUTE, "avoid": ("docking",)},
        {
            "id": "sport",
            "between_ms": (8 * HOUR, 21 * HOUR),
            "duration_ms": 90 * MINUTE,
            "uses": {"treadmill": 1},
            "except_days": frozenset(dates[1:2]),
        },
        {"id": "call", "between_ms": (8 * HOUR, 21 * HOUR), "duration_ms": 25 * MINUTE, "during": ("relay",)},
        {
            "id": "review",
            "between_ms": (8 * HOUR, 12 * HOUR),
            "duration_ms": 30 * MINUTE,
            "days": frozenset(dates[::2]),
        },
        {"id": "briefing", "between": once, "duration_ms": 40 * MINUTE, "together": together},
        {"id": "event", "at": event, "duration_ms": 20 * MINUTE},
        {"id": "watch", "between_ms": (20 * HOUR, 5 * HOUR), "duration_ms": 20 * MINUTE},
    ]
    for one in made:
        some = people if one["id"] in ("sleep", "wash", "lunch") else rng.sample(people, rng.randint(1, len(people)))
        one["people"] = tuple(person for person in people if person in some)
    if not 0 <= event < mission.end:
        made = [one for one in made if one["id"] != "event"]
    if not 0 <= opens < mission.end:
        made = [one for one in made if one["id"] != "briefing"]
    return tuple(Duty(**one) for one in made if rng.random() < OFTEN["each duty"])
