"""The generator: a size and a seed make one mission.yaml, the same bytes every time.

    python bench/crewbench/generate.py --size crew-week --seed 7 > mission.yaml
    python bench/crewbench/generate.py --freeze         # writes the frozen instances and their sums

What is drawn, and after which sources, is told in README.md.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from crewbench.draw import Draw
from crewbench.sizes import INSTANCES, SIZES, SUMS, Size, instance_path
from crewbench.surroundings import day, resources, routine, rules, weekdays, windows
from crewbench.templates import KINDS, Keys, Kind, Setting
from crewbench.yaml_lines import document

#: What one person's sessions may take: on a working day, a Saturday, a Sunday (minutes).
WORKDAY, SATURDAY, SUNDAY = 390, 180, 40
#: Times the crew's time that the sessions drawn ask for.
ASKED = (1.3, 1.6)
SKILLS = ("biology", "glovebox", "materials", "medical", "photography", "physics", "robotics")
LEVELS = (("user", 3), ("operator", 5), ("specialist", 2))
#: What an experiment is worth beside its length: a long-tailed list.
WORTH = (3, 4, 5, 5, 6, 7, 8, 8, 9, 10, 11, 12, 14, 16, 19, 24, 32)


def generate(size: Size, seed: int) -> str:
    """The text of a mission.yaml."""
    draw = Draw(f"crewbench {size.name} {seed}")
    monday = date(2027, 1, 4) + timedelta(weeks=draw.whole(0, 40))
    first = monday + timedelta(days={1: 2, 7: 0}.get(size.days, draw.whole(0, 6)))
    days = weekdays(first, size.days)
    people = tuple(f"crew-{number}" for number in range(1, draw.one(size.crew) + 1))
    units = -(-len(people) // 3)
    holiday = draw.whole(size.days // 3, 2 * size.days // 3) if size.days >= 18 else 0
    crew = _crew(draw, people)
    surroundings = windows(draw, size.days)
    experiments, taken = _experiments(draw, size.days, people, units, _time_there(days, len(people), holiday))
    fluids = [entry["id"] for entry in experiments if str(entry["id"]).startswith("drops-")]
    scans = [entry["id"] for entry in experiments if str(entry["id"]).startswith("ultrasound-")]
    mission: Keys = {
        "payload": 1,
        "mission": {
            "id": f"{size.name}-{seed}",
            "title": f"crewbench {size.name}, seed {seed}: {size.days} days, {len(people)} crew",
            "start": f"{first.isoformat()}T00:00:00Z",
            "end": day(size.days + 1, 0),
            "clock": "UTC",
            "grid": "5 min",
        },
        "crew": crew,
        "resources": resources(draw, size.days, len(people), units, taken),
        "environment": {"windows": surroundings},
        "routine": routine(draw, people, days),
        "rules": rules(draw, days, holiday, fluids, scans, (WORKDAY, SATURDAY, SUNDAY)),
        "experiments": experiments,
    }
    return document(mission)


def _time_there(days: list[str], crew: int, holiday: int) -> int:
    """The crew's time for sessions, in minutes."""
    most = {"sat": SATURDAY, "sun": SUNDAY}
    return crew * sum(most.get(name, WORKDAY) for number, name in enumerate(days, 1) if number != holiday)


def _crew(draw: Draw, people: tuple[str, ...]) -> list[Keys]:
    """Four or five skills each; every skill is held by two operators, in crews of three or more by a specialist."""
    levels = [{skill: draw.weighted(LEVELS) for skill in draw.some(SKILLS, draw.whole(4, 5))} for _ in people]
    for skill in SKILLS:
        for index in (best := draw.some(range(len(people)), 2)):
            if levels[index].get(skill) != "specialist":
                levels[index][skill] = "operator"
        if all(held.get(skill) != "specialist" for held in levels):
            levels[best[0]][skill] = "specialist"
    return [{"id": who, "skills": dict(sorted(held.items()))} for who, held in zip(people, levels, strict=True)]


