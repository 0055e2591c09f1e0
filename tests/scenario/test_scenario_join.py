"""Several files as one mission: what `include` joins and `extends` overlays."""

from __future__ import annotations

import pytest
from scenario_builders import SMALL, faults, read, small

from payload.met import DAY, HOUR, MINUTE
from payload.model import Repeat

MORE = """\
crew: [{id: cid}]
experiments:
  - {id: algae, value: 1, sessions: [{id: mix, steps: [{do: mix, for: 20 min, crew: [{is: cid}], uses: {freezer: 1}}]}]}
"""
RACKS = "resources: {freezer: {capacity: 1}}\nenvironment: {windows: {day: {none_of: night}}}\n"


def test_included_files_join_in_path_order_after_the_mission_s_own(tmp_path):
    text = SMALL + "include: [parts/*.yaml]\n"
    mission = read(tmp_path, text, parts__b_more=MORE, parts__a_racks=RACKS)
    assert [person.id for person in mission.crew] == ["ann", "bob", "cid"]
    assert [experiment.id for experiment in mission.experiments] == ["seeds", "algae"]
    assert list(mission.resources) == ["power", "swabs", "disk", "freezer"]
    assert list(mission.windows) == ["night", "day"]
    assert str(mission.marks["experiments[algae].value"]) == f"{tmp_path}/parts/b_more.yaml:3:17"


def test_one_file_or_several_make_the_same_mission(tmp_path):
    joined = SMALL.replace("{id: bob}]", "{id: bob}, {id: cid}]").replace(
        "}}}\nroutine", "}, day: {none_of: night}}}\nroutine"
    )
    joined = joined.replace("1 Mbit/s}}", "1 Mbit/s}, freezer: {capacity: 1}}") + MORE.split("\n", 2)[2]
    whole = read(tmp_path, joined)
    parts = read(tmp_path, SMALL + "include: [more.yaml, racks.yaml]\n", more=MORE, racks=RACKS)
    assert whole == parts
    assert whole.sha256 == parts.sha256


@pytest.mark.parametrize(
    ("include", "other", "expected"),
    [
        (
            "other.yaml",
            "crew: [{id: ann}]",
            ["other.yaml:1:13: crew[2].id: the id 'ann' is taken (it first stands at line 3)"],
        ),
        (
            "other.yaml",
            "resources: {power: {capacity: 1}}",
            ["other.yaml:1:13: resources.power: 'power' is already there (it first stands at 4)"],
        ),
        ("other.yaml", "title: x", ["other.yaml:1:1: title: unknown key 'title'"]),
        ("other.yaml", "include: x.yaml", ["other.yaml:1:10: include: an included file cannot have 'include'"]),
        ("other.yaml", "[]", ["other.yaml:1:1: expected a mapping with sections of a mission, not a list"]),
        (
            "other.yaml",
            "crew: [",
            ["other.yaml:2:1: not YAML: while parsing a flow node: did not find expected node content"],
        ),
        ("absent.yaml", "", ["16:10: include: no file 'absent.yaml' in the mission's folder"]),
        ("[other.yaml, 3]", "rules: []", ["16:23: include[1]: expected a path, or a list of paths, not a value"]),
        ("mission.yaml", "", ["16:10: include: 'mission.yaml' is this file itself"]),
        ("/etc/hostname", "", ["16:10: include: no file '/etc/hostname' in the mission's folder"]),
    ],
)
def test_what_cannot_be_included(tmp_path, include, other, expected):
    told = faults(tmp_path, f"{SMALL}include: {include}\n", other=other)
    assert told == expected


@pytest.mark.parametrize("pattern", ["l1", "l*", "**/l1", "", ".", "..", "../**/*.yaml", "*/../../x", "parts/../../x"])
@pytest.mark.parametrize("key", ["include", "extends"])
def test_links_in_circles_and_paths_that_lead_out_are_told(tmp_path, key, pattern):
    (tmp_path / "l1").symlink_to("l2")
    (tmp_path / "l2").symlink_to("l1")
    (told,) = faults(tmp_path, f"{SMALL}{key}: {pattern!r}\n")
    assert told.startswith(f"16:{len(key) + 3}: {key}: ")


def test_a_pattern_does_not_go_round_in_linked_folders_nor_find_hidden_files(tmp_path):
    (tmp_path / "parts").mkdir()
    for name in "abc":
        (tmp_path / "parts" / name).symlink_to(tmp_path)
    (tmp_path / ".#racks.yaml").write_text("[")
    mission = read(tmp_path, SMALL + "include: '**/*racks.yaml'\n", parts__racks=RACKS)
    assert list(mission.resources) == ["power", "swabs", "disk", "freezer"]


