"""The shipped missions say what their sheet says, and can be planned as they stand."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from payload import missions
from payload.environment import tle_age_days, windows_of
from payload.errors import PayloadError
from payload.met import DAY, MINUTE
from payload.model import Experiment, Mission, Session
from payload.rigs import Bench
from payload.scenario import read_mission

EXPERT = "tiangong-payload-expert"
BASES = ("quickstart", "axiom-4", EXPERT)
SHIPPED = (
    "axiom-4",
    "axiom-4-14-days",
    "axiom-4-stress",
    "quickstart",
    EXPERT,
    f"{EXPERT}-delay",
    f"{EXPERT}-short",
    f"{EXPERT}-stranded",
    f"{EXPERT}-stress",
    f"{EXPERT}-swap",
)

# row: session, how often, the expert's minutes, the hosts' minutes, mission days (None: not narrowed by days)
SHEET = {
    "A01": ("seed-germination/sow", 1, 40, 0, None),
    "A01w": ("seed-germination/water", 4, 15, 0, {3, 4, 5, 6}),
    "A01h": ("seed-germination/harvest", 1, 50, 0, {6, 7}),
    "A02": ("protein-crystal/activate", 1, 30, 0, {2}),
    "A02p": ("protein-crystal/photo", 2, 10, 0, {4, 5, 6}),
    "A02s": ("protein-crystal/stow", 1, 30, 0, None),
    "A03": ("muscle-cells/exchange", 3, 60, 0, {2, 4, 6}),
    "A03f": ("muscle-cells/fix", 1, 70, 0, {7}),
    "A04": ("algae/tend", 5, 20, 0, {2, 3, 4, 5, 6, 7}),
    "A05": ("blood/draw", 2, 45, 45, {3, 4, 5, 6}),
    "A06": ("saliva/sample", 3, 10, 0, {2, 3, 4, 5, 6, 7}),
    "A07": ("ambulatory-ecg/wear", 2, 35, 0, {3, 4, 5, 6}),
    "A08": ("cognition/test", 3, 25, 0, {2, 3, 4, 5, 6}),
    "A09 evening": ("reaction/evening", 7, 5, 0, {1, 2, 3, 4, 5, 6, 7}),
    "A09 morning": ("reaction/morning", 7, 5, 0, {2, 3, 4, 5, 6, 7, 8}),
    "A10": ("vr-orientation/run", 3, 60, 0, {3, 4, 5, 6}),
    "A11": ("ultrasound/scan", 2, 60, 60, {3, 4, 5, 6}),
    "A12": ("fluid-physics/swap", 1, 45, 0, {3}),
    "A12r": ("fluid-physics/night-run", 3, 0, 0, {3, 4, 5, 6}),
    "A13": ("containerless/exchange", 1, 30, 60, {4}),
    "A14": ("dosimeters/deploy", 1, 20, 0, {2, 3}),
    "A14r": ("dosimeters/retrieve", 1, 25, 0, {6, 7}),
    "A15": ("earth-observation/pass", 4, 15, 0, {2, 3, 4, 5, 6, 7}),
    "A16": ("head-of-state-call/call", 1, 20, 40, None),
    "A17": ("student-lesson/lesson", 1, 45, 45, {5}),
    "A18": ("school-contact/contact", 1, 25, 0, {4, 5, 6}),
    "A19": ("safety-brief/brief", 1, 60, 60, {1}),
    "A20": ("medical-conference/talk", 7, 15, 0, {1, 2, 3, 4, 5, 6, 7}),
    "A21": ("family-conference/call", 2, 20, 0, {2, 3, 4, 5, 6, 7}),
    "A22": ("housekeeping/share", 5, 30, 0, {2, 3, 4, 5, 6}),
    "A23": ("return-packing/pack", 1, 120, 60, {7}),
    "A23c": ("cold-bag-load/load", 1, 30, 30, None),
    "A24": ("suit-check/check", 1, 60, 120, None),
}


@pytest.fixture(scope="module")
def expert() -> Mission:
    return read_mission(missions.path(EXPERT))


def sessions(mission: Mission) -> dict[str, tuple[Experiment, Session]]:
    return {f"{e.id}/{s.id}": (e, s) for e in mission.experiments for s in e.sessions}


def minutes(mission: Mission, session: Session, of_expert: bool) -> int:
    """The expert's (or everybody else's) minutes in one holding of the session; every role names its person."""
    length_ms = sum(step.min_ms for step in session.steps for role in step.crew if (role.is_ == "px") is of_expert)
    return length_ms // MINUTE


def test_each_shipped_mission_stands_where_it_says_and_is_called_as_its_folder() -> None:
    assert missions.names() == SHIPPED
    assert tuple(read_mission(missions.path(name)).id for name in missions.names()) == SHIPPED


@pytest.mark.parametrize("name", [name for name in missions.names() if name not in BASES])
def test_a_variant_extends_a_shipped_mission_of_its_family(name: str) -> None:
    text = (missions.path(name) / "mission.yaml").read_text(encoding="utf-8")
    base = re.search(r"^extends: builtin:(.+)$", text, re.MULTILINE)
    assert base
    assert base[1] in missions.names()
    assert name.startswith("-".join(base[1].split("-")[:2]))


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("tiangong-payload-exprt", "did you mean 'tiangong-payload-expert'?"),
        ("quickstrat", "did you mean 'quickstart'?"),
        ("../missions", f"there are: {', '.join(SHIPPED)}"),
        ("", f"there are: {', '.join(SHIPPED)}"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(name: str, hint: str) -> None:
    with pytest.raises(PayloadError) as told:
        missions.path(name)
    assert str(told.value) == f"no shipped mission is called {name!r}; {hint}"


def test_every_row_of_the_sheet_is_there_with_its_count_minutes_and_days(expert: Mission) -> None:
    there = sessions(expert)
    read = {}
    for row, (name, *_) in SHEET.items():
        _, session = there.pop(name)
        days = None if session.days is None else {expert.calendar.day_number(day) for day in session.days}
        read[row] = (
            name,
            session.repeat.count,
            minutes(expert, session, of_expert=True),
            minutes(expert, session, of_expert=False),
            days,
        )
    assert read == SHEET
    assert set(there) == {"loop-check/degas"}


def test_the_demand_is_that_of_the_sheet_less_two_passes_that_do_not_exist(expert: Mission) -> None:
    demand = [
        sum(s.repeat.count * minutes(expert, s, of_expert) for _, s in sessions(expert).values())
        for of_expert in (True, False)
    ]
    assert demand == [2080 - 2 * 15, 625]


def test_each_of_the_32_rows_stands_in_a_comment_that_says_what_is_assumed() -> None:
    text = (missions.path(EXPERT) / "mission.yaml").read_text(encoding="utf-8")
    rows = {row.split()[0] for row in SHEET}
    assert len(rows) == 32
    assert rows == set(re.findall(r"# (A\d\d[a-z]?) \[(?:part assumed|assumed|sourced)\]: ", text))


def test_operations_are_required_and_worth_nothing(expert: Mission) -> None:
    required = {e.id: e.value for e in expert.experiments if e.required}
    assert required == dict.fromkeys(
        (
            "safety-brief",
            "medical-conference",
            "housekeeping",
            "return-packing",
            "cold-bag-load",
            "suit-check",
            "loop-check",
        ),
        0,
    )


def test_only_four_daylight_passes_above_thirty_degrees_exist_that_week(expert: Mission) -> None:
    imaging = windows_of(expert)["imaging"]
    assert [expert.calendar.day_of(window.start) for window in imaging] == [3, 5, 6, 7]
    assert all(window.length_ms >= 10 * MINUTE for window in imaging)


def test_each_photo_session_and_a_few_school_contacts_hold_a_whole_pass_on_the_grid(expert: Mission) -> None:
    def starts(name: str, length_ms: int, days: range) -> list[str]:
        """The last start on the grid from which an activity of this length holds all of a pass, in these days."""
        found = []
        for window in windows_of(expert)[name]:
            at = window.start - (window.start - expert.grid_origin) % expert.grid_ms
            if window.end <= at + length_ms and expert.calendar.day_of(at) in days:
                found.append(expert.calendar.format_day(at))
        return found

    passes = ["day 3 19:05", "day 5 18:40", "day 6 17:40", "day 7 18:15"]
    assert starts("indus", 15 * MINUTE, range(2, 8)) == passes
    contacts = starts("islamabad", 15 * MINUTE, range(4, 7))
    assert {"day 4 18:05", "day 5 20:20", "day 6 19:20"} <= set(contacts)


def test_the_relay_is_seen_nearly_always_with_a_short_gap_each_orbit(expert: Mission) -> None:
    relay = windows_of(expert)["relay"]
    gaps = [after.start - before.end for before, after in pairwise(relay)]
    assert 0.97 < sum(window.length_ms for window in relay) / expert.end < 0.98
    assert len(gaps) == 101
    assert min(gaps) > 1.3 * MINUTE
    assert max(gaps) < 4.3 * MINUTE


def test_the_orbit_is_37_days_old_on_docking_day(expert: Mission) -> None:
    oldest = tle_age_days(expert)
    assert oldest is not None
    assert round(oldest - expert.end / DAY) == 37


@pytest.mark.parametrize("name", missions.names())
def test_every_rig_is_called_and_would_take_its_calls(name: str, tmp_path: Path) -> None:
    mission = read_mission(missions.path(name))
    bench = Bench(mission.rigs, folder=tmp_path)
    called = set()
    for experiment, session in sessions(mission).values():
        for step in session.steps:
            if step.rig:
                assert step.crew == (), experiment.id
                bench.check(step.rig, step.min_ms)  # raises where a name, a range or a limit of the kind is broken
                called.add(step.rig.rig)
    assert called == set(mission.rigs)


def test_the_seat_has_two_candidates_of_equal_skill(expert: Mission) -> None:
    seat = next(person for person in expert.crew if person.id == "px")
    assert set(seat.candidates) == {"prime", "backup"}
    assert expert.seats == {"px": "prime"}
    swapped = expert.with_seats({"px": "backup"})
    assert [person.skills for person in swapped.crew] == [person.skills for person in expert.crew]


def test_nothing_in_the_shipped_missions_names_a_person() -> None:
    for name in missions.names():
        for person in read_mission(missions.path(name)).crew:
            assert re.fullmatch(r"px|[ns]\d|pilot|scientist|cdr|plt|ms\d|h\d", person.id)


def test_quickstart_is_small_enough_to_read_in_a_minute() -> None:
    text = (missions.path("quickstart") / "mission.yaml").read_text(encoding="utf-8")
    mission = read_mission(missions.path("quickstart"))
    assert len(text.splitlines()) <= 70
    assert (len(mission.crew), len(mission.experiments), len(mission.windows), len(mission.rules)) == (2, 5, 1, 1)
    assert len(mission.dates()) == 1
    assert len({experiment.written_id for experiment in mission.experiments}) == 4
    assert len(mission.rigs) == 1
