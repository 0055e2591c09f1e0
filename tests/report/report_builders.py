"""Missions, plans and runs to draw: two people for a day, six for eight."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from random import Random

from payload.journal import (
    ActivityEnded,
    ActivityLate,
    ActivityStarted,
    Disturbance,
    Event,
    Note,
    RigLink,
    RigSafe,
    RigStage,
    RunEnded,
    RunStarted,
    StepEnded,
    StepStarted,
    Telemetry,
    Word,
)
from payload.met import DAY, HOUR, MINUTE, SECOND, Calendar, Window
from payload.model import (
    Experiment,
    Mission,
    Person,
    Plan,
    Quantity,
    Repeat,
    Reservation,
    ReservedStep,
    Rig,
    RigCall,
    Session,
    Step,
    Unscheduled,
)

CALENDAR = Calendar(datetime(2026, 10, 25, 16, tzinfo=UTC), "Asia/Shanghai")  # local midnight of 26 October
#: experiment, title, session, steps: (what, minutes, people, rig and call)
SCIENCE = [
    (
        "seeds",
        "Seed germination",
        "sow",
        [("set up the chamber", 30, 1, ""), ("soak", 120, 0, "incubator heat"), ("close the chamber", 15, 1, "")],
    ),
    ("blood", "Fasting blood draw", "draw", [("draw", 15, 2, ""), ("clot", 20, 0, ""), ("spin and stow", 10, 1, "")]),
    ("glaciers", "Glacier photography", "pass", [("prepare", 5, 1, ""), ("photograph", 10, 1, "camera burst")]),
    ("fluid", "Marangoni flow by night", "run", [("run", 240, 0, "loop profile")]),
    ("lesson", "Lesson to a school", "live", [("teach", 30, 1, "")]),
    ("crystals", "Protein crystals", "load", [("load the plate", 45, 1, ""), ("image", 30, 0, "camera burst")]),
    ("cognition", "Cognition battery", "test", [("test", 20, 1, "")]),
    ("ultrasound", "Cardiac ultrasound with ground guide", "scan", [("scan", 60, 2, "")]),
]


def _step(plan_step: tuple[str, int, int, str]) -> Step:
    do, minutes, _, rig = plan_step
    arguments: dict[str, dict[str, Quantity | int]] = {
        "heat": {"target": Quantity(37_000, "temperature")},
        "profile": {"rate": 20},
    }
    name, _, call_name = rig.partition(" ")
    call = RigCall(name, call_name, arguments.get(call_name, {})) if rig else None
    return Step(do, minutes * MINUTE, minutes * MINUTE, rig=call)


def mission(
    people: Sequence[str], days: int, title: str = "Eight days of six people", calendar: Calendar = CALENDAR
) -> Mission:
    return Mission(
        id="example",
        title=title,
        calendar=calendar,
        end=days * DAY - 4 * HOUR,
        grid_ms=5 * MINUTE,
        crew=tuple(Person(person, {}, Window(0, days * DAY)) for person in people),
        experiments=tuple(
            Experiment(
                id=name,
                written_id=name,
                title=text,
                sponsor="SUPARCO" if place % 2 else "CMSA",
                value=Fraction(place + 3),
                minimum=1,
                sessions=(Session(session, tuple(map(_step, steps)), Repeat(days)),),
            )
            for place, (name, text, session, steps) in enumerate(SCIENCE)
        ),
        rigs={
            rig: Rig(rig, kind, "twin:")
            for rig, kind in [("incubator", "incubator"), ("loop", "fluid-loop"), ("camera", "camera")]
        },
        sha256="ab" * 32,
    )


def plan(flight: Mission) -> Plan:
    """Each person's duties, and each experiment once a day where it fits; what does not is left out."""
    people = [person.id for person in flight.crew]
    calendar, found, left = flight.calendar, [], []
    for number, on in enumerate(flight.dates()):
        midnight = calendar.midnight(on)
        day = f"{on:%Y-%m-%d}"
        for place, person in enumerate(people):
            exercise = 16 * HOUR if place % 2 else 13 * HOUR + 30 * MINUTE
            for duty, start, length in [
                ("sleep", -2 * HOUR, 8 * HOUR + 30 * MINUTE),
                ("post-sleep", 6 * HOUR + 30 * MINUTE, 45 * MINUTE),
                ("breakfast", 7 * HOUR + 15 * MINUTE, 30 * MINUTE),
                ("conference", 8 * HOUR, 15 * MINUTE),
                ("lunch", 12 * HOUR, HOUR),
                ("exercise", exercise, 2 * HOUR + 30 * MINUTE),
                ("dinner", 19 * HOUR, 45 * MINUTE),
            ]:
                start, end = max(midnight + start, 0), min(midnight + start + length, flight.end)
                if start < end:
                    found.append(Reservation(f"{duty}/{person}/{day}", "duty", duty, start, end, (person,)))
        clock = [midnight + 8 * HOUR + 30 * MINUTE + 10 * MINUTE * (n % 3) for n in range(len(people))]
        for place, (name, title, session, steps) in enumerate(SCIENCE):
            ident = f"{name}/{session}/{number + 1}"
            crew = sorted({(place + number) % len(people), (place + number + 1) % len(people)}, key=lambda n: clock[n])
            crew = crew[: max(step[2] for step in steps) or 0]
            at = max((clock[n] for n in crew), default=midnight + (22 if name == "fluid" else 9) * HOUR)
            length = sum(step[1] for step in steps) * MINUTE
            if at + length > (min(midnight + 12 * HOUR, flight.end) if crew else flight.end):
                left.append(
                    Unscheduled(
                        ident,
                        Fraction(place + 3, 8),
                        (
                            f"{people[crew[0]] if crew else 'the horizon'} has no {length // MINUTE} min left",
                            "rule workday allows 6 h 30 min a day",
                        ),
                    )
                )
                continue
            placed, names = [], tuple(people[n] for n in crew)
            for do, minutes, count, _ in steps:
                placed.append(ReservedStep(do, at, at + minutes * MINUTE, names[:count]))
                at += minutes * MINUTE
            for n in crew:
                clock[n] = at + 5 * MINUTE
            found.append(Reservation(ident, "session", title, placed[0].start, at, names, tuple(placed)))
        saliva = midnight + 6 * HOUR + 35 * MINUTE
        if saliva + 5 * MINUTE < flight.end:
            step = ReservedStep("sample", saliva, saliva + 5 * MINUTE, (people[-1],))
            found.append(
                Reservation(
                    f"cognition/wake/{number + 1}",
                    "session",
                    "Cognition battery",
                    step.start,
                    step.end,
                    step.crew,
                    (step,),
                )
            )
    relay = tuple(Window(at, min(at + 75 * MINUTE, flight.end)) for at in range(0, flight.end, 92 * MINUTE))
    passes = tuple(Window(at, at + 10 * MINUTE) for at in range(9 * HOUR, flight.end - HOUR, 23 * HOUR))
    night = tuple(
        Window(max(d * DAY - 2 * HOUR, 0), min(d * DAY + 6 * HOUR, flight.end)) for d in range(len(flight.dates()))
    )
    return Plan(
        mission_id=flight.id,
        mission_sha256=flight.sha256,
        title=flight.title,
        calendar=calendar,
        end=flight.end,
        status="feasible",
        value=Fraction(127, 4),
        bound=Fraction(33),
        reservations=tuple(sorted(found, key=lambda r: (r.start, r.id))),
        unscheduled=tuple(sorted(left, key=lambda u: u.id)),
        seats={"payload-expert": "prime"},
        windows={"relay": relay, "indus": passes, "night": night},
        shares={"SUPARCO": (90 * MINUTE, 75 * MINUTE)},
    )


