"""How what is written becomes the model, where the page's mission does not show it."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from scenario_builders import faults, read, small

from payload.met import DAY, HOUR, MINUTE, Window
from payload.model import (
    After,
    AmountLimit,
    Between,
    DifferentDay,
    Exclude,
    Level,
    Limit,
    Order,
    Quantity,
    Relative,
    Repeat,
    Rig,
    Role,
    SameDay,
    Stations,
    Waiver,
)

DAYS = [date(2026, 10, day) for day in (26, 27, 28)]


def session(folder, *lines: str):
    """The first session of `SMALL` with more keys."""
    more = "".join(f"\n        {line}" for line in lines)
    return read(folder, small(("- id: sow", f"- id: sow{more}"))).experiments[0].sessions[0]


def roles(folder, experiment: str, *steps: str):
    """The roles of each step, for an experiment's `crew` line and the steps' `crew`."""
    listed = ", ".join(f"{{do: x, for: 1 h, crew: {crew}}}" for crew in steps)
    text = small(("    value: 3\n", f"    {experiment}\n"), ("[{do: sow, for: 30 min, crew: 1}]", f"[{listed}]"))
    return [step.crew for step in read(folder, text).experiments[0].sessions[0].steps]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2", DAYS[1:2]),
        ("2..3", DAYS[1:]),
        ("-5..1", DAYS[:1]),
        ("[1, 3]", [DAYS[0], DAYS[2]]),
        ("[1..2, wed]", DAYS),
        ("tue", DAYS[1:2]),
        ("sat", []),
        ("2026-10-28", DAYS[2:]),
    ],
)
def test_days(tmp_path, written, expected):
    assert session(tmp_path, f"days: {written}").days == frozenset(expected)


def test_a_duty_s_days_are_nominal_from_the_day_before_to_the_day_of_the_end(tmp_path):
    duty = read(tmp_path, small(('at: "21:30"', 'at: "21:30", days: 0..3, except: [sun]'))).routine[0]
    assert duty.days == frozenset([date(2026, 10, 25), *DAYS])
    assert duty.except_days == frozenset([date(2026, 10, 25)])


def test_what_the_experiment_and_the_session_say_both_holds(tmp_path):
    text = small(
        ("value: 3", 'value: 3\n    days: 1..2\n    during: night\n    between: ["08:00", "12:00"]'),
        (
            "- id: sow",
            "- id: sow\n        days: [2, 3]\n        between: [day 2 10:00, day 3 10:00]\n        during: [night]",
        ),
    )
    sow = read(tmp_path, text).experiments[0].sessions[0]
    assert sow.days == frozenset([DAYS[1]])
    assert sow.during == ("night",)
    assert sow.between == (Window(DAY + 4 * HOUR, DAY + 6 * HOUR),)


def test_two_local_times_are_a_window_a_date_that_may_end_on_the_next_day(tmp_path):
    assert session(tmp_path, 'between: ["22:00", "02:00"]').between == (
        Window(16 * HOUR, 20 * HOUR),
        Window(DAY + 16 * HOUR, DAY + 20 * HOUR),
    )
    assert session(tmp_path, 'between: ["22:00", "02:00"]', "days: 2").between == (
        Window(DAY + 16 * HOUR, DAY + 20 * HOUR),
    )


def test_a_start_is_an_instant_or_a_local_time_of_each_date(tmp_path):
    assert session(tmp_path, "at: day 2 20:00").at == (DAY + 14 * HOUR,)
    assert session(tmp_path, 'at: "05:00"', "days: [2, 3]").at == (23 * HOUR, DAY + 23 * HOUR)


def test_repeats(tmp_path):
    assert session(tmp_path, "repeat: {count: 3, min: 0, max: PT2H}").repeat == Repeat(3, min_ms=0, max_ms=2 * HOUR)
    assert session(tmp_path, "days: 1..3", "repeat: {each: day}").repeat == Repeat(3, each_day=True)


def test_relative_inside_and_covers(tmp_path):
    sow = session(tmp_path, "relative: {after: sleep, within: 1 h}", "inside: sleep", "covers: [night, sleep]")
    assert (sow.relative, sow.inside, sow.covers) == (Relative("sleep", False, HOUR), "sleep", ("night", "sleep"))


def test_roles_of_a_count_are_those_of_the_experiment(tmp_path):
    biologist = {"biology": Level.USER}
    assert roles(tmp_path, "crew: {skills: {biology: user}}", "2", "1", "0") == [
        (Role(1, skills=biologist), Role(2, skills=biologist)),
        (Role(1, skills=biologist),),
        (),
    ]
    assert roles(tmp_path, "crew: [{is: bob}, {any_of: [ann, bob]}]", "1", "2") == [
        (Role(1, is_="bob"),),
        (Role(1, is_="bob"), Role(2, any_of=("ann", "bob"))),
    ]
    assert roles(tmp_path, "value: 1", "2") == [(Role(1), Role(2))]


def test_a_list_replaces_the_experiment_s_crew_and_may_refer_to_a_number(tmp_path):
    assert roles(tmp_path, "crew: {is: bob}", "[{skills: [x]}, {is: ann}]", "[{role: 2}]", "1") == [
        (Role(1, skills={"x": Level.OPERATOR}), Role(2, is_="ann")),
        (Role(2),),
        (Role(1, is_="bob"),),
    ]


def test_a_copy_s_person_is_role_1_and_keeps_the_role_s_other_keys(tmp_path):
    text = small(
        ("value: 3", "value: 1\n    minimum: all\n    for: [bob, ann]\n    crew: {skills: [biology], same: true}"),
        ("crew: 1", "crew: 2"),
        ("{id: bob}", "{id: bob}, {id: cid}"),
    )
    bob, ann = read(tmp_path, text).experiments
    assert (bob.id, ann.id, bob.written_id) == ("seeds-bob", "seeds-ann", "seeds")
    assert (bob.value, bob.minimum, bob.same_people) == (Fraction(1, 2), 1, True)
    skills = {"biology": Level.OPERATOR}
    assert bob.sessions[0].steps[0].crew == (Role(1, is_="bob", skills=skills), Role(2, skills=skills))


def test_references_between_copies_stay_with_the_person(tmp_path):
    text = small(
        ("value: 3", "for: all"),
        ("- id: sow", "- id: sow\n        after: [{session: log/entry, min: 1 h}, {session: log-bob/entry}]"),
        (
            "experiments:",
            "experiments:\n  - {id: log, for: all, sessions: [{id: entry, steps: [{do: x, for: 1 h, crew: 1}]}]}",
        ),
    )
    ann = next(one for one in read(tmp_path, text).experiments if one.id == "seeds-ann")
    assert ann.sessions[0].after == (After("log-ann/entry", HOUR), After("log-bob/entry"))


def test_a_reference_to_copies_from_outside_names_one(tmp_path):
    text = small(
        ("- id: sow", "- id: sow\n        after: {session: log/entry}"),
        (
            "experiments:",
            "experiments:\n  - {id: log, for: all, sessions: [{id: entry, steps: [{do: x, for: 1 h, crew: 1}]}]}",
        ),
    )
    (told,) = faults(tmp_path, text)
    assert told.startswith("16:26: experiments[1].sessions[0].after.session: 'log' has one copy a person: name one;")
    assert told.endswith("(known: log-ann, log-bob)")


RULES = """\
rules:
  - {id: a, order: sleep, then: [seeds/sow], gap: 1 h, per: [crew, day]}
  - {id: b, limit: 0, of: sessions, days: [1, 2]}
  - {id: c, limit: 40 GB, of: disk, per: [day]}
  - {id: d, limit: 5, of: [swabs]}
  - {id: e, exclude: [seeds, sleep], weight: 0.125}
  - {id: f, different_day: seeds}
  - {id: g, same_day: [seeds/sow, seeds]}
