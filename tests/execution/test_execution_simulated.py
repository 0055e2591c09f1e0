"""One run in simulated time: what is flown as planned, and what lateness does to the rest."""

from __future__ import annotations

from dataclasses import replace

import pytest
from execution_builders import DATE, Flight, Story, duty, experiment, session, step, story
from execution_stories import CALM, TWICE, ends, flown

from payload.errors import PlanError
from payload.execution import fly
from payload.met import DAY, HOUR, MINUTE, Window
from payload.model import After, Relative, Renewable, Repeat, Step


def test_without_disturbances_the_plan_is_flown_to_the_letter() -> None:
    flight = (
        Flight(
            experiments=[
                experiment("melt", session("run", step("load", 30 * MINUTE, "ada"), Step("melt", HOUR, HOUR))),
                experiment("scan", session("scan", step("scan", 20 * MINUTE, "ada", "bo"))),
            ],
            routine=[duty("lunch", HOUR, at_ms=12 * HOUR)],
        )
        .place("melt/run/1", 10 * HOUR)
        .place("scan/scan/1", 11 * HOUR)
        .place(f"lunch/ada/{DATE}", 12 * HOUR)
    )
    journal = Story()
    outcome = fly(flight.mission, flight.plan, journal=journal)
    assert story(journal, leave_out=()) == [
        (600, "run-started"),
        (600, "activity-started", "melt/run/1"),
        (600, "step-started", "melt/run/1", 1),
        (630, "step-ended", "melt/run/1", "done", 1),
        (630, "step-started", "melt/run/1", 2),
        (660, "activity-started", "scan/scan/1"),  # ada is free while it melts
        (660, "step-started", "scan/scan/1", 1),
        (680, "step-ended", "scan/scan/1", "done", 1),
        (680, "activity-ended", "scan/scan/1", "done"),
        (690, "step-ended", "melt/run/1", "done", 2),
        (690, "activity-ended", "melt/run/1", "done"),
        (720, "activity-started", f"lunch/ada/{DATE}"),
        (780, "activity-ended", f"lunch/ada/{DATE}", "done"),
        (780, "run-ended", "completed"),
    ]
    assert (outcome.how, outcome.value, outcome.planned_value) == ("completed", 20, 20)


def test_a_late_person_delays_what_follows_and_a_fixed_duty_absorbs_it() -> None:
    flight = (
        Flight(
            experiments=[experiment("melt", session("run", step("load", 45 * MINUTE, "ada")))],
            routine=[duty("exercise", 2 * HOUR), duty("dinner", HOUR, at_ms=14 * HOUR), duty("sleep", HOUR, 15 * HOUR)],
        )
        .place("melt/run/1", 11 * HOUR + 15 * MINUTE)
        .place(f"exercise/ada/{DATE}", 12 * HOUR)
        .place(f"dinner/ada/{DATE}", 14 * HOUR)
        .place(f"sleep/ada/{DATE}", 15 * HOUR)
    )
    assert ends(flight, TWICE) == {
        "melt/run/1": (675, 765, "done"),
        "exercise/ada": (765, 885, "done"),  # keeps its length
        "dinner/ada": (885, 900, "done"),  # ends as planned
        "sleep/ada": (900, 960, "done"),
    }


def test_a_fixed_duty_without_any_time_left_is_skipped() -> None:
    flight = (
        Flight(
            experiments=[experiment("melt", session("run", step("load", 90 * MINUTE, "ada")))],
            routine=[duty("lunch", HOUR, at_ms=12 * HOUR)],
        )
        .place("melt/run/1", 10 * HOUR + 30 * MINUTE)
        .place(f"lunch/ada/{DATE}", 12 * HOUR)
    )
    assert flown(flight, TWICE) == [
        (630, "activity-started", "melt/run/1"),
        (780, "activity-ended", f"lunch/ada/{DATE}", "skipped", "no-time"),
        (810, "activity-ended", "melt/run/1", "done"),
        (810, "run-ended", "completed"),
    ]


@pytest.mark.parametrize(
    ("constraint", "code"),
    [
        ({"during": ("relay",)}, "window"),
        ({"avoid": ("docking",)}, "window"),
        ({"between": (Window(12 * HOUR, 13 * HOUR),)}, "between"),
        ({"at": (12 * HOUR,)}, "at"),
    ],
)
def test_a_session_that_can_no_longer_meet_its_time_is_skipped_and_so_is_what_needs_it(
    constraint: dict[str, object], code: str
) -> None:
    call = session("call", step("call", 30 * MINUTE, "ada"), **constraint)
    flight = (
        Flight(
            experiments=[
                experiment("melt", session("run", step("load", 45 * MINUTE, "ada"))),
                experiment("live", call, session("debrief", step("debrief", 10 * MINUTE, "bo"))),
            ],
            windows={
                "relay": (Window(9 * HOUR, 10 * HOUR), Window(12 * HOUR, 13 * HOUR)),
                "docking": (Window(13 * HOUR, 14 * HOUR),),
            },
        )
        .place("melt/run/1", 11 * HOUR + 15 * MINUTE)
        .place("live/call/1", 12 * HOUR)
        .place("live/debrief/1", 15 * HOUR)
    )
    late = ends(flight, TWICE)
    assert late["melt/run/1"] == (675, 765, "done")
    assert late["live/call/1"] == (None, 725 if code == "at" else 750, "skipped", code)
    assert late["live/debrief/1"] == (None, 900, "skipped", "predecessor")