SIX = ("commander", "operator", "payload-expert", "flight-engineer-1", "flight-engineer-2", "scientist")


def week() -> tuple[Mission, Plan]:
    flight = mission(SIX, 8)
    return flight, plan(flight)


def day() -> tuple[Mission, Plan]:
    flight = mission(("commander", "payload-expert"), 1, "A day of two")
    return flight, plan(flight)


def run(flight: Mission, planned: Plan, days: range, seed: int = 7) -> Iterator[Event]:
    """These mission days flown, with some delays, a rig that fails and one that loses its link."""
    rng = Random(seed)
    rigs = {
        (f"{e.id}/{s.id}", n): step.rig
        for e in flight.experiments
        for s in e.sessions
        for n, step in enumerate(s.steps, 1)
    }
    mine = [r for r in planned.reservations if planned.calendar.day_of(r.start) in days]
    start, end = min(r.start for r in mine), max(r.end for r in mine)
    events: list[Event] = [RunStarted(start, flight.id, start, end, tuple(r.id for r in mine), 600.0, seed)]
    for r in mine:
        late = rng.choice([0, 0, 0, 4, 11]) * MINUTE if r.kind == "session" else 0
        at = r.start + late
        state, why = "done", ""
        if r.id.startswith("lesson"):
            events.append(ActivityEnded(r.start, r.id, "skipped", "crew", "the crew skipped it"))
            events.append(Word(r.start, "skip", r.id, 1))
            continue
        events.append(ActivityStarted(at, r.id, r.start, r.crew))
        if late:
            events.append(ActivityLate(at, r.id, late, 0, f"{r.crew[0]} was busy" if r.crew else "the rig was busy"))
            events.append(Disturbance(at, "D03", r.id, "the step took longer than planned", late))
        for number, step in enumerate(r.steps, 1):
            length = round((step.end - step.start) * rng.uniform(0.9, 1.25))
            events.append(StepStarted(at, r.id, number, step.do, step.crew))
            call = rigs.get((r.id.rpartition("/")[0], number))
            if call:
                token = f"{r.id}#{number}"
                fails = call.rig == "camera" and r.id.startswith("crystals")
                stages = ["RELEASED", "ACCEPTED", "STARTED", "PROGRESS", "PROGRESS", "FAILED" if fails else "DONE"]
                for place, stage in enumerate(stages):
                    when = at + (length * max(place - 2, 0) // 3) + place * 120
                    code = "E_SHUTTER" if stage == "FAILED" else ""
                    facts = {"rig": call.rig, "call": call.call} if stage == "RELEASED" else {}
                    events.append(RigStage(when, call.rig, token, stage, code, when * 1_000_000, facts))
                if call.rig != "camera":
                    values = tuple(20 + 17 * (1 - 0.97**n) + rng.gauss(0, 0.15) for n in range(120))
                    events.append(
                        Telemetry(
                            at + length, call.rig, "temperature", at, length // 120, values, rng.choice([0, 0, 2])
                        )
                    )
                if fails:
                    events.append(RigSafe(at + length, call.rig, "limit trip"))
                    state, why = "failed", "camera answered FAILED [E_SHUTTER]"
            at += length
            events.append(StepEnded(at, r.id, number, "failed" if state == "failed" else "done", why))
            if state == "failed":
                break
        if not r.steps:
            at = r.end
        events.append(ActivityEnded(at, r.id, state, "rig" if why else "", why))  # type: ignore[arg-type]
    events.append(RigLink(start + 5 * HOUR, "loop", False))
    events.append(RigLink(start + 5 * HOUR + 40 * SECOND, "loop", True))
    events.append(Note(start + 6 * HOUR, "ground says <good work> & goes on"))
    events.append(RunEnded(max(event.at for event in events), "completed"))
    yield from sorted(events, key=lambda event: event.at)


def shifted(planned: Plan, activity: str, by_ms: int) -> Plan:
    """The plan with one activity elsewhere."""

    def moved(r: Reservation) -> Reservation:
        steps = tuple(replace(step, start=step.start + by_ms, end=step.end + by_ms) for step in r.steps)
        return replace(r, start=r.start + by_ms, end=r.end + by_ms, steps=steps)

    return planned.with_reservations(moved(r) if r.id == activity else r for r in planned.reservations)
