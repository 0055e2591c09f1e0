"""Events: what is written is what is read, for every kind."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payload.journal import EVENT_TYPES, Event, RigStage, Telemetry, Word, decode, encode, kind_of

whole = st.integers(-(2**62), 2**62)
scalars = st.none() | st.booleans() | whole | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8)
BY_TYPE = {
    "int": whole,
    "int | None": st.none() | whole,
    "float": st.floats(allow_nan=False, allow_infinity=False),
    "bool": st.booleans(),
    "str": st.text(max_size=20),
    "tuple[str, ...]": st.lists(st.text(max_size=8), max_size=3).map(tuple),
    "tuple[int | float | None, ...]": st.lists(
        st.none() | whole | st.floats(allow_nan=False, allow_infinity=False), max_size=4
    ).map(tuple),
    "Ended": st.sampled_from(["done", "failed", "skipped"]),
    "How": st.sampled_from(["completed", "aborted", "interrupted", "failed"]),
    "Facts": st.dictionaries(st.text(max_size=5), scalars | st.lists(scalars, max_size=3).map(tuple), max_size=3),
}
events = st.one_of(
    [
        st.builds(type_, **{each.name: BY_TYPE[str(each.type)] for each in fields(type_)})
        for type_ in EVENT_TYPES.values()
    ]
)


@settings(deadline=None, max_examples=300)
@given(events)
def test_what_is_written_is_what_is_read(event: Event) -> None:
    assert decode(kind_of(event), event.at, encode(event)) == event


def test_every_kind_is_a_frozen_value_with_an_instant() -> None:
    assert all(is_dataclass(type_) and fields(type_)[0].name == "at" for type_ in EVENT_TYPES.values())
    with pytest.raises(AttributeError):
        Word(0, "hold").at = 1  # type: ignore[misc]


def test_the_text_is_plain_json_without_the_instant() -> None:
    stage = RigStage(5, "loop", "fluid/run/1#1", "DONE", rig_ns=7, facts={"range": (1, 2.5)})
    assert encode(stage) == (
        '{"rig":"loop","token":"fluid/run/1#1","stage":"DONE","code":"","rig_ns":7,"facts":{"range":[1,2.5]}}'
    )


def test_a_value_that_json_has_no_word_for_is_refused() -> None:
    with pytest.raises(ValueError):
        encode(Telemetry(0, "loop", "flow", 0, 1000, (float("nan"),)))