def _experiments(
    draw: Draw, days: int, people: tuple[str, ...], units: int, there: int
) -> tuple[list[Keys], dict[str, int]]:
    """Experiments until they ask for the drawn multiple of the crew's time; and how much they use up."""
    asked = draw.between(*ASKED) * there
    kinds = [(kind, weight) for kind, (_, weight) in KINDS.items()]
    found: list[Keys] = []
    taken: dict[str, int] = defaultdict(int)
    numbers: dict[Kind, int] = defaultdict(int)
    total = 0
    while total < asked:
        kind = draw.weighted(kinds)
        span = days if days <= 7 else min(days, draw.whole(6, 6 + days // 2 if days <= 20 else 40))
        opens = draw.whole(1, days - span + 1)
        keys = kind(draw, Setting(span, people, units))
        if keys is None:
            continue
        numbers[kind] += 1
        sessions = keys["sessions"]
        assert isinstance(sessions, list)
        copies = len(people) if keys.get("for") == "all" else 1
        counts = [_repeats(session, span) for session in sessions]
        work = copies * sum(count * _crew_minutes(session) for session, count in zip(sessions, counts, strict=True))
        total += work
        for session, count in zip(sessions, counts, strict=True):
            for step in session["steps"]:
                for name in ("swabs", "freezer"):
                    taken[name] += copies * count * step.get("uses", {}).get(name, 0)
        entry: Keys = {"id": f"{kind.__name__}-{numbers[kind]:03d}", "title": KINDS[kind][0]}
        entry["value"] = max(1, int(draw.one(WORTH) * (1 + 2 * (work / 60) ** 0.5) / 2))
        entry |= _minimum(draw, keys, sum(counts))
        entry |= {key: value for key, value in keys.items() if key != "sessions"}
        if kind.__name__ == "log":
            entry["days"] = f"{opens}..{opens + span - 1}"
        elif span < days:
            entry["between"] = [day(opens, 0), day(opens + span, 0)]
        found.append({**entry, "sessions": sessions})
    return found, dict(taken)


def _minimum(draw: Draw, keys: Keys, count: int) -> Keys:
    """A third of the experiments with several sessions are worth nothing below some of them."""
    each_day = any(session.get("repeat", {}).get("each") for session in keys["sessions"])  # type: ignore[attr-defined]  # YAML data
    if count < 2 or each_day or not draw.chance(0.35):
        return {}
    return {"minimum": "all" if count < 5 and draw.chance(0.3) else draw.whole(2, max(2, count // 2 + 1))}


def _repeats(session: Keys, span: int) -> int:
    repeat = session.get("repeat", {})
    assert isinstance(repeat, dict)
    return span if repeat.get("each") else int(repeat.get("count", 1))


def _crew_minutes(session: Keys) -> int:
    """What one repeat takes of people's working time; what is inside a duty takes none."""
    if "inside" in session:
        return 0
    total = 0
    for step in session["steps"]:  # type: ignore[attr-defined]  # YAML data
        crew = step["crew"]
        amount, unit = step["for"].split()
        total += int(amount) * {"min": 1, "h": 60, "d": 1440}[unit] * (len(crew) if isinstance(crew, list) else crew)
    return total


def freeze() -> None:
    """Writes every frozen instance and the file of their sums."""
    INSTANCES.mkdir(exist_ok=True)
    lines = []
    for size in SIZES.values():
        for seed in size.frozen:
            path = instance_path(size.name, seed)
            path.write_text(generate(size, seed), encoding="utf-8", newline="\n")
            lines.append(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n")
    SUMS.write_text("".join(lines), encoding="utf-8", newline="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description="Generates a mission of the benchmark.")
    parser.add_argument("--size", choices=list(SIZES), default="crew-week")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--freeze", action="store_true", help="write the frozen instances anew")
    chosen = parser.parse_args()
    if chosen.freeze:
        freeze()
    else:
        sys.stdout.write(generate(SIZES[chosen.size], chosen.seed))


if __name__ == "__main__":
    main()
