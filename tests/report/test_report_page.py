"""The page: complete, self-contained, harmless whatever the texts say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from html.parser import HTMLParser

import pytest
import report_builders

from payload.journal import (
    ActivityEnded,
    ActivityStarted,
    Event,
    RigStage,
    RunStarted,
    StepStarted,
    Telemetry,
)
from payload.met import HOUR, MINUTE
from payload.model import Violation
from payload.report import page

_EMPTY = {"meta", "link", "br", "polyline"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str | None]
    children: list[Element | str] = field(default_factory=list)

    def all(self, tag: str = "", css: str = "") -> Iterator[Element]:
        for child in self.children:
            if isinstance(child, Element):
                if tag in ("", child.tag) and (
                    not css or {*css.split()} <= {*(child.attributes.get("class") or "").split()}
                ):
                    yield child
                yield from child.all(tag, css)

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    def table(self) -> list[list[str]]:
        return [
            [" ".join(cell.text.split()) for cell in row.all("td")] for row in self.all("tr") if list(row.all("td"))
        ]


class Reader(HTMLParser):
    """Refuses an element that is not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.open[-1].children.append(element)
        if tag not in _EMPTY:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parse(text: str) -> Element:
    reader = Reader()
    reader.feed(text)
    reader.close()
    (root,) = reader.open
    return root


def section(root: Element, name: str) -> Element:
    """The card that follows a heading."""
    (main,) = root.all("main")
    elements = [child for child in main.children if isinstance(child, Element)]
    place = next(n for n, element in enumerate(elements) if element.attributes.get("id") == name)
    return elements[place + 1]


def flown_week() -> tuple[Element, str]:
    flight, plan = report_builders.week()
    text = page(plan, flight, report_builders.run(flight, plan, range(2, 4)))
    return parse(text), text


def test_every_planned_activity_is_drawn_in_full_on_its_days() -> None:
    flight, plan = report_builders.week()
    root = parse(page(plan, flight))
    days = list(root.all("section", "day"))
    assert len(days) == 8
    hours: dict[str, float] = {}
    for day in days:
        for bar in day.all("div", "bar"):
            left, width = map(float, re.findall(r"(?:left|width):([\d.]+)%", bar.attributes["style"] or ""))
            assert 0 <= left < left + width <= 100.001
            key = (bar.attributes["title"] or "").splitlines()[0]
            hours[key] = hours.get(key, 0) + width * 24 / 100
    for r in plan.reservations:
        if r.kind == "session":
            label = f"{r.title} · {r.id.split('/')[1]} ({r.id})"
            held = sum((step.end - step.start) * max(len(step.crew), 1) for step in r.steps)
            rigs = sum(
                step.end - step.start for step in r.steps if step.do == "photograph"
            )  # by a person with the camera
            assert hours[label] == pytest.approx((held + rigs) / HOUR, abs=0.01)
    assert hours["lunch"] == pytest.approx(48, abs=0.1)


def test_nothing_is_fetched_and_nothing_runs() -> None:
    root, text = flown_week()
    assert list(root.all("script")) == []
    links = [value for element in root.all() for name, value in element.attributes.items() if name in ("href", "src")]
    assert all((value or "").startswith(("#", "data:")) for value in links)
    assert "url(" not in text
    assert "@import" not in text
    assert not any(name.startswith("on") for element in root.all() for name in element.attributes)
    targets = {element.attributes.get("id") for element in root.all()}
    assert {(value or "")[1:] for value in links if (value or "").startswith("#")} <= targets


def test_texts_of_others_are_escaped() -> None:
    strange = """<script>alert("1")</script>&'"><img src=x onerror=y>"""
    flight, plan = report_builders.day()
    flight = replace(
        flight, title=strange, experiments=tuple(replace(e, title=strange, sponsor=strange) for e in flight.experiments)
    )
    reservations = [
        replace(r, title=strange, steps=tuple(replace(step, do=strange) for step in r.steps)) for r in plan.reservations
    ]
    plan = replace(
        plan.with_reservations(reservations),
        title=strange,
        seats={strange: strange},
        windows={strange: plan.windows["relay"]},
        unscheduled=tuple(replace(u, conflict=(strange,), relaxation=strange) for u in plan.unscheduled),
        shares={strange: (2, 1)},
        conflict=(strange,),
    )
    events: list[Event] = [
        *report_builders.run(flight, plan, range(1, 2)),
        RigStage(HOUR, strange, strange, strange, strange, None, {"call": strange}),
        Telemetry(HOUR, strange, strange, 0, 1, (1.0, None)),
    ]
    text = page(plan, flight, events, [Violation(strange, (strange,), 0, strange)])
    root = parse(text)
    assert list(root.all("script")) == list(root.all("img")) == []
    assert "<script" not in text
    assert next(root.all("h1")).text == strange


