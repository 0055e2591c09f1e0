"""The mission of mission-format §2, word for word, and how it is read."""

from __future__ import annotations

import hashlib
import json
import pickle
import re
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
import yaml
from scenario_builders import PAGE

from payload.errors import MissionError
from payload.met import DAY, HOUR, MINUTE, Calendar, Window
from payload.model import (
    After,
    AllOf,
    Buffer,
    Daily,
    Gap,
    Level,
    Limit,
    Quantity,
    Relative,
    Renewable,
    Repeat,
    Rig,
    RigCall,
    Role,
    Targets,
)
from payload.scenario import mission_text, read_mission


@pytest.fixture(scope="module")
def page():
    return read_mission(PAGE)


def test_the_head(page):
    assert (page.id, page.title, page.grid_ms) == ("example", "Five days of a payload expert", 5 * MINUTE)
    assert page.calendar == Calendar(datetime(2026, 10, 25, 22, tzinfo=UTC), "Asia/Shanghai", 1)
    assert page.end == 4 * DAY + 16 * HOUR


def test_people(page):
    commander, expert = page.crew
    assert commander.skills == {"piloting": Level.SPECIALIST, "medical": Level.OPERATOR}
    assert expert.skills == {"biology": Level.OPERATOR, "glovebox": Level.OPERATOR}
    assert expert.aboard == Window(0, 4 * DAY + 14 * HOUR)
    assert page.seats == {"payload-expert": "prime"}


def test_another_candidate_flies(page):
    backup = read_mission(PAGE, {"payload-expert": "backup"})
    assert backup.crew[1].skills == {"biology": Level.OPERATOR, "glovebox": Level.USER}
    assert backup.sha256 == page.sha256


@pytest.mark.parametrize(
    ("seat", "candidate", "hint"),
    [
        ("payload-expert", "bakcup", "did you mean 'payload-expert=backup'?"),
        ("pilot", "zed", "known: payload-expert=backup, payload-expert=prime"),
    ],
)
def test_an_unknown_candidate(seat, candidate, hint):
    with pytest.raises(MissionError) as error:
        read_mission(PAGE, {seat: candidate})
    assert str(error.value) == f"{PAGE}: crew: unknown seat or candidate '{seat}={candidate}' ({hint})"


def test_resources_are_in_base_units(page):
    assert page.resources["power"] == Renewable("power", "power", 1_200_000, ((Window(42 * HOUR, 48 * HOUR), 600_000),))
    assert page.resources["recorder"] == Buffer("recorder", "data", 480_000_000_000, 100_000_000, ("relay",))


def test_windows(page):
    assert page.windows["night"] == Daily(22 * HOUR, 5 * HOUR + 30 * MINUTE)
    assert page.windows["imaging"] == AllOf(("homeland", "sunlit"))
    homeland = page.windows["homeland"]
    assert isinstance(homeland, Targets)
    assert (homeland.peaks, homeland.sun_min, homeland.sun_max) == ((30.0,), (15.0,), (None,))


def test_duties(page):
    duties = {duty.id: duty for duty in page.routine}
    assert list(duties) == ["sleep", "post-sleep", "breakfast", "lunch", "exercise", "dinner", "review", "briefing"]
    assert (duties["sleep"].at_ms, duties["sleep"].people) == (21 * HOUR + 30 * MINUTE, ("commander", "payload-expert"))
    assert duties["lunch"].between_ms == (11 * HOUR + 30 * MINUTE, 13 * HOUR + 30 * MINUTE)
    assert duties["exercise"].uses == {"treadmill": 1}
    assert (duties["review"].days, duties["review"].people) == (frozenset({date(2026, 10, 26)}), ("commander",))
    assert (duties["briefing"].between, duties["briefing"].together) == (Window(2 * HOUR, 6 * HOUR), True)


def test_rules(page):
    rules = {rule.id: rule for rule in page.rules}
    assert rules["rest"] == Gap(
        id="rest", per_crew=True, weight=Fraction(1, 2), gap_ms=2 * HOUR, after=("post-sleep",), before=("lesson",)
    )
    assert rules["host"] == Limit(
        id="host",
        per_crew=True,
        per_day=True,
        people=("commander",),
        days=frozenset({date(2026, 10, 26), date(2026, 10, 27)}),
        limit_ms=HOUR,
        of=("sessions",),
    )
    assert page.shares == {"SUPARCO": 90 * MINUTE}


def test_rigs(page):
    limits = {"temperature": (Quantity(4_000, "temperature"), Quantity(45_000, "temperature"))}
    assert page.rigs == {
        "incubator": Rig("incubator", "incubator", "twin:", limits),
        "loop": Rig("loop", "fluid-loop", "twin:"),
    }


