"""What stands around the experiments: windows, resources, the crew's routine and rules. Minutes, as in templates."""

from __future__ import annotations

from datetime import date, timedelta

from crewbench.draw import Draw
from crewbench.templates import Keys, minutes

_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def day(number: int, minute: int) -> str:
    """`day 3 20:00`: local, mission day 3."""
    return f"day {number} {minute // 60:02d}:{minute % 60:02d}"


def clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def weekdays(first: date, days: int) -> list[str]:
    """The weekday of each mission day."""
    return [_WEEK[(first + timedelta(days=number)).weekday()] for number in range(days)]


def windows(draw: Draw, days: int) -> Keys:
    """Relay contact with some gaps a day (the same every day), daylight passes that drift, a quiet night, dockings."""
    found: Keys = {"night": {"daily": ["22:00", "05:30"]}, "morning": {"daily": ["07:45", "10:30"]}}
    losses = []
    for number, (least, most) in enumerate(((490, 560), (640, 700), (800, 900), (960, 1020)), start=1):
        start = draw.whole(least, most, 5)
        found[f"loss-{number}"] = {"daily": [clock(start), clock(start + draw.whole(25, 55, 5))]}
        losses.append(f"loss-{number}")
    found["relay"] = {"none_of": losses}
    passes, drift = [], draw.whole(0, 90, 5)
    for number in range(1, days + 1):
        seen = [minute for minute in range(480 + drift, 1110, 95) if draw.chance(0.4)]
        passes += [[day(number, minute), day(number, minute + draw.one((10, 10, 15)))] for minute in seen]
        drift = (drift - 25) % 95
    if not passes:
        passes = [[day(1, 600), day(1, 610)]]
    found["imaging"] = {"between": passes}
    dockings = [draw.whole(1, days) for _ in range(1 + days // 20)]
    found["docking"] = {"between": [[day(number, 120), day(number, 480)] for number in sorted(set(dockings))]}
    return found


def resources(draw: Draw, days: int, crew: int, units: int, taken: dict[str, int]) -> Keys:
    """Power with hours of less, facilities of one place, a video link, too few swabs, too little cold stowage."""
    low = [draw.whole(1, days) for _ in range(1 + days // 15)]
    power = 300 * crew + 600
    less = [{"from": day(n, 480), "to": day(n, 1080), "capacity": f"{power - 500} W"} for n in sorted(set(low))]
    found: Keys = {"power": {"capacity": f"{power} W", "except": less}, "treadmill": {"capacity": -(-crew // 3)}}
    for name in ("growth", "glovebox", "locker"):
        for number in range(1, units + 1):
            found[f"{name}-{number}"] = {"capacity": 1}
    for name in ("centrifuge", "ultrasound", "headset", "fluid-rack", "furnace", "camera", "workbench"):
        found[name] = {"capacity": 1}
    found["recorder"] = {"capacity": 2}
    found["video-link"] = {"capacity": "8 Mbit/s"}
    found["swabs"] = {"stock": max(2, 4 * taken.get("swabs", 0) // 5)}
    found["freezer"] = {"stock": max(2, 17 * taken.get("freezer", 0) // 20)}
    return found


def routine(draw: Draw, people: tuple[str, ...], days: list[str]) -> list[Keys]:
    """Sleep, meals, conferences at fixed times; lunch, exercise, cleaning and private calls to be placed."""
    working = ["mon", "tue", "wed", "thu", "fri", "sat"]
    duties: list[Keys] = [
        {"id": "sleep", "at": "21:30", "duration": "8 h 30 min"},
        {"id": "post-sleep", "at": "06:00", "duration": "1 h"},
        {"id": "breakfast", "at": "07:00", "duration": "30 min"},
        {"id": "conference", "at": "07:30", "duration": "15 min"},
        {"id": "lunch", "between": ["12:00", "14:00"], "duration": "1 h"},
        {"id": "exercise", "between": ["08:00", "19:00"], "days": working, "duration": "2 h 30 min"},
        {"id": "evening", "at": "19:00", "duration": "15 min"},
        {"id": "dinner", "at": "19:30", "duration": "1 h"},
    ]
    duties[5]["uses"] = {"treadmill": 1}
    if "sat" in days:
        duties.append({"id": "cleaning", "between": ["08:00", "13:00"], "days": ["sat"], "duration": "2 h"})
    if "sun" in days:
        duties.append({"id": "family", "between": ["14:00", "19:00"], "days": ["sun"], "duration": "20 min"})
    for person in people if len(days) >= 7 else ():
        call: Keys = {"id": f"medical-{person}", "between": ["08:00", "18:00"]}
        call |= {"days": [draw.one(working[1:5])], "duration": "15 min", "during": "relay", "for": [person]}
        duties.append(call)
    return duties


def rules(
    draw: Draw, days: list[str], holiday: int, quiet: list[object], scans: list[object], limits: tuple[int, int, int]
) -> list[Keys]:
    """Day limits, the gap of digestion, rest before a scan, and quiet for one experiment."""
    workday, saturday, sunday = limits
    found: list[Keys] = [
        {"id": "digest", "gap": "1 h", "after": ["breakfast", "lunch"], "before": ["exercise"], "per": "crew"},
        {"id": "workday", "limit": minutes(workday), "of": "sessions", "per": ["crew", "day"]},
    ]
    if "sat" in days:
        found.append(
            {"id": "saturday", "limit": minutes(saturday), "of": "sessions", "per": ["crew", "day"], "days": ["sat"]}
        )
    if "sun" in days:
        found.append(
            {"id": "sunday", "limit": minutes(sunday), "of": "sessions", "per": ["crew", "day"], "days": ["sun"]}
        )
    if holiday:
        found.append({"id": "holiday", "limit": "0 min", "of": "sessions", "per": ["crew", "day"], "days": [holiday]})
    if scans:
        found.append({"id": "rest", "gap": "1 h", "after": ["exercise"], "before": scans, "per": "crew"})
    if quiet:
        found.append({"id": "quiet", "exclude": ["exercise", draw.one(quiet)]})
    return found