def test_planned_against_actual() -> None:
    root, _ = flown_week()
    table = section(root, "experiments").table()
    assert [row[3:7] for row in table] == [
        ["8 of 8", "2", "0", "0"],
        ["6 of 8", "1", "0", "0"],
        ["8 of 8", "2", "0", "0"],
        ["7 of 8", "2", "0", "0"],
        ["8 of 8", "0", "0", "2"],
        ["8 of 8", "0", "2", "0"],
        ["16 of 16", "4", "0", "0"],
        ["6 of 8", "1", "0", "0"],
    ]
    flown = [bool(list(day.all("div", "actual"))) for day in root.all("section", "day")]
    assert flown == [False, True, True, True, False, False, False, False]  # day 3's sleep ends on day 4
    skipped = [bar for bar in root.all("div", "bar") if "skipped" in (bar.attributes["class"] or "")]
    assert ["lesson/live/2" in (bar.attributes["title"] or "") for bar in skipped] == [True, False]
    cards = {card.text.split("\n")[0] for card in root.all("li")}
    assert any("Activities done96 of 100" in card for card in cards)


def test_rig_steps_with_their_stages() -> None:
    root, _ = flown_week()
    rows = {tuple(row[:3]): row for row in section(root, "rigs").table()}
    done, failed, idle = (
        rows["day 2 09:10", "incubator", "seeds/sow/2"],
        rows["day 2 09:50", "camera", "crystals/load/2"],
        rows["day 1 22:00", "loop", "fluid/run/1"],
    )
    assert done[3:6] == ["soak", "heat(target = 37 degC)", "DONE"]
    assert re.fullmatch(
        r"RELEASED ?ACCEPTED \+0\.1 s ?STARTED \+0\.2 s ?PROGRESS × 2 \+\d:\d\d ?DONE \+\d:\d\d", done[6]
    )
    assert failed[3:6] == ["image", "burst()", "FAILED"]
    assert "FAILED E_SHUTTER" in failed[6]
    assert idle[3:] == ["run", "profile(rate = 20)", "not sent", ""]


def test_what_went_differently_and_telemetry() -> None:
    root, _ = flown_week()
    rows = section(root, "differences").table()
    assert [row[1] for row in rows if row[0].startswith("day 2")].count("skipped") == 1
    assert ["day 2 12:30", "note", "", "ground says <good work> & goes on"] in rows
    assert [row for row in rows if row[1] == "link down"] == [["day 2 11:30", "link down", "", "rig loop"]]
    figures = list(section(root, "telemetry").all("figure"))
    assert [" ".join(f.text.split())[:21] for f in figures] == ["incubator temperature", "loop temperature · 19"]
    for figure in figures:
        lines = [line.attributes["points"] or "" for line in figure.all("polyline")]
        assert len(lines) == 2  # two days, and nothing between them
        for point in " ".join(lines).split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= 600
            assert 0 <= y <= 90


def test_a_run_that_crashed_still_makes_a_page() -> None:
    flight, plan = report_builders.day()
    sow = plan.find("seeds/sow/1")
    assert sow
    events: list[Event] = [
        RunStarted(0, flight.id, 0, plan.end, tuple(r.id for r in plan.reservations)),
        ActivityStarted(sow.start, sow.id, sow.start, sow.crew),
        StepStarted(sow.start, sow.id, 1, "set up the chamber", sow.crew),
        RigStage(sow.start + MINUTE, "incubator", f"{sow.id}#2", "RELEASED", facts={"call": "heat"}),
    ]
    root = parse(page(plan, flight, events))
    assert any("Runnot ended" in card.text for card in root.all("li"))
    running = [bar for lane in root.all("div", "actual") for bar in lane.all("div", "running")]
    assert len(running) == 1
    outcome = next(row for row in section(root, "rigs").table() if row[2] == sow.id)
    assert outcome[5:] == ["open", "RELEASED"]


def test_a_plan_alone_a_plan_with_violations_and_one_that_cannot_be() -> None:
    flight, plan = report_builders.day()
    alone = parse(page(plan))
    assert [row[0] for row in section(alone, "people").table()] == ["commander", "payload-expert"]
    assert not any(element.attributes.get("id") in ("rigs", "violations", "differences") for element in alone.all())
    broken = [
        Violation("crew-overlap", ("a/b/1", "c/d/1"), 9 * HOUR, "commander is in two places"),
        Violation("rest", ("a/b/1",), None, "too soon after post-sleep", Fraction(1, 2)),
    ]
    assert section(parse(page(plan, flight, None, broken)), "violations").table() == [
        ["crew-overlap", "day 1 09:00", "a/b/1, c/d/1", "commander is in two places"],
        ["rest", "–", "a/b/1", "too soon after post-sleep"],
    ]
    none = replace(plan, status="infeasible", reservations=(), unscheduled=(), conflict=("sleep and docking overlap",))
    assert "sleep and docking overlap" in parse(page(none)).text


def test_an_activity_that_the_plan_has_not_is_drawn_all_the_same() -> None:
    flight, plan = report_builders.day()
    extra: list[Event] = [
        RunStarted(0, flight.id, 0, plan.end, ("extra/work/1",)),
        ActivityStarted(9 * HOUR, "extra/work/1", 9 * HOUR, ("commander",)),
        ActivityEnded(10 * HOUR, "extra/work/1", "done"),
    ]
    titles = [bar.attributes["title"] or "" for bar in parse(page(plan, flight, extra)).all("div", "bar")]
    assert any(title.startswith("actual: extra") for title in titles)
