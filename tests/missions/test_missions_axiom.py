"""The 18 days of Axiom Mission 4 say what their sheet says, and what is known of the flight."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from payload import missions
from payload.environment import tle_age_days, windows_of
from payload.met import MINUTE
from payload.model import AmountLimit, Limit, Mission
from payload.scenario import read_mission

GUESTS = ("cdr", "plt", "ms1", "ms2")

# row: experiment as written, sessions of all its copies, minutes of all its people
SHEET = {
    "B01": ("myogenesis", 6, 450),
    "B02": ("sprouts", 5, 75),
    "B03": ("microalgae", 10, 200),
    "B04": ("tardigrades", 5, 125),
    "B05": ("displays", 15, 600),
    "B06": ("cyanobacteria", 3, 135),
    "B07": ("crop-seeds", 2, 30),
    "B08": ("cancer-in-leo", 7, 420),
    "B09": ("fruit-fly", 9, 90),
    "B10": ("vitapric", 7, 105),
    "B11": ("microfluidics", 3, 270),
    "B12": ("dosimeter", 8, 80),
    "B13": ("tesh", 4, 480),
    "B14": ("uhu", 6, 90),
    "B15": ("eye-drug", 2, 40),
    "B16": ("printing", 3, 135),
    "B17": ("spinning-water", 2, 120),
    "B18": ("leopard", 3, 60),
    "B19": ("drugs", 2, 60),
    "B20": ("mxene", 3, 75),
    "B21": ("mental-health", 16, 320),
    "B22": ("eeg", 5, 150),
    "B23": ("gut", 3, 45),
    "B24": ("immune-multiomics", 3, 270),
    "B25": ("volcanic-algae", 4, 80),
    "B26": ("yeast", 4, 100),
    "B27": ("acoustics", 12, 180),
    "B28": ("photongrav", 4, 360),
    "B29": ("radiation-monitor", 2, 40),
    "B30": ("neuro-motion", 4, 540),
    "B31": ("cerebral-flow", 6, 270),
    "B32": ("stimulation", 9, 270),
    "B33": ("suit-fabric", 6, 120),
    "B34": ("suite-ride", 10, 100),
    "B35": ("ring", 16, 80),
    "B36": ("saudi-challenge", 4, 120),
    "B37": ("habitat", 9, 135),
    "B38": ("bio-bank", 1, 240),
    "B61": ("calls", 6, 120),
    "B62": ("lessons", 8, 240),
    "B63": ("radio", 6, 150),
    "B64": ("imagery", 52, 780),
}
SMALL = {f"small-{n:02}": (2, 30) for n in range(1, 23)}  # B39 to B60


@pytest.fixture(scope="module")
def flown() -> Mission:
    return read_mission(missions.path("axiom-4"))


def demand(mission: Mission) -> dict[str, tuple[int, int]]:
    """Sessions and minutes of people, by the experiment's id as written."""
    sessions: Counter[str] = Counter()
    minutes: Counter[str] = Counter()
    for experiment in mission.experiments:
        sessions[experiment.written_id] += experiment.session_count
        for session in experiment.sessions:
            once = sum(step.min_ms * len(step.crew) for step in session.steps) // MINUTE
            minutes[experiment.written_id] += session.repeat.count * once
    return {name: (count, minutes[name]) for name, count in sessions.items()}


def duty_minutes(mission: Mission, *ids: str) -> int:
    return sum(duty.duration_ms * len(duty.people) for duty in mission.routine if duty.id in ids) // MINUTE


def test_every_row_of_the_sheet_is_there_with_its_count_and_minutes(flown: Mission) -> None:
    assert demand(flown) == {name: (count, minutes) for name, count, minutes in SHEET.values()} | SMALL
    assert (duty_minutes(flown, "safety-brief", "handover"), duty_minutes(flown, "packing", "cold-stow")) == (960, 960)
    assert sum(minutes for _, minutes in demand(flown).values()) + 2 * 960 == 10_930