def test_nothing_outside_the_folder_is_read_links_included(tmp_path):
    inside = tmp_path / "mission"
    inside.mkdir()
    (tmp_path / "secret.yaml").write_text("crew: [{id: spy}]")
    (inside / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    assert faults(inside, SMALL + "include: [../secret.yaml, link.yaml]\n") == [
        "16:11: include[0]: '../secret.yaml' lies outside the mission's folder",
        "16:27: include[1]: 'link.yaml' lies outside the mission's folder",
    ]


VARIANT = """\
extends: base.yaml
drop: [bob, swabs, seeds/sow]
mission: {id: longer, end: day 6 22:00}
crew: [{id: ann, skills: [fluids]}, {id: dee}]
resources: {power: {capacity: 2 kW}}
routine: [{id: sleep, at: "22:00"}, {id: lunch, at: "12:00", duration: 1 h}]
experiments:
  - id: seeds
    value: null
    minimum: 2
    sessions: [{id: reap, repeat: {count: 2}, steps: [{do: reap, for: 1 h, crew: 1}]}]
"""


def test_a_variant_leaves_out_and_overlays(tmp_path):
    mission = read(tmp_path, VARIANT, base=SMALL)
    assert (mission.id, mission.calendar.zone, mission.end) == ("longer", "Asia/Shanghai", 5 * DAY + 16 * HOUR)
    assert [(person.id, list(person.skills)) for person in mission.crew] == [("ann", ["fluids"]), ("dee", [])]
    assert mission.resources["power"].capacity == 2_000_000
    assert "swabs" not in mission.resources
    assert [(duty.id, duty.at_ms, duty.duration_ms) for duty in mission.routine] == [
        ("sleep", 22 * HOUR, 8 * HOUR + 30 * MINUTE),
        ("lunch", 12 * HOUR, HOUR),
    ]
    (seeds,) = mission.experiments
    assert (seeds.value, seeds.minimum) == (0, 2)
    assert [(session.id, session.repeat) for session in seeds.sessions] == [("reap", Repeat(2))]
    assert mission.marks["mission.end"].line == 3
    assert mission.marks["mission.clock"].file.endswith("base.yaml")


def test_a_shorter_variant_leaves_out_in_silence_what_its_base_placed_later(tmp_path):
    base = small(("- id: sow", "- id: sow\n        between: [day 3 08:00, day 3 12:00]\n        days: 3"))
    mission = read(tmp_path, "extends: base.yaml\nmission: {end: day 2 22:00}\n", base=base)
    assert (mission.experiments[0].sessions[0].between, mission.experiments[0].sessions[0].days) == ((), frozenset())


@pytest.mark.parametrize(
    ("text", "base", "expected"),
    [
        ("extends: none.yaml", "", "1:10: extends: no file 'none.yaml' in the mission's folder"),
        ('extends: "\\0"', "", "1:10: extends: no file '\\x00' in the mission's folder"),
        ("extends: ../base.yaml", "", "1:10: extends: '../base.yaml' lies outside the mission's folder"),
        ("extends: 3", SMALL, "1:10: extends: expected 'builtin:NAME' or a file of the folder, not a value"),
        ("extends: base.yaml", "", "base.yaml:1:1: the file is empty (a mission starts with 'payload: 1')"),
        (
            "extends: base.yaml",
            "extends: mission.yaml",
            "base.yaml:1:10: extends: the missions extend each other in a circle: 'mission.yaml'",
        ),
        (
            "extends: base.yaml\ndrop: [sleeep]",
            SMALL,
            "2:8: drop[0]: nothing in the base has the id 'sleeep' (did you mean 'sleep'?)",
        ),
        (
            "extends: base.yaml\ndrop: [seeds]\nrules: [{id: r, exclude: [seeds, sleep]}]",
            SMALL,
            "3:27: rules[1].exclude[0]: unknown duty or experiment 'seeds'",
        ),
    ],
)
def test_what_cannot_be_extended(tmp_path, text, base, expected):
    told = faults(tmp_path, text, base=base)
    assert [line.replace(" (did you mean 'sleep'?)", "") if "seeds" in line else line for line in told] == [expected]


def test_an_unknown_shipped_mission(tmp_path):
    (told,) = faults(tmp_path, "extends: builtin:nowhere")
    assert told.startswith("1:10: extends: no mission 'builtin:nowhere' is shipped")


def test_drop_needs_extends(tmp_path):
    assert faults(tmp_path, SMALL + "drop: [bob]\n") == ["16:7: drop: 'drop' needs 'extends'"]