def test_days_end_at_local_midnight() -> None:
    late = experiment("e", session("s", step("s", 30 * MINUTE, "ada"), days=frozenset()))
    flight = (
        Flight(
            days=2,
            experiments=[experiment("melt", session("run", step("load", HOUR, "ada"))), late],
        )
        .place("melt/run/1", 22 * HOUR)
        .place("e/s/1", 23 * HOUR)
    )
    assert ends(flight, replace(CALM, noise_median=2.5))["e/s/1"] == (None, 1440 - 1 / MINUTE, "skipped", "days")


def test_a_step_must_lie_in_its_window_and_is_cut_at_its_end() -> None:
    photograph = step("photograph", 10 * MINUTE, "ada", during=("pass",))
    flight = (
        Flight(
            experiments=[
                experiment("one", session("s", step("prepare", 10 * MINUTE, "ada"), photograph)),
                experiment("two", session("s", step("prepare", 10 * MINUTE, "bo"), replace(photograph, crew=()))),
            ],
            windows={"pass": (Window(100 * MINUTE, 125 * MINUTE), Window(200 * MINUTE, 212 * MINUTE))},
        )
        .place("one/s/1", 92 * MINUTE)
        .place("two/s/1", 191 * MINUTE)
    )
    assert ends(flight, TWICE) == {
        "one/s/1": (92, 125, "done"),  # 112 to 132, cut
        "two/s/1": (191, 211, "failed", "window"),  # 10 min from 211 on would leave the pass, and nobody cuts it short
    }


def test_a_crew_that_is_late_uses_what_is_left_of_the_pass_if_it_is_half_of_its_step() -> None:
    photograph = step("photograph", 10 * MINUTE, "ada", during=("pass",))
    flight = Flight(
        experiments=[experiment("one", session("s", step("prepare", 10 * MINUTE, "ada"), photograph))],
        windows={"pass": (Window(100 * MINUTE, 117 * MINUTE), Window(200 * MINUTE, 216 * MINUTE))},
    )
    assert ends(flight.place("one/s/1", 92 * MINUTE), TWICE) == {"one/s/1": (92, 117, "done")}  # 5 of 10 min are left
    assert ends(flight.place("one/s/1", 192 * MINUTE), TWICE) == {"one/s/1": (192, 212, "failed", "window")}


def test_distances_are_kept_from_the_real_ends() -> None:
    fix = session("fix", step("fix", 10 * MINUTE, "bo"), after=(After("cells/grow", HOUR, 2 * HOUR),))
    flight = (
        Flight(experiments=[experiment("cells", session("grow", step("feed", HOUR, "ada")), fix)])
        .place("cells/grow/1", 10 * HOUR)
        .place("cells/fix/1", 12 * HOUR)
    )
    assert ends(flight, TWICE) == {"cells/grow/1": (600, 720, "done"), "cells/fix/1": (780, 800, "done")}


def test_more_than_the_longest_distance_is_too_late() -> None:
    fix = session("fix", step("fix", 10 * MINUTE, "bo"), after=(After("cells/grow", 0, 30 * MINUTE),))
    flight = (
        Flight(
            experiments=[
                experiment("cells", session("grow", Step("grow", HOUR, HOUR)), fix),
                experiment("melt", session("run", step("load", HOUR, "bo"))),
            ]
        )
        .place("cells/grow/1", 10 * HOUR)
        .place("melt/run/1", 10 * HOUR + 15 * MINUTE)
        .place("cells/fix/1", 11 * HOUR + 15 * MINUTE)
    )
    assert ends(flight, replace(CALM, noise_median=1.25))["cells/fix/1"] == (690, 702.5, "done")
    assert ends(flight, replace(CALM, noise_median=1.5))["cells/fix/1"] == (None, 690, "skipped", "after")


def test_repeats_each_day_do_not_need_each_other() -> None:
    sample = session("sample", step("sample", 10 * MINUTE, "ada"), repeat=Repeat(2, each_day=True), at=(8 * HOUR,))
    flight = (
        Flight(
            days=2,
            experiments=[
                experiment("saliva", sample),
                experiment("melt", session("run", step("load", 90 * MINUTE, "ada"))),
            ],
        )
        .place("melt/run/1", 6 * HOUR + 30 * MINUTE)
        .place("saliva/sample/1", 8 * HOUR)
        .place("saliva/sample/2", DAY + 8 * HOUR)
    )
    late = ends(flight, TWICE)
    assert late["saliva/sample/1"] == (None, 485, "skipped", "at")
    assert late["saliva/sample/2"] == (1920, 1940, "done")