waivers: [{rule: f, of: seeds/sow/1, reason: asked, by: fd}, {rule: grid, of: sleep/bob/2026-10-27, reason: x, by: y}]
locks: [{id: seeds/sow/1, at: day 2 06:00}]
shares: {Ministry of Seeds: {crew_time: 1 h 30 min}}
rigs: {cam: {kind: camera, url: /dev/ttyUSB0, speed: any, options: {baud: 115200, echo: false}}}
"""


def test_rules_waivers_locks_shares_and_rigs(tmp_path):
    old = "rules:\n  - {id: workday, limit: 2 h, of: sessions, per: [crew, day]}\n"
    mission = read(tmp_path, small((old, RULES), ("value: 3", "sponsor: Ministry of Seeds")))
    assert mission.rules == (
        Order(id="a", per_crew=True, per_day=True, first=("sleep",), then=("seeds/sow",), gap_ms=HOUR),
        Limit(id="b", days=frozenset(DAYS[:2]), limit_ms=0, of=("sessions",)),
        AmountLimit(id="c", per_day=True, amount=320_000_000_000, resource="disk"),
        AmountLimit(id="d", amount=5, resource="swabs"),
        Exclude(id="e", weight=Fraction(1, 8), entries=("seeds", "sleep")),
        DifferentDay(id="f", of=("seeds",)),
        SameDay(id="g", of=("seeds/sow", "seeds")),
    )
    assert mission.waivers[0] == Waiver("f", "seeds/sow/1", "asked", "fd")
    assert mission.locks == {"seeds/sow/1": DAY}
    assert mission.shares == {"Ministry of Seeds": 90 * MINUTE}
    assert mission.rigs["cam"] == Rig(
        "cam", "camera", "/dev/ttyUSB0", options={"baud": 115200, "echo": False, "speed": "any"}
    )


def test_what_a_rig_is_told(tmp_path):
    call = (
        "rig: {id: cam, call: shoot, with: {target: 24 degC, count: 3, gain: 1.5, mode: raw, wait: 20 min, hot: true}}"
    )
    text = small(("crew: 1", f"crew: 1, {call}"), ("rules:", "rigs: {cam: {kind: camera}}\nrules:"))
    told = read(tmp_path, text).experiments[0].sessions[0].steps[0].rig
    assert told is not None
    assert told.arguments == {
        "target": Quantity(24_000, "temperature"),
        "count": 3,
        "gain": 1.5,
        "mode": "raw",
        "wait": "20 min",
        "hot": True,
    }


def test_windows_and_presence_are_cut_to_the_horizon(tmp_path):
    text = small(
        ("windows: {", "windows: {dock: {between: [[day 0 06:00, day 1 08:00], [day 7 06:00, day 8 06:00]]}, "),
        ("{id: bob}", "{id: bob, aboard: {from: day 0 12:00, to: day 2 06:00}}"),
    )
    mission = read(tmp_path, text)
    assert mission.windows["dock"] == Between((Window(0, 2 * HOUR),))
    assert mission.crew[1].aboard == Window(0, DAY)


def test_stations_and_a_mission_that_starts_on_another_day_number(tmp_path):
    tle = [
        "1 48274U 21035A   26261.29773936  .00016929  00000+0  20659-3 0  9990",
        "2 48274  41.4677 116.6699 0002625 287.9042  72.1510 15.60068670307703",
    ]
    text = small(
        (
            "windows: {",
            f"orbit: {{tle: {tle}}}, windows: {{ground: {{stations: [{{lat: 1, lon: 2}}, {{lat: 3.5, lon: -4}}]}}, ",
        ),
        ("clock: Asia/Shanghai", "clock: Asia/Shanghai, first_day: 10"),
        ("end: day 3 22:00", "end: day 12 22:00"),
    )
    mission = read(tmp_path, text)
    assert mission.end == 2 * DAY + 16 * HOUR
    assert mission.orbit is not None
    assert [mission.orbit.line1, mission.orbit.line2] == tle
    ground = mission.windows["ground"]
    assert isinstance(ground, Stations)
    assert [(site.lat, site.lon, site.elevation) for site in ground.sites] == [(1.0, 2.0, 0.0), (3.5, -4.0, 0.0)]


def test_a_value_is_exact_as_written(tmp_path):
    assert read(tmp_path, small(("value: 3", "value: 0.1"))).experiments[0].value == Fraction(1, 10)
    assert read(tmp_path, small(("value: 3", "value: 12.345"))).experiments[0].value == Fraction(12_345, 1_000)
