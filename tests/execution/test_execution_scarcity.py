"""One run in simulated time: what racks, stocks and chance do to it."""

from __future__ import annotations

from dataclasses import replace

from execution_builders import Flight, experiment, session, step
from execution_stories import CALM, TWICE, ends

from payload.execution import Disturbances, Policy, fly
from payload.met import HOUR, MINUTE, Window
from payload.model import Consumable, Renewable, Repeat, Step


def test_racks_are_held_from_first_to_last_session_and_power_while_used() -> None:
    def runs(id_: str, who: str, **holds: int):  # type: ignore[no-untyped-def]
        return experiment(id_, session("a", step("a", HOUR, who)), session("b", step("b", HOUR, who)), holds=holds)

    flight = (
        Flight(
            experiments=[
                runs("one", "ada", rack=1),
                experiment("two", session("s", step("s", HOUR, "bo", uses={"power": 60})), holds={"rack": 1}),
            ],
            resources={"rack": Renewable("rack", "count", 1), "power": Renewable("power", "power", 100)},
        )
        .place("one/a/1", 1 * HOUR)
        .place("one/b/1", 4 * HOUR)
        .place("two/s/1", 5 * HOUR)
    )
    assert ends(flight, TWICE) == {
        "one/a/1": (60, 180, "done"),
        "one/b/1": (240, 360, "done"),
        "two/s/1": (360, 480, "done"),  # at five the rack is still taken
    }


def test_nothing_starts_that_would_run_into_a_lower_capacity() -> None:
    uses = {"power": 60}
    flight = (
        Flight(
            experiments=[
                experiment("one", session("s", step("s", HOUR, "ada", uses=uses))),
                experiment("two", session("s", Step("s", 2 * HOUR, 2 * HOUR, uses=uses))),
            ],
            resources={"power": Renewable("power", "power", 120, ((Window(6 * HOUR, 7 * HOUR), 60),))},
        )
        .place("one/s/1", 4 * HOUR)
        .place("two/s/1", 4 * HOUR + 30 * MINUTE)
    )
    assert ends(flight)["two/s/1"] == (270, 390, "done")
    flight.placed.clear()
    flight.place("one/s/1", 5 * HOUR + 30 * MINUTE).place("two/s/1", 5 * HOUR + 45 * MINUTE)
    assert ends(flight) == {"one/s/1": (330, 390, "done"), "two/s/1": (390, 510, "done")}


def test_a_consumable_that_is_gone_skips_the_session_until_resupply() -> None:
    wipe = session("wipe", step("wipe", 10 * MINUTE, "ada"), uses={"swabs": 2}, repeat=Repeat(3))
    flight = (
        Flight(
            experiments=[experiment("e", wipe, unordered=True)],
            resources={"swabs": Consumable("swabs", "count", 3, ((5 * HOUR, 1),))},
        )
        .place("e/wipe/1", 1 * HOUR)
        .place("e/wipe/2", 2 * HOUR)
        .place("e/wipe/3", 5 * HOUR)
    )
    assert {id_: end[2:] for id_, end in ends(flight).items()} == {
        "e/wipe/1": ("done",),
        "e/wipe/2": ("skipped", "stock"),
        "e/wipe/3": ("done",),
    }


def test_a_session_under_way_does_not_wait_for_ever() -> None:
    flight = (
        Flight(
            experiments=[
                experiment("one", session("s", step("s", 5 * HOUR, "bo"))),
                experiment("two", session("s", step("a", HOUR, "ada"), step("b", HOUR, "bo"))),
            ]
        )
        .place("one/s/1", 1 * HOUR)
        .place("two/s/1", 5 * HOUR)
    )
    assert ends(flight, TWICE, policy=Policy(patience_ms=3 * HOUR))["two/s/1"] == (300, 600, "failed", "patience")
    assert ends(flight, TWICE)["two/s/1"] == (300, 780, "done")


def test_the_reason_names_what_was_lacking() -> None:
    flight = (
        Flight(
            experiments=[
                experiment("one", session("s", step("s", HOUR, "bo", uses={"laptop": 1}))),
                experiment("two", session("s", step("s", 30 * MINUTE, "ada", uses={"laptop": 1}), during=("pass",))),
            ],
            resources={"laptop": Renewable("laptop", "count", 1)},
            windows={"pass": (Window(2 * HOUR, 3 * HOUR),)},
        )
        .place("one/s/1", 1 * HOUR)
        .place("two/s/1", 2 * HOUR)
    )
    outcome = fly(flight.mission, flight.plan, disturbances=TWICE)
    assert outcome.activities[1].why == "the window (pass) ends too soon; it waited for laptop"


def test_two_who_wait_for_what_the_other_holds_do_not_wait_for_ever() -> None:
    left, right = {"left": 1}, {"right": 1}
    flight = (
        Flight(
            experiments=[
                experiment("one", session("s", step("a", HOUR, "ada"), step("b", HOUR, "ada", uses=right), uses=left)),
                experiment("two", session("s", step("a", HOUR, "bo"), step("b", HOUR, "bo", uses=left), uses=right)),
            ],
            resources={id_: Renewable(id_, "count", 1) for id_ in ("left", "right")},
        )
        .place("one/s/1", 1 * HOUR)
        .place("two/s/1", 1 * HOUR)
    )
    assert ends(flight) == {"one/s/1": (60, 360, "failed", "patience"), "two/s/1": (60, 360, "failed", "patience")}


def test_hardware_that_breaks_is_tried_again_or_lost_or_down() -> None:
    flight = (
        Flight(
            days=2,
            experiments=[
                experiment("one", session("s", step("s", HOUR, "ada"))),
                experiment("two", session("s", step("s", HOUR, "bo"))),
            ],
            resources={"rack": Renewable("rack", "count", 2)},
        )
        .place("one/s/1", 1 * HOUR)
        .place("two/s/1", 5 * HOUR)
    )
    flight.experiments = [replace(each, holds={"rack": 1}) for each in flight.experiments]
    always = replace(CALM, anomaly=1.0, trouble_min_ms=40 * MINUTE, trouble_max_ms=40 * MINUTE)
    assert ends(flight, replace(always, retry=1.0)) == {
        "one/s/1": (60, 160, "done"),
        "two/s/1": (300, 400, "done"),
    }
    lost = ends(flight, replace(always, retry=0.0, lose=1.0))
    assert [end[2:] for end in lost.values()] == [("failed", "anomaly")] * 2
    down = ends(flight, replace(always, retry=0.0, lose=0.0))
    assert down["one/s/1"][2:] == ("failed", "anomaly")
    assert down["two/s/1"][0] == down["one/s/1"][1] + 24 * 60  # type: ignore[operator]  # the rack they share is down


def test_the_first_times_are_slower_and_slowest_for_a_guest() -> None:
    repeats = session("s", step("s", 100 * MINUTE, "ada"), repeat=Repeat(3))
    flight = (
        Flight(guests=["ada"], experiments=[experiment("e", repeats)])
        .place("e/s/1", 1 * HOUR)
        .place("e/s/2", 5 * HOUR)
        .place("e/s/3", 9 * HOUR)
    )
    new = replace(CALM, guests=None, first_operator=1.3, first_guest=1.5, second=1.1)

    def lengths(disturbances: Disturbances) -> list[float]:
        return [end[1] - end[0] for end in ends(flight, disturbances).values()]  # type: ignore[operator]

    assert lengths(new) == [150, 110, 100]
    assert lengths(replace(new, guests=())) == [130, 110, 100]
