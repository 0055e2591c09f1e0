"""Live runs: the same story on a wall clock, the crew's words, and every way to be ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from execution_builders import DATE, Flight, Story, busy_flight, duty, experiment, session, step, story
from execution_live import Crew, HandClock, Rigs

from payload.errors import JournalError
from payload.execution import Disturbances, Outcome, fly
from payload.journal import Event, Note, Word, kind_of, replay
from payload.met import HOUR, MINUTE, Window
from payload.model import Step

SPEED = 60  # a mission minute takes a second on the wall


def day() -> Flight:
    return (
        Flight(
            experiments=[
                experiment("melt", session("run", step("load", 10 * MINUTE, "ada"), step("stow", 5 * MINUTE, "ada"))),
                experiment("scan", session("scan", step("scan", 5 * MINUTE, "bo"))),
            ],
            routine=[duty("lunch", 30 * MINUTE, at_ms=HOUR)],
        )
        .place("melt/run/1", 10 * MINUTE)
        .place("scan/scan/1", 30 * MINUTE)
        .place(f"lunch/ada/{DATE}", HOUR)
    )


def live(flight: Flight, clock: HandClock, **more: Any) -> tuple[Outcome, Story]:
    journal = more.pop("journal", Story())
    more = {"words": Crew(clock), "speed": SPEED, **more}
    clock.wall_ms = flight.plan.reservations[0].start // int(more["speed"])  # so that mission time is wall time × speed
    return fly(flight.mission, flight.plan, journal=journal, clock=clock, **more), journal


def test_real_time_tells_the_same_story_as_simulated_time() -> None:
    flight = busy_flight(days=2, people=2, experiments=4)
    rough = Disturbances(anomaly=0.2, noise_median=1.3)
    simulated = Story()
    fly(flight.mission, flight.plan, journal=simulated, seed=5, disturbances=rough)
    clock = HandClock()
    _, real = live(flight, clock, seed=5, disturbances=rough, speed=1200)
    assert real[1:] == simulated[1:]  # the first event names the speed
    assert clock.wall_ms == pytest.approx(real[-1].at / 1200, abs=200)


def test_with_ask_a_crewed_step_ends_at_the_crews_word() -> None:
    clock = HandClock()
    waited: list[str] = []
    crew = (
        Crew(clock)
        .say(25_000, "done", "melt/run/1")
        .say(42_000, "done", "melt/run/1")
        .say(43_000, "failed", "scan/scan/1")
    )
    _, journal = live(day(), clock, crew="ask", words=crew, on_wait=lambda waits: waited.append(waits.do))
    assert story(journal, leave_out=["activity-late"]) == [
        (10, "run-started"),
        (10, "activity-started", "melt/run/1"),
        (10, "step-started", "melt/run/1", 1),
        (10, "step-waits", "melt/run/1", 1),
        (25, "word", "melt/run/1", "done"),
        (25, "step-ended", "melt/run/1", "done", 1),
        (25, "step-started", "melt/run/1", 2),
        (25, "step-waits", "melt/run/1", 2),
        (30, "activity-started", "scan/scan/1"),
        (30, "step-started", "scan/scan/1", 1),
        (30, "step-waits", "scan/scan/1", 1),
        (42, "word", "melt/run/1", "done"),
        (42, "step-ended", "melt/run/1", "done", 2),
        (42, "activity-ended", "melt/run/1", "done"),
        (43, "word", "scan/scan/1", "failed"),
        (43, "step-ended", "scan/scan/1", "failed", 1),
        (43, "activity-ended", "scan/scan/1", "failed", "told"),
        (60, "activity-started", f"lunch/ada/{DATE}"),
        (90, "activity-ended", f"lunch/ada/{DATE}", "done"),
        (90, "run-ended", "completed"),
    ]
    assert waited == ["load", "stow", "scan"]


def test_words_that_fit_nothing_are_put_down_and_change_nothing() -> None:
    clock = HandClock()
    said = [("done", "scan/scan/1"), ("skip", "no/such/1"), ("go", ""), ("dance", "")]
    crew = Crew(clock)
    for number, (word, activity) in enumerate(said):
        crew.say(11_000 + number, word, activity)
    _, journal = live(day(), clock, words=crew)
    words = [(event.word, event.id, event.taken) for event in journal if isinstance(event, Word)]
    assert words == [(word, activity, False) for word, activity in said]
    assert replay(journal).only("done") == ["melt/run/1", "scan/scan/1", f"lunch/ada/{DATE}"]


def test_what_is_skipped_ahead_of_time_or_under_way_frees_its_people() -> None:
    clock = HandClock()
    crew = Crew(clock).say(11_000, "skip", "scan/scan/1").say(12_000, "skip", "melt/run/1")
    _, journal = live(day(), clock, words=crew)
    assert story(journal) == [
        (10, "activity-started", "melt/run/1"),
        (11, "word", "scan/scan/1", "skip"),
        (11, "activity-ended", "scan/scan/1", "skipped", "told"),
        (12, "word", "melt/run/1", "skip"),
        (12, "activity-ended", "melt/run/1", "skipped", "told"),
        (60, "activity-started", f"lunch/ada/{DATE}"),
        (90, "activity-ended", f"lunch/ada/{DATE}", "done"),
        (90, "run-ended", "completed"),
    ]


def test_what_is_skipped_before_the_first_breath_never_begins() -> None:
    clock = HandClock()
    crew = Crew(clock).say(0, "skip", "melt/run/1").say(0, "skip", "scan/scan/1")
    rigs = Rigs(clock)
    rigs.slow_ms = 250  # so slow to open that words are heard first
    outcome, _ = live(day(), clock, words=crew, bench=rigs)
    assert [each.state for each in outcome.activities] == ["skipped", "skipped", "done"]
    assert outcome.activities[0].start is None


def test_hold_lets_nothing_begin_until_go() -> None:
    clock = HandClock()
    crew = Crew(clock).say(12_000, "hold").say(40_000, "go")
    _, journal = live(day(), clock, words=crew)
    assert story(journal, leave_out=["activity-late", "run-started"]) == [
        (10, "activity-started", "melt/run/1"),
        (10, "step-started", "melt/run/1", 1),
        (12, "word", "hold"),
        (20, "step-ended", "melt/run/1", "done", 1),  # what is under way goes on
        (40, "word", "go"),
        (40, "step-started", "melt/run/1", 2),
        (40, "activity-started", "scan/scan/1"),
        (40, "step-started", "scan/scan/1", 1),
        (45, "step-ended", "melt/run/1", "done", 2),
        (45, "activity-ended", "melt/run/1", "done"),
        (45, "step-ended", "scan/scan/1", "done", 1),
        (45, "activity-ended", "scan/scan/1", "done"),
        (60, "activity-started", f"lunch/ada/{DATE}"),
        (90, "activity-ended", f"lunch/ada/{DATE}", "done"),
        (90, "run-ended", "completed"),
    ]


def interrupt() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("how", "happening"),
    [
        ("aborted", lambda clock: Crew(clock).say(12_000, "abort")),
        ("interrupted", lambda clock: clock.at(12_000, interrupt) or Crew(clock)),
    ],
)
def test_an_ended_run_leaves_its_rigs_safe_and_its_record_whole(
    how: str, happening: Callable[[HandClock], Crew]
) -> None:
    clock = HandClock()
    flight = day()
    flight.experiments = [*flight.experiments, experiment("hot", session("run", _on_furnace()))]
    flight.place("hot/run/1", 11 * MINUTE)
    rigs = Rigs(clock, {"run": ((1, "ACCEPTED", ""), (2, "STARTED", ""))})
    outcome, journal = live(flight, clock, bench=rigs, words=happening(clock))
    told = [kind_of(event) for event in journal if event.at / MINUTE >= 12]
    ends = ["activity-ended", "activity-ended", "run-ended"]
    assert told == ["word"] * (how == "aborted") + ["rig-stage", "rig-safe", "rig-safe", *ends]
    assert rigs.heard == [("release", "hot/run/1#1", 20 * MINUTE), ("abort", None)]
    assert (outcome.how, outcome.only("failed")) == (how, ["melt/run/1", "hot/run/1"])
    assert {each.code for each in outcome.activities if each.state == "failed"} == {how}
    state = replay(journal)
    assert (state.how, state.only("planned")) == (how, ["scan/scan/1", f"lunch/ada/{DATE}"])
    assert state.rigs["furnace"].safe == "ABORT"


def _on_furnace() -> Step:
    from execution_builders import rig_step

    return rig_step("melt", 20 * MINUTE, "furnace")


class FullDisk(Story):
    """A journal whose disk is full once it has taken so many events."""

    def commit(self) -> None:
        if len(self) > 4:
            raise JournalError("run.db: the disk is full")


def test_a_full_disk_ends_the_run_with_the_rigs_safe() -> None:
    clock = HandClock()
    rigs, journal = Rigs(clock), FullDisk()
    with pytest.raises(JournalError, match="disk is full"):
        live(day(), clock, bench=rigs, journal=journal)
    assert rigs.heard == [("abort", None)]
    assert replay(journal).how == "failed"


def test_a_mistake_of_ours_ends_the_run_with_the_rigs_safe_and_is_not_hidden() -> None:
    clock = HandClock()
    rigs, journal = Rigs(clock), Story()

    def stumble(event: Event) -> None:
        if kind_of(event) == "step-ended":
            raise ZeroDivisionError("ours")

    with pytest.raises(ZeroDivisionError, match="ours"):
        live(day(), clock, bench=rigs, journal=journal, on_event=stumble)
    assert rigs.heard == [("abort", None)]
    assert (kind_of(journal[-1]), replay(journal).how) == ("run-ended", "failed")


def test_a_watcher_that_fails_again_and_again_does_not_keep_the_end_off_the_record() -> None:
    journal, watched = Story(), []

    def hang_up(event: Event) -> None:
        watched.append(kind_of(event))
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        live(day(), HandClock(), journal=journal, on_event=hang_up)
    assert (watched, kind_of(journal[-1]), replay(journal).how) == (["run-started"], "run-started", None)

    journal, watched = Story(), []
    with pytest.raises(BrokenPipeError):
        live(day(), HandClock(), journal=journal, on_event=lambda e: e.at > 10 * MINUTE and hang_up(e))
    assert (watched, kind_of(journal[-1]), replay(journal).how) == (["step-ended"], "run-ended", "failed")


def test_a_rig_that_does_not_say_that_it_is_safe_is_put_down() -> None:
    class Deaf(Rigs):
        def abort(self, rig: str | None = None) -> None:
            self.heard.append(("abort", rig))

    clock = HandClock()
    flight = day()
    flight.experiments = [*flight.experiments, experiment("hot", session("run", _on_furnace()))]
    flight.place("hot/run/1", 11 * MINUTE)
    rigs = Deaf(clock, {"run": ((1, "ACCEPTED", ""), (2, "STARTED", ""))})
    clock.at(13_000, interrupt)  # a second Ctrl-C, while the rig is waited for
    journal = Story()
    with pytest.raises(KeyboardInterrupt):
        live(flight, clock, bench=rigs, journal=journal, words=Crew(clock).say(12_000, "abort"))
    told = [kind_of(event) for event in journal if event.at >= 12 * MINUTE]
    assert told == ["word", "rig-stage", "note", "activity-ended", "activity-ended", "run-ended"]
    assert replay(journal).rigs["furnace"].tokens == {"hot/run/1#1": "INDETERMINATE"}
    (note,) = (event.text for event in journal if isinstance(event, Note))
    assert note.startswith("rig furnace has not said that it is safe")


def test_a_run_that_falls_behind_says_so_once_and_goes_on() -> None:
    clock = HandClock()
    clock.at(19_000, lambda: setattr(clock, "wall_ms", 55_000))  # the machine slept
    outcome, journal = live(day(), clock)
    notes = [(event.at / MINUTE, event.text) for event in journal if isinstance(event, Note)]
    assert notes == [(20, "the run is 35000 ms of wall time behind; it goes on late")]
    assert len(outcome.only("done")) == 3


def test_a_part_of_the_plan_starts_the_clock_at_the_part() -> None:
    clock = HandClock()
    outcome, _ = live(day(), clock, span=Window(HOUR, 2 * HOUR))
    assert [each.id for each in outcome.activities] == [f"lunch/ada/{DATE}"]
    assert clock.wall_ms == 40_000  # half an hour from 10,000 on: nobody waits for what is not flown