def test_experiments_come_in_the_order_of_the_file_copies_in_their_place(page):
    assert [experiment.id for experiment in page.experiments] == [
        "seeds",
        "blood",
        "saliva",
        "sleep-diary-commander",
        "sleep-diary-payload-expert",
        "lesson",
        "glaciers",
        "fluid",
        "packing",
    ]


def test_the_seeds(page):
    seeds = page.experiments[0]
    assert (seeds.value, seeds.minimum, seeds.same_people, seeds.session_count) == (10, 3, True, 4)
    assert seeds.holds == {"power": 70_000, "biotech-rack": 1}
    sow, water, harvest = seeds.sessions
    biologist = Role(1, skills={"biology": Level.OPERATOR})
    assert [step.crew for step in sow.steps] == [(biologist,), (), (biologist,)]
    assert sow.steps[1].rig == RigCall("incubator", "heat", {"target": Quantity(24_000, "temperature")})
    assert sow.between == (Window(2 * HOUR, DAY),)
    assert water.repeat == Repeat(2, every_ms=DAY, tolerance_ms=4 * HOUR)
    assert water.after == (After("seeds/sow", 12 * HOUR, 2 * DAY),)
    assert water.steps[0].produces == {"recorder": 16_000_000_000}
    both = Role(1, skills={"biology": Level.OPERATOR, "glovebox": Level.OPERATOR})
    assert harvest.steps[0].crew == (both,)


def test_the_blood_draw(page):
    (draw,) = page.experiments[1].sessions
    assert draw.relative == Relative("breakfast", True, 50 * MINUTE)
    assert draw.repeat == Repeat(2, min_ms=36 * HOUR)
    assert [(step.min_ms, step.max_ms) for step in draw.steps] == [
        (15 * MINUTE, 15 * MINUTE),
        (10 * MINUTE, 20 * MINUTE),
        (10 * MINUTE, 10 * MINUTE),
    ]
    assert [step.crew for step in draw.steps] == [
        (Role(1, is_="payload-expert"), Role(2, skills={"medical": Level.OPERATOR})),
        (),
        (Role(2),),
    ]


def test_one_on_each_day(page):
    (sample,) = page.experiments[2].sessions
    assert sample.repeat == Repeat(3, each_day=True)
    assert sample.days == frozenset(date(2026, 10, day) for day in (27, 28, 29))


def test_a_copy_for_each_person(page):
    copies = page.experiments[3:5]
    assert [(copy.written_id, copy.value) for copy in copies] == [("sleep-diary", 1), ("sleep-diary", 1)]
    assert [copy.sessions[0].steps[0].crew for copy in copies] == [
        (Role(1, is_="commander"),),
        (Role(1, is_="payload-expert"),),
    ]


def test_what_the_experiment_says_holds_for_its_sessions(page):
    fluid = page.experiments[7]
    assert (fluid.sessions[0].during, fluid.sessions[0].avoid) == (("night",), ("docking",))


def test_marks_know_both_forms_of_a_path(page):
    line = next(n for n, text in enumerate(PAGE.read_text().splitlines(), 1) if "{do: soak" in text)
    for path in ("experiments[seeds].sessions[sow].steps[1].for", "experiments[0].sessions[0].steps[1].for"):
        assert (page.marks[path].file, page.marks[path].line) == (str(PAGE), line)
    assert page.marks["shares"].column == 1
    assert "experiments[seeds].colour" not in page.marks
    assert "experiments[99]" not in page.marks
    paths = list(page.marks)
    assert len(paths) == len(set(paths)) == len(page.marks)
    assert all(page.marks[path].line for path in paths)


def test_a_mission_can_be_sent_to_another_process(page):
    again = pickle.loads(pickle.dumps(page))
    assert again == page
    assert again.marks["mission"] == page.marks["mission"]


def test_the_hash_is_of_the_mission_as_read(page):
    """Reckoned again from PyYAML's untyped reading: every plain text that is a number or truth value becomes one."""

    def typed(value):
        if isinstance(value, dict):
            return {key: typed(one) for key, one in value.items()}
        if isinstance(value, list):
            return [typed(one) for one in value]
        if value in ("true", "false"):
            return value == "true"
        if re.fullmatch(r"-?[0-9]+", value):
            return int(value)
        return float(value) if re.fullmatch(r"-?[0-9]+\.[0-9]+", value) else value

    raw = typed(yaml.load(PAGE.read_text(), yaml.BaseLoader))
    text = json.dumps(raw, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert page.sha256 == hashlib.sha256(text.encode()).hexdigest()


def test_the_mission_as_read_reads_back_as_the_same_mission(page, tmp_path):
    file = tmp_path / "mission.yaml"
    file.write_text(mission_text(PAGE), encoding="utf-8")
    again = read_mission(file)
    assert again == page
    assert hashlib.sha256(file.read_bytes()).hexdigest() == page.sha256
