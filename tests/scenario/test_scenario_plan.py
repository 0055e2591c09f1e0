"""plan.json: written as the page says, read back as it was."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenario_builders import MISSION, PLAN_TEXT, plan

from payload.errors import MissionError
from payload.met import Window
from payload.model import Plan, Reservation, ReservedStep, Unscheduled
from payload.scenario import plan_text, read_plan


def test_the_whole_text():
    assert plan_text(plan(), MISSION) == PLAN_TEXT


def back(folder, text: str) -> Plan:
    file = folder / "plan.json"
    file.write_text(text, encoding="utf-8")
    return read_plan(file)


def test_it_is_read_back_as_it_was(tmp_path):
    rounded = (Unscheduled("glaciers/pass/3", Fraction(1_333_333, 10**6), ("no pass is left",)),)
    assert back(tmp_path, PLAN_TEXT) == plan(unscheduled=rounded)


def test_an_infeasible_plan_says_what_clashes(tmp_path):
    none = plan(
        status="infeasible", reservations=(), unscheduled=(), value=Fraction(0), conflict=("sleep and lunch of bob",)
    )
    text = plan_text(none, MISSION)
    assert text.endswith(' "unscheduled": [],\n "conflict": [\n  "sleep and lunch of bob"]}\n')
    assert back(tmp_path, text) == none


@pytest.mark.parametrize(
    ("value", "down", "up"),
    [
        (Fraction(1, 3), "0.333333", "0.333334"),
        (Fraction(2, 3), "0.666666", "0.666667"),
        (Fraction(7), "7.0", "7.0"),
        (Fraction(1, 8), "0.125", "0.125"),
        (Fraction(10**15 * 3 + 1, 3), "1000000000000000.333333", "1000000000000000.333334"),
        (Fraction(-1, 3), "-0.333334", "-0.333333"),
    ],
)
def test_values_are_rounded_down_and_the_bound_up(value, down, up):
    lines = plan_text(plan(value=value, bound=value), MISSION).splitlines()
    assert f' "value": {down},' in lines
    assert f' "bound": {up},' in lines


instants = st.integers(0, MISSION.end)
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co"]), max_size=12)
ids = st.lists(st.sampled_from(["a", "b-2", "lunch", "2026-10-26", "7"]), min_size=3, max_size=3).map("/".join)
people = st.lists(st.sampled_from(["commander", "payload-expert"]), unique=True, max_size=2).map(tuple)
uses = st.fixed_dictionaries(
    {}, optional={name: st.integers(0, 10**13) for name in ("power", "swabs", "video-link", "recorder")}
)


@st.composite
def spans(draw):
    return sorted((draw(instants), draw(instants)))


@st.composite
def reservations(draw):
    start, end = draw(spans())
    duty = draw(st.booleans())
    steps = () if duty else tuple(ReservedStep(draw(texts), *draw(spans()), draw(people), draw(uses)) for _ in range(2))
    state = draw(st.sampled_from(["planned", "running", "done", "failed", "skipped"]))
    kind = "duty" if duty else "session"
    return Reservation(draw(ids), kind, draw(texts), start, end, draw(people), steps, state)


@settings(max_examples=60, deadline=None)
@given(
    placed=st.lists(reservations(), max_size=3).map(tuple),
    windows=st.dictionaries(
        texts, st.lists(spans().map(lambda span: Window(*span)), max_size=2).map(tuple), max_size=2
    ),
    millionths=st.integers(0, 10**12),
    shares=st.dictionaries(texts, st.tuples(instants, instants), max_size=2),
)
def test_every_plan_is_read_back_as_it_was(placed, windows, millionths, shares, tmp_path_factory):
    value = Fraction(millionths, 10**6)
    whole = plan(
        reservations=placed,
        windows=windows,
        value=value,
        bound=value + 1,
        shares=shares,
        unscheduled=(Unscheduled("a/b/1", value, ("x",), "later"),),
    )
    text = plan_text(whole, MISSION)
    again = back(tmp_path_factory.mktemp("plan"), text)
    assert again == whole
    assert plan_text(again, MISSION) == text


def told(folder, old: str, new: str) -> list[str]:
    assert old in PLAN_TEXT
    with pytest.raises(MissionError) as error:
        back(folder, PLAN_TEXT.replace(old, new, 1))
    return [str(fault).replace(f"{folder}/plan.json:", "") for fault in error.value.faults]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            '"kind": "duty"',
            '"kind": "dutty"',
            ["13:48: reservations[1].kind: expected session or duty, not 'dutty' (did you mean 'duty'?)"],
        ),
        (
            '"start": "2026-10-26T03:00:00Z"',
            '"start": "soon"',
            ["13:100: reservations[1].start: expected an instant in UTC such as '2026-10-25T22:00:00Z', not 'soon'"],
        ),
        (
            '"status": "feasible",\n "value"',
            '"status": "unfeasible",\n "valu"',
            [
                "7:12: status: expected optimal, feasible or infeasible, not 'unfeasible' (did you mean 'infeasible'?)",
                "8:2: valu: unknown key 'valu' (did you mean 'value'?)",
            ],
        ),
        (
            '"seeds/sow/1"',
            '"seeds sow"',
            [
                (
                    "12:10: reservations[0].id: expected an id such as 'seeds/sow/1' or 'lunch/commander/2026-10-26', "
                    "not 'seeds sow'"
                )
            ],
        ),
        (
            '"end": "2026-10-26T04:00:00Z"',
            '"end": "9999-12-31T23:59:59Z"',
            ["13:131: reservations[1].end: expected an instant between 1900 and 2200, not '9999-12-31T23:59:59Z'"],
        ),
        (
            '"start": "2026-10-25T22:00:00Z"',
            '"start": "0001-01-01T00:00:00Z"',
            ["2:160: mission.start: expected an instant between 1900 and 2200, not '0001-01-01T00:00:00Z'"],
        ),
        (
            '"end": "2026-10-30T14:00:00Z"',
            '"end": "2126-10-30T14:00:00Z"',
            ["2:13: mission: expected an end after the start, at most 3 years later"],
        ),
        ("31.5", "NaN", ["8:11: expected a finite number, not NaN"]),
        ("31.5", "1e999", ["8:11: a number out of range: 1e999"]),
        ("31.5", '"31.5"', ["8:11: value: expected a number, not '31.5'"]),
        ('"value": 31.5', '"value": 31.5, "value": 3', ["8:17: duplicate key 'value' (it first stands at line 8)"]),
        ('["commander"]', '"commander"', ["13:163: reservations[1].crew: expected a list, not 'commander'"]),
        ('"180 W"', '"180 V"', ["12:436: reservations[0].steps[1].uses.power: unknown unit 'V', not '180 V'"]),
        ('"duty"', '"session"', ["13:3: reservations[1]: 'steps' is missing: a session has steps"]),
        ("04:00:00Z", "02:00:00Z", ["13:3: reservations[1]: expected an end that is not before the start"]),
        (
            '{"payload_plan": 1',
            '{"payload_plan": true',
            ["1:18: payload_plan: expected 1, the version of the format, not true"],
        ),
        (' "status"', ' status"', ["7:2: not JSON: Expecting property name enclosed in double quotes"]),
        ("Asia/Shanghai", "X", ["2:224: mission.clock: expected a time zone such as 'Asia/Shanghai', not 'X'"]),
    ],
)
def test_what_is_wrong_with_a_plan_is_told_with_its_place(tmp_path, old, new, expected):
    assert told(tmp_path, old, new) == expected


@pytest.mark.parametrize(
    "text", ["", "  ", "[]", "null", "3", '"x"', "[" * 100_000, '{"a":' * 70 + "1" + "}" * 70, "{"]
)
def test_text_that_is_no_plan_at_all(tmp_path, text):
    with pytest.raises(MissionError):
        back(tmp_path, text)


@settings(max_examples=100, deadline=None)
@given(raw=st.binary(max_size=100), at=st.integers(0, len(PLAN_TEXT)))
def test_any_bytes_are_read_or_told(raw, at, tmp_path_factory):
    file = tmp_path_factory.mktemp("plan") / "plan.json"
    file.write_bytes(PLAN_TEXT.encode()[:at] + raw + b"\xff")
    with pytest.raises(MissionError):
        read_plan(file)