def test_each_row_stands_in_a_comment_that_says_what_is_assumed() -> None:
    text = (missions.path("axiom-4") / "mission.yaml").read_text(encoding="utf-8")
    rows = set(re.findall(r"# (B\d\d)(?: to B60)? \[(?:part assumed|assumed)\]: ", text))
    assert rows == set(SHEET) | {"B39", "B65", "B66"}


def test_sixty_studies_of_which_no_one_is_a_person(flown: Mission) -> None:
    studies = {e.written_id for e in flown.experiments} - {"calls", "lessons", "radio", "imagery"}
    assert len(studies) == 60
    assert [person.id for person in flown.crew] == [*GUESTS, "h1", "h2"]


def test_days_are_flight_days_and_two_of_them_are_off(flown: Mission) -> None:
    assert flown.calendar.format_day(0) == "day 2 10:31"
    assert flown.calendar.format_day(flown.end) == "day 20 11:15"
    off = next(rule for rule in flown.rules if rule.id == "off-duty")
    assert isinstance(off, Limit)
    assert off.limit_ms == 0
    assert {day.isoformat() for day in off.days or ()} == {"2025-07-03", "2025-07-09"}


def test_no_night_photography_from_6_july_to_11_july(flown: Mission) -> None:
    """The orbit lies in sunlight from 6 July 14:41 to 11 July 09:27 UTC: computed from other elements than these, and
    more finely, so within two minutes."""
    nights = windows_of(flown)["orbital-night"]
    before = max(w.end for w in nights if flown.calendar.day_of(w.end) <= 12)
    after = min(w.start for w in nights if w.start > before)
    assert abs(before - flown.calendar.parse("2025-07-06T14:41:00Z")) < 2 * MINUTE
    assert abs(after - flown.calendar.parse("2025-07-11T09:27:00Z")) < 2 * MINUTE


def test_the_contact_of_4_july_is_the_pass_that_was_announced(flown: Mission) -> None:
    """India's first contact was announced for 10:17 UTC; three sets of elements give AOS at 10:18:10 to 10:18:15."""
    passes = [w for w in windows_of(flown)["telebridge"] if flown.calendar.day_of(w.start) == 10]
    assert "day 10 10:18:12" in [flown.calendar.format_day(w.start) for w in passes]


def test_the_relay_is_seen_nine_tenths_of_the_time(flown: Mission) -> None:
    assert 0.85 < sum(w.length_ms for w in windows_of(flown)["ku"]) / flown.end < 0.90


def test_the_orbit_is_of_the_middle_of_the_stay(flown: Mission) -> None:
    oldest = tle_age_days(flown)
    assert oldest is not None
    assert oldest < 14


def test_the_planned_14_days_hold_the_same_studies_but_two_pictures_each(flown: Mission) -> None:
    planned = read_mission(missions.path("axiom-4-14-days"))
    assert demand(planned) == demand(flown) | {"imagery": (44, 660)}


def test_the_stress_asks_for_1_6_times_the_crews_time() -> None:
    planned, stress = (demand(read_mission(missions.path(f"axiom-4-{name}"))) for name in ("14-days", "stress"))
    ratio = sum(minutes for _, minutes in stress.values()) / sum(minutes for _, minutes in planned.values())
    assert 1.55 < ratio < 1.65


def test_the_mission_uses_the_rarer_words_of_the_format(flown: Mission) -> None:
    assert {duty.id for duty in flown.routine if duty.together} == {"safety-brief", "handover", "cold-stow"}
    assert {rule.id for rule in flown.rules if rule.weight is not None} == {"calm"}
    assert not any(isinstance(rule, AmountLimit) for rule in flown.rules)
    assert set(read_mission(missions.path("axiom-4-stress")).shares) == {"ISRO", "HUNOR", "IGNIS"}
    assert flown.shares == {}
    covered = {name for e in flown.experiments for s in e.sessions for step in s.steps for name in step.covers}
    assert covered == {"sleep", "telebridge", "shillong"}