def test_a_session_before_breakfast_is_pointless_after_it() -> None:
    draw = session("draw", step("draw", 15 * MINUTE, "ada"), relative=Relative("breakfast", True, HOUR))
    flight = (
        Flight(
            experiments=[experiment("blood", draw), experiment("melt", session("run", step("load", HOUR, "bo")))],
            routine=[duty("breakfast", 30 * MINUTE, at_ms=8 * HOUR)],
            resources={"bench": Renewable("bench", "count", 1)},
        )
        .place("blood/draw/1", 7 * HOUR + 30 * MINUTE)
        .place("melt/run/1", 6 * HOUR + 30 * MINUTE)
        .place(f"breakfast/ada/{DATE}", 8 * HOUR)
    )
    flight.experiments = [replace(each, holds={"bench": 1}) for each in flight.experiments]
    assert ends(flight, TWICE) == {
        "melt/run/1": (390, 510, "done"),
        "breakfast/ada": (480, 510, "done"),
        "blood/draw/1": (None, 510, "skipped", "relative"),
    }


def test_a_session_inside_a_duty_shares_its_person_and_its_duty_waits_for_it() -> None:
    sample = session("sample", step("spit", 20 * MINUTE, "ada"), inside="post-sleep")
    flight = (
        Flight(
            experiments=[experiment("saliva", sample)],
            routine=[duty("post-sleep", 45 * MINUTE, at_ms=6 * HOUR), duty("meal", HOUR, at_ms=6 * HOUR + 45 * MINUTE)],
        )
        .place(f"post-sleep/ada/{DATE}", 6 * HOUR)
        .place("saliva/sample/1", 6 * HOUR + 20 * MINUTE)
        .place(f"meal/ada/{DATE}", 6 * HOUR + 45 * MINUTE)
    )
    assert ends(flight)["saliva/sample/1"] == (380, 400, "done")
    assert ends(flight, TWICE) == {
        "post-sleep/ada": (360, 420, "done"),
        "saliva/sample/1": (380, 420, "done"),
        "meal/ada": (420, 465, "done"),
    }


def test_a_late_duty_may_leave_no_time_for_what_is_inside() -> None:
    sample = session("sample", step("spit", 20 * MINUTE, "ada"), inside="post-sleep")
    flight = (
        Flight(
            experiments=[experiment("saliva", sample), experiment("melt", session("run", step("load", HOUR, "ada")))],
            routine=[duty("post-sleep", 45 * MINUTE, at_ms=6 * HOUR)],
        )
        .place("melt/run/1", 5 * HOUR)
        .place(f"post-sleep/ada/{DATE}", 6 * HOUR)
        .place("saliva/sample/1", 6 * HOUR + 20 * MINUTE)
    )
    late = ends(flight, replace(CALM, noise_median=1.5))
    assert late["post-sleep/ada"] == (390, 405, "done")
    assert late["saliva/sample/1"] == (None, 390, "skipped", "host")


def test_a_span_flies_a_part_and_takes_what_was_before_as_done() -> None:
    flight = (
        Flight(
            days=3,
            experiments=[experiment("e", session("s", step("s", HOUR, "ada"), repeat=Repeat(3, min_ms=24 * HOUR)))],
        )
        .place("e/s/1", 10 * HOUR)
        .place("e/s/2", DAY + 11 * HOUR)
        .place("e/s/3", 2 * DAY + 12 * HOUR)
    )
    journal = Story()
    outcome = fly(flight.mission, flight.plan, journal=journal, span=Window(DAY, 2 * DAY))
    assert story(journal, leave_out=["step-started", "step-ended"]) == [
        (1440 + 660, "run-started"),
        (1440 + 660, "activity-started", "e/s/2"),
        (1440 + 720, "activity-ended", "e/s/2", "done"),
        (1440 + 720, "run-ended", "completed"),
    ]
    assert (float(outcome.value), outcome.planned_value) == (pytest.approx(20 / 3), 10)


def test_a_plan_of_another_mission_is_refused() -> None:
    flight = Flight(experiments=[experiment("e", session("s", step("s", HOUR, "ada")))]).place("e/s/1", HOUR)
    with pytest.raises(PlanError, match="of another mission"):
        fly(replace(flight.mission, sha256="0ther"), flight.plan)
    stranger = replace(flight.plan.reservations[0], id="f/s/1")
    with pytest.raises(PlanError, match="f/s/1: the mission has no such session"):
        fly(flight.mission, flight.plan.with_reservations([stranger]))
