"""Rows, days, colours and totals: what the terminal and the page both stand on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from itertools import pairwise

import report_builders
from hypothesis import given, settings
from hypothesis import strategies as st

from payload.met import DAY, HOUR, MINUTE, Calendar, Window
from payload.model import Reservation, ReservedStep
from payload.report.colours import INK, colours, letters
from payload.report.rows import UNCREWED, Bar, days_of, lanes, rows_of, windows_worth_a_row
from payload.report.totals import amount, by_experiment, by_person, hours


def spans(bars: tuple[Bar, ...]) -> list[tuple[str, float, float]]:
    return [(bar.activity, bar.start / HOUR, bar.end / HOUR) for bar in bars]


def session(ident: str, steps: list[tuple[str, float, float, tuple[str, ...]]]) -> Reservation:
    placed = tuple(ReservedStep(do, int(start * HOUR), int(end * HOUR), crew) for do, start, end, crew in steps)
    crew = tuple(dict.fromkeys(person for step in placed for person in step.crew))
    return Reservation(ident, "session", "Title", placed[0].start, placed[-1].end, crew, placed)


def test_a_wait_is_not_in_the_persons_row_but_in_its_own() -> None:
    _, plan = report_builders.day()
    sow = session(
        "seeds/sow/1",
        [("set up", 8, 8.5, ("fe",)), ("fill", 8.5, 9, ("fe",)), ("soak", 9, 11, ()), ("close", 11, 11.5, ("fe",))],
    )
    rows = {row.name: [spans(lane) for lane in row.lanes] for row in rows_of(plan.with_reservations([sow]))}
    assert rows == {
        "fe": [[("seeds/sow/1", 8, 9), ("seeds/sow/1", 11, 11.5)]],
        UNCREWED: [[("seeds/sow/1", 9, 11)]],
    }


def test_with_the_mission_rigs_have_rows_and_people_its_order() -> None:
    flight, plan = report_builders.week()
    names = [row.name for row in rows_of(plan, flight)]
    assert names == [*report_builders.SIX, "camera", "incubator", "loop", UNCREWED]
    assert UNCREWED in [row.name for row in rows_of(plan)]


def test_a_session_inside_a_duty_shares_its_lane() -> None:
    flight, plan = report_builders.week()
    scientist = next(row for row in rows_of(plan, flight) if row.name == "scientist")
    assert len(scientist.lanes) == 1
    assert {bar.activity for bar in scientist.lanes[0] if bar.inside} == {f"cognition/wake/{n}" for n in range(1, 9)}


bars = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 20)).map(lambda pair: Bar("a/b/1", pair[0], sum(pair), "t", "a")),
    max_size=14,
)


@settings(max_examples=100, deadline=None)
@given(bars)
def test_lanes_lose_no_bar_and_none_overlap(found: list[Bar]) -> None:
    laid = lanes(found)
    assert sorted(map(str, (bar for lane in laid for bar in lane))) == sorted(map(str, found))
    assert all(one.end <= other.start for lane in laid for one, other in pairwise(lane))


def test_days_follow_the_local_clock() -> None:
    calendar = Calendar(datetime(2026, 10, 24, 4, tzinfo=UTC), "Europe/Berlin", first_day=3)
    days = days_of(calendar, 2 * DAY)
    assert [(day.number, day.on.isoformat(), day.window.length_ms // HOUR) for day in days] == [
        (3, "2026-10-24", 24),
        (4, "2026-10-25", 25),
        (5, "2026-10-26", 24),
    ]
    assert days[0].window.start == -6 * HOUR


def test_windows_that_only_tell_the_time_get_no_row() -> None:
    _, plan = report_builders.week()
    always, never = (Window(0, plan.end),), ()
    plan = replace(plan, windows={**plan.windows, "always": always, "never": never, "once": (Window(HOUR, 2 * HOUR),)})
    assert list(windows_worth_a_row(plan)) == ["relay", "indus", "once"]


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast of two `#rrggbb` colours, 1 to 21."""

    def luminance(colour: str) -> float:
        parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_colours_differ_and_ink_is_readable_on_all() -> None:
    for count in (1, 2, 8, 12, 13, 40):
        found = colours([str(n) for n in range(count)])
        assert len(set(found.values())) == count
        assert min(contrast(INK, colour) for colour in found.values()) > 6
    many = letters([str(n) for n in range(80)])
    assert len(set(many.values())) == 61 - 1
    assert many["79"] == "*"


def test_totals_by_person_and_experiment() -> None:
    flight, plan = report_builders.day()
    work = session(
        "blood/draw/1",
        [
            ("draw", 9, 9.25, ("commander", "payload-expert")),
            ("clot", 9.25, 9.5, ()),
            ("spin", 9.5, 10, ("payload-expert",)),
        ],
    )
    duty = Reservation("lunch/commander/2026-10-26", "duty", "lunch", 12 * HOUR, 13 * HOUR, ("commander",))
    inside = session("cognition/test/1", [("test", 12.5, 12.75, ("commander",))])
    plan = replace(plan.with_reservations([work, duty, inside]), unscheduled=())
    people = [
        (t.id, t.sessions, hours(t.session_ms), hours(t.inside_ms), hours(t.duty_ms), hours(t.longest_ms))
        for t in by_person(plan, flight)
    ]
    assert people == [
        ("commander", 2, "0:15", "0:15", "1:00", "0:15"),
        ("payload-expert", 1, "0:45", "0:00", "0:00", "0:45"),
    ]
    blood = next(t for t in by_experiment(plan, flight, {"blood/draw/1": "done"}) if t.id == "blood")
    assert (blood.planned, blood.done, hours(blood.crew_ms), hours(blood.uncrewed_ms)) == (1, 1, "1:00", "0:15")
    assert (blood.worth, blood.worth_done, blood.of) == (Fraction(4), Fraction(4), Fraction(4))


def test_below_its_minimum_an_experiment_is_worth_nothing() -> None:
    flight, plan = report_builders.week()
    flight = replace(flight, experiments=tuple(replace(e, minimum=3) for e in flight.experiments))
    two = {"seeds/sow/1": "done", "seeds/sow/2": "done"}
    assert by_experiment(plan, flight, two)[0].worth_done == 0
    assert by_experiment(plan, flight, {**two, "seeds/sow/3": "done"})[0].worth_done == Fraction(9, 8)


def test_amounts_and_hours() -> None:
    assert [amount(Fraction(127, 4)), amount(Fraction(100)), amount(None), amount(Fraction(1, 3))] == [
        "31.75",
        "100",
        "–",
        "0.33",
    ]
    assert [hours(0), hours(90 * MINUTE), hours(112 * HOUR)] == ["0:00", "1:30", "112:00"]
