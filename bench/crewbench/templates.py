"""What experiments look like: fifteen kinds, each drawn from ranges. README.md gives the source of every range.

A kind is a function of a `Draw` and a `Setting`; it gives the keys of one experiment but for `id`, `title`, `value` and
the campaign's `between`, or None where the mission is too short for it. Lengths are minutes here, multiples of five.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from crewbench.draw import Draw

Keys = dict[str, object]
DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Setting:
    """What a kind may ask for. `days`: how long the experiment may last; `units`: how many there are of a facility."""

    days: int
    crew: tuple[str, ...]
    units: int


def minutes(length: int) -> str:
    """A length as a mission says it."""
    if length % DAY == 0 and length:
        return f"{length // DAY} d"
    return f"{length // 60} h" if length % 60 == 0 and length else f"{length} min"


def step(do: str, length: int, crew: object, **keys: object) -> Keys:
    return {"do": do, "for": minutes(length), "crew": crew, **keys}


def _count(draw: Draw, setting: Setting, least: int, most: int, apart_days: float) -> int:
    """How many repeats, `apart_days` apart, up to what the mission holds (a quarter of it left for play)."""
    room = 1 + int(0.75 * setting.days / apart_days) if apart_days else most
    grown = most if setting.days <= 20 else most + most * (setting.days - 20) // 80
    return max(1, min(draw.whole(least, max(least, grown)), room))


def _repeat(count: int, **keys: object) -> Keys:
    return {"repeat": {"count": count, **keys}} if count > 1 else {}


def blood(draw: Draw, setting: Setting) -> Keys:
    count = _count(draw, setting, 1, 3, 4)
    steps = [
        step(
            "draw",
            draw.whole(15, 30, 5),
            [{"is": draw.one(setting.crew)}, {"skills": {"medical": "operator"}}],
            uses={"swabs": 2},
        ),
        step("clot", 25, 0),
        step(
            "spin and stow", draw.whole(15, 25, 5), [{"role": 2}], uses={"centrifuge": 1, "power": "90 W", "freezer": 1}
        ),
    ]
    return {
        "sessions": [
            {"id": "draw", "during": "morning", **_repeat(count, min=minutes(draw.whole(2, 4) * DAY)), "steps": steps}
        ]
    }


def saliva(draw: Draw, setting: Setting) -> Keys:
    count = _count(draw, setting, 3, 6, 2)
    steps = [step("sample", draw.whole(5, 15, 5), [{"is": draw.one(setting.crew)}], uses={"swabs": 1, "freezer": 1})]
    return {
        "sessions": [
            {"id": "sample", **_repeat(count, every="2 d", tolerance="1 h"), "inside": "post-sleep", "steps": steps}
        ]
    }


def log(draw: Draw, setting: Setting) -> Keys:
    steps = [step("record", draw.whole(10, 25, 5), [{"is": draw.one(setting.crew)}])]
    return {"sessions": [{"id": "entry", "repeat": {"each": "day"}, "steps": steps}]}


def battery(draw: Draw, setting: Setting) -> Keys:
    count = _count(draw, setting, 2, 4, 3)
    return {
        "for": "all",
        "sessions": [{"id": "test", **_repeat(count, min="36 h"), "steps": [step("test", draw.whole(15, 40, 5), 1)]}],
    }


def wearable(draw: Draw, setting: Setting) -> Keys | None:
    if setting.days < 3:
        return None
    count = _count(draw, setting, 1, 3, 4)
    steps = [step("don", 20, 1), step("wear", DAY - 20, 0), step("doff", 15, [{"role": 1}])]
    repeat = _repeat(count, min="2 d")
    return {
        "crew": {"is": draw.one(setting.crew)},
        "sessions": [{"id": "worn", **repeat, "uses": {"recorder": 1}, "steps": steps}],
    }


def headset(draw: Draw, setting: Setting) -> Keys:
    count = _count(draw, setting, 2, 7, 1.5)
    work = step("measure", draw.whole(50, 80, 5), 1, uses={"headset": 1, "power": "40 W"})
    return {
        "crew": {"any_of": draw.some(setting.crew, 2)},
        "sessions": [{"id": "run", **_repeat(count, min="1 d"), "steps": [work]}],
    }


def ultrasound(draw: Draw, setting: Setting) -> Keys:
    count = _count(draw, setting, 2, 5, 3)
    pair = [{"is": draw.one(setting.crew)}, {"skills": {"medical": draw.one(["user", "operator"])}}]
    work = step("scan", draw.whole(45, 75, 5), pair, uses={"ultrasound": 1, "video-link": "4 Mbit/s"})
    return {"sessions": [{"id": "scan", "during": "relay", **_repeat(count, min="2 d"), "steps": [work]}]}


def plant(draw: Draw, setting: Setting) -> Keys | None:
    if setting.days < 4:
        return None
    chamber = f"growth-{draw.whole(1, setting.units)}"
    count = _count(draw, setting, 3, 8, 1.2)
    care = [step("water and photograph", draw.whole(20, 40, 5), 1)]
    return {
        "crew": {"skills": ["biology"]},
        "holds": {chamber: 1, "power": "70 W"},
        "sessions": [
            {"id": "sow", "steps": [step("sow", draw.whole(30, 50, 5), 1)]},
            {
                "id": "water",
                "after": {"session": "sow", "min": "12 h", "max": "2 d"},
                **_repeat(count, every="1 d", tolerance="4 h"),
                "steps": care,
            },
            {
                "id": "harvest",
                "after": {"session": "water", "min": "6 h", "max": "3 d"},
                "steps": [step("harvest", draw.whole(40, 60, 5), 1, uses={"freezer": 2})],
            },
        ],
    }


def algae(draw: Draw, setting: Setting) -> Keys:
    count = _count(draw, setting, 3, 8, 1.2)
    care = [step("agitate and photograph", draw.whole(15, 25, 5), 1, uses={"power": "30 W"})]
    return {
        "crew": {"skills": ["biology"], "same": True},
        "sessions": [{"id": "care", **_repeat(count, every="1 d", tolerance="5 h"), "steps": care}],
    }


def cells(draw: Draw, setting: Setting) -> Keys:
    count = _count(draw, setting, 3, 6, 2.4)
    uses = {f"glovebox-{draw.whole(1, setting.units)}": 1, "power": "350 W"}
    role = [{"skills": {"biology": "operator", "glovebox": "user"}}]
    feed = {
        "id": "feed",
        **_repeat(count, every="2 d", tolerance="5 h"),
        "steps": [step("exchange and image", draw.whole(60, 75, 5), role, uses=uses)],
    }
    fix = {
        "id": "fix",
        "after": {"session": "feed", "min": "16 h", "max": "32 h"},
        "steps": [step("fix", draw.whole(40, 60, 5), role, uses={**uses, "freezer": 1})],
    }
    return {"sessions": [feed, fix] if setting.days > 2 else [feed]}


def fluid(draw: Draw, setting: Setting) -> Keys | None:
    if setting.days < 2:
        return None
    count = _count(draw, setting, 1, 3, 2)
    run = step("run", draw.whole(240, 360, 30), 0, uses={"fluid-rack": 1, "power": "300 W"})
    swap = step("swap the sample", draw.whole(45, 90, 5), 1, uses={"fluid-rack": 1})
    return {
        "crew": {"skills": {"physics": draw.one(["user", "operator"])}},
        "sessions": [
            {"id": "swap", "steps": [swap]},
            {
                "id": "run",
                "during": "night",
                "avoid": "docking",
                "after": {"session": "swap", "min": "30 min", "max": "4 d"},
                **_repeat(count, min="10 h"),
                "steps": [run],
            },
        ],
    }


def crystal(draw: Draw, setting: Setting) -> Keys | None:
    if setting.days < 6:
        return None
    count = _count(draw, setting, 1, 3, 3)
    photo = {
        "id": "photo",
        "after": {"session": "start", "min": "1 d", "max": "4 d"},
        **_repeat(count, min="36 h"),
        "steps": [step("photograph", draw.whole(10, 20, 5), 1)],
    }
    return {
        "crew": {"skills": {"biology": "user"}},
        "holds": {f"locker-{draw.whole(1, setting.units)}": 1, "power": "40 W"},
        "sessions": [
            {"id": "start", "steps": [step("activate", 30, 1)]},
            photo,
            {
                "id": "stop",
                "after": {"session": "photo", "min": "12 h"},
                "steps": [step("deactivate", 30, 1, uses={"freezer": 1})],
            },
        ],
    }


def furnace(draw: Draw, setting: Setting) -> Keys:
    count = _count(draw, setting, 2, 4, 2)
    steps = [
        step("change the sample", draw.whole(45, 90, 5), 1, uses={"furnace": 1}),
        step("process", draw.whole(180, 360, 30), 0, uses={"furnace": 1, "power": "600 W"}),
        step("secure", draw.whole(10, 20, 5), 1, uses={"furnace": 1}),
    ]
    return {
        "crew": {"skills": {"materials": draw.one(["operator", "specialist"])}},
        "sessions": [{"id": "melt", **_repeat(count, min="4 h"), "steps": steps}],
    }


def earth(draw: Draw, setting: Setting) -> Keys:
    count = _count(draw, setting, 2, 6, 0.6)
    steps = [step("prepare", 5, 1), step("photograph", 10, 1, during="imaging", uses={"camera": 1})]
    return {
        "unordered": True,
        "crew": {"skills": ["photography"]},
        "sessions": [{"id": "pass", **_repeat(count), "steps": steps}],
    }


def downlink(draw: Draw, setting: Setting) -> Keys:
    crew = [{"is": person} for person in draw.some(setting.crew, draw.whole(1, 2))]
    count = _count(draw, setting, 1, 2, 5)
    live = step("live", draw.whole(25, 40, 5), crew, uses={"video-link": "8 Mbit/s"})
    return {"sessions": [{"id": "live", "during": "relay", **_repeat(count, min="1 d"), "steps": [live]}]}


def demonstration(draw: Draw, setting: Setting) -> Keys | None:
    if setting.days < 4:
        return None
    most = f"{draw.whole(4, 8)} d"
    return {
        "crew": {"skills": ["robotics"]},
        "sessions": [
            {"id": "install", "steps": [step("install", draw.whole(20, 60, 5), 1)]},
            {
                "id": "check",
                "after": {"session": "install", "min": "1 d", "max": "3 d"},
                "steps": [step("check", draw.whole(10, 25, 5), 1)],
            },
            {
                "id": "remove",
                "after": {"session": "check", "min": "1 d", "max": most},
                "steps": [step("remove", draw.whole(20, 40, 5), 1)],
            },
        ],
    }


def assembly(draw: Draw, setting: Setting) -> Keys:
    count = _count(draw, setting, 1, 5, 1)
    pair = [{"skills": {"robotics": "operator"}}, {"any_of": draw.some(setting.crew, max(2, len(setting.crew) - 1))}]
    return {
        "sessions": [
            {
                "id": "build",
                **_repeat(count, min="2 h"),
                "steps": [step("build", draw.whole(75, 150, 15), pair, uses={"workbench": 1})],
            }
        ]
    }


def drops(draw: Draw, setting: Setting) -> Keys:
    count = _count(draw, setting, 2, 7, 0.5)
    film = step("film", draw.whole(45, 90, 5), 1, uses={"glovebox-1": 1, "power": "120 W"})
    return {"crew": {"skills": {"physics": "user"}}, "sessions": [{"id": "film", **_repeat(count), "steps": [film]}]}


Kind = Callable[[Draw, Setting], Keys | None]

#: kind -> its title, and how often it is drawn
KINDS: dict[Kind, tuple[str, int]] = {
    blood: ("Blood draw and processing", 5),
    saliva: ("Saliva on waking", 2),
    log: ("Daily log", 1),
    battery: ("Cognition battery", 2),
    wearable: ("Day-long wearable recording", 4),
    headset: ("Headset session", 9),
    ultrasound: ("Remotely guided ultrasound", 7),
    plant: ("Plant growth", 6),
    algae: ("Algae bags", 4),
    cells: ("Cell culture", 10),
    fluid: ("Fluid physics by night", 6),
    crystal: ("Crystal growth", 5),
    furnace: ("Furnace samples", 6),
    earth: ("Earth photography", 4),
    downlink: ("Live event", 6),
    demonstration: ("Technology demonstration", 7),
    assembly: ("Assembly by two", 9),
    drops: ("Drops", 6),
}
